"""From what a platform handed over to judgments in a store, and a summary of what became of every
file.

All files are read before anything is stored. Then whole submissions are stored, up to three
hundred in one transaction: a process that dies leaves whole submissions, and collecting again adds
the rest. The store keeps no name, and only the files of one run can be compared for being handed
in twice; what is in the store already always stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from boundaries.answers.judgments import Judgment, Person
from boundaries.answers.store import Session, Store
from boundaries.answers.writing_rows import merge_writings
from boundaries.content import Content
from boundaries.counts.invented import is_invented
from boundaries.instructor.gradebook import MISFIT, Received, graded, prepared, write_gradebook
from boundaries.instructor.handins import STAYS, HandIns, merged_judgments, places
from boundaries.instructor.people import Submitter
from boundaries.instructor.platforms import handed_files
from boundaries.instructor.rosters import Roster

_SHOWN = 40  # sentences of one kind in a summary as text
_BATCH = 300  # submissions in one transaction
_TOO_LATE = (
    "judgments that came after their homework had ended: {:,}. They are not counted: its class has been shown, and "
    "set against that a later count would tell what a single student chose. The gradebook knows of these files."
)
_NOTHING = (
    "Nothing of this was a submission of the session '{}', so no row of the gradebook says 'no'. "
    "Are these the right files, and is this the right session? Another one is named with `--session`."
)
_NAMELESS = "Whether some are one person's, or one is two people's, cannot be seen."
_UNKNOWN = (
    "Something came that was not read, or whose student the roster does not tell; it may be theirs."
)

_Progress = Callable[[Iterable[Any], str], Iterable[Any]]


class Trouble(NamedTuple):
    """A file or a student of whom something was not taken, and why."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass
