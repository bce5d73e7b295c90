"""Rules of all files but those of cases and claims, beyond their schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boundaries.content.check import raw
from boundaries.content.check.raw import Fault, fault_text
from boundaries.content.parsing import SMALLEST_GROUP, Table
from boundaries.content.sessions import class_server
from boundaries.errors import ContentError

# A smallest group beyond this would hide every class there is.
LARGEST_GROUP = 1_000

_EDITION = "a code edition in codes/"
# How a session's id begins decides how its rows are counted, so no class of students may begin like this.
_KEPT_BEGINNINGS = {
    "invented": "answers that are made up",
    "lecture": "lectures, whose dial the host may set",
}
# Charts that show one case, so that a guess about them names it.
_OF_ONE_CASE = ("dial_curve", "answers")


def of_course(
    course: Table, codes: Mapping[str, Table], types: list[str], countries: Table
) -> Iterator[Fault]:
    """Every fault of course.toml beyond its schema."""
    show, session = raw.of(course, "show", dict), raw.of(course, "session", dict)
    yield from raw.unknown("show.codes", raw.strings(show, "codes"), list(codes), _EDITION)
    yield from _chosen(show, countries)
    assigned = raw.strings(raw.of(course, "assignment", dict), "types")
    yield from raw.unknown("assignment.types", assigned, types, "a type in types.toml")
    id, group = raw.of(session, "id", str), raw.of(show, "minimum_group", int)
    beginning = id.partition("-")[0]
    if beginning in _KEPT_BEGINNINGS:
        kept = _KEPT_BEGINNINGS[beginning]
        yield "session.id", fault_text("course.session", id=id, beginning=beginning, kept=kept)
    if group > LARGEST_GROUP:
        yield "show.minimum_group", fault_text("course.group", group=group, largest=LARGEST_GROUP)
    server = raw.of(session, "server", str)
    if server:
        try:
            class_server(server)
        except ContentError as error:
            yield "session.server", str(error).removesuffix(".")


def _chosen(show: Table, countries: Table) -> Iterator[Fault]:
    """A country that chooses no code, or nothing at all that chooses one."""
    country = raw.of(show, "country", str)
    choosing = [
        raw.of(c, "id", str) for c in raw.tables(countries, "countries") if raw.strings(c, "codes")
    ]
    if country and country not in choosing:
        cure = raw.choice(country, choosing)
        yield "show.country", fault_text("course.no_codes", country=country, cure=cure)
    if not country and show.get("codes") == []:
        yield "show.codes", fault_text("course.nothing_shown")


def of_countries(countries: Table, codes: Mapping[str, Table]) -> Iterator[Fault]:
    """Every fault of countries.toml beyond its schema."""
    yield from raw.repeated(countries, "countries")
    for number, country in enumerate(raw.tables(countries, "countries"), 1):
        field = f"countries[{number}].codes"
        yield from raw.unknown(field, raw.strings(country, "codes"), list(codes), _EDITION)


def of_code(
    id: str, code: Table, codes: Mapping[str, Table], countries: list[str]
) -> Iterator[Fault]:
    """Every fault of a code's edition beyond its schema."""
    yield from raw.repeated(code, "provisions")
    bound = raw.strings(code, "countries")
    yield from raw.unknown("countries", bound, countries, "a country in countries.toml")
    older, short = raw.of(code, "replaces", str), raw.of(code, "short", str)
    if older == id or (older and older not in codes):
        finding = "is this file itself" if older == id else f"is not {_EDITION}"
        hint = raw.nearest(older, [other for other in codes if other != id])
        yield "replaces", fault_text("code.replaces", older=older, finding=finding, hint=hint)
    for other, table in codes.items():
        # Of two with one name only the later is told of.
        if other < id and short and raw.of(table, "short", str) == short:
            yield "short", fault_text("code.short", short=short, other=other)


def of_scale(scale: Table) -> Iterator[Fault]:
    """Every fault of scale.toml beyond its schema."""
    for name in ("stances", "checks"):
        yield from raw.repeated(scale, name)
    for name in ("ratings", "claim_ratings", "confidence"):
        values = [raw.of(point, "value", int) for point in raw.tables(scale, name)]
        upwards = list(range(1, len(values) + 1))
        if all(values) and values != upwards:
            yield name, fault_text("scale.values", values=values)
    for number, stance in enumerate(raw.tables(scale, "stances"), 1):
        field, id = f"stances[{number}]", raw.of(stance, "id", str)
        yield from raw.downwards(f"{field}.band", stance.get("band"))
        if id == "silent" and "band" in stance:
            yield field, fault_text("scale.silent")
        elif id and id != "silent" and "band" not in stance:
            yield field, fault_text("scale.no_band", id=id)


