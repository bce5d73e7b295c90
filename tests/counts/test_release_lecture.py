"""A lecture shows its class after two phases, and again after the third: both together must hide what each does."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from attacker import Attacker, class_sizes, tallies
from small_content import content
from test_release import ALIKE, PLAIN, STEPPED, invent_class, person, released

from boundaries.answers.judgments import PHASES
from boundaries.content import Claim
from boundaries.counts.release import release
from boundaries.counts.withholding import ItemCounts

HOW = {"lecture": True}


def early(people):
    """The same people before the third phase."""
    cut = [(level, (first, discussed, None)) for level, (first, discussed, _) in people]
    return [p for p in cut if any(p[1])]


def attack(people, item, counters=True, **how):
    """Someone who kept both reveals, and with `counters` saw during each round how many had judged."""
    found = Attacker(released(people, item, **how), item, PHASES, 3, 2)
    found.phases = [0, 1]
    found._read(released(early(people), item, **how))
    found.phases = [0, 1, 2]
    for phase in found.phases if counters else ():
        found._learn(found.gave(phase), sum(answers[phase] is not None for _, answers in people))
    found._drop_impossible()
    return found


@pytest.mark.parametrize("size", class_sizes(range(4, 41, 3), 4, 7, 10, 19, 40))
def test_what_a_small_group_answered_is_not_found_from_both_reveals_and_the_counters(size):
    rng = np.random.default_rng(size)
    for item in (ALIKE, STEPPED, PLAIN):
        people = invent_class(rng, size, item, PHASES)
        found = attack(people, item, **HOW).answers_found(people)
        assert not found, (people, found)


@pytest.mark.parametrize("size", class_sizes(range(5, 41, 3), 5, 8, 11, 20, 38))
def test_what_the_second_reveal_adds_finds_no_small_group_that_the_counters_do_not_give_away(size):
    rng = np.random.default_rng(200 + size)
    for item in (ALIKE, STEPPED, PLAIN):
        people = invent_class(rng, size, item, PHASES)
        found = attack(people, item, counters=False, **HOW).by_rank(people)
        assert not found, (people, found)


def test_the_first_two_reveals_of_a_lecture_agree_and_homeworks_preference_would_not():
    # Six of thirty came late to the second round, one left before the third: not all three pairs may be shown.
    rng = np.random.default_rng(3)
    people = [
        person("", int(a), None if i < 6 else int(b), None if 20 < i < 27 else int(c))
        for i, (a, b, c) in enumerate(rng.integers(1, 4, (30, 3)))
    ]

    def pairs(shown):
        return {
            tuple(pair)
            for pair in shown.moves[["from_phase", "to_phase"]].drop_duplicates().to_numpy()
        }

    before, after = (released(some, PLAIN, **HOW) for some in (early(people), people))
    assert pairs(before) == {("first", "discussed")} <= pairs(after)
    assert pairs(released(people, PLAIN)) != pairs(before)
    both = [
        shown.ratings[shown.ratings["phase"] != "informed"].to_numpy().tolist()
        for shown in (before, after)
    ]
    assert both[0] == both[1]


@pytest.mark.parametrize(("gone", "late"), [(2, 0), (0, 3), (1, 4), (2, 7), (4, 4)])
def test_the_few_who_judged_only_once_are_left_out_and_the_others_are_shown_to_have_moved(
    gone, late
):
    rng = np.random.default_rng(gone + 10 * late)
    both = [person("", int(a), int(b)) for a, b in rng.integers(1, 4, (20, 2))]
    few = [person("", 1) for _ in range(gone)] + [person("", None, 3) for _ in range(late)]
    people = [*both, *few]
    shown = released(people, PLAIN, lecture=True)
    assert int(shown.moves["n"].sum()) == 20
    sizes = {phase: int(rows["n"].sum()) for phase, rows in shown.ratings.groupby("phase")}
    assert sizes == {"first": 20, "discussed": 20 + (late if late >= 5 else 0)}
    assert shown.paired == {("plain", "")}
    assert shown.withheld == (
        "'plain': who judged in only one of the first two rounds is left out, for they are fewer than 5.",
    )
    for counters in (True, False):
        assert not attack(people, PLAIN, counters=counters, **HOW).answers_found(people)


def test_beside_the_whole_first_round_the_same_moves_would_give_those_few_away():
    people = [person("", 1 + i % 3, 1 + i % 2) for i in range(20)] + [person("", 1), person("", 2)]
    found = Attacker(released(people, PLAIN, **HOW), PLAIN, PHASES, 3, 1)
    for rating in range(4):
        n = sum(answers[0] is not None and answers[0][0] == rating for _, answers in people)
        found._learn(found.gave(0, rating), n)
    found._drop_impossible()
    assert found.answers_found(people)
    assert not attack(people, PLAIN, **HOW).answers_found(people)


WAYS = [way for way in product((True, False), repeat=3) if any(way)]
"""The seven ways of answering some of three phases and not others."""


def people_of_each_way(rng):
    """A class in which every number of latecomers and leavers may come together."""
    people = []
    for way in WAYS:
        n = int(rng.choice([0, 0, 1, 2, 3, 5, 8])) + 10 * all(way)
        for ratings in rng.integers(1, 4, (n, 3)):
            answers = [int(r) if given else None for r, given in zip(ratings, way, strict=True)]
            people.append(person("", *answers))
    return people


@pytest.mark.parametrize("lecture", [True, False])
@pytest.mark.parametrize("classes", [50, pytest.param(200, marks=pytest.mark.long)])
def test_moves_are_of_people_in_the_histograms_beside_them_and_leave_out_nobody_or_five(
    lecture, classes
):
    paired = 0
    for seed in range(classes):
        shown = released(people_of_each_way(np.random.default_rng(seed)), PLAIN, lecture=lecture)
        paired += bool(shown.paired)
        answered = defaultdict(Counter)
        for phase, rating, n in shown.ratings[["phase", "rating", "n"]].itertuples(index=False):
            answered[phase][rating] += n
        left_out = {}
        columns = ["from_phase", "from_rating", "to_phase", "to_rating", "n"]
        for before, rating, after, later, n in shown.moves[columns].itertuples(index=False):
            for phase, moved in ((before, rating), (after, later)):
                left = left_out.setdefault((before, after, phase), Counter(answered[phase]))
                left[moved] -= n
        for pair, left in left_out.items():
            assert min(left.values()) >= 0, (seed, pair)
            assert left.total() == 0 or left.total() >= 5, (seed, pair)
    assert (paired > classes / 2) == lecture


def test_of_a_round_without_its_latecomers_no_other_moves_are_shown_or_they_are_found(monkeypatch):
    # Two who missed the second round came back for the third, and their ratings are nobody else's.
    people = [person("", 3, 1, 1)] * 13 + [person("", 3, 2)] * 4 + [person("", 3, 1)] * 3
    people += [person("", 1, None, 1), person("", 2, None, 3)]
    people += [person("", None, 1, 2), person("", None, 2, 3)]
    people += [person("", None, 1)] * 2 + [person("", None, 3)]
    people += [person("", None, None, 2)] * 2 + [person("", None, None, 3)]
    assert not attack(people, PLAIN, **HOW).answers_left(people)
    monkeypatch.setattr(ItemCounts, "_three_pairs_fit", lambda *_: True)
    assert attack(people, PLAIN, **HOW).answers_left(people)


@pytest.mark.parametrize("size", [8, 15, 22])
def test_nor_are_a_few_peoples_answers_the_only_ones_left(size):
    people = invent_class(np.random.default_rng(size), size, PLAIN, PHASES)
    assert not attack(people, PLAIN, **HOW).answers_left(people)


def test_with_fewer_than_five_who_judged_twice_the_rounds_stand_alone():
    people = [person("", 1 + i % 3) for i in range(9)] + [person("", 2, 2) for _ in range(4)]
    shown = released(people, PLAIN, lecture=True)
    assert (set(shown.ratings["phase"]), len(shown.moves), shown.paired) == (
        {"first"},
        0,
        frozenset(),
    )


def test_five_who_judged_twice_are_shown_without_the_few_others_and_four_are_not():
    few = [person("", 3) for _ in range(3)]
    five = released([person("", 1, 2) for _ in range(5)] + few, PLAIN, **HOW)
    assert (five.moves["n"].tolist(), five.paired) == ([5], {("plain", "")})
    four = released([person("", 1, 2) for _ in range(4)] + few, PLAIN, **HOW)
    assert four.ratings[["phase", "n"]].to_numpy().tolist() == [["first", 4], ["first", 3]]


def test_of_a_claim_in_a_lecture_nobody_is_left_out():
    claim = Claim("c", "Invented.", PLAIN.scale, "w", 1, "", (), (), "A", "2026-01-01")
    people = [person("", 1, 2) for _ in range(9)] + [person("", 1) for _ in range(2)]
    shown = release(*tallies(people, claim), replace(content(), claims={"c": claim}), **HOW)
    assert shown.ratings[["phase", "n"]].to_numpy().tolist() == [["discussed", 9], ["first", 11]]
    assert shown.paired == frozenset()


@pytest.mark.parametrize(("levels", "phase"), list(product(["", "a"], PHASES)))
def test_no_rating_of_a_lecture_is_split_by_confidence(levels, phase):
    item = ALIKE if levels else PLAIN
    people = [(levels, tuple((1 + i % 3, 1) for _ in PHASES)) for i in range(12)]
    shown = released(people, item, **HOW).ratings
    assert set(shown[shown["phase"] == phase]["confidence"]) == {-1}
    assert set(released(people, item).ratings["confidence"]) == {1}


def test_as_homework_is_released_two_reveals_would_find_somebody():
    rng = np.random.default_rng(235)
    people = [invent_class(rng, 35, item, PHASES) for item in (ALIKE, STEPPED, PLAIN)][-1]
    assert attack(people, PLAIN, counters=False).by_rank(people)
    assert not attack(people, PLAIN, counters=False, **HOW).by_rank(people)
