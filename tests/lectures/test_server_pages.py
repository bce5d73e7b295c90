"""The phone's page and the projector's in a real Chromium, before a real class server."""

import re
import threading
import time
from contextlib import closing, contextmanager

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from boundaries.answers.store import Store
from boundaries.lectures.server import events
from boundaries.lectures.server.app import make_app
from boundaries.lectures.server.pages import join_url

pytestmark = pytest.mark.browser

CASE, SECOND, DIAL = "the-kitchen-window", "two-coats", "a-call-at-six"
STORED = "Sent and stored."
WAITING = "Waiting for the network. Your judgment is kept on this phone and sent by itself."
CLOSED = "This round is closed. Your judgment did not arrive in time and was not stored."
TOKEN = "{:032x}"
WATCH = "window.violations = []; addEventListener('securitypolicyviolation', (e) => violations.push(e.blockedURI));"
PHONE, SMALL, LAPTOP, PROJECTOR = (390, 844), (320, 640), (1280, 720), (1920, 1080)
FAST = """
const began = Date.now(), now = Date.now, later = setTimeout, often = setInterval;
Date.now = () => began + 5 * (now() - began);
window.setTimeout = (what, ms, ...more) => later(what, (ms ?? 0) / 5, ...more);
window.setInterval = (what, ms, ...more) => often(what, ms / 5, ...more);
"""


@contextmanager
def running(store, content, port=0):
    config = uvicorn.Config(
        make_app(store, content, host_keys=["key"]), port=port, access_log=False, log_level="error"
    )
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("class") / "class.sqlite")


@pytest.fixture(scope="module")
def address(store, course):
    with running(store, course) as url:
        yield url


class Host:
    """A lecture, and what its host does with it."""

    def __init__(self, url, title="Ethics"):
        self.http = httpx.Client(base_url=url, headers={"authorization": "Bearer key"}, timeout=10)
        made = self.post("", title=title, vignettes=[CASE, SECOND, DIAL])
        self.code, self.session, self.join, self.screen = (
            made[k] for k in ("code", "session", "join_url", "screen_url")
        )

    def close(self):
        self.http.close()

    def post(self, path, **body):
        answer = self.http.post(f"/api/sessions{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def go(self, stage, case=CASE, **more):
        return self.post(f"/{self.code}/stage", vignette=case, stage=stage, **more)

    def judge(self, ratings, phase="first", case=CASE, start=0):
        """That many others, invented."""
        rows = [
            {
                "token": TOKEN.format(start + i),
                "vignette": case,
                "phase": phase,
                "rating": r,
                "confidence": 2,
            }
            for i, r in enumerate(ratings)
        ]
        self.http.post(f"/api/sessions/{self.code}/judgments", json=rows).raise_for_status()


@pytest.fixture
def fast(monkeypatch):
    """Time passes five times as fast, for the page and for the server's signs of life."""
    monkeypatch.setattr(events, "BEAT", events.BEAT / 5)
    return FAST


@pytest.fixture
def host(address):
    with closing(Host(address)) as made:
        yield made


@pytest.fixture
def open_page(browser):
    """open_page(url, size, …): a page of its own; any fault, CSP violation or foreign request fails the test."""
    contexts, faults = [], []

    def opened(
        url, size=PHONE, script="", expected=r"^Failed to load resource|^Loading failed", **options
    ):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        context.set_default_timeout(6000)
        context.add_init_script(WATCH + script)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda m: (
                faults.append(m.text)
                if m.type == "error" and not re.search(expected, m.text)
                else None
            ),
        )
        page.on(
            "request",
            lambda r: None if r.url.startswith((url[:16], "data:")) else faults.append(r.url),
        )
        page.goto(url)
        page.wait_for_selector("[data-ready]")
        return page

    yield opened
    faults += [v for c in contexts for page in c.pages for v in page.evaluate("violations")]
    for context in contexts:
        context.close()
    assert faults == []


def choose(page, rating="Ethical under rare conditions", confidence="Unsure", reason=""):
    page.get_by_label(rating).check()
    page.get_by_label(confidence, exact=True).check()
    page.get_by_label("Your reason (optional)").fill(reason)


def send(page, **answer):
    choose(page, **answer)
    page.get_by_role("button", name="Send my judgment").click()


def status(page):
    return page.locator(".bd-status")


def rows(store, host):
    return [(j.phase, j.rating, j.confidence, j.reason) for j in store.judgments(host.session)]


