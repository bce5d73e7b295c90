"""A new hall: what it may be of, and the rows that make it."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from boundaries.answers.judgments import is_lecture
from boundaries.answers.queries import insert_into
from boundaries.answers.store import Session, Store
from boundaries.content import Content, Item
from boundaries.content.base32 import new_join_code
from boundaries.content.sessions import SESSION
from boundaries.errors import ContentError
from boundaries.lectures.rounds.records import CASES, LECTURES, set_setting
from boundaries.lectures.rounds.standing import CLOSES, COMPLETION_KEY, REASONS, Hall, find


@dataclass(frozen=True)
class NewHall:
    """What a new hall is to be, checked by `of`. `session` is None for one of its own, `case` the
    one to begin with ("" for none), `reasons` whether chosen ones may be shown on the screen,
    `closes` until when homework is in time (seconds since 1970; None: always)."""

    title: str
    items: tuple[Item, ...]
    session: str | None
    mode: str
    case: str
    reasons: bool
    closes: float | None

    @classmethod
    def of(
        cls,
        content: Content,
        title: str,
        vignettes: Sequence[str],
        session: str | None,
        mode: str,
        *,
        case: str,
        reasons: bool,
        closes: float | None,
    ) -> NewHall:
        """Raises ContentError for what a hall cannot be."""
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
        # A case that was replaced is taught no more, but a lecture planned with its words goes on.
        known = set(content.all_vignettes)
        if mode == "homework":
            known |= set(content.claims)
        unknown = [str(id) for id in vignettes if id not in known]
        if unknown:
            raise ContentError(
                f"{', '.join(unknown)}: no such case in this course. Name cases by the ids of their files."
            )
        if session is not None:
            _check_session(session, mode)
        items = tuple(content.item(id) for id in vignettes)
        if case not in vignettes:
            case = ""
        if closes is not None and mode == "lecture":
            raise ContentError(
                "A lecture has no deadline: its host closes each round. Leave it out."
            )
        return cls(title, items, session, mode, case, reasons, closes)


def create(store: Store, new: NewHall) -> tuple[Hall, bool]:
    """The new hall and True; or the one that its session has, and False."""
    while True:
        if new.session is not None and (hall := _of_session(store, new.session)):
            return hall, False
        code = new_join_code()
        session = new.session or f"{new.mode}-{code.lower()}"
        store.describe(Session(session, new.title, invented=False))
        made = _insert(store, new, code, session)
        hall = _of_session(store, session)
        if hall is not None:
            return hall, made
        # Neither ours nor another's: the code was taken by a hall of another session. Try another code.


def _insert(store: Store, new: NewHall, code: str, session: str) -> bool:
    """Writes the rows; False where another process was first."""
    hall = {
        "code": code,
        "session": session,
        "title": new.title,
        "mode": new.mode,
        "vignettes": json.dumps([item.id for item in new.items]),
        "vignette": new.case,
        "stage": "lobby" if new.mode == "lecture" else "open",
        "counted": "",
        "version": 1,
    }
    turns = []
    for item in new.items:
        before_any_round = {"opened": "", "revealed": "", "hands": "{}", "frozen": ""}
        level = item.levels[0]
        if new.mode == "homework" and item.dial:
            level = "split"  # each participant has a level of their own
        turns.append({"code": code, "item": item.id, "level": level, **before_any_round})
    with store.writing() as connection:
        insert = insert_into(connection, LECTURES).values(hall).on_conflict_do_nothing()
        made = connection.execute(insert.returning(LECTURES.c.code)).first() is not None
        if made:
            connection.execute(sa.insert(CASES), turns)
            set_setting(connection, code, REASONS, new.reasons)
            if new.mode == "homework":
                set_setting(connection, code, CLOSES, new.closes)
                set_setting(connection, code, COMPLETION_KEY, secrets.token_hex(16))
        return made


def _of_session(store: Store, session: str) -> Hall | None:
    with store.reading() as connection:
        query = sa.select(LECTURES.c.code).where(LECTURES.c.session == session)
        return find(connection, connection.execute(query).scalar() or "")


def _check_session(session: str, mode: str) -> None:
    if not re.fullmatch(SESSION, session):
        raise ContentError(
            f"{session!r} is not a session's id: small letters, digits and single hyphens, at most 64 of them."
        )
    if is_lecture(session) != (mode == "lecture"):
        begins = "begins" if mode == "lecture" else "does not begin"
        raise ContentError(
            f"'{session}': the id of a {mode} {begins} with 'lecture-'. Choose another."
        )
