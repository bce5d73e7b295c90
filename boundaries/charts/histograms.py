"""One case close up: how often each rating was given, and how that changes along its dial."""

from __future__ import annotations

from boundaries.charts.canvas import (
    GREY,
    INK,
    MARGIN,
    NARROW,
    WIDTH,
    Canvas,
    begin,
    colours,
    finish,
    wrap,
)
from boundaries.charts.figure import Chart, Place
from boundaries.content import Content, Item
from boundaries.counts import statistics
from boundaries.counts.comparison import (
    Answers,
    Group,
    answers_to,
    band_at,
    beside_names,
    codes_for,
    count_words,
    inside_words,
    items_of,
    names_of,
    nothing,
    one_of,
    percent,
)
from boundaries.counts.release import Released

PLOT = 170.0
"""How high a histogram is."""


def answers(released: Released, content: Content, what: str) -> Chart:
    """One case: how often each rating was given, a panel for each group of levels that may be shown.

    The thin line beside a bar is a 95 % Wilson interval: what a similar class might say. Brackets below the ratings
    are the bands of the shown codes.
    """
    item = one_of(items_of(content, what)[1], what)
    (row,) = answers_to(released, [item], "first")
    shorts, title = codes_for(content, [item], None), f"What the class said: {item.title}"
    canvas = begin(
        released, title, "Share and number of people; thin lines: what a similar class might say."
    )
    if len(row.groups) > 1:
        canvas.key(item.scale)
    anchors: dict[Place, tuple[float, float]] = {}
    for start in range(0, len(row.groups), 3):
        anchors |= _panels(canvas, Answers(item, row.groups[start : start + 3]), shorts)
    if not row.groups:
        canvas.text(MARGIN, canvas.y + 14, f"fewer than {released.minimum} have judged", 14, GREY)
        canvas.y += 24
    elif row.hidden:
        canvas.footer(f"Levels that fewer than {released.minimum} have judged are left out.")
    said = [
        f"{sum(g.counts)} people{_at(item, g)} (most often {_most(item, g)})" for g in row.groups
    ]
    return finish(
        canvas,
        released,
        ("answers", what),
        title,
        f"“{item.title}” was judged by {', '.join(said)}."
        if said
        else nothing([row], released.minimum),
        "bars for the five ratings, with the bands of the codes as brackets below them.",
        [line for group in row.groups for line in _rating_rows(item, group, shorts)],
        anchors,
    )


def _panels(
    canvas: Canvas, row: Answers, shorts: dict[str, str]
) -> dict[Place, tuple[float, float]]:
    """Up to three histograms side by side, with the codes' brackets below."""
    item, scale, anchors = row.item, row.item.scale, dict[Place, tuple[float, float]]()
    panel = (WIDTH - 2 * MARGIN - NARROW) / len(row.groups)
    each = (panel - 10) / len(scale)
    lefts = [MARGIN + NARROW + panel * i + 5 for i in range(len(row.groups))]
    heads = [[*wrap(names_of(item, g.levels), panel - 10, 13, bold=True), ""] for g in row.groups]
    for x, group, head in zip(lefts, row.groups, heads, strict=True):
        y = canvas.lines(x, canvas.y, head[:-1], 13, bold=True) if head[0] else canvas.y
        canvas.lines(x, y, wrap(count_words(group), panel - 10, 12), 12, GREY)
    canvas.y += 17 * max(map(len, heads)) + 15
    intervals = [[statistics.wilson(c, sum(g.counts)) for c in g.counts] for g in row.groups]
    unit = PLOT / max(high for ends in intervals for _, high in ends)
    base = canvas.y + 34 + PLOT
    for x, group, ends in zip(lefts, row.groups, intervals, strict=True):
        for i, (point, colour) in enumerate(zip(scale, colours(len(scale)), strict=True)):
            share, middle, (low, high) = (
                group.counts[i] / sum(group.counts),
                x + each * (i + 0.5),
                ends[i],
            )
            a, b = middle - 0.3 * each, middle + 0.3 * each
            canvas.bar(a, base - unit * share, b, base, colour)
            canvas.line([(b + 4, base - unit * low), (b + 4, base - unit * high)], GREY, 1.25)
            canvas.text(middle, base - unit * high - 18, percent(share), 13, align=0.5)
            canvas.text(middle, base - unit * high - 4, f"({group.counts[i]})", 12, GREY, align=0.5)
            canvas.text(middle, base + 18, str(point.value), 14, bold=True, align=0.5)
            if len(lefts) == 1:
                canvas.lines(middle, base + 22, wrap(point.label, each - 6, 12), 12, align=0.5)
            for level in group.levels:
                anchors[item.id, level, point.value, "first"] = (middle, base - unit * share / 2)
        canvas.line([(x, base), (x + each * len(scale), base)], INK)
    words = max(len(wrap(p.label, each - 6, 12)) for p in scale) if len(lefts) == 1 else 0
    canvas.y = base + 32 + 15 * words
    banded, silent = beside_names(row, shorts)
    for bands, names in banded.items():
        y = canvas.y
        canvas.y = canvas.lines(MARGIN, y, wrap(" · ".join(names), NARROW - 8, 12), 12)
        canvas.y = (
            canvas.lines(
                MARGIN, canvas.y, wrap(inside_words(row, bands)[1], NARROW - 8, 12), 12, GREY
            )
            + 8
        )
        for x, band in zip(lefts, bands, strict=True):
            if band:
                canvas.span(x + each * (band[0] - 1) + 4, x + each * band[1] - 4, y + 14)
            else:
                canvas.text(x + panel / 2 - 5, y + 18, "silent", 12, GREY, align=0.5)
    for word, names in silent.items():
        canvas.y = (
            canvas.lines(
                MARGIN, canvas.y, wrap(f"{' · '.join(names)} {word}", NARROW - 8, 12), 12, GREY
            )
            + 4
        )
    canvas.y += 12
    return anchors


def _rating_rows(item: Item, group: Group, shorts: dict[str, str]) -> list[dict[str, object]]:
    rows, n = list[dict[str, object]](), sum(group.counts)
    for point, count in zip(item.scale, group.counts, strict=True):
        low, high = statistics.wilson(count, n)
        bands = {short: band_at(item, code, group.levels[0]) for code, short in shorts.items()}
        rows.append(
            {
                "rating": f"{point.value} {point.label}",
                **({"level": names_of(item, group.levels)} if item.dial else {}),
                "people": count,
                "share": percent(count / n),
                "a similar class": f"{percent(low)} to {percent(high)}",
                "inside the band of": " · ".join(
                    s for s, b in bands.items() if b and b[0] <= point.value <= b[1]
                ),
            }
        )
    return rows


def _at(item: Item, group: Group) -> str:
    return f" at “{names_of(item, group.levels)}”" if item.dial else ""


def _most(item: Item, group: Group) -> str:
    share = max(group.counts) / sum(group.counts)
    most = [
        p for p, count in zip(item.scale, group.counts, strict=True) if count == max(group.counts)
    ]
    return f"{' and '.join(f'{p.value} {p.label.lower()}' for p in most)}: {percent(share)}"
