"""A student's homework on a phone, by keyboard alone, through a lost network, a reload and a second device."""

from __future__ import annotations

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from test_canary import canaries, plant
from test_page import assert_prints_own_judgments, assert_tree_tells
from test_server_pages import WATCH, running

from boundaries.answers.store import Store
from boundaries.content import load

pytestmark = pytest.mark.browser

SESSION = "spring--codes-last"
HOST = {"authorization": "Bearer key"}


def judge_by_keyboard(page, rating: int) -> None:
    """From the heading of a case to its lock: two digits choose, as in a notebook, or Tab and arrows."""
    if rating == 2:
        for key in ("Tab", "Space", "ArrowDown", "Tab", "Tab", "Space", "Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        return
    for key in (str(rating), "3", "Enter"):
        page.keyboard.press(key)


def clean(page) -> None:
    """No serious finding of axe, nothing wider than the screen, no violation of the page's own policy."""
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("violations") == []


def clean_in_every_light(page, pair) -> None:
    """A case of two that are compared: on phones and a laptop, at 200 %, dark, in forced colours."""
    texts = page.locator(".bd-pair article")
    assert texts.locator("h2").all_inner_texts() == [item.title for item in pair]
    asked = page.get_by_role("form", name=f"Your first judgment: “{pair[0].title}”")
    for width in (320, 640, 1280):  # 640 is a laptop's screen at 200 %
        page.set_viewport_size({"width": width, "height": 844})
        one, two = (text.bounding_box() for text in texts.all())
        beside = width >= 900
        assert (one["y"] == two["y"]) is beside
        # The form stands below its case, in its column.
        box = asked.bounding_box()
        assert box["y"] >= one["y"] + one["height"]
        assert (box["x"] + box["width"] <= two["x"]) is beside
        clean(page)
    page.set_viewport_size({"width": 390, "height": 844})
    for look in ({"color_scheme": "dark"}, {"color_scheme": "light", "forced_colors": "active"}):
        page.emulate_media(**look)
        clean(page)
    page.emulate_media(forced_colors="none")
    clean(page)


def test_a_phone_does_a_whole_homework_by_keyboard(tmp_path, browser):
    content = load(plant(tmp_path))
    pair = content.pair_of("business", content.of_type("business"))
    others = [item for item in content.of_type("business") if item not in pair]
    ids = [item.id for item in [*others[:6], *pair]]
    store = Store(tmp_path / "class.sqlite")
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(8000)
    context.add_init_script(WATCH)
    page, bodies, faults = context.new_page(), [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda answer: bodies.append(answer.text()) if answer.ok else None)
    with running(store, content) as url:
        body = {"title": "Business", "mode": "homework", "session": SESSION, "vignettes": ids}
        made = httpx.post(f"{url}/api/sessions", json=body, headers=HOST).json()
        page.goto(made["join_url"])
        page.wait_for_selector("[data-ready]")
        expect(page.get_by_role("checkbox", name="Yes, my judgments may go")).not_to_be_checked()
        clean(page)
        for key in ("Tab", "Tab", "Enter"):  # past the question on research
            page.keyboard.press(key)
        for number in range(1, 9):
            expect(page.locator("#place")).to_contain_text(f"Case {number} of 8")
            expect(page.locator("#title")).to_be_focused()
            if number == 1:
                clean_in_every_light(page, pair)
                assert_tree_tells(page, pair[0])
            if number == 3:
                context.set_offline(True)
            judge_by_keyboard(page, 1 + number % 5)
            waits = number == 3
            expect(page.locator(".bd-status")).to_contain_text(
                "Waiting" if waits else "Sent and stored."
            )
            if waits:
                context.set_offline(False)
                expect(page.locator(".bd-status")).to_have_text("Sent and stored.")
            expect(page.locator("#onward a")).to_be_focused()
            if number == 5:
                page.reload()
                page.wait_for_selector("[data-ready]")
                expect(page.locator(".bd-yours")).to_contain_text("First: 1, Never ethical")
                page.locator("#onward a").focus()
            if number < 8:
                page.keyboard.press("Enter")
        assert len(store.judgments(SESSION)) == 8
        assert canaries(*bodies, page.content()) == set()

        expect(page.locator("#onward")).to_have_text("What the codes say")
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_contain_text("Case 1 of 8")
        expect(page.locator(".bd-result")).to_contain_text("canary")
        clean(page)
        page.get_by_role("button", name="Judge again").press("Enter")
        page.locator(".bd-rating input").nth(4).check()
        page.locator(".bd-confidence input").nth(0).check()
        page.get_by_role("button", name="Store my second judgment").press("Enter")
        expect(page.locator(".bd-status")).to_have_text("Sent and stored.")
        for number in range(2, 9):
            page.locator("#onward a").press("Enter")
            expect(page.locator("#place")).to_contain_text(f"Case {number} of 8")
        page.locator("#onward a").press("Enter")
        expect(page.locator(".bd-completion")).to_have_text(re.compile(r"\w{4}(-\w{4}){3}"))
        expect(page.locator("#mine article")).to_have_count(8)
        clean(page)
        assert_prints_own_judgments(page)

        other = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
        other.goto(made["join_url"])
        other.get_by_text("You began on another device?").click()
        other.locator("#backup").fill(page.locator(".bd-backup").text_content())
        other.get_by_role("button", name="Go on here").click()
        other.get_by_role("link", name="Case 8, judged").wait_for()
        assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")

        for who in range(1, 8):
            rows = [
                {"token": f"{who:032x}", "vignette": id, "phase": "first", "rating": 2, "confidence": 2} for id in ids
            ]  # fmt: skip
            httpx.post(f"{url}/api/sessions/{made['code']}/judgments", json=rows).raise_for_status()
        httpx.post(f"{url}/api/sessions/{made['code']}/end", json={}, headers=HOST)
        page.goto(f"{made['join_url']}#2")
        page.reload()
        guess = page.get_by_role("button", name="2, Ethical under rare conditions")
        guess.focus()
        page.evaluate("dispatchEvent(new Event('storage'))")  # the page is drawn anew
        expect(guess).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#class")).to_contain_text(
            "Your guess: 2, Ethical under rare conditions."
        )
        shown = re.compile("8 rated|fewer than 5 gave a rating")  # a dial splits the class
        expect(page.locator("#class")).to_contain_text(shown)
        clean(page)
    assert faults == []
    assert store.consent(SESSION, store.judgments(SESSION)[0].participant) is False
