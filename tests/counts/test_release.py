import re
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from attacker import TO_THIRTY, Attacker, class_sizes, tallies
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import content, reading, vignette

from boundaries.answers.judgments import PHASES
from boundaries.content import Claim, Point, load
from boundaries.counts import tally
from boundaries.counts.classes import read_sample
from boundaries.counts.release import Released, release
from boundaries.counts.withholding import ItemCounts, blocks

SCALE = tuple(Point(n, f"point {n}") for n in (1, 2, 3))
ALIKE = vignette("alike", levels=("a", "b", "c"), scale=SCALE)
STEPPED = vignette(
    "stepped",
    levels=("a", "b", "c"),
    scale=SCALE,
    readings=(
        reading(stance="prohibited", levels=("a",)),
        reading(stance="permitted", levels=("b", "c")),
    ),
)
PLAIN = vignette("plain", scale=SCALE)
LONG = vignette("long", levels=("a", "b", "c", "d"))
HOMEWORK, LECTURE = ("first", "informed"), PHASES


def released(people, item, **how) -> Released:
    return release(*tallies(people, item), content(item), **how)


def person(level, first=None, discussed=None, informed=None):
    """Ratings of one person at confidence 1; 0 is a skip."""
    return level, tuple(
        None if r is None else (r, 1 if r else 0) for r in (first, discussed, informed)
    )


def invent_class(rng, size, item, phases, points=3, confidences=2):
    """A random class: lopsided enough that zeros, dropouts and near-unanimity all happen."""
    leave = rng.choice([0, 0, 0.1, 0.4], size=3)
    liking, certain = (
        rng.dirichlet([rng.choice([0.2, 1])] * points),
        rng.dirichlet([0.7] * confidences),
    )
    skip = rng.choice([0, 0.1, 0.3])
    linked = rng.random() < 0.3  # rating and confidence go together

    def answer(p):
        if PHASES[p] not in phases or rng.random() < leave[p]:
            return None
        if rng.random() < skip:
            return (0, 0)
        rating = int(rng.choice(points, p=liking)) + 1
        return (
            rating,
            min(rating, confidences) if linked else int(rng.choice(confidences, p=certain)) + 1,
        )

    everyone = [
        (str(rng.choice(list(item.levels))), tuple(answer(p) for p in range(3)))
        for _ in range(size)
    ]
    return [p for p in everyone if any(p[1])]


# -- nobody is found -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", TO_THIRTY)
def test_no_small_group_is_a_sum_or_difference_of_what_is_released(size):
    rng = np.random.default_rng(size)
    for item, phases in product((ALIKE, STEPPED, PLAIN), (HOMEWORK, LECTURE)):
        for _ in range(2 if phases == HOMEWORK else 1):
            people = invent_class(rng, size, item, phases)
            found = Attacker(released(people, item), item, phases, 3, 2).by_rank(people)
            assert not found, (people, found)


@pytest.mark.parametrize("size", class_sizes(range(5, 31, 2), 5, 9, 15, 29))
def test_no_small_group_follows_from_counts_never_being_negative(size):
    rng = np.random.default_rng(100 + size)
    for item, phases in ((ALIKE, HOMEWORK), (STEPPED, HOMEWORK), (PLAIN, LECTURE)):
        people = invent_class(rng, size, item, phases)
        found = Attacker(released(people, item), item, phases, 3, 2).by_bounds(people)
        assert not found, (people, found)


def test_nor_on_the_courses_own_scale_with_four_confidences():
    rng = np.random.default_rng(54)
    for size in (14, 30, 60):
        people = invent_class(rng, size, LONG, HOMEWORK, points=5, confidences=4)
        assert not Attacker(released(people, LONG), LONG, HOMEWORK, 5, 4).by_rank(people), people


def test_the_invented_classes_put_every_rule_to_work():
    seen = Counter()
    for size in range(8, 31):
        rng = np.random.default_rng(size)
        for item in (ALIKE, STEPPED, PLAIN):
            shown = released(invent_class(rng, size, item, LECTURE), item)
            seen["moves"] += not shown.moves.empty
            seen["three pairs"] += (
                shown.moves[["from_phase", "to_phase"]].drop_duplicates().shape[0] == 3
            )
            seen["one pair of three"] += (
                sum("moves" in sentence for sentence in shown.withheld) == 2
            )
            seen["split"] += bool((shown.ratings["confidence"] > 0).any())
            seen["not split"] += bool((shown.ratings["confidence"] < 0).any())
            seen["joined levels"] += bool((shown.ratings["levels"].str.count("[+]") > 0).any())
            seen["a small phase"] += any("phase '" in sentence for sentence in shown.withheld)
    assert len(seen) == 7 and min(seen.values()) >= 5, seen  # noqa: PT018


