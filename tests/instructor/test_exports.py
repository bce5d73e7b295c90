"""Out of a store: CSV that spreadsheets open safely, shuffled reasons, the research archive and its codebook."""

import csv
import random
import re
import shutil
from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
import sqlalchemy as sa
from pyarrow import parquet
from small_content import content, vignette

from boundaries.answers.store import Session, Store
from boundaries.answers.writings import Writing
from boundaries.cli import main
from boundaries.content import Content
from boundaries.counts.classes import classroom
from boundaries.counts.invented import invent
from boundaries.counts.tally import MOVES, RATINGS
from boundaries.errors import BoundariesError
from boundaries.instructor import exports
from boundaries.instructor.archive import COLUMNS
from boundaries.instructor.exports import TextList
from boundaries.instructor.research import write_archive

MINE = Session("s", "Tuesday class", False)


@pytest.fixture(scope="module")
def class_of_40(course: Content, tmp_path_factory) -> Store:
    """Forty invented students, of whom thirty agreed to research; each gave a reason here and there."""
    store = Store(tmp_path_factory.mktemp("class") / "class.sqlite")
    store.describe(Session("invented-7", "Invented class of 40", invented=True))
    rows = list(invent(course, students=40, seed=7, session="invented-7"))
    store.merge(
        replace(row, reason=f"Because {i}.") if i % 3 == 0 else row for i, row in enumerate(rows)
    )
    for i, participant in enumerate(sorted({row.participant for row in rows})):
        store.set_consent("invented-7", participant, i < 30)
    return store


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


# -- tables --------------------------------------------------------------------------------------------------------


def test_the_tally_as_csv_is_the_released_one_in_words(class_of_40, course, tmp_path, capsys):
    path = tmp_path / "tally.csv"
    assert main(["tally", str(class_of_40.path), "--csv", str(path)]) == 0
    shown = classroom(class_of_40, content=course)
    rows = rows_of(path)
    assert tuple(rows[0]) == ("item", "act", *RATINGS[1:], "answers")
    assert {row["answers"] for row in rows} == {"invented"}
    assert sum(int(row["n"]) for row in rows) == shown.ratings["n"].sum()
    assert {row["rating"] for row in rows} == {"skip", "1", "2", "3", "4", "5"}
    assert (
        {"all", "none"} < {row["confidence"] for row in rows} <= {"all", "none", "1", "2", "3", "4"}
    )
    assert all(row["confidence"] in ("none", "all") for row in rows if row["rating"] == "skip")
    assert capsys.readouterr().out == (
        f"{len(rows):,} rows of invented answers are in {path}.\n"
        f"{len(shown.withheld)} groups are withheld: they are small, or could give one away.\n"
    )


def test_moves_and_gap_as_csv(class_of_40, course, tmp_path):
    for what in ("moves", "gap"):
        assert (
            main(
                [
                    what,
                    str(class_of_40.path),
                    "--csv",
                    str(tmp_path / f"{what}.csv"),
                    "--session",
                    "invented-7",
                ]
            )
            == 0
        )
    moves, gap = rows_of(tmp_path / "moves.csv"), rows_of(tmp_path / "gap.csv")
    assert tuple(moves[0]) == ("item", "act", *MOVES[1:], "answers")
    assert (
        sum(int(row["n"]) for row in moves)
        == classroom(class_of_40, content=course).moves["n"].sum()
    )
    assert list(gap[0])[:8] == ["phase", "item", "act", "type", "code", "stance", "band", "n"]
    assert {row["phase"] for row in gap} == {"first", "informed"}
    counted = [row for row in gap if row["n"] != "0"]
    assert all(
        abs(sum(float(row[k]) for k in ("inside", "stricter", "permissive")) - 1) < 0.001
        for row in counted
    )
    assert all(row["inside"] == "" for row in gap if row["n"] == "0")


