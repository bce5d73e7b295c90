"""From files to a store: rows merged by the rule, nothing lost or doubled, a sentence for whatever was not taken."""

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from itertools import permutations
from pathlib import Path

import pytest
import sqlalchemy as sa
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import content as content_of
from small_content import vignette

from boundaries import cli
from boundaries.answers import submissions
from boundaries.answers.judgments import Judgment, level_of, participant_of
from boundaries.answers.store import Session, Store
from boundaries.answers.submissions import Submission, write
from boundaries.answers.writing_rows import writings_in
from boundaries.answers.writings import Writing
from boundaries.content import Model, Question
from boundaries.errors import RosterError, StoreError
from boundaries.instructor import rehearsal
from boundaries.instructor.collect import collect
from boundaries.instructor.gradebook import graded, write_gradebook
from boundaries.instructor.rehearsal import PLATFORMS, class_of, write_class
from boundaries.instructor.rosters import read_roster
from boundaries.instructor.texts import IDENTIFIERS

SMALL = content_of(vignette("tiles"), vignette("car", levels=("low", "high")))
TWO = Model("two-questions", "Two questions", "Invented.", (Question("who", "?"),))
ALL = "SELECT session, participant, item, wording, phase, level, rating, confidence, reason, revision FROM judgments"
STAYS = (
    "was set aside; what the store held before stays. Ask whose it is, and collect that file alone."
)
COPIED = f"one participant's answers were handed in by more than one student. All of it {STAYS}"


def student(
    token="a",
    rating=2,
    consent=False,
    informed=None,
    revision=1,
    session="test",
    items=("tiles", "car"),
):
    """A submission of an invented student."""
    participant = participant_of(session, token)
    rows = []
    for n, item in enumerate(SMALL.item(name) for name in items):
        level = level_of(participant, item)
        row = Judgment(
            session,
            participant,
            item.id,
            item.wording,
            "first",
            level,
            rating,
            3,
            "Invented.",
            revision + n,
        )
        rows.append(row if rating else replace(row, confidence=None))
        if informed:
            rows.append(
                replace(
                    rows[-1],
                    phase="informed",
                    rating=informed,
                    confidence=3,
                    revision=revision + 10 + n,
                )
            )
    return Submission(
        session, participant, submissions.content_version(SMALL), consent, tuple(rows)
    )


def lay(folder: Path, files: dict[str, Submission | bytes]) -> Path:
    for name, what in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(what if isinstance(what, bytes) else write(what))
    return folder


def troubles(found, folder):
    return [(t.place.replace(f"{folder}/", ""), t.sentence) for t in found]


def held(place):
    rows = [Judgment(*row) for row in place.read(ALL)]
    assert len({r.key for r in rows}) == len(rows)
    return {(r.participant, r.item, r.phase): r for r in rows}


def consents(place):
    return dict(place.read("SELECT participant, consent FROM consents"))


def rows_of(*given):
    return {(r.participant, r.item, r.phase): r for s in given for r in s.judgments}


# -- taking, merging, setting aside --------------------------------------------------------------------------------


def test_a_class_is_collected_and_collecting_again_changes_nothing(place, tmp_path):
    a, b, c = student("a", consent=True), student("b", 5, informed=1), student("c", rating=None)
    folder = lay(
        tmp_path / "in", {"a.json": a, "sub/b.json": b, "notes.txt": b"x", "bad.json": b"{"}
    )
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("c_LATE_1_2_x.json", write(c))
        archive.writestr("slides.pdf", b"")
    found = collect([folder], place.store, SMALL)
    assert held(place) == rows_of(a, b, c)
    assert consents(place) == {a.participant: True, b.participant: False, c.participant: False}
    bad = f"{folder}/bad.json: it is not JSON, or was cut off (line 1). {submissions._AGAIN}"
    assert str(found) == (
        "files: 3\nstudents: 3\njudgments: 8 (8 new, 0 unchanged), 2 of them skips\nlate: 1 (not known of 2)\n"
        f"set aside: 0\nrejected: 1\n  {bad}\nnot a submission: 2\n"
        "no student's name on: 2 files. Whether some are one person's, or one is two people's, cannot be seen."
    )
    again = collect([folder, folder / "a.json"], place.store, SMALL)
    assert again == replace(found, files=4, new=0, unchanged=8, notes=again.notes)
    assert held(place) == rows_of(a, b, c)
    assert place.store.sessions() == [Session("test", "Test", False)]


