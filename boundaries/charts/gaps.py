"""How many steps a class is from each code's band, beside what answering at random would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, complete
from boundaries.charts.fonts import wrap
from boundaries.charts.frame import Frame
from boundaries.charts.palette import GREY, INK, PALE, PERMISSIVE, STRICTER
from boundaries.content import Content
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.phrases import WHEN, cases, count_words, left_out, nothing, people
from boundaries.counts.readings import codes_for, is_read, stance_words, vignettes_of
from boundaries.counts.release import Released
from boundaries.counts.statistics import Steps


class Cell(NamedTuple):
    """A class beside a code: mean steps outside the band, random answering's, and the reading."""

    ours: Steps
    blind: Steps
    reading: str


class Line(NamedTuple):
    """A row of a gap map: its title, who is behind it, and by code a cell or a word."""

    title: str
    note: str
    cells: Mapping[str, Cell | str]


def gap_map(
    released: Released,
    content: Content,
    what: str = "all",
    *,
    phase: str = "first",
    ax: Axes | None = None,
) -> Chart:
    """By how many steps the class is stricter (left) or milder (right) than each code's band.

    Of a type: a row per case. Of "all": a row per type, unweighted means over its cases. Thin
    marks show what answering at random would give. Raises ContentError for claims: no code has a
    band for them.
    """
    name, vignettes = vignettes_of(content, what)
    codes, minimum = codes_for(content, vignettes, None), released.minimum
    rows = answers_to(released, vignettes, phase)
    lines = [_line(row, codes, minimum) for row in rows]
    if what == "all":
        lines = _type_lines(content, rows, lines, codes, minimum)
    how = (
        f"Mean steps outside each code’s band, {WHEN[phase]}: stricter to the left, more "
        "permissive to the right. Thin marks: what answering at random would give."
    )
    title = f"Steps from the codes: {name}"
    frame = Frame(released, title, how, (0, len(codes)), left=178, right=0, ax=ax)
    _draw(frame, lines, codes)
    if what == "all":
        frame.footer(
            "Each type is the plain mean of its cases; the numbers of cases stand at the left."
        )
    shown = [row for row in rows if row.groups]
    sentence = nothing(rows, minimum)
    if shown:
        sentence = f"{people(shown)}: {_sentence(lines, codes)}{left_out(rows, minimum)}"
    return complete(
        frame,
        released,
        ("gap-map", what, "" if phase == "first" else phase),
        sentence,
        f"{len(lines)} rows beside {len(codes)} codes, each with two bars of mean steps.",
        [_table_row(line, codes, content) for line in lines],
    )


def _line(row: Answers, codes: Mapping[str, str], minimum: int) -> Line:
    if not row.groups:
        return Line(row.item.title, f"fewer than {minimum} have judged", {})
    cells: dict[str, Cell | str] = {}
    for code in codes:
        steps = row.steps(row.bands(code))
        if steps:
            cells[code] = Cell(*steps, stance_words(row.item, code))
        else:
            cells[code] = "silent" if is_read(row.item, code) else "not read"
    return Line(row.item.title, count_words(row), cells)


def _type_lines(
    content: Content,
    rows: Sequence[Answers],
    lines: Sequence[Line],
    codes: Mapping[str, str],
    minimum: int,
) -> list[Line]:
    """A row for each type: plain means, a case counting once however many judged it."""
    by_type: dict[str, list[Line]] = {id: [] for id in content.types}
    for row, line in zip(rows, lines, strict=True):
        by_type[row.item.type].append(line)
    means = []
    for id, of_type in by_type.items():
        if of_type:
            means.append(_mean_line(content.types[id].title, of_type, codes, minimum))
    return means


def _mean_line(title: str, lines: Sequence[Line], codes: Mapping[str, str], minimum: int) -> Line:
    shown = [line for line in lines if line.cells]
    if not shown:
        return Line(title, f"fewer than {minimum} have judged", {})
    cells: dict[str, Cell | str] = {}
    for code in codes:
        banded = []
        for line in shown:
            cell = line.cells[code]
            if isinstance(cell, Cell):
                banded.append(cell)
        cells[code] = "silent"
        if banded:
            ours = _mean_steps([cell.ours for cell in banded])
            blind = _mean_steps([cell.blind for cell in banded])
            cells[code] = Cell(ours, blind, cases(len(banded)).lower())
    return Line(title, cases(len(shown)), cells)


