"""A white sheet to draw on: text that is measured before it is set, bars, lines, dots, and the marks charts share.

Everything is in points from the top left of a sheet 10 inches wide; its height grows with what is drawn. Letters
are drawn as outlines of DejaVu Sans, which comes with matplotlib, so a picture is the same on every computer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path as File
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from pandas import DataFrame

from boundaries.charts.figure import Chart, Place
from boundaries.content import Point
from boundaries.counts.release import Released

WIDTH, MARGIN, DPI = 720.0, 16.0, 110
LEFT, RIGHT, NARROW = 176.0, 142.0, 140.0
"""Widths of the columns of words left and right of bars, which go from X0 to X1; and left of one case close up."""

X0, X1 = MARGIN + LEFT + 12, WIDTH - MARGIN - RIGHT - 12
RATINGS = ("#00204d", "#3b496c", "#7c7b78", "#bcaf6f", "#ffea46")
"""From never to always ethical: lightness alone tells them apart, in greyscale and to every eye."""

INK, GREY, FAINT, PALE = "#1a1a1a", "#595959", "#c9c9c9", "#ededea"


class Box(NamedTuple):
    """Where a line of text stands."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str


class Canvas:
    """A sheet; `y` is how far down it is used. `texts` are the boxes of all lines of text."""

    def __init__(self) -> None:
        self.y = MARGIN
        self.texts: list[Box] = []
        self._paths: list[Path] = []
        self._looks: list[tuple[str, str, float]] = []  # face, edge, line width

    def _add(self, path: Path, face: str = "none", edge: str = "none", width: float = 0) -> None:
        self._paths.append(path)
        self._looks.append((face, edge, width))

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
    ) -> Box:
        """One line with its baseline at `y`; `align` 0 starts at `x`, 0.5 is centred on it, 1 ends there."""
        outline, width = _outline(text, bold)
        left = x - align * width * size
        self._add(
            Path(outline.vertices * np.array((size, -size)) + np.array((left, y)), outline.codes),
            colour,
        )
        box = Box(left, y - 0.76 * size, left + width * size, y + 0.24 * size, text)
        self.texts.append(box)
        return box

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        size: float = 12,
        colour: str = INK,
        *,
        bold: bool = False,
        align: float = 0,
    ) -> float:
        """Lines of text, the first one's top at `y`; gives the bottom of the last."""
        for i, line in enumerate(lines):
            self.text(x, y + (0.95 + 1.25 * i) * size, line, size, colour, bold=bold, align=align)
        return y + 1.25 * size * len(lines)

    def bar(
        self, x0: float, y0: float, x1: float, y1: float, colour: str, edge: str = "none"
    ) -> None:
        """A filled rectangle."""
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        self._add(Path(corners, closed=True), colour, edge, 1 if edge != "none" else 0)

    def line(
        self, points: Sequence[tuple[float, float]], colour: str = INK, width: float = 1
    ) -> None:
        """A line through `points`."""
        self._add(Path(points), edge=colour, width=width)

    def guide(self, x: float, y0: float, y1: float) -> None:
        """A faint upright line, behind everything drawn so far."""
        self._paths.insert(0, Path([(x, y0), (x, y1)]))
        self._looks.insert(0, ("none", FAINT, 1))

    def dot(self, x: float, y: float, radius: float, colour: str, edge: str = INK) -> None:
        """A dot with a thin edge."""
        self._add(Path.circle((x, y), radius), colour, edge, 1.5)

    def span(self, x0: float, x1: float, y: float) -> None:
        """A thin line with clear ends; a lone tick where it has no length."""
        if x1 - x0 > 1:
            self.line([(x0, y), (x1, y)], INK, 2.5)
        for x in dict.fromkeys((x0, x1)):
            self.line([(x, y - 5), (x, y + 5)], INK, 2)

    def figure(self) -> Figure:
        """The sheet as a figure."""
        height = self.y + MARGIN
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=DPI, facecolor="white")
        faces, edges, widths = zip(*self._looks, strict=True)
        points = Affine2D().scale(1, -1).translate(0, height).scale(DPI / 72)
        figure.add_artist(
            PathCollection(
                self._paths,
                facecolors=faces,
                edgecolors=edges,
                linewidths=widths,
                transform=points,
                capstyle="butt",
            )
        )
        return figure

    # -- marks that several charts share -------------------------------------------------------------------

    def header(self, title: str, subtitle: str) -> None:
        """The title and, below it in grey, whose answers these are and how to read the picture."""
        self.y = self.lines(
            MARGIN, self.y, wrap(title, WIDTH - 2 * MARGIN, 20, bold=True), 20, bold=True
        )
        self.y = (
            self.lines(MARGIN, self.y + 2, wrap(subtitle, WIDTH - 2 * MARGIN, 13), 13, GREY) + 12
        )

    def footer(self, text: str) -> None:
        """A remark in grey, at the end."""
        self.y = self.lines(MARGIN, self.y + 8, wrap(text, WIDTH - 2 * MARGIN, 12), 12, GREY)

    def key(self, scale: Sequence[Point]) -> None:
        """The ratings' colours with their numbers and words, as a strip."""
        self.strip(
            [(str(p.value), p.label, c) for p, c in zip(scale, colours(len(scale)), strict=True)]
        )

    def strip(self, parts: Sequence[tuple[str, str, str]]) -> None:
        """A strip of (what stands on it, what stands below it, colour)."""
        each = (WIDTH - 2 * MARGIN) / len(parts)
        words = [wrap(below, each - 8, 12) for _, below, _ in parts]
        for i, (above, _, colour) in enumerate(parts):
            x = MARGIN + i * each
            self.bar(x, self.y, x + each - 2, self.y + 20, colour)
            self.text(x + each / 2, self.y + 15, above, 14, on(colour), bold=True, align=0.5)
            self.lines(x + each / 2, self.y + 23, words[i], 12, align=0.5)
        self.y += 23 + 15 * max(map(len, words)) + 12


