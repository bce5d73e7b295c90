"""Rules of course.toml, scale.toml, the editions of codes and norm sets, beyond their schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boundaries.content.check.names import Allowed, choice, repeated, unknown
from boundaries.content.check.raw import Table, is_band, of, strings, tables
from boundaries.content.check.schema import Fault, nearest
from boundaries.content.check.story import levels_of
from boundaries.content.parsing import SMALLEST_GROUP
from boundaries.content.words import class_server
from boundaries.errors import ContentError

LARGEST_GROUP = 1_000
"""A smallest group beyond this would hide every class there is."""

# How a session's id begins decides how its rows are counted, so no class of students may begin like this.
_KEPT_BEGINNINGS = {
    "invented": "answers that are made up",
    "lecture": "lectures, whose dial the host may set",
}


def of_course(
    course: Table, codes: Mapping[str, Table], types: list[str], countries: Table
) -> Iterator[Fault]:
    """Every fault of course.toml beyond its schema."""
    show, session = of(course, "show", dict), of(course, "session", dict)
    yield from unknown(
        "show.codes", strings(show, "codes"), list(codes), "a code edition in codes/"
    )
    yield from _chosen(show, countries)
    assigned = strings(of(course, "assignment", dict), "types")
    yield from unknown("assignment.types", assigned, types, "a type in types.toml")
    yield from _session(of(session, "id", str))
    group = of(show, "minimum_group", int)
    if group > LARGEST_GROUP:
        yield (
            "show.minimum_group",
            f"{group:,} would hide every class. The smallest group that is shown has 5 to "
            f"{LARGEST_GROUP:,} people. Choose one",
        )
    server = of(session, "server", str)
    if server:
        try:
            class_server(server)
        except ContentError as error:
            yield "session.server", f"{str(error).removesuffix('.')}"


def _chosen(show: Table, countries: Table) -> Iterator[Fault]:
    """A country that chooses no code, or nothing at all that chooses one."""
    country = of(show, "country", str)
    choosing = [of(c, "id", str) for c in tables(countries, "countries") if strings(c, "codes")]
    if country and country not in choosing:
        yield (
            "show.country",
            f"'{country}' chooses no codes. {choice(country, choosing)}",
        )
    if not country and show.get("codes") == []:
        yield (
            "show.codes",
            "no code is named, and no country chooses any. Students see at least one. Name codes, or "
            'write country = "gb" or another of countries.toml',
        )


def of_countries(countries: Table, codes: Mapping[str, Table]) -> Iterator[Fault]:
    """Every fault of countries.toml beyond its schema."""
    yield from repeated(countries, "countries")
    for number, country in enumerate(tables(countries, "countries"), 1):
        field = f"countries[{number}].codes"
        yield from unknown(
            field, strings(country, "codes"), list(codes), "a code edition in codes/"
        )


def _session(id: str) -> Iterator[Fault]:
    beginning = id.partition("-")[0]
    if beginning in _KEPT_BEGINNINGS:
        yield (
            "session.id",
            f"'{id}' begins with '{beginning}', which is kept for {_KEPT_BEGINNINGS[beginning]}. "
            "Your class would be counted as such. Choose another beginning",
        )


def of_code(
    id: str, code: Table, codes: Mapping[str, Table], countries: list[str]
) -> Iterator[Fault]:
    """Every fault of a code's edition beyond its schema."""
    yield from repeated(code, "provisions")
    yield from unknown(
        "countries", strings(code, "countries"), countries, "a country in countries.toml"
    )
    older = of(code, "replaces", str)
    if older == id or (older and older not in codes):
        finding = "is this file itself" if older == id else "is not a code edition in codes/"
        hint = nearest(older, [other for other in codes if other != id])
        yield (
            "replaces",
            f"'{older}' {finding}. {hint}Name an existing file, without '.toml', or take it out",
        )
    short = of(code, "short", str)
    for other, table in codes.items():
        if other < id and short and of(table, "short", str) == short:
            yield (
                "short",
                f"'{short}' is the short name of codes/{other}.toml too, and charts could not "
                "tell them apart. Each edition has its own. Add a year, or a word",
            )


