import re
from collections import Counter

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import vignette

from boundaries.answers.judgments import PHASES, Judgment, merge_all
from boundaries.counts import tally

LOAN = vignette("loan")

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


@examples(100)
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


@examples(100)
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
    assert tally.stored_ratings(Store(), "s").to_numpy().tolist() == [
        ["s", "w", "", "first", 0, 0, 2],
        ["s", "w", "", "first", 4, 1, 7],
    ]
    assert tally.stored_moves(Store(), "s").to_numpy().tolist() == [
        ["s", "w", "", "first", 0, "informed", 5, 3],
        ["s", "w", "", "first", 1, "informed", 0, 1],
    ]


def test_an_empty_tally_has_its_columns_and_types():
    for table in (tally.count_ratings([]), tally.count_moves([])):
        assert table.empty
        assert table["n"].dtype == "int64"
