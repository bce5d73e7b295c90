"""The platform's own class list, searched for whoever handed a file in."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from boundaries.errors import RosterError
from boundaries.instructor import texts
from boundaries.instructor.class_lists import (
    EMAIL,
    class_table,
    meanings_by_cells,
    without_headings,
)
from boundaries.instructor.texts import FIRST, FULL, IDENTIFIERS, LAST

# The column of numbers in a Moodle worksheet's identifiers: "Participant 4001", in the site's own
# language.
NUMBER = "number"

_BYTES = 20_000_000

# One line of a class list: cells by the English name of their column.
_Row = Mapping[str, str]


@dataclass(frozen=True)
class Match:
    """Which people of a roster may be meant; `rank` is 0 for an identifier, and higher the looser
    a name fits."""

    people: frozenset[int]
    rank: int


NOBODY = Match(frozenset(), 9)
_BY_PIECE = 5  # the rank of what is looser than all of a name's orders
_SURE = 5  # signs of a number that stands for somebody and not for a week


@dataclass(frozen=True)
class Roster:
    """A class list: the heading of the identifier that is written again, what it means, and a row a line."""

    heading: str
    column: str
    rows: tuple[_Row, ...]

    @cached_property
    def people(self) -> tuple[int, ...]:
        """For each row who it is: the number of the first row with that identifier, for some are listed twice.

        Unless the names differ: a spreadsheet writes all long numbers as 1.23E+11.
        """
        firsts: defaultdict[str, list[int]] = defaultdict(list)
        numbers = []
        for number, row in enumerate(self.rows):
            same = firsts[_same(row[self.column])]
            person = next((first for first in same if _may_be_one(self.rows[first], row)), number)
            if person == number:
                same.append(number)
            numbers.append(person)
        return tuple(numbers)

    def by_identifier(self, identifiers: Iterable[str], columns: Sequence[str]) -> Match:
        """Whoever has one of these identifiers in one of these columns; the first that somebody has counts."""
        for identifier in identifiers:
            for column in columns:
                people = self._by_identifier.get((column, _same(identifier)))
                if people:
                    return Match(frozenset(people), 0)
        return NOBODY

    def by_end(self, joined: str) -> Match:
        """Whose user name ends these words: Blackboard joins the work's name and the user's by "_"."""
        columns = ("Username", EMAIL)
        longest = ""
        for column, user in self._by_identifier:
            if column in columns and f"_{_same(joined)}".endswith(f"_{user}"):
                longest = max(longest, user, key=len)
        return self.by_identifier([longest], columns)

    def by_piece(self, name: str) -> Match:
        """Whose address, or number of five signs or more, is a piece of a name such as "Ann_s1234567"."""
        pieces = {*re.split(r"[\s_+,;()]+", name), *re.findall(r"[^\W_]+", name)}
        people: set[int] = set()
        for piece in pieces:
            if "@" in piece or (len(piece) >= _SURE and re.search(r"\d", piece)):
                people |= self.by_identifier([piece], IDENTIFIERS).people
        return Match(frozenset(people), _BY_PIECE)

    def by_name(self, names: Iterable[str], *, family_first: bool = False) -> Match:
        """Whoever has one of these names: in the order written, else turned round, else in any order,
        else with "ue" for "ü".

        So "Li Wei" and "Wei Li" are two people where the roster has both, and one where it has one.
        """
        for name in names:
            parts = _in_order(name)
            ways = _ways(parts, len(parts))  # which order it is in is not known
            if family_first:
                ways[0], ways[1] = ways[1], ways[0]
            for rank, way in enumerate(ways, 1):
                if way in self._by_name:
                    return Match(frozenset(self._by_name[way]), rank)
        return NOBODY

    @cached_property
    def _by_identifier(self) -> dict[tuple[str, str], set[int]]:
        people: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        for person, row in zip(self.people, self.rows, strict=True):
            for column in IDENTIFIERS:
                cell = _same(row.get(column, ""))
                if not cell:
                    continue
                people[column, cell].add(person)
                user, at, _ = cell.partition("@")
                if column == EMAIL and at:
                    people[EMAIL, user].add(person)  # many a list has addresses only
                number = re.search(r"\d+$", cell)
                if number and (column == "Identifier" or (column == "ID" and not cell.isdecimal())):
                    people[NUMBER, number[0]].add(person)
        return dict(people)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], set[int]]:
        """Who has a name, by each way to write it."""
        people: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        for person, row in zip(self.people, self.rows, strict=True):
            for parts, family in _names(row):
                for way in _ways(parts, family):
                    people[way].add(person)
        return dict(people)


def read_roster(path: Path) -> Roster:
    """The class list in a CSV file as a platform or a spreadsheet exports it.

    Any of commas, semicolons, tabs and bars; UTF-8, UTF-16 or an older code page; lines of title
    above the headings. Raises RosterError where it cannot be read or has no column that identifies
    a student.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_BYTES + 1)
    except OSError as error:
        raise RosterError(
            f"{path}: the roster cannot be read ({error.strerror}). Check the path."
        ) from None
    if len(data) > _BYTES:
        raise RosterError(f"{path}: the roster has more than {_BYTES:,} bytes. Is it a class list?")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RosterError(
            f"{path}: the roster is an Excel workbook. Save it as CSV there, and give that file."
        )
    try:
        table = class_table(data) or without_headings(data)
    except csv.Error as error:
        raise RosterError(
            f"{path}: the roster is not a CSV file ({error}). Export it again."
        ) from None
    if not table:
        raise RosterError(
            f"{path}: no column identifies a student. Allowed: {', '.join(IDENTIFIERS)}, and the same in German, "
            "Spanish, French, Italian, Portuguese, Dutch and Polish. Export the roster or the gradebook from your "
            "platform as CSV, with the line of headings."
        )
    return _roster(table)


