"""The typing sheet: a printed table is added when its rows and columns add up, and never in part."""

from __future__ import annotations

import csv
import shutil

import pytest

from boundaries.cli import main
from boundaries.content import check, load

FACTS = {
    "study_id": "nobody2020",
    "citation": "Nobody N (2020) Invented 1:1",
    "year": "2020",
    "country": "Nowhere",
    "respondent_group": "invented counselors",
    "n": "206",
    "scale": "belief: how ethical",
    "table": "Table 2",
    "source_url": "https://example.org/",
}
ANSWERS = ["never", "rarely", "some", "most", "always"]
HEADER = [*FACTS, "item_id", "item_text_short", "dual_relationship_type", *ANSWERS, "total"]
FIRST = [
    *FACTS.values(),
    "nb_soap",
    "buying soap",
    "business",
    "33.3",
    "33.3",
    "33,3",
    "0",
    "0%",
    "",
]
SECOND = [""] * 9 + ["nb_tea", "drinking tea", "social", "10", "20", "30", "20", "18", "98"]
SUMS = [""] * 9 + ["column sums", "", "", "43.3", "53.3", "63.3", "20", "18", ""]


@pytest.fixture
def data(course, tmp_path, monkeypatch):
    folder = shutil.copytree(course.folder, tmp_path / "data")
    monkeypatch.setenv("BOUNDARIES_DATA", str(folder))
    return folder


@pytest.fixture
def sheet(tmp_path):
    """Writes a sheet of these lines, with one cell changed: (line, column) and what stands there."""

    def write(*lines, changed=None, delimiter=",", encoding="utf-8-sig"):
        table = [list(line) for line in lines or (HEADER, FIRST, SECOND, SUMS)]
        for (line, column), value in (changed or {}).items():
            table[line - 1][HEADER.index(column)] = value
        path = tmp_path / "table.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(table)
        return path

    return write


def rows_of(data):
    with (data / "surveys.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-8")]
)
def test_a_table_that_adds_up_is_added_as_a_figure_for_each_answer(
    data, sheet, capsys, delimiter, encoding
):
    before = (data / "surveys.csv").read_bytes()
    assert main(["survey", str(sheet(delimiter=delimiter, encoding=encoding))]) == 0
    assert capsys.readouterr().out == (
        f"10 figures were added to {data / 'surveys.csv'}. To see one beside a case, name it in beside.toml.\n"
    )
    assert (data / "surveys.csv").read_bytes().startswith(before.rstrip())
    added = rows_of(data)[-10:]
    assert [row["percent"] for row in added] == [
        *("33.3", "33.3", "33.3", "0", "0"),
        *("10", "20", "30", "20", "18"),
    ]
    assert [row["category"] for row in added] == ANSWERS * 2
    for row in added:
        assert {name: row[name] for name in FACTS} == FACTS
        assert (row["confidence"], row["mean"], row["sd"]) == ("typed", "", "")
    assert check.faults(data) == []
    assert load(data).surveys[-1].item == "nb_tea"


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        (
            {(2, "never"): "3.33"},
            [
                "line 2: the answers add up to 69.93, and the total is 100. By rounding they differ by 0.025 at most. "
                "Compare the row with the paper; where the paper prints another total, type that one.",
                "column 'never': what was typed adds up to 13.33, and the sum reckoned on the paper is '43.3'. "
                "Compare the column with the paper.",
            ],
        ),
        (
            {(3, "never"): "20", (3, "rarely"): "10"},
            [
                "column 'never': what was typed adds up to 53.3, and the sum reckoned on the paper is '43.3'. "
                "Compare the column with the paper.",
                "column 'rarely': what was typed adds up to 43.3, and the sum reckoned on the paper is '53.3'. "
                "Compare the column with the paper.",
            ],
        ),
        (
            {(2, "always"): "–"},
            [
                "line 2: '–' under 'always' is not a percentage. Type what the paper prints, and 0 for a dash."
            ],
        ),
        (
            {(2, "citation"): ""},
            [f"line {n}: 'citation' is empty. Every figure has one. Type it." for n in (2, 3)],
        ),
        ({(3, "total"): "all"}, ["line 3: the total 'all' is not a percentage. Type the paper's."]),
        (
            {(4, "item_id"): "", **{(4, answer): "" for answer in ANSWERS}},
            [
                "the last line, with 'column sums' as its item_id, is missing. Add up each column on the paper, and "
                "type what comes out."
            ],
        ),
    ],
)
def test_a_slip_of_typing_is_named_and_nothing_is_added(data, sheet, capsys, changed, faults):
    before = (data / "surveys.csv").read_bytes()
    assert main(["survey", str(sheet(changed=changed))]) == 1
    assert capsys.readouterr().err.splitlines() == [f"table.csv, {fault}" for fault in faults]
    assert (data / "surveys.csv").read_bytes() == before


def test_a_table_is_added_once(data, sheet, capsys):
    assert main(["survey", str(sheet())]) == 0
    assert main(["survey", str(sheet())]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 10
    assert said[0] == (
        "table.csv, line 2: 'never' of 'nb_soap' stands twice for 'nobody2020', here or in surveys.csv. Each figure "
        "stands once. Take the row out."
    )


def test_a_sheet_that_is_not_there_is_made_and_says_what_is_missing(data, tmp_path, capsys):
    path = tmp_path / "new.csv"
    assert main(["survey", str(path)]) == 0
    assert capsys.readouterr().out == (
        f"{path} is an empty sheet. Type the table into it, then run this again.\n"
    )
    assert main(["survey", str(path)]) == 1
    assert capsys.readouterr().err.splitlines()[0] == (
        "new.csv, no printed row was found. The sheet has a line for each. Type them."
    )
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["survey", str(path)]) == 1
    assert capsys.readouterr().err == (
        "new.csv: the column 'study_id' is missing. The first line names every column. Put it back, or give the name "
        "of a new file to get an empty sheet.\n"
    )
