"""The form of one item in a notebook: a thin view that turns answers into judgments.

What a card shows is one plain dict, see `states.card_state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from boundaries.answers.judgments import Judgment
from boundaries.answers.students import Student
from boundaries.content import Content, Item
from boundaries.content.display import SKIP, State
from boundaries.errors import BoundariesError
from boundaries.lessons.delivery import Delivery
from boundaries.lessons.outputs import LiveWidget
from boundaries.lessons.states import card_state
from boundaries.web import module, style

_STORED = "Stored in "
_NOT_YET_AGAIN = "Nothing was stored: this case is judged again when the codes are open."
_NO_ANSWER = f"Nothing was stored, for no answer came. Choose one, or “{SKIP}”."


class Card(LiveWidget):
    """The form of one item for one student.

    `on_change` is called with the card after each judgment that was stored, on the thread that
    stored it.
    `before` gives for an item those that are judged before its codes open.
    """

    _esm = module("form.js")
    _css = style("form.css")

    def __init__(
        self,
        item: Item,
        content: Content,
        student: Student,
        on_change: Callable[[Card], None] = lambda card: None,
        delivery: Delivery | None = None,
        before: Callable[[Item], Sequence[Item]] = lambda item: (),
    ) -> None:
        super().__init__()
        self.item, self.content, self.student = item, content, student
        self._before = before
        self._on_change, self._delivery = on_change, delivery
        self._stored: Judgment | None = None
        self._last = self.state()
        if delivery:
            delivery.watch(self)

    def __repr__(self) -> str:
        """The item's id and nothing of what was answered."""
        return f"Card({self.item.id})"

    @property
    def _shut(self) -> bool:
        """Whether the codes stay away even of a card on which all is judged."""
        return False

    def state(self, *, again: bool = False, receipt: State | None = None) -> State:
        """What the form shows now; see `card_state`."""
        return card_state(
            self.item,
            self.content,
            self.student,
            self._delivery,
            before=self._before(self.item),
            shut=self._shut,
            again=again,
            receipt=receipt,
        )

    def refresh(self) -> None:
        """Shows what the store holds, for example after the item was judged on another card."""
        self._show()

    def judge(
        self, phase: str, rating: int | None, confidence: int | None = None, reason: str = ""
    ) -> Judgment | None:
        """What the form's button does: stores a judgment and shows its receipt.

        Gives the judgment as stored; None where a sentence on the form says why it was not.
        """
        with self.student.one_look():
            stored = self._store(phase, rating, confidence, reason)
            if stored:
                self._on_change(self)
        # After the receipt: what is stored is stored, whether or not a server answers.
        if stored and self._delivery:
            self._delivery.send()
        return stored

    def _store(
        self, phase: str, rating: int | None, confidence: int | None, reason: str
    ) -> Judgment | None:
        with self._lock:
            # No "judge again" on the form means that the codes are not open: another page may ask all the same.
            if phase != "first" and self._last["phase"] == "locked" and not self._last["again"]:
                self._complain(_NOT_YET_AGAIN)
                return None
            try:
                stored = self.student.judge(self.item, phase, rating, confidence, reason)
            except BoundariesError as error:
                self._complain(str(error))
                return None
            self._stored, self._last["phase"] = stored, "locked"
            self._show(receipt={"tone": "ok", "text": f"{_STORED}{self.student.place}."})
        return stored

    def delivered(self) -> None:
        """Says where the judgment is, now that something was sent or could not be."""
        with self._lock:
            before = self._last["receipt"]
            if self.closed or not self._delivery:
                return
            if not before or before["tone"] == "error":
                return  # nothing judged yet, or a sentence that must not be taken away
            receipt = None
            if self._stored and before["text"].startswith(_STORED):
                elsewhere = self._delivery.where(self._stored)
                text = f"{_STORED}{self.student.place}. {elsewhere}".strip()
                # Never "ok": the form would take it for the answer to what is on its way to us.
                receipt = {"tone": "info", "text": text}
            self._show(receipt=receipt)

    def _hear(self, widget: object, message: State, buffers: object) -> None:
        """Runs on any thread; an exception here would reach no one, so none leaves."""
        kind = message.get("kind")
        if kind == "hello":
            self._show()
        elif kind == "again":
            self._show(again=True)
        elif kind == "judge":
            self._hear_judgment(message)

    def _hear_judgment(self, message: State) -> None:
        # A message is whatever a page sends: `checked` says what is wrong with any of it.
        phase, reason = str(message.get("phase")), message.get("reason") or ""
        if message.get("skip"):
            self.judge(phase, None, None, reason)
        elif message.get("rating") is None:  # no answer is not the same as a skip
            self._complain(_NO_ANSWER)
        else:
            self.judge(phase, message["rating"], message.get("confidence"), reason)

    def _complain(self, sentence: str) -> None:
        self._show(receipt={"tone": "error", "text": sentence})

    def _show(self, *, again: bool = False, receipt: State | None = None) -> None:
        with self._lock:
            again = again or self._last["phase"] == "informed"
            try:
                self._last = self.state(again=again, receipt=receipt)
            except BoundariesError as error:
                # The store cannot even be read: what is on screen stays, with the sentence.
                self._last["receipt"] = receipt or {"tone": "error", "text": str(error)}
            self.send(self._last)
