"""A class's shown answers to one item, group by group, and how they stand beside a code."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from boundaries.content import Band, Claim, Content, Item, Vignette
from boundaries.counts import statistics
from boundaries.counts.release import Released
from boundaries.errors import ContentError

VERDICT = "verdict"
"""What stands in a code's place beside a claim: this course's verdict."""

T = TypeVar("T", bound=Item)
WHEN = {
    "first": "judged alone",
    "discussed": "after discussion",
    "informed": "after reading the codes",
}
OWN_LEVEL = "each answer by its own level"


class Group(NamedTuple):
    """Those whose case was told at `levels`: how often each rating was given, and how many skipped."""

    levels: tuple[str, ...]
    counts: tuple[int, ...]
    skips: int


@dataclass(frozen=True)
class Answers:
    """The shown answers to one item in one phase. No groups: nothing may be shown."""

    item: Item
    groups: tuple[Group, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each rating was given, over all groups."""
        return tuple(map(sum, zip(*(g.counts for g in self.groups), strict=True)))

    @property
    def n(self) -> int:
        """How many rated."""
        return sum(self.counts)

    @property
    def skips(self) -> int:
        """How many preferred not to judge."""
        return sum(g.skips for g in self.groups)

    @property
    def hidden(self) -> bool:
        """Whether answers at some levels may not be shown."""
        return len({level for g in self.groups for level in g.levels}) < len(self.item.levels)

    @property
    def by_level(self) -> bool:
        """Whether any code reads two levels differently."""
        codes = {r.code for r in self.item.readings} if isinstance(self.item, Vignette) else set()
        return any(
            len({band_at(self.item, c, level) for level in self.item.levels}) > 1 for c in codes
        )

    def bands(self, code: str) -> tuple[Band | None, ...]:
        """The band of a code for each group; `release` never joins levels that a code reads differently."""
        return tuple(band_at(self.item, code, g.levels[0]) for g in self.groups)

    def inside(self, bands: Sequence[Band | None]) -> tuple[int, ...]:
        """How many of each rating lie inside their own group's band."""
        return tuple(
            sum(
                g.counts[i]
                for g, b in zip(self.groups, bands, strict=True)
                if b and b[0] <= i + 1 <= b[1]
            )
            for i in range(len(self.item.scale))
        )

    def sides(self, bands: Sequence[Band | None]) -> tuple[int, statistics.Sides, float] | None:
        """How many rated at a level with a band, their shares, and what share blind answering puts inside.

        None where no group has a band.
        """
        judged = self._judged(bands)
        if not judged:
            return None
        shares = _over(judged, [statistics.inside(c, b) for c, b in judged])
        blind = _over(judged, [[(b[1] - b[0] + 1) / len(c)] for c, b in judged])
        return sum(sum(c) for c, _ in judged), statistics.Sides(*shares), blind[0]

    def steps(
        self, bands: Sequence[Band | None]
    ) -> tuple[statistics.Steps, statistics.Steps] | None:
        """The class's mean steps outside its own bands, and those of blind answering; None without a band."""
        judged = self._judged(bands)
        if not judged:
            return None
        ours = _over(judged, [statistics.steps_outside(c, b) for c, b in judged])
        blind = _over(judged, [statistics.blind_steps(b, len(c)) for c, b in judged])
        return statistics.Steps(*ours), statistics.Steps(*blind)

    def _judged(self, bands: Sequence[Band | None]) -> list[tuple[tuple[int, ...], Band]]:
        return [(g.counts, b) for g, b in zip(self.groups, bands, strict=True) if b]

    def spread(self) -> float:
        """The mean distance between two classmates drawn at random who read the same words."""
        pairs = [
            (n * (n - 1), statistics.spread(g.counts))
            for g in self.groups
            if (n := sum(g.counts)) > 1
        ]
        return sum(weight * x for weight, x in pairs) / sum(weight for weight, _ in pairs)


