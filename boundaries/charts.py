"""Released tallies as pictures: a class's intuition beside the codes of ethics.

Each function takes a released tally, the content, and `what` to draw: the id of a type or of one case, "all" or
"claims". It gives a `Chart`, and raises ContentError for anything else. `CHARTS` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from boundaries import tally
from boundaries.canvas import (
    GREY,
    INK,
    LEFT,
    MARGIN,
    PALE,
    RATINGS,
    WIDTH,
    X0,
    X1,
    Canvas,
    on,
    percent,
    width_of,
    wrap,
)
from boundaries.content import Content, Vignette
from boundaries.figures import Chart, begin, finish
from boundaries.groups import (
    WHEN,
    Answers,
    answers_to,
    cases,
    codes_for,
    count_words,
    is_read,
    items_of,
    left_out,
    nothing,
    people,
    stance_words,
    vignettes_of,
)
from boundaries.histograms import answers, dial_curve
from boundaries.intuition import intuition_vs_code
from boundaries.release import Released
from boundaries.statistics import Steps

__all__ = ["CHARTS", "Chart", "answers", "dial_curve", "gap_map", "intuition_vs_code", "moves", "spread"]

NOT_LEARNING = "A shift after reading the codes is not learning: people were told what the codes say."


class Line(NamedTuple):
    """A row of a gap map: its name, who is behind it, and for each code the class's steps and blind ones, or a word."""

    title: str
    note: str
    cells: Mapping[str, tuple[Steps, Steps] | str]
    readings: Mapping[str, str]


def gap_map(released: Released, content: Content, what: str = "all", *, phase: str = "first") -> Chart:
    """By how many steps the class is stricter (left) and more permissive (right) than each code's band.

    Of a type: a row per case. Of "all": a row per type, unweighted means over its cases. Thin marks show what
    answering at random would give.
    """
    name, vignettes = vignettes_of(content, what)
    codes, minimum = codes_for(content, vignettes, None), released.minimum
    rows = answers_to(released, vignettes, phase)
    lines = [_line(row, codes, minimum) for row in rows]
    if what == "all":
        by_type = {id: [x for x, r in zip(lines, rows, strict=True) if r.item.type == id] for id in content.types}
        lines = [_mean_line(content.types[id].title, of, codes, minimum) for id, of in by_type.items() if of]
    title = f"Steps from the codes: {name}"
    how = (
        f"Mean steps outside each code’s band, {WHEN[phase]}: stricter to the left, more permissive to the right. "
        "Thin marks: what blind answering would give."
    )
    canvas = begin(released, title, how)
    _draw_gaps(canvas, lines, codes)
    if what == "all":
        canvas.footer("Each type is the plain mean of its cases; the numbers of cases stand at the left.")
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
        if beside := row.beside(row.bands(code)):
            cells[code] = (beside.steps, beside.blind)
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
                Steps(*(sum(side) / len(found) for side in zip(*of, strict=True))) for of in zip(*found, strict=True)
            ]
            cells[code], readings[code] = (means[0], means[1]), cases(len(found)).lower()
        elif any(line.cells for line in lines):
            cells[code] = "silent"
    shown = sum(bool(line.cells) for line in lines)
    return Line(title, cases(shown) if shown else f"fewer than {minimum} have judged", cells, readings)


def _draw_gaps(canvas: Canvas, lines: Sequence[Line], codes: Mapping[str, str]) -> None:
    each = (WIDTH - 2 * MARGIN - LEFT) / len(codes)
    steps = [x for line in lines for cell in line.cells.values() if isinstance(cell, tuple) for s in cell for x in s]
    unit = (each / 2 - 8) / max([1.0, *steps])
    middles = {code: MARGIN + LEFT + each * (i + 0.5) for i, code in enumerate(codes)}
    heads = {code: wrap(short, each - 8, 14, bold=True) for code, short in codes.items()}
    bottoms = [canvas.lines(middles[code], canvas.y, head, 14, bold=True, align=0.5) for code, head in heads.items()]
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
            for side, colour, ours, blind in zip((-1, 1), (RATINGS[1], RATINGS[3]), *cell, strict=True):
                canvas.text(x + side * 5, y + 13, f"{ours:.1f}", 13, align=0 if side > 0 else 1)
                low, high = sorted((x, x + side * unit * ours))
                canvas.bar(low, y + 20, high, y + 34, colour)
                mark = x + side * unit * blind
                if blind:
                    canvas.line([(mark, y + 16), (mark, y + 38)], INK, 1.25)
        canvas.y = max(bottom, y + 40) + 12
        canvas.line([(MARGIN, canvas.y - 6), (WIDTH - MARGIN, canvas.y - 6)], PALE)


