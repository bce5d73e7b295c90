"""One student: a locked first judgment stays whoever asks, and whatever is wrong with the file is said."""

import dataclasses
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from small_content import content, vignette

from boundaries.answers import databases
from boundaries.answers.judgments import Judgment, participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student, home, student
from boundaries.errors import (
    AlreadyLocked,
    CodeError,
    ContentError,
    JudgmentError,
    NotYetJudged,
    StoreError,
)
from boundaries.lessons.cards import Card
from boundaries.lessons.lesson import Lesson

TILES = vignette("tiles", levels=("low", "high"))
PLAIN = vignette("plain")
COURSE = content(TILES, PLAIN)
LOCKED = "Your first judgment of 'tiles' is locked already and stays as it is. You can judge again after reading the codes."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers" / "own-study.sqlite"


def rows(path: Path) -> list[tuple]:
    """What plain SQLite reads."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT item, phase, level, rating, confidence, reason, revision FROM judgments ORDER BY revision"
        ).fetchall()


def a_student(path: Path) -> Student:
    return Student("own-study", path)


# -- a locked first judgment ----------------------------------------------------------------------------------


def by_python(path: Path) -> str:
    with pytest.raises(AlreadyLocked) as caught:
        a_student(path).judge(TILES, "first", 5, 1, "Changed my mind.")
    return str(caught.value)


def by_card(path: Path) -> str:
    card = Card(TILES, COURSE, a_student(path))
    assert card.judge("first", 5, 1, "Changed my mind.") is None
    return card._last["receipt"]["text"]


def by_message(path: Path) -> str:
    card = Card(TILES, COURSE, a_student(path))
    told = []
    card.send = told.append
    card._hear(
        card, {"kind": "judge", "phase": "first", "rating": 5, "confidence": 1, "reason": ""}, []
    )
    return told[-1]["receipt"]["text"]


def by_skip(path: Path) -> str:
    card = Card(TILES, COURSE, a_student(path))
    card._hear(card, {"kind": "judge", "phase": "first", "skip": True}, [])
    return card._last["receipt"]["text"]


def by_a_lesson_run_again(path: Path) -> str:
    lesson = Lesson("business", COURSE, a_student(path))
    for _ in range(2):
        lesson.card("tiles")
    card = lesson._widgets[-1]
    card.judge("first", 5, 1)
    return card._last["receipt"]["text"]


def by_another_kernel(path: Path) -> str:
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from boundaries.errors import AlreadyLocked
from boundaries.answers.students import Student
from small_content import vignette
try:
    Student("own-study", sys.argv[1]).judge(vignette("tiles", levels=("low", "high")), "first", 5, 1)
except AlreadyLocked as error:
    print(error)
"""
    return subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    ).stdout.strip()


def by_merging_the_row_again(path: Path) -> str:
    own = a_student(path)
    row = own.judgment(TILES, "first")
    later = [dataclasses.replace(row, rating=n, revision=row.revision + n) for n in (5, 4, 1)]
    said = Store(path).merge([*later, row, *reversed(later)])
    assert set(said.refused) == set(later)
    return LOCKED


@pytest.mark.parametrize(
    "change",
    [
        by_python,
        by_card,
        by_message,
        by_skip,
        by_a_lesson_run_again,
        by_another_kernel,
        by_merging_the_row_again,
    ],
)
def test_a_locked_first_judgment_never_changes(path, change):
    first = a_student(path).judge(TILES, "first", 2, 3, "Because.")
    before = rows(path)
    assert before == [("tiles", "first", first.level, 2, 3, "Because.", 1)]
    assert change(path) == LOCKED
    assert rows(path) == before


def test_two_open_forms_of_one_case_lock_once(path):
    cards = [Card(TILES, COURSE, a_student(path)) for _ in range(2)]
    assert cards[0].judge("first", 2, 3).rating == 2
    assert cards[1].judge("first", 5, 3) is None
    assert cards[1]._last["phase"] == "locked"
    assert cards[1]._last["receipt"] == {"tone": "error", "text": LOCKED}
    assert [r[3] for r in rows(path)] == [2]


def test_a_case_is_judged_at_the_level_at_which_it_was_read(path):
    own = a_student(path)
    read = own.level(TILES)
    assert own.judge(TILES, "first", 2, 3).level == read == own.level(TILES)


