"""The lines of a class list: CSV as platforms, registrars and spreadsheets write it, of any dialect, encoding and
language."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from boundaries.instructor import texts
from boundaries.instructor.texts import FULL, IDENTIFIERS

EMAIL = "Email address"

_DELIMITERS = (",", ";", "\t", "|")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_TITLE_LINES = 40  # that may stand above the headings


def text_of(data: bytes) -> str:
    """The text of a file that a platform or a spreadsheet wrote, in whatever encoding."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        text = data.decode("utf-32", "replace")  # its mark begins as that of UTF-16 does
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:400]:
        # UTF-16 without a mark: of plain letters every other byte is zero.
        low_first = data[1:400:2].count(0) > data[0:400:2].count(0)
        text = data.decode("utf-16-le" if low_first else "utf-16-be", "replace")
    else:
        text = texts.decoded(data)
    return text.lstrip("\ufeff")


def class_table(data: bytes) -> list[list[str]]:
    """The lines of a CSV file from its headings on; nothing where no line holds the heading of a column
    that says who somebody is. Raises csv.Error."""
    text = text_of(data)
    # csv.Sniffer goes by frequency, and cells hold commas and semicolons of their own: the right
    # delimiter is the one with which most headings are known.
    delimiters: tuple[str, ...] = _DELIMITERS
    told = re.match(r'"?sep=([,;|:\t ])"?\r?\n', text)
    if told:  # Excel's own way to say it
        delimiters, text = (told[1],), text[told.end() :]
    best: tuple[int, int, str, int] | None = None
    for delimiter in delimiters:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for number, cells in enumerate(islice(lines, _TITLE_LINES)):
            meanings = {texts.meaning(cell) for cell in cells} - {""}
            if meanings.isdisjoint(IDENTIFIERS):
                continue
            if best is None or (len(meanings), len(cells)) > best[:2]:
                best = len(meanings), len(cells), delimiter, number
    if best is None:
        return []
    _, _, delimiter, start = best
    return _cells(text, delimiter)[start:]


def _cells(text: str, delimiter: str) -> list[list[str]]:
    """The cells of each line. A quotation mark that is opened and never closed is a letter."""
    stream = io.StringIO(text, newline="")
    try:
        return list(csv.reader(stream, delimiter=delimiter, strict=True))
    except csv.Error as error:
        stream.seek(0)
        if "unexpected end" in str(error):
            return list(csv.reader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE))
        return list(csv.reader(stream, delimiter=delimiter))


def without_headings(data: bytes) -> list[list[str]]:
    """The lines from the headings on, where these are in a language that is not known; else nothing."""
    text = text_of(data)
    tables = [_cells(text, delimiter) for delimiter in _DELIMITERS]
    table = max(tables, key=lambda lines: max(map(len, lines), default=0))
    widest = max(map(len, table), default=0)
    while table and len(table[0]) < widest:
        table = table[1:]
    return table if set(meanings_by_cells(table)) & set(IDENTIFIERS) else []


def meanings_by_cells(table: list[list[str]]) -> list[str]:
    """What columns are by what stands below their headings: addresses, names, Moodle's "Participant 4001"."""
    meanings = []
    for column, heading in enumerate(table[0] if table else []):
        cells = [line[column].strip() for line in table[1:] if len(line) > column]
        cells = [cell for cell in cells if cell]
        begun = {re.sub(r"\d+$", "", cell).strip() for cell in cells}
        meaning = ""
        if not cells or _ADDRESS.fullmatch(heading.strip()):
            pass
        elif all(map(_ADDRESS.fullmatch, cells)):
            meaning = EMAIL
        elif len(begun) == 1 and begun != {""} and len(set(cells)) == len(cells) > 1:
            meaning = "Identifier"
        elif len(set(cells)) == len(cells) and all(len(texts.words(cell)) > 1 for cell in cells):
            meaning = FULL
        meanings.append("" if meaning in meanings else meaning)
    return meanings
