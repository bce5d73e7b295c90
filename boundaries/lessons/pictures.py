"""What of a chart is a student's own, or not open yet.

A chart of the class is an ordinary output. Own ratings are rings over it, drawn in the browser from
messages; no output, repr or saved widget state holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from boundaries.answers.students import Student
from boundaries.content import Content, Item
from boundaries.content.display import State
from boundaries.errors import BoundariesError, ContentError
from boundaries.lessons.drawings import Drawing, can_draw, drawn
from boundaries.lessons.outputs import Judged, LiveWidget
from boundaries.lessons.states import waiting
from boundaries.web import fill, module, style

if TYPE_CHECKING:  # charts load pandas and matplotlib: only when a chart is drawn
    from boundaries.charts import Chart
    from boundaries.counts.release import Released

# The phase that a ring shows, the latest first, and how its label names it.
_RINGS = {"informed": "after the codes", "first": "first"}


class Picture(LiveWidget):
    """The live part of one chart: a sentence until its cases are judged, then own ratings as rings.

    `draw` makes the chart; it is called once, when all `items` and all of `before` are judged. Where the chart was an
    output already when this was shown, only the rings come by message. `brief` counts the cases
    that wait instead of naming them, for a chart below another that names them. `remark` is said
    below the chart once it is open.
    """

    _esm = module("picture.js")
    _css = style("form.css")

    def __init__(
        self,
        items: Sequence[Item],
        student: Student,
        draw: Callable[[], Chart | Drawing],
        *,
        before: Sequence[Item] = (),
        brief: bool = False,
        remark: Callable[[Chart | Drawing], str] = lambda chart: "",
    ) -> None:
        super().__init__()
        self._before = tuple(before) or tuple(items)
        self._items, self._student, self._draw, self._brief = items, student, draw, brief
        self._remark = remark
        self._chart: Chart | Drawing | None = None
        self.is_open = not waiting(self._before, student.judged(self._before))
        # What opens later is sent by message: an output of a cell that has ended cannot change.
        self._open_when_shown = self.is_open

    def __repr__(self) -> str:
        """The same sentence whoever judged what."""
        return "Picture(your own ratings, shown only while the notebook runs)"

    def chart(self) -> Chart | Drawing:
        """The chart, drawn once."""
        # Half a second each; and the rings belong to the very picture that is on screen.
        if self._chart is None:
            self._chart = self._draw()
        return self._chart

    def refresh(self) -> None:
        """Sends what there is to see now."""
        try:
            for message in self.messages():
                self.send(message)
        except BoundariesError as error:
            self.send({"kind": "text", "text": str(error)})

    def messages(self) -> list[State]:
        """What the browser is told: what waits, or the chart and its rings."""
        judged = self._student.judged(self._before)
        left = waiting(self._before, judged)
        self.is_open = not left
        if left:
            return [self._closed(left)]
        messages: list[State] = []
        # A chart that was open from the start stands above already, as an output that is kept.
        if not self._open_when_shown:
            messages.append({"kind": "html", "html": self.chart()._repr_html_()})
        messages.append({"kind": "rings", "chart": self.chart().id, "points": self._rings(judged)})
        remark = self._remark(self.chart())
        if remark:
            messages.append({"kind": "remark", "text": remark})
        return messages

    def _closed(self, left: list[Item]) -> State:
        total = len(self._before)
        if self._brief:
            text = (
                "This chart opens when the cases named above are judged: "
                f"{total - len(left)} of {total} so far."
            )
            return {"kind": "text", "text": text}
        titles = [item.title for item in left]
        if len(titles) == 1:
            return {"kind": "text", "text": f"This chart opens when you have judged “{titles[0]}”."}
        sentence = "This chart opens when you have judged:"
        return {"kind": "html", "html": fill("waiting.html", sentence=sentence, titles=titles)}

    def _rings(self, judged: Judged) -> list[State]:
        rings = map(partial(self._ring, judged), self._items)
        return list(filter(None, rings))

    def _ring(self, judged: Judged, item: Item) -> State | None:
        """The ring of one item, where its latest judgment is drawn; None for a skip."""
        for phase, word in _RINGS.items():
            judgment = judged.get((item.id, phase))
            if judgment is None or judgment.rating is None:
                continue
            place = self.chart().place(item.id, judgment.level, judgment.rating, phase)
            if place:
                label = f"You ({word}): {judgment.rating} on “{item.title}”"
                return {"x": place[0], "y": place[1], "label": label}
        return None


def drawing_of(
    kind: str, subject: str, content: Content, released: Callable[[], Released]
) -> Callable[[], Chart | Drawing]:
    """What draws a kind of chart of a subject, for a class. Raises ContentError for an unknown kind."""
    drawing: Any = None
    if can_draw():
        from boundaries.charts import CHARTS

        drawing = CHARTS.get(kind)
        if drawing is None:
            raise ContentError(f"{kind!r} is not a chart. Choose one of: {', '.join(CHARTS)}.")
    return lambda: drawn(f"{kind} of {subject}", lambda: drawing(released(), content, subject))
