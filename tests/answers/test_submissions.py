"""The submission file: the same answers give the same bytes, and whatever is not one is refused with a sentence."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import content, vignette

from boundaries.answers.judgments import Judgment, level_of, participant_of
from boundaries.answers.submissions import MAX_BYTES, Submission, content_version, read, write
from boundaries.content import load
from boundaries.errors import SubmissionError

DATA = Path(__file__).parent.parent.parent / "data"
SCHEMA = json.loads((DATA / "schema" / "submission.schema.json").read_text(encoding="utf-8"))
TILES, BENCH = vignette("tiles", levels=("cost", "half-price")), vignette("bench")
COURSE = content(TILES, BENCH)
SESSION = "test"
WHO = participant_of(SESSION, "00" * 16)
LEVEL = level_of(WHO, TILES)
AGAIN = "Save the submission again from the notebook, and hand in that file."


def judged(item=TILES, phase="first", rating=2, confidence=3, reason="", revision=1) -> Judgment:
    level = level_of(WHO, item)
    return Judgment(
        SESSION, WHO, item.id, item.wording, phase, level, rating, confidence, reason, revision
    )


ROWS = (
    judged(),
    judged(phase="informed", rating=3, confidence=4, reason="“Who pays?” é🙂\n=1+1", revision=3),
    judged(BENCH, rating=None, confidence=None, revision=2),
)
FULL = Submission(SESSION, WHO, content_version(COURSE), True, ROWS)


def table(**changes):
    return json.loads(write(FULL)) | changes


def with_row(number=0, **changes):
    """The full table with one row changed; rows are in the file's order: bench, tiles first, tiles informed."""
    changed = table()
    changed["judgments"][number] |= changes
    return changed


def refused(data, **kwargs) -> str:
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    with pytest.raises(SubmissionError) as caught:
        read(data, COURSE, **kwargs)
    assert "\n" not in str(caught.value)
    str(caught.value).encode()  # printable anywhere: no lone surrogate
    return str(caught.value)


# -- writing -------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again():
    again = read(write(FULL), COURSE, session=SESSION)
    assert replace(again, judgments=()) == replace(FULL, judgments=())
    assert {j.key: j for j in again.judgments} == {j.key: j for j in ROWS}
    assert write(again) == write(FULL)


def test_a_file_is_sorted_plain_text_with_a_judgment_a_line():
    text = write(FULL).decode("utf-8")
    lines = text.split("\n")
    assert lines[0] == "{"
    assert lines[-1] == ""
    assert "\r" not in text
    assert [json.loads(line.rstrip(","))["item"] for line in lines[5:8]] == [
        "bench",
        "tiles",
        "tiles",
    ]
    assert [json.loads(line.rstrip(","))["phase"] for line in lines[5:8]] == [
        "first",
        "first",
        "informed",
    ]
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert "“Who pays?” é🙂" in text


def test_it_holds_these_fields_and_no_others():
    held = json.loads(write(FULL))
    fields = ["format", "version", "session", "participant", "content", "consent", "judgments"]
    assert held.keys() == set(fields) == SCHEMA["properties"].keys() - {"writings"}
    row = {"item", "wording", "phase", "level", "rating", "confidence", "reason", "revision"}
    assert all(each.keys() == row for each in held["judgments"])
    assert SCHEMA["properties"]["judgments"]["items"]["properties"].keys() == row


@given(st.permutations(ROWS))
def test_two_orders_of_rows_give_the_same_bytes(rows):
    assert write(replace(FULL, judgments=tuple(rows))) == write(FULL)


def test_another_answer_gives_other_bytes():
    others = [replace(FULL, consent=False), replace(FULL, judgments=ROWS[:2])]
    others += [
        replace(FULL, judgments=(replace(ROWS[0], **c), *ROWS[1:]))
        for c in ({"rating": 3}, {"reason": "x"})
    ]
    assert len({write(FULL), *map(write, others)}) == 5


