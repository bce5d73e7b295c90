"""The host's page in a real Chromium, before a real class server: one large button, a clicker, and a key that stays."""

# ruff: noqa: F811 - a test names the fixtures that it takes, which are imported

import json
import re
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect
from test_server_pages import (  # noqa: F401 - fixtures are found by their names
    CASE,
    DIAL,
    LAPTOP,
    PHONE,
    SECOND,
    SMALL,
    Host,
    address,
    assert_accessible,
    assert_fits,
    open_page,
    store,
)

from boundaries.content.sessions import codes_open
from boundaries.lectures.server import pages
from boundaries.web import module

pytestmark = pytest.mark.browser

SETTLED = 700  # ms: a button that has just changed ignores a second press
FINAL = "The first two rounds are then final."
OVER = "Phones then say that the lecture is over. What was judged stays."
KEY = "key"


@pytest.fixture
def hall(address):
    with closing(Host(address)) as made:
        yield made


@pytest.fixture
def open_host(open_page, hall, address):
    """open_host(size): the host's page of the hall."""

    def opened(size=LAPTOP, **options):
        page = open_page(f"{address}/host#{KEY}/{hall.code}", size, **options)
        expect(page.locator("#desk")).to_be_visible()
        return page

    return opened


def state(hall):
    return hall.http.get(f"/api/sessions/{hall.code}").json()


def press(page, name=None):
    """Clicks the large button, or the one of that name."""
    page.wait_for_timeout(SETTLED)
    button = page.locator("#primary")
    if name:
        button = page.get_by_role("button", name=name, exact=True)
    button.click()


# -- the steps ------------------------------------------------------------------------------------------------------


def case(id, opened=(), revealed=(), dial=None):
    return {"id": id, "opened": opened, "revealed": revealed, "dial": dial}


@pytest.fixture
def offer(open_page, address):
    """offer(stage, plan, place): what the page would offer."""
    page = open_page(f"{address}/host")

    def asked(stage, plan, place=2):
        steps = module("steps.js").replace("export ", "")
        script = f"([state, plan]) => {{ {steps}\n return offer(state, plan); }}"
        return page.evaluate(script, [{"stage": stage, "place": place}, plan])

    return asked


def test_a_case_that_was_left_goes_on_where_it_can(offer):
    for stage, opened, revealed, primary in [
        ("lobby", ["first"], ["first"], "Show the class again"),
        ("discuss", ["first"], ["first"], "Show the class again"),
        ("discuss", [], [], "Open the first round"),
        ("informed", ["first", "informed"], ["first"], "Close it: show the class"),
    ]:
        offered = offer(stage, [case("a"), case("b", opened, revealed), case("c")])
        assert offered["primary"]["label"] == primary
    final = ["first", "discussed", "informed"]  # a round that is final is not offered again
    offered = offer("reveal", [case("a"), case("b", final, final), case("c")])
    assert [step["id"] for step in offered["quiet"]] == ["back", "end"]
    plan = [case("a", ["first"], ["first"]), case("b"), case("c")]
    (back,) = (step for step in offer("lobby", plan)["quiet"] if step["id"] == "back")
    assert back["body"] == {"vignette": "a", "stage": "reveal"}  # as it was left
    assert offer("first", plan)["hands"] == ["first", "discussed"]
    assert offer("lobby", plan)["hands"] == []


def test_the_large_button_leads_through_a_whole_lecture_and_says_what_it_does(hall, open_host):
    page = open_host()
    one = [
        (
            "Open the first round",
            "Phones and projector show the case, and phones ask for a judgment.",
        ),
        ("Close it: talk", "Phones ask nothing while the room talks."),
        ("Judge again", "Phones ask for the judgment again."),
        (
            "Reveal",
            "The projector shows the class beside the codes; phones show how the codes read the case.",
        ),
        ("Next case", "Phones wait, and the case is hidden."),
    ]
    for label, effect in [*one, *one]:
        expect(page.locator("#primary")).to_have_text(label)
        expect(page.locator("#effect")).to_have_text(effect)
        press(page)
        if label == "Reveal":
            expect(page.locator("#asked")).to_have_text(FINAL)
            press(page, "Reveal")
    expect(page.locator("#place")).to_have_text("Case 3 of 3")
    press(page, "End the lecture")
    expect(page.locator("#asked")).to_have_text(OVER)
    press(page, "Not yet")
    expect(page.locator("#primary")).to_be_focused()
    press(page, "End the lecture")
    press(page, "End the lecture")
    expect(page.locator("#primary")).to_have_text("Begin another lecture")
    before = hall.code
    press(page)
    expect(page.locator("#said")).to_contain_text("A new lecture with a code of its own.")
    assert page.locator("#code").inner_text().replace("-", "") != before
    expect(page.locator("#primary")).to_have_text("Open the first round")


