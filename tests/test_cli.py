"""The commands: what they do, what they print, and the exit code."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store
from boundaries.cli import main
from boundaries.content import check

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(capsys):
    """run(command, …): exit code, what was printed, what was printed as an error."""

    def go(*words):
        capsys.readouterr()
        code = main([str(w) for w in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


@pytest.fixture
def data(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path / "data"


def refused(capsys, *words):
    with pytest.raises(SystemExit) as caught:
        main([str(w) for w in words])
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


# -- check -----------------------------------------------------------------------------------------------------


def test_check_prints_the_report_and_fails_if_there_is_a_fault(run, data):
    check.lock(data)
    assert run("check", "--data", data) == (bool(check.faults(data)), f"{check.report(data)}\n", "")
    (data / "types.toml").write_text("types = 3", encoding="utf-8")
    code, out, err = run("check", "--data", data)
    assert (code, out, err) == (1, f"{check.report(data)}\n", "")
    assert "types.toml" in out


def test_check_with_lock_names_what_it_locked(run, data):
    check.lock(data)
    lock = data / "wordings.lock"
    before = lock.read_text(encoding="utf-8")
    *others, last = before.splitlines(keepends=True)
    lock.write_text("".join(others), encoding="utf-8")
    code, out, _ = run("check", "--lock", "--data", data)
    assert out == f"locked: {last.strip()}\n{check.report(data)}\n"
    assert code == bool(check.faults(data))
    assert lock.read_text(encoding="utf-8") == before
    assert "locked: " not in run("check", "--lock", "--data", data)[1]


# -- simulate ---------------------------------------------------------------------------------------------------


def test_simulate_makes_an_invented_class_once(run, tmp_path):
    path = tmp_path / "class.sqlite"
    code, out, err = run("simulate", "--students", 5, "--into", path)
    with closing(sqlite3.connect(path)) as connection:
        (n,) = connection.execute("SELECT count(*) FROM judgments").fetchone()
        sessions = connection.execute("SELECT session, title, invented FROM sessions").fetchall()
    assert sessions == [("invented-7", "Invented class of 5", 1)]
    assert n > 100
    assert (code, err) == (0, "")
    made = f"An invented class of 5 students is in {path}, session 'invented-7': "
    assert out == f"{made}{n:,} judgments new, 0 there already.\n"
    assert (
        run("simulate", "--students", 5, "--into", path)[1]
        == f"{made}0 judgments new, {n:,} there already.\n"
    )


def test_simulate_into_another_session_seed_and_mode(run, tmp_path):
    path = tmp_path / "class.sqlite"
    code, out, _ = run(
        "simulate",
        "--students",
        1,
        "--seed",
        3,
        "--session",
        "rehearsal",
        "--mode",
        "lecture",
        "--into",
        path,
    )
    assert code == 0
    assert "session 'rehearsal'" in out
    assert {j.phase for j in Store(path).judgments("rehearsal")} == {
        "first",
        "discussed",
        "informed",
    }


def test_simulate_never_adds_to_real_answers(run, tmp_path):
    path = tmp_path / "own.sqlite"
    Store(path).record(Judgment("own-study", "p", "tiles", "w", "first", "", 2, 3, "", 0))
    code, out, err = run("simulate", "--into", path, "--session", "own-study")
    assert (code, out) == (1, "")
    assert err == (
        f"{path}: session 'own-study' holds real answers, so invented ones cannot be added. "
        "Use another store or another session id.\n"
    )
    assert len(Store(path).judgments("own-study")) == 1


def test_simulate_into_a_place_that_is_none_is_said(run, tmp_path):
    assert run("simulate", "--into", tmp_path) == (
        1,
        "",
        f"{tmp_path}: the store cannot be opened. Check that its folder exists and can be written, then try again.\n",
    )


def test_simulate_prints_no_password(run, postgres):
    url = postgres.set(password="secret").render_as_string(hide_password=False)
    code, out, err = run("simulate", "--students", 1, "--into", url, "--session", "no-password")
    assert (code, err) == (0, "")
    assert "secret" not in out
    assert "postgres:***@" in out


@pytest.mark.parametrize("students", ["0", "-1", "many", "1000001", "1.5", "²"])
def test_simulate_with_a_strange_number_of_students_is_refused(capsys, tmp_path, students):
    said = refused(capsys, "simulate", f"--students={students}", "--into", tmp_path / "x.sqlite")
    assert said == (
        "python -m boundaries simulate: error: argument --students: "
        f"{students!r} is not a number of students. Give 1 to 1000000."
    )
    assert list(tmp_path.iterdir()) == []


# -- sample, course and student ---------------------------------------------------------------------------------------


def test_sample_writes_the_invented_class_of_the_content(run, data, monkeypatch):
    monkeypatch.setenv("BOUNDARIES_DATA", str(data))
    for old in (data / "sample-class").iterdir():
        old.unlink()
    code, out, _ = run("sample")
    assert code == 0
    assert sorted(out.split()) == sorted(str(p) for p in (data / "sample-class").iterdir())
    assert len(out.split()) == 4


def test_course_lays_out_the_students_copy_and_says_what_it_kept(run, tmp_path):
    course = tmp_path / "course"
    assert run("course", "--notebooks", ROOT / "notebooks", "--into", course) == (0, "", "")
    names = sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(p.name for p in course.glob("*.ipynb")) == names
    first = course / names[0]
    first.write_text(json.dumps({"cells": []}), encoding="utf-8")
    assert run("course", "--notebooks", ROOT / "notebooks", "--into", course) == (
        0,
        f"{first}: kept as you left it. Rename it to get this course's present version.\n",
        "",
    )


def test_course_and_student_without_notebooks_are_said(run, tmp_path):
    said = f"{tmp_path}: no notebooks here. Run this in the course's own folder, or name the right one.\n"
    assert run("course", "--notebooks", tmp_path, "--into", tmp_path / "course") == (1, "", said)
    said = said.replace(":", "/notebooks:", 1)
    assert run("student", "--root", tmp_path, "--into", tmp_path / "x.zip") == (1, "", said)


@pytest.mark.parametrize("command", ["course", "student"])
def test_a_place_that_cannot_be_written_is_said(run, tmp_path, command):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    from_where = {"course": ("--notebooks", ROOT / "notebooks"), "student": ("--root", ROOT)}[
        command
    ]
    into = tmp_path / "taken" / "x"
    said = f"{into}: Not a directory" if command == "course" else f"{into.parent}: File exists"
    assert run(command, *from_where, "--into", into) == (
        1,
        "",
        f"{said}. Choose another place, then try again.\n",
    )


def test_student_packs_the_zip(run, tmp_path):
    target = tmp_path / "dist" / "x.zip"
    assert run("student", "--root", ROOT, "--into", target) == (
        0,
        f"The students' course is in {target}.\n",
        "",
    )
    assert target.stat().st_size > 10_000


# -- the program ---------------------------------------------------------------------------------------------------


def test_no_command_an_unknown_one_and_a_missing_store_are_refused(capsys):
    start = "python -m boundaries: error: "
    assert refused(capsys) == f"{start}the following arguments are required: command"
    assert refused(capsys, "chek").startswith(
        f"{start}argument command: invalid choice: 'chek' (choose from "
    )
    assert refused(capsys, "simulate") == (
        "python -m boundaries simulate: error: the following arguments are required: --into"
    )


def test_the_program_runs_as_a_module_and_hands_on_its_exit_code(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "boundaries", "student", "--root", tmp_path],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("Run this in the course's own folder, or name the right one.\n")
