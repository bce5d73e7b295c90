"""What is no fault and worth knowing: what is thin, what was passed over, what no font can print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from boundaries.content.check.inspection import Inspection
from boundaries.content.check.raw import Table, of, strings, tables
from boundaries.content.check.story import levels_of

# Fields that charts print, wherever they stand.
_NAMES = ("title", "question", "short", "behaviour", "act", "label")


def notes(inspection: Inspection, drawable: Callable[[str], str] | None) -> Iterator[str]:
    """Each note as a sentence. `drawable` puts a box for each letter that no font here has."""
    thin = list(_thin(inspection))
    if thin:
        yield f"Thin: {'; '.join(thin)}."
    if inspection.unread:
        yield f"Not read, for they are no '.toml' files: {', '.join(inspection.unread)}."
    if drawable is None:
        return
    for file, letters in _boxed(inspection, drawable):
        yield (
            f"Not drawn: no font on this computer has {letters} of {file}, so charts print a box. "
            "Write it otherwise, or install a font that has it, such as one of the Noto family."
        )


def _thin(inspection: Inspection) -> Iterator[str]:
    """Codes that a country chooses and that are not read in every case."""
    chosen = of(of(inspection.course, "show", dict), "country", str)
    taught = set(inspection.vignettes)
    for file in inspection.vignettes.values():
        taught.discard(of(file.table, "replaces", str))
    read: Counter[str] = Counter()
    for id in taught:
        readings = tables(inspection.vignettes[id].table, "readings")
        read.update({of(reading, "code", str) for reading in readings})
    for country in tables(inspection.countries, "countries"):
        if of(country, "id", str) != chosen:
            continue
        for code in strings(country, "codes"):
            if read[code] < len(taught):
                yield f"no reading of {code} in {len(taught) - read[code]} of {len(taught)} cases"


def _boxed(inspection: Inspection, drawable: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Files with letters that come out as a box, and those letters in quotes."""
    printed: dict[str, list[Table]] = {
        inspection.name(inspection.folder / "course.toml"): [
            of(inspection.course, "session", dict)
        ],
        inspection.name(inspection.folder / "types.toml"): tables(inspection.types, "types"),
    }
    for id, code in inspection.codes.items():
        printed[inspection.name(inspection.folder / "codes" / f"{id}.toml")] = [code]
    for file in inspection.vignettes.values():
        printed[file.name] = [file.table, *levels_of(file.table)]
    for name, parts in printed.items():
        words = "".join(of(part, field, str) for part in parts for field in _NAMES)
        boxes = [letter for letter in dict.fromkeys(words) if drawable(letter) != letter]
        lost = [f"'{letter}'" for letter in boxes if drawable(letter).strip()]
        if lost:
            yield name, ", ".join(lost)
