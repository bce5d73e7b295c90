"""The picture this course is known for: each case as a strip of five ratings, and below it what each code supports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.answers.judgments import PHASES
from boundaries.charts.figure import BLIND, Chart, Place, complete
from boundaries.charts.frame import Frame, Point
from boundaries.charts.palette import GREY, INK
from boundaries.charts.strips import (
    HIGH,
    LOW,
    band_bars,
    rating_frame,
    row_words,
    strip,
    title_line,
)
from boundaries.content import Band, Claim, Content, Item, Vignette
from boundaries.counts.comparison import (
    WHEN,
    Answers,
    answers_to,
    band_words,
    beside_names,
    codes_for,
    inside_words,
    is_read,
    items_of,
    left_out,
    names_of,
    nothing,
    people,
    percent,
    stance_words,
)
from boundaries.counts.release import Released

CODES = "Bands are this course’s reading of each code, and no band is the right answer."
VERDICT = "The verdict is this course’s own; the notebook says what it rests on."


class Told(NamedTuple):
    """Those whose case was told at `levels`: their answers by phase. No phase: too few have judged."""

    levels: tuple[str, ...]
    phases: Mapping[str, Answers]


class Case(NamedTuple):
    """One item with its groups, in the order of its levels. No group: nothing may be shown."""

    item: Item
    groups: Sequence[Told]


def intuition_vs_code(
    released: Released,
    content: Content,
    what: str,
    *,
    codes: Sequence[str] | None = None,
    phase: str | None = None,
    ax: Axes | None = None,
) -> Chart:
    """The class's ratings of each case as a strip of tiles, and below it each code's band as a bar.

    A dial case has a strip for each group of levels that may be shown, with the bands that codes have there. A
    second strip below the first is the same class after talking or after the codes; `phase` names the only one to
    draw. `codes` are those of course.toml unless given. In the table "62% (blind 60%)" is the share inside a band
    and what answering at random would give: bands differ in width. Raises ContentError where there is nothing to
    draw, or for an unknown code.
    """
    name, items = items_of(content, what)
    shorts = codes_for(content, items, codes)
    claims = isinstance(items[0], Claim)
    beside = "the course’s verdict" if claims else "the codes"
    answers = {}
    for shown in [phase] if phase else PHASES:
        answers[shown] = answers_to(released, items, shown)
    cases = cases_of(items, answers)
    frame = rating_frame(
        released,
        f"Intuition and {beside}: {name}",
        f"Each tile is a share of the class. A bar lies over the ratings that {beside} can support.",
        items[0].scale,
        ax=ax,
    )
    places: dict[Place, Point] = {}
    table: list[dict[str, object]] = []
    for case in cases:
        places |= _draw_case(frame, case, shorts, released.minimum)
        table += _table_rows(case, content, shorts, released.minimum)
    frame.footer(VERDICT if claims else CODES)
    return complete(
        frame,
        released,
        ("intuition-vs-code", what, "" if phase == "first" else phase or ""),
        _sentence(answers[phase or "first"], shorts, released.minimum),
        f"for each of {len(items)} a strip of tiles with the share at each rating, and below it "
        f"a bar over the ratings that {beside} can support.",
        _without_empty(table),
        places,
    )


def cases_of(items: Sequence[Item], answers: Mapping[str, Sequence[Answers]]) -> list[Case]:
    """Each item's groups with their answers in every phase; levels that may not be shown stand alone."""
    cases = []
    for number, item in enumerate(items):
        groups: dict[tuple[str, ...], dict[str, Answers]] = {}
        for phase, rows in answers.items():
            for group in rows[number].groups:
                groups.setdefault(group.levels, {})[phase] = Answers(item, (group,))
        shown = {level for levels in groups for level in levels}
        for level in item.levels:
            if shown and level not in shown:
                groups[(level,)] = {}
        ordered = sorted(groups, key=lambda levels: item.levels.index(levels[0]))
        cases.append(Case(item, [Told(levels, groups[levels]) for levels in ordered]))
    return cases


# -- the picture ---------------------------------------------------------------------------------------------


