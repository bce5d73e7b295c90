"""Phone and projector where networks are bad: asleep, held back, behind a portal, in many tabs of one browser."""

# ruff: noqa: F811 - a test names the fixtures that it takes, which are imported

import time

import pytest
from playwright.sync_api import expect
from test_server_pages import (  # noqa: F401 - fixtures are found by their names
    CASE,
    CLOSED,
    SECOND,
    STORED,
    WAITING,
    address,
    choose,
    fast,
    host,
    kept,
    open_page,
    rows,
    send,
    status,
    store,
)
from wires import Wire

pytestmark = pytest.mark.browser

WOKEN = """
document.dispatchEvent(new Event('visibilitychange'));
dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
"""
SLOW = 8000  # ms: far above what it takes, far below the minute that it took


def until(true):
    for _ in range(100):
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def wire(address):
    wires = []

    def made(**options):
        wires.append(Wire(int(address.rpartition(":")[2]), **options))
        return wires[-1]

    yield made
    for each in wires:
        each.close()


@pytest.mark.parametrize("page", ["", "/screen"], ids=["phone", "projector"])
def test_what_wakes_up_is_right_at_once(host, open_page, wire, page):
    """All its connections died in its sleep, and look alive."""
    way = wire()
    woken = open_page(f"{way.url}/{host.code}{page}")
    host.go("first")
    expect(woken.locator("#case")).to_contain_text("Devika")
    way.die()
    host.go("discuss")
    woken.evaluate(WOKEN)
    expect(woken.locator("#stage")).to_contain_text("Talk", timeout=SLOW)
    host.go("discussed")  # and it hears again
    expect(woken.locator("#stage")).to_contain_text("Judge again", timeout=SLOW)


def test_a_stream_that_dies_while_the_page_is_seen_is_given_up(host, open_page, wire, fast):
    way = wire()
    phone = open_page(f"{way.url}/{host.code}", script=fast)
    host.go("first")
    expect(phone.locator("#case")).to_contain_text("Devika")
    way.die()
    host.go("discuss")
    expect(phone.locator("#stage")).to_contain_text("Talk", timeout=4 * SLOW)


@pytest.mark.parametrize("page", ["", "/screen"], ids=["phone", "projector"])
def test_behind_a_front_that_holds_events_back_it_asks(host, open_page, wire, fast, page):
    way = wire(hold_events=True)
    late = open_page(f"{way.url}/{host.code}{page}", script=fast)
    for stage, words in (("first", "Judge alone"), ("discuss", "Talk")):
        host.go(stage)
        expect(late.locator("#stage")).to_contain_text(words, timeout=2 * SLOW)


def test_many_tabs_of_a_browser_share_one_stream(host, open_page, store):
    first = open_page(host.screen)
    asked = []
    first.context.on(
        "request", lambda r: asked.append(r.url) if r.url.endswith("/events") else None
    )
    tabs = [first]
    for _ in range(7):
        tab = first.context.new_page()
        tab.goto(host.join)
        tab.wait_for_selector("[data-ready]")
        tabs.append(tab)
    host.go("first")
    for tab in tabs:
        expect(tab.locator("#case")).to_contain_text("Devika")
    send(tabs[-1])
    expect(status(tabs[-1])).to_have_text(STORED)
    assert len(asked) <= 1  # the one that leads
    first.close()
    host.go("discuss")
    for tab in tabs[1:]:
        expect(tab.locator("#stage")).to_contain_text("Talk", timeout=SLOW)
    assert len(asked) >= 1  # another leads now
    host.go("over")
    expect(tabs[1].locator("#stage")).to_contain_text("over", timeout=SLOW)


def test_a_hidden_tab_lets_go_of_its_stream_and_so_does_one_of_a_lecture_that_is_over(
    host,
    open_page,
):
    hide = "Object.defineProperty(document, 'hidden', {get: () => window.away ?? false});"
    spy = """
    const Real = EventSource; window.streams = [];
    window.EventSource = class extends Real { constructor(url) { super(url); streams.push(this); } };
    """
    phone = open_page(host.join, script=hide + spy)
    open_streams = "streams.filter((s) => s.readyState < 2).length"
    assert until(lambda: phone.evaluate(open_streams) == 1)
    phone.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    assert phone.evaluate(open_streams) == 0
    host.go("first")
    phone.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(phone.locator("#case")).to_contain_text("Devika")
    assert until(lambda: phone.evaluate(open_streams) == 1)
    host.go("over")
    expect(phone.locator("#stage")).to_have_text("Thank you. The lecture is over.")
    assert phone.evaluate(open_streams) == 0


# What may come back for a judgment without being a verdict on it: status, body, whether it has our mark.
NO_VERDICTS = [
    (200, {"ok": True}, False),
    (200, {"receipts": [{"status": "stored", "revision": 1}]}, False),
    (401, {"error": "authentication required"}, False),
    (403, {"message": "Forbidden"}, False),
    (404, {"detail": "Not Found"}, False),
    (409, ["not", "ours"], False),
    (511, "<html>", False),
    # A front's words in an answer of ours.
    (200, None, True),
    (403, {"message": "Forbidden"}, True),
    (422, ["not", "ours"], True),
    # Our own server, begun with another store, without its public address, or behind a translator.
    (404, {"error": "There is no lecture of this code."}, True),
    (421, {"error": "This server does not go by that name."}, True),
    (403, {"error": "Another website sent this."}, True),
    # Our own server, which wants to be left alone for a second.
    *((code, {"error": "Later."}, True) for code in (408, 425, 429, 500, 503)),
]


