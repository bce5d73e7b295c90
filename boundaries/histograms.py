"""One case close up: how often each rating was given, and how that changes along its dial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from boundaries import statistics
from boundaries.canvas import (
    GREY,
    INK,
    LEFT,
    MARGIN,
    PALE,
    WIDTH,
    Canvas,
    band_words,
    colours,
    percent,
    wrap,
)
from boundaries.content import Content, Item, Vignette
from boundaries.errors import ContentError
from boundaries.figures import Chart, Place, begin, finish
from boundaries.groups import (
    Answers,
    Group,
    answers_to,
    band_at,
    beside_names,
    codes_for,
    count_words,
    inside_words,
    is_read,
    items_of,
    nothing,
    vignettes_of,
)
from boundaries.release import Released

T = TypeVar("T", bound=Item)
PLOT = 170.0
"""How high a histogram is."""


def answers(released: Released, content: Content, what: str) -> Chart:
    """One case: how often each rating was given, a panel for each group of levels that may be shown.

    The thin line beside a bar is a 95 % Wilson interval: what a similar class might say. Brackets below the ratings
    are the bands of the shown codes.
    """
    item = _one(items_of(content, what)[1], what)
    (row,) = answers_to(released, [item], "first")
    shorts, title = codes_for(content, [item], None), f"What the class said: {item.title}"
    canvas = begin(released, title, "Share and number of people; thin lines: what a similar class might say.")
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
    said = [f"{_at(item, g)}{sum(g.counts)} people, most often {_most(item, g)}" for g in row.groups]
    return finish(
        canvas,
        released,
        ("answers", what),
        title,
        f"“{item.title}” was judged by {'; '.join(said)}." if said else nothing([row], released.minimum),
        "bars for the five ratings, with the bands of the codes as brackets below them.",
        [line for group in row.groups for line in _rating_rows(item, group, shorts)],
        anchors,
    )


def _panels(canvas: Canvas, row: Answers, shorts: dict[str, str]) -> dict[Place, tuple[float, float]]:
    """Up to three histograms side by side, with the codes' brackets below."""
    item, scale, anchors = row.item, row.item.scale, dict[Place, tuple[float, float]]()
    panel = (WIDTH - 2 * MARGIN - LEFT) / len(row.groups)
    each = (panel - 10) / len(scale)
    lefts = [MARGIN + LEFT + panel * i + 5 for i in range(len(row.groups))]
    heads = [[*wrap(_label(item, g), panel - 10, 13, bold=True), ""] for g in row.groups]
    for x, group, head in zip(lefts, row.groups, heads, strict=True):
        y = canvas.lines(x, canvas.y, head[:-1], 13, bold=True) if head[0] else canvas.y
        canvas.lines(x, y, wrap(count_words(group), panel - 10, 12), 12, GREY)
    canvas.y += 17 * max(map(len, heads)) + 15
    intervals = [[statistics.wilson(c, sum(g.counts)) for c in g.counts] for g in row.groups]
    unit = PLOT / max(high for ends in intervals for _, high in ends)
    base = canvas.y + 34 + PLOT
    for x, group, ends in zip(lefts, row.groups, intervals, strict=True):
        for i, (point, colour) in enumerate(zip(scale, colours(len(scale)), strict=True)):
            share, middle, (low, high) = group.counts[i] / sum(group.counts), x + each * (i + 0.5), ends[i]
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
        canvas.y = canvas.lines(MARGIN, y, wrap(" · ".join(names), LEFT - 8, 12), 12)
        canvas.y = canvas.lines(MARGIN, canvas.y, wrap(inside_words(row, bands)[1], LEFT - 8, 12), 12, GREY) + 8
        for x, band in zip(lefts, bands, strict=True):
            if band:
                canvas.span(x + each * (band[0] - 1) + 4, x + each * band[1] - 4, y + 14)
            else:
                canvas.text(x + panel / 2 - 5, y + 18, "silent", 12, GREY, align=0.5)
    for word, names in silent.items():
        canvas.y = canvas.lines(MARGIN, canvas.y, wrap(f"{' · '.join(names)} {word}", LEFT - 8, 12), 12, GREY) + 4
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
                **({"level": _label(item, group)} if item.dial else {}),
                "people": count,
                "share": percent(count / n),
                "a similar class": f"{percent(low)} to {percent(high)}",
                "inside the band of": " · ".join(s for s, b in bands.items() if b and b[0] <= point.value <= b[1]),
            }
        )
    return rows


