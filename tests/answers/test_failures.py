"""What a database error means, as a sentence."""

import sqlite3

import pytest
import sqlalchemy as sa

from boundaries.answers.failures import sentence
from boundaries.answers.store import Store
from boundaries.errors import StoreError

NO_PLACE = (
    "the store cannot be opened. Check that its folder exists and can be written, then try again."
)
SILENT = "the database server does not answer. Check its address and that it runs, then try again."
FULL = "the disk is full, so nothing was stored. Free some space, then try again."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("unable to open database file"), NO_PLACE),
        (sqlite3.OperationalError("database or disk is full"), FULL),
        (OSError(28, "No space left on device", "/home/locked/readonly/class.sqlite"), FULL),
        (
            PermissionError(13, "Permission denied", "/home/locked"),
            "the store cannot be written here. "
            "Choose a folder of your own (for a lesson, name it in BOUNDARIES_HOME), then try again.",
        ),
        (
            sqlite3.OperationalError("disk I/O error"),
            "the disk did not take it, so nothing was stored. Try again, or choose another disk.",
        ),
        (
            ModuleNotFoundError("No module named 'psycopg'"),
            "PostgreSQL needs one package more. Run `pip install 'boundaries[postgres]'`.",
        ),
        (
            sa.exc.OperationalError(
                "", None, Exception('FATAL:  password authentication failed for user "x"')
            ),
            "the database server refused the name or password. Check them, then try again.",
        ),
        (sqlite3.OperationalError("terminating connection due to administrator command"), SILENT),
        (
            OSError(
                'connection to server on socket "/s" failed: No such file or directory\n\tIs the server running?'
            ),
            SILENT,
        ),
        (
            sa.exc.TimeoutError(
                "QueuePool limit of size 5 overflow 10 reached, connection timed out"
            ),
            "the database server is too slow to answer all. Wait a moment, then try again.",
        ),
        (Exception("[Errno -2] Name or service not known"), SILENT),
        (Exception("nodename nor servname provided, or not known"), SILENT),
        (Exception("Temporary failure in name resolution"), SILENT),
        (Exception("[Errno 11001] getaddrinfo failed"), SILENT),
        (
            Exception("something new\nDETAIL: more"),
            "the database answered 'something new'. Nothing new was stored. Try again.",
        ),
        (OSError(), "the database answered ''. Nothing new was stored. Try again."),
    ],
    ids=repr,
)
def test_a_database_error_becomes_a_sentence(error, said):
    assert sentence(error) == said


READING_FULL = "the disk is full, and reading needs some space too. Free some, then try again."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database or disk is full"), READING_FULL),
        (OSError(28, "No space left on device"), READING_FULL),
        (
            sqlite3.OperationalError("disk I/O error"),
            "the disk could not be read. Try again, or copy the store to another disk.",
        ),
        (Exception("something new"), "the database answered 'something new'. Try again."),
        (sqlite3.OperationalError("unable to open database file"), NO_PLACE),
    ],
    ids=repr,
)
def test_nothing_is_said_of_storing_to_somebody_who_only_reads(error, said):
    assert sentence(error, reading=True) == said


def test_a_store_that_is_read_on_a_full_disk_says_nothing_of_storing(tmp_path, monkeypatch):
    store = Store(tmp_path / "class.sqlite")

    def full(connection):
        raise sa.exc.OperationalError("", None, Exception("database or disk is full"))

    monkeypatch.setattr(sa.Connection, "execute", lambda self, *rest: full(self))
    for read in (store.sessions, lambda: store.ratings("s"), lambda: store.judgments("s")):
        with pytest.raises(StoreError) as caught:
            read()
        assert str(caught.value) == f"{store.where}: {READING_FULL}"
    with pytest.raises(StoreError) as caught:
        store.token("s")
    assert str(caught.value) == f"{store.where}: {FULL}"


def test_a_disk_that_can_only_be_read_or_not_lock_names_the_way_out():
    way_out = "Choose a folder on another disk (for a lesson, name it in BOUNDARIES_HOME), then try again."
    read_only = OSError(30, "Read-only file system", "/mnt/home")
    assert sentence(read_only) == f"this disk can only be read. {way_out}"
    assert sentence(sqlite3.OperationalError("locking protocol")) == (
        "this disk cannot lock files, as some network disks cannot, so answers are not safe on it. "
        f"{way_out}"
    )
