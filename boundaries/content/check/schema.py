"""The shape of content files: what differs from `data/schema/*.schema.json`, as sentences.

The schemas are closed and describe every field; a field's description is the sentence that says
what is allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, cast

import jsonschema
from jsonschema.validators import extend

from boundaries.content import default_folder
from boundaries.content.check import raw
from boundaries.content.check.raw import SENTENCES, Fault, fault_text


def differences(table: dict[str, Any], kind: str) -> Iterator[Fault]:
    """Every difference between a file's table and the schema of its kind (vignette, code, types, …)."""
    validator = _validator(kind)
    top = cast(dict[str, Any], validator.schema)["properties"]
    errors = sorted(validator.iter_errors(table), key=_path)
    lacking = _lacking(errors, top)
    for error in errors:
        field = _field(error.absolute_path)
        if error.validator == "required":
            # jsonschema has an error for each missing field; they are told in one sentence.
            names = lacking.pop(field, [])
            if names:
                yield field, _missing(error, names)
            continue
        for told in _sentences(error, top):
            yield field, told


def _lacking(
    errors: Sequence[jsonschema.ValidationError], top: Iterable[str]
) -> dict[str, list[str]]:
    """The missing fields of each table, without those that stand in the file below a line in brackets."""
    misplaced: set[str] = set()
    for error in errors:
        if error.validator == "additionalProperties" and error.absolute_path:
            misplaced |= set(cast(Any, error.instance)) & set(top)
    lacking: dict[str, list[str]] = {}
    for error in errors:
        if error.validator == "required":
            # jsonschema names the missing field only inside its message, so it is looked up there.
            limit = cast(list[str], error.validator_value)
            name = next(name for name in limit if error.message.startswith(f"{name!r} "))
            if error.absolute_path or name not in misplaced:
                lacking.setdefault(_field(error.absolute_path), []).append(name)
    return lacking


def _missing(error: jsonschema.ValidationError, names: list[str]) -> str:
    names_are = f"{raw.listed(names)} {'is' if len(names) == 1 else 'are'}"
    title = cast(dict[str, Any], error.schema)["title"]
    needed = raw.listed(cast(list[str], error.validator_value))
    return fault_text("field.missing", names=names_are, title=title, needed=needed)


def _path(error: jsonschema.ValidationError) -> list[str]:
    return [f"{p:04}" if isinstance(p, int) else p for p in error.absolute_path]


def _field(path: Iterable[str | int]) -> str:
    return "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".")


def _sentences(error: jsonschema.ValidationError, top: Iterable[str]) -> Iterator[str]:
    """What is wrong, in our words; `top` are the fields that stand at the top of such a file."""
    value, limit = cast(Any, error.instance), cast(Any, error.validator_value)
    schema = cast(dict[str, Any], error.schema)
    about = schema["description"]
    match error.validator:
        case "additionalProperties":
            yield from _unknown_fields(value, schema, top if error.absolute_path else ())
        case "dependentRequired":
            yield from _half_pairs(value, limit)
        case "type":
            yield _wrong_kind(value, limit, about)
        case "enum":
            cure = f"{raw.nearest(value, limit)}Choose {raw.listed(limit, 'or')}"
            yield fault_text("field.choice", value=_shown(value), about=about, cure=cure)
        case "uniqueItems":
            twice = next(entry for i, entry in enumerate(value) if entry in value[:i])
            yield fault_text("field.twice", value=_shown(twice), about=about)
        case "minItems" | "maxItems":
            entries = "1 entry was found" if len(value) == 1 else f"{len(value)} entries were found"
            cure = "Add more" if error.validator == "minItems" else "Take some out"
            yield fault_text("field.entries", entries=entries, about=about, cure=cure)
        case "minimum":
            yield fault_text("field.small", value=value, about=about)
        case "maximum":
            yield fault_text("field.large", value=value, about=about)
        case _ if isinstance(value, str) and not value.strip():
            yield fault_text("field.empty", about=about)
        case _:
            yield fault_text("field.other", value=_shown(value), about=about)


def _unknown_fields(
    table: dict[str, Any], schema: dict[str, Any], top: Iterable[str]
) -> Iterator[str]:
    known = list(schema["properties"])
    strange = []
    for name in sorted(table.keys() - known):
        if name in top:
            # Below a line in square brackets TOML gives every field to that table: the commonest slip of all.
            yield fault_text("field.misplaced", name=name)
            continue
        hint = raw.nearest(name, [field for field in known if field not in table])
        if hint:
            yield fault_text("field.unknown", name=name, title=schema["title"], hint=hint)
        else:
            strange.append(name)
    told = {"title": schema["title"], "known": raw.listed(known)}
    if len(strange) > 1:
        yield fault_text("field.unknown_many", names=raw.listed(strange), **told)
    elif strange:
        hint = f"Known are {told['known']}. "
        yield fault_text("field.unknown", name=strange[0], title=told["title"], hint=hint)


def _half_pairs(table: dict[str, Any], pairs: dict[str, list[str]]) -> Iterator[str]:
    """Fields that stand without the one that belongs to them."""
    for name, partners in pairs.items():
        for partner in partners:
            if name in table and partner not in table:
                yield fault_text("field.half", name=name, partner=partner)


def _wrong_kind(value: object, wanted: str, about: str) -> str:
    cure = "Mend it"
    if wanted == "string" and not isinstance(value, list | dict):
        cure = "Put it in quotes"
    elif wanted in ("integer", "boolean") and isinstance(value, str):
        cure = "Write it without quotes"
    kinds = SENTENCES["kinds"]
    kind = kinds.get(type(value).__name__, "a date or time")
    told = {"value": _shown(value), "kind": kind, "wanted": kinds[wanted]}
    return fault_text("field.kind", about=about, cure=cure, **told)


# A longer text is cut in a sentence.
LONGEST_SHOWN = 60


def _shown(value: object) -> str:
    """A value as a sentence names it."""
    if isinstance(value, list | dict):
        return "What stands here"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    text = " ".join(value.split())
    if len(text) > LONGEST_SHOWN:
        text = f"{text[: LONGEST_SHOWN - 3]}…"
    return f"'{text}'"


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    path = default_folder({}) / "schema" / f"{kind}.schema.json"
    base = jsonschema.Draft202012Validator
    # Python's `$` also matches before a last line break, and JSON Schema takes 2.0 for a whole number: be strict.
    strict = extend(  # type: ignore[no-untyped-call]
        base,
        {"pattern": _pattern},
        type_checker=base.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int),
    )
    validator: jsonschema.Draft202012Validator = strict(
        json.loads(path.read_text(encoding="utf-8"))
    )
    return validator


def _pattern(
    _: object, pattern: str, value: object, __: object
) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield jsonschema.ValidationError("")
