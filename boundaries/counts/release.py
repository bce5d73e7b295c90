"""The only way from a tally to anything shown: small groups are withheld, and what betrays them.

**What is protected.** A *group* is the people who judged one item, in one wording and one phase, at
one level or any set of levels; also those of them with one confidence; also those who answered in
some phases and not in others. A group of 1 to `minimum - 1` people is never shown, nor can its size
or its answers be found by adding and subtracting what is shown.

**How.** Each dial is cut into *blocks* of adjacent levels. A block never crosses a *step*, where
some code's stance or band changes, so a code reads a whole block alike. Between steps, levels are
joined until `minimum` people gave a first rating in each block; a rest joins its neighbour. One
partition serves every phase and the moves, and nothing is published over more than it:

- a block's phase is shown where at least `minimum` people gave a rating (skips do not count towards
  it);
- two phases of a block are set beside each other (moves) where at least `minimum` people rated in
  both, and those who answered in only one of them are nobody or at least `minimum`. Where three
  phases are shown, all three pairs are published only if every way of answering some phases and not
  others is known to be nobody or at least `minimum`; otherwise one pair, first to informed before
  the others;
- ratings are split by confidence where every confidence (skips being one) is nobody's or at least
  `minimum` people's, and where no published move of that phase leaves anyone out. Otherwise they
  all have confidence -1, "not split".

A wording that the content no longer asks, and a level that its dial does not have, are withheld.

**What is not promised.** Within a group of five or more, one cell of a histogram may be one person:
five people's histogram is what is shown, and a unanimous class is seen to be unanimous. How many
answered a phase is shown, so where nobody can answer a phase without the one before it, the
difference says how many stopped (never what they had answered). Two releases of one session at
different times can be subtracted: release a session when it is closed, and once.

**A lecture** shows its first two phases before the third is there, and nearly always one to four
people judged in only one of the two. So it prefers that pair, never splits by confidence, and
leaves those few out of that phase altogether: what is then shown is of the people who judged both
times, and says nothing of the others. What a later reveal adds never undoes what an earlier one
hid.

The rules for one item are in `withholding`, those for two that are compared in `differences`; the
attackers that they are held against, in `tests/attacker.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pandas import DataFrame

from boundaries.content import Content
from boundaries.counts.differences import Difference, shown_differences
from boundaries.counts.tally import MOVES, RATINGS, table
from boundaries.counts.withholding import ItemCounts, blocks
from boundaries.errors import ContentError

__all__ = ["LEAST", "RELEASED_MOVES", "RELEASED_RATINGS", "Released", "blocks", "release"]

# The smallest group that may ever be shown.
LEAST = 5

RELEASED_RATINGS = ("item", "wording", "levels", "phase", "confidence", "rating", "n")
RELEASED_MOVES = (
    *("item", "wording", "levels"),
    *("from_phase", "from_rating", "to_phase", "to_rating", "n"),
)


@dataclass(frozen=True)
class Released:
    """A tally that may be shown.

    `ratings`: item, wording, levels, phase, confidence, rating, n. `levels` are the ids of a
    block's levels joined by "+" ("" without a dial); rating 0 is a skip; confidence 0 is none given
    and -1 is not split.
    `moves`: item, wording, levels, from_phase, from_rating, to_phase, to_rating, n.
    `withheld`: sentences that say what is not shown, without a count. `invented` data must be
    called so. `paired`: item and levels where, in a lecture, the few who judged in one of the first
    two phases are left out. `differences`: how far two ratings of one person lie apart, of pairs of
    cases of which that may be shown; None where it was not counted.
    """

    ratings: DataFrame
    moves: DataFrame
    withheld: tuple[str, ...]
    minimum: int
    session: str
    invented: bool
    title: str
    paired: frozenset[tuple[str, str]] = frozenset()
    differences: tuple[Difference, ...] | None = None

    @property
    def few(self) -> str:
        """What stands in the place of a number that may not be shown."""
        return f"fewer than {self.minimum} have judged"


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
    differences: DataFrame | None = None,
) -> Released:
    """What may be shown of a raw tally (`tally.stored_ratings` and `tally.stored_moves` of one session).

    `minimum` is the smallest group shown; course.toml's `minimum_group` unless given. Raises
    ValueError below 5. `lecture`: by the rules of a lecture, whose projector shows it in two steps.
    `differences`: those of `differences.stored_differences`; a lecture has none.
    """
    if minimum is None:
        minimum = content.course.minimum_group
    if minimum < LEAST:
        raise ValueError(f"The smallest group to be shown is {minimum}. Choose {LEAST} or more.")
    shown_ratings: list[tuple[Any, ...]] = []
    shown_moves: list[tuple[Any, ...]] = []
    withheld: list[str] = []
    paired: set[tuple[str, str]] = set()
    moves_of_each = _rows_of_each(moves, MOVES)
    counted: dict[tuple[str, str], ItemCounts] = {}
    for (item_id, wording), rows in sorted(_rows_of_each(ratings, RATINGS).items()):
        not_asked = _not_asked_today(content, item_id, wording)
        if not_asked:
            withheld.append(not_asked)
            continue
        counts = counted[item_id, wording] = ItemCounts(
            content.item(item_id), minimum, rows, moves_of_each[item_id, wording], lecture=lecture
        )
        shown_ratings += [(item_id, wording, *row) for row in counts.shown_ratings()]
        shown_moves += [(item_id, wording, *row) for row in counts.shown_moves()]
        withheld += counts.withheld()
        paired |= {(item_id, "+".join(block)) for block in counts.paired}
    told = None
    if differences is not None and not lecture:
        told = shown_differences(differences, counted, minimum, split=content.course.split_pairs)
    return Released(
        ratings=table(shown_ratings, RELEASED_RATINGS),
        moves=table(shown_moves, RELEASED_MOVES),
        withheld=tuple(withheld),
        minimum=minimum,
        session=session,
        invented=invented,
        title=title,
        paired=frozenset(paired),
        differences=told,
    )


def _rows_of_each(
    tally: DataFrame, shape: Sequence[str]
) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """The rows of each item and wording, without these two; an empty list where there are none."""
    rows: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    columns = [tally[column].tolist() for column in shape]
    for item_id, wording, *row in zip(*columns, strict=True):
        rows[item_id, wording].append(tuple(row))
    return rows


def _not_asked_today(content: Content, item_id: str, wording: str) -> str:
    """A sentence where the content does not ask this item in this wording; else nothing."""
    try:
        item = content.item(item_id)
    except ContentError:
        return f"'{item_id}' is not shown: the content has no such item any more."
    if wording != item.wording:
        return (
            f"Answers to an earlier wording of '{item_id}' are not shown: "
            "the course now asks another."
        )
    return ""
