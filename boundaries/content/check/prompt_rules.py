"""Rules of models.toml and lessons.toml, beyond their schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boundaries.content.check import raw
from boundaries.content.check.raw import Allowed, Fault, Table, fault_text

# Charts that show one case, so that a guess about them names it.
_OF_ONE_CASE = ("dial_curve", "answers")


def of_models(models: Table) -> Iterator[Fault]:
    """Ids that stand twice: stored texts name them."""
    yield from raw.repeated(models, "models")
    for number, model in enumerate(raw.tables(models, "models"), 1):
        yield from raw.repeated(model, "questions", f"models[{number}].")


def of_lessons(lessons: Table, dials: Mapping[str, bool], known: Allowed) -> Iterator[Fault]:
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
