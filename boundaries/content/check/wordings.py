"""The wordings that may have been judged, and `wordings.lock`, which keeps them for good.

A stored judgment names the wording it answered. So a line of the lock is never changed or removed, and a case that
needs correcting gets a new file that says `replaces`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from boundaries.content import Dial, Level, Point, wording_of
from boundaries.content.check.rules import Table, of, tables
from boundaries.content.check.schema import SEE, Fault

LOCK = "wordings.lock"
_LINE = re.compile(r"([a-z0-9-]+) ([0-9a-f]{12})")
_HEADER = """\
# Every wording that a student may have judged: the item's id and a hash of all that is asked, sorted by id.
# Lines are only ever added, by `python -m boundaries check --lock`. A wording that has been used is not edited:
# to correct a case, make a new file that says replaces = "the-old-id"; see data/README.md.
"""


@dataclass(frozen=True)
class Asked:
    """Where an item stands (file and field) and its wording."""

    file: str
    field: str
    wording: str


def of_vignette(table: Table, scale: Table) -> str:
    """The wording of a raw vignette as `content` reckons it; empty if a part of it is missing."""
    stem = of(of(scale, "question", dict), "stem", str)
    case, act, behaviour = (
        " ".join(of(table, key, str).split()) for key in ("case", "act", "behaviour")
    )
    levels = [
        Level(*(of(x, k, str) for k in ("id", "label", "text")))
        for x in tables(of(table, "dial", dict), "levels")
    ]
    if not (stem and case and act and behaviour):
        return ""
    question = stem.replace("{behaviour}", behaviour)
    return wording_of(case, act, question, _points(scale, "ratings"), Dial("", tuple(levels)))


def of_claim(table: Table, scale: Table) -> str:
    """The wording of a raw claim as `content` reckons it; empty if the claim is missing."""
    claim = " ".join(of(table, "claim", str).split())
    return wording_of("", claim, "claim", _points(scale, "claim_ratings"), None) if claim else ""


def locked(path: Path) -> dict[str, str]:
    """The wordings that a lock holds, by item; of two lines with one id the first counts."""
    held: dict[str, str] = {}
    for line in _lines(path):
        if match := _LINE.fullmatch(line):
            held.setdefault(match[1], match[2])
    return held


def write(path: Path, wordings: Mapping[str, str]) -> None:
    """Writes a lock, sorted by id."""
    lines = "".join(f"{id} {wording}\n" for id, wording in sorted(wordings.items()))
    path.write_text(_HEADER + lines, encoding="utf-8", newline="\n")


def misread(path: Path) -> Iterator[Fault]:
    """The lines of a lock that are not a line of a lock."""
    seen: set[str] = set()
    for n, line in enumerate(_lines(path), 1):
        match = _LINE.fullmatch(line)
        if line and not line.startswith("#") and (match is None or match[1] in seen):
            found = "has the id of a line above" if match else "is not an id and twelve hex digits"
            yield (
                f"line {n}",
                f"'{line}' {found}. One line an item is allowed. Restore the file; {SEE}",
            )
        seen |= {match[1]} if match else set()


def gone(path: Path, there: Collection[str]) -> Iterator[Fault]:
    """Items that a lock holds and that are not there any more."""
    for id in sorted(locked(path).keys() - set(there)):
        yield (
            id,
            f"no vignette or claim has this id. Stored judgments name it. Put it back under its old name; {SEE}",
        )


def changed(path: Path, shown: str, asked: Mapping[str, Asked]) -> Iterator[tuple[str, str, str]]:
    """Items whose wording is not the one that the lock holds, with their files."""
    held = locked(path)
    for id, item in asked.items():
        if held.get(id, item.wording) != item.wording:
            said = (
                f"what is asked has changed since its wording was put into {shown}. A used wording is never edited. "
                f'Undo the change, and make a new file with replaces = "{id}"; {SEE}'
            )
            yield item.file, item.field, said


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _points(scale: Table, name: str) -> tuple[Point, ...]:
    return tuple(Point(of(p, "value", int), of(p, "label", str)) for p in tables(scale, name))
