"""Released tallies as pictures: a class's intuition beside the codes of ethics.

Each function takes a released tally, the content, and `what` to draw: the id of a type or of one case, "all" or
"claims". It gives a `Chart`, and raises ContentError for anything else. `CHARTS` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from boundaries import tally
from boundaries.charts.calibration import calibration
from boundaries.charts.canvas import (
    GREY,
    INK,
    LEFT,
    MARGIN,
    PALE,
    RATINGS,
    X0,
    X1,
    on,
    percent,
    width_of,
    wrap,
)
from boundaries.charts.dials import dial_curve
from boundaries.charts.figures import Chart, begin, finish
from boundaries.charts.gaps import gap_map
from boundaries.charts.groups import (
    WHEN,
    answers_to,
    cases,
    codes_for,
    items_of,
    left_out,
    nothing,
    people,
    vignettes_of,
)
from boundaries.charts.histograms import answers
from boundaries.charts.intuition import intuition_vs_code
from boundaries.charts.practitioners import practitioners
from boundaries.content import Content, Vignette
from boundaries.release import Released

__all__ = [
    "CHARTS",
    "Chart",
    "answers",
    "calibration",
    "dial_curve",
    "gap_map",
    "intuition_vs_code",
    "moves",
    "practitioners",
    "spread",
]

SHIFTS = {
    "away": ("from the band", "further than at first", RATINGS[1]),
    "stayed": ("", "as near or far as at first", PALE),
    "toward": ("the band", "nearer than at first", RATINGS[3]),
}
SINGLED_OUT = "not shown: it could single people out"
NOT_LEARNING = "A shift after reading the codes is not learning: people were told what the codes say."


def moves(released: Released, content: Content, what: str, code: str | None = None) -> Chart:
    """From the first judgment to the one after the codes: who moved toward a code's band, away from it, or stayed.

    `code` is the shown code with bands for most of these cases unless given.
    """
    name, vignettes = vignettes_of(content, what)
    known = codes_for(content, vignettes, None if code is None else [code])
    code = max(known, key=lambda c: sum(any(r.code == c and r.band for r in v.readings) for v in vignettes))
    short = content.codes[code].short
    found = tally.shifts(released, content, code, vignettes).to_dict("records")
    title = f"Toward {short} or away from it: {name}"
    canvas = begin(released, title, f"Each person’s judgment after the codes, beside their first one. {NOT_LEARNING}")
    canvas.strip([(f"{side} {where}".strip(), below, look) for side, (where, below, look) in SHIFTS.items()])
    told = [(v, int(row["n"]), [int(row[side]) for side in SHIFTS]) for v, row in zip(vignettes, found, strict=True)]
    # Bars are centred on the middle of those who stayed, as wide as the longest arm allows.
    arms = [max(counts[0], counts[2]) / n + counts[1] / n / 2 for _, n, counts in told if n]
    unit = (X1 - X0) / 2 / max(arms, default=1)
    for (v, n, counts), row in zip(told, found, strict=True):
        y, label = canvas.y, wrap(v.title, LEFT, 14, bold=True)
        bottom = canvas.lines(MARGIN, y + 15 - min(8.75 * len(label), 15), label, 14, bold=True)
        x = (X0 + X1) / 2 - unit * (counts[0] + counts[1] / 2) / (n or 1)
        for count, (_, _, look) in zip(counts, SHIFTS.values(), strict=True):
            start, x = x, x + unit * count / (n or 1)
            if count:
                canvas.bar(start, y, x, y + 30, look, edge="white")
            if count and x - start > width_of(share := percent(count / n), 12) + 3:
                canvas.text((start + x) / 2, y + 19.5, share, 12, on(look), align=0.5)
        if n:
            canvas.text(X1 + 12, y + 19.5, f"n = {n}", 12, GREY)
        else:
            canvas.text(X0, y + 19.5, "no band here" if row["band"] == "no band" else SINGLED_OUT, 13, GREY)
        canvas.y = max(bottom, y + 30) + 12
    return finish(
        canvas,
        released,
        ("moves", what, code),
        title,
        _shift_sentence([row for row in told if row[1]], short, len(vignettes), released.minimum),
        f"{cases(len(vignettes))} as bars of three parts: away from the band, stayed, toward it.",
        [
            {"case": v.title, "band": row["band"], "n": n or None}
            | {side: count if n else None for side, count in zip(SHIFTS, counts, strict=True)}
            for (v, n, counts), row in zip(told, found, strict=True)
        ],
    )


def _shift_sentence(told: Sequence[tuple[Vignette, int, list[int]]], short: str, asked: int, minimum: int) -> str:
    if not told:
        return f"Nothing is shown: {short} has no band here, or what is left could single out fewer than {minimum}."
    if asked == 1:
        v, n, (away, stayed, toward) = told[0]
        moved = f"{toward} moved toward the band of {short}, {stayed} stayed as near or far, {away} moved away"
        return f"Of {n} people who judged “{v.title}” twice, {moved}. {NOT_LEARNING}"
    sizes = sorted({n for _, n, _ in told})
    who = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else f"{sizes[0]}"
    ranges = []
    for side, at in (("toward", 2), ("away", 0)):
        shares = [counts[at] / n for _, n, counts in told]
        ranges.append(f"{percent(min(shares))} to {percent(max(shares))} moved {side}")
    return f"{cases(len(told))}, judged twice by {who} people, beside {short}: {', '.join(ranges)}. {NOT_LEARNING}"


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
    "claims": intuition_vs_code,
    "calibration": calibration,
    "practitioners": practitioners,
}
"""Every chart by its name."""
