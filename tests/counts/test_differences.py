"""How far two ratings of one person lie apart: what is told, and what no attacker finds in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from attacker import ABSENT, Attacker, class_sizes, subsets, tallies
from small_content import content, reading, vignette

from boundaries.answers.judgments import Judgment, is_in_first_half, level_of, participant_of
from boundaries.content import Point, Prompts
from boundaries.counts import differences, tally
from boundaries.counts.differences import (
    DIFFERENCES,
    ONE_BY_ONE,
    PAIR_FIRST,
    count_differences,
    stored_differences,
)
from boundaries.counts.release import release
from boundaries.counts.statistics import mean_interval

SCALE = tuple(Point(n, f"point {n}") for n in (1, 2, 3))
STEPS = (
    reading(stance="prohibited", levels=("a",)),
    reading(stance="permitted", levels=("b",)),
)
DIALLED = vignette("dialled", levels=("a", "b"), readings=STEPS, scale=SCALE)
PLAIN = vignette("plain", scale=SCALE)
HALVES = (PAIR_FIRST, ONE_BY_ONE)


def students_t():
    from scipy.stats import t  # half a second, which every worker would pay

    return t


def course(one, two, split=True):
    made = replace(
        content(one, two), prompts={"business": Prompts("business", pair=(one.id, two.id))}
    )
    return replace(made, course=replace(made.course, split_pairs=split))


def person(level, first, second, half=0, informed=ABSENT, other_level=""):
    """Somebody's level and first rating of the one case, of the other; 0 a skip, -1 none."""
    return (level, first, informed, other_level, second, half)


def released(people, one, two, split=True, now=None):
    """A class as it is shown, its confidences mixed so that few are split by it."""
    tables = []
    for item, places in ((one, (0, 1, 2)), (two, (3, 4, None))):
        judged = []
        for number, someone in enumerate(people):
            level, first, later = (ABSENT if p is None else someone[p] for p in places)
            answers = []
            for rating in (first, ABSENT, later):
                sure = 1 + number % 4 if rating else 0
                answers.append(None if rating == ABSENT else (rating, sure))
            if any(answers):
                judged.append((level, tuple(answers)))
        tables.append(tallies(judged, item))
    counted = Counter()
    for level, first, _, other_level, second, half in people:
        if ABSENT not in (first, second):
            asked = (one.id, one.wording, two.id, two.wording)
            counted[(*asked, HALVES[half], level, first, other_level, second)] += 1
    ratings, moves = (tally.pd.concat(kind) for kind in zip(*tables, strict=True))
    raw = tally.table([(*row, n) for row, n in counted.items()], DIFFERENCES)
    return release(ratings, moves, now or course(one, two, split), differences=raw)