def _gap_sentence(lines: Sequence[Line], codes: Mapping[str, str]) -> str:
    found = [(line, code, cell) for line in lines for code, cell in line.cells.items() if isinstance(cell, tuple)]
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


def moves(released: Released, content: Content, what: str, code: str | None = None) -> Chart:
    """From the first judgment to the one after the codes: who moved toward a code's band, away from it, or stayed.

    `code` is the shown code with bands for most of these cases unless given.
    """
    name, vignettes = vignettes_of(content, what)
    known = codes_for(content, vignettes, None if code is None else [code])
    code = max(known, key=lambda c: sum(any(r.code == c and r.band for r in v.readings) for v in vignettes))
    short = content.codes[code].short
    found = tally.shifts(released, content, code, vignettes)
    title = f"Toward {short} or away from it: {name}"
    canvas = begin(
        released,
        title,
        f"Where each person stood after reading the codes, beside their first judgment. {NOT_LEARNING}",
    )
    words = ("away from the band", "stayed as near or far", "toward the band")
    looks = dict(zip(("away", "stayed", "toward"), (RATINGS[1], PALE, RATINGS[3]), strict=True))
    canvas.strip([(side, below, look) for (side, look), below in zip(looks.items(), words, strict=True)])
    told = []
    rows: list[dict[str, object]] = []
    for v, row in zip(vignettes, found.to_dict("records"), strict=True):
        y, n, counts = canvas.y, int(row["n"]), {side: int(row[side]) for side in looks}
        label = wrap(v.title, LEFT, 14, bold=True)
        bottom = canvas.lines(MARGIN, y + 15 - min(8.75 * len(label), 15), label, 14, bold=True)
        rows.append({"case": v.title, "band": row["band"], "n": n or None, **(counts if n else {})})
        if n:
            told.append((v, n, counts))
            _shift_bar(canvas, y, n, counts, looks)
            canvas.lines(X1 + 12, y + 8, [f"n = {n}"], 12, GREY)
        else:
            why = "no band here" if row["band"] == "no band" else "too few judged twice to be shown"
            canvas.text(X0, y + 19, why, 13, GREY)
        canvas.y = max(bottom, y + 30) + 12
    canvas.footer(NOT_LEARNING)
    return finish(
        canvas,
        released,
        ("moves", what, code),
        title,
        _shift_sentence(told, short, len(vignettes), released.minimum),
        f"{cases(len(vignettes))} as bars of three parts: away from the band, stayed, toward it.",
        rows,
    )


def _shift_bar(canvas: Canvas, y: float, n: int, counts: Mapping[str, int], looks: Mapping[str, str]) -> None:
    """The three parts, side by side, centred on the middle of those who stayed."""
    unit = (X1 - X0) / 2 / n
    x = X0 + (X1 - X0) / 2 - unit * (counts["away"] + counts["stayed"] / 2)
    for side, look in looks.items():
        end = x + unit * counts[side]
        if counts[side]:
            canvas.bar(x, y, end, y + 30, look, edge="white")
        if end - x > width_of(share := percent(counts[side] / n), 12) + 3:
            canvas.text((x + end) / 2, y + 19.5, share, 12, on(look), align=0.5)
        x = end


def _shift_sentence(
    told: Sequence[tuple[Vignette, int, Mapping[str, int]]], short: str, asked: int, minimum: int
) -> str:
    if not told:
        return f"Nothing is shown: {short} has no band here, or fewer than {minimum} have judged twice."
    if asked == 1:
        v, n, c = told[0]
        moved = f"{c['toward']} moved toward the band of {short}, {c['stayed']} stayed, {c['away']} moved away"
        return f"Of {n} people who judged “{v.title}” twice, {moved}. {NOT_LEARNING}"
    sizes = sorted({n for _, n, _ in told})
    ranges = []
    for side in ("toward", "away"):
        shares = [c[side] / n for _, n, c in told]
        ranges.append(f"{percent(min(shares))} to {percent(max(shares))} moved {side}")
    who = "people" if len(sizes) == 1 else f"to {sizes[-1]} people"
    return f"{cases(len(told))}, judged twice by {sizes[0]} {who}, beside {short}: {', '.join(ranges)}. {NOT_LEARNING}"