def kept(phone):
    return phone.evaluate("JSON.parse(localStorage.getItem(Object.keys(localStorage)[0]))")


def assert_accessible(page, **options):
    options = {
        "resultTypes": ["violations"],
        **options,
    }  # else all that passed comes along: twice as slow
    found = Axe().run(page, options=options).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []


def assert_fits(page, tall=True):
    wide, high = page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert wide <= 0
    assert tall or high <= 0


# -- a whole lecture --------------------------------------------------------------------------------------------------


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, name):
    for _ in range(40):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "document.activeElement.closest('label, button, summary, textarea')?.innerText ?? ''"
        )
        if name in at:
            return
    raise AssertionError(f"no Tab stop {name!r}")


def test_a_whole_lecture_by_keyboard_on_a_phone_and_a_projector(host, open_page, store, course):
    phone, screen = open_page(host.join), open_page(host.screen, LAPTOP)
    small = open_page(host.join, SMALL)
    everywhere = (phone, small, screen)

    def everywhere_is(sentence):
        for page in everywhere:
            expect(page.locator("#stage")).to_contain_text(sentence)
        for page in (phone, screen):
            if sentence in (
                "Judge alone",
                "what the codes",
            ):  # of each colour that is used, one in the dark
                page.emulate_media(color_scheme="dark")
                assert_accessible(
                    page, runOnly=["color-contrast"]
                )  # all that dark colours can spoil
                page.emulate_media(color_scheme="light")
            assert_accessible(page)
        for page in everywhere:
            assert_fits(page, tall=page is not screen)
            assert page.locator("h1").count() == page.get_by_role("main").count() == 1

    expect(screen.locator("#join-code")).to_have_text(f"{host.code[:4]}-{host.code[4:]}")
    expect(screen.locator("#count")).to_have_text("2 joined")
    assert screen.locator("#qr").evaluate("image => image.complete && image.naturalWidth > 0")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Please wait")

    host.go("first", seconds=60)
    everywhere_is("Judge alone")
    for page in everywhere:
        expect(page.get_by_role("heading", level=1)).to_have_text("The kitchen window")
        expect(page.locator("#case")).to_contain_text("Devika says nothing to Barnaby")
        expect(page.locator("#clock")).to_contain_text("0:")
    tab_to(phone, "Never ethical")
    press(phone, "Space", "ArrowDown", "Tab", "Tab", "Space", "ArrowRight", "Tab")
    phone.keyboard.type("He cannot say no.")
    press(phone, "Tab", "Enter")
    expect(status(phone)).to_have_text(STORED)
    expect(status(phone)).to_be_focused()
    expect(screen.locator("#count")).to_have_text("1 of 2 have judged")
    tab_to(phone, "Change my judgment")
    press(phone, "Enter")
    expect(phone.get_by_label("Ethical under rare conditions")).to_be_focused()
    press(phone, "ArrowDown")
    tab_to(phone, "Send my judgment")
    press(phone, "Enter")
    expect(status(phone)).to_have_text(STORED)
    assert rows(store, host) == [("first", 3, 2, "He cannot say no.")]
    host.judge([1, 2, 2, 2, 3, 4, 1, 2])

    host.go("discuss")
    everywhere_is("Talk with your neighbours. Nobody sees a result yet.")
    assert [page.locator(".bd-reveal").count() for page in everywhere] == [0, 0, 0]
    expect(phone.locator(".bd-yours")).to_contain_text(
        "Alone: 3, Ethical under some conditions (unsure)"
    )
    expect(phone.get_by_role("button", name="Change my judgment")).to_have_count(0)
    assert phone.evaluate("document.activeElement.className").startswith(
        "bd-status"
    )  # not dropped to the page

    host.go("discussed")
    everywhere_is("Judge again")
    tab_to(phone, "Never ethical")
    press(phone, "Space", "ArrowDown", "Tab", "Tab", "Space", "Tab", "Tab", "Enter")
    expect(status(phone)).to_have_text(STORED)
    host.judge([2, 2, 2, 3, 3, 4, 1, 2], "discussed")
    host.go("reveal")
    screen.wait_for_selector(".bd-reveal")
    everywhere_is("what the codes")
    expect(screen.get_by_role("row", name="Alone, 9 rated")).to_contain_text("2 (22%)")
    expect(screen.get_by_role("columnheader", name="1, Never ethical")).to_have_count(1)
    moved = "9 rated it both times: 6 stayed, 1 became stricter, 2 more permissive."
    expect(screen.locator(".bd-moved")).to_have_text(moved)
    expect(phone.locator(".bd-yours")).to_contain_text(
        "After talking: 2, Ethical under rare conditions (a guess)"
    )
    lowest, highest = course.vignettes[CASE].reading(course.course.codes[0]).band
    band = f"Band {lowest} to {highest}."
    line = ".bd-line:has-text('ACA 2014')"
    expect(phone.locator(line)).to_contain_text(f"{band} Your rating, 2, is inside this band.")
    expect(phone.locator(".bd-you").first).to_be_visible()
    expect(small.locator(line)).to_contain_text(band)

    host.go("informed")
    everywhere_is("Judge once more")
    expect(phone.locator(".bd-table")).to_contain_text("ACA 2014")
    send(phone, rating="Always ethical")
    expect(status(phone)).to_have_text(STORED)
    expect(phone.locator(".bd-yours")).to_contain_text(
        "After the codes: 5, Always ethical (unsure)"
    )

    host.go("first", SECOND)
    for page in everywhere:
        expect(page.locator("#place")).to_have_text("Case 2 of 3")
        expect(page.locator(".bd-reveal")).to_be_hidden()
    expect(phone.locator(".bd-result")).to_have_count(0)
    expect(phone.get_by_label("Never ethical")).not_to_be_checked()
    host.go("over", "")
    everywhere_is("Thank you. The lecture is over.")
    expect(phone.locator("#kept")).to_contain_text("No name, no address.")


