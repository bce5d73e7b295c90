"""The items of one notebook: their order, how far the student is, which charts are open.

lesson = boundaries.lesson("business")
lesson.show()               # one case after the other, then what the codes say
lesson.chart()              # opens when the cases are judged
lesson.my_judgments()       # a private page, for a reflection essay
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets
from IPython.display import display

from boundaries.answers.judgments import in_own_order, own_pair
from boundaries.answers.students import Student, student
from boundaries.answers.submissions import FILE_NAME
from boundaries.content import Content, Item, load
from boundaries.content.display import band_text
from boundaries.content.prompts import COMPARING
from boundaries.content.sessions import AFTER_LAST, codes_open
from boundaries.errors import BoundariesError, ContentError
from boundaries.lessons.cards import Card
from boundaries.lessons.delivery import delivery_of
from boundaries.lessons.drawings import Drawing, drawn
from boundaries.lessons.handin import HandIn
from boundaries.lessons.outputs import (
    CaseText,
    Judged,
    LiveWidget,
    PairText,
    StandIn,
    TableOutput,
    Text,
    or_sentence,
    place_in,
    place_of_cell,
)
from boundaries.lessons.pictures import Picture, drawing_of
from boundaries.lessons.private import PrivatePage, backup_page, judgments_page, save_judgments
from boundaries.lessons.states import waiting
from boundaries.lessons.walk import Walk
from boundaries.lessons.writing import AskedGuess, GuessForm, asked_guess, beside_guess, model_form
from boundaries.web import fill

if TYPE_CHECKING:  # charts load pandas and matplotlib: only when a chart is asked for
    from boundaries.counts.release import Released

# What is on screen, by cell, student and what it shows: a cell that runs again finds its own.
_showing: dict[tuple[object, ...], LiveWidget] = {}

# What this computer's student has opened: a second cell goes on with the lesson of the first.
_lessons: dict[tuple[object, ...], Lesson] = {}


class Lesson:
    """The items of one type (or the claims) for one student, in an order of their own.

    The order is by a hash of participant and item, so it never changes. Raises ContentError where
    there are no items, StoreError where the student's file cannot be read.
    """

    def __init__(
        self, type: str, content: Content, who: Student, items: Sequence[Item] = ()
    ) -> None:
        self.type, self.content, self.student = type, content, who
        items = items or content.of_lesson(type)
        if not items:
            raise ContentError(
                f"There are no cases of the type '{type}' yet. Add one under data/vignettes."
            )
        self.items = tuple(in_own_order(who.participant, items))
        self._pair = own_pair(who.participant, type, self.items, content)
        self._together = codes_open(who.session) == AFTER_LAST
        self._widgets: list[LiveWidget] = []
        self._named_in: tuple[str | None] | None = None  # the cell whose chart names what waits
        self._progress = ipywidgets.HTML()
        self._were_open = self._update(who.judged(self.items))
        self._delivery = delivery_of(who, content)
        self._send()

    def __repr__(self) -> str:
        return f"Lesson({self.type}, {len(self.items)} cases)"

    def _send(self) -> None:
        """Sends the class server what waits since last time, if there is one; nobody waits for it."""
        if self._delivery:
            self._delivery.send()

    # -- judging ----------------------------------------------------------------------------------

    @property
    def done(self) -> int:
        """How many first judgments are locked."""
        return self.student.done(self.items)

    @or_sentence
    def show(self) -> None:
        """Shows one case beside its form, and leads to the next; then what the codes say.

        When the codes open, after the last case or after each, course.toml says.
        """
        walk = Walk(
            self.content.title_of(self.type),
            self.items,
            self.content,
            self.student,
            self._changed,
            self._delivery,
            together=self._together,
            before=self.before,
        )
        self._show(walk, "walk")

    @or_sentence
    def cards(self) -> None:
        """Shows every case with its form at once, and how far the student is."""
        display(self._progress)
        for item in self.items:
            self._show_case(item)

    @or_sentence
    def card(self, which: int | str = 1) -> None:
        """Shows one case with its form: by its place in the student's order (from 1) or its id."""
        self._show_case(self._item(which))

    def _show_case(self, item: Item) -> None:
        display(CaseText(item, self.student.level(item), place_in(self.items, item)))
        self._show_card(item)

    def _show_card(self, item: Item) -> None:
        card = Card(item, self.content, self.student, self._changed, self._delivery, self.before)
        self._show(card, "card", item.id)

    @or_sentence
    def pair(self) -> None:
        """Shows two cases side by side, and asks what differs before both are judged."""
        if not self._pair:
            display(Text(self._why_no_pair()))
            return
        display(PairText([CaseText(item, self.student.level(item)) for item in self._pair]))
        form = model_form(self.student, self.content, COMPARING, self.type, *self._pair)
        self._show(form, "pair")
        for item in self._pair:
            display(Text(f"“{item.title}”"))
            self._show_card(item)

    def before(self, *items: Item) -> Sequence[Item]:
        """The items to be judged before the codes of these are seen; in the lesson's order."""
        if self._together:
            return self.items
        if any(item in self._pair for item in items):
            return tuple(dict.fromkeys([*items, *self._pair]))
        return items

    def _why_no_pair(self) -> str:
        if self.content.pair_of(self.type, self.items):
            return (
                "In this course half of the class compare two cases first, and the other half judge the "
                "same two one by one. You are in the other half: go on, both are in this lesson."
            )
        return f"lessons.toml names no pair of cases for '{self.type}'."

    def _item(self, which: int | str) -> Item:
        if isinstance(which, int) and 1 <= which <= len(self.items):
            return self.items[which - 1]
        for item in self.items:
            if item.id == which:
                return item
        ids = ", ".join(sorted(item.id for item in self.items))
        raise ContentError(
            f"{which!r} is not a case of the lesson '{self.type}'. "
            f"Choose 1 to {len(self.items)}, or one of: {ids}."
        )

    # -- what is on screen ------------------------------------------------------------------------

    def _show(self, widget: LiveWidget, *what: object) -> None:
        """Shows a widget, and closes what this cell showed as `what` before: it would hear for ever."""
        key = (place_of_cell(), self.student.path, self.type, *what)
        before = _showing.get(key)
        if before is not None:
            before.close()
        _showing[key] = widget
        self._widgets = [shown for shown in self._widgets if not shown.closed]
        self._widgets.append(widget)
        display(widget)

    def _changed(self, judged_on: Card | None = None) -> None:
        """Brings all else that is on screen up to date, with one look into the student's file."""
        # What was judged is stored, and its receipt is out: progress that cannot be read may wait.
        with suppress(BoundariesError), self.student.one_look():
            judged = self.student.judged(self.items)
            opens = self._update(judged) and not self._were_open and self._together
            self._were_open = self._were_open or opens
            for widget in list(self._widgets):
                # Other cards show other cases: nothing changes on them until the codes open, but
                # on those of a pair, which open together.
                other_case = type(widget) is Card and not opens and widget.item not in self._pair
                if not widget.closed and widget is not judged_on and not other_case:
                    widget.refresh()

    def _update(self, judged: Judged) -> bool:
        """Says how many are judged, and whether all are."""
        done = len(self.items) - len(waiting(self.items, judged))
        self._progress.value = fill("progress.html", done=done, total=len(self.items))
        return done == len(self.items)

    # -- charts -----------------------------------------------------------------------------------

    @or_sentence
    def chart(self, kind: str = "intuition_vs_code", which: int | str | None = None) -> None:
        """Shows a chart of the class, when its cases are judged.

        The class is the invented one until yours is connected. `kind` is a function of
        `boundaries.charts`; `which` narrows it to one case. The student's own ratings are rings
        over the live picture; no saved notebook holds them.
        """
        items = self.items if which is None else (self._item(which),)
        if kind == "pair":
            items = tuple(self.content.pair_of(self.type, self.items)) or self.items
        subject = self.type if which is None else items[0].id
        picture = Picture(
            items,
            self.student,
            drawing_of(kind, subject, self.content, lambda: self.released),
            before=self.before(*items),
            brief=(which is None or self._together) and self._names_elsewhere(),
            remark=partial(beside_guess, self.student, self._asked(kind, which)),
        )
        if picture.is_open:
            display(picture.chart())
        self._show(picture, "chart", kind, which)

    def _names_elsewhere(self) -> bool:
        """Whether the chart of another cell names the cases that wait: the list stands once."""
        cell = (place_of_cell(),)
        if self._named_in is None:
            self._named_in = cell
            return False
        return cell == (None,) or cell != self._named_in

    @cached_property
    def released(self) -> Released:
        """The class beside which own ratings are shown: the invented homework class."""
        from boundaries.counts.classes import classroom

        return classroom(content=self.content)

    def bands(self) -> TableOutput | Drawing:
        """How a code's stance becomes a band of ratings in this course: one row a stance."""
        table: TableOutput | Drawing = drawn("bands", self._bands)
        return table

    def _bands(self) -> TableOutput:
        from pandas import DataFrame

        rows = {}
        for stance in self.content.stances.values():
            rows[stance.label] = [band_text(stance.band), stance.note]
        frame = DataFrame.from_dict(rows, orient="index", columns=["band", "which means"])
        return TableOutput(frame.rename_axis("stance"))

    # -- words of one's own -----------------------------------------------------------------------

    def write(self, model: str, which: int | str | None = None) -> None:
        """Shows a form with an author's questions, about one case or one of the student's choice.

        What is written is kept in the student's own file and handed in. Raises ContentError.
        """
        about = [] if which is None else [self._item(which)]
        form = model_form(self.student, self.content, model, self.type, *about)
        self._show(form, "write", model, which)

    def guess(self, kind: str = "intuition_vs_code", which: int | str | None = None) -> None:
        """Shows the guess before a chart; once kept, it stands under the chart beside the class."""
        asked = self._asked(kind, which)
        if asked is None:
            display(Text(f"lessons.toml asks for no guess before the chart '{kind}' here."))
        else:
            self._show(GuessForm(self.student, asked, self._changed), "guess", kind, which)

    def _asked(self, kind: str, which: int | str | None) -> AskedGuess | None:
        case = "" if which is None else self._item(which).id
        return asked_guess(self.content, self.type, self.items, kind, case)

    # -- pages of one's own -----------------------------------------------------------------------

    @or_sentence
    def my_judgments(self, save_as: str | Path | None = None) -> None:
        """Shows what you judged, why, and what the codes say: a private page, always up to date.

        No saved notebook holds it. With `save_as` it is also written to that HTML file, once, for
        example for a reflection essay.
        """
        saved = ""
        if save_as is not None:
            title, path = f"My judgments: {self.type}", Path(save_as)
            saved = save_judgments(self, title, path)

        def page_now() -> str:
            return judgments_page(self, saved)

        self._show(PrivatePage(page_now), "my judgments")

    def submission(self, path: Path | str = FILE_NAME) -> None:
        """Shows what is still open, and saves all that you judged in this session as one file."""
        box = HandIn(self.items, self.content, self.student, path, self._delivery)
        self._show(box, "submission", str(path))

    def backup_code(self) -> None:
        """Shows the short code that carries your token elsewhere; no saved notebook holds it."""
        self._show(PrivatePage(lambda: backup_page(self.student, self._delivery)), "backup code")


def lesson(
    type: str,
    *cases: str,
    content: Content | None = None,
    who: Student | None = None,
) -> Lesson | StandIn:
    """The lesson of one type of dual relationship, or of "claims", for this computer's student.

    With `cases`, their ids, it is a lesson of these alone. The same lesson asked for again is the
    one that is on screen, so that each cell may begin with this line. Raises ContentError for an
    unknown type or case. Where the student's file cannot be opened, the result says so in a
    sentence, whatever is asked of it, instead of asking for judgments that could not be kept.
    """
    content = content or load()
    try:
        if who:
            return Lesson(type, content, who, content.of_lesson(type, *cases))
        own = student(content)
        key = (own.path, own.session, own.participant, type, cases)
        opened = _lessons.get(key)
        if opened and opened.content is content:
            opened._send()
            return opened
        opened = _lessons[key] = Lesson(type, content, own, content.of_lesson(type, *cases))
        return opened
    except ContentError:
        raise
    except BoundariesError as error:
        return StandIn(f"Your answers could not be kept, so the lesson does not start. {error}")
