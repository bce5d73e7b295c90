"""The picture this course is known for: the class's ratings, and below them what codes support.

Each case is a strip of five tiles; a dial case has a strip for each group of levels that may be
shown, with the bands that the codes have there.
"""

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
from boundaries.content.display import band_text
from boundaries.counts import headlines
from boundaries.counts.comparison import Answers, answers_to, in_order
from boundaries.counts.phrases import (
    WHEN,
    act_of,
    beside_names,
    fewer,
    inside_words,
    left_out,
    nothing,
    people,
    percent,
)
from boundaries.counts.readings import codes_for, is_read, items_of, names_of, stance_words
from boundaries.counts.release import Released


class Told(NamedTuple):
    """Those whose case was told at `levels`: answers by phase. No phase: too few have judged."""

    levels: tuple[str, ...]
    phases: Mapping[str, Answers]


class Case(NamedTuple):
    """One item with its groups, in the order of its levels. No group: nothing may be shown."""

    item: Item
    groups: Sequence[Told]


class Terms(NamedTuple):
    """What the class stands beside, and how the picture speaks of it."""

    beside: str
    bars: str
    footer: str


MOST = "The title speaks of more than half of the class beside more than half of the codes. "
CODES = Terms(
    "the codes",
    "what the codes can support",
    MOST + "Bands are this course’s reading of each code, and no band is the right answer.",
)
VERDICT = Terms(
    "the course’s verdict",
    "the course’s verdict",
    "The verdict is this course’s own; the notebook says what it rests on.",
)


def intuition_vs_code(
    released: Released,
    content: Content,
    what: str,
    *,
    codes: Sequence[str] | None = None,
    phase: str | None = None,
    order: str = "mean",
    ax: Axes | None = None,
) -> Chart:
    """The class's ratings of each case as a strip of tiles, and each code's band as a bar below it.

    A second strip below the first is the same class after talking or after the codes; `phase` names
    the only one to draw. The cases that the class judged most strictly come first; in the `order`
    "assigned" they stand as in the course. `codes` are those of course.toml unless given. In the table "62% (blind
    60%)" is the share inside a band and what answering at random would give: bands differ in width.
    Raises ContentError where there is nothing to draw, or for an unknown code.
    """
    name, items = items_of(content, what)
    shorts = codes_for(content, items, codes)
    terms = VERDICT if isinstance(items[0], Claim) else CODES
    leading = phase or "first"
    ordered = in_order(answers_to(released, items, leading), order)
    items = tuple(row.item for row in ordered)
    answers = {}
    for shown in (phase,) if phase else PHASES:
        answers[shown] = answers_to(released, items, shown)
    cases = _cases(items, answers)
    frame = rating_frame(
        released,
        _headline(answers[leading], shorts),
        f"Tiles: the class. Bars: {terms.bars}.",
        items[0].scale,
        subject=f"Intuition and {terms.beside}: {name}",
        ax=ax,
    )
    places: dict[Place, Point] = {}
    for case in cases:
        places |= _draw_case(frame, case, shorts, released.minimum)
    frame.footer(terms.footer)
    return complete(
        frame,
        ("intuition-vs-code", what, "" if leading == "first" else leading),
        _sentence(answers[leading], shorts, released.minimum),
        f"for each of {len(items)} a strip of tiles with the share at each rating, "
        f"and below it bars: {terms.bars}.",
        _table(cases, content, shorts, released.minimum),
        places,
    )


def _headline(rows: Sequence[Answers], shorts: Mapping[str, str]) -> str:
    """What the title says, from the rows that may be shown."""
    gaps = []
    for row in rows:
        if row.groups:
            beside = [row.beside(row.bands(code)) for code in shorts]
            gaps.append((row.item.title, [gap for gap in beside if gap]))
    if isinstance(rows[0].item, Claim):
        return headlines.verdict_headline([of_claim[0].inside for _, of_claim in gaps])
    standings = [headlines.standing(title, of_case) for title, of_case in gaps]
    return headlines.codes_headline(standings)


def _cases(items: Sequence[Item], answers: Mapping[str, Sequence[Answers]]) -> list[Case]:
    """Each item's groups with their answers by phase; a level not to be shown stands alone."""
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


# -- the picture ----------------------------------------------------------------------------------


def _draw_case(
    frame: Frame, case: Case, shorts: Mapping[str, str], minimum: int
) -> dict[Place, Point]:
    """A case's title, and for each group its strips and bars; gives where ratings are."""
    places: dict[Place, Point] = {}
    if isinstance(case.item, Claim):
        title_line(frame, case.item.title, _skips(case), 13, bold=False)  # a whole sentence
    else:
        title_line(frame, case.item.title, _skips(case), act=act_of(case.item))
    for told in case.groups or [Told((), {})]:
        if told.phases:
            places |= _draw_strips(frame, case.item, told)
            first, *later = told.phases.values()
            band_bars(frame, first, shorts, *later)
            frame.y += 9
        else:
            bottom = row_words(frame, names_of(case.item, told.levels), "")
            start = frame.x[0] + frame.points(4)
            frame.text(start, frame.y + HIGH / 2 + 4, fewer(minimum), 12, GREY)
            frame.y = bottom + 8
    frame.y += 9
    return places


def _skips(case: Case) -> str:
    """How many preferred not to judge, in the first phase of each group; empty where nobody did."""
    skips = 0
    for told in case.groups:
        for first in list(told.phases.values())[:1]:
            skips += first.skips
    return f"{skips} preferred not to judge" if skips else ""


