"""From the first judgment to the one after the codes: who moved toward a code's band, and who away from it."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.charts.canvas import (
    GREY,
    LEFT,
    MARGIN,
    PALE,
    RATINGS,
    X0,
    X1,
    begin,
    finish,
    on,
    width_of,
    wrap,
)
from boundaries.charts.figure import Chart
from boundaries.content import Content, Vignette
from boundaries.counts.comparison import cases, codes_for, percent, shifts, vignettes_of
from boundaries.counts.release import Released

SHIFTS = {
    "away": ("from the band", "further than at first", RATINGS[1]),
    "stayed": ("", "as near or far as at first", PALE),
    "toward": ("the band", "nearer than at first", RATINGS[3]),
}
SINGLED_OUT = "not shown: it could single people out"
NOT_LEARNING = (
    "A shift after reading the codes is not learning: people were told what the codes say."
)


def moves(released: Released, content: Content, what: str, code: str | None = None) -> Chart:
    """From the first judgment to the one after the codes: who moved toward a code's band, away from it, or stayed.

    `code` is the shown code with bands for most of these cases unless given.
    """
    name, vignettes = vignettes_of(content, what)
    known = codes_for(content, vignettes, None if code is None else [code])
    code = max(
        known, key=lambda c: sum(any(r.code == c and r.band for r in v.readings) for v in vignettes)
    )
    short = content.codes[code].short
    found = shifts(released, content, code, vignettes).to_dict("records")
    title = f"Toward {short} or away from it: {name}"
    canvas = begin(
        released,
        title,
        f"Each person’s judgment after the codes, beside their first one. {NOT_LEARNING}",
    )
    canvas.strip(
        [(f"{side} {where}".strip(), below, look) for side, (where, below, look) in SHIFTS.items()]
    )
    told = [
        (v, int(row["n"]), [int(row[side]) for side in SHIFTS])
        for v, row in zip(vignettes, found, strict=True)
    ]
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
            canvas.text(
                X0, y + 19.5, "no band here" if row["band"] == "no band" else SINGLED_OUT, 13, GREY
            )
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


def _shift_sentence(
    told: Sequence[tuple[Vignette, int, list[int]]], short: str, asked: int, minimum: int
) -> str:
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
