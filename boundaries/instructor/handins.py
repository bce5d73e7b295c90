"""All that was handed in, by participant and by student: what was copied, contradicts itself or
came under two tokens."""

from __future__ import annotations

import json
import pickle
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations

from boundaries.answers import submissions
from boundaries.answers.judgments import Judgment, Key, Person, merge_all
from boundaries.answers.store import Store
from boundaries.answers.submissions import Submission
from boundaries.content import Content
from boundaries.errors import SubmissionError
from boundaries.instructor.layouts import Origin
from boundaries.instructor.people import Submitter, Submitters
from boundaries.instructor.rosters import Roster

STAYS = (
    "was set aside; what the store held before stays. Ask whose it is, and collect that file alone."
)
_COPIED = f"one participant's answers were handed in by more than one student. All of it {STAYS}"
_CLAIM = re.compile(rb'"format"\s*:\s*"%s"' % submissions.FORMAT.encode())


@dataclass
class HandedFile:
    """One file of those that were handed in; each step of collecting adds what it learns.

    It is found with its `data` where it may be a submission, and with a `trouble` where it was not
    taken: `unread` if it may have held a submission all the same. Anything else has neither.
    `read` then gives a submission its `person`, and `HandIns` the `student`, as far as names tell.
    `doubtful` is damaged JSON that does not say what it is: a try at a submission, unless the
    student handed in another one.
    """

    place: str
    origin: Origin = field(default_factory=Origin)
    data: bytes | None = None
    trouble: str = ""
    unread: bool = False
    doubtful: bool = False
    person: Person | None = None
    student: Submitter | None = None
    packed: bytes = b""
    firsts: int = 0
    revision: int = 0
    consent: bool = False

    def read(self, content: Content, session: str | None) -> HandedFile:
        """The file itself, once it is known what it holds, of `session` if that is given."""
        data, self.data = self.data, None
        if data is None:
            return self
        claims = claims_to_be_a_submission(data)
        if not claims and _is_json(data):
            return self  # a file of our course, an editor's settings
        try:
            submission = submissions.read(data, content, session=session)
        except SubmissionError as error:
            self.trouble, self.doubtful = str(error), not claims
            return self
        rows = submission.judgments
        self.person, self.consent = rows[0].person, submission.consent
        self.firsts = sum(row.phase == "first" for row in rows)
        self.revision = max(row.revision for row in rows)
        # Packed until all files have been seen: a class of a thousand waits in a few megabytes.
        self.packed = zlib.compress(pickle.dumps(submission), level=1)
        return self

    @property
    def submission(self) -> Submission:
        """What `read` read, of a file with a `person`."""
        submission: Submission = pickle.loads(zlib.decompress(self.packed))  # noqa: S301 - our own bytes
        return submission


def claims_to_be_a_submission(data: bytes) -> bool:
    """Whether a file says that it is a submission of this course, whole or damaged."""
    return _CLAIM.search(data) is not None


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


class HandIns:
    """The files of one run, read: `submissions` by participant, and all the others."""

    def __init__(self, files: Iterable[HandedFile], roster: Roster | None) -> None:
        self.files = list(files)
        self.people = Submitters([(file.origin, file.person) for file in self.files], roster)
        self.submissions: dict[Person, list[HandedFile]] = {}
        self.others: list[HandedFile] = []
        for file in self.files:
            file.student = self.people.of(file.origin)
            if file.person:
                self.submissions.setdefault(file.person, []).append(file)
            else:
                self.others.append(file)

    def set_aside(self, store: Store) -> dict[Person, str]:
        """Whose answers are not taken, and why: copied, contradicting themselves, or begun anew by
        one student."""
        aside = {}
        # The participants under each student's name, a session at a time.
        people: defaultdict[tuple[Submitter, str], list[Person]] = defaultdict(list)
        for person, files in self.submissions.items():
            why = _why_aside(files)
            if why:
                aside[person] = why
                continue
            for student in {file.student for file in files if file.student}:
                people[student, person[0]].append(person)
        for (student, _), several in people.items():
            if len(several) > 1:
                aside |= self._all_but_one(student, several, store)
        return aside

    def consent(self, person: Person) -> tuple[bool, int]:
        """The answer on research in the newest of a participant's files (no, where two differ), and
        its revision."""
        files = self.submissions[person]
        newest = max(file.revision for file in files)
        answers = {file.consent for file in files if file.revision == newest}
        return answers == {True}, newest

    def late(self, person: Person) -> bool | None:
        """Whether all of a participant's files came late; None where the platform does not tell."""
        known = {file.origin.late for file in self.submissions[person]}
        if False in known:
            return False
        return None if None in known else True

    def _all_but_one(
        self, student: Submitter, people: Sequence[Person], store: Store
    ) -> dict[Person, str]:
        """Of one student's several participants all but one: a person who counts twice breaks the
        rule of five."""
        stored = {person for person in people if store.judgments(*person)}
        sizes = []
        for person in people:
            files = self.submissions[person]
            firsts = max(file.firsts for file in files)
            revision = max(file.revision for file in files)
            sizes.append((person in stored, firsts, revision, person))
        _, most, _, kept = max(sizes)
        reason = "it holds the most first judgments"
        if kept in stored:
            reason = "the store has it already"
        elif sum(firsts == most for _, firsts, _, _ in sizes) > 1:
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
    if len(files) == 1:
        return list(files[0].submission.judgments)
    rows = chain.from_iterable(file.submission.judgments for file in files)
    return list(merge_all(rows).values())


def places(files: Sequence[HandedFile]) -> str:
    """Where one participant's files lie, in words."""
    *others, last = [file.place for file in files]
    return f"{', '.join(others)} and {last}" if others else last


def _why_aside(files: Sequence[HandedFile]) -> str:
    """Why the files of one participant are set aside, if they are."""
    if len(files) == 1:
        return ""
    students = {file.student for file in files if file.student}
    for one, other in combinations(students, 2):
        if one.surely_not(other):
            return _COPIED
    locked: dict[Key, Judgment] = {}
    for file in files:
        for row in file.submission.judgments:
            if row.phase == "first" and locked.setdefault(row.key, row).digest != row.digest:
                return (
                    f"locked first judgments of one participant differ, such as that of '{row.item}'. "
                    f"All of it {STAYS}"
                )
    return ""
