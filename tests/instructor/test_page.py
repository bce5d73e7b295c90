"""A lesson as one HTML file: nothing of a code in clear, the same hashes and the same file as Python's, and never more
claimed than the browser keeps."""

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from class_server import HOST, in_room, judgment
from playwright.sync_api import expect

from boundaries.answers.browser import BrowserStore, BrowserStudent
from boundaries.answers.judgments import in_own_order, is_in_first_half, level_of, participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import read, write
from boundaries.cli import main
from boundaries.content import display
from boundaries.content.sessions import AFTER_LAST, session_of
from boundaries.counts.tally import count_moves, count_ratings, stored_moves, stored_ratings
from boundaries.errors import ContentError
from boundaries.instructor import page as page_module
from boundaries.instructor.collect import collect
from boundaries.instructor.page import page, write_page
from boundaries.lessons.handin import submission_of
from boundaries.web import module

TYPE = "social"
PHONE, NARROW = {"width": 390, "height": 844}, {"width": 320, "height": 640}
STORED = "Kept in this browser. It is handed in only with the file that you save at the end."
SHUT = "What the codes say of this case is not open yet. Judge first, then read on."
HELD = (
    "This browser did not keep it: its storage is full or switched off. This page holds it until "
    "you close it. Save your submission before that."
)
REASON = 'Quote " back\\slash, tab\t, line\nbreak, ü, 🙂, \u2028 and </script> <b>bold</b>'


@pytest.fixture(scope="module")
def lesson_course(course):
    """The course, with codes that open after the last case."""
    session = session_of("own-study", AFTER_LAST)
    return replace(course, course=replace(course.course, session=session))


# -- the file itself --------------------------------------------------------------------------------------------------


def hints(course, type):
    """All that a reading of this type's cases, or anything beside it, would say in words."""
    words = {display.ABOUT}
    for code in course.codes.values():
        words |= {code.short, code.title}
    items = course.claims.values() if type == "claims" else course.of_type(type)
    for item in items:
        words.add(item.why)
        words |= set(getattr(item, "questions", ()))
        for reading in getattr(item, "readings", ()):
            shown = display.reading_shown(reading, course)
            words |= {shown["why"], shown["changes"], shown["bandWhy"], shown["basis"]}
            for provision in shown["provisions"]:
                words |= {provision["says"], provision["title"]}
    return {word for word in words if len(word) > 7}


@pytest.mark.parametrize("type", [TYPE, "sexual", "claims"])
def test_nothing_of_a_code_stands_in_the_file_in_clear(course, type):
    html = page(type, course)
    data = re.search(r'id="course">(.*?)</script>', html, re.DOTALL)[1]
    blobs = [case["scrambled"] for case in json.loads(data)["cases"]]
    assert min(map(len, blobs)) > 300
    clear = html
    for blob in blobs:
        clear = clear.replace(blob, "")
    # Not in base64 alone either, and no structure that a search for a field would find.
    clear += "".join(base64.b64decode(blob).decode("latin-1") for blob in blobs)
    assert [hint for hint in hints(course, type) if hint in clear] == []
    for name in ('"stance":', '"band":', '"provisions":', '"verdict":'):
        assert name not in clear


def test_every_lesson_travels_by_email_and_asks_nothing_of_a_network(course):
    for type in [*course.types, "claims"]:
        html = page(type, course)
        assert len(html.encode()) < 600_000
        if type == "business":
            assert 300_000 < len(html.encode()) < 400_000  # the README says "about 350 kB"
        assert not re.search(r'(?:src|href)="(?!data:,)', html)
        script = re.search(r'<script type="module">(.*?)</script>', html, re.DOTALL)[1]
        allowed = re.search(r"script-src 'sha256-([^']+)'", html)[1]
        assert base64.b64decode(allowed) == hashlib.sha256(script.encode()).digest()
        assert "default-src 'none'" in html


def test_a_type_that_is_none_and_a_page_that_is_too_large_are_named(course, monkeypatch):
    with pytest.raises(ContentError) as caught:
        page("bussiness", course)
    assert str(caught.value) == (
        "There are no cases of the type 'bussiness'. Choose one of: encounters, social, business, gifts, sexual, "
        "former-clients, online, roles, confidences, claims."
    )
    monkeypatch.setattr(page_module, "MAX_PAGE_BYTES", 1_000)
    with pytest.raises(ContentError, match=r"^The page of 'claims' would have [\d,]+ bytes; at "):
        page("claims", course)


