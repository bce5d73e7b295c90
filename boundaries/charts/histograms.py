"""One case close up: how often each rating was given, and how that changes along its dial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import GREY, INK, colours
from boundaries.charts.strips import band_bars, rating_frame
from boundaries.content import Content, Item
from boundaries.counts import headlines, phrases, statistics
from boundaries.counts.comparison import Answers, Group, answers_to
from boundaries.counts.release import Released
from boundaries.counts.withholding import Block

# How high the longest interval reaches, in points.
PLOT = 130.0

# Half of a bar's width, where a rating's column is 1 wide.
HALF = 0.33


def answers(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """One case: how often each rating was given, bars for each group of levels that may be shown.

    The thin line on a bar is a 95 % Wilson interval: what a similar class might say. Below the
    bars lie the bands of the shown codes. Raises ContentError where `what` is not one case or
    claim.
    """
    item = phrases.one_of(phrases.items_of(content, what)[1], what)
    (row,) = answers_to(released, [item], "first")
    shorts = phrases.codes_for(content, [item], None)
    frame = rating_frame(
        released,
        _headline(row),
        "Share and number of people at each rating. Thin lines: what a similar class might say.",
        item.scale,
        subject=f"What the class said: {item.title}",
        act=phrases.act_of(item),
        ax=ax,
    )
    table: list[dict[str, object]] = []
    for group in row.groups:
        of_group = replace(row, groups=(group,))
        _draw_bars(frame, of_group, group.levels, _unit(row))
        band_bars(frame, of_group, shorts)
        frame.y += 16
        table += _table_rows(item, group, shorts)
    if not row.groups:
        frame.text(frame.x[0], frame.y + 14, released.few, 14, GREY)
        frame.y += 24
    elif row.hidden:
        frame.footer(f"Levels that {released.few} are left out.")
    return chart_of(
        frame,
        ("answers", what),
        _sentence(row),
        "bars for the ratings, and below them bars over the ratings that each code can support.",
        table,
    )


def _headline(row: Answers) -> str:
    if len(row.groups) < 2:
        return headlines.ratings_headline(row.item.scale, row.counts)
    return headlines.dial_headline(row.means())


def _unit(row: Answers) -> float:
    """Points for a share of 1: one scale for all groups, so that their bars can be compared."""
    highest = 0.0
    for group in row.groups:
        for count in group.counts:
            highest = max(highest, statistics.wilson(count, group.n)[1])
    return PLOT / highest


def _draw_bars(frame: Frame, row: Answers, levels: Block, unit: float) -> None:
    """One group's bars with their intervals and numbers."""
    item, n = row.item, row.n
    base = frame.y + 36 + PLOT
    top = base
    looks = zip(item.scale, row.counts, colours(len(item.scale)), strict=True)
    for point, count, colour in looks:
        rating, height = point.value, unit * count / n
        low, high = (unit * end for end in statistics.wilson(count, n))
        frame.tile(rating - HALF, rating + HALF, base - height, base, colour)
        # White around the line: it crosses its bar's end, and a bar may be as dark as the line.
        frame.ax.vlines(rating, base - high, base - low, "white", linewidth=4, zorder=2)
        frame.ax.vlines(rating, base - high, base - low, INK, linewidth=1.5, zorder=3)
        frame.text(rating, base - high - 19, phrases.percent(count / n), 13, bold=True, align=0.5)
        frame.text(rating, base - high - 5, f"({count})", 12, GREY, align=0.5)
        top = min(top, base - high - 32)
        frame.mark(item.id, levels, rating, "first", (rating - HALF / 2, base - 10))
    frame.rule([(frame.x[0], base), (frame.x[1], base)], INK)
    words = frame.beside(top, phrases.names_of(item, levels), 13, bold=True)
    frame.beside(words, phrases.count_words(row), 12, GREY)
    frame.y = base + 8


def _sentence(row: Answers) -> str:
    if not row.groups:
        return phrases.nothing([row])
    parts = []
    for group in row.groups:
        at = f" at “{phrases.names_of(row.item, group.levels)}”" if row.item.dial else ""
        often = headlines.ratings_headline(row.item.scale, group.counts)
        parts.append(f"{group.n} people{at}: {often[0].lower()}{often[1:]}")
    return f"“{row.item.title}” was judged by {'; '.join(parts)}."


def _table_rows(item: Item, group: Group, shorts: Mapping[str, str]) -> list[dict[str, object]]:
    """A row for each rating, with its interval and the codes whose band it lies in."""
    rows = []
    for point, count in zip(item.scale, group.counts, strict=True):
        low, high = statistics.wilson(count, group.n)
        inside = []
        for code, short in shorts.items():
            band = phrases.band_at(item, code, group.levels[0])
            if band and band[0] <= point.value <= band[1]:
                inside.append(short)
        row: dict[str, object] = {"rating": f"{point.value} {point.label}"}
        if item.dial:
            row["level"] = phrases.names_of(item, group.levels)
        row["people"] = count
        row["share"] = phrases.percent(count / group.n)
        row["a similar class"] = f"{phrases.percent(low)} to {phrases.percent(high)}"
        row["inside the band of"] = " · ".join(inside)
        rows.append(row)
    return rows
