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
from dataclasses import MISSING, fields
from functools import partial
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from boundaries.content.sessions import AFTER_LAST, session_of
from boundaries.content.words import (
    Band,
    Claim,
    Code,
    Country,
    Course,
    Dial,
    Level,
    Point,
    Provision,
    Reading,
    Stance,
    Survey,
    Vignette,
)
from boundaries.errors import ContentError

Table = Mapping[str, Any]
Word = TypeVar("Word")

# course.toml may ask for larger groups, never for smaller ones.
SMALLEST_GROUP = 5

# The columns of surveys.csv, in the order of the fields of Survey.
SURVEY_COLUMNS = """study_id citation year country respondent_group n item_id item_text_short scale category
percent confidence source_url""".split()  # noqa: SIM905 - a list to be read


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turns a missing or misshapen field into a ContentError that names the file."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ContentError(
            f"{path}: {type(error).__name__} at {error}. "
            "Run `python -m boundaries check` to see what is missing."
        ) from error


def word_of(kind: type[Word], table: Table, **reckoned: object) -> Word:
    """A word of the course from a table: what was reckoned, then the table's own fields.

    Lists become tuples; fields that the word does not have are passed over. Raises KeyError for a
    missing one.
    """
    values = dict(reckoned)
    for field in fields(kind):  # type: ignore[arg-type]
        name = field.name
        if name in values or (name not in table and field.default is not MISSING):
            continue
        value = table[name]
        # Frozen to the bottom, for one content is shared by all threads.
        values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def wording_of(
    case: str, act: str, question: str, scale: tuple[Point, ...], dial: Dial | None
) -> str:
    """Twelve hex digits that change with anything a student is asked."""
    # Another order, or another way to write it down, would be another wording of every case: what
    # was judged before would no longer be counted.
    points = [[point.value, point.label] for point in scale]
    levels = []
    if dial is not None:
        levels = [[level.id, level.label, level.text] for level in dial.levels]
    asked = json.dumps([case, act, question, points, levels], ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def course_settings(table: Table, folder: Path, countries: Mapping[str, Country]) -> Course:
    """What a lecturer set in course.toml; folders of own cases are seen from the content's folder.

    A country's codes come first, then those that are named one by one.
    """
    session, show = table["session"], table["show"]
    codes = list(show["codes"])
    # A country is one word for a lecturer who does not know which codes bind there.
    country = countries.get(show.get("country", ""))
    if country:
        codes = [*country.codes, *codes]
    return word_of(
        Course,
        {**session, **show, **table["assignment"]},
        session=session_of(session["id"], show.get("codes_open", AFTER_LAST)),
        codes=tuple(dict.fromkeys(codes)),
        minimum_group=max(SMALLEST_GROUP, show["minimum_group"]),
        split_pairs=table.get("pairs", {}).get("split", False),
        case_folders=tuple((folder / name).resolve() for name in table["cases"]["folders"]),
    )


def scale_of(table: Table) -> dict[str, Any]:
    """The fields of `Content` that scale.toml fills, and `stem`, the beginning of every question."""
    checks, stances = {}, {}
    for check in table["checks"]:
        checks[check["id"]] = check["label"]
    for stance in table["stances"]:
        stances[stance["id"]] = word_of(Stance, stance, band=_band(stance))
    scales = {}
    for name in ("ratings", "claim_ratings", "confidence"):
        scales[name] = tuple(map(partial(word_of, Point), table[name]))
    question = table["question"]
    return {
        **scales,
        "stances": MappingProxyType(stances),
        "checks": MappingProxyType(checks),
        "scale_source": f"{question['source']} ({checks[question['checked']]})",
        "stem": question["stem"],
    }


def edition_of(path: Path, table: Table) -> Code:
    """One edition of a code; its id is the file's name."""
    id = path.stem
    provisions = {}
    for passage in table["provisions"]:
        # Of some passages only the title was read, so they take no stance.
        stance = passage.get("stance", "")
        provisions[passage["id"]] = word_of(Provision, passage, code=id, stance=stance)
    return word_of(Code, table, id=id, provisions=provisions)


def vignette_of(
    path: Path, table: Table, stem: str, scale: tuple[Point, ...], stances: Mapping[str, Stance]
) -> Vignette:
    """One case; its id is the file's name. `stem` is the question's beginning, the same for all."""
    dial = None
    if "dial" in table:
        levels = [word_of(Level, level) for level in table["dial"]["levels"]]
        dial = Dial(table["dial"]["fact"], tuple(levels))
    case, act, behaviour = (_one_line(table[part]) for part in ("case", "act", "behaviour"))
    question = stem.replace("{behaviour}", behaviour)
    return word_of(
        Vignette,
        table,
        id=path.stem,
        file=str(path),
        case=case,
        act=act,
        behaviour=behaviour,
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
    wording = wording_of("", claim, "claim", scale, None)
    return word_of(
        Claim, table, claim=claim, scale=scale, wording=wording, provisions=tuple(provisions)
    )


def surveys_of(path: Path) -> tuple[Survey, ...]:
    """The published figures of surveys.csv, a row each; none where there is no such file."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        of_survey = itemgetter(*SURVEY_COLUMNS)
        return tuple(Survey(*of_survey(row)) for row in csv.DictReader(lines))


def _reading(table: Table, vignette: Table, stances: Mapping[str, Stance]) -> Reading:
    return word_of(
        Reading,
        {"author": vignette["author"], "date": vignette["date"], "reviewer": "", **table},
        band=_band(table) or stances[table["stance"]].band,
    )


def _band(table: Table) -> Band | None:
    if not table.get("band"):
        return None
    low, high = table["band"]
    return low, high


def _one_line(text: str) -> str:
    """Line breaks of a file are no part of what a student is asked."""
    return " ".join(text.split())