ANSWERS = st.one_of(st.none(), st.just((0, 0)), st.tuples(st.integers(1, 3), st.integers(1, 2)))
PEOPLE = st.lists(
    st.tuples(
        st.tuples(
            st.sampled_from("abc"), st.tuples(ANSWERS, st.one_of(st.none(), ANSWERS), ANSWERS)
        ),
        st.integers(1, 7),
    ),
    max_size=8,
).map(lambda kinds: [kind for kind, n in kinds if any(kind[1]) for _ in range(n)])


@examples(30)
@given(PEOPLE, st.sampled_from([ALIKE, STEPPED]))
def test_whatever_the_class_no_small_group_is_found(people, item):
    assert not Attacker(released(people, item), item, PHASES, 3, 2).by_rank(people)


@pytest.mark.parametrize("stopped", [1, 2, 4])
@pytest.mark.parametrize("size", [9, 16, 30])
def test_what_those_who_stopped_had_answered_is_not_found_even_where_phases_need_the_first(
    size, stopped
):
    rng = np.random.default_rng(size)
    first, then = rng.integers(1, 4, (2, size))
    people = [
        person("", int(a), None, None if i < stopped else int(b))
        for i, (a, b) in enumerate(zip(first, then, strict=True))
    ]
    attacker = Attacker(released(people, PLAIN), PLAIN, HOMEWORK, 3, 1, nested=True)
    who = attacker.gave(0) & ~attacker.gave(2)
    true = Counter(int(rating) for rating in first[:stopped])
    assert attacker.only(
        who, stopped
    )  # how many stopped is the difference of two sizes, as `release` says
    assert not all(
        attacker.only(who & attacker.gave(0, rating), true[rating]) for rating in (1, 2, 3)
    )


# -- the attacker is no straw man: without each rule, somebody is found ------------------------------------------


def without_small_cells(people, item):
    """The naive release: every level, and the whole class, whenever it is five or more."""
    whole = "+".join(item.levels)
    counted = defaultdict(Counter)
    for level, answers in people:
        for phase, (rating, _) in ((p, a) for p, a in zip(PHASES, answers, strict=True) if a):
            for levels in {level, whole}:
                counted[levels, phase][rating] += 1
    rows = [
        (item.id, item.wording, levels, phase, -1, rating, n)
        for (levels, phase), ratings in counted.items()
        if ratings.total() >= 5
        for rating, n in ratings.items()
    ]
    nothing = released([], item)
    return replace(
        nothing, ratings=tally.table(rows, nothing.ratings.columns), withheld=("(at a / at b",)
    )


def test_a_release_that_only_drops_small_groups_is_caught():
    people = [
        person(level, rating)
        for level, rating in zip("aaaaaabbbbbbcc", "12312312312312", strict=True)
    ]
    people = [(level, ((int(a[0][0]), 1), None, None)) for level, a in people]
    attacker = Attacker(without_small_cells(people, ALIKE), ALIKE, ("first",), 3, 2)
    assert ("rated", ("c",), 0) in attacker.by_rank(people)
    assert not Attacker(released(people, ALIKE), ALIKE, ("first",), 3, 2).by_rank(people)


LEFT_OUT = [person("", 1, None, 1)] * 6 + [person("", 2)] * 3 + [person("", 1, None, 2)] * 3
THREE_WAYS = (
    [person("", 1, 1, 1)] * 10
    + [person("", 2, None, 2)] * 5
    + [person("", None, 1, 2)] * 5
    + [person("", None, None, 1)] * 2
)
TWO_OF_THREE = (
    [person("", 1, 1, 1)] * 10
    + [person("", 2, 1)] * 2
    + [person("", 2)] * 5
    + [person("", None, 2)] * 5
)
# Each pair leaves five out on either side, and yet two answered just these two phases.
NONE_RULED_OUT = (
    [person("", 1, 1, 1)] * 10
    + [person("", 2, 3)] * 2
    + [person("", 3, None, 2)] * 2
    + [person("", None, 2, 3)] * 2
    + [person("", 3)] * 3
    + [person("", None, 3)] * 3
    + [person("", None, None, 3)] * 3
)
TELLTALE = [  # all who first said 1 were sure; two of them stopped
    *[("", ((1, 2), None, (1, 1)))] * 5,
    *[("", ((2, 1), None, (2, 1)))] * 5,
    *[("", ((1, 2), None, None))] * 2,
    *[("", ((2, 1), None, None))] * 3,
]
UNSURE = [("", ((1, 1), None, None))] * 2 + [("", ((2, 2), None, None))] * 6


