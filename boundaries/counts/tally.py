"""Counts as tables: two raw shapes, and what charts are made of.

Raw tallies (never shown as they are; `release` makes of them what may be shown):

- `ratings`: item, wording, level, phase, confidence, rating, n. Rating 0 is a skip, confidence 0 is none given.
- `moves`: item, wording, level, from_phase, from_rating, to_phase, to_rating, n: those who answered in both phases.

The functions below the two shapes take a released tally and nothing rawer. They count the wording that the content
asks today and no other; skips are counted apart and are never in `n`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import nan
from typing import Any, Protocol

import numpy as np
import pandas as pd
from pandas import DataFrame

from boundaries.answers.judgments import PHASES, Judgment
from boundaries.content import Band, Content, Item, Vignette
from boundaries.counts import statistics
from boundaries.errors import ContentError

RATINGS = ("item", "wording", "level", "phase", "confidence", "rating", "n")
MOVES = ("item", "wording", "level", "from_phase", "from_rating", "to_phase", "to_rating", "n")
PAIRS = tuple(combinations(PHASES, 2))
"""The pairs of phases that moves are counted for, earlier phase first."""

_NUMBERS = {"confidence", "rating", "from_rating", "to_rating", "n"}
_SHARES = ["inside", "stricter", "permissive"]
_STEPS = ["steps_stricter", "steps_permissive", "blind_stricter", "blind_permissive"]


class Counting(Protocol):
    """A store that counts by GROUP BY: rows in the order of the raw shapes, None for a skip or no confidence."""

    def ratings(self, session: str) -> list[tuple[str, str, str, str, int | None, int | None, int]]:
        """Rows of the shape `ratings`."""

    def moves(
        self, session: str
    ) -> list[tuple[str, str, str, str, int | None, str, int | None, int]]:
        """Rows of the shape `moves`."""


class ReleasedTally(Protocol):
    """What `release.release` gives: tables whose `levels` are blocks of levels that may be shown."""

    @property
    def ratings(self) -> DataFrame:
        """item, wording, levels, phase, confidence, rating, n."""

    @property
    def moves(self) -> DataFrame:
        """item, wording, levels, from_phase, from_rating, to_phase, to_rating, n."""


def table(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> DataFrame:
    """Rows as a table in a fixed order: whole numbers (None becomes 0) and text, even where there are no rows."""
    whole = sorted(tuple(0 if x is None else x for x in row) for row in rows)
    cells = zip(*whole, strict=True) if whole else [()] * len(columns)
    given = zip(
        columns, cells, strict=True
    )  # each column made as what it is: five times as fast as astype
    return DataFrame(
        {c: np.array(x, "int64") if c in _NUMBERS else pd.array(x, "str") for c, x in given}
    )


def ratings(store: Counting, session: str) -> DataFrame:
    """The raw `ratings` of one session, as the store counts them."""
    return table(store.ratings(session), RATINGS)


def moves(store: Counting, session: str) -> DataFrame:
    """The raw `moves` of one session, as the store counts them: pairs of `PAIRS`, one level, both answered."""
    return table(store.moves(session), MOVES)


def count_ratings(rows: Iterable[Judgment]) -> DataFrame:
    """The raw `ratings` of merged judgments (one a key), counted plainly: the reference for every other count.

    Raises ValueError for judgments of more than one session.
    """
    counted = Counter(
        (j.item, j.wording, j.level, j.phase, j.confidence or 0, j.rating or 0)
        for j in _one_session(rows)
    )
    return table([(*key, n) for key, n in counted.items()], RATINGS)


def count_moves(rows: Iterable[Judgment]) -> DataFrame:
    """The raw `moves` of merged judgments: who answered the same level of the same wording in both phases.

    Raises ValueError for judgments of more than one session.
    """
    given: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for j in _one_session(rows):
        given[j.participant, j.item, j.wording, j.level][j.phase] = j.rating or 0
    counted = Counter(
        (*asked, first, ratings[first], then, ratings[then])
        for (_, *asked), ratings in given.items()
        for first, then in PAIRS
        if first in ratings and then in ratings
    )
    return table([(*key, n) for key, n in counted.items()], MOVES)


def answers(released: ReleasedTally, item: Item, phase: str = "first") -> DataFrame:
    """How often each rating was given, a row per block of levels that may be shown.

    Columns: levels (ids joined by "+"), label, one integer column per rating (1, 2, …), skips, n (who rated).
    """
    rows = [
        (levels, label, *counts, skips, sum(counts))
        for levels, label, counts, skips in _blocks(released, item, phase)
    ]
    return DataFrame(
        rows, columns=["levels", "label", *(p.value for p in item.scale), "skips", "n"]
    )


def gap(
    released: ReleasedTally,
    content: Content,
    codes: Iterable[str],
    vignettes: Iterable[Vignette],
    phase: str = "first",
) -> DataFrame:
    """A class beside the codes: a row per vignette and code.

    Columns: item, type, code, stance and band (as text; " / " between levels that differ), n (who rated a level
    with a band); the shares inside, stricter, permissive (0 to 1); steps_stricter, steps_permissive (mean steps
    outside the band) and blind_stricter, blind_permissive (what answering at random would give). Every block of
    levels is judged by its own band. With n 0 (no band, or nothing that may be shown) the numbers are NaN.
    Raises ContentError for a code that is not in the content.
    """
    codes = [_known(content, code) for code in codes]
    rows = [_gap_row(released, v, code, phase) for v in vignettes for code in codes]
    return DataFrame(
        rows, columns=["item", "type", "code", "stance", "band", "n", *_SHARES, *_STEPS]
    )


def type_means(gap: DataFrame) -> DataFrame:
    """Unweighted means of `gap` over the vignettes of a type, without interval.

    Columns: type, code, vignettes (how many the mean is over), then those of `gap` from inside on.
    """
    counted = gap[gap["n"] > 0].groupby(["type", "code"], sort=False)
    means = counted[[*_SHARES, *_STEPS]].mean()
    means.insert(0, "vignettes", counted.size())
    return means.reset_index()


def shifts(
    released: ReleasedTally, content: Content, code: str, vignettes: Iterable[Vignette]
) -> DataFrame:
    """From first to informed: how many moved toward the band of `code`, away from it, or stayed as far from it.

    A row per vignette. Columns: item, code, band (text), toward, away, stayed, n (rated twice, at a level with a
    band). Who moves within the band stays. Raises ContentError for a code that is not in the content.
    """
    code, rows = _known(content, code), []
    for v in vignettes:
        sides = Counter[str]()
        for levels, before, after, n in _moves(released, v, "first", "informed"):
            if before and after and (band := _band(v, code, levels)):
                change = _distance(after, band) - _distance(before, band)
                sides["away" if change > 0 else "toward" if change else "stayed"] += n
        counts = [sides[side] for side in ("toward", "away", "stayed")]
        rows.append((v.id, code, _reading_text(v, code)[1], *counts, sum(counts)))
    return DataFrame(rows, columns=["item", "code", "band", "toward", "away", "stayed", "n"])


def dial(
    released: ReleasedTally, content: Content, vignette: Vignette, phase: str = "first"
) -> DataFrame:
    """How intuition moves along a dial, beside the codes that course.toml shows: a row per block of levels.

    Columns: levels, label, n, skips, mean (rating), spread (steps), and one per shown code that was read for the
    vignette: the band at that level, as text.
    """
    codes = [c.id for c in content.shown_codes if any(r.code == c.id for r in vignette.readings)]
    rows = [
        (
            *(
                levels,
                label,
                sum(counts),
                skips,
                statistics.mean(counts),
                statistics.spread(counts),
            ),
            *(band_text(_band(vignette, code, levels)) for code in codes),
        )
        for levels, label, counts, skips in _blocks(released, vignette, phase)
    ]
    return DataFrame(rows, columns=["levels", "label", "n", "skips", "mean", "spread", *codes])


def band_text(band: Band | None) -> str:
    """A band as it is printed.

    >>> band_text((2, 4)), band_text((1, 1)), band_text(None)
    ('2–4', '1', 'no band')
    """
    return "no band" if band is None else "–".join(str(end) for end in sorted(set(band)))


def _blocks(
    released: ReleasedTally, item: Item, phase: str
) -> Iterator[tuple[str, str, list[int], int]]:
    """Levels, label, counts per rating and skips of every block of the current wording, in the dial's order."""
    rows = _of(released.ratings, item, phase=phase)
    counted: dict[str, Counter[int]] = defaultdict(Counter)
    for levels, rating, n in rows[["levels", "rating", "n"]].itertuples(index=False):
        counted[levels][rating] += n
    for levels in sorted(counted, key=lambda block: item.levels.index(block.split("+")[0])):
        names = [item.label(x) for x in levels.split("+")] if isinstance(item, Vignette) else []
        yield (
            levels,
            " / ".join(names),
            [counted[levels][p.value] for p in item.scale],
            counted[levels][0],
        )


