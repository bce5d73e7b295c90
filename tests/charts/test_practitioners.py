"""Published judgments beside a class: every number is a row of surveys.csv, nothing is drawn that may only be quoted."""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from drawn import Drawn, overlaps

import boundaries.charts.practitioners
from boundaries.charts import CHARTS
from boundaries.charts.frame import DPI, WIDTH
from boundaries.charts.practitioners import (
    MARKS,
    belief_and_behaviour,
    published,
    quoted,
    surveyed,
)
from boundaries.content import read_toml
from boundaries.counts.release import release
from boundaries.counts.tally import MOVES, RATINGS, table
from boundaries.errors import ContentError
from boundaries.lessons.gates import practitioners as beside_for

HERE = Path(__file__).parent
with (HERE.parent.parent / "data" / "surveys.csv").open(encoding="utf-8", newline="") as lines:
    FACTS = list(csv.DictReader(lines))
CASES = [
    "six-sessions-on-flying",
    "after-the-storm",
    "the-same-telescope",
    "found-you",
    "late-at-the-office",
    "after-the-blessing",
    "forty-hours-by-june",
]


def a_class(course, invented=True, **counts):
    """Counts by rating, of levels in their order, by case."""
    rows = []
    for id, of_levels in counts.items():
        item = course.vignettes[id.replace("_", "-")]
        for level, given in zip(item.levels, of_levels, strict=True):
            rows += [
                (item.id, item.wording, level, "first", 3, r, n)
                for r, n in enumerate(given, 1)
                if n
            ]
    return release(
        table(rows, RATINGS), table([], MOVES), course, session="s", title="S", invented=invented
    )


@pytest.fixture
def both(course):
    storm = [(8, 1, 1, 0, 0), (5, 3, 1, 1, 0), (2, 4, 2, 1, 1)]
    return a_class(course, six_sessions_on_flying=[(16, 4, 0, 0, 0)], after_the_storm=storm)


# -- every number is a row of surveys.csv ------------------------------------------------------------------------------


def test_each_entry_of_the_mapping_is_one_belief_of_the_facts_that_was_read(course):
    entries = read_toml(course.folder / "beside.toml")["figures"]
    found = list(published(course))
    assert len(found) == len(entries) == 16
    for entry, figure in zip(entries, found, strict=True):
        key = (entry["study"], entry["item"], entry["category"])
        (fact,) = [f for f in FACTS if (f["study_id"], f["item_id"], f["category"]) == key]
        assert fact["scale"].startswith("belief: ")
        assert fact["confidence"] in ("verified", "verified-secondary")
        assert (figure.survey.percent, figure.survey.n, figure.survey.year) == (
            fact["percent"],
            fact["n"],
            fact["year"],
        )
        assert entry["vignette"] in course.vignettes


def printed(row, fact):
    mark = {
        "verified": "read in the study’s own abstract",
        "verified-secondary": "read in a page that reports it",
    }
    n = f"N = {int(fact['n']):,}" if fact["n"] else "N not read"
    return (
        row["share"],
        row["N"],
        row["country"],
        row["year"],
        row["who"],
        row["source"],
        row["read"],
    ) == (
        f"{fact['percent']}%",
        n,
        fact["country"],
        fact["year"],
        fact["respondent_group"],
        fact["citation"],
        mark.get(fact["confidence"]),
    )


def test_each_published_row_of_a_picture_is_a_fact_with_its_mark(course, both):
    rows = [
        *surveyed(both, course).table.to_dict("records"),
        *belief_and_behaviour(course).table.to_dict("records"),
    ]
    published = [row for row in rows if row["who"] != "the class"]
    assert [row["share"] for row in published] == [
        "98%",
        "29.6%",
        "74%",
        "68%",
        "66.9%",
        "97.8%",
        "76.8%",
        "94.4%",
    ]
    for row in published:
        assert sum(printed(row, fact) for fact in FACTS) == 1


