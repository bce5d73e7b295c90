"""A class beside the codes: its shown answers group by group, and how far they are from each band.

Everything here is made of a released tally, counts the wording that the content asks today and no
other, and keeps skips apart: they are never in `n`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import NamedTuple

import numpy as np
from pandas import DataFrame

from boundaries.content import Band, Content, Item, Vignette
from boundaries.content.display import band_text
from boundaries.counts import statistics
from boundaries.counts.phrases import band_at, known_codes, names_of
from boundaries.counts.release import Released
from boundaries.counts.withholding import Block
from boundaries.errors import ContentError

# A code's bands, one for each group of an item's answers; None where it has none.
Bands = Sequence[Band | None]


class Gap(NamedTuple):
    """A class beside a code: `n` rated at a level with a band, `inside` to `permissive` are shares
    of them, `steps_...` mean steps outside the band, `blind_...` what answering at random gives.
    """

    n: int
    inside: float
    stricter: float
    permissive: float
    steps_stricter: float
    steps_permissive: float
    blind_stricter: float
    blind_permissive: float
    blind_inside: float


_NO_GAP = Gap(0, *[nan] * 8)


class Group(NamedTuple):
    """Those whose case was told at `levels`: how often each rating was given, and skips."""

    levels: Block
    counts: tuple[int, ...]
    skips: int

    @property
    def n(self) -> int:
        """How many rated."""
        return sum(self.counts)


@dataclass(frozen=True)
class Answers:
    """The shown answers to one item in one phase. No groups: nothing may be shown, for fewer than
    `minimum` have judged."""

    item: Item
    groups: tuple[Group, ...]
    minimum: int

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each rating was given, over all groups."""
        columns = zip(*(group.counts for group in self.groups), strict=True)
        return tuple(map(sum, columns))

    @property
    def n(self) -> int:
        """How many rated."""
        return sum(self.counts)

    @property
    def size(self) -> int | str:
        """How many rated, as a table says it."""
        return self.n or f"fewer than {self.minimum}"

    @property
    def skips(self) -> int:
        """How many preferred not to judge."""
        return sum(group.skips for group in self.groups)

    @property
    def hidden(self) -> bool:
        """Whether answers at some levels may not be shown."""
        return sum(len(group.levels) for group in self.groups) < len(self.item.levels)

    def means(self) -> dict[str, float]:
        """The mean rating of each group, by the label of its levels."""
        means = {}
        for group in self.groups:
            means[names_of(self.item, group.levels)] = statistics.mean(group.counts)
        return means

    def bands(self, code: str) -> tuple[Band | None, ...]:
        """The band of a code for each group; `release` never joins levels that it reads apart."""
        return tuple(band_at(self.item, code, group.levels[0]) for group in self.groups)

    def beside(self, bands: Bands) -> Gap | None:
        """The class beside its own bands, every group by its own; None where no group has one."""
        people: list[int] = []
        figures: list[Sequence[float]] = []
        for group, band in zip(self.groups, bands, strict=True):
            if band:
                blind = statistics.sides([1] * len(group.counts), band)
                people.append(group.n)
                sides = statistics.sides(group.counts, band)
                figures.append([*sides, blind.steps_stricter, blind.steps_permissive, blind.inside])
        if not figures:
            return None
        # A dial's groups differ in size: each person counts once.
        return Gap(sum(people), *np.average(figures, axis=0, weights=people).tolist())

    def spread(self) -> float:
        """The mean distance between two classmates drawn at random who read the same words."""
        spreads: list[float] = []
        pairs: list[int] = []
        for group in self.groups:
            # Pairs within a group only: two who read different words do not disagree.
            spreads.append(statistics.mean_distance(group.counts))
            pairs.append(group.n * (group.n - 1))
        return float(np.average(spreads, weights=pairs))


def answers_to(released: Released, items: Iterable[Item], phase: str) -> list[Answers]:
    """The shown answers to each of `items`, in their order, in one pass over the tally."""
    counted: dict[tuple[str, str], dict[str, Counter[int]]] = {}
    columns = released.ratings[["phase", "item", "wording", "levels", "rating", "n"]]
    for shown, item_id, wording, levels, rating, n in columns.itertuples(index=False, name=None):
        if shown == phase:
            blocks = counted.setdefault((item_id, wording), defaultdict(Counter))
            blocks[levels][rating] += n
    answers = []
    for item in items:
        groups = _groups(item, counted.get((item.id, item.wording), {}))
        answers.append(Answers(item, groups, released.minimum))
    return answers


