"""How far apart a class is: the mean distance between two classmates, case by case."""

from __future__ import annotations

from math import ceil

from boundaries.charts.canvas import (
    GREY,
    INK,
    LEFT,
    MARGIN,
    PALE,
    RATINGS,
    X0,
    X1,
    begin,
    finish,
    wrap,
)
from boundaries.charts.figure import Chart
from boundaries.content import Content
from boundaries.counts.comparison import WHEN, answers_to, items_of, left_out, nothing, people
from boundaries.counts.release import Released


def spread(released: Released, content: Content, what: str) -> Chart:
    """How far apart two classmates are on average who read the same words, the widest case first.

    A full dot is the first judgment, a faint one the judgment after the codes.
    """
    name, items = items_of(content, what)
    minimum, phases = released.minimum, ("first", "informed")
    pairs = list(zip(*(answers_to(released, items, phase) for phase in phases), strict=True))
    pairs.sort(key=lambda pair: (-pair[0].spread() if pair[0].groups else 1, pair[0].item.title))
    title = f"Where the class is divided: {name}"
    canvas = begin(
        released,
        title,
        "Mean distance between two classmates drawn at random, in steps of the scale.",
    )
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
        words = (
            f"{found[0]:.2f}; n = {first.n}"
            if first.groups
            else f"fewer than {minimum} have judged"
        )
        end = canvas.lines(X1 + 12, y + 1, wrap(words, 142, 12), 12, GREY)
        canvas.y = max(bottom, end) + 10
        rows.append({"case": first.item.title, "n": first.n or f"fewer than {minimum}"})
        rows[-1] |= {
            WHEN[p]: None if x is None else f"{x:.2f}" for p, x in zip(phases, found, strict=True)
        }
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
