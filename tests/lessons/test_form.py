"""The form in a real Chromium, with an invented Python behind it (form_page.html)."""

import http.server
import re
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.figure import Figure
from pandas import DataFrame
from playwright.sync_api import expect

from boundaries.charts import Chart
from boundaries.web import module

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
WEB = HERE.parent.parent / "boundaries" / "web"
NO_RECEIPT = (
    "No answer from Python yet, so nothing is confirmed as stored. What you typed is kept here. "
    "If a cell is running it may still come; otherwise run this cell again."
)
NOT_CONNECTED = "This form is not connected to Python. Run the cell above it again (Shift+Enter)."
STORED = "Stored on this computer, in your own file."
NO_RATING = "Nothing was sent. Please choose an answer, or “I would rather not judge this one”."
GUARDED = "input,select,textarea,button,summary,a,[tabindex]"
DRAFT = "own-study/tiles/first"


class Files(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path):
        name = path.split("?")[0].lstrip("/")
        return str((HERE if name.endswith(".html") else WEB) / name)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/form_page.html"
        server.shutdown()


@pytest.fixture
def page_at(browser, address):
    """page_at(width, …): the page with a form on it; a fault in the page's console fails the test."""
    contexts, faults = [], []

    def open_page(width=1280, query="", clock=False, start=True, **kwargs):
        context = browser.new_context(viewport={"width": width, "height": 800}, **kwargs)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: faults.append(message.text) if message.type == "error" else None,
        )
        if clock:
            page.clock.install()
        page.goto(address + query)
        page.wait_for_selector("[data-ready]")
        if start:
            begin(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def begin(page, hello="first", **answers):
    page.evaluate("a => { Object.assign(answers, a); start(); }", {"hello": hello, **answers})
    if hello:
        page.wait_for_selector(".bd-card form, .bd-result")


def sent(page, kind="judge"):
    return page.evaluate("kind => sent.filter((m) => m.kind === kind)", kind)


def fill(page, rating="Ethical under rare conditions", confidence="Unsure", reason=""):
    page.get_by_label(rating).check()
    page.get_by_label(confidence).check()
    page.get_by_label("Your reason (optional)").fill(reason)


def status(page):
    return page.get_by_role("status")


def submit(page, **kwargs):
    page.locator("button[type=submit]").click(**kwargs)


def focused(page):
    return page.evaluate(
        "document.activeElement.closest('label')?.innerText || document.activeElement.outerHTML"
    )


def test_a_judgment_needs_nothing_but_the_keyboard(page_at):
    page = page_at()
    page.evaluate("document.activeElement.blur()")
    for key in [
        "Tab",
        "Space",
        "ArrowDown",
        "Tab",
        "Tab",
        "Space",
        "ArrowRight",
        "ArrowRight",
        "Tab",
    ]:
        page.keyboard.press(key)
    page.keyboard.type("He cannot say no.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text(STORED)
    expect(status(page)).to_have_class("bd-status bd-ok")
    expect(status(page)).to_be_focused()
    assert sent(page) == [
        {
            "kind": "judge",
            "phase": "first",
            "rating": 2,
            "confidence": 3,
            "reason": "He cannot say no.",
            "skip": False,
        }
    ]
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Judge again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Never ethical")).to_be_focused()
    assert sent(page, "again") == [{"kind": "again"}]


def test_digits_choose_and_lead_on_and_are_letters_in_a_reason(page_at):
    page = page_at()
    rating = page.get_by_label("Never ethical")
    rating.focus()
    for key in ("Control+4", "Alt+4", "Meta+4", "0", "9", "x"):
        page.keyboard.press(key)
    expect(page.locator("input:checked")).to_have_count(0)
    expect(rating).to_be_focused()
    page.keyboard.press("4")
    expect(page.get_by_label("Ethical under most conditions")).to_be_checked()
    expect(page.get_by_label("A guess")).to_be_focused()
    page.keyboard.press("5")  # no fifth way of being sure
    page.keyboard.press("2")
    expect(page.get_by_label("Unsure")).to_be_checked()
    expect(page.locator("button[type=submit]")).to_be_focused()
    assert page.evaluate("key => JSON.parse(sessionStorage[key]).confidence", DRAFT) == 2
    page.get_by_label("Your reason (optional)").press("1")
    expect(page.get_by_label("Ethical under most conditions")).to_be_checked()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("1")
    page.evaluate("tell(states.locked)")
    page.get_by_role("button", name="Judge again").press("3")  # no form: nothing to choose
    expect(page.locator(".bd-card form")).to_have_count(0)


def test_the_wording_that_was_shown_goes_back_with_the_answer(page_at):
    page = page_at(start=False)
    page.evaluate("states.first.wording = 'w1'")
    begin(page)
    fill(page)
    submit(page)
    assert sent(page)[0]["wording"] == "w1"


def test_a_missing_answer_gets_a_sentence_and_the_focus_each_time(page_at):
    page = page_at()
    page.evaluate("listen()")
    submit(page)
    assert focused(page) == "Never ethical"
    expect(page.get_by_role("group", name="In cases like this one")).to_contain_text(
        "Please choose one."
    )
    submit(page)
    page.get_by_label("Ethical under most conditions").check()
    expect(page.get_by_text("Please choose one.")).to_have_count(0)
    page.keyboard.press("Enter")  # implicit submission on a radio
    assert focused(page) == "A guess"
    expect(page.get_by_role("group", name="How sure are you?")).to_contain_text(
        "Please choose one."
    )
    page.get_by_label("A guess").check()
    expect(page.get_by_text("Please choose one.")).to_have_count(0)
    assert page.evaluate("saidAloud") == [
        NO_RATING,
        f"{NO_RATING} (attempt 2)",
        "Nothing was sent. Please also answer: How sure are you?",
    ]
    assert sent(page) == []


def test_a_reason_that_is_too_long_is_not_cut_but_sent_back(page_at):
    page = page_at()
    fill(page, reason="é" * 499 + "🙂🙂")  # 501 characters to Python, more to JavaScript
    submit(page)
    expect(status(page)).to_have_text(
        "Nothing was sent. Your reason has 501 characters, and 500 is the most. Please shorten it."
    )
    expect(page.get_by_label("Your reason (optional)")).to_be_focused()
    expect(page.locator(".bd-count")).to_have_class("bd-count bd-over")
    assert sent(page) == []
    page.get_by_label("Your reason (optional)").fill("é" * 499 + "🙂")
    expect(page.locator(".bd-count")).to_have_class("bd-count")
    submit(page)
    expect(status(page)).to_have_text(STORED)


def test_the_count_is_seen_at_once_and_heard_after_a_pause(page_at):
    page = page_at(clock=True, start=False)
    page.evaluate("start()")
    page.clock.run_for(100)
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.get_by_label("Your reason (optional)").fill("x" * 37)
    expect(page.locator(".bd-count")).to_have_text("37 of 500")
    expect(page.locator(".bd-count")).to_have_attribute("aria-hidden", "true")
    page.clock.run_for(600)
    page.get_by_label("Your reason (optional)").fill("x" * 38)  # that was no pause
    page.clock.run_for(600)
    expect(page.locator(".bd-unseen")).to_have_text("")
    page.clock.run_for(600)
    expect(page.locator(".bd-unseen")).to_have_text("38 of 500")


def test_a_double_click_sends_once(page_at):
    page = page_at()
    page.evaluate("answers.judge = null")
    fill(page)
    page.locator("button[type=submit]").dblclick()
    page.get_by_label("Unsure").press("Enter")
    expect(status(page)).to_have_text("Storing…")
    expect(page.locator("button[type=submit]")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Your reason (optional)").fill("x" * 501)
    page.get_by_label("Unsure").press("Enter")
    expect(status(page)).to_have_text("Storing…")
    assert len(sent(page)) == 1


def test_the_second_half_of_a_double_click_chooses_nothing(page_at):
    """The form says what is missing and moves: an answer may stand by then where the button was."""
    page = page_at()
    press = """(halves) => halves.forEach((where, half) => {
        const at = { clientX: 50, clientY: 50 + half, detail: half + 1 };
        const press = new MouseEvent('click', { bubbles: true, cancelable: true, ...at });
        document.querySelector(where).dispatchEvent(press);
    })"""
    page.evaluate(press, ["button[type=submit]", ".bd-rating label"])
    expect(status(page)).to_contain_text("Nothing was sent.")
    expect(page.locator(".bd-rating input").first).not_to_be_checked()
    page.evaluate(press, [".bd-rating label"])
    expect(page.locator(".bd-rating input").first).to_be_checked()


def test_judge_again_twice_asks_once(page_at):
    page = page_at(clock=True, start=False)
    page.evaluate("answers.again = null; answers.hello = 'locked'; start()")
    page.clock.run_for(100)
    page.get_by_role("button", name="Judge again").dblclick()
    assert sent(page, "again") == [{"kind": "again"}]
    page.clock.run_for(5100)
    expect(status(page)).to_have_text(
        "No answer from Python yet. If a cell is running it may still come; otherwise run this cell again."
    )


def test_an_unrelated_state_is_not_taken_for_the_answer(page_at):
    page = page_at()
    page.evaluate("answers.judge = null")
    fill(page)
    submit(page)
    page.evaluate("tell(states.first)")
    expect(status(page)).to_have_text("Storing…")
    page.evaluate("tell({ ...states.first, receipt: { text: 'Stored earlier.', tone: 'info' } })")
    expect(status(page)).to_have_text("Storing…")
    assert page.evaluate("Object.keys(sessionStorage)") == [DRAFT]


def test_an_answer_leaves_the_focus_of_somebody_who_has_gone_on(page_at):
    page = page_at()
    page.evaluate("answers.judge = null")
    fill(page)
    submit(page)
    page.locator("#after").focus()
    page.evaluate("tell(states.locked)")
    expect(status(page)).to_have_text(STORED)
    expect(page.locator("#after")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.evaluate("tell(states.informed)")  # nobody waits for it
    expect(page.get_by_label("Never ethical")).not_to_be_focused()
    assert page.evaluate("document.activeElement === document.body")


def test_silence_is_never_called_stored(page_at):
    page = page_at(clock=True, start=False)
    page.evaluate("answers.judge = null; start()")
    page.clock.run_for(100)
    fill(page, reason="kept")
    submit(page)
    page.clock.run_for(
        2000
    )  # the page's clock also runs by itself: on a slow machine the rest goes by in between
    expect(status(page)).to_have_text("Storing…")
    page.clock.run_for(3100)
    expect(status(page)).to_have_text(NO_RECEIPT)
    expect(page.get_by_label("Your reason (optional)")).to_have_value("kept")
    submit(page)
    assert len(sent(page)) == 2
    page.clock.run_for(5100)
    expect(status(page)).to_have_text(f"{NO_RECEIPT} (attempt 2)")
    page.evaluate("tell(states.locked)")  # late, yet it came
    expect(status(page)).to_have_text(STORED)


def test_a_card_with_nobody_behind_it_says_so_and_goes_live_later(page_at):
    page = page_at(clock=True, start=False)
    begin(page, hello=None)
    expect(status(page)).to_have_text("Connecting…")
    page.clock.run_for(3100)
    expect(status(page)).to_have_text(NOT_CONNECTED)
    page.clock.run_for(6100)
    assert len(sent(page, "hello")) == 3
    page.evaluate("tell(states.first)")
    expect(page.get_by_label("Never ethical")).to_be_visible()
    expect(status(page)).to_have_text("")
    page.clock.run_for(60000)
    assert len(sent(page, "hello")) == 3


def test_an_error_keeps_everything_and_is_heard_twice(page_at):
    page = page_at()
    page.evaluate("answers.judge = 'failed'")
    fill(page, reason="kept")
    for said in [
        "The disk is full, so nothing was stored.",
        "The disk is full, so nothing was stored. (attempt 2)",
    ]:
        submit(page)
        expect(status(page)).to_have_text(said)
        expect(page.locator("button[type=submit]")).to_be_focused()
        expect(page.get_by_label("Ethical under rare conditions")).to_be_checked()
        expect(page.get_by_label("Unsure")).to_be_checked()
        expect(page.get_by_label("Your reason (optional)")).to_have_value("kept")
    assert len(sent(page)) == 2
    assert page.evaluate("Object.keys(sessionStorage)") == [DRAFT]
    page.evaluate("tell({ ...states.first, receipt: { text: 'Stored.', tone: 'ok' } })")
    submit(page)
    expect(status(page)).to_have_text("The disk is full, so nothing was stored.")  # a new story
    page.evaluate("tell(states.failed)")  # said once more by itself: no second attempt
    expect(status(page)).to_have_text("The disk is full, so nothing was stored.")


def test_new_words_around_the_same_question_keep_what_was_typed(page_at):
    page = page_at(start=False)
    page.evaluate("states.first.draft = null")
    begin(page)
    fill(page, reason="kept")
    page.evaluate("tell({ ...states.first, notice: 'The round closes soon.' })")
    expect(page.locator(".bd-notice")).to_have_text("The round closes soon.")
    expect(page.get_by_label("Unsure")).to_be_checked()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("kept")
    page.evaluate("tell({ ...states.first, item: 'another' })")
    expect(page.get_by_label("Your reason (optional)")).to_have_value("")


def test_a_draft_survives_a_reload_and_goes_when_locked(page_at):
    page = page_at()
    fill(page, reason="not yet sent")
    page.reload()
    page.wait_for_selector("[data-ready]")
    begin(page)
    expect(page.get_by_label("Ethical under rare conditions")).to_be_checked()
    expect(page.get_by_label("Unsure")).to_be_checked()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("not yet sent")
    submit(page)
    expect(status(page)).to_have_text(STORED)
    assert page.evaluate("sessionStorage.length") == 0


def test_a_draft_of_the_second_judgment_outlives_a_look_at_the_result(page_at):
    page = page_at(start=False)
    begin(page, "informed")
    fill(page, reason="second thoughts")
    page.reload()
    page.wait_for_selector("[data-ready]")
    begin(page, "locked")
    page.get_by_role("button", name="Judge again").click()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("second thoughts")


def test_without_storage_the_form_still_works(page_at):
    page = page_at(start=False)
    page.evaluate(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('refused'); } })"
    )
    begin(page)
    fill(page)
    submit(page)
    expect(status(page)).to_have_text(STORED)


def test_a_skip_is_a_judgment_and_a_change_of_mind_costs_nothing(page_at):
    page = page_at()
    fill(page)
    skip = page.get_by_label("I would rather not judge this one")
    skip.check()
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)
    page.get_by_label("Always ethical").check()
    expect(skip).not_to_be_checked()
    expect(page.get_by_label("Unsure")).to_be_checked()
    skip.check()
    submit(page)
    expect(status(page)).to_have_text(STORED)
    assert sent(page) == [
        {
            "kind": "judge",
            "phase": "first",
            "rating": None,
            "confidence": None,
            "reason": "",
            "skip": True,
        }
    ]


