"""The picture this course is known for: each case as a bar of five ratings, and which part lies inside which band."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from boundaries.charts.canvas import (
    GREY,
    INK,
    LEFT,
    MARGIN,
    RIGHT,
    X0,
    X1,
    Canvas,
    colours,
    on,
    width_of,
    wrap,
)
from boundaries.charts.figure import Chart, Place, begin, finish
from boundaries.content import Band, Claim, Content
from boundaries.counts import statistics
from boundaries.counts.comparison import (
    OWN_LEVEL,
    WHEN,
    Answers,
    answers_to,
    beside_names,
    codes_for,
    count_words,
    inside_words,
    items_of,
    left_out,
    nothing,
    people,
    percent,
    stance_words,
)
from boundaries.counts.release import Released


class _Said(NamedTuple):
    """The words around the bars."""

    beside: str
    line: str
    low: str
    high: str
    footer: str


_CODES = _Said(
    "the codes",
    "inside a band",
    "stricter",
    "more permissive",
    "Bands are this course’s reading of each code, and no band is the right answer.",
)
_VERDICT = _Said(
    "the course’s verdict",
    "that agrees with the verdict",
    "false",
    "true",
    "The verdict is this course’s own; the notebook says what it rests on.",
)


def intuition_vs_code(
    released: Released,
    content: Content,
    what: str,
    *,
    codes: Sequence[str] | None = None,
    phase: str = "first",
) -> Chart:
    """The class's ratings of each case as a bar, and below it, for each band, the part of the bar inside it.

    Bars are centred on the middle rating: stricter to the left, more permissive to the right. `codes` are those
    of course.toml unless given. In the table "62% (blind 60%)" is the share inside a band and what answering at
    random would give: bands differ in width.
    """
    name, items = items_of(content, what)
    rows, minimum = answers_to(released, items, phase), released.minimum
    shorts = codes_for(content, items, codes)
    said = _VERDICT if isinstance(items[0], Claim) else _CODES
    title = f"Intuition and {said.beside}: {name}"
    how = f"Each bar is the class, {WHEN[phase]}; the line below it is the part {said.line}."
    canvas = begin(released, title, how)
    canvas.key(items[0].scale)
    halves = [_halves(row.counts) for row in rows if row.n]
    reach = [max([0.25, *side]) for side in zip(*halves, strict=True)] if halves else [0.5, 0.5]
    unit = (X1 - X0) / sum(reach)
    centre = X0 + unit * reach[0]
    canvas.text(centre - 10, canvas.y + 12, f"← {said.low}", 12, GREY, align=1)
    canvas.text(centre + 10, canvas.y + 12, f"{said.high} →", 12, GREY)
    canvas.y += 22
    anchors: dict[Place, tuple[float, float]] = {}
    for row in rows:
        for rating, at in _bar_row(canvas, row, shorts, centre, unit, minimum).items():
            anchors |= {(row.item.id, level, rating, phase): at for level in row.item.levels}
    canvas.footer(said.footer)
    return finish(
        canvas,
        released,
        ("intuition-vs-code", what, "" if phase == "first" else phase),
        title,
        _inside_sentence(rows, shorts, minimum),
        f"stacked bars of the ratings, one for each of {len(rows)}, with the part {said.line} marked below.",
        [_inside_row(content, row, shorts, minimum) for row in rows],
        anchors,
    )


def _bar_row(
    canvas: Canvas, row: Answers, shorts: dict[str, str], centre: float, unit: float, minimum: int
) -> dict[int, tuple[float, float]]:
    """One case: its bar, and below it a line for each band. Gives where each rating is."""
    y, claim = canvas.y, isinstance(row.item, Claim)
    size = 13 if claim else 14  # claims are sentences
    label = wrap(row.item.title, LEFT, size, bold=not claim)
    if not row.groups:
        canvas.text(X0, y + 14, f"fewer than {minimum} have judged", 13, GREY)
        canvas.y = canvas.lines(MARGIN, y, label, size, bold=not claim) + 18
        return {}
    top, bottom = y + 16, y + 48
    left, _ = _halves(row.counts)
    edges = [
        centre + unit * (x - left) for x in accumulate(statistics.shares(row.counts), initial=0)
    ]
    anchors = {}
    for point, colour, count, a, b in zip(
        row.item.scale, colours(len(row.counts)), row.counts, edges, edges[1:], strict=False
    ):
        anchors[point.value] = ((a + b) / 2, (top + bottom) / 2)
        if count:
            canvas.bar(a, top, b, bottom, colour, edge="white")
        if b - a > 12:
            canvas.text((a + b) / 2, top - 4, str(point.value), 12, GREY, align=0.5)
        if b - a > width_of(share := percent(count / row.n), 12) + 3:
            canvas.text((a + b) / 2, bottom - 11.5, share, 12, on(colour), align=0.5)
    middle, words = (top + bottom) / 2, wrap(count_words(row), RIGHT, 12)
    # Centred on the bar, or down from 16 points above its middle where there are more lines than fit.
    below = canvas.lines(
        MARGIN, middle - min(0.625 * size * len(label), 32), label, size, bold=not claim
    )
    end = canvas.lines(X1 + 12, middle - min(7.5 * len(words), 32), words, 12, GREY)
    y = max(bottom, end, 0 if claim else below) + 6
    for note in _notes(row, minimum):
        y = canvas.lines(MARGIN, y, wrap(note, LEFT, 12), 12, GREY) + 3
    banded, silent = beside_names(row, shorts)
    for bands, names in banded.items():
        for x0, x1 in _inside_spans(edges, row, bands):
            canvas.span(x0, x1, y + 9)
        y = _beside(canvas, y, [] if claim else names, inside_words(row, bands))
    for word, names in silent.items():
        y = _beside(canvas, y, names, (word,), GREY)
    canvas.guide(centre, bottom, y)
    canvas.y = max(y, below) + 14
    return anchors


def _beside(
    canvas: Canvas, y: float, names: list[str], words: Sequence[str], colour: str = INK
) -> float:
    """Codes at the left of a line, words at its right; gives the bottom."""
    left = canvas.lines(MARGIN, y, wrap(" · ".join(names), LEFT, 12), 12, colour)
    one = wrap(" · ".join(words), RIGHT, 12)
    lines = one if len(one) == 1 else [line for word in words for line in wrap(word, RIGHT, 12)]
    return max(left, canvas.lines(X1 + 12, y, lines, 12, colour)) + 3


def _halves(counts: Sequence[int]) -> tuple[float, float]:
    """The shares left and right of the middle of the middle rating."""
    n, middle = sum(counts), len(counts) // 2
    left = (sum(counts[:middle]) + counts[middle] / 2) / n if n else 0
    return left, 1 - left


def _inside_spans(
    edges: Sequence[float], row: Answers, bands: Sequence[Band | None]
) -> list[tuple[float, float]]:
    """The parts of a bar inside `bands`; where they cover part of a segment, towards the most covered one."""
    inside, spans = row.inside(bands), list[tuple[float, float]]()
    peak = max(range(len(inside)), key=lambda i: inside[i])
    for i, (a, b) in enumerate(pairwise(edges)):
        if inside[i]:
            length = (b - a) * inside[i] / row.counts[i]
            alone = not any(inside[max(0, i - 1) : i])
            rightwards = i < peak or (i == peak and alone and any(inside[i + 1 : i + 2]))
            span = (b - length, b) if rightwards else (a, a + length)
            if spans and span[0] - spans[-1][1] < 0.01:
                span = (spans.pop()[0], span[1])
            spans.append(span)
    low = next(band[0] for band in bands if band)
    return spans or [(edges[low - 1], edges[low - 1])]


def _notes(row: Answers, minimum: int) -> list[str]:
    notes = [OWN_LEVEL] if row.by_level else []
    return notes + (
        [f"levels that fewer than {minimum} have judged are left out"] if row.hidden else []
    )


def _inside_sentence(rows: Sequence[Answers], shorts: dict[str, str], minimum: int) -> str:
    shown = [row for row in rows if row.groups]
    if not shown:
        return nothing(rows, minimum)
    found: list[tuple[float, str, str, str]] = []
    for row in shown:
        for bands, names in beside_names(row, shorts)[0].items():
            words, share = inside_words(row, bands)
            whose = words if isinstance(row.item, Claim) else f"{' · '.join(names)} {words}"
            sides = row.sides(bands)
            found.append((sides[1].inside if sides else 0, row.item.title, share, whose))
    if len(rows) == 1:
        silent = [
            f"{' · '.join(names)} {word}"
            for word, names in beside_names(shown[0], shorts)[1].items()
        ]
        parts = [f"{share} ({whose})" for _, _, share, whose in found] + silent
        return f"{shown[0].n} people judged “{shown[0].item.title}”: {'; '.join(parts)}."
    if not found:
        return f"{people(shown)}; no code here has a band."
    low, high = (
        f"{share} (“{title}”; {whose})" for _, title, share, whose in (min(found), max(found))
    )
    warning = (
        ""
        if isinstance(rows[0].item, Claim)
        else " Bands differ in width, so this is no ranking of cases."
    )
    return f"{people(shown)}: from {low} to {high}.{warning}{left_out(rows, minimum)}"


def _inside_row(
    content: Content, row: Answers, shorts: dict[str, str], minimum: int
) -> dict[str, object]:
    """A case as a row of the table."""
    cells: dict[str, object] = {"claim" if isinstance(row.item, Claim) else "case": row.item.title}
    cells |= {
        "n": row.n or f"fewer than {minimum}",
        "preferred not to judge": row.skips if row.n else None,
    }
    for i, point in enumerate(row.item.scale):
        cells[str(point.value)] = percent(row.counts[i] / row.n) if row.n else None
    for code, short in shorts.items():
        sides = row.sides(row.bands(code))
        share = f": {percent(sides[1].inside)} (blind {percent(sides[2])})" if sides else ""
        cells[content.codes[code].short if code in content.codes else short] = (
            stance_words(row.item, code) + share
        )
    return cells