def test_raw_counts_say_that_they_are_not_for_showing(class_of_40, tmp_path, capsys):
    path = tmp_path / "raw.csv"
    assert main(["tally", str(class_of_40.path), "--csv", str(path), "--raw"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "These counts are for checking, not for showing: nothing is withheld, and small groups can be found."
    )
    assert sum(int(row["n"]) for row in rows_of(path)) == len(class_of_40.judgments("invented-7"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula_and_numbers_stay_numbers(start, tmp_path):
    table = pd.DataFrame({"item": [f"{start}HYPERLINK(1)", "plain"], "n": [5, -3]})
    path = exports.write_csv(table, tmp_path / "x.csv")
    assert [row["item"] for row in rows_of(path)] == [f"'{start}HYPERLINK(1)", "plain"]
    assert [row["n"] for row in rows_of(path)] == ["5", "-3"]


def test_a_csv_opens_as_utf_8_in_excel(tmp_path):
    path = exports.write_csv(pd.DataFrame({"title": ["Zoë’s café"]}), tmp_path / "x.csv")
    assert path.read_bytes() == b"\xef\xbb\xbf" + "title\r\nZoë’s café\r\n".encode()


def test_a_place_that_cannot_be_written_is_named(tmp_path, class_of_40, capsys):
    nowhere = tmp_path / "no" / "x.csv"
    assert main(["tally", str(class_of_40.path), "--csv", str(nowhere)]) == 1
    message = (
        f"{nowhere}: this cannot be read or written (No such file or directory). "
        "Choose another place, then try again.\n"
    )
    assert capsys.readouterr().err == message


# -- reasons -------------------------------------------------------------------------------------------------------


def test_reasons_leave_apart_from_everything(class_of_40, course, tmp_path, capsys):
    path = tmp_path / "reasons.txt"
    assert main(["reasons", str(class_of_40.path), "--into", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("Reasons: Invented class of 40 (invented answers)\n")
    lines = [line[2:] for line in text.splitlines() if line.startswith("• ")]
    given = Counter(row.reason for row in class_of_40.judgments("invented-7") if row.reason)
    assert not Counter(lines) - given
    assert not any(row.participant in text for row in class_of_40.judgments("invented-7"))
    assert capsys.readouterr().out.endswith(
        f"lists of reasons of invented answers are in {path}. Read them before you show them.\n"
    )


def test_a_list_is_in_another_order_each_time(class_of_40, course):
    rows = class_of_40.judgments("invented-7")
    one, two = (exports.reason_lists(rows, course) for _ in range(2))  # the system's own randomness
    assert [(r.heading, sorted(r.texts)) for r in one] == [
        (r.heading, sorted(r.texts)) for r in two
    ]
    assert sum(a.texts != b.texts for a, b in zip(one, two, strict=True)) > len(one) / 2


def test_reasons_are_one_line_each_and_steer_nothing():
    page = exports.reasons_page([TextList("Plain (plain), judged alone", ("a", "b"))], "Class", 5)
    assert page.endswith("\n\nPlain (plain), judged alone\n• a\n• b\n")
    assert exports.reasons_page([], "Class", 5).endswith("\n\nNo list is long enough.\n")
    assert exports._one_line("two\nlines\u202e and\x1b[31m a\tturn ") == "two lines and [31m a turn"


def test_answers_leave_in_lists_of_five_or_more_with_nobody_beside_them(course):
    rows = {}
    for number in range(6):
        answers = [Writing("found-you", "kitchener-1988/power", f"=power\n{number}", number)]
        if number < 4:
            answers.append(Writing("roles", "kitchener-1988/power", "too few", number))
        answers.append(Writing("found-you", "guess/dial_curve", "nobody sees a guess", number))
        answers.append(Writing("found-you", "kitchener-1988/obligations", "", number))
        rows["session", f"{number:064}"] = answers
    (listed,) = exports.answer_lists(rows, course)
    assert sorted(listed.texts) == [f"=power {number}" for number in range(6)]
    page = exports.reasons_page([listed], "Class", 5)
    question = course.models["kitchener-1988"].questions[2].text
    head = f"\n\nFound you (found-you), Two roles beside each other: {question}\n• =power "
    assert head in page
    assert "0" * 60 not in page


# -- the archive ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archived(class_of_40, course, tmp_path_factory):
    session = Session("invented-7", "Invented class of 40", invented=True)
    folder = tmp_path_factory.mktemp("archive") / "new"
    return write_archive(class_of_40, session, course, folder, rng=random.Random(1))


def test_an_archive_holds_what_consenting_people_answered_and_no_more(
    archived, class_of_40, course
):
    rows = parquet.read_table(archived[0]).to_pandas()
    assert tuple(rows.columns) == tuple(COLUMNS)
    assert archived[0].name == "invented-judgments.parquet"
    judged = class_of_40.judgments("invented-7")
    people = {row.participant for row in judged}
    agreeing = {person for person in people if class_of_40.consent("invented-7", person)}
    agreed = [row for row in judged if row.participant in agreeing]
    theirs = Counter((j.item, j.phase, j.rating or 0) for j in agreed)
    ours = Counter(rows[["item", "phase", "rating"]].itertuples(index=False, name=None))
    assert not ours - theirs
    assert rows["item"].nunique() > 5
    data = archived[0].read_bytes()
    assert not any(j.participant.encode() in data for j in judged)
    assert b"Because" not in data


def test_the_same_query_counts_an_archive_and_a_store(archived):
    rows = parquet.read_table(archived[0]).to_pandas()
    counted = (
        rows.groupby(["item", "wording", "level", "phase", "confidence", "rating"])
        .size()
        .reset_index(name="n")
    )
    assert set(RATINGS) == set(counted.columns)


def test_the_codebook_tells_variables_values_wordings_and_who_agreed(archived, course):
    text = archived[1].read_text(encoding="utf-8")
    assert text.startswith("# Codebook: Invented class of 40 (invented answers)\n")
    assert "30 people agreed, 10 did not." in text
    assert "**A program invented these answers. They are evidence of nothing.**" in text
    book = rows_of(archived[2])
    assert {row["variable"] for row in book} == {*COLUMNS}
    kept = set(parquet.read_table(archived[0]).to_pandas()["item"])
    asked = {
        row["value"]: row["text"] for row in book if row["variable"] == "item" and row["value"]
    }
    assert set(asked) == kept
    for id in kept:
        item = course.item(id)
        assert item.wording in asked[id]
        assert (item.question if item.dial is None else item.question.split("{dial}")[0]) in asked[
            id
        ]
        assert f"`{id}` ({item.wording})" in text
    assert ("confidence", "-1", "left out") in {
        (row["variable"], row["value"], row["label"]) for row in book
    }


@pytest.mark.parametrize(
    ("refused", "said"),
    [(0, "All 9 people who judged agreed."), (5, "9 people agreed, 5 did not.")],
)
def test_who_did_not_agree_is_counted_where_they_are_nobody_or_enough(refused, said, tmp_path):
    text = write_archive(*of(9, refused), tmp_path)[1].read_text(encoding="utf-8")
    assert said in text


def of(agreed, refused):
    """A store of people who judged one case alike, and the content."""
    from test_attack import group, judgments

    course = content(vignette("plain"))
    rows = list(
        judgments(group(agreed, 2, None, 3) + group(refused, 1, None, 1), course.vignettes["plain"])
    )
    return Told(rows, {f"{i:064x}" for i in range(agreed)}), MINE, course


class Told:
    """A store for tests: what was judged, and who agreed."""

    def __init__(self, rows, yes):
        self.rows, self.yes = rows, yes

    def judgments(self, session):
        return self.rows

    def consent(self, session, participant):
        return participant in self.yes

    def reading(self):  # no class server was here
        return sa.create_engine("sqlite://").connect()


@pytest.mark.parametrize(
    ("agreed", "refused", "message"),
    [
        (
            4,
            9,
            "Fewer than 5 people of this session agreed to research, so there is no archive. "
            "Their answers still count in the tallies.",
        ),
        (
            9,
            2,
            "Nothing can leave this session for research: fewer than 5 people could be found by it, among "
            "those who agreed or those who did not.",
        ),
    ],
)
def test_no_archive_of_a_few_and_none_that_would_find_a_few(agreed, refused, message, tmp_path):
    with pytest.raises(BoundariesError, match=f"^{re.escape(message)}$"):
        write_archive(*of(agreed, refused), tmp_path / "archive")
    assert not (tmp_path / "archive").exists()


def test_how_many_agreed_is_not_said_where_a_few_refused():
    from boundaries.instructor.archive import _who_agreed

    said = (
        "Fewer than 5 people did not agree; how many, and how many agreed, is therefore not said."
    )
    assert [_who_agreed(n, 20, 5) for n in (16, 19)] == [said, said]
    assert _who_agreed(15, 20, 5) == "15 people agreed, 5 did not."


def test_an_archive_is_never_written_over_another(tmp_path):
    write_archive(*of(9, 0), tmp_path)
    message = (
        f"{tmp_path / 'judgments.parquet'}: there is an archive already. Choose an empty folder."
    )
    with pytest.raises(BoundariesError, match=f"^{re.escape(message)}$"):
        write_archive(*of(9, 0), tmp_path)


def test_an_archive_from_the_command_line(class_of_40, tmp_path, capsys):
    assert main(["archive", str(class_of_40.path), "--into", str(tmp_path / "a")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split("/")[-1] for line in out[:3]] == [
        "invented-judgments.parquet",
        "codebook.md",
        "codebook.csv",
    ]
    assert (
        out[3]
        == "Make one archive of a session, when it is closed: two made at different times can be subtracted."
    )


def test_the_codebook_of_a_class_that_people_answered_does_not_say_invented(tmp_path):
    paths = write_archive(*of(9, 0), tmp_path)
    assert paths[0].name == "judgments.parquet"
    assert not any("nvented answers" in path.read_text(encoding="utf-8") for path in paths[1:])
    shutil.rmtree(tmp_path)
