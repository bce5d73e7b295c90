"""Every fault of every content file, as sentences: which file and field, what was found, what is
allowed, what to do.

Nothing here stops at the first fault, and nothing is loaded: the raw files are read, so that a
folder which `load` refuses can still be mended in one go. `schema` checks shapes, the rules what one file
may hold given the others, `wordings` that a used wording is never edited; `inspection` goes through
a folder with all three. What they say stands in `sentences.toml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from boundaries.content.check import raw, wordings
from boundaries.content.check.inspection import Finding, Inspection
from boundaries.content.parsing import Table
from boundaries.errors import ContentError


def faults(folder: Path | str | None = None) -> list[str]:
    """Every fault of every content file in a folder (default: the course's own), one sentence
    each, by file.

    >>> faults("nowhere")[0]
    'nowhere/course.toml: there is no such file. The course cannot do without it. Put it back; see data/README.md.'
    """
    return [str(finding) for finding in Inspection(folder).findings()]


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
        return "\n".join([*lines, *_notes(inspection, drawable)])
    vignettes = _count(len(inspection.vignettes), "vignette")
    if own:
        vignettes = f"{vignettes} ({own} of your own)"
    counts = [
        vignettes,
        _count(len(inspection.codes), "code"),
        _count(len(inspection.claims), "claim"),
        _count(len(raw.tables(inspection.types, "types")), "type"),
    ]
    return "\n".join([f"No faults: {', '.join(counts)}.", *_notes(inspection, drawable)])


def lock_wordings(folder: Path | str | None = None) -> list[str]:
    """Adds the wordings that `wordings.lock` lacks and gives the new lines; an old line is never changed.

    Only the course's own folder is written to, and an item whose file has another fault waits
    until it is mended. Raises ContentError where the lock itself has a line that cannot be read.
    """
    inspection = Inspection(folder)
    path = inspection.folder / wordings.LOCK
    held, misread = wordings.read_lock(path)
    for field, sentence in misread:
        raise ContentError(str(Finding(inspection.name(path), field, sentence)))
    faulty = set()
    for finding in inspection.findings():
        if finding.sentence not in inspection.unlocked:
            faulty.add(finding.file)
    if inspection.name(inspection.folder / "scale.toml") in faulty:
        return []  # the scale is part of every wording
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


# -- what is no fault and worth knowing ------------------------------------------------------------

# Fields that charts print, wherever they stand.
_NAMES = ("title", "question", "short", "behaviour", "act", "label")


def _notes(inspection: Inspection, drawable: Callable[[str], str] | None) -> Iterator[str]:
    """Each note as a sentence. `drawable` puts a box for each letter that no font here has."""
    thin = list(_thin(inspection))
    if thin:
        yield f"Thin: {'; '.join(thin)}."
    if inspection.unread:
        yield (
            "Not read, for a case is a '.toml' file in vignettes/ or in a folder that course.toml names: "
            f"{', '.join(inspection.unread)}."
        )
    to_come = list(_to_come(inspection))
    if to_come:
        yield f"Dated in the future: {', '.join(to_come)}."
    if drawable is None:
        return
    for file, letters in _boxed(inspection, drawable):
        yield (
            f"Not drawn: no font on this computer has {letters} of {file}, so charts print a box. "
            "Write it otherwise, or install a font that has it, such as one of the Noto family."
        )


def _thin(inspection: Inspection) -> Iterator[str]:
    """Codes that a country chooses and that are not read in every case."""
    chosen = raw.of(raw.of(inspection.course, "show", dict), "country", str)
    taught = set(inspection.vignettes)
    for file in inspection.vignettes.values():
        taught.discard(raw.of(file.table, "replaces", str))
    read: Counter[str] = Counter()
    for id in taught:
        readings = raw.tables(inspection.vignettes[id].table, "readings")
        read.update({raw.of(reading, "code", str) for reading in readings})
    for country in raw.tables(inspection.countries, "countries"):
        if raw.of(country, "id", str) != chosen:
            continue
        for code in raw.strings(country, "codes"):
            if read[code] < len(taught):
                yield f"no reading of {code} in {len(taught) - read[code]} of {len(taught)} cases"


def _to_come(inspection: Inspection) -> Iterator[str]:
    """Cases whose date has not come anywhere on earth. No fault: the computer's clock may be wrong."""
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    for file in inspection.vignettes.values():
        written = raw.of(file.table, "date", str)
        if written > tomorrow:
            yield f"{file.name} ({written})"


def _boxed(inspection: Inspection, drawable: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Files with letters that come out as a box, and those letters in quotes."""
    printed: dict[str, list[Table]] = {
        inspection.name(inspection.folder / "course.toml"): [
            raw.of(inspection.course, "session", dict)
        ],
        inspection.name(inspection.folder / "types.toml"): raw.tables(inspection.types, "types"),
    }
    for id, code in inspection.codes.items():
        printed[inspection.name(inspection.folder / "codes" / f"{id}.toml")] = [code]
    for file in inspection.vignettes.values():
        printed[file.name] = [file.table, *raw.levels_of(file.table)]
    for name, parts in printed.items():
        words = "".join(raw.of(part, field, str) for part in parts for field in _NAMES)
        boxes = [letter for letter in dict.fromkeys(words) if drawable(letter) != letter]
        lost = [f"'{letter}'" for letter in boxes if drawable(letter).strip()]
        if lost:
            yield name, ", ".join(lost)
