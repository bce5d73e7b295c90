"""Two cases that were compared: how far each person's own two first ratings lie apart.

**What is told** of those who rated both cases alone: how many they are, the mean of the second
rating less the first with its 95 % interval, and how many rated the second case lower, the same,
higher. Where course.toml splits the class, the same of each half. Beside it stand, as ever, the
histograms of each case by blocks of levels.

**What that could give away.** Let one person answer only one of the two cases: the sum of the
differences, taken from the difference of the two histograms' sums, is that person's rating. Where
ratings tell the levels of a dial apart, it could say how many at one level stopped before the other
case. And three counts of which one is small name a few people outright; merging it with another one
does not help, for where all differences are a step or none, mean and interval are two equations for
the two counts that were merged.

**So it is told only where all these are nobody or at least `minimum`:** those who answered one case
and not the other, on either side, at each block of levels; those who answered both, in each pair of
blocks; those whose second rating is lower, the same, higher. Everything that is told is a sum over
unions of these groups, and no group is small. `minimum` people must have rated both. Where people
were left out, nothing is told beside ratings that are split by confidence: where a rating goes with
one confidence, it would say how sure those were who were left out. Of a split class, the halves are
told only where each half fits by itself; then the whole is their sum.

**What is not promised** is what `release` does not promise of two phases either: a skip is an
answer, so one who rated one case and skipped the other is one cell of a group that is large enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from pandas import DataFrame

from boundaries.answers.judgments import FIRST_HALF, Judgment, half_digit, is_in_first_half
from boundaries.answers.store import Store
from boundaries.answers.tables import JUDGMENTS
from boundaries.content import Content, Item
from boundaries.counts.statistics import mean_interval
from boundaries.counts.tally import table
from boundaries.counts.withholding import Block, ItemCounts

DIFFERENCES = (
    *("item", "wording", "other", "other_wording", "half"),
    *("level", "rating", "other_level", "other_rating", "n"),
)

PAIR_FIRST, ONE_BY_ONE = "pair first", "one by one"
"""The halves of a split class."""

# Half, level and rating of the one case, of the other, and how many; rating 0 is a skip.
Row = tuple[str, str, int, str, int, int]


class Difference(NamedTuple):
    """What is told of the `n` who rated both cases; `half` is "" for all of them.

    `mean`, `low` and `high` are steps of the scale by which `other` was rated higher than `item`,
    and the ends of the 95 % interval; `lower`, `same` and `higher` add up to `n`.
    """

    item: str
    other: str
    half: str
    n: int
    mean: float
    low: float
    high: float
    lower: int
    same: int
    higher: int


def stored_differences(store: Store, session: str, content: Content) -> DataFrame:
    """The raw `differences` of one session, as the store counts them: a row for each pair of a type,
    half, level and rating of both cases. They are never shown as they are."""
    rows: list[tuple[Any, ...]] = []
    with store.reading() as connection:
        for type, one, other in _pairs(content):
            asked = (one.id, one.wording, other.id, other.wording)
            query = _query(session, type, one, other)
            for first_half, *answers in connection.execute(query):
                rows.append((*asked, PAIR_FIRST if first_half else ONE_BY_ONE, *answers))
    return table(rows, DIFFERENCES)


def _query(session: str, type: str, one: Item, other: Item) -> sa.Select[Any]:
    """How many answered two cases alone in which way, as they are worded now: one GROUP BY.

    Columns: whether they are in the first half, level and rating of the one case, of the other (a
    rating null for a skip), n.
    """
    left, right = JUDGMENTS.alias("one"), JUDGMENTS.alias("other")
    asked = [left.c.participant == right.c.participant]
    for judged, item in ((left.c, one), (right.c, other)):
        asked += [judged.session == session, judged.item == item.id]
        asked += [judged.wording == item.wording, judged.phase == "first"]
    digit = sa.func.substr(left.c.participant, half_digit(type) + 1, 1)
    answers = (left.c.level, left.c.rating, right.c.level, right.c.rating)
    columns = [digit.in_(FIRST_HALF).label("half")]
    columns += [column.label(f"answer_{place}") for place, column in enumerate(answers)]
    each = sa.select(*columns).where(*asked).subquery()
    return sa.select(*each.c, sa.func.count()).group_by(*each.c)


def count_differences(rows: Iterable[Judgment], content: Content) -> DataFrame:
    """The raw `differences` of merged judgments of one session, counted one by one: for an invented
    class, and the plain reference that the count by SQL is tested against."""
    firsts: dict[str, dict[tuple[str, str], Judgment]] = {}
    for row in rows:
        if row.phase == "first":
            firsts.setdefault(row.participant, {})[row.item, row.wording] = row
    counted = Counter[tuple[Any, ...]]()
    for type, one, other in _pairs(content):
        asked = (one.id, one.wording, other.id, other.wording)
        for participant, answers in firsts.items():
            first, second = answers.get(asked[:2]), answers.get(asked[2:])
            if first and second:
                half = PAIR_FIRST if is_in_first_half(participant, type) else ONE_BY_ONE
                ratings = (first.level, first.rating or 0, second.level, second.rating or 0)
                counted[(*asked, half, *ratings)] += 1
    return table([(*cell, n) for cell, n in counted.items()], DIFFERENCES)


def _pairs(content: Content) -> list[tuple[str, Item, Item]]:
    """The types that set two taught cases side by side, with these."""
    pairs = []
    for type in content.types:
        cases = content.pair_of(type, content.of_type(type))
        if cases:
            pairs.append((type, cases[0], cases[1]))
    return pairs


def shown_differences(
    raw: DataFrame,
    counts: Mapping[tuple[str, str], ItemCounts],
    minimum: int,
    *,
    split: bool = False,
) -> tuple[Difference, ...]:
    """What may be told of raw `differences`, beside what is shown of each case by `counts` (by item
    and wording): for each pair the whole, and of a split class the halves where each may be told."""
    told: list[Difference] = []
    by_pair: dict[tuple[str, ...], list[Row]] = {}
    for *asked, half, level, rating, other_level, other_rating, n in raw.itertuples(
        index=False, name=None
    ):
        row = (half, level, rating, other_level, other_rating, n)
        by_pair.setdefault(tuple(asked), []).append(row)
    for (item, wording, other, other_wording), rows in by_pair.items():
        one, two = counts.get((item, wording)), counts.get((other, other_wording))
        if not one or not two or not _left_out_fit(rows, one, two, minimum):
            continue
        whole = _difference(rows, one, two, minimum, "")
        if whole is None:
            continue
        told.append(whole)
        halves = []
        for half in (PAIR_FIRST, ONE_BY_ONE):
            halves.append(
                _difference([row for row in rows if row[0] == half], one, two, minimum, half)
            )
        if split and all(halves):
            told += [half for half in halves if half]
    return tuple(told)


def _fit(sizes: Iterable[int], minimum: int) -> bool:
    return all(n == 0 or n >= minimum for n in sizes)


def _left_out_fit(rows: Sequence[Row], one: ItemCounts, two: ItemCounts, minimum: int) -> bool:
    """Whether those who answered only one of the cases are nobody or enough, at each block."""
    levels = ([row[1] for row in rows], [row[3] for row in rows])
    for counts, told_at in zip((one, two), levels, strict=True):
        answered = counts.answered_first()
        left_out: dict[Block, int] = dict(answered.values())
        for row, level in zip(rows, told_at, strict=True):
            if level not in answered:
                return False
            left_out[answered[level][0]] -= row[-1]
        if not _fit(left_out.values(), minimum):
            return False
        if any(left_out.values()) and counts.tells_confidence():
            return False
    return True


def _difference(
    rows: Iterable[Row], one: ItemCounts, two: ItemCounts, minimum: int, half: str
) -> Difference | None:
    """What is told of some of those who answered both; None where a group among them is small."""
    blocks, other_blocks = one.answered_first(), two.answered_first()
    cells = Counter[tuple[Block, Block]]()
    steps = Counter[int]()
    for _, level, rating, other_level, other_rating, n in rows:
        cells[blocks[level][0], other_blocks[other_level][0]] += n
        if rating and other_rating:
            steps[other_rating - rating] += n
    lower = sum(n for step, n in steps.items() if step < 0)
    higher = sum(n for step, n in steps.items() if step > 0)
    signs = (lower, steps[0], higher)
    if sum(signs) < minimum or not _fit([*cells.values(), *signs], minimum):
        return None
    total = sum(step * n for step, n in steps.items())
    squares = sum(step * step * n for step, n in steps.items())
    low, high = mean_interval(sum(signs), total, squares)
    return Difference(
        one.item.id, two.item.id, half, sum(signs), total / sum(signs), low, high, *signs
    )
