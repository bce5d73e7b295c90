"""One file of those that were handed in, as it waits until all have been seen: what it is, and its
judgments packed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from boundaries.answers import submissions
from boundaries.answers.judgments import Judgment, Person
from boundaries.content import Content
from boundaries.errors import SubmissionError
from boundaries.instructor.finds import Found, Handed, Other, Trouble
from boundaries.instructor.layouts import Origin
from boundaries.instructor.platforms import claims_to_be_a_submission


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


def receive(thing: Found, content: Content, session: str | None) -> Received:
    """What a file turns out to be, of `session` if that is given."""
    if isinstance(thing, Other):
        return Received(thing.place, thing.origin)
    if isinstance(thing, Trouble):
        return Received(thing.place, thing.origin, trouble=thing)
    claims = claims_to_be_a_submission(thing.data)
    if not claims and _is_json(thing.data):
        return Received(thing.place, thing.origin)  # a file of our course, an editor's settings
    try:
        submission = submissions.read(thing.data, content, session=session)
    except SubmissionError as error:
        return _refused(thing, str(error), doubtful=not claims)
    return Received(
        thing.place,
        thing.origin,
        (submission.session, submission.participant),
        _packed(submission.judgments),
        firsts=sum(row.phase == "first" for row in submission.judgments),
        revision=max(row.revision for row in submission.judgments),
        consent=submission.consent,
    )


def _refused(thing: Handed, sentence: str, *, doubtful: bool = False) -> Received:
    trouble = Trouble(thing.place, sentence, thing.origin, unread=False)
    return Received(thing.place, thing.origin, trouble=trouble, doubtful=doubtful)


def _packed(judgments: Iterable[Judgment]) -> bytes:
    rows = [
        (
            row.item,
            row.wording,
            row.phase,
            row.level,
            row.rating,
            row.confidence,
            row.reason,
            row.revision,
        )
        for row in judgments
    ]
    return zlib.compress(json.dumps(rows).encode(), level=1)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True