def _mean_steps(steps: Sequence[Steps]) -> Steps:
    stricter = sum(step.stricter for step in steps) / len(steps)
    return Steps(stricter, sum(step.permissive for step in steps) / len(steps))


# -- the picture ----------------------------------------------------------------------------------


def _draw(frame: Frame, lines: Sequence[Line], codes: Mapping[str, str]) -> None:
    """A column for each code, a row for each line."""
    room = frame.width / len(codes)
    bottom = frame.y
    for number, short in enumerate(codes.values()):
        head = wrap(short, room - 8, 14, bold=True)
        bottom = max(bottom, frame.lines(number + 0.5, frame.y, head, 14, bold=True, align=0.5))
    frame.y = bottom + 8
    longest = 1.0
    for line in lines:
        for cell in line.cells.values():
            if isinstance(cell, Cell):
                longest = max(longest, *cell.ours, *cell.blind)
    unit = frame.points((room / 2 - 8) / longest)
    for line in lines:
        y = frame.y
        bottom = frame.label(y, line.title)
        bottom = frame.label(bottom + 1, line.note, 12, GREY, bold=False)
        for number, code in enumerate(codes):
            cell = line.cells.get(code, "")
            if isinstance(cell, Cell):
                _draw_cell(frame, number + 0.5, y, cell, unit)
            else:
                frame.text(number + 0.5, y + 26, cell, 12, GREY, align=0.5)
        frame.y = max(bottom, y + 40) + 12
        ends = [(frame.margin_left, frame.y - 6), (frame.margin_right, frame.y - 6)]
        frame.rule(ends, PALE)


def _draw_cell(frame: Frame, middle: float, y: float, cell: Cell, unit: float) -> None:
    """Two bars from the middle line with their numbers, and the marks of random answering."""
    frame.rule([(middle, y), (middle, y + 40)], GREY)
    gap = frame.points(5)
    ours, blind = cell.ours, cell.blind
    frame.text(middle - gap, y + 13, f"{ours.stricter:.1f}", 13, align=1)
    frame.text(middle + gap, y + 13, f"{ours.permissive:.1f}", 13)
    frame.tile(middle - unit * ours.stricter, middle, y + 20, y + 34, STRICTER)
    frame.tile(middle, middle + unit * ours.permissive, y + 20, y + 34, PERMISSIVE)
    for x in (middle - unit * blind.stricter, middle + unit * blind.permissive):
        if x != middle:
            frame.rule([(x, y + 17), (x, y + 37)], INK, 1.25, over=True)


# -- the words ------------------------------------------------------------------------------------


def _sentence(lines: Sequence[Line], codes: Mapping[str, str]) -> str:
    """Where the class is furthest from a band, on either side."""
    cells: list[tuple[Line, str, Cell]] = []
    for line in lines:
        for code, cell in line.cells.items():
            if isinstance(cell, Cell):
                cells.append((line, code, cell))
    if not cells:
        return "no code here has a band."
    parts = []
    for side, word in enumerate(("stricter", "more permissive")):
        line, code, cell = max(cells, key=lambda known: known[2].ours[side])
        where = f"“{line.title}” beside {codes[code]}, {cell.reading}"
        blind = f"answering at random would give {cell.blind[side]:.1f}"
        parts.append(
            f"{word} than a band by at most {cell.ours[side]:.1f} steps ({where}; {blind})"
        )
    return f"on average {' and '.join(parts)}."


def _table_row(line: Line, codes: Mapping[str, str], content: Content) -> dict[str, object]:
    row: dict[str, object] = {"row": line.title, "who": line.note}
    for code in codes:
        cell = line.cells.get(code)
        if isinstance(cell, Cell):
            (stricter, permissive), blind = cell.ours, cell.blind
            row[content.codes[code].short] = (
                f"{stricter:.2f} stricter, {permissive:.2f} more permissive "
                f"(blind {blind.stricter:.2f}, {blind.permissive:.2f}); {cell.reading}"
            )
        else:
            row[content.codes[code].short] = cell
    return row
