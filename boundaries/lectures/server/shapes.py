"""What requests may carry and what answers hold: the one description of both.

`bodies` reads requests by it, mypy checks the answers that are put together, and `openapi` makes
the published document from it. A field's description is also what an error says that it must be."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from boundaries.content.sessions import SESSION
from boundaries.lectures.rounds.receipts import Receipt
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


class RoomSize(Struct, forbid_unknown_fields=True):
    """How many are in the room; somewhat more may join."""

    people: People


class TickedReasons(Struct, forbid_unknown_fields=True):
    """The ids of the reasons of a revealed round that the class may see; an empty list for none."""

    vignette: Id
    phase: Phase
    ids: Ticked


class Problem(TypedDict):
    """Why something was refused: `error` is for a person, `errors` are all faults of a body."""

    error: str
    errors: NotRequired[list[str]]
    receipts: NotRequired[list[Receipt]]


class Health(TypedDict):
    """That the store answers."""

    ok: bool


class JoinedLevels(TypedDict):
    """The participant's level of each case with a dial; the token only for a backup code."""

    token: NotRequired[str]
    levels: dict[str, str]


class JudgmentReceipts(TypedDict):
    """A receipt for each judgment, in the order in which they were sent."""

    receipts: list[Receipt]


class PlacedCase(TypedDict):
    """A case's place: `state` is now, done or to come; its title is empty until it is shown."""

    id: str
    title: str
    state: str


class ShownLevel(TypedDict):
    """A case at one level; `form` is what the judgment form shows, null unless a round is open."""

    label: str
    case: str
    act: str
    form: dict[str, Any] | None


class ShownCase(TypedDict):
    """The present case, by level ("": no dial); `split`: participants see different ones;
    `questions` to talk about, once it was judged alone."""

    item: str
    wording: str
    title: str
    note: str
    split: bool
    levels: dict[str, ShownLevel]
    questions: list[str]


class CodesShown(TypedDict):
    """What the codes say of a case, without the class: a group for each level that was used."""

    item: str
    title: str
    question: str
    scale: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    about: str
    why: str
    questions: list[str]


class Reveal(CodesShown):
    """The class with the codes' bands, in the stage `reveal` only; groups below the minimum are
    withheld. `reasons` are those that the host has ticked, by round."""

    hands: list[dict[str, Any]]
    sentences: list[str]
    withheld: list[str]
    reasons: list[dict[str, Any]]


class State(TypedDict):
    """What everybody may know: no reading, and no count by rating, before the stage `reveal`.

    `version` grows with every step of the host; `place` counts from 1 (0 before the first case);
    `judged` are those of the open round, else of the case's last one, never by rating; `remaining`
    are the seconds left of the countdown, which is for the eyes: nothing closes by itself; `people`
    is how many are in the room, as the host says, `room` how many the lecture takes, `rate` how
    many a second have joined in the last minute. A self-paced session is always in the stage
    `open`."""

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
    people: int | None
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
    """A case of the lecture with its dial (null: none), and the phases opened and revealed."""

    id: str
    title: str
    type: str
    act: str
    dial: dict[str, Any] | None
    level: str
    opened: list[str]
    revealed: list[str]


class LecturePlan(TypedDict):
    """All cases of a lecture, in its order; `reasons`: whether they may be shown."""

    vignettes: list[PlannedCase]
    reasons: bool


class CourseCases(TypedDict):
    """The course's types, each with its cases: what a lecture can be made of. Of a case its title,
    minutes, content note, and by level the texts that phones will show."""

    title: str
    types: list[dict[str, Any]]
    scale: list[dict[str, Any]]


class ReasonsOfCase(TypedDict):
    """The revealed rounds of the present case: `phase`, `label`, the `reasons` shuffled (`id`,
    `text`, `ticked`), and a sentence in `withheld` where too few people gave one."""

    rounds: list[dict[str, Any]]


class Tally(TypedDict):
    """The counts of what was revealed, as released: a sentence for each group that is withheld."""

    session: str
    title: str
    minimum: int
    ratings: list[dict[str, Any]]
    moves: list[dict[str, Any]]
    withheld: list[str]


class Export(TypedDict):
    """Judgments as submissions (data/schema/submission.schema.json). No token, name or time."""

    format: Literal["boundaries-export"]
    version: Literal[1]
    session: str
    title: str
    submissions: list[dict[str, Any]]
