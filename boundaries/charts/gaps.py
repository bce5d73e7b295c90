"""How many steps a class is from each code's band, beside what blind answering would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from boundaries.charts.canvas import (
    GREY,
    LEFT,
    MARGIN,
    PALE,
    RATINGS,
    WIDTH,
    Canvas,
    begin,
    finish,
    wrap,
)
from boundaries.charts.figure import Chart
from boundaries.content import Content
from boundaries.counts.comparison import (
    WHEN,
    Answers,
    answers_to,
    cases,
    codes_for,
    count_words,
    is_read,
    left_out,
    nothing,
    people,
    stance_words,
    vignettes_of,
)
from boundaries.counts.release import Released
from boundaries.counts.statistics import Steps


class Line(NamedTuple):
    """A row of a gap map: its name, who is behind it, and by code its and blind steps, or a word."""

    title: str
    note: str
    cells: Mapping[str, tuple[Steps, Steps] | str]
    readings: Mapping[str, str]


def gap_map(
    released: Released, content: Content, what: str = "all", *, phase: str = "first"
) -> Chart:
    """By how many steps the class is stricter (left) and more permissive (right) than each code's band.

    Of a type: a row per case. Of "all": a row per type, unweighted means over its cases. Thin marks show what
    answering at random would give.
    """
    name, vignettes = vignettes_of(content, what)
    codes, minimum = codes_for(content, vignettes, None), released.minimum
    rows = answers_to(released, vignettes, phase)
    lines = [_line(row, codes, minimum) for row in rows]
    if what == "all":
        by_type = {
            id: [x for x, r in zip(lines, rows, strict=True) if r.item.type == id]
            for id in content.types
        }
        lines = [
            _mean_line(content.types[id].title, of, codes, minimum)
            for id, of in by_type.items()
            if of
        ]
    title = f"Steps from the codes: {name}"
    how = (
        f"Mean steps outside each code’s band, {WHEN[phase]}: stricter to the left, more permissive to the right. "
        "Thin marks: what blind answering would give."
    )
    canvas = begin(released, title, how)
    _draw_gaps(canvas, lines, codes)
    if what == "all":
        canvas.footer(
            "Each type is the plain mean of its cases; the numbers of cases stand at the left."
        )
    shown = [row for row in rows if row.groups]
    said = _gap_sentence(lines, codes)
    return finish(
        canvas,
        released,
        ("gap-map", what, "" if phase == "first" else phase),
        title,
        f"{people(shown)}: {said}{left_out(rows, minimum)}" if shown else nothing(rows, minimum),
        f"{len(lines)} rows beside {len(codes)} codes, each with two bars of mean steps.",
        [_gap_row(line, codes, content) for line in lines],
    )


def _line(row: Answers, codes: Mapping[str, str], minimum: int) -> Line:
    cells: dict[str, tuple[Steps, Steps] | str] = {}
    for code in codes:
        if steps := row.steps(row.bands(code)):
            cells[code] = steps
        elif row.groups:
            cells[code] = "silent" if is_read(row.item, code) else "not read"
    note = count_words(row) if row.groups else f"fewer than {minimum} have judged"
    return Line(row.item.title, note, cells, {code: stance_words(row.item, code) for code in codes})


def _mean_line(title: str, lines: Sequence[Line], codes: Mapping[str, str], minimum: int) -> Line:
    cells: dict[str, tuple[Steps, Steps] | str] = {}
    readings = {}
    for code in codes:
        found = [cell for line in lines if isinstance(cell := line.cells.get(code), tuple)]
        if found:
            means = [
                Steps(*(sum(side) / len(found) for side in zip(*of, strict=True)))
                for of in zip(*found, strict=True)
            ]
            cells[code], readings[code] = (means[0], means[1]), cases(len(found)).lower()
        elif any(line.cells for line in lines):
            cells[code] = "silent"
    shown = sum(bool(line.cells) for line in lines)
    return Line(
        title, cases(shown) if shown else f"fewer than {minimum} have judged", cells, readings
    )


def _draw_gaps(canvas: Canvas, lines: Sequence[Line], codes: Mapping[str, str]) -> None:
    each = (WIDTH - 2 * MARGIN - LEFT) / len(codes)
    steps = [
        x
        for line in lines
        for cell in line.cells.values()
        if isinstance(cell, tuple)
        for s in cell
        for x in s
    ]
    unit = (each / 2 - 8) / max([1.0, *steps])
    middles = {code: MARGIN + LEFT + each * (i + 0.5) for i, code in enumerate(codes)}
    heads = {code: wrap(short, each - 8, 14, bold=True) for code, short in codes.items()}
    bottoms = [
        canvas.lines(middles[code], canvas.y, head, 14, bold=True, align=0.5)
        for code, head in heads.items()
    ]
    canvas.y = max(bottoms) + 8
    for line in lines:
        y = canvas.y
        bottom = canvas.lines(MARGIN, y, wrap(line.title, LEFT - 8, 14, bold=True), 14, bold=True)
        bottom = canvas.lines(MARGIN, bottom + 1, wrap(line.note, LEFT - 8, 12), 12, GREY)
        for code, cell in line.cells.items():
            x = middles[code]
            if isinstance(cell, str):
                canvas.text(x, y + 26, cell, 12, GREY, align=0.5)
                continue
            canvas.line([(x, y), (x, y + 40)], GREY)
            for side, colour, ours, blind in zip(
                (-1, 1), (RATINGS[1], RATINGS[3]), *cell, strict=True
            ):
                canvas.text(x + side * 5, y + 13, f"{ours:.1f}", 13, align=0 if side > 0 else 1)
                low, high = sorted((x, x + side * unit * ours))
                canvas.bar(low, y + 20, high, y + 34, colour)
                mark = x + side * unit * blind
                if blind:
                    canvas.line([(mark, y + 17), (mark, y + 37)], GREY, 1.25)
        canvas.y = max(bottom, y + 40) + 12
        canvas.line([(MARGIN, canvas.y - 6), (WIDTH - MARGIN, canvas.y - 6)], PALE)


def _gap_sentence(lines: Sequence[Line], codes: Mapping[str, str]) -> str:
    found = [
        (line, code, cell)
        for line in lines
        for code, cell in line.cells.items()
        if isinstance(cell, tuple)
    ]
    if not found:
        return "no code here has a band."
    parts = []
    for side, word in enumerate(("stricter", "more permissive")):
        line, code, (ours, blind) = max(found, key=lambda x: x[2][0][side])
        where = f"“{line.title}” beside {codes[code]}, {line.readings[code]}; blind answering gives {blind[side]:.1f}"
        parts.append(f"{word} than a band by at most {ours[side]:.1f} steps ({where})")
    return f"on average {' and '.join(parts)}."


def _gap_row(line: Line, codes: Mapping[str, str], content: Content) -> dict[str, object]:
    cells: dict[str, object] = {"row": line.title, "who": line.note}
    for code in codes:
        cell = line.cells.get(code)
        if isinstance(cell, tuple):
            (a, b), (c, d) = cell
            words = f"{a:.2f} stricter, {b:.2f} more permissive (blind {c:.2f}, {d:.2f}); {line.readings[code]}"
            cells[content.codes[code].short] = words
        else:
            cells[content.codes[code].short] = cell
    return cells
