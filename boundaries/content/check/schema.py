"""The shape of content files: what differs from `data/schema/*.schema.json`, as sentences.

The schemas are closed and describe every field; a field's description is the sentence that says what is allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any, cast

import jsonschema
from jsonschema.validators import extend

from boundaries.content import default_folder

SEE = "see data/README.md."

Fault = tuple[str, str]
"""A field, written as in `dial.levels[1]` (counted from 1; "" for the whole file), and what is wrong with it."""


def listed(names: Iterable[object], last: str = "and") -> str:
    """The names in quotes, as a sentence needs them.

    >>> listed(["id", "label", "text"])
    "'id', 'label' and 'text'"
    """
    *first, end = [f"'{name}'" for name in names]
    return f"{', '.join(first)} {last} {end}" if first else end


def nearest(name: object, known: Iterable[str]) -> str:
    """A question that suggests the known name nearest to `name`; empty if none is near.

    >>> nearest("qestions", ["questions", "minutes"])
    "Did you mean 'questions'? "
    """
    near = get_close_matches(str(name), list(known), n=1, cutoff=0.7)
    return f"Did you mean '{near[0]}'? " if near else ""


def differences(table: dict[str, Any], kind: str) -> Iterator[Fault]:
    """Every difference between a file's table and the schema of its kind (vignette, code, types, …)."""
    validator = _validator(kind)
    top = cast(dict[str, Any], validator.schema)["properties"]
    for error in sorted(validator.iter_errors(table), key=_path):
        for sentence in _sentences(error, top):
            yield _field(error.absolute_path), sentence


def _path(error: jsonschema.ValidationError) -> list[str]:
    return [f"{p:04}" if isinstance(p, int) else p for p in error.absolute_path]


def _field(path: Iterable[str | int]) -> str:
    return "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".")


def _sentences(error: jsonschema.ValidationError, top: Iterable[str]) -> Iterator[str]:
    found, limit = cast(Any, error.instance), cast(Any, error.validator_value)
    schema = cast(dict[str, Any], error.schema)
    about = schema["description"]
    if error.validator == "required":
        # jsonschema names the missing field only inside its message, so each of them is looked up here, once
        name = next(n for n in limit if error.message.startswith(f"{n!r} "))
        yield f"'{name}' is missing. Each {schema['title']} needs {listed(limit)}; {SEE}"
    elif error.validator == "additionalProperties":
        known = list(schema["properties"])
        for name in sorted(found.keys() - known):
            if error.absolute_path and name in top:
                # below a line in square brackets TOML gives every field to that table: the commonest slip of all
                yield f"'{name}' stands below a line in square brackets. Move it to the top of the file; {SEE}"
                continue
            hint = (
                nearest(name, [k for k in known if k not in found])
                or f"Known are {listed(known)}. "
            )
            yield f"'{name}' is not a field of a {schema['title']}. {hint}Rename it or take it out; {SEE}"
    elif error.validator == "dependentRequired":
        for name, needed in (
            (n, m) for n, others in limit.items() for m in others if n in found and m not in found
        ):
            yield f"'{name}' stands without '{needed}'. The two go together. Add '{needed}', or take both out; {SEE}"
    elif error.validator == "type":
        cure = "Mend it;"
        if limit == "string" and not isinstance(found, list | dict):
            cure = "Put it in quotes;"
        elif limit in ("integer", "boolean") and isinstance(found, str):
            cure = "Write it without quotes;"
        kind = _KINDS.get(type(found), "a date or time")
        yield f"{_shown(found)} is {kind}, not {_WANTED[limit]}. {about} {cure} {SEE}"
    elif error.validator == "enum":
        yield f"{_shown(found)} is not allowed. {about} {nearest(found, limit)}Choose {listed(limit, 'or')}; {SEE}"
    elif error.validator == "uniqueItems":
        twice = next(x for i, x in enumerate(found) if x in found[:i])
        yield f"{_shown(twice)} stands twice. {about} Name it once; {SEE}"
    elif error.validator in ("minItems", "maxItems"):
        some = f"{len(found)} entr{'y was' if len(found) == 1 else 'ies were'} found."
        yield f"{some} {about} {'Add more' if error.validator == 'minItems' else 'Take some out'}; {SEE}"
    elif error.validator in ("minimum", "maximum"):
        yield f"{found} is too {'small' if error.validator == 'minimum' else 'large'}. {about} Change it; {SEE}"
    elif isinstance(found, str) and not found.strip():
        yield f"it is empty. {about} Write it; {SEE}"
    else:
        yield f"{_shown(found)} does not fit. {about} Mend it; {SEE}"


_WANTED = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    list: "a list",
    dict: "a table",
}


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return "What stands here"
    if not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    text = " ".join(value.split())
    return f"'{text if len(text) <= 60 else text[:57] + '…'}'"


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    path = default_folder({}) / "schema" / f"{kind}.schema.json"
    base = jsonschema.Draft202012Validator
    # Python's `$` also matches before a last line break, and JSON Schema takes 2.0 for a whole number: be strict.
    strict = extend(  # type: ignore[no-untyped-call]
        base,
        {"pattern": _pattern},
        type_checker=base.TYPE_CHECKER.redefine("integer", lambda _, x: type(x) is int),
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