def _draw_case(
    frame: Frame, case: Case, shorts: Mapping[str, str], minimum: int
) -> dict[Place, Point]:
    """A case's title, and for each group its strips and the bars of the codes; gives where each rating is."""
    places: dict[Place, Point] = {}
    claim = isinstance(case.item, Claim)
    skips = sum(row.skips for told in case.groups for row in list(told.phases.values())[:1])
    note = f"{skips} preferred not to judge" if skips else ""
    title_line(frame, case.item.title, note, 13 if claim else 14, bold=not claim)
    few = f"fewer than {minimum} have judged"
    for told in case.groups or [Told((), {})]:
        label = names_of(case.item, told.levels)
        if not told.phases:
            bottom = row_words(frame, label, "")
            frame.text(frame.x[0] + frame.points(4), frame.y + HIGH / 2 + 4, few, 12, GREY)
            frame.y = bottom + 8
            continue
        for place, (phase, row) in enumerate(told.phases.items()):
            high = LOW if place else HIGH
            words, colour = WHEN[phase], GREY
            if label and not place:
                words, colour = label, INK
            bottom = row_words(frame, words, f"n = {row.n}", high, colour)
            for rating, at in strip(frame, row.counts, high).items():
                places |= {(case.item.id, level, rating, phase): at for level in told.levels}
            frame.y = bottom + 3
        frame.y += 1
        first, *later = told.phases.values()
        band_bars(frame, first, shorts, *later)
        frame.y += 9
    frame.y += 9
    return places


# -- the words -----------------------------------------------------------------------------------------------


def _sentence(rows: Sequence[Answers], shorts: Mapping[str, str], minimum: int) -> str:
    """What the caption says: of one case everything, of several the two ends."""
    shown = [row for row in rows if row.groups]
    if not shown:
        return nothing(rows, minimum)
    if len(rows) == 1:
        return f"{_one_case(shown[0], shorts)} {BLIND}"
    ends: list[tuple[float, str, str]] = []
    for row in shown:
        for bands, names in beside_names(row, shorts)[0].items():
            sides = row.sides(bands)
            if sides:
                whose, share = _whose(row, bands, names)
                ends.append(
                    (sides[1].inside, row.item.title, f"{share} (“{row.item.title}”; {whose})")
                )
    if not ends:
        return f"{people(shown)}; no code here has a band."
    ranking = (
        ""
        if isinstance(rows[0].item, Claim)
        else " Bands differ in width, so this is no ranking of cases."
    )
    return f"{people(shown)}: from {min(ends)[2]} to {max(ends)[2]}.{ranking}{left_out(rows, minimum)} {BLIND}"


def _one_case(row: Answers, shorts: Mapping[str, str]) -> str:
    parts = []
    banded, silent = beside_names(row, shorts)
    for bands, names in banded.items():
        whose, share = _whose(row, bands, names)
        parts.append(f"{share} ({whose})")
    for word, names in silent.items():
        parts.append(f"{' · '.join(names)} {word}")
    return f"{row.n} people judged “{row.item.title}”: {'; '.join(parts)}."


def _whose(row: Answers, bands: Sequence[Band | None], names: Sequence[str]) -> tuple[str, str]:
    """Whose bands these are, in words, and the share of the class inside them."""
    words, share = inside_words(row, bands)
    if isinstance(row.item, Claim):
        return words, share
    return f"{' · '.join(names)} {words}", share


def _table_rows(
    case: Case, content: Content, shorts: Mapping[str, str], minimum: int
) -> list[dict[str, object]]:
    """A row for each strip, with what the codes say at its levels."""
    rows = []
    for told in case.groups or [Told(case.item.levels, {})]:
        for phase, row in told.phases.items() or [("", Answers(case.item, ()))]:
            cells: dict[str, object] = {
                "claim" if isinstance(case.item, Claim) else "case": case.item.title,
                "level": names_of(case.item, told.levels)
                if row.groups or len(case.groups) > 1
                else None,
                "when": WHEN.get(phase),
                "n": row.n or f"fewer than {minimum}",
                "preferred not to judge": row.skips if row.n else None,
            }
            for point in case.item.scale:
                count = row.counts[point.value - 1] if row.n else None
                cells[str(point.value)] = None if count is None else percent(count / row.n)
            for code, short in shorts.items():
                name = content.codes[code].short if code in content.codes else short
                cells[name] = _says(case.item, code, told.levels, row)
            rows.append(cells)
    return rows


def _says(item: Item, code: str, levels: Sequence[str], row: Answers) -> str:
    """What a code says at these levels, and the share inside its band beside that of answering at random."""
    words = stance_words(item, code)
    if isinstance(item, Vignette) and len(levels) < len(item.levels) and is_read(item, code):
        reading = item.reading(code, levels[0])
        words = "silent"
        if reading and reading.band:
            words = f"{reading.stance} {band_words(reading.band)}"
    sides = row.sides(row.bands(code))
    if sides is None:
        return words
    return f"{words}: {percent(sides[1].inside)} (blind {percent(sides[2])})"


def _without_empty(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The rows without the columns that say nothing here: levels without a dial, one phase only."""
    phases = {row["when"] for row in rows} - {None}
    levels = {row["level"] for row in rows} - {None, ""}
    dropped = {"when"} if len(phases) < 2 else set()
    dropped |= set() if levels else {"level"}
    return [{name: cell for name, cell in row.items() if name not in dropped} for row in rows]
