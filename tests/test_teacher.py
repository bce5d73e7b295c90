"""A teacher without Python: a new case, a new code edition and a new type, by copying files, found everywhere."""

import shutil
from pathlib import Path

import pytest

from boundaries.answers.students import Student
from boundaries.charts import CHARTS
from boundaries.content import check, load
from boundaries.counts.invented import invent
from boundaries.counts.release import release
from boundaries.counts.tally import count_moves, count_ratings
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.states import card_state

ROOT = Path(__file__).parent.parent


@pytest.fixture
def data(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path / "data"


def replace_in(path, *pairs):
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def a_class(content):
    rows = list(invent(content, students=30, seed=3, session="invented-3"))
    return release(
        count_ratings(rows), count_moves(rows), content, session="invented-3", invented=True
    )


def add_case(data, folder, **changes):
    """What CONTRIBUTING says: copy a file, give it a new name, change its text."""
    target = folder / "bread-on-credit.toml"
    shutil.copy(data / "vignettes" / "the-second-oven.toml", target)
    replace_in(target, ('title = "The second oven"', 'title = "Bread on credit"'), *changes.items())
    return target


@pytest.mark.slow
def test_a_new_case_is_checked_judged_and_charted(data, tmp_path):
    add_case(data, data / "vignettes")
    found = [fault for fault in check.faults(data) if "bread-on-credit" in fault]
    assert len(found) == 1  # only that the new wording is not locked yet
    assert "check --lock" in found[0]
    check.lock_wordings(data)
    assert check.faults(data) == []
    content = load(data)
    student = Student("own-study", tmp_path / "own-study.sqlite")
    lesson = Lesson("business", content, student)
    assert "bread-on-credit" in [item.id for item in lesson.items]
    item = content.item("bread-on-credit")
    student.judge(item, "first", 2, 3)
    assert len(card_state(item, content, student)["result"]["readings"]) >= 5
    chart = CHARTS["intuition_vs_code"](a_class(content), content, "business")
    assert "Bread on credit" in repr(chart)


def test_a_case_in_a_folder_of_ones_own_is_read_beside_data_and_never_written_to(data, tmp_path):
    own = tmp_path / "my-cases"
    own.mkdir()
    add_case(data, own)
    replace_in(data / "course.toml", ("folders = []", 'folders = ["../my-cases"]'))
    before = {p.name: p.read_bytes() for p in own.iterdir()}
    check.lock_wordings(data)
    assert check.faults(data) == []
    assert "bread-on-credit" in load(data).vignettes
    assert {p.name: p.read_bytes() for p in own.iterdir()} == before


def test_a_new_code_edition_appears_on_cards_and_charts(data, tmp_path):
    new = data / "codes" / "aca-2030.toml"
    shutil.copy(data / "codes" / "aca-2014.toml", new)
    replace_in(
        new,
        ('short = "ACA 2014"', 'short = "ACA 2030"'),
        ('replaces = "aca-2005"', 'replaces = "aca-2014"'),
    )
    replace_in(data / "course.toml", ('codes = ["aca-2014"', 'codes = ["aca-2030"'))
    for path in (data / "vignettes").glob("*.toml"):
        replace_in(path, ('code = "aca-2014"', 'code = "aca-2030"'))
    content = load(data)
    assert check.faults(data) == []
    student = Student("own-study", tmp_path / "own-study.sqlite")
    item = content.item("the-second-oven")
    student.judge(item, "first", 2, 3)
    assert "ACA 2030" in [
        r["code"] for r in card_state(item, content, student)["result"]["readings"]
    ]
    assert "ACA 2030" in repr(CHARTS["gap_map"](a_class(content), content, "business")).replace(
        "\n", " "
    )


@pytest.mark.slow
def test_a_new_type_has_a_lesson_and_charts_of_its_own(data, tmp_path):
    with (data / "types.toml").open("a", encoding="utf-8") as types:
        types.write(
            '\n[[types]]\nid = "neighbours"\ntitle = "Neighbours"\nquestion = "How near is too near?"\n'
        )
    add_case(data, data / "vignettes", **{'type = "business"': 'type = "neighbours"'})
    check.lock_wordings(data)
    assert check.faults(data) == []
    content = load(data)
    lesson = Lesson("neighbours", content, Student("own-study", tmp_path / "own-study.sqlite"))
    assert [item.id for item in lesson.items] == ["bread-on-credit"]
    released = a_class(content)
    assert "Bread on credit" in repr(CHARTS["intuition_vs_code"](released, content, "neighbours"))
    assert "Neighbours" in repr(CHARTS["gap_map"](released, content, "all"))
