"""Where a hall and the turns of its cases stand, as they are read from the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from boundaries.answers.judgments import PHASES
from boundaries.content.base32 import join_code
from boundaries.errors import ContentError, NotFound
from boundaries.lectures.rounds.records import CASES, LECTURES, now
from boundaries.lectures.rounds.stages import Progress

UNKNOWN = "There is no lecture of this code. Compare it with the code on the screen."
"""What is said of a code that is none, or that no hall has."""


@dataclass(frozen=True)
class Hall:
    """Where a lecture, or a self-paced session, stands: what its projector and phones follow.

    `vignette` is "" before the first case; `version` grows with every change that is not a
    judgment; `remaining` are the countdown's seconds (below 0 when it has run out), None without
    one.
    """

    code: str
    session: str
    title: str
    mode: str
    vignettes: tuple[str, ...]
    vignette: str
    stage: str
    version: int
    remaining: float | None


@dataclass(frozen=True)
class Frozen:
    """Counts of closed rounds: rows in the raw shapes `tally.RATINGS` and `tally.MOVES`."""

    ratings: tuple[tuple[Any, ...], ...] = ()
    moves: tuple[tuple[Any, ...], ...] = ()

    def of(self, phases: Collection[str]) -> Frozen:
        """The rows that speak of these phases alone."""
        ratings = tuple(row for row in self.ratings if row[3] in phases)
        moves = tuple(row for row in self.moves if row[3] in phases and row[5] in phases)
        return Frozen(ratings, moves)


@dataclass(frozen=True)
class Turn:
    """One case of a hall. `level` is a level's id or "split"; `hands` are counts by rating that
    were typed in, by phase; `frozen` is what a reveal has shown (None before): nothing else ever
    leaves the server."""

    item: str
    level: str
    opened: frozenset[str]
    revealed: frozenset[str]
    hands: Mapping[str, tuple[int, ...]]
    frozen: Frozen | None


@dataclass(frozen=True)
class StoredTurn:
    """A turn with all that its rounds froze, which is the server's own affair."""

    item: str
    level: str
    progress: Progress
    hands: Mapping[str, tuple[int, ...]]
    frozen: Frozen

    @property
    def shown(self) -> Turn:
        """What of it may leave the server."""
        opened, revealed = self.progress.opened, self.progress.revealed
        frozen = self.frozen.of(revealed) if revealed else None
        return Turn(self.item, self.level, opened, revealed, self.hands, frozen)


_COLUMNS = ("code", "session", "title", "mode", "vignettes", "vignette", "stage", "version")


def find(connection: sa.Connection, code: str) -> Hall | None:
    """The hall of a plain code, or None."""
    if not code:
        return None
    columns = [LECTURES.c[name] for name in _COLUMNS]
    query = sa.select(*columns, (LECTURES.c.ends - now()).label("remaining"))
    row = connection.execute(query.where(LECTURES.c.code == code)).mappings().first()
    if row is None:
        return None
    return Hall(**{**row, "vignettes": tuple(json.loads(row["vignettes"]))})


def hall_of(connection: sa.Connection, code: str) -> Hall:
    """The hall of a code, however it was typed. Raises NotFound."""
    hall = find(connection, join_code(code))
    if hall is None:
        raise NotFound(UNKNOWN)
    return hall


def turn_of(connection: sa.Connection, hall: Hall, item: str) -> StoredTurn:
    """One case of a hall. Raises ContentError where it is none of it."""
    if item not in hall.vignettes:
        raise ContentError(
            f"{item!r} is not a case of this lecture. Choose one of: {', '.join(hall.vignettes)}."
        )
    query = sa.select(CASES).where(CASES.c.code == hall.code, CASES.c.item == item)
    row = connection.execute(query).one()
    progress = Progress(frozenset(row.opened.split()), frozenset(row.revealed.split()))
    hands = {phase: tuple(counts) for phase, counts in json.loads(row.hands).items()}
    return StoredTurn(item, row.level, progress, hands, _frozen(row.frozen))


def _frozen(text: str) -> Frozen:
    if not text:
        return Frozen()
    rows = json.loads(text)
    return Frozen(tuple(map(tuple, rows["ratings"])), tuple(map(tuple, rows["moves"])))


def in_order(phases: Collection[str]) -> list[str]:
    """Phases in the order in which they are judged."""
    return [phase for phase in PHASES if phase in phases]


def set_hall(connection: sa.Connection, code: str, **values: object) -> None:
    """Changes columns of a hall."""
    connection.execute(sa.update(LECTURES).where(LECTURES.c.code == code).values(values))


def set_turn(connection: sa.Connection, code: str, item: str, **values: str) -> None:
    """Changes columns of a turn."""
    turn = sa.and_(CASES.c.code == code, CASES.c.item == item)
    connection.execute(sa.update(CASES).where(turn).values(values))
