"""The rule for a homework of the class server, which is shown once: when it has ended.

Its class was shown counts that stay for ever (`lectures.rounds.homework.end`). Of these and of any
later count, in which one person's answers are more or fewer, that person's answers would follow by
subtraction. So the cases of such a homework take nothing more, by whatever way it comes, and
whatever the store counts of them is what the class was shown.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import sqlalchemy as sa

from boundaries.answers.counting import Counted, counted_moves, counted_ratings
from boundaries.answers.judgments import Judgment, Key

# The class server's tables, where a store has them.
_HALLS = sa.table("lectures", *map(sa.column, ("code", "session", "mode", "stage")))
_CASES = sa.table("cases", *map(sa.column, ("code", "item", "frozen")))


def is_open(connection: sa.Connection, session: str) -> bool:
    """Whether a session is a homework of a class server that was not ended."""
    if not sa.inspect(connection).has_table(_HALLS.name):
        return False
    query = sa.select(_HALLS.c.stage).where(
        _HALLS.c.session == session, _HALLS.c.mode == "homework"
    )
    return connection.execute(query).scalar() not in (None, "over")


class Ending(NamedTuple):
    """What a class was shown of one case, in the shapes of `ratings_of` and `moves_of`."""

    ratings: list[Counted]
    moves: list[Counted]


def endings(connection: sa.Connection, session: str) -> dict[str, Ending]:
    """By case, what the class of a homework was shown at its end; of any other session nothing."""
    if not sa.inspect(connection).has_table(_HALLS.name):
        return {}
    query = sa.select(_CASES.c.item, _CASES.c.frozen).where(
        _CASES.c.code == _HALLS.c.code,
        _HALLS.c.session == session,
        _HALLS.c.mode == "homework",
        _HALLS.c.stage == "over",
    )
    shown = {}
    for item, frozen in connection.execute(query):
        counts = json.loads(frozen)
        ratings: list[Counted] = []
        for *case, confidence, rating, n in counts["ratings"]:
            ratings.append((*case, confidence or None, rating or None, n))
        moves: list[Counted] = []
        for *case, before, phase, after, n in counts["moves"]:
            moves.append((*case, before or None, phase, after or None, n))
        shown[item] = Ending(ratings, moves)
    return shown


def too_late(
    connection: sa.Connection, changed: Mapping[Key, Judgment], stored: Mapping[Key, Judgment]
) -> tuple[Judgment, ...]:
    """Those of the changes that come after the end of the homework that asked for them."""
    ended: dict[str, dict[str, Ending]] = {}
    late = []
    for key, row in changed.items():
        if row.session not in ended:
            ended[row.session] = endings(connection, row.session)
        # The same answer under another revision changes no count, and came before.
        is_new = key not in stored or row.digest != stored[key].digest
        if is_new and row.item in ended[row.session]:
            late.append(row)
    return tuple(late)


def ratings_of(connection: sa.Connection, session: str) -> list[Counted]:
    """Counts of a session: (item, wording, level, phase, confidence, rating, n), None for a skip's."""
    ended = endings(connection, session)
    shown = {item: ending.ratings for item, ending in ended.items()}
    return _instead(counted_ratings(connection, session), shown)


def moves_of(connection: sa.Connection, session: str) -> list[Counted]:
    """Paired counts: (item, wording, level, from phase, rating, to phase, rating, n)."""
    ended = endings(connection, session)
    shown = {item: ending.moves for item, ending in ended.items()}
    return _instead(counted_moves(connection, session), shown)


def _instead(counted: list[Counted], shown: Mapping[str, list[Counted]]) -> list[Counted]:
    """What is counted of a session; of a case that has ended, what was shown instead."""
    rows = [row for row in counted if row[0] not in shown]
    return rows + list(chain.from_iterable(shown.values()))


def changed_since(connection: sa.Connection, session: str) -> set[str]:
    """The cases of a homework whose answers in the store are not those that its class was shown:
    somebody's were removed since it ended, or came in by a version before this rule."""
    ended = endings(connection, session)
    if not ended:
        return set()
    stored: dict[str, list[Counted]] = {}
    for row in counted_ratings(connection, session):
        stored.setdefault(row[0], []).append(row)
    changed = set()
    for item, ending in ended.items():
        if Counter(stored.get(item, [])) != Counter(ending.ratings):
            changed.add(item)
    return changed