def test_what_was_chosen_before_is_filled_in(page_at):
    page = page_at(start=False)
    page.evaluate(
        "states.informed.chosen = { rating: 4, confidence: 1, reason: 'before', skip: false }"
    )
    begin(page, "informed")
    expect(page.get_by_label("Ethical under most conditions")).to_be_checked()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("before")
    expect(page.locator(".bd-count")).to_have_text("6 of 500")
    expect(page.get_by_role("button", name="Store my second judgment")).to_be_visible()
    page.evaluate("tell({ ...states.first, draft: null, chosen: { skip: true } })")
    expect(page.get_by_label("I would rather not judge this one")).to_be_checked()


def test_markup_shows_as_characters_wherever_it_comes_from(page_at):
    page = page_at(start=False)
    bad = "<img src=x onerror=\"document.title='broken'\"><b>x</b>"
    page.evaluate(
        """bad => {
          const spoil = (v) => typeof v === "string" ? bad : Array.isArray(v) ? v.map(spoil)
            : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, spoil(x)])) : v;
          states.bad = { ...spoil(states.informed), kind: "state", phase: "informed", draft: null };
          states.bad.result.verdict = { label: bad, why: bad, provisions: [] };
          states.bad.receipt = { text: bad, tone: "info" };
        }""",
        bad,
    )
    begin(page, "bad")
    expect(status(page)).to_have_text(bad)
    assert page.locator(".bd-card :is(img, b)").count() == 0
    assert page.locator(".bd-card").inner_text().count(bad) > 30
    assert page.title() == "The judgment form, alone"


