"""The commands: what they do, what they print, and the exit code."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import boundaries
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
    assert main([str(w) for w in words]) == 2
    return capsys.readouterr().err.splitlines()[-1]


# -- check -----------------------------------------------------------------------------------------------------


def test_check_prints_the_report_and_fails_if_there_is_a_fault(run, data):
    check.lock_wordings(data)
    assert run("check", "--data", data) == (
        bool(check.faults(data)),
        f"{check.summary(data)}\n",
        "",
    )
    (data / "types.toml").write_text("types = 3", encoding="utf-8")
    code, out, err = run("check", "--data", data)
    assert (code, out, err) == (1, f"{check.summary(data)}\n", "")
    assert "types.toml" in out


def test_check_with_lock_names_what_it_locked(run, data):
    check.lock_wordings(data)
    lock = data / "wordings.lock"
    before = lock.read_text(encoding="utf-8")
    *others, last = before.splitlines(keepends=True)
    lock.write_text("".join(others), encoding="utf-8")
    code, out, _ = run("check", "--lock", "--data", data)
    assert out == f"locked: {last.strip()}\n{check.summary(data)}\n"
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
        f"python -m boundaries simulate: --students: '{students}' is not allowed. Give a whole number "
        "from 1 to 1000000. `python -m boundaries simulate --help` says more."
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
    assert len(out.split()) == 6  # ratings, moves and differences of two classes


def test_course_lays_out_the_students_copy_and_says_what_it_kept(run, tmp_path):
    course = tmp_path / "course"
    assert run("course", "--into", course) == (0, "", "")
    names = sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(p.name for p in course.glob("*.ipynb")) == names
    first = course / names[0]
    first.write_text(json.dumps({"cells": []}), encoding="utf-8")
    assert run("course", "--into", course) == (
        0,
        f"{first}: kept as you left it. Rename it to get this course's present version.\n",
        "",
    )


@pytest.mark.parametrize("command", ["course", "lab", "student"])
def test_a_place_that_cannot_be_written_is_said(run, tmp_path, command):
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    code, out, err = run(command, "--into", taken / "x")
    assert (code, out) == (1, "")
    assert err.startswith(f"{taken}")
    assert err.endswith(". Choose another place, then try again.\n")


def test_student_packs_the_zip(run, tmp_path):
    target = tmp_path / "dist" / "x.zip"
    assert run("student", "--into", target) == (0, f"The students' course is in {target}.\n", "")
    assert target.stat().st_size > 10_000


# -- lab -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def laboratory(monkeypatch):
    """What JupyterLab was started with, instead of a JupyterLab."""
    from jupyterlab.labapp import LabApp

    started = []
    monkeypatch.setattr(LabApp, "launch_instance", lambda argv: started.append(argv))
    return started


def test_lab_opens_the_students_copy_in_a_folder_of_its_own(run, tmp_path, laboratory):
    course = tmp_path / "über den Kurs"
    code, out, _ = run("lab", "--into", course, "--no-browser", "--", "--port", "8899")
    assert (code, out) == (0, "")
    (words,) = laboratory
    assert f"--ServerApp.root_dir={course}" in words
    assert words[-4:] == ["--no-browser", "--port", "8899", str(course / "00-start-here.ipynb")]
    assert (course / "00-start-here.ipynb").is_file()
    # Run again, with a notebook that the student has changed since.
    own = course / "00-start-here.ipynb"
    own.write_text(json.dumps({"cells": []}), encoding="utf-8")
    assert run("lab", "--into", course)[1].startswith(f"{own}: kept as you left it.")
    assert json.loads(own.read_text(encoding="utf-8")) == {"cells": []}


def test_lab_brings_its_settings_for_this_run_alone(run, tmp_path, laboratory):
    run("lab", "--into", tmp_path)
    option = "--LabApp.app_settings_dir="
    (folder,) = [Path(w.removeprefix(option)) for w in laboratory[0] if w.startswith(option)]
    settings = json.loads((folder / "overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


@pytest.mark.parametrize("root", [True, False, None])
def test_lab_runs_as_root_and_where_there_is_no_root(run, tmp_path, laboratory, monkeypatch, root):
    if root is None:  # as on Windows
        monkeypatch.delattr(os, "geteuid", raising=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000, raising=False)
    assert run("lab", "--into", tmp_path)[0] == 0
    assert ("--allow-root" in laboratory[0]) is (root is True)


def test_without_jupyterlab_lab_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert run("lab", "--into", tmp_path) == (
        1,
        "",
        "The course opens in JupyterLab, which is not installed. "
        'Run `pip install "boundaries[lab]"`, then try again.\n',
    )


@pytest.mark.parametrize(
    ("origin", "package"),
    [
        (None, f"boundaries[lab]=={boundaries.__version__}"),
        ({"url": "file:///a%20b", "dir_info": {}}, "boundaries[lab] @ file:///a%20b"),
        (
            {"url": "https://x.org/c.git", "vcs_info": {"vcs": "git", "commit_id": "5f"}},
            "boundaries[lab] @ git+https://x.org/c.git@5f",
        ),
    ],
)
def test_without_jupyterlab_pipx_runs_the_package_from_where_it_came(
    run, tmp_path, monkeypatch, origin, package
):
    class Installed:
        version = boundaries.__version__

        def read_text(self, name):
            return origin and json.dumps(origin)

    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setattr("shutil.which", {"pipx": "/bin/pipx"}.get)
    monkeypatch.setattr("boundaries.instructor.lab.distribution", lambda name: Installed())
    commands = []

    def finish(command, env):
        commands.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr("subprocess.run", finish)
    code, _, _ = run("lab", "--into", tmp_path, "--no-browser", "--", "--port", "8899")
    assert code == 3
    assert commands == [
        ["/bin/pipx", "run", "--spec", package, "boundaries", "lab", "--into", str(tmp_path),
         "--", "--no-browser", "--port", "8899"]
    ]  # fmt: skip


def test_words_for_jupyterlab_stand_behind_two_dashes(capsys, tmp_path):
    said = refused(capsys, "lab", "--into", tmp_path / "course", "--port", "8899")
    assert said == (
        "python -m boundaries lab: it has no option '--port'. `python -m boundaries lab --help` says more."
    )


@pytest.mark.parametrize(
    "words",
    [
        ("report", "-o", "out"),
        ("tally", "--csv", "out"),
        ("reasons", "--into", "out"),
        ("archive", "--into", "out"),
        ("forget", "--participant", "x"),
    ],
)
def test_a_database_of_somebody_else_is_no_store_and_stays_as_it_is(run, tmp_path, words):
    path = tmp_path / "notes.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.commit()
    before = path.read_bytes()
    command, *options = words
    paths = [tmp_path / "out" if word == "out" else word for word in options]
    code, out, err = run(command, path, *paths)
    assert (code, out) == (1, "")
    assert err.startswith(f"{path}: this file is not a store. It was left as it is.")
    assert path.read_bytes() == before
    assert [other.name for other in tmp_path.iterdir()] == ["notes.sqlite"]


# -- the program -----------------------------------------------------------------------------------------------------


def test_help_names_every_command(run):
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    for command in ("lab", "check", "collect", "report", "serve"):
        assert f"\n  {command} " in out


def test_an_unknown_command_and_a_missing_store_are_refused(capsys):
    assert refused(capsys, "chek").startswith(
        "python -m boundaries: there is no command 'chek'. Choose one of: archive, check, "
    )
    assert refused(capsys, "simulate") == (
        "python -m boundaries simulate: --into is missing (a SQLite file or a PostgreSQL URL; with --layout a "
        "folder). `python -m boundaries simulate --help` says more."
    )
    assert refused(capsys, "report") == (
        "python -m boundaries report: STORE, a SQLite file or a PostgreSQL URL, is missing. "
        "`python -m boundaries report --help` says more."
    )
    assert refused(capsys, "report", "a", "b") == (
        "python -m boundaries report: too many words (b). `python -m boundaries report --help` says more."
    )


@pytest.mark.parametrize(
    ("package", "extra"), [("jsonschema", "lab"), ("uvicorn", "lecture"), ("duckdb", "research")]
)
def test_a_package_that_is_not_installed_is_named_with_the_extra_that_brings_it(
    run, monkeypatch, package, extra
):
    def without(*words, **options):
        raise ModuleNotFoundError(f"No module named '{package}.parts'", name=f"{package}.parts")

    monkeypatch.setattr("boundaries.content.check.summary", without)
    assert run("check") == (
        1,
        "",
        f"This command needs the package {package}, which is not installed. "
        f'Run `pip install "boundaries[{extra}]"`, then try again.\n',
    )


def test_a_module_that_no_extra_brings_is_a_fault_and_is_seen_whole(run, monkeypatch):
    def without(*words, **options):
        raise ModuleNotFoundError("No module named 'boundaries.nowhere'", name="boundaries.nowhere")

    monkeypatch.setattr("boundaries.content.check.summary", without)
    with pytest.raises(ModuleNotFoundError):
        run("check")


def as_a_program(*words, **environment):
    """The command line in a process of its own: what it returned, and what it printed as bytes."""
    return subprocess.run(
        [sys.executable, "-m", "boundaries", *map(str, words)],
        capture_output=True,
        env=os.environ | environment,
    )


def test_the_program_runs_as_a_module_and_hands_on_its_exit_code(tmp_path):
    done = as_a_program("forget", tmp_path / "none.sqlite", "--participant", "x")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"{tmp_path / 'none.sqlite'}: ")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Łukasz Dvořák", b"\\u0141ukasz Dvo\\u0159\xe1k"),
        pytest.param("李 雷", rb"\u674e \u96f7", marks=pytest.mark.long),
        pytest.param("Zoë", b"Zo\xeb", marks=pytest.mark.long),  # cp1252 has this one
    ],
)
def test_a_console_that_lacks_a_letter_gets_its_number_and_no_traceback(tmp_path, name, printed):
    # File names are UTF-8 as everywhere today; what goes into a pipe is not, on Windows.
    windows = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
    # matplotlib, whose fonts `check` looks at, opens files of its own without an encoding.
    windows["PYTHONWARNDEFAULTENCODING"] = ""
    path = tmp_path / f"{name}.sqlite"
    done = as_a_program("simulate", "--students", 1, "--into", path, **windows)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout
    done = as_a_program("check", "--data", tmp_path / name, **windows)
    assert (done.returncode, done.stderr) == (1, b"")
    assert printed in done.stdout


def test_a_reader_that_has_heard_enough_gets_no_traceback():
    """As `… | head` does, or a pager that is closed."""
    command = [sys.executable, "-m", "boundaries", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 1


def test_no_output_is_written_over_a_store_or_an_archive(capsys, tmp_path):
    """Whoever types one name twice keeps what nobody has twice; other files are written anew."""
    store, archive = tmp_path / "class.sqlite", tmp_path / "in.zip"
    assert main(["simulate", "--students", "6", "--into", str(store)]) == 0
    archive.write_bytes(b"PK\x03\x04 invented")
    for place in (store, archive):
        before = place.read_bytes()
        for words in (
            ["report", store, "-o"],
            ["tally", store, "--csv"],
            ["reasons", store, "--into"],
        ):
            said = refused(capsys, *map(str, words), str(place))
            assert "is a store or an archive, and would be lost. It was left as it is." in said
        assert place.read_bytes() == before
    for _ in range(2):
        assert main(["tally", str(store), "--csv", str(tmp_path / "t.csv")]) == 0
