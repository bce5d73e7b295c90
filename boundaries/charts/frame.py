"""A sheet with a header, one axes, and a column of words at either side, filled from the top down.

The axes' x is whatever the chart measures; its y is points from the axes' top, downward, so that a
row is as high as its words need. Numbers are drawn with matplotlib's own methods on `frame.ax`.
What there are many of (tiles, lines of text, the bars of codes) is collected and drawn as one
artist each: matplotlib needs 0.7 ms for a `Text` of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from pandas import DataFrame

from boundaries.charts.fonts import Letters, Words, drawable, families, outline, width_of, wrap
from boundaries.charts.palette import CODE, FAINT, GREY, INK
from boundaries.counts.release import Released

# What stands in a class's place on a picture of the codes alone.
NO_CLASS = Released(DataFrame(), DataFrame(), (), 5, "", False, "")

# Of a whole picture, in points and pixels an inch.
WIDTH, MARGIN, DPI = 720.0, 16.0, 110

# Between the axes and the words beside it.
GAP = 10.0

# Layers of lines: below the tiles, over them, and what codes support.
BELOW, OVER, BANDS = 0.5, 1.5, 2

Spot = tuple[float, float]
# item, level, rating, phase
Place = tuple[str, str, int, str]

# A title is text: two dollar signs are no formula, whatever a student's own settings say.
_TEXT: dict[str, Any] = {"parse_math": False, "usetex": False}


class Frame:
    """A chart while it is made; `y` is how far down the axes is used.

    `title` says what it finds, `subject` what it is of, `act` what was judged. `x` are the ends of
    the axes' scale, `left` and `right` the widths of the columns of words in points. With `ax` a
    lecturer's own axes is drawn on: the words stand outside it, and it should be about as high as
    the chart alone is.
    """

    def __init__(
        self,
        released: Released,
        title: str,
        how: str,
        x: Spot,
        *,
        left: float,
        right: float,
        subject: str = "",
        act: str = "",
        ax: Axes | None = None,
    ) -> None:
        self.released, self.title, self.how, self.act = released, title, how, act
        self.subject = subject or title
        self.x, self.left, self.right, self.y = x, left, right, 0.0
        self.own = ax is None
        if ax is None:
            self.figure = Figure(figsize=(WIDTH / 72, 1), dpi=DPI, facecolor="white")
            self.figure.set_layout_engine("none")  # whatever a student's own settings ask for
            self.ax = self.figure.add_axes((0, 0, 1, 1))
            self.width = WIDTH - 2 * MARGIN - left - right - GAP * ((left > 0) + (right > 0))
        else:
            figure = ax.get_figure(root=True)
            assert figure is not None  # an axes that was taken off its figure cannot be drawn on
            self.figure, self.ax = figure, ax
            self.width = ax.get_window_extent().width / figure.dpi * 72
        self._lines: list[Letters] = []
        self._tiles: list[tuple[list[Spot], str]] = []
        # By layer, lines with their colours and their widths in points.
        self._strokes: dict[float, list[tuple[Sequence[Spot], str, float]]] = defaultdict(list)
        self._dots: list[tuple[float, float, float, str, str]] = []
        self._foot: list[str] = []
        # Where the mark of an own rating belongs, on the axes.
        self.places: dict[Place, Spot] = {}

    def points(self, length: float) -> float:
        """A length in points as a length on the x axis."""
        return length * (self.x[1] - self.x[0]) / self.width

    @property
    def margin_left(self) -> float:
        """Where the left column of words begins, on the x axis."""
        return self.x[0] - self.points(self.left + GAP * (self.left > 0))

    @property
    def margin_right(self) -> float:
        """Where the right column of words ends, on the x axis."""
        return self.x[1] + self.points(self.right + GAP * (self.right > 0))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 12,
        colour: str = INK,
        *,
        bold: bool = False,
        align: float = 0,
    ) -> float:
        """One line with its baseline at `y`; gives its right end on the x axis.

        It starts at `x` (align 0), is centred on it (0.5) or ends there (1).
        """
        width = self.points(width_of(text, size, bold))
        x -= align * width
        if text:
            box = Bbox([[x, y + 0.24 * size], [x + width, y - 0.76 * size]])
            self._lines.append(Letters(text, box, y, outline(text, size, bold), colour))
        return x + width

    def lines(
        self,
        x: float,
        y: float,
        lines: Iterable[str],
        size: float = 12,
        colour: str = INK,
        *,
        bold: bool = False,
        align: float = 0,
    ) -> float:
        """Lines of text, the first one's top at `y`; gives the bottom of the last. See `text`."""
        for line in lines:
            self.text(x, y + 0.95 * size, line, size, colour, bold=bold, align=align)
            y += 1.25 * size
        return y

    def beside(
        self, y: float, text: str, size: float = 12, colour: str = INK, *, bold: bool = False
    ) -> float:
        """Words in the left column, ending at the axes; gives their bottom."""
        lines = wrap(text, self.left, size, bold)
        return self.lines(self.x[0] - self.points(GAP), y, lines, size, colour, bold=bold, align=1)

    def label(
        self, y: float, text: str, size: float = 14, colour: str = INK, *, bold: bool = True
    ) -> float:
        """Words in the left column, starting at the margin; gives their bottom."""
        lines = wrap(text, self.left, size, bold)
        return self.lines(self.margin_left, y, lines, size, colour, bold=bold)

    def case(self, title: str, act: str, note: str = "") -> float:
        """A case in the left column: its title, its act and a remark; gives their bottom."""
        bottom = self.label(self.y, title)
        if act:
            bottom = self.label(bottom + 1, act, 12, bold=False)
        return self.label(bottom + 1, note, 12, GREY, bold=False)

    def heads(self, names: Iterable[str]) -> None:
        """The names of columns, each 1 wide, above them."""
        top = self.y
        room = 1 / self.points(1) - 8
        for number, name in enumerate(names):
            lines = wrap(name, room, 14, bold=True)
            bottom = self.lines(number + 0.5, top, lines, 14, bold=True, align=0.5)
            self.y = max(self.y, bottom)
        self.y += 7

    def note(self, y: float, text: str, size: float = 12, colour: str = GREY) -> float:
        """Words in the right column; gives their bottom."""
        lines = wrap(text, self.right, size)
        return self.lines(self.x[1] + self.points(GAP), y, lines, size, colour)

    def tile(self, x0: float, x1: float, y0: float, y1: float, colour: str) -> None:
        """A filled rectangle."""
        self._tiles.append(([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour))

    def rule(
        self, points: Sequence[Spot], colour: str = FAINT, width: float = 1, *, over: bool = False
    ) -> None:
        """A thin line, below the tiles or over them."""
        self._strokes[OVER if over else BELOW].append((points, colour, width))

    def band(self, x0: float, x1: float, y: float, colour: str = CODE) -> None:
        """What a code supports: a bar with round ends from `x0` to `x1`."""
        self._strokes[BANDS].append(([(x0, y), (x1, y)], colour, 5))

    def dot(self, x: float, y: float, radius: float, colour: str, edge: str = INK) -> None:
        """A dot with a thin edge, below words only; a later one lies over an earlier one."""
        self._dots.append((x, y, (2 * radius) ** 2, colour, edge))

    def mark(self, item: str, levels: Iterable[str], rating: int, phase: str, at: Spot) -> None:
        """Notes where the mark of an own rating belongs, of whoever was told one of these levels."""
        for level in levels:
            self.places[item, level, rating, phase] = at

    def footer(self, text: str) -> None:
        """A remark in grey, at the end."""
        self._foot.append(text)

    @property
    def whose(self) -> str:
        """What the chart is of, where the title does not say it, and whose answers these are."""
        released = self.released
        words = [released.title or released.session]
        if self.subject != self.title:
            words.insert(0, self.subject)
        if released.invented:
            words.append("invented answers")
        return " · ".join(word for word in words if word)

    def finish(self) -> Figure:
        """Draws what was collected, gives the figure its height, and hands it out."""
        for text in self._foot:
            room = (self.margin_right - self.margin_left) / self.points(1)
            self.y = self.lines(self.margin_left, self.y + 8, wrap(text, room, 12), 12, GREY)
        self._collect()
        self.ax.set_axis_off()
        self.ax.set(xlim=self.x, ylim=(max(self.y, 1), 0))
        if self.own:
            self._lay_out()
        else:
            title = f"{drawable(self.title)}\n{drawable(self.whose)}".strip()
            self.ax.set_title(title, loc="left", **_TEXT, family=list(families()))
        return self.figure

    def _lay_out(self) -> None:
        """The title; the act; in grey whose answers these are and how to read them; the axes."""
        room, left = WIDTH - 2 * MARGIN, MARGIN / WIDTH
        # A Text of matplotlib's own is hinted, and up to three hundredths wider than its outline.
        room *= 0.97
        head = wrap(self.title, room, 20, bold=True)
        act = wrap(self.act, room, 13)
        grey = wrap(self.whose, room, 13) + wrap(self.how, room, 13)
        below_head = MARGIN + 25 * len(head) + 3
        below_act = below_head + 16.25 * len(act) + 4 * bool(act)
        top = below_act + 16.25 * len(grey) + 10
        height = top + self.y + MARGIN
        self.figure.set_size_inches(WIDTH / 72, height / 72)
        looks = {**_TEXT, "family": list(families()), "ha": "left", "va": "top", "linespacing": 1.2}
        bold = drawable("\n".join(head), bold=True)
        self.figure.suptitle(
            bold, x=left, y=1 - MARGIN / height, size=20, weight="bold", color=INK, **looks
        )
        for lines, y, colour in ((act, below_head, INK), (grey, below_act, GREY)):
            if lines:
                words = drawable("\n".join(lines))
                self.figure.text(left, 1 - y / height, words, size=13, color=colour, **looks)
        axes_left = MARGIN + self.left + GAP * (self.left > 0)
        self.ax.set_position(
            (axes_left / WIDTH, MARGIN / height, self.width / WIDTH, max(self.y, 1) / height)
        )

    def _collect(self) -> None:
        """Lines of a layer, tiles, dots and words as one artist each."""
        for layer, strokes in self._strokes.items():
            lines, colours, widths = zip(*strokes, strict=True)
            looks: dict[str, Any] = {"colors": colours, "linewidths": widths, "zorder": layer}
            if layer == BANDS:
                looks["capstyle"] = "round"
            self._add(LineCollection(lines, **looks))
        if self._tiles:
            corners, colours = zip(*self._tiles, strict=True)
            self._add(PolyCollection(corners, facecolors=colours, linewidths=0, zorder=1))
        if self._dots:
            across, down, sizes, faces, edges = zip(*self._dots, strict=True)
            looks = {"linewidths": 1.5, "zorder": 3, "clip_on": False}
            self.ax.scatter(across, down, s=sizes, c=faces, edgecolors=edges, **looks)
        if self._lines:
            self._add(Words(self.figure, self.ax, self._lines))

    def _add(self, collection: Collection) -> None:
        # Words stand beside the axes, and nothing else ever leaves it: so nothing is cut off.
        collection.set_clip_on(False)
        self.ax.add_collection(collection, autolim=False)

    def fractions(self) -> dict[Place, Spot]:
        """The places as fractions of the picture from its top left; after `finish`."""
        if not self.places:
            return {}
        pixels = self.ax.transData.transform(np.array(list(self.places.values())))
        shares = self.figure.transFigure.inverted().transform(pixels)
        fractions = {}
        for place, (x, y) in zip(self.places, shares, strict=True):
            fractions[place] = (float(x), float(1 - y))
        return fractions
