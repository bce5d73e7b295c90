"""From what a platform handed over to judgments in a store, and a summary of what became of every
file.

All files are read before anything is stored. Then whole submissions are stored, up to three
hundred in one transaction: a process that dies leaves whole submissions, and collecting again adds
the rest. The store keeps no name, and only the files of one run can be compared for being handed
in twice; what is in the store already always stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from boundaries.answers.judgments import Judgment, Person
from boundaries.answers.store import Merged, Session, Store
from boundaries.content import Content, Item
from boundaries.counts.invented import is_invented
from boundaries.errors import RosterError
from boundaries.instructor import gradebook as gradebooks
from boundaries.instructor import platforms, rosters
from boundaries.instructor.finds import Trouble
from boundaries.instructor.gradebook import Work
from boundaries.instructor.handins import STAYS, HandIns, consent_of, judgments_of, late_of, places
from boundaries.instructor.people import Submitter
from boundaries.instructor.received import receive
from boundaries.instructor.summary import Summary

_BATCH = 300  # submissions in one transaction
_MISFIT = (
    "The roster has fewer than half of those who handed in, so no row of the gradebook says 'no'. "
    "Is it this class's list? Export it again from the platform, with its identifiers."
)
_NAMELESS = "Whether some are one person's, or one is two people's, cannot be seen."
_UNKNOWN = (
    "Something came that was not read, or whose student the roster does not tell; it may be theirs."
)

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def _plainly(things: Iterable[Any], what: str) -> Iterable[Any]:
    return things


def collect(
    paths: Iterable[Path | str],
    store: Store,
    content: Content,
    *,
    session: str | None = None,
    due: datetime | None = None,
    roster: Path | None = None,
    gradebook: Path | None = None,
    progress: Progress = _plainly,
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
    listed = None
    if roster:
        listed = rosters.read(roster)
        gradebook = gradebook or roster.with_name(f"{roster.stem}-handed-in.csv")
        _check_gradebook(gradebook, roster)
    things = progress(platforms.found(paths, due=due), "reading")
    hand_ins = HandIns((receive(thing, content, session) for thing in things), listed)
    aside = hand_ins.set_aside(store)
    stored = _store_all(hand_ins, aside, store, content, progress)
    aside |= stored.contradictions

    notes = _notes(hand_ins)
    unmatched: tuple[str, ...] = ()
    fits = True
    if listed and gradebook:
        filled = gradebooks.fill(listed, list(_works(hand_ins, content)))
        gradebooks.write(gradebook, listed, filled)
        unmatched, fits = filled.unmatched, filled.fits
        if filled.unknown:
            notes.append(f"rows of the gradebook that say unknown: {filled.unknown:,}. {_UNKNOWN}")
        if not fits:
            notes.append(_MISFIT)
    left = _not_taken(hand_ins)
    return Summary(
        files=sum(map(len, hand_ins.submissions.values())),
        students=len(hand_ins.submissions) - len(aside),
        new=stored.new,
        unchanged=stored.unchanged,
        skips=stored.skips,
        late=stored.late,
        late_unknown=stored.late_unknown,
        other=left.other,
        set_aside=tuple(
            Trouble(places(hand_ins.submissions[person]), why) for person, why in aside.items()
        ),
        rejected=left.rejected,
        unread=left.unread,
        empty_handed=left.empty_handed,
        unmatched=unmatched,
        gradebook=gradebook if listed else None,
        roster_fits=fits,
        notes=tuple(notes),
    )


def _check_gradebook(path: Path, roster: Path) -> None:
    if path.exists() and path.samefile(roster):
        raise RosterError(f"{path}: this is the roster itself. Give the gradebook another name.")
    gradebooks.check_writable(path)


# -- storing --------------------------------------------------------------------------------------


@dataclass
class _Stored:
    """What storing came to."""

    new: int = 0
    unchanged: int = 0
    skips: int = 0
    late: int = 0
    late_unknown: int = 0
    contradictions: dict[Person, str] = field(default_factory=dict)


def _store_all(
    hand_ins: HandIns, aside: Container[Person], store: Store, content: Content, progress: Progress
) -> _Stored:
    taken = sorted(person for person in hand_ins.submissions if person not in aside)
    _describe(store, content, {session for session, _ in taken})
    total = _Stored()
    batches = [taken[start : start + _BATCH] for start in range(0, len(taken), _BATCH)]
    for batch in progress(batches, "storing"):
        rows: list[Judgment] = []
        skips: Counter[Person] = Counter()
        consents = {}
        for person in batch:
            files = hand_ins.submissions[person]
            consents[person] = consent_of(files)
            for row in judgments_of(files):
                rows.append(row)
                skips[person] += row.skipped
        merged = store.merge(rows, consents)
        refused = _contradictions(merged, consents)
        total.new += merged.stored
        total.unchanged += merged.unchanged
        total.contradictions |= refused
        for person in batch:
            if person not in refused:
                total.skips += skips[person]
                late = late_of(hand_in.file for hand_in in hand_ins.submissions[person])
                total.late += late is True
                total.late_unknown += late is None
    return total


def _contradictions(merged: Merged, batch: Container[Person]) -> dict[Person, str]:
    """Whose submission contradicts what is locked in the store, and why it was set aside."""
    contradictions: dict[Person, str] = {}
    for row in merged.refused:
        person = row.session, row.participant
        if person in batch:
            why = f"its locked first judgment of '{row.item}' differs from the one collected before. It {STAYS}"
            contradictions.setdefault(person, why)
    return contradictions


def _describe(store: Store, content: Content, sessions: Iterable[str]) -> None:
    """Tells the store of sessions that it does not know; what `simulate` wrote is marked by its
    session's name."""
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


