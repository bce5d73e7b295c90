"""Rules of readings: what each code says of a vignette, at each level of its dial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from boundaries.content.check.names import Allowed, provision_fault, unknown
from boundaries.content.check.raw import Table, is_band, of, strings, tables
from boundaries.content.check.schema import Fault, listed
from boundaries.content.check.story import levels_of


def of_readings(table: Table, known: Allowed) -> Iterator[Fault]:
    """Every fault of a vignette's readings."""
    levels = [of(level, "id", str) for level in levels_of(table)]
    read: Counter[tuple[str, str]] = Counter()
    for number, reading in enumerate(tables(table, "readings"), 1):
        field, code = f"readings[{number}]", of(reading, "code", str)
        yield from _cited(field, code, strings(reading, "provisions"), known)
        yield from _stance(field, reading)
        yield from _band(field, reading, known)
        named = strings(reading, "levels")
        if named and not levels:
            yield (f"{field}.levels", "this vignette has no dial, so no levels. Take the line out")
        yield from unknown(f"{field}.levels", named, levels, "a level of this dial")
        # A reading that names no level holds at all of them.
        holds_at = levels or [""]
        if named and levels:
            holds_at = named
        for level in holds_at:
            if code and read[code, level] == 1:  # a third reading is not told again
                yield (
                    field,
                    f"{code} is read twice{_at([level])}. One reading a code and level is "
                    "allowed. Merge them",
                )
            read[code, level] += 1
    if "readings" in table:
        yield from _not_read(levels or [""], read, known)


def _cited(field: str, code: str, provisions: list[str], known: Allowed) -> Iterator[Fault]:
    if not code:
        return
    if known.codes and code not in known.codes:
        yield from provision_fault(f"{field}.code", code, "", known)
        return
    for number, provision in enumerate(provisions, 1):
        if provision:
            yield from provision_fault(f"{field}.provisions[{number}]", code, provision, known)


def _not_read(
    levels: list[str], read: Mapping[tuple[str, str], int], known: Allowed
) -> Iterator[Fault]:
    for code in known.shown:
        missing = [level for level in levels if not read[code, level]]
        if missing:
            yield (
                "readings",
                f"{code} is not read{_at(missing)}. Each code that course.toml shows is read at "
                "every level. Add a reading, or take the code out of course.toml",
            )


def _at(levels: list[str]) -> str:
    if not any(levels):
        return ""
    return f" at {listed(levels)}"


def _stance(field: str, reading: Table) -> Iterator[Fault]:
    stance, basis = of(reading, "stance", str), of(reading, "basis", str)
    if stance == "silent" and basis not in ("none", ""):
        yield (
            f"{field}.basis",
            f"'{basis}' stands beside 'silent'. A silent code has basis 'none'. Change one",
        )
    if stance == "silent" and "band" in reading:
        yield (
            f"{field}.band",
            "a silent code supports no rating, so it has no band. Take the band out",
        )
    if stance in ("silent", ""):
        return
    if basis == "none":
        yield (
            f"{field}.basis",
            f"'none' stands beside '{stance}'. Only a silent code has basis 'none'. Write "
            "'specific' or 'general', or make the stance 'silent'",
        )
    if reading.get("provisions") == []:
        yield (
            f"{field}.provisions",
            f"no provision is cited for '{stance}'. Only a silent code may cite none. Cite at "
            "least one, or make the stance 'silent'",
        )


def _band(field: str, reading: Table, known: Allowed) -> Iterator[Fault]:
    band, stance = of(reading, "band", list), of(reading, "stance", str)
    if not is_band(band):
        return
    if band[0] > band[1]:
        yield (
            f"{field}.band",
            f"{band} runs downwards. The lower rating comes first. Write {band[::-1]}",
        )
    elif band == known.stances.get(stance):
        yield (
            f"{field}.band",
            f"{band} is the default of '{stance}'. A band is written only where it differs. Take "
            "out band and band_why",
        )
