"""A lecture from its host's side: the page in a real JupyterLab's frame, with a kernel that restarts midway.

Then a whole lecture: that page, a projector and seven phones, and what reached any of them before the reveal.
"""

import json
import os
import secrets
import signal
from pathlib import Path

import httpx
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from laboratory import NotebookPage, choose, make_lab
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).parent.parent / "build" / "shots"
NAME = "a-lecture.ipynb"
START = 'import boundaries\nlecture = boundaries.lecture(["the-kitchen-window", "two-doors-down"], title="Two bargains")'
CANARY = "a reason nobody else reads 5521"
RATINGS = (1, 1, 2, 2, 4, 5)
STARTED = 60_000  # ms in which a kernel starts, here
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
        write_notebook(folder, NAME, START)
        yield folder, url
    state = folder / "boundaries_home" / "lecture.json"
    for known in json.loads(state.read_text(encoding="utf-8")).values():
        assert (
            httpx.get(f"{known['url']}/healthz").status_code == 200
        )  # the server outlives the whole JupyterLab
        end(known["pid"])


def write_notebook(folder, name, cell):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    notebook.metadata.kernelspec = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    nbformat.write(notebook, folder / "course" / name)


def end(pid):
    os.kill(pid, signal.SIGTERM)


class Hall:
    """Phones of a lecture."""

    def __init__(self, known):
        self.http = httpx.Client(
            base_url=known["url"], headers={"Authorization": f"Bearer {known['key']}"}
        )
        self.key = known["key"]

    def judge(self, code, vignette, phase, ratings):
        """One judgment a phone; the numbers of rows stored."""
        for token, rating in zip(TOKENS, ratings, strict=True):
            one = {
                "token": token,
                "vignette": vignette,
                "phase": phase,
                "rating": rating,
                "confidence": 3,
            }
            answer = self.http.post(
                f"/api/sessions/{code}/judgments", json=one | {"reason": CANARY}
            )
            assert answer.status_code == 201, answer.text

    def state(self, code):
        return self.http.get(f"/api/sessions/{code}").json()


def frame_of(page):
    """The host's page in the notebook's frame."""
    return page.frame_locator(".bd-frame iframe")


def press_primary(page, label):
    """The large button, which says `label`, by the keyboard."""
    button = frame_of(page).locator("#primary")
    expect(button).to_have_text(label)
    page.wait_for_timeout(700)  # a button that has just changed ignores a second press
    button.press("Enter")


def known(folder):
    (found,) = json.loads(
        (folder / "boundaries_home" / "lecture.json").read_text(encoding="utf-8")
    ).values()
    return found


def shot(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"host-{name}.png")


def test_the_hosts_page_in_a_notebook_with_a_restarted_and_a_busy_kernel(lab, browser):
    folder, url = lab
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    notebook = NotebookPage(context.new_page(), url, NAME)
    page = notebook.page
    notebook.run_all()
    host = frame_of(page)
    expect(host.locator("#primary")).to_have_text("Open the first round", timeout=STARTED)
    code = host.locator("#code").inner_text().replace("-", "")
    hall = Hall(known(folder))
    shot(page, "1280-lobby")
    links = page.locator(".bd-frame > p a")
    expect(links).to_have_text(["Open the host’s page", "Open the projector’s page"])
    assert links.nth(0).get_attribute("href") == f"{hall.http.base_url}/host#{hall.key}/{code}"

    press_primary(page, "Open the first round")
    expect(host.locator("#primary")).to_have_text("Close it: talk")
    hall.judge(code, "the-kitchen-window", "first", RATINGS)
    expect(host.locator("#judged")).to_have_text("6")
    shot(page, "1280-first")

    # The kernel restarts in mid-round: the cell that runs again finds the same lecture.
    notebook.restart()
    notebook.run_all()
    expect(host.locator("#judged")).to_have_text("6", timeout=STARTED)
    assert host.locator("#code").inner_text().replace("-", "") == code
    assert known(folder)["key"] == hall.key  # one server all the time

    # A busy kernel keeps neither the counts nor the buttons waiting.
    page.evaluate(BUSY)
    press_primary(page, "Close it: talk")
    expect(host.locator("#now")).to_contain_text("Talking")
    assert page.evaluate("() => window.slept") is False
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
    )
    page.wait_for_function("() => window.slept")
    seen = "".join([*notebook.frames, *notebook.bodies])
    assert [
        secret for secret in (CANARY, *TOKENS, '"counts"', '"readings"') if secret in seen
    ] == []

    saved = json.dumps(notebook.saved(folder / "course", NAME))
    assert not [secret for secret in (code, hall.key, *TOKENS) if secret in saved]
    assert "Panel(your lecture, shown only while the notebook runs)" in saved

    # Begun anew in the page, it is another lecture for the notebook, too.
    host.get_by_text("The room, and a new code").click()
    host.get_by_role("button", name="Begin anew under a new code").press("Enter")
    expect(host.locator("#said")).to_contain_text("Begun anew under a new code.")
    assert host.locator("#code").inner_text().replace("-", "") != code
    again = host.locator("#code").inner_text().replace("-", "")
    session = hall.state(again)["session"]
    for _ in range(100):
        if session in json.dumps(known(folder)["sessions"]):
            break
        page.wait_for_timeout(50)
    notebook.run_all()
    expect(host.locator("#code")).to_have_text(f"{again[:4]}-{again[4:]}", timeout=STARTED)
    hall.http.close()
    context.close()


# -- a whole lecture --------------------------------------------------------------------------------------------------

