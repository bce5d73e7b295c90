"""What version 0.1.0 wrote, before the package had rooms, still opens and counts as it did then.

`old/` holds files of invented people that 0.1.0 made: a class's store, a student's own file with rows in its log (the
kernel was killed), that student's submission and the class's archive; `tallies.json` is what 0.1.0 counted in them.
"""

import gzip
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas
import pytest

from boundaries.answers import databases
from boundaries.answers.store import Session, Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import read, write

OLD = Path(__file__).parent / "old"
TALLIES = json.loads((OLD / "tallies.json").read_text(encoding="utf-8"))


def unpacked(name: str, folder: Path) -> Path:
    path = folder / name
    with gzip.open(OLD / f"{name}.gz") as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path


def tallies(store: Store, session: str) -> dict:
    ratings = [list(row) for row in store.ratings(session)]
    moves = [list(row) for row in store.moves(session)]
    return {
        "people": store.people(session),
        "ratings": sorted(ratings, key=str),
        "moves": sorted(moves, key=str),
    }


def journal_mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A student's own file, some of whose rows are in the log only."""
    unpacked("student.sqlite-wal", tmp_path)
    return unpacked("student.sqlite", tmp_path)


def test_an_old_class_store_counts_as_it_did_and_keeps_its_log(tmp_path):
    path = unpacked("class.sqlite", tmp_path)
    store = Store(path, create=False)
    assert tallies(store, "autumn") == TALLIES["class"]
    assert store.sessions() == [Session("autumn", "Ethics, autumn", False)]
    assert journal_mode(path) == "wal"


def indexes_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'for_%'")
        return {name for (name,) in rows}


def test_an_old_store_counts_moves_by_the_new_index_once_it_can_be_written(tmp_path, monkeypatch):
    path = unpacked("class.sqlite", tmp_path)
    monkeypatch.setattr(databases, "PATIENCE", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert tallies(Store(path), "autumn") == TALLIES["class"]
        assert indexes_of(path) == {"for_ratings", "for_moves"}
    assert tallies(Store(path, create=False), "autumn") == TALLIES["class"]
    assert indexes_of(path) == {"for_ratings", "for_moves_by_case"}


def test_an_old_students_file_gets_a_rollback_journal_and_loses_nothing(old_file):
    assert journal_mode_of_header(old_file) == 2
    own = Student("own-study", old_file)
    assert tallies(own._store, "own-study") == TALLIES["student"]
    assert own.backup_code() == "014D-2PF2-DBSQ-QG28-T5CY-4TQK-FFK"
    assert own.consent()
    assert journal_mode_of_header(old_file) == 1
    assert not old_file.with_name("student.sqlite-wal").exists()


def journal_mode_of_header(path: Path) -> int:
    """1 for a rollback journal, 2 for a log, without opening the database."""
    return path.read_bytes()[18]


def test_a_file_that_another_program_has_open_keeps_its_log_until_next_time(old_file):
    with closing(sqlite3.connect(old_file)) as other:
        other.execute("SELECT count(*) FROM judgments").fetchone()
        own = Student("own-study", old_file)
        assert tallies(own._store, "own-study") == TALLIES["student"]
        assert journal_mode_of_header(old_file) == 2
    Student("own-study", old_file)
    assert journal_mode_of_header(old_file) == 1
    assert tallies(own._store, "own-study") == TALLIES["student"]


def test_an_old_submission_is_read_and_written_as_it_was(course):
    data = (OLD / "submission.json").read_bytes()
    assert write(read(data, course, session="own-study")) == data


def test_an_old_archive_is_read_as_it_was():
    table = pandas.read_parquet(
        io.BytesIO(gzip.decompress((OLD / "archive.parquet.gz").read_bytes()))
    )
    counts = table.groupby(["item", "phase", "level", "rating"]).size()
    assert sorted([*key, n] for key, n in counts.items()) == TALLIES["archive"]