# -- what is said of it ---------------------------------------------------------------------------


def _works(hand_ins: HandIns, content: Content) -> Iterator[Work]:
    """What the gradebook goes by: each submission, and each file that may have been one but was not read."""
    for files in hand_ins.submissions.values():
        complete = _complete(judgments_of(files), content)
        for hand_in in files:
            file = hand_in.file
            yield Work(hand_in.student, file.place, late=file.origin.late, complete=complete)
    for hand_in in hand_ins.others:
        trouble = hand_in.file.trouble
        if trouble and trouble.unread:
            yield Work(hand_in.student, trouble.place, unread=True)


def _complete(judgments: Iterable[Judgment], content: Content) -> bool:
    """Whether every item of the assignment has a first judgment; a skip is one."""
    done = {(row.item, row.wording) for row in judgments if row.phase == "first"}
    types = content.course.types or tuple(content.types)
    asked: list[Item] = [*content.vignettes.values(), *content.claims.values()]
    return all((item.id, item.wording) in done for item in asked if item.type in types)


@dataclass(frozen=True)
class _NotTaken:
    rejected: tuple[Trouble, ...]
    unread: tuple[Trouble, ...]
    empty_handed: tuple[Trouble, ...]
    other: int


def _not_taken(hand_ins: HandIns) -> _NotTaken:
    """Files that are no submission, and the students from whom nothing else came; theirs are named first."""
    handed = {hand_in.student for files in hand_ins.submissions.values() for hand_in in files}
    rejected: list[Trouble] = []
    rejected_beside: list[Trouble] = []
    unread: list[Trouble] = []
    came: defaultdict[Submitter, list[str]] = defaultdict(list)
    other = 0
    for hand_in in hand_ins.others:
        student, file = hand_in.student, hand_in.file
        beside = student is not None and student in handed
        if file.trouble and file.trouble.unread:
            unread.append(file.trouble)
        elif file.trouble and not beside:
            rejected.append(file.trouble)
        elif file.trouble and not file.doubtful:
            rejected_beside.append(file.trouble)
        else:
            other += 1
        if student and not beside:
            came[student].append(file.place if file.trouble is None else "")
    empty_handed = []
    for student, named in came.items():
        if all(named):
            some = ", ".join(named[:3]) + (", …" if len(named) > 3 else "")
            empty_handed.append(
                Trouble(student.shown, f"handed in something, but no submission file: {some}")
            )
    return _NotTaken((*rejected, *rejected_beside), tuple(unread), tuple(empty_handed), other)


def _notes(hand_ins: HandIns) -> list[str]:
    notes = list(hand_ins.people.sentences)
    nameless = 0
    for files in hand_ins.submissions.values():
        nameless += sum(hand_in.student is None for hand_in in files)
    if nameless:
        notes.append(f"no student's name on: {nameless:,} files. {_NAMELESS}")
    return notes
