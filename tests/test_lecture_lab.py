"""A lecture from its host's side: the panel in a real JupyterLab, by keyboard, with a kernel that restarts midway."""

import json
import os
import secrets
import signal
from pathlib import Path

import httpx
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from laboratory import NotebookPage, make_lab

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).parent.parent / "build" / "shots"
NAME = "a-lecture.ipynb"
START = 'import boundaries\nlecture = boundaries.lecture(["garden-steps", "two-doors-down"], title="Two bargains")'
CANARY = "a reason nobody else reads 5521"
RATINGS = (1, 1, 2, 2, 4, 5)
BUSY = """() => {
  window.slept = false;
  window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute(
    {code: 'import time; time.sleep(100)'}).done.then(() => { window.slept = true; });
}"""
TOKENS = [secrets.token_hex(16) for _ in RATINGS]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lecture")
    with make_lab(folder) as url:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(START)])
        notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(notebook, folder / "course" / NAME)
        yield folder, url
    state = folder / "boundaries_home" / "lecture.json"
    for known in json.loads(state.read_text(encoding="utf-8")).values():
        assert httpx.get(f"{known['url']}/healthz").status_code == 200  # the server outlives the whole JupyterLab
        end(known["pid"])


def end(pid):

    os.kill(pid, signal.SIGTERM)


class Hall:
    """Phones of a lecture."""

    def __init__(self, known):
        self.http = httpx.Client(base_url=known["url"], headers={"Authorization": f"Bearer {known['key']}"})
        self.key = known["key"]

    def judge(self, code, vignette, phase, ratings):
        """One judgment a phone; the numbers of rows stored."""
        for token, rating in zip(TOKENS, ratings, strict=True):
            one = {"token": token, "vignette": vignette, "phase": phase, "rating": rating, "confidence": 3}
            answer = self.http.post(f"/api/sessions/{code}/judgments", json=one | {"reason": CANARY})
            assert answer.status_code == 201, answer.text

    def state(self, code):
        return self.http.get(f"/api/sessions/{code}").json()


def serious(page):
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}
    found = Axe().run(page, context=".bd-lecture", options=options).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in ("serious", "critical")]


