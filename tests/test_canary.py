"""Nothing of a code, reading or purpose reaches the browser before the first judgment is locked.

On a copy of the content every reading, provision and `why` carries a word of its own that stands nowhere else.
Those words are looked for in all that a browser can see: websocket frames, HTTP bodies, the page, the notebook.
"""

import re
import shutil
from pathlib import Path

import pytest
from laboratory import NotebookPage, choose, make_lab

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
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


def test_no_reading_reaches_the_browser_before_the_lock(tmp_path, browser):
    data = plant(tmp_path)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    with make_lab(tmp_path, BOUNDARIES_DATA=str(data)) as url:
        notebook = NotebookPage(page, url, "03-business.ipynb")
        notebook.run_all()
        page.wait_for_selector(".bd-card .bd-rating input")
        page.wait_for_function("() => document.body.textContent.includes('This chart opens when')")
        page.wait_for_timeout(3000)
        saved = str(notebook.saved(tmp_path / "course", "03-business.ipynb"))
        assert len(notebook.frames) > 20
        assert canaries(*notebook.frames, *notebook.bodies, page.content(), saved) == set()

        # A guess opens nothing; nor does a pair, whose second case is judged below.
        choose(page.locator(".bd-writing input[type=radio]").first)
        page.get_by_role("button", name="Keep my guess").first.click()
        page.wait_for_function("() => document.body.textContent.includes('You guessed: ')")

        vignettes = {re.sub(r"\W", "", p.stem) for p in data.glob("vignettes/*.toml")}
        for number in range(1, page.locator(".bd-dot").count() + 1):
            assert (
                canaries(*notebook.frames, page.content()) == set()
            )  # every first is judged alone
            page.locator(".bd-lesson .bd-rating input").first.focus()
            for key in ("2", "2", "Enter"):
                page.keyboard.press(key)
            page.locator(f".bd-dot[data-mark=judged] >> nth={number - 1}").wait_for()
            page.locator(".bd-onward").click()
        page.wait_for_selector(".bd-lesson .bd-table")
        seen = canaries(*notebook.frames, page.content())
        assert seen & vignettes
        assert seen - vignettes <= {re.sub(r"\W", "", p.stem) for p in data.glob("codes/*.toml")}
        saved = str(notebook.saved(tmp_path / "course", "03-business.ipynb"))
        assert canaries(saved) == set()
    page.close()
