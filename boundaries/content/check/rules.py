"""The rules that a schema cannot say: what one content file may hold, given what the others hold.

Each function takes a raw table, which may be faulty in any way, and yields faults as `schema` writes them. What is
missing or misshapen is left to the schema and passed over here, so that no fault is told twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from boundaries.content.check.schema import SEE, Fault, listed, nearest

Table = dict[str, Any]
T = TypeVar("T")

WORDS = (60, 140)
"""The fewest and the most words of case and act together, at every level."""

# A sentence ends where a mark, and perhaps a closing quote, is followed by nothing or by something not lower-case.
_END = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)[.!?…]+[\"”’')]*(?:$|\s+(?![a-z]))"
)
_VERDICT = re.compile(
    r"\b(?:(?:un|in)?appropriate\w*|(?:un)?ethical\w*|boundar\w+|dual|violat\w+|exploit\w*|improper\w*|wrong\w*|rightly"
    r"|unprofessional\w*|professional distance)\b",
    re.IGNORECASE,
)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Known:
    """What a file may refer to. An empty mapping or list means that its file could not be read: nothing is judged.

    `codes` maps an edition to its provisions (None: unreadable), `vignettes` an id to its type, `stances` a stance
    to its default band.
    """

    types: list[str]
    codes: Mapping[str, list[str] | None]
    stances: Mapping[str, list[int] | None]
    shown: list[str]
    lines: list[str]
    verdicts: list[int]
    vignettes: Mapping[str, str]


def of(table: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value of a field if it is of this kind, else an empty one."""
    value = table.get(key)
    return value if isinstance(value, kind) else kind()


def tables(table: Mapping[str, Any], key: str) -> list[Table]:
    """The tables of a list, with an empty one wherever something else stands."""
    return [x if isinstance(x, dict) else {} for x in of(table, key, list)]


def strings(table: Mapping[str, Any], key: str) -> list[str]:
    """The texts of a list, with an empty one wherever something else stands."""
    return [x if isinstance(x, str) else "" for x in of(table, key, list)]


def ids(table: Mapping[str, Any], key: str) -> list[str]:
    """The ids of the tables of a list."""
    return [of(x, "id", str) for x in tables(table, key)]


def repeated(table: Mapping[str, Any], key: str, under: str = "") -> Iterator[Fault]:
    """Ids that stand twice in a list of tables."""
    seen = ids(table, key)
    for n, id in enumerate(seen):
        if id and id in seen[:n]:
            yield (
                f"{under}{key}[{n + 1}].id",
                f"'{id}' stands twice. Each id is used once. Rename one of them; {SEE}",
            )


def unknown(field: str, names: list[str], known: list[str], what: str) -> Iterator[Fault]:
    """Names in a list that are not among the known ones; `what` completes "'x' is not …"."""
    for n, name in enumerate(names):
        if name and known and name not in known:
            yield f"{field}[{n + 1}]", f"'{name}' is not {what}. {_choice(name, known)}"


def of_name(id: str) -> Iterator[Fault]:
    """A file name that is no id."""
    if not _ID.fullmatch(id):
        yield (
            "",
            f"the file name '{id}' is not an id. An id is lower-case letters and digits with single hyphens, such as "
            f"'shared-laptop'. Rename the file; {SEE}",
        )


def of_vignette(id: str, table: Table, known: Known) -> Iterator[Fault]:
    """Every fault of a vignette beyond its schema."""
    kind = of(table, "type", str)
    if kind and known.types and kind not in known.types:
        yield "type", f"'{kind}' is not a type in types.toml. {_choice(kind, known.types)}"
    yield from unknown(
        "grew_from", strings(table, "grew_from"), known.lines, "a line of situations.toml"
    )
    yield from _dial(table)
    yield from _text(table)
    if older := of(table, "replaces", str):
        yield from _replaces(id, older, kind, known)
    yield from _readings(table, known)


