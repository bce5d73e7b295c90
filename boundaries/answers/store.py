"""Judgments in a database: a SQLite file by default, PostgreSQL by URL, one code path for both.

A judgment is stored when the transaction is committed to durable storage; `databases` says how. The
merge rule of `judgments` is one comparison inside the upsert of `queries`, so that it holds
whatever arrives in whatever order, from however many kernels.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from boundaries.answers import databases, endings, failures, queries
from boundaries.answers.judgments import (
    Judgment,
    Person,
    changes_by,
    contradicting_people,
    merge_all,
    new_token,
    participant_of,
    refused_of,
)
from boundaries.answers.tables import CONSENTS, JUDGMENTS, LAYOUT, SESSIONS, TOKENS
from boundaries.answers.writings import Writing
from boundaries.errors import AlreadyLocked, CodeError, StoreError

# Makes a judgment of the file's token and of the first judgment that is locked, if one is.
Own = Callable[[str | None, Judgment | None], Judgment]


@dataclass(frozen=True)
class Session:
    """One class doing one thing; `invented` where a program made up the answers."""

    id: str
    title: str
    invented: bool


@dataclass(frozen=True)
class Merged:
    """What became of rows that were merged.

    `stored` are new or changed, `unchanged` left the store as it was. `refused` are first judgments
    that another locked one overrules: usually the one that arrived, but the one before if a lower
    revision arrived. `too_late` came in after the homework that asked for them had ended, and were
    left out.
    """

    stored: int
    unchanged: int
    refused: tuple[Judgment, ...]
    too_late: tuple[Judgment, ...] = ()


class Store:
    """A place for judgments: `Store("class.sqlite")` or `Store("postgresql+psycopg://…")`.

    With `create=False` a store that does not exist is an error. `own` is for the file of one
    student, which may lie on a network disk. Every method raises StoreError, with a sentence, when
    the database cannot be opened, read or written; what was stored before is then still there.
    """

    def __init__(
        self, where: str | Path | sa.URL, *, create: bool = True, own: bool = False
    ) -> None:
        # No password in an error's sentence.
        self.where = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", str(where))
        self.path: Path | None = None
        with self._sentences(reading=not create):
            place = databases.place_of(where)
            if isinstance(place, Path):
                self.path = place
                databases.prepare_file(place, create=create, own=own)
                self._engine = databases.sqlite_engine(place)
            else:
                self._engine = databases.server_engine(place)
        try:
            self._make_ready(create)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """The kind of database, without path or password."""
        return f"Store({self._engine.dialect.name})"

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    # -- a student's own judgments ----------------------------------------------------------------

    def token(self, session: str, default: str | None = None) -> str:
        """The token of this file's student; made (or set to `default`) when first asked for."""
        new = {"session": session, "token": default or new_token(), "revision": 0}
        with self.writing() as connection:
            # Two notebooks may open a new file at once: the first one's token is that of both.
            queries.put_rows(connection, TOKENS, new)
            return str(queries.own_token(connection, session))

    def carry(self, session: str, token: str) -> None:
        """Makes `token` that of this file's student.

        Raises CodeError where there are answers under another one.
        """
        others = sa.select(JUDGMENTS.c.item).where(
            JUDGMENTS.c.session == session,
            JUDGMENTS.c.participant != participant_of(session, token),
        )
        with self.writing() as connection:
            if connection.execute(others.limit(1)).first():
                raise CodeError(
                    f"{self.where}: this file already holds judgments of '{session}' under "
                    "another code. Two people are never mixed, so nothing was changed. "
                    "Go on with one of the two."
                )
            new = {"session": session, "token": token, "revision": 0}
            queries.put_rows(connection, TOKENS, new, renewed=("token",))

    def record(self, judgment: Judgment, own: Own | None = None) -> Judgment:
        """Stores a judgment of this file's student durably, and returns it with its revision.

        The same judgment twice is stored once. `own` is asked in the same transaction for the
        judgment as it is to be stored. Raises AlreadyLocked if another first judgment is there.
        """
        stored = self._record(judgment, own)
        if own is None and stored.digest != judgment.digest:
            # On PostgreSQL another writer may have come in between: once more, on what is there.
            return self.record(judgment)
        return stored

    def _record(self, judgment: Judgment, own: Own | None) -> Judgment:
        query = queries.judgment_query(judgment.key)
        first = queries.judgment_query(replace(judgment, phase="first").key)
        with self.writing() as connection:
            if own:
                token = queries.own_token(connection, judgment.session)
                locked = connection.execute(first).first()
                judgment = own(token, Judgment(*locked) if locked else None)
            row = connection.execute(query.with_for_update()).first()
            if row:
                before = Judgment(*row)
                if before.digest == judgment.digest:
                    return before
                if before.phase == "first":
                    raise AlreadyLocked(
                        f"Your first judgment of '{judgment.item}' is locked already and "
                        "stays as it is. You can judge again after reading the codes."
                    )
            revision = queries.next_revision(connection, judgment.person)
            queries.upsert(connection, [replace(judgment, revision=revision)])
            return Judgment(*connection.execute(query).one())

    # -- a class ----------------------------------------------------------------------------------

    def merge(
        self, rows: Iterable[Judgment], consents: Mapping[Person, tuple[bool, int]] | None = None
    ) -> Merged:
        """Merges rows by the rule of `judgments.merge`, all of them or none.

        With `consents` the rows are whole submissions: one whose first judgment contradicts a
        locked one is left out whole. A consent is (yes or no to research, the newest revision of
        its submission): that of the newer submission counts, and of two equally new ones that say
        different things, no.
        """
        arrived = list(rows)
        contradicting: set[Person] = set()
        with self.writing() as connection:
            if consents is not None:
                queries.one_at_a_time(connection)
            stored = queries.judgments_of(connection, (row.person for row in arrived))
            if consents is not None:
                contradicting = contradicting_people(arrived, stored)
            accepted = merge_all(row for row in arrived if row.person not in contradicting)
            changed = changes_by(accepted, stored)
            unchanged = len(accepted) - len(changed)
            too_late = endings.too_late(connection, changed, stored)
            for row in too_late:
                del changed[row.key]
            queries.upsert(connection, changed.values())
            if consents is not None:
                agreed = {p: c for p, c in consents.items() if p not in contradicting}
                queries.keep_consents(connection, agreed)
        refused = refused_of(arrived, stored, changed)
        return Merged(len(changed), unchanged, refused, too_late)

    def forget(self, session: str, participant: str) -> int:
        """Removes all that is kept of a participant, and returns how many judgments that was.

        Raises StoreError also where another program's reading keeps old copies in the files: they
        are removed then, and overwritten when this is asked once more after that program's end.
        """
        with self.writing() as connection:
            if self.path is not None:
                # Overwritten, not only unlinked.
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            removed = queries.forget(connection, (session, participant))
        if self.path is not None:
            # The driver's own connection, for neither is done inside a transaction.
            with self._sentences(), closing(self._engine.raw_connection()) as connection:
                cursor = connection.cursor()
                # Pages that were split before keep old copies of rows in their gaps: written anew.
                cursor.execute("VACUUM")
                # And not left in the log, which SQLite keeps while somebody reads from it.
                busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreError(f"{self.where}: {failures.STILL_READ}")
        return removed

    def look(self, session: str, participant: str) -> tuple[list[Judgment], bool, list[Writing]]:
        """A student's judgments, consent and writings, from one connection."""
        query = queries.judgments_query(session).where(JUDGMENTS.c.participant == participant)
        with self.reading() as connection:
            rows = [Judgment(*row) for row in connection.execute(query)]
            consent = connection.execute(queries.consent_query(session, participant)).scalar()
            written = queries.writings_of(connection, session, participant)
        return rows, bool(consent), written.get(participant, [])

    def judgments(self, session: str, participant: str | None = None) -> list[Judgment]:
        """The judgments of a session (of one participant), ordered by item and phase."""
        query = queries.judgments_query(session)
        if participant is not None:
            query = query.where(JUDGMENTS.c.participant == participant)
        with self.reading() as connection:
            return [Judgment(*row) for row in connection.execute(query)]

    def ratings(self, session: str) -> list[tuple[Any, ...]]:
        """See `endings.ratings_of`."""
        with self.reading() as connection:
            return endings.ratings_of(connection, session)

    def moves(self, session: str) -> list[tuple[Any, ...]]:
        """See `endings.moves_of`."""
        with self.reading() as connection:
            return endings.moves_of(connection, session)

    def people(self, session: str) -> int:
        """How many participants have at least one judgment in a session."""
        query = sa.select(sa.func.count(sa.distinct(JUDGMENTS.c.participant)))
        with self.reading() as connection:
            return int(connection.execute(query.where(JUDGMENTS.c.session == session)).scalar_one())

    def sessions(self) -> list[Session]:
        """The sessions that this store holds judgments of, or was told of, by their ids."""
        described = sa.select(SESSIONS.c.session, SESSIONS.c.title, SESSIONS.c.invented)
        judged = sa.select(JUDGMENTS.c.session).distinct()
        with self.reading() as connection:
            sessions = {id: Session(id, id, False) for id in connection.execute(judged).scalars()}
            for id, title, invented in connection.execute(described):
                sessions[id] = Session(id, title, bool(invented))
        return [sessions[id] for id in sorted(sessions)]

    def describe(self, session: Session) -> None:
        """Keeps a session's title, and whether its answers are invented.

        Raises StoreError where a session of that id is there with the other kind of answers:
        invented and real ones are never counted together.
        """
        values = {"session": session.id, "title": session.title, "invented": session.invented}
        with self.writing() as connection:
            invented = queries.marked_invented(connection, session.id)
            if invented is not None and invented != session.invented:
                held, offered = ("invented", "real") if invented else ("real", "invented")
                raise StoreError(
                    f"{self.where}: session '{session.id}' holds {held} answers, so {offered} "
                    "ones cannot be added. Use another store or another session id."
                )
            queries.put_rows(connection, SESSIONS, values, renewed=("title", "invented"))

    def consent(self, session: str, participant: str) -> bool:
        """Whether a participant said yes to research; False where they were not asked."""
        with self.reading() as connection:
            return bool(connection.execute(queries.consent_query(session, participant)).scalar())

    def set_consent(self, session: str, participant: str, consent: bool) -> None:
        """Keeps a participant's answer on research; the last one counts."""
        row = {"session": session, "participant": participant, "consent": consent}
        with self.writing() as connection:
            queries.put_rows(connection, CONSENTS, row, renewed=("consent",))

    # -- the database -----------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction: committed durably at its end, or not at all. Raises StoreError."""
        engine = self._engine.execution_options(writes=True)
        with self._sentences(), engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that only reads. Raises StoreError."""
        with self._sentences(reading=True), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _sentences(self, *, reading: bool = False) -> Iterator[None]:
        """Database errors as StoreErrors that say what to do."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            cure = failures.sentence(error, reading=reading)
            raise StoreError(f"{self.where}: {cure}") from error

    def _make_ready(self, create: bool) -> None:
        with self.reading() as connection:
            layout = queries.layout_of(connection)
            outdated = layout is not None and queries.lacks_index(connection)
        if layout is not None and layout > LAYOUT:
            raise StoreError(
                f"{self.where}: written by a newer version of this course (layout {layout}; "
                f"this one knows {LAYOUT}). Update the course, then open it again."
            )
        if layout is None and not create:
            raise StoreError(
                f"{self.where}: there is no store in this database. Check its name, or make one "
                "with `simulate` or `collect`."
            )
        if layout is None:
            with self.writing() as connection:
                queries.create_tables(connection)
        if outdated:
            # Where nothing can be written, moves are counted all the same, only slower.
            with suppress(StoreError), self.writing() as connection:
                queries.renew_index(connection)
