"""What a form shows of an item, as plain dicts ready for JSON: its words, and each code's reading
of it.

Both homes of the form are fed from here, the notebook card and the phone page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boundaries.content import Band, Claim, Code, Content, Item, Point, Reading, Vignette
from boundaries.content.prompts import COMPARING

State = dict[str, Any]

PHASE_WORDS = {
    "first": "first judgment",
    "discussed": "judgment after talking",
    "informed": "second judgment",
}
SKIP = "I would rather not judge this one"
ABOUT = (
    "The bands are this course's reading of each code, not an official opinion, and no band is "
    "the right answer. A class may well be wiser than a code. “Read” beside a passage means that "
    "we read these words, often in a copy: before you rely on one, look it up on the body's own "
    "page."
)
_BASIS = {
    "specific": "It has a provision on this.",
    "general": "It has no provision on this by name; a general one decides.",
    "none": "It has no provision that decides this.",
}


def points(scale: tuple[Point, ...]) -> list[State]:
    """A scale: a dict of value and label for each point."""
    return [{"value": point.value, "label": point.label} for point in scale]


def asking(content: Content, hint: str, longest: int) -> State:
    """What the forms of all items share; `hint` says what becomes of a reason."""
    return {
        "confidence": {"legend": "How sure are you?", "options": points(content.confidence)},
        "reason": {"label": "Your reason (optional)", "max": longest, "hint": hint},
        "skip": SKIP,
    }


def question(item: Item, level: str) -> str:
    """What is asked of an item, at a level of its dial."""
    if isinstance(item, Vignette):
        return item.at(level, item.question)
    return item.question


def asked(item: Item, level: str) -> State:
    """What a page shows of an item before it is judged, at a level of its dial: nothing of a code."""
    case: State = {
        "item": item.id,
        "wording": item.wording,
        "level": level,
        "title": item.title,
        "note": "",
        "case": "",
        "act": "",
        "question": question(item, level),
        "options": points(item.scale),
    }
    if isinstance(item, Vignette):
        case |= {
            "note": item.content_note,
            "case": item.at(level, item.case),
            "act": item.at(level, item.act),
        }
    return case


def side_by_side(pair: Sequence[Item], content: Content) -> State:
    """What stands above a lesson's two cases that are compared: their ids, and what to ask of them;
    both are empty where the lesson has none."""
    asks = []
    if pair and COMPARING in content.models:
        asks = [question.text for question in content.models[COMPARING].questions]
    return {"pair": [item.id for item in pair], "asks": asks}


def unopened(item: Item) -> State:
    """What is read about an item, as long as nothing may be."""
    return {
        "scale": points(item.scale),
        "about": "",
        "binding": "",
        "why": "",
        "questions": [],
        "readings": [],
        "verdict": None,
    }


def opened(item: Item, level: str, content: Content) -> State:
    """What a page shows once an item may be read about: the readings at a level, or the verdict."""
    state = {"item": item.id, **unopened(item), "why": item.why}
    if isinstance(item, Claim):
        return state | {"verdict": verdict(item, content)}
    state["readings"] = readings_at(item, [level], content)
    if state["readings"]:
        state["about"] = ABOUT
    state["binding"] = binding(item, content)
    state["questions"] = list(item.questions)
    return state


def readings_at(item: Vignette, levels: Sequence[str], content: Content) -> list[State]:
    """Each code's reading at these levels: one, unless its words differ between them."""
    readings = []
    for code in codes_read(item, content):
        first_level: dict[Any, str] = {}
        for level in levels:
            reading = item.reading(code, level)
            if reading:
                first_level.setdefault(reading, level)
        for reading, level in first_level.items():
            entry = reading_shown(reading, content)
            entry["verdicts"] = {
                str(point.value): beside(point.value, reading.band) for point in item.scale
            }
            if len(first_level) > 1:
                entry["code"] = f"{entry['code']} ({item.label(level)})"
            readings.append(entry)
    return readings


def verdict(claim: Claim, content: Content) -> State:
    """What this course says of a claim: a label, why, and the provisions that it rests on."""
    labels = {point.value: point.label for point in claim.scale}
    provisions = []
    for code, id in claim.provisions:
        provisions.append(provision(content, code, id) | {"code": content.codes[code].short})
    return {"label": labels[claim.verdict], "why": claim.why, "provisions": provisions}