def test_a_level_stays_the_one_that_was_judged(path):
    own = a_student(path)
    other = next(x for x in TILES.levels if x != own.level(TILES))
    Store(path).merge(
        [
            Judgment(
                "own-study", own.participant, "tiles", TILES.wording, "first", other, 2, 3, "", 1
            )
        ]
    )
    assert own.level(TILES) == other
    assert own.judge(TILES, "informed", 3, 3).level == other


# -- phases and answers ----------------------------------------------------------------------------------------


def test_a_second_judgment_opens_after_the_first_and_may_change(path):
    own = a_student(path)
    for later in ("discussed", "informed"):
        with pytest.raises(NotYetJudged) as caught:
            own.judge(TILES, later, 2, 3)
        assert (
            str(caught.value)
            == "'tiles' has no first judgment yet. Judge it alone first, then again."
        )
    assert rows(path) == []
    own.judge(TILES, "first", None)
    assert [own.judge(TILES, "informed", n, 3).rating for n in (2, 4, 4, 1)] == [2, 4, 4, 1]
    assert [r[1:] for r in rows(path)] == [
        ("first", own.level(TILES), None, None, "", 1),
        ("informed", own.level(TILES), 1, 3, "", 4),
    ]
    assert own.done(COURSE.vignettes.values()) == 1


def test_what_is_asked_in_one_look_is_read_once_and_anew_after_something_was_stored(
    path, monkeypatch
):
    own, looks = a_student(path), []
    look = own._store.look
    monkeypatch.setattr(own._store, "look", lambda *who: looks.append(who) or look(*who))
    with own.one_look():
        assert (own.judgments(), own.writings(), own.consent()) == ([], [], False)
        with own.one_look():
            assert own.done([PLAIN]) == 0
        assert len(looks) == 1
        own.judge(PLAIN, "first", 2, 3)
        assert own.done([PLAIN]) == 1
        own.keep("plain", {"m/q": "Why?"})
        assert [writing.text for writing in own.writings()] == ["Why?"]
    own.set_consent(True)
    assert own.consent()
    assert own.place == f"your own file, {path}"


def test_a_file_of_another_code_takes_no_judgment(path):
    own, other = a_student(path), Student("own-study", path.parent / "other.sqlite")
    moved = "Your file has another code since this lesson began. Run the notebook from its top."
    a_student(path).carry(other.backup_code())
    assert refused(lambda: own.judge(PLAIN, "first", 2, 3)) == moved
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM tokens")
    assert refused(lambda: own.judge(PLAIN, "first", 2, 3)) == moved
    assert rows(path) == []


def test_a_code_brings_its_own_answers_and_nobody_elses(path):
    own, other = a_student(path), Student("own-study", path.parent / "other.sqlite")
    judged = other.judge(PLAIN, "first", 4, 2)
    other.keep("plain", {"m/q": "Why?"})
    with pytest.raises(CodeError):
        own.carry(own.backup_code(), [judged])
    code = own.backup_code()
    own.carry(other.backup_code(), other.judgments(), other.writings())
    assert (own.participant, own.backup_code()) == (other.participant, other.backup_code())
    assert own.backup_code() != code
    assert (own.judgments(), own.writings()) == (other.judgments(), other.writings())


def test_an_unknown_phase_is_named_before_anything_is_judged(path):
    with pytest.raises(JudgmentError) as caught:
        a_student(path).judge(TILES, "maybe", 2, 3)
    assert str(caught.value) == "'maybe' is not a phase. Choose one of: first, discussed, informed."


@pytest.mark.parametrize("rating", [0, 6, "maybe", float("nan"), True, [1]], ids=repr)
def test_what_is_no_rating_leaves_what_was_stored(path, rating):
    own = a_student(path)
    own.judge(PLAIN, "first", 4, 4)
    with pytest.raises(JudgmentError) as caught:
        own.judge(TILES, "first", rating, 3)
    assert str(caught.value) == (
        f"{rating!r} is not a rating of 'tiles'. Choose 1 to 5 (1 = never ethical … 5 = always ethical)."
    )
    assert [r[0] for r in rows(path)] == ["plain"]


