"""One student's judgments of one session as a file, and a reader that believes nothing.

The file holds no token, name, login, machine or clock, so the same answers give the same bytes. Its
shape is data/schema/submission.schema.json, with an example in data/README.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from boundaries.answers import strict_json
from boundaries.answers.judgments import PHASES, Judgment, checked, is_lecture, level_of
from boundaries.answers.strict_json import shown
from boundaries.answers.writings import MAX_WRITINGS, Writing, checked_writing
from boundaries.content import Content, Item
from boundaries.content.sessions import SESSION
from boundaries.errors import ContentError, JsonError, JudgmentError, SubmissionError, WritingError

FORMAT, VERSION = "boundaries-submission", 1
FILE_NAME = "boundaries-submission.json"
MAX_BYTES = 2_000_000
MAX_ROWS = 2_000

_WRITINGS = "writings"  # left out where there are none, as in every file of before 0.4
_FIELDS = ("consent", "content", "format", "judgments", "participant", "session", "version")
_HEAD = (
    ("session", SESSION, "a session's id, such as 'ethics-2026'"),
    ("participant", "[0-9a-f]{64}", "64 hex digits"),
    ("content", "[0-9a-f]{12}", "12 hex digits"),
)
_ROW_FIELDS: dict[str, tuple[type, ...]] = {
    "confidence": (int, type(None)),
    "item": (str,),
    "level": (str,),
    "phase": (str,),
    "rating": (int, type(None)),
    "reason": (str,),
    "revision": (int,),
    "wording": (str,),
}
_WRITING_FIELDS: dict[str, tuple[type, ...]] = {
    "item": (str,),
    "question": (str,),
    "revision": (int,),
    "text": (str,),
}
_KINDS = {str: "text", int: "a whole number", type(None): "null"}
_AGAIN = "Save the submission again from the notebook, and hand in that file."
_SAME_COURSE = "Collect with the course that the class used."


@dataclass(frozen=True)
class Submission:
    """What one student hands in: all their judgments of one session, and whether research may use
    them.

    `content` is the `content_version` of the course that they were judged in.
    """

    session: str
    participant: str
    content: str
    consent: bool
    judgments: tuple[Judgment, ...]
    writings: tuple[Writing, ...] = ()


def content_version(content: Content) -> str:
    """Twelve hex digits that change with any wording of any vignette or claim."""
    wordings = sorted([item.id, item.wording] for item in content.all_items.values())
    return hashlib.sha256(json.dumps(wordings).encode()).hexdigest()[:12]


# -- writing --------------------------------------------------------------------------------------


def write(submission: Submission) -> bytes:
    r"""The file: JSON in UTF-8, a judgment a line, keys and rows sorted.

    >>> write(Submission("own-study", "0" * 64, "0" * 12, False, ())).count(b"\n")
    11
    """
    rows = sorted(submission.judgments, key=_place_in_file)
    fields = {
        "consent": _json(submission.consent),
        "content": _json(submission.content),
        "format": _json(FORMAT),
        "judgments": _lines(rows, _ROW_FIELDS),
        "participant": _json(submission.participant),
        "session": _json(submission.session),
        "version": _json(VERSION),
    }
    if submission.writings:
        fields[_WRITINGS] = _lines(sorted(submission.writings), _WRITING_FIELDS)
    body = ",\n".join(f'"{name}": {text}' for name, text in fields.items())
    return f"{{\n{body}\n}}\n".encode()


def _place_in_file(row: Judgment) -> tuple[str, str, int]:
    return (row.item, row.wording, PHASES.index(row.phase))


def _lines(rows: Iterable[object], names: Collection[str]) -> str:
    """A list with a row a line."""
    lines = []
    for row in rows:
        lines.append(_json({name: getattr(row, name) for name in names}))
    return "[\n" + ",\n".join(lines) + "\n]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


# -- reading --------------------------------------------------------------------------------------


def read(data: bytes, content: Content, *, session: str | None = None) -> Submission:
    """The submission in a file's bytes (a byte order mark is allowed), whoever made them.

    Raises SubmissionError, one line without the file's name, for whatever `write` would not have
    written of this course's items, of `session` if that is given.
    """
    table = _table_in(data)
    _check_version(table.get("version"))
    _check_fields(table, _FIELDS, "it", optional=(_WRITINGS,))
    _check_head(table, session)
    by_phase: dict[tuple[str, str], Judgment] = {}
    for number, row in enumerate(table["judgments"], 1):
        place = f"judgments[{number}]"
        judgment = _judgment(row, place, table, content)
        item_and_phase = (judgment.item, judgment.phase)
        if item_and_phase in by_phase:
            raise SubmissionError(
                f"{place}: '{judgment.item}' has two judgments of phase '{judgment.phase}'. "
                f"{_AGAIN}"
            )
        by_phase[item_and_phase] = judgment
    if not is_lecture(table["session"]):  # people come late to a lecture, and have no first one
        _check_firsts(by_phase)
    return Submission(
        table["session"],
        table["participant"],
        table["content"],
        table["consent"],
        tuple(by_phase.values()),
        _writings(table.get(_WRITINGS, []), content),
    )


def _table_in(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise SubmissionError(
            f"it has {len(data):,} bytes. A submission has at most {MAX_BYTES:,}. {_AGAIN}"
        )
    if not data.strip():
        raise SubmissionError(f"it is empty. {_AGAIN}")
    try:
        table = strict_json.parse(data)
    except JsonError as error:
        raise SubmissionError(f"it {error}. {_AGAIN}") from None
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise SubmissionError(f"it is not a submission of this course. {_AGAIN}")
    return table


def _check_version(version: object) -> None:
    # `True == 1` in Python, so the type is asked for as well.
    if type(version) is int and version > VERSION:
        raise SubmissionError(
            f"it was saved by a newer version of this course (format {version}; this one reads "
            f"{VERSION}). Update the course, then collect again."
        )
    if type(version) is not int or version != VERSION:
        raise SubmissionError(
            f"its version is {shown(version)}; this course reads {VERSION}. {_AGAIN}"
        )


def _check_fields(
    table: dict[str, Any], names: Collection[str], place: str, optional: Collection[str] = ()
) -> None:
    for name in names:
        if name not in table:
            raise SubmissionError(f"{place} lacks '{name}'. {_AGAIN}")
    others = table.keys() - {*names, *optional}
    if others:
        unknown = min(others)
        raise SubmissionError(
            f"{place} has a field {shown(unknown)}, which no submission has. {_AGAIN}"
        )


def _check_head(table: dict[str, Any], session: str | None) -> None:
    for name, pattern, allowed in _HEAD:
        if not isinstance(table[name], str) or not re.fullmatch(pattern, table[name]):
            raise SubmissionError(f"its '{name}' is {shown(table[name])}, not {allowed}. {_AGAIN}")
    if session is not None and table["session"] != session:
        raise SubmissionError(
            f"it is of the session '{table['session']}', not of '{session}'. "
            "Sessions are never added together."
        )
    if not isinstance(table["consent"], bool):
        raise SubmissionError(
            f"its 'consent' is {shown(table['consent'])}, not true or false. {_AGAIN}"
        )
    rows = table["judgments"]
    if not isinstance(rows, list):
        raise SubmissionError(f"its 'judgments' are {shown(rows)}, not a list. {_AGAIN}")
    if len(rows) > MAX_ROWS:
        raise SubmissionError(f"it holds {len(rows):,} judgments. At most {MAX_ROWS:,} are read.")
    if not rows:
        raise SubmissionError(f"it holds no judgments. Judge a case first. {_AGAIN}")


def _check_firsts(by_phase: Collection[tuple[str, str]]) -> None:
    for item, phase in by_phase:
        if (item, "first") not in by_phase:
            raise SubmissionError(
                f"'{item}' has a judgment of phase '{phase}' but no first one. {_AGAIN}"
            )


def _judgment(
    row: Any,  # noqa: ANN401 - JSON may be anything
    place: str,
    table: dict[str, Any],
    content: Content,
) -> Judgment:
    _check_row(row, place)
    item = _item(row, place, content)
    if row["phase"] not in PHASES:
        raise SubmissionError(
            f"{place}: {shown(row['phase'])} is not a phase. Allowed: {', '.join(PHASES)}."
        )
    # Item, wording, phase and level are the course's own strings instead of the file's equal ones:
    # three hundred students then fit in less memory.
    phase, level = PHASES[PHASES.index(row["phase"])], _level(row, place, table, item)
    person = (table["session"], table["participant"])
    answer = (row["rating"], row["confidence"], row["reason"], row["revision"])
    judgment = Judgment.of(item, person, phase, level, *answer)
    try:
        return checked(item, judgment)
    except JudgmentError as error:
        raise SubmissionError(f"{place}: {error}") from None


def _writings(rows: object, content: Content) -> tuple[Writing, ...]:
    if not isinstance(rows, list):
        raise SubmissionError(f"its '{_WRITINGS}' are {shown(rows)}, not a list. {_AGAIN}")
    if len(rows) > MAX_WRITINGS:
        raise SubmissionError(
            f"it holds {len(rows):,} writings. At most {MAX_WRITINGS:,} are read."
        )
    writings: dict[tuple[str, str], Writing] = {}
    for number, row in enumerate(rows, 1):
        place = f"{_WRITINGS}[{number}]"
        _check_row(row, place, _WRITING_FIELDS)
        try:
            writing = checked_writing(Writing(**row), content)
        except WritingError as error:
            raise SubmissionError(f"{place}: {error}") from None
        key = (writing.item, writing.question)
        if key in writings:
            raise SubmissionError(f"{place}: '{key[1]}' is answered twice for '{key[0]}'. {_AGAIN}")
        writings[key] = writing
    return tuple(writings.values())


def _check_row(
    row: object, place: str, fields: Mapping[str, tuple[type, ...]] = _ROW_FIELDS
) -> None:
    if not isinstance(row, dict):
        raise SubmissionError(f"{place} is {shown(row)}, not an object. {_AGAIN}")
    _check_fields(row, fields, place)
    for name, kinds in fields.items():
        if type(row[name]) not in kinds:  # not isinstance: True is no rating
            allowed = " or ".join(_KINDS[kind] for kind in kinds)
            raise SubmissionError(
                f"{place}: '{name}' is {shown(row[name])}, not {allowed}. {_AGAIN}"
            )


def _item(row: dict[str, Any], place: str, content: Content) -> Item:
    try:
        item = content.item(row["item"])
    except ContentError:
        raise SubmissionError(
            f"{place}: this course has no item {shown(row['item'])} "
            f"(in the wording {shown(row['wording'])}). {_SAME_COURSE}"
        ) from None
    if row["wording"] != item.wording:
        raise SubmissionError(
            f"{place}: '{item.id}' was judged in the wording {shown(row['wording'])}; "
            f"this course has '{item.wording}'. Two wordings are never mixed. {_SAME_COURSE}"
        )
    return item


def _level(row: dict[str, Any], place: str, table: dict[str, Any], item: Item) -> str:
    """The level that this row must have: by hash, or in a lecture whichever the host fixed."""
    level = level_of(table["participant"], item)
    if is_lecture(table["session"]) and row["level"] in item.levels:
        level = item.levels[item.levels.index(row["level"])]
    if row["level"] != level:
        gets = f"this participant gets '{level}'" if level else "it has no dial"
        raise SubmissionError(
            f"{place}: '{item.id}' stands at the level {shown(row['level'])}; {gets}. {_AGAIN}"
        )
    return level
