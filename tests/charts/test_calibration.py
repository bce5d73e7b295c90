"""Sureness and verdicts: whether those who were surer of a claim agreed more often with this course's verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import Drawn
from small_content import content

from boundaries.charts import palette
from boundaries.charts.calibration import calibration
from boundaries.content import Claim, Content, load
from boundaries.counts.release import Released, release
from boundaries.counts.tally import MOVES, RATINGS, table
from boundaries.errors import ContentError

POINTS = content().claim_ratings
CLAIMS = {
    id: Claim(id, f"Claim {id}.", POINTS, f"w-{id}", verdict, "Because.", (), (), "A", "2026")
    for id, verdict in (("x", 1), ("y", 2))
}


def judged(split) -> tuple[Content, Released]:
    """Rows of claim, confidence and counts by rating."""
    course = replace(content(), claims=CLAIMS)
    rows = [
        (id, f"w-{id}", "", "first", sure, rating, n)
        for id, sure, counts in split
        for rating, n in enumerate(counts, 1)
        if n
    ]
    return course, release(
        table(rows, RATINGS), table([], MOVES), course, session="s", title="S", invented=True
    )


def test_agreement_is_the_plain_mean_over_claims_by_confidence():
    course, shown = judged(
        [("x", 1, (2, 4, 4)), ("x", 4, (18, 1, 1)), ("y", 1, (3, 1, 1)), ("y", 2, (0, 5, 0))]
    )
    chart = calibration(shown, course, "claims")
    assert chart.table.to_dict("records") == [
        {"how sure": "A guess", "claims": 2, "agrees with the verdict": "20%", "blind": "33%"},
        {"how sure": "Unsure", "claims": 1, "agrees with the verdict": "100%", "blind": "33%"},
        {"how sure": "Fairly sure", "claims": 0, "agrees with the verdict": None, "blind": "33%"},
        {"how sure": "Certain", "claims": 1, "agrees with the verdict": "90%", "blind": "33%"},
    ]
    assert chart.sentence == (
        "Invented answers. 2 claims of 2 could be split by confidence: a guess 20%, unsure 100%, certain 90% agree. "
        "The verdict is this course’s own. “Blind” is what answering at random would give. "
        "The program that invented this class made the surer ones know more; a real class may differ."
    )
    large = [dot for dot in Drawn(chart).dots if dot.radius == 7]
    assert [dot.x for dot in large] == pytest.approx([0.2, 1.0, 0.9])
    assert {dot.colour for dot in large} == {palette.CLASS}


def test_where_release_has_not_split_nothing_is_shown_and_it_says_why():
    course, shown = judged([("x", 1, (1, 1, 1)), ("x", 4, (18, 1, 1))])
    chart = calibration(shown, course, "claims")
    assert chart.sentence == (
        "Invented answers. None of these 2 claims can be split by confidence: it would show groups of fewer than 5, "
        "or give them away. A larger class may allow it. The verdict is this course’s own."
    )
    assert Drawn(chart).dots == []
    assert Drawn(chart).words().count("not shown") == 4
    assert list(chart.table["agrees with the verdict"]) == [None] * 4


def test_only_claims_have_a_verdict():
    with pytest.raises(ContentError) as caught:
        calibration(judged([])[1], load(), "business")
    said = (
        "'business' has no verdict to be sure of. Draw the calibration of 'claims' or of one claim."
    )
    assert str(caught.value) == said
