"""What a form shows of an item, as plain dicts ready for JSON: its words, and each code's reading of it.

Both homes of the form are fed from here, the notebook card and the phone page.
"""

from __future__ import annotations

from typing import Any

from boundaries.content import Content, Item, Point, Reading

State = dict[str, Any]

SKIP = "I would rather not judge this one"
ABOUT = (
    "The bands are this course's reading of each code, not an official opinion, and no band is the right answer. "
    "A class may well be wiser than a code."
)
_BASIS = {
    "specific": "It has a provision on this.",
    "general": "It has no provision on this by name; a general one decides.",
    "none": "It has no provision that decides this.",
}


def points(scale: tuple[Point, ...]) -> list[State]:
    """A scale: a dict of value and label for each point."""
    return [{"value": p.value, "label": p.label} for p in scale]


def codes_of(item: Item, content: Content) -> list[str]:
    """The ids of the codes whose readings of a vignette are shown, in their order; none for a claim."""
    readings = getattr(item, "readings", ())
    shown = [c.id for c in content.shown_codes]
    others = [r.code for r in readings if content.course.others]
    read = {r.code for r in readings}
    return [code for code in dict.fromkeys([*shown, *others]) if code in read]


def shown(reading: Reading, content: Content) -> State:
    """All that is shown of one code's reading; the sentence beside a rating is `beside`."""
    reviewer = (
        f"reviewed by {reading.reviewer}" if reading.reviewer else "not yet reviewed by an ethicist"
    )
    return {
        "code": content.codes[reading.code].short,
        "stance": content.stances[reading.stance].label,
        "basis": _BASIS[reading.basis],
        "band": list(reading.band) if reading.band else None,
        "bandText": band_text(reading.band),
        "bandWhy": reading.band_why,
        "provisions": [provision(content, reading.code, id) for id in reading.provisions],
        "why": reading.why,
        "changes": reading.changes,
        "whose": f"Read by {reading.author}, {reading.date}; {reviewer}.",
    }


def provision(content: Content, code: str, id: str) -> State:
    """One provision: section, title, what it says in our words, and how it was checked."""
    found = content.codes[code].provisions[id]
    section = found.section or "no number in the source"
    return {
        "section": f"{section} ({found.note})" if found.note else section,
        "title": found.title,
        "says": found.says,
        "checked": content.checks[found.checked],
    }


def band_text(band: tuple[int, int] | None) -> str:
    """A band in words: "2 to 4", "1", or "no band".

    >>> band_text((2, 4)), band_text((1, 1)), band_text(None)
    ('2 to 4', '1', 'no band')
    """
    if band is None:
        return "no band"
    return str(band[0]) if band[0] == band[1] else f"{band[0]} to {band[1]}"


def beside(rating: int | None, band: tuple[int, int] | None) -> str:
    """How a rating stands beside a band, in a sentence (empty for a skip or a silent code).

    >>> beside(1, (2, 4))
    'Your rating, 1, is one step stricter than this band.'
    """
    if rating is None or band is None:
        return ""
    steps = band[0] - rating if rating < band[0] else rating - band[1]
    if steps <= 0:
        return f"Your rating, {rating}, is inside this band."
    count = {1: "one step", 2: "two steps", 3: "three steps", 4: "four steps"}[steps]
    side = "stricter" if rating < band[0] else "more permissive"
    return f"Your rating, {rating}, is {count} {side} than this band."
