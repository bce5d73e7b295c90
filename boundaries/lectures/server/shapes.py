"""What answers hold: the one description of it. mypy checks the answers that are put together, and
`openapi` makes the published document from it."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from boundaries.lectures.rounds.receipts import Receipt


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


class OwnPage(TypedDict):
    """A homework as one participant sees it: `lessons` with their cases in the participant's own
    order and at their level, `form` what the forms of all cases share, their own `judgments`, and
    the ids of the cases whose readings they may ask for (`readable`). `backup` is the code that
    carries the token to a second device; `closes` is empty where there is no deadline. Once it is
    `over` it takes no judgment more, and shows the class."""

    backup: str
    title: str
    session: str
    codes_open: str
    closes: str
    over: bool
    form: dict[str, Any]
    lessons: list[dict[str, Any]]
    judgments: list[dict[str, Any]]
    consent: bool
    readable: list[str]
    minimum: int


class CaseReadings(TypedDict):
    """What the codes say of a case at the participant's level; of a claim, its `verdict`."""

    item: str
    scale: list[dict[str, Any]]
    about: str
    binding: str
    why: str
    questions: list[str]
    readings: list[dict[str, Any]]
    verdict: dict[str, Any] | None


class KeptConsent(TypedDict):
    """The answer on research as it is stored."""

    consent: bool


class Completion(TypedDict):
    """The code that proves that every case was judged, and whether it came late."""

    completion: str
    late: bool


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
    many a second have joined in the last minute. Homework is in the stage `open`, and `over` once it was ended."""

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
    minutes, content note, and by level the texts that phones will show. The id of a new homework ends
    with `homework_ends`, which says when its codes open."""

    title: str
    types: list[dict[str, Any]]
    scale: list[dict[str, Any]]
    homework_ends: str


class Standing(TypedDict):
    """How many have begun a homework, and how many of them judged every case; `classes` holds each
    case once it is `over`, small groups withheld."""

    began: int
    finished: int
    closes: str
    over: bool
    classes: list[Reveal]


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
