"""What opens only after judging: the codes, and what practitioners answered.

codes = boundaries.codebook()
codes.stance_map()                         # a sentence until the assigned cases are judged
beside = boundaries.practitioners()
beside.cards()                             # the cases that a survey asked about
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundaries.answers.students import Student, student
from boundaries.content import Band, Content, load
from boundaries.content.beliefs import published
from boundaries.content.display import band_text
from boundaries.errors import BoundariesError, ContentError, StoreError
from boundaries.lessons.drawings import Drawing, can_draw, drawn
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.outputs import StandIn, TableOutput, Text, or_sentence, place_of_cell
from boundaries.lessons.states import waiting
from boundaries.web import fill

if TYPE_CHECKING:  # charts load pandas and matplotlib: only when something is drawn
    from pandas import DataFrame

    from boundaries.charts import Chart

    Shown = Chart | TableOutput | Text | Drawing

_UNREADABLE = "Your answers cannot be read, so nothing opens here. {}"


class Codebook:
    """What the codes say, as charts and tables.

    Until the assigned cases are judged, each is a sentence; the first one lists what is open.
    """

    def __init__(self, content: Content, who: Student | None) -> None:
        self.content, self._student = content, who
        self._listed_in: tuple[str | None] | None = None

    def __repr__(self) -> str:
        try:
            waiting = self._waiting()
        except StoreError as error:
            return str(error)
        return _Closed(self.content, waiting).text if waiting else "The codes are open."

    def _waiting(self) -> Counter[str]:
        """How many cases are not judged yet, by the id of their type."""
        waiting: Counter[str] = Counter()
        if self._student is None:
            return waiting
        types = self.content.course.types or tuple(self.content.types)
        with self._student.one_look():
            for type in types:
                cases = self.content.of_type(type)
                left = len(cases) - self._student.done(cases)
                if left:
                    waiting[type] = left
        return waiting

    @or_sentence
    def _open(self, name: str, draw: Callable[[], Any]) -> Shown:
        """What `draw` makes, or what stands in for it. The list of what is open stands once."""
        waiting = self._waiting()
        if not waiting:
            shown: Shown = drawn(f"codes {name}", draw)
            return shown
        cell = (place_of_cell(),)
        # The cell that lists may run again; where no front end names cells, the first call lists.
        if self._listed_in is None or (cell == self._listed_in and cell != (None,)):
            self._listed_in = cell
            return _Closed(self.content, waiting)
        return StandIn("This opens with the codes, when the cases listed above are judged.")

    def _draw(self, function: str, *arguments: Any, **options: Any) -> Shown:  # noqa: ANN401 - the drawing's own
        """What a function of `boundaries.charts` draws of the content."""
        name = function.partition(".")[2]
        asked = [name, *map(str, filter(None, arguments)), *map(str, options.values())]
        return self._open(" ".join(asked), _drawing(function, self.content, *arguments, **options))

    def stance_map(self, codes: Sequence[str] | None = None) -> Shown:
        """See `provisions.stance_map`."""
        return self._draw("provisions.stance_map", codes)

    def waiting_periods(self) -> Shown:
        """See `waits.waiting_periods`."""
        return self._draw("waits.waiting_periods")

    def editions(self) -> Shown:
        """See `provisions.editions`."""
        return self._draw("provisions.editions")

    def parting(self, codes: Sequence[str] | None = None, *, top: int = 10) -> Shown:
        """See `parting.parting`."""
        return self._draw("parting.parting", codes, top=top)

    def how_checked(self) -> Shown:
        """See `provisions.how_checked`."""
        return self._draw("provisions.how_checked")

    def pages(self) -> Shown:
        """See `provisions.pages`."""
        return self._draw("provisions.pages")

    def gap_map(self, what: str = "all", **bands: Band) -> Shown:
        """The invented class beside the codes, with other bands: `gap_map(conditional=(3, 4))`.

        See `parting.with_bands`, whose errors it raises.
        """
        asked = f"gap_map {what} {sorted(bands.items())}"
        if not can_draw():
            return self._open(asked, lambda: None)
        from boundaries.charts.parting import with_bands

        changed = with_bands(self.content, **bands)
        return self._open(asked, lambda: _redrawn(self.content, changed, what, bands))


class _Closed(StandIn):
    """What is still to be judged before the codes open: a list, with links to the notebooks."""

    _WAY_ROUND = (
        "boundaries.codebook(now=True) opens the codes at once: for teachers, and for whoever "
        "gives up judging the rest alone."
    )

    def __init__(self, content: Content, waiting: Counter[str]) -> None:
        self._lines = []
        for type, number in waiting.items():
            self._lines.append((content.types[type].title, number, _notebook(type)))
        total = waiting.total()
        cases = "1 case is" if total == 1 else f"{total} cases are"
        self._head = f"The codes stay closed while {cases} not judged yet"
        names = ", ".join(f"{title} ({number})" for title, number, _ in self._lines)
        super().__init__(
            f"{self._head}: {names}. Judge them in their notebooks, then run this again. "
            f"{self._WAY_ROUND}"
        )

    def _repr_html_(self) -> str:
        return fill("closed.html", head=self._head, lines=self._lines, way_round=self._WAY_ROUND)


def _drawing(function: str, content: Content, *arguments: Any, **options: Any) -> Callable[[], Any]:  # noqa: ANN401 - the drawing's own
    """What draws with a function of `boundaries.charts`, named by its module; a table as an output."""

    def draw() -> Chart | TableOutput:
        from pandas import DataFrame

        module, _, name = function.partition(".")
        charts = import_module(f"boundaries.charts.{module}")
        made: Chart | DataFrame = getattr(charts, name)(content, *arguments, **options)
        return TableOutput(made) if isinstance(made, DataFrame) else made

    return draw


def _notebook(type: str) -> str:
    """The name of a type's notebook beside this one; empty where there is none."""
    names = sorted(path.name for path in Path().glob(f"[0-9][0-9]-{type}.ipynb"))
    return names[0] if names else ""


