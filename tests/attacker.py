"""What can be reckoned from a release: everything published as linear equations over unknown people.

A *person* is (level, answers): one answer per phase, None or (rating, confidence), (0, 0) for a skip. An *atom* is one
way of being such a person; the unknowns are how many people each atom has. A group is *determined* where every
solution in non-negative numbers gives it the same size; its answers can only be known if its size is.

With a research archive a person is (level, answers, agreed), and groups are also sought among those who agreed and
those who did not. With the roster the attacker knows too how many there are, hence some sizes; then what must not be
found is what the people of a small group answered.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations, product

import numpy as np
import pytest

from boundaries.answers.judgments import PHASES
from boundaries.counts import tally

ANY, ABSENT = -2, -1


def class_sizes(sizes, *in_every_run):
    """Sizes of a class to run a test with: some in every run, all of them in `make long`."""
    return [
        size if size in in_every_run else pytest.param(size, marks=pytest.mark.long)
        for size in sizes
    ]


# Around the smallest group that may be shown, twice that, and an ordinary class.
TO_THIRTY = class_sizes(range(1, 31), 1, 4, 5, 6, 9, 10, 15, 30)


def tallies(people, item):
    """The raw tallies of people who judged one item."""
    ratings, moves = Counter(), Counter()
    for level, answers, *_ in people:
        given = {p: a for p, a in zip(PHASES, answers, strict=True) if a is not None}
        ratings.update((item.id, item.wording, level, p, c, r) for p, (r, c) in given.items())
        moves.update(
            (item.id, item.wording, level, p, given[p][0], q, given[q][0])
            for p, q in tally.PAIRS
            if p in given and q in given
        )
    rows = [[(*key, n) for key, n in counted.items()] for counted in (ratings, moves)]
    return tally.table(rows[0], tally.RATINGS), tally.table(rows[1], tally.MOVES)


def subsets(of):
    return chain.from_iterable(combinations(of, k) for k in range(1, len(of) + 1))


class Attacker:
    """Knows the release, the course and this package; not the class, nor how large it is.

    `nested`: also knows that nobody answers a later phase without the first.
    """

    def __init__(
        self, released, item, phases, points, confidences, nested=False, archive=None, roster=()
    ):
        self.levels, self.phases = item.levels, [PHASES.index(p) for p in phases]
        self.points, self.confidences = points, confidences
        state = [(ABSENT, 0), (0, 0), *product(range(1, points + 1), range(1, confidences + 1))]
        choices = [state if p in self.phases else state[:1] for p in range(3)]
        sides = (True,) if archive is None else (True, False)
        atoms = list(product(range(len(item.levels)), *choices, sides))
        atoms = [a for a in atoms if any(s[0] != ABSENT for s in a[1:4])]
        if nested:
            atoms = [a for a in atoms if a[1][0] != ABSENT]
        self.level = np.array([a[0] for a in atoms])
        self.rating = np.array([[s[0] for s in a[1:4]] for a in atoms]).T
        self.confidence = np.array([[s[1] for s in a[1:4]] for a in atoms]).T
        self.agreed = np.array([a[4] for a in atoms])
        self.equations = {}  # mask as bytes → (mask, how many)
        self._read(released)
        if archive is not None:
            self._read_archive(archive)
        if roster:
            self._learn(np.ones(len(atoms), bool), len(roster))
            self._learn(self.agreed, sum(agreed for *_, agreed in roster))
        self._drop_impossible()

    # -- what is published -------------------------------------------------------------------------------------

    def at(self, levels):
        return np.isin(self.level, [self.levels.index(x) for x in levels])

    def gave(self, phase, rating=ANY, confidence=ANY):
        found = self.rating[phase] != ABSENT if rating == ANY else self.rating[phase] == rating
        return found if confidence == ANY else found & (self.confidence[phase] == confidence)

    def _learn(self, mask, n):
        self.equations[mask.tobytes()] = (mask, n)

    def _read(self, released):
        histograms, moves = {}, {}
        for _, _, levels, phase, confidence, rating, n in released.ratings.itertuples(index=False):
            key = tuple(levels.split("+")), PHASES.index(phase)
            histograms.setdefault(key, Counter())[confidence, rating] += n
        for _, _, levels, p, before, q, after, n in released.moves.itertuples(index=False):
            key = tuple(levels.split("+")), PHASES.index(p), PHASES.index(q)
            moves.setdefault(key, Counter())[before, after] += n
        every = range(self.points + 1)
        paired = {
            tuple(levels.split("+")) for _, levels in released.paired
        }  # the release says so of itself
        for (block, phase), counts in histograms.items():
            split = not any(c == -1 for c, _ in counts)
            for confidence, rating in product(
                range(self.confidences + 1) if split else [-1], every
            ):
                mask = self.gave(phase, rating, confidence if split else ANY)
                if self._of_both(block, phase, paired, histograms, moves):
                    mask = mask & self.gave(1 - phase)
                self._learn(self.at(block) & mask, counts[confidence, rating])
        for block, phase in product({b for b, _ in histograms}, self.phases):
            at = f" ({' / '.join(f'at {x}' for x in block)})" if any(block) else ""
            name = f"{at}, phase '{PHASES[phase]}'"
            if (block, phase) not in histograms and not any(
                name in sentence for sentence in released.withheld
            ):
                self._learn(
                    self.at(block) & self.gave(phase), 0
                )  # neither shown nor withheld: nobody
        for (block, p, q), counts in moves.items():
            for before, after in product(every, every):
                self._learn(
                    self.at(block) & self.gave(p, before) & self.gave(q, after),
                    counts[before, after],
                )
            for one, other, side in (
                (p, q, 0),
                (q, p, 1),
            ):  # who answered only one of the two, by rating
                if self._of_both(block, one, paired, histograms, moves):
                    continue
                for rating in every:
                    both = sum(n for cell, n in counts.items() if cell[side] == rating)
                    n = sum(n for (_, r), n in histograms[block, one].items() if r == rating) - both
                    self._learn(self.at(block) & self.gave(one, rating) & ~self.gave(other), n)

    def _of_both(self, block, phase, paired, histograms, moves):
        """Whether a histogram of a lecture is of those alone who judged in both of the first two phases."""
        both = moves.get((block, 0, 1), Counter()).total()
        return block in paired and phase < 2 and histograms[block, phase].total() == both

    def _read_archive(self, rows):
        records = {}
        for row in rows.itertuples():
            phase = PHASES.index(row.phase)
            records.setdefault((row.level, row.key), {})[phase] = (row.rating, row.confidence)
        kept = Counter()
        for (levels, _), given in records.items():
            kept[tuple(levels.split("+")), tuple(sorted(given.items()))] += 1
        for block, unit in {(block, tuple(p for p, _ in given)) for block, given in kept}:
            here = {
                given: n
                for (b, given), n in kept.items()
                if b == block and tuple(p for p, _ in given) == unit
            }
            sure = {p: any(dict(given)[p][1] > 0 for given in here) for p in unit}
            states = [
                [(0, 0), *product(range(1, self.points + 1), range(1, self.confidences + 1))]
                for _ in unit
            ]
            for cells in product(*states):
                mask, given = self.at(block) & self.agreed, []
                for p, (rating, confidence) in zip(unit, cells, strict=True):
                    mask = mask & self.gave(p, rating, confidence if sure[p] else ANY)
                    given.append((p, (rating, confidence if sure[p] else -1)))
                self._learn(mask, here.get(tuple(given), 0))

    def _drop_impossible(self):
        self.possible = np.ones(len(self.level), bool)
        for mask, n in self.equations.values():
            if n == 0:
                self.possible &= ~mask
        left = [(m[self.possible], n) for m, n in self.equations.values() if n]
        matrix = np.array([m for m, _ in left], float).reshape(len(left), int(self.possible.sum()))
        self.n = np.array([n for _, n in left], float)
        self.columns, self.kind = np.unique(
            matrix, axis=1, return_inverse=True
        )  # atoms that look alike
        _, size, rows = np.linalg.svd(self.columns, full_matrices=False)
        self.basis = rows[size > 1e-9]

    # -- what follows ------------------------------------------------------------------------------------------

    def groups(self):
        """(description, mask) of every group the definition in `release` protects, on every side of an archive."""
        for name, mask in self._groups():
            yield name, mask
            if not self.agreed.all():
                yield (*name, "agreed"), mask & self.agreed
                yield (*name, "refused"), mask & ~self.agreed

    def _groups(self):
        some_confidence = [
            c for c in subsets(range(1, self.confidences + 1)) if len(c) < min(self.confidences, 3)
        ]
        for levels, phase in product(subsets(self.levels), self.phases):
            here = self.at(levels) & self.gave(phase)
            yield ("rated", levels, phase), here & ~self.gave(phase, 0)
            others = [p for p in self.phases if p != phase]
            for also in product((None, True, False), repeat=len(others)):
                mask = here.copy()
                for other, there in zip(others, also, strict=True):
                    if there is not None:
                        mask &= self.gave(other) == there
                yield ("answered", levels, phase, also), mask
                for some in some_confidence:
                    yield (
                        ("confident", levels, phase, also, some),
                        mask & np.isin(self.confidence[phase], some),
                    )

    def small(self, people, minimum=5):
        """The protected groups of 1 to minimum-1 people, as they really are."""
        true = self._true(people)
        for name, mask in self.groups():
            if 1 <= (size := int(true @ mask)) < minimum:
                yield name, mask, size

    def _true(self, people):
        """How many people there really are of each atom."""
        index = {}
        for i, level in enumerate(self.level):
            states = map(tuple, zip(self.rating[:, i], self.confidence[:, i], strict=True))
            index[level, *states, bool(self.agreed[i])] = i
        true = np.zeros(len(self.level))
        for level, answers, *agreed in people:
            states = (a or (ABSENT, 0) for a in answers)
            true[index[self.levels.index(level), *states, all(agreed) or self.agreed.all()]] += 1
        return true

    def by_rank(self, people):
        """Small groups whose size is a linear combination of what is published."""
        found = []
        for name, mask, _ in self.small(people):
            if self._follows(mask):
                found.append(name)
        return found

    def by_bounds(self, people):
        """Small groups whose size is the only whole number between the bounds: stronger than rank."""
        return [name for name, mask, size in self.small(people) if self.only(mask, size)]

    def answers_found(self, people):
        """Small groups, of one phase each, of whom every rating follows from what is published: rank alone.

        A unanimous class is seen to be unanimous; `release` promises no more.
        """
        found = []
        for name, cells, _ in self._ratings_of_the_small(people):
            if all(self._follows(cell) for cell in cells):
                found.append(name)
        return found

    def answers_left(self, people):
        """As `answers_found`, where no other whole numbers are left: stronger than rank."""
        found = []
        for name, cells, sizes in self._ratings_of_the_small(people):
            if all(self.only(cell, size) for cell, size in zip(cells, sizes, strict=True)):
                found.append(name)
        return found

    def _ratings_of_the_small(self, people):
        """Every small group whose class is divided: its name, and by rating the mask and the true size."""
        true = self._true(people)
        for name, mask, _ in self.small(people):
            levels, phase = name[1:3]
            class_ratings = {
                answers[phase][0]
                for level, answers, *_ in people
                if level in levels and answers[phase]
            }
            if len(class_ratings) > 1:
                cells = [mask & self.gave(phase, rating) for rating in range(self.points + 1)]
                yield name, cells, [int(true @ cell) for cell in cells]

    def _follows(self, mask):
        low, high = self._extremes(mask[self.possible].astype(float))
        return (
            np.array_equal(low, high)
            and np.linalg.norm(low - (low @ self.basis.T) @ self.basis) < 1e-6
        )

    def only(self, mask, size):
        """Whether the people in `mask` can only be `size`."""
        low, high = self._extremes(mask[self.possible].astype(float))
        return -self._least(-high) < size + 1 - 1e-6 and self._least(low) > size - 1 + 1e-6

    def _extremes(self, group):
        """Per kind of atom, the smallest and the largest share of it that belongs to the group."""
        low, high = np.full(self.columns.shape[1], np.inf), np.full(self.columns.shape[1], -np.inf)
        np.minimum.at(low, self.kind, group)
        np.maximum.at(high, self.kind, group)
        return low, high

    def _least(self, cost):
        """The smallest sum of `cost` over people that the release leaves possible."""
        free = ~self.columns.any(axis=0)
        if (cost[free] < 0).any():
            return -np.inf
        from scipy.optimize import linprog  # half a second, which every worker would pay

        found = linprog(cost, A_eq=self.columns, b_eq=self.n, method="highs")
        assert found.status == 0, found.message
        return found.fun