class PairAttacker(Attacker):
    """Knows the release of two cases; a person is (level, first, informed, other level, first, half)."""

    def __init__(self, shown, one, two):
        every = (ABSENT, 0, 1, 2, 3)
        atoms = product(range(len(one.levels)), every, every, range(len(two.levels)), every, (0, 1))
        self.atoms = np.array(
            [atom for atom in atoms if (atom[1], atom[2], atom[4]) != (ABSENT,) * 3]
        )
        self.one, self.two, self.known, self.met = one, two, [], []
        self._read_shown(shown)
        self._drop_impossible()

    def at(self, place, levels):
        names = (self.one if place == 0 else self.two).levels
        return np.isin(self.atoms[:, place], [names.index(level) for level in levels])

    def _read_shown(self, shown):
        ratings, moves = Counter(), Counter()
        for item, _, levels, phase, _, rating, n in shown.ratings.itertuples(index=False):
            ratings[item, levels, phase, rating] += n
        for item, _, levels, _, before, _, after, n in shown.moves.itertuples(index=False):
            moves[item, levels, before, after] += n
        for item, levels, phase in {key[:3] for key in ratings}:
            level, place = (0, 1) if item == self.one.id else (3, 4)
            for rating in range(4):
                gave = self.atoms[:, place + (phase == "informed")] == rating
                mask = self.at(level, levels.split("+")) & gave
                self.known.append((mask, ratings[item, levels, phase, rating]))
        for item, levels in {key[:2] for key in moves}:
            here = self.at(0, levels.split("+"))
            for before, after in product(range(4), range(4)):
                gave = (self.atoms[:, 1] == before) & (self.atoms[:, 2] == after)
                self.known.append((here & gave, moves[item, levels, before, after]))
        for told in shown.differences or ():
            among = self.among(HALVES.index(told.half)) if told.half else True
            both, steps = self.both() & among, self.atoms[:, 4] - self.atoms[:, 1]
            half_width = (told.high - told.mean) / students_t().ppf(0.975, told.n - 1)
            squares = told.n * (told.n - 1) * half_width**2 + told.n * told.mean**2
            for weights, n in (
                *((both & (np.sign(steps) == sign), told[8 + sign]) for sign in (-1, 0, 1)),
                (both * steps, told.n * told.mean),
                (both * steps**2, round(squares)),
            ):
                self.known.append((weights, n))

    def among(self, half):
        return self.atoms[:, 5] == half

    def both(self):
        return (self.atoms[:, 1] > 0) & (self.atoms[:, 4] > 0)

    def _drop_impossible(self):
        self.possible = np.ones(len(self.atoms), bool)
        for weights, n in self.known:
            if n == 0 and (weights >= 0).all():
                self.possible &= weights == 0
        left = [(w[self.possible], n) for w, n in self.known if w[self.possible].any()]
        self.n = np.array([n for _, n in left], float)
        matrix = np.array([w for w, _ in left], float).reshape(len(left), int(self.possible.sum()))
        self.columns, self.kind = np.unique(matrix, axis=1, return_inverse=True)

    def groups(self):
        first, later, second = (self.atoms[:, place] for place in (1, 2, 4))
        for place, own, other in ((0, first, second), (3, second, first)):
            for levels in subsets((self.one if place == 0 else self.two).levels):
                here = self.at(place, levels) & (own != ABSENT)
                yield ("answered", place, levels), here
                yield ("rated", place, levels), here & (own > 0)
                yield ("not the other", place, levels), here & (other == ABSENT)
                yield ("both", place, levels), here & (other != ABSENT)
                yield ("stopped", place, levels), here & (later == ABSENT)
        for one, two in product(self.one.levels, self.two.levels):
            here = self.at(0, one) & self.at(3, two)
            yield ("both at", one, two), here & (first != ABSENT) & (second != ABSENT)
        for sign, who in product((-1, 0, 1), (True, self.among(0), self.among(1))):
            yield ("sign", sign), self.both() & (np.sign(second - first) == sign) & who

    def _true(self, people):
        index = {tuple(atom): place for place, atom in enumerate(self.atoms.tolist())}
        true = np.zeros(len(self.atoms))
        for level, first, later, other_level, second, half in people:
            levels = self.one.levels.index(level), self.two.levels.index(other_level)
            true[index[levels[0], first, later, levels[1], second, half]] += 1
        return true


def newly_found(people, one, two, split=True):
    """Small groups that follow from what is told of both cases, and did not from each alone."""
    shown = released(people, one, two, split)
    found = PairAttacker(shown, one, two).by_bounds(people) if shown.differences else []
    if not found:
        return []
    alone = PairAttacker(replace(shown, differences=None), one, two).by_bounds(people)
    return [name for name in found if name not in alone]


def invent_class(rng, size, one, two):
    """A class of which some, few or none answered only one case, or skipped or stopped."""
    liking = [rng.dirichlet([rng.choice([0.3, 1])] * 3) for _ in range(2)]
    linked = rng.random() < 0.5  # ratings go with levels, so that they tell them apart
    leave = rng.choice([0, 0, 0.1, 0.4], size=3)
    skip = rng.choice([0, 0.1])
    people = []
    for _ in range(size):
        level, other_level = str(rng.choice(one.levels)), str(rng.choice(two.levels))
        first, second = (int(rng.choice(3, p=p)) + 1 for p in liking)
        if linked:
            first, second = 1 + 2 * one.levels.index(level), 2 + two.levels.index(other_level)
        if rng.random() < skip:
            second = 0
        gone = rng.random(3) < leave
        answers = [ABSENT if left else r for left, r in zip(gone, (first, 2, second), strict=True)]
        if answers != [ABSENT] * 3:
            half = int(rng.integers(2))
            people.append(person(level, answers[0], answers[2], half, answers[1], other_level))
    return people