def _moves(
    released: ReleasedTally, item: Item, first: str, then: str
) -> Iterator[tuple[str, int, int, int]]:
    rows = _of(released.moves, item, from_phase=first, to_phase=then)
    yield from rows[["levels", "from_rating", "to_rating", "n"]].itertuples(index=False, name=None)


def _of(tally: DataFrame, item: Item, **phases: str) -> DataFrame:
    """The rows of an item as it is worded today, in the phases named."""
    for column, wanted in {"item": item.id, "wording": item.wording, **phases}.items():
        tally = tally[tally[column] == wanted]
    return tally


def _gap_row(released: ReleasedTally, v: Vignette, code: str, phase: str) -> tuple[Any, ...]:
    judged = [
        (counts, band)
        for levels, _, counts, _ in _blocks(released, v, phase)
        if (band := _band(v, code, levels))
    ]
    n = sum(sum(counts) for counts, _ in judged)
    figures = [nan] * 7
    if n:
        of_blocks = [
            [
                sum(counts) * figure
                for figure in (
                    *statistics.inside(counts, band),
                    *statistics.steps_outside(counts, band),
                    *statistics.blind_steps(band, len(counts)),
                )
            ]
            for counts, band in judged
        ]
        figures = [sum(column) / n for column in zip(*of_blocks, strict=True)]
    return (v.id, v.type, code, *_reading_text(v, code), n, *figures)