def of_claim(field: str, table: Table, known: Known) -> Iterator[Fault]:
    """Every fault of a claim beyond its schema."""
    if known.verdicts and table.get("verdict") not in (*known.verdicts, None):
        said = f"{table['verdict']} is no rating of a claim. Choose {known.verdicts[0]} to {known.verdicts[-1]}; {SEE}"
        yield f"{field}.verdict", said
    articles = sorted({line.split(".")[0] for line in known.lines})
    lines = articles + known.lines if articles else []
    yield from unknown(
        f"{field}.grew_from",
        strings(table, "grew_from"),
        lines,
        "an article or line of situations.toml",
    )
    for n, name in enumerate(strings(table, "provisions")):
        code, _, provision = name.partition(":")
        if provision:
            yield from _provision(f"{field}.provisions[{n + 1}]", code, provision, known)


def _choice(name: str, known: Iterable[str]) -> str:
    names = list(dict.fromkeys(known))
    if near := nearest(name, names):
        return f"{near}S{SEE[1:]}"
    cure = (
        f"Choose {listed(names, 'or')}" if len(names) <= 12 else "Look the name up and correct it"
    )
    return f"{cure}; {SEE}"


def _levels(table: Table) -> list[Table]:
    return tables(of(table, "dial", dict), "levels")


def _dial(table: Table) -> Iterator[Fault]:
    levels = _levels(table)
    used = any("{dial}" in of(table, part, str) for part in ("case", "act", "behaviour"))
    if used and "dial" not in table:
        yield (
            "dial",
            f"'{{dial}}' stands in the text, but there is no [dial]. Add one, or write the fact out; {SEE}",
        )
    if "dial" in table and not used:
        yield (
            "dial",
            "'{dial}' stands nowhere in case, act or behaviour. It marks where the level's text goes. "
            f"Put it there, or take [dial] out; {SEE}",
        )
    if len(levels) > 3 and of(table, "dial", dict).get("large_class") is not True:
        yield (
            "dial.levels",
            f"there are {len(levels)} levels. Two or three are allowed, and four to six only for a class of over 100. "
            f"Take some out, or write large_class = true under [dial]; {SEE}",
        )
    yield from repeated(of(table, "dial", dict), "levels", "dial.")


def _text(table: Table) -> Iterator[Fault]:
    case, act = of(table, "case", str), " ".join(of(table, "act", str).split())
    behaviour = of(table, "behaviour", str).strip()
    levels = [(of(x, "id", str), of(x, "text", str)) for x in _levels(table)] or [("", "{dial}")]
    if case.strip() and act:
        for level, text in levels:
            words = len(f"{case} {act}".replace("{dial}", text).split())
            if not WORDS[0] <= words <= WORDS[1]:
                where = f" at level '{level}'" if level else ""
                cure = "Lengthen" if words < WORDS[0] else "Shorten"
                yield (
                    "case",
                    f"case and act have {words} words together{where}. Allowed are {WORDS[0]} to {WORDS[1]}. "
                    f"{cure} the case; {SEE}",
                )
    for part, said in (("case", case), ("act", act)):
        for word in sorted(
            {m[0] for _, text in levels for m in _VERDICT.finditer(said.replace("{dial}", text))}
        ):
            yield (
                part,
                f"'{word}' hints at a verdict. Case and act only tell what happens. Say it otherwise; {SEE}",
            )
    ends = len(_END.findall(act))
    if act and (ends != 1 or act.rstrip("\"”’')")[-1:] not in (".", "!", "?")):
        found = (
            f"{ends} sentences were found"
            if ends > 1
            else "its sentence does not end in a full stop"
        )
        yield (
            "act",
            f"{found}. The act is exactly one sentence. Mend it, or move the rest into the case; {SEE}",
        )
    if behaviour and behaviour[-1] in ".!?…,;:":
        yield (
            "behaviour",
            f"it ends in '{behaviour[-1]}'. The question puts its own mark at the end. Take this one out; {SEE}",
        )
    told = " ".join([case, act, *(text for _, text in levels)])
    for n, name in enumerate(strings(table, "people")):
        if (
            case
            and name
            and not any(re.search(rf"\b{re.escape(part)}\b", told) for part in name.split())
        ):
            yield (
                f"people[{n + 1}]",
                f"'{name}' stands in neither case nor act. Every name listed occurs there. "
                f"Correct the name, or take it out; {SEE}",
            )


