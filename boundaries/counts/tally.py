"""Counts as tables, in two shapes. They are never shown as they are: `release` decides what may be.

- `ratings`: item, wording, level, phase, confidence, rating, n. Rating 0 is a skip, confidence 0
  is none given.
- `moves`: item, wording, level, from_phase, from_rating, to_phase, to_rating, n: those who
  answered in both phases.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import pandas as pd
from pandas import DataFrame

from boundaries.answers.judgments import PHASES, Judgment

RATINGS = ("item", "wording", "level", "phase", "confidence", "rating", "n")
MOVES = ("item", "wording", "level", "from_phase", "from_rating", "to_phase", "to_rating", "n")
# The pairs of phases that moves are counted for, earlier phase first.
PAIRS = tuple(combinations(PHASES, 2))

_NUMBERS = frozenset({"confidence", "rating", "from_rating", "to_rating", "other_rating", "n"})


class Counting(Protocol):
    """What counts by GROUP BY: rows in the order of the two shapes, None for a skip's numbers."""

    def ratings(self, session: str) -> list[tuple[Any, ...]]:
        """Rows of the shape `ratings`."""

    def moves(self, session: str) -> list[tuple[Any, ...]]:
        """Rows of the shape `moves`."""


def stored_ratings(store: Counting, session: str) -> DataFrame:
    """The raw `ratings` of one session, as the store counts them."""
    return table(store.ratings(session), RATINGS)


def stored_moves(store: Counting, session: str) -> DataFrame:
    """The raw `moves` of one session, as the store counts them: pairs of `PAIRS`."""
    return table(store.moves(session), MOVES)


def table(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> DataFrame:
    """Rows as a table in a fixed order: whole numbers (None becomes 0) and text, even without rows.

    >>> table([("tiles", None, 3), ("loan", 2, 4)], ("item", "rating", "n")).to_dict("list")
    {'item': ['loan', 'tiles'], 'rating': [2, 0], 'n': [4, 3]}
    """
    whole_rows = sorted(tuple(0 if cell is None else cell for cell in row) for row in rows)
    filled: dict[str, Any] = {}
    for place, column in enumerate(columns):
        cells = [row[place] for row in whole_rows]
        # Each column is made as what it is: five times as fast as `astype` afterwards.
        if column in _NUMBERS:
            filled[column] = np.array(cells, "int64")
        else:
            filled[column] = pd.Series(cells, dtype="str")
    return DataFrame(filled, copy=False)  # nobody else has these columns


def count_ratings(rows: Iterable[Judgment]) -> DataFrame:
    """The raw `ratings` of merged judgments (one a key), counted one by one.

    For judgments that are in no store (an invented class, the part of a class that an archive may
    hold), and the plain reference that every count by SQL is tested against.
    Raises ValueError for judgments of more than one session.
    """
    counted = Counter[tuple[Any, ...]]()
    for j in _of_one_session(rows):
        counted[j.item, j.wording, j.level, j.phase, j.confidence or 0, j.rating or 0] += 1
    return _counted_table(counted, RATINGS)


def count_moves(rows: Iterable[Judgment]) -> DataFrame:
    """The raw `moves` of merged judgments: who answered the same words in both phases.

    The plain reference, as `count_ratings`. Raises ValueError for judgments of more than one
    session.
    """
    answered: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for j in _of_one_session(rows):
        answered[j.participant, j.item, j.wording, j.level][j.phase] = j.rating or 0
    counted = Counter[tuple[Any, ...]]()
    for (_, item, wording, level), by_phase in answered.items():
        for before, after in PAIRS:
            if before in by_phase and after in by_phase:
                counted[item, wording, level, before, by_phase[before], after, by_phase[after]] += 1
    return _counted_table(counted, MOVES)


def _counted_table(counted: Counter[tuple[Any, ...]], columns: Sequence[str]) -> DataFrame:
    return table([(*cell, n) for cell, n in counted.items()], columns)


def _of_one_session(rows: Iterable[Judgment]) -> list[Judgment]:
    rows = list(rows)
    sessions = sorted({j.session for j in rows})
    if len(sessions) > 1:
        raise ValueError(
            f"Judgments of {len(sessions)} sessions came together: {', '.join(sessions)}. "
            "Sessions are never added together; count one at a time."
        )
    return rows
