"""Passages of the codes in words: strictest stance on a topic, sections, how each was checked."""

from __future__ import annotations

from collections.abc import Sequence

from pandas import DataFrame

from boundaries.content import Code, Content, Provision
from boundaries.content.display import look_up
from boundaries.counts.release import Released

# What stands in a class's place on a picture of the codes alone.
NO_CLASS = Released(DataFrame(), DataFrame(), (), 5, "", False, "")

# Stands where no passage of a code on a topic was read.
NOTHING_READ = "–"


def on_topic(code: Code, topic: str) -> list[Provision]:
    """The passages of a code on a topic of topics.toml."""
    return [passage for passage in code.provisions.values() if passage.topic == topic]


def strictest(content: Content, passages: Sequence[Provision]) -> tuple[str, str]:
    """The strictest stance of passages on one topic (or "–"), and the marks behind it.

    A passage of which only the title was read takes none.

    " +" where another passage takes another stance, " ?" where the strictest was not read in its
    own words.
    """
    stances = {passage.stance for passage in passages if passage.stance}
    if not stances:
        return NOTHING_READ, ""
    order = list(content.stances)
    stance = min(stances, key=order.index)
    marks = ""
    if len(stances - {"silent"}) > 1:
        marks += " +"
    read = any(p.checked == "text" for p in passages if p.stance == stance)
    if not read:
        marks += " ?"
    return stance, marks


def cited(content: Content, passages: Sequence[Provision]) -> str:
    """Stances with their sections and how each was checked; "–" for no passage."""
    parts = []
    for passage in passages:
        check = content.checks[passage.checked]
        stance = passage.stance or "title only"
        parts.append(f"{stance}: {_section(passage)}, {check}")
    return "; ".join(parts) or NOTHING_READ


def _section(passage: Provision) -> str:
    if not passage.section:
        return "no number in the source"
    if not passage.note:
        return passage.section
    return f"{passage.section} ({passage.note})"


def pages(content: Content) -> DataFrame:
    """Where each code can be looked up, a row each: whom it binds, and its body's own page."""
    rows = {}
    for code in content.codes.values():
        places = [content.countries[id].name for id in code.countries if id in content.countries]
        rows[code.short] = {
            "body": code.body,
            "binds": ", ".join(code.professions) or "therapists",
            "in": code.region or ", ".join(places) or "no country directly",
            "in force": "yes" if code.in_force else "no",
            "look it up": look_up(code)["url"],
        }
    return DataFrame.from_dict(rows, orient="index")


def how_checked(content: Content) -> DataFrame:
    """How many passages of each text were checked in which way, the text with most first."""
    rows = {}
    for code in content.codes.values():
        checks = [passage.checked for passage in code.provisions.values()]
        rows[code.short] = [checks.count(mark) for mark in content.checks]
    most_first = dict(sorted(rows.items(), key=lambda row: -sum(row[1])))
    columns = list(content.checks.values())
    return DataFrame.from_dict(most_first, orient="index", columns=columns)
