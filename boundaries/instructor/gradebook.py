"""Beside each identifier of a class list what came in: handed in, late, complete, nothing else.

"no" is written only where it is known. Where something came that was not read, or whose student
the roster does not tell, it may be anybody's of whom nothing else came, and theirs is "unknown".
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from boundaries.answers.judgments import Person
from boundaries.errors import RosterError
from boundaries.instructor.handins import HandedFile
from boundaries.instructor.people import Submitter
from boundaries.instructor.rosters import Match, Roster
from boundaries.instructor.texts import harmless

HEADINGS = ("handed in", "late", "complete")
_HEAD = 4_096  # bytes that hold the line of headings
YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Gradebook:
    """The cells of each row, whom the roster does not have, and whether it has at least half of the class."""

    rows: tuple[tuple[str, str, str], ...]
    unmatched: tuple[str, ...]
    fits: bool

    @property
    def unknown(self) -> int:
        """How many rows do not say whether something was handed in."""
        return sum(cells[0] == UNKNOWN for cells in self.rows)


def graded(roster: Roster, files: Iterable[HandedFile], complete: Collection[Person]) -> Gradebook:
    """What the gradebook says of each of the roster's rows, given all files, and who judged all that was asked."""
    # What was rejected counts as not handed in; what could not be read may be a submission.
    files = [file for file in files if file.person or file.unread]
    # Where nothing is a submission, somebody gave the wrong files, and nothing is known of anybody.
    anybody = not any(file.person for file in files)
    matches = _matches(roster, files)
    sure = _sure_layouts(matches)
    certain: defaultdict[int, list[HandedFile]] = defaultdict(list)
    doubtful: set[int] = set()
    unmatched = set()
    matched = 0
    for file in files:
        people: frozenset[int] = frozenset()
        if file.student:
            people = matches[file.student].people
        if len(people) == 1 and file.person:
            certain[min(people)].append(file)
            matched += 1
            continue
        doubtful |= people
        if len(people) != 1 and file.person:
            unmatched.add(file.student.shown if file.student else file.place)
        if not people and not (file.student and file.student.layout in sure):
            anybody = True
    # Another class's list would have "no" in every row, and nobody would see why.
    fits = 2 * matched >= sum(file.person is not None for file in files)
    rows = []
    for person in roster.people:
        if person in certain:
            rows.append(_cells(certain[person], complete))
        elif anybody or not fits or person in doubtful:
            rows.append((UNKNOWN, "", UNKNOWN))
        else:
            rows.append((NO, "", NO))
    return Gradebook(tuple(rows), tuple(sorted(unmatched)), fits)


def check_writable(path: Path) -> None:
    """Raises RosterError where no gradebook can be written there, or something else is there.

    Nothing is changed.
    """
    existed = path.exists()
    head = b""
    try:
        if path.is_file():  # no screen, no pipe
            with path.open("rb") as file:
                head = file.read(_HEAD)
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None
    if head and HEADINGS[0].encode() not in head:
        raise RosterError(
            f"{path}: another file is there, which is no gradebook. It was left as it is. "
            "Choose another path, or move it away."
        )


def write_gradebook(path: Path, roster: Roster, gradebook: Gradebook) -> None:
    """Writes a row for each of the roster's, in its order. Raises RosterError where the file
    cannot be written."""
    try:
        # With the mark, or Excel reads names in the code page of its country.
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            lines = csv.writer(stream)
            lines.writerow([harmless(roster.heading), *HEADINGS])
            for row, cells in zip(roster.rows, gradebook.rows, strict=True):
                lines.writerow([harmless(row[roster.column]), *cells])
    except OSError as error:
        raise _unwritable(path, error) from None


def _matches(roster: Roster, files: Iterable[HandedFile]) -> dict[Submitter, Match]:
    """Whom each student is in the roster. Where two may be the same person, the one who fits better is."""
    matches: dict[Submitter, Match] = {}
    for file in files:
        if file.student and file.student not in matches:
            matches[file.student] = file.student.match(roster)
    best: dict[int, int] = {}
    for match in matches.values():
        if len(match.people) == 1:
            person = min(match.people)
            best[person] = min(best.get(person, match.rank), match.rank)
    for student, match in matches.items():
        if len(match.people) == 1 and match.rank > best[min(match.people)]:
            matches[student] = Match(frozenset(), match.rank)
    return matches


def _sure_layouts(matches: dict[Submitter, Match]) -> set[str]:
    """The platforms most of whose identifiers the roster has: whom it lacks is then in no row of it."""
    sure = set()
    for layout in {student.layout for student in matches}:
        own = [match for student, match in matches.items() if student.layout == layout]
        by_identifier = sum(match.rank == 0 and bool(match.people) for match in own)
        if 2 * by_identifier >= len(own):
            sure.add(layout)
    return sure


def _cells(files: Sequence[HandedFile], complete: Collection[Person]) -> tuple[str, str, str]:
    known = {file.origin.late for file in files}
    late = ""
    if False in known:
        late = NO  # one file came in time
    elif None not in known:
        late = YES
    is_complete = any(file.person in complete for file in files)
    return YES, late, YES if is_complete else NO


def _unwritable(path: Path, error: OSError) -> RosterError:
    return RosterError(
        f"{path}: the gradebook cannot be written ({error.strerror}). Choose another path."
    )
