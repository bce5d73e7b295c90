"""The rules that a schema cannot say: what a vignette or claim may hold, given what the other
files hold.

Each function takes a raw table, which may be faulty in any way, and yields faults as `schema`
writes them. What is missing or misshapen is left to the schema and passed over here, so that no
fault is told twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from boundaries.content.check.names import Allowed, choice, provision_fault, unknown
from boundaries.content.check.raw import Table, of, strings
from boundaries.content.check.reading_rules import of_readings
from boundaries.content.check.schema import Fault, nearest
from boundaries.content.check.story import of_text

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def clash(other: str) -> Fault:
    """The fault of a file whose id stands in another file already."""
    return (
        "",
        f"its id is used by {other} too. An id names one vignette or claim. Rename this file",
    )


def of_name(id: str) -> Iterator[Fault]:
    """A file name that is no id."""
    if not _ID.fullmatch(id):
        yield (
            "",
            f"the file name '{id}' is not an id. An id is lower-case letters and digits with "
            "single hyphens, such as 'shared-laptop'. Rename the file",
        )


def vignette_faults(id: str, table: Table, known: Allowed) -> Iterator[Fault]:
    """Every fault of a vignette beyond its schema."""
    type = of(table, "type", str)
    if type and known.types and type not in known.types:
        yield "type", f"'{type}' is not a type in types.toml. {choice(type, known.types)}"
    country = of(table, "country", str)
    if country and known.countries and country not in known.countries:
        hint = choice(country, known.countries)
        yield "country", f"'{country}' is not a country in countries.toml. {hint}"
    lines = strings(table, "grew_from")
    yield from unknown("grew_from", lines, known.lines, "a line of situations.toml")
    yield from of_text(table)
    yield from _replaces(id, table, known)
    yield from of_readings(table, known)


def claim_faults(field: str, table: Table, known: Allowed) -> Iterator[Fault]:
    """Every fault of a claim beyond its schema."""
    verdict = table.get("verdict")
    if known.verdicts and verdict is not None and verdict not in known.verdicts:
        low, high = known.verdicts[0], known.verdicts[-1]
        yield (f"{field}.verdict", f"{verdict} is no rating of a claim. Choose {low} to {high}")
    # A claim may have grown from a whole article ("S2"), not only from one of its lines ("S2.7").
    articles = sorted({line.split(".")[0] for line in known.lines})
    yield from unknown(
        f"{field}.grew_from",
        strings(table, "grew_from"),
        articles + known.lines,
        "an article or line of situations.toml",
    )
    for number, name in enumerate(strings(table, "provisions"), 1):
        code, _, provision = name.partition(":")
        if provision:
            yield from provision_fault(f"{field}.provisions[{number}]", code, provision, known)


def _replaces(id: str, table: Table, known: Allowed) -> Iterator[Fault]:
    older, type = of(table, "replaces", str), of(table, "type", str)
    if not older:
        return
    if older == id:
        sentence = f"'{older}' is this file itself. Name the older vignette that it corrects"
    elif older not in known.vignettes:
        hint = nearest(older, [other for other in known.vignettes if other != id])
        sentence = f"'{older}' is not a vignette. {hint}Name an existing file, without '.toml'"
    elif _leads_back(id, known.replaced):
        sentence = (
            f"'{older}' is itself replaced, and what replaces it leads back to '{id}': neither "
            "would be taught. One of two is the newer. Take the line out of the older one"
        )
    elif type and known.vignettes[older] not in (type, ""):
        sentence = (
            f"'{older}' is of type '{known.vignettes[older]}', this one '{type}'. A correction "
            "keeps the type. Give both the same type"
        )
    else:
        return
    yield "replaces", f"{sentence}"


def _leads_back(id: str, replaced: Mapping[str, str]) -> bool:
    """Whether following what each file replaces comes back to this file."""
    older = replaced.get(id, "")
    seen = set()
    while older and older not in seen:
        if older == id:
            return True
        seen.add(older)
        older = replaced.get(older, "")
    return False