@pytest.mark.parametrize(
    ("rule", "people", "phases"),
    [
        ("_fit", LEFT_OUT, HOMEWORK),
        ("_fit", UNSURE, HOMEWORK),
        ("_three_pairs_fit", THREE_WAYS, LECTURE),
        ("_three_pairs_fit", TWO_OF_THREE, LECTURE),
        ("_three_pairs_fit", NONE_RULED_OUT, LECTURE),
        ("_left_out", TELLTALE, HOMEWORK),
        ("_is_shown", [person("", 1)] * 3, HOMEWORK),
    ],
)
def test_without_a_rule_the_attacker_finds_somebody(rule, people, phases, monkeypatch):
    assert not Attacker(released(people, PLAIN), PLAIN, phases, 3, 2).by_bounds(people)
    never = {"_left_out": [0, 0]}.get(rule, True)
    monkeypatch.setattr(ItemCounts, rule, lambda *_: never)
    assert Attacker(released(people, PLAIN), PLAIN, phases, 3, 2).by_rank(people)


# -- what is shown is true, and as much as may be ----------------------------------------------------------------


@examples(50)
@given(PEOPLE, st.sampled_from([ALIKE, STEPPED]), st.integers(5, 9))
def test_what_is_shown_is_the_plain_count_of_its_block_and_never_of_a_few(people, item, minimum):
    shown = released(people, item, minimum=minimum)
    ratings, moves = tallies(people, item)
    for (levels, phase), rows in shown.ratings.groupby(["levels", "phase"]):
        raw = ratings[ratings["level"].isin(levels.split("+")) & (ratings["phase"] == phase)]
        by = ["rating"] if (rows["confidence"] == -1).all() else ["confidence", "rating"]
        assert rows.set_index(by)["n"].to_dict() == raw.groupby(by)["n"].sum().to_dict()
        assert rows.loc[rows["rating"] > 0, "n"].sum() >= minimum
        sure = rows[rows["rating"] > 0].groupby("confidence")["n"].sum()
        assert by == ["rating"] or sure.min() >= minimum
    for (levels, p, q), rows in shown.moves.groupby(["levels", "from_phase", "to_phase"]):
        raw = moves[
            moves["level"].isin(levels.split("+"))
            & (moves["from_phase"] == p)
            & (moves["to_phase"] == q)
        ]
        by = ["from_rating", "to_rating"]
        assert rows.set_index(by)["n"].to_dict() == raw.groupby(by)["n"].sum().to_dict()
        assert rows["n"].sum() >= minimum
    found = {levels for table in (shown.ratings, shown.moves) for levels in table["levels"]}
    assert sorted(x for levels in found for x in levels.split("+")) == sorted(
        {x for f in found for x in f.split("+")}
    )


@pytest.mark.parametrize(
    ("item", "raters", "cut"),
    [
        (LONG, (5, 5, 5, 5), ["a", "b", "c", "d"]),
        (LONG, (2, 3, 9, 4), ["ab", "cd"]),
        (LONG, (9, 1, 1, 1), ["abcd"]),
        (LONG, (0, 0, 0, 2), ["abcd"]),
        (STEPPED, (2, 9, 9), ["a", "b", "c"]),
        (STEPPED, (9, 1, 1), ["a", "bc"]),
    ],
)
def test_blocks_join_neighbours_until_they_are_large_enough_and_never_cross_a_step(
    item, raters, cut
):
    assert blocks(item, dict(zip(item.levels, raters, strict=True)), 5) == tuple(map(tuple, cut))


def test_a_step_is_a_change_of_stance_or_band_and_of_a_code_read_at_some_levels_only():
    wider = vignette(
        "v",
        levels=("a", "b"),
        readings=(reading(levels=("a",)), reading(levels=("b",), band=(1, 4))),
    )
    partly = vignette("v", levels=("a", "b"), readings=(reading(levels=("b",)),))
    milder = vignette(
        "v",
        levels=("a", "b"),
        readings=(
            reading(levels=("a",)),
            reading(stance="discouraged", levels=("b",), band=(2, 4)),
        ),
    )
    for item in (wider, partly, milder):
        assert blocks(item, {"a": 1, "b": 9}, 5) == (("a",), ("b",))


def test_first_ratings_alone_cut_a_dial():
    people = (
        [person("a", 1)] * 2
        + [person("a", 0)] * 7
        + [person("a", None, None, 1)] * 9
        + [person("b", 1)] * 9
    )
    assert set(released(people, ALIKE).ratings["levels"]) == {"a+b+c"}


