"""The items of one notebook: in what order, how far the student is, which charts are open, what they judged.

lesson = boundaries.lesson("business")
lesson.cards()              # every case with its form
lesson.chart()              # opens when the cases are judged
lesson.my_judgments()       # a private page, for a reflection essay
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
from IPython.display import display

from boundaries.answers.student import Student, student
from boundaries.answers.submissions import FILE_NAME
from boundaries.content import Content, Item, Vignette, load
from boundaries.content.display import State, band_text
from boundaries.errors import BoundariesError, ContentError
from boundaries.lessons.cards import Card, Case, card_state
from boundaries.lessons.delivery import delivery_of
from boundaries.lessons.handin import HandIn, code_page
from boundaries.lessons.handin import Text as Text
from boundaries.web import module, style

if (
    TYPE_CHECKING
):  # charts load pandas and matplotlib, which takes seconds: only when a chart is asked for
    from pandas import DataFrame

    from boundaries.charts import Chart
    from boundaries.counts.release import Released


class Lesson:
    """The items of one type (or the claims) for one student, in an order of their own that never changes."""

    def __init__(
        self, type: str, content: Content, who: Student, items: Sequence[Item] = ()
    ) -> None:
        self.type, self.content, self.student = type, content, who
        items = items or (
            list(content.claims.values()) if type == "claims" else content.of_type(type)
        )
        if not items:
            raise ContentError(
                f"There are no cases of the type '{type}' yet. Add one under data/vignettes."
            )
        self.items = tuple(sorted(items, key=self._place))
        self._cards: list[Card] = []
        self._pictures: list[Picture | HandIn] = []
        self._progress = ipywidgets.HTML()
        self._update_progress()
        self._delivery = delivery_of(who, content)
        if self._delivery:
            self._delivery.send()  # what waits since last time; nobody waits for it

    def __repr__(self) -> str:
        """The type and how many items it has."""
        return f"Lesson({self.type}, {len(self.items)} cases)"

    def _place(self, item: Item) -> bytes:
        return hashlib.sha256(f"{self.student.participant}|order|{item.id}".encode()).digest()

    # -- judging -------------------------------------------------------------------------------------------

    @property
    def done(self) -> int:
        """How many first judgments are locked."""
        return self.student.done(self.items)

    def cards(self) -> None:
        """Shows every case with its form, and how far the student is."""
        display(self._progress)
        for number in range(1, len(self.items) + 1):
            self.card(number)

    def card(self, which: int | str = 1) -> None:
        """Shows one case with its form: by its place in this student's order (from 1) or by its id."""
        item = self._item(which)
        place = f"{self.items.index(item) + 1} of {len(self.items)}"
        display(Case(item, self.student.level(item), place))
        for old in [c for c in self._cards if c.item.id == item.id]:
            old.close()  # a cell that runs again would leave the old form's model alive
            self._cards.remove(old)
        card = Card(item, self.content, self.student, self._changed, self._delivery)
        self._cards.append(card)
        display(card)

    def next(self) -> None:
        """Shows the first case that is not judged yet; when all are, says so."""
        mine = self.student.judged(self.items)
        for number, item in enumerate(self.items, 1):
            if (item.id, "first") not in mine:
                self.card(number)
                return
        display(Text(f"All {len(self.items)} cases are judged. The charts below are open."))

    def _item(self, which: int | str) -> Item:
        if isinstance(which, int) and 1 <= which <= len(self.items):
            return self.items[which - 1]
        for item in self.items:
            if item.id == which:
                return item
        raise ContentError(
            f"{which!r} is not a case of the lesson '{self.type}'. Choose 1 to {len(self.items)}, or one of: "
            f"{', '.join(sorted(i.id for i in self.items))}."
        )

    def _changed(self) -> None:
        with suppress(
            BoundariesError
        ):  # what was judged is stored: progress that cannot be read may wait
            self._update_progress()
        for picture in self._pictures:
            picture.refresh()

    def _update_progress(self) -> None:
        done, all = self.done, len(self.items)
        self._progress.value = (
            f'<p style="margin:0;font-size:1.05em"><progress value="{done}" max="{all}" '
            f'aria-label="Cases judged"></progress> {done} of {all} judged</p>'
        )

    # -- charts --------------------------------------------------------------------------------------------

    def chart(self, kind: str = "intuition_vs_code", which: int | str | None = None) -> None:
        """Shows a chart of the class (until yours is connected, the invented one), when its cases are judged.

        `kind` is a function of `boundaries.charts`; `which` narrows it to one case. The student's own ratings
        are rings over the live picture; no saved notebook holds them.
        """
        items = self.items if which is None else (self._item(which),)
        draw = _drawer(kind, self.type, None if which is None else items[0].id)
        picture = Picture(items, self.student, lambda: draw(self.released, self.content))
        self._pictures.append(picture)
        if not picture.waiting():
            display(picture.chart())
        display(picture)

    @cached_property
    def released(self) -> Released:
        """The class beside which the student's own ratings are shown: the invented homework class."""
        from boundaries.counts.classes import classroom

        return classroom(content=self.content)

    def bands(self) -> DataFrame:
        """How a code's stance becomes a band of ratings in this course: one row a stance."""
        from pandas import DataFrame

        stances = self.content.stances.values()
        rows = {s.label: [band_text(s.band), s.note] for s in stances}
        return DataFrame.from_dict(
            rows, orient="index", columns=["band", "which means"]
        ).rename_axis("stance")

    # -- my judgments --------------------------------------------------------------------------------------

    def my_judgments(self, save_as: str | Path | None = None) -> None:
        """Shows what you judged, why, and what the codes say: a private page, which no saved notebook holds.

        With `save_as` it is also written to that HTML file, for example for a reflection essay.
        """
        page = my_judgments_page(self.items, self.content, self.student)
        said = ""
        if save_as is not None:
            path = Path(save_as)
            whole = _PAGE.format(title=f"My judgments: {html.escape(self.type)}", page=page)
            try:
                path.write_text(whole, encoding="utf-8")
                told = f"Saved as {path.resolve()}. It holds your answers: keep it to yourself."
            except OSError as error:
                told = (
                    f"Not saved: {path} cannot be written ({error.strerror}). Choose another place."
                )
            said = f"<p>{html.escape(told)}</p>"
        display(Picture((), self.student, None, fixed=said + page))

    # -- handing in ----------------------------------------------------------------------------------------

    def submission(self, path: Path | str = FILE_NAME) -> None:
        """Shows what is still open, and saves all that you judged in this session as one file to hand in."""
        self._pictures.append(HandIn(self.items, self.content, self.student, path, self._delivery))
        display(self._pictures[-1])

    def backup_code(self) -> None:
        """Shows the short code that carries your token to a second computer; no saved notebook holds it."""
        display(Picture((), self.student, None, fixed=code_page(self.student, self._delivery)))


