"""Where the codes part from each other, and what other bands would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from boundaries.charts.canvas import (
    GREY,
    LEFT,
    MARGIN,
    PALE,
    RIGHT,
    WIDTH,
    X0,
    X1,
    begin,
    finish,
    wrap,
)
from boundaries.charts.figure import Chart
from boundaries.charts.standards import NO_CLASS
from boundaries.content import Band, Content, Reading, Vignette
from boundaries.counts.comparison import band_words, codes_for, names_of
from boundaries.errors import ContentError


class Apart(NamedTuple):
    """One case at levels that all shown codes read alike: how many steps apart they are, and who says what."""

    vignette: Vignette
    levels: list[str]
    steps: int
    said: dict[str, Reading]

    @property
    def stances(self) -> int:
        """How many different stances the codes take; silence is one."""
        return len({reading.stance for reading in self.said.values()})


def parting(content: Content, codes: Sequence[str] | None = None, *, top: int = 10) -> Chart:
    """The cases in which the bands of the codes (default: the shown ones) lie furthest apart, `top` of them.

    Distance is counted in steps of the scale between the nearest ends of the two bands furthest apart (0 where all
    bands share a rating); ties go to the case with more stances. Raises ContentError for an unknown code.
    """
    shorts = codes_for(content, tuple(content.vignettes.values()), codes)
    found = [row for v in content.vignettes.values() for row in _apart(v, shorts)]
    found.sort(key=lambda row: (-row.steps, -row.stances, row.vignette.title))
    title, rows = "Where the codes part", list[dict[str, object]]()
    canvas = begin(
        NO_CLASS,
        title,
        "A line for each band: the ratings that the codes named beside it can support.",
    )
    canvas.key(content.ratings)
    each = (X1 - X0) / len(content.ratings)
    for row in found[:top]:
        y, level = canvas.y, names_of(row.vignette, row.levels)
        left = canvas.lines(MARGIN, y, wrap(row.vignette.title, LEFT, 14, bold=True), 14, bold=True)
        left = canvas.lines(MARGIN, left, wrap(level, LEFT, 12), 12, GREY)
        for i, point in enumerate(content.ratings):
            canvas.text(X0 + each * (i + 0.5), y + 12, str(point.value), 12, GREY, align=0.5)
        y += 18
        for band in sorted({r.band for r in row.said.values()}, key=lambda band: band or (9, 9)):
            names = [short for short, r in row.said.items() if r.band == band]
            if band:
                canvas.span(X0 + each * (band[0] - 1) + 4, X0 + each * band[1] - 4, y + 8)
            else:
                canvas.text((X0 + X1) / 2, y + 12, "silent", 12, GREY, align=0.5)
            y = canvas.lines(X1 + 12, y, wrap(" · ".join(names), RIGHT, 12), 12) + 4
        canvas.y = max(left, y) + 6
        canvas.line([(MARGIN, canvas.y), (WIDTH - MARGIN, canvas.y)], PALE)
        canvas.y += 8
        rows.append(
            {
                "case": row.vignette.title,
                "level": level or None,
                "steps": row.steps,
                "stances": row.stances,
            }
        )
        rows[-1] |= {
            s: f"{r.stance} {band_words(r.band)}" if r.band else "silent"
            for s, r in row.said.items()
        }
    canvas.footer("Bands are this course’s reading of each code, and no band is the right answer.")
    apart, first = {row.vignette.id for row in found if row.steps}, found[0]
    return finish(
        canvas,
        NO_CLASS,
        ("parting", *(codes or ())),
        title,
        f"In {len(apart)} of {len(content.vignettes)} cases two bands share no rating at some level. They are "
        f"furthest apart in “{first.vignette.title}”: {first.steps} steps.",
        f"{len(found[:top])} cases with a line for each band on the scale, the furthest apart first.",
        rows,
    )


def _apart(vignette: Vignette, shorts: dict[str, str]) -> list[Apart]:
    alike: dict[tuple[Any, ...], list[str]] = {}
    for level in vignette.levels:
        read = (vignette.reading(code, level) for code in shorts)
        alike.setdefault(tuple((r.stance, r.band) if r else None for r in read), []).append(level)
    found = []
    for levels in alike.values():
        said = {
            short: r for code, short in shorts.items() if (r := vignette.reading(code, levels[0]))
        }
        bands = [r.band for r in said.values() if r.band]
        steps = max([0, *(b[0] - a[1] for a in bands for b in bands)])
        found.append(Apart(vignette, levels, steps, said))
    return found


def with_bands(content: Content, **mapping: Band) -> Content:
    """The content with other bands for some stances, for example `with_bands(content, conditional=(3, 4))`.

    Only readings with the default band of their stance change; where a reading gives a reason for a band of its
    own, that stays. A tally released under the old bands may be drawn with the new content: levels that were read
    alike are read alike still. Raises ContentError for what is not a stance or not a band.
    """
    stances = dict(content.stances)
    for name, band in mapping.items():
        allowed = [s.id for s in content.stances.values() if s.band]
        if name not in allowed:
            raise ContentError(
                f"'{name}' is not a stance with a band. Choose one of: {', '.join(allowed)}."
            )
        ends = [x for x in band if type(x) is int] if isinstance(band, tuple | list) else []
        if len(ends) != 2 or len(band) != 2 or not 1 <= ends[0] <= ends[1] <= len(content.ratings):
            raise ContentError(
                f"{name}: {band!r} is not a band. A band is two ratings from 1 to {len(content.ratings)}, the lower "
                f"one first. Write for example {name}=(2, 4)."
            )
        stances[name] = replace(
            stances[name], band=(ends[0], ends[1]), note="changed here, for an exercise"
        )

    def changed(v: Vignette) -> Vignette:
        readings = tuple(
            replace(r, band=stances[r.stance].band)
            if r.band == content.stances[r.stance].band
            else r
            for r in v.readings
        )
        return replace(v, readings=readings)

    return replace(
        content,
        stances=stances,
        all_vignettes={k: changed(v) for k, v in content.all_vignettes.items()},
    )
