"""Collecting: 300 submissions by our command, 101 by `nbgrader collect`, and what `json.loads` needs for our bytes.

Each command is a process of its own with its start. nbgrader copies each student's folder out of its exchange and reads
no answer; ours reads every submission from a learning platform's archive, checks every judgment and merges it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
from results import Part, Row, environment, versions

from boundaries.answers import submissions
from boundaries.content import load
from boundaries.instructor.rehearsal import class_of

PEER = "nbgrader 0.9.6"
OURS, THEIRS = 300, 101
CONFIG = """
c.CourseDirectory.course_id = "course"
c.CourseDirectory.root = {root!r}
c.Exchange.root = {exchange!r}
c.ExchangeCollect.check_owner = False
"""


def exchange(folder: Path, students: int) -> Path:
    """A course whose students have handed in one notebook each, as `nbgrader submit` leaves it."""
    root = folder / "course"
    (root / "source" / "ps1").mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("because " * 200)])
    for number in range(students):
        name = f"student{number}+ps1+2026-11-01 10:00:00 UTC+{number:08x}"
        handed = folder / "exchange" / "course" / "inbound" / name
        handed.mkdir(parents=True)
        nbformat.write(notebook, handed / "problem.ipynb")
        (handed / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC", encoding="utf-8")
    config = CONFIG.format(root=str(root), exchange=str(folder / "exchange"))
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    return root


def collected_by_peer(python: Path, folder: Path, students: int) -> float:
    """Seconds of `nbgrader collect`, all submissions of which are there afterwards."""
    root = exchange(folder, students)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"HOME": str(folder), "PATH": path}
    nbgrader = str(python.parent / "nbgrader")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        line = [nbgrader, *command]
        return subprocess.run(line, cwd=root, env=env, capture_output=True, text=True, timeout=300)

    run("db", "assignment", "add", "ps1")  # its gradebook is made before, as a course has one
    start = time.perf_counter()
    done = run("collect", "ps1")
    took = time.perf_counter() - start
    there = len(list((root / "submitted").glob("*/ps1/problem.ipynb")))
    assert there == students, (there, done.stderr[-2000:])
    return took


def collected_by_us(archive: Path, store: Path) -> float:
    """Seconds of `python -m boundaries collect`."""
    command = [sys.executable, "-m", "boundaries", "collect", str(archive), "--into", str(store)]
    start = time.perf_counter()
    subprocess.run(
        [*command, "--session", "invented-7"], check=True, capture_output=True, timeout=300
    )
    return time.perf_counter() - start


NOTE = (
    "ours reads, checks and merges every judgment of three times as many students; nbgrader copies files and reads none. "
    "Reading takes two fifths of our time, writing rows and their three indexes as much again. What might reach the bar: "
    "reading with both processors and a lighter layout of the rows, which were not tried."
)
TEXT = """\
From files to a store, each command with its start. The ratio compares our whole class of 300 with nbgrader's 101."""


def measure(runs: int, quick: bool) -> Part:
    """Ours and nbgrader in turn, so many times."""
    python = environment("nbgrader", "nbgrader==0.9.6", "setuptools<80")
    many, fewer = (30, 10) if quick else (OURS, THEIRS)
    course = load()
    everybody = list(class_of(course, students=many, seed=7, session="invented-7"))
    judgments = sum(len(one.judgments) for one in everybody)
    files = [submissions.write(one) for one in everybody]
    ours, theirs, parsing = [], [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for number, data in enumerate(files):
                packed.writestr(f"invented{number}_{number}_{number}_submission.json", data)
        for run in range(runs):
            ours.append(collected_by_us(folder / "class.zip", folder / f"{run}.sqlite"))
            theirs.append(collected_by_peer(python, folder / f"peer{run}", fewer))
            start = time.perf_counter()
            for data in files:
                json.loads(data)
            parsing.append(time.perf_counter() - start)
    name = f"our {many} submissions ({judgments:,} judgments), its {fewer}"
    rows = [
        Row("collecting", name, PEER, "s", ours, theirs, bar=3, note=NOTE),
        Row("collecting-limit", f"our {many}, beside the limit", "json.loads of the bytes", "s", ours, parsing),
    ]  # fmt: skip
    part = Part("Collecting homework", TEXT, rows, runs, quick=quick)
    part.versions = versions(python, "nbgrader") | versions(Path(sys.executable), "boundaries")
    return part
