"""The rules that a schema cannot say: what a vignette or claim may hold, given what the other files hold.

Each function takes a raw table, which may be faulty in any way, and yields faults as `schema` writes them. What is
missing or misshapen is left to the schema and passed over here, so that no fault is told twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from boundaries.content.check.raw import Table, ids, is_band, of, one_line, strings, tables
from boundaries.content.check.schema import SEE, Fault, listed, nearest

WORDS = (60, 140)
"""The fewest and the most words of case and act together, at every level."""

FEW_NAMES = 12
"""Up to so many allowed names are listed in a sentence; of more, none is."""

_DIAL = "{dial}"

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
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Known:
    """What a file may refer to. An empty mapping or list means that its file could not be read: nothing is judged.

    `codes` maps an edition to its provisions (None: unreadable), `stances` a stance to its default band,
    `vignettes` an id to its type, `replaced` an id to the older one that it replaces ("" if none).
    """

    types: list[str]
    codes: Mapping[str, list[str] | None]
    stances: Mapping[str, list[int] | None]
    shown: list[str]
    lines: list[str]
    verdicts: list[int]
    vignettes: Mapping[str, str]
    replaced: Mapping[str, str] = field(default_factory=dict)


def repeated(table: Mapping[str, object], key: str, under: str = "") -> Iterator[Fault]:
    """Ids that stand twice in a list of tables."""
    seen: set[str] = set()
    for number, id in enumerate(ids(table, key), 1):
        if id and id in seen:
            yield (
                f"{under}{key}[{number}].id",
                f"'{id}' stands twice. Each id is used once. Rename one of them; {SEE}",
            )
        seen.add(id)


def unknown(field: str, names: list[str], known: list[str], kind: str) -> Iterator[Fault]:
    """Names in a list that are not among the known ones; `kind` completes "'x' is not …"."""
    for number, name in enumerate(names, 1):
        if name and known and name not in known:
            yield f"{field}[{number}]", f"'{name}' is not {kind}. {_choice(name, known)}"


def clash(other: str) -> Fault:
    """The fault of a file whose id stands in another file already."""
    return (
        "",
        f"its id is used by {other} too. An id names one vignette or claim. Rename this file; {SEE}",
    )


def of_name(id: str) -> Iterator[Fault]:
    """A file name that is no id."""
    if not _ID.fullmatch(id):
        yield (
            "",
            f"the file name '{id}' is not an id. An id is lower-case letters and digits with single "
            f"hyphens, such as 'shared-laptop'. Rename the file; {SEE}",
        )


def of_vignette(id: str, table: Table, known: Known) -> Iterator[Fault]:
    """Every fault of a vignette beyond its schema."""
    type = of(table, "type", str)
    if type and known.types and type not in known.types:
        yield "type", f"'{type}' is not a type in types.toml. {_choice(type, known.types)}"
    lines = strings(table, "grew_from")
    yield from unknown("grew_from", lines, known.lines, "a line of situations.toml")
    yield from _dial(table)
    yield from _length(table)
    yield from _hints(table)
    yield from _act(table)
    yield from _behaviour(table)
    yield from _people(table)
    yield from _replaces(id, table, known)
    yield from _readings(table, known)


def of_claim(field: str, table: Table, known: Known) -> Iterator[Fault]:
    """Every fault of a claim beyond its schema."""
    verdict = table.get("verdict")
    if known.verdicts and verdict is not None and verdict not in known.verdicts:
        low, high = known.verdicts[0], known.verdicts[-1]
        yield (
            f"{field}.verdict",
            f"{verdict} is no rating of a claim. Choose {low} to {high}; {SEE}",
        )
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
            yield from _provision(f"{field}.provisions[{number}]", code, provision, known)


def _choice(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is not known."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near:
        return f"{near}S{SEE[1:]}"
    if len(names) <= FEW_NAMES:
        return f"Choose {listed(names, 'or')}; {SEE}"
    return f"Look the name up and correct it; {SEE}"


# -- the text of a vignette ------------------------------------------------------------------------------------


def _levels(table: Table) -> list[Table]:
    return tables(of(table, "dial", dict), "levels")


def _dial(table: Table) -> Iterator[Fault]:
    levels = _levels(table)
    dial = of(table, "dial", dict)
    used = any(_DIAL in of(table, part, str) for part in ("case", "act", "behaviour"))
    if used and "dial" not in table:
        yield (
            "dial",
            "'{dial}' stands in the text, but there is no [dial]. "
            f"Add one, or write the fact out; {SEE}",
        )
    if "dial" in table and not used:
        yield (
            "dial",
            "'{dial}' stands nowhere in case, act or behaviour. It marks where the level's text goes. "
            f"Put it there, or take [dial] out; {SEE}",
        )
    if len(levels) > 3 and dial.get("large_class") is not True:
        yield (
            "dial.levels",
            f"there are {len(levels)} levels. Two or three are allowed, and four to six only for a "
            "class of over 100. "
            f"Take some out, or write large_class = true under [dial]; {SEE}",
        )
    yield from repeated(dial, "levels", "dial.")


def _level_texts(table: Table) -> dict[str, str]:
    """The text of every level by its id; without a dial the text stands as it is written."""
    texts = {}
    for level in _levels(table):
        texts[of(level, "id", str)] = of(level, "text", str)
    return texts or {"": _DIAL}


def _length(table: Table) -> Iterator[Fault]:
    case, act = of(table, "case", str), one_line(table, "act")
    if not case.strip() or not act:
        return
    fewest, most = WORDS
    for level, text in _level_texts(table).items():
        words = len(f"{case} {act}".replace(_DIAL, text).split())
        if fewest <= words <= most:
            continue
        where = f" at level '{level}'" if level else ""
        cure = "Lengthen" if words < fewest else "Shorten"
        yield (
            "case",
            f"case and act have {words} words together{where}. Allowed are {fewest} to {most}. "
            f"{cure} the case; {SEE}",
        )


def _hints(table: Table) -> Iterator[Fault]:
    for part in ("case", "act"):
        hints = set()
        for text in _level_texts(table).values():
            hints |= set(_VERDICT.findall(of(table, part, str).replace(_DIAL, text)))
        for word in sorted(hints):
            yield (
                part,
                f"'{word}' hints at a verdict. Case and act only tell what happens. "
                f"Say it otherwise; {SEE}",
            )


def _act(table: Table) -> Iterator[Fault]:
    act = one_line(table, "act")
    if not act:
        return
    sentences = len(_END.findall(act))
    last_sign = act.rstrip("\"”’')")[-1:]
    if sentences == 1 and last_sign in (".", "!", "?"):
        return
    finding = "its sentence does not end in a full stop"
    if sentences > 1:
        finding = f"{sentences} sentences were found"
    yield (
        "act",
        f"{finding}. The act is exactly one sentence. Mend it, or move the rest into the case; {SEE}",
    )


def _behaviour(table: Table) -> Iterator[Fault]:
    behaviour = of(table, "behaviour", str).strip()
    if behaviour and behaviour[-1] in ".!?…,;:":
        yield (
            "behaviour",
            f"it ends in '{behaviour[-1]}'. The question puts its own mark at the end. "
            f"Take this one out; {SEE}",
        )


def _people(table: Table) -> Iterator[Fault]:
    case = of(table, "case", str)
    if not case:
        return
    story = " ".join([case, one_line(table, "act"), *_level_texts(table).values()])
    for number, name in enumerate(strings(table, "people"), 1):
        parts = [re.escape(part) for part in name.split()]
        # A case may use a first name where the list has both.
        if parts and not re.search(rf"\b(?:{'|'.join(parts)})\b", story):
            yield (
                f"people[{number}]",
                f"'{name}' stands in neither case nor act. Every name listed occurs there. "
                f"Correct the name, or take it out; {SEE}",
            )


def _replaces(id: str, table: Table, known: Known) -> Iterator[Fault]:
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
            f"'{older}' is itself replaced, and what replaces it leads back to '{id}': neither would "
            "be taught. One of two is the newer. Take the line out of the older one"
        )
    elif type and known.vignettes[older] not in (type, ""):
        sentence = (
            f"'{older}' is of type '{known.vignettes[older]}', this one '{type}'. "
            "A correction keeps the type. Give both the same type"
        )
    else:
        return
    yield "replaces", f"{sentence}; {SEE}"


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


# -- readings --------------------------------------------------------------------------------------------------


def _provision(field: str, code: str, provision: str, known: Known) -> Iterator[Fault]:
    if known.codes and code not in known.codes:
        choice = _choice(code, known.codes)
        yield field, f"'{code}' is not a code edition in codes/. {choice}"
        return
    provisions = known.codes.get(code)
    if provisions is not None and provision not in provisions:
        hint = nearest(provision, provisions)
        yield (
            field,
            f"'{provision}' is not a provision of {code}. {hint}"
            f"Cite an id from codes/{code}.toml; {SEE}",
        )


def _readings(table: Table, known: Known) -> Iterator[Fault]:
    levels = [of(level, "id", str) for level in _levels(table)]
    read: Counter[tuple[str, str]] = Counter()
    for number, reading in enumerate(tables(table, "readings"), 1):
        field, code = f"readings[{number}]", of(reading, "code", str)
        yield from _cited(field, code, strings(reading, "provisions"), known)
        yield from _stance(field, reading)
        yield from _band(field, reading, known)
        named = strings(reading, "levels")
        if named and not levels:
            yield (
                f"{field}.levels",
                f"this vignette has no dial, so no levels. Take the line out; {SEE}",
            )
        yield from unknown(f"{field}.levels", named, levels, "a level of this dial")
        # A reading that names no level holds at all of them.
        holds_at = levels or [""]
        if named and levels:
            holds_at = named
        for level in holds_at:
            if code and read[code, level] == 1:  # a third reading is not told again
                yield (
                    field,
                    f"{code} is read twice{_at([level])}. One reading a code and level is allowed. "
                    f"Merge them; {SEE}",
                )
            read[code, level] += 1
    if "readings" in table:
        yield from _not_read(levels or [""], read, known)


def _cited(field: str, code: str, provisions: list[str], known: Known) -> Iterator[Fault]:
    if not code:
        return
    if known.codes and code not in known.codes:
        yield from _provision(f"{field}.code", code, "", known)
        return
    for number, provision in enumerate(provisions, 1):
        if provision:
            yield from _provision(f"{field}.provisions[{number}]", code, provision, known)


def _not_read(
    levels: list[str], read: Mapping[tuple[str, str], int], known: Known
) -> Iterator[Fault]:
    for code in known.shown:
        missing = [level for level in levels if not read[code, level]]
        if missing:
            yield (
                "readings",
                f"{code} is not read{_at(missing)}. Each code that course.toml shows is read at every "
                f"level. Add a reading, or take the code out of course.toml; {SEE}",
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
            f"'{basis}' stands beside 'silent'. A silent code has basis 'none'. Change one; {SEE}",
        )
    if stance == "silent" and "band" in reading:
        yield (
            f"{field}.band",
            f"a silent code supports no rating, so it has no band. Take the band out; {SEE}",
        )
    if stance in ("silent", ""):
        return
    if basis == "none":
        yield (
            f"{field}.basis",
            f"'none' stands beside '{stance}'. Only a silent code has basis 'none'. "
            f"Write 'specific' or 'general', or make the stance 'silent'; {SEE}",
        )
    if reading.get("provisions") == []:
        yield (
            f"{field}.provisions",
            f"no provision is cited for '{stance}'. Only a silent code may cite none. "
            f"Cite at least one, or make the stance 'silent'; {SEE}",
        )


def _band(field: str, reading: Table, known: Known) -> Iterator[Fault]:
    band, stance = of(reading, "band", list), of(reading, "stance", str)
    if not is_band(band):
        return
    if band[0] > band[1]:
        yield (
            f"{field}.band",
            f"{band} runs downwards. The lower rating comes first. Write {band[::-1]}; {SEE}",
        )
    elif band == known.stances.get(stance):
        yield (
            f"{field}.band",
            f"{band} is the default of '{stance}'. A band is written only where it differs. "
            f"Take out band and band_why; {SEE}",
        )