# -- nobody is found -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", class_sizes((11, 16, 22, 30, 45, 60), 16, 30, 45))
def test_no_small_group_follows_from_what_is_told_of_two_cases(size):
    rng = np.random.default_rng(size)
    told = 0
    for one, two in ((PLAIN, vignette("second", scale=SCALE)), (DIALLED, PLAIN)):
        for _ in range(12):
            people = invent_class(rng, size, one, two)
            told += bool(released(people, one, two).differences)
            assert newly_found(people, one, two) == [], people
    assert told >= 2 or size < 16


ONE_LEFT = [person("", 1, 3)] * 6 + [person("", 3, 1)] * 6 + [person("", 2, ABSENT)]
LEVELS_TOLD_APART = [
    *[person("a", 1, 2)] * 9,
    *[person("b", 3, 2)] * 11,
    *[person("a", 1, ABSENT)] * 3,
    *[person("b", 3, ABSENT)] * 4,
]
FEW_OF_BOTH_AT_A = [
    *[person("a", 1, 3)] * 3,
    *[person("a", 1, ABSENT)] * 5,
    *[person("b", 2, 3)] * 10,
]
FEW_LOWER = [person("", 1, 2)] * 10 + [person("", 1, 1)] * 8 + [person("", 2, 1)] * 2


@pytest.mark.parametrize(
    ("rule", "always", "people", "one"),
    [
        ("_left_out_fit", True, ONE_LEFT, vignette("first", scale=SCALE)),
        ("_left_out_fit", True, LEVELS_TOLD_APART, DIALLED),
        ("_fit", True, FEW_OF_BOTH_AT_A, DIALLED),
        ("_fit", True, FEW_LOWER, vignette("first", scale=SCALE)),
    ],
)
def test_without_a_rule_the_attacker_finds_somebody(rule, always, people, one, monkeypatch):
    assert released(people, one, PLAIN).differences == ()
    monkeypatch.setattr(differences, rule, lambda *_: always)
    assert released(people, one, PLAIN).differences
    assert newly_found(people, one, PLAIN)


def test_one_who_judged_only_one_of_the_cases_is_the_difference_of_two_sums():
    other = vignette("other", scale=SCALE)
    for people, told in (
        (ONE_LEFT[:-1], [12]),
        (ONE_LEFT, []),
        ([*ONE_LEFT, *[person("", 2, ABSENT)] * 4], [12]),
    ):
        assert [difference.n for difference in released(people, PLAIN, other).differences] == told


def test_where_people_were_left_out_nothing_is_told_beside_ratings_by_confidence():
    other = vignette("other", scale=SCALE)
    both = [person("", 1, 3)] * 12 + [person("", 3, 1)] * 12
    shown = released([*both, *[person("", 2, ABSENT)] * 5], PLAIN, other)
    assert set(shown.ratings.loc[shown.ratings["item"] == "plain", "confidence"]) == {1, 2, 3, 4}
    assert shown.differences == ()
    assert released(both, PLAIN, other).differences


def test_nor_where_ratings_at_one_level_alone_are_told_by_confidence():
    both = [person("a", 1, 3)] * 12 + [person("a", 3, 1)] * 12
    both += [person("b", 1, 3)] * 3 + [person("b", 3, 1)] * 3
    shown = released(
        [*both, *[person("a", 2, ABSENT)] * 8], DIALLED, vignette("other", scale=SCALE)
    )
    told = shown.ratings[shown.ratings["item"] == "dialled"].groupby("levels")["confidence"]
    assert told.agg(set).to_dict() == {"a": {1, 2, 3, 4}, "b": {-1}}
    assert shown.differences == ()


def test_where_somebody_read_a_level_that_the_dial_does_not_have_nothing_is_told():
    people = [person("a", 1, 3)] * 6 + [person("b", 1, 3)] * 6
    assert released(people, DIALLED, PLAIN).differences
    assert released([*people, person("z", 1, 3)], DIALLED, PLAIN).differences == ()


def test_a_skip_is_an_answer_so_who_skipped_one_case_is_a_cell_of_those_who_answered_both():
    people = [person("", 1, 3)] * 6 + [person("", 3, 1)] * 6 + [person("", 2, 0)]
    (told,) = released(people, PLAIN, vignette("other", scale=SCALE)).differences
    assert told.n == 12


# -- what is told is true ----------------------------------------------------------------------------


