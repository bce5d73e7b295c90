"""Where a lecture and its cases stand, as they are read from the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from boundaries.answers.judgments import PHASES
from boundaries.content.base32 import join_code
from boundaries.errors import ContentError, NotFound
from boundaries.lectures.rounds.receipts import UNKNOWN
from boundaries.lectures.rounds.records import CASES, LECTURES, now
from boundaries.lectures.rounds.stages import Progress


@dataclass(frozen=True)
class Hall:
    """Where a lecture stands. `vignette` is "" before the first case; `version` grows with every change that is not
    a judgment; `remaining` are the countdown's seconds (below 0 when it has run out), None without one.
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
        moves = tuple(row for row in self.moves if row[3] in phases and row[5] in phases)
        return Frozen(tuple(row for row in self.ratings if row[3] in phases), moves)


@dataclass(frozen=True)
class Turn:
    """One case of a lecture. `level` is a level's id or "split"; `hands` are counts by rating that were typed in, by
    phase; `frozen` is what a reveal has shown (None before): nothing else ever leaves the server.
    """

    item: str
    level: str
    opened: frozenset[str]
    revealed: frozenset[str]
    hands: Mapping[str, tuple[int, ...]]
    frozen: Frozen | None


@dataclass(frozen=True)
class StoredTurn:
    """A case with all that its rounds froze, which is the server's own affair."""

    item: str
    level: str
    progress: Progress
    hands: Mapping[str, tuple[int, ...]]
    frozen: Frozen

    @property
    def shown(self) -> Turn:
        """What of it may leave the server."""
        opened, revealed = self.progress.opened, self.progress.revealed
        return Turn(
            self.item,
            self.level,
            opened,
            revealed,
            self.hands,
            self.frozen.of(revealed) if revealed else None,
        )


def find(connection: sa.Connection, code: str) -> Hall | None:
    """The lecture of a plain code, or None."""
    left: sa.ColumnElement[Any] = sa.literal_column(f"ends - {now(connection)}")
    query = sa.select(*(LECTURES.c[name] for name in list(Hall.__dataclass_fields__)[:-1]), left)
    row = connection.execute(query.where(LECTURES.c.code == code)).first() if code else None
    if row is None:
        return None
    code, session, title, mode, vignettes, vignette, stage, version, remaining = tuple(row)
    return Hall(
        code,
        session,
        title,
        mode,
        tuple(json.loads(vignettes)),
        vignette,
        stage,
        version,
        remaining,
    )


def hall_of(connection: sa.Connection, code: str) -> Hall:
    """The lecture of a code, however it was typed. Raises NotFound."""
    found = find(connection, join_code(code))
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def turn_of(connection: sa.Connection, lecture: Hall, item: str) -> StoredTurn:
    """One case of a lecture. Raises ContentError where it is none of it."""
    if item not in lecture.vignettes:
        raise ContentError(
            f"{item!r} is not a case of this lecture. Choose one of: {', '.join(lecture.vignettes)}."
        )
    row = connection.execute(
        sa.select(CASES).where(CASES.c.code == lecture.code, CASES.c.item == item)
    ).one()
    kept = json.loads(row.frozen) if row.frozen else {"ratings": [], "moves": []}
    return StoredTurn(
        item,
        row.level,
        Progress(frozenset(row.opened.split()), frozenset(row.revealed.split())),
        {phase: tuple(counts) for phase, counts in json.loads(row.hands).items()},
        Frozen(tuple(map(tuple, kept["ratings"])), tuple(map(tuple, kept["moves"]))),
    )


def in_order(phases: Collection[str]) -> list[str]:
    """Phases in the order in which they are judged."""
    return [phase for phase in PHASES if phase in phases]


def set_hall(connection: sa.Connection, code: str, **values: object) -> None:
    """Changes columns of a lecture."""
    connection.execute(sa.update(LECTURES).where(LECTURES.c.code == code).values(values))


def set_turn(
    connection: sa.Connection, code: str, item: str, **values: str | Sequence[str]
) -> None:
    """Changes columns of a case; phases are given as they come."""
    texts = {
        name: value if isinstance(value, str) else " ".join(value) for name, value in values.items()
    }
    connection.execute(
        sa.update(CASES).where(CASES.c.code == code, CASES.c.item == item).values(texts)
    )