def test_focus_is_left_alone_when_it_is_elsewhere(page_at):
    page = page_at()
    page.locator("#after").focus()
    page.evaluate("tell(states.locked)")
    expect(status(page)).to_have_text(STORED)
    expect(page.locator("#after")).to_be_focused()


def test_a_result_that_comes_with_a_second_form_gets_the_focus(page_at):
    page = page_at()
    page.evaluate("answers.judge = 'informed'")
    fill(page)
    submit(page)
    expect(page.get_by_role("region", name="Your judgments and the sources")).to_be_focused()
    expect(status(page)).to_have_text("")


def test_what_one_judged_and_read_stands_over_a_form_and_under_a_receipt(page_at):
    page = page_at(start=False)
    result, form = page.locator(".bd-result"), page.locator(".bd-card form")
    begin(page, "informed")
    assert result.bounding_box()["y"] < form.bounding_box()["y"]
    page.evaluate("""tell({ ...states.locked, again: null, result: { ...result, about: "", questions: [],
      yours: [...result.yours, { phase: "Later", rating: null, text: "rather not", reason: "" }] } })""")
    assert result.bounding_box()["y"] > status(page).bounding_box()["y"]
    expect(page.locator(".bd-yours li")).to_have_text([re.compile("First"), "Later: rather not"])
    expect(page.locator(".bd-quote")).to_have_text("He could not say no.")
    own = page.locator(".bd-line").first.locator(".bd-own")
    expect(own).to_have_attribute("data-rating", "1")  # the last of yours that is a rating
    expect(result.locator("> p")).to_have_text(re.compile("^Why this case: A small gain"))
    expect(page.locator(".bd-questions, .bd-about, .bd-again")).to_have_count(0)
    page.evaluate("tell({ ...states.locked, result: { ...result, yours: [], readings: [] } })")
    expect(page.locator(".bd-yours, .bd-table")).to_have_count(0)
    expect(page.locator(".bd-about")).to_contain_text("Invented readings")
    expect(page.locator(".bd-questions li")).to_have_count(2)


