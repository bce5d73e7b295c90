"""Two cases that were compared: means of a class, and nothing where one of them may not be shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import Drawn, overlaps
from small_content import content, vignette
from tallies import ratings_of, released

from boundaries.charts import CHARTS
from boundaries.content import Prompts
from boundaries.counts.differences import Difference
from boundaries.errors import ContentError

TILES, SOAP = vignette(levels=("cheap", "dear")), vignette("soap")
COURSE = replace(
    content(TILES, SOAP), prompts={"business": Prompts("business", pair=("tiles", "soap"))}
)
MEANS_ONLY = (
    "These are two means of a class: how far one person’s own two ratings lie apart is not counted."
)


def test_the_difference_is_that_of_the_means_with_n():
    rows = ratings_of(TILES, {"cheap": (0, 5, 5, 0, 0), "dear": (5, 5, 0, 0, 0)})
    rows += ratings_of(SOAP, {"": (0, 0, 0, 10, 5)}, skips=5)
    chart = CHARTS["pair"](released(COURSE, rows), COURSE, "business")
    assert chart.title == "Stricter on “Tiles” than on “Soap”, by 2.3 steps"
    assert chart.sentence == (
        "Judged alone: “Tiles” 2.0 on average (n = 20) and “Soap” 4.3 on average (n = 15), "
        f"2.3 steps apart. {MEANS_ONLY}"
    )
    assert chart.table[["n", "mean", "2"]].to_numpy().tolist() == [
        [20, "2.00", "50%"],
        [15, "4.33", "0%"],
    ]
    assert chart.place("tiles", "dear", 2, "first") == chart.place("tiles", "cheap", 2, "first")
    assert overlaps(Drawn(chart).boxes()) == []


WHOLE = Difference("tiles", "soap", "", 20, 1.4, 0.9, 1.9, 0, 6, 14)


def both_shown():
    rows = ratings_of(TILES, {"cheap": (0, 5, 5, 0, 0), "dear": (5, 5, 0, 0, 0)})
    return released(COURSE, rows + ratings_of(SOAP, {"": (0, 0, 5, 10, 5)}))


def test_how_far_two_ratings_of_one_person_lie_apart_is_drawn_where_it_is_told():
    chart = CHARTS["pair"](replace(both_shown(), differences=(WHOLE,)), COURSE, "business")
    assert chart.sentence.endswith(
        "2.0 steps apart. Of the 20 who rated both, 14 rated “Soap” higher than “Tiles”, 0 lower "
        "and 6 the same: +1.4 steps on average (a similar class might say +0.9 to +1.9)."
    )
    assert chart.table.iloc[-1][["case", "n", "mean"]].tolist() == [
        "each person’s own two ratings",
        20,
        "+1.4",
    ]
    drawn = Drawn(chart)
    assert {"0 lower", "6 the same", "14 higher", "n = 20", "+1.4 steps"} <= set(drawn.words())
    assert overlaps(drawn.boxes()) == []


def test_the_halves_of_a_split_class_are_drawn_below_one_another():
    halves = (
        WHOLE._replace(half="pair first", n=11, mean=1.7),
        WHOLE._replace(half="one by one", n=9, mean=1.0),
    )
    chart = CHARTS["pair"](replace(both_shown(), differences=(WHOLE, *halves)), COURSE, "business")
    assert "Of the 11 who compared the two before all else, 14 rated" in chart.sentence
    assert "Of the 9 who judged them one by one, 14 rated" in chart.sentence
    assert "Of the 20" not in chart.sentence
    assert overlaps(Drawn(chart).boxes()) == []


def test_where_it_could_tell_what_a_few_answered_the_chart_says_so():
    chart = CHARTS["pair"](replace(both_shown(), differences=()), COURSE, "business")
    assert chart.sentence.endswith(
        "how far one person’s own two ratings lie apart is not shown, for it could tell what fewer "
        "than 5 people answered."
    )


def test_a_case_that_too_few_have_judged_leaves_no_difference():
    rows = ratings_of(TILES, {"cheap": (0, 5, 5, 0, 0)}) + ratings_of(SOAP, {"": (0, 0, 4, 0, 0)})
    chart = CHARTS["pair"](released(COURSE, rows), COURSE, "business")
    assert chart.title == "Too few have judged"
    assert chart.sentence == "Fewer than 5 people have judged “Soap”, so nothing is shown yet."
    assert "steps apart" not in repr(chart)
    assert "the two means" not in Drawn(chart).words()
    assert chart.place("soap", "", 3, "first") is None


def test_a_type_without_a_pair_has_no_such_chart():
    with pytest.raises(ContentError) as error:
        CHARTS["pair"](released(COURSE, []), COURSE, "gifts")
    assert str(error.value) == "lessons.toml names no pair of cases for 'gifts'."