def test_an_answer_that_is_no_verdict_takes_nothing_away(host, open_page, store):
    host.go("first")
    phone = open_page(host.join)
    answered = []

    def instead(route):
        code, body, marked = NO_VERDICTS[len(answered) % len(NO_VERDICTS)]
        marks = {"x-boundaries": "1", "retry-after": "1"} if marked else {}
        answered.append(code)
        route.fulfill(status=code, json=body, headers=marks)

    phone.route("**/judgments", instead)
    send(phone)
    for number in range(1, len(NO_VERDICTS) + 1):
        for _ in range(100):
            if len(answered) >= number:
                break
            phone.evaluate(
                "dispatchEvent(new Event('online'))"
            )  # it tries again by itself, only later
            phone.wait_for_timeout(50)
        assert list(kept(phone)["outbox"]) == [f"{CASE}/first"], NO_VERDICTS[number - 1]
    expect(status(phone)).to_contain_text("Your judgment is kept on this phone and sent by itself.")
    phone.unroute("**/judgments")
    expect(status(phone)).to_have_text(STORED, timeout=2 * SLOW)
    assert rows(store, host) == [("first", 2, 2, "")]


def test_one_of_many_that_cannot_be_read_does_not_take_the_others_with_it(host, open_page, store):
    host.go("first")
    phone = open_page(host.join)
    sizes = []

    def many_are_refused(route):
        sizes.append(len(route.request.post_data_json))
        if sizes[-1] == 1:
            return route.continue_()
        marks = {"x-boundaries": "1"}
        return route.fulfill(status=413, json={"error": "Too long."}, headers=marks)

    phone.route("**/judgments", lambda route: route.abort())
    send(phone)
    expect(status(phone)).to_have_text(WAITING)
    phone.evaluate(
        """key => {
        const all = JSON.parse(localStorage[key]);
        const [[round, one]] = Object.entries(all.outbox);
        for (let n = 1; n < 12; n += 1) all.outbox[`none-${n}/first`] = { ...one, vignette: `none-${n}` };
        localStorage[key] = JSON.stringify(all);
    }""",
        f"boundaries/{host.code}",
    )
    phone.unroute("**/judgments")
    phone.route("**/judgments", many_are_refused)
    phone.reload()
    expect(status(phone)).to_have_text(STORED, timeout=2 * SLOW)
    assert sizes[0] == 10  # never more at once than the server reads
    assert until(lambda: kept(phone)["outbox"] == {})
    assert rows(store, host) == [("first", 2, 2, "")]


def test_a_portal_that_answers_the_join_does_not_keep_a_phone_out(host, open_page):
    portal = {"status": 403, "content_type": "application/json", "body": '{"error": "Please pay."}'}
    phone = open_page(f"{host.join}#", script="", expected=".*")
    phone.route("**/api/**", lambda route: route.fulfill(**portal))
    phone.evaluate("localStorage.clear(); dispatchEvent(new Event('online'))")
    phone.reload()
    expect(phone.locator("#net")).to_contain_text("sign in first", timeout=2 * SLOW)
    assert "Please pay" not in phone.inner_text("body")
    phone.unroute("**/api/**")
    host.go("first")
    expect(phone.locator("#net")).to_be_hidden(timeout=2 * SLOW)
    send(phone)
    expect(status(phone)).to_have_text(STORED, timeout=SLOW)


def test_a_judgment_that_came_too_late_is_not_shown_as_yours(host, open_page):
    host.go("first")
    phone = open_page(host.join)
    phone.route("**/judgments", lambda route: route.abort())
    send(phone)
    expect(status(phone)).to_have_text(WAITING)
    host.go("discuss")
    expect(phone.locator("#stage")).to_contain_text("Talk")
    phone.unroute("**/judgments")
    expect(status(phone)).to_have_text(CLOSED, timeout=SLOW)
    expect(status(phone)).to_be_visible()  # nothing else of it is left on the page
    expect(phone.locator(".bd-yours")).to_have_count(0)
    assert kept(phone)["mine"] == {}
    phone.reload()
    expect(phone.locator(".bd-yours")).to_have_count(0)


def test_a_state_that_is_older_than_what_is_shown_is_passed_over(host, open_page):
    phone = open_page(host.join)
    old = host.http.get(f"/api/sessions/{host.code}").json()
    host.go("first")
    host.go("discuss")
    expect(phone.locator("#stage")).to_contain_text("Talk")
    phone.route(
        f"**/api/sessions/{host.code}",
        lambda route: route.fulfill(json=old, headers={"x-boundaries": "1"}),
    )  # a process a moment behind
    with phone.expect_response(f"**/api/sessions/{host.code}"):
        phone.evaluate(WOKEN)
    time.sleep(0.3)
    expect(phone.locator("#stage")).to_contain_text("Talk")


def test_the_codes_go_when_the_host_hides_the_class(host, open_page):
    host.go("first")
    phone = open_page(host.join)
    send(phone)
    expect(status(phone)).to_have_text(STORED)
    host.go("reveal")
    expect(phone.locator(".bd-table")).to_be_visible()
    for _ in range(2):
        host.go("discuss")
        expect(phone.locator("#stage")).to_contain_text("Talk")
        expect(phone.locator(".bd-table")).to_have_count(0)
        expect(phone.locator("#class")).to_be_hidden()
        phone.reload()
    host.go("lobby", SECOND)
    host.go("first", SECOND)
    expect(phone.locator("#title")).to_have_text("Two coats")
    expect(phone.locator(".bd-table")).to_have_count(0)