def test_the_table_says_in_words_what_its_bars_show(page_at):
    page = page_at(start=False)
    begin(page, "twice")
    lines = page.get_by_role("table", name="The ratings that each code can support").locator(
        ".bd-line"
    )
    # The own rating is 3: those whose band it is outside of come first, whoever is silent last.
    assert [line.split("\n")[0] for line in lines.all_inner_texts()] == [
        "AAMFT 2015 Prohibited",
        "NASW 2021 Discouraged",
        "ACA 2014 Conditional",
        "BACP 2018 Silent",
    ]
    aca = lines.nth(2)
    expect(aca.get_by_role("rowheader")).to_contain_text(
        "Band 2 to 4. Your rating, 1, is stricter than this band."
    )
    assert aca.locator("td").all_text_contents() == [
        "",
        "in the band",
        "in the band, your rating",
        "in the band",
        "",
    ]
    page.get_by_role("button", name="ACA 2014 Conditional").click()
    expect(page.locator(".bd-table")).to_contain_text("no number in the source (not yet checked)")
    expect(page.locator(".bd-yours")).to_contain_text(
        "Second: Ethical under some conditions · certain"
    )
    expect(lines.last.get_by_role("rowheader")).to_contain_text("No band.")
    assert lines.last.locator(".bd-in").count() == 0


