"""What pictures and the report print of a class beside the codes: numbers as words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from boundaries.content import Band, Claim, Item, Vignette
from boundaries.content.display import band_text
from boundaries.counts.readings import VERDICT, is_read, stance_words

if TYPE_CHECKING:
    from boundaries.counts.comparison import Answers, Bands, Group

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


def count_words(row: Answers | Group) -> str:
    """How many rated and how many preferred not to."""
    rated = f"n = {sum(row.counts)}"
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


def fewer(minimum: int) -> str:
    """What stands in the place of a number that may not be shown."""
    return f"fewer than {minimum} have judged"


def left_out(rows: Sequence[Answers], minimum: int) -> str:
    """A sentence, after a space, that names what too few have judged, the first three by title;
    empty where all is shown."""
    titles = [f"“{row.item.title}”" for row in rows if not row.groups]
    if not titles:
        return ""
    more = f" and {len(titles) - 3} more" if len(titles) > 3 else ""
    return f" Not shown, for {fewer(minimum)}: {', '.join(titles[:3])}{more}."


def nothing(rows: Sequence[Answers], minimum: int) -> str:
    """What a chart says that has nothing to show."""
    which = f"each of these {len(rows)} cases"
    if len(rows) == 1:
        which = f"“{rows[0].item.title}”"
    return f"Fewer than {minimum} people have judged {which}, so nothing is shown yet."


def percent(share: float) -> str:
    """A share (0 to 1) as it is printed."""
    return f"{100 * share:.0f}%"
