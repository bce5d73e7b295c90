"""What a picture's title finds: at the edges, and never of what is withheld."""

from __future__ import annotations

import pytest
from small_content import SCALE, content, reading, vignette

from boundaries.charts import CHARTS
from boundaries.counts import headlines
from boundaries.counts.comparison import answers_to
from boundaries.counts.headlines import Position
from boundaries.counts.release import release
from boundaries.counts.tally import MOVES, RATINGS, table

STRICT = Position("Soap", "stricter", -1.0)
STRICTER = Position("Loan", "stricter", -2.0)
MILD = Position("Shop", "milder", 0.5)
INSIDE = Position("Lift", "inside", 0.0)
TIED = Position("Tie", "", 0.0)
SILENT = Position("Mute", "no band", 0.0)


@pytest.mark.parametrize(
    ("standings", "title"),
    [
        ([], "Too few have judged"),
        ([SILENT], "No code here has a band"),
        ([STRICT], "Stricter than most codes in “Soap”"),
        ([MILD, INSIDE], "Milder than most codes in “Shop”"),
        (
            [INSIDE, STRICT, MILD, STRICTER],
            "Stricter than most codes in “Loan” and 1 more case, milder in “Shop”",
        ),
        (
            [STRICT, STRICTER, STRICT._replace(title="Rope"), MILD, MILD._replace(title="Ship")],
            "Stricter than most codes in “Loan” and 2 more cases, milder in “Ship” and 1 more case",
        ),
        ([INSIDE], "Inside what most codes support in “Lift”"),
        ([INSIDE, INSIDE, SILENT], "Inside what most codes support in both cases shown"),
        ([INSIDE, TIED], "Inside what most codes support in 1 of 2 cases shown"),
        ([TIED], "Neither stricter nor milder than most codes"),
        (
            [INSIDE._replace(title="Low", lean=-0.2), INSIDE._replace(title="High", lean=0.2)],
            "Inside what most codes support in both cases shown; leaning strict in “Low”, mild in “High”",
        ),
    ],
)
def test_the_title_says_where_the_class_stands_beside_most_codes(standings, title):
    assert headlines.codes_headline(standings) == title


def test_most_is_more_than_half_of_the_class_and_a_half_is_not():
    case = vignette("tiles", readings=(reading("aca", "discouraged"),))
    for counts, place in (
        ((3, 2, 0, 0, 0), "stricter"),
        ((0, 2, 3, 0, 0), "milder"),
        ((1, 3, 1, 0, 0), "inside"),
        ((5, 5, 0, 0, 0), ""),
    ):
        shown = _released(case, counts)
        (row,) = answers_to(shown, [case], "first")
        gap = row.beside(row.bands("aca"))
        stands = headlines.standing("Tiles", [gap])
        assert stands.place == place, counts
        steps = counts[2] + 2 * counts[3] + 3 * counts[4] - counts[0]
        assert stands.lean == pytest.approx(steps / sum(counts)), "below 0 on the strict side"
        other = gap._replace(stricter=0.2, permissive=0.2, inside=0.6)
        both = headlines.standing("Tiles", [gap, other])
        assert both.place == ("inside" if place == "inside" else ""), "one of two codes is not most"


def test_a_type_stands_where_most_of_its_cases_stand():
    of_type = headlines.standing_of_type("Gifts", [STRICT, STRICTER, MILD, SILENT])
    assert of_type.place == "stricter"
    assert headlines.standing_of_type("Gifts", [STRICT, MILD]) == Position("Gifts", "", -0.25)
    assert headlines.standing_of_type("Gifts", [SILENT]) == Position("Gifts", "no band", 0)
    assert headlines.codes_headline([of_type], "type") == "Stricter than most codes in “Gifts”"


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ((0, 0, 0, 0, 0), "Too few have judged"),
        ((0, 0, 1000, 0, 0), "Most often 3, under some conditions (100%)"),
        ((2, 0, 0, 1, 2), "Most often 1, never ethical and 5, always ethical (each 40%)"),
        ((2, 2, 2, 1, 0), "No rating was given most often"),
        ((1, 1, 1, 1, 1), "No rating was given most often"),
    ],
)
def test_the_rating_given_most_often_is_named_unless_many_tie(counts, title):
    assert headlines.ratings_headline(SCALE, counts) == title


def test_the_other_titles_at_their_edges():
    assert headlines.verdict_headline([]) == headlines.dial_headline({}) == headlines.TOO_FEW
    assert headlines.verdict_headline([0.5]) == "At most half agree with the course’s verdict"
    assert headlines.verdict_headline([0.6]) == "Most agree with the course’s verdict"
    assert headlines.verdict_headline([0.1, 0.5]) == (
        "On no claim shown do most agree with the course’s verdict"
    )
    assert headlines.dial_headline({"near": 2.0}) == "Only “near” can be shown"
    assert (
        headlines.dial_headline({"near": 2.0, "far": 2.4}) == "About the same at every level shown"
    )
    assert headlines.dial_headline({"near": 2.0, "far": 2.5}) == (
        "Stricter at “near” than at “far”"
    )
    assert headlines.pair_headline({"Soap": 2.0}) == headlines.TOO_FEW
    alike, apart = {"Soap": 2.0, "Shop": 2.44}, {"Soap": 2.0, "Shop": 2.46}
    assert headlines.pair_headline(alike) == "About as strict on one as on the other"
    assert headlines.pair_headline(apart) == "Stricter on “Soap” than on “Shop”, by 0.5 steps"
    assert headlines.spread_headline({}) == headlines.TOO_FEW
    assert headlines.spread_headline({"A": 0.0, "B": 0.0}) == "All who read the same words agree"
    assert (
        headlines.spread_headline({"A": 1.0, "B": 1.001})
        == "Equally divided over all that is shown"
    )
    assert headlines.spread_headline({"A": 1.24}) == "Two classmates are 1.2 steps apart"
    assert headlines.moves_headline("ACA", 0, 0, 0) == "No moves can be shown"
    assert headlines.moves_headline("ACA", 0, 9, 0) == (
        "Nobody moved toward the band of ACA or away from it"
    )


def test_no_title_speaks_of_a_withheld_case_or_of_learning():
    shown_case = vignette("tiles", readings=(reading("aca", "discouraged"),))
    few = vignette("few", readings=(reading("aca", "discouraged"),))
    course = content(shown_case, few)
    for withheld in ((4, 0, 0, 0, 0), (0, 0, 0, 0, 4), (0, 0, 0, 0, 0)):
        released = _released(shown_case, (0, 0, 9, 0, 0), few, withheld)
        titles = []
        for kind in ("intuition_vs_code", "gap_map", "spread", "moves"):
            titles.append(CHARTS[kind](released, course, "business").title)
        for kind in ("intuition_vs_code", "answers", "gap_map", "spread"):
            titles.append(CHARTS[kind](released, course, "few").title)
        assert titles == [
            "Milder than most codes in “Tiles”",
            "Milder than most codes in “Tiles”",
            "All who read the same words agree",
            "No moves can be shown",
            *["Too few have judged"] * 4,
        ]


def _released(item, counts, other=None, others=()):
    rows = []
    for judged, ratings in ((item, counts), (other, others)):
        for rating, n in enumerate(ratings, 1):
            if n:
                rows.append((judged.id, judged.wording, "", "first", 3, rating, n))
    course = content(*[judged for judged in (item, other) if judged])
    return release(table(rows, RATINGS), table([], MOVES), course)
