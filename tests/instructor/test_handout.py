"""The students' copy: theirs once they changed it, without outputs and teaching notes, the same zip every time."""

import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from boundaries.errors import ContentError
from boundaries.instructor.handout import RECORD, lay_out, pack, students_copy

ROOT = Path(__file__).parent.parent.parent


def notebook(*sources: str) -> dict:
    """A notebook that ran: each source a code cell with an output, after a note and a teacher's cell."""
    output = {"output_type": "stream", "name": "stdout", "text": ["an output"]}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "A note: é 🙂"},
        {
            "cell_type": "markdown",
            "id": "t",
            "metadata": {"tags": ["teacher"]},
            "source": "Only for teachers",
        },
        {
            "cell_type": "code",
            "id": "u",
            "metadata": {"tags": ["x", "teacher"]},
            "source": "1",
            "outputs": [],
        },
    ]
    for n, source in enumerate(sources):
        cells.append(
            {
                "cell_type": "code",
                "id": f"c{n}",
                "metadata": {},
                "execution_count": n + 1,
                "outputs": [output],
                "source": source,
            }
        )
    return {
        "cells": cells,
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def folders(tmp_path):
    """Notebooks and a place for the students' copies."""
    source = tmp_path / "notebooks"
    source.mkdir()
    for name in ("one", "two"):
        (source / f"{name}.ipynb").write_text(json.dumps(notebook(name)), encoding="utf-8")
    return source, tmp_path / "course"


def change(path: Path, source: str) -> None:
    path.write_text(json.dumps(notebook(source)), encoding="utf-8")


def test_a_students_copy_has_no_outputs_counts_or_teachers_cells_and_leaves_the_original():
    original = notebook("boundaries.lesson()")
    before = json.dumps(original)
    copy = students_copy(original)
    assert [c["id"] for c in copy["cells"]] == ["a", "c0"]
    assert copy["cells"][1] == {
        "cell_type": "code", "id": "c0", "metadata": {}, "execution_count": None, "outputs": [],
        "source": "boundaries.lesson()",
    }  # fmt: skip
    assert copy["metadata"] == original["metadata"]
    assert json.dumps(original) == before


def test_laying_out_again_brings_new_versions_of_what_was_not_changed(folders):
    source, course = folders
    assert lay_out(source, course) == []
    assert sorted(p.name for p in course.iterdir()) == [RECORD, "one.ipynb", "two.ipynb"]
    assert "an output" not in (course / "one.ipynb").read_text(encoding="utf-8")
    change(source / "one.ipynb", "newer")
    assert lay_out(source, course) == []
    assert "newer" in (course / "one.ipynb").read_text(encoding="utf-8")
    assert lay_out(source, course) == []


def test_what_a_student_changed_is_never_overwritten(folders):
    source, course = folders
    lay_out(source, course)
    mine = course / "one.ipynb"
    mine.write_text(
        mine.read_text(encoding="utf-8").replace("A note", "My own note"), encoding="utf-8"
    )
    own = mine.read_bytes()
    for newer in ("newer", "newest"):
        change(source / "one.ipynb", newer)
        change(source / "two.ipynb", newer)
        assert lay_out(source, course) == [
            f"{mine}: kept as you left it. Rename it to get this course's present version."
        ]
        assert mine.read_bytes() == own
        assert newer in (course / "two.ipynb").read_text(encoding="utf-8")
    mine.rename(course / "mine.ipynb")
    assert lay_out(source, course) == []
    assert "newest" in mine.read_text(encoding="utf-8")
    assert (course / "mine.ipynb").read_bytes() == own


@pytest.mark.parametrize("own", [b"my own words", b"\xff\xfe not UTF-8"])
def test_a_file_that_was_there_before_us_is_never_overwritten(folders, own):
    source, course = folders
    course.mkdir()
    (course / "one.ipynb").write_bytes(own)
    assert lay_out(source, course) == [
        f"{course / 'one.ipynb'}: kept as you left it. Rename it to get this course's present version."
    ]
    assert (course / "one.ipynb").read_bytes() == own


@pytest.mark.parametrize("broken", ["", "{", "[]"])
def test_without_a_readable_record_everything_that_differs_is_kept(folders, broken):
    source, course = folders
    lay_out(source, course)
    change(source / "one.ipynb", "newer")
    (course / RECORD).write_text(broken, encoding="utf-8")
    before = (course / "one.ipynb").read_bytes()
    assert len(lay_out(source, course)) == 1
    assert (course / "one.ipynb").read_bytes() == before


def test_a_folder_without_notebooks_is_named(tmp_path):
    said = f"{tmp_path / 'notebooks'}: no notebooks here. Install the course from its own folder, or get it again."
    for act in (
        lambda: lay_out(tmp_path / "notebooks", tmp_path / "course"),
        lambda: pack(tmp_path, tmp_path / "x.zip"),
    ):
        with pytest.raises(ContentError) as caught:
            act()
        assert str(caught.value) == said
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def zipped(tmp_path_factory):
    return pack(ROOT, tmp_path_factory.mktemp("dist") / "deep" / "course.zip")


def test_the_zip_is_the_same_every_time(zipped, tmp_path):
    assert pack(ROOT, tmp_path / "again.zip").read_bytes() == zipped.read_bytes()


def test_the_zip_holds_no_output_and_nothing_of_a_teacher_or_a_student(zipped):
    with zipfile.ZipFile(zipped) as archive:
        names = archive.namelist()
        notebooks = [json.loads(archive.read(n)) for n in names if n.endswith(".ipynb")]
    assert len(notebooks) == len(list((ROOT / "notebooks").glob("*.ipynb")))
    for cell in (cell for n in notebooks for cell in n["cells"]):
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert "teacher" not in cell["metadata"].get("tags", [])
    assert all("widgets" not in n["metadata"] for n in notebooks)
    assert all(name.startswith("boundaries-course/") for name in names)
    assert len(set(names)) == len(names)
    assert not [
        n
        for n in names
        if re.search(r"__pycache__|\.pyc|\.sqlite|\.git/|tests/|\.venv|/course/", n)
    ]


def held_by(path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix("boundaries-course/") for name in archive.namelist()}


def tracked(*folders: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", *folders], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_zip_has_what_installs_and_opens_the_course(zipped):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hook = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["path"]
    needed = {"Makefile", "pyproject.toml", hook, "README.md", "LICENSE", "LICENSE-content.md"}
    assert needed - held_by(zipped) == set()
    assert tracked("boundaries", "data") - held_by(zipped) == set()


@pytest.fixture
def elsewhere(tmp_path):
    """The course with its content in a folder of its own, as in a wheel: no Makefile, no package beside it."""
    for folder in ("data", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / "course" / folder)
    return tmp_path / "course"


def test_whatever_else_lies_in_the_folders_stays_there(elsewhere, tmp_path):
    before = held_by(pack(elsewhere, tmp_path / "before.zip"))
    strays = (
        "data/class.sqlite",
        "data/class.sqlite-wal",
        "data/roster.csv",
        "data/tally.csv",
        "data/.DS_Store",
        "data/codes/notes.docx",
        "data/vignettes/~$case.toml.docx",
        "data/sample-class/real-class.csv",
        "data/submissions/anna.json",
        "notebooks/.ipynb_checkpoints/00-start-here-checkpoint.ipynb",
        "notebooks/boundaries-submission.json",
    )
    for name in strays:
        (elsewhere / name).parent.mkdir(exist_ok=True)
        (elsewhere / name).write_text("not of the course", encoding="utf-8")
    assert held_by(pack(elsewhere, tmp_path / "after.zip")) == before
    assert tracked("data") - before == set()
    assert "boundaries/__init__.py" in before


def own_cases(course: Path, folder: str) -> Path:
    """Says in course.toml that a teacher's own cases lie in `folder`, and puts one there."""
    settings = course / "data" / "course.toml"
    text = settings.read_text(encoding="utf-8")
    text = re.sub(r"^folders = .*$", f'folders = ["{folder}"]', text, flags=re.MULTILINE)
    settings.write_text(text, encoding="utf-8")
    cases = (course / "data" / folder).resolve()
    cases.mkdir()
    original = next(iter(sorted((ROOT / "data" / "vignettes").glob("*.toml"))))
    shutil.copy(original, cases / "my-own.toml")
    (cases / "class.sqlite").write_text("not a case", encoding="utf-8")
    return cases


def test_a_teachers_own_cases_are_packed(elsewhere, tmp_path):
    own_cases(elsewhere, "../my-cases")
    packed = held_by(pack(elsewhere, tmp_path / "x.zip"))
    assert {name for name in packed if name.startswith("my-cases")} == {"my-cases/my-own.toml"}


def test_own_cases_that_students_would_not_get_are_named(elsewhere, tmp_path):
    cases = own_cases(elsewhere, "../../my-cases")
    with pytest.raises(ContentError) as caught:
        pack(elsewhere, tmp_path / "x.zip")
    assert str(caught.value) == (
        f"{cases}: this folder of your own cases lies outside {elsewhere}, so students would "
        "not get it. Move it there, and name its new place in data/course.toml."
    )
    assert not (tmp_path / "x.zip").exists()