# -- what becomes of a judgment ---------------------------------------------------------------------------------------


def test_an_answer_lost_on_the_way_back_is_no_double_row_and_no_untrue_sentence(
    host, open_page, store
):
    phone = open_page(host.join)
    host.go("first")
    lost = []

    def lose(route):
        if not lost:
            route.fetch()  # the server has it
        lost.append(1)
        route.abort()

    phone.route("**/judgments", lose)
    phone.evaluate(
        """window.heard = []; new MutationObserver(() => heard.push(document.querySelector('.bd-status')?.textContent))
        .observe(document.querySelector('#form'), {subtree: true, childList: true, characterData: true});"""
    )
    send(phone)
    expect(status(phone)).to_have_text(WAITING)
    expect(phone.locator(".bd-yours")).to_contain_text("not confirmed yet")
    assert rows(store, host) == [("first", 2, 2, "")]
    phone.unroute("**/judgments")
    expect(status(phone)).to_have_text(STORED)
    expect(phone.locator(".bd-yours")).to_have_text(
        "Alone: 2, Ethical under rare conditions (unsure)"
    )
    assert rows(store, host) == [("first", 2, 2, "")]
    said = phone.evaluate("heard")
    assert said.index(WAITING) < said.index(STORED)


def test_offline_a_judgment_is_kept_over_a_reload_and_sent_by_itself(host, open_page, store):
    phone = open_page(host.join)
    host.go("first")
    expect(phone.get_by_label("Never ethical")).to_be_visible()
    phone.route("**/judgments", lambda route: route.abort())
    send(phone, reason="<img src=x onerror=alert(1)>")
    expect(status(phone)).to_have_text(WAITING)
    phone.reload()
    expect(status(phone)).to_have_text(WAITING)
    expect(phone.locator(".bd-quote")).to_have_text("<img src=x onerror=alert(1)>")
    phone.get_by_role("button", name="Change my judgment").click()
    expect(phone.get_by_label("Your reason (optional)")).to_have_value(
        "<img src=x onerror=alert(1)>"
    )
    send(phone, rating="Always ethical")
    assert rows(store, host) == []
    phone.unroute("**/judgments")
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(status(phone)).to_have_text(STORED)
    assert rows(store, host) == [("first", 5, 2, "")]


def test_a_judgment_that_comes_too_late_is_said_to_be_lost(host, open_page, store):
    phone, twice = open_page(host.join), open_page(host.join)
    host.go("first")
    choose(twice)
    twice.get_by_role("button", name="Send my judgment").dblclick()
    # Its second half falls on the button that stands there by then, and does not press it.
    expect(status(twice)).to_have_text(STORED)
    for page in (phone, twice):
        page.route("**/judgments", lambda route: route.abort())
    send(phone)
    twice.get_by_role("button", name="Change my judgment").click()
    send(twice, rating="Always ethical")
    for page in (phone, twice):
        expect(status(page)).to_have_text(WAITING)
    host.go("discuss")
    for page in (phone, twice):
        expect(page.locator("#stage")).to_contain_text("Talk")
        page.unroute("**/judgments")
        page.evaluate("dispatchEvent(new Event('online'))")
    expect(twice.locator(".bd-yours")).to_have_text(
        "Alone: 2, Ethical under rare conditions (unsure)"
    )
    kept = "The one before it stays stored: 2 (Ethical under rare conditions)."
    expect(status(twice)).to_have_text(f"{CLOSED} {kept}")
    expect(phone.locator("#form")).to_contain_text(CLOSED)
    assert rows(store, host) == [("first", 2, 2, "")]