def test_every_stage_offers_these_quiet_steps(hall, open_host):
    page = open_host()
    skip, end, clocks = "Skip this case", "End the lecture", ["+30 s", "+60 s"]
    for stage, offered in {
        "lobby": [skip, end],
        "first": [*clocks, "Back: close it and hide the case", skip, end],
        "discuss": [*clocks, "Reopen the first round", "Reveal without judging again", skip, end],
        "discussed": [*clocks, "Back: close it, talk on", "Reopen the first round", skip, end],
        "reveal": ["Judge after the codes", "Back: hide the class, talk on", end],
        "informed": [*clocks, end],
        "over": ["Go on after all"],
    }.items():
        hall.go(stage)
        expect(page.locator("#quiet button")).to_have_text(offered)


# -- acting ----------------------------------------------------------------------------------------------------------


def test_a_double_click_is_one_step_and_confirms_nothing(hall, open_host):
    page = open_host()
    page.locator("#primary").dblclick()
    expect(page.locator("#primary")).to_have_text("Close it: talk")
    assert state(hall)["stage"] == "first"
    hall.go("discussed")
    expect(page.locator("#primary")).to_have_text("Reveal")
    page.wait_for_timeout(SETTLED)
    page.locator("#primary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # the focus is on the button that confirms
    assert state(hall)["stage"] == "discussed"
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()


def test_a_clicker_leads_the_lecture_from_here_and_from_the_projector(hall, open_host, address):
    page = open_host()
    screen = page.context.new_page()
    screen.goto(f"{address}/{hall.code[:4]}-{hall.code[4:]}/screen")
    screen.wait_for_selector("[data-ready]")

    def clicks(which, *keys):
        for key in keys:
            page.wait_for_timeout(SETTLED)
            which.keyboard.press(key)

    clicks(page, "PageDown")
    expect(screen.locator("body")).to_have_attribute("data-stage", "first")
    expect(page.locator("#now")).to_contain_text("First round")
    clicks(screen, "PageDown")
    expect(screen.locator("body")).to_have_attribute("data-stage", "discuss")
    expect(page.locator("#now")).to_contain_text("Talking")
    clicks(screen, "PageDown")
    expect(page.locator("#now")).to_contain_text("Second round")
    clicks(screen, "PageUp")
    expect(screen.locator("#stage")).to_contain_text("Talk")
    clicks(page, "b")
    expect(screen.locator("body")).to_have_class(re.compile("bd-dark"))
    clicks(screen, "b")
    expect(screen.locator("body")).not_to_have_class(re.compile("bd-dark"))
    page.get_by_text("A clicker, and keys").click()
    page.get_by_role("checkbox", name="Page Down").uncheck()
    clicks(screen, "PageDown")
    page.wait_for_timeout(300)
    assert state(hall)["stage"] == "discuss"
    assert KEY not in screen.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_keys_typed_into_a_field_are_no_clicker(hall, open_host):
    page = open_host()
    page.get_by_text("The room, and a new code").click()
    page.get_by_label("How many are in the room").press("PageDown")
    page.wait_for_timeout(300)
    assert state(hall)["stage"] == "lobby"


def test_the_host_sets_the_dial_adds_time_and_goes_to_any_case(hall, open_host, course):
    page = open_host()
    page.get_by_text("Another case", exact=True).click()
    page.get_by_label("Case", exact=True).select_option(DIAL)
    press(page, "Go to this case")
    expect(page.locator("#place")).to_have_text("Case 3 of 3")
    page.get_by_label("Split the room").check()
    page.get_by_text("Read the case").click()
    expect(page.locator("#text > div")).to_have_count(len(course.vignettes[DIAL].levels))
    press(page)
    expect(page.locator("#dial")).to_be_hidden()
    press(page, "+30 s")
    expect(page.locator("#clock")).to_have_text(re.compile(r"0:(30|2\d) left"))
    press(page, "+60 s")
    expect(page.locator("#clock")).to_have_text(re.compile(r"1:(30|2\d) left"))
    assert page.evaluate("document.activeElement.dataset.step") == "clock-60"
    hall.go("lobby", CASE)
    expect(page.locator("#primary")).to_be_focused()  # what had the focus is gone


def test_a_show_of_hands_is_kept_and_taken_back_and_a_refusal_is_the_servers_own(hall, open_host):
    page = open_host()
    hall.go("first")
    page.get_by_text("Show of hands", exact=True).click()
    numbers = page.locator("#numbers input")
    for place, count in enumerate([9, 0, 3, 0, 1]):
        numbers.nth(place).fill(str(count))
    hall.judge([1, 2, 3])
    expect(page.locator("#judged")).to_have_text("3")
    expect(numbers.nth(0)).to_have_value("9")  # nothing that was typed is lost
    press(page, "Keep this show of hands")
    expect(page.locator("#said")).to_have_text(
        "The show of hands is kept, and will be marked “by hand”."
    )
    numbers.nth(0).fill("5001")
    press(page, "Keep this show of hands")
    expect(page.locator("#said")).to_contain_text("5,000")
    for place in range(5):
        numbers.nth(place).fill("0")
    press(page, "Keep this show of hands")
    expect(page.locator("#said")).to_have_text("No hands are kept for this round.")


def test_a_server_that_is_gone_is_said_and_so_is_nothing_when_it_is_back(hall, open_host):
    page = open_host()
    page.route("**/api/**", lambda route: route.abort())
    press(page)
    expect(page.locator("#said")).to_have_text(
        "The class server does not answer. Phones keep what is judged and send it when it is back. Nothing that was "
        "confirmed is lost. Press once more when it is back; till then go on by a show of hands."
    )
    assert state(hall)["stage"] == "lobby"
    page.unroute("**/api/**")
    press(page)
    expect(page.locator("#primary")).to_have_text("Close it: talk")
    expect(page.locator("#said")).to_be_hidden()


def test_a_room_that_strangers_fill_is_said_and_can_be_left_for_a_new_code(hall, open_host):
    hall.go("lobby", SECOND)
    page = open_host()
    page.get_by_text("The room, and a new code").click()
    page.get_by_label("How many are in the room").fill("10")
    press(page, "Set the room")
    for token in range(13):
        body = {"token": f"{token:032x}"}
        hall.http.post(f"/api/sessions/{hall.code}/join", json=body).raise_for_status()
    expect(page.locator("#crowd")).to_have_text(
        "13 phones have joined, and 10 are in the room. If these are not your students, begin anew under a new code."
    )
    press(page, "Begin anew under a new code")
    expect(page.locator("#said")).to_have_text(
        "Begun anew under a new code. The lecture before is over for its phones, and what they judged stays stored."
    )
    expect(page.locator("#joined")).to_have_text("0")
    expect(page.locator("#place")).to_have_text("Case 2 of 3")
    assert state(hall)["stage"] == "over"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"joined": 1200, "rate": 310.0},
            "310 phones a second are joining, more than a hall can. If these are not your students, "
            "begin anew under a new code.",
        ),
        (
            {"joined": 5000, "rate": 0.0, "room": 5000},
            "The lecture is full: it takes 5,000 phones. If more than your students have joined, "
            "begin anew under a new code.",
        ),
    ],
)
def test_a_join_rate_that_no_hall_has_is_said(hall, open_page, address, more, sentence):
    page = open_page(f"{address}/host")
    told = json.dumps(state(hall) | more)

    def answer(route):
        route.fulfill(body=told, headers={"x-boundaries": "1", "content-type": "application/json"})

    page.route(f"**/api/sessions/{hall.code}", answer)
    page.route("**/events", lambda route: route.abort())
    page.evaluate(f"location.hash = '{KEY}/{hall.code}'")
    expect(page.locator("#crowd")).to_have_text(sentence)


