"""A whole lesson in JupyterLab, judged, handed in, collected and reported; and what reached the browser meanwhile.

Nothing of a code, reading or purpose may, before the last first judgment is locked. On a copy of the content every
reading, provision and `why` carries a word of its own that stands nowhere else. Those words are looked for in all that
a browser can see: websocket frames, HTTP bodies, the page, the notebook.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from laboratory import NotebookPage, choose, make_lab, serious, shot

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
LESSON = "03-business.ipynb"
FIELDS = r'^(why|changes|band_why|says|waiting_condition) = "'


def plant(folder: Path) -> Path:
    """A copy of the content with a canary in every field that a student must not see too early."""
    data = folder / "data"
    shutil.copytree(ROOT / "data", data)
    for path in [*data.glob("vignettes/*.toml"), *data.glob("codes/*.toml"), data / "claims.toml"]:
        text = path.read_text(encoding="utf-8")
        planted = with_canaries(text, "canary" + re.sub(r"\W", "", path.stem))
        assert planted != text, path
        path.write_text(planted, encoding="utf-8")
    return data


def with_canaries(text: str, word: str) -> str:
    numbers = iter(range(10_000))
    return re.sub(
        FIELDS, lambda m: f"{m.group(0)}{word}x{next(numbers)}x ", text, flags=re.MULTILINE
    )


def canaries(*texts: str) -> set[str]:
    return {word for text in texts for word in re.findall(r"canary(\w+?)x\d+x", text)}


@dataclass(frozen=True)
class Finished:
    """A lesson of which every case was judged, still open, and the canaries that were heard on the way."""

    folder: Path
    data: Path
    notebook: NotebookPage
    cases: int
    before_the_last_lock: set[str]
    afterwards: set[str]

    def saved(self) -> str:
        return str(self.notebook.saved(self.folder / "course", LESSON))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("canary")
    data = plant(folder)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    with make_lab(folder, BOUNDARIES_DATA=str(data)) as url:
        notebook = NotebookPage(page, url, LESSON)
        notebook.run_all()
        page.wait_for_selector(".bd-card .bd-rating input")
        page.wait_for_function("() => document.body.textContent.includes('This chart opens when')")
        page.wait_for_timeout(3000)
        saved = str(notebook.saved(folder / "course", LESSON))
        assert len(notebook.frames) > 20
        early = canaries(*notebook.frames, *notebook.bodies, page.content(), saved)

        # A guess opens nothing; nor does a pair, whose second case is judged below.
        choose(page.locator(".bd-writing input[type=radio]").first)
        page.get_by_role("button", name="Keep my guess").first.click()
        page.wait_for_function("() => document.body.textContent.includes('You guessed: ')")

        cases = page.locator(".bd-dot").count()
        page.locator(".bd-lesson .bd-rating input").first.focus()
        for number in range(cases):
            page.locator(".bd-lesson form").wait_for()
            early |= canaries(*notebook.frames, page.content())  # every first is judged alone
            for key in (str(number % 5 + 1), "3", "Enter"):
                page.keyboard.press(key)
            page.locator(f".bd-dot[data-mark=judged] >> nth={number}").wait_for()
            page.locator(".bd-onward").press("Enter")
        page.locator(".bd-lesson .bd-table").wait_for()
        late = canaries(*notebook.frames, page.content())
        yield Finished(folder, data, notebook, cases, early, late)
    page.close()


def test_no_reading_reaches_the_browser_before_the_lock(finished):
    assert finished.before_the_last_lock == set()
    vignettes = {re.sub(r"\W", "", p.stem) for p in finished.data.glob("vignettes/*.toml")}
    codes = {re.sub(r"\W", "", p.stem) for p in finished.data.glob("codes/*.toml")}
    assert finished.afterwards & vignettes
    assert finished.afterwards - vignettes <= codes
    assert canaries(finished.saved()) == set()


def test_a_finished_lesson_is_handed_in_collected_and_reported(tmp_path, finished):
    notebook = finished.notebook
    page = notebook.page
    shot(notebook, "1280-codes")
    assert serious(notebook, ".bd-lesson") == []
    hand_in = page.get_by_role("button", name="Save my submission")
    # The charts above it are just opening: by coordinates a click would miss.
    hand_in.press("Enter")
    page.wait_for_selector(".bd-card a[download]")
    shot(notebook, "1280-handed-in")
    submission = finished.folder / "course" / "boundaries-submission.json"
    judgments = json.loads(submission.read_text(encoding="utf-8"))["judgments"]
    assert len({judgment["item"] for judgment in judgments}) == finished.cases

    run = [sys.executable, "-m", "boundaries"]
    env = os.environ | {"BOUNDARIES_DATA": str(finished.data)}
    store, report = tmp_path / "class.sqlite", tmp_path / "report.html"
    collected = subprocess.run(
        [*run, "collect", submission, "--into", store],
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert "students: 1" in collected.stdout, collected.stderr
    subprocess.run([*run, "report", store, "-o", report], env=env, check=True, capture_output=True)
    page.goto(report.as_uri())
    shot(notebook, "1280-report-of-one")
    text = page.locator("body").inner_text()
    assert "nothing that may be shown yet" in text  # a class of one is never shown
    assert serious(notebook, "body") == []