def test_one_token_on_two_phones_says_which_judgment_was_stored(host, open_page, store):
    phone = open_page(host.join)
    host.go("first")
    send(phone)
    expect(status(phone)).to_have_text(STORED)
    elsewhere = {
        "token": kept(phone)["token"],
        "vignette": CASE,
        "phase": "first",
        "rating": 4,
        "confidence": 3,
        "revision": 9,
    }
    host.post(f"/{host.code}/judgments", **elsewhere)
    phone.get_by_role("button", name="Change my judgment").click()
    send(phone, rating="Never ethical")
    expect(status(phone)).to_have_text(
        "Another judgment under your code was stored instead: 4, Ethical under most conditions (fairly sure)."
    )
    phone.get_by_role("button", name="Change my judgment").click()
    send(phone, rating="Never ethical")
    expect(status(phone)).to_have_text(STORED)
    assert [r[1] for r in rows(store, host)] == [1]


def test_a_reload_keeps_the_draft_and_what_was_sent(host, open_page):
    phone = open_page(host.join)
    host.go("first")
    choose(phone, reason="Half a thou")
    phone.reload()
    expect(phone.get_by_label("Your reason (optional)")).to_have_value("Half a thou")
    phone.get_by_role("button", name="Send my judgment").click()
    expect(status(phone)).to_have_text(STORED)
    phone.reload()
    expect(phone.locator(".bd-yours")).to_contain_text("2, Ethical under rare conditions (unsure)")
    expect(status(phone)).to_have_text("")  # nothing waits
    host.go("discuss")
    expect(phone.locator("#stage")).to_contain_text("Talk")
    host.go("first")
    phone.get_by_role("button", name="Change my judgment").click()
    expect(phone.get_by_label("Your reason (optional)")).to_have_value("Half a thou")


def test_what_is_typed_outlives_a_round_closed_and_opened_again(host, open_page):
    phone = open_page(host.join)
    host.go("first")
    choose(phone, reason="Half a thou")
    host.go("discuss")
    expect(phone.locator("#form")).to_be_hidden()
    expect(phone.get_by_role("heading", level=1)).to_be_focused()
    host.go("first")
    expect(phone.get_by_label("Your reason (optional)")).to_have_value("Half a thou")


def test_a_skip_is_a_judgment_too(host, open_page, store):
    phone = open_page(host.join)
    host.go("first")
    phone.get_by_label("I would rather not judge this one").check()
    phone.get_by_role("button", name="Send my judgment").click()
    expect(status(phone)).to_have_text(STORED)
    expect(phone.locator(".bd-yours")).to_have_text("Alone: you preferred not to judge this one")
    assert rows(store, host) == [("first", None, None, "")]


def test_without_storage_the_page_works_and_says_so(host, open_page, store):
    nothing = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } });"
    phone = open_page(host.join, script=nothing)
    host.go("first")
    send(phone)
    expect(status(phone)).to_have_text(STORED)
    expect(phone.locator("#kept")).to_contain_text("This browser keeps nothing (a private window?)")
    assert len(rows(store, host)) == 1


# -- who judges, and what they see ------------------------------------------------------------------------------------


def test_a_late_phone_joins_at_the_present_round(host, open_page, store):
    host.go("first")
    host.judge([1, 2, 2, 2, 3])
    host.go("discussed")
    phone = open_page(host.join)
    send(phone)
    expect(status(phone)).to_have_text(STORED)
    assert ("discussed", 2, 2, "") in rows(store, host)
    host.go("reveal")
    expect(phone.locator(".bd-withheld").first).to_have_text(
        "After talking: 1 has judged; the class appears from 5."
    )


