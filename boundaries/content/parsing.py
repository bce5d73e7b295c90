"""Raw tables of TOML and CSV files as the frozen words of the course.

Nothing is checked here: a field that is missing or misshapen ends in the KeyError or TypeError
that `naming` turns into a sentence. `python -m boundaries check` explains such faults properly.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boundaries.content.words import (
    AFTER_LAST,
    Band,
    Claim,
    Code,
    Course,
    Dial,
    Level,
    Point,
    Provision,
    Reading,
    Stance,
    Survey,
    Vignette,
    session_of,
)
from boundaries.errors import ContentError

Table = Mapping[str, Any]

SMALLEST_GROUP = 5
"""course.toml may ask for larger groups, never for smaller ones."""

# The fields of Survey, and the columns of surveys.csv that hold them.
_SURVEY_COLUMNS = {
    "study": "study_id",
    "citation": "citation",
    "year": "year",
    "country": "country",
    "respondents": "respondent_group",
    "n": "n",
    "item": "item_id",
    "text": "item_text_short",
    "scale": "scale",
    "category": "category",
    "percent": "percent",
    "confidence": "confidence",
    "url": "source_url",
}


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turns a missing or misshapen field into a ContentError that names the file."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ContentError(
            f"{path}: {type(error).__name__} at {error}. "
            "Run `python -m boundaries check` to see what is missing."
        ) from error


def wording_of(
    case: str, act: str, question: str, scale: tuple[Point, ...], dial: Dial | None
) -> str:
    """Twelve hex digits that change with anything a student is asked."""
    points = [[point.value, point.label] for point in scale]
    levels = []
    if dial is not None:
        levels = [[level.id, level.label, level.text] for level in dial.levels]
    asked = json.dumps([case, act, question, points, levels], ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def course_of(table: Table, folder: Path) -> Course:
    """What a lecturer set in course.toml; folders of own cases are seen from the content's folder."""
    session, show = table["session"], table["show"]
    return Course(
        session=session_of(session["id"], show.get("codes_open", AFTER_LAST)),
        title=session["title"],
        mode=session["mode"],
        codes=tuple(show["codes"]),
        others=show["others"],
        minimum_group=max(SMALLEST_GROUP, show["minimum_group"]),
        types=tuple(table["assignment"]["types"]),
        due=table["assignment"]["due"],
        case_folders=tuple((folder / name).resolve() for name in table["cases"]["folders"]),
        keep_until=session.get("keep_until", ""),
        server=session.get("server", ""),
    )


def points_of(tables: list[Table]) -> tuple[Point, ...]:
    """A scale, in the order of its file."""
    return tuple(Point(table["value"], table["label"]) for table in tables)


def stance_of(table: Table) -> Stance:
    """A stance with its default band (None for silent)."""
    return Stance(table["id"], table["label"], _band(table), table["note"])


def code_of_file(path: Path, table: Table) -> Code:
    """One edition of a code; its id is the file's name."""
    provisions = {}
    for fields in table["provisions"]:
        provision = Provision(code=path.stem, **fields)
        provisions[provision.id] = provision
    fields = {name: value for name, value in table.items() if name != "provisions"}
    # Under which name the edition stands in the collected facts; nobody but their test asks.
    fields.pop("facts_id", None)
    return Code(id=path.stem, provisions=provisions, **fields)


def vignette_of_file(
    path: Path, table: Table, stem: str, scale: tuple[Point, ...], stances: Mapping[str, Stance]
) -> Vignette:
    """One case; its id is the file's name. `stem` is the question's beginning, the same for all."""
    dial = _dial(table)
    case, act, behaviour = (_one_line(table[part]) for part in ("case", "act", "behaviour"))
    question = stem.replace("{behaviour}", behaviour)
    known = Vignette.__dataclass_fields__.keys() - {"dial", "readings"}
    fields: dict[str, Any] = {}
    for name in known & table.keys():
        value = table[name]
        fields[name] = tuple(value) if isinstance(value, list) else value
    fields |= {"case": case, "act": act, "behaviour": behaviour}
    return Vignette(
        **fields,
        id=path.stem,
        file=str(path),
        question=question,
        scale=scale,
        dial=dial,
        wording=wording_of(case, act, question, scale, dial),
        readings=tuple(_reading(reading, table, stances) for reading in table["readings"]),
    )


def claim_of(table: Table, scale: tuple[Point, ...]) -> Claim:
    """One claim of the articles. Its provisions are written as "code:provision"."""
    claim = _one_line(table["claim"])
    provisions = []
    for name in table["provisions"]:
        code, _, provision = name.partition(":")
        provisions.append((code, provision))
    return Claim(
        id=table["id"],
        claim=claim,
        scale=scale,
        wording=wording_of("", claim, "claim", scale, None),
        verdict=table["verdict"],
        why=table["why"],
        provisions=tuple(provisions),
        grew_from=tuple(table["grew_from"]),
        author=table["author"],
        date=table["date"],
    )


def surveys_of_file(path: Path) -> tuple[Survey, ...]:
    """The published figures of surveys.csv, a row each; none where there is no such file."""
    if not path.exists():
        return ()
    surveys = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            fields = {name: row[column] for name, column in _SURVEY_COLUMNS.items()}
            surveys.append(Survey(**fields))
    return tuple(surveys)


def _dial(table: Table) -> Dial | None:
    if "dial" not in table:
        return None
    levels = []
    for level in table["dial"]["levels"]:
        levels.append(Level(level["id"], level["label"], level["text"]))
    return Dial(table["dial"]["fact"], tuple(levels))


def _reading(table: Table, vignette: Table, stances: Mapping[str, Stance]) -> Reading:
    stance = table["stance"]
    return Reading(
        code=table["code"],
        stance=stance,
        basis=table["basis"],
        provisions=tuple(table["provisions"]),
        band=_band(table) or stances[stance].band,
        band_why=table.get("band_why", ""),
        why=table["why"],
        changes=table["changes"],
        levels=tuple(table.get("levels", ())),
        author=table.get("author", vignette["author"]),
        date=table.get("date", vignette["date"]),
        reviewer=table.get("reviewer", ""),
    )


def _band(table: Table) -> Band | None:
    if not table.get("band"):
        return None
    low, high = table["band"]
    return low, high


def _one_line(text: str) -> str:
    """Line breaks of a file are no part of what a student is asked."""
    return " ".join(text.split())
