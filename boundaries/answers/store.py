"""Judgments in a database: a SQLite file by default, PostgreSQL by URL, one code path for both.

A judgment is stored when the transaction is committed to durable storage: SQLite runs in WAL mode with
`synchronous=FULL`, because in WAL mode NORMAL may lose the last commits at a power cut, and a receipt that
says "stored" must not. The merge rule of `judgments` is one comparison inside the upsert, so that it holds
whatever arrives in whatever order, from however many kernels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from boundaries.answers.judgments import (
    PHASES,
    Judgment,
    merge,
    merge_all,
    new_token,
    participant_of,
)
from boundaries.answers.tables import (
    CONSENTS,
    JUDGMENTS,
    LAYOUT,
    SESSIONS,
    TOKENS,
    VERSION,
    columns,
    create_tables,
    insert_into,
    keep_consents,
    key_matches,
    moves_query,
    one_at_a_time,
    ratings_query,
    sentence,
    server_engine,
    sqlite_engine,
    upsert,
)
from boundaries.errors import AlreadyLocked, CodeError, StoreError

Person = tuple[str, str]
"""A session and a participant of it."""


@dataclass(frozen=True)
class Session:
    """One class doing one thing; `invented` where a program made up the answers."""

    id: str
    title: str
    invented: bool


@dataclass(frozen=True)
class Merged:
    """What became of rows that were merged: how many are new or changed, how many left the store as it was, and
    the first judgments that were refused because another one is locked (one that was stored too, if a lower
    revision of it arrived).
    """

    stored: int
    unchanged: int
    refused: tuple[Judgment, ...]


class Store:
    """A place for judgments: `Store("class.sqlite")` or `Store("postgresql+psycopg://…")`.

    With `create=False` a file that does not exist is an error. Every method raises StoreError, with a sentence,
    when the database cannot be opened, read or written; what was stored before is then still there.
    """

    def __init__(self, where: str | Path | sa.URL, *, create: bool = True) -> None:
        self.where = re.sub(
            r"(://[^:/@]*):.*@", r"\1:***@", str(where)
        )  # no password in an error's sentence
        self.path = None if isinstance(where, sa.URL) or "://" in str(where) else Path(where)
        if self.path is not None and not create and not self.path.is_file():
            raise StoreError(
                f"{self.path}: no such store. Check the path, or make one with `simulate` or a lesson."
            )
        with self._sentences():
            self._engine = sqlite_engine(self.path) if self.path else server_engine(where)
        try:
            with self.reading() as connection:
                ready = sa.inspect(connection).has_table("layout") and self._knows(connection)
            if not ready:
                with self.writing() as connection:
                    create_tables(connection)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """The kind of database, without path or password."""
        return f"Store({self._engine.dialect.name})"

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    # -- a student's own judgments -------------------------------------------------------------------------

    def token(self, session: str, default: str | None = None) -> str:
        """The token of this file's student in `session`; made (or set to `default`) when asked for first."""
        with self.writing() as connection:
            return self._token(connection, session, default)

    def carry(self, session: str, token: str) -> None:
        """Makes `token` that of this file's student. Raises CodeError where there are answers under another one."""
        with self.writing() as connection:
            own = participant_of(session, token)
            others = sa.select(JUDGMENTS.c.item).where(
                JUDGMENTS.c.session == session, JUDGMENTS.c.participant != own
            )
            if connection.execute(others.limit(1)).first():
                raise CodeError(
                    f"{self.where}: this file already holds judgments of '{session}' under another code. Two people "
                    "are never mixed, so nothing was changed. Go on with one of the two."
                )
            self._token(connection, session, token)
            connection.execute(
                sa.update(TOKENS).where(TOKENS.c.session == session).values(token=token)
            )

    def record(self, judgment: Judgment) -> Judgment:
        """Stores one judgment of this file's student durably, with the next revision, and returns it as stored.

        The same judgment twice is stored once. Raises AlreadyLocked if another first judgment is there.
        """
        kept = self._record(judgment)
        # On PostgreSQL another writer may have come in between: then once more, on what is there now.
        return kept if kept.digest == judgment.digest else self.record(judgment)

    def _record(self, judgment: Judgment) -> Judgment:
        with self.writing() as connection:
            there = sa.select(*columns()).where(*key_matches(judgment))
            old = connection.execute(there.with_for_update()).first()
            before = Judgment(*old) if old else None
            if before and before.digest == judgment.digest:
                return before
            if before and judgment.phase == "first":
                raise AlreadyLocked(
                    f"Your first judgment of '{judgment.item}' is locked already and stays as it is. "
                    "You can judge again after reading the codes."
                )
            upsert(
                connection, [replace(judgment, revision=self._next_revision(connection, judgment))]
            )
            return Judgment(*connection.execute(there).one())

    def _token(self, connection: sa.Connection, session: str, default: str | None = None) -> str:
        insert = insert_into(connection, TOKENS).values(
            session=session, token=default or new_token(), revision=0
        )
        connection.execute(insert.on_conflict_do_nothing(index_elements=["session"]))
        found = connection.execute(sa.select(TOKENS.c.token).where(TOKENS.c.session == session))
        return str(found.scalar_one())

    def _next_revision(self, connection: sa.Connection, judgment: Judgment) -> int:
        mine = sa.select(sa.func.coalesce(sa.func.max(JUDGMENTS.c.revision), 0)).where(
            JUDGMENTS.c.session == judgment.session, JUDGMENTS.c.participant == judgment.participant
        )
        counted = (
            sa.select(TOKENS.c.revision)
            .where(TOKENS.c.session == judgment.session)
            .with_for_update()
        )
        revision: int = 1 + max(
            connection.execute(mine).scalar_one(), connection.execute(counted).scalar() or 0
        )
        mine_now = (
            sa.update(TOKENS).where(TOKENS.c.session == judgment.session).values(revision=revision)
        )
        connection.execute(mine_now)
        return revision

    # -- a class -------------------------------------------------------------------------------------------

    def merge(
        self, rows: Iterable[Judgment], consents: Mapping[Person, tuple[bool, int]] | None = None
    ) -> Merged:
        """Merges rows by the rule of `judgments.merge`, all in one transaction, and says what became of them.

        With `consents` the rows are whole submissions: one whose first judgment contradicts a locked one is left
        out whole. A consent is (yes or no to research, the newest revision of its submission): that of the newer
        submission counts, and of two equally new ones that say different things, no.
        """
        given = list(rows)
        with self.writing() as connection:
            if consents is not None:
                one_at_a_time(connection)
            there = self._existing(connection, given)
            before = {row.key: there[row.key] for row in given if row.key in there} if there else {}
            clash: set[Person] = set()
            if consents is not None and before:
                clash = {
                    r.key[:2]
                    for r in given
                    if r.phase == "first" and r.digest != before.get(r.key, r).digest
                }
            kept = (
                merge_all(r for r in given if r.key[:2] not in clash) if clash else merge_all(given)
            )
            after = {
                key: merge(row, before[key]) if key in before else row for key, row in kept.items()
            }
            changed = [row for key, row in after.items() if row != before.get(key)]
            upsert(connection, changed)
            keep_consents(connection, {p: c for p, c in (consents or {}).items() if p not in clash})
        left = before | after
        firsts = [
            r
            for r in (*given, *before.values())
            if r.phase == "first" and left.get(r.key, r) is not r
        ]
        refused = tuple(r for r in firsts if r.digest != left[r.key].digest)
        return Merged(len(changed), len(kept) - len(changed), refused)

    def forget(self, session: str, participant: str) -> int:
        """Removes all that is kept of a participant, and returns how many judgments that was."""
        with self.writing() as connection:
            if self.path is not None:
                connection.exec_driver_sql(
                    "PRAGMA secure_delete=ON"
                )  # overwritten, not only unlinked
            gone = [
                connection.execute(
                    sa.delete(t).where(t.c.session == session, t.c.participant == participant)
                ).rowcount
                for t in (JUDGMENTS, CONSENTS)
            ]
            if sa.inspect(connection).has_table(
                "joined"
            ):  # the class server's; a participant is of one session only
                connection.execute(
                    sa.text("DELETE FROM joined WHERE participant = :who"), {"who": participant}
                )
        if self.path is not None:
            with (
                self._sentences(),
                self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as own,
            ):
                own.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # and not left in the log
        return gone[0]

    def judgments(self, session: str, participant: str | None = None) -> list[Judgment]:
        """The judgments of a session (of one participant), ordered by item and phase."""
        query = sa.select(*columns()).where(JUDGMENTS.c.session == session)
        if participant is not None:
            query = query.where(JUDGMENTS.c.participant == participant)
        order = (JUDGMENTS.c.item, JUDGMENTS.c.wording, JUDGMENTS.c.phase, JUDGMENTS.c.participant)
        with self.reading() as connection:
            return [Judgment(*row) for row in connection.execute(query.order_by(*order))]

    def ratings(self, session: str) -> list[tuple[Any, ...]]:
        """Counts of a session: (item, wording, level, phase, confidence, rating, n), by one GROUP BY."""
        with self.reading() as connection:
            return [tuple(row) for row in connection.execute(ratings_query(session))]

    def moves(self, session: str) -> list[tuple[Any, ...]]:
        """Paired counts: (item, wording, level, from phase, its rating, to phase, its rating, n)."""
        pairs: Counter[tuple[Any, ...]] = Counter()
        with self.reading() as connection:
            for *what, first, discussed, informed, n in connection.execute(moves_query(session)):
                rated = {"first": first, "discussed": discussed, "informed": informed}
                for start, end in combinations(PHASES, 2):
                    if rated[start] is not None and rated[end] is not None:
                        pairs[*what, start, rated[start] or None, end, rated[end] or None] += n
        return [(*pair, n) for pair, n in pairs.items()]

    def people(self, session: str) -> int:
        """How many participants have at least one judgment in a session."""
        query = sa.select(sa.func.count(sa.distinct(JUDGMENTS.c.participant)))
        with self.reading() as connection:
            n: int = connection.execute(query.where(JUDGMENTS.c.session == session)).scalar_one()
            return n

    def sessions(self) -> list[Session]:
        """The sessions that this store holds judgments of, or was told of."""
        known = sa.select(SESSIONS.c.session, SESSIONS.c.title, SESSIONS.c.invented)
        with self.reading() as connection:
            named = {
                row[0]: Session(row[0], row[1], bool(row[2])) for row in connection.execute(known)
            }
            found = connection.execute(sa.select(JUDGMENTS.c.session).distinct()).scalars()
            return [named.get(s, Session(s, s, False)) for s in sorted({*named, *found})]

    def describe(self, session: Session) -> None:
        """Keeps a session's title, and whether its answers are invented.

        Raises StoreError where a session of that id is there with the other kind of answers: invented and real
        ones are never counted together.
        """
        with self.writing() as connection:
            query = sa.select(SESSIONS.c.invented).where(SESSIONS.c.session == session.id)
            there = connection.execute(query).scalar()
            rows = sa.select(sa.literal(1)).where(JUDGMENTS.c.session == session.id).limit(1)
            if there is None and connection.execute(rows).first():
                there = False
            if there is not None and bool(there) != session.invented:
                found, given = ("invented", "real") if there else ("real", "invented")
                raise StoreError(
                    f"{self.where}: session '{session.id}' holds {found} answers, so {given} ones cannot be added. "
                    "Use another store or another session id."
                )
            values = {"session": session.id, "title": session.title, "invented": session.invented}
            insert = insert_into(connection, SESSIONS).values(values)
            connection.execute(
                insert.on_conflict_do_update(index_elements=["session"], set_=values)
            )

    def consent(self, session: str, participant: str) -> bool:
        """Whether a participant said yes to research; False where they were not asked."""
        said = sa.select(CONSENTS.c.consent).where(
            CONSENTS.c.session == session, CONSENTS.c.participant == participant
        )
        with self.reading() as connection:
            return bool(connection.execute(said).scalar())

    def set_consent(self, session: str, participant: str, consent: bool) -> None:
        """Keeps a participant's answer on research; the last one counts."""
        with self.writing() as connection:
            insert = insert_into(connection, CONSENTS)
            insert = insert.values(session=session, participant=participant, consent=consent)
            keys = ["session", "participant"]
            connection.execute(
                insert.on_conflict_do_update(index_elements=keys, set_={"consent": consent})
            )

    # -- the database ----------------------------------------------------------------------------------------

    def _existing(self, connection: sa.Connection, rows: Iterable[Judgment]) -> dict[Any, Judgment]:
        wanted = sorted({(r.session, r.participant) for r in rows})
        found = {}
        for start in range(0, len(wanted), 200):
            some = wanted[start : start + 200]
            pair = sa.tuple_(JUDGMENTS.c.session, JUDGMENTS.c.participant)
            for row in connection.execute(sa.select(*columns()).where(pair.in_(some))):
                judgment = Judgment(*row)
                found[judgment.key] = judgment
        return found

    def _knows(self, connection: sa.Connection) -> bool:
        version = connection.execute(sa.select(sa.func.max(VERSION.c.version))).scalar()
        if version is not None and version > LAYOUT:
            raise StoreError(
                f"{self.where}: written by a newer version of this course (layout {version}; this one knows "
                f"{LAYOUT}). Update the course, then open it again."
            )
        return version is not None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: committed durably at its end, or not at all. Raises StoreError."""
        engine = self._engine.execution_options(writes=True)
        with self._sentences(), engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that only reads. Raises StoreError."""
        with self._sentences(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Database errors as StoreErrors that say what to do."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError, ImportError) as error:
            raise StoreError(f"{self.where}: {sentence(error)}") from error
