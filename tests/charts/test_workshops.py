"""Workshops of practitioners beside a class: the same words, the same levels, and nothing of a small class."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import Drawn, overlaps
from small_content import content, vignette
from tallies import ratings_of, released

from boundaries.charts import CHARTS, norms
from boundaries.charts.frame import DPI, WIDTH
from boundaries.content.normsets import NormAnswers, NormSet
from boundaries.content.words import Country
from boundaries.errors import ContentError
from boundaries.instructor.report import report
from boundaries.lessons.gates import practitioners

TILES = vignette(levels=("cheap", "dear"))
SOAP = vignette("soap")


def a_course(*answers, who="joiners at a training day"):
    course = content(TILES, SOAP)
    norm_set = NormSet("day", who, "nz", 2026, "All of them said yes.", tuple(answers))
    return replace(course, norms=(norm_set,), countries={"nz": Country("nz", "New Zealand", ())})


def answered(item, *levels, ratings, wording=""):
    return NormAnswers(item.id, wording or item.wording, levels, ratings)


def test_a_class_is_counted_at_the_levels_that_the_workshop_was_asked_at():
    course = a_course(
        answered(TILES, "dear", ratings=(6, 2, 0, 0, 0)), answered(SOAP, ratings=(0, 0, 5, 5, 0))
    )
    shown = released(
        course,
        ratings_of(TILES, {"cheap": (0, 0, 9, 1, 0), "dear": (5, 5, 0, 0, 0)})
        + ratings_of(SOAP, {"": (0, 5, 5, 0, 0)}),
    )
    chart = norms(shown, course, "business")
    assert chart.sentence == (
        "Mean ratings, from 1 never to 5 always ethical: “Tiles” at “at dear”, 1.5 in the class, 1.2 among joiners at "
        "a training day, in New Zealand, 2026; “Soap”, 2.5 in the class, 3.5 among joiners at a training day, in New "
        "Zealand, 2026."
    )
    assert chart.place("tiles", "dear", 1, "first") is not None
    assert chart.place("tiles", "cheap", 3, "first") is None
    first = [
        (row["who"], row["n"], row["1 never ethical"]) for row in chart.table.to_dict("records")
    ]
    assert first[:2] == [
        ("the class", 10, "50%"),
        ("joiners at a training day, in New Zealand, 2026", 8, "75%"),
    ]


def test_levels_that_the_workshop_was_asked_at_are_added_up():
    course = a_course(
        answered(TILES, "cheap", ratings=(0, 0, 5, 0, 0)),
        answered(TILES, "dear", ratings=(5, 0, 0, 0, 0)),
    )
    shown = released(course, ratings_of(TILES, {"cheap": (0, 0, 6, 0, 0), "dear": (6, 0, 0, 0, 0)}))
    assert "“Tiles”, 2.0 in the class, 2.0 among joiners" in norms(shown, course, "tiles").sentence


def test_a_small_class_is_not_shown_beside_a_workshop():
    course = a_course(answered(SOAP, ratings=(0, 0, 5, 5, 0)))
    chart = norms(released(course, ratings_of(SOAP, {"": (3, 1, 0, 0, 0)})), course, "soap")
    assert "“Soap”, a class of whom fewer than 5 have judged, 3.5 among joiners" in chart.sentence
    assert chart.table.to_dict("records")[0]["n"] == "fewer than 5 have judged"
    assert len(Drawn(chart).tiles) == 5


@pytest.mark.parametrize(
    "entry",
    [
        answered(SOAP, ratings=(0, 0, 5, 5, 0), wording="0123456789ab"),
        answered(SOAP, ratings=(0, 0, 2, 2, 0)),
    ],
    ids=["another wording", "fewer than five"],
)
def test_another_wording_and_fewer_than_five_are_never_drawn(entry):
    course = a_course(entry)
    with pytest.raises(ContentError) as caught:
        CHARTS["norms"](released(course, []), course, "soap")
    assert str(caught.value) == (
        "No norm set holds a case of 'soap'. Put one into invented/norms, and run `python -m boundaries check`."
    )


def test_words_stay_on_the_sheet_and_apart_and_are_only_text():
    who = "psychologists & <b>psychiatrists</b> of two hospitals, most with over ten years of practice"
    course = a_course(answered(SOAP, ratings=(0, 0, 5, 5, 0)), who=who)
    chart = norms(released(course, ratings_of(SOAP, {"": (3, 1, 2, 0, 0)})), course, "soap")
    boxes = Drawn(chart).boxes()
    assert all(box.x1 <= (WIDTH - 4) / 72 * DPI for _, box in boxes)
    assert overlaps(boxes) == []
    assert "<b>" not in chart._repr_html_()


def test_the_report_sets_workshops_beside_the_class_where_there_are_any(course):
    item = course.vignettes["first-order-form"]
    shown = released(course, ratings_of(item, {"": (0, 1, 4, 9, 2)}))
    assert "judged the same cases" not in report(shown, course)
    norm_set = NormSet(
        "day", "joiners", "nz", 2026, "All said yes.", (answered(item, ratings=(0, 0, 5, 5, 0)),)
    )
    page = report(shown, replace(course, norms=(norm_set,)))
    assert "3.5 among joiners, in New Zealand, 2026" in page


def test_a_notebook_says_that_there_is_no_workshop_yet_and_shows_one_when_cases_are_judged(
    course, new_student, monkeypatch
):
    assert repr(practitioners(content=course, who=new_student).norms()) == (
        "No workshop of practitioners has judged these cases yet. Where one has, and agreed, its answers stand here "
        "beside the class, case by case: see data/README.md."
    )
    item = course.vignettes["six-sessions-on-flying"]
    norm_set = NormSet(
        "day", "joiners", "nz", 2026, "All said yes.", (answered(item, ratings=(9, 0, 0, 0, 0)),)
    )
    beside = practitioners(content=replace(course, norms=(norm_set,)), who=new_student)
    seen = []
    monkeypatch.setattr("boundaries.lessons.lesson.display", seen.append)
    assert beside.norms() is None
    assert not seen[0].is_open
    for case in beside.items:
        new_student.judge(case, "first", 1, 4)
    seen.clear()
    beside.norms()
    assert "1.0 among joiners, in New Zealand, 2026" in seen[0].sentence
