"""The only way from a tally to anything shown or written: small groups are withheld, and so is what betrays them.

**What is protected.** A *group* is the people who judged one item, in one wording and one phase, at one level or
any set of levels; also those of them with one confidence; also those who answered in some phases and not in
others. A group of 1 to `minimum - 1` people is never shown, nor can its size or its answers be found by adding and
subtracting what is shown.

**How.** Each dial is cut into *blocks* of adjacent levels. A block never crosses a *step*, where some code's
stance or band changes, so a code reads a whole block alike. Between steps, levels are joined until `minimum`
people gave a first rating in each block; a rest joins its neighbour. One partition serves every phase and the
moves, and nothing is published over more than it:

- a block's phase is shown where at least `minimum` people gave a rating (skips do not count towards it);
- two phases of a block are set beside each other (moves) where at least `minimum` people rated in both, and those
  who answered in only one of them are nobody or at least `minimum`. Where three phases are shown, all three pairs
  are published only if every way of answering some phases and not others is known to be nobody or at least
  `minimum`; otherwise one pair, first to informed before the others;
- ratings are split by confidence where every confidence (skips being one) is nobody's or at least `minimum`
  people's, and where no published move of that phase leaves anyone out. Otherwise they all have confidence -1,
  "not split".

A wording that the content no longer asks, and a level that its dial does not have, are withheld.

**What is not promised.** Within a group of five or more, one cell of a histogram may be one person: five people's
histogram is what is shown, and a unanimous class is seen to be unanimous. How many answered a phase is shown, so
where nobody can answer a phase without the one before it, the difference says how many stopped (never what they
had answered). Two releases of one session at different times can be subtracted: release a session when it is
closed, and once.

**A lecture** shows its first two phases before the third is there, and nearly always one to four people judged in
only one of the two. So it prefers that pair, never splits by confidence, and leaves those few out of that phase
altogether: what is then shown is of the people who judged both times, and says nothing of the others. What a later
reveal adds never undoes what an earlier one hid.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pandas import DataFrame

from boundaries.answers.judgments import PHASES
from boundaries.content import Content, Item, Vignette
from boundaries.counts.tally import MOVES, PAIRS, RATINGS, table
from boundaries.errors import ContentError

LEAST = 5
"""The smallest group that may ever be shown."""

Block = tuple[str, ...]
Pair = tuple[str, str]

_HOMEWORK = (("first", "informed"), ("first", "discussed"), ("discussed", "informed"))
_LECTURE = (("first", "discussed"), ("first", "informed"), ("discussed", "informed"))


@dataclass(frozen=True)
class Released:
    """A tally that may be shown.

    `ratings`: item, wording, levels, phase, confidence, rating, n. `levels` are the ids of a block's levels joined
    by "+" ("" without a dial); rating 0 is a skip; confidence 0 is none given and -1 is not split.
    `moves`: item, wording, levels, from_phase, from_rating, to_phase, to_rating, n.
    `withheld`: sentences that say what is not shown, without a count. `invented` data must be called so.
    `paired`: item and levels where, in a lecture, the few who judged in one of the first two phases are left out.
    """

    ratings: DataFrame
    moves: DataFrame
    withheld: tuple[str, ...]
    minimum: int
    session: str
    invented: bool
    title: str
    paired: frozenset[tuple[str, str]] = frozenset()


def release(
    ratings: DataFrame,
    moves: DataFrame,
    content: Content,
    *,
    session: str = "",
    title: str = "",
    invented: bool = False,
    minimum: int | None = None,
    lecture: bool = False,
) -> Released:
    """What may be shown of a raw tally (`tally.ratings` and `tally.moves` of one session).

    `minimum` is the smallest group shown; course.toml's `minimum_group` unless given. Raises ValueError below 5.
    `lecture`: by the rules of a lecture, whose projector shows it in two steps.
    """
    minimum = content.course.minimum_group if minimum is None else minimum
    if minimum < LEAST:
        raise ValueError(f"The smallest group to be shown is {minimum}. Choose {LEAST} or more.")
    shown_ratings: list[tuple[Any, ...]] = []
    shown_moves: list[tuple[Any, ...]] = []
    withheld: list[str] = []
    paired: set[tuple[str, str]] = set()
    of_item = _by_item(ratings, RATINGS)
    moves_of_item = _by_item(moves, MOVES)
    for (id, wording), rows in sorted(of_item.items()):
        try:
            item = content.item(id)
        except ContentError:
            withheld.append(f"'{id}' is not shown: the content has no such item any more.")
            continue
        if wording != item.wording:
            withheld.append(
                f"Answers to an earlier wording of '{id}' are not shown: the course now asks another."
            )
            continue
        part = _Part(item, minimum, rows, moves_of_item.get((id, wording), []), lecture)
        shown_ratings += ((id, wording, *row) for row in part.ratings())
        shown_moves += ((id, wording, *row) for row in part.moves())
        withheld += part.withheld()
        paired |= {(id, "+".join(block)) for block in part.paired}
    columns = [tuple("levels" if c == "level" else c for c in shape) for shape in (RATINGS, MOVES)]
    return Released(
        ratings=table(shown_ratings, columns[0]),
        moves=table(shown_moves, columns[1]),
        withheld=tuple(withheld),
        minimum=minimum,
        session=session,
        invented=invented,
        title=title,
        paired=frozenset(paired),
    )


def blocks(item: Item, raters: Mapping[str, int], minimum: int) -> tuple[Block, ...]:
    """The dial of `item` cut into blocks, given how many rated each level first; see the module's text."""
    found: list[Block] = []
    for segment in _segments(item):
        cut: list[Block] = []
        rest: Block = ()
        for level in segment:
            rest += (level,)
            if sum(raters.get(x, 0) for x in rest) >= minimum:
                cut, rest = [*cut, rest], ()
        if rest:
            cut = [*cut[:-1], cut[-1] + rest] if cut else [rest]
        found += cut
    return tuple(found)