def shot(page, name, what=".bd-host"):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.locator(what).evaluate("node => node.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(300)
    page.screenshot(path=SHOTS / f"host-{name}.png")


def says(page, selector, text):
    page.wait_for_function(
        "([s, t]) => document.querySelectorAll('.bd-host').length === 1 && "
        "document.querySelector(`.bd-host ${s}`)?.textContent.includes(t)",
        arg=[selector, text],
    )


def press_primary(notebook, label):
    """Tab to the large button, which says `label`, and Enter."""
    page = notebook.page
    says(page, ".bd-primary", label)
    page.wait_for_timeout(700)  # a button that has just changed ignores a second press
    notebook.tab_to(".bd-host .bd-do > .bd-primary")
    page.keyboard.press("Enter")


def known(folder):
    (found,) = json.loads((folder / "boundaries_home" / "lecture.json").read_text(encoding="utf-8")).values()
    return found


def test_a_whole_case_by_keyboard_with_a_restarted_kernel(lab, browser):
    folder, url = lab
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    notebook = NotebookPage(context.new_page(), url, NAME)
    page = notebook.page
    notebook.run_all()
    says(page, ".bd-primary", "Open the first round")
    code = page.locator(".bd-join-code").inner_text().replace("-", "")
    assert page.locator(".bd-join-url").inner_text().replace("-", "").endswith(f"/{code}")
    assert page.locator(".bd-host svg path").get_attribute("d").startswith("M4 4h1v1h-1z")
    assert "Only this computer" in page.locator(".bd-net").inner_text()
    hall = Hall(known(folder))
    page.keyboard.press("Escape")
    shot(page, "1280-lobby")
    assert serious(page) == []

    press_primary(notebook, "Open the first round")
    says(page, ".bd-primary", "Close it: talk")
    hall.judge(code, "garden-steps", "first", RATINGS)
    says(page, ".bd-counts", "6 have judged")  # by itself, within the test's patience
    notebook.tab_to("[data-step=clock-60]")
    page.keyboard.press("Enter")
    page.wait_for_function("() => /^0:5\\d left|^1:00 left/.test(document.querySelector('.bd-timer').textContent)")
    assert page.evaluate("() => document.activeElement.dataset.step") == "clock-60"  # updates take no focus away
    shot(page, "1280-first")

    # The kernel restarts in mid-round: the old panel says so, the cell that runs again finds the same lecture.
    notebook.restart()
    notebook.run_all()
    says(page, ".bd-counts", "6 have judged")
    assert page.locator(".bd-join-code").inner_text().replace("-", "") == code
    notebook.run_all()  # and the start cell once more
    page.wait_for_timeout(1500)
    says(page, ".bd-primary", "Close it: talk")
    assert page.locator(".bd-join-code").inner_text().replace("-", "") == code
    assert known(folder)["key"] == hall.key  # one server all the time

    # A busy kernel keeps neither the counts nor the buttons waiting.
    page.keyboard.press("Escape")
    page.evaluate(BUSY)
    press_primary(notebook, "Close it: talk")
    says(page, ".bd-now", "Talking")
    assert page.evaluate("() => window.slept") is False
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    page.wait_for_function("() => window.slept")
    press_primary(notebook, "Judge again")
    says(page, ".bd-now", "Second round")
    hall.judge(code, "garden-steps", "discussed", (2, 2, 2, 2, 3, 3))
    says(page, ".bd-counts", "6 have judged")
    seen = "".join([*notebook.frames, *notebook.bodies])
    assert CANARY not in seen
    assert hall.key not in seen
    assert not [t for t in TOKENS if t in seen]
    assert '"counts"' not in seen
    assert '"readings"' not in seen

    # A show of hands, typed in beside what phones sent.
    notebook.tab_to(".bd-folds details:nth-of-type(1) summary")
    page.keyboard.press("Enter")
    notebook.tab_to(".bd-numbers input")
    for n in "90300":
        page.keyboard.type(n)  # Tab selects what stands there
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, ".bd-said, .bd-host .bd-do .bd-ok", "The show of hands is kept, and will be marked “by hand”.")
    assert serious(page) == []
    shot(page, "1280-hands", ".bd-do")

    # Reveal asks first, and Escape takes it back.
    press_primary(notebook, "Reveal")
    says(page, ".bd-confirm", "The first two rounds are then final.")
    page.keyboard.press("Enter")  # the second half of a double press confirms nothing
    assert hall.state(code)["stage"] == "discussed"
    page.keyboard.press("Escape")
    press_primary(notebook, "Reveal")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    page.wait_for_selector(".bd-lecture .bd-reveal")
    assert hall.state(code)["stage"] == "reveal"
    assert "by hand" in page.locator(".bd-class").inner_text().lower()
    assert serious(page) == []
    shot(page, "1280-reveal", ".bd-class")
    notebook.theme("JupyterLab Dark")
    assert serious(page) == []
    shot(page, "1280-reveal-dark", ".bd-class")
    assert CANARY not in "".join([*notebook.frames, *notebook.bodies])

    saved = json.dumps(notebook.saved(folder / "course", NAME))
    assert not [secret for secret in (code, hall.key, *TOKENS) if secret in saved]
    assert "Panel(your lecture, shown only while the notebook runs)" in saved
    hall.http.close()
    press_primary(notebook, "Next case")
    says(page, ".bd-case-title", "Two doors down")
    shot(page, "1280-next-dark")
    notebook.theme("JupyterLab Light")
    context.close()


def test_the_panel_fits_a_phone_and_says_when_its_server_is_gone(lab, browser):
    folder, url = lab
    context = browser.new_context(viewport={"width": 390, "height": 844})
    notebook = NotebookPage(context.new_page(), url, NAME)
    page = notebook.page
    notebook.run_all()
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    says(page, ".bd-primary", "Open the first round")
    assert (
        page.evaluate("() => { const p = document.querySelector('.bd-host'); return p.scrollWidth - p.clientWidth; }")
        <= 1
    )
    shot(page, "390-lobby")
    shot(page, "390-do", ".bd-do")
    code = page.locator(".bd-join-code").inner_text()
    before = known(folder)
    end(before["pid"])
    says(page, ".bd-error", "The class server does not answer.")
    notebook.run_all()  # a new process at the same address, for the phones' sake, with the same lecture
    page.wait_for_function("() => document.querySelector('.bd-host [role=alert]')?.hidden")
    assert page.locator(".bd-join-code").inner_text() == code
    assert known(folder)["url"] == before["url"]
    assert known(folder)["pid"] != before["pid"]
    says(page, ".bd-case-title", "Two doors down")
    context.close()
