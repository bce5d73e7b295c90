"""One case along its dial: how the class moves, and where a code changes what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.fonts import wrap
from boundaries.charts.frame import Frame
from boundaries.charts.palette import GREY, INK, PALE, shade
from boundaries.charts.strips import share_words
from boundaries.content import Content, Vignette
from boundaries.counts import headlines, phrases, statistics
from boundaries.counts.comparison import Answers, answers_to, by_levels
from boundaries.counts.release import Released
from boundaries.counts.withholding import Block
from boundaries.errors import ContentError

# How high a rating's row is, in points.
HIGH = 30.0

# How much a ribbon rises or falls where a code changes what it says.
STEP = 9.0


class Saying(NamedTuple):
    """What a code says at a level, in two or three words, and how permissive it is (silence: 0)."""

    words: str
    permissive: int


# The answers of those who were told the case at these levels; no groups: too few have judged.
Columns = Mapping[Block, Answers]


def dial_curve(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """One case along its dial: above, how each level was rated; below, what each code says there.

    A column for each group of levels. Codes that course.toml shows come first, then others that
    were read for this case (for example a law); a stair marks where a code changes what it says.
    Raises ContentError where `what` is not one case with a dial.
    """
    item = phrases.one_of(phrases.vignettes_of(content, what)[1], what)
    if item.dial is None:
        raise ContentError(
            f"'{what}' has no dial, so there is nothing to follow. Draw `answers` instead."
        )
    (row,) = answers_to(released, [item], "first")
    columns: dict[Block, Answers] = {}
    for levels, shown in by_levels(item, {"first": row}).items():
        columns[levels] = shown.get("first", Answers(item, (), released.minimum))
    codes = _codes(content, item)
    shorts = phrases.codes_for(content, [item], codes)
    frame = Frame(
        released,
        headlines.dial_headline(row.means()),
        "Above, the share of the class at each rating (dot: mean). Below, what each code says.",
        (0, len(columns)),
        left=178,
        right=0,
        subject=f"Along the dial: {item.title} ({item.dial.fact})",
        act=phrases.act_of(item),
        ax=ax,
    )
    _draw_columns(frame, item, columns)
    for sayings, names in _ribbons(item, shorts, columns).items():
        _draw_ribbon(frame, names, sayings)
    frame.footer(
        "What a code says is this course’s reading of it. "
        "A stair marks a change: up is more permissive."
    )
    return chart_of(
        frame,
        ("dial-curve", what),
        _sentence(item, row, shorts),
        "tiles with the share at each rating and the mean, a column for each level, "
        "above a ribbon for each code.",
        _table_rows(content, item, columns, codes),
    )


def _codes(content: Content, item: Vignette) -> list[str]:
    """The shown codes that were read for this case, then the others unless the course has none."""
    codes = [code.id for code in content.shown_codes if phrases.is_read(item, code.id)]
    for reading in item.readings:
        if content.course.others and reading.code not in codes:
            codes.append(reading.code)
    return codes


def _draw_columns(frame: Frame, item: Vignette, columns: Columns) -> None:
    """For each column its tiles, always ethical on top, and the mean."""
    room = frame.width / len(columns) - 12
    bottom = top = frame.y
    for number, (levels, row) in enumerate(columns.items()):
        middle = number + 0.5
        lines = wrap(phrases.names_of(item, levels), room, 14, bold=True)
        y = frame.lines(middle, top, lines, 14, bold=True, align=0.5)
        words = frame.released.few
        if row.groups:
            words = f"n = {row.n} · mean {statistics.mean(row.counts):.1f}"
        bottom = max(bottom, frame.lines(middle, y + 1, wrap(words, room, 12), 12, GREY, align=0.5))
    top = bottom + 8
    bottom = top + HIGH * len(item.scale)
    for point in item.scale:
        y = bottom - HIGH * point.value
        frame.text(frame.margin_left, y + 19, str(point.value), 14, bold=True)
        lines = wrap(point.label, frame.left - 20, 12)
        frame.lines(frame.margin_left + frame.points(18), y + HIGH / 2 - 7.5 * len(lines), lines)
    for number, row in enumerate(columns.values()):
        if row.groups:
            _draw_column(frame, row, number, bottom)
    frame.y = bottom + 14


def _draw_column(frame: Frame, row: Answers, number: int, bottom: float) -> None:
    """The tiles of one column and its mean."""
    (group,) = row.groups
    inset = frame.points(1.5)
    for rating, count in enumerate(group.counts, 1):
        top, colour = bottom - HIGH * rating, shade(count / group.n)
        frame.tile(number + inset, number + 1 - inset, top + 1.5, top + HIGH - 1.5, colour)
        # Right of the mark of an own rating, left of the mean.
        at = number + inset + frame.points(28)
        share_words(frame, at, top + HIGH / 2, count, group.counts)
        at_left = (number + inset + frame.points(14), top + HIGH / 2)
        frame.mark(row.item.id, group.levels, rating, "first", at_left)
    y = bottom - HIGH * (statistics.mean(group.counts) - 0.5)
    # Right of the numbers, so that it hides none; white around it, to be seen on dark tiles.
    start, end = number + inset + frame.points(70), number + 1 - inset
    frame.rule([(start, y), (end, y)], "white", 5, over=True)
    frame.rule([(start, y), (end, y)], INK, 2, over=True)
    frame.dot((start + end) / 2, y, 5.5, "white")


def _ribbons(
    item: Vignette, shorts: Mapping[str, str], columns: Columns
) -> dict[tuple[Saying, ...], list[str]]:
    """What codes say at each column, and the names of those who say exactly that."""
    ribbons: dict[tuple[Saying, ...], list[str]] = {}
    for code, short in shorts.items():
        sayings = tuple(_saying(item, code, levels[0]) for levels in columns)
        ribbons.setdefault(sayings, []).append(short)
    return ribbons


def _draw_ribbon(frame: Frame, names: Sequence[str], sayings: Sequence[Saying]) -> None:
    """What codes say along the dial: a cell as long as it is the same, a stair where it changes."""
    changes = [0]
    heights = [0.0]
    for number, (before, after) in enumerate(pairwise(sayings), 1):
        if before != after:
            changes.append(number)
            rise = STEP if after.permissive >= before.permissive else -STEP
            heights.append(heights[-1] - rise)
    top = frame.y - min(heights)
    gap = frame.points(1)
    ends = [*changes[1:], len(sayings)]
    for start, end, height in zip(changes, ends, heights, strict=True):
        y = top + height
        frame.tile(start + gap, end - gap, y, y + 24, PALE)
        lines = wrap(sayings[start].words, (end - start) / frame.points(1) - 6, 12)
        frame.lines((start + end) / 2, y + 12 - 7.5 * len(lines), lines, align=0.5)
    for at, ends_of_stair in zip(changes[1:], pairwise(heights), strict=True):
        low, high = sorted(ends_of_stair)
        frame.rule([(at, top + low - 2), (at, top + high + 26)], INK, 3, over=True)
    bottom = frame.label(top + heights[0] + 4, " · ".join(names), 13, bold=False)
    frame.y = max(bottom, top + max(heights) + 24) + 7


def _sentence(item: Vignette, row: Answers, shorts: Mapping[str, str]) -> str:
    first = phrases.nothing([row])
    if row.groups:
        means = []
        for group, (level, mean) in zip(row.groups, row.means().items(), strict=True):
            means.append(f"{mean:.1f} at “{level}” (n = {group.n})")
        first = f"Mean rating of “{item.title}”: {', '.join(means)}."
    changes: dict[tuple[str, ...], list[str]] = {(): []}  # those that never change come first
    for code, short in shorts.items():
        steps = []
        for before, after in pairwise(item.levels):
            if _saying(item, code, before) != _saying(item, code, after):
                steps.append(f"“{item.label(after)}”")
        changes.setdefault(tuple(steps), []).append(short)
    parts = []
    for where, names in changes.items():
        ending = "s" if len(names) == 1 else ""
        how = f"say{ending} the same at every level"
        if where:
            how = f"change{ending} at {' and at '.join(where)}"
        if names:
            parts.append(f"{', '.join(names)} {how}")
    return f"{first} {'; '.join(parts)}."


def _table_rows(
    content: Content, item: Vignette, columns: Columns, codes: Sequence[str]
) -> list[dict[str, object]]:
    """A row for each column."""
    rows = []
    for levels, row in columns.items():
        cells: dict[str, object] = {"level": phrases.names_of(item, levels), "n": row.size}
        cells["mean"] = f"{statistics.mean(row.counts):.2f}" if row.groups else None
        cells |= phrases.shares(item.scale, row.counts)
        for code in codes:
            cells[content.codes[code].short] = _saying(item, code, levels[0]).words
        rows.append(cells)
    return rows


def _saying(item: Vignette, code: str, level: str) -> Saying:
    reading = item.reading(code, level)
    band = reading.band if reading else None
    return Saying(phrases.reading_words(reading), sum(band or ()))
