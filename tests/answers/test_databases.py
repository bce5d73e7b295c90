"""Where a store may be and how it is set up: journals, locks, modes, and files that are something else."""

import functools
import logging
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from small_content import content, vignette

from boundaries.answers import databases
from boundaries.answers.databases import server_engine
from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store
from boundaries.answers.students import Student, student
from boundaries.cli import main
from boundaries.errors import StoreError

ROW = Judgment("s", "p", "tiles", "w", "first", "", 2, 3, "", 1)
NO_STORE = "this file is not a store. It was left as it is. Move it away or choose another path."
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


def refused(action) -> str:
    with pytest.raises(StoreError) as caught:
        action()
    return str(caught.value)


def header_mode(path: Path) -> str:
    """What the file itself says of its journal."""
    return {1: "rollback", 2: "wal"}[path.read_bytes()[18]]


def pragmas(store: Store) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "busy_timeout")
    with store.reading() as connection:
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


# -- journals ------------------------------------------------------------------------------------


def test_a_class_has_a_log_and_syncs_every_commit(tmp_path):
    store = Store(tmp_path / "class.sqlite")
    # 2 is FULL: NORMAL may lose the last receipts at a power cut.
    assert pragmas(store) == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}


def test_a_student_has_a_rollback_journal_that_is_synced_too(tmp_path):
    own = Student("own-study", tmp_path / "own.sqlite")
    own.judge(vignette("tiles"), "first", 2, 3)
    assert header_mode(own.path) == "rollback"
    settings = pragmas(own._store)
    assert settings == {"journal_mode": "truncate", "synchronous": 2, "busy_timeout": 10_000}


def test_opening_a_students_file_as_a_store_leaves_its_journal(tmp_path):
    own = Student("own-study", tmp_path / "own.sqlite")
    Store(own.path).merge([ROW])
    Store(own.path, create=False).ratings("s")
    assert header_mode(own.path) == "rollback"


class NoSharedMemory(sqlite3.Connection):
    """SQLite on a network disk: a log opens only for a connection that is alone with the file."""

    alone = False

    def execute(self, query, *values):
        if query == "PRAGMA locking_mode=EXCLUSIVE":
            self.alone = True
        has_log = super().execute("PRAGMA journal_mode").fetchone() == ("wal",)
        if has_log and query.startswith("SELECT") and not self.alone:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(query, *values)


class NoLocks(sqlite3.Connection):
    """SQLite on a network disk where every lock is refused, as if another program held it."""

    def execute(self, query, *values):
        if not query.startswith("PRAGMA"):
            raise sqlite3.OperationalError("database is locked")
        return super().execute(query, *values)


def play(monkeypatch, disk: type[sqlite3.Connection]) -> None:
    connect = functools.partial(sqlite3.connect, factory=disk)
    monkeypatch.setattr(databases.sqlite3, "connect", connect)


@pytest.mark.parametrize("own", [True, False])
def test_a_disk_without_shared_memory_gets_a_rollback_journal(tmp_path, monkeypatch, own):
    path = tmp_path / "answers.sqlite"
    play(monkeypatch, NoSharedMemory)
    Store(path, own=own).merge([ROW])
    assert Store(path, own=own).judgments("s") == [ROW]
    assert header_mode(path) == "rollback"


def test_a_file_with_a_log_that_came_to_such_a_disk_opens_too(tmp_path, monkeypatch):
    path = tmp_path / "own.sqlite"
    Store(path).merge([ROW])
    assert header_mode(path) == "wal"
    play(monkeypatch, NoSharedMemory)
    assert Store(path, own=True).judgments("s") == [ROW]
    assert header_mode(path) == "rollback"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_a_disk_that_cannot_lock_is_said_at_once(tmp_path, monkeypatch, own, there):
    path = tmp_path / "answers.sqlite"
    path.touch()
    if there:
        Store(path, own=own).close()
    before = list(tmp_path.iterdir())
    play(monkeypatch, NoLocks)
    assert refused(lambda: Store(path, own=own)) == (
        f"{path}: this disk cannot lock files, as some network disks cannot, so answers are not safe on it. "
        "Choose a folder on another disk (for a lesson, name it in BOUNDARIES_HOME), then try again."
    )
    assert list(tmp_path.iterdir()) == before


# -- files that are something else ---------------------------------------------------------------


@pytest.fixture(params=["rollback", "wal", "a table that is called as ours"])
def another_programs(request, tmp_path) -> Path:
    """A database that another program made."""
    path = tmp_path / "bookmarks.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        if request.param == "wal":
            connection.execute("PRAGMA journal_mode=WAL")
        name = "layout" if request.param.startswith("a table") else "bookmarks"
        connection.execute(f"CREATE TABLE {name} (address TEXT)")
        connection.execute(f"INSERT INTO {name} VALUES ('https://example.org')")
        connection.commit()
    path.chmod(0o644)
    return path


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.parametrize("how", [{"create": False}, {}, {"own": True}], ids=str)
def test_another_programs_database_is_no_store_and_is_not_touched(another_programs, how):
    before = state(another_programs.parent)
    assert refused(lambda: Store(another_programs, **how)) == f"{another_programs}: {NO_STORE}"
    assert state(another_programs.parent) == before


