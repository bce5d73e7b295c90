"""Rules of a vignette's own text: its dial, its length, its one act, and no hint at a verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boundaries.content.check.names import repeated
from boundaries.content.check.raw import Table, of, one_line, strings, tables
from boundaries.content.check.schema import Fault

# The fewest and the most words of case and act together, at every level.
WORDS = (60, 140)

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


def of_text(table: Table) -> Iterator[Fault]:
    """Every fault of a vignette's own text."""
    yield from _dial(table)
    yield from _length(table)
    yield from _hints(table)
    yield from _act(table)
    yield from _behaviour(table)
    yield from _people(table)


def levels_of(table: Table) -> list[Table]:
    """The raw tables of a dial's levels; none without a dial."""
    return tables(of(table, "dial", dict), "levels")


def _dial(table: Table) -> Iterator[Fault]:
    levels = levels_of(table)
    dial = of(table, "dial", dict)
    used = any(_DIAL in of(table, part, str) for part in ("case", "act", "behaviour"))
    if used and "dial" not in table:
        yield (
            "dial",
            "'{dial}' stands in the text, but there is no [dial]. Add one, or write the fact out",
        )
    if "dial" in table and not used:
        yield (
            "dial",
            "'{dial}' stands nowhere in case, act or behaviour. It marks where the level's text goes. "
            "Put it there, or take [dial] out",
        )
    if len(levels) > 3 and dial.get("large_class") is not True:
        yield (
            "dial.levels",
            f"there are {len(levels)} levels. Two or three are allowed, and four to six only for "
            "a class of over 100. Take some out, or write large_class = true under [dial]",
        )
    yield from repeated(dial, "levels", "dial.")


def _level_texts(table: Table) -> dict[str, str]:
    """The text of every level by its id; without a dial the text stands as it is written."""
    texts = {}
    for level in levels_of(table):
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
            f"{cure} the case",
        )


def _hints(table: Table) -> Iterator[Fault]:
    for part in ("case", "act"):
        hints = set()
        for text in _level_texts(table).values():
            hints |= set(_VERDICT.findall(of(table, part, str).replace(_DIAL, text)))
        for word in sorted(hints):
            yield (
                part,
                f"'{word}' hints at a verdict. Case and act only tell what happens. Say it "
                "otherwise",
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
        f"{finding}. The act is exactly one sentence. Mend it, or move the rest into the case",
    )


def _behaviour(table: Table) -> Iterator[Fault]:
    behaviour = of(table, "behaviour", str).strip()
    if behaviour and behaviour[-1] in ".!?…,;:":
        yield (
            "behaviour",
            f"it ends in '{behaviour[-1]}'. The question puts its own mark at the end. Take this "
            "one out",
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
                "Correct the name, or take it out",
            )