def _over(
    judged: Sequence[tuple[tuple[int, ...], Band]], figures: Sequence[Sequence[float]]
) -> list[float]:
    """The means of each group's figures, weighted by its people."""
    sizes = [sum(counts) for counts, _ in judged]
    return [
        sum(n * x for n, x in zip(sizes, column, strict=True)) / sum(sizes)
        for column in zip(*figures, strict=True)
    ]


def answers_to(released: Released, items: Iterable[Item], phase: str) -> list[Answers]:
    """The shown answers to each of `items`, in their order, in one pass over the tally."""
    counted: dict[tuple[str, str], dict[str, Counter[int]]] = defaultdict(
        lambda: defaultdict(Counter)
    )
    columns = released.ratings[["item", "wording", "levels", "phase", "rating", "n"]]
    for item, wording, levels, given, rating, n in columns.itertuples(index=False, name=None):
        if given == phase:
            counted[item, wording][levels][rating] += n
    return [
        Answers(item, _groups(item, counted.get((item.id, item.wording), {}))) for item in items
    ]


def _groups(item: Item, counted: dict[str, Counter[int]]) -> tuple[Group, ...]:
    groups = [
        Group(tuple(levels.split("+")), tuple(c[p.value] for p in item.scale), c[0])
        for levels, c in counted.items()
    ]
    return tuple(sorted(groups, key=lambda g: item.levels.index(g.levels[0])))


def band_at(item: Item, code: str, level: str) -> Band | None:
    """The band of a code at a level; of a claim, its verdict."""
    if isinstance(item, Claim):
        return (item.verdict, item.verdict)
    reading = item.reading(code, level)
    return reading.band if reading else None


def is_read(item: Item, code: str) -> bool:
    """Whether this course has read what the code says of the item."""
    return isinstance(item, Claim) or any(r.code == code for r in item.readings)


def items_of(content: Content, what: str) -> tuple[str, tuple[Item, ...]]:
    """The title of `what` (a type, "claims", "all", or the id of one item) and its items.

    Raises ContentError where `what` is none of these, or has no items yet.
    """
    found: tuple[str, Sequence[Item]]
    if what == "all":
        found = ("all types", tuple(content.vignettes.values()))
    elif what == "claims":
        found = ("what the articles claim", tuple(content.claims.values()))
    elif what in content.types:
        found = (content.types[what].title, content.of_type(what))
    elif what in content.all_vignettes or what in content.claims:
        item = content.item(what)
        found = (f"“{item.title}”", (item,))
    else:
        raise ContentError(
            f"'{what}' cannot be drawn. Choose the id of a case or a claim, 'all', 'claims', or a type: "
            f"{', '.join(content.types)}."
        )
    if not found[1]:
        raise ContentError(
            f"There is nothing of '{what}' to draw yet. Add a case under data/vignettes."
        )
    return found[0], tuple(found[1])


def vignettes_of(content: Content, what: str) -> tuple[str, tuple[Vignette, ...]]:
    """As `items_of`, where only vignettes will do. Raises ContentError for claims: no code has a band for them."""
    title, items = items_of(content, what)
    if vignettes := tuple(v for v in items if isinstance(v, Vignette)):
        return title, vignettes
    raise ContentError(
        f"'{what}' has no codes beside it. Draw claims with intuition_vs_code, answers or spread, or choose a case."
    )


def one_of(items: Sequence[T], what: str) -> T:
    """The only one of `items`. Raises ContentError where there are more."""
    if len(items) > 1:
        raise ContentError(
            f"'{what}' is more than one case. Choose one: {', '.join(item.id for item in items)}."
        )
    return items[0]


def names_of(item: Item, levels: Sequence[str]) -> str:
    """The labels of levels; empty without a dial."""
    return " / ".join(item.label(level) for level in levels) if isinstance(item, Vignette) else ""


