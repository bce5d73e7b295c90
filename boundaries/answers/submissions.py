"""One student's judgments of one session as a file: how it is written, and a reader that believes nothing.

The file holds no token, name, login, machine or clock, so the same answers give the same bytes. Its shape is
data/schema/submission.schema.json, with an example in data/README.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn

from boundaries.answers.judgments import PHASES, Judgment, checked, is_lecture, level_of
from boundaries.content import Content, Item
from boundaries.errors import ContentError, JudgmentError, SubmissionError

FORMAT, VERSION = "boundaries-submission", 1
FILE_NAME = "boundaries-submission.json"
MAX_BYTES = 2_000_000
MAX_ROWS = 2_000

_TOP = ("consent", "content", "format", "judgments", "participant", "session", "version")
_ROW: dict[str, tuple[type, ...]] = {
    "confidence": (int, type(None)),
    "item": (str,),
    "level": (str,),
    "phase": (str,),
    "rating": (int, type(None)),
    "reason": (str,),
    "revision": (int,),
    "wording": (str,),
}
_KINDS = {str: "text", int: "a whole number", type(None): "null", list: "a list", dict: "an object"}
_AGAIN = "Save the submission again from the notebook, and hand in that file."


@dataclass(frozen=True)
class Submission:
    """What one student hands in: all their judgments of one session, and whether research may use them.

    `content` is the `content_version` of the course that they were judged in.
    """

    session: str
    participant: str
    content: str
    consent: bool
    judgments: tuple[Judgment, ...]


def content_version(content: Content) -> str:
    """Twelve hex digits that change with any wording of any vignette or claim."""
    items: list[Item] = [*content.all_vignettes.values(), *content.claims.values()]
    words = json.dumps(sorted([item.id, item.wording] for item in items))
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def write(submission: Submission) -> bytes:
    r"""The file: JSON in UTF-8, a judgment a line, keys and rows sorted.

    >>> write(Submission("own-study", "0" * 64, "0" * 12, False, ())).count(b"\n")
    11
    """
    rows = sorted(submission.judgments, key=lambda j: (j.item, j.wording, PHASES.index(j.phase)))
    lines = ",\n".join(_json({name: getattr(row, name) for name in _ROW}) for row in rows)
    fields = {
        "consent": _json(submission.consent),
        "content": _json(submission.content),
        "format": _json(FORMAT),
        "judgments": f"[\n{lines}\n]",
        "participant": _json(submission.participant),
        "session": _json(submission.session),
        "version": _json(VERSION),
    }
    return (
        "{\n" + ",\n".join(f'"{name}": {text}' for name, text in fields.items()) + "\n}\n"
    ).encode()


def read(data: bytes, content: Content, *, session: str | None = None) -> Submission:
    """The submission in a file's bytes (a byte order mark is allowed), whoever made them.

    Raises SubmissionError, one line without the file's name, for whatever `write` would not have written of this
    course's items, of `session` if that is given.
    """
    table = _parsed(data)
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise SubmissionError(f"it is not a submission of this course. {_AGAIN}")
    version = table.get("version")
    if type(version) is int and version > VERSION:
        raise SubmissionError(
            f"it was saved by a newer version of this course (format {version}; this one reads {VERSION}). "
            "Update the course, then collect again."
        )
    if type(version) is not int or version != VERSION:
        raise SubmissionError(
            f"its version is {_shown(version)}; this course reads {VERSION}. {_AGAIN}"
        )
    _same_fields(table, _TOP, "it")
    _check_head(table, session)
    seen: dict[tuple[str, str], Judgment] = {}
    for number, row in enumerate(table["judgments"], 1):
        judgment = _judgment(row, f"judgments[{number}]", table, content)
        key = (judgment.item, judgment.phase)
        if key in seen:
            raise SubmissionError(
                f"judgments[{number}]: '{key[0]}' has two judgments of phase '{key[1]}'. {_AGAIN}"
            )
        seen[key] = judgment
    for item, phase in seen:
        if (item, "first") not in seen and not is_lecture(
            table["session"]
        ):  # to a lecture people come late
            raise SubmissionError(
                f"'{item}' has a judgment of phase '{phase}' but no first one. {_AGAIN}"
            )
    return Submission(
        table["session"],
        table["participant"],
        table["content"],
        table["consent"],
        tuple(seen.values()),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    if len(data) > MAX_BYTES:
        raise SubmissionError(
            f"it has {len(data):,} bytes. A submission has at most {MAX_BYTES:,}. {_AGAIN}"
        )
    if not data.strip():
        raise SubmissionError(f"it is empty. {_AGAIN}")
    try:
        text = data.decode("utf-8-sig")
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_number, parse_int=_integer
        )
    except UnicodeDecodeError:
        raise SubmissionError(f"it is not text in UTF-8. {_AGAIN}") from None
    except json.JSONDecodeError as error:
        raise SubmissionError(
            f"it is not JSON, or was cut off (line {error.lineno}). {_AGAIN}"
        ) from None
    except RecursionError:
        raise SubmissionError(f"it is nested too deeply to be a submission. {_AGAIN}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SubmissionError(f"it names {_shown(twice)} twice. {_AGAIN}")
    return table


def _no_number(name: str) -> NoReturn:
    raise SubmissionError(f"it holds {name}, which is not a number. {_AGAIN}")


def _integer(digits: str) -> int:
    if (
        len(digits) > 12
    ):  # Python refuses only those of thousands of digits, and nothing here needs them
        raise SubmissionError(f"it holds a number of {len(digits):,} digits. {_AGAIN}")
    return int(digits)


def _same_fields(table: dict[str, Any], names: Collection[str], what: str) -> None:
    if table.keys() == set(names):
        return
    for name in names:
        if name not in table:
            raise SubmissionError(f"{what} lacks '{name}'. {_AGAIN}")
    for name in sorted(table.keys() - set(names)):
        raise SubmissionError(
            f"{what} has a field {_shown(name)}, which no submission has. {_AGAIN}"
        )


def _check_head(table: dict[str, Any], session: str | None) -> None:
    for name, pattern, example in (
        ("session", r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*", "a session's id, such as 'ethics-2026'"),
        ("participant", "[0-9a-f]{64}", "64 hex digits"),
        ("content", "[0-9a-f]{12}", "12 hex digits"),
    ):
        if not isinstance(table[name], str) or not re.fullmatch(pattern, table[name]):
            raise SubmissionError(f"its '{name}' is {_shown(table[name])}, not {example}. {_AGAIN}")
    if session is not None and table["session"] != session:
        raise SubmissionError(
            f"it is of the session '{table['session']}', not of '{session}'. Sessions are never added together."
        )
    if not isinstance(table["consent"], bool):
        raise SubmissionError(
            f"its 'consent' is {_shown(table['consent'])}, not true or false. {_AGAIN}"
        )
    if not isinstance(table["judgments"], list):
        raise SubmissionError(
            f"its 'judgments' are {_shown(table['judgments'])}, not a list. {_AGAIN}"
        )
    if len(table["judgments"]) > MAX_ROWS:
        raise SubmissionError(
            f"it holds {len(table['judgments']):,} judgments. At most {MAX_ROWS:,} are read."
        )


def _judgment(row: Any, place: str, table: dict[str, Any], content: Content) -> Judgment:  # noqa: ANN401
    if not isinstance(row, dict):
        raise SubmissionError(f"{place} is {_shown(row)}, not an object. {_AGAIN}")
    _same_fields(row, _ROW, place)
    for name, kinds in _ROW.items():
        if type(row[name]) not in kinds:
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            raise SubmissionError(
                f"{place}: '{name}' is {_shown(row[name])}, not {wanted}. {_AGAIN}"
            )
    try:
        item = content.item(row["item"])
    except ContentError:
        raise SubmissionError(
            f"{place}: this course has no item {_shown(row['item'])} (in the wording {_shown(row['wording'])}). "
            "Collect with the course that the class used."
        ) from None
    if row["wording"] != item.wording:
        raise SubmissionError(
            f"{place}: '{item.id}' was judged in the wording {_shown(row['wording'])}; this course has "
            f"'{item.wording}'. Two wordings are never mixed. Collect with the course that the class used."
        )
    if row["phase"] not in PHASES:
        raise SubmissionError(
            f"{place}: {_shown(row['phase'])} is not a phase. Allowed: {', '.join(PHASES)}."
        )
    level = level_of(table["participant"], item)
    if is_lecture(table["session"]) and row["level"] in item.levels:
        level = item.levels[item.levels.index(row["level"])]  # the host may have fixed it
    if row["level"] != level:
        gets = f"this participant gets '{level}'" if level else "it has no dial"
        raise SubmissionError(
            f"{place}: '{item.id}' stands at the level {_shown(row['level'])}; {gets}. {_AGAIN}"
        )
    # The course's own strings instead of the file's copies: three hundred students then fit in less memory.
    own = {
        "item": item.id,
        "wording": item.wording,
        "level": level,
        "phase": PHASES[PHASES.index(row["phase"])],
    }
    try:
        return checked(
            item, Judgment(session=table["session"], participant=table["participant"], **row | own)
        )
    except JudgmentError as error:
        raise SubmissionError(f"{place}: {error}") from None


def _shown(value: object) -> str:
    """A value as a sentence may print it: short, and with nothing in it that a screen would obey."""
    if isinstance(value, list | dict):
        return _KINDS[type(value)]
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = repr(value if not isinstance(value, str) else value[:40])
    return text if not isinstance(value, str) or len(value) <= 40 else f"{text}…"