def codes_read(item: Item, content: Content) -> list[str]:
    """The ids of the codes whose readings of a vignette are shown, in their order; none for a claim."""
    readings = getattr(item, "readings", ())
    read = [reading.code for reading in readings]
    order = [code.id for code in content.shown_codes]
    if content.course.others:
        order += read
    # A code that was read and is not shown by course.toml stands behind the others.
    codes = dict.fromkeys(order)  # each once, where it first stands
    return [code for code in codes if code in read]


def reading_shown(reading: Reading, content: Content) -> State:
    """All that is shown of one code's reading; the sentence beside a rating is `beside`."""
    reviewer = "not yet reviewed by an ethicist"
    if reading.reviewer:
        reviewer = f"reviewed by {reading.reviewer}"
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
        "lookUp": look_up(content.codes[reading.code]),
        "whose": f"Read by {reading.author}, {reading.date}; {reviewer}.",
    }


def provision(content: Content, code: str, id: str) -> State:
    """One provision: section, title, what it says in our words, and how it was checked."""
    passage = content.codes[code].provisions[id]
    section = passage.section or "no number in the source"
    if passage.note:
        section = f"{section} ({passage.note})"
    return {
        "section": section,
        "title": passage.title,
        "says": passage.says,
        "checked": content.checks[passage.checked],
    }


def look_up(code: Code) -> State:
    """The body's own page of a code: `text` for a link, and its `url` ("" where none is known).

    The pages where passages were read are evidence for whoever checks them, and are shown nowhere.
    """
    url = code.official_url
    if not url.startswith(("https://", "http://")):  # a link is never a script
        url = ""
    return {"text": f"Look up {code.short} on its body’s own page", "url": url}


def band_text(band: Band | None) -> str:
    """A band in words: "2 to 4", "1", or "no band".

    >>> band_text((2, 4)), band_text((1, 1)), band_text(None)
    ('2 to 4', '1', 'no band')
    """
    if band is None:
        return "no band"
    low, high = band
    if low == high:
        return str(low)
    return f"{low} to {high}"


def beside(rating: int | None, band: Band | None) -> str:
    """How a rating stands beside a band, in a sentence (empty for a skip or a silent code).

    >>> beside(1, (2, 4))
    'Your rating, 1, is one step stricter than this band.'
    """
    if rating is None or band is None:
        return ""
    low, high = band
    if low <= rating <= high:
        return f"Your rating, {rating}, is inside this band."
    side = "stricter"
    steps = low - rating
    if rating > high:
        side = "more permissive"
        steps = rating - high
    count = {1: "one step", 2: "two steps", 3: "three steps", 4: "four steps"}[steps]
    return f"Your rating, {rating}, is {count} {side} than this band."


def binding(vignette: Vignette, content: Content) -> str:
    """Which of the codes shown beside a vignette would bind its therapist, in a sentence or two.

    The codes of associations bind their members; laws and regulators bind everyone of their kind.
    """
    by_law, as_member, as_if = [], [], []
    for id in codes_read(vignette, content):
        code = content.codes[id]
        if not code.binds(vignette):
            as_if.append(code.short)
        elif code.kind in ("law", "regulator"):
            by_law.append(code.short)
        else:
            as_member.append(code.short)
    bound = []
    if by_law:
        bound.append(f"by {_listed(by_law)}")
    if as_member:
        bound.append(f"as a member by {_listed(as_member)}")
    if not vignette.country:
        return "The case names no country, so each code is read as if it bound this therapist."
    place = vignette.country
    if place in content.countries:
        place = content.countries[place].name
    article = "An" if vignette.profession[:1] in "aeiou" else "A"
    who = f"{article} {vignette.profession} in {place}"
    if not bound:
        own = _unread(vignette, content)
        return f"{who} is bound by none of these codes{own} Each is read as if it were binding."
    sentence = f"{who} would be bound {' and '.join(bound)}."
    if as_if:
        sentence += f" Read here as if they were binding too: {_listed(as_if)}."
    return sentence


def _unread(vignette: Vignette, content: Content) -> str:
    """The end of a sentence on a therapist whom no code that is shown binds: what else would."""
    would_bind = [code for code in content.codes.values() if code.binds(vignette)]
    if not would_bind:
        return ", and none in force is held here that is known to bind one."
    read = {reading.code for reading in vignette.readings}
    unread = [code.short for code in would_bind if code.id not in read]
    if not unread:  # it was read, and course.toml does not show it
        return "."
    return f". Of {_listed(unread)} too little is held here to read this case by."


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
