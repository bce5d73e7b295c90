"""A lesson one case at a time: when the codes open, and the way through it in a real Chromium, with real Python."""

import http.server
import json
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from small_content import content, reading, vignette
from test_form import Files

from boundaries.answers.students import Student
from boundaries.lessons.walk import Walk

SHOTS = Path(__file__).parents[2] / "build" / "shots"
IDS = ("attic", "boat", "car")
CASES = tuple(
    vignette(id, readings=(reading("aca-2014", stance), reading("apa-2017", "conditional")))
    for id, stance in zip(IDS, ("conditional", "permitted", "prohibited"), strict=True)
)
COURSE = content(*CASES)
JUDGE = {"kind": "judge", "phase": "first", "rating": 2, "confidence": 3}


class Seen(Walk):
    """A lesson that keeps what it would send to the browser."""

    def __init__(self, student, **named):
        self.sent = []
        before = CASES if named.get("together", True) else ()
        super().__init__("Business", CASES, COURSE, student, before=lambda item: before, **named)

    def send(self, content, buffers=None):
        self.sent.append(json.loads(json.dumps(content)))

    def hear(self, message):
        self._hear(self, {"item": self.item.id} | message, [])
        return self.sent[-1]


@pytest.fixture
def walk(new_student):
    return Seen(new_student)


def judge_all(walk):
    for number in range(len(CASES)):
        walk.hear({"kind": "go", "to": number})
        walk.hear(JUDGE)


# -- when the codes open ---------------------------------------------------------------------------------------


def test_no_reading_is_sent_before_the_last_case_is_judged(walk):
    judge_all(walk)
    assert [state for state in walk.sent if state["result"] and state["result"]["readings"]] == []
    last = walk.sent[-1]
    assert last["walk"]["next"] == {"label": "What the codes say", "to": "codes"}
    assert last["again"] is None
    state = walk.hear({"kind": "go", "to": "codes"})
    assert state["walk"]["half"] == "reading"
    assert [r["code"] for r in state["result"]["readings"]] == ["aca-2014", "apa-2017"]


def test_nobody_reads_on_while_a_case_is_open(walk):
    walk.hear(JUDGE)
    state = walk.hear({"kind": "go", "to": "codes"})
    assert (state["item"], state["walk"]["half"]) == ("attic", "judging")
    state = walk.hear({"kind": "again"})
    assert (state["phase"], state["result"]["readings"]) == ("locked", [])
    state = walk.hear(JUDGE | {"phase": "informed"})
    assert state["receipt"] == {
        "tone": "error",
        "text": "Nothing was stored: this case is judged again when the codes are open.",
    }
    assert [row.phase for row in walk.student.judgments()] == ["first"]


def test_the_cases_where_the_codes_part_most_are_read_first(walk):
    judge_all(walk)
    walk.hear({"kind": "go", "to": "codes"})
    order = [walk.sent[-1]["item"]]
    for number in (1, 2):
        order.append(walk.hear({"kind": "go", "to": number})["item"])
    assert order == ["car", "boat", "attic"]  # two steps apart, one and a half, none


def test_with_the_other_setting_each_case_opens_by_itself(new_student):
    walk = Seen(new_student, together=False)
    assert len(walk.hear(JUDGE)["result"]["readings"]) == 2
    assert walk.sent[-1]["walk"]["where"] == "1 of 3"


def test_what_was_typed_on_one_case_is_never_another_cases_answer(walk):
    walk.hear({"kind": "go", "to": 1})
    walk._hear(walk, JUDGE | {"item": "attic"}, [])
    assert walk.student.judgments() == []
    assert walk.sent[-1]["item"] == "boat"


@pytest.mark.parametrize("to", [-1, 3, None, "boat", 1.0, True])
def test_a_place_that_is_none_leaves_the_case_where_it_is(walk, to):
    assert walk.hear({"kind": "go", "to": to})["item"] in ("attic", "boat")


def test_a_lesson_goes_on_where_it_was_left(walk, new_student):
    walk.hear(JUDGE)
    assert Seen(new_student).item.id == "boat"
    judge_all(walk)
    again = Seen(new_student)
    assert again.state()["walk"]["half"] == "reading"


def test_a_notebook_without_its_kernel_shows_the_cases(walk):
    text = repr(walk.stand_in())
    assert text.startswith("Run > Run All Cells. Your answers are safe in your own file.")
    assert [case.act in text for case in CASES] == [True] * 3


# -- in a browser ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/lesson_page.html"
        server.shutdown()


