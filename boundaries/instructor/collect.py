"""From what a platform handed over to judgments in a store, and a summary of what became of every file.

All files are read before anything is stored. Then whole submissions are stored, up to three hundred in one
transaction: a process that dies leaves whole submissions, and collecting again adds the rest. The store keeps no name,
and only the files of one run can be compared for being handed in twice; what is in the store already always stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from boundaries.answers import submissions
from boundaries.answers.judgments import Judgment, Person, merge_all
from boundaries.answers.store import Merged, Session, Store
from boundaries.answers.submissions import Submission
from boundaries.content import Content, Item
from boundaries.counts.invented import is_invented
from boundaries.errors import RosterError, SubmissionError
from boundaries.instructor import platforms, rosters
from boundaries.instructor.layouts import Handed
from boundaries.instructor.platforms import Other, Trouble

_BATCH = 300  # submissions in one transaction
_SHOWN = 40  # sentences of one kind in a summary as text
_STAYS = (
    "was set aside; what the store held before stays. Ask whose it is, and collect that file alone."
)

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class Summary:
    """What became of all that was given. `str` gives it as text.

    `files` were read as submissions, of `students` participants whose answers are in the store now: `new` judgments
    came in, `unchanged` were there already (or lost to a newer one). `late` counts students, as far as the platform
    tells; `other` counts files of another kind. `set_aside` and `rejected` say why, file by file. `unmatched` are
    names that the roster does not know.
    """

    files: int
    students: int
    new: int
    unchanged: int
    skips: int
    late: int
    other: int
    set_aside: tuple[Trouble, ...]
    rejected: tuple[Trouble, ...]
    unmatched: tuple[str, ...] = ()
    gradebook: Path | None = None

    def __str__(self) -> str:
        """The summary as lines of text."""
        lines = [
            f"files: {self.files:,}",
            f"students: {self.students:,}",
            f"judgments: {self.new + self.unchanged:,} ({self.new:,} new, {self.unchanged:,} unchanged), "
            f"{self.skips:,} of them skips",
            f"late: {self.late:,}",
            f"set aside: {len(self.set_aside):,}",
            *_listed(f"{t.place}: {t.sentence}" for t in self.set_aside),
            f"rejected: {len(self.rejected):,}",
            *_listed(f"{t.place}: {t.sentence}" for t in self.rejected),
            f"not a submission: {self.other:,}",
        ]
        if self.gradebook:
            lines.append(f"gradebook: {self.gradebook}")
        if self.unmatched:
            lines += [f"not found in the roster: {len(self.unmatched):,}", *_listed(self.unmatched)]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Given:
    file: Handed  # without its bytes
    submission: Submission

    @property
    def person(self) -> Person:
        return self.submission.session, self.submission.participant


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
    """Collects what lies at `paths` into `store`, and says what became of it. Collecting again changes nothing.

    With `session` only submissions of that session are taken. With `roster`, the platform's class list, a CSV file
    is written to `gradebook` (default: beside the roster): its identifier, handed in, late, complete. A file set
    aside counts as handed in there, a rejected one does not. `progress` is given each sequence of work and its name.

    Raises StoreError where the store fails, which then holds whole submissions, and RosterError.
    """
    listed = rosters.read(roster) if roster else None
    if roster and gradebook is None:
        gradebook = roster.with_name(f"{roster.stem}-handed-in.csv")
    if roster and gradebook and gradebook.exists() and gradebook.samefile(roster):
        raise RosterError(
            f"{gradebook}: this is the roster itself. Give the gradebook another name."
        )
    given, rejected, other = _read(
        progress(platforms.found(paths, due=due), "reading"), content, session
    )
    people: defaultdict[Person, list[_Given]] = defaultdict(list)
    for one in given:
        people[one.person].append(one)
    handed = [(one.file, one.person) for one in given]
    places = {person: _places(files) for person, files in people.items()}
    aside = {person: why for person, files in people.items() if (why := _why_aside(files))}
    taken = {person: files for person, files in sorted(people.items()) if person not in aside}
    _describe(store, content, {name for name, _ in taken})
    complete = (
        {person: _complete(files, content) for person, files in people.items()} if listed else {}
    )
    new = unchanged = skips = late = 0
    del given, people
    batches = [list(taken)[n : n + _BATCH] for n in range(0, len(taken), _BATCH)]
    for batch in progress(batches, "storing"):
        files = {person: taken.pop(person) for person in batch}  # each let go of once it is stored
        merged = _merge(store, files)
        new, unchanged = new + merged.stored, unchanged + merged.unchanged
        aside |= _contradictions(merged, files)
        stored = [own for person, own in files.items() if person not in aside]
        skips += sum(row.skipped for own in stored for row in _rows(own))
        late += sum(all(one.file.late for one in own) for own in stored)
    unmatched: tuple[str, ...] = ()
    if listed and gradebook:
        unmatched = rosters.write(
            gradebook, listed, ((file, complete[person]) for file, person in handed)
        )
    return Summary(
        files=len(handed),
        students=len(places) - len(aside),
        new=new,
        unchanged=unchanged,
        skips=skips,
        late=late,
        other=other,
        set_aside=tuple(Trouble(places[person], why) for person, why in aside.items()),
        rejected=tuple(rejected),
        unmatched=unmatched,
        gradebook=gradebook if listed else None,
    )


def _read(
    things: Iterable[Handed | Trouble | Other], content: Content, session: str | None
) -> tuple[list[_Given], list[Trouble], int]:
    given, rejected, other = [], [], 0
    for thing in things:
        if isinstance(thing, Other):
            other += 1
        elif isinstance(thing, Trouble):
            rejected.append(thing)
        else:
            try:
                found = submissions.read(thing.data, content, session=session)
            except SubmissionError as error:
                rejected.append(Trouble(thing.place, str(error)))
            else:
                given.append(_Given(replace(thing, data=b""), found))
    return _without_folders(given), rejected, other


def _without_folders(given: list[_Given]) -> list[_Given]:
    """A folder that holds several participants is not a student's folder, so its name is nobody's."""
    folders = Counter(
        (group, who)
        for group, who, _ in {
            (g.file.group, g.file.who, g.person) for g in given if g.file.layout == "classroom"
        }
    )
    return [
        replace(g, file=replace(g.file, layout="", who="", name="", group=""))
        if g.file.layout == "classroom" and folders[g.file.group, g.file.who] > 1
        else g
        for g in given
    ]


def _why_aside(files: Sequence[_Given]) -> str:
    """Why the files of one participant are set aside, if they are."""
    known = [one.file for one in files if one.file.who]
    if any(not _may_be_one_student(known[0], file) for file in known[1:]):
        return (
            f"one participant's answers were handed in by more than one student. All of it {_STAYS}"
        )
    locked: dict[Any, Judgment] = {}
    for row in chain.from_iterable(one.submission.judgments for one in files if len(files) > 1):
        if row.phase == "first" and locked.setdefault(row.key, row).digest != row.digest:
            return f"locked first judgments of one participant differ, such as that of '{row.item}'. All of it {_STAYS}"
    return ""


def _may_be_one_student(a: Handed, b: Handed) -> bool:
    """Within one folder the platform's identifier tells students apart; Moodle's changes with the assignment."""
    if (a.layout, a.who) == (b.layout, b.who):
        return True
    return a.group != b.group and (a.layout != b.layout or a.name == b.name)


def _rows(files: Sequence[_Given]) -> Iterable[Judgment]:
    if len(files) == 1:
        return files[0].submission.judgments
    return merge_all(row for one in files for row in one.submission.judgments).values()


def _merge(store: Store, batch: Mapping[Person, Sequence[_Given]]) -> Merged:
    consents = {}
    for person, files in batch.items():
        said = [
            (max((r.revision for r in f.judgments), default=0), f.consent)
            for f in (g.submission for g in files)
        ]
        newest = max(revision for revision, _ in said)
        consents[person] = (all(yes for revision, yes in said if revision == newest), newest)
    return store.merge([row for files in batch.values() for row in _rows(files)], consents)


def _contradictions(merged: Merged, batch: Iterable[Person]) -> dict[Person, str]:
    """Whose submission contradicts what is locked in the store, and why it was set aside."""
    items: dict[Person, str] = {}
    for row in merged.refused:
        items.setdefault((row.session, row.participant), row.item)
    return {
        person: f"its locked first judgment of '{items[person]}' differs from the one collected before. It {_STAYS}"
        for person in batch
        if person in items
    }


def _describe(store: Store, content: Content, sessions: Iterable[str]) -> None:
    """Tells the store of sessions that it does not know; what `simulate` wrote is marked by its session's name."""
    known = {session.id: session for session in store.sessions()}
    for name in sorted(sessions):
        invented = is_invented(name)
        if name in known and known[name].invented == invented:
            continue
        title = content.course.title if name == content.course.session else name
        store.describe(Session(name, f"Invented class {name}" if invented else title, invented))


def _complete(files: Sequence[_Given], content: Content) -> bool:
    """Whether every item of the assignment has a first judgment; a skip is one."""
    done = {
        (r.item, r.wording) for one in files for r in one.submission.judgments if r.phase == "first"
    }
    types = content.course.types or tuple(content.types)
    asked: list[Item] = [*content.vignettes.values(), *content.claims.values()]
    return all((item.id, item.wording) in done for item in asked if item.type in types)


def _places(files: Sequence[_Given]) -> str:
    places = [one.file.place for one in files]
    return f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]


def _listed(sentences: Iterable[str]) -> Iterator[str]:
    all_of_them = list(sentences)
    yield from (f"  {sentence}" for sentence in all_of_them[:_SHOWN])
    if (more := len(all_of_them) - _SHOWN) > 0:
        yield f"  … and {more:,} more"
