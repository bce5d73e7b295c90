"""The colours of every chart, and whether words can be read on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

INK, GREY, FAINT, PALE = "#1a1a1a", "#595959", "#c9c9c9", "#ededea"

# What a code says: told apart from the class's blue by every eye, and in grey by its shape.
CODE = "#b4530c"

# The class itself, where it is a dot or a line and not a tile.
CLASS = "#08519c"

# Two sides of a middle line: dark and light, so that they are told apart in grey as well.
AWAY, TOWARD = "#2f6f9f", "#f0b27a"

# From never to always ethical: lightness alone tells them apart, in greyscale and to every eye.
# The same colours as in the form (web/form.css).
RATING_COLOURS = ("#00204d", "#3b496c", "#7c7b78", "#bcaf6f", "#ffea46")


_BLUES = mpl.colormaps["Blues"]
_BLUES(0.0)  # reckons its table now: two threads that ask first would see it half made


@lru_cache(maxsize=4096)
def shade(share: float) -> str:
    """The colour of a tile that holds `share` (0 to 1) of a class: darker where there are more.

    >>> shade(0), shade(1)
    ('#eff6fc', '#08306b')
    """
    # A class of thirty spreads over three ratings: the power keeps shares of 10 to 50 % well apart.
    return to_hex(_BLUES(0.04 + 0.96 * share**0.85))


_BROWNS = LinearSegmentedColormap.from_list(
    "practitioners", [(0, "white"), (0.65, CODE), (1, "#552505")]
)


def norm_shade(share: float) -> str:
    """As `shade`, of practitioners: in the brown of all that stands beside a class.

    >>> norm_shade(0), norm_shade(1)
    ('#f7ede6', '#552505')
    """
    return to_hex(_BROWNS(0.07 + 0.93 * share**0.85))


_SIDES = {"−": _BLUES, "+": mpl.colormaps["Oranges"], "±": mpl.colormaps["Greys"]}
for _colours in _SIDES.values():
    _colours(0.0)
# So many steps from a band are as dark as a cell gets.
FAR = 2.0


def heat(sign: str, steps: float) -> str:
    """The colour of a class outside a band: blue where stricter, orange where milder, grey on both
    sides, darker where further; white inside. The sign is printed too, for eyes and printers that
    see no colour.

    >>> heat("", 0.02), heat("−", 2) == heat("−", 3)
    ('#ffffff', True)
    """
    if not sign:
        return "#ffffff"
    return to_hex(_SIDES[sign](0.14 + 0.56 * min(steps / FAR, 1)))


def colours(points: int) -> Sequence[str]:
    """A colour for each point of a scale of three or five."""
    return RATING_COLOURS if points == len(RATING_COLOURS) else RATING_COLOURS[::2]


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2 defines it."""
    linear = []
    for channel in to_rgb(colour):
        low = channel / 12.92
        linear.append(low if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on(colour: str) -> str:
    """Black or white, whichever reads better on `colour`: its contrast is always 4.5 or more."""
    # At this luminance black and white have the same contrast: (0.179 + 0.05)² = 0.05 · 1.05.
    return "black" if luminance(colour) > 0.179 else "white"