class Picture(anywidget.AnyWidget):
    """What of a chart is private or not open yet: own ratings as rings, a sentence until the cases are judged."""

    _esm = module("picture.js")
    _css = style("form.css")

    def __init__(
        self, items: Sequence[Item], who: Student, draw: Callable[[], Chart] | None, fixed: str = ""
    ) -> None:
        super().__init__()
        self._items, self._student, self._draw, self._fixed = items, who, draw, fixed
        self._chart: Chart | None = None
        self._open_when_shown = not self.waiting()
        self.on_msg(lambda widget, message, buffers: self.refresh())

    def __repr__(self) -> str:
        """The same sentence whoever judged what."""
        return "Picture(your own ratings, shown only while the notebook runs)"

    def waiting(self) -> list[Item]:
        """The items that are not judged yet."""
        mine = self._student.judged(self._items)
        return [item for item in self._items if (item.id, "first") not in mine]

    def chart(self) -> Chart:
        """The chart, drawn once."""
        if self._chart is None and self._draw is not None:
            self._chart = self._draw()
        if self._chart is None:
            raise BoundariesError("This picture has no chart.")
        return self._chart

    def refresh(self) -> None:
        """Sends what there is to see now."""
        try:
            for message in self._messages():
                self.send(message)
        except BoundariesError as error:
            self.send({"kind": "text", "text": str(error)})

    def _messages(self) -> list[State]:
        if self._fixed:
            return [{"kind": "html", "html": self._fixed}]
        waiting = self.waiting()
        if waiting:
            names = ", ".join(f"“{item.title}”" for item in waiting)
            return [{"kind": "text", "text": f"This chart opens when you have judged: {names}."}]
        page = (
            [] if self._open_when_shown else [{"kind": "html", "html": self.chart()._repr_html_()}]
        )
        return [*page, {"kind": "rings", "chart": self.chart().id, "points": self._rings()}]

    def _rings(self) -> list[State]:
        rings = []
        for item in self._items:
            for phase, word in (("informed", "after the codes"), ("first", "first")):
                judgment = self._student.judgment(item, phase)
                if judgment is None:
                    continue
                at = self.chart().place(item.id, judgment.level, judgment.rating, phase)
                if at and judgment.rating is not None:
                    label = f"You ({word}): {judgment.rating} on “{item.title}”"
                    rings.append({"x": at[0], "y": at[1], "label": label})
                    break
        return rings


