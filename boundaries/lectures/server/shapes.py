"""What requests may carry and what answers hold: the one description of both.

`bodies` reads requests by it, mypy checks the answers that `state` and `results` put together, and
`openapi` makes the published document from it. A field's description is also what an error says
that it must be.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from boundaries.content.words import SESSION
from boundaries.lectures.rounds.receipts import Receipt
from boundaries.lectures.rounds.stages import STAGES

# -- fields ---------------------------------------------------------------------------------------

# Python's `$` alone would let a line feed stand behind the last sign.
_END = r"$(?!\n)"
_ID = rf"^[a-z0-9]+(-[a-z0-9]+)*{_END}"
_NO_CASE_OR_ID = rf"^([a-z0-9]+(-[a-z0-9]+)*)?{_END}"

# No control character, no line separator, no half of a surrogate pair.
_UNPRINTABLE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff"
_PLAIN = rf"[^{_UNPRINTABLE}]"
_VISIBLE = rf"[^\s{_UNPRINTABLE}]"

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
    str,
    Meta(
        pattern=rf"^{_PLAIN}*{_VISIBLE}{_PLAIN}*{_END}",
        max_length=200,
        description="a line of 1 to 200 characters",
    ),
]
Cases = Annotated[
    list[Id],
    Meta(min_length=1, max_length=1_000, description="a list of the ids of vignettes"),
]
SessionId = Annotated[
    Annotated[str, Meta(pattern=rf"^{SESSION}{_END}")] | None,
    Meta(description="null or a session's id of at most 64 signs"),
]
Mode = Annotated[Literal["lecture", "homework"], Meta(description="'lecture' or 'homework'")]
Stage = Annotated[
    str,
    Meta(
        pattern=rf"^({'|'.join(STAGES)}){_END}",
        description=f"one of: {', '.join(STAGES)}",
    ),
]
CaseOrNone = Annotated[str, Meta(pattern=_NO_CASE_OR_ID, description="the id of a vignette")]
Seconds = Annotated[int, Meta(ge=1, le=7_200, description="1 to 7,200 seconds")]
SecondsOrNone = Annotated[
    Annotated[int, Meta(ge=1, le=7_200)] | None, Meta(description="null or 1 to 7,200 seconds")
]
# How many ratings a case has, `changes.set_hands` knows.
Counts = Annotated[
    list[Annotated[int, Meta(ge=0, le=5_000)]],
    Meta(max_length=5, description="five whole numbers from 0 to 5,000, or none to take it back"),
]


# -- what is sent ---------------------------------------------------------------------------------


class SentJudgment(Struct, forbid_unknown_fields=True):
    """A judgment as a phone sends it. `rating` null is "I would rather not judge this one"; of two
    judgments of one participant in one round the higher `revision` counts; another `wording` or
    `level` than the one that is asked now is not stored.
    """

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
    """A phone's token: 16 random bytes in hex. It stays with the participant; the server keeps a
    hash of it.
    """

    token: Token


class Carry(Struct, forbid_unknown_fields=True):
    """The backup code that a notebook shows, so that phone and notebook are one participant."""

    backup: Backup


class NewLecture(Struct, forbid_unknown_fields=True):
    """A lecture, or with `mode` homework a self-paced session; of a lecture the id begins with
    "lecture-".
    """

    title: Title
    vignettes: Cases
    session: SessionId = None
    mode: Mode = "lecture"


class StageChange(Struct, forbid_unknown_fields=True):
    """A stage of a case ("" for the lobby before the first), with a countdown or none."""

    vignette: CaseOrNone
    stage: Stage
    seconds: SecondsOrNone = None


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


# -- what is answered -----------------------------------------------------------------------------


class Problem(TypedDict):
    """Why something was refused: `error` is a sentence or two for a person, `errors` are all faults
    of a body.
    """

    error: str
    errors: NotRequired[list[str]]
    receipts: NotRequired[list[Receipt]]


class Health(TypedDict):
    """That the store answers."""

    ok: bool


class Levels(TypedDict):
    """Of each case with a dial, the level that is this participant's; the token only for a backup
    code.
    """

    token: NotRequired[str]
    levels: dict[str, str]


class Receipts(TypedDict):
    """A receipt for each judgment, in the order in which they were sent."""

    receipts: list[Receipt]


class PlacedCase(TypedDict):
    """A case's place in the lecture: `state` is now, done or to come; its title is empty until it
    is shown.
    """

    id: str
    title: str
    state: str


class ShownLevel(TypedDict):
    """A case as it reads at one level; `form` is what the judgment form shows, null unless a round
    is open.
    """

    label: str
    case: str
    act: str
    form: dict[str, Any] | None


class ShownCase(TypedDict):
    """The present case, by level ("" for one without a dial); `split` where participants see
    different levels.
    """

    item: str
    wording: str
    title: str
    note: str
    split: bool
    levels: dict[str, ShownLevel]


class Reveal(TypedDict):
    """The class with the codes' bands, in the stage `reveal` only; groups below the minimum are
    withheld.
    """

    title: str
    question: str
    scale: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    hands: list[dict[str, Any]]
    sentences: list[str]
    withheld: list[str]
    about: str
    why: str
    questions: list[str]


class State(TypedDict):
    """What everybody may know. Nothing about readings, and no count by rating, before the stage
    `reveal`.

    `version` grows with every step of the host; `place` counts from 1 (0 before the first case);
    `judged` are those of the open round, else of the case's last one, never by rating; `remaining`
    are the seconds left of the countdown, which is for the eyes: nothing closes by itself; `room`
    is how many the lecture takes, `rate` how many a second have joined in the last minute. A
    self-paced session is always in the stage `open`.
    """

    code: str
    shown_code: str
    session: str
    title: str
    mode: str
    version: int
    stage: str
    phase: str | None
    place: int
    of: int
    vignettes: list[PlacedCase]
    joined: int
    judged: int
    minimum: int
    room: int
    rate: float
    remaining: float | None
    case: ShownCase | None
    reveal: Reveal | None


class Made(TypedDict):
    """A lecture, and the addresses of its pages."""

    code: str
    join_url: str
    screen_url: str
    session: str
    state: State


class PlannedCase(TypedDict):
    """A case of the lecture with its dial (null: none), and the phases that were opened and
    revealed.
    """

    id: str
    title: str
    type: str
    dial: dict[str, Any] | None
    level: str
    opened: list[str]
    revealed: list[str]


class Plan(TypedDict):
    """All cases of a lecture, in its order."""

    vignettes: list[PlannedCase]


class Tally(TypedDict):
    """The counts of what was revealed, as released: small groups are withheld, with a sentence for
    each.
    """

    session: str
    title: str
    minimum: int
    ratings: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    withheld: list[str]


class Export(TypedDict):
    """Judgments, in the format of submissions (data/schema/submission.schema.json). No token, name
    or time.
    """

    format: Literal["boundaries-export"]
    version: Literal[1]
    session: str
    title: str
    submissions: list[dict[str, Any]]