def colours(points: int) -> tuple[str, ...]:
    """A colour for each point of a scale of three or five."""
    return RATINGS if points == len(RATINGS) else RATINGS[::2]


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2 defines it."""
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in to_rgb(colour)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2 defines it.

    >>> round(contrast("black", "white"), 2)
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def on(colour: str) -> str:
    """Black or white, whichever reads better on `colour`."""
    return max("black", "white", key=lambda ink: contrast(ink, colour))


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in points."""
    return size * sum(_glyph(c, bold)[1] for c in text)


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """The lines of `text`, none wider than `width`; a word that is wider alone is cut.

    >>> wrap("Ethical under rare conditions", 110, 12)
    ['Ethical under rare', 'conditions']
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size, bold=bold) <= width:
            lines[-1] = longer
            continue
        lines += [""] if lines[-1] else []
        for c in word:
            if lines[-1] and width_of(lines[-1] + c, size, bold=bold) > width:
                lines.append("")
            lines[-1] += c
    return [line for line in lines if line]


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(File(mpl.get_data_path()) / "fonts" / "ttf" / name))
    font.set_size(100, 72)
    return font


@lru_cache(maxsize=4096)
def _glyph(character: str, bold: bool) -> tuple[Path, float]:
    """A letter's outline and how far the next one stands from it, for a size of 1 point."""
    glyph = _font(bold).load_char(ord(character), flags=LoadFlags.NO_HINTING)
    vertices, codes = _font(bold).get_path()
    return Path(vertices / 100, codes), glyph.linearHoriAdvance / 65536 / 100


@lru_cache(maxsize=4096)
def _outline(text: str, bold: bool) -> tuple[Path, float]:
    x = 0.0
    vertices: list[Any] = [np.empty((0, 2))]
    codes: list[Any] = [np.empty(0, np.uint8)]
    for character in text:
        path, advance = _glyph(character, bold)
        vertices.append(path.vertices + np.array((x, 0)))
        codes.append(path.codes)
        x += advance
    return Path(np.concatenate(vertices), np.concatenate(codes)), x


def begin(released: Released, title: str, how: str) -> Canvas:
    """A sheet with its header: the title, whose answers these are, and how to read the picture."""
    whose = released.title or released.session
    whose += " · invented answers" if released.invented else ""
    canvas = Canvas()
    canvas.header(title, f"{whose}. {how}" if whose else how)
    return canvas


def finish(
    canvas: Canvas,
    released: Released,
    name: tuple[str, ...],
    title: str,
    sentence: str,
    drawn: str,
    rows: list[dict[str, object]],
    anchors: Mapping[Place, tuple[float, float]] | None = None,
) -> Chart:
    """The chart drawn on `canvas`: `name` becomes its id, `drawn` says in the alt text what the picture shows."""
    height = canvas.y + MARGIN
    invented = "Invented answers. " if released.invented else ""
    return Chart(
        id="-".join(
            re.sub(r"[^\w]+|_", "-", part).strip("-").lower()
            for part in (*name, released.session)
            if part
        ),
        title=title,
        sentence=invented + sentence,
        alt=f"{invented}{title}: {drawn} The numbers are in the table below the picture.",
        table=DataFrame(rows, dtype=object),  # whole numbers stay whole beside empty cells
        figure=canvas.figure(),
        invented=released.invented,
        places={key: (x / WIDTH, y / height) for key, (x, y) in (anchors or {}).items()},
    )
