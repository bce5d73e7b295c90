"""A student's answers in a browser, without a server: in memory, and on the browser's own drive.

JupyterLite's kernel sees that drive as a folder, but SQLite finds no locks there. So the database
is in memory, and each row is a small file as well, written and read back before its transaction
commits. All notebooks of a site share the drive, each with a Python of its own: whoever writes is
alone for that moment, and takes in first what the others wrote. A file is never written over, so
that none is lost whatever the drive does.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from boundaries.answers import queries, strict_json
from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.answers.tables import CONSENTS, JUDGMENTS, LAYOUT, ROW, TOKENS, WRITINGS
from boundaries.answers.writing_rows import upsert_writings
from boundaries.answers.writings import Writing
from boundaries.errors import JsonError, StoreError

# Where the kernel sees the browser's drive; not there where the browser keeps no files.
DRIVE = Path("/drive")

# What a file holds of a row. A token's counter is left out: the rows themselves tell it.
_KEPT = {
    TOKENS: ("session", "token"),
    CONSENTS: ("session", "participant", "consent"),
    JUDGMENTS: ROW,
    WRITINGS: ("session", "participant", "item", "question", "text", "revision"),
}

_NAME = re.compile(r"([a-z]+-[0-9a-f]{12})-(\d+)-[0-9a-f]{8}\.json")
_CLAIM = "writing-now-"
_TRIES = 8
# After so many seconds a notebook that began to write has surely been closed meanwhile.
_DEAD = 10.0

# What is kept of rows, by the beginning of their files' names.
Rows = dict[str, dict[str, Any]]


class BrowserStore(Store):
    """A student's store in memory, whose rows are files in `folder`.

    Raises StoreError as every store does: also where a file does not read back as it was written,
    or another notebook goes on writing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ready = False
        self._read: set[str] = set()
        self._versions: dict[str, int] = {}
        self._rows: Rows = {}
        super().__init__(Path(tempfile.mkdtemp()) / "answers.sqlite", own=True)
        self.where = str(folder)
        with self._sentences():
            folder.mkdir(parents=True, exist_ok=True)
        self._ready = True

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that sees what other notebooks wrote, and commits when its files are read back."""
        if not self._ready:
            with super().writing() as connection:
                yield connection
            return
        with self._sentences(), self._alone():
            with super().writing() as connection:
                self._take_in(connection)
            with super().writing() as connection:
                yield connection
                self._put_out(connection)

    # -- one after the other ----------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile.

        The drive offers no lock and no exclusive file. So each writer first says that it will
        write, then looks who else does; of two at least one sees the other, and whoever sees
        another steps back, for a time of its own.
        """
        claim = self.folder / f"{_CLAIM}{secrets.token_hex(8)}.json"
        try:
            for _ in range(_TRIES):
                claim.write_text("{}", encoding="utf-8")
                if not self._others(claim):
                    break
                claim.unlink()
                time.sleep(random.uniform(0.05, 0.4))  # noqa: S311 - no secret
            else:
                raise StoreError(
                    "Another notebook of this course is storing an answer, so nothing was stored "
                    "here. Wait a moment, then press the button again."
                )
            yield
        finally:
            claim.unlink(missing_ok=True)

    def _others(self, claim: Path) -> bool:
        """Whether somebody else says that they write. What a closed notebook left is removed."""
        alive = False
        for other in self.folder.glob(f"{_CLAIM}*"):
            if other.name == claim.name:
                continue
            with suppress(OSError):  # it has just gone
                # Both times are the drive's own, whatever Python's clock says.
                if claim.stat().st_mtime - other.stat().st_mtime < _DEAD:
                    alive = True
                else:
                    other.unlink(missing_ok=True)
        return alive

    # -- files ------------------------------------------------------------------------------------

    def _take_in(self, connection: sa.Connection) -> None:
        """Reads the files that other notebooks, or an earlier visit, put on the drive."""
        new = []
        for path in self.folder.iterdir():
            name = _NAME.fullmatch(path.name)
            if name and path.name not in self._read:
                new.append((int(name[2]), name[1], path))
        for version, stem, path in sorted(new):
            kept = _row_in(path)
            if kept is None:
                continue
            table, row = kept
            if table in (JUDGMENTS, WRITINGS) or version >= self._versions.get(stem, 0):
                _merge(connection, table, row)
            self._versions[stem] = max(version, self._versions.get(stem, 0))
            self._read.add(path.name)
        if new:
            self._rows = _rows_of(connection)

    def _put_out(self, connection: sa.Connection) -> None:
        """Writes a file for each row that is not on the drive yet, and reads it back."""
        rows = _rows_of(connection)
        for stem, row in rows.items():
            if row == self._rows.get(stem):
                continue
            version = self._versions.get(stem, 0) + 1
            data = json.dumps({"layout": LAYOUT, "row": row}, sort_keys=True, ensure_ascii=False)
            digest = hashlib.sha256(data.encode()).hexdigest()[:8]
            path = self.folder / f"{stem}-{version}-{digest}.json"
            path.write_text(data, encoding="utf-8")
            kept = _row_in(path)
            if kept is None or kept[1] != row:
                raise StoreError(
                    f"{path}: the browser gave back something else than what was written, so "
                    "nothing was stored. Close other tabs of this course, then try again."
                )
            self._versions[stem] = version
            self._read.add(path.name)
            if version > 1:
                self._remove_older(stem, path.name)
        self._rows = rows

    def _remove_older(self, stem: str, newest: str) -> None:
        # Only now, when the newest is read back: until then the older one is all that there is.
        for path in self.folder.glob(f"{stem}-*.json"):
            if path.name != newest:
                with suppress(OSError):  # an old version that stays does no harm
                    path.unlink()


