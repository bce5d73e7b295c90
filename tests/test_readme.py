"""What the README promises, run as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from boundaries.answers.submissions import FILE_NAME

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_from_an_invented_class_to_its_report(tmp_path):
    """Three lines without a shell's own words, so that PowerShell runs them too."""
    (lines,) = re.findall(
        r"^```\n(python -m boundaries simulate (?:.*\n)+?)```$", README, re.MULTILINE
    )
    for line in lines.splitlines():
        words = line.replace("--students 300", "--students 30").split()
        assert words[0] == "python"
        done = subprocess.run(
            [sys.executable, *words[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Class report" in page
    assert "invented" in page
    assert not re.findall(r'(?:src|href)="https?:', page)


@pytest.mark.long  # the layouts themselves are in tests/instructor
def test_what_nbgrader_collects_is_read(tmp_path):
    here = ["--students", "6", "--into", str(tmp_path), "--layout", "moodle"]
    run = [sys.executable, "-m", "boundaries"]
    subprocess.run([*run, "simulate", *here], check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.zip")
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", str(archive), str(tmp_path / "out")], check=True
    )
    for number, found in enumerate(sorted((tmp_path / "out").rglob("*.json"))):
        target = tmp_path / "submitted" / f"student{number}" / "week1"
        target.mkdir(parents=True)
        os.replace(found, target / FILE_NAME)
    command = [*run, "collect", str(tmp_path / "submitted"), "--into", str(tmp_path / "c.sqlite")]
    done = subprocess.run(
        [*command, "--session", "invented-7"], capture_output=True, text=True, encoding="utf-8"
    )
    assert "students: 6" in done.stdout, done.stdout + done.stderr


def test_every_command_in_the_readme_exists():
    known = subprocess.run(
        [sys.executable, "-m", "boundaries", "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout
    named = set(re.findall(r"python -m boundaries (\w+)", README)) | {
        "tally",
        "moves",
        "gap",
        "reasons",
        "archive",
    }
    assert {name for name in named if not re.search(rf"^ +{name}\b", known, re.MULTILINE)} == set()
    targets = set(
        re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert set(re.findall(r"`make (\w+)", README)) <= targets
