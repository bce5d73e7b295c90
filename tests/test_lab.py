"""The course as a student meets it: `make lab`, a real Chromium, the keyboard, a reload, a restarted kernel."""

import json
import re
import sqlite3

import pytest
from laboratory import NotebookPage, choose, make_lab, notebook_7, serious, shot

pytestmark = pytest.mark.browser

START = "00-start-here.ipynb"
BOTH = "() => document.querySelector('.bd-yours')?.textContent.includes('After the codes')"
SECRET = "a reason nobody else reads 7731"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    with make_lab(folder) as url:
        yield folder, url


@pytest.fixture
def tab(browser):
    contexts = []

    def open_tab(url, name, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        return NotebookPage(context.new_page(), url, name, **options)

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def on_a_phone(lab, browser):
    """A lesson at the width of a phone, all its cells run: three tests look at it, one after the other.

    The first of all: JupyterLab keeps what is open and where, and here it opens for the first time."""
    _, url = lab
    context = browser.new_context(viewport={"width": 390, "height": 844})
    notebook = NotebookPage(context.new_page(), url, "06-former-clients.ipynb", reset="")
    notebook.run_all()
    notebook.page.wait_for_selector(".bd-card .bd-rating input")
    yield notebook
    context.close()


def rows(folder):
    with sqlite3.connect(
        f"file:{folder / 'boundaries_home' / 'own-study.sqlite'}?mode=ro", uri=True
    ) as store:
        query = "select item, phase, rating, confidence, reason from judgments order by item, phase"
        found = store.execute(query).fetchall()
    store.close()
    return found


def test_the_cards_fit_a_narrow_screen(on_a_phone):
    page = on_a_phone.page
    assert page.locator("#jp-left-stack").is_hidden()  # it would leave the notebook 50 px
    page.locator(".bd-card").first.scroll_into_view_if_needed()
    shot(on_a_phone, "390-former-clients")
    page.wait_for_function("""() => [...document.querySelectorAll('.bd-card')]
      .every((card) => card.scrollWidth <= card.clientWidth + 1)""")


KEYS = ["b", "x", "d", "d", "a", "m", "ArrowDown", "Shift+Enter", "Alt+Enter"]


def press_everything_in_the_card(notebook):
    page = notebook.page
    page.wait_for_timeout(1000)
    cells = notebook.cells()
    for selector in (".bd-rating input", ".bd-skip input", "button[type=submit]"):
        page.locator(f".bd-card {selector}").first.focus()
        for key in KEYS:
            page.keyboard.press(key)
    return cells


def test_jupyterlab_does_not_take_the_forms_keys(on_a_phone):
    assert press_everything_in_the_card(on_a_phone) == on_a_phone.cells()


@pytest.mark.long
def test_notebook_7_does_not_take_the_forms_keys(tmp_path, lab, tab):
    folder, _ = lab
    course = tmp_path / "course"
    course.mkdir()
    (course / START).write_text(
        (folder / "course" / START).read_text(encoding="utf-8"), encoding="utf-8"
    )
    with notebook_7(tmp_path, course) as url:
        notebook = tab(url, START, front_end="notebooks")
        notebook.run_all()
        notebook.page.wait_for_selector(".bd-card .bd-rating input")
        assert press_everything_in_the_card(notebook) == notebook.cells()


def test_a_form_whose_kernel_is_gone_never_claims_to_have_stored(lab, on_a_phone):
    folder, _ = lab
    page = on_a_phone.page
    before = rows(folder)
    on_a_phone.restart()
    card = page.locator(".bd-card:has(.bd-rating)").first
    choose(card.locator(".bd-rating input").first)
    choose(card.locator(".bd-confidence input").first)
    card.locator("textarea").fill("typed before the kernel came back")
    card.locator("button[type=submit]").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.bd-status')].some(s => s.textContent.startsWith('No answer'))"
    )
    assert rows(folder) == before
    assert card.locator("textarea").input_value() == "typed before the kernel came back"
    on_a_phone.run_all()  # the draft is there again in the new form
    page.wait_for_function(
        "() => [...document.querySelectorAll('.bd-card textarea')].some(t => t.value.startsWith('typed before'))"
    )


def test_a_whole_first_lesson_by_keyboard_survives_reload_and_restart(lab, tab):
    folder, url = lab
    notebook = tab(url, START)
    page = notebook.page
    notebook.run_all()
    page.wait_for_selector(".bd-card .bd-rating input")
    page.wait_for_function(
        "() => document.body.textContent.includes('This chart opens when you have judged')"
    )
    page.locator(".jp-Cell").first.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.querySelector('.bd-card').innerText"
    )  # drawn once in view
    shot(notebook, "1280-first")
    # A first judgment within a minute, at 200 words a minute and with three seconds for the clicks.
    read_until_locked = page.evaluate("""() => {
      const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
      const first = cells.findIndex((cell) => cell.querySelector('.bd-card'));
      return cells.slice(0, first + 1).map((cell) => cell.innerText).join(' ');
    }""")
    words = re.findall(r"[A-Za-z][\w.'’-]*", read_until_locked)
    assert 120 < len(words) <= (60 - 3) / 60 * 200, read_until_locked
    assert serious(notebook, ".bd-card") == []

    # By keyboard only: into the card, arrows, Tab, typing, Enter on the button.
    page.keyboard.press("Escape")
    notebook.tab_to(".bd-card .bd-rating input")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    notebook.tab_to(".bd-card .bd-confidence input")
    page.keyboard.press("ArrowRight")
    notebook.tab_to(".bd-card textarea")
    page.keyboard.type(SECRET)
    notebook.tab_to(".bd-card button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".bd-result")
    receipt = page.locator(".bd-card [role=status]").first.inner_text()
    assert receipt == f"Stored in your own file, {folder / 'boundaries_home' / 'own-study.sqlite'}."
    assert rows(folder) == [("an-hour-at-the-piano", "first", 3, 2, SECRET)]
    assert page.locator(".bd-reading").count() >= 5
    assert "ACA 2014" in page.locator(".bd-table").inner_text()
    assert page.evaluate("() => document.activeElement !== document.body")
    shot(notebook, "1280-locked")
    assert serious(notebook, ".bd-card") == []

    # The chart has opened by itself, with the own rating as a ring on the live picture.
    page.wait_for_selector("figure[data-chart] img")
    page.wait_for_selector(".bd-ring")
    assert serious(notebook, "figure[data-chart]") == []
    page.locator("figure[data-chart]").last.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    shot(notebook, "1280-chart")

    # Judged again, still by keyboard.
    page.locator(".bd-again").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".bd-card .bd-rating")
    notebook.tab_to(".bd-card .bd-rating input")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    notebook.tab_to(".bd-card .bd-confidence input")
    page.keyboard.press("Space")
    notebook.tab_to(".bd-card button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_function(BOTH)
    assert [(r[1], r[2]) for r in rows(folder)] == [("first", 3), ("informed", rows(folder)[1][2])]

    # Dark, narrow.
    notebook.theme("JupyterLab Dark")
    assert serious(notebook, ".bd-card") == []
    shot(notebook, "1280-dark")
    notebook.theme("JupyterLab Light")

    # Nothing of it is in the saved notebook.
    assert SECRET not in json.dumps(notebook.saved(folder / "course", START))

    # A reload of the page keeps everything, and so does a restarted kernel.
    before = rows(folder)
    page.reload()
    page.wait_for_function("() => window.jupyterapp")
    notebook.run_all()
    page.wait_for_function(BOTH)
    notebook.restart()
    notebook.run_all()
    page.wait_for_function(BOTH)
    assert rows(folder) == before