def by_levels(item: Item, phases: Mapping[str, Answers]) -> dict[Block, dict[str, Answers]]:
    """The answers of each group alone, by phase, in the order of the item's levels; a level that
    may not be shown in any phase stands alone, with none."""
    groups: dict[Block, dict[str, Answers]] = {}
    hidden = set(item.levels)
    for phase, row in phases.items():
        for group in row.groups:
            groups.setdefault(group.levels, {})[phase] = replace(row, groups=(group,))
            hidden -= set(group.levels)
    for level in hidden:
        groups[(level,)] = {}
    # Groups come by phase: one that may be shown only in a later phase would stand last.
    return dict(sorted(groups.items(), key=lambda group: item.levels.index(group[0][0])))


def ordered(rows: Sequence[Answers], order: str) -> list[Answers]:
    """Rows by the class's mean ("mean": the strictest first, then what is not shown) or as given.

    Raises ContentError for an order that is neither "mean" nor "assigned".
    """
    if order == "assigned":
        return list(rows)
    if order != "mean":
        raise ContentError(f"{order!r} is no order of cases. Choose 'mean' or 'assigned'.")
    shown = [row for row in rows if row.groups]
    shown.sort(key=lambda row: statistics.mean(row.counts))
    return shown + [row for row in rows if not row.groups]


def _groups(item: Item, blocks: Mapping[str, Counter[int]]) -> tuple[Group, ...]:
    groups = []
    for levels, counts in blocks.items():
        ratings = tuple(counts[point.value] for point in item.scale)
        groups.append(Group(tuple(levels.split("+")), ratings, skips=counts[0]))
    return tuple(sorted(groups, key=lambda group: item.levels.index(group.levels[0])))


def gap(
    released: Released,
    content: Content,
    codes: Iterable[str],
    vignettes: Iterable[Vignette],
    phase: str = "first",
) -> DataFrame:
    """A class beside the codes: a row per vignette and code.

    Columns: item, type, code, stance and band (as text; " / " between levels that differ), then
    those of `Gap`. With n 0 (no band, or nothing that may be shown) the numbers are NaN. Raises
    ContentError for a code that is not in the content.
    """
    codes, vignettes = known_codes(content, codes), list(vignettes)
    rows = []
    for vignette, answers in zip(vignettes, answers_to(released, vignettes, phase), strict=True):
        for code in codes:
            beside = answers.beside(answers.bands(code)) or _NO_GAP
            who = (vignette.id, vignette.type, code, *_reading_text(vignette, code))
            rows.append((*who, *beside[:-1]))  # a table of steps needs no share by chance
    columns = ("item", "type", "code", "stance", "band", *Gap._fields[:-1])
    return DataFrame(rows, columns=list(columns))


class Shift(NamedTuple):
    """How many of those who rated a case twice moved toward a code's band (text), away from it, or
    stayed."""

    vignette: Vignette
    band: str
    away: int
    stayed: int
    toward: int

    @property
    def parts(self) -> tuple[int, int, int]:
        """Those who moved away, stayed, and moved toward the band."""
        return self[2:]

    @property
    def n(self) -> int:
        """How many rated twice, at a level with a band; a skip in either phase is no move."""
        return sum(self.parts)


def shifts(
    released: Released, content: Content, code: str, vignettes: Iterable[Vignette]
) -> list[Shift]:
    """From first to informed: who moved toward the band of `code`, away from it, or stayed.

    One per vignette. Who moves within the band stays. Raises ContentError for a code that is not in
    the content.
    """
    known_codes(content, [code])
    asked = {(vignette.id, vignette.wording): vignette for vignette in vignettes}
    directions: dict[str, Counter[str]] = defaultdict(Counter)
    for item_id, wording, levels, *move in released.moves.itertuples(index=False, name=None):
        from_phase, before, to_phase, after, n = move
        vignette = asked.get((item_id, wording))
        if vignette and (from_phase, to_phase) == ("first", "informed") and before and after:
            band = band_at(vignette, code, levels.split("+")[0])
            if band:
                directions[item_id][_direction(before, after, band)] += n
    moved = []
    for vignette in asked.values():
        to = directions[vignette.id]
        bands = _reading_text(vignette, code)[1]
        moved.append(Shift(vignette, bands, to["away"], to["stayed"], to["toward"]))
    return moved


def _direction(before: int, after: int, band: Band) -> str:
    change = _distance(after, band) - _distance(before, band)
    if change == 0:
        return "stayed"
    return "away" if change > 0 else "toward"


def _distance(rating: int, band: Band) -> int:
    low, high = band
    return max(low - rating, rating - high, 0)


def _reading_text(vignette: Vignette, code: str) -> tuple[str, str]:
    """Stance and band of a code over all levels, each pair once, in the dial's order."""
    pairs: dict[tuple[str, Band | None], None] = {}
    for level in vignette.levels:
        reading = vignette.reading(code, level)
        pairs[(reading.stance, reading.band) if reading else ("not read", None)] = None
    return (
        " / ".join(stance for stance, _ in pairs),
        " / ".join(band_text(band) for _, band in pairs),
    )
