"""Which items a lesson has."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.content import Content, Item
from boundaries.errors import ContentError


def items_of_lesson(type: str, content: Content) -> Sequence[Item]:
    """All vignettes of a type that are taught, or all claims. Raises ContentError."""
    if type == "claims":
        return list(content.claims.values())
    return content.of_type(type)


def named(type: str, ids: Sequence[str], content: Content) -> Sequence[Item]:
    """The items of a type with these ids. Raises ContentError for an id that is none of them."""
    items = {item.id: item for item in items_of_lesson(type, content)}
    for id in ids:
        if id not in items:
            known = ", ".join(sorted(items))
            raise ContentError(
                f"{id!r} is not a case of the lesson '{type}'. Choose one or more of: {known}."
            )
    return [items[id] for id in ids]


def without_pair(type: str, items: Sequence[Item], content: Content) -> str:
    """Why a student is not shown two cases side by side."""
    if content.pair_of(type, items):
        return (
            "In this course half of the class compare two cases first, and the other half judge the "
            "same two one by one. You are in the other half: go on, both are in this lesson."
        )
    return f"lessons.toml names no pair of cases for '{type}'."
