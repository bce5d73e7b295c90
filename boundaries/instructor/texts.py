"""Text of other programs: class lists in eight languages, names in old code pages, cells of a spreadsheet."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

# How platforms, registrars and programs name things.
_TABLES = Path(__file__).with_name("platforms.toml").read_text(encoding="utf-8")
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
    text = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE))
    # A vowel sign of India or Thailand is a mark, too, and no accent: it tells names apart.
    letters = (" " if _is_between(c) else c for c in text if not unicodedata.combining(c))
    return "".join(letters).split()


_WHOLE = str.maketrans(CONVENTIONS["whole_letters"])


def _is_between(char: str) -> bool:
    """Whether a character stands between words."""
    return not char.isalnum() and not unicodedata.category(char).startswith("M")


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
        for heading in (english, *others):
            meanings.setdefault(plain(heading), english)
    return meanings


# -- encodings ------------------------------------------------------------------------------------
# Names in archives packed by older programs, and class lists, do not say theirs. A general detector
# (charset-normalizer, chardet) wants a page of prose; here are a dozen names. So the few code pages
# that these programs really write are tried, and the one that gives the likeliest names is taken.
# Whoever can compare with a class list tries all `spellings`.

_CODE_PAGES: tuple[str, ...] = tuple(CONVENTIONS["code_pages"])
_SAMPLE = 20_000


def decoded(data: bytes) -> str:
    """The text, as UTF-8 if it is that, else in the likeliest of the code pages.

    >>> decoded("Jürgen Sørby".encode("cp850")), decoded("Müller; José".encode("cp1252"))
    ('Jürgen Sørby', 'Müller; José')
    """
    return data.decode(likeliest(data), "replace")


def likeliest(data: bytes) -> str:
    """The encoding of some text: "utf-8" if it is that, else the likeliest of the code pages."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return max(_CODE_PAGES, key=lambda page: _likelihood(data[:_SAMPLE], page))
    return "utf-8"


def spellings(raw: bytes) -> tuple[str, ...]:
    """What a name may be, in each code page that can read it: the likeliest first."""
    first = decoded(raw)
    others = []
    for page in _CODE_PAGES:
        try:
            others.append(raw.decode(page))
        except UnicodeDecodeError:
            continue
    return tuple(dict.fromkeys([first, *others]))


def raw_name(name: str) -> bytes | None:
    """The bytes of a name that was read in a wrong encoding: from a folder, or by an unpacking program.

    None where the name is as it should be.
    """
    if name.isascii():
        return None
    if any("\udc80" <= char <= "\udcff" for char in name):
        return name.encode("utf-8", "surrogateescape")
    # UTF-8 that an unpacking program took for a code page: "J├╝rgen".
    for page in ("cp437", "cp850", "cp1252"):
        try:
            raw = name.encode(page)
            raw.decode("utf-8")
        except UnicodeError:
            continue
        return raw
    return None


def _likelihood(data: bytes, page: str) -> float:
    """How much the text reads like names: letters that are frequent, in one script, capitals at
    the start of words."""
    points = 0.0
    before = " "
    for char in data.decode(page, "replace"):
        if not (char.isascii() and before.isascii()):
            points += _points(char, before, page)
        before = char
    return points


def _points(char: str, before: str, page: str) -> float:
    script, script_before = _script(char), _script(before)
    if script and script_before and script != script_before:
        return -8  # no word is written in two scripts; a wrong code page makes many that are
    if char.isascii():
        return 0
    if not script:
        return -5
    if char.isupper() and before.islower():
        return -3
    if script == "EAST ASIAN":
        return _east_asian_points(char, page)
    if script == "LATIN":
        return 3 if char in CONVENTIONS["frequent_letters"] else 1
    # A whole word of Cyrillic or Greek letters is no accident, but a name begins with a capital. Letters
    # without case count less than those of East Asia, of which two bytes make one.
    if char.islower() and not script_before:
        return -4
    return 4 if char.islower() or char.isupper() else 2.9


def _script(char: str) -> str:
    """Which kind of letters this one belongs to; empty for what is no letter."""
    if _is_between(char) or char.isnumeric():
        return ""
    if char.isascii():
        return "LATIN"
    script = unicodedata.name(char, "").partition(" ")[0]
    if script in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL"):
        return "EAST ASIAN"
    return script if script in CONVENTIONS["scripts"] else ""


def _east_asian_points(char: str, page: str) -> float:
    rows = CONVENTIONS["east_asian"][page]
    try:
        code = char.encode(rows["standard"])
    except UnicodeEncodeError:
        return -1
    if len(code) == 1:
        return -1  # katakana of half width
    return 6 if rows["first"] <= code[0] <= rows["last"] else 2


# -- cells of a spreadsheet -----------------------------------------------------------------------

# What Excel, LibreOffice or Google Sheets begin a formula with; the wide ones are typed in East Asia.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_STEERING = ("\t", "\r", "\n")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe before what begins as one does.

    >>> harmless("=HYPERLINK(1)"), harmless("  -1"), harmless("Zoë")
    ("'=HYPERLINK(1)", "'  -1", 'Zoë')
    """
    # Blanks before a formula are dropped by some programs when they open a file.
    if cell.lstrip().startswith(_FORMULA) or cell.startswith(_STEERING):
        return f"'{cell}"
    return cell
