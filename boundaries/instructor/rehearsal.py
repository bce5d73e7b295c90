"""An invented class as a learning platform would hand it over: files for a lecturer to rehearse
with before term."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Rehearsal:
    """What was written, and what a store must hold once it is collected: numbers to check against."""

    archive: Path
    roster: Path
    students: int
    judgments: int
    skips: int
    late: int
    consents: int


@dataclass(frozen=True)
class _Student:
    """Somebody who does not exist."""

    number: int
    first: str
    last: str
    late: bool
    submission: Submission

    @property
    def user(self) -> str:
        return f"invented_{self.number}"


def class_of(content: Content, *, students: int, seed: int, session: str) -> Iterator[Submission]:
    """The submissions of an invented class; about seven in ten say yes to research."""
    rng = random.Random(f"{seed}|consent")  # noqa: S311 - no secret
    version = submissions.content_version(content)
    rows = invent(content, students=students, seed=seed, session=session)
    for participant, mine in groupby(rows, lambda row: row.participant):
        yield Submission(session, participant, version, rng.random() < _CONSENT, tuple(mine))


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
    everybody = [
        _Student(number, *_NAMES[number % len(_NAMES)], rng.random() < _LATE, submission)
        for number, submission in enumerate(
            class_of(content, students=students, seed=seed, session=session)
        )
    ]
    if everybody:
        everybody[0] = replace(
            everybody[0], late=True
        )  # at least one, so that there is something to see
    folder.mkdir(parents=True, exist_ok=True)
    archive, roster = folder / f"{session}-{layout}.zip", folder / f"{session}-roster.csv"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for student in everybody:
            for name, data in _files(student, layout):
                packed.writestr(
                    zipfile.ZipInfo(name, (2026, 10, 3, 8, 0, 0)), data, zipfile.ZIP_DEFLATED
                )
    lines = [_ROSTERS[layout], *(_line(student, layout) for student in everybody)]
    roster.write_text(
        "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines), encoding="utf-8"
    )
    rows = [row for student in everybody for row in student.submission.judgments]
    return Rehearsal(
        archive,
        roster,
        students=len(everybody),
        judgments=len(rows),
        skips=sum(row.skipped for row in rows),
        late=sum(student.late for student in everybody)
        if layout != "moodle"
        else 0,  # its names do not tell
        consents=sum(student.submission.consent for student in everybody),
    )


def _files(student: _Student, layout: str) -> Iterator[tuple[str, bytes]]:
    """The names under which a platform hands over one student's work."""
    data, number = submissions.write(student.submission), student.number
    plain, name, day = (
        submissions.FILE_NAME,
        f"{student.first} {student.last}",
        2 if student.late else 1,
    )
    note = f"Invented note of {name}.".encode()
    if layout == "canvas":
        joined = "".join(c for c in f"{student.last}{student.first}".lower() if c.isalnum())
        start = f"{joined}{'_LATE' if student.late else ''}_{10000 + number}_{70000 + number}"
        yield f"{start}_{plain.replace('.json', '-1.json')}", data
        if number % 20 == 0:
            yield f"{start}_note.txt", note
    elif layout == "moodle":
        yield f"{name}_{4000 + number}_assignsubmission_file/{plain}", data
        if number % 20 == 0:
            yield f"{name}_{4000 + number}_assignsubmission_onlinetext/onlinetext.html", note
    elif layout == "blackboard":
        start = f"Homework_1_{student.user}_attempt_2026-10-0{day}-09-{number % 60:02}-00"
        yield f"{start}.txt", note
        yield f"{start}_{plain}", data
    else:
        yield f"{5000 + number}-81 - {name} - Oct {day}, 2026 9{number % 60:02} AM/{plain}", data
        if number == 0:
            yield "index.html", b"Invented index."


def _line(student: _Student, layout: str) -> tuple[str, ...]:
    number, name = student.number, f"{student.first} {student.last}"
    return {
        "canvas": (
            f"{student.last}, {student.first}",
            str(10000 + number),
            student.user,
            "Invented",
        ),
        "moodle": (
            f"Participant {4000 + number}",
            name,
            f"{student.user}@example.invalid",
            "Submitted",
        ),
        "blackboard": (student.last, student.first, student.user, f"i{number}"),
        "brightspace": (f"#{number}", student.user, student.last, student.first),
    }[layout]