def _roster(table: list[list[str]]) -> Roster:
    headings = [cell.strip().lstrip("\ufeff") for cell in table[0]]
    meanings = [texts.meaning(heading) for heading in headings]
    if not set(meanings) & set(IDENTIFIERS):
        meanings = meanings_by_cells(table)
    if FIRST in meanings and LAST not in meanings:
        # "Vorname; Name", "Voornaam; Naam": beside a given name this word means the family's.
        for number, heading in enumerate(headings):
            if texts.plain(heading) in ("name", "naam"):
                meanings[number] = LAST
    rows = []
    for cells in table[1:]:
        row: dict[str, str] = {}
        for english, cell in zip(meanings, cells, strict=False):
            if english and not row.get(english):
                row[english] = cell.strip()
        rows.append(row)
    # Some exports repeat the headings on every page.
    rows = [row for row in rows if any(texts.meaning(cell) != name for name, cell in row.items())]
    column = _identifying(rows, meanings)
    heading = headings[meanings.index(column)]
    return Roster(heading, column, tuple(row for row in rows if row.get(column)))


def _identifying(rows: list[dict[str, str]], meanings: list[str]) -> str:
    """The column of identifiers that tells most students apart; of several the first."""
    # Moodle's "ID number" is often there, and empty or the same "n/a" for many.
    present = [column for column in IDENTIFIERS if column in meanings]
    return max(present, key=lambda column: len({_same(row.get(column, "")) for row in rows} - {""}))


def _may_be_one(row: _Row, other: _Row) -> bool:
    """Whether two rows can name one person: all words of one name stand in the other, or one has no name."""
    names = []
    for each in (row, other):
        written = " ".join(each.get(column, "") for column in (FULL, FIRST, LAST))
        names.append(set(texts.words(written)))
    one, two = names
    return one <= two or two <= one


def _names(row: _Row) -> list[tuple[list[str], int]]:
    """The ways in which a row writes its name: words, the given name's first, and how many are the
    family's."""
    names = []
    family = texts.words(row.get(LAST, ""))
    given = texts.words(row.get(FIRST, ""))
    if given or family:
        names.append((given + family, len(family) or 1))
    full = row.get(FULL, "")
    if texts.words(full):
        family = texts.words(full.partition(",")[0])
        names.append((_in_order(full), len(family) if "," in full else 1))
    return names


def _ways(parts: list[str], family: int) -> list[tuple[str, str]]:
    """The ways to write a name of which the last `family` words are the family's, the closest first."""
    in_any_order = "".join(sorted(parts))
    return [
        ("given name first", "".join(parts)),
        ("family name first", "".join(parts[-family:] + parts[:-family])),
        ("in any order", in_any_order),
        ("without the e of ue", _without_e(in_any_order)),
    ]


def _in_order(name: str) -> list[str]:
    """The words of a name, the given name's first: "Berg, Zoë" is "zoe berg"."""
    family, comma, given = name.partition(",")
    return texts.words(given) + texts.words(family) if comma else texts.words(name)


def _without_e(name: str) -> str:
    """A plain name in which "Mueller" and "Müller" are the same."""
    return re.sub(r"(?<=[aou])e", "", name)


def _same(identifier: str) -> str:
    """An identifier without case, Brightspace's "#", and what a spreadsheet makes of a number.

    It writes 00123 as 123, or as 123.0.
    """
    text = " ".join(unicodedata.normalize("NFKC", identifier).casefold().split()).removeprefix("#")
    return re.sub(r"^0*(\d+)(\.0+)?$", r"\1", text)