def test_the_host_ticks_which_reasons_the_projector_shows(open_page, address, course, hall):
    page = open_page(f"{address}/host#{KEY}", LAPTOP)
    page.get_by_label("Which cases").select_option("business")
    page.get_by_role("checkbox", name=course.vignettes[CASE].title).check()
    page.get_by_role("checkbox", name="Let me show some reasons").check()
    page.get_by_role("button", name="Start the lecture").click()
    expect(page.locator("#desk")).to_be_visible()
    hall.code = page.evaluate("location.hash.split('/')[1]")
    screen = open_page(f"{address}/{hall.code[:4]}-{hall.code[4:]}/screen", LAPTOP)
    hall.go("first")
    reasons = [f"Reason number {n} of a student, who wrote it <b>alone</b>." for n in range(6)]
    rows = [
        {"token": f"{n:032x}", "vignette": CASE, "phase": "first", "rating": 2, "confidence": 2,
         "reason": reason}
        for n, reason in enumerate(reasons)
    ]  # fmt: skip
    hall.http.post(f"/api/sessions/{hall.code}/judgments", json=rows).raise_for_status()
    hall.go("reveal")
    expect(screen.locator(".bd-bar").first).to_be_attached()
    page.get_by_text("Reasons to show").click()
    for reason in reasons[:4]:
        page.get_by_role("checkbox", name=reason).check()
    press(page, "Show the ticked ones on the projector")
    expect(page.locator("#said")).to_have_text(
        "4 reasons are ticked. The class sees 5 or more, or none: fewer could point to those who wrote them."
    )
    page.get_by_role("checkbox", name=reasons[4]).check()
    press(page, "Show the ticked ones on the projector")
    expect(screen.locator(".bd-reasons li")).to_have_count(5)
    assert sorted(screen.locator(".bd-reasons li").all_inner_texts()) == reasons[:5]
    assert_accessible(screen)
    for box in page.locator("#reasons input").all():
        box.uncheck()
    press(page, "Show the ticked ones on the projector")
    expect(screen.locator(".bd-reasons")).to_have_count(0)
    expect(screen.locator(".bd-bar").first).to_be_attached()
    hall.http.close()


