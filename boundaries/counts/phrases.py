"""Which cases and codes are meant, what those codes say of them, and numbers of a class as words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from boundaries.content import Band, Claim, Content, Item, Point, Reading, Vignette
from boundaries.content.display import band_text
from boundaries.errors import ContentError

if TYPE_CHECKING:
    from boundaries.counts.comparison import Answers, Bands

# What stands in a code's place beside a claim: this course's verdict.
VERDICT = "verdict"

T = TypeVar("T", bound=Item)


def items_of(content: Content, what: str) -> tuple[str, tuple[Item, ...]]:
    """The title of `what` (a type, "claims", "all", or the id of one item) and its items.

    Raises ContentError where `what` is none of these, or has no items yet.
    """
    items: Sequence[Item]
    if what == "all":
        title, items = "all types", tuple(content.vignettes.values())
    elif what == "claims":
        title, items = "what the articles claim", tuple(content.claims.values())
    elif what in content.types:
        title, items = content.types[what].title, content.of_type(what)
    elif what in content.all_vignettes or what in content.claims:
        item = content.item(what)
        title, items = f"“{item.title}”", (item,)
    else:
        raise ContentError(
            f"'{what}' cannot be drawn. Choose the id of a case or a claim, 'all', 'claims', or a "
            f"type: {', '.join(content.types)}."
        )
    if not items:
        raise ContentError(
            f"There is nothing of '{what}' to draw yet. Add a case under data/vignettes."
        )
    return title, tuple(items)


def vignettes_of(content: Content, what: str) -> tuple[str, tuple[Vignette, ...]]:
    """As `items_of`, where only vignettes will do. Raises ContentError for claims."""
    title, items = items_of(content, what)
    vignettes = tuple(item for item in items if isinstance(item, Vignette))
    if not vignettes:
        raise ContentError(
            f"'{what}' has no codes beside it. Draw claims with intuition_vs_code, answers or "
            "spread, or choose a case."
        )
    return title, vignettes


def one_of(items: Sequence[T], what: str) -> T:
    """The only one of `items`. Raises ContentError where there are more."""
    if len(items) > 1:
        raise ContentError(
            f"'{what}' is more than one case. Choose one: {', '.join(item.id for item in items)}."
        )
    return items[0]


def known_codes(content: Content, codes: Iterable[str]) -> list[str]:
    """The ids in `codes`. Raises ContentError for one that is not a code of the content."""
    known = list(codes)
    for code in known:
        if code not in content.codes:
            raise ContentError(
                f"'{code}' is not a code of this course. Choose one of: {', '.join(content.codes)}."
            )
    return known


def codes_for(
    content: Content, items: Sequence[Item], codes: Sequence[str] | None
) -> dict[str, str]:
    """The codes to set beside `items` (default: those of course.toml), with their short names.

    A short name goes without the edition's year where the rest names only one of them. Beside
    claims stands this course's verdict alone. Raises ContentError for a code that is not in the
    content.
    """
    if all(isinstance(item, Claim) for item in items):
        return {VERDICT: "This course’s verdict"}
    if codes is None:
        codes = [code.id for code in content.shown_codes]
    shorts, stems = {}, {}
    for code in known_codes(content, codes):
        shorts[code] = content.codes[code].short
        stems[code] = re.sub(r" \d{4}$", "", shorts[code])
    editions = Counter(stems.values())
    for code, stem in stems.items():
        if editions[stem] == 1:
            shorts[code] = stem
    return shorts


def names_of(item: Item, levels: Sequence[str]) -> str:
    """The labels of levels; empty without a dial."""
    if not isinstance(item, Vignette):
        return ""
    return " / ".join(item.label(level) for level in levels)


def is_read(item: Item, code: str) -> bool:
    """Whether this course has read what the code says of the item."""
    return isinstance(item, Claim) or any(reading.code == code for reading in item.readings)


def band_at(item: Item, code: str, level: str) -> Band | None:
    """The band of a code at a level, None where it has none; of a claim, its verdict."""
    if isinstance(item, Claim):
        return (item.verdict, item.verdict)
    reading = item.reading(code, level)
    return reading.band if reading else None


def reading_words(reading: Reading | None) -> str:
    """A stance with its band, as it is printed: "conditional 2 to 4", "silent", "not read"."""
    if reading is None:
        return "not read"
    return f"{reading.stance} {band_text(reading.band)}" if reading.band else "silent"


def stance_words(item: Item, code: str) -> str:
    """What a code says of an item and its band, in words; " / " between levels that differ."""
    if isinstance(item, Claim):
        return next(point.label for point in item.scale if point.value == item.verdict)
    words = [reading_words(item.reading(code, level)) for level in item.levels]
    return " / ".join(dict.fromkeys(words))


# -- numbers of a class, as words -----------------------------------------------------------------

WHEN = {
    "first": "judged alone",
    "discussed": "after discussion",
    "informed": "after reading the codes",
}


def beside_names(
    row: Answers, shorts: Mapping[str, str]
) -> tuple[dict[tuple[Band | None, ...], list[str]], dict[str, list[str]]]:
    """Short names by bands (one a group), the strictest first; and those of codes without any.

    The second is keyed by why: "silent" or "not read".
    """
    banded: dict[tuple[Band | None, ...], list[str]] = defaultdict(list)
    silent: dict[str, list[str]] = defaultdict(list)
    for code, short in shorts.items():
        bands = row.bands(code)
        if any(bands):
            banded[bands].append(short)
        elif is_read(row.item, code):
            silent["silent"].append(short)
        else:
            silent["not read"].append(short)
    # One order in all pictures, whichever order course.toml names its codes in.
    strictest_first = sorted(banded, key=_strictness)
    return {bands: banded[bands] for bands in strictest_first}, dict(silent)


def _strictness(bands: Bands) -> list[Band]:
    beyond_any_scale = (9, 9)
    return [band or beyond_any_scale for band in bands]


def inside_words(row: Answers, bands: Bands) -> tuple[str, str]:
    """Bands, and the share inside them, as they are printed."""
    words = dict.fromkeys(band_text(band) if band else "silent" for band in bands)
    bands_said = " / ".join(words)
    beside = row.beside(bands)
    if beside is None:
        return bands_said, ""
    inside = percent(beside.inside)
    if isinstance(row.item, Claim):
        return f"verdict: {stance_words(row.item, VERDICT).lower()}", f"{inside} agree"
    if beside.n == row.n:
        return bands_said, f"{inside} inside"
    return bands_said, f"{inside} of {beside.n} inside"


def count_words(row: Answers) -> str:
    """How many rated and how many preferred not to; that too few have judged, where they have."""
    if not row.groups:
        return f"{row.size} have judged"
    rated = f"n = {row.n}"
    return f"{rated}; {row.skips} preferred not to judge" if row.skips else rated


def people(shown: Sequence[Answers]) -> str:
    """How many cases (or claims), and how many people judged each."""
    sizes = sorted({row.n for row in shown})
    many = str(sizes[0])
    if len(sizes) > 1:
        many = f"{sizes[0]} to {sizes[-1]}"
    kind = "claim" if isinstance(shown[0].item, Claim) else "case"
    each = "each " if len(shown) > 1 else ""
    return f"{cases(len(shown), kind)}, {each}judged by {many} people"


def cases(n: int, kind: str = "case") -> str:
    """A number of cases in words."""
    return f"One {kind}" if n == 1 else f"{n} {kind}s"


def act_of(item: Item) -> str:
    """What is judged, in general form: "to take work in place of the fee"; nothing for a claim.

    Where a dial turns a word, the fact that it turns stands in brackets.
    """
    if not isinstance(item, Vignette):
        return ""
    fact = f"[{item.dial.fact}]" if item.dial else ""
    return f"to {item.behaviour.replace('{dial}', fact)}"


def titled(item: Item) -> dict[str, object]:
    """How a table's row begins: a case with its act, or a claim."""
    if isinstance(item, Vignette):
        return {"case": item.title, "act": act_of(item)}
    return {"claim": item.title}


