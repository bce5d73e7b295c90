"""What a lesson puts into a notebook beside its forms: sentences, cases and tables.

Each has HTML for the eye and plain text for whatever shows no HTML. None of them holds an answer.
"""

from __future__ import annotations

import html
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import anywidget
from IPython.core.getipython import get_ipython
from IPython.display import display

from boundaries.answers.judgments import Judgment
from boundaries.content import Claim, Item
from boundaries.content.display import State
from boundaries.errors import StoreError
from boundaries.web import fill

if TYPE_CHECKING:  # pandas takes a second to load: only when there is a table
    from pandas import DataFrame

P = ParamSpec("P")
T = TypeVar("T")

# A student's judgments by item id and phase.
Judged = Mapping[tuple[str, str], Judgment]

# What students read in forms and boxes.
LESSON_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))

# What stands where a form, a box or own ratings were, in a notebook without its kernel.
NOT_RUNNING = "Run > Run All Cells. Your answers are safe in your own file."


class Text:
    """A sentence as an output."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text)}</p>"


class StandIn(Text):
    """A sentence in the place of an object that there is not, such as a lesson that cannot start.

    Whatever is asked of it (a method, an attribute, an item) is the stand-in again, so that a
    cell goes on to its end; calling it shows the sentence, once in each cell that runs.

    >>> lesson = StandIn("The disk is full.")
    >>> lesson.released.withheld
    The disk is full.
    """

    _shown_in: object = None

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("_"):  # what Python and IPython ask of every object
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: object, **options: object) -> StandIn:
        """Shows the sentence, whatever was asked for."""
        self._ipython_display_()
        return self

    def __getitem__(self, key: object) -> StandIn:
        return self

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def _ipython_display_(self) -> None:
        run = running_cell()
        if run is None or run != self._shown_in:
            self._shown_in = run
            display({"text/plain": self.text, "text/html": self._repr_html_()}, raw=True)


def or_sentence(method: Callable[P, T]) -> Callable[P, T | StandIn]:
    """The same method; where the student's file cannot be read or written it shows the sentence
    that says so, and gives a stand-in."""

    @wraps(method)
    def shown(*arguments: P.args, **options: P.kwargs) -> T | StandIn:
        try:
            return method(*arguments, **options)
        except StoreError as error:
            return StandIn(str(error))()

    return shown


class CaseText:
    """The text of a case as an ordinary output, which reads in a notebook without a kernel too.

    `level` is that of the student's dial; `place` says where in the lesson the case stands.
    """

    def __init__(self, item: Item, level: str, place: str = "") -> None:
        self.item, self.level, self.place = item, level, place

    def parts(self) -> dict[str, str]:
        """Place, content note, title, case and act, each where there is one."""
        item = self.item
        if isinstance(item, Claim):
            return {"place": self.place, "act": item.claim}
        return {
            "place": self.place,
            "note": f"Content note: {item.content_note}" if item.content_note else "",
            "title": item.title,
            "case": item.at(self.level, item.case),
            "act": item.at(self.level, item.act),
        }

    def __repr__(self) -> str:
        return "\n".join(text for text in self.parts().values() if text)

    def _repr_html_(self) -> str:
        return fill("case.html", parts=self.parts())


def place_in(items: Sequence[Item], item: Item) -> str:
    """Where in a lesson a case stands; empty where it is the only one."""
    return f"{items.index(item) + 1} of {len(items)}" if len(items) > 1 else ""


class PairText:
    """The texts of cases beside each other, or below where there is no room."""

    _STYLE = "display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 2rem"

    def __init__(self, cases: Sequence[CaseText]) -> None:
        self.cases = cases

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.cases))

    def _repr_html_(self) -> str:
        texts = [f"<div>{case._repr_html_()}</div>" for case in self.cases]
        return f'<div style="{self._STYLE}">{"".join(texts)}</div>'


class TableOutput:
    """A table as an output: HTML whose text wraps, with headings of columns and rows.

    `frame` holds the numbers; the names of its rows become the first column.
    """

    def __init__(self, frame: DataFrame) -> None:
        self.frame = frame

    def __repr__(self) -> str:
        return self.frame.to_string()

    def _repr_html_(self) -> str:
        return fill(
            "table.html",
            corner=self.frame.index.name or "",
            columns=list(self.frame.columns),
            rows=list(self.frame.itertuples(name=None)),
        )


class LiveWidget(anywidget.AnyWidget):
    """A widget of ours: it shows something only while the notebook runs.

    All that it shows is sent as messages, never as synchronised traits, so that no saved notebook or
    widget state holds an answer, a reading, a participant or a code.
    """

    def __init__(self) -> None:
        super().__init__()
        # Messages arrive on any thread (ipykernel's subshells, delivery): the browser must get
        # states in the order in which they became true.
        self._lock = threading.RLock()
        self.on_msg(self._hear)

    def _hear(self, widget: object, message: State, buffers: object) -> None:
        """Answers what the browser says; until told otherwise it only says that it is there."""
        self.refresh()

    @property
    def closed(self) -> bool:
        """Whether it was taken away, because its cell ran again."""
        return self.comm is None

    def refresh(self) -> None:
        """Shows what is true now."""

    def stand_in(self) -> NotRunning:
        """What stands in its place in a notebook without its kernel."""
        return NotRunning()

    def _ipython_display_(self) -> None:
        # JupyterLab puts "Error displaying widget" where a saved widget has no kernel behind it.
        # This output stands above the widget, hides that error, and is hidden by a live form.
        display(self.stand_in())
        bundle = self._repr_mimebundle_()
        if bundle is not None:  # None once it is closed
            data, metadata = bundle
            display(data | {"text/plain": NOT_RUNNING}, metadata=metadata, raw=True)


class NotRunning(Text):
    """What stands where a widget of ours was, in a notebook without its kernel; of a lesson, with
    its cases as text."""

    def __init__(self, cases: Sequence[CaseText] = ()) -> None:
        super().__init__(NOT_RUNNING)
        self._cases = cases

    def __repr__(self) -> str:
        return "\n\n".join([self.text, *map(repr, self._cases)])

    def _repr_html_(self) -> str:
        cases = [case._repr_html_() for case in self._cases]
        return fill("not_running.html", text=self.text, cases=cases)


def running_cell() -> str | None:
    """What names this run of a cell; None outside a notebook."""
    return _of_parent("header", "msg_id")


def place_of_cell() -> str | None:
    """What names the cell that runs, in each of its runs; None where the front end does not say."""
    return _of_parent("metadata", "cellId")


def _of_parent(part: str, name: str) -> str | None:
    shell: Any = get_ipython()
    try:
        value = shell.get_parent()[part].get(name)
    except (AttributeError, KeyError, LookupError):  # plain IPython, or no request yet
        return None
    return value if isinstance(value, str) else None