def test_the_store_holds_no_name_login_or_path(place, tmp_path):
    lay(tmp_path / "in", {"Zebedee Quux_77123_assignsubmission_file/a.json": student()})
    assert collect([tmp_path / "in"], place.store, SMALL).students == 1
    names = "SELECT name FROM sqlite_master" if isinstance(place.where, Path) else (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )  # fmt: skip
    tables = [name for (name,) in place.read(names) if not name.startswith(("sqlite_", "for_"))]
    everything = str([place.read(f"SELECT * FROM {table}") for table in tables])
    assert "Invented." in everything
    assert not any(word in everything for word in ("Zebedee", "Quux", "77123", str(tmp_path)))


def test_a_later_file_of_the_same_student_adds_and_an_older_one_takes_nothing_back(place, tmp_path):
    old, new = student("a", informed=2), student("a", informed=5)
    new = replace(
        new,
        judgments=tuple(
            replace(r, revision=r.revision + (r.phase != "first")) for r in new.judgments
        ),
    )
    folder = lay(tmp_path, {"old.json": old, "new.json": new})
    for order in (["old.json", "new.json"], ["new.json", "old.json"]):
        for name in order:
            assert collect([folder / name], place.store, SMALL).set_aside == ()
        assert held(place) == rows_of(new)


def test_locked_first_judgments_that_differ_set_all_of_the_participant_aside_in_any_order(
    place, tmp_path
):
    one, other, third = student("a", 2), student("a", 4), student("b", 3)
    folder = lay(tmp_path, {"1.json": one, "2.json": other, "3.json": third})
    for order in permutations(["1.json", "2.json", "3.json"]):
        found = collect([folder / name for name in order], place.store, SMALL)
        assert held(place) == rows_of(third)
        assert consents(place) == {third.participant: False}
        both = " and ".join(name for name in order if name != "3.json")
        why = f"locked first judgments of one participant differ, such as that of 'car'. All of it {STAYS}"
        assert troubles(found.set_aside, folder) == [(both, why)]
        assert (found.files, found.students) == (3, 1)


def test_a_first_judgment_that_contradicts_the_store_is_left_out_whole(place, tmp_path):
    before, after = (
        student("a", 2, consent=False, items=("tiles",)),
        student("a", 4, consent=True, informed=5),
    )
    folder = lay(tmp_path, {"1.json": before, "2.json": after, "3.json": student("b")})
    collect([folder / "1.json"], place.store, SMALL)
    found = collect([folder / "2.json", folder / "3.json"], place.store, SMALL)
    why = f"its locked first judgment of 'tiles' differs from the one collected before. It {STAYS}"
    assert troubles(found.set_aside, folder) == [("2.json", why)]
    assert held(place) == rows_of(before, student("b"))
    assert consents(place)[before.participant] in (False, 0)
    assert (found.students, found.new, found.unchanged) == (1, 2, 0)


CANVAS = ("anna_11_900_a.json", "bert_12_901_a.json")
MOODLE = ("Anna A_11_assignsubmission_file/a.json", "Bert B_12_assignsubmission_file/a.json")
BLACKBOARD = (
    "HW1_x_anna_attempt_2026-10-01-12-00-00_a.json",
    "HW1_y_anna_attempt_2026-10-01-12-00-00_a.json",
)
BRIGHTSPACE = (
    "11-1 - Anna - Oct 1, 2026 1200 PM/a.json",
    "12-1 - Bert - Oct 1, 2026 1200 PM/a.json",
)
CLASSROOM = ("Anna A/a.json", "Bert B/a.json")
DISGUISED = ("anna_11_900_a.json", "bert_12_901_x_99_assignsubmission_file_a.json")


AS_ANNA = ("anna_11_900_a.json", "bert_12_901_x_11_assignsubmission_file_a.json")


@pytest.mark.parametrize(
    "names", [CANVAS, MOODLE, BLACKBOARD, BRIGHTSPACE, CLASSROOM, DISGUISED, AS_ANNA]
)
def test_one_file_handed_in_by_two_students_is_set_aside(fresh_store, tmp_path, names):
    folder = lay(tmp_path / "in", dict.fromkeys(names, student()))
    found = collect([folder], fresh_store, SMALL)
    assert sorted(troubles(found.set_aside, folder)[0][0].split(" and ")) == sorted(names)
    assert [t.sentence for t in found.set_aside] == [COPIED]
    assert fresh_store.people("test") == 0