def _replaces(id: str, older: str, kind: str, known: Known) -> Iterator[Fault]:
    if older == id:
        yield (
            "replaces",
            f"'{older}' is this file itself. Name the older vignette that it corrects; {SEE}",
        )
    elif older not in known.vignettes:
        hint = nearest(older, [other for other in known.vignettes if other != id])
        yield (
            "replaces",
            f"'{older}' is not a vignette. {hint}Name an existing file, without '.toml'; {SEE}",
        )
    elif kind and known.vignettes[older] not in (kind, ""):
        yield (
            "replaces",
            f"'{older}' is of type '{known.vignettes[older]}', this one '{kind}'. A correction keeps the type. "
            f"Give both the same type; {SEE}",
        )


def _provision(field: str, code: str, provision: str, known: Known) -> Iterator[Fault]:
    if known.codes and code not in known.codes:
        yield field, f"'{code}' is not a code edition in codes/. {_choice(code, known.codes)}"
    elif (provisions := known.codes.get(code)) is not None and provision not in provisions:
        hint = nearest(provision, provisions)
        yield (
            field,
            f"'{provision}' is not a provision of {code}. {hint}Cite an id from codes/{code}.toml; {SEE}",
        )


def _readings(table: Table, known: Known) -> Iterator[Fault]:
    levels = [of(x, "id", str) for x in _levels(table)]
    seen: Counter[tuple[str, str]] = Counter()
    for n, reading in enumerate(tables(table, "readings")):
        field, code = f"readings[{n + 1}]", of(reading, "code", str)
        if code and known.codes and code not in known.codes:
            yield from _provision(f"{field}.code", code, "", known)
        else:
            for m, provision in enumerate(strings(reading, "provisions")):
                if provision and code:
                    yield from _provision(f"{field}.provisions[{m + 1}]", code, provision, known)
        yield from _stance(field, reading)
        yield from _band(field, reading, known)
        named = strings(reading, "levels")
        if named and not levels:
            yield (
                f"{field}.levels",
                f"this vignette has no dial, so no levels. Take the line out; {SEE}",
            )
        yield from unknown(f"{field}.levels", named, levels, "a level of this dial")
        for level in (named if levels else []) or levels or [""]:
            if seen[code, level] == 1 and code:
                yield (
                    field,
                    f"{code} is read twice{_at([level])}. One reading a code and level is allowed. Merge them; {SEE}",
                )
            seen[code, level] += 1
    for code in known.shown if "readings" in table else []:
        if missing := [level for level in levels or [""] if not seen[code, level]]:
            yield (
                "readings",
                f"{code} is not read{_at(missing)}. Each code that course.toml shows is read at every level. "
                f"Add a reading, or take the code out of course.toml; {SEE}",
            )


def _at(levels: list[str]) -> str:
    return f" at {listed(levels)}" if any(levels) else ""


def _stance(field: str, reading: Table) -> Iterator[Fault]:
    stance, basis = of(reading, "stance", str), of(reading, "basis", str)
    if stance == "silent":
        if basis not in ("none", ""):
            yield (
                f"{field}.basis",
                f"'{basis}' stands beside 'silent'. A silent code has basis 'none'. Change one; {SEE}",
            )
        if "band" in reading:
            yield (
                f"{field}.band",
                f"a silent code supports no rating, so it has no band. Take the band out; {SEE}",
            )
    elif stance:
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
    if len(band) == 2 and all(isinstance(x, int) for x in band):
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
