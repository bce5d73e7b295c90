"""Every fault of every content file, as sentences: which file and field, what was found, what is
allowed, what to do.

Nothing here stops at the first fault, and nothing is loaded: the raw files are read, so that a
folder which `load` refuses can still be mended in one go. `schema` checks shapes, `rules` what one
file may hold given the others, `wordings` that a used wording is never edited; `inspection` goes
through a folder with all three.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from boundaries.content.check import wordings
from boundaries.content.check.inspection import Finding, Inspection
from boundaries.content.check.notes import notes
from boundaries.content.check.raw import tables
from boundaries.errors import ContentError


def faults(folder: Path | str | None = None) -> list[str]:
    """Every fault of every content file in a folder (default: the course's own), one sentence
    each, by file.

    >>> faults("nowhere")[0]
    'nowhere/course.toml: there is no such file. The course cannot do without it. Put it back; see data/README.md.'
    """
    return [str(finding) for finding in Inspection(folder).findings()]


def uncovered(folder: Path | str | None = None) -> list[str]:
    """A sentence for each line of situations.toml from which no vignette has grown."""
    return [str(finding) for finding in Inspection(folder).uncovered()]


def summary(folder: Path | str | None = None, drawable: Callable[[str], str] | None = None) -> str:
    """All faults and how many there are, or how much is in order; then what is worth knowing.

    `drawable` gives a text as charts draw it, with a box for each letter that no font has; without
    it nothing is said of letters.
    """
    inspection = Inspection(folder)
    findings = inspection.findings()
    own = inspection.own_vignettes()
    if findings:
        files = {finding.file for finding in findings}
        lines = [str(finding) for finding in findings]
        count = f"{_count(len(findings), 'fault')} in {_count(len(files), 'file')}."
        lines += ["", f"{count} Numbers in square brackets count from 1."]
        if own:
            lines.append(
                f"Of your own, {_count(own, 'vignette')} stood where cases are looked for."
            )
        return "\n".join([*lines, *notes(inspection, drawable)])
    vignettes = _count(len(inspection.vignettes), "vignette")
    if own:
        vignettes = f"{vignettes} ({own} of your own)"
    counts = [
        vignettes,
        _count(len(inspection.codes), "code"),
        _count(len(inspection.claims), "claim"),
        _count(len(tables(inspection.types, "types")), "type"),
    ]
    return "\n".join([f"No faults: {', '.join(counts)}.", *notes(inspection, drawable)])


def lock_wordings(folder: Path | str | None = None) -> list[str]:
    """Adds the wordings that `wordings.lock` lacks and gives the new lines; an old line is never changed.

    Only the course's own folder is written to, and an item whose file has another fault waits
    until it is mended. Raises ContentError where the lock itself has a line that cannot be read.
    """
    inspection = Inspection(folder)
    path = inspection.folder / wordings.LOCK
    for field, sentence in wordings.misread(path):
        raise ContentError(str(Finding(inspection.name(path), field, sentence)))
    faulty = set()
    for finding in inspection.findings():
        if finding.sentence not in inspection.unlocked:
            faulty.add(finding.file)
    if inspection.name(inspection.folder / "scale.toml") in faulty:
        return []  # the scale is part of every wording
    held = wordings.locked(path)
    new = {}
    for id, item in inspection.asked[inspection.folder].items():
        if id not in held and item.file not in faulty:
            new[id] = item.wording
    if new:
        wordings.write_lock(path, held | new)
    return [f"{id} {wording}" for id, wording in sorted(new.items())]


def _count(n: int, name: str) -> str:
    if n == 1:
        return f"1 {name}"
    return f"{n} {name}s"