def left_out(rows: Sequence[Answers]) -> str:
    """A sentence, after a space, that names what too few have judged, the first three by title;
    empty where all is shown."""
    few = [row for row in rows if not row.groups]
    if not few:
        return ""
    titles = ", ".join(f"“{row.item.title}”" for row in few[:3])
    more = f" and {len(few) - 3} more" if len(few) > 3 else ""
    return f" Not shown, for {few[0].size} have judged: {titles}{more}."


def caption(rows: Sequence[Answers], words: str) -> str:
    """A chart's sentence: how many judged, what is said of them, and what too few have judged."""
    shown = [row for row in rows if row.groups]
    if not shown:
        return nothing(rows)
    return f"{people(shown)}: {words}{left_out(rows)}"


def nothing(rows: Sequence[Answers]) -> str:
    """What a chart says that has nothing to show."""
    which = f"each of these {len(rows)} cases"
    if len(rows) == 1:
        which = f"“{rows[0].item.title}”"
    return f"Fewer than {rows[0].minimum} people have judged {which}, so nothing is shown yet."


def shares(scale: Sequence[Point], counts: Sequence[int]) -> dict[str, object]:
    """Cells of a table: for each rating the share who gave it, None where nobody did any."""
    cells: dict[str, object] = dict.fromkeys(str(point.value) for point in scale)
    for place, count in enumerate(counts):
        cells[str(scale[place].value)] = percent(count / sum(counts))
    return cells


def percent(share: float) -> str:
    """A share (0 to 1) as it is printed."""
    return f"{100 * share:.0f}%"
