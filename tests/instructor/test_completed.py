"""Completion codes as platforms hand them over, and the gradebook that is made of them."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from small_content import content, vignette

from boundaries.answers.completion import late_by_code
from boundaries.answers.store import Store
from boundaries.errors import RosterError, StoreError
from boundaries.instructor.completed import completed
from boundaries.instructor.gradebook import MISFIT
from boundaries.lectures.rounds.halls import Halls, Wish

STUDENTS = {
    "Ann Berg": ("101", "ann@uni.example"),
    "Ben Öz": ("102", "ben@uni.example"),
    "Cy Dee": ("103", "cy@uni.example"),
    "Di Eno": ("104", "di@uni.example"),
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "class.sqlite")


@pytest.fixture
def codes(store) -> list[str]:
    """Three codes of one homework; the third was given late."""
    halls = Halls(store, content(vignette("tiles"), vignette("barter")))
    hall, _ = halls.create("Business", ["tiles", "barter"], session="spring", mode="homework")
    given = []
    for who in range(3):
        token = f"{who:032x}"
        wishes = [Wish(hall.code, token, item, "first", 2, 3, "") for item in ("tiles", "barter")]
        halls.record(wishes)
        if who == 2:
            with store.writing() as connection:
                connection.exec_driver_sql(
                    "UPDATE hall_settings SET value = '1.0' WHERE name = 'closes'"
                )
        given.append(halls.complete(hall.code, token)[0])
    late = late_by_code(store, "spring", given)
    assert [late[code] for code in given] == [False, False, True]
    halls.close()
    return given


def roster(folder: Path) -> Path:
    path = folder / "roster.csv"
    lines = [("Student", "ID", "Email address"), *((n, *more) for n, more in STUDENTS.items())]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return path


def forms(folder: Path, answers: dict[str, str]) -> Path:
    path = folder / "answers.csv"
    lines = [("Timestamp", "Email Address", "Your completion code")]
    lines += [("2026/12/01", STUDENTS[name][1], text) for name, text in answers.items()]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return path


def moodle_quiz(folder: Path, answers: dict[str, str]) -> Path:
    path = folder / "quiz.csv"
    text = "Last name;First name;Email address;State;Response 1\n"
    for name, code in answers.items():
        first, last = name.split()
        text += f'{last};{first};{STUDENTS[name][1]};Finished;"{code}\n"\n'
    path.write_text(text, encoding="utf-16")
    return path


def canvas_texts(folder: Path, answers: dict[str, str]) -> Path:
    path = folder / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, code in answers.items():
            first, last = name.lower().split()
            archive.writestr(
                f"{last}{first}_{STUDENTS[name][0]}_text.html", f"<p>My code: <b>{code}</b></p>"
            )
    return path


def brightspace(folder: Path, answers: dict[str, str]) -> Path:
    for number, (name, code) in enumerate(answers.items()):
        below = folder / "download" / f"500{number}-81 - {name} - Oct 1, 2026 900 AM"
        below.mkdir(parents=True)
        (below / "code.txt").write_text(code.lower().replace("-", "–"), encoding="utf-8")
    return folder / "download"


def moodle_texts(folder: Path, answers: dict[str, str]) -> Path:
    for number, (name, code) in enumerate(answers.items()):
        below = folder / "moodle" / f"{name}_400{number}_assignsubmission_onlinetext"
        below.mkdir(parents=True)
        (below / "onlinetext.html").write_text(f"<p>{code}</p>", encoding="utf-8")
    return folder / "moodle"


@pytest.mark.parametrize("platform", [forms, moodle_quiz, canvas_texts, brightspace, moodle_texts])
def test_a_platforms_export_becomes_the_gradebook(tmp_path, store, codes, platform):
    answers = dict(zip(STUDENTS, [codes[0], "I forgot", codes[2]], strict=False))
    summary = completed([platform(tmp_path, answers)], store, roster=roster(tmp_path))
    with (tmp_path / "roster-completed.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0][1:] == ["handed in", "late", "complete"]
    assert [row[1:] for row in rows[1:]] == [
        ["yes", "no", "yes"], ["yes", "", "no"], ["yes", "yes", "yes"], ["no", "", "no"],
    ]  # fmt: skip
    first, *notes = str(summary).splitlines()
    assert first == "2 students have judged all 2 cases of 'spring', 1 of them late."
    assert notes[0].startswith("Handed in something without a code: ")
    assert notes[1] == f"The gradebook is {tmp_path / 'roster-completed.csv'}."


def test_a_code_of_two_students_counts_for_neither_and_both_are_named(tmp_path, store, codes):
    answers = {"Ann Berg": codes[0], "Ben Öz": codes[0], "Cy Dee": "0000-1111-2222-3333"}
    summary = completed([forms(tmp_path, answers)], store, roster=roster(tmp_path))
    first, twice, wrong, *_ = str(summary).splitlines()
    assert first.startswith("0 students have judged")
    assert twice == (
        "ann@uni.example and ben@uni.example handed in one and the same code, "
        f"{codes[0]}. It counts for none of them: ask whose it is."
    )
    assert wrong == (
        "Codes that this session never gave, from: cy@uni.example. "
        "They may be of another homework, or mistyped."
    )


def test_who_is_not_in_the_roster_leaves_the_others_unknown(tmp_path, store, codes):
    plain = tmp_path / "mail.txt"
    plain.write_text(f"Dear teacher, {codes[0]}", encoding="utf-8")
    summary = completed([plain], store, roster=roster(tmp_path))
    assert "Not in the roster: mail.txt." in str(summary)
    text = (tmp_path / "roster-completed.csv").read_text(encoding="utf-8-sig")
    assert text.count("unknown,,unknown") == 4


def test_who_is_not_in_the_roster_and_forgot_the_code_leaves_the_others_unknown(
    tmp_path, store, codes
):
    plain = tmp_path / "mail.txt"
    plain.write_text("Dear teacher, I forgot", encoding="utf-8")
    answers = forms(tmp_path, {"Ann Berg": codes[0]})
    completed([answers, plain], store, roster=roster(tmp_path))
    lines = (tmp_path / "roster-completed.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1:] == ["101,yes,no,yes", *(f"{n},unknown,,unknown" for n in (102, 103, 104))]


def test_the_list_of_another_class_is_named_and_the_roster_itself_is_no_gradebook(
    tmp_path, store, codes
):
    other = tmp_path / "other.csv"
    other.write_text("ID,Name\n7,Zed\n", encoding="utf-8")
    answers = forms(tmp_path, {"Ann Berg": codes[0], "Ben Öz": codes[1]})
    assert MISFIT in completed([answers], store, roster=other).notes
    assert (
        (tmp_path / "other-completed.csv").read_text("utf-8-sig").endswith("7,unknown,,unknown\n")
    )
    with pytest.raises(RosterError, match=r"other\.csv: this is the roster itself\."):
        completed([answers], store, roster=other, gradebook=other)


def zipped(folder: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "handed.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


TEXT = "{name}_4001_assignsubmission_file/code.txt"


@pytest.mark.parametrize(
    ("member", "data", "sentence"),
    [
        ("Ben Öz_4002_assignsubmission_file/c.rar", b"Rar!", "this kind of archive is not read here"),
        ("Ben Öz_4002_assignsubmission_file/c.zip", b"PK\x03\x04", "it is not a whole zip archive"),
        ("huge.csv", b'Email,Code\n"' + b"x" * 140_000, "it is not a CSV file"),
    ],
)  # fmt: skip
def test_what_was_not_read_is_named_and_never_a_no(tmp_path, store, codes, member, data, sentence):
    files = {
        TEXT.format(name="Ann Berg"): codes[0].encode("utf-16"),
        member: data,
        "._x.csv": b"\0",
    }
    summary = completed([zipped(tmp_path, files)], store, roster=roster(tmp_path))
    assert (summary.done, summary.whole) == (1, False)
    assert sentence in str(summary)
    text = (tmp_path / "roster-completed.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines()[1:3] == ["101,yes,no,yes", "102,unknown,,unknown"]


def test_the_wrong_file_is_named_and_no_row_says_no(tmp_path, store, codes):
    workbook = tmp_path / "answers.xlsx"
    workbook.write_bytes(b"PK\x03\x04")
    summary = completed([workbook], store, roster=roster(tmp_path))
    assert "Handed in something without a code: answers.xlsx." in str(summary)
    assert "no" not in (tmp_path / "roster-completed.csv").read_text("utf-8-sig").replace(
        "unknown", ""
    )


@pytest.mark.parametrize("text", ["An essay of another week.", "0000-1111-2222-3333"])
def test_where_no_code_is_of_this_homework_no_row_says_no(tmp_path, store, codes, text):
    """Answers of another assignment, or another class's store: nothing is known of anybody."""
    completed([forms(tmp_path, {"Ann Berg": text})], store, roster=roster(tmp_path))
    lines = (tmp_path / "roster-completed.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1:] == [f"{n},unknown,,unknown" for n in (101, 102, 103, 104)]


def test_what_cannot_be_read_is_a_sentence(tmp_path, store, codes):
    with pytest.raises(RosterError) as caught:
        completed([tmp_path / "nothing.csv"], store)
    assert str(caught.value) == (
        f"{tmp_path / 'nothing.csv'}: there is no such file or folder. Check the path."
    )
    with pytest.raises(StoreError) as caught:
        completed([], store, "autumn")
    assert str(caught.value) == (
        f"{store.where}: the store has no session 'autumn'. Name one of these as `session`: spring."
    )