def test_a_notebooks_code_makes_phone_and_notebook_one(host, open_page, store):
    from boundaries.answers.codes import code_of
    from boundaries.answers.judgments import participant_of

    phone = open_page(host.join)
    phone.get_by_text("You also use the notebooks?").click()
    expect(phone.locator("#who")).to_contain_text(
        "this phone is another participant than your notebook"
    )
    backup, carried = (
        phone.get_by_label("The backup code of your notebook"),
        phone.locator("#carried"),
    )
    backup.press("Enter")
    expect(carried).to_contain_text("Please type the code first.")
    backup.fill("nonsense")
    backup.press("Enter")
    expect(carried).to_contain_text("A code has 27 signs")
    backup.fill(code_of("ab" * 16))
    phone.route("**/join", lambda route: route.abort())
    backup.press("Enter")
    expect(carried).to_have_text("The server does not answer at the moment. Try again.")
    phone.unroute("**/join")
    backup.press("Enter")
    expect(carried).to_have_text("Done: this phone now judges as your notebook does.")
    expect(phone.locator("#who")).to_contain_text("both are one participant")
    host.go("first")
    send(phone)
    expect(status(phone)).to_have_text(STORED)
    assert [j.participant for j in store.judgments(host.session)] == [
        participant_of(host.session, "ab" * 16)
    ]
    phone.route("**/judgments", lambda route: route.abort())
    phone.get_by_role("button", name="Change my judgment").click()
    send(phone, rating="Never ethical")
    expect(status(phone)).to_have_text(WAITING)
    backup.fill(code_of("cd" * 16))
    backup.press("Enter")
    expect(carried).to_contain_text("A judgment is still on its way.")
    assert kept(phone)["token"] == "ab" * 16


def test_a_phone_that_joins_at_the_third_round_sees_what_the_codes_say_and_not_the_class(
    host, open_page
):
    host.go("first")
    host.judge([1, 2, 2, 3, 4, 5])
    host.go("discuss")
    early, asked = open_page(host.join), []
    early.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    early.reload()
    expect(early.get_by_role("heading", level=1)).to_be_visible()
    assert "The codes" not in early.locator("main").inner_text()
    host.go("reveal")
    expect(early.locator("#class")).to_be_visible()
    assert "codes" not in asked
    host.go("informed")
    late = open_page(host.join)
    expect(late.locator("#form .bd-table")).to_be_visible()
    expect(late.locator("#class")).to_be_hidden()
    assert "most often" not in late.locator("main").inner_text()
    late.reload()
    expect(late.locator("#form .bd-table")).to_be_visible()
    host.go("lobby")
    expect(late.locator("#form .bd-table")).to_be_hidden()


def test_in_a_split_room_each_phone_has_its_own_version(host, open_page, course):
    host.post(f"/{host.code}/level", vignette=DIAL, level="split")
    host.go("first", DIAL)
    phone, screen = open_page(host.join), open_page(host.screen, LAPTOP)
    expect(screen.locator("#case")).to_contain_text("The class is split")
    send(phone)
    expect(status(phone)).to_have_text(STORED)
    levels = kept(phone)["levels"]
    item = course.vignettes[DIAL]
    expect(phone.locator("#case .bd-text")).to_have_text(item.at(levels[DIAL], item.case))
    expect(screen.locator("#case")).not_to_contain_text(item.at(levels[DIAL], item.case))
    host.judge([1, 2, 2, 3, 4] * 6, case=DIAL)
    host.go("reveal", DIAL)
    expect(screen.locator("figcaption")).to_contain_text([x.label for x in item.dial.levels])
    assert_fits(screen, tall=True)
    assert_accessible(screen)


def test_a_show_of_hands_is_drawn_apart(host, open_page):
    screen = open_page(host.screen, PROJECTOR)
    host.go("first")
    host.judge([1, 2, 2, 2])
    host.post(f"/{host.code}/hands", vignette=CASE, phase="first", counts=[3, 9, 6, 2, 1])
    host.go("reveal")
    expect(screen.locator(".bd-withheld")).to_have_text("4 have judged; the class appears from 5.")
    expect(screen.locator(".bd-hands")).to_contain_text("By hand, alone, 21 hands")
    expect(screen.locator(".bd-group .bd-bar")).to_have_count(0)
    assert_fits(screen, tall=False)
    assert_accessible(screen)


def test_html_in_a_title_stays_text(address, open_page):
    title = "</script><script>alert(1)</script><b>bold</b>"
    with closing(Host(address, title)) as host:
        for page in (open_page(host.join), open_page(host.screen, LAPTOP)):
            host.go("first")
            expect(page.locator("#lecture")).to_have_text(title)
            assert page.locator("b, script:not([src]):not([type='application/json'])").count() == 0


