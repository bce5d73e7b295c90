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
from typing import Any

from boundaries.answers import submissions
from boundaries.answers.submissions import Submission
from boundaries.content import Content
from boundaries.counts.invented import invent, is_invented
from boundaries.errors import RosterError
from boundaries.instructor.texts import CONVENTIONS

PLATFORMS: dict[str, Any] = CONVENTIONS["rehearsal"]
DUE = "2026-10-01 12:00"

_FIRST = "Zoë Łukasz Aiko Noor Mateo Ingrid Thabo Priya Jonas Yara Siobhán Emeka Lin Farah Pavel Ana Tomás Mei Ola Ravi"
_LAST = "Adeyemi Berg Castro Dvořák Evans Fischer García Haddad Ito Jansen Kowalski Lopez Müller Nguyen O'Brien Park"
_NAMES = [(first, last) for last in _LAST.split() for first in _FIRST.split()]
_CONSENT, _LATE = 0.7, 1 / 12


@dataclass
class Rehearsal:
    """What was written, and what a store must hold once it is collected: numbers to check against."""

    archive: Path
    roster: Path
    students: int = 0
    judgments: int = 0
    skips: int = 0
    late: int = 0


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
    made, names = Rehearsal(archive, roster), PLATFORMS[layout]
    submissions_made = class_of(content, students=students, seed=seed, session=session)
    with (
        zipfile.ZipFile(archive, "w") as packed,
        roster.open("w", encoding="utf-8", newline="") as listed,
    ):
        lines = csv.writer(listed, quoting=csv.QUOTE_ALL, lineterminator="\n")
        lines.writerow(names["roster"])
        for number, submission in enumerate(submissions_made):
            # At least one is late, so that there is something to see.
            late = rng.random() < _LATE or number == 0
            known = _student(number, late)
            lines.writerow([cell.format_map(known) for cell in names["row"]])
            files = {names["file"]: submissions.write(submission)}
            if number % names["every"] == 0:
                files[names["note"]] = b"An invented note."
            for name, data in files.items():
                # A fixed date: the same class gives the same bytes.
                entry = zipfile.ZipInfo(name.format_map(known), (2026, 10, 3, 8, 0, 0))
                packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
            made.students += 1
            made.judgments += len(submission.judgments)
            made.skips += sum(row.skipped for row in submission.judgments)
            made.late += late and layout != "moodle"  # whose names do not tell
    return made


def _student(number: int, late: bool) -> dict[str, object]:
    """Somebody who does not exist, as `platforms.toml` fills in their names."""
    first, last = _NAMES[number % len(_NAMES)]
    joined = "".join(letter for letter in f"{last}{first}".lower() if letter.isalnum())
    names = {"first": first, "last": last, "joined": joined, "user": f"invented_{number}"}
    # Canvas says that a file is late; the others name the day, the first of which is the last one allowed.
    when = {"late": "_LATE" if late else "", "day": 2 if late else 1, "minute": number % 60}
    return {"n": number, **names, **when}
