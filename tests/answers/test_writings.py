"""What a student writes: kept in their own file, merged by revision, handed in without guesses."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import jsonschema
import pytest
from small_content import content, vignette
from test_old import unpacked
from test_submissions import FULL, SCHEMA, SESSION

from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import read, write
from boundaries.answers.writing_rows import merge_writings, writings_in
from boundaries.answers.writings import (
    MAX_TEXT,
    MAX_WRITINGS,
    Writing,
    checked_writing,
    merged_writings,
)
from boundaries.content import Model, Question
from boundaries.errors import SubmissionError, WritingError

TILES, BENCH = vignette("tiles", levels=("cost", "half-price")), vignette("bench")
MODEL = Model(
    "two-questions", "Two questions", "Invented.", (Question("who", "?"), Question("when", "?"))
)
COURSE = replace(content(TILES, BENCH), models={MODEL.id: MODEL})
WHO, WHEN = "two-questions/who", "two-questions/when"
ROWS = (Writing("bench", WHEN, "=1+1 é🙂", 2), Writing("tiles", WHO, "“She”, I think.", 1))
WRITTEN = replace(FULL, writings=ROWS)


@pytest.fixture
def who(tmp_path: Path) -> Student:
    return Student(SESSION, tmp_path / "own.sqlite")


def test_what_was_written_is_there_when_the_file_is_opened_again(who):
    who.keep("tiles", {WHO: " He does.\n", WHEN: ""})
    who.keep("tiles", {WHO: "He does.", WHEN: "Later."})
    who.keep("tiles", {WHO: "", WHEN: "Later."})
    again = Student(SESSION, who.path).writings()
    assert again == [Writing("tiles", WHEN, "Later.", 2), Writing("tiles", WHO, "", 3)]


def test_the_counter_is_that_of_the_judgments(who):
    who.keep("tiles", {WHO: "He does."})
    judged = who.judge(TILES, "first", 2, 3)
    who.keep("tiles", {WHO: "She does."})
    assert [judged.revision, who.writings()[0].revision] == [2, 3]


def test_an_answer_that_is_too_long_is_kept_by_nobody(who):
    who.keep("tiles", {WHO: "x" * MAX_TEXT})
    with pytest.raises(WritingError) as caught:
        who.keep("tiles", {WHEN: "Now.", WHO: "x" * (MAX_TEXT + 1)})
    assert str(caught.value) == (
        "An answer has 1,501 characters, and 1,500 is the most. Please shorten it."
    )
    assert [writing.question for writing in who.writings()] == [WHO]


def test_one_answer_too_many_is_refused(who):
    for number in range(MAX_WRITINGS // 2):
        who.keep(f"case-{number}", {WHO: "x", WHEN: "x"})
    with pytest.raises(WritingError, match=r"You have answered 200 questions in this session"):
        who.keep("tiles", {WHO: "x"})
    who.keep("case-0", {WHO: "changed"})


def test_a_file_of_before_gets_its_table_when_something_is_written(tmp_path):
    unpacked("student.sqlite-wal", tmp_path)
    old = Student("autumn", unpacked("student.sqlite", tmp_path))
    assert old.writings() == []
    old.keep("tiles", {WHO: "He does."})
    assert [writing.text for writing in old.writings()] == ["He does."]


def test_any_order_of_files_ends_in_the_same_answers(tmp_path):
    one, two = ("s", "1" * 64), ("s", "2" * 64)
    old, new = Writing("tiles", WHO, "old", 1), Writing("tiles", WHO, "", 4)
    guess = Writing("tiles", "guess/spread", "bench", 2)
    other = Writing("bench", WHEN, "there", 2)
    ends = set()
    for number, rows in enumerate(permutations([old, new, other, guess])):
        store = Store(tmp_path / f"{number}.sqlite")
        for row in (*rows, *rows):
            merge_writings(store, {one: [row], two: [other]})
        ends.add(str(writings_in(store, "s")))
    assert ends == {str({one: [other, new], two: [other]})}
    assert merged_writings([new, old, other]) == [other, new]


def test_forgetting_a_participant_forgets_what_they_wrote(who):
    who.keep("tiles", {WHO: "nobody may read this 4417"})
    store = Store(who.path)
    store.forget(SESSION, who.participant)
    store.close()
    assert who.writings() == []
    with closing(sqlite3.connect(who.path)) as connection:
        assert connection.execute("SELECT count(*) FROM writings").fetchone() == (0,)
    assert b"4417" not in who.path.read_bytes()


def test_a_submission_carries_them_and_one_of_before_has_none():
    again = read(write(WRITTEN), COURSE, session=SESSION)
    assert again.writings == ROWS
    assert write(again) == write(replace(again, writings=ROWS[::-1])) == write(WRITTEN)
    jsonschema.validate(json.loads(write(WRITTEN)), SCHEMA)
    assert b"writings" not in write(FULL)
    assert read(write(FULL), COURSE).writings == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"question": "two-questions/why"}, "'two-questions/why' is not a question of this course"),
        ({"question": "guess/spread"}, "'guess/spread' is not a question of this course."),
        ({"item": "nobody"}, "'nobody' is not a vignette or a type of this course."),
        ({"text": 7}, "'text' is 7, not text."),
        ({"text": "x" * 1501}, "An answer has 1,501 characters, and 1,500 is the most."),
        ({"text": "\ud800"}, "An answer holds a character that cannot be stored."),
        ({"revision": -1}, "The revision of an answer is -1."),
        ({"revision": True}, "'revision' is true, not a whole number."),
        ({"participant": "x"}, "has a field 'participant', which no submission has."),
        ({"item": "tiles", "question": WHO}, f"'{WHO}' is answered twice for 'tiles'."),
    ],
)
def test_a_writing_that_this_course_would_not_have_written_is_refused(change, sentence):
    table = json.loads(write(WRITTEN))
    table["writings"][0] |= change
    with pytest.raises(SubmissionError) as caught:
        read(json.dumps(table).encode(), COURSE)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("writings[")


def test_more_writings_than_anybody_may_have_are_not_read():
    table = json.loads(write(WRITTEN)) | {"writings": [7] * (MAX_WRITINGS + 1)}
    with pytest.raises(SubmissionError) as caught:
        read(json.dumps(table).encode(), COURSE)
    assert str(caught.value) == "it holds 201 writings. At most 200 are read."
    with pytest.raises(SubmissionError, match=r"^writings\[1\] is 7, not an object\."):
        read(json.dumps(table | {"writings": [7] * MAX_WRITINGS}).encode(), COURSE)
    with pytest.raises(SubmissionError, match=r"^its 'writings' are an object, not a list\."):
        read(json.dumps(table | {"writings": {}}).encode(), COURSE)


def test_the_largest_submission_is_still_small_enough_to_be_read():
    text = "🙂" * MAX_TEXT
    rows = tuple(Writing("tiles", f"m/{number}", text, 1) for number in range(MAX_WRITINGS))
    assert len(write(replace(FULL, writings=rows))) < 1_300_000


def test_a_type_may_be_what_is_written_about():
    type = next(iter(COURSE.types))
    assert checked_writing(Writing(type, WHO, "text", 1), COURSE).item == type
