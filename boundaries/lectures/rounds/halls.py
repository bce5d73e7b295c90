"""Halls in the database of a store: what they are, where they stand, and what was judged in them.

Everything that a lecture is lies in the database, so any number of server processes may serve it, and one that is
killed loses nothing. Judgments and a change of stage exclude each other: what a closed round froze is what it holds.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import weakref
from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment, is_lecture, level_of, participant_of
from boundaries.answers.store import Session, Store
from boundaries.answers.tables import insert_into
from boundaries.content import Content, Item
from boundaries.content.base32 import join_code, new_join_code, number_of
from boundaries.errors import CodeError, ContentError, NotFound, Refused
from boundaries.lectures.rounds import changes, records
from boundaries.lectures.rounds.receipts import (
    MOST,
    UNKNOWN,
    Receipt,
    Wish,
    record,
    room,
    token_fits,
)
from boundaries.lectures.rounds.records import CASES, HOST_KEYS, LECTURES
from boundaries.lectures.rounds.stages import phase_of
from boundaries.lectures.rounds.standing import (
    Frozen,
    Hall,
    Turn,
    find,
    hall_of,
    set_hall,
    turn_of,
)

__all__ = ["Frozen", "Hall", "Halls", "Receipt", "Turn", "Wish"]


class Halls:
    """The lectures of a store, whose tables are made here. May be used from any thread, in any number of processes.

    Raises NotFound for a code that is none, Refused where a rule of the rounds says no, ContentError for something
    that is not in the content or not a value at all, and StoreError when the database does not answer.
    """

    def __init__(self, store: Store, content: Content) -> None:
        self.store, self.content = store, content
        if store.path is not None:
            # One connection stays open: SQLite empties its log whenever the last one closes, which is slow.
            idle = sqlite3.connect(store.path, check_same_thread=False)
            self.close = weakref.finalize(self, idle.close)
            idle.execute("SELECT count(*) FROM layout").fetchall()
        else:
            self.close = weakref.finalize(self, lambda: None)
        with store.reading() as connection:
            ready = sa.inspect(connection).has_table("host_keys")
        if not ready:
            with store.writing() as connection:
                records.create_tables(connection)

    # -- the host's keys -----------------------------------------------------------------------------------

    def add_key(self, key: str) -> None:
        """Lets whoever holds `key` be host, in every process; only its hash is kept."""
        with self.store.writing() as connection:
            insert = insert_into(connection, HOST_KEYS).values(hash=_hash(key))
            connection.execute(insert.on_conflict_do_nothing())

    def knows_key(self, key: str) -> bool:
        """Whether `key` was added here or by another process."""
        with self.store.reading() as connection:
            query = sa.select(HOST_KEYS.c.hash).where(HOST_KEYS.c.hash == _hash(key))
            return connection.execute(query).first() is not None

    # -- lectures ------------------------------------------------------------------------------------------

    def create(
        self,
        title: str,
        vignettes: Sequence[str],
        *,
        session: str | None = None,
        mode: str = "lecture",
    ) -> tuple[Hall, bool]:
        """A new lecture in its lobby and True; or that of the same `session`, as it stands, and False.

        Raises ContentError for cases that are unknown, twice there or none, and for a title or session that is none.
        """
        items = self._items(title, vignettes, mode)
        if session is not None and (error := _no_session(session, mode)):
            raise ContentError(error)
        if session is not None and (there := self._of_session(session)):
            return there, False
        code = new_join_code()
        name = session or (
            f"lecture-{code.lower()}" if mode == "lecture" else f"homework-{code.lower()}"
        )
        self.store.describe(Session(name, title, invented=False))
        values = {
            "code": code,
            "session": name,
            "title": title,
            "mode": mode,
            "vignettes": json.dumps(list(vignettes)),
            "vignette": "",
            "stage": "lobby" if mode == "lecture" else "open",
            "counted": "",
            "version": 1,
        }
        empty = {"code": code, "opened": "", "revealed": "", "hands": "{}", "frozen": ""}
        with self.store.writing() as connection:
            insert = insert_into(connection, LECTURES).values(values).on_conflict_do_nothing()
            made = connection.execute(insert.returning(LECTURES.c.code)).first() is not None
            if made:
                connection.execute(
                    sa.insert(CASES), [empty | {"item": i.id, "level": i.levels[0]} for i in items]
                )
        found = self._of_session(name)
        return (
            (found, made) if found else self.create(title, vignettes, session=session, mode=mode)
        )  # code was taken

    def hall(self, code: str) -> Hall:
        """The lecture of a join code, however it was typed."""
        with self.store.reading() as connection:
            return hall_of(connection, code)

    def turn(self, code: str, item: str) -> Turn:
        """One case of a lecture."""
        with self.store.reading() as connection:
            return turn_of(connection, hall_of(connection, code), item).shown

    def counts(self, code: str) -> tuple[int, int]:
        """How many have joined, and judged in the open round, else in the case's last opened one (0 in the lobby)."""
        code = self.hall(code).code
        return self.pulse([code])[code][1:3]

    def pulse(self, codes: Collection[str]) -> dict[str, tuple[int, int, int, float | None]]:
        """By code: version, how many joined, how many judged (as in `counts`), seconds left. One query."""
        known = {join_code(code): code for code in codes}
        with self.store.reading() as connection:
            rows = connection.execute(records.pulse_query(connection), {"codes": list(known)}).all()
        return {
            known[code]: (version, joined, judged, left)
            for code, version, joined, judged, left in rows
        }

    # -- what the host does --------------------------------------------------------------------------------

    def move(self, code: str, vignette: str, stage: str, *, seconds: int | None = None) -> Hall:
        """Goes to a stage of a case ("" in the lobby before the first, and when it is over), with a countdown or none.

        Leaving a round closes it and freezes its counts, in the same transaction.
        """
        if seconds is not None:
            changes.check_seconds(seconds)
        return self._change(
            code, lambda connection, now: changes.move(connection, now, vignette, stage, seconds)
        )

    def clock(self, code: str, seconds: int) -> Hall:
        """Adds seconds to what is left of the countdown (at most two hours); from now where none runs."""
        changes.check_seconds(seconds)
        return self._change(code, lambda connection, now: changes.extend(connection, now, seconds))

    def set_level(self, code: str, vignette: str, level: str) -> Hall:
        """Fixes the level of a case's dial for everybody, or splits the room; before anybody has judged the case."""
        item = self.content.item(vignette)
        return self._change(
            code, lambda connection, now: changes.set_level(connection, now, item, level)
        )

    def set_hands(self, code: str, vignette: str, phase: str, counts: Sequence[int]) -> Hall:
        """Keeps a show of hands: how many for each rating (none: takes it back). Also when the round is closed."""
        item = self.content.item(vignette)
        return self._change(
            code, lambda connection, now: changes.set_hands(connection, now, item, phase, counts)
        )

    # -- what phones do ------------------------------------------------------------------------------------

    def join(self, code: str, token: str) -> dict[str, str]:
        """Counts the participant, once, and gives the level that is theirs in every case with a dial.

        Raises CodeError for a token that is none, Refused when the lecture is full.
        """
        (result,) = self.joins([(code, token)])
        if isinstance(result, Exception):
            raise result
        return result

    def joins(self, wanted: Sequence[tuple[str, str]]) -> list[dict[str, str] | Exception]:
        """`join` for many (code, token) in one transaction: of each the levels, or what `join` would raise."""
        with self.store.writing() as connection:
            found = {
                code: find(connection, code) for code in {join_code(code) for code, _ in wanted}
            }
            people = {
                (code, token): (there.code, participant_of(there.session, token))
                for code, token in wanted
                if token_fits(token) and (there := found[join_code(code)])
            }
            new = (
                set(people.values()) - records.members(connection, people.values())
                if people
                else set()
            )
            left = room(connection, {code for code, _ in new})
            came: set[tuple[str, str]] = set()
            results: list[dict[str, str] | Exception] = []
            for code, token in wanted:
                there, who = found[join_code(code)], people.get((code, token))
                if there is None:
                    results.append(NotFound(UNKNOWN))
                elif who is None:
                    results.append(
                        CodeError("The token is not one: it is 32 hex digits. Reload the page.")
                    )
                elif who in new and who not in came and left[who[0]] <= 0:
                    results.append(
                        Refused(f"This lecture has {MOST:,} participants, and takes no more.")
                    )
                else:
                    if who in new and who not in came:
                        came.add(who)
                        left[who[0]] -= 1
                    results.append(self._levels(there, who[1]))
            records.add_members(connection, came)
        return results

    def record(self, wishes: Sequence[Wish]) -> list[Receipt]:
        """Stores judgments in one transaction, durable on return, and gives a receipt for each, in order."""
        with self.store.writing() as connection:
            return record(connection, wishes, self.content)

    # -- what was judged -----------------------------------------------------------------------------------

    def everything_frozen(self, code: str, *, revealed_only: bool = True) -> Frozen:
        """The frozen counts of all cases: of what a reveal has shown; or of every round that is closed."""
        parts = []
        with self.store.reading() as connection:
            now = hall_of(connection, code)
            for case in (turn_of(connection, now, item) for item in now.vignettes):
                still = {phase_of(now.stage)} if case.item == now.vignette else set()
                closed = case.progress.opened - still
                parts.append(case.frozen.of(case.progress.revealed if revealed_only else closed))
        return Frozen(
            tuple(r for part in parts for r in part.ratings),
            tuple(m for part in parts for m in part.moves),
        )

    def rows(self, code: str) -> list[Judgment]:
        """The judgments of what a reveal has shown; of every round once the lecture is over; of homework, all."""
        with self.store.reading() as connection:
            now = hall_of(connection, code)
            query = sa.select(CASES.c.item, CASES.c.opened, CASES.c.revealed).where(
                CASES.c.code == now.code
            )
            cases = {
                c.item: (c.opened if now.stage == "over" else c.revealed)
                for c in connection.execute(query)
            }
        if now.mode == "homework":
            return [j for j in self.store.judgments(now.session) if j.item in cases]
        return [
            j for j in self.store.judgments(now.session) if j.phase in cases.get(j.item, "").split()
        ]

    # -- inside --------------------------------------------------------------------------------------------

    def _change(self, code: str, change: Callable[[sa.Connection, Hall], None]) -> Hall:
        """Makes a change while nobody else writes to the lecture; its version is then one more."""
        with self.store.writing() as connection:
            if known := join_code(code):
                records.lock(connection, number_of(known), shared=False)
            now = hall_of(connection, known)
            change(connection, now)
            set_hall(connection, now.code, version=now.version + 1)
            return hall_of(connection, now.code)

    def _items(self, title: str, vignettes: Sequence[str], mode: str) -> list[Item]:
        if mode not in ("lecture", "homework"):
            raise ContentError(f"{mode!r} is not a mode. Choose lecture or homework.")
        if not 0 < len(title.strip()) <= len(title) <= 200 or not title.isprintable():
            raise ContentError(
                "The title of a lecture is a line of 1 to 200 characters. Choose another."
            )
        if not vignettes or len(set(vignettes)) < len(vignettes):
            raise ContentError(
                "A lecture has one case or more, and none of them twice. Name them by their ids."
            )
        taught = (
            {*self.content.vignettes}
            if mode == "lecture"
            else {*self.content.vignettes, *self.content.claims}
        )
        if unknown := [id for id in vignettes if id not in taught]:
            raise ContentError(
                f"{', '.join(map(str, unknown))}: no such case in this course. Name cases by the ids of their files."
            )
        return [self.content.item(id) for id in vignettes]

    def _of_session(self, session: str) -> Hall | None:
        with self.store.reading() as connection:
            code = connection.execute(
                sa.select(LECTURES.c.code).where(LECTURES.c.session == session)
            ).scalar()
            return find(connection, code) if code else None

    def _levels(self, lecture: Hall, participant: str) -> dict[str, str]:
        known = self.content.all_vignettes
        items = [known[id] for id in lecture.vignettes if id in known]
        return {item.id: level_of(participant, item) for item in items if item.dial}


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _no_session(session: str, mode: str) -> str:
    """Why a session's id is none of this mode; "" where it is one."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", session) or len(session) > 64:
        return f"{session!r} is not a session's id: small letters, digits and single hyphens, at most 64 of them."
    if is_lecture(session) != (mode == "lecture"):
        begins = "begins" if mode == "lecture" else "does not begin"
        return f"'{session}': the id of a {mode} {begins} with 'lecture-'. Choose another."
    return ""
