"""How far apart a class is: the mean distance between two classmates, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

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

# How far apart two classmates are: by phase, and by the id of an item that may be shown.
Apart = Mapping[str, Mapping[str, float]]


def spread(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """How far apart two classmates are on average who read the same words, the widest case first.

    A full dot is the first judgment, a hollow one the judgment after the codes.
    """
    name, items = phrases.items_of(content, what)
    apart: dict[str, dict[str, float]] = {}
    for phase in DOTS:
        shown = [row for row in answers_to(released, items, phase) if row.groups]
        apart[phase] = {row.item.id: row.spread() for row in shown}
    first = apart["first"]
    asked = answers_to(released, items, "first")
    rows = sorted(
        asked, key=lambda row: (-first.get(row.item.id, 0), not row.groups, row.item.title)
    )
    spreads = {row.item.title: first[row.item.id] for row in rows if row.groups}
    frame = Frame(
        released,
        headlines.spread_headline(spreads),
        "Mean distance between two classmates drawn at random, in steps of the scale.",
        (0, ceil(max([1, *first.values(), *apart["informed"].values()]))),
        left=230,
        right=100,
        subject=f"Where the class is divided: {name}",
        ax=ax,
    )
    _draw(frame, rows, apart)
    return chart_of(
        frame,
        ("spread", what),
        phrases.caption(asked, _between(spreads)),
        f"a row for each of {len(rows)} cases with a dot for its spread, the widest first.",
        [_table_row(row, apart) for row in rows],
    )


def _draw(frame: Frame, rows: Sequence[Answers], apart: Apart) -> None:
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
    for row in rows:
        y, id = frame.y, row.item.id
        bottom = frame.case(row.item.title, phrases.act_of(row.item))
        frame.rule([(frame.x[0], y + 9), (frame.x[1], y + 9)], PALE)
        # The larger dot first, so that it lies below.
        for phase in ("informed", "first"):
            if id in apart[phase]:
                radius, face = DOTS[phase]
                frame.dot(apart[phase][id], y + 9, radius, face, CLASS)
        words = frame.released.few
        if row.groups:
            words = f"{apart['first'][id]:.2f}; n = {row.n}"
        frame.y = max(bottom, frame.note(y + 1, words)) + 10
    for step in steps:
        frame.rule([(step, top + 6), (step, frame.y)])


def _between(spreads: Mapping[str, float]) -> str:
    """How far two classmates are apart, of `spreads` by title, the widest first."""
    ends = ""
    if spreads:
        titles = list(spreads)
        wide, close = titles[0], titles[-1]
        ends = f"{spreads[wide]:.2f} steps (“{wide}”)"
        if len(spreads) > 1:
            ends = f"from {spreads[close]:.2f} steps (“{close}”) to {spreads[wide]:.2f} (“{wide}”)"
    return f"two classmates drawn at random are {ends} apart on average."


def _table_row(row: Answers, apart: Apart) -> dict[str, object]:
    cells = phrases.titled(row.item) | {"n": row.size}
    for phase, spreads in apart.items():
        steps = spreads.get(row.item.id)
        cells[phrases.WHEN[phase]] = None if steps is None else f"{steps:.2f}"
    return cells
