"""An invented class as a learning platform would hand it over: files for a lecturer to rehearse
with before term."""

from __future__ import annotations

import csv
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from boundaries.answers import submissions
from boundaries.answers.submissions import Submission
from boundaries.content import Content
from boundaries.counts.invented import invent, is_invented
from boundaries.errors import RosterError

LAYOUTS = ("canvas", "moodle", "blackboard", "brightspace")
DUE = "2026-10-01 12:00"

_FIRST = "Zoë Łukasz Aiko Noor Mateo Ingrid Thabo Priya Jonas Yara Siobhán Emeka Lin Farah Pavel Ana Tomás Mei Ola Ravi"
_LAST = "Adeyemi Berg Castro Dvořák Evans Fischer García Haddad Ito Jansen Kowalski Lopez Müller Nguyen O'Brien Park"
_NAMES = [(first, last) for last in _LAST.split() for first in _FIRST.split()]
_CONSENT, _LATE = 0.7, 1 / 12
_ROSTERS = {
    "canvas": ("Student", "ID", "SIS Login ID", "Section"),
    "moodle": ("Identifier", "Full name", "Email address", "Status"),
    "blackboard": ("Last Name", "First Name", "Username", "Student ID"),
    "brightspace": ("OrgDefinedId", "Username", "Last Name", "First Name"),
}


@dataclass
class Rehearsal:
    """What was written, and what a store must hold once it is collected: numbers to check against."""

    archive: Path
    roster: Path
    students: int = 0
    judgments: int = 0
    skips: int = 0
    late: int = 0


@dataclass(frozen=True)
class _Student:
    """Somebody who does not exist."""

    number: int
    first: str
    last: str
    late: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def user(self) -> str:
        return f"invented_{self.number}"


def class_of(content: Content, *, students: int, seed: int, session: str) -> Iterator[Submission]:
    """The submissions of an invented class; about seven in ten say yes to research."""
    rng = random.Random(f"{seed}|consent")  # noqa: S311 - no secret
    version = submissions.content_version(content)
    rows = invent(content, students=students, seed=seed, session=session)
    for participant, judgments in groupby(rows, lambda row: row.participant):
        yield Submission(session, participant, version, rng.random() < _CONSENT, tuple(judgments))


def write_class(
    content: Content,
    folder: Path,
    layout: str,
    *,
    students: int,
    seed: int,
    session: str | None = None,
) -> Rehearsal:
    """Writes an invented class into `folder` as `layout` hands it over (a zip archive and a class
    list, the same bytes for the same seed), with some late and, as platforms do, some files that
    are no submissions.

    Raises RosterError where the session's id does not say that it is invented.
    """
    session = session or f"invented-{seed}"
    if not is_invented(session):
        raise RosterError(
            f"'{session}' does not say that this class is invented, and the files say nothing else. "
            f"Choose an id that begins with 'invented', such as 'invented-{seed}'."
        )
    rng = random.Random(f"{seed}|class")  # noqa: S311
    folder.mkdir(parents=True, exist_ok=True)
    archive, roster = folder / f"{session}-{layout}.zip", folder / f"{session}-roster.csv"
    made = Rehearsal(archive, roster)
    submissions_made = class_of(content, students=students, seed=seed, session=session)
    with (
        zipfile.ZipFile(archive, "w") as packed,
        roster.open("w", encoding="utf-8", newline="") as listed,
    ):
        lines = csv.writer(listed, quoting=csv.QUOTE_ALL, lineterminator="\n")
        lines.writerow(_ROSTERS[layout])
        for number, submission in enumerate(submissions_made):
            # At least one is late, so that there is something to see.
            late = rng.random() < _LATE or number == 0
            student = _Student(number, *_NAMES[number % len(_NAMES)], late)
            lines.writerow(_line(student, layout))
            for name, data in _files(student, layout, submissions.write(submission)):
                # A fixed date: the same class gives the same bytes.
                entry = zipfile.ZipInfo(name, (2026, 10, 3, 8, 0, 0))
                packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
            made.students += 1
            made.judgments += len(submission.judgments)
            made.skips += sum(row.skipped for row in submission.judgments)
            made.late += late and layout != "moodle"  # whose names do not tell
    return made


def _files(student: _Student, layout: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The names under which a platform hands over one student's work, now and then with a note."""
    number, name, plain = student.number, student.name, submissions.FILE_NAME
    day = 2 if student.late else 1
    note = f"Invented note of {name}.".encode()
    with_note = number % 20 == 0
    if layout == "canvas":
        joined = "".join(c for c in f"{student.last}{student.first}".lower() if c.isalnum())
        start = f"{joined}{'_LATE' if student.late else ''}_{10000 + number}_{70000 + number}"
        yield f"{start}_{plain.replace('.json', '-1.json')}", data
        if with_note:
            yield f"{start}_note.txt", note
    elif layout == "moodle":
        start = f"{name}_{4000 + number}_assignsubmission"
        yield f"{start}_file/{plain}", data
        if with_note:
            yield f"{start}_onlinetext/onlinetext.html", note
    elif layout == "blackboard":
        start = f"Homework_1_{student.user}_attempt_2026-10-0{day}-09-{number % 60:02}-00"
        yield f"{start}.txt", note
        yield f"{start}_{plain}", data
    else:
        yield f"{5000 + number}-81 - {name} - Oct {day}, 2026 9{number % 60:02} AM/{plain}", data
        if number == 0:
            yield "index.html", b"Invented index."


def _line(student: _Student, layout: str) -> tuple[object, ...]:
    number, first, last, user = student.number, student.first, student.last, student.user
    if layout == "canvas":
        return f"{last}, {first}", 10000 + number, user, "Invented"
    if layout == "moodle":
        email = f"{user}@example.invalid"
        return f"Participant {4000 + number}", student.name, email, "Submitted"
    if layout == "blackboard":
        return last, first, user, f"i{number}"
    return f"#{number}", user, last, first