# -- before a lecture ------------------------------------------------------------------------------------------------


def test_a_lecture_is_chosen_and_begun(open_page, address, course):
    page = open_page(f"{address}/host#{KEY}", PHONE)
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Start the lecture").click()
    expect(page.locator("#trouble")).to_have_text("Choose one case or more, then start.")
    page.get_by_label("Which cases").select_option("business")
    expect(page.get_by_label("What the lecture is called")).to_have_value(
        course.types["business"].title
    )
    page.get_by_role("checkbox", name=course.vignettes[CASE].title).check()
    page.get_by_label("Which cases").select_option("encounters")
    page.get_by_role("checkbox", name=course.vignettes[SECOND].title).check()
    page.get_by_label("What the lecture is called").fill("Week seven")
    page.get_by_role("button", name="Start the lecture").click()
    expect(page.locator("#desk")).to_be_visible()
    expect(page.locator("#title")).to_have_text("Week seven")
    expect(page.locator("#place")).to_have_text("Case 1 of 2")
    expect(page.locator("#case")).to_have_text(course.vignettes[CASE].title)
    assert re.fullmatch(rf"{KEY}/[0-9A-Z]{{8}}", page.evaluate("location.hash.slice(1)"))
    page.reload()
    expect(page.locator("#title")).to_have_text("Week seven")


