"""How far apart a class is: the mean distance between two classmates, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, complete
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CLASS, GREY, PALE
from boundaries.content import Content
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.phrases import WHEN, left_out, nothing, people
from boundaries.counts.readings import items_of
from boundaries.counts.release import Released


class Apart(NamedTuple):
    """One item: how far apart two classmates are at first and after the codes; None: not shown."""

    row: Answers
    first: float | None
    informed: float | None


def spread(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """How far apart two classmates are on average who read the same words, the widest case first.

    A full dot is the first judgment, a hollow one the judgment after the codes.
    """
    name, items = items_of(content, what)
    minimum = released.minimum
    firsts = answers_to(released, items, "first")
    rows = []
    for first, informed in zip(firsts, answers_to(released, items, "informed"), strict=True):
        rows.append(Apart(first, _spread(first), _spread(informed)))
    rows.sort(key=lambda apart: (-(apart.first or 0), apart.first is None, apart.row.item.title))
    frame = Frame(
        released,
        f"Where the class is divided: {name}",
        "Mean distance between two classmates drawn at random, in steps of the scale.",
        (
            0,
            ceil(
                max(
                    1.0,
                    *(apart.first or 0 for apart in rows),
                    *(apart.informed or 0 for apart in rows),
                )
            ),
        ),
        left=190,
        right=130,
        ax=ax,
    )
    _draw(frame, rows, minimum)
    return complete(
        frame,
        released,
        ("spread", what),
        _sentence(firsts, rows, minimum),
        f"a row for each of {len(rows)} cases with a dot for its spread, the widest first.",
        [_table_row(apart, minimum) for apart in rows],
    )


def _spread(row: Answers) -> float | None:
    return row.spread() if row.groups else None


# -- the picture ----------------------------------------------------------------------------------


def _draw(frame: Frame, rows: Sequence[Apart], minimum: int) -> None:
    _draw_key(frame)
    top, steps = frame.y, range(int(frame.x[1]) + 1)
    for step in steps:
        words = {0: "0: all agree", 1: "1 step"}.get(step, str(step))
        frame.text(step, top, words, 12, GREY, align=0.5)
    frame.y += 14
    for apart in rows:
        y = frame.y
        bottom = frame.label(y, apart.row.item.title)
        frame.rule([(frame.x[0], y + 9), (frame.x[1], y + 9)], PALE)
        if apart.informed is not None:
            # Larger: where both stand at one place, it is seen as a ring around the first.
            frame.dot(apart.informed, y + 9, 6.5, "white", CLASS)
        words = f"fewer than {minimum} have judged"
        if apart.first is not None:
            frame.dot(apart.first, y + 9, 4.5, CLASS, CLASS)
            words = f"{apart.first:.2f}; n = {apart.row.n}"
        frame.y = max(bottom, frame.note(y + 1, words)) + 10
    for step in steps:
        frame.rule([(step, top + 6), (step, frame.y)])


def _draw_key(frame: Frame) -> None:
    x, y = frame.x[0] + frame.points(7), frame.y + 6
    for phase, radius, face in (("first", 4.5, CLASS), ("informed", 6.5, "white")):
        frame.dot(x, y, radius, face, CLASS)
        x = frame.text(x + frame.points(13), y + 5, WHEN[phase]) + frame.points(28)
    frame.y += 34


# -- the words ------------------------------------------------------------------------------------


def _sentence(firsts: Sequence[Answers], rows: Sequence[Apart], minimum: int) -> str:
    shown = [apart for apart in rows if apart.first is not None]
    if not shown:
        return nothing(firsts, minimum)
    wide, close = shown[0], shown[-1]
    ends = f"from {close.first:.2f} steps (“{close.row.item.title}”) to "
    ends += f"{wide.first:.2f} (“{wide.row.item.title}”)"
    if len(shown) == 1:
        ends = f"{wide.first:.2f} steps (“{wide.row.item.title}”)"
    judged = people([apart.row for apart in shown])
    apart_words = f"two classmates drawn at random are {ends} apart on average."
    return f"{judged}: {apart_words}{left_out(firsts, minimum)}"


def _table_row(apart: Apart, minimum: int) -> dict[str, object]:
    row: dict[str, object] = {
        "case": apart.row.item.title,
        "n": apart.row.n or f"fewer than {minimum}",
    }
    for phase, value in (("first", apart.first), ("informed", apart.informed)):
        row[WHEN[phase]] = None
        if value is not None:
            row[WHEN[phase]] = f"{value:.2f}"
    return row
