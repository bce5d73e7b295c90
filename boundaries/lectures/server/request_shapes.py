"""What requests may carry: the one description of it.

`bodies` reads requests by it, and `openapi` makes the published document from it. A field's
description is also what an error says that it must be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from boundaries.content.sessions import SESSION
from boundaries.lectures.rounds.stages import STAGES

# -- fields ---------------------------------------------------------------------------------------

# Python's `$` alone would let a line feed stand behind the last sign.
_END = r"$(?!\n)"
_ID = rf"^[a-z0-9]+(-[a-z0-9]+)*{_END}"
# No control character, no line separator, no half of a surrogate pair.
_UNPRINTABLE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff"
_PLAIN = rf"[^{_UNPRINTABLE}]"
_LINE = rf"^{_PLAIN}*[^\s{_UNPRINTABLE}]{_PLAIN}*{_END}"

Id = Annotated[str, Meta(pattern=_ID, description="an id such as 'tiles-at-cost'")]
Token = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{32}}{_END}", description="32 hex digits")]
Phase = Annotated[
    Literal["first", "discussed", "informed"],
    Meta(description="'first', 'discussed' or 'informed'"),
]
# Which numbers are ratings of a case, `judgments.checked` knows, and says so in its own sentence.
Answer = Annotated[
    Annotated[int, Meta(ge=-999_999_999, le=999_999_999)] | None,
    Meta(description="a whole number of at most nine digits, or null"),
]
Revision = Annotated[
    Annotated[int, Meta(ge=0, le=2**31 - 1)] | None,
    Meta(description="a whole number from 0 to 2,147,483,647"),
]
Wording = Annotated[
    Annotated[str, Meta(pattern=rf"^[0-9a-f]{{1,64}}{_END}")] | None,
    Meta(description="the wording's hash"),
]
_LevelId = Annotated[str, Meta(pattern=rf"^[a-z0-9-]{{0,64}}{_END}", description="a level's id")]
Backup = Annotated[
    str, Meta(pattern=rf"^{_PLAIN}{{1,60}}{_END}", description="the code of a notebook")
]
Title = Annotated[
    str, Meta(pattern=_LINE, max_length=200, description="a line of 1 to 200 characters")
]
Cases = Annotated[
    list[Id], Meta(min_length=1, max_length=1_000, description="a list of the ids of vignettes")
]
SessionId = Annotated[
    Annotated[str, Meta(pattern=rf"^{SESSION}{_END}")] | None,
    Meta(description="null or a session's id of at most 64 signs"),
]
Mode = Annotated[Literal["lecture", "homework"], Meta(description="'lecture' or 'homework'")]
OtherCode = Annotated[
    Annotated[str, Meta(pattern=rf"^{_PLAIN}{{1,40}}{_END}")] | None,
    Meta(description="null or the code of a lecture"),
]
YesOrNo = Annotated[bool, Meta(description="true or false")]
Moment = Annotated[
    Annotated[datetime, Meta(tz=True)] | None,
    Meta(description="null or a date and time with its zone, as in '2026-12-10T23:59:00+01:00'"),
]
Stage = Annotated[
    str, Meta(pattern=rf"^({'|'.join(STAGES)}){_END}", description=f"one of: {', '.join(STAGES)}")
]
CaseOrNone = Annotated[
    str, Meta(pattern=rf"^([a-z0-9]+(-[a-z0-9]+)*)?{_END}", description="the id of a vignette")
]
Seconds = Annotated[int, Meta(ge=1, le=7_200, description="1 to 7,200 seconds")]
SecondsOrNone = Annotated[
    Annotated[int, Meta(ge=1, le=7_200)] | None, Meta(description="null or 1 to 7,200 seconds")
]
# How many ratings a case has, `changes.set_hands` knows.
Counts = Annotated[
    list[Annotated[int, Meta(ge=0, le=5_000)]],
    Meta(max_length=5, description="five whole numbers from 0 to 5,000, or none to take it back"),
]
People = Annotated[int, Meta(ge=1, le=5_000, description="a whole number from 1 to 5,000")]
Ticked = Annotated[
    list[Annotated[str, Meta(pattern=rf"^[0-9a-f]{{16}}{_END}")]],
    Meta(max_length=500, description="a list of at most 500 ids of reasons"),
]


class SentJudgment(Struct, forbid_unknown_fields=True):
    """A judgment as a phone sends it. `rating` null is "I would rather not judge this one"; of two
    of one participant in one round the higher `revision` counts; another `wording` or `level` than
    the one that is asked now is not stored."""

    token: Token
    vignette: Id
    phase: Phase
    rating: Answer
    confidence: Answer
    # Its length is judged by `judgments.checked`, whose sentence says what to do.
    reason: Annotated[str, Meta(description="text")] = ""
    revision: Revision = None
    wording: Wording = None
    level: Annotated[_LevelId | None, Meta(description="a level's id")] = None


class Join(Struct, forbid_unknown_fields=True):
    """A phone's token: 16 random bytes in hex. It stays there; the server keeps a hash of it."""

    token: Token


class OwnToken(Struct, forbid_unknown_fields=True):
    """A participant's token, of a phone that asks for what is theirs."""

    token: Token


class OwnCase(Struct, forbid_unknown_fields=True):
    """A participant's token, and the case that they want to read about."""

    token: Token
    vignette: Id


class Consent(Struct, forbid_unknown_fields=True):
    """A participant's answer on research; the last one counts."""

    token: Token
    consent: YesOrNo


class Carry(Struct, forbid_unknown_fields=True):
    """The backup code that a notebook shows, so that phone and notebook are one participant."""

    backup: Backup


class NewLecture(Struct, forbid_unknown_fields=True):
    """A lecture, or with `mode` homework a self-paced session; of a lecture the id begins with
    "lecture-". `instead_of` is the code of a lecture that is over from then on; the new one begins
    at its case. With `reasons` the form says that chosen ones may be shown to the class."""

    title: Title
    vignettes: Cases
    session: SessionId = None
    mode: Mode = "lecture"
    instead_of: OtherCode = None
    reasons: YesOrNo = False
    closes: Moment = None


class StageChange(Struct, forbid_unknown_fields=True):
    """A stage of a case ("" for the lobby before the first), with a countdown or none."""

    vignette: CaseOrNone
    stage: Stage
    seconds: SecondsOrNone = None


class End(Struct, forbid_unknown_fields=True):
    """An empty object: a homework is ended once, and for good."""


class ClockChange(Struct, forbid_unknown_fields=True):
    """What is added to the countdown."""

    seconds: Seconds


class LevelChange(Struct, forbid_unknown_fields=True):
    """A level of a case's dial, or "split"."""

    vignette: Id
    level: _LevelId


class HandsCount(Struct, forbid_unknown_fields=True):
    """How many hands for each rating, 1 to 5; an empty list takes it back."""

    vignette: Id
    phase: Phase
    counts: Counts


class RoomSize(Struct, forbid_unknown_fields=True):
    """How many are in the room; somewhat more may join."""

    people: People


class TickedReasons(Struct, forbid_unknown_fields=True):
    """The ids of the reasons of a revealed round that the class may see; an empty list for none."""

    vignette: Id
    phase: Phase
    ids: Ticked