REASONS = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {dial} {0} %s",
    "=cmd|' /C calc'!A0",
    "\u202eright to left\u202c",
    "👩🏽‍⚕️ and 🙂",
    "'); DROP TABLE judgments; --",
    "two\nlines\tand a tab",
    "x" * 500,
]


@pytest.mark.parametrize("reason", REASONS, ids=lambda r: r[:12])
def test_a_reason_comes_back_as_it_was_typed(path, reason):
    a_student(path).judge(PLAIN, "first", 2, 3, reason)
    assert a_student(path).judgment(PLAIN, "first").reason == reason
    assert [r[5] for r in rows(path)] == [reason]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "x" * 2**20,
            "The reason for 'plain' has 1,048,576 characters. At most 500 are kept. Shorten it.",
        ),
        (
            "a\x00b",
            "The reason for 'plain' holds a character that cannot be stored. Type it again without pasting.",
        ),
        (
            "\ud83d",
            "The reason for 'plain' holds a character that cannot be stored. Type it again without pasting.",
        ),
        (b"bytes", "The reason for 'plain' is not text. Write it as words, or leave it empty."),
    ],
    ids=["long", "NUL", "surrogate", "bytes"],
)
def test_a_reason_that_cannot_be_kept_is_said_and_nothing_is_stored(path, reason, said):
    with pytest.raises(JudgmentError) as caught:
        a_student(path).judge(PLAIN, "first", 2, 3, reason)
    assert str(caught.value) == said
    assert rows(path) == []


def test_an_unknown_item_is_named():
    with pytest.raises(ContentError) as caught:
        COURSE.item("shared-laptop")
    assert str(caught.value) == (
        "'shared-laptop' is not a vignette or claim of this course. "
        "If its file was renamed or removed, put it back: stored judgments name it."
    )


# -- a file that cannot be used ---------------------------------------------------------------------------------


READ_ONLY = (
    "the store cannot be written (it is read-only). "
    "Free it, and the files beside it that begin with its name, for writing, then try again."
)
BUSY = "another program is writing to the store. Wait a moment, then try again."


def refused(action) -> str:
    with pytest.raises(StoreError) as caught:
        action()
    return str(caught.value)


@contextmanager
def on_connect(own: Student, pragma: str) -> Iterator[None]:
    """Every connection of this student's store is told `pragma` too."""

    def tell(connection, record):
        connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(own._store._engine, "connect", tell)
    yield
    sa.event.remove(own._store._engine, "connect", tell)


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("query_only=1", READ_ONLY),
        (
            "max_page_count=1",
            "the disk is full, so nothing was stored. Free some space, then try again.",
        ),
    ],
)
def test_what_the_database_refuses_is_said_and_all_else_is_kept(path, pragma, said):
    own = a_student(path)
    for number in range(30):
        own.judge(vignette(f"case-{number}"), "first", 1 + number % 5, 3, "x" * 400)
    before = rows(path)
    with on_connect(own, pragma):
        assert refused(
            lambda: [own.judge(vignette(f"new-{n}"), "first", 5, 3, "y" * 500) for n in range(40)]
        ) == (f"{path}: {said}")
        assert own.judgment(vignette("case-7"), "first").rating == 3
    after = rows(path)
    assert after[: len(before)] == before
    own.judge(PLAIN, "first", 5, 3)
    assert len(rows(path)) == len(after) + 1


def test_a_backup_code_is_told_where_nothing_can_be_written(path):
    own = a_student(path)
    code = own.backup_code()
    with on_connect(own, "query_only=1"):
        assert own.backup_code() == code
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM tokens")
    assert refused(own.backup_code) == (
        f"{path}: the store was moved or emptied. Put it back, or run the cell again to begin a new one."
    )


def test_a_folder_without_permission_is_said(nobody):
    nobody.chmod(0o555)
    path = nobody / "own.sqlite"
    deeper = nobody / "answers" / "own.sqlite"
    for place in (path, deeper):
        assert refused(lambda place=place: a_student(place)) == (
            f"{place}: the store cannot be written here. "
            "Choose a folder of your own (for a lesson, name it in BOUNDARIES_HOME), then try again."
        )


