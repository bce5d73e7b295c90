"""How far apart a class is: the mean distance between two classmates, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CLASS, GREY, PALE
from boundaries.content import Content
from boundaries.counts import headlines, phrases
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.release import Released

# Radius and face of a phase's dot. The later is larger: where both stand at one place, it is seen
# as a ring around the first.
DOTS = {"first": (4.5, CLASS), "informed": (6.5, "white")}


class Apart(NamedTuple):
    """One item: how far apart two classmates are at first and after the codes; None: not shown."""

    row: Answers
    first: float | None
    informed: float | None


def spread(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """How far apart two classmates are on average who read the same words, the widest case first.

    A full dot is the first judgment, a hollow one the judgment after the codes.
    """
    name, items = phrases.items_of(content, what)
    firsts = answers_to(released, items, "first")
    rows, longest = [], 1.0
    for first, informed in zip(firsts, answers_to(released, items, "informed"), strict=True):
        apart = Apart(first, *[row.spread() if row.groups else None for row in (first, informed)])
        rows.append(apart)
        longest = max(longest, apart.first or 0, apart.informed or 0)
    rows.sort(key=lambda apart: (-(apart.first or 0), apart.first is None, apart.row.item.title))
    spreads = {apart.row.item.title: apart.first for apart in rows if apart.first is not None}
    frame = Frame(
        released,
        headlines.spread_headline(spreads),
        "Mean distance between two classmates drawn at random, in steps of the scale.",
        (0, ceil(longest)),
        left=230,
        right=100,
        subject=f"Where the class is divided: {name}",
        ax=ax,
    )
    _draw(frame, rows)
    return chart_of(
        frame,
        ("spread", what),
        _sentence(firsts, rows, released.minimum),
        f"a row for each of {len(rows)} cases with a dot for its spread, the widest first.",
        [_table_row(apart, released.minimum) for apart in rows],
    )


def _draw(frame: Frame, rows: Sequence[Apart]) -> None:
    x = frame.x[0] + frame.points(7)
    for phase, (radius, face) in DOTS.items():
        frame.dot(x, frame.y + 6, radius, face, CLASS)
        x = frame.text(x + frame.points(13), frame.y + 11, phrases.WHEN[phase]) + frame.points(28)
    frame.y += 34
    top, steps = frame.y, range(int(frame.x[1]) + 1)
    for step in steps:
        words = {0: "0: all agree", 1: "1 step"}.get(step, str(step))
        frame.text(step, top, words, 12, GREY, align=0.5)
    frame.y += 14
    for apart in rows:
        y = frame.y
        bottom = frame.case(apart.row.item.title, phrases.act_of(apart.row.item))
        frame.rule([(frame.x[0], y + 9), (frame.x[1], y + 9)], PALE)
        # The larger dot first, so that it lies below.
        for phase, value in (("informed", apart.informed), ("first", apart.first)):
            if value is not None:
                radius, face = DOTS[phase]
                frame.dot(value, y + 9, radius, face, CLASS)
        words = phrases.fewer(frame.released.minimum)
        if apart.first is not None:
            words = f"{apart.first:.2f}; n = {apart.row.n}"
        frame.y = max(bottom, frame.note(y + 1, words)) + 10
    for step in steps:
        frame.rule([(step, top + 6), (step, frame.y)])


def _sentence(firsts: Sequence[Answers], rows: Sequence[Apart], minimum: int) -> str:
    shown = [apart for apart in rows if apart.first is not None]
    if not shown:
        return phrases.nothing(firsts, minimum)
    wide, close = shown[0], shown[-1]
    ends = f"from {close.first:.2f} steps (“{close.row.item.title}”) to "
    ends += f"{wide.first:.2f} (“{wide.row.item.title}”)"
    if len(shown) == 1:
        ends = f"{wide.first:.2f} steps (“{wide.row.item.title}”)"
    words = f"two classmates drawn at random are {ends} apart on average."
    return phrases.caption(firsts, minimum, words)


def _table_row(apart: Apart, minimum: int) -> dict[str, object]:
    row = phrases.titled(apart.row.item)
    row["n"] = apart.row.n or f"fewer than {minimum}"
    for phase, value in (("first", apart.first), ("informed", apart.informed)):
        row[phrases.WHEN[phase]] = None
        if value is not None:
            row[phrases.WHEN[phase]] = f"{value:.2f}"
    return row
