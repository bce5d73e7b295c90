"""The rules that a schema cannot say: what a vignette or claim may hold, given what the other
files hold.

What is missing or misshapen is left to the schema and passed over here, so that no fault is told
twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from boundaries.content.check import raw
from boundaries.content.check.raw import Allowed, Fault, fault_text
from boundaries.content.parsing import Table

# The fewest and the most words of case and act together, at every level.
WORDS = (60, 140)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DIAL = "{dial}"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# A sentence ends where a mark, and perhaps a closing quote, is followed by nothing or by something not lower-case.
_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)[.!?…]+[\"”’')]*(?:$|\s+(?![a-z]))"
)
# Words that tell a student what the author thinks. Whole words: 'boundary' is one, 'individual' is none.
_VERDICT = re.compile(
    r"\b(?:(?:un|in)?appropriate\w*|(?:un)?ethical\w*|boundar\w+|dual|violat\w+|exploit\w*"
    r"|improper\w*|wrong\w*|rightly|unprofessional\w*|professional distance)\b",
    re.IGNORECASE,
)


def of_name(id: str) -> Iterator[Fault]:
    """A file name that is no id."""
    if not _ID.fullmatch(id):
        yield "", fault_text("file.id", id=id)


def of_vignette(id: str, table: Table, known: Allowed) -> Iterator[Fault]:
    """Every fault of a vignette beyond its schema."""
    type, country = raw.of(table, "type", str), raw.of(table, "country", str)
    yield from raw.unknown_name("type", type, known.types, "a type in types.toml")
    yield from raw.unknown_name("country", country, known.countries, "a country in countries.toml")
    lines = raw.strings(table, "grew_from")
    yield from raw.unknown("grew_from", lines, known.lines, "a line of situations.toml")
    yield from _dial(table)
    yield from _length(table)
    yield from _hints(table)
    yield from _act(table)
    yield from _people(table)
    yield from _replaces(id, table, known)
    yield from _region(table, known)
    yield from _dates(table)
    yield from _readings(table, known)


def of_claim(field: str, table: Table, known: Allowed) -> Iterator[Fault]:
    """Every fault of a claim beyond its schema."""
    verdict = table.get("verdict")
    if known.verdicts and verdict is not None and verdict not in known.verdicts:
        low, high = known.verdicts[0], known.verdicts[-1]
        yield f"{field}.verdict", fault_text("claim.verdict", verdict=verdict, low=low, high=high)
    # A claim may have grown from a whole article ("S2"), not only from one of its lines ("S2.7").
    articles = sorted({line.split(".")[0] for line in known.lines})
    lines = raw.strings(table, "grew_from")
    kind = "an article or line of situations.toml"
    yield from raw.unknown(f"{field}.grew_from", lines, articles + known.lines, kind)
    for number, name in enumerate(raw.strings(table, "provisions"), 1):
        code, _, provision = name.partition(":")
        if provision:
            yield from raw.provision_fault(f"{field}.provisions[{number}]", code, provision, known)


def _replaces(id: str, table: Table, known: Allowed) -> Iterator[Fault]:
    older, type = raw.of(table, "replaces", str), raw.of(table, "type", str)
    if not older:
        return
    if older == id:
        yield "replaces", fault_text("replaces.itself", older=older)
    elif older not in known.vignettes:
        hint = raw.nearest(older, [other for other in known.vignettes if other != id])
        yield "replaces", fault_text("replaces.unknown", older=older, hint=hint)
    # In a circle each would be replaced, and none taught.
    elif _leads_back(id, known.replaced):
        yield "replaces", fault_text("replaces.circle", older=older, id=id)
    elif type and known.vignettes[older] not in (type, ""):
        other = known.vignettes[older]
        yield "replaces", fault_text("replaces.type", older=older, other=other, type=type)


def _region(table: Table, known: Allowed) -> Iterator[Fault]:
    """A case without a region that is read by a code of one: its card could not say whom it binds."""
    country = raw.of(table, "country", str)
    if raw.of(table, "region", str):
        return
    for reading in raw.tables(table, "readings"):
        code = raw.of(reading, "code", str)
        region, countries = known.regions.get(code, ("", []))
        if country in countries:
            yield "region", fault_text("vignette.region", code=code, region=region)
            return


def _dates(table: Table) -> Iterator[Fault]:
    """Dates that look like one and are no day, such as 30 February."""
    dated = {"date": table}
    for number, reading in enumerate(raw.tables(table, "readings"), 1):
        dated[f"readings[{number}].date"] = reading
    for field, holder in dated.items():
        written = raw.of(holder, "date", str)
        try:
            if _DATE.fullmatch(written):
                date.fromisoformat(written)
        except ValueError:
            yield field, fault_text("vignette.date", date=written)


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


# -- its own text ---------------------------------------------------------------------------------


def _dial(table: Table) -> Iterator[Fault]:
    levels, dial = raw.levels_of(table), raw.of(table, "dial", dict)
    used = any(_DIAL in raw.of(table, part, str) for part in ("case", "act", "behaviour"))
    if used and "dial" not in table:
        yield "dial", fault_text("dial.none")
    if "dial" in table and not used:
        yield "dial", fault_text("dial.unused")
    if len(levels) > 3 and dial.get("large_class") is not True:
        yield "dial.levels", fault_text("dial.levels", n=len(levels))
    yield from raw.repeated(dial, "levels", "dial.")


def _level_texts(table: Table) -> dict[str, str]:
    """The text of every level by its id; without a dial the text stands as it is written."""
    texts = {}
    for level in raw.levels_of(table):
        texts[raw.of(level, "id", str)] = raw.of(level, "text", str)
    return texts or {"": _DIAL}


def _length(table: Table) -> Iterator[Fault]:
    case, act = raw.of(table, "case", str), raw.one_line(table, "act")
    if not case.strip() or not act:
        return
    fewest, most = WORDS
    # A level may be a word or a sentence, so each is counted.
    for level, text in _level_texts(table).items():
        words = len(f"{case} {act}".replace(_DIAL, text).split())
        if fewest <= words <= most:
            continue
        where = f" at level '{level}'" if level else ""
        cure = "Lengthen" if words < fewest else "Shorten"
        found = {"words": words, "where": where, "cure": cure}
        yield "case", fault_text("vignette.length", fewest=fewest, most=most, **found)


def _hints(table: Table) -> Iterator[Fault]:
    for part in ("case", "act"):
        hints = set()
        for text in _level_texts(table).values():
            hints |= set(_VERDICT.findall(raw.of(table, part, str).replace(_DIAL, text)))
        for word in sorted(hints):
            yield part, fault_text("vignette.hint", word=word)


def _act(table: Table) -> Iterator[Fault]:
    act, behaviour = raw.one_line(table, "act"), raw.of(table, "behaviour", str).strip()
    sentences = len(_END.findall(act))
    ended = act.rstrip("\"”’')").endswith((".", "!", "?"))
    if act and sentences > 1:
        yield "act", fault_text("vignette.act", finding=f"{sentences} sentences were found")
    elif act and not (sentences == 1 and ended):
        finding = "its sentence does not end in a full stop"
        yield "act", fault_text("vignette.act", finding=finding)
    if behaviour and behaviour[-1] in ".!?…,;:":
        yield "behaviour", fault_text("vignette.mark", mark=behaviour[-1])


def _people(table: Table) -> Iterator[Fault]:
    case = raw.of(table, "case", str)
    if not case:
        return
    story = " ".join([case, raw.one_line(table, "act"), *_level_texts(table).values()])
    for number, name in enumerate(raw.strings(table, "people"), 1):
        parts = [re.escape(part) for part in name.split()]
        # A case may use a first name where the list has both.
        if parts and not re.search(rf"\b(?:{'|'.join(parts)})\b", story):
            yield f"people[{number}]", fault_text("vignette.person", name=name)


# -- its readings: what each code says, at each level of the dial ---------------------------------


def _readings(table: Table, known: Allowed) -> Iterator[Fault]:
    levels = [raw.of(level, "id", str) for level in raw.levels_of(table)]
    # What is amiss in its readings follows from what the dial lacks, and is not told beside it.
    half_a_dial = "dial" in table and len(levels) < 2
    read: Counter[tuple[str, str]] = Counter()
    for number, reading in enumerate(raw.tables(table, "readings"), 1):
        field, code = f"readings[{number}]", raw.of(reading, "code", str)
        yield from _cited(field, code, raw.strings(reading, "provisions"), known)
        yield from _stance(field, reading)
        yield from _band(field, reading, known)
        named = raw.strings(reading, "levels")
        if half_a_dial:
            continue
        if named and not levels:
            yield f"{field}.levels", fault_text("reading.no_dial")
        yield from raw.unknown(f"{field}.levels", named, levels, "a level of this dial")
        # A reading that names no level holds at all of them.
        holds_at = levels or [""]
        if named and levels:
            holds_at = named
        for level in holds_at:
            if code and read[code, level] == 1:  # a third reading is not told again
                yield field, fault_text("reading.twice", code=code, at=_at([level]))
            read[code, level] += 1
    if "readings" in table and not half_a_dial:
        misspelt = {raw.meant(code, known.codes) for code, _ in read if code not in known.codes}
        for code in known.shown:
            if code in misspelt:
                continue
            missing = [level for level in levels or [""] if not read[code, level]]
            if missing:
                yield "readings", fault_text("reading.missing", code=code, at=_at(missing))


def _at(levels: list[str]) -> str:
    return f" at {raw.listed(levels)}" if any(levels) else ""


def _cited(field: str, code: str, provisions: list[str], known: Allowed) -> Iterator[Fault]:
    if not code:
        return
    # Of a code that is not known, no provision can be: one fault is enough.
    if known.codes and code not in known.codes:
        yield from raw.provision_fault(f"{field}.code", code, "", known)
        return
    for number, provision in enumerate(provisions, 1):
        if provision:
            yield from raw.provision_fault(f"{field}.provisions[{number}]", code, provision, known)


def _stance(field: str, reading: Table) -> Iterator[Fault]:
    stance, basis = raw.of(reading, "stance", str), raw.of(reading, "basis", str)
    if stance == "silent" and basis not in ("none", ""):
        yield f"{field}.basis", fault_text("reading.silent_basis", basis=basis)
    if stance == "silent" and "band" in reading:
        yield f"{field}.band", fault_text("reading.silent_band")
    if stance in ("silent", ""):
        return
    if basis == "none":
        yield f"{field}.basis", fault_text("reading.no_basis", stance=stance)
    if reading.get("provisions") == []:
        yield f"{field}.provisions", fault_text("reading.no_provision", stance=stance)


def _band(field: str, reading: Table, known: Allowed) -> Iterator[Fault]:
    band, stance = raw.of(reading, "band", list), raw.of(reading, "stance", str)
    yield from raw.downwards(f"{field}.band", band)
    if raw.is_band(band) and band == known.stances.get(stance):
        yield f"{field}.band", fault_text("reading.default_band", band=band, stance=stance)
