"""The tables of a store, the two tallies as SQL, and how SQLite is set up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from boundaries.answers.judgments import PHASES, Judgment

LAYOUT = 1
"""The version of the tables. A store with a higher one was written by a newer version of this package."""

TABLES = sa.MetaData()
JUDGMENTS = sa.Table(
    "judgments",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("wording", sa.Text, primary_key=True),
    sa.Column("phase", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("rating", sa.SmallInteger),  # null: "I would rather not judge this one"
    sa.Column("confidence", sa.SmallInteger),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("precedence", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    # Both tallies read an index alone, never a row with its reason.
    sa.Index("for_ratings", "session", "item", "wording", "level", "phase", "confidence", "rating"),
    sa.Index("for_moves", "session", "participant", "item", "wording", "phase", "level", "rating"),
)
SESSIONS = sa.Table(
    "sessions",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("invented", sa.Boolean, nullable=False),
)
TOKENS = sa.Table(  # only in a student's own file: it stays with the student
    "tokens",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
)
CONSENTS = sa.Table(  # no row: nobody was asked, which counts as no
    "consents",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("consent", sa.Boolean, nullable=False),
    sa.Column(
        "revision", sa.Integer, nullable=False, server_default="0"
    ),  # the newest that was handed in with it
)
VERSION = sa.Table("layout", TABLES, sa.Column("version", sa.Integer, primary_key=True))
ROW = (
    "session",
    "participant",
    "item",
    "wording",
    "phase",
    "level",
    "rating",
    "confidence",
    "reason",
    "revision",
)


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:  # noqa: ANN401 - the dialects share no type
    """An INSERT that knows ON CONFLICT, of the dialect that `connection` speaks."""
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](
        table
    )


_NEW = ", ".join(f"{c.name} = excluded.{c.name}" for c in JUDGMENTS.c if not c.primary_key)
_TYPES = {"text": "text[]", "smallint": "smallint[]", "integer": "integer[]"}
_SOURCE = {
    "sqlite": f"VALUES ({', '.join('?' for _ in JUDGMENTS.c)})",
    "postgresql": f"SELECT * FROM unnest({', '.join(f'%s::{_TYPES[str(c.type).lower()]}' for c in JUDGMENTS.c)})",  # noqa: S608
}
_VALUES = attrgetter(*(c.name for c in JUDGMENTS.c))


MERGED = "(excluded.precedence, excluded.digest) < (judgments.precedence, judgments.digest)"
"""The merge rule of `judgments`: whether a row that arrives replaces the one that is there."""


def upsert(connection: sa.Connection, rows: Iterable[Judgment], wins: str = MERGED) -> None:
    """Writes judgments, no two with one key; one whose key is there replaces that row if `wins`.

    The comparison is made by the statement itself. Plain SQL, for SQLAlchemy's handling of each row
    costs as much as the row itself; PostgreSQL gets all rows in one statement, as arrays.
    """
    values = sorted(map(_VALUES, rows))  # one order for all, or two writers may wait for each other
    if not values:
        return
    kind = connection.dialect.name
    query = (
        f"INSERT INTO judgments ({', '.join(c.name for c in JUDGMENTS.c)}) {_SOURCE[kind]} "
        f"ON CONFLICT ({', '.join(c.name for c in JUDGMENTS.primary_key)}) DO UPDATE SET {_NEW} "
        f"WHERE {wins}"
    )
    if kind == "sqlite":
        connection.exec_driver_sql(query, values)
    else:
        connection.exec_driver_sql(query, tuple(map(list, zip(*values, strict=True))))


def one_at_a_time(connection: sa.Connection) -> None:
    """Lets one collection after another write, so that what one reads stays true until it has written."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT, 2)))


def keep_consents(
    connection: sa.Connection, consents: Mapping[tuple[str, str], tuple[bool, int]]
) -> None:
    """Keeps of each participant the consent with the higher revision; of two with the same, no."""
    insert = insert_into(connection, CONSENTS)
    new = insert.excluded
    wins = sa.or_(
        new.revision > CONSENTS.c.revision,
        sa.and_(new.revision == CONSENTS.c.revision, sa.not_(new.consent)),
    )
    values = {"consent": new.consent, "revision": new.revision}
    query = insert.on_conflict_do_update(
        index_elements=["session", "participant"], set_=values, where=wins
    )
    names = [c.name for c in CONSENTS.c]
    if rows := [
        dict(zip(names, (*who, *said), strict=True)) for who, said in sorted(consents.items())
    ]:
        connection.execute(query, rows)