@pytest.mark.parametrize(
    "names",
    [
        ("anna_11_900_a.json", "again/anna_11_905_a-1.json"),
        (
            "week1/Anna A_11_assignsubmission_file/a.json",
            "week2/Anna A_57_assignsubmission_file/a.json",
        ),
        (
            "w1/HW1_anna_attempt_2026-10-01-12-00-00_a.json",
            "w2/HW2_anna_attempt_2026-10-08-12-00-00_a.json",
        ),
        ("anna_11_900_a.json", "loose.json"),
        ("anna_11_900_a.json", "x/Anna A_57_assignsubmission_file/a.json"),
    ],
)
def test_one_student_who_hands_in_twice_is_no_copy(fresh_store, tmp_path, names):
    folder = lay(tmp_path / "in", dict.fromkeys(names, student()))
    found = collect([folder], fresh_store, SMALL)
    assert (found.files, found.students, found.set_aside) == (2, 1, ())


def test_folders_of_weeks_are_not_taken_for_students(fresh_store, tmp_path):
    names = [f"{week}/{who}.json" for week in ("week1", "week2") for who in "ab"]
    folder = lay(tmp_path / "in", {name: student(name[-6]) for name in names})
    found = collect([folder], fresh_store, SMALL)
    assert (found.files, found.students, found.set_aside) == (4, 2, ())


def test_the_newer_answer_on_research_counts_and_of_equally_new_ones_no(place, tmp_path):
    def files(**said):
        return lay(
            tmp_path, {f"{name}.json": student("a", 2, *what) for name, what in said.items()}
        )

    folder = files(yes=(True,), no=(False,))
    newer = student("a", 2, True, informed=3)
    lay(tmp_path, {"newer.json": newer})
    for given_files, expected in [
        (["yes"], True), (["no"], False), (["yes"], False), (["no", "yes"], False), (["newer"], True), (["no"], True),
    ]:  # fmt: skip
        collect([folder / f"{name}.json" for name in given_files], place.store, SMALL)
        assert bool(consents(place)[newer.participant]) is expected
        assert place.store.consent("test", newer.participant) is expected


def test_only_the_session_asked_for_is_taken_and_sessions_stay_apart(fresh_store, tmp_path):
    folder = lay(tmp_path, {"a.json": student("a"), "b.json": student("a", session="last-year")})
    found = collect([folder], fresh_store, SMALL, session="test")
    assert troubles(found.rejected, folder) == [
        (
            "b.json",
            "it is of the session 'last-year', not of 'test'. Sessions are never added together.",
        )
    ]
    assert collect([folder], fresh_store, SMALL).students == 2
    assert [s.id for s in fresh_store.sessions()] == ["last-year", "test"]


def test_invented_files_are_marked_and_real_ones_never_join_an_invented_session(
    fresh_store, tmp_path
):
    folder = lay(
        tmp_path, {"a.json": student(session="invented-7"), "b.json": student(session="test")}
    )
    fresh_store.describe(Session("test", "Made up", invented=True))
    collect([folder / "a.json"], fresh_store, SMALL)
    assert fresh_store.sessions()[0] == Session("invented-7", "Invented class invented-7", True)
    with pytest.raises(StoreError) as caught:
        collect([folder / "b.json"], fresh_store, SMALL)
    assert str(caught.value) == (
        f"{fresh_store.where}: session 'test' holds invented answers, so real ones cannot be added. "
        "Use another store or another session id."
    )


def test_a_long_list_of_troubles_is_cut_in_text_only(fresh_store, tmp_path):
    found = collect([lay(tmp_path, {f"{n:03}.json": b"{" for n in range(45)})], fresh_store, SMALL)
    assert len(found.rejected) == 45
    assert str(found).count("not JSON") == 40
    assert "\n  … and 5 more\n" in str(found)


# -- the roster ----------------------------------------------------------------------------------------------------