@pytest.fixture
def page_of(browser, address):
    """page_of(walk, …): a page with the lesson on it; a fault in its console fails the test."""
    contexts, faults = [], []

    def open_page(walk, width=1280, query="", **options):
        def to_python(message):
            walk.sent.clear()
            walk._hear(walk, message, None)
            return list(walk.sent)

        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.expose_function("toPython", to_python)
        page.goto(address + query)
        page.wait_for_selector(".bd-lesson h3")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def shot(page, name):
    """For people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"lesson-{name}.png", full_page=True)


def violations(page):
    found = Axe().run(page, context=".bd-lesson").response["violations"]
    return [(v["id"], v["nodes"][0]["html"]) for v in found]


def test_four_keys_a_case_lead_through_the_lesson(page_of, walk):
    page = page_of(walk)
    page.get_by_label("Never ethical").focus()
    for number, case in enumerate(CASES, 1):
        expect(page.get_by_role("heading", name=case.title)).to_be_visible()
        for key in (str(number), "2", "Enter"):
            page.keyboard.press(key)
        expect(page.get_by_role("status")).to_contain_text("Stored in your own file")
        onward = "What the codes say" if number == len(CASES) else "Next case"
        expect(page.get_by_role("button", name=onward)).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("heading", level=3)).to_be_focused()
    assert [(j.item, j.rating, j.confidence) for j in walk.student.judgments()] == [
        ("attic", 1, 2),
        ("boat", 2, 2),
        ("car", 3, 2),
    ]


def test_digits_typed_into_a_reason_choose_nothing(page_of, walk):
    page = page_of(walk)
    page.get_by_label("Your reason (optional)").press_sequentially("2 of 5")
    assert page.locator("input:checked").count() == 0


@pytest.mark.parametrize(
    ("width", "look"),
    [(1280, "light"), (768, "light"), (640, "zoomed"), (390, "forced"), (320, "dark")],
)
def test_it_fits_and_axe_finds_nothing(page_of, walk, width, look):
    """On a laptop, a tablet, two phones, and a laptop of 1280 pixels at 200 %."""
    forced = {"forced_colors": "active"} if look == "forced" else {}
    page = page_of(walk, width, "?theme=dark" if look == "dark" else "", **forced)
    shot(page, f"{width}-{look}-judging")
    beside = (
        page.locator(".bd-case").bounding_box()["y"] == page.locator(".bd-card").bounding_box()["y"]
    )
    assert beside == (width > 900)  # the case left of its form, where there is room
    assert violations(page) == []
    judge_all(walk)
    page.get_by_role("button", name="Next case").click()
    page.get_by_role("button", name="What the codes say").click()
    page.locator(".bd-unfold").first.click()
    expect(page.locator(".bd-table .bd-reading").first).to_be_visible()
    shot(page, f"{width}-{look}-reading")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_landmarks_are_named_by_their_case(page_of, walk):
    page = page_of(walk)
    tree = page.locator(".bd-lesson").aria_snapshot()
    assert f'form "{CASES[0].title}: Your first judgment"' in tree
    assert '- navigation "Cases of Business":' in tree
    assert "1 of 3 · the codes open after the last case (3 open)" in tree


def test_in_forced_colours_what_is_in_a_band_stands_out(page_of, walk):
    judge_all(walk)
    walk.hear({"kind": "go", "to": "codes"})
    page = page_of(walk, forced_colors="active")
    paint = "n => getComputedStyle(n, '::before').backgroundColor"
    inside = page.locator(".bd-in").first.evaluate(paint)
    highlight = page.evaluate("""() => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style = "forced-color-adjust: none; background: Highlight";
      return getComputedStyle(probe).backgroundColor;
    }""")
    assert inside == highlight


def test_silence_is_said_and_the_case_stays(page_of, new_student):
    class Deaf(Seen):
        def _hear(self, widget, message, buffers):
            if message["kind"] == "hello":
                super()._hear(widget, message, buffers)

    page = page_of(Deaf(new_student))
    page.clock.install()
    page.get_by_role("button", name="Next case").click()
    page.clock.run_for(6000)
    expect(page.get_by_role("status")).to_have_text(
        "No answer from Python yet. If a cell is running it may still come; otherwise run this cell again."
    )
    expect(page.get_by_role("heading", name=CASES[0].title)).to_be_visible()


def test_the_draft_of_each_case_is_its_own(page_of, walk):
    page = page_of(walk)
    page.get_by_label("Your reason (optional)").fill("Of the attic.")
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_role("heading", name=CASES[1].title)).to_be_visible()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("")
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_label("Your reason (optional)")).to_have_value("Of the attic.")


def test_the_students_file_knows_which_way_the_codes_opened(tmp_path):
    one = Student("own-study--codes-last", tmp_path / "a.sqlite")
    other = Student("own-study", tmp_path / "a.sqlite")
    assert one.participant != other.participant