class _Part:
    """One item's counts by block, and which of them may be shown."""

    def __init__(
        self, item: Item, minimum: int, ratings: Sequence[Any], moves: Sequence[Any], lecture: bool
    ) -> None:
        self.item, self.minimum, self.lecture = item, minimum, lecture
        raters = Counter[str]()
        for level, phase, _, rating, n in ratings:
            raters[level] += n if phase == "first" and rating else 0
        self.blocks = blocks(item, raters, minimum)
        block_of = {level: block for block in self.blocks for level in block}
        self.unknown_level = any(row[0] not in block_of for row in ratings)
        self.given: dict[tuple[Block, str], Counter[tuple[int, int]]] = defaultdict(Counter)
        self.moved: dict[tuple[Block, Pair], Counter[tuple[int, int]]] = defaultdict(Counter)
        for level, phase, confidence, rating, n in ratings:
            if level in block_of:
                self.given[block_of[level], phase][confidence, rating] += n
        for level, first, before, then, after, n in moves:
            if level in block_of:
                self.moved[block_of[level], (first, then)][before, after] += n
        self.paired = {
            block for block in self.blocks if lecture and self._pair_up(block, *_LECTURE[0])
        }
        self.pairs = {block: self._pairs(block) for block in self.blocks}

    def shown(self, block: Block, phase: str) -> bool:
        raters = sum(n for (_, rating), n in self.given[block, phase].items() if rating)
        return raters >= self.minimum

    def ratings(self) -> Iterator[tuple[Any, ...]]:
        for block, phase in self._cells():
            if self.shown(block, phase):
                split = self._split(block, phase)
                counted = Counter[tuple[int, int]]()
                for (confidence, rating), n in self.given[block, phase].items():
                    counted[confidence if split else -1, rating] += n
                yield from (("+".join(block), phase, *cell, n) for cell, n in counted.items())

    def moves(self) -> Iterator[tuple[Any, ...]]:
        for block in self.blocks:
            for first, then in self.pairs[block]:
                for (before, after), n in self.moved[block, (first, then)].items():
                    yield "+".join(block), first, before, then, after, n

    def withheld(self) -> Iterator[str]:
        for block, phase in self._cells():
            if self.given[block, phase] and not self.shown(block, phase):
                few = f"fewer than {self.minimum} people gave a rating"
                yield f"{self._name(block)}, phase '{phase}', is not shown: {few}."
        for block in self.blocks:
            for pair in PAIRS:
                both = all(self.shown(block, phase) for phase in pair)
                if both and pair not in self.pairs[block] and isinstance(self.item, Vignette):
                    yield (
                        f"{self._name(block)}, moves from '{pair[0]}' to '{pair[1]}', are not shown: "
                        f"they could single out fewer than {self.minimum} people."
                    )
        for block in self.blocks:
            if block in self.paired:
                few = f"for they are fewer than {self.minimum}"
                yield f"{self._name(block)}: who judged in only one of the first two rounds is left out, {few}."
        if self.unknown_level:
            yield f"'{self.item.id}': answers at levels that its dial does not have are not shown."

    def _cells(self) -> Iterator[tuple[Block, str]]:
        return ((block, phase) for block in self.blocks for phase in PHASES)

    def _name(self, block: Block) -> str:
        labels = [self.item.label(x) for x in block] if isinstance(self.item, Vignette) else []
        return f"'{self.item.id}'" + (f" ({' / '.join(labels)})" if any(labels) else "")

    def _fits(self, n: int) -> bool:
        return n == 0 or n >= self.minimum

    def _size(self, block: Block, phase: str) -> int:
        return self.given[block, phase].total()

    def _left_out(self, block: Block, pair: Pair) -> list[int]:
        """How many answered only in the first, and only in the second phase of `pair`."""
        return [self._size(block, phase) - self.moved[block, pair].total() for phase in pair]

    def _pair_up(self, block: Block, first: str, then: str) -> bool:
        """Leaves the few who answered in only one of two phases out of it; whether there were any."""
        both = self.moved[block, (first, then)]
        if sum(n for cell, n in both.items() if all(cell)) < self.minimum or not isinstance(
            self.item, Vignette
        ):
            return False
        left_out = self._left_out(block, (first, then))
        few = [side for side, n in enumerate(left_out) if not self._fits(n)]
        for side in few:
            counts = self.given[block, (first, then)[side]] = Counter[tuple[int, int]]()
            for cell, n in both.items():
                counts[0, cell[side]] += n
        return bool(few)

    def _pairs(self, block: Block) -> tuple[Pair, ...]:
        """The pairs of phases whose moves are published.

        Claims have none: a second judgment after the verdict says little, and without moves confidence can be shown.
        """
        if not isinstance(self.item, Vignette):
            return ()
        fit = [
            pair
            for pair in (_LECTURE if self.lecture else _HOMEWORK)
            if all(self.shown(block, phase) for phase in pair)
            and sum(n for cell, n in self.moved[block, pair].items() if all(cell)) >= self.minimum
            and all(self._fits(n) for n in self._left_out(block, pair))
        ]
        if len(fit) == len(PAIRS) and block not in self.paired and self._patterns_fit(block):
            return tuple(fit)
        return tuple(fit[:1])

    def _patterns_fit(self, block: Block) -> bool:
        """Whether all seven ways of answering some of three phases are known to be nobody's or large enough.

        They follow from the six published sizes only where somebody's being left out is ruled out for one pair;
        else what is published leaves a range, of which single cells may still reveal a small group.
        """
        together = {frozenset(pair): self.moved[block, pair].total() for pair in PAIRS}
        for pair in PAIRS:
            (other,) = set(PHASES) - set(pair)
            for phase, left_out in zip(pair, self._left_out(block, pair), strict=True):
                if left_out == 0:  # all who answered `phase` also answered the pair's other one
                    all_three = together[frozenset((phase, other))]
                    two = {p: n - all_three for p, n in together.items()}
                    one = [
                        self._size(block, x) - all_three - sum(n for p, n in two.items() if x in p)
                        for x in PHASES
                    ]
                    return all(self._fits(n) for n in (all_three, *two.values(), *one))
        return False

    def _split(self, block: Block, phase: str) -> bool:
        """Whether ratings may be shown by confidence.

        A move that leaves people out shows their ratings; where a rating goes with one confidence, that would
        show how many of one confidence were left out.
        """
        if self.lecture:
            return False
        groups = Counter[int]()
        for (confidence, rating), n in self.given[block, phase].items():
            groups[confidence] += (
                n if rating else 0
            )  # a skip has none, and its count is a cell that is shown anyway
        whole = all(
            not any(self._left_out(block, pair)) for pair in self.pairs[block] if phase in pair
        )
        return whole and all(self._fits(n) for n in groups.values())


def _segments(item: Item) -> list[list[str]]:
    """The dial's levels, cut at steps: where any code's stance or band changes."""
    if not isinstance(item, Vignette):
        return [[""]]

    def read(level: str) -> list[object]:
        found = (item.reading(code, level) for code in sorted({r.code for r in item.readings}))
        return [(r.stance, r.band) if r else None for r in found]

    segments: list[list[str]] = []
    for level in item.levels:
        if segments and read(level) == read(segments[-1][-1]):
            segments[-1].append(level)
        else:
            segments.append([level])
    return segments


def _by_item(
    tally: DataFrame, shape: Sequence[str]
) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    rows: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for item, wording, *rest in zip(*(tally[column].tolist() for column in shape), strict=True):
        rows[item, wording].append(tuple(rest))
    return rows