def test_what_is_merged_or_read_in_part_is_quoted_and_not_drawn(course):
    drawn = [f.survey.category for f in published(course) if f.ratings]
    assert drawn == [
        "always inappropriate and usually harmful",
        "might sometimes be acceptable",
        "could be appropriate",
        "no",
    ]
    rows = quoted(course).to_dict("records")
    assert [row["percent"] for row in rows] == [
        "4.7",
        "1",
        "22",
        "46",
        "70",
        "83",
        "98.45",
        "68.3",
        "66.9",
        "76.8",
        "75",
        "41",
    ]
    for row in rows:
        (fact,) = [
            f
            for f in FACTS
            if (f["percent"], f["category"], f["citation"])
            == (row["percent"], row["answer"], row["source"])
        ]
        n = f"N = {int(fact['n']):,}" if fact["n"] else "N not read"
        assert f"{fact['respondent_group']}, {fact['country']}, {fact['year']}; {n}; " in row["who"]
        assert row["read"] == MARKS[fact["confidence"]]
        assert all(row[why].endswith(".") for why in ("differs", "not drawn because"))


def test_a_figure_that_was_not_read_well_enough_is_left_out(course):
    weak = replace(
        course, surveys=tuple(replace(s, confidence="secondary-weak") for s in course.surveys)
    )
    behaviour = replace(
        course, surveys=tuple(replace(s, scale="behaviour: ever") for s in course.surveys)
    )
    assert list(published(weak)) == list(published(behaviour)) == []


# -- the class beside them -------------------------------------------------------------------------------------


def test_the_classs_share_is_counted_over_all_levels_and_drawn_to_scale(course, both):
    chart = surveyed(both, course)
    ours = [row for row in chart.table.to_dict("records") if row["who"] == "the class"]
    assert [(r["case"], r["answer"], r["share"], r["N"]) for r in ours] == [
        ("Six sessions on flying", "Class: 1, never ethical", "80%", 20),
        ("After the storm", "Class: 2 to 5, at least ethical under rare conditions", "50%", 30),
        ("After the storm", "Class: 1, never ethical", "50%", 30),
    ]
    assert [tile.x1 for tile in Drawn(chart).tiles] == pytest.approx([80, 98, 50, 29.6, 74, 50, 68])
    assert chart.sentence == (
        "Invented answers. Published answers beside a class’s: “Six sessions on flying”, 98% of psychiatrists (USA "
        "1987) beside 80% of the class; “After the storm”, 29.6% of psychiatrists (USA 1987) beside 50% of the class; "
        "“After the storm”, 74% of psychiatrists who acknowledged sexual contact with patient(s) (USA 1987) beside "
        "50% of the class; “After the storm”, 68% of physicians (USA 2012) beside 50% of the class."
    )


def test_ones_own_ring_is_on_the_bar_that_holds_the_rating(course, both):
    chart = surveyed(both, course)
    bars = Drawn(chart).tiles
    ax, figure = chart.figure.axes[0], chart.figure
    for item, rating, bar in (
        ("six-sessions-on-flying", 1, 0),
        ("after-the-storm", 4, 2),
        ("after-the-storm", 1, 5),
    ):
        x, y = chart.place(item, course.vignettes[item].levels[-1], rating, "first")
        pixels = figure.transFigure.transform((x, 1 - y))
        across, down = ax.transData.inverted().transform(pixels)
        assert bars[bar].x0 < across < bars[bar].x1
        assert bars[bar].y0 < down < bars[bar].y1
    assert chart.place("six-sessions-on-flying", "", 2, "first") is None


def test_a_class_too_small_is_not_shown(course):
    chart = surveyed(
        a_class(course, six_sessions_on_flying=[(3, 1, 0, 0, 0)]), course, "six-sessions-on-flying"
    )
    assert chart.sentence == (
        "Invented answers. Published answers beside a class’s: “Six sessions on flying”, 98% of psychiatrists (USA "
        "1987) beside a class of whom fewer than 5 have judged."
    )
    assert len(Drawn(chart).tiles) == 1
    first = chart.table.to_dict("records")[0]
    assert (first["share"], first["N"]) == ("fewer than 5 have judged", "fewer than 5 have judged")