def dial_curve(released: Released, content: Content, what: str) -> Chart:
    """One case along its dial: above, how each level was rated; below, what each code says at that level.

    A column for each group of levels. Codes that course.toml shows come first, then others that were read for this
    case (for example a law); a stair marks where a code changes what it says.
    """
    item = _one(vignettes_of(content, what)[1], what)
    if item.dial is None:
        raise ContentError(f"'{what}' has no dial, so there is nothing to follow. Draw `answers` instead.")
    (row,) = answers_to(released, [item], "first")
    title = f"Along the dial: {item.title} ({item.dial.fact})"
    canvas = begin(
        released, title, "Above, how the class rated each level (dot: mean). Below, what each code says there."
    )
    shown = {level: group for group in row.groups for level in group.levels}
    columns = [(tuple(of), group) for group, of in groupby(item.levels, key=shown.get)]
    anchors = _mirrored(canvas, item, columns, released.minimum)
    codes = [c.id for c in content.shown_codes if is_read(item, c.id)]
    if content.course.others:
        codes += dict.fromkeys(r.code for r in item.readings if r.code not in codes)
    names = codes_for(content, [item], codes)
    for code, short in names.items():
        _ribbon(canvas, item, code, short, columns)
    canvas.footer("What a code says is this course’s reading of it. A stair marks a change: up is more permissive.")
    rows = []
    for levels, group in columns:
        n = sum(group.counts) if group else 0
        cells: dict[str, object] = {
            "level": _names(item, levels),
            "n": n or f"fewer than {released.minimum}",
            "mean": f"{statistics.mean(group.counts):.2f}" if group else None,
        }
        for i, point in enumerate(item.scale):
            cells[str(point.value)] = percent(group.counts[i] / n) if group else None
        rows.append(cells | {content.codes[c].short: _says(item, c, levels[0]) for c in codes})
    return finish(
        canvas,
        released,
        ("dial-curve", what),
        title,
        _dial_sentence(row, names, released.minimum),
        "mirrored bars of the ratings at each level with the mean, above a ribbon for each code.",
        rows,
        anchors,
    )


Columns = Sequence[tuple[tuple[str, ...], Group | None]]


def _mirrored(canvas: Canvas, item: Vignette, columns: Columns, minimum: int) -> dict[Place, tuple[float, float]]:
    """For each column a bar per rating, about one middle line, and the mean as a dot; gives where ratings are."""
    each, anchors = (WIDTH - 2 * MARGIN - LEFT) / len(columns), dict[Place, tuple[float, float]]()
    middles = [MARGIN + LEFT + each * (i + 0.5) for i in range(len(columns))]
    heads = [wrap(_names(item, levels), each - 12, 14, bold=True) for levels, _ in columns]
    for x, head, (_, group) in zip(middles, heads, columns, strict=True):
        y = canvas.lines(x, canvas.y, head, 14, bold=True, align=0.5)
        words = (
            f"n = {sum(group.counts)} · mean {statistics.mean(group.counts):.1f}"
            if group
            else f"fewer than {minimum} have judged"
        )
        canvas.lines(x, y + 1, wrap(words, each - 12, 12), 12, GREY, align=0.5)
    canvas.y += 17.5 * max(map(len, heads)) + 40
    high = len(item.scale)
    tops = {p.value: canvas.y + 38 * (high - p.value) for p in item.scale}
    for point in item.scale:
        canvas.text(MARGIN, tops[point.value] + 19, str(point.value), 14, bold=True)
        label = wrap(point.label, LEFT - 26, 12)
        canvas.lines(MARGIN + 18, tops[point.value] + 14 - 7.5 * len(label), label, 12)
    largest = max([c / sum(g.counts) for _, g in columns if g for c in g.counts], default=1)
    unit = (each - 84) / largest
    means = []
    for x, (levels, group) in zip(middles, columns, strict=True):
        if not group:
            continue
        n = sum(group.counts)
        canvas.guide(x, canvas.y, canvas.y + 38 * high - 10)
        for point, count, colour in zip(item.scale, group.counts, colours(high), strict=True):
            y, half = tops[point.value], unit * count / n / 2
            canvas.bar(x - half, y, x + half, y + 28, colour)
            canvas.text(x + half + (5 if half > 5 else 12), y + 18.5, percent(count / n), 12)
            anchors |= {(item.id, level, point.value, "first"): (x, y + 14) for level in levels}
        means.append((x, tops[high] + 14 + 38 * (high - statistics.mean(group.counts))))
    canvas.line(means, "white", 5)
    canvas.line(means, INK, 2)
    for x, y in means:
        canvas.dot(x, y, 6, "white", INK)
    canvas.y += 38 * high + 8
    return anchors


