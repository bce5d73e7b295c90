"""JSON from strangers: what no two readers agree on is refused, though Python lets it pass."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from boundaries.errors import JsonError

# The longest number. Python itself refuses thousands of digits only; nothing here needs more.
MAX_DIGITS = 12

# How much of a stranger's text an error prints, in characters.
MAX_SHOWN = 40


def parse(data: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """What JSON in UTF-8 says (a byte order mark is allowed).

    Raises JsonError for everything else, and for a name that comes twice in one object, NaN,
    Infinity and long numbers. Its text is half a sentence, to be put behind "it" or "the request":

    >>> parse(b'{"rating": NaN}')
    Traceback (most recent call last):
    boundaries.errors.JsonError: holds NaN, which is not a number
    """
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        raise JsonError("is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"is not JSON, or was cut off (line {error.lineno})") from None
    except RecursionError:
        raise JsonError("is nested too deeply") from None


def shown(value: object) -> str:
    """A value as a sentence may print it: short, and with nothing in it that a screen would obey.

    >>> print(shown(None), shown([1, 2]), shown("a tab" + chr(9)))
    null a list 'a tab\\t'
    """
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str) and len(value) > MAX_SHOWN:
        return f"{value[:MAX_SHOWN]!r}…"
    return repr(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    # Some readers take the first of two, Python the last: a row would be counted in two ways.
    for name, value in pairs:
        if name in table:
            raise JsonError(f"names {shown(name)} twice")
        table[name] = value
    return table


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"holds {name}, which is not a number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise JsonError(f"holds a number of {len(digits):,} digits")
    return int(digits)