def test_a_file_without_permission_is_said_and_keeps_what_it_holds(nobody):
    path = nobody / "own.sqlite"
    own = a_student(path)
    own.judge(PLAIN, "first", 2, 3)
    path.chmod(0o444)
    assert refused(lambda: own.judge(TILES, "first", 2, 3)) == f"{path}: {READ_ONLY}"
    assert own.judgment(PLAIN, "first").rating == 2
    for file in nobody.iterdir():
        file.chmod(0o644)
    own.judge(TILES, "first", 2, 3)
    assert [r[0] for r in rows(path)] == ["plain", "tiles"]


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    for path in (tmp_path / "taken" / "own.sqlite", tmp_path / "taken" / "deeper" / "own.sqlite"):
        assert refused(lambda path=path: a_student(path)) == (
            f"{path}: a file stands where its folder should be. "
            "Choose a folder of your own (for a lesson, name it in BOUNDARIES_HOME), then try again."
        )


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path):
    assert refused(lambda: a_student(tmp_path)) == (
        f"{tmp_path}: the store cannot be opened. Check that its folder exists and can be written, then try again."
    )


def test_a_place_that_no_folder_can_be_made_in_is_said():
    path = Path("/proc/nowhere/own.sqlite")
    assert refused(lambda: a_student(path)) == (
        f"{path}: there is no such folder, and it cannot be made. "
        "Choose a folder of your own (for a lesson, name it in BOUNDARIES_HOME), then try again."
    )


def test_a_store_that_is_asked_for_and_not_there_is_said_and_not_made(path):
    assert refused(lambda: Store(path, create=False)) == (
        f"{path}: no such store. Check the path, or make one with `simulate` or a lesson."
    )
    assert not path.exists()


