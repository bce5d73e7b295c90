"""From the first judgment to the one after the codes: who moved toward a band, who away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.fonts import width_of, wrap
from boundaries.charts.frame import Frame
from boundaries.charts.palette import AWAY, GREY, PALE, TOWARD, on
from boundaries.content import Content, Vignette
from boundaries.counts import headlines
from boundaries.counts.comparison import Shift, shifts
from boundaries.counts.phrases import act_of, cases, codes_for, percent, titled, vignettes_of
from boundaries.counts.release import Released

# The parts of a bar: what they are called, what that means, and their colours.
SIDES = {
    "away": ("away", "further than at first", AWAY),
    "stayed": ("stayed", "as near or far as at first", PALE),
    "toward": ("toward the band", "nearer than at first", TOWARD),
}
SINGLED_OUT = "not shown: it could single people out"
NOT_LEARNING = (
    "A shift after reading the codes is not learning: people were told what the codes say."
)


def moves(
    released: Released,
    content: Content,
    what: str,
    code: str | None = None,
    *,
    ax: Axes | None = None,
) -> Chart:
    """From first judgment to the one after the codes: who moved toward a band, away, or stayed.

    `code` is the shown code with bands for most of these cases unless given. Raises ContentError
    for an unknown one.
    """
    name, vignettes = vignettes_of(content, what)
    code = code or _most_banded(codes_for(content, vignettes, None), vignettes)
    rows = shifts(released, content, code, vignettes)
    short = content.codes[code].short
    totals = [sum(parts) for parts in zip(*[row.parts for row in rows], strict=True)]
    frame = Frame(
        released,
        headlines.moves_headline(short, *totals),
        f"Each person’s judgment after the codes, beside their first one. {NOT_LEARNING}",
        (-1, 1),
        left=250,
        right=60,
        subject=f"Toward {short} or away from it: {name}",
        ax=ax,
    )
    _draw(frame, rows)
    return chart_of(
        frame,
        ("moves", what, code),
        _sentence([row for row in rows if row.n], short, len(rows), released.minimum),
        f"{cases(len(rows))} as bars of three parts: away from the band, stayed, toward it.",
        [_table_row(row) for row in rows],
    )


def _most_banded(codes: dict[str, str], vignettes: Sequence[Vignette]) -> str:
    """The code with a band for most of the cases; the first of several."""
    banded = Counter[str]()
    for vignette in vignettes:
        banded.update({reading.code for reading in vignette.readings if reading.band})
    return max(codes, key=lambda code: banded[code])


def _draw(frame: Frame, rows: Sequence[Shift]) -> None:
    """Bars centred on the middle of those who stayed, as wide as the longest arm allows."""
    longest = 0.0
    for row in rows:
        if row.n:
            longest = max(longest, (max(row.away, row.toward) + row.stayed / 2) / row.n)
    _draw_sides(frame)
    for row in rows:
        y = frame.y
        bottom = frame.case(row.vignette.title, act_of(row.vignette))
        if row.n:
            _draw_bar(frame, row, 1 / (longest * row.n))
            frame.note(y + 7, f"n = {row.n}")
        else:
            words = "no band here" if row.band == "no band" else SINGLED_OUT
            frame.text(0, y + 19.5, words, 13, GREY, align=0.5)
        frame.y = max(bottom, y + 30) + 10


def _draw_sides(frame: Frame) -> None:
    """What the three parts of a bar mean, in their colours."""
    third = 2 / 3
    bottom = frame.y
    for number, (word, meaning, colour) in enumerate(SIDES.values()):
        left = -1 + number * third
        frame.tile(left, left + third - frame.points(2), frame.y, frame.y + 22, colour)
        middle = left + third / 2
        frame.text(middle, frame.y + 15, word, 12, on(colour), bold=True, align=0.5)
        lines = wrap(meaning, frame.width / 3 - 6, 12)
        bottom = max(bottom, frame.lines(middle, frame.y + 25, lines, 12, GREY, align=0.5))
    frame.y = bottom + 14


def _draw_bar(frame: Frame, row: Shift, unit: float) -> None:
    y = frame.y
    x = -unit * (row.away + row.stayed / 2)
    for count, (_, _, colour) in zip(row.parts, SIDES.values(), strict=True):
        start, x = x, x + unit * count
        # A few people of hundreds are thinner than the gap between two parts.
        gap = min(frame.points(1), (x - start) / 4)
        if count:
            frame.tile(start + gap, x - gap, y, y + 30, colour)
        share = percent(count / row.n)
        if x - start > frame.points(width_of(share, 12) + 5):
            frame.text((start + x) / 2, y + 19.5, share, 12, on(colour), align=0.5)


def _sentence(rows: Sequence[Shift], short: str, asked: int, minimum: int) -> str:
    if not rows:
        return (
            f"Nothing is shown: {short} has no band here, or what is left could single out "
            f"fewer than {minimum}."
        )
    if asked == 1:
        row = rows[0]
        return (
            f"Of {row.n} people who judged “{row.vignette.title}” twice, {row.toward} moved toward "
            f"the band of {short}, {row.stayed} stayed as near or far, {row.away} moved away. "
            f"{NOT_LEARNING}"
        )
    sizes = sorted({row.n for row in rows})
    people = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else str(sizes[0])
    ranges = []
    for side in ("toward", "away"):
        shares = [getattr(row, side) / row.n for row in rows]
        ranges.append(f"{percent(min(shares))} to {percent(max(shares))} moved {side}")
    judged = f"{cases(len(rows))}, judged twice by {people} people, beside {short}"
    return f"{judged}: {', '.join(ranges)}. {NOT_LEARNING}"


def _table_row(row: Shift) -> dict[str, object]:
    cells = titled(row.vignette)
    cells |= {"band": row.band, "n": row.n or None}
    cells |= dict.fromkeys(SIDES)
    if row.n:
        cells |= zip(SIDES, row.parts, strict=True)
    return cells
