"""What a lecture shows to everybody at each stage, ready for JSON.

Pure functions of what the database holds. A reading, or a count by rating, is shown in the stage
`reveal` alone (see `reveal`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boundaries.answers.judgments import MAX_REASON
from boundaries.content import Content, Item, Vignette
from boundaries.content import display as shown
from boundaries.content.base32 import grouped
from boundaries.lectures.rounds.stages import phase_of
from boundaries.lectures.server.reveal import reveal_state
from boundaries.lectures.server.shapes import PlacedCase, ShownCase, State

if TYPE_CHECKING:
    from boundaries.lectures.rounds.halls import Hall, Turn

_LEGENDS = {
    "first": "Judge alone",
    "discussed": "Judge again, after talking",
    "informed": "Judge again, after the codes",
}
_CASE_IS_SHOWN = ("first", "discuss", "discussed", "reveal", "informed")
_NOTICE = (
    "You may change it as long as this round is open; the last one counts. "
    "Nobody sees who chose what."
)
_HINT = (
    "Kept with your judgment on the class server and never shown on the screen. "
    "Leave out what could identify anyone."
)
_HINT_WHERE_SHOWN = (
    "Kept with your judgment on the class server. After the reveal your lecturer may show some "
    "reasons to the class, five or more at once, in no order and without saying whose they are. "
    "Leave out what could identify anyone."
)


def public_state(hall: Hall, turn: Turn | None, counts: tuple[int, int], content: Content) -> State:
    """What everybody may know of a lecture now; `counts` are how many joined and how many judged.

    `turn` is the present case. Its text is there from its first round on, its form while a round is
    open, and `reveal` in the stage `reveal`."""
    place = 0
    if hall.vignette in hall.vignettes:
        place = hall.vignettes.index(hall.vignette) + 1
    joined, judged = counts
    state: State = {
        "code": hall.code,
        "shown_code": grouped(hall.code),
        "session": hall.session,
        "title": hall.title,
        "mode": hall.mode,
        "version": hall.version,
        "stage": hall.stage,
        "phase": phase_of(hall.stage),
        "place": place,
        "of": len(hall.vignettes),
        "vignettes": [],
        "joined": joined,
        "judged": judged,
        "minimum": content.course.minimum_group,
        "people": hall.people,
        "room": hall.places,
        "rate": 0.0,  # which only who reads it again and again can know: see `channels`
        "remaining": None,
        "case": None,
        "reveal": None,
    }
    if hall.remaining is not None:
        state["remaining"] = round(hall.remaining, 1)
    if turn and hall.stage in _CASE_IS_SHOWN:
        state["case"] = _case(hall, turn, content)
        if hall.stage == "reveal":
            state["reveal"] = reveal_state(hall, turn, content)
    for number, id in enumerate(hall.vignettes, 1):
        placed: PlacedCase = {"id": id, "title": "", "state": _progress(hall, number, place)}
        if turn and state["case"] and id == turn.item:
            placed["title"] = content.item(id).title
        state["vignettes"].append(placed)
    return state


def form_state(hall: Hall, item: Item, level: str, content: Content) -> dict[str, Any] | None:
    """What `renderForm` of web/form.js shows while a round is open, before anything was chosen;
    else None."""
    phase = phase_of(hall.stage)
    if phase is None:
        return None
    hint = _HINT_WHERE_SHOWN if hall.reasons else _HINT
    return {
        "kind": "state",
        "item": item.id,
        "wording": item.wording,
        "phase": phase,
        "legend": _LEGENDS[phase],
        "question": shown.question(item, level),
        "options": shown.points(item.scale),
        **shown.asking(content, hint, MAX_REASON),
        "submit": "Send my judgment",
        "notice": _NOTICE,
        "draft": f"boundaries/{hall.code}/{item.id}/{item.wording}/{phase}",
        "chosen": None,
        "receipt": None,
        "result": None,
        "again": None,
    }


def _progress(hall: Hall, number: int, place: int) -> str:
    """Whether the case of that number is now, done or to come."""
    if number == place and hall.stage != "over":
        return "now"
    if number < place:
        return "done"
    return "to come"


def _case(hall: Hall, turn: Turn, content: Content) -> ShownCase:
    item = content.item(turn.item)
    split = turn.level == "split"
    levels = item.levels if split else (turn.level,)
    case: ShownCase = {
        "item": item.id,
        "wording": item.wording,
        "title": item.title,
        "note": "",
        "split": split,
        "levels": {},
        "questions": [],
    }
    if isinstance(item, Vignette):
        case["note"] = item.content_note
        if hall.stage == "discuss" and "first" in turn.opened:
            case["questions"] = list(item.questions)
    for level in levels:
        label, text, act = "", "", item.title
        if isinstance(item, Vignette):
            label, text, act = (
                item.label(level),
                item.at(level, item.case),
                item.at(level, item.act),
            )
        case["levels"][level] = {
            "label": label,
            "case": text,
            "act": act,
            "form": form_state(hall, item, level, content),
        }
    return case