def test_the_command_writes_it(tmp_path, capsys):
    path = tmp_path / "gifts.html"
    assert main(["page", "gifts", "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out == (
        f"{path} has the lesson. Students open it in a browser and hand in the file that it saves.\n"
    )


# -- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(lesson_course, tmp_path_factory):
    return write_page(TYPE, lesson_course, tmp_path_factory.mktemp("page") / "social.html").as_uri()


@pytest.fixture
def opened(browser, address):
    """Opens the file in a browser of its own, offline; two with one `context` are two tabs."""
    contexts, faults, asked = [], [], []

    def open_page(context=None, stub="", **options):
        if context is None:
            context = browser.new_context(**{"viewport": PHONE, **options}, accept_downloads=True)
            context.set_offline(True)
            contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(30_000)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        if stub:
            tab.add_init_script(stub)
        tab.goto(address)
        tab.wait_for_selector("[data-ready]")
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def receipt(tab):
    return tab.locator("#form").get_by_role("status")


def lock(tab, rating, confidence, reason=""):
    tab.locator(f'.bd-rating input[value="{rating}"]').check()
    tab.locator(f'.bd-confidence input[value="{confidence}"]').check()
    tab.get_by_label("Your reason (optional)").fill(reason)
    tab.get_by_role("button", name="Lock in my judgment").click()


def begin(tab):
    tab.get_by_role("button", name="Begin").click()


def token_in(tab, session):
    script = """(name) => new Promise((resolve) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => {
        const asking = opening.result.transaction("texts").objectStore("texts").get("identity");
        asking.onsuccess = () => { opening.result.close(); resolve(JSON.parse(asking.result).token); };
      };
    })"""
    return tab.evaluate(script, f"boundaries/{session}")


def asked_of_the_page(tab, call):
    """What the server inside the page answers, whatever its own page would have asked."""
    script = f"""async () => {{
      {module("local.js").replace("export ", "")}
      const server = await localServer(JSON.parse(document.getElementById("course").textContent));
      return server.{call};
    }}"""
    return tab.evaluate(script)


def saved(tab, path, consent=False):
    tab.get_by_role("link", name="Mine").click()
    if consent:
        tab.get_by_label("Yes, my judgments may go into a research archive").check()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save my submission").click()
    assert download.value.suggested_filename == "boundaries-submission.json"
    download.value.save_as(path)
    return path.read_bytes()


def assert_accessible(tab):
    found = Axe().run(tab).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []


def assert_tree_tells(page, item):
    """What a screen reader reads of a case: heading, names, roles, the live region."""
    tree = page.locator("main").aria_snapshot()
    for line in (
        rf'heading "{re.escape(item.title)}"',
        r'form "Your first judgment',
        r'group "In cases like this one, .*"',
        r'radio "Never ethical"',
        r'checkbox "I would rather not judge this one"',
        r'group "How sure are you\?"',
        r'textbox "Your reason \(optional\)"',
        r'button "Lock in my judgment"',
        r"- status",
    ):
        assert re.search(line, tree), tree


def assert_prints_own_judgments(page):
    """On paper there are the judgments, and nothing to press."""
    page.emulate_media(media="print")
    expect(page.locator("#mine article").first).to_be_visible()
    for gone in (page.locator("nav"), page.locator("button"), page.locator(".bd-backup")):
        assert not any(one.is_visible() for one in gone.all())
    page.emulate_media(media="screen")


def assert_accessible_in_every_light(tab):
    """On a narrow phone, at 200 % of a laptop's screen, dark, in forced colours."""
    for width in (320, 640, PHONE["width"]):
        tab.set_viewport_size({"width": width, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(tab)
    for look in ({"color_scheme": "dark"}, {"color_scheme": "light", "forced_colors": "active"}):
        tab.emulate_media(**look)
        assert_accessible(tab)
    tab.emulate_media(forced_colors="none")


@pytest.mark.browser
def test_a_whole_lesson_by_keyboard_is_the_file_that_a_notebook_would_have_written(
    opened, lesson_course, tmp_path
):
    """On a phone's screen, offline. The twin is a student in Python with the same token and answers."""
    tab, course = opened(), lesson_course
    session = course.course.session
    twin = Student(session, tmp_path / "twin.sqlite", token_in(tab, session))
    pair = course.pair_of(TYPE, course.of_type(TYPE))
    others = [item for item in course.of_type(TYPE) if item not in pair]
    items = [*pair, *in_own_order(twin.participant, others)]
    assert_accessible(tab)
    tab.get_by_role("button", name="Begin").press("Enter")
    forbidden = hints(course, TYPE)
    for number, item in enumerate(items):
        beside = pair if item in pair else [item]
        acts = [each.at(twin.level(each), each.act) for each in beside]
        expect(tab.locator(".bd-act")).to_have_text(acts)
        if number == 1:
            tab.get_by_label("I would rather not judge this one").press("Space")
            twin.judge(item, "first", None)
        else:
            reason = REASON if number == 0 else ""
            tab.locator(".bd-rating input").nth(number % 5).press("Space")
            tab.locator(".bd-confidence input").nth(2).press("Space")
            tab.get_by_label("Your reason (optional)").fill(reason)
            twin.judge(item, "first", number % 5 + 1, 3, reason)
        if number == 0:
            assert_tree_tells(tab, item)
        tab.get_by_role("button", name="Lock in my judgment").press("Enter")
        expect(receipt(tab)).to_have_text(STORED)
        text = tab.locator("body").inner_text()
        assert [hint for hint in forbidden if hint in text] == []
        if number == 0:
            assert_accessible_in_every_light(tab)
            assert tab.locator("b").count() == 0
            early = asked_of_the_page(tab, f"readings('', '{item.id}')")
            assert early == {"status": 409, "table": {"error": SHUT}}
        onward = "What the codes say" if item is items[-1] else "Next case"
        expect(tab.get_by_role("link", name=onward)).to_be_focused()
        tab.keyboard.press("Enter")

    # The codes, and a second judgment.
    expect(tab.locator(".bd-result")).to_contain_text(course.shown_codes[0].short)
    tab.get_by_role("button", name="Judge again").press("Enter")
    tab.locator(".bd-rating input").nth(1).press("Space")
    tab.locator(".bd-confidence input").nth(3).press("Space")
    tab.get_by_role("button", name="Store my second judgment").press("Enter")
    expect(receipt(tab)).to_have_text(STORED)
    twin.judge(items[0], "informed", 2, 4)
    twin.set_consent(True)

    data = saved(tab, tmp_path / "boundaries-submission.json", consent=True)
    assert_prints_own_judgments(tab)
    assert data == write(submission_of(twin, course))
    assert_four_homes_are_one(twin, token_in(tab, session), data, course, tmp_path)
    assert_accessible(tab)
    tab.emulate_media(color_scheme="dark")
    assert_accessible(tab)
    tab.set_viewport_size(NARROW)
    assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]

    # Another day; and another device.
    tab.reload()
    expect(tab.locator("#notices")).to_contain_text("Somebody has judged in this browser before")
    expect(tab.get_by_role("link", name="judged")).to_have_count(len(items) - 1)
    other = opened()
    begin(other)
    other.get_by_role("link", name="Mine").click()
    other.get_by_text("Go on with a file that you saved").click()
    other.locator("#open").set_input_files(tmp_path / "boundaries-submission.json")
    expect(other.get_by_role("link", name="judged")).to_have_count(len(items) - 1)
    assert saved(other, tmp_path / "again.json") == data


def assert_four_homes_are_one(twin, token, file, course, folder):
    """The same answers by the class server's page and in JupyterLite, collected with the `file` and the notebook's."""
    session, rows = twin.session, sorted(twin.judgments(), key=lambda row: row.revision)
    handed_in = {"notebook": write(submission_of(twin, course)), "file": file}

    BrowserStore(folder / "drive").token(session, token)
    lite = BrowserStudent(session, folder / "drive")
    for row in rows:
        answer = (row.rating, row.confidence, row.reason)
        lite.judge(course.item(row.item), row.phase, *answer)
    lite.set_consent(True)
    handed_in["lite"] = write(submission_of(lite, course))
    assert len(set(handed_in.values())) == 1

    store = Store(folder / "class.sqlite")

    async def by_page(room):
        items = [item.id for item in course.of_type(TYPE)]
        body = {"title": "Social", "mode": "homework", "vignettes": items, "session": session}
        made = await room.post("/api/sessions", body, headers=HOST)
        for row in rows:
            answer = {"confidence": row.confidence, "reason": row.reason, "revision": row.revision}
            sent = judgment(token, row.item, row.phase, row.rating, **answer)
            answered = await room.judge(made.json()["code"], sent)
            assert answered.json()["receipts"][0]["status"] == "stored"

    with ThreadPoolExecutor(1) as beside:  # the browser's driver is a loop that runs here
        beside.submit(in_room, store, by_page, course=course).result()
    assert store.judgments(session) == twin.judgments()
    for home, data in handed_in.items():
        (folder / f"{home}.json").write_bytes(data)
        summary = collect([folder / f"{home}.json"], store, course, session=session)
        assert (summary.new, summary.unchanged) == (0, len(rows))
    assert store.judgments(session) == twin.judgments()
    assert stored_ratings(store, session).equals(count_ratings(rows))
    assert stored_moves(store, session).equals(count_moves(rows))


@pytest.mark.browser
def test_where_codes_open_after_each_case_those_of_a_pair_open_together(opened, course, tmp_path):
    each = replace(course, course=replace(course.course, session="own-study"))
    pair = course.pair_of(TYPE, course.of_type(TYPE))
    tab = opened()
    tab.goto(write_page(TYPE, each, tmp_path / "each.html").as_uri())
    tab.wait_for_selector("[data-ready]")
    for item, status in zip(pair, (409, 200), strict=True):
        answer = {"vignette": item.id, "phase": "first", "reason": "", "revision": 1}
        answer |= {"rating": 2, "confidence": 3}
        asked_of_the_page(tab, f"judge('', [{json.dumps(answer)}])")
        readings = [asked_of_the_page(tab, f"readings('', '{one.id}')") for one in pair]
        assert [each["status"] for each in readings] == [status, status]


@pytest.mark.browser
def test_of_a_split_class_half_find_no_pair_in_the_file(opened, course, tmp_path):
    split = replace(course, course=replace(course.course, session="own-study", split_pairs=True))
    pair = [item.id for item in course.pair_of(TYPE, course.of_type(TYPE))]
    address = write_page(TYPE, split, tmp_path / "split.html").as_uri()
    seen = set()
    for _ in range(12):
        tab = opened()
        tab.goto(address)
        tab.wait_for_selector("[data-ready]")
        participant = participant_of("own-study", token_in(tab, "own-study"))
        first_half = is_in_first_half(participant, TYPE)
        (lesson,) = asked_of_the_page(tab, "load()")["table"]["lessons"]
        order = [case["item"] for case in lesson["cases"]]
        own = [item.id for item in in_own_order(participant, course.of_type(TYPE))]
        assert lesson["pair"] == (pair if first_half else [])
        assert order == ([*pair, *[id for id in own if id not in pair]] if first_half else own)
        seen.add(first_half)
        if len(seen) == 2:
            return
    pytest.fail("Twelve tokens in a row were in one half.")


@pytest.mark.browser
def test_levels_order_and_half_are_those_of_python_for_ten_thousand_participants(browser, course):
    items = course.of_type("business")
    cases = [{"item": item.id, "levels": list(item.levels)} for item in items]
    tokens = [hashlib.sha256(str(n).encode()).hexdigest()[:32] for n in range(10_000)]
    script = f"""([cases, tokens]) => {{
      {module("hashing.js").replace("export ", "")}
      return tokens.map((token) => {{
        const participant = participantOf("own-study", token);
        const levels = cases.map(({{ item, levels }}) => levels[levelOf(participant, item, levels)]);
        const order = inOwnOrder(participant, cases).map(({{ item }}) => item);
        const half = isInFirstHalf(participant, "business");
        return [participant, ...levels, ...order, half].join(" ");
      }});
    }}"""
    tab = browser.new_page()
    reckoned = tab.evaluate(script, [cases, tokens])
    tab.close()
    for token, line in zip(tokens, reckoned, strict=True):
        participant = participant_of("own-study", token)
        levels = [level_of(participant, item) for item in items]
        order = [item.id for item in in_own_order(participant, items)]
        half = "true" if is_in_first_half(participant, "business") else "false"
        assert line == " ".join([participant, *levels, *order, half])


@pytest.mark.browser
def test_what_a_browser_does_not_keep_is_said_before_it_is_lost(opened, address, tmp_path):
    # A learning platform shows the file in a frame that has no rights: neither storage nor forms.
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<!doctype html><iframe sandbox="allow-scripts" src="{address}"></iframe>', "utf-8"
    )
    tab = opened()
    tab.goto(frame.as_uri())
    notices = tab.frame_locator("iframe").locator("#notices")
    expect(notices).to_contain_text("Open the file in a tab or window of its own.")

    # Nothing can be kept at all.
    tab = opened(
        stub="Object.defineProperty(window, 'indexedDB', { get() { throw new Error('no'); } });"
    )
    expect(tab.locator("#notices")).to_contain_text("This browser keeps nothing for this page")
    begin(tab)
    lock(tab, 2, 3)
    expect(receipt(tab)).to_have_text(HELD)
    assert len(json.loads(saved(tab, tmp_path / "held.json"))["judgments"]) == 1

    # Full: the first text fits, then no more.
    tab = opened(
        stub="""const put = IDBObjectStore.prototype.put;
        window.most = 50_000;
        IDBObjectStore.prototype.put = function (text, key) {
          if (text.length > window.most) throw new DOMException("full", "QuotaExceededError");
          return put.call(this, text, key);
        };"""
    )
    expect(tab.locator("#notices")).to_contain_text("This browser has no room left.")
    begin(tab)
    lock(tab, 2, 3)
    expect(receipt(tab)).to_have_text(STORED)
    tab.get_by_role("link", name="Next case").click()
    tab.evaluate("window.most = 0")
    lock(tab, 4, 1)
    expect(receipt(tab)).to_have_text(HELD)
    assert len(json.loads(saved(tab, tmp_path / "full.json"))["judgments"]) == 2


@pytest.mark.browser
def test_two_tabs_and_cleared_storage_lose_and_double_nothing(opened, tmp_path, lesson_course):
    tab = opened()
    begin(tab)
    second = opened(tab.context)
    expect(second.locator("#notices")).to_contain_text("This course is open in another tab, too.")
    begin(second)
    assert tab.locator("h1").inner_text() == second.locator("h1").inner_text()
    lock(tab, 2, 3)
    expect(receipt(tab)).to_have_text(STORED)
    lock(second, 5, 4)
    expect(receipt(second)).to_contain_text(
        "Another judgment under your code was stored instead: 2,"
    )
    second.get_by_role("link", name="Next case").click()
    lock(second, 3, 3)
    expect(receipt(second)).to_have_text(STORED)

    # Somebody clears the browser's data while a tab is open.
    session = lesson_course.course.session
    script = "(name) => new Promise((done) => { indexedDB.deleteDatabase(name).onsuccess = done; })"
    second.evaluate(script, f"boundaries/{session}")
    second.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(second.locator("#notices")).to_contain_text("was removed. What you judged in this tab")
    second.get_by_role("link", name="Next case").click()
    lock(second, 1, 2)
    expect(receipt(second)).to_have_text(STORED)
    second.reload()
    second.wait_for_selector("[data-ready]")
    rows = read(saved(second, tmp_path / "all.json"), lesson_course).judgments
    assert [row.rating for row in sorted(rows, key=lambda row: row.revision)] == [2, 3, 1]

    # On a computer that others use.
    second.get_by_text("On a computer that others use").click()
    second.get_by_role("button", name="Remove everything from this browser").click()
    second.get_by_role("button", name="Really remove everything? Press once more").click()
    expect(second.get_by_role("button", name="Begin")).to_be_visible()
    tab.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(tab.get_by_role("button", name="Begin")).to_be_visible()
