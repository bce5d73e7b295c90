"""One item on screen: the case as an ordinary output, and below it the form that turns answers into judgments.

A card is a thin view. What it shows is one plain dict (`card_state`), sent as a message and never kept in a
synchronised trait, so that no saved notebook or widget state holds an answer or a reading. Readings enter that
dict only when the student's first judgment is locked.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable

import anywidget

from boundaries.answers.judgments import MAX_REASON, Judgment
from boundaries.answers.student import Student
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
from boundaries.errors import BoundariesError
from boundaries.lessons.delivery import Delivery
from boundaries.web import module, style

_LEGENDS = {"first": "Your first judgment", "informed": "Judge again"}
_SUBMITS = {"first": "Lock in my judgment", "informed": "Store my second judgment"}
_NOTICES = {
    "first": "A first judgment cannot be changed later. You can judge again after reading the codes.",
    "informed": "You may change this second judgment as often as you like; the last one counts.",
}
_STORED = "Stored in your own file, "
_KEPT = "Kept in your own file."
_SENT = (
    "Kept in your own file, and sent to the class server, whose keeper can read it: under a hash of your token, "
    "without a name."
)


class Case:
    """The text of a case: an ordinary output, so that a notebook opened without a kernel still reads."""

    def __init__(self, item: Item, level: str, place: str = "") -> None:
        self.item, self.level, self.place = item, level, place

    def _parts(self) -> list[tuple[str, str]]:
        item = self.item
        if isinstance(item, Claim):
            return [("bd-place", self.place), ("bd-act", item.claim)]
        note = f"Content note: {item.content_note}" if item.content_note else ""
        case, act = item.at(self.level, item.case), item.at(self.level, item.act)
        return [
            ("bd-place", self.place),
            ("bd-note", note),
            ("bd-name", item.title),
            ("bd-case", case),
            ("bd-act", act),
        ]

    def __repr__(self) -> str:
        """The text, a line a part."""
        return "\n".join(text for _, text in self._parts() if text)

    def _repr_html_(self) -> str:
        paragraphs = (
            f'<p style="{_STYLES[c]}">{html.escape(text)}</p>' for c, text in self._parts() if text
        )
        return f'<div style="max-width:42em;line-height:1.6">{"".join(paragraphs)}</div>'


# Inline, because a style sheet would be one output more, and is taken out of an untrusted notebook.
_STYLES = {
    "bd-place": "margin:1.5em 0 0;font-size:.9em;opacity:.85",
    "bd-note": "margin:.5em 0;padding:.4em .8em;border-left:4px solid #9a6700",
    "bd-name": "margin:.2em 0 .4em;font-size:1.25em;font-weight:600",
    "bd-case": "margin:0 0 .6em;font-size:1.08em",
    "bd-act": "margin:.4em 0 .8em;font-size:1.08em;font-weight:600",
}


class Card(anywidget.AnyWidget):
    """The form of one item for one student. `on_change` is called after each judgment that was stored."""

    _esm = module("form.js")
    _css = style("form.css")

    def __init__(
        self,
        item: Item,
        content: Content,
        student: Student,
        on_change: Callable[[], None] = lambda: None,
        delivery: Delivery | None = None,
    ) -> None:
        super().__init__()
        self.item, self.content, self.student, self._changed = item, content, student, on_change
        self._delivery = delivery
        self._told: Judgment | None = None
        self._lock = (
            threading.RLock()
        )  # what is sent to the browser is in order, from whichever thread
        self._last = self.state()
        if delivery:
            delivery.watch(self)
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        """The item's id and nothing of what was answered."""
        return f"Card({self.item.id})"

    def state(self, *, again: bool = False, receipt: State | None = None) -> State:
        """What the form shows now; see `card_state`."""
        return card_state(
            self.item, self.content, self.student, self._delivery, again=again, receipt=receipt
        )

    def refresh(self) -> None:
        """Shows what the store holds, for example after the same item was judged on another card."""
        self._show()

    def judge(
        self, phase: str, rating: int | None, confidence: int | None = None, reason: str = ""
    ) -> Judgment | None:
        """What the form's button does: stores a judgment and shows its receipt; None if a sentence says why not."""
        with self._lock:
            try:
                stored = self.student.judge(self.item, phase, rating, confidence, reason)
            except BoundariesError as error:
                self._show(receipt={"tone": "error", "text": str(error)})
                return None
            self._last["phase"], self._told = "locked", stored
            self._show(receipt={"tone": "ok", "text": f"{_STORED}{self.student.path}."})
        self._changed()
        if self._delivery:
            self._delivery.send()
        return stored

    def delivered(self) -> None:
        """Says where the judgment is now that something was sent, or could not be."""
        with self._lock:
            shown = self._last["receipt"] or {"tone": "", "text": ""}
            if not self._delivery or shown["tone"] in ("", "error"):
                return  # nothing judged yet, or a sentence that must not be taken away
            receipt = None
            if self._told and shown["text"].startswith(_STORED):
                where = self._delivery.where(self._told)
                # Never "ok": the form would take that for the answer to what is on its way to us.
                receipt = {"tone": "info", "text": f"{_STORED}{self.student.path}. {where}".strip()}
            self._show(receipt=receipt)

    def _hear(self, widget: object, message: State, buffers: object) -> None:
        """Runs on any thread (ipykernel's subshells). An exception here would reach no one, so none leaves."""
        kind = message.get("kind")
        if kind == "hello":
            self._show()
        elif kind == "again":
            self._show(again=True)
        elif kind == "judge":
            skip = bool(message.get("skip"))
            answer = [None if skip else message.get(key) for key in ("rating", "confidence")]
            if answer[0] is None and not skip:  # no answer is not the same as a skip
                text = f"Nothing was stored, for no answer came. Choose one, or “{SKIP}”."
                self._show(receipt={"tone": "error", "text": text})
                return
            self.judge(str(message.get("phase")), answer[0], answer[1], message.get("reason") or "")

    def _show(self, *, again: bool = False, receipt: State | None = None) -> None:
        with self._lock:
            try:
                self._last = self.state(
                    again=again or self._last["phase"] == "informed", receipt=receipt
                )
            except (
                BoundariesError
            ) as error:  # the store cannot even be read: what is on screen stays
                self._last |= {"receipt": receipt or {"tone": "error", "text": str(error)}}
            self.send(self._last)


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

    `phase` is first (nothing judged yet), informed (judging again) or locked. `result`, with the readings, is
    there only when the first judgment is locked.
    """
    mine = student.judged([item])
    first, informed = mine.get((item.id, "first")), mine.get((item.id, "informed"))
    phase = "first" if first is None else "informed" if again else "locked"
    asked = "informed" if first else "first"
    level = first.level if first else student.level(item)
    return {
        "kind": "state",
        "item": item.id,
        "phase": phase,
        "legend": _LEGENDS[asked],
        "question": item.at(level, item.question) if isinstance(item, Vignette) else item.question,
        "options": points(item.scale),
        "confidence": {"legend": "How sure are you?", "options": points(content.confidence)},
        "reason": {
            "label": "Your reason (optional)",
            "max": MAX_REASON,
            "hint": f"{_SENT if delivery else _KEPT} Leave out names and anything that could identify a person.",
        },
        "skip": SKIP,
        "submit": _SUBMITS[asked],
        "notice": _NOTICES[asked],
        "draft": f"boundaries/{student.session}/{item.id}/{item.wording}/{asked}",
        "chosen": _chosen(informed) if again and informed else None,
        "receipt": receipt or _earlier(first, informed, student, delivery),
        "result": _result(item, content, first, informed) if first else None,
        "again": {"label": "Change my second judgment" if informed else "Judge again"}
        if phase == "locked"
        else None,
    }


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
    if first is None:
        return None
    what = "Both judgments were" if informed else "This judgment was"
    where = delivery.where(*filter(None, (first, informed))) if delivery else ""
    return {
        "tone": "info",
        "text": f"{what} stored earlier in your own file, {student.path}. {where}".strip(),
    }


def _result(item: Item, content: Content, first: Judgment, informed: Judgment | None) -> State:
    latest = informed or first
    yours = [
        _own(phase, j, item, content)
        for phase, j in (("First", first), ("After the codes", informed))
        if j
    ]
    result: State = {
        "yours": yours,
        "scale": points(item.scale),
        "why": item.why,
        "about": "",
        "questions": [],
    }
    if isinstance(item, Claim):
        return result | {"readings": [], "verdict": _verdict(item, content)}
    readings = [item.reading(code, first.level) for code in codes_of(item, content)]
    return result | {
        "about": ABOUT,
        "readings": [
            shown(r, content) | {"verdict": beside(latest.rating, r.band)} for r in readings if r
        ],
        "questions": list(item.questions),
        "verdict": None,
    }


def _own(phase: str, judgment: Judgment, item: Item, content: Content) -> State:
    words = {p.value: p.label for p in item.scale}
    sure = {p.value: p.label.lower() for p in content.confidence}
    if judgment.rating is None or judgment.confidence is None:
        text = "You preferred not to judge this one."
    else:
        text = f"{words[judgment.rating]} ({sure[judgment.confidence]})"
    return {"phase": phase, "rating": judgment.rating, "text": text, "reason": judgment.reason}


def _verdict(claim: Claim, content: Content) -> State:
    label = next(p.label for p in claim.scale if p.value == claim.verdict)
    provisions = [
        provision(content, code, id) | {"code": content.codes[code].short}
        for code, id in claim.provisions
    ]
    return {"label": label, "why": claim.why, "provisions": provisions}
