"""Two cases side by side: compared, both judged, and only then what the codes say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_content import content, vignette

from boundaries.answers.judgments import is_in_first_half
from boundaries.answers.students import Student
from boundaries.content import Model, Prompts, Question
from boundaries.lessons.cards import Card
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.outputs import PairText

TILES, BENCH, CHAIR = vignette("tiles"), vignette("bench"), vignette("chair")
COMPARE = Model("two-cases", "Side by side", "Invented.", (Question("same", "The same?"),))
COURSE = replace(
    content(TILES, BENCH, CHAIR),
    models={"two-cases": COMPARE},
    prompts={"business": Prompts("business", pair=("tiles", "bench"))},
)


@pytest.fixture
def lesson(tmp_path):
    return Lesson("business", COURSE, Student("test", tmp_path / "own.sqlite"))


@pytest.fixture
def outputs(monkeypatch):
    """What a cell displays."""
    shown = []
    monkeypatch.setattr("boundaries.lessons.lesson.display", shown.append)
    return shown


def test_the_codes_of_a_pair_open_when_both_are_judged(lesson, outputs):
    lesson.pair()
    one, two = [shown for shown in outputs if isinstance(shown, Card)]
    said = {}
    for card in (one, two):
        card.send = lambda state, buffers=None, card=card: said.update({card.item.id: state})
    one.judge("first", 2, 3)
    state = said["tiles"]
    assert (state["phase"], state["result"]["readings"], state["again"]) == ("locked", [], None)
    about = "What the codes say opens when all 2 cases are judged: 1 is left."
    assert state["result"]["about"] == about
    assert said["bench"]["phase"] == "first"
    assert one.judge("informed", 2, 3) is None
    assert said["tiles"]["receipt"]["text"] == (
        "Nothing was stored: this case is judged again when the codes are open."
    )
    two.judge("first", None)
    for item in ("tiles", "bench"):
        assert said[item]["result"]["readings"]
        assert said[item]["again"]


def test_nothing_else_opens_them_earlier(lesson, outputs, tmp_path):
    lesson.student.judge(TILES, "first", 2, 3)
    lesson.student.judge(CHAIR, "first", 2, 3)
    lesson.cards()
    cards = {shown.item.id: shown for shown in outputs if isinstance(shown, Card)}
    assert cards["tiles"].state()["result"]["readings"] == []
    assert cards["chair"].state()["result"]["readings"]
    lesson.chart("answers", "tiles")
    assert outputs[-1].messages()[0]["text"] == "This chart opens when you have judged “Bench”."
    lesson.my_judgments(tmp_path / "page.html")
    why = lesson.content.vignettes["tiles"].readings[0].why
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count(why) == 1  # of the chair alone


def test_a_lesson_one_case_at_a_time_opens_no_case_of_a_pair_alone(lesson, outputs):
    lesson.show()
    walk = outputs[-1]
    states = {}
    walk.send = lambda state, buffers=None: states.update({state["item"]: state})

    def judge(item):
        walk.go(lesson.items.index(item))
        walk.judge("first", 2, 3)
        return states[item.id]["result"]["readings"]

    assert judge(CHAIR)
    assert judge(TILES) == []
    assert states["tiles"]["again"] is None
    assert judge(BENCH)
    walk.go(lesson.items.index(TILES))
    assert states["tiles"]["result"]["readings"]


def test_the_chart_of_a_pair_opens_with_the_pair(lesson, outputs):
    lesson.student.judge(TILES, "first", 2, 3)
    lesson.chart("pair")
    assert outputs[-1].messages()[0]["text"] == "This chart opens when you have judged “Bench”."


def test_a_pair_is_text_side_by_side_and_one_form_that_asks_what_differs(lesson, outputs):
    lesson.pair()
    text = next(shown for shown in outputs if isinstance(shown, PairText))
    assert repr(text).index("Tiles") < repr(text).index("Bench")
    assert text._repr_html_().count("<div>") == 2
    forms = [shown for shown in outputs if "ModelForm" in repr(shown)]
    assert [form.state()["legend"] for form in forms] == ["Side by side: “Tiles” and “Bench”"]


def test_of_a_split_class_one_half_compares_and_the_other_judges_one_by_one(tmp_path, outputs):
    split = replace(COURSE, course=replace(COURSE.course, split_pairs=True))
    halves = {}
    for number in range(20):
        own = Student("test", tmp_path / f"{number}.sqlite")
        halves[is_in_first_half(own.participant, "business")] = Lesson("business", split, own)
    halves[True].pair()
    assert len([shown for shown in outputs if isinstance(shown, Card)]) == 2
    outputs.clear()
    other = halves[False]
    other.pair()
    assert [repr(shown) for shown in outputs] == [
        "In this course half of the class compare two cases first, and the other half judge the same "
        "two one by one. You are in the other half: go on, both are in this lesson."
    ]
    other.student.judge(TILES, "first", 2, 3)
    assert list(other.before(TILES)) == [TILES]  # nothing stands beside it
    other.chart("pair")
    assert outputs[-1].messages()[0]["text"] == "This chart opens when you have judged “Bench”."


def test_a_lesson_without_a_pair_or_a_guess_says_so(tmp_path, outputs):
    alone = Lesson("business", content(TILES), Student("test", tmp_path / "own.sqlite"))
    alone.pair()
    assert repr(outputs[-1]) == "lessons.toml names no pair of cases for 'business'."
    alone.guess("answers", "tiles")
    assert repr(outputs[-1]) == "lessons.toml asks for no guess before the chart 'answers' here."