def of_norms(
    norms: Table, vignettes: Mapping[str, Table], wordings: Mapping[str, str], known: raw.Allowed
) -> Iterator[Fault]:
    """Every fault of a norm set beyond its schema.

    `wordings` are those of all items by their ids, as the lock keeps them. What differs from it or
    is gone is a fault of the case, and is told there.
    """
    country = raw.of(norms, "country", str)
    if country and known.countries and country not in known.countries:
        hint = raw.choice(country, known.countries)
        yield "country", fault_text("norms.country", country=country, hint=hint)
    counted: set[tuple[str, str]] = set()
    for number, entry in enumerate(raw.tables(norms, "answers"), 1):
        field, item = f"answers[{number}]", raw.of(entry, "item", str)
        if item in vignettes:
            yield from _norm(field, entry, vignettes[item], wordings[item])
        elif item and item not in wordings:
            hint = raw.choice(item, wordings)
            yield f"{field}.item", fault_text("norms.item", item=item, hint=hint)
        for level in raw.strings(entry, "levels") or [""]:
            if item and (item, level) in counted:
                where = f" at level '{level}'" if level else ""
                yield field, fault_text("norms.twice", item=item, where=where)
            counted.add((item, level))


def _norm(field: str, entry: Table, vignette: Table, asked: str) -> Iterator[Fault]:
    """What is wrong with the answers to one case, whose wording is `asked`."""
    wording, levels = raw.of(entry, "wording", str), raw.strings(entry, "levels")
    if wording and wording != asked:
        yield f"{field}.wording", fault_text("norms.wording", wording=wording, asked=asked)
    known = [raw.of(level, "id", str) for level in raw.levels_of(vignette)]
    if known and not levels:
        yield f"{field}.levels", fault_text("norms.no_level", hint=raw.choice("", known))
    for number, level in enumerate(levels, 1):
        if level and level not in known:
            hint = raw.choice(level, known) if known else "The case has no dial. Write []"
            where = f"{field}.levels[{number}]"
            yield where, fault_text("norms.level", level=level, hint=hint)
    ratings = raw.of(entry, "ratings", list)
    are_counts = all(type(n) is int for n in ratings)
    if ratings and are_counts and sum(ratings) < SMALLEST_GROUP:
        few = fault_text("norms.few", people=sum(ratings), smallest=SMALLEST_GROUP)
        yield f"{field}.ratings", few


def of_models(models: Table) -> Iterator[Fault]:
    """Ids that stand twice: stored texts name them."""
    yield from raw.repeated(models, "models")
    for number, model in enumerate(raw.tables(models, "models"), 1):
        yield from raw.repeated(model, "questions", f"models[{number}].")


def of_lessons(lessons: Table, dials: Mapping[str, bool], known: raw.Allowed) -> Iterator[Fault]:
    """Every fault of lessons.toml; `dials` says of each case whether it has a dial."""
    yield from raw.repeated(lessons, "lessons")
    replaced = set(known.replaced.values())
    for number, lesson in enumerate(raw.tables(lessons, "lessons"), 1):
        place, type = f"lessons[{number}]", raw.of(lesson, "id", str)
        yield from raw.unknown_name(f"{place}.id", type, known.types, "a type in types.toml")
        taught = []
        for id, its_type in known.vignettes.items():
            if its_type == type and id not in replaced:
                taught.append(id)
        kind = f"a case of the type '{type}'"
        yield from raw.unknown(f"{place}.pair", raw.strings(lesson, "pair"), taught, kind)
        for position, guess in enumerate(raw.tables(lesson, "guesses"), 1):
            field, case = f"{place}.guesses[{position}]", raw.of(guess, "case", str)
            yield from raw.unknown_name(f"{field}.case", case, taught, kind)
            yield from _guess(field, guess, case, dials)


def _guess(field: str, guess: Table, case: str, dials: Mapping[str, bool]) -> Iterator[Fault]:
    chart = raw.of(guess, "chart", str)
    if chart in _OF_ONE_CASE and not case:
        yield field, fault_text("lesson.names_none", chart=chart)
    if guess.get("asks") == "level" and case in dials and not dials[case]:
        yield f"{field}.asks", fault_text("lesson.no_dial", case=case)
