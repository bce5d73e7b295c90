import re
from collections import Counter
from dataclasses import replace
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_content import content, reading, vignette

from boundaries.answers.judgments import PHASES, Judgment, merge_all
from boundaries.counts import tally
from boundaries.counts.release import release
from boundaries.errors import ContentError

TILES = vignette(
    "tiles",
    levels=("low", "mid", "high"),
    readings=(
        reading("aca-2014", "prohibited", levels=("low",)),
        reading("aca-2014", "conditional", levels=("mid",)),
        reading("aca-2014", "silent", levels=("high",)),
    ),
)
LOAN = vignette(
    "loan", readings=(reading("aca-2014", "discouraged"), reading("bacp-2018", "permitted"))
)
CONTENT = content(TILES, LOAN, codes=("nasw-2021",))

ROWS = st.lists(
    st.builds(
        lambda who, item, wording, phase, answer, revision: Judgment(
            *("s", who, item, wording, phase, f"l{who}{item}"[-2:], *answer, "", revision)
        ),
        st.sampled_from("abcdef"),
        st.sampled_from(["tiles", "loan"]),
        st.sampled_from(["w1", "w2"]),
        st.sampled_from(PHASES),
        st.one_of(st.just((None, None)), st.tuples(st.integers(1, 5), st.integers(1, 4))),
        st.integers(0, 3),
    ),
    max_size=60,
)


def judge(who, item, rating, phase="first", level=""):
    return Judgment("s", str(who), item.id, item.wording, phase, level, rating, rating and 3, "", 0)


def class_of(item, *groups, phase="first", level="", start=0):
    """Judgments of one phase: groups of (how many, rating), numbered from `start`."""
    ratings = [rating for n, rating in groups for _ in range(n)]
    return [judge(who, item, rating, phase, level) for who, rating in enumerate(ratings, start)]


def released(*rows, of=CONTENT):
    rows = [row for group in rows for row in group]
    return release(tally.count_ratings(rows), tally.count_moves(rows), of)


@settings(deadline=None)
@given(ROWS)
def test_ratings_are_a_plain_count_of_merged_judgments(rows):
    merged = list(merge_all(rows).values())
    table = tally.count_ratings(reversed(merged))
    counted = Counter()
    for j in merged:
        counted[j.item, j.wording, j.level, j.phase, j.confidence or 0, j.rating or 0] += 1
    assert tuple(table.columns) == tally.RATINGS
    assert {tuple(row[:-1]): row[-1] for row in table.itertuples(index=False)} == counted
    assert table["n"].sum() == len(merged)


@settings(deadline=None)
@given(ROWS)
def test_moves_are_a_plain_count_of_people_who_answered_twice(rows):
    merged = list(merge_all(rows).values())
    table = tally.count_moves(merged)
    counted = Counter()
    for a in merged:
        for b in merged:
            same = (a.participant, a.item, a.wording, a.level) == (
                b.participant,
                b.item,
                b.wording,
                b.level,
            )
            if same and PHASES.index(a.phase) < PHASES.index(b.phase):
                counted[
                    a.item, a.wording, a.level, a.phase, a.rating or 0, b.phase, b.rating or 0
                ] += 1
    assert tuple(table.columns) == tally.MOVES
    assert {tuple(row[:-1]): row[-1] for row in table.itertuples(index=False)} == counted


def test_two_sessions_are_never_counted_together():
    rows = [judge(1, LOAN, 2), Judgment("t", "2", "loan", LOAN.wording, "first", "", 1, 1, "", 0)]
    message = "Judgments of 2 sessions came together: s, t. Sessions are never added together; count one at a time."
    for count in (tally.count_ratings, tally.count_moves):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            count(rows)


class Store:
    """Counts as a database gives them: None for a skip."""

    def ratings(self, session):
        return [(session, "w", "", "first", None, None, 2), (session, "w", "", "first", 4, 1, 7)]

    def moves(self, session):
        return [
            (session, "w", "", "first", None, "informed", 5, 3),
            (session, "w", "", "first", 1, "informed", None, 1),
        ]


def test_a_stores_skips_become_zeros():
    assert tally.ratings(Store(), "s").to_numpy().tolist() == [
        ["s", "w", "", "first", 0, 0, 2],
        ["s", "w", "", "first", 4, 1, 7],
    ]
    assert tally.moves(Store(), "s").to_numpy().tolist() == [
        ["s", "w", "", "first", 0, "informed", 5, 3],
        ["s", "w", "", "first", 1, "informed", 0, 1],
    ]


def test_an_empty_tally_has_its_columns_and_types():
    for table in (tally.count_ratings([]), tally.count_moves([])):
        assert table.empty
        assert table["n"].dtype == "int64"
    nothing = released([])
    assert list(tally.answers(nothing, LOAN).columns) == [
        "levels",
        "label",
        1,
        2,
        3,
        4,
        5,
        "skips",
        "n",
    ]
    assert tally.type_means(tally.gap(nothing, CONTENT, ["aca-2014"], [LOAN])).empty
    assert tally.dial(nothing, CONTENT, TILES).empty


