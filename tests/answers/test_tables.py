"""The tables: what an index covers, and what a database error means."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store
from boundaries.answers.tables import moves_query, ratings_query, sentence, server_engine


@pytest.mark.parametrize(
    ("query", "index"), [(ratings_query, "for_ratings"), (moves_query, "for_moves")]
)
def test_both_tallies_read_an_index_alone(tmp_path, query, index):
    path = tmp_path / "class.sqlite"
    Store(path).merge(
        Judgment("s", f"p{n}", "tiles", "w", phase, "", 1 + n % 5, 3, "A reason.", n)
        for n in range(200)
        for phase in ("first", "informed")
    )
    statement = query("s").compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with closing(sqlite3.connect(path)) as connection:
        plan = "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
    assert f"SEARCH judgments USING COVERING INDEX {index} (session=?)" in plan
    assert "SCAN judgments" not in plan


def test_a_connection_syncs_every_commit_and_waits_for_other_writers(tmp_path):
    with Store(tmp_path / "class.sqlite").reading() as connection:
        told = [
            connection.exec_driver_sql(f"PRAGMA {p}").scalar()
            for p in ("journal_mode", "synchronous")
        ]
        waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert told == ["wal", 2]  # 2 is FULL: NORMAL may lose the last receipts at a power cut
    assert waits == 10_000


def test_a_connection_to_a_server_gives_up_where_nothing_answers_unless_the_url_says_otherwise():
    engine = server_engine("postgresql+psycopg://somewhere/class?connect_timeout=9")
    asked = {}

    def instead(dialect, record, args, given):
        asked.update(given)
        raise OSError("no network in this test")

    sa.event.listen(engine, "do_connect", instead)
    with pytest.raises(OSError, match="no network in this test"):
        engine.connect()
    del asked["context"]  # of psycopg
    waits = {
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    assert asked == {"host": "somewhere", "dbname": "class", "connect_timeout": "9"} | waits


def test_a_process_whose_machine_vanished_lets_go_of_its_locks(postgres):
    engine = server_engine(postgres)
    with engine.connect() as connection:
        assert (
            connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
            == "1min"
        )
    engine.dispose()


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