@pytest.mark.parametrize("invented", [True, False])
def test_invented_answers_are_called_so_in_four_places(course, invented):
    chart = surveyed(a_class(course, invented, six_sessions_on_flying=[(16, 4, 0, 0, 0)]), course)
    places = [
        " ".join(Drawn(chart).words()),
        chart.sentence,
        chart.alt,
        repr(chart),
    ]
    assert [("invented" in place.lower()) for place in places] == [invented] * 4


def test_words_stay_on_the_sheet_and_apart(course, both):
    for draw in (lambda: surveyed(both, course), lambda: belief_and_behaviour(course)):
        chart = draw()
        boxes = Drawn(chart).boxes()
        assert all(box.x1 <= (WIDTH - 4) / 72 * DPI for _, box in boxes)
        assert overlaps(boxes) == []
        assert repr(chart) == repr(draw())
        assert set(chart._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_a_case_that_no_survey_asked_about_is_refused(course, both):
    with pytest.raises(ContentError) as caught:
        CHARTS["practitioners"](both, course, "the-kitchen-window")
    assert str(caught.value) == (
        "No survey can be drawn beside 'the-kitchen-window'. Choose 'practitioners' or: after-the-storm, "
        "six-sessions-on-flying."
    )


def test_belief_and_behaviour_are_of_the_same_people(course):
    chart = belief_and_behaviour(course)
    assert chart.sentence == (
        "Looking a client up with a search engine: 66.9% believed that it is always or usually unacceptable, 97.8% "
        "did so at least once in the past year; Looking a client up on social networking sites: 76.8% believed "
        "that it is always or usually unacceptable, 94.4% did so in the past year."
    )
    assert set(chart.table["N"]) == {"N = 854"}
    assert len(set(chart.table["source"])) == 1
    assert not chart.invented


# -- the gate --------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch):
    seen = []
    monkeypatch.setattr(sys.modules["boundaries.lessons.lesson"], "display", seen.append)
    return seen


def test_what_practitioners_said_is_closed_until_its_cases_are_judged(course, new_student, shown):
    beside = beside_for(content=course, who=new_student)
    assert sorted(item.id for item in beside.items) == sorted(CASES)
    names = ", ".join(f"“{item.title}”" for item in beside.items)
    closed = f"This opens when you have judged: {names}."
    assert repr(beside.quoted()) == closed
    assert repr(beside.belief_and_behaviour()) == (
        "This opens when the cases named above are judged: 0 of 7 so far."
    )
    beside.chart()
    (picture,) = shown
    assert not picture.is_open
    assert picture.messages() == [
        {
            "kind": "text",
            "text": "This chart opens when the cases named above are judged: 0 of 7 so far.",
        }
    ]

    for item in beside.items:
        new_student.judge(item, "first", 1, 4)
    assert beside.belief_and_behaviour().title == "What they believed, and what they did"
    lines = repr(beside.quoted()).splitlines()
    assert len(lines) == 12
    assert lines[3] == (
        "Birds on Saturdays: 46% answered “ethical under some conditions” about becoming friends with a former client "
        "(psychologists, psychiatrists, social workers, USA, 1989; N not read; Borys 1989; read in a page that "
        "reports it). The survey named no number of years; the case does, one of three. Not drawn: Read in an article "
        "that reports it. It does not say whether this is the middle answer alone or everything from there up."
    )
    assert beside.quoted()._repr_html_().count("<li>") == 12
    shown.clear()
    beside.chart()
    chart, picture = shown
    assert chart.id == "practitioners-invented-homework"
    rings = picture.messages()[-1]["points"]
    assert sorted(re.search("“(.*)”", ring["label"])[1] for ring in rings) == [
        "After the storm",
        "Six sessions on flying",
    ]


def test_the_module_does_not_take_the_place_of_the_function():
    assert callable(boundaries.practitioners)
    assert boundaries.practitioners is beside_for
