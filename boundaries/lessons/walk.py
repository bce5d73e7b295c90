"""A lesson one case at a time: first every case is judged, then what the codes say is read.

The widget is a card whose item changes; around its form it sends the case and where one is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from boundaries.answers.students import Student
from boundaries.content import Claim, Content, Item
from boundaries.content.display import State, codes_read
from boundaries.errors import BoundariesError
from boundaries.lessons.cards import Card
from boundaries.lessons.delivery import Delivery
from boundaries.lessons.outputs import CaseText, Judged, NotRunning, place_in
from boundaries.lessons.states import waiting
from boundaries.web import module, style


class Walk(Card):
    """All cases of a lesson in one widget, one of them on screen.

    With `together` the codes open after the last case, which is the lesson's second half: the same
    cases once more, those first on which the codes are farthest apart. Without it a case's codes
    open as soon as it is judged, and what `before` gives for it: of a pair, both cases.
    """

    _esm = module("lesson.js")
    _css = style("form.css", "lesson.css")

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        content: Content,
        student: Student,
        on_change: Callable[[Card], None] = lambda card: None,
        delivery: Delivery | None = None,
        *,
        together: bool = True,
        before: Callable[[Item], Sequence[Item]] = lambda item: (),
    ) -> None:
        judged = student.judged(items)
        left = waiting(items, judged)
        self._title, self._items = title, tuple(items)
        self._together = together and len(self._items) > 1
        # Who comes back after the last case comes to read, not to judge once more.
        self._reading = self._together and not left
        first = (left or self._order(student, content))[0]
        super().__init__(first, content, student, on_change, delivery, before)

    def __repr__(self) -> str:
        """The lesson's title and nothing of what was answered."""
        return f"Walk({self._title})"

    def _order(self, student: Student, content: Content) -> Sequence[Item]:
        """The items in the order of this half of the lesson."""
        if not self._reading:
            return self._items
        return sorted(
            self._items, key=lambda item: -disagreement(item, student.level(item), content)
        )

    @property
    def _shut(self) -> bool:
        return self._together and not self._reading

    def state(self, *, again: bool = False, receipt: State | None = None) -> State:
        """What the form shows now, with `case` and `walk` around it."""
        with self.student.one_look():
            card = super().state(again=again, receipt=receipt)
            judged = self.student.judged(self._items)
            case = CaseText(self.item, self.student.level(self.item)).parts()
            order = self._order(self.student, self.content)
        if self._reading:
            card["receipt"] = receipt  # where it was stored was said when it was judged
        return card | {"case": case, "walk": self._walk(order, judged)}

    def _walk(self, order: Sequence[Item], judged: Judged) -> State:
        at = order.index(self.item)
        marks = []
        for item in order:
            judgment = judged.get((item.id, "first"))
            mark = "open"
            if judgment:
                mark = "skipped" if judgment.skipped else "judged"
            marks.append(mark)
        where = f"{at + 1} of {len(order)}"
        if self._reading:
            where = f"case {where}, those first where the codes part most"
        elif self._together and len(order) > 1:
            where += " · the codes open after the last case"
        return {
            "title": "What the codes say" if self._reading else self._title,
            "half": "reading" if self._reading else "judging",
            "where": where,
            "marks": marks,
            "at": at,
            "previous": at - 1 if at else None,
            "next": self._next(order, at, judged),
        }

    def _next(self, order: Sequence[Item], at: int, judged: Judged) -> State | None:
        """Where the button leads: `to` is a place in the order, or "codes"."""
        left = waiting(order, judged)
        if self._together and not self._reading and not left:
            return {"label": "What the codes say", "to": "codes"}
        if at + 1 < len(order):
            return {"label": "Next case", "to": at + 1}
        if left and left != [self.item]:
            return {"label": "Next open case", "to": order.index(left[0])}
        return None

    def go(self, to: object) -> None:
        """Shows the case at a place, counted from 0; "codes" turns to the lesson's second half."""
        with self._lock, self.student.one_look():
            try:
                if to == "codes" and self._together:
                    # The store decides, not the button: the page may be older than what was judged.
                    self._reading = not waiting(self._items, self.student.judged(self._items))
                    to = 0
                order = self._order(self.student, self.content)
            except BoundariesError as error:
                self._complain(str(error))
                return
            # Until the state is sent, nothing may be judged as if it were of the case before.
            if isinstance(to, int) and 0 <= to < len(order):
                self.item, self._stored, self._last["phase"] = order[to], None, "locked"
            self._show()

    def _hear(self, widget: object, message: State, buffers: object) -> None:
        item = message.get("item", self.item.id)
        if message.get("kind") == "go":
            self.go(message.get("to"))
        elif item == self.item.id:  # what was typed on one case is never another's answer
            super()._hear(widget, message, buffers)
        else:
            self._show()

    def stand_in(self) -> NotRunning:
        """The cases as text, for a notebook without its kernel."""
        texts = []
        for item in self._items:
            texts.append(CaseText(item, self.student.level(item), place_in(self._items, item)))
        return NotRunning(texts)


def disagreement(item: Item, level: str, content: Content) -> float:
    """How far the codes are apart on an item: steps between the middles of their bands."""
    middles: list[float] = []
    # A claim has a verdict of the course's own, and no code that could differ.
    if isinstance(item, Claim):
        return 0
    for code in codes_read(item, content):
        reading = item.reading(code, level)
        if reading and reading.band:
            middles.append(sum(reading.band) / 2)
    return max(middles, default=0) - min(middles, default=0)
