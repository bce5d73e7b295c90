"""The students' copy: theirs once they changed it, without outputs and teaching notes, the same zip every time."""

import json
import re
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
    said = f"{tmp_path / 'notebooks'}: no notebooks here. Run this in the course's own folder, or name the right one."
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


def test_the_zip_has_what_make_lab_needs(zipped):
    with zipfile.ZipFile(zipped) as archive:
        held = {name.removeprefix("boundaries-course/") for name in archive.namelist()}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    copied = re.findall(r"\bcp (\S+)", makefile)
    assert copied  # the recipe of `lab` copies a file that lies beside the Makefile
    needed = {"Makefile", "pyproject.toml", "README.md", "LICENSE", "LICENSE-content.md", *copied}
    assert needed - held == set()
    package = {
        p.relative_to(ROOT).as_posix()
        for p in (ROOT / "boundaries").rglob("*")
        if p.suffix in (".py", ".js", ".css")
    }
    data = {p.relative_to(ROOT).as_posix() for p in (ROOT / "data").rglob("*") if p.is_file()}
    assert (package | data) - held == set()
