"""Beside each identifier of a class list what came in: handed in, late, complete, nothing else.

"no" is written only where it is known. Where something came that was not read, or whose student
the roster does not tell, it may be anybody's of whom nothing else came, and theirs is "unknown".
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from boundaries.errors import RosterError
from boundaries.instructor.people import Submitter
from boundaries.instructor.rosters import Match, Roster, read_roster
from boundaries.instructor.texts import harmless

MISFIT = (
    "The roster has fewer than half of those who handed in, so no row of the gradebook says 'no'. "
    "Is it this class's list? Export it again from the platform, with its identifiers."
)
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


class Received(NamedTuple):
    """Something that came in: where it lies, whose it is as far as names tell, whether it was `read`.

    What was not read may hold what was asked. `late` is None where nothing tells.
    """

    place: str
    student: Submitter | None
    read: bool
    late: bool | None
    complete: bool


def prepared(roster: Path, gradebook: Path | None, ending: str) -> tuple[Roster, Path]:
    """A class list, and where its gradebook will be: beside it as NAME-ENDING.csv unless given.

    Said now and not after minutes of reading, when everything else is done. Raises RosterError
    where the list cannot be read or the gradebook not be written.
    """
    class_list = read_roster(roster)
    path = gradebook or roster.with_name(f"{roster.stem}-{ending}.csv")
    if path.exists() and path.samefile(roster):
        raise RosterError(f"{path}: this is the roster itself. Give the gradebook another name.")
    _check_writable(path)
    return class_list, path


def graded(roster: Roster, received: Sequence[Received]) -> Gradebook:
    """What the gradebook says of each of the roster's rows, given all that came in."""
    # Where nothing could be read, somebody gave the wrong files, and nothing is known of anybody.
    anybody = not any(each.read for each in received)
    matches = _matches(roster, received)
    sure = _sure_layouts(matches)
    certain: defaultdict[int, list[Received]] = defaultdict(list)
    doubtful: set[int] = set()
    unmatched = set()
    matched = 0
    for each in received:
        people: frozenset[int] = frozenset()
        if each.student:
            people = matches[each.student].people
        if len(people) == 1 and each.read:
            certain[min(people)].append(each)
            matched += 1
            continue
        doubtful |= people
        if len(people) != 1 and each.read:
            unmatched.add(each.student.shown if each.student else each.place)
        if not people and not (each.student and each.student.layout in sure):
            anybody = True
    # Another class's list would have "no" in every row, and nobody would see why.
    fits = 2 * matched >= sum(each.read for each in received)
    rows = []
    for person in roster.people:
        if person in certain:
            rows.append(_cells(certain[person]))
        elif anybody or not fits or person in doubtful:
            rows.append((UNKNOWN, "", UNKNOWN))
        else:
            rows.append((NO, "", NO))
    return Gradebook(tuple(rows), tuple(sorted(unmatched)), fits)


def _check_writable(path: Path) -> None:
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


def _matches(roster: Roster, received: Iterable[Received]) -> dict[Submitter, Match]:
    """Whom each student is in the roster. Where two may be the same person, the one who fits better is."""
    students = {each.student for each in received if each.student}
    matches = {student: student.match(roster) for student in students}
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


def _cells(several: Sequence[Received]) -> tuple[str, str, str]:
    known = {each.late for each in several}
    late = ""
    if False in known:
        late = NO  # one came in time
    elif None not in known:
        late = YES
    return YES, late, YES if any(each.complete for each in several) else NO


def _unwritable(path: Path, error: OSError) -> RosterError:
    return RosterError(
        f"{path}: the gradebook cannot be written ({error.strerror}). Choose another path."
    )
