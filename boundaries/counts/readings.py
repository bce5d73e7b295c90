"""Which cases and which codes are meant, and what those codes say of them, in numbers and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from boundaries.content import Band, Claim, Content, Item, Reading, Vignette
from boundaries.content.display import band_text
from boundaries.errors import ContentError

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
    shorts = {code: content.codes[code].short for code in known_codes(content, codes)}
    stems = {code: re.sub(r" \d{4}$", "", short) for code, short in shorts.items()}
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
