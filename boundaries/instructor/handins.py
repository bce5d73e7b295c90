"""All that was handed in, by participant and by student: what was copied, contradicts itself or
came under two tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from boundaries.answers.judgments import Judgment, Key, Person, merge_all
from boundaries.answers.store import Store
from boundaries.instructor.people import People, Submitter
from boundaries.instructor.received import Received
from boundaries.instructor.rosters import Roster

STAYS = (
    "was set aside; what the store held before stays. Ask whose it is, and collect that file alone."
)
_COPIED = f"one participant's answers were handed in by more than one student. All of it {STAYS}"


@dataclass(frozen=True)
class HandedFile:
    """A file, and who handed it in, as far as names tell."""

    file: Received
    student: Submitter | None


class HandIns:
    """The files of one run: `submissions` by participant, and all the others."""

    def __init__(self, received: Iterable[Received], roster: Roster | None) -> None:
        files = list(received)
        self.people = People([(file.origin, file.person) for file in files], roster)
        self.submissions: dict[Person, list[HandedFile]] = {}
        self.others: list[HandedFile] = []
        for file in files:
            hand_in = HandedFile(file, self.people.of(file.origin))
            if file.person:
                self.submissions.setdefault(file.person, []).append(hand_in)
            else:
                self.others.append(hand_in)

    def set_aside(self, store: Store) -> dict[Person, str]:
        """Whose answers are not taken, and why: copied, contradicting themselves, or begun anew by
        one student."""
        aside = {}
        for person, files in self.submissions.items():
            why = _why_aside(files)
            if why:
                aside[person] = why
        # The participants under each student's name, a session at a time.
        people: defaultdict[tuple[Submitter, str], list[Person]] = defaultdict(list)
        for person, files in self.submissions.items():
            if person not in aside:
                for student in {file.student for file in files if file.student}:
                    people[student, person[0]].append(person)
        for (student, _), several in people.items():
            if len(several) > 1:
                aside |= self._all_but_one(student, several, store)
        return aside

    def consent(self, person: Person) -> tuple[bool, int]:
        """The answer on research in the newest of a participant's files (no, where two differ), and
        its revision."""
        files = [hand_in.file for hand_in in self.submissions[person]]
        newest = max(file.revision for file in files)
        answers = {file.consent for file in files if file.revision == newest}
        return answers == {True}, newest

    def late(self, person: Person) -> bool | None:
        """Whether all of a participant's files came late; None where the platform does not tell."""
        known = {hand_in.file.origin.late for hand_in in self.submissions[person]}
        if False in known:
            return False
        return None if None in known else True

    def _all_but_one(
        self, student: Submitter, people: Sequence[Person], store: Store
    ) -> dict[Person, str]:
        """Of one student's several participants all but one: a person who counts twice breaks the
        rule of five."""
        stored = {person for person in people if store.judgments(*person)}
        firsts, sizes = {}, {}
        for person in people:
            files = [hand_in.file for hand_in in self.submissions[person]]
            firsts[person] = max(file.firsts for file in files)
            revision = max(file.revision for file in files)
            sizes[person] = (person in stored, firsts[person], revision, person)
        kept = max(people, key=lambda person: sizes[person])
        reason = "it holds the most first judgments"
        if kept in stored:
            reason = "the store has it already"
        elif list(firsts.values()).count(firsts[kept]) > 1:
            reason = "of those that hold as many first judgments it was worked on most"
        sentence = (
            f"{student.shown} handed in the answers of {len(people)} participants, as happens where a computer is "
            f"wiped and the course begun anew. One student counts once: {places(self.submissions[kept])} was kept, "
            f"because {reason}; this was left out. If these are two people, collect this file alone."
        )
        aside = {person: sentence for person in people if person != kept}
        for person in aside.keys() & stored:
            aside[person] += (
                f" The store holds it from before: remove it with `forget --participant {person[1]}`."
            )
        return aside


def merged_judgments(files: Sequence[HandedFile]) -> list[Judgment]:
    """The judgments of one participant's files, merged by the rule."""
    rows = (row for hand_in in files for row in hand_in.file.judgments())
    return list(rows) if len(files) == 1 else list(merge_all(rows).values())


def places(files: Sequence[HandedFile]) -> str:
    """Where one participant's files lie, in words."""
    *others, last = [hand_in.file.place for hand_in in files]
    return f"{', '.join(others)} and {last}" if others else last


def _why_aside(files: Sequence[HandedFile]) -> str:
    """Why the files of one participant are set aside, if they are."""
    if len(files) == 1:
        return ""
    students = {hand_in.student for hand_in in files if hand_in.student}
    for one, other in combinations(students, 2):
        if one.surely_not(other):
            return _COPIED
    locked: dict[Key, Judgment] = {}
    for hand_in in files:
        for row in hand_in.file.judgments():
            if row.phase == "first" and locked.setdefault(row.key, row).digest != row.digest:
                return (
                    f"locked first judgments of one participant differ, such as that of '{row.item}'. "
                    f"All of it {STAYS}"
                )
    return ""