WHOLE, CASE = "whole.ipynb", "two-coats"
FIRST, DISCUSSED = (1, 2, 2, 3, 4, 4, 5), (2, 2, 2, 3, 3, 4, 2)
WORDS = (
    "",
    "Never ethical",
    "rare conditions",
    "some conditions",
    "most conditions",
    "Always ethical",
)


class Watched:
    """A page of the class server, and every word that reached it."""

    def __init__(self, browser, url, width, height):
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.heard, self.faults, self.answers = [], [], []
        wire = self.context.new_cdp_session(self.page)
        wire.send("Network.enable")
        wire.on(
            "Network.eventSourceMessageReceived", lambda event: self.heard.append(event["data"])
        )
        self.page.on("response", lambda answer: self.answers.append(answer))  # read later
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_selector("[data-ready]")

    def everything(self):
        for answer in self.answers:
            if "/events" not in answer.url and answer.request.resource_type != "image":
                self.heard.append(answer.text())
        self.answers.clear()
        return "".join([*self.heard, self.page.content()])

    def judge(self, rating):
        choose(self.page.get_by_label(WORDS[rating]))
        choose(self.page.get_by_label("Fairly sure", exact=True))
        self.page.get_by_label("Your reason (optional)").fill(CANARY)
        self.page.get_by_role("button", name="Send my judgment").click()

    def assert_accessible(self):
        found = Axe().run(self.page).response["violations"]
        assert [
            (v["id"], v["nodes"][0]["html"][:160])
            for v in found
            if v["impact"] in ("serious", "critical")
        ] == []

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"whole-{name}.png", full_page=True)


def secrets_of(course):
    """What nobody may have before the reveal: every word of a reading, and anything counted by rating."""
    item = course.vignettes[CASE]
    said = [words for r in item.readings for words in (r.why, r.changes, r.band_why) if words]
    said += [course.codes[r.code].provisions[id].says for r in item.readings for id in r.provisions]
    # As fields of JSON: a script that asks for readings may name them.
    return [*said, '"readings":', '"counts":', '"bandText":', '"stance":']


@pytest.mark.long  # the same steps on one phone, the host's page and a projector are in tests/lectures
def test_a_whole_lecture_on_seven_phones_and_a_projector(lab, browser, course):
    folder, url = lab
    start = f'import boundaries\nlecture = boundaries.lecture(["{CASE}"], title="A whole lecture")'
    write_notebook(folder, WHOLE, start)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    notebook = NotebookPage(context.new_page(), url, WHOLE)
    notebook.run_all()
    page = notebook.page
    frame = frame_of(page)
    expect(frame.locator("#primary")).to_have_text("Open the first round", timeout=STARTED)
    address = frame.locator("#join").get_attribute("href")
    phones = [Watched(browser, address, 390, 844) for _ in FIRST]
    screen = Watched(browser, f"{address}/screen", 1280, 720)
    expect(frame.locator("#joined")).to_have_text("7")

    for button, ratings, now in (
        ("Open the first round", FIRST, "alone"),
        ("Judge again", DISCUSSED, "again"),
    ):
        press_primary(page, button)
        for phone, rating in zip(phones, ratings, strict=True):
            expect(phone.page.locator("#stage")).to_contain_text(now)
            phone.judge(rating)
        for phone in phones:
            expect(phone.page.locator(".bd-status")).to_have_text("Sent and stored.")
        expect(screen.page.locator("#count")).to_have_text("7 of 7 have judged")
        expect(frame.locator("#judged")).to_have_text("7")
        if ratings is FIRST:
            phones[0].assert_accessible()
            screen.assert_accessible()
        phones[0].shot(f"phone-{now}")
        screen.shot(f"screen-{now}")
        if button != "Judge again":
            press_primary(page, "Close it: talk")
            for each in (*phones, screen):
                expect(each.page.locator("#stage")).to_contain_text("Nobody sees a result yet")
                assert each.page.locator(".bd-reveal, canvas, figure, main svg").count() == 0

    reached = "".join([*notebook.frames, *notebook.bodies, page.content()])
    assert [secret for secret in secrets_of(course) if secret in reached] == []
    for number, each in enumerate((*phones, screen)):
        heard = each.everything()
        assert [secret for secret in secrets_of(course) if secret in heard] == [], number
        assert "have judged" in heard or '"judged":7' in heard, number  # it did listen

    for shown in (screen.page, *(phone.page for phone in phones)):
        assert shown.locator(".bd-reveal tbody, .bd-table").count() == 0

    press_primary(page, "Reveal")
    expect(frame.locator("#asked")).to_contain_text("final")
    page.wait_for_timeout(700)
    frame.locator("#yes").press("Enter")
    expect(screen.page.get_by_role("row", name="Alone, 7 rated")).to_contain_text("2 (29%)")
    expect(screen.page.get_by_role("row", name="After talking, 7 rated")).to_contain_text("4 (57%)")
    for phone, first, then in zip(phones, FIRST, DISCUSSED, strict=True):
        yours = phone.page.locator(".bd-yours")
        expect(yours).to_contain_text(f"Alone: {first}")
        expect(yours).to_contain_text(f"After talking: {then}")
        expect(phone.page.locator(".bd-table").first).to_contain_text("ACA 2014")
    assert (
        secrets_of(course)[0] in phones[0].everything()
    )  # so the canary above would have been heard
    phones[0].assert_accessible()
    screen.assert_accessible()
    phones[0].shot("phone-reveal")
    screen.shot("screen-reveal")
    for each in (*phones, screen):
        assert CANARY not in each.everything() or each in phones
        assert each.faults == []
        each.context.close()
    context.close()
