"""The platform's own class list, and beside each identifier what came in: handed in, late, complete, nothing else."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from boundaries.errors import RosterError
from boundaries.instructor.layouts import Handed, shown
from boundaries.instructor.spreadsheets import harmless

HEADINGS = ("handed in", "late", "complete")
IDENTIFIERS = (
    "Identifier", "ID", "OrgDefinedId", "Username", "Email address", "ID number", "SIS Login ID", "SIS User ID",
    "Email",
)  # fmt: skip
_WHO = {"canvas": "ID", "moodle": "Identifier", "blackboard": "Username"}
_FULL = ("Full name", "Student", "Student Name", "Name")
_FIRST, _LAST = ("First name", "First Name", "Given name"), ("Last name", "Last Name", "Surname")
_BYTES = 20_000_000


@dataclass(frozen=True)
class Roster:
    """A class list: the heading of the identifier that is written again, and a row (heading → cell) a student."""

    column: str
    rows: tuple[Mapping[str, str], ...]

    def row_of(self, file: Handed) -> int | None:
        """Which row's student handed a file in: by the platform's identifier, else by a name that one row has."""
        who = file.who.casefold()
        if (
            file.layout == "blackboard"
        ):  # "HW1_user": the work's name and the user's may both hold underscores
            names = [
                u
                for layout, u in self._by_who
                if layout == "blackboard" and f"_{who}".endswith(f"_{u}")
            ]
            who = max(names, key=len, default=who)
        found = self._by_who.get((file.layout, who), -1)
        for name in _folded(file.name) if found == -1 else ():
            found = self._by_name.get(name, -1) if found == -1 else found
        return None if found == -1 else found

    @cached_property
    def _by_who(self) -> dict[tuple[str, str], int]:
        """By layout and identifier the row; -1 where two have it."""
        found: dict[tuple[str, str], int] = {}
        for layout, column in _WHO.items():
            for n, row in enumerate(self.rows):
                who = row.get(column, "").strip().casefold()
                if match := re.search(r"\d+$", who) if layout == "moodle" else None:
                    who = match[0]  # "Participant 123", in the site's own language
                if who:
                    found[layout, who] = -1 if (layout, who) in found else n
        return found

    @cached_property
    def _by_name(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for n, row in enumerate(self.rows):
            parts = [next((row[h] for h in some if row.get(h)), "") for some in (_FIRST, _LAST)]
            full = next((row[h] for h in _FULL if row.get(h)), "")
            for name in {
                *_folded(" ".join(parts)),
                *_folded(" ".join(reversed(parts))),
                *_folded(full),
            }:
                found[name] = -1 if name in found else n
        return found


def read(path: Path) -> Roster:
    """The class list in a CSV file as a platform exports it (commas, semicolons or tabs; UTF-8, UTF-16 or Windows').

    Raises RosterError where it cannot be read or has no column that identifies a student.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_BYTES)
    except OSError as error:
        raise RosterError(
            f"{path}: the roster cannot be read ({error.strerror}). Check the path."
        ) from None
    text = _decoded(data)
    first = text.partition("\n")[0]
    try:
        table = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        )
    except csv.Error as error:
        raise RosterError(
            f"{path}: the roster is not a CSV file ({error}). Export it again."
        ) from None
    headings = [cell.strip() for cell in table[0]] if table else []
    column = next((name for name in IDENTIFIERS if name in headings), None)
    if column is None:
        raise RosterError(
            f"{path}: no column identifies a student. Allowed: {', '.join(IDENTIFIERS)}. "
            "Export the roster or the gradebook from your platform, with its first line."
        )
    rows = [dict(zip(headings, cells, strict=False)) for cells in table[1:]]
    return Roster(column, tuple(row for row in rows if row.get(column, "").strip()))


def write(path: Path, roster: Roster, handed: Iterable[tuple[Handed, bool]]) -> tuple[str, ...]:
    """Writes a row a student of the roster, in its order, and returns the names on files that match no row.

    `handed` are files with whether their student's answers are complete. `late` is empty where the platform does
    not tell, and "no" if one file came in time. Raises RosterError where the file cannot be written.
    """
    found: dict[int, list[tuple[Handed, bool]]] = {}
    unmatched = set()
    for file, complete in handed:
        number = roster.row_of(file)
        if number is None:
            unmatched.add(shown(file.name or file.who or file.place))
        else:
            found.setdefault(number, []).append((file, complete))
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            lines = csv.writer(stream)
            lines.writerow([roster.column, *HEADINGS])
            for n, row in enumerate(roster.rows):
                files = found.get(n, [])
                late = {file.late for file, _ in files}
                came_late = "" if late <= {None} else _said(False not in late)
                complete = any(done for _, done in files)
                lines.writerow(
                    [harmless(row[roster.column]), _said(bool(files)), came_late, _said(complete)]
                )
    except OSError as error:
        raise RosterError(
            f"{path}: the gradebook cannot be written ({error.strerror}). Choose another path."
        ) from None
    return tuple(sorted(unmatched))


def _said(true: bool) -> str:
    return "yes" if true else "no"


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _folded(name: str) -> set[str]:
    """A name without case, accents, spaces and order: "Berg, Zoë" and "zoe berg" meet, and so does "bergzoe"."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c)
    )
    words = re.findall(r"[^\W_]+", plain)
    return {"".join(words), "".join(sorted(words))} - {""}
