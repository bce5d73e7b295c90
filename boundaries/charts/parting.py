"""Where the codes part from each other, and what other bands would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import NO_CLASS, Frame
from boundaries.charts.strips import band_bar, rating_frame, title_line
from boundaries.content import Band, Content, Reading, Vignette
from boundaries.content.display import band_text
from boundaries.counts.phrases import act_of, codes_for, names_of, reading_words, titled
from boundaries.errors import ContentError


class Parting(NamedTuple):
    """One case at levels that all shown codes read alike: how far apart they are, who says what.

    `readings` go by the code's short name; a code that was not read for the case is not among them.
    """

    vignette: Vignette
    levels: list[str]
    steps: int
    readings: Mapping[str, Reading]

    @property
    def stances(self) -> int:
        """How many different stances the codes take; silence is one."""
        return len({reading.stance for reading in self.readings.values()})


def parting(content: Content, codes: Sequence[str] | None = None, *, top: int = 10) -> Chart:
    """The `top` cases in which the bands of the codes (default: the shown ones) lie furthest apart.

    Distance is counted in steps of the scale between the nearest ends of the two bands furthest
    apart (0 where all bands share a rating); ties go to the case with more stances. Raises
    ContentError for an unknown code.
    """
    shorts = codes_for(content, tuple(content.vignettes.values()), codes)
    partings: list[Parting] = []
    for vignette in content.vignettes.values():
        partings += _partings(vignette, shorts)
    partings.sort(key=lambda row: (-row.steps, -row.stances, row.vignette.title))
    drawn = partings[:top]
    frame = rating_frame(
        NO_CLASS,
        "Where the codes part",
        "A bar lies over the ratings that the codes named beside it can support.",
        content.ratings,
    )
    for row in drawn:
        _draw(frame, row)
    frame.footer("Bands are this course’s reading of each code, and no band is the right answer.")
    apart = {row.vignette.id for row in partings if row.steps}
    furthest = partings[0]
    return chart_of(
        frame,
        ("parting", *(codes or ())),
        f"In {len(apart)} of {len(content.vignettes)} cases two bands share no rating at some "
        f"level. They are furthest apart in “{furthest.vignette.title}”: {furthest.steps} steps.",
        f"{len(drawn)} cases with a bar for each band on the scale, the furthest apart first.",
        [_table_row(row) for row in drawn],
    )


def _partings(vignette: Vignette, shorts: Mapping[str, str]) -> list[Parting]:
    """A case once for each group of levels that all codes read alike."""
    alike: dict[tuple[tuple[str, str, Band | None], ...], Parting] = {}
    for level in vignette.levels:
        readings = {}
        for code, short in shorts.items():
            reading = vignette.reading(code, level)
            if reading:
                readings[short] = reading
        says = tuple((short, each.stance, each.band) for short, each in readings.items())
        steps = _steps_apart(readings.values())
        alike.setdefault(says, Parting(vignette, [], steps, readings)).levels.append(level)
    return list(alike.values())


def _steps_apart(readings: Iterable[Reading]) -> int:
    """Steps between the nearest ends of the two bands furthest apart; 0: all share a rating."""
    bands = [reading.band for reading in readings if reading.band]
    if not bands:
        return 0
    highest_low = max(low for low, _ in bands)
    lowest_high = min(high for _, high in bands)
    return int(max(0, highest_low - lowest_high))


def _draw(frame: Frame, row: Parting) -> None:
    levels = names_of(row.vignette, row.levels)
    title_line(frame, row.vignette.title, levels, act=act_of(row.vignette))
    by_band: dict[Band | None, list[str]] = {}
    for short, reading in row.readings.items():
        by_band.setdefault(reading.band, []).append(short)
    silent_last = (9, 9)
    for band in sorted(by_band, key=lambda band: band or silent_last):
        words = band_text(band) if band else "silent"
        band_bar(frame, " · ".join(by_band[band]), band, words)
    frame.y += 14


def _table_row(row: Parting) -> dict[str, object]:
    cells = titled(row.vignette)
    cells |= {"level": names_of(row.vignette, row.levels) or None}
    cells |= {"steps": row.steps, "stances": row.stances}
    for short, reading in row.readings.items():
        cells[short] = reading_words(reading)
    return cells


def with_bands(content: Content, **mapping: Band) -> Content:
    """The content with other bands for some stances: `with_bands(content, conditional=(3, 4))`.

    Only readings with the default band of their stance change; where a reading gives a reason for
    a band of its own, that stays. A tally released under the old bands may be drawn with the new
    content: levels that were read alike are read alike still. Raises ContentError for what is not
    a stance or not a band.
    """
    stances = dict(content.stances)
    for name, band in mapping.items():
        low, high = _checked_band(content, name, band)
        stances[name] = replace(
            stances[name], band=(low, high), note="changed here, for an exercise"
        )
    vignettes = {}
    for id, vignette in content.all_vignettes.items():
        readings = []
        for reading in vignette.readings:
            # A band of its own has a reason of its own, which the exercise does not touch.
            by_default = reading.band == content.stances[reading.stance].band
            if by_default:
                reading = replace(reading, band=stances[reading.stance].band)
            readings.append(reading)
        vignettes[id] = replace(vignette, readings=tuple(readings))
    return replace(content, stances=stances, all_vignettes=vignettes)


def _checked_band(content: Content, name: str, band: object) -> Band:
    allowed = [stance.id for stance in content.stances.values() if stance.band]
    if name not in allowed:
        raise ContentError(
            f"'{name}' is not a stance with a band. Choose one of: {', '.join(allowed)}."
        )
    highest = len(content.ratings)
    if isinstance(band, tuple | list) and len(band) == 2:
        low, high = band
        # type() and not isinstance(): True is no rating.
        if type(low) is int and type(high) is int and 1 <= low <= high <= highest:
            return low, high
    raise ContentError(
        f"{name}: {band!r} is not a band. A band is two ratings from 1 to {highest}, the lower "
        f"one first. Write for example {name}=(2, 4)."
    )