def test_a_store_that_another_program_holds_is_said_and_can_be_used_after(path, monkeypatch):
    own = a_student(path)
    own.judge(PLAIN, "first", 2, 3)
    monkeypatch.setattr(databases, "PATIENCE", 0.02)
    hasty = a_student(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refused(lambda: hasty.judge(TILES, "first", 2, 3)) == f"{path}: {BUSY}"
        assert refused(lambda: a_student(path)) == f"{path}: {BUSY}"
        assert hasty.judgment(PLAIN, "first").rating == 2  # reading goes on
        card = Card(TILES, COURSE, hasty)
        card._hear(card, {"kind": "judge", "phase": "first", "rating": 2, "confidence": 3}, [])
        assert card._last["phase"] == "first"
        assert card._last["receipt"] == {"tone": "error", "text": f"{path}: {BUSY}"}
        other.execute("ROLLBACK")
    hasty.judge(TILES, "first", 2, 3)
    assert [r[0] for r in rows(path)] == ["plain", "tiles"]


def test_a_file_that_is_no_store_is_said_and_left_as_it_is(path):
    path.parent.mkdir()
    rubbish = bytes(range(256)) * 40
    path.write_bytes(rubbish)
    assert refused(lambda: a_student(path)) == (
        f"{path}: this file is not a store. It was left as it is. Move it away or choose another path."
    )
    assert path.read_bytes() == rubbish


def test_a_truncated_store_is_said_and_left_as_it_is(path):
    own = a_student(path)
    for number in range(60):
        own.judge(vignette(f"case-{number}"), "first", 1 + number % 5, 3, "x" * 400)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    for half in (
        whole[: len(whole) // 2],
        whole[:5000],
        whole[:4096] + b"\xff" * (len(whole) - 4096),
    ):
        for old in path.parent.iterdir():
            old.unlink()
        path.write_bytes(half)

        def use():
            again = a_student(path)
            again.judgments()
            again.judge(PLAIN, "first", 2, 3)

        assert refused(use) == (
            f"{path}: the store is damaged. It was left as it is. Move it away and keep it: much can often be saved."
        )
        assert path.read_bytes() == half


def test_a_store_taken_away_while_in_use_is_said(path):
    own = a_student(path)
    own.judge(PLAIN, "first", 2, 3)
    shutil.rmtree(path.parent)
    assert refused(lambda: own.judge(TILES, "first", 2, 3)) == (
        f"{path}: the store cannot be opened. Check that its folder exists and can be written, then try again."
    )
    path.parent.mkdir()
    assert refused(lambda: own.judge(TILES, "first", 2, 3)) == (
        f"{path}: the store was moved or emptied. Put it back, or run the cell again to begin a new one."
    )


JUDGE_MANY = """
import sys
from pathlib import Path
from unittest.mock import Mock
from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store
store = Store(Path(sys.argv[1]))
for n in range(60):
    store.record(Judgment("s", sys.argv[2], f"i{n}", "w", "first", "", 3, 3, "", 0))
"""


@pytest.mark.process
def test_two_processes_that_write_at_once_lose_nothing(path):
    writers = [
        subprocess.Popen([sys.executable, "-c", JUDGE_MANY, path, who]) for who in ("a", "b")
    ]
    assert [w.wait(60) for w in writers] == [0, 0]
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT participant, count(*) FROM judgments GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [("a", 60), ("b", 60)]


# -- whose file -----------------------------------------------------------------------------------------------------


def test_a_students_file_is_in_the_folder_they_chose_else_in_the_systems_own(tmp_path):
    assert home({"BOUNDARIES_HOME": str(tmp_path)}) == tmp_path
    assert home({"BOUNDARIES_HOME": f'"{tmp_path}" '}) == tmp_path  # as Windows keeps it
    assert home({"BOUNDARIES_HOME": "~/answers"}) == Path("~").expanduser() / "answers"
    assert home({}).name == "boundaries"
    tmp_path.chmod(0o755)
    own = student(COURSE, {"BOUNDARIES_HOME": str(tmp_path)})
    assert own.path == tmp_path / "test.sqlite"
    assert own.participant == student(COURSE, {"BOUNDARIES_HOME": str(tmp_path)}).participant
    assert own.judgments() == []
    assert os.name != "posix" or tmp_path.stat().st_mode & 0o077 == 0


def test_who_began_before_codes_opened_otherwise_goes_on_in_that_session(tmp_path):
    environ = {"BOUNDARIES_HOME": str(tmp_path)}
    student(COURSE, environ).judge(PLAIN, "first", 2, 3)
    otherwise = dataclasses.replace(COURSE.course, session="test--codes-last")
    now = dataclasses.replace(COURSE, course=otherwise)
    assert student(now, environ).session == "test"
    Student("test--codes-last", tmp_path / "test.sqlite").judge(PLAIN, "first", 3, 3)
    assert student(now, environ).session == "test--codes-last"


@pytest.mark.parametrize("nowhere", [RuntimeError("could not determine"), Path("~/.local")])
def test_a_computer_that_knows_no_home_is_told_of_a_way_out(monkeypatch, nowhere):
    """A container that runs under a number without a name."""
    monkeypatch.setattr("platformdirs.user_data_path", Mock(side_effect=[nowhere]))
    with pytest.raises(StoreError) as caught:
        student(COURSE, {})
    assert str(caught.value) == (
        "This computer names no home folder for you, so there is no place for your answers. "
        "Name a folder in the environment variable BOUNDARIES_HOME, then start Jupyter again."
    )


def test_the_demo_participant_is_always_the_same_and_has_judged_everything(course):
    demo = student(course, {"BOUNDARIES_DEMO": "1", "BOUNDARIES_HOME": "/nowhere"})
    assert demo.participant == participant_of(course.course.session, "demo")
    items = [*course.vignettes.values(), *course.claims.values()]
    assert demo.done(items) == len(items) == len(demo.judgments())
    assert {(j.phase, j.rating, j.confidence) for j in demo.judgments()} == {("first", 3, 2)}
    assert {j.revision for j in demo.judgments()} == set(range(1, len(items) + 1))
    assert not os.path.exists("/nowhere")


def test_the_demo_participants_folder_goes_when_python_ends(monkeypatch):
    at_the_end = Mock()
    monkeypatch.setattr("atexit.register", at_the_end)
    folder = student(COURSE, {"BOUNDARIES_DEMO": "1"}).path.parent
    (remove, *of), how = at_the_end.call_args
    for _ in range(2):  # nor does it matter whether somebody removed it before
        remove(*of, **how)
        assert not folder.exists()


def test_an_earlier_wording_is_another_judgment_and_stays_stored(path):
    own = a_student(path)
    own.judge(PLAIN, "first", 2, 3)
    newer = dataclasses.replace(PLAIN, wording="newer")
    assert own.judgment(newer, "first") is None
    own.judge(newer, "first", 5, 3)
    assert [r[3] for r in rows(path)] == [2, 5]
    assert (own.judgment(PLAIN, "first").rating, own.judgment(newer, "first").rating) == (2, 5)
