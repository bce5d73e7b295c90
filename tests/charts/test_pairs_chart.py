"""Two cases that were compared: means of a class, and nothing where one of them may not be shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import Drawn, overlaps
from small_content import content, vignette
from tallies import ratings_of, released

from boundaries.charts import CHARTS
from boundaries.content import Prompts
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