def create_tables(connection: sa.Connection) -> None:
    """Makes the tables that are missing; of several who open a new store at once, one makes them."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT)))
    TABLES.create_all(connection)
    connection.execute(
        insert_into(connection, VERSION).values(version=LAYOUT).on_conflict_do_nothing()
    )


_UNKNOWN = "this kind of database is not known. Use a SQLite path or postgresql+psycopg://…."
_SILENT = "the database server does not answer. Check its address and that it runs, then try again."
_READ_ONLY = (  # SQLite leaves its -wal and -shm beside a read-only file, read-only too
    "the store cannot be written (it is read-only). "
    "Free it, and the files beside it that begin with its name, for writing, then try again."
)
_CURES = {
    "is the server running": _SILENT,  # a socket that is not there, which also says "no such file"
    "shutting down": _SILENT,
    "starting up": _SILENT,
    "terminating connection": _SILENT,
    "server closed the connection": _SILENT,
    "connection is lost": _SILENT,
    "connection is closed": _SILENT,
    "queuepool limit": "the database server is too slow to answer all. Wait a moment, then try again.",
    "no module named 'psycopg'": "PostgreSQL needs one package more. Run `pip install 'boundaries[postgres]'`.",
    "no module named": _UNKNOWN,
    "can't load plugin": _UNKNOWN,
    "connection refused": _SILENT,
    "timeout expired": _SILENT,
    "could not translate host name": _SILENT,
    "failed to resolve host": _SILENT,
    "authentication failed": "the database server refused the name or password. Check them, then try again.",
    "file exists": "a file stands where its folder should be. Choose another path.",
    "not a directory": "a file stands where its folder should be. Choose another path.",
    "no such file": "there is no such folder, and it cannot be made. Choose another path.",
    "no such table": "the store was moved or emptied. Put it back, or run the cell again to begin a new one.",
    "readonly": _READ_ONLY,
    "read-only": _READ_ONLY,
    "permission denied": "the store cannot be written here. Choose a folder of your own, then try again.",
    "unable to open": "the store cannot be opened. Check that its folder exists and can be written, then try again.",
    "is full": "the disk is full, so nothing was stored. Free some space, then try again.",
    "no space left": "the disk is full, so nothing was stored. Free some space, then try again.",
    "locked": "another program is writing to the store. Wait a moment, then try again.",
    "not a database": "this file is not a store. It was left as it is. Move it away or choose another path.",
    "malformed": "the store is damaged. It was left as it is. Move it away and keep it: much can often be saved.",
    "disk i/o error": "the disk did not take it, so nothing was stored. Try again, or choose another disk.",
}


def sentence(error: Exception) -> str:
    """What a database error means, and what to do."""
    said = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
    for sign, cure in _CURES.items():
        if sign in said.lower():
            return cure
    return (
        f"the database answered '{said.partition(chr(10))[0]}'. Nothing new was stored. Try again."
    )


def columns() -> list[sa.Column[Any]]:
    """A judgment's columns, in the order of its fields."""
    return [JUDGMENTS.c[name] for name in ROW]


def key_matches(judgment: Judgment) -> list[sa.ColumnElement[bool]]:
    """That a row has a judgment's key."""
    names = ("session", "participant", "item", "wording", "phase")
    return [JUDGMENTS.c[name] == value for name, value in zip(names, judgment.key, strict=True)]


def ratings_query(session: str) -> sa.Select[Any]:
    """The counts of a session, by one GROUP BY over the index `for_ratings`."""
    by = [JUDGMENTS.c[n] for n in ("item", "wording", "level", "phase", "confidence", "rating")]
    return sa.select(*by, sa.func.count()).where(JUDGMENTS.c.session == session).group_by(*by)


def moves_query(session: str) -> sa.Select[Any]:
    """How many gave which ratings in the three phases: one pass over the index `for_moves`, in its order.

    Columns: item, wording, level, rating in first, discussed and informed (0 a skip, null no judgment), n.
    """
    who = [JUDGMENTS.c[n] for n in ("session", "participant", "item", "wording")]
    answer = sa.func.coalesce(JUDGMENTS.c.rating, 0)
    phases = [sa.func.max(sa.case((JUDGMENTS.c.phase == p, answer))).label(p) for p in PHASES]
    level = sa.func.min(JUDGMENTS.c.level).label("level")
    each = (
        sa.select(*who, level, *phases)
        .where(JUDGMENTS.c.session == session)
        .group_by(*who)
        .subquery()
    )
    by = [each.c[n] for n in ("item", "wording", "level", *PHASES)]
    return sa.select(*by, sa.func.count()).group_by(*by)


def server_engine(url: object) -> sa.Engine:
    """A connection to a database server, which gives up where nothing answers."""
    engine = sa.create_engine(
        url if isinstance(url, sa.URL) else str(url), pool_pre_ping=True, pool_timeout=5
    )
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "do_connect", set_up_postgresql)
        sa.event.listen(engine, "connect", after_postgresql)
    return engine


def set_up_postgresql(dialect: object, record: object, args: object, given: dict[str, Any]) -> None:
    """How long libpq waits for a server that is gone (s; the last in ms), unless the URL says otherwise."""
    waits = {
        "connect_timeout": 3,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    given.update({**waits, "tcp_user_timeout": 10_000, **given})


def after_postgresql(connection: Any, record: object) -> None:  # noqa: ANN401 - the DB-API has no type
    """What every connection to PostgreSQL is told first: a process whose machine vanished lets go of its locks."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.commit()


def sqlite_engine(path: Path) -> sa.Engine:
    """A connection to a SQLite file, whose folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    url = sa.URL.create("sqlite", database=str(path))
    # No pool: a widget's handler runs on any thread, and no file handle outlives its transaction.
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": 10})
    sa.event.listen(engine, "connect", set_up_sqlite)
    sa.event.listen(engine, "begin", begin_sqlite)
    return engine


def set_up_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - the DB-API has no type
    """What every SQLite connection is told first."""
    connection.isolation_level = None  # transactions are begun below, not by the driver
    # Three hundred submissions change more pages than the usual 2 MB hold, which would write each of them often.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def begin_sqlite(connection: sa.Connection) -> None:
    """Begins a transaction on SQLite."""
    # IMMEDIATE takes the write lock before reading, so that what was read is still true when it is written.
    kind = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")
