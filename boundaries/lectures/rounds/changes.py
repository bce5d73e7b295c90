"""What the host may change of a lecture, inside a transaction in which nobody else writes to it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from boundaries.answers.judgments import PHASES
from boundaries.content import Item
from boundaries.errors import ContentError, Refused
from boundaries.lectures.rounds import records
from boundaries.lectures.rounds.receipts import MOST
from boundaries.lectures.rounds.stages import check_move, moved, phase_of
from boundaries.lectures.rounds.standing import (
    Frozen,
    Hall,
    in_order,
    set_hall,
    set_turn,
    turn_of,
)

LONGEST = 7_200
"""The longest countdown, in seconds."""


def move(
    connection: sa.Connection, lecture: Hall, vignette: str, stage: str, seconds: int | None
) -> None:
    """Goes to a stage of a case; leaving a round closes it and freezes its counts."""
    if lecture.mode == "homework":
        raise Refused("This is homework: it has no rounds, and is open as long as its server runs.")
    if (lecture.vignette, lecture.stage) != (vignette, stage) and phase_of(lecture.stage):
        _freeze(connection, lecture)
    counted = ""
    if vignette or stage not in ("lobby", "over"):
        case = turn_of(connection, lecture, vignette)
        check_move(vignette, stage, case.progress)
        after = moved(case.progress, stage)
        opened, revealed = in_order(after.opened), in_order(after.revealed)
        set_turn(connection, lecture.code, vignette, opened=opened, revealed=revealed)
        if stage != "lobby":
            counted = phase_of(stage) or (opened[-1] if opened else "")
    ends = None if seconds is None else _from_now(connection, seconds)
    set_hall(connection, lecture.code, vignette=vignette, stage=stage, counted=counted, ends=ends)


def extend(connection: sa.Connection, lecture: Hall, seconds: int) -> None:
    """Adds seconds to what is left of the countdown; from now where none runs."""
    left = max(lecture.remaining or 0.0, 0.0) + seconds
    set_hall(connection, lecture.code, ends=_from_now(connection, min(left, LONGEST)))


def set_level(connection: sa.Connection, lecture: Hall, item: Item, level: str) -> None:
    """Fixes the level of a case's dial, or splits the room; before anybody has judged the case."""
    case = turn_of(connection, lecture, item.id)
    if item.levels == ("",):
        raise ContentError(f"'{item.id}' has no dial, hence no level to fix.")
    if level not in (*item.levels, "split"):
        allowed = ", ".join((*item.levels, "split"))
        raise ContentError(f"{level!r} is not a level of '{item.id}'. Choose one of: {allowed}.")
    if level != case.level and records.anybody_judged(connection, lecture.session, item.id):
        raise Refused(
            f"'{item.id}' was judged already, so its level stays as it is. "
            "Levels can be fixed or split before the first judgment of a case."
        )
    set_turn(connection, lecture.code, item.id, level=level)


def set_hands(
    connection: sa.Connection, lecture: Hall, item: Item, phase: str, counts: Sequence[int]
) -> None:
    """Keeps a show of hands; no counts take it back."""
    case = turn_of(connection, lecture, item.id)
    if phase not in PHASES:
        raise ContentError(f"{phase!r} is not a phase. Choose one of: {', '.join(PHASES)}.")
    points = len(item.scale)
    if len(counts) not in (0, points) or not all(type(n) is int and 0 <= n <= MOST for n in counts):
        raise ContentError(
            f"A show of hands of '{item.id}' is {points} whole numbers from 0 to {MOST:,}, one for each rating. "
            "Count again."
        )
    hands = {p: n for p, n in (dict(case.hands) | {phase: tuple(counts)}).items() if n}
    set_turn(connection, lecture.code, item.id, hands=json.dumps(hands))


def check_seconds(seconds: int) -> None:
    """Raises ContentError for what is no countdown."""
    if type(seconds) is not int or not 1 <= seconds <= LONGEST:
        raise ContentError(
            f"A countdown takes 1 to {LONGEST:,} seconds, not {seconds!r}. Choose another."
        )


def _from_now(connection: sa.Connection, seconds: float) -> sa.ColumnElement[float]:
    return sa.literal_column(f"{records.now(connection)} + {seconds}", sa.Float)


def _freeze(connection: sa.Connection, lecture: Hall) -> None:
    """Keeps the counts of the case's rounds; what was revealed stays word for word as it was."""
    case = turn_of(connection, lecture, lecture.vignette)
    opened, revealed = case.progress.opened, case.progress.revealed
    kept, new = case.frozen.of(revealed), opened - revealed
    ratings = records.count_ratings(connection, lecture.session, case.item)
    fresh = Frozen(
        tuple(ratings), tuple(records.count_moves(connection, lecture.session, case.item))
    ).of(opened)
    frozen = {
        "ratings": [*kept.ratings, *(r for r in fresh.ratings if r[3] in new)],
        "moves": [*kept.moves, *(m for m in fresh.moves if m[3] in new or m[5] in new)],
    }
    set_turn(connection, lecture.code, case.item, frozen=json.dumps(frozen))