def _draw_strips(frame: Frame, item: Item, told: Told) -> dict[Place, Point]:
    """A strip for each phase, the later ones lower; gives where each rating is."""
    places: dict[Place, Point] = {}
    high, label, colour = HIGH, names_of(item, told.levels), INK
    for phase, row in told.phases.items():
        if not label:
            label, colour = WHEN[phase], GREY
        elif phase != "first":
            label = f"{label}, {WHEN[phase]}"  # nobody may take it for what was judged alone
        bottom = row_words(frame, label, f"n = {row.n}", high, colour)
        for rating, point in strip(frame, row.counts, high).items():
            for level in told.levels:
                places[item.id, level, rating, phase] = point
        frame.y = bottom + 3
        high, label = LOW, ""
    frame.y += 1
    return places


# -- the words ------------------------------------------------------------------------------------


def _sentence(rows: Sequence[Answers], shorts: Mapping[str, str], minimum: int) -> str:
    """What the caption says: of one case everything, of several the two ends."""
    shown = [row for row in rows if row.groups]
    if not shown:
        return nothing(rows, minimum)
    if len(rows) == 1:
        return f"{_one_case(shown[0], shorts)} {BLIND}"
    ends: list[tuple[float, str, str]] = []
    for row in shown:
        title = row.item.title
        for bands, names in beside_names(row, shorts)[0].items():
            gap = row.beside(bands)
            if gap:
                share, whose = _inside(row, bands, names)
                ends.append((gap.inside, title, f"{share} (“{title}”; {whose})"))
    if not ends:
        return f"{people(shown)}; no code here has a band."
    ranking = " Bands differ in width, so this is no ranking of cases."
    if isinstance(rows[0].item, Claim):
        ranking = ""
    span = f"{people(shown)}: from {min(ends)[2]} to {max(ends)[2]}."
    return f"{span}{ranking}{left_out(rows, minimum)} {BLIND}"


def _one_case(row: Answers, shorts: Mapping[str, str]) -> str:
    parts = []
    banded, silent = beside_names(row, shorts)
    for bands, names in banded.items():
        share, whose = _inside(row, bands, names)
        parts.append(f"{share} ({whose})")
    for word, names in silent.items():
        parts.append(f"{' · '.join(names)} {word}")
    return f"{row.n} people judged “{row.item.title}”: {'; '.join(parts)}."


def _inside(row: Answers, bands: Sequence[Band | None], names: Sequence[str]) -> tuple[str, str]:
    """The share of the class inside bands, and whose bands these are, in words."""
    words, share = inside_words(row, tuple(bands))
    if isinstance(row.item, Claim):
        return share, words
    return share, f"{' · '.join(names)} {words}"


def _table(
    cases: Sequence[Case], content: Content, shorts: Mapping[str, str], minimum: int
) -> list[dict[str, object]]:
    """A row for each strip; without the columns for level and phase where they say nothing."""
    rows = []
    levels = phases = False
    for case in cases:
        levels |= len(case.groups) > 1
        for told in case.groups or [Told(case.item.levels, {})]:
            phases |= bool(set(told.phases) - {"first"})
            if not told.phases:
                rows.append(_table_row(case.item, told.levels, "", None, minimum))
                rows[-1] |= _says(case.item, told.levels, None, content, shorts)
            for phase, row in told.phases.items():
                rows.append(_table_row(case.item, told.levels, WHEN[phase], row, minimum))
                rows[-1] |= _says(case.item, told.levels, row, content, shorts)
    for cells in rows:
        if not levels:
            del cells["level"]
        if not phases:
            del cells["when"]
    return rows


def _table_row(
    item: Item, levels: Sequence[str], when: str, row: Answers | None, minimum: int
) -> dict[str, object]:
    """Who judged what at which levels and when, and the share of each rating; None: too few."""
    kind = "claim" if isinstance(item, Claim) else "case"
    cells: dict[str, object] = {kind: item.title}
    if isinstance(item, Vignette):
        cells["act"] = act_of(item)
    cells |= {"level": None, "when": when or None}
    if len(levels) < len(item.levels):
        cells["level"] = names_of(item, levels)
    shares: list[str | None] = [None] * len(item.scale)
    cells |= {"n": f"fewer than {minimum}", "preferred not to judge": None}
    if row:
        cells |= {"n": row.n, "preferred not to judge": row.skips}
        shares = [percent(count / row.n) for count in row.counts]
    for point, share in zip(item.scale, shares, strict=True):
        cells[str(point.value)] = share
    return cells


def _says(
    item: Item,
    levels: Sequence[str],
    row: Answers | None,
    content: Content,
    shorts: Mapping[str, str],
) -> dict[str, str]:
    """What each code says at these levels, and the share inside beside that of random answers."""
    cells = {}
    for code, short in shorts.items():
        words = stance_words(item, code)
        if isinstance(item, Vignette) and len(levels) < len(item.levels) and is_read(item, code):
            reading = item.reading(code, levels[0])
            words = "silent"
            if reading and reading.band:
                words = f"{reading.stance} {band_text(reading.band)}"
        gap = row.beside(row.bands(code)) if row else None
        if gap:
            words = f"{words}: {percent(gap.inside)} (blind {percent(gap.blind_inside)})"
        name = content.codes[code].short if code in content.codes else short
        cells[name] = words
    return cells
