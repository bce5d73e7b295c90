"""Halls in the database of a store: what they are, where they stand, and what was judged in them.

Everything that a hall is lies in the database, so any number of server processes may serve it, and
one that is killed loses nothing. Judgments and a change of stage exclude each other: what a closed
round froze is what it holds."""

from __future__ import annotations

import hashlib
import sqlite3
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from boundaries.answers.completion import COMPLETIONS
from boundaries.answers.judgments import Judgment
from boundaries.answers.queries import put_rows
from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.content.base32 import join_code
from boundaries.errors import BoundariesError
from boundaries.lectures.rounds import changes, creation, homework, records
from boundaries.lectures.rounds.joining import Levels, join_all
from boundaries.lectures.rounds.reasons import Reasons, reasons_of, tick, ticked
from boundaries.lectures.rounds.receipts import Receipt, Wish, record
from boundaries.lectures.rounds.records import CASES, HOST_KEYS
from boundaries.lectures.rounds.standing import Frozen, Hall, Turn, hall_of, set_hall, turn_of

__all__ = ["Frozen", "Hall", "Halls", "Receipt", "Turn", "Wish"]


class Halls:
    """The halls of a store, whose tables are made here. May be used from any thread, in any number
    of processes.

    Raises NotFound for a code that is none, Refused where a rule of the rounds says no,
    ContentError for something that is not in the content or not a value at all, and StoreError
    when the database does not answer."""

    def __init__(self, store: Store, content: Content) -> None:
        self.store, self.content = store, content
        self._minimum = content.course.minimum_group
        self.close = _keep_open(self)
        with store.reading() as connection:
            there = set(sa.inspect(connection).get_table_names())
            # Looked up first: to make tables, a new process would wait for a hall full of writers.
            ready = {records.SETTINGS.name, COMPLETIONS.name} <= there  # the youngest
        if not ready:
            with store.writing() as connection:
                records.create_hall_tables(connection)

    # -- the host's keys --------------------------------------------------------------------------

    def add_key(self, key: str) -> None:
        """Lets whoever holds `key` be host, in every process; only its hash is kept."""
        with self.store.writing() as connection:
            put_rows(connection, HOST_KEYS, {"hash": key_hash(key)})

    # -- where they stand -------------------------------------------------------------------------

    def create(
        self,
        title: str,
        vignettes: Sequence[str],
        *,
        session: str | None = None,
        mode: str = "lecture",
        instead_of: str = "",
        reasons: bool = False,
        closes: float | None = None,
    ) -> tuple[Hall, bool]:
        """A new hall in its lobby (homework: open) and True; or that of the same `session`, as it
        stands, and False.

        `instead_of` is the code of a hall that is over from then on; the new one begins at its
        case. Asked again with the same `session`, it does what is still to be done. Raises
        ContentError for cases that are unknown, twice there or none, and for a title or session
        that is none."""
        before = self.hall(instead_of) if instead_of else None
        case = before.vignette if before else ""
        new = creation.NewHall.of(
            self.content,
            title,
            vignettes,
            session,
            mode,
            case=case,
            reasons=reasons,
            closes=closes,
        )
        hall, made = creation.create(self.store, new)
        if before and before.code != hall.code and before.stage != "over":
            self.move(before.code, "", "over")
        return hall, made

    def hall(self, code: str) -> Hall:
        """The hall of a join code, however it was typed."""
        with self.store.reading() as connection:
            return hall_of(connection, code)

    def settings(self, code: str) -> dict[str, Any]:
        """What the host has set for a hall, by name."""
        with self.store.reading() as connection:
            return records.settings_of(connection, hall_of(connection, code).code)

    def turn(self, code: str, item: str) -> Turn:
        """One case of a hall."""
        with self.store.reading() as connection:
            hall = hall_of(connection, code)
            shown = turn_of(connection, hall, item).shown
            if hall.stage != "reveal":
                return shown
            texts = ticked(connection, hall, self.content.item(item), self._minimum)
            return replace(shown, reasons=texts)

    def counts(self, code: str) -> tuple[int, int]:
        """How many have joined, and judged in the open round, else in the case's last opened one
        (0 in the lobby)."""
        code = self.hall(code).code
        _, joined, judged, _ = self.pulse([code])[code]
        return joined, judged

    def pulse(self, codes: Collection[str]) -> dict[str, tuple[int, int, int, float | None]]:
        """By code: version, how many joined, how many judged (as in `counts`), seconds left. One query."""
        typed = {join_code(code): code for code in codes}
        pulses = {}
        with self.store.reading() as connection:
            for code, version, joined, judged, left in records.pulses(connection, typed):
                pulses[typed[code]] = (version, joined, judged, left)
        return pulses

    # -- what the host does -----------------------------------------------------------------------

    def move(self, code: str, vignette: str, stage: str, *, seconds: int | None = None) -> Hall:
        """Goes to a stage of a case ("" in the lobby before the first, and when it is over), with
        a countdown or none.

        Leaving a round closes it and freezes its counts, in the same transaction."""
        return self._change(code, changes.move, vignette, stage, seconds)

    def clock(self, code: str, seconds: int) -> Hall:
        """Adds seconds to what is left of the countdown (at most two hours); from now where none runs."""
        return self._change(code, changes.extend, seconds)

    def set_level(self, code: str, vignette: str, level: str) -> Hall:
        """Fixes the level of a case's dial, or splits the room; before anybody has judged the case."""
        return self._change(code, changes.set_level, self.content.item(vignette), level)

    def set_hands(self, code: str, vignette: str, phase: str, counts: Sequence[int]) -> Hall:
        """Keeps a show of hands: how many for each rating (none: takes it back). Also when the
        round is closed."""
        return self._change(code, changes.set_hands, self.content.item(vignette), phase, counts)

    def set_people(self, code: str, people: int) -> Hall:
        """Keeps how many are in the room; `Hall.places` follows from it."""
        return self._change(code, changes.set_people, people)

    def tick_reasons(self, code: str, vignette: str, phase: str, ids: Collection[str]) -> Hall:
        """Lets the class see these reasons of a revealed round; none takes them back."""
        item = self.content.item(vignette)
        return self._change(code, tick, item, phase, ids, self._minimum)

    def reasons(self, code: str, vignette: str, phase: str) -> Reasons:
        """The reasons of a revealed round by id, shuffled; none where too few gave one."""
        item = self.content.item(vignette)
        with self.store.reading() as connection:
            return reasons_of(connection, hall_of(connection, code), item, phase, self._minimum)

    def end(self, code: str) -> Hall:
        """Ends a homework: it takes nothing more, and its counts are frozen."""
        return self._change(code, homework.end)

    def _change(self, code: str, change: Callable[..., None], *more: object) -> Hall:
        """Makes a change while nobody else writes to the hall; its version is then one more."""
        with self.store.writing() as connection:
            if known := join_code(code):
                records.lock_hall(connection, known, shared=False)
            hall = hall_of(connection, known)
            change(connection, hall, *more)
            set_hall(connection, hall.code, version=hall.version + 1)
            return hall_of(connection, hall.code)

    # -- what phones do ---------------------------------------------------------------------------

    def join(self, code: str, token: str) -> Levels:
        """Counts the participant, once, and gives the level that is theirs in every case with a dial.

        Raises CodeError for a token that is none, Refused when the hall is full."""
        (result,) = self.joins([(code, token)])
        if isinstance(result, Exception):
            raise result
        return result

    def joins(self, wanted: Sequence[tuple[str, str]]) -> list[Levels | Exception]:
        """`join` for many (code, token) in one transaction: of each the levels, or what `join` would raise."""
        with self.store.writing() as connection:
            return join_all(connection, wanted, self.content)

    def record(self, wishes: Sequence[Wish]) -> list[Receipt]:
        """Stores judgments in one transaction, durable on return, and gives a receipt for each, in order."""
        with self.store.writing() as connection:
            return record(connection, wishes, self.content)

    def complete(self, code: str, token: str) -> tuple[str, bool]:
        """See `homework.complete`."""
        with self.store.writing() as connection:
            return homework.complete(connection, code=code, token=token, content=self.content)

    def together(self, changes: Sequence[Callable[[sa.Connection], Any]]) -> list[Any]:
        """Makes small changes in one transaction: of each what it gives, or the error that it raised
        before it had written anything."""
        answers: list[Any] = []
        with self.store.writing() as connection:
            for change in changes:
                try:
                    answers.append(change(connection))
                except BoundariesError as error:
                    answers.append(error)
        return answers

    # -- what was judged --------------------------------------------------------------------------

    def everything_frozen(self, code: str) -> Frozen:
        """The frozen counts of all cases, of what a reveal has shown."""
        ratings: list[tuple[Any, ...]] = []
        moves: list[tuple[Any, ...]] = []
        with self.store.reading() as connection:
            hall = hall_of(connection, code)
            for item in hall.vignettes:
                turn = turn_of(connection, hall, item)
                frozen = turn.frozen.of(turn.progress.revealed)
                ratings += frozen.ratings
                moves += frozen.moves
        return Frozen(tuple(ratings), tuple(moves))

    def rows(self, code: str) -> list[Judgment]:
        """The judgments of what a reveal has shown; of every round once the lecture is over; of homework, all."""
        with self.store.reading() as connection:
            hall = hall_of(connection, code)
            query = sa.select(CASES.c.item, CASES.c.opened, CASES.c.revealed)
            turns = connection.execute(query.where(CASES.c.code == hall.code)).all()
        phases = {}
        for item, opened, revealed in turns:
            phases[item] = (opened if hall.stage == "over" else revealed).split()
        rows = self.store.judgments(hall.session)
        if hall.mode == "homework":
            return [row for row in rows if row.item in phases]
        return [row for row in rows if row.phase in phases.get(row.item, ())]


def _keep_open(halls: Halls) -> weakref.finalize[..., Halls]:
    """Keeps one connection to a SQLite store open until the halls are closed or gone; what closes it.

    SQLite empties its log whenever the last connection closes, which is slow."""
    if halls.store.path is None:
        return weakref.finalize(halls, lambda: None)
    idle = sqlite3.connect(halls.store.path, check_same_thread=False)
    closing = weakref.finalize(halls, idle.close)
    idle.execute("SELECT count(*) FROM layout").fetchall()
    return closing


def key_hash(key: str) -> str:
    """What is kept of a host's key, and by what it is looked up."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