def _ribbon(canvas: Canvas, item: Vignette, code: str, short: str, columns: Columns) -> None:
    """What one code says along the dial: one cell as long as it says the same, a stair where it changes."""
    each, x, height = (WIDTH - 2 * MARGIN - LEFT) / len(columns), MARGIN + LEFT, 0.0
    runs = [(says, len(list(of))) for says, of in groupby(_says(item, code, levels[0]) for levels, _ in columns)]
    bands = [band_at(item, code, levels[0]) for levels, _ in columns]
    rise = [sum(b) if b else 0 for b in bands]
    heights, at = [0.0], 0
    for _, many in runs[:-1]:
        at += many
        heights.append(heights[-1] + (9 if rise[at] < rise[at - 1] else -9))
    top = canvas.y - min(heights)
    for (says, many), height in zip(runs, heights, strict=True):
        end = x + each * many
        canvas.bar(x + 1, top + height, end - 1, top + height + 24, PALE)
        lines = wrap(says, each * many - 6, 12)
        canvas.lines(x + (end - x) / 2, top + height + 12 - 7.5 * len(lines), lines, 12, align=0.5)
        x = end
    x = MARGIN + LEFT
    for (_, many), before, after in zip(runs, heights, heights[1:], strict=False):
        x += each * many
        canvas.line([(x, top + min(before, after) - 2), (x, top + max(before, after) + 26)], INK, 3)
    name = wrap(short, LEFT - 10, 13)
    middle = top + 12 + heights[0]
    bottom = canvas.lines(MARGIN, middle - 8 * len(name), name, 13)
    canvas.y = max(bottom, top + max(heights) + 24) + 7


def _dial_sentence(row: Answers, names: dict[str, str], minimum: int) -> str:
    item = row.item
    said = [f"{statistics.mean(g.counts):.1f} at “{_label(item, g)}” (n = {sum(g.counts)})" for g in row.groups]
    first = f"Mean rating of “{item.title}”: {', '.join(said)}." if said else nothing([row], minimum)
    changes, still = [], []
    for code, short in names.items():
        says = [_says(item, code, level) for level in item.levels]
        steps = [
            item.label(b) for a, b, x, y in zip(item.levels, item.levels[1:], says, says[1:], strict=False) if x != y
        ]
        if steps:
            changes.append(f"{short} changes at {' and at '.join(f'“{s}”' for s in steps)}")
        else:
            still.append(short)
    same = f"{', '.join(still)} {'says' if len(still) == 1 else 'say'} the same at every level" if still else ""
    return f"{first} {'; '.join(filter(None, [same, *changes]))}."


def _says(item: Item, code: str, level: str) -> str:
    reading = item.reading(code, level) if isinstance(item, Vignette) else None
    if reading is None:
        return "not read"
    return f"{reading.stance} · {band_words(reading.band)}" if reading.band else reading.stance


def _one(items: Sequence[T], what: str) -> T:
    if len(items) > 1:
        raise ContentError(f"'{what}' is more than one case. Choose one: {', '.join(item.id for item in items)}.")
    return items[0]


def _names(item: Item, levels: Sequence[str]) -> str:
    return " / ".join(item.label(level) for level in levels) if isinstance(item, Vignette) else ""


def _label(item: Item, group: Group) -> str:
    return _names(item, group.levels)


def _at(item: Item, group: Group) -> str:
    return f"at “{_label(item, group)}” " if item.dial else ""


def _most(item: Item, group: Group) -> str:
    most = max(range(len(group.counts)), key=lambda i: group.counts[i])
    return f"{item.scale[most].value} {item.scale[most].label.lower()} ({percent(group.counts[most] / sum(group.counts))})"