def test_codes_that_say_the_same_share_a_line(page_at):
    page = page_at(start=False)
    page.evaluate("""() => {
      const [aca, ...others] = result.readings;
      const readings = [aca, { ...aca, code: "APA 2017" }, ...others];
      states.locked = { ...states.locked, result: { ...result, readings } };
    }""")
    begin(page, "locked")
    page.get_by_role("button", name="ACA 2014 · APA 2017 Conditional").click()
    expect(page.locator(".bd-table .bd-reading:visible .bd-code")).to_have_text(
        ["ACA 2014", "APA 2017"]
    )


def test_what_was_unfolded_stays_unfolded(page_at):
    page = page_at(start=False)
    begin(page, "locked")
    page.get_by_role("button", name="NASW 2021").click()
    page.evaluate("tell(states.twice)")
    expect(page.locator(".bd-yours li")).to_have_count(2)
    unfolded = page.locator(".bd-unfold[aria-expanded=true]")
    expect(unfolded).to_have_attribute("data-codes", "NASW 2021")
    expect(unfolded).to_be_focused()


def test_a_claim_has_three_points_and_a_verdict(page_at):
    page = page_at(start=False)
    page.evaluate("""() => { states.claim = { ...states.locked, item: "claim", result: { ...states.locked.result,
      readings: [], verdict: { label: "Overstated", why: "One code says it, five do not.",
        provisions: [{ code: "ACA 2014", section: "A.6.b", title: "", says: "Extensions are allowed.",
          checked: "read" }] } } }; }""")
    begin(page, "claim")
    expect(page.locator(".bd-result > .bd-reading")).to_contain_text("Overstated")
    expect(page.locator(".bd-result > .bd-reading")).to_contain_text("ACA 2014, A.6.b (read)")
    expect(page.locator(".bd-table")).to_have_count(0)