def test_homework_is_given_followed_and_ended_on_the_hosts_page(open_page, address, course):
    page = open_page(f"{address}/host#{KEY}", PHONE)
    page.get_by_role("radio", name="Homework").check()
    page.get_by_label("Which cases").select_option("business")
    page.get_by_label("Due at the end of").fill("2031-05-06")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Give this homework").click()
    expect(page.locator("#homework")).to_be_visible()
    expect(page.locator("#due")).to_contain_text("Due on 6 May 2031 at 23:59.")
    code = page.evaluate("location.hash.split('/')[1]")
    expect(page.locator("#homework-code")).to_have_text(f"{code[:4]}-{code[4:]}")
    expect(page.locator("#join")).to_have_attribute("href", f"{address}/{code[:4]}-{code[4:]}")
    expect(page.locator("#qr")).to_be_visible()
    public = httpx.get(f"{address}/api/sessions/{code}").json()
    business = [item.id for item in course.of_type("business")]
    assert public["session"].startswith("homework-")
    assert codes_open(public["session"]) == codes_open(course.course.session)
    assert [case["id"] for case in public["vignettes"]] == business

    for who in range(6):
        rows = []
        for id in business[:1] if who == 5 else business:
            first = {"token": f"{who:032x}", "phase": "first", "rating": 2, "confidence": 2}
            rows.append(first | {"vignette": id})
        httpx.post(f"{address}/api/sessions/{code}/judgments", json=rows).raise_for_status()
    page.reload()
    expect(page.locator("#began")).to_have_text("6")
    expect(page.locator("#finished")).to_have_text("5")
    expect(page.locator("#classes")).to_be_empty()
    page.locator("#end").click()
    page.get_by_role("button", name="End it, for good").click()
    expect(page.locator("#classes section")).to_have_count(len(business))
    expect(page.locator("#ending")).to_be_hidden()
    assert_accessible(page)
    assert_fits(page)
    standing = f"{address}/api/sessions/{code}/standing"
    assert httpx.get(standing).status_code == 401  # a student cannot ask


def test_without_the_key_the_page_can_do_nothing(hall, open_page, address):
    page = open_page(f"{address}/host", PHONE)
    expect(page.locator("#trouble")).to_have_text(
        "Type the host key, or open the link that the class server printed."
    )
    assert_accessible(page)
    for mangled in (
        "half-a-%zz",
        "“quoted”",
    ):  # by whatever carried the link; no header can hold it
        page.goto("about:blank")
        page.goto(f"{address}/host#{mangled}")
        expect(page.locator("#trouble")).to_have_text(
            "Type the host key, or open the link that the class server printed."
        )
    page.get_by_label("Your host key").fill("not-the-key")
    page.get_by_role("button", name="Open").click()
    expect(page.locator("#trouble")).to_have_text(
        "This is not a host key of this server. Copy the one that it printed."
    )
    page.get_by_label("Your host key").fill(KEY)
    page.get_by_role("button", name="Open").click()
    expect(page.locator("#choose")).to_be_visible()
    page.get_by_text("Go on with a lecture, or a homework, that has begun").click()
    page.get_by_label("Its code").fill(f"{hall.code[:4]}-{hall.code[4:]}".lower())
    page.get_by_role("button", name="Go on with it").click()
    expect(page.locator("#desk")).to_be_visible()


# -- what reaches it, and what leaves it -----------------------------------------------------------------------------


def test_nothing_but_counts_reaches_the_host_before_the_reveal(hall, open_host, course):
    page = open_host()
    heard, sent = [], []
    page.on("request", lambda request: sent.append((request.url, request.headers)))
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.eventSourceMessageReceived", lambda event: heard.append(event["data"]))
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.reload()
    expect(page.locator("#desk")).to_be_visible()
    reason = "a reason nobody else reads 5521"

    def everything():
        for answer in answers:
            if "/events" not in answer.url and answer.request.resource_type in (
                "fetch",
                "document",
            ):
                heard.append(answer.text())
        answers.clear()
        return "".join([*heard, page.content()])

    item = course.vignettes[CASE]
    secrets = [words for r in item.readings for words in (r.why, r.changes, r.band_why) if words]
    secrets += ['"readings"', '"counts"', '"bandText"', '"stance"', reason]
    for stage in ("first", "discuss", "discussed"):
        hall.go(stage)
        if stage != "discuss":
            rows = [
                {"token": f"{n:032x}", "vignette": CASE, "phase": stage, "rating": 3,
                 "confidence": 2, "reason": reason}
                for n in range(7)
            ]  # fmt: skip
            hall.http.post(f"/api/sessions/{hall.code}/judgments", json=rows).raise_for_status()
            expect(page.locator("#judged")).to_have_text("7")
    assert [secret for secret in secrets if secret in everything()] == []
    assert page.locator("#class *").count() == 0
    hall.go("reveal")
    expect(page.locator("#class [data-rating='3']").first).to_be_visible()
    assert secrets[0] in everything()  # so it would have been heard
    hall.go("discuss")
    expect(page.locator("#class *")).to_have_count(0)
    # The key stands in the address alone, and leaves it as a header to the host's own operations.
    assert KEY not in page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state])")
    assert page.evaluate("document.cookie") == ""
    assert not [url for url, _ in sent if "#" not in url and f"{KEY}" in url.replace("api-key", "")]
    with_key = {url.rsplit("/", 1)[1] for url, headers in sent if "authorization" in headers}
    assert with_key <= {"course", "plan", hall.code}


