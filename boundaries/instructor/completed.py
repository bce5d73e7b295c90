"""Completion codes that a class handed in through a learning platform, as lines of a gradebook.

A platform gives such answers as a table (a quiz, a form, an online text) or as one small text file
a student, in a folder or an archive. Of each it is asked who handed it in and which codes stand in
it; nothing else of it is read. No code leads to a judgment.
"""

from __future__ import annotations

import csv
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boundaries.answers.completion import codes_in, late_by_code
from boundaries.answers.store import Store
from boundaries.counts.classes import chosen_session
from boundaries.errors import RosterError
from boundaries.instructor.class_lists import class_table, text_of
from boundaries.instructor.gradebook import MISFIT, Received, graded, prepared, write_gradebook
from boundaries.instructor.handins import HandedFile
from boundaries.instructor.layouts import printable
from boundaries.instructor.people import Submitter, Submitters
from boundaries.instructor.platforms import FileLimits, handed_files
from boundaries.instructor.texts import FIRST, FULL, IDENTIFIERS, LAST, meaning

_TABLE_BYTES, _TEXT_BYTES = 20_000_000, 200_000
_TABLES = (".csv", ".tsv", ".txt")
_TEXTS = (".html", ".htm", ".txt", ".md")


@dataclass(frozen=True)
class HandedCodes:
    """What one student handed in: the codes in it, and where it stood. `student` is None where no
    name tells."""

    place: str
    student: Submitter | None
    codes: tuple[str, ...]
    trouble: str = ""  # why it was not read

    @property
    def whose(self) -> Submitter | str:
        """What tells two students apart who have one name."""
        return self.student or self.place

    @property
    def shown(self) -> str:
        """Whose it is, as a summary says it."""
        return self.student.shown if self.student else self.place


@dataclass
class Completed:
    """Who has done a homework; as text, what a lecturer should know of it."""

    session: str
    cases: int
    done: int = 0
    late: int = 0
    whole: bool = True  # whether all that was given was read
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """How many are done and late, then a line for each thing to look at."""
        students = "1 student has" if self.done == 1 else f"{self.done:,} students have"
        first = f"{students} judged all {self.cases} cases of '{self.session}', {self.late} of them late."
        return "\n".join([first, *self.notes])


def completed(
    paths: Iterable[Path],
    store: Store,
    session: str | None = None,
    *,
    roster: Path | None = None,
    gradebook: Path | None = None,
) -> Completed:
    """Who has done the homework of a session, by the codes in these files, folders or archives.

    With `roster`, the platform's class list, a gradebook is written beside it: handed in, late,
    complete. A code that two students handed in counts for neither: both are named. Raises
    StoreError for a session that is not there, RosterError for what cannot be read or written.
    """
    session = chosen_session(store, session).id
    class_list = None
    if roster:
        class_list, gradebook = prepared(roster, gradebook, "completed")
    answers = list(handed_codes(paths))
    late = late_by_code(store, session, (code for answer in answers for code in answer.codes))
    summary = Completed(session, len({row[0] for row in store.ratings(session)}))
    # Two who handed in one code can be told only from the files: the store keeps no names.
    owners: defaultdict[str, dict[Submitter | str, HandedCodes]] = defaultdict(dict)
    for answer in answers:
        for code in answer.codes:
            if code in late:
                owners[code][answer.whose] = answer
    late_of: dict[Submitter | str, bool] = {}
    for code, several in owners.items():
        if len(several) > 1:
            summary.notes.append(_twice(code, [answer.shown for answer in several.values()]))
            continue
        (whose,) = several
        # In time with one code is in time.
        late_of[whose] = late[code] and late_of.get(whose, True)
    summary.done, summary.late = len(late_of), sum(late_of.values())
    summary.notes += _without_code(answers, late)
    unread = [f"Not read, {each.place}: {each.trouble}" for each in answers if each.trouble]
    summary.notes += unread
    summary.whole = not unread
    if class_list and gradebook:
        received = []
        for answer in answers:
            # Where nobody was done, the files are of another homework, or the store is.
            read = bool(late_of) and not answer.trouble
            done = (late_of.get(answer.whose), answer.whose in late_of)
            received.append(Received(answer.place, answer.student, read, *done))
        book = graded(class_list, received)
        write_gradebook(gradebook, class_list, book)
        summary.notes.append(f"The gradebook is {gradebook}.")
        if book.unmatched:
            summary.notes.append(f"Not in the roster: {', '.join(book.unmatched)}.")
        if not book.fits:
            summary.notes.append(MISFIT)
    return summary


def _twice(code: str, names: Sequence[str]) -> str:
    people = " and ".join(sorted(names))
    return f"{people} handed in one and the same code, {code}. It counts for none of them: ask whose it is."


def _without_code(answers: Sequence[HandedCodes], known: Iterable[str]) -> list[str]:
    known = set(known)
    wrong, empty = set(), set()
    for answer in answers:
        if not answer.codes and not answer.trouble:
            empty.add(answer.shown)
        elif answer.codes and known.isdisjoint(answer.codes):
            wrong.add(answer.shown)
    notes = []
    if wrong:
        notes.append(
            f"Codes that this session never gave, from: {', '.join(sorted(wrong))}. "
            "They may be of another homework, or mistyped."
        )
    if empty:
        notes.append(f"Handed in something without a code: {', '.join(sorted(empty))}.")
    return notes


# -- reading ---------------------------------------------------------------------------------------


def handed_codes(paths: Iterable[Path]) -> Iterator[HandedCodes]:
    """What is in these files, folders and archives. Raises RosterError for a path that cannot be read."""
    paths = list(paths)
    limits = FileLimits(file=_TABLE_BYTES)
    others: list[HandedFile] = []
    for file in handed_files(paths, limits, endings=(*_TABLES, *_TEXTS)):
        if file.trouble and file.place in map(str, paths):
            raise RosterError(f"{file.place}: {file.trouble}")
        name = file.origin.parts[-1]
        table: list[list[str]] = []
        if file.data and name.lower().endswith(_TABLES):
            try:
                table = class_table(file.data)
            except csv.Error as error:
                file.trouble = f"it is not a CSV file ({error}). Export it again."
        if table:
            yield from _rows(name, table)
        else:
            others.append(file)
    people = Submitters([(file.origin, None) for file in others])
    for file in others:
        codes = tuple(codes_in(_plain(file.data))) if file.data else ()
        place = printable("/".join(file.origin.parts))
        yield HandedCodes(place, people.of(file.origin), codes, file.trouble)


def _plain(data: bytes) -> str:
    """The words of a text or of a page."""
    text = text_of(data[:_TEXT_BYTES])
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


def _rows(name: str, table: Sequence[Sequence[str]]) -> Iterator[HandedCodes]:
    """A table's lines, one a student: identifiers and names from the columns that mean them."""
    meanings = [meaning(heading) for heading in table[0]]
    for number, cells in enumerate(table[1:], 2):
        row = {}
        for english, cell in zip(meanings, cells, strict=False):  # a line may be cut short
            if english:
                row[english] = cell.strip()
        codes = tuple(codes_in("\n".join(cells)))
        identifiers = tuple(row[column] for column in IDENTIFIERS if row.get(column))
        names = [row.get(FULL, ""), f"{row.get(FIRST, '')} {row.get(LAST, '')}".strip()]
        names = [name for name in names if name]
        place = f"{name}, line {number}"
        student = None
        if identifiers or names:
            key = (*identifiers, *names)[0]
            student = Submitter("table", key, "tree", "", tuple(names or [key]), identifiers)
        if codes or student:
            yield HandedCodes(place, student, codes)
