"""What charts of ratings share: a column for each rating, tiles for a class, bars for codes.

A rating stands at its own value on the x axis, in every case and every class, so that strips can
be compared down the page. A tile's lightness is the share of the class in it, and the share is
printed on it. Below a strip, a bar for each group of codes that say the same lies over exactly the
ratings that they support.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from matplotlib.axes import Axes

from boundaries.charts.fonts import width_of, wrap
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CODE, GREY, INK, on, shade
from boundaries.content import Band, Claim, Item, Point
from boundaries.counts.comparison import Answers
from boundaries.counts.phrases import beside_names, percent
from boundaries.counts.release import Released

# Widths of the columns of words: names of codes at the left, shares at the right.
LEFT, RIGHT = 206.0, 134.0

# How high a strip is: that of the first judgment, and one that is set below it.
HIGH, LOW = 25.0, 19.0


def rating_frame(
    released: Released,
    title: str,
    how: str,
    scale: Sequence[Point],
    *,
    subject: str = "",
    act: str = "",
    ax: Axes | None = None,
) -> Frame:
    """A frame with a column for each point of the scale, headed by its number and its words."""
    ends = (scale[0].value - 0.5, scale[-1].value + 0.5)
    words = {"subject": subject, "act": act}
    frame = Frame(released, title, how, ends, left=LEFT, right=RIGHT, **words, ax=ax)
    room = frame.width / len(scale) - 3
    bottom = top = frame.y
    for point in scale:
        frame.lines(point.value, top, [str(point.value)], 14, bold=True, align=0.5)
        lines = wrap(point.label, room, 11.5)
        bottom = max(bottom, frame.lines(point.value, top + 19, lines, 11.5, align=0.5))
    frame.y = bottom + 10
    return frame


def tiles(
    frame: Frame, counts: Sequence[int], high: float = HIGH, shade: Callable[[float], str] = shade
) -> None:
    """A tile for each rating at `frame.y`; `shade` gives its colour from its share of all."""
    inset, middle = frame.points(1.5), frame.y + high / 2
    for rating, count in enumerate(counts, 1):
        left, right = rating - 0.5 + inset, rating + 0.5 - inset
        frame.tile(left, right, frame.y, frame.y + high, shade(count / sum(counts)))
        share_words(frame, rating, middle, count, counts, align=0.5, shade=shade)


def mark_tiles(
    frame: Frame, item: Item, levels: Iterable[str], phase: str = "first", high: float = HIGH
) -> None:
    """Notes where the mark of an own rating belongs on the tiles at `frame.y`."""
    for point in item.scale:
        # Beside the number, so that both can be seen.
        at = (point.value - 0.5 + frame.points(12.5), frame.y + high / 2)
        frame.mark(item.id, levels, point.value, phase, at)


def share_words(
    frame: Frame,
    x: float,
    middle: float,
    count: int,
    counts: Sequence[int],
    align: float = 0,
    shade: Callable[[float], str] = shade,
) -> None:
    """The share of `count` among `counts` on its tile, bold where none is larger; nobody is a dash."""
    if count:
        share = count / sum(counts)
        words, ink = percent(share), on(shade(share))
    else:
        words, ink = "–", GREY
    frame.text(x, middle + 4.5, words, 12, ink, bold=count == max(counts), align=align)


def row_words(frame: Frame, label: str, note: str, high: float = HIGH, colour: str = INK) -> float:
    """What stands left and right of a strip at `frame.y`; gives the bottom of strip and words."""
    middle = frame.y + high / 2
    bottom = frame.y + high
    # Centred on the strip; where there are more lines than fit, from its top on.
    top = max(middle - 7.5 * len(wrap(label, LEFT, 12)), frame.y)
    bottom = max(bottom, frame.beside(top, label, 12, colour))
    return max(bottom, frame.note(middle - 7.5, note))


def band_bar(frame: Frame, names: str, band: Band | None, words: str) -> None:
    """A line below a strip: names of codes, the bar over the ratings of their band, and words.

    Without a band the words stand where the bar would begin.
    """
    middle = frame.y + 7
    left = frame.beside(frame.y, names, 12, GREY)
    right = frame.y
    if band is None:
        frame.text(frame.x[0] + frame.points(4), middle + 4, words, 12, GREY)
    else:
        ends = frame.points(6)  # the round ends reach half a bar's width further
        frame.band(band[0] - 0.5 + ends, band[1] + 0.5 - ends, middle, CODE)
        right = frame.note(frame.y, words, colour=INK)
    frame.y = max(left, right)


def band_bars(frame: Frame, row: Answers, shorts: Mapping[str, str], *later: Answers) -> None:
    """Below the strip of one group, a bar for each band that codes have there, and who is inside.

    `later` are the same group's later phases: their shares follow, "68 → 74% inside".
    """
    verb = "agree" if isinstance(row.item, Claim) else "inside"
    banded, silent = beside_names(row, shorts)
    for bands, names in banded.items():
        shares = []
        for phase in (row, *later):
            gap = phase.beside(bands)
            if gap:
                shares.append(percent(gap.inside).rstrip("%"))
        band_bar(frame, " · ".join(names), bands[0], f"{' → '.join(shares)}% {verb}")
    for word, names in silent.items():
        band_bar(frame, " · ".join(names), None, word)


def title_line(
    frame: Frame, title: str, note: str, size: float = 14, *, act: str = "", bold: bool = True
) -> None:
    """A case's title above its strips, from the first column on, its act below, a note at right."""
    room = (frame.margin_right - frame.x[0]) / frame.points(1)
    start = frame.x[0] + frame.points(1.5)
    beside = room
    if note:
        frame.text(frame.margin_right, frame.y + 0.95 * size, note, 12, GREY, align=1)
        beside -= width_of(note, 12) + 14
    lines = wrap(title, beside, size, bold)
    frame.y = frame.lines(start, frame.y, lines, size, bold=bold) + 1
    frame.y = frame.lines(start, frame.y, wrap(act, room, 12), 12) + 3