def gradebook(path):
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def test_a_gradebook_says_handed_in_late_and_complete_and_nothing_else(fresh_store, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text(
        'Student,ID,SIS Login ID,Section\n    Points Possible,,,\n"A, Anna",11,a,1\n"B, Bert",12,b,1\n'
        '"C, Cleo",13,c,1\n"D, Dora",14,d,1\n"E, Emil",15,e,1\n',
        encoding="utf-8-sig",
    )
    folder = lay(tmp_path / "in", {
        "aanna_11_900_x.json": student("a", rating=None),  # skips count as answered
        "bbert_LATE_12_901_x.json": student("b", items=("tiles",)),
        "ccleo_LATE_13_902_x.json": student("c"),
        "ccleo_13_903_x.json": student("c"),
        "eemil_15_904_x.json": b"{",
        "ffred_99_905_x.json": student("f"),
        "loose.json": student("g"),
    })  # fmt: skip
    found = collect([folder], fresh_store, SMALL, roster=roster)
    assert found.gradebook == tmp_path / "roster-handed-in.csv"
    assert gradebook(found.gradebook) == [
        ["ID", "handed in", "late", "complete"],
        ["11", "yes", "no", "yes"],
        ["12", "yes", "yes", "no"],
        ["13", "yes", "no", "yes"],
        ["14", "unknown", "", "unknown"],  # the file that names nobody may be theirs
        ["15", "unknown", "", "unknown"],
    ]
    assert found.unmatched == (str(folder / "loose.json"), "ffred")
    assert (
        f"gradebook: {found.gradebook}\nnot found in the roster: 2\n  {folder / 'loose.json'}\n  ffred\n"
        in str(found)
    )
    assert (
        "rows of the gradebook that say unknown: 2. Something came that was not read, or whose student the roster "
        "does not tell; it may be theirs." in found.notes
    )
    (folder / "loose.json").unlink()
    collect([folder], fresh_store, SMALL, roster=roster)
    assert gradebook(found.gradebook)[4:] == [["14", "no", "", "no"], ["15", "no", "", "no"]]


def test_complete_means_the_assignments_types_only(fresh_store, tmp_path):
    two = content_of(vignette("tiles", "business"), vignette("car", "gifts"))
    roster = tmp_path / "r.csv"
    roster.write_text("ID\n11\n", encoding="utf-8")
    lay(tmp_path, {"anna_11_900_x.json": student("a", items=("tiles",))})
    for types, complete in (((), "no"), (("business",), "yes"), (("gifts",), "no")):
        content = replace(two, course=replace(two.course, types=types))
        collect([tmp_path / "anna_11_900_x.json"], fresh_store, content, roster=roster)
        assert gradebook(tmp_path / "r-handed-in.csv")[1][3] == complete


@pytest.mark.parametrize(
    ("heading", "line", "file", "identifier"),
    [
        ("Identifier,Full name", "Participant 11,Anna A", "Anna A_11_assignsubmission_file/a.json", "Participant 11"),
        ("Identifier,Status", "Teilnehmer/in11,-", "Participant_11_assignsubmission_file/a.json", "Teilnehmer/in11"),
        ("First name\tSurname\tEmail address", "Zoë\tvan Berg\tz@example.invalid",
         "zoe Van  Berg_11_assignsubmission_file/a.json", "z@example.invalid"),
        ("Vorname;ID number;Full name", "x;0011;Zoë Berg", "Zoë Berg_11_assignsubmission_file/a.json", "0011"),
        ("Last Name,First Name,Username", "A,Anna,a_nna", "HW_1_a_nna_attempt_2026-10-01-12-00-00_f.json", "a_nna"),
        ("OrgDefinedId,Last Name,First Name", "#11,Berg,Anna", "5-6 - Anna Berg - Oct 1, 2026 1200 PM/f.json", "#11"),
        ("Student,ID", '"Berg, Anna",11', "Anna Berg - f.json", "11"),
    ],
)  # fmt: skip
def test_the_platforms_own_identifier_is_found(
    fresh_store, tmp_path, heading, line, file, identifier
):
    roster = tmp_path / "r.csv"
    encoding = "utf-16" if "\t" in heading else "cp1252" if ";" in heading else "utf-8"
    roster.write_text(f"{heading}\n{line}\n", encoding=encoding)
    found = collect([lay(tmp_path / "in", {file: student()})], fresh_store, SMALL, roster=roster)
    assert found.unmatched == ()
    assert [row[:2] for row in gradebook(found.gradebook)[1:]] == [[identifier, "yes"]]


def test_two_of_one_name_are_not_guessed(fresh_store, tmp_path):
    roster = tmp_path / "r.csv"
    roster.write_text("Email address,Full name\na@x,Anna A\nb@x,Anna A\n", encoding="utf-8")
    found = collect(
        [lay(tmp_path / "in", {MOODLE[0]: student()})], fresh_store, SMALL, roster=roster
    )
    assert found.unmatched == ("Anna A",)
    assert [row[1] for row in gradebook(found.gradebook)[1:]] == ["unknown", "unknown"]


def written(roster: Path) -> list[list[str]]:
    """The gradebook of a class from whom nothing came."""
    listed = read_roster(roster)
    target = roster.with_name("g.csv")
    write_gradebook(target, listed, graded(listed, []))
    return gradebook(target)


def test_no_cell_of_a_gradebook_is_a_formula(tmp_path):
    cells = ["=1+1", "+1", "-1", "@x", "a=1", "#5"]
    (tmp_path / "r.csv").write_text("ID\n" + "\n".join(cells), encoding="utf-8")
    guarded = [*(f"'{cell}" for cell in cells[:4]), "a=1", "#5"]
    assert [row[0] for row in written(tmp_path / "r.csv")[1:]] == guarded


def test_a_roster_that_cannot_be_used_is_said_before_anything_is_stored(fresh_store, tmp_path):
    lay(
        tmp_path,
        {
            "a.json": student(),
            "r.csv": b"Student,Section\nA,1\n",
            "ok.csv": b"ID\n1\n",
            "nul.csv": b"",
        },
    )
    columns = ", ".join(IDENTIFIERS)
    none = (
        f"no column identifies a student. Allowed: {columns}, and the same in German, Spanish, French, Italian, "
        "Portuguese, Dutch and Polish. Export the roster or the gradebook from your platform as CSV, with the line "
        "of headings."
    )
    for name, more, sentence in [
        ("r.csv", {}, f"{tmp_path / 'r.csv'}: {none}"),
        ("nul.csv", {}, f"{tmp_path / 'nul.csv'}: {none}"),
        ("no.csv", {},
         f"{tmp_path / 'no.csv'}: the roster cannot be read (No such file or directory). Check the path."),
        ("ok.csv", {"gradebook": tmp_path / "ok.csv"},
         f"{tmp_path / 'ok.csv'}: this is the roster itself. Give the gradebook another name."),
    ]:  # fmt: skip
        with pytest.raises(RosterError) as caught:
            collect([tmp_path / "a.json"], fresh_store, SMALL, roster=tmp_path / name, **more)
        assert str(caught.value) == sentence
        assert fresh_store.sessions() == []
    with pytest.raises(RosterError) as caught:
        collect(
            [tmp_path / "a.json"],
            fresh_store,
            SMALL,
            roster=tmp_path / "ok.csv",
            gradebook=tmp_path / "no/g.csv",
        )
    assert str(caught.value) == (
        f"{tmp_path / 'no/g.csv'}: the gradebook cannot be written (No such file or directory). Choose another path."
    )
    assert fresh_store.sessions() == []
    assert not (tmp_path / "ok-handed-in.csv").exists()


@examples(150)
@given(
    data=st.binary(max_size=300)
    | st.text(max_size=200).map(lambda t: f"ID,Username\n{t}".encode("utf-8", "replace"))
)
def test_no_roster_gives_a_traceback(tmp_path, data):
    (tmp_path / "r.csv").write_bytes(data)
    try:
        lines = written(tmp_path / "r.csv")
    except RosterError:
        return
    assert all(row and row[0][:1] not in ("=", "+", "-", "@", "\t", "\r") for row in lines)


# -- an invented class, there and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("layout", PLATFORMS)
@pytest.mark.parametrize("wrapped", [False, True], ids=["zip", "zip in zip"])
def test_an_invented_class_comes_back_as_it_was_made(
    course, fresh_store, tmp_path, layout, wrapped
):
    made = write_class(course, tmp_path / "files", layout, students=12, seed=3)
    path = made.archive
    if wrapped:
        path = tmp_path / "outer.zip"
        with zipfile.ZipFile(path, "w") as outer:
            outer.write(made.archive, "inner.zip")
    found = collect(
        [path], fresh_store, course, roster=made.roster, due=datetime.fromisoformat(rehearsal.DUE)
    )
    truth = list(class_of(course, students=12, seed=3, session="invented-3"))
    assert {
        (r.participant, r.item, r.phase): r for r in fresh_store.judgments("invented-3")
    } == rows_of(*truth)
    assert all(fresh_store.consent("invented-3", one.participant) == one.consent for one in truth)
    assert (found.students, found.new, found.skips, found.late) == (
        12,
        made.judgments,
        made.skips,
        made.late,
    )
    assert (found.set_aside, found.rejected, found.unmatched) == ((), (), ())
    assert found.other > 0
    assert made.late >= (layout != "moodle")
    lines = gradebook(found.gradebook)[1:]
    assert [row[1] for row in lines] == ["yes"] * 12
    assert sum(row[2] == "yes" for row in lines) == made.late
    assert [s.invented for s in fresh_store.sessions()] == [True]


def test_the_same_seed_gives_the_same_archive_and_a_real_sessions_name_is_refused(tmp_path):
    one, two = (write_class(SMALL, tmp_path / x, "canvas", students=3, seed=1) for x in "ab")
    assert one.archive.read_bytes() == two.archive.read_bytes()
    with pytest.raises(RosterError) as caught:
        write_class(SMALL, tmp_path, "canvas", students=3, seed=1, session="ethics")
    assert str(caught.value) == (
        "'ethics' does not say that this class is invented, and the files say nothing else. "
        "Choose an id that begins with 'invented', such as 'invented-1'."
    )


# -- a run that dies, a disk that fills, two at once ---------------------------------------------------------------

COLLECTING = """
import sys
from boundaries.instructor import collect
from boundaries.content import load
from boundaries.answers.store import Store
collect._BATCH = 5
print("begun", flush=True)
collect.collect([sys.argv[1]], Store(sys.argv[2]), load())
print("done", flush=True)
"""


def whole(path, truth):
    """How many submissions a store holds, each of them whole, its answer on research too."""
    store = Store(path)
    people = {j.participant for j in store.judgments("invented-4")}
    expected = {one.participant: one for one in truth}
    for person in people:
        assert {j.key for j in store.judgments("invented-4", person)} == {
            j.key for j in expected[person].judgments
        }
        assert store.consent("invented-4", person) == expected[person].consent
    return len(people)


@pytest.mark.process
def test_a_killed_run_leaves_whole_submissions_and_running_again_completes(course, tmp_path):
    made = write_class(course, tmp_path, "canvas", students=40, seed=4)
    truth = list(class_of(course, students=40, seed=4, session="invented-4"))
    left = []
    for number in range(3):
        path = tmp_path / f"{number}.sqlite"
        run = subprocess.Popen(
            [sys.executable, "-c", COLLECTING, made.archive, path], stdout=subprocess.PIPE
        )
        assert run.stdout.readline() == b"begun\n"
        until = time.monotonic() + 20
        while time.monotonic() < until and not (path.exists() and Path(f"{path}-wal").exists()):
            time.sleep(0.002)
        if number:
            with closing(sa.create_engine(f"sqlite:///{path}").connect()) as connection:
                while time.monotonic() < until:
                    try:
                        query = "SELECT count(DISTINCT participant) FROM judgments"
                        if connection.exec_driver_sql(query).scalar() >= 8 * number:
                            break
                    except sa.exc.OperationalError:
                        pass
                    connection.rollback()
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        run.stdout.close()
        left.append(whole(path, truth))
        found = collect([made.archive], Store(path), course)
        assert found.students == 40
        assert found.new + found.unchanged == made.judgments
        assert whole(path, truth) == 40
    assert any(0 < n < 40 for n in left), left


def test_a_full_disk_leaves_whole_submissions_says_so_and_running_again_completes(
    course, tmp_path, monkeypatch
):
    monkeypatch.setattr("boundaries.instructor.collect._BATCH", 4)
    made = write_class(course, tmp_path, "canvas", students=30, seed=4)
    truth = list(class_of(course, students=30, seed=4, session="invented-4"))
    path = tmp_path / "class.sqlite"
    small = Store(path)
    sa.event.listen(
        small._engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA max_page_count=400"),
    )
    with pytest.raises(StoreError) as caught:
        collect([made.archive], small, course)
    assert (
        str(caught.value)
        == f"{path}: the disk is full, so nothing was stored. Free some space, then try again."
    )
    assert 0 < whole(path, truth) < 30
    assert collect([made.archive], Store(path), course).students == 30
    assert whole(path, truth) == 30


def test_two_collections_at_once_lose_and_double_nothing(place, tmp_path, monkeypatch):
    monkeypatch.setattr("boundaries.instructor.collect._BATCH", 3)
    people = [student(str(n), 1 + n % 5, informed=2, consent=n % 2 == 0) for n in range(30)]
    folders = [
        lay(tmp_path / str(k), {f"{n}.json": p for n, p in enumerate(people) if n % 3 != k})
        for k in range(3)
    ]
    place.open()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda folder: collect([folder], place.open(), SMALL), folders))
    assert held(place) == rows_of(*people)
    assert {p: bool(c) for p, c in consents(place).items()} == {
        s.participant: s.consent for s in people
    }
    assert sum(f.new for f in found) == len(rows_of(*people))
    assert all(f.set_aside == () for f in found)


