"""The committed notebooks: house rules, honesty of stored outputs, and that validation can fail."""

import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from boundaries import load

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [c for c in read(path).cells if c.cell_type == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_keeps_the_house_rules(path):
    notebook = read(path)
    title = notebook.cells[0].source.splitlines()[0]
    assert title.startswith("# ")
    assert title.endswith("?")
    cells = code_cells(path)
    assert cells[0].source.startswith(
        "import boundaries\n"
    )  # so that it runs alone after a restart
    lengths = [len(c.source.splitlines()) for c in cells]
    assert statistics.median(lengths) <= 3
    assert max(lengths) <= 20
    prose = sum(len(c.source.split()) for c in notebook.cells if c.cell_type == "markdown")
    assert prose / sum(lengths) >= 12
    assert any("teacher" in c.metadata.get("tags", []) for c in notebook.cells)
    assert "CC BY 4.0" in notebook.cells[-1].source
    assert "http" not in "".join(c.source for c in cells)


@pytest.mark.parametrize(
    "path", [p for p in NOTEBOOKS if "01" <= p.name[:2] <= "09"], ids=lambda p: p.stem
)
def test_a_type_notebook_has_aims_a_pair_few_charts_with_their_guesses_a_form_and_a_list(path):
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    for part in ("**After this notebook you can**", "**Time:**", "**Blind** is", "## To read\n"):
        assert text.count(part) == 1, part
    sources = [c.source for c in code_cells(path)]
    charts = [number for number, source in enumerate(sources) if "lesson.chart(" in source]
    assert 1 <= len(charts) <= 4
    for number in charts:
        assert sources[number - 1] == sources[number].replace("chart", "guess", 1)
    assert sum("lesson.pair()" in source for source in sources) == 1
    assert sum("lesson.write(" in source for source in sources) == 1


@pytest.mark.parametrize(
    "path", [p for p in NOTEBOOKS if p.name[:2] in ("10", "11", "12", "15")], ids=lambda p: p.stem
)
def test_a_notebook_about_the_course_itself_has_aims_a_time_and_a_list(path):
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    for part in ("**After this notebook you can**", "**Time:**", "## To read\n"):
        assert text.count(part) == 1, part
    first = text.lower().find("blind")
    assert first < 0 or "random" in text[first : first + 100]


def test_every_form_and_every_guess_of_the_notebooks_is_asked_by_the_course():
    content = load()
    sources = [c.source for path in NOTEBOOKS for c in code_cells(path)]
    forms = {form for source in sources for form in re.findall(r'lesson.write\("([^"]+)"', source)}
    assert forms <= set(content.models)
    assert set(content.models) - forms == {"two-cases"}  # asked by lesson.pair()
    guesses = sum(len(prompts.guesses) for prompts in content.prompts.values())
    assert sum("lesson.guess(" in source for source in sources) == guesses


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_stored_from_one_clean_run(path):
    cells = code_cells(path)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    assert any(c.outputs for c in cells)
    for cell in cells:
        assert "NBVAL" not in cell.source
        assert not [t for t in cell.metadata.get("tags", []) if t.startswith("nbval")]
        kinds = [(o.output_type, o.get("name")) for o in cell.outputs]
        assert not [k for k in kinds if k[0] == "error" or k[1] == "stderr"], kinds


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_picture_of_invented_data_says_so(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            page = output.get("data", {}).get("text/html", "")
            if "<figure" in page and "data-chart" in page and "session" not in cell.source:
                plain = output["data"]["text/plain"]
                assert ("invented" in plain.lower()) == ("invented" in page.lower())


def test_no_chart_is_stored_without_its_alternative_text():
    images = [
        image
        for path in NOTEBOOKS
        for cell in code_cells(path)
        for output in cell.outputs
        for image in re.findall(r"<img [^>]*>", output.get("data", {}).get("text/html", ""))
    ]
    assert len(images) > 3
    assert [image[-200:] for image in images if not re.search(r'alt="[^"]{40,}"', image)] == []


def test_readme_and_start_page_name_every_notebook_with_its_question():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        question = read(path).cells[0].source.splitlines()[0].removeprefix("# ")
        assert f"| `{path.stem}` | {question} |" in readme


def test_every_widget_of_a_lesson_has_its_state_and_nothing_saved_holds_an_answer(tmp_path):
    notebook = read(ROOT / "notebooks" / "03-business.ipynb")
    secret = "nobody may read this 4417"
    judging = (
        "import boundaries\nlesson = boundaries.lesson('business')\n"
        f"answered = [lesson.student.judge(item, 'first', 2, 3, {secret[::-1]!r}[::-1])"
        " for item in lesson.items]"
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(judging))
    place = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(notebook, timeout=120, store_widget_state=True, resources=place)
    client.execute(env=os.environ | {"BOUNDARIES_HOME": str(tmp_path / "home")})
    assert (tmp_path / "home" / "own-study.sqlite").exists()
    saved = nbformat.writes(notebook)
    assert "figure data-chart" in saved  # so all charts are open
    assert secret not in saved
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    shown = [
        o["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
        for c in client.nb.cells
        if c.cell_type == "code"
        for o in c.outputs
        if "application/vnd.jupyter.widget-view+json" in o.get("data", {})
    ]
    assert len(shown) > 8
    assert set(shown) <= set(state)
    forms = [s["state"] for s in state.values() if "renderForm" in str(s["state"].get("_esm"))]
    assert len(forms) == 3  # of the lesson, and of a pair
    forms += [s["state"] for s in state.values() if "renderWriting" in str(s["state"].get("_esm"))]
    assert len(forms) == 3 + 6  # of the pair, four guesses, and an author's questions
    for form in forms:
        own = {k for k in form if not k.startswith("_")} - {"layout", "tabbable", "tooltip"}
        assert (
            own == set()
        )  # a form carries nothing but its code: what was answered comes by message alone


def validate(folder):
    command = [
        sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q",
        "--nbval-sanitize-with", str(ROOT / "tests" / "sanitize.cfg"), "--rootdir", str(folder), str(folder),
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNDEFAULTENCODING"} | {
        "BOUNDARIES_DEMO": "1"
    }
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, encoding="utf-8"
    ).stdout


def test_a_changed_digit_in_a_stored_chart_fails_strict_validation(tmp_path):
    name = "00-start-here.ipynb"
    text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    notebook = read(tmp_path / name)
    chart = next(
        o
        for c in notebook.cells
        if c.cell_type == "code"
        for o in c.outputs
        if "<figure" in str(o.get("data"))
    )
    plain = chart["data"]["text/plain"]
    at = next(i for i in range(len(plain) - 1, 0, -1) if plain[i].isdigit())
    chart["data"]["text/plain"] = plain[:at] + str((int(plain[at]) + 1) % 10) + plain[at + 1 :]
    nbformat.write(notebook, tmp_path / name)
    said = validate(tmp_path)
    assert "1 failed" in said, said  # that cell and no other
    assert "Cell outputs differ" in said
