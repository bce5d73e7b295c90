"""What a chart has drawn, read from the artists of its own figure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.transforms import Bbox

from boundaries.charts.fonts import Words
from boundaries.charts.palette import luminance


class Tile(NamedTuple):
    """A filled rectangle in data coordinates (y in points, downward)."""

    x0: float
    x1: float
    y0: float
    y1: float
    colour: str


class Dot(NamedTuple):
    """A dot with its middle in data coordinates and its radius in points."""

    x: float
    y: float
    radius: float
    colour: str


class Drawn:
    """Tiles, dots, bars of codes, and words of a chart."""

    def __init__(self, chart) -> None:
        self.figure = chart.figure
        (self.ax,) = self.figure.axes
        self.tiles, self.dots, self.bands, self.lines = [], [], [], []
        for artist in self.ax.collections:
            if isinstance(artist, PolyCollection):
                for path, colour in zip(artist.get_paths(), artist.get_facecolors(), strict=True):
                    box = path.get_extents()
                    self.tiles.append(Tile(box.x0, box.x1, box.y0, box.y1, to_hex(colour)))
            elif isinstance(artist, Words):
                self.lines += artist.lines
            elif isinstance(artist, PathCollection):
                looks = zip(
                    artist.get_offsets(), artist.get_sizes(), artist.get_facecolors(), strict=True
                )
                for (x, y), size, colour in looks:
                    self.dots.append(Dot(x, y, size**0.5 / 2, to_hex(colour)))
            elif isinstance(artist, LineCollection) and artist.get_capstyle() == "round":
                for (x0, y), (x1, _) in artist.get_segments():
                    self.bands.append((x0, x1, y))

    def strips(self) -> list[list[Tile]]:
        """The tiles, five (or three) at one height together."""
        heights = sorted({tile.y0 for tile in self.tiles})
        return [[tile for tile in self.tiles if tile.y0 == y] for y in heights]

    def ratings(self) -> list[list[int]]:
        """The ratings under each bar of a code, from the top down."""
        return [[r for r in range(1, 6) if x0 < r < x1] for x0, x1, _ in self.bands]

    def words(self) -> list[str]:
        """Every line of text on the picture."""
        header = [line for text in self.figure.texts for line in text.get_text().split("\n")]
        return header + [line.text for line in self.lines]

    def boxes(self) -> list[tuple[str, Bbox]]:
        """Every line (of the header: every block) of text with its box in pixels of the picture."""
        renderer = FigureCanvasAgg(self.figure).get_renderer()
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in self.figure.texts]
        for line in self.lines:
            boxes.append((line.text, line.box.transformed(self.ax.transData)))
        return boxes


def overlaps(boxes: list[tuple[str, Bbox]], slack: float = 2) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes share more than `slack` pixels in both directions."""
    corners = np.array([[box.x0, box.y0, box.x1, box.y1] for _, box in boxes])
    low, high = corners[:, :2], corners[:, 2:]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    touching = np.triu((shared > slack).all(axis=2), 1)
    return [(boxes[one][0], boxes[other][0]) for one, other in np.argwhere(touching)]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
