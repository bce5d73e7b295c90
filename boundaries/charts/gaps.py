"""How many steps a class is from each code's band, as a heat table: one number a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import BLIND, Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import GREY, PALE, heat, on
from boundaries.content import Content
from boundaries.counts import headlines, phrases
from boundaries.counts.comparison import Answers, Gap, answers_to, ordered
from boundaries.counts.headlines import Position
from boundaries.counts.phrases import WHEN, codes_for, is_read, stance_words, vignettes_of
from boundaries.counts.release import Released

# A cell has both signs where the lesser side is at least this share of the greater one.
EVEN = 0.5


class Cell(NamedTuple):
    """A class beside a code: its gap (of a type: plain means over cases), and the reading."""

    gap: Gap
    reading: str

    @property
    def steps(self) -> float:
        """The mean steps outside the band, on the side where there are more."""
        return max(self.gap.steps_stricter, self.gap.steps_permissive)

    @property
    def blind(self) -> float:
        """The steps that answering at random gives, on the side where it gives more."""
        return max(self.gap.blind_stricter, self.gap.blind_permissive)

    @property
    def sign(self) -> str:
        """The side: "−" stricter, "+" milder, "±" both, nothing where the class is inside."""
        if f"{self.steps:.1f}" == "0.0":
            return ""
        stricter, permissive = self.gap.steps_stricter, self.gap.steps_permissive
        if min(stricter, permissive) >= EVEN * self.steps:
            return "±"
        return "−" if stricter > permissive else "+"


class GapRow(NamedTuple):
    """A case or a type: title, act, who is behind it, where most stand, a cell or word by code."""

    title: str
    act: str
    note: str
    standing: Position | None
    cells: Mapping[str, Cell | str]

    def gaps(self) -> Iterator[tuple[str, Cell]]:
        """The codes with a band, and the class beside them."""
        for code, cell in self.cells.items():
            if isinstance(cell, Cell):
                yield code, cell


def gap_map(
    released: Released,
    content: Content,
    what: str = "all",
    *,
    phase: str = "first",
    order: str = "mean",
    ax: Axes | None = None,
) -> Chart:
    """By how many mean steps the class is stricter (−) or milder (+) than each code's band.

    Of a type: a row per case, the strictest first, or in the `order` "assigned". Of "all": a row
    per type, unweighted means over its cases. Each cell has the side with more steps; "±" where the
    other has at least half as many. Raises ContentError for claims: no code has a band for them.
    """
    name, vignettes = vignettes_of(content, what)
    codes = codes_for(content, vignettes, None)
    answers = answers_to(released, vignettes, phase)
    kind = "case"
    rows = [_row(each, codes) for each in ordered(answers, order)]
    if what == "all":
        kind = "type"
        rows = _type_rows(content, answers, codes)
    frame = Frame(
        released,
        headlines.codes_headline([row.standing for row in rows if row.standing], kind),
        f"Mean steps outside each code’s band, {WHEN[phase]}. − stricter, + milder, ± on both "
        "sides; no number: the class is inside.",
        (0, len(codes)),
        left=250,
        right=0,
        subject=f"Steps from the codes: {name}",
        ax=ax,
    )
    frame.heads(codes.values())
    for row in rows:
        _draw_row(frame, row, codes)
    if what == "all":
        frame.footer("Each type is the plain mean of its cases.")
    frame.footer(
        f"Bold: further from the band than blind answering. {BLIND} It is far from a narrow band "
        "and near a wide one, so compare a number with its own; the table has both."
    )
    return chart_of(
        frame,
        ("gap-map", what, "" if phase == "first" else phase),
        phrases.caption(answers, _ends(rows, codes)),
        f"{len(rows)} rows beside {len(codes)} codes, a number of mean steps in each cell.",
        [_table_row(row, codes, content) for row in rows],
    )


def _row(row: Answers, codes: Mapping[str, str]) -> GapRow:
    item, act = row.item, phrases.act_of(row.item)
    if not row.groups:
        return GapRow(item.title, act, phrases.count_words(row), None, {})
    cells: dict[str, Cell | str] = {}
    for code in codes:
        gap = row.beside(row.bands(code))
        if gap:
            cells[code] = Cell(gap, stance_words(item, code))
        else:
            cells[code] = "silent" if is_read(item, code) else "not read"
    gaps = [cell.gap for cell in cells.values() if isinstance(cell, Cell)]
    standing = headlines.standing(item.title, gaps)
    return GapRow(item.title, act, phrases.count_words(row), standing, cells)


def _type_rows(
    content: Content, answers: Sequence[Answers], codes: Mapping[str, str]
) -> list[GapRow]:
    """A row for each type: plain means, a case counting once however many judged it."""
    means = []
    for type in content.types.values():
        rows = [_row(each, codes) for each in answers if each.item.type == type.id]
        shown = [row for row in rows if row.standing]
        if shown:
            means.append(_mean_row(type.title, shown))
        elif rows:
            means.append(GapRow(type.title, "", rows[0].note, None, {}))
    return means


def _mean_row(title: str, rows: Sequence[GapRow]) -> GapRow:
    # A code that is silent on some cases of a type is compared on the others.
    gaps: dict[str, list[Gap]] = {code: [] for code in rows[0].cells}
    for row in rows:
        for code, cell in row.gaps():
            gaps[code].append(cell.gap)
    cells: dict[str, Cell | str] = dict.fromkeys(gaps, "silent")
    for code, of_cases in gaps.items():
        if of_cases:
            means = [sum(figures) / len(of_cases) for figures in zip(*of_cases, strict=True)]
            gap = Gap(sum(each.n for each in of_cases), *means[1:])
            cells[code] = Cell(gap, phrases.cases(len(of_cases)).lower())
    standings = [row.standing for row in rows if row.standing]
    standing = headlines.standing_of_type(title, standings)
    return GapRow(title, "", phrases.cases(len(rows)), standing, cells)


def _draw_row(frame: Frame, row: GapRow, codes: Mapping[str, str]) -> None:
    """A tile for each code, as dark as the class is far from its band, with its number."""
    top, gap = frame.y, frame.points(1)
    bottom = max(frame.case(row.title, row.act, row.note), top + 34)
    middle = (top + bottom) / 2 + 5
    for number, code in enumerate(codes):
        cell = row.cells.get(code, "")
        if isinstance(cell, str):
            frame.text(number + 0.5, middle, cell, 12, GREY, align=0.5)
            continue
        colour = heat(cell.sign, cell.steps)
        frame.tile(number + gap, number + 1 - gap, top, bottom, colour)
        if cell.sign:
            bold = cell.steps > cell.blind
            words = f"{cell.sign}{cell.steps:.1f}"
            frame.text(number + 0.5, middle, words, 14, on(colour), bold=bold, align=0.5)
    frame.rule([(frame.margin_left, bottom + 5), (frame.margin_right, bottom + 5)], PALE)
    frame.y = bottom + 10


def _ends(rows: Sequence[GapRow], codes: Mapping[str, str]) -> str:
    """Where the class is furthest from a band, on either side."""
    cells = [(row, code, cell) for row in rows for code, cell in row.gaps()]
    if not cells:
        return "no code here has a band."
    parts = []
    for side, word in (("stricter", "stricter"), ("permissive", "more permissive")):
        row, code, cell = max(cells, key=lambda each: getattr(each[2].gap, f"steps_{side}"))
        steps, blind = getattr(cell.gap, f"steps_{side}"), getattr(cell.gap, f"blind_{side}")
        parts.append(
            f"{word} than a band by at most {steps:.1f} steps (“{row.title}” beside {codes[code]}, "
            f"{cell.reading}; answering at random would give {blind:.1f})"
        )
    return f"on average {' and '.join(parts)}."


def _table_row(row: GapRow, codes: Mapping[str, str], content: Content) -> dict[str, object]:
    cells: dict[str, object] = {"row": row.title}
    if row.act:
        cells["act"] = row.act
    cells["who"] = row.note
    for code in codes:
        cell = row.cells.get(code)
        if isinstance(cell, Cell):
            gap = cell.gap
            cell = (
                f"{gap.steps_stricter:.2f} stricter, {gap.steps_permissive:.2f} more permissive "
                f"(blind {gap.blind_stricter:.2f}, {gap.blind_permissive:.2f}); {cell.reading}"
            )
        cells[content.codes[code].short] = cell
    return cells
