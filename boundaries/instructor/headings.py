"""What platforms and registrars call the columns of a class list, in their own words and eight languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_TABLES = Path(__file__).with_name("platforms.toml").read_text(encoding="utf-8")
# How platforms, registrars and programs name things: see `platforms.toml`.
CONVENTIONS: dict[str, Any] = tomllib.loads(_TABLES)

# Columns that tell students apart; the first that a class list has is written again in the
# gradebook.
IDENTIFIERS: tuple[str, ...] = tuple(CONVENTIONS["identifiers"])

FULL, FIRST, LAST = "Full name", "First name", "Last name"


def plain(text: str) -> str:
    """Text without case, accents and all that is neither letter nor digit.

    >>> plain("E-Mail-Adresse"), plain("student_id"), plain("Apellido(s)")
    ('emailadresse', 'studentid', 'apellidos')
    """
    return "".join(words(text))


def words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    # NFKD leaves these whole.
    text = text.casefold().translate({ord("ł"): "l", ord("ø"): "o", ord("đ"): "d", ord("ı"): "i"})
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", "".join(letters))


def meaning(heading: str) -> str:
    """The English heading that means the same; empty for one that says nothing about who somebody is.

    >>> meaning("Vollständiger Name"), meaning("student_id"), meaning("Section")
    ('Full name', 'Student ID', '')
    """
    return _meanings().get(plain(heading), "")


@cache
def _meanings() -> dict[str, str]:
    meanings: dict[str, str] = {}
    columns = CONVENTIONS["identifiers"] | CONVENTIONS["names"]
    for english, others in columns.items():
        for heading in others:
            meanings.setdefault(plain(heading), english)
    return meanings | {plain(english): english for english in columns}
