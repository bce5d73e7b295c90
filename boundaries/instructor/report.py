"""The class report: one HTML file to project, post or print, made of nothing but released tallies.

The first page tells the story; the rest folds, a part for each type. It asks for nothing from
elsewhere: style and pictures are inside it. Two sessions stand side by side and are never added
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from pandas import DataFrame

from boundaries import charts
from boundaries.charts.figure import Chart, printed
from boundaries.charts.moves import NOT_LEARNING
from boundaries.charts.workshops import normed
from boundaries.content import Content, Item
from boundaries.content.beliefs import published
from boundaries.content.display import band_text
from boundaries.counts.phrases import WHEN
from boundaries.counts.release import Released
from boundaries.instructor.findings import Findings, reach
from boundaries.web import fill

Draw = Callable[[Released, Content, str], Chart]
OVERVIEW = (
    "Mean steps outside each code’s band, judged alone, on the side where the class is farther out; the last column "
    "is how far two classmates drawn at random are apart"
)
POST_ONE = (
    "Post one report of a session, when it is closed: two made a day apart can differ by one student, and what "
    "differs is what that student answered."
)


@dataclass(frozen=True)
class SideBySide:
    """What stands for each class beside the other's: its title, then (whose, chart or table) for each."""

    title: str
    charts: Sequence[tuple[str, Chart]] = ()
    tables: Sequence[tuple[str, DataFrame]] = ()


@dataclass
class Part:
    """One part of the report, which folds; one without anything in it is left out.

    `on_paper`: whether its beginning (notes, the first picture) is printed although it is folded.
    """

    id: str
    title: str
    on_paper: bool = False
    notes: list[str] = field(default_factory=list)
    beside: list[SideBySide] = field(default_factory=list)


def report(
    released: Released,
    content: Content,
    other: Released | None = None,
    *,
    today: date | None = None,
) -> str:
    """The report of a class as an HTML page, or of two sessions side by side.

    `today` is the date that it bears. Parts of the course that nobody has judged are left out;
    groups that may not be shown are named at the end.
    """
    classes = [Findings(each, content) for each in (released, other) if each]
    today = today or date.today()
    sheets = _Sheets(classes, content)
    return fill(
        "report.html",
        made=f"{today.day} {today:%B %Y}",
        classes=classes,
        content=content,
        overview=sheets.tables(OVERVIEW, Findings.overview),
        parts=[part for part in sheets.parts() if part.notes or part.beside],
        phases=WHEN,
        post_one=POST_ONE,
        printed=printed,
        band_text=band_text,
    )


class Story:
    """The first page of a report in small, for a notebook: as HTML, or as lines of text."""

    def __init__(self, released: Released, content: Content) -> None:
        self._findings = Findings(released, content)

    def __repr__(self) -> str:
        lines = [self._findings.who, *self._findings.story()]
        for topic in self._findings.topics():
            lines += [f"{topic.title}. {topic.act} {topic.division}", *topic.questions]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # pandas escapes what stands in cells.
        overview = self._findings.overview().to_html(index=False, border=0)
        how = OVERVIEW[0].lower() + OVERVIEW[1:]
        return fill("story.html", findings=self._findings, overview=overview, how=how)


class _Sheets:
    """The pictures and tables of a report, of one class or of two beside each other."""

    def __init__(self, classes: Sequence[Findings], content: Content) -> None:
        self.classes, self.content = classes, content
        judged = set[str]().union(*(each.types for each in classes))
        self.types = [type for type in content.types.values() if type.id in judged]

    def parts(self) -> Iterator[Part]:
        """Everything that folds, in order."""
        surveyed = self._surveyed()
        if self.types:
            which = "all" if len(self.types) > 1 else self.types[0].id
            yield Part("codes", "Steps from the codes", beside=[self._drawn(charts.gap_map, which)])
        for type in self.types:
            yield self._type(type.id, surveyed)
        yield self._standing_out()
        yield self._confidence()
        if any(each.claims for each in self.classes):
            pictures = (charts.intuition_vs_code, charts.calibration)
            drawn = [self._drawn(draw, "claims") for draw in pictures]
            yield Part("claims", "What the articles claim", beside=drawn)

    def _type(self, type: str, surveyed: Sequence[Item]) -> Part:
        """The class beside the codes in one type's cases, how it moved, what one fact changes, practitioners."""
        part = Part(type, self.content.types[type].title, on_paper=True)
        part.notes.append(self.content.types[type].question)
        part.beside.append(self._drawn(charts.intuition_vs_code, type))
        # A picture without a single bar would look as if nobody had moved.
        if any(each.moves_shown(type) for each in self.classes):
            title = "How judgments moved after the codes"
            part.beside.append(self._drawn(charts.moves, type, title))
        else:
            part.notes.append(
                "How judgments moved after the codes is not shown, for it could single people out."
            )
        widest = self._widest(type)
        if widest:
            title = f"What one fact changes: {widest.title}"
            part.beside.append(self._drawn(charts.dial_curve, widest.id, title))
        for item in surveyed:
            if item.type == type:
                title = f"Practitioners beside the class: {item.title}"
                part.beside.append(self._drawn(charts.surveyed, item.id, title))
        if any(normed(self.content, type)):
            part.beside.append(self._drawn(charts.norms, type))
        return part

    def _standing_out(self) -> Part:
        part = Part("outstanding", "What else stands out")
        for each in self.classes:
            if each.shown:
                whose = f"{each.title}: " if len(self.classes) > 1 else ""
                part.notes += [whose + sentence for sentence in each.more()]
        if part.notes:
            part.notes.append(NOT_LEARNING)
        title = "Of each stance the two cases with most steps outside the band"
        part.beside += self.tables(title, Findings.far)
        return part

    def _confidence(self) -> Part:
        part = Part("confidence", "How sure people were")
        title = "How sure people were, judged alone; where answers may be split so"
        part.beside += self.tables(title, Findings.sure)
        if self.types and not part.beside:
            part.notes.append("Answers cannot be split by confidence without singling people out.")
        return part

    def _drawn(self, draw: Draw, which: str, title: str = "") -> SideBySide:
        drawn = [(each.title, draw(each.released, self.content, which)) for each in self.classes]
        return SideBySide(title, charts=drawn)

    def tables(self, title: str, of: Callable[[Findings], DataFrame]) -> list[SideBySide]:
        """A table of each class beside the other's, if any has a row."""
        filled = []
        for each in self.classes:
            table = of(each)
            if not table.empty:
                filled.append((each.title, table))
        return [SideBySide(title, tables=filled)] if filled else []

    def _widest(self, type: str) -> Item | None:
        """The case of a type along whose dial a class moves most."""
        rows = [row for each in self.classes for row in each.shown if row.item.type == type]
        widest = max(rows, key=reach, default=None)
        return widest.item if widest and reach(widest) else None

    def _surveyed(self) -> list[Item]:
        """The shown cases that practitioners were asked about in a survey."""
        # A course of one's own may do without surveys.
        if not (self.content.folder / "beside.toml").exists():
            return []
        shown = {row.item.id for each in self.classes for row in each.shown}
        surveyed: dict[str, Item] = {}
        for figure in published(self.content):
            if figure.ratings and figure.vignette.id in shown:
                surveyed[figure.vignette.id] = figure.vignette
        return list(surveyed.values())