def test_every_focusable_keeps_its_keys_from_jupyter(page_at):
    page = page_at(start=False)
    for state in ("first", "failed", "locked", "informed"):
        begin(page, state)
        card = page.locator(".bd-card")
        assert card.locator(GUARDED).count() > 5
        assert card.locator(f":is({GUARDED}):not([data-lm-suppress-shortcuts=true])").count() == 0
        page.evaluate("stop()")


def test_two_views_of_one_card_do_not_share_their_radios(page_at):
    page = page_at()
    page.evaluate("start()")
    page.wait_for_function("document.querySelectorAll('.bd-card form').length === 2")
    page.get_by_label("Never ethical").first.check()
    page.get_by_label("Always ethical").last.check()
    expect(page.locator("input:checked")).to_have_count(2)
    ids = page.locator(".bd-card [id]").evaluate_all("all => all.map((n) => n.id)")
    assert len(ids) == len(set(ids))


def test_a_card_that_is_taken_away_hears_nothing_more(page_at):
    page = page_at()
    page.evaluate("stop()")
    assert page.evaluate("listening()") == 0
    assert page.locator("#here").inner_html() == ""


def test_a_phone_never_scrolls_sideways(page_at):
    page = page_at(320, start=False)
    page.evaluate(
        "states.informed.question += ' Donaudampfschifffahrtselektrizitätenhauptbetriebswerk?'"
    )
    for state in ("first", "locked", "informed"):
        begin(page, state)
        page.evaluate("document.querySelectorAll('.bd-unfold').forEach((button) => button.click())")
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            tall = page.locator(".bd-row, .bd-card button").evaluate_all(
                "all => all.map((n) => n.offsetHeight)"
            )
            assert tall
            assert min(tall) >= 44
            size = page.locator(".bd-card :is(textarea, span, p)").first.evaluate(
                "n => parseFloat(getComputedStyle(n).fontSize)"
            )
            assert size >= 16
        page.evaluate("stop()")


