"""Fields of raw tables, which may be faulty in any way: what is missing or of another kind reads
as empty.

So each rule can be written as if the table were whole; that a field is missing, the schema says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

Table = dict[str, Any]
T = TypeVar("T")


def of(table: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value of a field if it is of this kind, else an empty one.

    >>> of({"minutes": 8}, "minutes", int), of({"minutes": "8"}, "minutes", int)
    (8, 0)
    """
    value = table.get(key)
    return value if isinstance(value, kind) else kind()


def tables(table: Mapping[str, Any], key: str) -> list[Table]:
    """The tables of a list, with an empty one wherever something else stands."""
    return [entry if isinstance(entry, dict) else {} for entry in of(table, key, list)]


def strings(table: Mapping[str, Any], key: str) -> list[str]:
    """The texts of a list, with an empty one wherever something else stands."""
    return [entry if isinstance(entry, str) else "" for entry in of(table, key, list)]


def ids(table: Mapping[str, Any], key: str) -> list[str]:
    """The ids of the tables of a list."""
    return [of(entry, "id", str) for entry in tables(table, key)]


def is_band(value: object) -> bool:
    """Whether this is two whole numbers, in whichever order."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(rating, int) for rating in value)
    )


def one_line(table: Mapping[str, Any], key: str) -> str:
    """A text without its line breaks, as a student is asked."""
    return " ".join(of(table, key, str).split())
