"""Where a hall and the turns of its cases stand, as they are read from the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from boundaries.answers.judgments import PHASES
from boundaries.content.base32 import join_code
from boundaries.errors import ContentError, NotFound
from boundaries.lectures.rounds.records import CASES, LECTURES, Row, now, settings_of
from boundaries.lectures.rounds.stages import Progress

# What is said of a code that is none, or that no hall has.
UNKNOWN = "There is no lecture of this code. Compare it with the code on the screen."

# How many participants a hall takes at most.
MOST = 5_000

# Settings: how many people the host says are in the room; whether reasons may be on the screen.
PEOPLE, REASONS = "people", "reasons"

# Settings of homework: until when it is in time; what its completion codes follow from.
CLOSES, COMPLETION_KEY = "closes", "completion key"


@dataclass(frozen=True)
class Hall:
    """Where a lecture, or a self-paced session, stands: what its projector and phones follow.

    `vignette` is "" before the first case; `version` grows with every change that is not a
    judgment; `remaining` are the countdown's seconds (below 0 when it has run out), None without
    one; `people` is how many the host says are in the room (None: not said); `reasons` whether
    chosen ones may be shown on the screen, as its forms then say; `closes` until when homework is
    in time, in seconds since 1970 (None: always)."""

    code: str
    session: str
    title: str
    mode: str
    vignettes: tuple[str, ...]
    vignette: str
    stage: str
    version: int
    remaining: float | None
    people: int | None = None
    reasons: bool = False
    closes: float | None = None

    @property
    def places(self) -> int:
        """How many may join: those in the room, with room to spare for latecomers."""
        if self.people is None:
            return MOST
        return min(MOST, self.people + max(10, self.people // 4))

    @property
    def full(self) -> str:
        """What somebody is told for whom there is no place."""
        sentence = f"This lecture has {self.places:,} participants, and takes no more."
        if self.places < MOST:
            sentence += " Tell your lecturer, who can make more room."
        return sentence


@dataclass(frozen=True)
class Frozen:
    """Counts of closed rounds: rows in the raw shapes `tally.RATINGS` and `tally.MOVES`."""

    ratings: tuple[Row, ...] = ()
    moves: tuple[Row, ...] = ()

    def of(self, phases: Collection[str]) -> Frozen:
        """The rows that speak of these phases alone."""
        ratings = tuple(row for row in self.ratings if row[3] in phases)
        moves = tuple(row for row in self.moves if row[3] in phases and row[5] in phases)
        return Frozen(ratings, moves)


@dataclass(frozen=True)
class Turn:
    """One case of a hall. `level` is a level's id or "split"; `hands` are counts by rating that
    were typed in, by phase; `frozen` is what a reveal has shown (None before): nothing else ever
    leaves the server; `reasons` are those that the host has ticked, by phase."""

    item: str
    level: str
    opened: frozenset[str]
    revealed: frozenset[str]
    hands: Mapping[str, tuple[int, ...]]
    frozen: Frozen | None
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
_HALL = sa.select(
    *(LECTURES.c[name] for name in _COLUMNS), (LECTURES.c.ends - now()).label("remaining")
).where(LECTURES.c.code == sa.bindparam("code"))


def find(connection: sa.Connection, code: str) -> Hall | None:
    """The hall of a plain code, or None; there is none of "", which no code is."""
    row = connection.execute(_HALL, {"code": code}).mappings().first()
    if row is None:
        return None
    settings = settings_of(connection, code)
    people, reasons = settings.get(PEOPLE), settings.get(REASONS, False)
    vignettes = tuple(json.loads(row["vignettes"]))
    return Hall(
        **{**row, "vignettes": vignettes},
        people=people,
        reasons=reasons,
        closes=settings.get(CLOSES),
    )


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
