"""One case along its dial: how the class moves, and where a code changes what it says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from boundaries.charts.canvas import (
    GREY,
    INK,
    MARGIN,
    NARROW,
    PALE,
    WIDTH,
    Canvas,
    begin,
    colours,
    finish,
    width_of,
    wrap,
)
from boundaries.charts.figure import Chart, Place
from boundaries.content import Content, Item, Vignette
from boundaries.counts import statistics
from boundaries.counts.comparison import (
    Answers,
    Group,
    answers_to,
    band_at,
    band_words,
    codes_for,
    is_read,
    names_of,
    nothing,
    one_of,
    percent,
    vignettes_of,
)
from boundaries.counts.release import Released
from boundaries.errors import ContentError


def dial_curve(released: Released, content: Content, what: str) -> Chart:
    """One case along its dial: above, how each level was rated; below, what each code says at that level.

    A column for each group of levels. Codes that course.toml shows come first, then others that were read for this
    case (for example a law); a stair marks where a code changes what it says.
    """
    item = one_of(vignettes_of(content, what)[1], what)
    if item.dial is None:
        raise ContentError(
            f"'{what}' has no dial, so there is nothing to follow. Draw `answers` instead."
        )
    (row,) = answers_to(released, [item], "first")
    title = f"Along the dial: {item.title} ({item.dial.fact})"
    canvas = begin(
        released,
        title,
        "Above, how the class rated each level (dot: mean). Below, what each code says there.",
    )
    shown = {level: group for group in row.groups for level in group.levels}
    keyed = groupby(
        item.levels, key=lambda level: shown.get(level, level)
    )  # a withheld level stands alone
    columns = [(tuple(of), key if isinstance(key, Group) else None) for key, of in keyed]
    anchors = _mirrored(canvas, item, columns, released.minimum)
    codes = [c.id for c in content.shown_codes if is_read(item, c.id)]
    if content.course.others:
        codes += dict.fromkeys(r.code for r in item.readings if r.code not in codes)
    names = codes_for(content, [item], codes)
    for code, short in names.items():
        _ribbon(canvas, item, code, short, columns)
    canvas.footer(
        "What a code says is this course’s reading of it. A stair marks a change: up is more permissive."
    )
    rows = []
    for levels, group in columns:
        n = sum(group.counts) if group else 0
        cells: dict[str, object] = {
            "level": names_of(item, levels),
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
        _dial_sentence(item, row, names, released.minimum),
        "mirrored bars of the ratings at each level with the mean, above a ribbon for each code.",
        rows,
        anchors,
    )


Columns = Sequence[tuple[tuple[str, ...], Group | None]]


def _mirrored(
    canvas: Canvas, item: Vignette, columns: Columns, minimum: int
) -> dict[Place, tuple[float, float]]:
    """For each column a bar per rating, about one middle line, and the mean as a dot; gives where ratings are."""
    each, anchors = (WIDTH - 2 * MARGIN - NARROW) / len(columns), dict[Place, tuple[float, float]]()
    middles = [MARGIN + NARROW + each * (i + 0.5) for i in range(len(columns))]
    heads = [wrap(names_of(item, levels), each - 12, 14, bold=True) for levels, _ in columns]
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
        label = wrap(point.label, NARROW - 26, 12)
        canvas.lines(MARGIN + 18, tops[point.value] + 14 - 7.5 * len(label), label, 12)
    largest = max([c / sum(g.counts) for _, g in columns if g for c in g.counts], default=1)
    unit = (each - 84) / largest
    means = [
        (x, tops[high] + 14 + 38 * (high - statistics.mean(g.counts)))
        for x, (_, g) in zip(middles, columns, strict=True)
        if g
    ]
    canvas.line(means, INK, 2)
    for x, (levels, group) in zip(middles, columns, strict=True):
        if not group:
            continue
        n = sum(group.counts)
        canvas.guide(x, canvas.y, canvas.y + 38 * high - 10)
        for point, count, colour in zip(item.scale, group.counts, colours(high), strict=True):
            y, half = tops[point.value], unit * count / n / 2
            canvas.bar(x - half, y, x + half, y + 28, colour)
            at, share = x + half + (5 if half > 5 else 12), percent(count / n)
            canvas.bar(
                at - 3, y + 7, at + width_of(share, 12) + 3, y + 21, "white"
            )  # the line stops short of it
            canvas.text(at, y + 18.5, share, 12)
            anchors |= {(item.id, level, point.value, "first"): (x, y + 14) for level in levels}
    for x, y in means:
        canvas.dot(x, y, 6, "white", INK)
    canvas.y += 38 * high + 8
    return anchors


def _ribbon(canvas: Canvas, item: Vignette, code: str, short: str, columns: Columns) -> None:
    """What one code says along the dial: one cell as long as it says the same, a stair where it changes."""
    each, x, height = (WIDTH - 2 * MARGIN - NARROW) / len(columns), MARGIN + NARROW, 0.0
    runs = [
        (says, len(list(of)))
        for says, of in groupby(_says(item, code, levels[0]) for levels, _ in columns)
    ]
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
    x = MARGIN + NARROW
    for (_, many), before, after in zip(runs, heights, heights[1:], strict=False):
        x += each * many
        canvas.line([(x, top + min(before, after) - 2), (x, top + max(before, after) + 26)], INK, 3)
    name = wrap(short, NARROW - 10, 13)
    middle = top + 12 + heights[0]
    bottom = canvas.lines(MARGIN, middle - 8 * len(name), name, 13)
    canvas.y = max(bottom, top + max(heights) + 24) + 7


def _dial_sentence(item: Vignette, row: Answers, names: dict[str, str], minimum: int) -> str:
    said = [
        f"{statistics.mean(g.counts):.1f} at “{names_of(item, g.levels)}” (n = {sum(g.counts)})"
        for g in row.groups
    ]
    first = (
        f"Mean rating of “{item.title}”: {', '.join(said)}." if said else nothing([row], minimum)
    )
    said_by: dict[tuple[str, ...], list[str]] = {(): []}  # those that never change come first
    for code, short in names.items():
        steps = tuple(
            item.label(b)
            for a, b in pairwise(item.levels)
            if _says(item, code, a) != _says(item, code, b)
        )
        said_by.setdefault(steps, []).append(short)
    parts = []
    for steps, shorts in said_by.items():
        where = (
            f"at {' and at '.join(f'“{s}”' for s in steps)}" if steps else "the same at every level"
        )
        verb = ("change" if steps else "say") + ("s" if len(shorts) == 1 else "")
        parts += [f"{', '.join(shorts)} {verb} {where}"] if shorts else []
    return f"{first} {'; '.join(parts)}."


def _says(item: Item, code: str, level: str) -> str:
    reading = item.reading(code, level) if isinstance(item, Vignette) else None
    if reading is None:
        return "not read"
    return f"{reading.stance} · {band_words(reading.band)}" if reading.band else reading.stance
