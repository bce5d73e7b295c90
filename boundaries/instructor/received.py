"""One file of those that were handed in, as it waits until all have been seen: what it is, and its
judgments packed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from boundaries.answers import submissions
from boundaries.answers.judgments import Judgment, Person
from boundaries.content import Content
from boundaries.errors import SubmissionError
from boundaries.instructor.finds import Find, Other, Trouble
from boundaries.instructor.layouts import Origin
from boundaries.instructor.platforms import claims_to_be_a_submission

# All of a judgment but whose it is.
_ANSWER = attrgetter(
    "item", "wording", "phase", "level", "rating", "confidence", "reason", "revision"
)


@dataclass(frozen=True)
class Received:
    """One file that was read. A submission has a `person`; anything else a `trouble`, or neither.

    `packed` holds its judgments: a class of a thousand waits in a few megabytes. `doubtful` is
    damaged JSON that does not say what it is: a try at a submission, unless the student handed in
    another one.
    """

    place: str
    origin: Origin
    person: Person | None = None
    packed: bytes = b""
    firsts: int = 0
    revision: int = 0
    consent: bool = False
    trouble: Trouble | None = None
    doubtful: bool = False

    def judgments(self) -> Iterator[Judgment]:
        """The judgments of a submission."""
        if self.person is None:
            return
        session, participant = self.person
        for row in json.loads(zlib.decompress(self.packed)):
            yield Judgment(session, participant, *row)


def receive(find: Find, content: Content, session: str | None) -> Received:
    """What a file turns out to be, of `session` if that is given."""
    if isinstance(find, Other):
        return Received(find.place, find.origin)
    if isinstance(find, Trouble):
        return Received(find.place, find.origin, trouble=find)
    claims = claims_to_be_a_submission(find.data)
    if not claims and _is_json(find.data):
        return Received(find.place, find.origin)  # a file of our course, an editor's settings
    try:
        submission = submissions.read(find.data, content, session=session)
    except SubmissionError as error:
        trouble = Trouble(find.place, str(error), find.origin, unread=False)
        return Received(find.place, find.origin, trouble=trouble, doubtful=not claims)
    rows = submission.judgments
    return Received(
        find.place,
        find.origin,
        rows[0].person,
        zlib.compress(json.dumps([_ANSWER(row) for row in rows]).encode(), level=1),
        firsts=sum(row.phase == "first" for row in rows),
        revision=max(row.revision for row in rows),
        consent=submission.consent,
    )


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True