def test_forced_colours_keep_the_bars_apart(host, open_page):
    screen = open_page(host.screen, LAPTOP, forced_colors="active")
    host.go("first")
    host.judge([1, 2, 2, 2, 3])
    host.go("discussed")
    host.judge([1, 2, 2, 2, 3], "discussed")
    host.go("reveal")
    expect(screen.locator(".bd-bar")).to_have_count(10)
    bars = screen.locator(".bd-bar").evaluate_all(
        "bars => bars.map((bar) => getComputedStyle(bar).backgroundImage)"
    )
    assert [image.startswith("repeating") for image in bars] == [True, False] * 5


# -- the server goes and comes ----------------------------------------------------------------------------------------


def test_a_server_that_dies_is_said_calmly_and_found_again(tmp_path, course, open_page, fast):
    own = Store(tmp_path / "own.sqlite")
    with running(own, course) as url, closing(Host(url)) as host:
        port = int(url.rsplit(":", 1)[1])
        phone = open_page(host.join, script=fast)
        screen = open_page(host.screen, LAPTOP, script=fast)
        host.go("first")
        expect(phone.get_by_label("Never ethical")).to_be_visible()
    for page in (phone, screen):
        expect(page.locator("#net")).to_contain_text("The server does not answer at the moment.")
    send(phone)
    expect(status(phone)).to_have_text(WAITING)
    with running(own, course, port):
        expect(status(phone)).to_have_text(STORED, timeout=20_000)
        expect(screen.locator("#net")).to_be_hidden(timeout=20_000)
        expect(screen.locator("#count")).to_have_text("1 of 1 have judged", timeout=20_000)


# -- the files --------------------------------------------------------------------------------------------------------


def test_a_phone_loads_less_than_32_kB_and_only_once(host, address):
    host.go("first")
    page = httpx.get(host.join)
    files = re.findall(r'(?:src|href)="(static/[^"]+)"', page.text)
    assert [file.rpartition("/")[2] for file in files] == ["page.css", "phone.js"]
    answers = [httpx.get(f"{address}/{file}") for file in dict.fromkeys(files)]
    loaded = sum(
        answer.num_bytes_downloaded for answer in (page, *answers)
    )  # compressed, as it travels
    assert loaded < 32_000
    for file, answer in zip(dict.fromkeys(files), answers, strict=True):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = httpx.get(f"{address}/{file}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        old = httpx.get(f"{address}/static/old/{file.rpartition('/')[2]}")
        assert (old.headers["cache-control"], old.text) == ("no-cache", answer.text)
        assert old.headers["content-encoding"] == "gzip"
    assert httpx.get(f"{address}/static/old/secrets.txt").status_code == 404
    assert page.headers["cache-control"] == "no-store"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<style|\bstyle=|\bon\w+=", page.text)


def test_a_code_is_typed_as_people_type_it(host, address, open_page):
    page = open_page(address + "/")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("The code on the screen").fill("nonsense!")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text(
        "A code has eight signs, such as K7QF-2MWD. Compare it with the screen."
    )
    page.get_by_label("The code on the screen").fill(
        f" {host.code[:4].lower()} {host.code[4:].lower()}"
    )
    page.keyboard.press("Enter")
    expect(page.locator("#lecture")).to_have_text("Ethics")
    assert page.url == host.join == join_url(address, host.code)
    page.goto(f"{address}/screen")  # where the projector's computer types it
    assert_accessible(page)
    page.goto(f"{address}/AAAA-AAAA")
    expect(page.locator(".bd-warn")).to_contain_text("There is no lecture of this code.")
    assert_accessible(page)


def test_a_wrong_code_leads_back_to_the_form(address):
    for code, said in [
        ("AAAA-AAAA", "There is no lecture of this code. Compare it with the code on the screen."),
        ("x&lt;b&gt;", "is not a code of a lecture. It has eight signs, such as K7QF-2MWD."),
    ]:
        for path in ("", "/screen"):
            answer = httpx.get(f"{address}/{code}{path}")
            assert answer.status_code == 404
            assert said in answer.text
            assert 'id="code"' in answer.text
            assert "<b>" not in answer.text
    assert [
        httpx.get(f"{address}/{name}").status_code for name in ("favicon.ico", "robots.txt")
    ] == [204, 204]


def test_the_qr_code_is_of_the_address_to_open(host, address):
    answer = httpx.get(f"{host.join}/qr.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "<path" in answer.text
    assert httpx.get(f"{address}/no-code/qr.svg").status_code == 404