def _rows_of(connection: sa.Connection) -> Rows:
    """What is kept of all rows of a store in memory."""
    rows = {}
    for table, names in _KEPT.items():
        query = sa.select(*(table.c[name] for name in names))
        for values in connection.execute(query):
            row = dict(zip(names, values, strict=True))
            key = repr([row[column.name] for column in table.primary_key])
            digest = hashlib.sha256(key.encode()).hexdigest()[:12]
            rows[f"{table.name}-{digest}"] = row
    return rows


def _row_in(path: Path) -> tuple[sa.Table, dict[str, Any]] | None:
    """The table and the row of a file; None of one that was made and never filled. Raises StoreError."""
    data = path.read_bytes()
    if not data.strip():  # the browser was killed in between, and nobody was told that it is stored
        return None
    try:
        kept = strict_json.parse(data)
    except JsonError as error:
        raise StoreError(f"{path}: this file {error}. {_MOVE}") from None
    if not isinstance(kept, dict) or kept.get("layout") != LAYOUT:
        raise StoreError(f"{path}: this file is not from this version of the course. {_MOVE}")
    for table, names in _KEPT.items():
        row = kept.get("row")
        if (
            path.name.startswith(f"{table.name}-")
            and isinstance(row, dict)
            and set(row) == set(names)
        ):
            return table, row
    raise StoreError(f"{path}: this file is no answer that the course wrote. {_MOVE}")


_MOVE = "Move it out of this folder, then run the notebook from its top."


def _merge(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    """Merges a row from the drive: answers by their rules, of the others the newest file counts."""
    if table is JUDGMENTS:
        queries.upsert(connection, [Judgment(**row)])
        _count_on(connection, row)
    elif table is WRITINGS:
        person = (row.pop("session"), row.pop("participant"))
        upsert_writings(connection, {person: [Writing(**row)]})
        _count_on(connection, {"session": person[0], **row})
    else:
        queries.put_rows(connection, table, {"revision": 0, **row}, renewed=tuple(row))


def _count_on(connection: sa.Connection, row: dict[str, Any]) -> None:
    """The next revision is higher than any that was taken in."""
    own = (TOKENS.c.session == row["session"], TOKENS.c.revision < row["revision"])
    connection.execute(sa.update(TOKENS).where(*own).values(revision=row["revision"]))


class BrowserStudent(Student):
    """The person at this browser, whose answers are files in `path`, a folder of its drive."""

    keeps = "this browser only"
    caution = (
        "Your answers are kept in this browser only: clearing its data deletes them, and whoever "
        "uses it after you can read them, as can other pages under this website's name. Nothing "
        "is sent anywhere. Save your submission and download it, to have it elsewhere."
    )

    def _open_store(self) -> Store:
        return store_on(self.path)


@cache
def store_on(folder: Path) -> BrowserStore:
    """The store of a folder of the drive, opened once: each file is read once a notebook."""
    return BrowserStore(folder)


def answers_folder(drive: Path = DRIVE) -> Path:
    """Where on the browser's drive answers are kept.

    Raises StoreError where this browser shows the kernel no files, and says what to do.
    """
    if not drive.is_dir():
        raise StoreError(
            "This browser keeps no files for the course, as in some private windows and on pages "
            "without https. Open the page in an ordinary window, over https, and reload it once. "
            "If that does not help, ask your lecturer for the lesson as one file."
        )
    return drive / "my-answers"
