"""The wordings that may have been judged, and `wordings.lock`, which keeps them for good.

A stored judgment names the wording it answered. So a line of the lock is never changed or removed,
and a case that needs correcting gets a new file that says `replaces`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boundaries.content.check import raw
from boundaries.content.check.raw import Fault, fault_text
from boundaries.content.parsing import Table, wording_of
from boundaries.content.words import Dial, Level, Point

LOCK = "wordings.lock"
_LINE = re.compile(r"([a-z0-9-]+) ([0-9a-f]{12})")
_HEADER = """\
# Every wording that a student may have judged: the item's id and a hash of all that is asked, sorted by id.
# Lines are only ever added, by `python -m boundaries check --lock`. A wording that has been used is not edited:
# to correct a case, make a new file that says replaces = "the-old-id"; see data/README.md.
"""


@dataclass(frozen=True)
class AskedWording:
    """Where an item stands (file and field) and its wording."""

    file: str
    field: str
    wording: str


def vignette_wording(table: Table, scale: Table) -> str:
    """The wording of a raw vignette as `load` reckons it; empty if a part of it is missing."""
    stem = raw.of(raw.of(scale, "question", dict), "stem", str)
    case, act, behaviour = (raw.one_line(table, part) for part in ("case", "act", "behaviour"))
    if not (stem and case and act and behaviour):
        return ""
    levels = []
    for level in raw.levels_of(table):
        levels.append(
            Level(raw.of(level, "id", str), raw.of(level, "label", str), raw.of(level, "text", str))
        )
    question = stem.replace("{behaviour}", behaviour)
    return wording_of(case, act, question, _points(scale, "ratings"), Dial("", tuple(levels)))


def claim_wording(table: Table, scale: Table) -> str:
    """The wording of a raw claim as `load` reckons it; empty if the claim is missing."""
    claim = raw.one_line(table, "claim")
    if not claim:
        return ""
    return wording_of("", claim, "claim", _points(scale, "claim_ratings"), None)


def read_lock(path: Path) -> tuple[dict[str, str], list[Fault]]:
    """The wordings that a lock holds, by item, and its lines that are not a line of a lock.

    Of two lines with one id the first counts.
    """
    held: dict[str, str] = {}
    misread = []
    # A line that is not UTF-8 is then misread, and said to be, like any other.
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        finding = "is not an id and twelve hex digits"
        if match and match[1] not in held:
            held[match[1]] = match[2]
            continue
        if match:
            finding = "has the id of a line above"
        misread.append((f"line {number}", fault_text("lock.line", line=line, finding=finding)))
    return held, misread


def write_lock(path: Path, wordings: Mapping[str, str]) -> None:
    """Writes a lock, sorted by id."""
    lines = "".join(f"{id} {wording}\n" for id, wording in sorted(wordings.items()))
    path.write_text(_HEADER + lines, encoding="utf-8", newline="\n")


def _points(scale: Table, name: str) -> tuple[Point, ...]:
    points = []
    for point in raw.tables(scale, name):
        points.append(Point(raw.of(point, "value", int), raw.of(point, "label", str)))
    return tuple(points)
