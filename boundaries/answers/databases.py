"""Where a store may be, and how SQLite and PostgreSQL are set up so that a commit lasts.

A class's file has SQLite's write-ahead log (WAL): many phones write while the projector reads. WAL
needs memory that processes share, which the network disks of a JupyterHub's homes do not offer, so
a student's own file has a rollback journal instead.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from boundaries.answers import files
from boundaries.answers.failures import NO_LOCKS
from boundaries.errors import StoreError

# How long a connection waits for another program that writes, in seconds.
PATIENCE = 10.0

# Tables that every store has.
_OURS = {"judgments", "layout"}


def place_of(where: str | Path | sa.URL) -> Path | sa.URL:
    """The file or the database server that somebody named.

    Raises StoreError for a SQLite address without a file, and sqlalchemy's ArgumentError for one
    that is none.

    >>> str(place_of("class.sqlite")) == str(place_of("sqlite:///class.sqlite"))
    True
    """
    if isinstance(where, Path) or "://" not in str(where):
        return Path(str(where))
    url = sa.make_url(where)
    if url.get_backend_name() != "sqlite":
        return url
    if url.database in (None, "", ":memory:") or url.query:
        raise StoreError(
            f"{where}: this address names no file. Write the path itself, such as class.sqlite."
        )
    return Path(str(url.database))


# -- a SQLite file --------------------------------------------------------------------------------


def prepare_file(path: Path, *, create: bool, own: bool) -> None:
    """Makes sure that a store is at `path`, or a file that can become one, open to its owner alone.

    A file that is something else is not touched. `own` is for the file of one student. Raises
    StoreError, sqlite3.Error or OSError.
    """
    new = not path.exists()
    if new and not create:
        raise StoreError(
            f"{path}: no such store. Check the path, or make one with `simulate` or a lesson."
        )
    if new:
        files.make_folder(path.parent)
        path.touch(mode=0o600)
    elif own:
        leave_wal(path)
    tables = _tables_in(path)
    empty_is_fine = create and not tables
    if not empty_is_fine and not tables >= _OURS:
        raise sqlite3.DatabaseError("file is not a database of this course")
    files.close_file(path)
    if not tables and not own:
        _enter_wal(path)


def _tables_in(path: Path) -> set[str]:
    """The names of a file's tables, found without changing it."""
    try:
        return _table_names(path, patience=0)
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
    # Somebody writes to the file just now, or no lock works here: waiting would help in the first
    # case only.
    _check_locks(path.parent)
    return _table_names(path, patience=PATIENCE)


def _table_names(path: Path, patience: float) -> set[str]:
    with closing(sqlite3.connect(path, timeout=patience)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in rows}


def _check_locks(folder: Path) -> None:
    """Raises sqlite3.OperationalError where a file that nobody else knows cannot be locked."""
    probe = folder / f".boundaries-{secrets.token_hex(8)}"
    try:
        with closing(sqlite3.connect(probe, timeout=0)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise sqlite3.OperationalError(NO_LOCKS) from error
    finally:
        probe.unlink(missing_ok=True)


def leave_wal(path: Path) -> None:
    """Gives a store of an earlier version the rollback journal; nothing that is in its log is lost.

    Where another program has the file open it stays as it is until next time.
    """
    # What is wrong with the file, if anything, is said by whoever opens it next.
    with suppress(sqlite3.DatabaseError, OSError):
        if not _has_wal(path):
            return
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            # Alone with the file, SQLite needs no shared memory and so can open a log on a network
            # disk, too.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'layout'").fetchall():
                connection.execute("PRAGMA journal_mode=DELETE")


def _has_wal(path: Path) -> bool:
    """Whether the header names version 2 of the file format (sqlite.org, fileformat2)."""
    with path.open("rb") as file:
        return file.read(20)[18:20] == b"\x02\x02"


def _enter_wal(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" in str(error):  # another program is just doing the same
                return
    # No shared memory on this disk.
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=DELETE")


def sqlite_engine(path: Path) -> sa.Engine:
    """A connection to a SQLite file that `prepare_file` has seen."""
    url = sa.URL.create("sqlite", database=str(path))
    # No pool: a widget's handler runs on any thread, and no file handle outlives its transaction.
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": PATIENCE})
    sa.event.listen(engine, "connect", set_up_sqlite)
    sa.event.listen(engine, "begin", begin_sqlite)
    return engine


def set_up_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - the DB-API has no type
    """What every SQLite connection is told first."""
    connection.isolation_level = None  # transactions are begun below, not by the driver
    # NORMAL may lose the last commits at a power cut, and a receipt that says "stored" must not.
    connection.execute("PRAGMA synchronous=FULL")
    # Three hundred submissions change more pages than the usual 2 MB hold, which would write each
    # of them often.
    connection.execute("PRAGMA cache_size=-32000")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        # A commit deletes the journal, and a power cut may undo the deletion, hence the commit.
        # Emptying the journal is synced.
        connection.execute("PRAGMA journal_mode=TRUNCATE")


def begin_sqlite(connection: sa.Connection) -> None:
    """Begins a transaction on SQLite."""
    if connection.get_execution_options().get("writes"):
        # Takes the write lock before reading, so that what was read is still true when it is
        # written.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN DEFERRED")


# -- a database server ----------------------------------------------------------------------------


def server_engine(url: sa.URL) -> sa.Engine:
    """A connection to a database server, which gives up where nothing answers."""
    engine = sa.create_engine(url, pool_pre_ping=True, pool_timeout=5)
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "do_connect", set_up_postgresql)
        sa.event.listen(engine, "connect", after_postgresql)
    return engine


def set_up_postgresql(
    dialect: object, record: object, positional: object, options: dict[str, Any]
) -> None:
    """How long libpq waits for a server that is gone, unless the URL says otherwise.

    In seconds; the last in milliseconds.
    """
    options.setdefault("connect_timeout", 3)
    options.setdefault("keepalives_idle", 5)
    options.setdefault("keepalives_interval", 2)
    options.setdefault("keepalives_count", 3)
    options.setdefault("tcp_user_timeout", 10_000)


def after_postgresql(connection: Any, record: object) -> None:  # noqa: ANN401 - see above
    """What every connection to PostgreSQL is told first."""
    # A process whose machine vanished lets go of its locks.
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.commit()