def test_the_contents_version_changes_with_a_wording_and_not_with_order():
    assert re.fullmatch("[0-9a-f]{12}", content_version(COURSE))
    assert content_version(content(BENCH, TILES)) == content_version(COURSE)
    assert content_version(content(BENCH, replace(TILES, wording="0" * 12))) != content_version(
        COURSE
    )
    assert content_version(content(TILES)) != content_version(COURSE)


# -- the schema and the example ------------------------------------------------------------------------------------


def test_what_is_written_fits_the_schema():
    jsonschema.validate(table(), SCHEMA)
    for wrong in (
        table(token="x"),
        with_row(clock=1),
        with_row(rating=6),
        with_row(phase="later"),
        table(version=2),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


def test_the_readmes_example_is_a_submission(tmp_path):
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    example = re.search(
        r"^`boundaries-submission.json`:\n\n```json\n(.*?)```", readme, re.DOTALL | re.MULTILINE
    )[1]
    case = re.search(
        r"^`vignettes/shared-laptop.toml`:\n\n```toml\n(.*?)```", readme, re.DOTALL | re.MULTILINE
    )[1]
    jsonschema.validate(json.loads(example), SCHEMA)
    for folder in ("vignettes", "codes"):
        (tmp_path / folder).mkdir()
    for name in ("course.toml", "scale.toml", "types.toml", "surveys.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    (tmp_path / "vignettes" / "shared-laptop.toml").write_text(case, encoding="utf-8")
    handed = read(example.encode(), load(tmp_path), session="ethics-autumn-2026")
    assert [(j.phase, j.rating) for j in handed.judgments] == [("first", 3), ("informed", None)]
    assert write(handed) == example.encode()  # the very bytes that a lesson would save


# -- what is refused -----------------------------------------------------------------------------------------------


def test_a_byte_order_mark_and_other_layouts_are_read():
    assert read(b"\xef\xbb\xbf" + write(FULL), COURSE) == read(write(FULL), COURSE)
    assert read(json.dumps(table(), indent=3).replace("\n", "\r\n").encode(), COURSE) == read(
        write(FULL), COURSE
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", f"it is empty. {AGAIN}"),
        (b" \n", f"it is empty. {AGAIN}"),
        (b" " * MAX_BYTES, f"it is empty. {AGAIN}"),
        (
            b" " * (MAX_BYTES + 1),
            f"it has 2,000,001 bytes. A submission has at most 2,000,000. {AGAIN}",
        ),
        (write(FULL)[:-4], f"it is not JSON, or was cut off (line 12). {AGAIN}"),
        (b"\xff\xfe{", f"it is not text in UTF-8. {AGAIN}"),
        (b"[" * 100_000, f"it is nested too deeply. {AGAIN}"),
        (b"{}", f"it is not a submission of this course. {AGAIN}"),
        (b"[1]", f"it is not a submission of this course. {AGAIN}"),
        (
            b'{"format": ["boundaries-submission"]}',
            f"it is not a submission of this course. {AGAIN}",
        ),
        (b'{"format": NaN}', f"it holds NaN, which is not a number. {AGAIN}"),
        (b'{"format": -Infinity}', f"it holds -Infinity, which is not a number. {AGAIN}"),
        (
            b'{"a": 1, "a\\ud800\\u202e": 1, "a\\ud800\\u202e": 2}',
            f"it names 'a\\ud800\\u202e' twice. {AGAIN}",
        ),
        (b'{"version": ' + b"9" * 5000 + b"}", f"it holds a number of 5,000 digits. {AGAIN}"),
        (
            table(version=2),
            "it was saved by a newer version of this course (format 2; this one reads 1). "
            "Update the course, then collect again.",
        ),
        (table(version=0), f"its version is 0; this course reads 1. {AGAIN}"),
        (table(version=True), f"its version is true; this course reads 1. {AGAIN}"),
        (table(version="1"), f"its version is '1'; this course reads 1. {AGAIN}"),
        (
            table(token="x", zebra=1),
            f"it has a field 'token', which no submission has. {AGAIN}",
        ),
        (table(token="x"), f"it has a field 'token', which no submission has. {AGAIN}"),
        ({k: v for k, v in table().items() if k != "consent"}, f"it lacks 'consent'. {AGAIN}"),
        (
            table(session="A b"),
            f"its 'session' is 'A b', not a session's id, such as 'ethics-2026'. {AGAIN}",
        ),
        (
            table(session="a" * 65),
            f"its 'session' is '{'a' * 40}'…, not a session's id, such as 'ethics-2026'. {AGAIN}",
        ),
        (
            table(participant="Ann Lee"),
            f"its 'participant' is 'Ann Lee', not 64 hex digits. {AGAIN}",
        ),
        (
            table(participant=f"{WHO}\n"),
            f"its 'participant' is '{WHO[:40]}'…, not 64 hex digits. {AGAIN}",
        ),
        (table(participant=7), f"its 'participant' is 7, not 64 hex digits. {AGAIN}"),
        (table(content=None), f"its 'content' is null, not 12 hex digits. {AGAIN}"),
        (table(consent="yes"), f"its 'consent' is 'yes', not true or false. {AGAIN}"),
        (table(consent=1), f"its 'consent' is 1, not true or false. {AGAIN}"),
        (table(judgments={}), f"its 'judgments' are an object, not a list. {AGAIN}"),
        (table(judgments=[{}] * 2001), "it holds 2,001 judgments. At most 2,000 are read."),
        (table(judgments=[{}] * 2000), f"judgments[1] lacks 'confidence'. {AGAIN}"),
        (table(judgments=[[]]), f"judgments[1] is a list, not an object. {AGAIN}"),
        (table(judgments=[{}]), f"judgments[1] lacks 'confidence'. {AGAIN}"),
        (with_row(clock=3), f"judgments[1] has a field 'clock', which no submission has. {AGAIN}"),
        (
            with_row(rating=2.0),
            f"judgments[1]: 'rating' is 2.0, not a whole number or null. {AGAIN}",
        ),
        (
            with_row(rating=True),
            f"judgments[1]: 'rating' is true, not a whole number or null. {AGAIN}",
        ),
        (
            with_row(rating=[[[2]]]),
            f"judgments[1]: 'rating' is a list, not a whole number or null. {AGAIN}",
        ),
        (with_row(reason=None), f"judgments[1]: 'reason' is null, not text. {AGAIN}"),
        (with_row(revision="1"), f"judgments[1]: 'revision' is '1', not a whole number. {AGAIN}"),
        (
            with_row(item="../x", wording="w"),
            "judgments[1]: this course has no item '../x' (in the wording 'w'). "
            "Collect with the course that the class used.",
        ),
        (
            with_row(1, wording="abcdef012345"),
            f"judgments[2]: 'tiles' was judged in the wording 'abcdef012345'; this course has '{TILES.wording}'. "
            "Two wordings are never mixed. Collect with the course that the class used.",
        ),
        (
            with_row(phase="later"),
            "judgments[1]: 'later' is not a phase. Allowed: first, discussed, informed.",
        ),
        (
            with_row(1, level="free"),
            f"judgments[2]: 'tiles' stands at the level 'free'; this participant gets '{LEVEL}'. {AGAIN}",
        ),
        (
            with_row(1, level={"cost": "half-price", "half-price": "cost"}[LEVEL]),
            f"judgments[2]: 'tiles' stands at the level '{ {'cost': 'half-price', 'half-price': 'cost'}[LEVEL] }'; "
            f"this participant gets '{LEVEL}'. {AGAIN}",
        ),
        (
            with_row(level="cost"),
            f"judgments[1]: 'bench' stands at the level 'cost'; it has no dial. {AGAIN}",
        ),
        (
            with_row(1, rating=6),
            "judgments[2]: 6 is not a rating of 'tiles'. Choose 1 to 5 (1 = never ethical … 5 = always ethical).",
        ),
        (
            with_row(1, confidence=None),
            "judgments[2]: None is not a confidence. Choose 1 to 4 (1 = a guess … 4 = certain).",
        ),
        (
            with_row(confidence=2),
            "judgments[1]: A skip of 'bench' came with a confidence of 2. A skip has none. Leave the confidence out.",
        ),
        (
            with_row(reason="x" * 501),
            "judgments[1]: The reason for 'bench' has 501 characters. At most 500 are kept. Shorten it.",
        ),
        (
            with_row(reason="\ud800"),
            "judgments[1]: The reason for 'bench' holds a character that cannot be stored. "
            "Type it again without pasting.",
        ),
        (
            with_row(revision=-1),
            "judgments[1]: The revision of a judgment of 'bench' is -1. It is a whole number from 0 to 2,147,483,647.",
        ),
        (
            table(judgments=[*table()["judgments"][:2], table()["judgments"][1] | {"rating": 5}]),
            f"judgments[3]: 'tiles' has two judgments of phase 'first'. {AGAIN}",
        ),
        (
            table(judgments=table()["judgments"][2:]),
            f"'tiles' has a judgment of phase 'informed' but no first one. {AGAIN}",
        ),
    ],
)
def test_what_is_no_submission_is_refused_with_a_sentence(data, said):
    assert refused(data) == said


def test_another_session_is_refused_where_one_is_asked_for():
    assert refused(write(FULL), session="autumn") == (
        "it is of the session 'test', not of 'autumn'. Sessions are never added together."
    )


@pytest.mark.parametrize("consent", [True, False])
def test_a_submission_without_judgments_is_refused(consent):
    nothing = replace(FULL, judgments=(), consent=consent)
    assert refused(write(nothing)) == f"it holds no judgments. Judge a case first. {AGAIN}"


# -- anything at all -----------------------------------------------------------------------------------------------


def tried(data: bytes) -> None:
    """Reads the bytes; whatever is accepted writes and reads again as itself."""
    try:
        found = read(data, COURSE)
    except SubmissionError as error:
        said = str(error)
        assert "\n" not in said
        assert len(said) < 400
        said.encode()
    else:
        assert read(write(found), COURSE) == read(write(read(write(found), COURSE)), COURSE)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_or_read(data):
    tried(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.sampled_from([*table(), *table()["judgments"][0], "token", ""])


@examples(300)
@given(FIELDS, JSON, st.integers(-1, 2))
def test_any_value_in_any_field_is_refused_or_read(name, value, row):
    changed = table()
    (changed if row < 0 else changed["judgments"][row])[name] = value
    tried(json.dumps(changed).encode())


@examples(300)
@given(st.randoms(use_true_random=False))
def test_any_damage_to_a_file_is_refused_or_read(chance: random.Random):
    data = bytearray(write(FULL))
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data))
        end = min(len(data), start + chance.choice([0, 1, 1, 20]))
        some = chance.choice(
            [
                b"",
                bytes([chance.randrange(256)]),
                data[:50],
                b'"',
                b"null",
                b"1e999",
                b"{",
                b"\\ud800",
            ]
        )
        data[start:end] = some
    tried(bytes(data))


def test_in_a_lecture_the_host_may_fix_a_level_and_people_come_late():
    other = {"cost": "half-price", "half-price": "cost"}[LEVEL]
    lecture = with_row(1, level=other) | {"session": "lecture-monday"}
    found = read(json.dumps(lecture).encode(), COURSE)
    assert {j.level for j in found.judgments if j.item == "tiles" and j.phase == "first"} == {other}
    late = table(judgments=table()["judgments"][2:]) | {"session": "lecture-monday"}
    assert [j.phase for j in read(json.dumps(late).encode(), COURSE).judgments] == ["informed"]
    with pytest.raises(SubmissionError) as caught:
        read(json.dumps(with_row(1, level="free") | {"session": "lecture-monday"}).encode(), COURSE)
    assert str(caught.value) == (
        f"judgments[2]: 'tiles' stands at the level 'free'; this participant gets '{LEVEL}'. {AGAIN}"
    )
