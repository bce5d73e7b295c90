"""What of one item's counts may be shown: each rule of `release`, and why it is there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from boundaries.answers.judgments import PHASES
from boundaries.content import Item, Vignette
from boundaries.counts.tally import PAIRS

# Adjacent levels of a dial that are counted together; `("",)` without a dial.
Block = tuple[str, ...]

_Pair = tuple[str, str]
_Cell = tuple[int, int]

# The pairs of phases whose moves are published, the one that is wanted most first.
_HOMEWORK = (("first", "informed"), ("first", "discussed"), ("discussed", "informed"))
_LECTURE = (("first", "discussed"), ("first", "informed"), ("discussed", "informed"))


def blocks(item: Item, raters: Mapping[str, int], minimum: int) -> tuple[Block, ...]:
    """The dial of `item` cut into blocks, given how many rated each level first; see `release`."""
    cut: list[Block] = []
    for segment in _segments(item):
        cut += _joined(segment, raters, minimum)
    return tuple(cut)


def _joined(segment: Sequence[str], raters: Mapping[str, int], minimum: int) -> list[Block]:
    """Neighbouring levels joined until `minimum` people rated in each block."""
    joined: list[Block] = []
    rest: Block = ()
    for level in segment:
        rest += (level,)
        if sum(raters.get(member, 0) for member in rest) >= minimum:
            joined.append(rest)
            rest = ()
    # Too few remain at the end of the segment: alone they would be a small group.
    if rest and joined:
        joined[-1] += rest
    elif rest:
        joined.append(rest)
    return joined


def _segments(item: Item) -> list[list[str]]:
    """The dial's levels, cut at steps: where any code's stance or band changes."""
    if not isinstance(item, Vignette):
        return [[""]]
    segments: list[list[str]] = []
    for level in item.levels:
        if segments and _read_alike(item, segments[-1][-1], level):
            segments[-1].append(level)
        else:
            segments.append([level])
    return segments


def _read_alike(item: Vignette, level: str, other: str) -> bool:
    for code in {reading.code for reading in item.readings}:
        here, there = item.reading(code, level), item.reading(code, other)
        # Not read is not the same as silent: what was not read may say anything.
        if (here is None) != (there is None):
            return False
        if here and there and (here.stance, here.band) != (there.stance, there.band):
            return False
    return True


class ItemCounts:
    """One item's counts by block, and which of them may be shown.

    `ratings` and `moves` are rows of the two shapes of `tally`, from `level` on.
    """

    def __init__(
        self,
        item: Item,
        minimum: int,
        ratings: Sequence[tuple[Any, ...]],
        moves: Sequence[tuple[Any, ...]],
        *,
        lecture: bool,
    ) -> None:
        self.item, self.minimum, self.lecture = item, minimum, lecture
        raters = Counter[str]()
        for level, phase, _, rating, n in ratings:
            if phase == "first" and rating:
                raters[level] += n
        self.blocks = blocks(item, raters, minimum)
        self.has_unknown_level = False
        # How many gave each (confidence, rating), and each (rating before, rating after).
        self._answered: dict[tuple[Block, str], Counter[_Cell]] = defaultdict(Counter)
        self._moved: dict[tuple[Block, _Pair], Counter[_Cell]] = defaultdict(Counter)
        self._count(ratings, moves)
        self.paired: set[Block] = set()
        if lecture:
            self.paired = {block for block in self.blocks if self._leave_out_few(block)}
        self._published = {block: self._published_pairs(block) for block in self.blocks}

    def _count(self, ratings: Iterable[tuple[Any, ...]], moves: Iterable[tuple[Any, ...]]) -> None:
        block_of = {level: block for block in self.blocks for level in block}
        for level, phase, confidence, rating, n in ratings:
            if level in block_of:
                self._answered[block_of[level], phase][confidence, rating] += n
            else:
                self.has_unknown_level = True
        for level, from_phase, before, to_phase, after, n in moves:
            if level in block_of:
                self._moved[block_of[level], (from_phase, to_phase)][before, after] += n

    # -- what may be shown ------------------------------------------------------------------------

    def shown_ratings(self) -> Iterator[tuple[str, str, int, int, int]]:
        """Rows of levels, phase, confidence (-1: not split), rating (0: a skip) and n."""
        for block, phase in self._cells():
            if not self._is_shown(block, phase):
                continue
            split = self._may_split(block, phase)
            counted = Counter[_Cell]()
            for (confidence, rating), n in self._answered[block, phase].items():
                counted[confidence if split else -1, rating] += n
            for (confidence, rating), n in counted.items():
                yield "+".join(block), phase, confidence, rating, n

    def shown_moves(self) -> Iterator[tuple[str, str, int, str, int, int]]:
        """Rows of levels, first phase and rating (0: a skip), second phase and rating, and n."""
        for block in self.blocks:
            for pair in self._published[block]:
                from_phase, to_phase = pair
                for (before, after), n in self._moved[block, pair].items():
                    yield "+".join(block), from_phase, before, to_phase, after, n

    def withheld(self) -> Iterator[str]:
        """What is not shown, in sentences without a count."""
        for block, phase in self._cells():
            if self._answered[block, phase] and not self._is_shown(block, phase):
                yield (
                    f"{self._name(block)}, phase '{phase}', is not shown: "
                    f"fewer than {self.minimum} people gave a rating."
                )
        for block in self.blocks:
            for pair in self._withheld_pairs(block):
                yield (
                    f"{self._name(block)}, moves from '{pair[0]}' to '{pair[1]}', are not shown: "
                    f"they could single out fewer than {self.minimum} people."
                )
        for block in self.blocks:
            if block in self.paired:
                yield (
                    f"{self._name(block)}: who judged in only one of the first two rounds is left "
                    f"out, for they are fewer than {self.minimum}."
                )
        if self.has_unknown_level:
            yield f"'{self.item.id}': answers at levels that its dial does not have are not shown."

    def _withheld_pairs(self, block: Block) -> list[_Pair]:
        """Pairs whose two phases are shown and whose moves are not; claims have no moves."""
        if not isinstance(self.item, Vignette):
            return []
        withheld = []
        for pair in PAIRS:
            both_shown = all(self._is_shown(block, phase) for phase in pair)
            if both_shown and pair not in self._published[block]:
                withheld.append(pair)
        return withheld

    def _cells(self) -> Iterator[tuple[Block, str]]:
        for block in self.blocks:
            for phase in PHASES:
                yield block, phase

    def _name(self, block: Block) -> str:
        """The item's id, with the labels of the block's levels where it has a dial."""
        name = f"'{self.item.id}'"
        if isinstance(self.item, Vignette) and self.item.dial:
            labels = " / ".join(self.item.label(level) for level in block)
            return f"{name} ({labels})"
        return name

    def answered_first(self) -> dict[str, tuple[Block, int]]:
        """By level, its block, and how many answered that block's first phase, skips among them."""
        answered = {}
        for block in self.blocks:
            for level in block:
                answered[level] = (block, self._answered[block, "first"].total())
        return answered

    def tells_confidence(self) -> bool:
        """Whether first ratings are shown by confidence, at any level."""
        return any(self._may_split(block, "first") for block in self.blocks)

    # -- the rules --------------------------------------------------------------------------------

    def _fit(self, sizes: Iterable[int]) -> bool:
        """Whether groups of these sizes give nobody away."""
        return all(n == 0 or n >= self.minimum for n in sizes)

    def _is_shown(self, block: Block, phase: str) -> bool:
        """Whether enough people gave a rating."""
        # Skips do not count: four ratings among ten skips are still four people's.
        return _raters(self._answered[block, phase]) >= self.minimum

    def _left_out(self, block: Block, pair: _Pair) -> list[int]:
        """How many answered only in the first, and only in the second phase of `pair`."""
        # Moves beside the two phases' histograms show these by subtraction, rating by rating.
        both = self._moved[block, pair].total()
        return [self._answered[block, phase].total() - both for phase in pair]

    def _leave_out_few(self, block: Block) -> bool:
        """Takes the few who answered in only one of a lecture's first two phases out of it.

        Whether there were any.
        """
        # Else one latecomer would withhold the moves of a whole hall.
        pair = _LECTURE[0]
        both = self._moved[block, pair]
        # Claims have no moves, and where fewer than `minimum` rated twice there are none to be shown.
        if not isinstance(self.item, Vignette) or _rated_twice(both) < self.minimum:
            return False
        left_out = self._left_out(block, pair)
        for side, phase in enumerate(pair):
            if not self._fit([left_out[side]]):
                of_both = Counter[_Cell]()
                for ratings, n in both.items():
                    # Moves carry no confidence, and a lecture is never split by it.
                    of_both[0, ratings[side]] += n
                self._answered[block, phase] = of_both
        return not self._fit(left_out)

    def _published_pairs(self, block: Block) -> tuple[_Pair, ...]:
        """The pairs of phases whose moves are published."""
        # A second judgment of a claim after the verdict says little, and without moves confidence
        # can be shown.
        if not isinstance(self.item, Vignette):
            return ()
        wanted = _LECTURE if self.lecture else _HOMEWORK
        fitting = tuple(pair for pair in wanted if self._pair_fits(block, pair))
        if len(fitting) == len(PAIRS) and self._three_pairs_fit(block):
            return fitting
        return fitting[:1]

    def _pair_fits(self, block: Block, pair: _Pair) -> bool:
        """Whether one pair's moves, beside the histograms of its phases, give nobody away."""
        # Who rated twice rated in each phase: so both of them are shown.
        if _rated_twice(self._moved[block, pair]) < self.minimum:
            return False
        return self._fit(self._left_out(block, pair))

    def _three_pairs_fit(self, block: Block) -> bool:
        """Whether all seven ways of answering some of three phases are nobody's or large enough."""
        # The few who were left out of a lecture's phase are in the moves of the third one: the
        # difference between its histogram and those moves would be those few.
        if block in self.paired:
            return False
        # The seven follow from the six published sizes only where somebody's being left out is
        # ruled out for one pair; else what is published leaves a range, of which single cells may
        # still reveal a small group.
        answered = {phase: self._answered[block, phase].total() for phase in PHASES}
        both = {frozenset(pair): self._moved[block, pair].total() for pair in PAIRS}
        for phase, other, third in permutations(PHASES):
            if both[frozenset((phase, other))] != answered[phase]:
                continue
            # All who answered `phase` also answered the other one. So those who answered `phase`
            # and the third one answered all three.
            all_three = both[frozenset((phase, third))]
            exactly_two = {pair: n - all_three for pair, n in both.items()}
            exactly_one = []
            for single, n in answered.items():
                with_another = sum(exactly_two[pair] for pair in both if single in pair)
                exactly_one.append(n - all_three - with_another)
            return self._fit([all_three, *exactly_two.values(), *exactly_one])
        return False

    def _may_split(self, block: Block, phase: str) -> bool:
        """Whether ratings may be shown by confidence."""
        # What a later reveal of a lecture splits could be subtracted from what an earlier one did not.
        if self.lecture:
            return False
        # A move that leaves people out shows their ratings; where a rating goes with one
        # confidence, that would show how many of one confidence were left out.
        for pair in self._published[block]:
            if phase in pair and any(self._left_out(block, pair)):
                return False
        raters = Counter[int]()
        for (confidence, rating), n in self._answered[block, phase].items():
            # A skip has no confidence, and how many skipped is a cell that is shown anyway.
            if rating:
                raters[confidence] += n
        return self._fit(raters.values())


def _raters(answered: Counter[_Cell]) -> int:
    return sum(n for (_, rating), n in answered.items() if rating)


def _rated_twice(moved: Counter[_Cell]) -> int:
    return sum(n for (before, after), n in moved.items() if before and after)
