"""The course from its wheel: no git, no make, no checkout, in an empty folder with a space and an umlaut in its path."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
from laboratory import TOKEN, NotebookPage, choose, environment, free_port, lab_arguments, serving
from uv import find_uv_bin

ROOT = Path(__file__).parent.parent
UV = [sys.executable, "-m", "uv"]
START = "00-start-here.ipynb"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Somebody's folder; on many a computer it holds a name."""
    folder = tmp_path_factory.mktemp("rechner") / "Zoë Größe"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def python(wheel, home) -> Path:
    """The Python of an empty environment into which the wheel was installed."""
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, home / "venv"], check=True)
    binaries = home / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run(
        [*UV, "pip", "install", "--quiet", "--python", home / "venv", f"{wheel}[lab,lecture]"],
        check=True,
    )
    return binaries / "python"


def test_the_wheel_holds_the_course_and_nobodys_answers(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("data", "notebooks", "boundaries/web"):
        listed = subprocess.run(
            ["git", "ls-files", folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout.split()
        inside = folder if folder.startswith("boundaries") else f"boundaries/course/{folder}"
        wanted = {f"{inside}/{name.removeprefix(folder + '/')}" for name in listed}
        assert wanted == {name for name in names if name.startswith(f"{inside}/")}
    assert not [name for name in names if name.endswith((".sqlite", ".parquet", ".png"))]


@pytest.fixture(scope="module")
def core_python(wheel, home) -> Path:
    """The Python of an environment with the core alone, as `pip install boundaries` gives it."""
    core = home / "core"
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, core], check=True)
    subprocess.run([*UV, "pip", "install", "--quiet", "--python", core, wheel], check=True)
    return core / ("Scripts" if sys.platform == "win32" else "bin") / "python"


@pytest.mark.long  # pandas and matplotlib compiled anew; test_package knows what each room imports
def test_a_student_without_the_lecturers_packages_loads_the_course(core_python, home):
    """Judging and charts need the core alone."""
    code = """
import sys, boundaries
lesson = boundaries.lesson("business")
lesson.card(boundaries.load().of_type("business")[0].id)
print(boundaries.charts.intuition_vs_code(boundaries.classroom(), boundaries.load(), "business").title)
print([name for name in ("jupyterlab", "starlette", "uvicorn", "jsonschema") if name in sys.modules])
"""
    done = subprocess.run(
        [core_python, "-c", code],
        cwd=home,
        env=environment(home / "core-home"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.long  # the command that it runs is compared, word by word, in test_cli
def test_lab_without_jupyterlab_opens_through_uv(core_python, home):
    """What `uvx --from . boundaries lab` runs: the core alone, and uv, which names itself."""
    port = free_port()
    words = lab_arguments(port).removeprefix("--no-browser ").split()
    into = home / "sent for"
    command = [core_python, "-m", "boundaries", "lab", "--no-browser", "--into", into, "--", *words]
    env = environment(home / "core-home", UV=find_uv_bin())
    with serving([str(word) for word in command], port, env, home / "sent.log") as url:
        page = f"{url}/lab/tree/{START}?token={TOKEN}"
        with urllib.request.urlopen(page, timeout=60) as answer:
            assert b"JupyterLab" in answer.read()
    log = (home / "sent.log").read_text(encoding="utf-8")
    assert "JupyterLab comes first: the first time that takes a minute or two." in log
    assert (into / START).exists()


@pytest.mark.browser
def test_from_an_empty_folder_to_a_collected_judgment(python, home, browser):
    port = free_port()
    words = lab_arguments(port).removeprefix("--no-browser ").split()
    command = [str(python), "-m", "boundaries", "lab", "--no-browser", "--", *words]
    env = environment(home)
    with serving(command, port, env, home / "lab.log", cwd=home) as url:
        notebook = NotebookPage(browser.new_page(), url, START)
        page = notebook.page
        notebook.run_all()
        page.wait_for_selector(".bd-card .bd-rating input")
        choose(page.locator(".bd-card .bd-rating input").nth(1))
        choose(page.locator(".bd-card .bd-confidence input").nth(2))
        page.get_by_role("button", name="Lock in my judgment").click()
        page.wait_for_selector(".bd-result")
        page.close()
    store = home / "boundaries_home" / "own-study.sqlite"
    with sqlite3.connect(store) as answers:
        judged = answers.execute("SELECT phase, rating, confidence FROM judgments").fetchall()
    answers.close()
    assert judged == [("first", 2, 3)]
    assert (home / "course" / START).exists()

    # Handing in and collecting, with the same installation.
    save = """
from pathlib import Path
import boundaries
from boundaries.answers.students import student
from boundaries.answers.submissions import write
from boundaries.lessons.handin import submission_of
content = boundaries.load()
Path("Łukasz.json").write_bytes(write(submission_of(student(content), content)))
"""
    subprocess.run([python, "-c", save], cwd=home, env=env, check=True)
    collected = subprocess.run(
        [python, "-m", "boundaries", "collect", "Łukasz.json", "--into", "class.sqlite"],
        cwd=home,
        env=env | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert collected.returncode == 0, collected.stderr
    with sqlite3.connect(home / "class.sqlite") as answers:
        stored = answers.execute("SELECT phase, rating, confidence FROM judgments").fetchall()
    answers.close()
    assert stored == judged


def test_binder_installs_this_course_and_lays_it_out():
    assert (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:] == [
        "-e .[lab,lecture]"
    ]
    assert binder_commands(ROOT) == ["python -m boundaries course --into course"]


def binder_commands(checkout: Path) -> list[str]:
    """What Binder runs in Python once everything is installed."""
    post_build = (checkout / "binder" / "postBuild").read_text(encoding="utf-8").splitlines()
    return [line for line in post_build if line.startswith("python -m ")]


@pytest.mark.long  # a third environment of half a gigabyte
def test_what_binder_runs_ends_with_the_course(tmp_path):
    """The steps of repo2docker: binder/requirements.txt from the root of a checkout, then binder/postBuild."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", ROOT, checkout], check=True)
    environment_folder = tmp_path / "venv"
    subprocess.run(
        [*UV, "venv", "--quiet", "--python", sys.executable, environment_folder], check=True
    )
    requirements = checkout / "binder" / "requirements.txt"
    subprocess.run(
        [*UV, "pip", "install", "--quiet", "--python", environment_folder, "-r", requirements],
        cwd=checkout,
        check=True,
    )
    (command,) = binder_commands(checkout)
    python = environment_folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, *command.split()[1:]], cwd=checkout, check=True)
    first = json.loads((checkout / "course" / START).read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") for cell in first["cells"])
