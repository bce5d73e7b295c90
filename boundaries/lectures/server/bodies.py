"""Reading what a request carries: strict JSON, known fields of the right kind, and a sentence for
everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo

from boundaries.answers import strict_json
from boundaries.answers.strict_json import shown
from boundaries.content.base32 import join_code
from boundaries.errors import JsonError, JudgmentError, NotFound
from boundaries.lectures.rounds.standing import UNKNOWN

# The most items in one request.
MOST = 100

_MOST_SENTENCES = 20

# The second at half of a surrogate pair where no text is wanted.
_MISFITS = (msgspec.ValidationError, UnicodeEncodeError)

Body = TypeVar("Body", bound=Struct)


class Unfit(JudgmentError):
    """A body that cannot be used; `errors` are all the sentences about it."""

    def __init__(self, errors: Sequence[str]) -> None:
        self.errors = tuple(errors[:_MOST_SENTENCES])
        super().__init__(errors[0])


def code_in(text: str) -> str:
    """The join code in an address, as it is stored: spaces, hyphens and small letters do no harm.

    Raises NotFound where it cannot be one.

    >>> code_in("k7qf-2mwo")
    'K7QF2MW0'
    """
    code = join_code(text[:40])
    if not code:
        raise NotFound(UNKNOWN)
    return code


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """What the JSON of a body says. Raises Unfit with a sentence where it is not strict JSON."""
    try:
        return strict_json.parse(body)
    except JsonError as error:
        raise Unfit([f"The request {error}. Send plain JSON in UTF-8."]) from None


def body_of(body: bytes, shapes: Sequence[type[Body]]) -> Body:
    """A body in that one of `shapes` whose first field it names, else in the first.

    Raises Unfit with a sentence for each field that is missing, unknown or of another kind."""
    value = parsed(body)
    for shape in shapes:
        first = shape.__struct_fields__[:1]  # none, of an empty object
        if isinstance(value, dict) and first and first[0] in value:
            return converted(value, shape)
    return converted(value, shapes[0])


def many_of(body: bytes, shape: type[Body]) -> list[Body]:
    """A body that is one of a shape, or a list of 1 to 100. Raises Unfit for all faults at once."""
    value = parsed(body)
    if isinstance(value, dict):
        return [converted(value, shape)]
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        came = shown(value)
        if isinstance(value, list):
            came = f"{len(value):,} judgments"
        raise Unfit([f"{came} came. Send one judgment, or a list of 1 to {MOST}."])
    items: list[Body] = []
    faults: list[str] = []
    for number, item in enumerate(value, 1):
        try:
            items.append(converted(item, shape, f"judgments[{number}]: "))
        except Unfit as error:
            faults += error.errors
    if faults:
        raise Unfit(faults)
    return items


def converted(value: object, shape: type[Body], place: str = "") -> Body:
    """`value` as a shape. Raises Unfit with a sentence for each fault; `place` begins each."""
    try:
        return msgspec.convert(value, shape)
    except _MISFITS:
        # msgspec names the first fault in its own words; a person is told all of them in ours.
        raise Unfit(_faults(value, shape, place)) from None


def _faults(value: object, shape: type[Struct], place: str) -> list[str]:
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    if not isinstance(value, dict):
        needed = _names([name for name, field in fields.items() if field.required])
        return [f"{place}{shown(value)} came where an object with {needed} is needed."]
    faults = []
    for name, field in fields.items():
        if field.required and name not in value:
            faults.append(f"{place}'{name}' is missing. It is {_words(field)}.")
    for name, part in value.items():
        if name not in fields:
            faults.append(
                f"{place}{shown(name)} is not a field here. Allowed: {_names([*fields])}."
            )
        elif not _fits(part, fields[name]):
            faults.append(f"{place}'{name}' is {shown(part)}. It must be {_words(fields[name])}.")
    return faults


def _fits(value: object, field: FieldInfo) -> bool:
    try:
        msgspec.convert(value, field.type)
    except _MISFITS:
        return False
    return True


def _words(field: FieldInfo) -> str:
    """What a field must be: the description in its type."""
    for part in get_args(field.type):
        if isinstance(part, Meta) and part.description:
            return part.description
    raise TypeError(f"the field {field.name} has no description")


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