def lesson(
    type: str, *, content: Content | None = None, who: Student | None = None
) -> Lesson | Text:
    """The lesson of one type of dual relationship, or of "claims", for the student at this computer.

    Raises ContentError for an unknown type. Where the student's file cannot be opened, the result says so in a
    sentence instead of asking for judgments that could not be kept.
    """
    content = content or load()
    try:
        return Lesson(type, content, who or student(content))
    except ContentError:
        raise
    except BoundariesError as error:
        return Text(f"Your answers could not be kept, so the lesson does not start. {error}")


def _drawer(kind: str, type: str, item: str | None) -> Callable[[Released, Content], Chart]:
    from boundaries.charts import CHARTS

    draw: Any = CHARTS.get(kind)
    if draw is None:
        raise ContentError(f"{kind!r} is not a chart. Choose one of: {', '.join(CHARTS)}.")
    return lambda released, content: draw(released, content, type if item is None else item)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{max-width:44em;margin:2em auto;padding:0 1em;font:1.05em/1.6 Georgia,serif}}</style>
</head><body><h1>{title}</h1>{page}</body></html>
"""


def my_judgments_page(items: Sequence[Item], content: Content, who: Student) -> str:
    """What a student judged, with own reasons and the readings, as HTML; items not judged are only named."""
    e = html.escape
    parts = []
    for item in items:
        state = card_state(item, content, who)
        result = state["result"]
        if result is None:
            parts.append(f"<section><h2>{e(item.title)}</h2><p>Not judged yet.</p></section>")
            continue
        level = who.level(item)
        told = (
            f"{item.at(level, item.case)} {item.at(level, item.act)}"
            if isinstance(item, Vignette)
            else ""
        )
        case = f"<p>{e(told)}</p>" if told else ""
        yours = "".join(
            f"<li><strong>{e(y['phase'])}:</strong> {e(y['text'])}{_quoted(y['reason'])}</li>"
            for y in result["yours"]
        )
        readings = "".join(
            f"<li><strong>{e(r['code'])}, {e(r['stance'].lower())}</strong> (band {e(r['bandText'])}). "
            f"{e(r['why'])} {e(r['verdict'])}</li>"
            for r in result["readings"]
        )
        verdict = (
            f"<p>{e(result['verdict']['label'])}: {e(result['verdict']['why'])}</p>"
            if result["verdict"]
            else ""
        )
        parts.append(
            f"<section><h2>{e(item.title)}</h2>{case}<ul>{yours}</ul>{verdict}<ul>{readings}</ul></section>"
        )
    return "".join(parts)


def _quoted(reason: str) -> str:
    return f"<br>“{html.escape(reason)}”" if reason else ""