def test_of_two_at_once_that_contradict_each_other_one_is_whole_and_the_other_set_aside(
    place, tmp_path, monkeypatch
):
    monkeypatch.setattr("boundaries.instructor.collect._BATCH", 2)
    sides = [
        [student(str(n), rating, informed=rating, revision=1 + n % 2) for n in range(12)]
        for rating in (2, 4)
    ]
    folders = [
        lay(tmp_path / str(k), {f"{n}.json": p for n, p in enumerate(s)})
        for k, s in enumerate(sides)
    ]
    place.open()
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda folder: collect([folder], place.open(), SMALL), folders))
    rows = held(place)
    for a, b in zip(*sides, strict=True):
        kept = {key: row for key, row in rows.items() if key[0] == a.participant}
        assert kept in (rows_of(a), rows_of(b))
    assert sum(len(f.set_aside) for f in found) == 12
    assert sum(f.students for f in found) == 12


MEMORY = """
import sys
from boundaries.instructor.collect import collect
from boundaries.content import load
from boundaries.answers.store import Store
for path in sys.argv[1:]:
    store, course = Store(path + ".sqlite"), load()
    students = collect([path], store, course).students
    # not getrusage: its peak is inherited from the test runner that started this process
    print(students, open("/proc/self/status", encoding="utf-8").read().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.long  # three hundred are collected in every run
def test_a_class_of_two_thousand_stays_below_300_megabytes(course, tmp_path):
    """A small class, then a larger one: what each more student costs, reckoned up to two thousand."""
    for students in (300, 600):  # a whole batch more waits while one is stored
        everybody = class_of(course, students=students, seed=1, session="invented-1")
        with zipfile.ZipFile(tmp_path / f"{students}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for n, one in enumerate(everybody):
                archive.writestr(f"{n}.json", write(one))
    command = [sys.executable, "-c", MEMORY, *(tmp_path / f"{n}.zip" for n in (300, 600))]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    (n, small), (m, large) = [map(int, line.split()) for line in done.stdout.splitlines()]
    assert [n, m] == [300, 600]
    each = (large - small) / 300
    print(f"{large // 1024} MB for 600 students, {each:.1f} kB for each more")
    assert large + each * 1400 < 300_000


# -- the commands --------------------------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = cli.main([str(a) for a in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_commands_rehearse_a_class_from_files_to_forgetting(capsys, tmp_path, course):
    store, folder = tmp_path / "class.sqlite", tmp_path / "files"
    code, out, _ = run(
        capsys, "simulate", "--students", 6, "--seed", 7, "--into", folder, "--layout", "blackboard"
    )
    archive, roster = folder / "invented-7-blackboard.zip", folder / "invented-7-roster.csv"
    truth = list(class_of(course, students=6, seed=7, session="invented-7"))
    n, skips = (
        sum(len(s.judgments) for s in truth),
        sum(r.skipped for s in truth for r in s.judgments),
    )
    late = int(out.split("late: ")[1].split(".")[0])
    command = f"collect {archive} --into STORE --session invented-7 --roster {roster} --due '2026-10-01 12:00'"
    assert (code, out) == (0, (
        f"An invented class of 6 students is in {archive}, its roster in {roster}.\n"
        f"Once collected, a store must hold of session 'invented-7': 6 students, {n:,} judgments, {skips} of them "
        f"skips; late: {late}.\nCollect it: python -m boundaries {command}\n"
    ))  # fmt: skip
    words = (
        command.replace("STORE", str(store))
        .replace("'2026-10-01 12:00'", "2026-10-01T12:00")
        .split()
    )
    code, out, _ = run(capsys, *words)
    assert (code, out) == (0, (
        f"files: 6\nstudents: 6\njudgments: {n:,} ({n:,} new, 0 unchanged), {skips} of them skips\nlate: {late}\n"
        "set aside: 0\nrejected: 0\nnot a submission: 6\n"
        f"gradebook: {folder / 'invented-7-roster-handed-in.csv'}\n"
    ))  # fmt: skip
    gone = truth[0].participant
    code, out, _ = run(capsys, "forget", store, "--participant", gone)
    assert (code, out) == (0, (
        f"{len(truth[0].judgments)} judgments were removed. "
        "Delete the student's file too, or collecting it brings them back.\n"
    ))  # fmt: skip
    left = Store(store)
    assert left.judgments("invented-7", gone) == []
    assert left.people("invented-7") == 5
    assert all(gone.encode() not in path.read_bytes() for path in tmp_path.glob("class.sqlite*"))
    code, _, err = run(capsys, "forget", store, "--participant", gone)
    assert (code, err) == (1, f"{store}: no judgment of this participant is here. Check the key.\n")


def test_forgetting_leaves_nothing_of_one_and_all_of_the_others(place, tmp_path):
    collect(
        [lay(tmp_path, {"a.json": student("a", consent=True), "b.json": student("b")})],
        place.store,
        SMALL,
    )
    assert place.store.forget("test", student("a").participant) == 2
    assert held(place) == rows_of(student("b"))
    assert list(consents(place)) == [student("b").participant]


def test_what_is_forgotten_is_not_left_in_the_file_or_its_log(tmp_path):
    path = tmp_path / "class.sqlite"
    store = Store(path)
    collect([lay(tmp_path, {"a.json": student("a"), "b.json": student("b")})], store, SMALL)
    sa.event.listen(
        store._engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA secure_delete=OFF"),
    )
    with closing(
        sqlite3.connect(path)
    ) as other:  # another program has the store open, so the log stays
        other.execute("SELECT count(*) FROM judgments").fetchall()
        assert store.forget("test", student("a").participant) == 2
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("class.sqlite*"))
    assert student("b").participant.encode() in kept
    assert student("a").participant.encode() not in kept


def test_what_another_program_still_reads_is_not_said_to_be_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("boundaries.answers.databases.PATIENCE", 0.1)
    path, gone = tmp_path / "class.sqlite", student("a").participant
    store = Store(path)
    collect([lay(tmp_path, {"a.json": student("a"), "b.json": student("b")})], store, SMALL)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")  # a report, say: it reads the store as it was when it began
        other.execute("SELECT count(*) FROM judgments").fetchall()
        with pytest.raises(StoreError) as error:
            store.forget("test", gone)
    assert str(error.value) == (
        f"{path}: the answers were removed, but another program is reading the store, so old copies of them may "
        "still lie in its files. End that program, then forget this participant once more."
    )
    assert store.judgments("test", gone) == []
    assert store.forget("test", gone) == 0
    assert gone.encode() not in b"".join(f.read_bytes() for f in tmp_path.glob("class.sqlite*"))


def test_the_exit_code_is_1_only_where_nothing_was_collected_or_the_store_failed(
    capsys, tmp_path, course
):
    one = next(class_of(course, students=1, seed=1, session=course.course.session))
    lay(tmp_path / "in", {"good.json": one, "bad.json": b"{"})
    store = tmp_path / "s.sqlite"
    code, out, _ = run(capsys, "collect", tmp_path / "in", "--into", store)
    assert code == 0
    assert f"rejected: 1\n  {tmp_path}/in/bad.json: it is not JSON" in out
    assert run(capsys, "collect", tmp_path / "in", "--into", store)[0] == 0
    assert run(capsys, "collect", tmp_path / "in" / "bad.json", "--into", store)[0] == 1
    assert run(capsys, "collect", tmp_path / "nothing", "--into", store)[0] == 1
    (tmp_path / "bad.sqlite").write_text(
        "no database at all, but long enough to be looked at " * 20, encoding="utf-8"
    )
    code, _, err = run(capsys, "collect", tmp_path / "in", "--into", tmp_path / "bad.sqlite")
    assert code == 1
    assert err.startswith(f"{tmp_path / 'bad.sqlite'}: this file is not a store.")


@pytest.mark.parametrize("when", ["tomorrow", "2026-10-01T12:00+02:00"])
def test_a_date_that_is_none_is_said(capsys, when):
    assert cli.main(["collect", "x", "--into", "y", "--due", when]) == 2
    assert capsys.readouterr().err == (
        f"python -m boundaries collect: --due: {when!r} is not a date and time of the platform, "
        "as in '2026-10-01 12:00'. `python -m boundaries collect --help` says more.\n"
    )


def test_a_retention_date_that_has_passed_is_said(tmp_path, capsys, monkeypatch):
    course = replace(SMALL.course, keep_until="2027-03-31")
    assert course.overdue(date(2027, 3, 31)) == ""
    assert SMALL.course.overdue(date(2100, 1, 1)) == ""
    sentence = (
        "The answers of 'test' were to be kept until 2027-03-31, which has passed. Delete the store and the files "
        "that were handed in, or set another date as keep_until in course.toml."
    )
    assert course.overdue(date(2027, 4, 1)) == sentence
    lay(tmp_path, {"a.json": student()})
    for keep_until, said in (
        ("2999-12-31", ""),
        ("2020-01-31", sentence.replace("2027-03-31", "2020-01-31") + "\n"),
    ):
        course = replace(SMALL.course, keep_until=keep_until)
        monkeypatch.setattr("boundaries.cli.desk.load", lambda c=course: replace(SMALL, course=c))
        code, _, err = run(capsys, "collect", tmp_path / "a.json", "--into", tmp_path / "s.sqlite")
        assert (code, err) == (0, said)


def test_what_was_written_is_collected_in_any_order_and_not_of_those_set_aside(place, tmp_path):
    question = "two-questions/who"
    course = replace(SMALL, models={"two-questions": TWO})
    old = replace(student("a"), writings=(Writing("tiles", question, "old", 1),))
    new = replace(student("a"), writings=(Writing("tiles", question, "new", 7),))
    other = replace(student("a", 5), writings=(Writing("tiles", question, "contradicts", 9),))
    for files in ([new], [old], [other], [new, old]):
        folder = lay(tmp_path / "in", {f"{n}.json": file for n, file in enumerate(files)})
        collect([folder], place.store, course)
        shutil.rmtree(folder)
    kept = writings_in(place.store, new.session)
    assert kept == {(new.session, new.participant): list(new.writings)}
