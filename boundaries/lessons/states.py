"""What the form of one item shows at a moment, as one plain dict that is sent to the browser.

Readings enter that dict only when the codes of the lesson are open.
"""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.answers.judgments import MAX_REASON, Judgment
from boundaries.answers.students import Student
from boundaries.content import Content, Item
from boundaries.content.display import State, asking, opened, points, question, unopened
from boundaries.lessons.delivery import Delivery
from boundaries.lessons.outputs import LESSON_WORDS, Judged

_WORDS = LESSON_WORDS["card"]


def waiting(items: Sequence[Item], judged: Judged) -> list[Item]:
    """The items that are not judged yet; a skip is a judgment too."""
    return [item for item in items if (item.id, "first") not in judged]


def card_state(
    item: Item,
    content: Content,
    student: Student,
    delivery: Delivery | None = None,
    *,
    before: Sequence[Item] = (),
    shut: bool = False,
    again: bool = False,
    receipt: State | None = None,
) -> State:
    """All that a form shows of one item for one student, ready to be sent as JSON.

    `phase` is first (nothing judged yet), informed (judging again) or locked. `result` has the
    readings only when the item and all of `before` are judged, and never while `shut`. Raises
    StoreError.
    """
    judged = student.judged([item, *before])
    first, informed = judged.get((item.id, "first")), judged.get((item.id, "informed"))
    left = waiting([item, *before], judged)
    is_open = not left and not shut
    asked = "informed" if first else "first"
    words, hint = _WORDS[asked], _WORDS["sent" if delivery else "kept"]
    phase = "first"
    if first:
        phase = "informed" if again and is_open else "locked"
    # The level that was judged stays on screen, whatever the case's dial may hold today.
    level = first.level if first else student.level(item)
    result = None
    if first:
        result = _own_result(item, content, first, informed)
        # The one place where readings enter a message: what is not in it cannot reach the browser.
        if is_open:
            result |= _codes(item, content, first, informed)
        elif left:
            result["about"] = _closed(len(left), len(before))
    return {
        "kind": "state",
        "item": item.id,
        "title": item.title,
        "phase": phase,
        "legend": words["legend"],
        "question": question(item, level),
        "options": points(item.scale),
        **asking(content, hint.format(keeps=student.keeps), MAX_REASON),
        "submit": words["submit"],
        "notice": words["notice"],
        # With the wording: what was typed about other words is no answer to these.
        "draft": f"boundaries/{student.session}/{item.id}/{item.wording}/{asked}",
        "chosen": _chosen(informed) if again and informed else None,
        "receipt": receipt or _earlier(first, informed, student, delivery),
        "result": result,
        "again": _again(informed) if phase == "locked" and is_open else None,
    }


def _closed(left: int, total: int) -> str:
    judged = "1 is" if left == 1 else f"{left} are"
    return str(_WORDS["closed"].format(total=total, judged=judged))


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
    sentences = [f"{which} stored earlier in {student.place}."]
    if delivery and (elsewhere := delivery.where(*both)):
        sentences.append(elsewhere)
    return {"tone": "info", "text": " ".join(sentences)}


def _own_result(item: Item, content: Content, first: Judgment, informed: Judgment | None) -> State:
    """One's own judgments, which hold nothing of what was not shown to whoever judged."""
    yours = [_own(judgment, item, content) for judgment in (first, informed) if judgment]
    return {"yours": yours, **unopened(item)}


def _codes(item: Item, content: Content, first: Judgment, informed: Judgment | None) -> State:
    """What opens: each code's reading beside the latest rating, or a claim's verdict."""
    state = opened(item, first.level, content)
    rating = (informed or first).rating
    for reading in state["readings"]:
        reading["verdict"] = reading.pop("verdicts").get(str(rating), "")
    return state


def _own(judgment: Judgment, item: Item, content: Content) -> State:
    if judgment.rating is None or judgment.confidence is None:
        text = "You preferred not to judge this one."
    else:
        ratings = {point.value: point.label for point in item.scale}
        confidences = {point.value: point.label.lower() for point in content.confidence}
        text = f"{ratings[judgment.rating]} ({confidences[judgment.confidence]})"
    return {
        "phase": _WORDS[judgment.phase]["phase"],
        "rating": judgment.rating,
        "text": text,
        "reason": judgment.reason,
    }