def codes_for(
    content: Content, items: Sequence[Item], codes: Sequence[str] | None
) -> dict[str, str]:
    """The codes to set beside `items` (default: those of course.toml) with their short names, without the edition's
    year where that names only one of them. Raises ContentError for a code that is not in the content."""
    if all(isinstance(item, Claim) for item in items):
        return {VERDICT: "This course’s verdict"}
    chosen = list(codes) if codes is not None else [c.id for c in content.shown_codes]
    for code in chosen:
        if code not in content.codes:
            raise ContentError(
                f"'{code}' is not a code of this course. Choose one of: {', '.join(content.codes)}."
            )
    shorts = {code: content.codes[code].short for code in chosen}
    stems = {code: re.sub(r" \d{4}$", "", short) for code, short in shorts.items()}
    twice = Counter(stems.values())
    return {code: stem if twice[stem] == 1 else shorts[code] for code, stem in stems.items()}


def stance_words(item: Item, code: str) -> str:
    """What a code says of an item and its band, in words; " / " between levels that differ."""
    if isinstance(item, Claim):
        return next(p.label for p in item.scale if p.value == item.verdict)
    if not is_read(item, code):
        return "not read"
    found = {level: item.reading(code, level) for level in item.levels}
    words = [
        f"{r.stance} {band_words(r.band)}" if r and r.band else "silent" for r in found.values()
    ]
    return " / ".join(dict.fromkeys(words))


def beside_names(
    row: Answers, shorts: Mapping[str, str]
) -> tuple[dict[tuple[Band | None, ...], list[str]], dict[str, list[str]]]:
    """Short names by bands (one a group), the strictest first; and those of codes that are silent or not read."""
    banded: dict[tuple[Band | None, ...], list[str]] = {}
    silent: dict[str, list[str]] = {}
    for code, short in shorts.items():
        if any(bands := row.bands(code)):
            banded.setdefault(bands, []).append(short)
        else:
            silent.setdefault("silent" if is_read(row.item, code) else "not read", []).append(short)
    return dict(
        sorted(banded.items(), key=lambda found: [band or (9, 9) for band in found[0]])
    ), silent


def inside_words(row: Answers, bands: Sequence[Band | None]) -> tuple[str, str]:
    """Bands, and the share inside them, as they are printed."""
    words = " / ".join(dict.fromkeys(band_words(band) if band else "silent" for band in bands))
    found = row.sides(bands)
    if found is None:
        return words, ""
    n, shares, _ = found
    if isinstance(row.item, Claim):
        return f"verdict: {stance_words(row.item, '').lower()}", f"{percent(shares.inside)} agree"
    of = "" if n == row.n else f" of {n}"
    return words, f"{percent(shares.inside)}{of} inside"


def count_words(row: Answers | Group) -> str:
    """How many rated and how many preferred not to."""
    return f"n = {sum(row.counts)}" + (f"; {row.skips} preferred not to judge" if row.skips else "")


def people(shown: Sequence[Answers]) -> str:
    """How many cases (or claims), and how many people judged each."""
    sizes = sorted({row.n for row in shown})
    many = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else str(sizes[0])
    what = cases(len(shown), "claim" if isinstance(shown[0].item, Claim) else "case")
    return f"{what}, {'each ' if len(shown) > 1 else ''}judged by {many} people"


def cases(n: int, what: str = "case") -> str:
    """A number of cases in words."""
    return f"One {what}" if n == 1 else f"{n} {what}s"


def left_out(rows: Sequence[Answers], minimum: int) -> str:
    """A sentence, after a space, that names what too few have judged; empty where everything is shown."""
    titles = ", ".join(f"“{row.item.title}”" for row in rows if not row.groups)
    return f" Not shown, for fewer than {minimum} have judged: {titles}." if titles else ""


def nothing(rows: Sequence[Answers], minimum: int) -> str:
    """What a chart says that has nothing to show."""
    which = f"“{rows[0].item.title}”" if len(rows) == 1 else f"each of these {len(rows)} cases"
    return f"Fewer than {minimum} people have judged {which}, so nothing is shown yet."


def percent(share: float) -> str:
    """A share as it is printed."""
    return f"{100 * share:.0f}%"


def band_words(band: Band | None) -> str:
    """A band as it is printed.

    >>> band_words((2, 4)), band_words((1, 1)), band_words(None)
    ('2 to 4', '1', 'no band')
    """
    return " to ".join(str(end) for end in sorted(set(band))) if band else "no band"