def test_a_notebook_on_this_computer_may_frame_the_hosts_page_and_nothing_else_may(hall):
    headers = hall.http.get("/host").headers
    assert headers["content-security-policy"].endswith(
        "frame-ancestors http://127.0.0.1:* http://localhost:*"
    )
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    for path in ("/", f"/{hall.code[:4]}-{hall.code[4:]}", "/screen", "/healthz"):
        policy = hall.http.get(path).headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'none'")


def test_the_host_goes_on_with_a_phone_by_a_picture_that_only_the_key_gives(hall, open_host):
    page = open_host()
    page.get_by_text("Lead from your phone").click()
    image = page.locator("#host-qr")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    page.get_by_text("Lead from your phone").click()
    expect(image).not_to_have_attribute("src", re.compile("."))
    link = f"{hall.http.base_url}/host#{KEY}/{hall.code}"
    path = f"/{hall.code}/host.svg"
    assert hall.http.get(path).content == pages.qr_of(link)
    for wrong in ({}, {"authorization": "Bearer wrong"}):
        answer = httpx.get(f"{hall.http.base_url}{path}", headers=wrong)
        assert answer.status_code in (401, 403)
        assert b"svg" not in answer.content


# -- how it looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [LAPTOP, PHONE, pytest.param(SMALL, marks=pytest.mark.long)], ids=str
)
def test_the_large_button_is_above_the_fold_at_every_stage(hall, open_host, size):
    page = open_host(size)
    for stage in ("lobby", "first", "discuss", "discussed", "reveal", "informed", "over"):
        if stage == "discuss":
            hall.judge([1, 2, 2, 3, 3, 4, 5])
        hall.go(stage, seconds=90)
        page.wait_for_function("s => document.querySelector('#desk') && true", arg=stage)
        expect(page.locator("#primary")).to_be_in_viewport(ratio=1)
        assert_fits(page)
        if size != SMALL and stage in ("lobby", "first", "reveal"):
            assert_accessible(page)


def test_it_is_right_in_the_dark_in_forced_colours_and_at_twice_the_size(hall, open_host):
    hall.go("first")
    hall.judge([1, 2, 2, 3, 3, 4, 5])
    page = open_host(color_scheme="dark")
    hall.go("reveal")
    expect(page.locator("#class .bd-bar").first).to_be_visible()
    assert_accessible(page)
    forced = open_host(forced_colors="active")
    assert_accessible(forced, runOnly=["wcag2a"])
    zoomed = open_host((640, 360))  # 1280 × 720 at 200 %
    expect(zoomed.locator("#primary")).to_be_in_viewport(ratio=1)
    assert_fits(zoomed)
    for details in zoomed.locator("details:visible").all():
        details.locator("summary").click()
    assert_fits(zoomed)


def test_every_control_can_be_reached_by_keyboard_alone(hall, open_host):
    page = open_host()
    names = []
    for _ in range(14):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.innerText ?? ''"))
    folds = page.locator("summary:visible").all_inner_texts()
    wanted = ["Open the first round", "Skip this case", "End the lecture", *folds]
    assert [name for name in wanted if name not in names] == []