@pytest.mark.parametrize(
    ("query", "scheme"),
    [("", "light"), ("", "dark"), ("?home=lab", "dark"), ("?home=lab&theme=dark", "light")],
)
def test_axe_finds_nothing_in_the_card(page_at, query, scheme):
    page = page_at(390, query, start=False, color_scheme=scheme)
    begin(page, "informed")
    page.evaluate("document.querySelectorAll('.bd-unfold').forEach((button) => button.click())")
    submit(page)
    expect(status(page)).to_contain_text(NO_RATING)
    found = Axe().run(page, context=".bd-card").response
    assert [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    page.evaluate("tell(states.locked)")
    found = Axe().run(page, context=".bd-card").response
    assert [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in found["violations"]] == []


def test_names_and_roles_are_what_a_screen_reader_needs(page_at):
    page = page_at()
    tree = page.locator(".bd-card").aria_snapshot()
    question = "In cases like this one, is it ethical for a therapist to accept a client's trade work at a reduced price?"
    for line in (
        '- form "First judgment":',
        f'- group "{question}":',
        '- radio "Ethical under rare conditions"',
        '- checkbox "I would rather not judge this one"',
        '- group "How sure are you?":',
        '- textbox "Your reason (optional)"',
        '- button "Lock in my judgment"',
        "- status",
    ):
        assert line in tree
    assert "heading" not in tree
    hint = page.get_by_label("Your reason (optional)").get_attribute("aria-describedby")
    assert page.locator(f"#{hint}").inner_text() == "It is kept in your own file."


def test_in_forced_colours_the_button_has_an_edge(page_at):
    page = page_at(forced_colors="active")
    style = page.locator("button[type=submit]").evaluate("n => getComputedStyle(n).borderTopStyle")
    assert style == "solid"


def test_no_data_reaches_the_page_as_markup():
    form, picture = module("form.js"), module("picture.js")
    risky = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function"
    )
    assert risky.findall(form) == []
    assert risky.findall(picture) == ["innerHTML"]
    assert not re.search(r"^\s*import\b|https?://", form + picture, re.MULTILINE)


def test_a_module_is_the_same_written_whole_for_a_widget_and_imported_by_a_page(page_at):
    page = page_at(start=False)
    exported = """async (text) => {
        const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
        return Object.keys((await import(address)).default);
    }"""
    for name in ("form", "handin", "lesson", "picture"):
        assert page.evaluate(exported, module(f"{name}.js")) == ["render"]
        imported = f"async () => Object.keys((await import('/{name}.js')).default)"
        assert page.evaluate(imported) == ["render"]


@pytest.mark.parametrize("path", sorted(WEB.glob("*.js")), ids=lambda path: path.stem)
def test_what_a_module_imports_is_written_into_it_once(path):
    text = module(path.name)
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert text.count("function make(") <= 1
    assert text.count("document.createElement(") <= 1


def test_every_rule_of_the_sheet_stays_in_the_card():
    sheet = re.sub(
        r"/\*.*?\*/", "", (WEB / "form.css").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    rules = [rule.strip() for rule in re.findall(r"([^{}]+)\{", sheet)]
    outside = [
        part
        for rule in rules
        if not rule.startswith("@")
        for part in re.split(r",(?![^(]*\))", rule)
        if not part.strip().startswith(
            (".bd-card", ":is(.bd-card, .bd-lesson)", ".jp-OutputArea:has(.bd-card, .bd-live)")
        )
    ]
    assert len(rules) > 40
    assert outside == []


FIGURE = """<figure data-chart="{}"><img alt="An invented chart" width="400" height="200"
  style="max-width:100%;height:auto"
  src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='400' height='200'/%3E"></figure>"""


def test_rings_lie_on_the_chart_at_every_width_and_come_off_again(page_at):
    page = page_at(1280, start=False)
    page.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('afterbegin', html)",
        FIGURE.format("c1"),
    )
    before = page.locator("figure").inner_html()
    page.evaluate("answers.hello = null; start(picture)")
    label = "You: 2 on 'Tiles'"
    page.evaluate(
        "label => tell({ kind: 'rings', chart: 'c1', points: [{ x: 0.25, y: 0.5, label }] })", label
    )
    ring = page.get_by_role("img", name=label)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        box, img = ring.bounding_box(), page.locator("figure img").bounding_box()
        assert box["x"] + box["width"] / 2 == pytest.approx(img["x"] + img["width"] * 0.25, abs=1)
        assert box["y"] + box["height"] / 2 == pytest.approx(img["y"] + img["height"] * 0.5, abs=1)
    assert img["width"] < 320
    expect(page.locator("figure")).to_contain_text("○ your own ratings, shown only here")
    page.evaluate("stop()")
    assert page.locator("figure").inner_html() == before