def of_scale(scale: Table) -> Iterator[Fault]:
    """Every fault of scale.toml beyond its schema."""
    for name in ("stances", "checks"):
        yield from repeated(scale, name)
    for name in ("ratings", "claim_ratings", "confidence"):
        values = [of(point, "value", int) for point in tables(scale, name)]
        upwards = list(range(1, len(values) + 1))
        if all(values) and values != upwards:
            yield (
                name,
                f"the values are {values}. They count up from 1. Put them in that order",
            )
    for number, stance in enumerate(tables(scale, "stances"), 1):
        yield from _stance(f"stances[{number}]", stance)


def _stance(field: str, stance: Table) -> Iterator[Fault]:
    band, id = stance.get("band"), of(stance, "id", str)
    if isinstance(band, list) and is_band(band) and band[0] > band[1]:
        yield (
            f"{field}.band",
            f"{band} runs downwards. The lower rating comes first. Write {band[::-1]}",
        )
    if id == "silent" and "band" in stance:
        yield field, "'silent' has a band. Every stance but 'silent' has one. Mend it"
    elif id and id != "silent" and "band" not in stance:
        yield field, f"'{id}' has no band. Every stance but 'silent' has one. Mend it"


def of_norms(
    norms: Table, vignettes: Mapping[str, Table], wordings: Mapping[str, str], known: Allowed
) -> Iterator[Fault]:
    """Every fault of a norm set beyond its schema.

    `wordings` are those of all items by their ids, as the lock keeps them. What differs from it or
    is gone is a fault of the case, and is told there.
    """
    country = of(norms, "country", str)
    if country and known.countries and country not in known.countries:
        hint = choice(country, known.countries)
        yield "country", f"'{country}' is not a country in countries.toml. {hint}"
    counted: set[tuple[str, str]] = set()
    for number, entry in enumerate(tables(norms, "answers"), 1):
        field, item = f"answers[{number}]", of(entry, "item", str)
        if item in vignettes:
            yield from _norm(field, entry, vignettes[item], wordings[item])
        elif item and item not in wordings:
            yield f"{field}.item", f"'{item}' is not a vignette. {choice(item, wordings)}"
        for level in strings(entry, "levels") or [""]:
            if item and (item, level) in counted:
                where = f" at level '{level}'" if level else ""
                yield (
                    field,
                    f"'{item}' stands twice{where}. Nobody is counted twice. Take one out",
                )
            counted.add((item, level))


def _norm(field: str, entry: Table, vignette: Table, asked: str) -> Iterator[Fault]:
    """What is wrong with the answers to one case, whose wording is `asked`."""
    wording, levels = of(entry, "wording", str), strings(entry, "levels")
    if wording and wording != asked:
        yield (
            f"{field}.wording",
            f"'{wording}' is another wording than the course's, '{asked}'. Answers to other words "
            "never stand beside a class. Take this case out, or ask it anew",
        )
    known = [of(level, "id", str) for level in levels_of(vignette)]
    if known and not levels:
        yield (
            f"{field}.levels",
            f"none is named, and the case has a dial. {choice('', known)}",
        )
    for number, level in enumerate(levels, 1):
        if level and level not in known:
            hint = choice(level, known) if known else "The case has no dial. Write []"
            yield f"{field}.levels[{number}]", f"'{level}' is not a level of the case. {hint}"
    ratings = of(entry, "ratings", list)
    are_counts = all(type(n) is int for n in ratings)
    if ratings and are_counts and sum(ratings) < SMALLEST_GROUP:
        yield (
            f"{field}.ratings",
            f"{sum(ratings)} people gave a rating. Fewer than {SMALLEST_GROUP} are never shown. "
            "Take this case out",
        )