def _redrawn(content: Content, changed: Content, what: str, bands: dict[str, Band]) -> Chart:
    from boundaries.charts import gaps
    from boundaries.counts.classes import classroom

    released = classroom(content=content)
    if not bands:
        return gaps.gap_map(released, content, what)
    words = ", ".join(f"{stance} {band_text(band)}" for stance, band in bands.items())
    title = f"{released.title}, other bands ({words})"
    renamed = replace(released, title=title, session=f"{released.session}-{words}")
    chart = gaps.gap_map(renamed, changed, what)
    return replace(chart, sentence=f"{chart.sentence} Bands changed here: {words}.")


def codebook(
    *, now: bool = False, content: Content | None = None, who: Student | None = None
) -> Codebook | StandIn:
    """What the codes say, for the student at this computer.

    Closed until the assigned cases are judged. The assigned types are those of course.toml (none
    named: all). `now` opens it at once. Where the student's file cannot be opened, the result says
    so in a sentence, whatever is asked of it.

    >>> codebook(now=True)
    The codes are open.
    """
    content = content or load()
    try:
        return Codebook(content, None if now else who or student(content))
    except BoundariesError as error:
        return StandIn(_UNREADABLE.format(error))


class PractitionerCases(Lesson):
    """The cases that a survey asked practitioners about, judged before their answers are shown."""

    def __init__(self, content: Content, who: Student) -> None:
        cases = {figure.vignette.id: figure.vignette for figure in published(content)}
        super().__init__("practitioners", content, who, tuple(cases.values()))

    def chart(self, kind: str = "practitioners", which: int | str | None = None) -> None:
        """Shows the practitioners' answers beside the class; see `Lesson.chart`."""
        super().chart(kind, which)

    def norms(self) -> Text | None:
        """Shows the workshops that judged the same cases beside the class, see `workshops.norms`;
        a sentence where there is none yet."""
        if self._has_norms():
            self.chart("norms")
            return None
        return Text(
            "No workshop of practitioners has judged these cases yet. Where one has, and agreed, "
            "its answers stand here beside the class, case by case: see data/README.md."
        )

    def _has_norms(self) -> bool:
        if not can_draw():
            return drawn.kept(f"norms of {self.type}") is not None
        from boundaries.charts.workshops import normed

        return any(normed(self.content, self.type))

    def belief_and_behaviour(self) -> Shown:
        """See `practitioners.belief_and_behaviour`; a sentence until the cases are judged."""
        name = "belief_and_behaviour"
        return self._open(name, _drawing(f"practitioners.{name}", self.content))

    def quoted(self) -> Shown:
        """See `practitioners.quoted`, as sentences; another sentence until the cases are judged."""

        def draw() -> Text:
            from boundaries.charts.practitioners import quoted

            return _Quoted(quoted(self.content))

        return self._open("quoted", draw)

    @or_sentence
    def _open(self, name: str, draw: Callable[[], Any]) -> Shown:
        left = waiting(self.items, self.student.judged(self.items))
        if not left:
            shown: Shown = drawn(f"practitioners {name}", draw)
            return shown
        if self._names_elsewhere():
            return StandIn(
                "This opens when the cases named above are judged: "
                f"{len(self.items) - len(left)} of {len(self.items)} so far."
            )
        titles = ", ".join(f"“{item.title}”" for item in left)
        return StandIn(f"This opens when you have judged: {titles}.")


class _Quoted(Text):
    """A list of quoted figures as an output."""

    def __init__(self, table: DataFrame) -> None:
        self._lines = []
        for row in table.to_dict("records"):
            self._lines.append(
                f"{row['case']}: {row['percent']}% answered “{row['answer']}” about {row['about']} "
                f"({row['who']}; {row['read']}). {row['differs']} "
                f"Not drawn: {row['not drawn because']}"
            )
        super().__init__("\n".join(self._lines))

    def _repr_html_(self) -> str:
        return fill("list.html", lines=self._lines)


def practitioners(
    *, content: Content | None = None, who: Student | None = None
) -> PractitionerCases | StandIn:
    """The cases that a survey asked practitioners about, for the student at this computer.

    Where the student's file cannot be opened, the result says so in a sentence, whatever is asked
    of it. Raises ContentError where no survey asked about a case of this course.
    """
    content = content or load()
    try:
        return PractitionerCases(content, who or student(content))
    except ContentError:
        raise
    except BoundariesError as error:
        return StandIn(_UNREADABLE.format(error))
