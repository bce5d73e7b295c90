"""A session's judgments counted by the database: the same tallies from SQLite, PostgreSQL and DuckDB.

Nobody's row leaves the database for them. A rating, or a confidence, is None for a skip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from boundaries.answers.tables import JUDGMENTS

Counted = tuple[Any, ...]

_CASE = (JUDGMENTS.c.item, JUDGMENTS.c.wording, JUDGMENTS.c.level)
_PLACES = {"first": 1, "discussed": 100, "informed": 10_000}
_ANSWERS = sa.func.sum(
    (sa.func.coalesce(JUDGMENTS.c.rating, 0) + 1) * sa.case(_PLACES, value=JUDGMENTS.c.phase)
).label("answers")
"""Somebody's answers to a case as one number, which is grouped faster than three: two digits a
phase, the last two for `first`. 0 is no judgment, 1 a skip, and 2 to 6 are the ratings."""


def ratings_query(session: str) -> sa.Select[Any]:
    """How many gave which rating: one GROUP BY over the index `for_ratings`.

    Columns: item, wording, level, phase, confidence, rating, n.
    """
    table = JUDGMENTS.c
    by = (*_CASE, table.phase, table.confidence, table.rating)
    return sa.select(*by, sa.func.count()).where(table.session == session).group_by(*by)


def counted_ratings(
    connection: sa.Connection, session: str, item: str | None = None
) -> list[Counted]:
    """How many of a session gave which rating (to one item), in the columns of `ratings_query`."""
    query = ratings_query(session)
    if item is not None:
        query = query.where(JUDGMENTS.c.item == item)
    return [tuple(row) for row in connection.execute(query)]


def counted_moves(
    connection: sa.Connection, session: str, item: str | None = None
) -> list[Counted]:
    """How many of a session went from which rating to which (in one item).

    Columns: item, wording, level, from phase, its rating, to phase, its rating, n. Somebody who
    judged a case in all three phases is in three rows.
    """
    pairs: Counter[Counted] = Counter()
    for *case, answers, n in _alike(connection, session, item):
        ratings = {}
        for phase, place in _PLACES.items():
            digits = answers // place % 100
            if digits:
                ratings[phase] = digits - 1 or None
        for (start, old), (end, new) in combinations(ratings.items(), 2):
            pairs[(*case, start, old, end, new)] += n
    return [(*pair, n) for pair, n in pairs.items()]


def _alike(connection: sa.Connection, session: str, item: str | None) -> Iterator[Counted]:
    """How many answered alike: item, wording, level, answers (as in `_ANSWERS`), n."""
    where = [JUDGMENTS.c.session == session]
    if item is not None:
        where.append(JUDGMENTS.c.item == item)
    if connection.dialect.name == "sqlite":
        # SQLite sorts what the others hash, and numbers of one case much faster than rows of all.
        for case in _cases(connection, where):
            for row in connection.execute(moves_of_case_query(session, case)):
                yield (*case, *row)
        return
    each = sa.select(*_CASE, _ANSWERS).where(*where).group_by(*_CASE, JUDGMENTS.c.participant)
    yield from map(tuple, connection.execute(_counted(each)))


def moves_of_case_query(session: str, case: Sequence[str]) -> sa.Select[Any]:
    """How many answered a case (item, wording, level) alike. Columns: answers, n.

    One pass over the index `for_moves_by_case`, in which a person's answers lie side by side.
    """
    of_case = [JUDGMENTS.c.session == session]
    for column, value in zip(_CASE, case, strict=True):
        of_case.append(column == value)
    return _counted(sa.select(_ANSWERS).where(*of_case).group_by(JUDGMENTS.c.participant))


def _counted(each: sa.Select[Any]) -> sa.Select[Any]:
    alike = each.subquery()
    return sa.select(*alike.c, sa.func.count()).group_by(*alike.c)


def _cases(
    connection: sa.Connection,
    where: Sequence[sa.ColumnElement[bool]],
    columns: Sequence[sa.Column[str]] = _CASE,
) -> Iterator[Counted]:
    """Item, wording and level of every case that was judged, each by a few looks into an index.

    (SELECT DISTINCT would read every row, and so does SQLite from one (item, wording, level) to
    the next greater.)
    """
    column, *others = columns
    least = sa.select(sa.func.min(column)).where(*where)
    value = connection.execute(least).scalar()
    while value is not None:
        if others:
            for rest in _cases(connection, [*where, column == value], others):
                yield (value, *rest)
        else:
            yield (value,)
        value = connection.execute(least.where(column > value)).scalar()
