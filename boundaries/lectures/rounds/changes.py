"""What the host may change of a hall, inside a transaction in which nobody else writes to it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from boundaries.answers.judgments import PHASES
from boundaries.content import Item
from boundaries.errors import ContentError, Refused
from boundaries.lectures.rounds import records
from boundaries.lectures.rounds.stages import check_move, moved, phase_of
from boundaries.lectures.rounds.standing import (
    MOST,
    PEOPLE,
    Frozen,
    Hall,
    in_order,
    set_hall,
    set_turn,
    turn_of,
)

# The longest countdown, in seconds.
LONGEST = 7_200


def move(
    connection: sa.Connection, hall: Hall, vignette: str, stage: str, seconds: int | None
) -> None:
    """Goes to a stage of a case; leaving a round closes it and freezes its counts."""
    if seconds is not None:
        _check_seconds(seconds)
    if hall.mode == "homework":
        raise Refused("This is homework: it has no rounds. It is open until you end it.")
    # The same stage once more only sets the clock anew, and closes nothing.
    leaves = (hall.vignette, hall.stage) != (vignette, stage)
    if leaves and phase_of(hall.stage):
        _freeze(connection, hall)
    counted = ""
    if vignette or stage not in ("lobby", "over"):
        counted = _begin(connection, hall, vignette, stage)
    ends = None if seconds is None else records.now() + seconds
    set_hall(connection, hall.code, vignette=vignette, stage=stage, counted=counted, ends=ends)


def _begin(connection: sa.Connection, hall: Hall, vignette: str, stage: str) -> str:
    """Keeps what the stage opens or reveals of a case; the phase of which it is said how many have judged."""
    turn = turn_of(connection, hall, vignette)
    check_move(vignette, stage, turn.progress)
    after = moved(turn.progress, stage)
    opened, revealed = in_order(after.opened), in_order(after.revealed)
    phases = {"opened": " ".join(opened), "revealed": " ".join(revealed)}
    set_turn(connection, hall.code, vignette, **phases)
    if stage == "lobby":
        return ""
    return phase_of(stage) or (opened[-1] if opened else "")


def extend(connection: sa.Connection, hall: Hall, seconds: int) -> None:
    """Adds seconds to what is left of the countdown; from now where none runs."""
    _check_seconds(seconds)
    left = max(hall.remaining or 0.0, 0.0) + seconds
    set_hall(connection, hall.code, ends=records.now() + min(left, LONGEST))


def set_people(connection: sa.Connection, hall: Hall, people: int) -> None:
    """Keeps how many are in the room, as the host says; `Hall.places` follows from it."""
    if not 1 <= people <= MOST:
        raise ContentError(f"A room holds 1 to {MOST:,} people, not {people:,}. Count again.")
    records.set_setting(connection, hall.code, PEOPLE, people)


def set_level(connection: sa.Connection, hall: Hall, item: Item, level: str) -> None:
    """Fixes the level of a case's dial, or splits the room; before anybody has judged the case."""
    turn = turn_of(connection, hall, item.id)
    if item.levels == ("",):
        raise ContentError(f"'{item.id}' has no dial, hence no level to fix.")
    if level not in (*item.levels, "split"):
        allowed = ", ".join((*item.levels, "split"))
        raise ContentError(f"{level!r} is not a level of '{item.id}'. Choose one of: {allowed}.")
    if level != turn.level and records.anybody_judged(connection, hall.session, item.id):
        raise Refused(
            f"'{item.id}' was judged already, so its level stays as it is. "
            "Levels can be fixed or split before the first judgment of a case."
        )
    set_turn(connection, hall.code, item.id, level=level)


def set_hands(
    connection: sa.Connection, hall: Hall, item: Item, phase: str, counts: Sequence[int]
) -> None:
    """Keeps a show of hands; no counts take it back."""
    turn = turn_of(connection, hall, item.id)
    if phase not in PHASES:
        raise ContentError(f"{phase!r} is not a phase. Choose one of: {', '.join(PHASES)}.")
    points = len(item.scale)
    if len(counts) not in (0, points) or not all(_is_count(n) for n in counts):
        raise ContentError(
            f"A show of hands of '{item.id}' is {points} whole numbers from 0 to {MOST:,}, one for each rating. "
            "Count again."
        )
    hands = dict(turn.hands)
    hands.pop(phase, None)
    if counts:
        hands[phase] = tuple(counts)
    set_turn(connection, hall.code, item.id, hands=json.dumps(hands))


def _is_count(number: object) -> bool:
    # Not isinstance: JSON's true is an int in Python, and no number of hands.
    return type(number) is int and 0 <= number <= MOST


def _check_seconds(seconds: int) -> None:
    if type(seconds) is not int or not 1 <= seconds <= LONGEST:
        raise ContentError(
            f"A countdown takes 1 to {LONGEST:,} seconds, not {seconds!r}. Choose another."
        )


def _freeze(connection: sa.Connection, hall: Hall) -> None:
    """Keeps the counts of the case's rounds; what was revealed stays word for word as it was."""
    turn = turn_of(connection, hall, hall.vignette)
    opened, revealed = turn.progress.opened, turn.progress.revealed
    ratings = records.ratings_of_item(connection, hall.session, turn.item)
    moves = records.moves_of_item(connection, hall.session, turn.item)
    fresh = Frozen(tuple(ratings), tuple(moves)).of(opened)
    kept, new = turn.frozen.of(revealed), opened - revealed
    frozen = {
        "ratings": [*kept.ratings, *(row for row in fresh.ratings if row[3] in new)],
        # After a reveal only the last phase opens: what is new of a move is where it ends.
        "moves": [*kept.moves, *(row for row in fresh.moves if row[5] in new)],
    }
    set_turn(connection, hall.code, turn.item, frozen=json.dumps(frozen))
