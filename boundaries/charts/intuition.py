"""The picture this course is known for: the class's ratings, and below them what codes support.

Each case is a strip of five tiles; a dial case has a strip for each group of levels that may be
shown, with the bands that the codes have there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from boundaries.answers.judgments import PHASES
from boundaries.charts import strips
from boundaries.charts.figure import BLIND, Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import GREY, INK
from boundaries.content import Claim, Content, Item, Vignette
from boundaries.counts import headlines, phrases
from boundaries.counts.comparison import Answers, answers_to, by_levels, ordered
from boundaries.counts.release import Released
from boundaries.counts.withholding import Block

# Answers by phase of those whose case was told at the same levels; none: too few have judged.
Phases = Mapping[str, Answers]

BESIDE_CODES = (
    "The title speaks of more than half of the class beside more than half of the codes. "
    "Bands are this course’s reading of each code, and no band is the right answer."
)
BESIDE_VERDICT = "The verdict is this course’s own; the notebook says what it rests on."


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
    "assigned" they stand as in the course. `codes` are those of course.toml unless given. In the
    table "62% (blind 60%)" is the share inside a band and what answering at random would give:
    bands differ in width. Raises ContentError where there is nothing to draw, or for an unknown
    code.
    """
    name, items = phrases.items_of(content, what)
    shorts = phrases.codes_for(content, items, codes)
    beside, bars, footer = "the codes", "what the codes can support", BESIDE_CODES
    if isinstance(items[0], Claim):
        beside, bars, footer = "the course’s verdict", "the course’s verdict", BESIDE_VERDICT
    leading = phase or "first"
    first = ordered(answers_to(released, items, leading), order)
    items = tuple(row.item for row in first)
    answers = {}
    for shown in (phase,) if phase else PHASES:
        answers[shown] = answers_to(released, items, shown)
    frame = strips.rating_frame(
        released,
        _headline(first, shorts),
        f"Tiles: the class. Bars: {bars}.",
        items[0].scale,
        subject=f"Intuition and {beside}: {name}",
        ax=ax,
    )
    rows: list[dict[str, object]] = []
    for number, item in enumerate(items):
        groups = by_levels(item, {shown: each[number] for shown, each in answers.items()})
        if not any(groups.values()):
            groups = {(): {}}
        _draw_case(frame, item, groups, shorts)
        nobody = Answers(item, (), released.minimum)
        for levels, phases in groups.items():
            for when, row in (phases or {"": nobody}).items():
                rows.append(_table_row(row, levels, when, content, shorts))
    frame.footer(footer)
    return chart_of(
        frame,
        ("intuition-vs-code", what, "" if leading == "first" else leading),
        _sentence(first, shorts),
        f"for each of {len(items)} a strip of tiles with the share at each rating, "
        f"and below it bars: {bars}.",
        _without_idle_columns(rows),
    )


def _headline(rows: Sequence[Answers], shorts: Mapping[str, str]) -> str:
    """What the title says, from the rows that may be shown."""
    standings, agreeing = [], []
    for row in rows:
        if row.groups:
            beside = [row.beside(row.bands(code)) for code in shorts]
            gaps = [gap for gap in beside if gap]
            standings.append(headlines.standing(row.item.title, gaps))
            agreeing += [gap.inside for gap in gaps]
    if isinstance(rows[0].item, Claim):
        return headlines.verdict_headline(agreeing)
    return headlines.codes_headline(standings)


def _draw_case(
    frame: Frame, item: Item, groups: Mapping[Block, Phases], shorts: Mapping[str, str]
) -> None:
    """A case's title and act, and for each group its strips and bars."""
    # In the first phase that is shown of each group.
    skips = sum(next(iter(phases.values())).skips for phases in groups.values() if phases)
    note = f"{skips} preferred not to judge" if skips else ""
    is_case = isinstance(item, Vignette)  # a claim's title is a whole sentence
    size = 14 if is_case else 13
    strips.title_line(frame, item.title, note, size, act=phrases.act_of(item), bold=is_case)
    for levels, phases in groups.items():
        if phases:
            _draw_strips(frame, phrases.names_of(item, levels), phases)
            first, *later = phases.values()
            strips.band_bars(frame, first, shorts, *later)
            frame.y += 9
        else:
            bottom = strips.row_words(frame, phrases.names_of(item, levels), "")
            start = frame.x[0] + frame.points(4)
            frame.text(start, frame.y + strips.HIGH / 2 + 4, frame.released.few, 12, GREY)
            frame.y = bottom + 8
    frame.y += 9