def test_answers_are_counts_by_block_in_the_dials_order_with_skips_apart():
    low = class_of(TILES, (3, 1), (3, 2), (1, None), level="low")
    high = class_of(TILES, (6, 5), level="high", start=10)
    table = tally.answers(released(high, low), TILES)
    assert table.to_numpy().tolist() == [
        ["low", "at low", 3, 3, 0, 0, 0, 1, 6],
        ["high", "at high", 0, 0, 0, 0, 6, 0, 6],
    ]


def test_levels_read_alike_are_joined_when_few():
    dial = vignette("dial", levels=("a", "b"))
    rows = class_of(dial, (4, 1), level="a") + class_of(dial, (4, 3), level="b", start=9)
    table = tally.answers(released(rows, of=content(dial)), dial)
    assert table.to_numpy().tolist() == [["a+b", "at a / at b", 4, 0, 4, 0, 0, 0, 8]]


def test_only_the_current_wording_is_counted():
    old = vignette("loan", case="Another case.", wording="old", readings=LOAN.readings)
    shown = released(class_of(LOAN, (6, 2)), class_of(old, (8, 5), start=20))
    assert tally.answers(shown, LOAN)["n"].tolist() == [6]
    assert tally.answers(shown, replace(LOAN, wording="newer")).empty


def test_the_gap_judges_each_level_by_its_own_band_and_leaves_out_levels_without():
    low = class_of(
        TILES, (3, 1), (2, 3), (2, None), level="low"
    )  # band 1: 3 inside, 2 permissive by 2 steps
    mid = class_of(
        TILES, (4, 1), (1, 5), level="mid", start=10
    )  # band 2-4: 4 stricter, 1 permissive by 1
    high = class_of(TILES, (9, 5), level="high", start=20)  # silent: no band
    (row,) = tally.gap(released(low, mid, high), CONTENT, ["aca-2014"], [TILES]).to_dict("records")
    assert row == {
        "item": "tiles",
        "type": "business",
        "code": "aca-2014",
        "stance": "prohibited / conditional / silent",
        "band": "1 / 2–4 / no band",
        "n": 10,
        "inside": 0.3,
        "stricter": 0.4,
        "permissive": 0.3,
        "steps_stricter": 0.4,
        "steps_permissive": 0.5,
        "blind_stricter": pytest.approx(0.1),
        "blind_permissive": pytest.approx(1.1),
    }


def test_a_gap_without_a_band_or_a_class_has_no_numbers():
    rows = tally.gap(
        released(class_of(LOAN, (4, 2))), CONTENT, ["nasw-2021", "aca-2014"], [LOAN]
    ).to_dict("records")
    assert [(r["stance"], r["band"], r["n"]) for r in rows] == [
        ("not read", "no band", 0),
        ("discouraged", "2", 0),
    ]
    assert all(isnan(r[c]) for r in rows for c in ("inside", "steps_stricter", "blind_permissive"))


def test_type_means_weigh_vignettes_alike():
    crowd = class_of(LOAN, (90, 2))  # discouraged: all inside
    few = class_of(TILES, (5, 3), level="low")  # prohibited: all two steps above
    table = tally.gap(released(crowd, few), CONTENT, ["aca-2014", "nasw-2021"], [LOAN, TILES])
    (row,) = tally.type_means(table).to_dict("records")
    assert (row["type"], row["code"], row["vignettes"]) == ("business", "aca-2014", 2)
    assert (row["inside"], row["permissive"], row["steps_permissive"]) == (0.5, 0.5, 1.0)


def test_shifts_are_toward_the_band_away_from_it_or_none():
    first = class_of(LOAN, (3, 4), (2, 2), (2, 1), (4, 5), (1, None))  # discouraged: band 2
    then = class_of(LOAN, (3, 3), (2, 1), (2, 3), (4, 5), (1, 2), phase="informed")
    (row,) = tally.shifts(released(first, then), CONTENT, "aca-2014", [LOAN]).to_dict("records")
    assert row == {
        "item": "loan",
        "code": "aca-2014",
        "band": "2",
        "toward": 3,
        "away": 2,
        "stayed": 6,
        "n": 11,
    }


def test_a_dial_is_read_beside_the_bands_of_the_codes_shown():
    low = class_of(TILES, (5, 1), level="low")
    mid = class_of(TILES, (3, 2), (3, 4), (2, None), level="mid", start=10)
    table = tally.dial(released(low, mid), CONTENT, TILES)
    assert table.to_dict("records") == [
        {
            "levels": "low",
            "label": "at low",
            "n": 5,
            "skips": 0,
            "mean": 1.0,
            "spread": 0.0,
            "aca-2014": "1",
        },
        {
            "levels": "mid",
            "label": "at mid",
            "n": 6,
            "skips": 2,
            "mean": 3.0,
            "spread": 1.2,
            "aca-2014": "2–4",
        },
    ]


def test_an_unknown_code_is_named_with_those_there_are():
    message = (
        "'aca-1914' is not a code of this course. Choose one of: aca-2014, bacp-2018, nasw-2021."
    )
    nothing = released([])
    with pytest.raises(ContentError, match=f"^{re.escape(message)}$"):
        tally.gap(nothing, CONTENT, ["aca-1914"], [LOAN])
    with pytest.raises(ContentError, match=f"^{re.escape(message)}$"):
        tally.shifts(nothing, CONTENT, "aca-1914", [LOAN])