def spread(released: Released, content: Content, what: str) -> Chart:
    """How far apart two classmates are on average who read the same words, the widest case first.

    A full dot is the first judgment, a faint one the judgment after the codes.
    """
    name, items = items_of(content, what)
    minimum, phases = released.minimum, ("first", "informed")
    pairs = list(zip(*(answers_to(released, items, phase) for phase in phases), strict=True))
    pairs.sort(key=lambda pair: (-pair[0].spread() if pair[0].groups else 1, pair[0].item.title))
    title = f"Where the class is divided: {name}"
    canvas = begin(released, title, "Mean distance between two classmates drawn at random, in steps of the scale.")
    canvas.dot(MARGIN + 7, canvas.y + 6, 6, RATINGS[0])
    canvas.text(MARGIN + 20, canvas.y + 11, WHEN["first"], 12)
    canvas.dot(MARGIN + 127, canvas.y + 6, 6, "white", GREY)
    canvas.text(MARGIN + 140, canvas.y + 11, WHEN["informed"], 12)
    canvas.y += 34
    reach = ceil(max([1.0, *(row.spread() for pair in pairs for row in pair if row.groups)]))
    unit, top = (X1 - X0 - 16) / reach, canvas.y
    for step in range(reach + 1):
        words = {0: "0: all agree", 1: "1 step"}.get(step, str(step))
        canvas.text(X0 + 8 + unit * step, top, words, 12, GREY, align=0.5)
    canvas.y += 12
    rows: list[dict[str, object]] = []
    for first, informed in pairs:
        y, label = canvas.y, wrap(first.item.title, LEFT, 14, bold=True)
        bottom = canvas.lines(MARGIN, y, label, 14, bold=True)
        found = [row.spread() if row.groups else None for row in (first, informed)]
        looks = ((RATINGS[0], INK), ("white", GREY))
        canvas.line([(X0 + 8, y + 9), (X1 - 8, y + 9)], PALE)
        for value, (face, edge) in reversed(list(zip(found, looks, strict=True))):
            if value is not None:
                canvas.dot(X0 + 8 + unit * value, y + 9, 6, face, edge)
        words = f"{found[0]:.2f}; n = {first.n}" if first.groups else f"fewer than {minimum} have judged"
        end = canvas.lines(X1 + 12, y + 1, wrap(words, 142, 12), 12, GREY)
        canvas.y = max(bottom, end) + 10
        rows.append({"case": first.item.title, "n": first.n or f"fewer than {minimum}"})
        rows[-1] |= {WHEN[p]: None if x is None else f"{x:.2f}" for p, x in zip(phases, found, strict=True)}
    for step in range(reach + 1):
        canvas.guide(X0 + 8 + unit * step, top + 5, canvas.y)
    shown = [first for first, _ in pairs if first.groups]
    said = nothing([first for first, _ in pairs], minimum)
    if shown:
        wide, close = shown[0], shown[-1]
        ends = f"from {close.spread():.2f} steps (“{close.item.title}”) to {wide.spread():.2f} (“{wide.item.title}”)"
        if len(shown) == 1:
            ends = f"{wide.spread():.2f} steps (“{wide.item.title}”)"
        said = f"{people(shown)}: two classmates drawn at random are {ends} apart on average."
        said += left_out([first for first, _ in pairs], minimum)
    return finish(
        canvas,
        released,
        ("spread", what),
        title,
        said,
        f"a row for each of {len(pairs)} cases with a dot for its spread, the widest first.",
        rows,
    )


CHARTS: dict[str, Callable[[Released, Content, str], Chart]] = {
    "intuition_vs_code": intuition_vs_code,
    "answers": answers,
    "gap_map": gap_map,
    "dial_curve": dial_curve,
    "moves": moves,
    "spread": spread,
}
"""Every chart by its name."""
