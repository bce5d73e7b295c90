"""What every rule is written with: fields of raw tables, names that must be known, and faults.

A raw table may be faulty in any way: what is missing or of another kind reads as empty. So each
rule can be written as if the table were whole; that a field is missing, the schema says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from boundaries.content.parsing import Table

T = TypeVar("T")

# A field, written as in `dial.levels[1]` (counted from 1; "" for the whole file), and what is wrong with it.
Fault = tuple[str, str]

# Prose of its own, so that it can be read and mended in one go.
SENTENCES: Table = tomllib.loads(
    Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")
)

# Up to so many allowed names are listed in a sentence; of more, none is.
FEW_NAMES = 16


def fault_text(which: str, /, **values: object) -> str:
    """The sentence of this name in `sentences.toml`, filled in.

    >>> fault_text("claim.verdict", verdict=4, low=1, high=3)
    '4 is no rating of a claim. Choose 1 to 3'
    """
    about, _, name = which.partition(".")
    text: str = SENTENCES[about][name]
    return text.format(**values)


# -- raw tables -----------------------------------------------------------------------------------


def of(table: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value of a field if it is of this kind, else an empty one.

    >>> of({"minutes": 8}, "minutes", int), of({"minutes": "8"}, "minutes", int)
    (8, 0)
    """
    value = table.get(key)
    return value if isinstance(value, kind) else kind()


def tables(table: Mapping[str, Any], key: str) -> list[Table]:
    """The tables of a list, with an empty one wherever something else stands."""
    return [entry if isinstance(entry, dict) else {} for entry in of(table, key, list)]


def strings(table: Mapping[str, Any], key: str) -> list[str]:
    """The texts of a list, with an empty one wherever something else stands."""
    return [entry if isinstance(entry, str) else "" for entry in of(table, key, list)]


def ids(table: Mapping[str, Any], key: str) -> list[str]:
    """The ids of the tables of a list."""
    return [of(entry, "id", str) for entry in tables(table, key)]


def levels_of(table: Table) -> list[Table]:
    """The tables of the levels of a vignette's dial; none without a dial."""
    return tables(of(table, "dial", dict), "levels")


def one_line(table: Mapping[str, Any], key: str) -> str:
    """A text without its line breaks, as a student is asked."""
    return " ".join(of(table, key, str).split())


def is_band(value: object) -> TypeGuard[list[int]]:
    """Whether this is two whole numbers, in whichever order."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(isinstance(rating, int) for rating in value)


def downwards(field: str, band: object) -> Iterator[Fault]:
    """The fault of a band whose higher rating comes first."""
    if is_band(band) and band[0] > band[1]:
        yield field, fault_text("reading.downwards", band=band, turned=band[::-1])


# -- names that must be known ---------------------------------------------------------------------


@dataclass(frozen=True)
class Allowed:
    """What a file may refer to. An empty mapping or list means that its file could not be read:
    nothing is judged.

    `codes` maps an edition to its provisions (None: unreadable), `stances` a stance to its default
    band, `vignettes` an id to its type, `replaced` an id to the older one that it replaces ("" if
    none), `regions` an edition that binds in one region only to that region and its countries.
    """

    types: list[str]
    codes: Mapping[str, list[str] | None]
    stances: Mapping[str, list[int] | None]
    shown: list[str]
    lines: list[str]
    verdicts: list[int]
    countries: list[str]
    vignettes: Mapping[str, str]
    replaced: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, tuple[str, list[str]]] = field(default_factory=dict)


def listed(names: Iterable[object], last: str = "and") -> str:
    """The names in quotes, as a sentence needs them.

    >>> listed(["id", "label", "text"])
    "'id', 'label' and 'text'"
    """
    *first, end = [f"'{name}'" for name in names]
    return f"{', '.join(first)} {last} {end}" if first else end


def meant(name: object, known: Iterable[str]) -> str:
    """The known name nearest to `name`, capitals or not; empty if none is near.

    >>> meant("APA 2017", ["aca-2014", "apa-2017"])
    'apa-2017'
    """
    lower = {other.lower(): other for other in known}
    # Nearer than difflib's own 0.6: a wrong guess sends a teacher the wrong way.
    near = get_close_matches(str(name).lower(), list(lower), n=1, cutoff=0.7)
    return lower[near[0]] if near else ""


def nearest(name: object, known: Iterable[str]) -> str:
    """A question that suggests the known name nearest to `name`; empty if none is near.

    >>> nearest("qestions", ["questions", "minutes"])
    "Did you mean 'questions'? "
    """
    near = meant(name, known)
    return f"Did you mean '{near}'? " if near else ""


def choice(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is not known."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near:
        return near.strip()
    if len(names) <= FEW_NAMES:
        return f"Choose {listed(names, 'or')}"
    return "Look the name up and correct it"


def repeated(table: Mapping[str, object], key: str, under: str = "") -> Iterator[Fault]:
    """Ids that stand twice in a list of tables."""
    seen: set[str] = set()
    for number, id in enumerate(ids(table, key), 1):
        if id and id in seen:
            yield f"{under}{key}[{number}].id", fault_text("name.twice", id=id)
        seen.add(id)


def unknown_name(field: str, name: str, known: Iterable[str], kind: str) -> Iterator[Fault]:
    """A name that is not among the known ones; `kind` completes "'x' is not …"."""
    # Where nothing is known, its file could not be read, which is said already.
    known = list(known)
    if name and known and name not in known:
        yield field, fault_text("name.unknown", name=name, kind=kind, cure=choice(name, known))


def unknown(field: str, names: list[str], known: list[str], kind: str) -> Iterator[Fault]:
    """Names in a list that are not among the known ones."""
    for number, name in enumerate(names, 1):
        yield from unknown_name(f"{field}[{number}]", name, known, kind)


def provision_fault(field: str, code: str, provision: str, known: Allowed) -> Iterator[Fault]:
    """A provision, or its code, that there is not."""
    if known.codes and code not in known.codes:
        yield from unknown_name(field, code, known.codes, "a code edition in codes/")
        return
    provisions = known.codes.get(code)
    if provisions is not None and provision not in provisions:
        # The likely ones are those of the same section, or else on the same topic, which stands behind the slash.
        about, topic = "Of this section", provision.rpartition("/")[2]
        alike = [id for id in provisions if id.startswith(f"{provision}/")]
        if not alike:
            about = "On this topic"
            alike = [id for id in provisions if id.rpartition("/")[2] == topic]
        hint = nearest(provision, alike or provisions)
        if len(alike) > 1:
            hint = f"{about} it holds {listed(alike[:FEW_NAMES])}. "
        yield field, fault_text("name.provision", provision=provision, code=code, hint=hint)