class Summary:
    """What became of all that was given. `str` gives it as text.

    `files` were read as submissions, of `students` participants whose answers are in the store
    now: `new` judgments came in, `unchanged` were there already (or lost to a newer one). `late`
    counts students, as far as the platform tells, and `late_unknown` those of whom it does not;
    `other` counts files of another kind. `set_aside`, `rejected` and `unread` say why, file by
    file; `too_late` counts judgments that came after the end of their homework and are not in the
    store; `empty_handed` are students from whom something came, but no submission. `unmatched` are
    names that the roster does not know, `notes` what else a lecturer must know.
    """

    files: int
    students: int = 0
    new: int = 0
    unchanged: int = 0
    skips: int = 0
    late: int = 0
    late_unknown: int = 0
    too_late: int = 0
    other: int = 0
    set_aside: tuple[Trouble, ...] = ()
    rejected: tuple[Trouble, ...] = ()
    unread: tuple[Trouble, ...] = ()
    empty_handed: tuple[Trouble, ...] = ()
    unmatched: tuple[str, ...] = ()
    gradebook: Path | None = None
    roster_fits: bool = True
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all that was given was read, and the roster, if there is one, is this class's.

        One student whom the roster lacks is named; that it is another class's list only more can
        show.
        """
        return not self.unread and (self.roster_fits or self.students == 1)

    def __str__(self) -> str:
        lines = [
            f"files: {self.files:,}",
            f"students: {self.students:,}",
            f"judgments: {self.new + self.unchanged:,} ({self.new:,} new, {self.unchanged:,} unchanged), "
            f"{self.skips:,} of them skips",
            f"late: {self._late()}",
            *_section("set aside", self.set_aside),
            *_section("rejected", self.rejected),
        ]
        if self.unread:
            lines += _section("not read", self.unread)
        if self.empty_handed:
            lines += _section("handed in no submission", self.empty_handed)
        lines.append(f"not a submission: {self.other:,}")
        if self.gradebook:
            lines.append(f"gradebook: {self.gradebook}")
        if self.unmatched:
            lines += _section("not found in the roster", self.unmatched)
        return "\n".join([*lines, *self.notes])

    def _late(self) -> str:
        if not self.late_unknown:
            return f"{self.late:,}"
        if self.late_unknown == self.students:
            return "not known"
        return f"{self.late:,} (not known of {self.late_unknown:,})"


def _section(title: str, every: Sequence[Trouble | str]) -> list[str]:
    lines = [f"{title}: {len(every):,}", *(f"  {each}" for each in every[:_SHOWN])]
    if len(every) > _SHOWN:
        lines.append(f"  … and {len(every) - _SHOWN:,} more")
    return lines


def collect(
    paths: Iterable[Path | str],
    store: Store,
    content: Content,
    *,
    session: str | None = None,
    due: datetime | None = None,
    roster: Path | None = None,
    gradebook: Path | None = None,
    progress: _Progress = lambda sequence, _: sequence,
) -> Summary:
    """Collects what lies at `paths` into `store`, and says what became of it. Collecting again
    changes nothing.

    With `session` only submissions of that session are taken. With `roster`, the platform's class
    list, a CSV file is written to `gradebook` (default: beside the roster): its identifier, handed
    in, late, complete. A file set aside counts as handed in there, a rejected one does not.
    `progress` is given each sequence of work and its name.

    Raises StoreError where the store fails, which then holds whole submissions, and RosterError,
    before anything is stored, where the roster cannot be read or the gradebook not be written.
    """
    class_list = None
    if roster:
        class_list, gradebook = prepared(roster, gradebook, "handed-in")
    files = progress(handed_files(paths, due=due), "reading")
    hand_ins = HandIns((file.read(content, session) for file in files), class_list)
    summary = Summary(files=sum(map(len, hand_ins.submissions.values())))
    aside = hand_ins.set_aside(store)
    taken = sorted(person for person in hand_ins.submissions if person not in aside)
    _describe(store, content, {session for session, _ in taken})
    batches = [taken[start : start + _BATCH] for start in range(0, len(taken), _BATCH)]
    for batch in progress(batches, "storing"):
        aside |= _store_batch(hand_ins, batch, store, summary)
    summary.students = len(hand_ins.submissions) - len(aside)
    for person, why in aside.items():
        summary.set_aside += (Trouble(places(hand_ins.submissions[person]), why),)
    _tell_of_others(hand_ins, summary)
    summary.notes = tuple(hand_ins.people.sentences)
    nameless = sum(file.person is not None and file.student is None for file in hand_ins.files)
    if nameless:
        summary.notes += (f"no student's name on: {nameless:,} files. {_NAMELESS}",)
    if summary.too_late:
        summary.notes += (_TOO_LATE.format(summary.too_late),)
    if class_list and gradebook:
        _grade(hand_ins, class_list, gradebook, content, summary)
        if not summary.files:
            summary.notes += (_NOTHING.format(session or content.course.session),)
    return summary


def _describe(store: Store, content: Content, sessions: Iterable[str]) -> None:
    """Tells the store of sessions that it does not know."""
    # A submission does not say that it is invented; the id of what `simulate` wrote does.
    known = {session.id: session for session in store.sessions()}
    for name in sorted(sessions):
        invented = is_invented(name)
        if name in known and known[name].invented == invented:
            continue
        title = name
        if invented:
            title = f"Invented class {name}"
        elif name == content.course.session:
            title = content.course.title
        store.describe(Session(name, title, invented))


def _store_batch(
    hand_ins: HandIns, batch: list[Person], store: Store, summary: Summary
) -> Mapping[Person, str]:
    """Stores whole submissions; gives those that contradict what is locked in the store, and why."""
    rows = {person: merged_judgments(hand_ins.submissions[person]) for person in batch}
    consents = {person: hand_ins.consent(person) for person in batch}
    merged = store.merge(chain.from_iterable(rows.values()), consents)
    summary.new += merged.stored
    summary.unchanged += merged.unchanged
    summary.too_late += len(merged.too_late)
    contradictions: dict[Person, str] = {}
    for row in merged.refused:
        if row.person in rows:
            why = (
                f"its locked first judgment of '{row.item}' differs from the one collected before."
            )
            contradictions.setdefault(row.person, f"{why} It {STAYS}")
    written = {}
    for person in batch:
        if person not in contradictions:
            files = hand_ins.submissions[person]
            written[person] = chain.from_iterable(file.submission.writings for file in files)
            late = hand_ins.late(person)
            summary.skips += sum(row.skipped for row in rows[person])
            summary.late += late is True
            summary.late_unknown += late is None
    merge_writings(store, written)
    return contradictions


# -- what is said of it ---------------------------------------------------------------------------


def _grade(
    hand_ins: HandIns, roster: Roster, path: Path, content: Content, summary: Summary
) -> None:
    """Writes the gradebook and says what it does not know."""
    complete: set[Person | None] = set()
    for person, files in hand_ins.submissions.items():
        if _is_complete(merged_judgments(files), content):
            complete.add(person)
    received = []
    for file in hand_ins.files:
        # What was rejected counts as not handed in; what could not be read may be a submission.
        if file.person or file.unread:
            whole = (file.origin.late, file.person in complete)
            received.append(Received(file.place, file.student, file.person is not None, *whole))
    gradebook = graded(roster, received)
    write_gradebook(path, roster, gradebook)
    summary.gradebook = path
    summary.unmatched, summary.roster_fits = gradebook.unmatched, gradebook.fits
    if gradebook.unknown and summary.files:
        unknown = f"rows of the gradebook that say unknown: {gradebook.unknown:,}."
        summary.notes += (f"{unknown} {_UNKNOWN}",)
    if not gradebook.fits:
        summary.notes += (MISFIT,)


def _is_complete(judgments: Iterable[Judgment], content: Content) -> bool:
    """Whether every item of the assignment has a first judgment; a skip is one."""
    done = {(row.item, row.wording) for row in judgments if row.phase == "first"}
    types = content.course.types or tuple(content.types)
    asked = [item for item in content.items.values() if item.type in types]
    return all((item.id, item.wording) in done for item in asked)


def _tell_of_others(hand_ins: HandIns, summary: Summary) -> None:
    """Files that are no submission, and the students from whom nothing else came; theirs are named first."""
    handed = {file.student for file in hand_ins.files if file.person}
    unread, rejected, rejected_beside = list[Trouble](), list[Trouble](), list[Trouble]()
    came: defaultdict[Submitter, list[str]] = defaultdict(list)
    for file in hand_ins.others:
        trouble = Trouble(file.place, file.trouble)
        beside = file.student is not None and file.student in handed
        if file.unread:
            unread.append(trouble)
        elif file.trouble and not beside:
            rejected.append(trouble)
        elif file.trouble and not file.doubtful:
            rejected_beside.append(trouble)
        else:
            summary.other += 1
        if file.student and not beside:
            came[file.student].append("" if file.trouble else file.place)
    summary.unread, summary.rejected = tuple(unread), (*rejected, *rejected_beside)
    for student, places_of_others in came.items():
        if all(places_of_others):  # else one of them is named above
            some = ", ".join(places_of_others[:3]) + (", …" if len(places_of_others) > 3 else "")
            why = f"handed in something, but no submission file: {some}"
            summary.empty_handed += (Trouble(student.shown, why),)
