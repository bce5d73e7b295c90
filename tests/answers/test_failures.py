"""What a database error means, as a sentence."""

import sqlite3

import pytest
import sqlalchemy as sa

from boundaries.answers.failures import sentence

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
            "the store cannot be written here. Choose a folder of your own, then try again.",
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
