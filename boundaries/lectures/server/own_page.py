"""What one student's page of a homework is told: the cases, own judgments, and, when they may be
read, what the codes say and what the class chose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from boundaries.answers.codes import code_of
from boundaries.answers.judgments import MAX_REASON, Judgment, level_of
from boundaries.content import Claim, Content, Item, Vignette
from boundaries.content import display as shown
from boundaries.content.words import codes_open
from boundaries.errors import ContentError, NotYetJudged, Refused
from boundaries.lectures.rounds.halls import Hall, Halls
from boundaries.lectures.rounds.homework import lessons, locked_ids, participant_in, readable
from boundaries.lectures.server import shapes
from boundaries.lectures.server.reveal import question, readings_at, reveal_state

_HINT = (
    "Kept with your judgment on the class server, whose keeper can read it. "
    "Leave out names and anything that could identify a person."
)
_CLOSED = (
    "What the codes say of this case opens when you have judged {} alone. "
    "Judge first, then read on."
)
_NO_CLASS = (
    "Your class is shown when your lecturer ends this homework, to those who judged every case."
)


def own_page(halls: Halls, code: str, token: str, content: Content) -> shapes.OwnPage:
    """The cases in a participant's own order, each at their level, with what they have judged.

    Nothing of a code is in it. Raises NotFound, Refused for a lecture, CodeError for no token."""
    hall = halls.hall(code)
    participant = participant_in(hall, token)
    by_type = lessons(hall, participant, content)
    items = [item for lesson in by_type.values() for item in lesson]
    asked = {item.id: item.wording for item in items}
    judgments = []
    for row in halls.store.judgments(hall.session, participant):
        if asked.get(row.item) == row.wording:
            judgments.append(_own(row))
    locked = {row["vignette"] for row in judgments if row["phase"] == "first"}
    closes = ""
    if hall.closes is not None:
        closes = datetime.fromtimestamp(hall.closes, UTC).isoformat()
    return {
        "backup": code_of(token),
        "title": hall.title,
        "session": hall.session,
        "codes_open": codes_open(hall.session),
        "closes": closes,
        "over": hall.stage == "over",
        "form": _form(content),
        "lessons": [
            _lesson(type, lesson, participant, content) for type, lesson in by_type.items()
        ],
        "judgments": judgments,
        "consent": halls.store.consent(hall.session, participant),
        "readable": sorted(readable(hall.session, by_type.values(), locked)),
        "minimum": content.course.minimum_group,
    }


def readings_of(
    halls: Halls, code: str, token: str, id: str, content: Content
) -> shapes.CaseReadings:
    """What the codes say of one case, at the participant's level.

    Raises NotYetJudged until this participant has judged what must be judged alone before it."""
    hall, participant, item = _asked(halls, code, token, id, content)
    by_type = lessons(hall, participant, content)
    lesson = by_type[item.type]
    with halls.store.reading() as connection:
        locked = locked_ids(connection, participant, lesson)
    if id not in readable(hall.session, [lesson], locked):
        which = "it" if id not in locked else f"all {len(lesson)} cases of its lesson"
        raise NotYetJudged(_CLOSED.format(which))
    readings: list[dict[str, Any]] = []
    verdict = None
    if isinstance(item, Vignette):
        readings = readings_at(item, [level_of(participant, item)], content)
    if isinstance(item, Claim):
        verdict = _verdict(item, content)
    return {
        "item": id,
        "scale": shown.points(item.scale),
        "about": shown.ABOUT if readings else "",
        "binding": shown.binding(item, content) if isinstance(item, Vignette) else "",
        "why": item.why,
        "questions": list(item.questions) if isinstance(item, Vignette) else [],
        "readings": readings,
        "verdict": verdict,
    }


def class_of(halls: Halls, code: str, token: str, id: str, content: Content) -> shapes.Reveal:
    """The class in one case, small groups withheld, as it was when the homework ended.

    Raises Refused before that, NotYetJudged for somebody who has not judged every case."""
    hall, participant, item = _asked(halls, code, token, id, content)
    if hall.stage != "over":
        raise Refused(_NO_CLASS)
    items = [content.item(each) for each in hall.vignettes]
    with halls.store.reading() as connection:
        locked = locked_ids(connection, participant, items)
    if len(locked) < len(items):
        raise NotYetJudged(_NO_CLASS)
    return reveal_state(hall, halls.turn(code, item.id), content)


def _asked(
    halls: Halls, code: str, token: str, id: str, content: Content
) -> tuple[Hall, str, Item]:
    hall = halls.hall(code)
    participant = participant_in(hall, token)
    if id not in hall.vignettes:
        raise ContentError(f"{id!r} is not a case of this homework. Reload the page.")
    return hall, participant, content.item(id)


def _own(row: Judgment) -> dict[str, Any]:
    return {
        "vignette": row.item,
        "phase": row.phase,
        "rating": row.rating,
        "confidence": row.confidence,
        "reason": row.reason,
        "revision": row.revision,
    }


def _form(content: Content) -> dict[str, Any]:
    """What the forms of all cases share."""
    return {
        "confidence": {"legend": "How sure are you?", "options": shown.points(content.confidence)},
        "reason": {"label": "Your reason (optional)", "max": MAX_REASON, "hint": _HINT},
        "skip": shown.SKIP,
    }


def _lesson(type: str, items: Sequence[Item], participant: str, content: Content) -> dict[str, Any]:
    title = content.types[type].title if type in content.types else "Claims"
    return {"type": type, "title": title, "cases": [_case(i, participant) for i in items]}


def _case(item: Item, participant: str) -> dict[str, Any]:
    level = level_of(participant, item)
    case: dict[str, Any] = {
        "item": item.id,
        "wording": item.wording,
        "level": level,
        "title": item.title,
        "note": "",
        "case": "",
        "act": "",
        "question": question(item, level),
        "options": shown.points(item.scale),
    }
    if isinstance(item, Vignette):
        case |= {
            "note": item.content_note,
            "case": item.at(level, item.case),
            "act": item.at(level, item.act),
        }
    return case


def _verdict(claim: Claim, content: Content) -> dict[str, Any]:
    """What this course says of a claim, and from which provisions."""
    label = ""
    for point in claim.scale:
        if point.value == claim.verdict:
            label = point.label
    provisions = []
    for code, id in claim.provisions:
        provisions.append(shown.provision(content, code, id) | {"code": content.codes[code].short})
    return {"label": label, "why": claim.why, "provisions": provisions}