@pytest.mark.parametrize(
    "command",
    [
        ["report", "FILE", "-o", "new.html"],
        ["tally", "FILE", "--csv", "new.csv"],
        ["moves", "FILE", "--csv", "new.csv"],
        ["gap", "FILE", "--csv", "new.csv"],
        ["reasons", "FILE", "--into", "new.md"],
        ["archive", "FILE", "--into", "new"],
        ["forget", "FILE", "--participant", "0" * 64],
        ["simulate", "--students", "5", "--seed", "1", "--into", "FILE"],
    ],
    ids=lambda command: command[0],
)
def test_no_command_touches_another_programs_database(
    another_programs, command, capsys, monkeypatch
):
    monkeypatch.chdir(another_programs.parent)
    before = state(another_programs.parent)
    words = [str(another_programs) if word == "FILE" else word for word in command]
    assert main(words) == 1
    assert f"{another_programs}: {NO_STORE}" in capsys.readouterr().err
    assert state(another_programs.parent) == before


@pytest.mark.parametrize("own", [True, False])
def test_an_empty_file_becomes_a_store_where_one_may_be_made(tmp_path, own):
    path = tmp_path / "empty.sqlite"
    path.touch()
    assert refused(lambda: Store(path, create=False)) == f"{path}: {NO_STORE}"
    assert path.read_bytes() == b""
    Store(path, own=own).merge([ROW])
    assert Store(path, create=False).judgments("s") == [ROW]


def test_an_empty_database_is_no_store_where_none_may_be_made(postgres):
    url = postgres.set(database="empty")
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE empty")
    engine.dispose()
    where = url.render_as_string(hide_password=False)
    assert refused(lambda: Store(where, create=False)).endswith(
        ": there is no store in this database. Check its name, or make one with `simulate` or `collect`."
    )
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


# -- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["sqlite:///s.db", "sqlite+pysqlite:///s.db", sa.URL.create("sqlite", database="s.db")],
)
def test_a_sqlite_address_means_the_file(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    store = Store(address)
    assert store.path == Path("s.db")
    assert pragmas(store)["journal_mode"] == "wal"
    assert Path("s.db").is_file()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "sqlite:///s.db?mode=ro"])
def test_a_sqlite_address_without_a_file_is_refused(address):
    assert refused(lambda: Store(address)) == (
        f"{address}: this address names no file. Write the path itself, such as class.sqlite."
    )


# -- modes ---------------------------------------------------------------------------------------


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_files_of(path: Path) -> dict[str, str]:
    return {file.name: mode(file) for file in path.parent.iterdir()}


@posix
@pytest.mark.parametrize("own", [True, False])
def test_a_new_store_is_its_owners_alone_with_all_that_lies_beside_it(tmp_path, usual_umask, own):
    path = tmp_path / "deep" / "answers" / "new.sqlite"
    store = Store(path, own=own)
    with closing(sqlite3.connect(path)) as held:
        held.execute("SELECT count(*) FROM judgments").fetchone()  # so that the log stays
        store.merge([ROW])
        modes = open_files_of(path)
    assert len(modes) == (2 if own else 3)  # -journal, or -wal and -shm
    assert set(modes.values()) == {"0o600"}
    assert mode(path.parent) == mode(path.parent.parent) == "0o700"


@posix
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_store_that_others_could_read_is_mended_with_a_sentence(
    tmp_path, usual_umask, caplog, suffix
):
    path = tmp_path / "class.sqlite"
    store = Store(path)
    with closing(sqlite3.connect(path)) as held:
        held.execute("SELECT count(*) FROM judgments").fetchone()  # so that the log stays
        store.merge([ROW])
        beside = path.with_name(path.name + suffix)
        beside.touch()
        beside.chmod(0o644)
        with caplog.at_level(logging.WARNING, "boundaries"):
            Store(path, create=False).ratings("s")
            Store(path, create=False).ratings("s")
        assert mode(beside) == "0o600"
    said = f"{path}: other users of this computer could read it. Now only you can."
    assert [record.getMessage() for record in caplog.records] == [said]


@posix
def test_a_disk_that_keeps_no_modes_is_not_said_to_be_closed(tmp_path, monkeypatch, caplog):
    """Some network disks take a new mode without a word and without effect."""
    folder = tmp_path / "answers"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setattr(Path, "chmod", lambda self, mode: None)
    with caplog.at_level(logging.WARNING, "boundaries"):
        student(content(vignette("tiles")), {"BOUNDARIES_HOME": str(folder)})
    assert not caplog.records


@posix
def test_a_students_folder_that_others_could_open_is_mended_with_a_sentence(
    tmp_path, usual_umask, caplog
):
    folder = tmp_path / "answers"
    folder.mkdir()
    with caplog.at_level(logging.WARNING, "boundaries"):
        for _ in range(2):
            student(content(vignette("tiles")), {"BOUNDARIES_HOME": str(folder)})
    assert mode(folder) == "0o700"
    said = f"{folder}: other users of this computer could open it. Now only you can."
    assert [record.getMessage() for record in caplog.records] == [said]


@posix
@pytest.mark.parametrize("there", ["home", "temporary"])
def test_a_folder_that_serves_others_too_stays_as_it_is(tmp_path, usual_umask, monkeypatch, there):
    tmp_path.chmod(0o1777 if there == "temporary" else 0o755)
    if there == "home":
        monkeypatch.setenv("HOME", str(tmp_path))
    own = student(content(vignette("tiles")), {"BOUNDARIES_HOME": str(tmp_path)})
    assert mode(tmp_path) == ("0o1777" if there == "temporary" else "0o755")
    assert mode(own.path) == "0o600"


@posix
def test_a_file_that_may_not_be_written_stays_so(tmp_path, usual_umask):
    path = tmp_path / "class.sqlite"
    Store(path).close()
    path.chmod(0o444)
    Store(path, create=False)
    assert mode(path) == "0o400"


# -- a database server ---------------------------------------------------------------------------


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
