"""What the form of one item shows at a moment, as one plain dict that is sent to the browser.

Readings enter that dict only when the student's first judgment is locked.
"""

from __future__ import annotations

from boundaries.answers.judgments import MAX_REASON, Judgment
from boundaries.answers.students import Student
from boundaries.content import Claim, Content, Item, Vignette
from boundaries.content.display import (
    ABOUT,
    SKIP,
    State,
    beside,
    codes_of,
    points,
    provision,
    shown,
)
from boundaries.lessons.delivery import Delivery

_LEGENDS = {"first": "Your first judgment", "informed": "Judge again"}
_SUBMITS = {"first": "Lock in my judgment", "informed": "Store my second judgment"}
_NOTICES = {
    "first": "A first judgment cannot be changed later. "
    "You can judge again after reading the codes.",
    "informed": "You may change this second judgment as often as you like; the last one counts.",
}
_PHASES = {"first": "First", "informed": "After the codes"}
_KEPT = "Kept in your own file."
_SENT = (
    "Kept in your own file, and sent to the class server, whose keeper can read it: "
    "under a hash of your token, without a name."
)
_LEAVE_OUT = "Leave out names and anything that could identify a person."


def card_state(
    item: Item,
    content: Content,
    student: Student,
    delivery: Delivery | None = None,
    *,
    again: bool = False,
    receipt: State | None = None,
) -> State:
    """All that a form shows of one item for one student, ready to be sent as JSON.

    `phase` is first (nothing judged yet), informed (judging again) or locked. `result`, with the
    readings, is there only when the first judgment is locked. Raises StoreError.
    """
    judged = student.judged([item])
    first, informed = judged.get((item.id, "first")), judged.get((item.id, "informed"))
    asked = "informed" if first else "first"
    phase = _phase(first, again)
    level = first.level if first else student.level(item)
    question = item.at(level, item.question) if isinstance(item, Vignette) else item.question
    return {
        "kind": "state",
        "item": item.id,
        "phase": phase,
        "legend": _LEGENDS[asked],
        "question": question,
        "options": points(item.scale),
        "confidence": {"legend": "How sure are you?", "options": points(content.confidence)},
        "reason": {
            "label": "Your reason (optional)",
            "max": MAX_REASON,
            "hint": f"{_SENT if delivery else _KEPT} {_LEAVE_OUT}",
        },
        "skip": SKIP,
        "submit": _SUBMITS[asked],
        "notice": _NOTICES[asked],
        "draft": f"boundaries/{student.session}/{item.id}/{item.wording}/{asked}",
        "chosen": _chosen(informed) if again and informed else None,
        "receipt": receipt or _earlier(first, informed, student, delivery),
        "result": _result(item, content, first, informed) if first else None,
        "again": _again(informed) if phase == "locked" else None,
    }


def _phase(first: Judgment | None, again: bool) -> str:
    if first is None:
        return "first"
    return "informed" if again else "locked"


def _again(informed: Judgment | None) -> State:
    return {"label": "Change my second judgment" if informed else "Judge again"}


def _chosen(judgment: Judgment) -> State:
    return {
        "rating": judgment.rating,
        "confidence": judgment.confidence,
        "reason": judgment.reason,
        "skip": judgment.skipped,
    }


def _earlier(
    first: Judgment | None, informed: Judgment | None, student: Student, delivery: Delivery | None
) -> State | None:
    """The receipt of a form that is opened again: what was stored before."""
    if first is None:
        return None
    both = [first, informed] if informed else [first]
    which = "Both judgments were" if informed else "This judgment was"
    sentences = [f"{which} stored earlier in your own file, {student.path}."]
    if delivery and (elsewhere := delivery.where(*both)):
        sentences.append(elsewhere)
    return {"tone": "info", "text": " ".join(sentences)}


def _result(item: Item, content: Content, first: Judgment, informed: Judgment | None) -> State:
    """What opens with the lock: own judgments beside the codes, or a claim's verdict."""
    yours = [_own(judgment, item, content) for judgment in (first, informed) if judgment]
    result: State = {
        "yours": yours,
        "scale": points(item.scale),
        "why": item.why,
        "about": "",
        "questions": [],
        "readings": [],
        "verdict": None,
    }
    if isinstance(item, Claim):
        return result | {"verdict": _verdict(item, content)}
    latest = informed or first
    readings = []
    for code in codes_of(item, content):
        reading = item.reading(code, first.level)
        if reading:
            verdict = beside(latest.rating, reading.band)
            readings.append(shown(reading, content) | {"verdict": verdict})
    return result | {"about": ABOUT, "readings": readings, "questions": list(item.questions)}


def _own(judgment: Judgment, item: Item, content: Content) -> State:
    if judgment.rating is None or judgment.confidence is None:
        text = "You preferred not to judge this one."
    else:
        ratings = {point.value: point.label for point in item.scale}
        confidences = {point.value: point.label.lower() for point in content.confidence}
        text = f"{ratings[judgment.rating]} ({confidences[judgment.confidence]})"
    return {
        "phase": _PHASES[judgment.phase],
        "rating": judgment.rating,
        "text": text,
        "reason": judgment.reason,
    }


def _verdict(claim: Claim, content: Content) -> State:
    label = next(point.label for point in claim.scale if point.value == claim.verdict)
    provisions = [
        provision(content, code, id) | {"code": content.codes[code].short}
        for code, id in claim.provisions
    ]
    return {"label": label, "why": claim.why, "provisions": provisions}
