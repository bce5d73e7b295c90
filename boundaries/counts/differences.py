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

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from pandas import DataFrame

from boundaries.answers.endings import changed_since
from boundaries.answers.judgments import Judgment, is_in_first_half
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
_Row = tuple[str, str, int, str, int, int]


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
    """The raw `differences` of one session of a store: a row for each pair of a type, half, level and
    rating of both cases. They are never shown as they are.

    Of a homework that has ended nothing is told of a case whose answers changed since: beside the
    histograms, which stay as its class saw them, it would tell whose were removed."""
    ids = {item.id for _, *pair in _pairs(content) for item in pair}
    judged = JUDGMENTS.c
    query = (
        sa.select(judged.participant, judged.item, judged.wording, judged.level, judged.rating)
        .where(judged.session == session, judged.phase == "first")
        .order_by(judged.participant)
        .execution_options(yield_per=10_000)  # of a large class no more at once
    )
    with store.reading() as connection:
        query = query.where(judged.item.in_(ids - changed_since(connection, session)))
        return _counted(connection.execute(query), content)


def count_differences(rows: Iterable[Judgment], content: Content) -> DataFrame:
    """The raw `differences` of merged judgments of one session, as of an invented class."""
    answers = []
    for row in rows:
        if row.phase == "first":
            answers.append((row.participant, row.item, row.wording, row.level, row.rating))
    return _counted(sorted(answers, key=itemgetter(0)), content)


def _counted(answers: Iterable[Sequence[Any]], content: Content) -> DataFrame:
    """First answers counted by pair: rows of participant, item, wording, level and rating (None for
    a skip), those of one participant beside each other."""
    pairs = _pairs(content)
    counted = Counter[tuple[Any, ...]]()
    for participant, own in groupby(answers, key=itemgetter(0)):
        judged = {(item, wording): (level, rating or 0) for _, item, wording, level, rating in own}
        for type, one, other in pairs:
            asked = (one.id, one.wording, other.id, other.wording)
            first, second = judged.get(asked[:2]), judged.get(asked[2:])
            if first and second:
                half = PAIR_FIRST if is_in_first_half(participant, type) else ONE_BY_ONE
                counted[(*asked, half, *first, *second)] += 1
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
    by_pair: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in raw.itertuples(index=False, name=None):
        by_pair[row[:4]].append(row[4:])
    for (item, wording, other, other_wording), rows in by_pair.items():
        one, two = counts.get((item, wording)), counts.get((other, other_wording))
        if not one or not two or not _left_out_fit(rows, one, two, minimum):
            continue
        whole = _difference(rows, one, two, minimum, "")
        if whole is None:
            continue
        told.append(whole)
        halves = [_difference(rows, one, two, minimum, half) for half in (PAIR_FIRST, ONE_BY_ONE)]
        if split and all(halves):
            told += filter(None, halves)
    return tuple(told)


def _fit(sizes: Iterable[int], minimum: int) -> bool:
    return all(n == 0 or n >= minimum for n in sizes)


def _left_out_fit(rows: Iterable[_Row], one: ItemCounts, two: ItemCounts, minimum: int) -> bool:
    """Whether those who answered only one of the cases are nobody or enough, at each block."""
    both, other_both = Counter[str](), Counter[str]()
    for _, level, _, other_level, _, n in rows:
        both[level] += n
        other_both[other_level] += n
    return _side_fits(one, both, minimum) and _side_fits(two, other_both, minimum)


def _side_fits(counts: ItemCounts, both: Mapping[str, int], minimum: int) -> bool:
    """Whether those who answered this case alone fit, given how many at each level answered both."""
    answered = counts.answered_first()
    if not both.keys() <= answered.keys():  # a level that the dial does not have
        return False
    left_out: dict[Block, int] = dict(answered.values())
    for level, n in both.items():
        left_out[answered[level][0]] -= n
    if any(left_out.values()) and counts.tells_confidence():
        return False
    return _fit(left_out.values(), minimum)


def _difference(
    rows: Iterable[_Row], one: ItemCounts, two: ItemCounts, minimum: int, half: str
) -> Difference | None:
    """What is told of those of one half ("" for all) who answered both; None where a group among
    them is small."""
    blocks, other_blocks = one.answered_first(), two.answered_first()
    cells = Counter[tuple[Block, Block]]()
    signs = {"lower": 0, "same": 0, "higher": 0}
    total = squares = 0
    for told_in, level, rating, other_level, other_rating, n in rows:
        if half not in ("", told_in):
            continue
        cells[blocks[level][0], other_blocks[other_level][0]] += n
        if rating and other_rating:
            steps = other_rating - rating
            sign = "higher" if steps > 0 else "lower"
            signs[sign if steps else "same"] += n
            total += n * steps
            squares += n * steps**2
    people = sum(signs.values())
    if people < minimum or not _fit([*cells.values(), *signs.values()], minimum):
        return None
    low, high = mean_interval(people, total, squares)
    return Difference(one.item.id, two.item.id, half, people, total / people, low, high, **signs)