def test_levels_with_five_first_ratings_each_stand_alone():
    people = [person(level, 1) for level in "abc" for _ in range(5)]
    assert set(released(people, ALIKE).ratings["levels"]) == {"a", "b", "c"}
    # A level that nobody rated counts as nobody.
    assert blocks(LONG, {"a": 4, "c": 5}, 5) == (("a", "b", "c", "d"),)


def test_moves_need_five_who_rated_twice():
    people = (
        [person("", 1, None, 2)] * 4 + [person("", 0, None, 2)] * 3 + [person("", 1, None, 0)] * 3
    )
    assert released(people, PLAIN).moves.empty
    assert released([*people, person("", 3, None, 3)], PLAIN).moves["n"].tolist() == [3, 3, 4, 1]


def test_a_claim_is_one_block_whose_confidence_is_shown_and_its_moves_are_not():
    claim = Claim("c", "Invented.", SCALE, "w", 1, "", (), (), "A", "2026-01-01")
    assert blocks(claim, {"": 3}, 5) == (("",),)
    asked = replace(content(), claims={"c": claim})
    shown = release(*tallies([person("", 1, None, 2)] * 9 + [person("", 2)] * 5, claim), asked)
    assert set(shown.ratings["confidence"]) == {1}
    assert (shown.moves.empty, shown.withheld) == (True, ())


@pytest.mark.parametrize("minimum", [10**30, 2**63])
def test_a_smallest_group_larger_than_any_class_shows_nothing(minimum):
    people = [person("a", 1, 2, 3)] * 9
    for lecture in (False, True):
        shown = released(people, ALIKE, minimum=minimum, lecture=lecture)
        assert (len(shown.ratings), len(shown.moves), len(shown.withheld)) == (0, 0, 3)


def test_a_lecture_in_which_everyone_answered_everything_is_shown_whole():
    people = [("", ((r, r), (3, 2), (2, 1))) for r in (1, 2, 3) for _ in range(5)]
    people = [("", (first, then, (2, 1))) for (_, (first, then, _)) in people]
    shown = release(*tallies(people, vignette("plain")), content(vignette("plain")))
    assert shown.withheld == ()
    assert set(zip(shown.moves["from_phase"], shown.moves["to_phase"], strict=True)) == set(
        tally.PAIRS
    )
    assert set(shown.ratings["confidence"]) == {1, 2, 3}


def test_what_is_withheld_is_said_without_a_count():
    people = [person("a", 1, None, 1)] * 3 + [person("b", 1, None, 1)] * 8 + [person("c", 1)] * 2
    shown = released(people, STEPPED)
    assert shown.withheld == (
        "'stepped' (at a), phase 'first', is not shown: fewer than 5 people gave a rating.",
        "'stepped' (at a), phase 'informed', is not shown: fewer than 5 people gave a rating.",
        "'stepped' (at b / at c), moves from 'first' to 'informed', are not shown: "
        "they could single out fewer than 5 people.",
    )


def test_an_earlier_wording_a_lost_item_and_a_strange_level_are_withheld():
    gone, reworded = vignette("gone", scale=SCALE), replace(PLAIN, wording="old")
    here = content(PLAIN, LONG)
    for item, level, sentence in [
        (gone, "", "'gone' is not shown: the content has no such item any more."),
        (
            reworded,
            "",
            "Answers to an earlier wording of 'plain' are not shown: the course now asks another.",
        ),
        (LONG, "z", "'long': answers at levels that its dial does not have are not shown."),
    ]:
        shown = release(*tallies([person(level, 1, None, 2)] * 9, item), here)
        assert (len(shown.ratings), len(shown.moves), shown.withheld) == (0, 0, (sentence,))


def test_the_smallest_group_is_the_courses_and_never_under_five():
    empty = tallies([], PLAIN)
    assert release(*empty, content(PLAIN, minimum=8)).minimum == 8
    message = "The smallest group to be shown is 4. Choose 5 or more."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        release(*empty, content(PLAIN), minimum=4)


def test_a_release_carries_whose_answers_they_are():
    shown = release(*tallies([], PLAIN), content(PLAIN), session="s", title="Class", invented=True)
    assert (shown.session, shown.title, shown.invented) == ("s", "Class", True)
    assert release(*tallies([], PLAIN), content(PLAIN)).invented is False


def test_the_order_in_which_a_store_counts_says_nothing():
    course = load()
    ratings, moves, _ = read_sample(course, "invented-homework")

    def shown(ratings, moves):
        return release(ratings, moves, course, session="spring", title="Spring")

    one = shown(ratings, moves)
    other = shown(*(rows.sample(frac=1, random_state=7) for rows in (ratings, moves)))
    assert one.ratings.equals(other.ratings)
    assert one.moves.equals(other.moves)
    assert one.withheld == other.withheld
