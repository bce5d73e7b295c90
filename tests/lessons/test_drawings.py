"""What the notebooks draw, drawn beforehand: shown without pandas, fitting its content, with own rings in their places."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from boundaries.content import loading
from boundaries.errors import ContentError
from boundaries.lessons import drawings, pictures
from boundaries.lessons.drawings import FOLDER, NOT_DRAWN, drawn
from boundaries.lessons.lesson import Lesson

ROOT = Path(__file__).parent.parent.parent

SOME = ("00-start-here.ipynb", "10-codes.ipynb", "12-practitioners.ipynb")

# Each lesson's notebook whole, in a Python that has of other packages only what the browser has.
WITHOUT = """
import sys
sys.path.insert(0, "deploy/lite")
for name in ("pandas", "numpy", "matplotlib", "PIL", "httpx", "jsonschema", "starlette", "uvicorn", "click"):
    sys.modules[name] = None
import boundaries.lessons.drawings as drawings
from pathlib import Path
from boundaries.content import loading
import build
drawings.can_draw = lambda: False
drawings.course_root = lambda: Path(sys.argv[1])
import boundaries.lessons.pictures as pictures, boundaries.lessons.gates as gates
pictures.can_draw = gates.can_draw = drawings.can_draw
notebooks = build.students_notebooks(Path("notebooks"))
for name in sys.argv[2:]:
    printed = build.run_cells(notebooks[name])
    print(name, drawings.NOT_DRAWN in printed)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of a course with what three notebooks draw, as a build makes it; `make lite` draws all."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "data").symlink_to(ROOT / "data")
    draw_as_a_build_does(folder, SOME)
    return folder


def draw_as_a_build_does(folder, names):
    build = runpy.run_path(str(ROOT / "deploy" / "lite" / "build.py"))
    notebooks = build["students_notebooks"](ROOT / "notebooks")
    build["draw"]({name: notebooks[name] for name in names}, folder / FOLDER)


def replay(folder, names):
    """The notebooks that ran to their end without pandas, and those of them that missed a picture."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(folder), *names],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env={**os.environ, "BOUNDARIES_DEMO": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    return [name for name, _ in lines], [name for name, missing in lines if missing == "True"]


@pytest.mark.slow
def test_a_lesson_runs_without_pandas_and_shows_all_that_it_draws(built):
    assert replay(built, SOME) == (list(SOME), [])


@pytest.mark.long
def test_every_notebook_runs_without_pandas_and_shows_all_that_it_draws(tmp_path):
    (tmp_path / "data").symlink_to(ROOT / "data")
    names = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    draw_as_a_build_does(tmp_path, names)
    assert replay(tmp_path, names) == (names, [])


def test_a_drawing_is_what_the_chart_was_with_rings_in_the_same_places(
    built, course, new_student, monkeypatch
):
    lesson = Lesson("business", course, new_student)
    which = ("answers", "an-hour-at-the-piano", course)
    chart = pictures.drawing_of(*which, lambda: lesson.released)()
    for module in (drawings, pictures):
        monkeypatch.setattr(module, "can_draw", lambda: False)
    monkeypatch.setattr(drawings, "course_root", lambda: built)
    drawing = pictures.drawing_of(*which, None)()
    assert (drawing.id, drawing.title, repr(drawing)) == (chart.id, chart.title, repr(chart))
    assert drawing._repr_html_() == chart._repr_html_()
    for (item, level, rating, phase), place in chart.places.items():
        assert drawing.place(item, level, rating, phase) == pytest.approx(place)
    other = pictures.drawing_of("spread", "business", course, None)()
    assert repr(other) == NOT_DRAWN
    assert other.place("tiles", "", 3, "first") is None


def test_pictures_of_other_content_stop_a_build(built, tmp_path):
    recording = runpy.run_path(str(ROOT / "deploy" / "lite" / "recording.py"))
    check_drawings, fingerprint = recording["check_drawings"], recording["fingerprint"]
    assert check_drawings(built) > 10
    changed = tmp_path / "course"
    (changed / "data").mkdir(parents=True)
    (changed / "data" / "course.toml").write_text("other = 1", encoding="utf-8")
    (changed / FOLDER).mkdir()
    with pytest.raises(ContentError, match="no picture was drawn"):
        check_drawings(changed)
    kept = sorted((built / FOLDER).glob("*.json"))[0]
    (changed / FOLDER / kept.name).write_bytes(kept.read_bytes())
    with pytest.raises(ContentError) as caught:
        check_drawings(changed)
    assert str(caught.value) == (
        f"{kept.name}: this picture was drawn of other content than the course holds. "
        "Draw all of them again: run `make lite`."
    )
    assert json.loads(kept.read_bytes())["fits"] == fingerprint(loading.course_root() / "data")
    assert drawn.keep is None


def test_what_needs_pandas_says_so_in_a_sentence_in_each_cell():
    """As notebooks 13 and 14 begin, in a Python that takes itself for a browser's."""
    code = """
import sys
sys.modules["pandas"] = sys.modules["matplotlib"] = sys.modules["starlette"] = None
import boundaries
boundaries._IN_BROWSER = True
from boundaries import charts
released = boundaries.classroom()
charts.gap_map(released, boundaries.load())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    for name, package in (("classroom", "pandas"), ("charts", "matplotlib")):
        assert (
            f"boundaries.{name} needs {package}, which is not in the browser. "
            "Run the course with JupyterLab to see this."
        ) in done.stdout
