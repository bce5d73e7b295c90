"""The report on paper: printed by the browser that is there, or a sentence."""

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from boundaries.errors import BoundariesError
from boundaries.instructor import paper

BY_HAND = "Write report.html with `-o report.html`, open it in a browser, and print it to a file."


def browser_that(does, folder: Path) -> Path:
    """A program in the place of a browser."""
    program = folder / "browser"
    program.write_text(f"#!{sys.executable}\nimport sys\n{does}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def only(monkeypatch):
    """only(browser, …): these browsers are there, and no others."""

    def set_up(*browsers):
        monkeypatch.setattr(paper, "_browsers", lambda: iter(browsers))

    return set_up


@pytest.mark.browser
def test_a_report_is_printed_by_the_browser_that_is_there(only, tmp_path):
    chromium = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    only(Path(chromium))
    path = tmp_path / "report.pdf"
    paper.print_pdf("<!doctype html><title>Zoë</title><p>A page", path)
    assert path.read_bytes().startswith(b"%PDF")
    assert [other.name for other in tmp_path.iterdir()] == ["report.pdf"]


def test_without_a_browser_a_sentence_says_how_to_print(only, tmp_path):
    only()
    path = tmp_path / "report.pdf"
    with pytest.raises(BoundariesError) as caught:
        paper.print_pdf("<p>", path)
    assert str(caught.value) == (
        f"{path}: a PDF is printed by Chrome, Chromium or Edge, and none of them was found here. {BY_HAND}"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_a_browser_that_prints_nothing_is_named_and_leaves_nothing(only, tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()
    browser = browser_that("sys.exit(1)", folder)
    only(browser)
    path = tmp_path / "report.pdf"
    path.write_text("an older one", encoding="utf-8")
    with pytest.raises(BoundariesError) as caught:
        paper.print_pdf("<p>", path)
    assert str(caught.value) == f"{path}: {browser} did not print it. {BY_HAND}"
    assert path.read_text(encoding="utf-8") == "an older one"
    assert {other.name for other in tmp_path.iterdir()} == {"programs", "report.pdf"}


def test_a_folder_that_is_not_there_is_named(only, tmp_path):
    only(Path("unused"))
    path = tmp_path / "no" / "report.pdf"
    with pytest.raises(FileNotFoundError) as caught:  # of which the command makes a sentence
        paper.print_pdf("<p>", path)
    assert str(path.parent) in caught.value.filename


def test_browsers_are_looked_for_where_windows_keeps_them(monkeypatch, tmp_path):
    edge = tmp_path / "Microsoft/Edge/Application/msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.touch()
    monkeypatch.setattr(paper, "_WINDOWS", ["Microsoft/Edge/Application/msedge.exe"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    assert edge in list(paper._browsers())