def _reading_text(v: Vignette, code: str) -> tuple[str, str]:
    """Stance and band of a code over all levels, in the dial's order, each said once."""
    read = [v.reading(code, level) for level in v.levels]
    said: dict[tuple[str, str], None] = dict.fromkeys(
        (r.stance, band_text(r.band)) if r else ("not read", "no band") for r in read
    )
    stances, bands = zip(*said, strict=True)
    return " / ".join(stances), " / ".join(bands)


def _band(v: Vignette, code: str, levels: str) -> Band | None:
    """The band of a block: `release` never joins levels that a code reads differently."""
    reading = v.reading(code, levels.split("+")[0])
    return reading.band if reading else None


def _distance(rating: int, band: Band) -> int:
    return max(band[0] - rating, rating - band[1], 0)


def _known(content: Content, code: str) -> str:
    if code not in content.codes:
        raise ContentError(
            f"'{code}' is not a code of this course. Choose one of: {', '.join(content.codes)}."
        )
    return code


def _one_session(rows: Iterable[Judgment]) -> list[Judgment]:
    rows = list(rows)
    if len(sessions := sorted({j.session for j in rows})) > 1:
        raise ValueError(
            f"Judgments of {len(sessions)} sessions came together: {', '.join(sessions)}. "
            "Sessions are never added together; count one at a time."
        )
    return rows