def _draw_strips(frame: Frame, label: str, phases: Phases) -> None:
    """A strip for each phase, the later ones lower."""
    high, colour = strips.HIGH, INK
    for phase, row in phases.items():
        if not label:
            label, colour = phrases.WHEN[phase], GREY
        elif phase != "first":  # nobody may take it for what was judged alone
            label = f"{label}, {phrases.WHEN[phase]}"
        bottom = strips.row_words(frame, label, f"n = {row.n}", high, colour)
        strips.tiles(frame, row.counts, high)
        strips.mark_tiles(frame, row.item, row.groups[0].levels, phase, high)
        frame.y = bottom + 3
        high, label = strips.LOW, ""
    frame.y += 1


def _sentence(rows: Sequence[Answers], shorts: Mapping[str, str]) -> str:
    """What the caption says: of one case everything, of several the two ends."""
    shown = [row for row in rows if row.groups]
    if not shown:
        return phrases.nothing(rows)
    ends: list[tuple[float, str, str]] = []
    parts: list[str] = []
    for row in shown:
        title = row.item.title
        banded, silent = phrases.beside_names(row, shorts)
        for bands, names in banded.items():
            gap = row.beside(bands)
            whose, share = phrases.inside_words(row, bands)
            if not isinstance(row.item, Claim):
                whose = f"{' · '.join(names)} {whose}"
            parts.append(f"{share} ({whose})")
            if gap:
                ends.append((gap.inside, title, f"{share} (“{title}”; {whose})"))
        parts += [f"{' · '.join(names)} {word}" for word, names in silent.items()]
    if len(rows) == 1:
        return f"{shown[0].n} people judged “{title}”: {'; '.join(parts)}. {BLIND}"
    if not ends:
        return f"{phrases.people(shown)}; no code here has a band."
    ranking = " Bands differ in width, so this is no ranking of cases."
    if isinstance(rows[0].item, Claim):
        ranking = ""
    span = f"{phrases.people(shown)}: from {min(ends)[2]} to {max(ends)[2]}."
    return f"{span}{ranking}{phrases.left_out(rows)} {BLIND}"


def _table_row(
    row: Answers, levels: Block, phase: str, content: Content, shorts: Mapping[str, str]
) -> dict[str, object]:
    """Who judged what, at which levels ((): all) and when; the share of each rating; what each code
    says, and the share inside beside that of random answers."""
    item = row.item
    at_some = 0 < len(levels) < len(item.levels)
    cells = phrases.titled(item)
    cells["level"] = phrases.names_of(item, levels) if at_some else None
    cells |= {"when": phrases.WHEN.get(phase), "n": row.size}
    cells["preferred not to judge"] = row.skips if row.groups else None
    cells |= phrases.shares(item.scale, row.counts)
    for code, short in shorts.items():
        words = phrases.stance_words(item, code)
        # Levels that are shown together are read alike.
        if isinstance(item, Vignette) and at_some:
            words = phrases.reading_words(item.reading(code, levels[0]))
        gap = row.beside(row.bands(code))
        if gap:
            shares = (phrases.percent(gap.inside), phrases.percent(gap.blind_inside))
            words = "{}: {} (blind {})".format(words, *shares)
        cells[content.codes[code].short if code in content.codes else short] = words
    return cells


def _without_idle_columns(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The rows, without the columns for level and phase where they say nothing."""
    levels = {cells["level"] for cells in rows} - {None}
    phases = {cells["when"] for cells in rows} - {None, phrases.WHEN["first"]}
    for cells in rows:
        if not levels:
            del cells["level"]
        if not phases:
            del cells["when"]
    return rows
