"""What opens only after judging: the codes, and what practitioners answered.

codes = boundaries.codebook()
codes.stance_map()                         # a sentence until the assigned cases are judged
beside = boundaries.practitioners()
beside.cards()                             # the cases that a survey asked about
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from pandas import DataFrame

from boundaries.answers.student import Student, student
from boundaries.charts import gaps, parting, standards
from boundaries.charts.figure import Chart
from boundaries.charts.practitioners import belief_and_behaviour, figures, quoted
from boundaries.content import Band, Content, load
from boundaries.counts.classes import classroom
from boundaries.counts.comparison import band_words
from boundaries.lessons.lesson import Lesson, Text

Shown = TypeVar("Shown", bound=Chart | DataFrame | Text)


class Codebook:
    """What the codes say, as charts and tables; until the assigned cases are judged, a sentence in their place."""

    def __init__(self, content: Content, who: Student | None) -> None:
        self.content, self._student = content, who

    def __repr__(self) -> str:
        """Whether it is open, in a sentence."""
        return self._closed() or "The codes are open."

    def _closed(self) -> str:
        """What is still to be judged, in a sentence; empty where nothing is."""
        types = self.content.course.types or tuple(self.content.types)
        cases = [v for type in types for v in self.content.of_type(type)]
        mine = (
            self._student.judged(cases) if self._student else {(v.id, "first"): None for v in cases}
        )
        waiting = Counter(
            self.content.types[v.type].title for v in cases if (v.id, "first") not in mine
        )
        if not waiting:
            return ""
        n, where = waiting.total(), ", ".join(f"{title} ({n})" for title, n in waiting.items())
        return (
            f"The codes stay closed while {'1 case is' if n == 1 else f'{n} cases are'} not judged yet: {where}. "
            "Judge them in their notebooks, then run this again. boundaries.codebook(now=True) opens the codes at "
            "once: for teachers, and for whoever gives up judging the rest alone."
        )

    def _open(self, draw: Callable[[], Shown]) -> Shown | Text:
        closed = self._closed()
        return Text(closed) if closed else draw()

    def stance_map(self, codes: Sequence[str] | None = None) -> Chart | Text:
        """See `standards.stance_map`."""
        return self._open(lambda: standards.stance_map(self.content, codes))

    def waiting_periods(self) -> Chart | Text:
        """See `standards.waiting_periods`."""
        return self._open(lambda: standards.waiting_periods(self.content))

    def editions(self) -> Chart | Text:
        """See `standards.editions`."""
        return self._open(lambda: standards.editions(self.content))

    def parting(self, codes: Sequence[str] | None = None, *, top: int = 10) -> Chart | Text:
        """See `parting.parting`."""
        return self._open(lambda: parting.parting(self.content, codes, top=top))

    def how_checked(self) -> DataFrame | Text:
        """See `standards.how_checked`."""
        return self._open(lambda: standards.how_checked(self.content))

    def gap_map(self, what: str = "all", **bands: Band) -> Chart | Text:
        """The invented class beside the codes, with other bands for some stances: `gap_map(conditional=(3, 4))`.

        See `parting.with_bands`, whose errors it raises.
        """
        changed = parting.with_bands(self.content, **bands)
        return self._open(lambda: _redrawn(self.content, changed, what, bands))


def _redrawn(content: Content, changed: Content, what: str, bands: dict[str, Band]) -> Chart:
    released = classroom(content=content)
    if not bands:
        return gaps.gap_map(released, content, what)
    said = ", ".join(f"{name} {band_words(band)}" for name, band in bands.items())
    title, session = f"{released.title}, other bands ({said})", f"{released.session}-{said}"
    chart = gaps.gap_map(replace(released, title=title, session=session), changed, what)
    return replace(chart, sentence=f"{chart.sentence} Bands changed here: {said}.")


def codebook(
    *, now: bool = False, content: Content | None = None, who: Student | None = None
) -> Codebook:
    """What the codes say, for the student at this computer; closed until the assigned cases are judged.

    The assigned types are those of course.toml (none named: all). `now` opens it at once. Raises StoreError where
    the student's file cannot be opened.

    >>> codebook(now=True)
    The codes are open.
    """
    content = content or load()
    return Codebook(content, None if now else who or student(content))


class Beside(Lesson):
    """The cases that a survey asked practitioners about: judged first, then beside what they answered."""

    def __init__(self, content: Content, who: Student) -> None:
        cases = {f.vignette.id: f.vignette for f in figures(content)}
        super().__init__("practitioners", content, who, tuple(cases.values()))

    def chart(self, kind: str = "practitioners", which: int | str | None = None) -> None:
        """Shows the practitioners' answers beside the class, or another chart of one case; see `Lesson.chart`."""
        super().chart(kind, which)

    def belief_and_behaviour(self) -> Chart | Text:
        """See `practitioners.belief_and_behaviour`; a sentence until the cases are judged."""
        return self._open(lambda: belief_and_behaviour(self.content))

    def quoted(self) -> Text:
        """The figures of `practitioners.quoted` as sentences; another sentence until the cases are judged."""
        return self._open(lambda: _Quoted(quoted(self.content)))

    def _open(self, draw: Callable[[], Shown]) -> Shown | Text:
        mine = self.student.judged(self.items)
        names = ", ".join(
            f"“{item.title}”" for item in self.items if (item.id, "first") not in mine
        )
        return Text(f"This opens when you have judged: {names}.") if names else draw()


class _Quoted(Text):
    """A list of quoted figures as an output."""

    def __init__(self, table: DataFrame) -> None:
        self._lines = [
            f"{row['case']}: {row['percent']}% answered “{row['answer']}” about {row['about']} ({row['who']}; "
            f"{row['read']}). {row['differs']} Not drawn: {row['not drawn because']}"
            for row in table.to_dict("records")
        ]
        super().__init__("\n".join(self._lines))

    def _repr_html_(self) -> str:
        return f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in self._lines)}</ul>"


def practitioners(*, content: Content | None = None, who: Student | None = None) -> Beside:
    """The cases that a survey asked practitioners about, for the student at this computer.

    Raises StoreError where the student's file cannot be opened.
    """
    content = content or load()
    return Beside(content, who or student(content))
