"""A survey's printed table, typed by whoever has the paper in hand, checked, and added to surveys.csv.

The typing sheet is a CSV file with the columns of surveys.csv, but with a column for each printed
answer, in percent, and a line for each printed row; a cell of `SAME` that is empty says what the one
above it says. Slips of typing show in sums, so everything is added up twice: each line gives the
total that the paper prints (100 where it prints none), and each column the sum that somebody
reckoned on the paper, not on the screen.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from boundaries.content.parsing import surveys_of
from boundaries.errors import BoundariesError
from boundaries.instructor.texts import decoded

SAME = (
    *("study_id", "citation", "year", "country", "respondent_group"),
    *("n", "scale", "table", "source_url"),
)
EACH = ("item_id", "item_text_short", "dual_relationship_type")
_TOTAL, _SUMS = "total", "column sums"


class PrintedRow(NamedTuple):
    """A printed row: its line in the sheet, what stands beside its numbers, and these as typed."""

    line: int
    facts: dict[str, str]
    answers: dict[str, str]
    total: str


def blank_sheet() -> str:
    """An empty typing sheet for five answers, whose names are to be overwritten."""
    answers = [f"answer {number}" for number in range(1, 6)]
    columns = [*SAME, *EACH, *answers, _TOTAL]
    sums = [""] * len(SAME) + [_SUMS]
    return f"{','.join(columns)}\r\n{',' * (len(columns) - 1)}\r\n{','.join(sums)}\r\n"


def add_table(path: Path, surveys: Path) -> int:
    """Adds the table of a typing sheet to a surveys.csv; gives how many figures.

    Raises BoundariesError with every fault, a line each; then nothing is added.
    """
    rows, sums = read_sheet(path)
    known = {(survey.study, survey.item, survey.category) for survey in surveys_of(surveys)}
    faults = list(_faults(rows, sums, known))
    if faults:
        raise BoundariesError("\n".join(f"{path.name}, {fault}" for fault in faults))
    text = surveys.read_bytes().decode()
    columns = next(csv.reader(io.StringIO(text)))
    typed = io.StringIO()
    writer = csv.DictWriter(typed, columns, restval="", lineterminator="\r\n")
    for row in rows:
        for answer, cell in row.answers.items():
            figure = {"category": answer, "percent": str(_number(cell)), "confidence": "typed"}
            writer.writerow(row.facts | figure)
    surveys.write_bytes(f"{text.rstrip()}\r\n{typed.getvalue()}".encode())
    return sum(len(row.answers) for row in rows)


def read_sheet(path: Path) -> tuple[list[PrintedRow], dict[str, str]]:
    """The printed rows of a typing sheet, and the sums of its columns (empty: none were typed).

    Raises BoundariesError where a column is missing.
    """
    text = decoded(path.read_bytes()).removeprefix("\ufeff")
    # Spreadsheets of countries with a decimal comma put semicolons between cells.
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    table = csv.DictReader(io.StringIO(text), restval="", delimiter=delimiter)
    columns = [name for name in table.fieldnames or [] if name]
    for name in (*SAME, *EACH, _TOTAL):
        if name not in columns:
            raise BoundariesError(
                f"{path.name}: the column '{name}' is missing. The first line names every column. "
                "Put it back, or give the name of a new file to get an empty sheet."
            )
    answers = [name for name in columns if name not in (*SAME, *EACH, _TOTAL)]
    rows: list[PrintedRow] = []
    above = dict.fromkeys(SAME, "")
    for cells in table:
        typed = {name: " ".join((cells[name] or "").split()) for name in columns}
        of_answers = {name: typed[name] for name in answers}
        if typed["item_id"].lower() == _SUMS:
            return rows, of_answers
        if any(typed.values()):
            above = {name: typed[name] or above[name] for name in SAME}
            facts = above | {name: typed[name] for name in EACH}
            rows.append(PrintedRow(table.line_num, facts, of_answers, typed[_TOTAL]))
    return rows, {}


def _faults(
    rows: list[PrintedRow], sums: dict[str, str], known: set[tuple[str, str, str]]
) -> Iterator[str]:
    """What is wrong with a sheet; `known` are the study, item and answer of figures that stand."""
    if not rows:
        yield "no printed row was found. The sheet has a line for each. Type them."
    for row in rows:
        for name, value in row.facts.items():
            if not value:
                yield f"line {row.line}: '{name}' is empty. Every figure has one. Type it."
        for answer in row.answers:
            study, item = row.facts["study_id"], row.facts["item_id"]
            key = (study, item, answer)
            if key in known:
                yield (
                    f"line {row.line}: '{answer}' of '{item}' stands twice for '{study}', here or "
                    "in surveys.csv. Each figure stands once. Take the row out."
                )
            known.add(key)
        yield from _row_faults(row)
    if rows and not sums:
        yield (
            f"the last line, with '{_SUMS}' as its item_id, is missing. Add up each column on the "
            "paper, and type what comes out."
        )
    for answer, cell in sums.items():
        typed = sum(_number(row.answers[answer]) or Decimal(0) for row in rows)
        if _number(cell) != typed:
            yield (
                f"column '{answer}': what was typed adds up to {typed}, and the sum reckoned on the "
                f"paper is '{cell}'. Compare the column with the paper."
            )


def _row_faults(row: PrintedRow) -> Iterator[str]:
    """Cells that are no numbers; else a sum that is not the total, nor so by rounding."""
    numbers = []
    for name, cell in row.answers.items():
        number = _number(cell)
        if number is None:
            yield (
                f"line {row.line}: '{cell}' under '{name}' is not a percentage. Type what the paper "
                "prints, and 0 for a dash."
            )
        else:
            numbers.append(number)
    total = _number(row.total or "100")
    if total is None:
        yield f"line {row.line}: the total '{row.total}' is not a percentage. Type the paper's."
    if total is None or len(numbers) < len(row.answers):
        return
    # Each printed number is rounded by up to half of its last digit.
    last_digit = min(number.as_tuple().exponent for number in [*numbers, total])
    room = len(numbers) * Decimal(5).scaleb(int(last_digit) - 1)
    if abs(sum(numbers) - total) > room:
        yield (
            f"line {row.line}: the answers add up to {sum(numbers)}, and the total is {total}. By "
            f"rounding they differ by {room} at most. Compare the row with the paper; where the "
            "paper prints another total, type that one."
        )


def _number(cell: str) -> Decimal | None:
    """A percentage as it is printed, also with a decimal comma or a percent sign; None for no such."""
    try:
        number = Decimal(cell.rstrip("% ").replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