def test_a_narrow_screen_scrolls_the_chart_and_its_rings_not_the_page(page_at):
    table = DataFrame({"case": ["Tiles"], "people": [9]})
    chart = Chart(
        "c1",
        "Most chose 2",
        'The "chart"',
        "Nine people.",
        "A chart of nine people",
        table,
        Figure(figsize=(10, 2.7), dpi=110),
        False,
    )
    page = page_at(320, start=False)
    page.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('afterbegin', html)",
        chart._repr_html_(),
    )
    before = page.locator("figure").inner_html()
    page.evaluate("answers.hello = null; start(picture)")
    page.evaluate(
        "tell({ kind: 'rings', chart: 'c1', points: [{ x: 0.75, y: 0.5, label: 'You: 2' }] })"
    )
    box, img = page.get_by_role("group", name='Picture: The "chart"'), page.locator("figure img")
    assert img.bounding_box()["width"] >= 570  # 12 points in the picture are 9.5 pixels or more
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    ring, at = (
        page.get_by_role("img", name=name).bounding_box()
        for name in ("You: 2", "A chart of nine people")
    )
    assert ring["x"] + ring["width"] / 2 == pytest.approx(at["x"] + at["width"] * 0.75, abs=1)
    assert ring["y"] + ring["height"] / 2 == pytest.approx(at["y"] + at["height"] * 0.5, abs=1)
    legend = page.get_by_text("your own ratings, shown only here").bounding_box()
    assert legend["x"] + legend["width"] <= 320
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('figure > div').scrollLeft > 0")
    page.locator("summary").click()
    assert [v["id"] for v in Axe().run(page, context="figure").response["violations"]] == []
    page.locator("summary").click()
    page.evaluate("stop()")
    assert page.locator("figure").inner_html() == before


def test_rings_wait_for_a_chart_of_their_own_cell(page_at):
    page = page_at(start=False)
    page.evaluate(
        """html => {
          document.querySelector("main").insertAdjacentHTML("afterbegin", html);
          const cell = document.querySelector("#here").parentNode.insertBefore(document.createElement("div"), null);
          cell.className = "jp-Cell";
          cell.append(document.querySelector("#here"));
          answers.hello = null;
          start(picture);
          tell({ kind: "rings", chart: "c1", points: [{ x: 0, y: 0, label: "You" }] });
        }""",
        FIGURE.format("c1"),
    )
    expect(page.locator(".bd-ring")).to_have_count(0)
    page.evaluate(
        "html => document.querySelector('.jp-Cell').insertAdjacentHTML('afterbegin', html)",
        FIGURE.format("c1"),
    )
    expect(page.locator(".jp-Cell .bd-ring")).to_have_count(1)
    expect(page.locator(".bd-ring")).to_have_count(1)


def test_a_picture_shows_pythons_figure_or_its_sentence(page_at):
    page = page_at(start=False)
    page.evaluate("answers.hello = null; start(picture)")
    assert sent(page, "hello") == [{"kind": "hello"}]
    page.evaluate(
        "html => tell({ kind: 'html', html })",
        FIGURE.format("c2") + "<details><summary>Numbers</summary></details>",
    )
    expect(page.get_by_alt_text("An invented chart")).to_be_visible()
    expect(page.locator("summary")).to_have_attribute("data-lm-suppress-shortcuts", "true")
    page.evaluate("tell({ kind: 'text', text: 'Judge <b>Tiles</b> first.' })")
    expect(page.locator("#here")).to_have_text("Judge <b>Tiles</b> first.")