def test_five_who_rated_both_are_told_and_nobody_who_did_not_is():
    one = vignette("first", scale=SCALE)
    (told,) = released([person("", 1, 3)] * 5, one, PLAIN).differences
    assert told[3:] == (5, 2, 2, 2, 0, 0, 5)
    assert released([person("", 1, 0)] * 6, one, PLAIN).differences == ()


def test_blocks_that_equally_many_answered_are_kept_apart():
    one_side, other_side = [], []
    for n, level, second in ((3, "a", 3), (5, "a", ABSENT), (8, "b", 3)):
        one_side += [person(level, 1, second)] * n
        other_side += [person("", second, 1, other_level=level)] * n
    assert released(one_side, DIALLED, PLAIN).differences == ()
    assert released(other_side, PLAIN, DIALLED).differences == ()


def test_of_an_earlier_wording_nothing_is_told():
    one = vignette("first", scale=SCALE)
    people = [person("", 1, 3)] * 6
    for changed in (one, PLAIN):
        asked = [
            replace(item, wording="newer") if item is changed else item for item in (one, PLAIN)
        ]
        assert released(people, one, PLAIN, now=course(*asked)).differences == ()


def test_the_numbers_are_those_of_the_people_who_rated_both():
    people = [person("", 1, 3)] * 5 + [person("", 2, 2)] * 5 + [person("", 2, 3)] * 2
    people += [person("", 3, 0)] * 2
    one = vignette("first", scale=SCALE)
    (told,) = released(people, one, PLAIN).differences
    assert (told.item, told.other, told.half) == ("first", "plain", "")
    assert (told.n, told.lower, told.same, told.higher) == (12, 0, 5, 7)
    steps = [2] * 5 + [0] * 5 + [1] * 2
    half_width = students_t().ppf(0.975, 11) * np.std(steps, ddof=1) / 12**0.5
    assert told.mean == pytest.approx(1)
    assert (told.low, told.high) == pytest.approx((1 - half_width, 1 + half_width), abs=0.001)


@pytest.mark.parametrize("n", [5, 6, 10, 30, 1000])
def test_the_interval_is_students(n):
    numbers = [step % 4 for step in range(n)]
    low, high = mean_interval(n, sum(numbers), sum(number**2 for number in numbers))
    exact = students_t().interval(0.95, n - 1, np.mean(numbers), np.std(numbers, ddof=1) / n**0.5)
    assert (low, high) == pytest.approx(exact, abs=0.01)


def test_halves_are_told_of_a_split_class_where_both_may_be():
    one = vignette("first", scale=SCALE)
    first_half = [person("", 1, 3)] * 6 + [person("", 2, 2)] * 5
    other_half = [person("", 1, 2, half=1)] * 7
    shown = released(first_half + other_half, one, PLAIN)
    assert [(told.half, told.n) for told in shown.differences] == [
        ("", 18),
        (PAIR_FIRST, 11),
        (ONE_BY_ONE, 7),
    ]
    assert [
        told.half for told in released(first_half + other_half, one, PLAIN, split=False).differences
    ] == [""]
    few = [*first_half, *other_half[:4]]
    assert [told.half for told in released(few, one, PLAIN).differences] == [""]


def test_a_store_counts_as_one_counts_by_hand(place):
    made = course(DIALLED, PLAIN)
    rng = np.random.default_rng(5)
    rows = []
    for number in range(40):
        who = participant_of("s", f"{number:032x}")
        for item in (DIALLED, PLAIN):
            for phase in ("first", "informed"):
                rating = int(rng.integers(0, 4)) or None
                sure = 2 if rating else None
                if rng.random() < 0.9:
                    answered = (phase, level_of(who, item), rating, sure, "", len(rows) + 1)
                    rows.append(Judgment("s", who, item.id, item.wording, *answered))
    old = replace(rows[0], wording="old", participant="f" * 64)
    by_hand = count_differences([*rows[::2], old, *rows[1::2]], made)
    assert set(by_hand["half"]) == set(HALVES)
    place.store.merge(rows)
    assert stored_differences(place.store, "s", made).equals(by_hand)
    assert stored_differences(place.store, "another", made).empty


def test_the_half_is_by_chance_and_another_for_another_type():
    people = [participant_of("s", f"{n:032x}") for n in range(400)]
    halves = Counter((is_in_first_half(p, "gifts"), is_in_first_half(p, "roles")) for p in people)
    assert min(halves.values()) > 70
    assert len(halves) == 4
