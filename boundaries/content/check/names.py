"""Names in one file that must stand in another, or once in their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from boundaries.content.check.raw import ids
from boundaries.content.check.schema import Fault, listed, nearest

# Up to so many allowed names are listed in a sentence; of more, none is.
FEW_NAMES = 12


@dataclass(frozen=True)
class Allowed:
    """What a file may refer to. An empty mapping or list means that its file could not be read:
    nothing is judged.

    `codes` maps an edition to its provisions (None: unreadable), `stances` a stance to its default
    band, `vignettes` an id to its type, `replaced` an id to the older one that it replaces ("" if
    none).
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


def repeated(table: Mapping[str, object], key: str, under: str = "") -> Iterator[Fault]:
    """Ids that stand twice in a list of tables."""
    seen: set[str] = set()
    for number, id in enumerate(ids(table, key), 1):
        if id and id in seen:
            yield (
                f"{under}{key}[{number}].id",
                f"'{id}' stands twice. Each id is used once. Rename one of them",
            )
        seen.add(id)


def unknown(field: str, names: list[str], known: list[str], kind: str) -> Iterator[Fault]:
    """Names in a list that are not among the known ones; `kind` completes "'x' is not …"."""
    for number, name in enumerate(names, 1):
        if name and known and name not in known:
            yield f"{field}[{number}]", f"'{name}' is not {kind}. {choice(name, known)}"


def choice(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is not known."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near:
        return near.strip()
    if len(names) <= FEW_NAMES:
        return f"Choose {listed(names, 'or')}"
    return "Look the name up and correct it"


def provision_fault(field: str, code: str, provision: str, known: Allowed) -> Iterator[Fault]:
    """A provision, or its code, that there is not."""
    if known.codes and code not in known.codes:
        yield field, f"'{code}' is not a code edition in codes/. {choice(code, known.codes)}"
        return
    provisions = known.codes.get(code)
    if provisions is not None and provision not in provisions:
        # The likely ones are those on the same topic, which stands behind the slash.
        topic = provision.rpartition("/")[2]
        alike = [id for id in provisions if id.rpartition("/")[2] == topic]
        hint = nearest(provision, alike or provisions)
        if len(alike) > 1:
            hint = f"On this topic it holds {listed(alike[:FEW_NAMES])}. "
        yield (
            field,
            f"'{provision}' is not a provision of {code}. {hint}Cite an id from codes/{code}.toml",
        )
