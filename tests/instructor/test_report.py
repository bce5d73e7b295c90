"""The class report: one file that asks for nothing, says what is withheld, and reads on paper and on a phone."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from attacker import tallies
from axe_playwright_python.sync_playwright import Axe
from markupsafe import escape
from pandas import concat
from playwright.sync_api import Page, expect
from small_content import content, vignette
from test_attack import group, released

import boundaries
from boundaries.answers.store import Session, Store
from boundaries.cli import main
from boundaries.content import Content
from boundaries.counts import tally
from boundaries.counts.classes import classroom
from boundaries.counts.invented import invent
from boundaries.counts.release import Released, release
from boundaries.instructor.findings import Findings
from boundaries.instructor.report import POST_ONE, Story, report

TYPES = ("gifts", "sexual")
"""Two of the nine types are enough; practitioners were asked about a case of the second."""


class Outline(HTMLParser):
    """What a browser would fetch, the headings, and ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fetched, self.headings, self.ids, self.images, self.figures = [], [], [], [], 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.fetched += [given[k] for k in ("src", "srcset", "data", "action") if k in given]
        self.fetched += [given["href"]] if "href" in given else []
        self.ids += [given["id"]] if "id" in given else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.images += [given.get("alt")] if tag == "img" else []
        self.figures += tag == "figure"


@pytest.fixture(scope="module")
def homework(course: Content) -> Released:
    return only(classroom(content=course), {*TYPES, "claims"}, course)


@pytest.fixture(scope="module")
def whole(course: Content, homework: Released) -> str:
    return report(homework, course, today=date(2026, 11, 28))


def only(shown: Released, types: set[str], course: Content) -> Released:
    of = {i.id for i in (*course.vignettes.values(), *course.claims.values()) if i.type in types}
    ratings, moves = (t[t["item"].isin(of)] for t in (shown.ratings, shown.moves))
    return replace(shown, ratings=ratings, moves=moves)


@pytest.fixture(scope="module")
def two(course: Content, homework: Released) -> list[Released]:
    """Two sessions, side by side."""
    lecture = classroom(session="invented-lecture", content=course)
    return [only(shown, {"gifts", "claims"}, course) for shown in (homework, lecture)]


@pytest.fixture(scope="module")
def both(course: Content, two: list[Released]) -> str:
    return report(two[0], course, two[1])


# -- what is in it -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_file_that_asks_for_nothing(whole):
    outline = Outline(whole)
    assert outline.fetched
    assert all(url.startswith(("data:image/png;base64,", "#")) for url in outline.fetched)
    assert "default-src 'none'" in whole
    assert "<script" not in whole
    assert "url(" not in whole


@pytest.mark.slow
def test_headings_in_order_ids_once_and_every_picture_described(whole, both):
    for page in (whole, both):
        outline = Outline(page)
        assert outline.headings[0] == 1
        assert outline.headings.count(1) == 1
        assert all(b <= a + 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))
        assert len(outline.ids) == len(set(outline.ids))
        assert all(alt and len(alt) > 40 for alt in outline.images)
        assert (
            len(outline.images)
            == outline.figures
            == page.count("<figcaption>")
            == page.count(">The numbers<")
        )


def test_the_story_first_then_a_part_for_each_type_then_the_rest(whole, course):
    assert Outline(whole).ids == [
        "story",
        "codes",
        *TYPES,
        "outstanding",
        "confidence",
        "claims",
        "method",
    ]
    for type in TYPES:
        assert f"Intuition and the codes: {course.types[type].title}" in whole
    assert whole.index("What to talk about next week") < whole.index('<details class="part')
    assert "<p>Made on 28 November 2026.</p>" in whole
    assert "Practitioners beside the class: " in whole


def test_what_to_talk_about_next_week_has_acts_and_questions(whole, homework, course):
    topics = Findings(homework, course).topics()
    assert len(topics) == 3
    for topic in topics:
        vignette = next(v for v in course.vignettes.values() if v.title == topic.title)
        assert topic.act.split("[")[0].split("{")[0] in vignette.act
        assert "{" not in topic.act
        assert topic.questions == vignette.questions
        for text in (topic.title, topic.act, topic.division, *topic.questions):
            assert str(escape(text)) in whole


def test_the_title_says_invented_and_a_real_class_does_not(whole, course):
    assert "<title>Class report: Invented class, homework (invented answers)</title>" in whole
    assert "<h1>Class report: Invented class, homework (invented answers)</h1>" in whole
    real = report(
        released(group(9, 2, None, 3), vignette("plain"), title="Tuesday"),
        content(vignette("plain")),
    )
    assert "<h1>Class report: Tuesday</h1>" in real
    assert "nvented answers" not in real


def test_the_method_says_bands_and_that_one_report_is_posted(whole, homework):
    assert (
        "prohibited 1; discouraged 2; conditional 2 to 4; permitted 4 to 5; required 5; silent no band."
        in whole
    )
    assert POST_ONE in whole
    assert f"Not shown: {len(homework.withheld)} groups of answers" in whole
    assert whole.count("is not shown: ") + whole.count("are not shown: ") >= len(homework.withheld)


def test_findings_from_hand_made_numbers():
    plain, other = vignette("plain"), vignette("other", levels=("a", "b"))
    course = content(plain, other)
    people = group(6, 1, None, 2) + group(4, 5, None, 5) + group(1, 0, None, 0)
    dialled = [("a", ((2, 1), None, None))] * 5 + [("b", ((4, 1), None, None))] * 5
    ratings, moves = zip(tallies(people, plain), tallies(dialled, other), strict=True)
    findings = Findings(release(concat(ratings), concat(moves), course, session="s"), course)
    assert findings.who == (
        "s, session “s”, holds 2 cases, each judged by 10 people. "
        "What the codes say opened after each case of a lesson."
    )
    released = release(concat(ratings), concat(moves), course, session="s--codes-last", title="S")
    assert Findings(released, course).who == (
        "S, session “s”, holds 2 cases, each judged by 10 people. "
        "What the codes say opened after the last case of a lesson."
    )
    assert findings.story() == [
        "The class is stricter than aca-2014 above all in “Plain” (to buy it): 60% of 10 judge it stricter than the "
        "code can support (conditional, 2 to 4). That is 0.6 steps on average over the class; answering at random "
        "would give 0.2.",
        "The class is milder than aca-2014 above all in “Plain” (to buy it): 40% of 10 judge it milder than the code "
        "can support (conditional, 2 to 4). That is 0.4 steps on average over the class; answering at random would "
        "give 0.2.",
        "The class is split most over “Plain” (to buy it), where two classmates drawn at random are 2.1 steps "
        "apart, and least over “Other” (0.0).",
    ]
    assert findings.more() == [
        "After the codes were read, 60% of 10 pairs of judgments in one case moved toward the band of aca-2014, 0% "
        "away from it and 40% did neither; that is no measure of learning.",
        "One fact mattered most in “Other”: the mean rating goes from 2.0 at “at a” to 4.0 at “at b”.",
    ]


def test_a_class_that_no_code_finds_too_strict_is_not_called_strict():
    shown = released(group(9, 3) + group(9, 5), vignette("plain"))
    strict, milder, _ = Findings(shown, content(vignette("plain"))).story()
    assert strict == "Nowhere is the class stricter than a code."
    assert milder.startswith(
        "The class is milder than aca-2014 above all in “Plain” (to buy it): 50% of 18 judge"
    )


def test_a_class_of_which_nothing_may_be_shown_has_a_report_too():
    course = content(vignette("plain"))
    shown = released(group(3, 2, None, 3), vignette("plain"), session="s")
    page = report(shown, course)
    assert Findings(shown, course).story() == [
        "Fewer than 5 people have judged any case, so nothing is shown yet."
    ]
    assert "the class, session “s”" not in page
    assert "s, session “s”, holds nothing that may be shown yet." in page
    assert "phase &#39;first&#39;, is not shown: fewer than 5 people gave a rating." in page
    assert Outline(page).ids == ["story", "method"]


def test_numbers_of_a_large_class_stand_with_their_thousands_apart():
    shown = released(group(1234, 1) + group(1500, 5), vignette("plain"))
    page = report(shown, content(vignette("plain")))
    assert "<td>2,734</td>" in page
    assert "45% of 2,734 judge" in page


def test_one_type_alone(homework, course):
    page = report(only(homework, {"gifts"}, course), course)
    assert "Steps from the codes: Gifts and favours" in page
    assert "Business and barter" not in page
    assert "What the articles claim" not in page


def test_two_sessions_stand_side_by_side_and_are_never_added(both, two, course):
    assert (
        "<h1>Class report: Invented class, homework (invented answers) beside Invented class, lecture"
        in both
    )
    for shown in two:
        findings = Findings(shown, course)
        for sentence in (*findings.story(), *findings.more()):
            assert str(escape(sentence)) in both
    figures = re.findall(r'<figure aria-label="(.*?), (Invented class, \w+)', both)
    titles = [title for title, _ in figures]
    assert titles[::2] == titles[1::2]
    assert {whose for _, whose in figures[::2]} == {"Invented class, homework"}
    assert {whose for _, whose in figures[1::2]} == {"Invented class, lecture"}


def test_a_title_is_text():
    course, evil = content(vignette("plain")), '<img src=x onerror=alert(1)> & "co"'
    page = report(released(group(9, 2, None, 3), vignette("plain"), title=evil), course)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &#34;co&#34;" in page


def test_the_package_offers_it():
    assert boundaries.report is report


# -- from the command line -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_report_of_a_store(course, tmp_path, capsys):
    store = Store(tmp_path / "s.sqlite")
    for seed in (1, 2):
        store.describe(Session(f"invented-{seed}", f"Section {seed}", invented=True))
        rows = invent(course, students=8, seed=seed, session=f"invented-{seed}")
        store.merge(row for row in rows if course.item(row.item).type == "gifts")
    out = tmp_path / "report.html"
    asked = [
        "report",
        str(store.path),
        "-o",
        str(out),
        "--session",
        "invented-1",
        "--session",
        "invented-2",
    ]
    assert main(asked) == 0
    assert capsys.readouterr().out == f"The report of invented answers is in {out}. {POST_ONE}\n"
    assert "Section 1 (invented answers) beside Section 2 (invented answers)" in out.read_text(
        encoding="utf-8"
    )
    assert main([*asked, "--session", "third"]) == 1
    assert (
        capsys.readouterr().err
        == "3 sessions were named. A report shows one, or two side by side.\n"
    )
    assert main(["report", str(store.path), "-o", str(out)]) == 1
    assert "several sessions" in capsys.readouterr().err


@pytest.mark.long
def test_a_report_of_all_types_of_three_hundred_students_can_be_sent_by_mail(course):
    rows = list(invent(course, students=300, seed=7, session="invented"))
    counts = tally.count_ratings(rows), tally.count_moves(rows)
    shown = release(*counts, course, session="invented", invented=True)
    assert len(report(shown, course)) < 6_000_000


# -- in a real browser ---------------------------------------------------------------------------------------------


@pytest.fixture
def page_of(browser, tmp_path):
    opened = []

    def open_page(text: str, width: int) -> Page:
        (tmp_path / "report.html").write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900})
        opened.append(page)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.goto((tmp_path / "report.html").as_uri())
        return page

    asked: list[str] = []
    yield open_page
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    for page in opened:
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize(("which", "width"), [("whole", 390), ("whole", 1280)])
def test_it_reads_at_every_width_and_axe_finds_nothing(page_of, which, width, request):
    page = page_of(request.getfixturevalue(which), width)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    shown = page.locator("img").first.bounding_box()
    assert shown
    assert shown["width"] >= 570  # 12 points in the picture are 9.5 pixels or more
    assert [(v["id"], v["nodes"][0]["html"]) for v in Axe().run(page).response["violations"]] == []


@pytest.mark.browser
def test_on_paper_each_type_has_its_picture_and_the_rest_only_if_somebody_opened_it(page_of, whole):
    page = page_of(whole, 680)
    gifts, more = page.locator("#gifts img"), page.locator("#outstanding table")
    expect(gifts.first).not_to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("nav")).not_to_be_visible()
    for shown in (gifts.first, page.locator("#sexual img").first, page.locator("#method p").first):
        expect(shown).to_be_visible()
    for hidden in (gifts.nth(1), page.locator("#gifts td").first, more):
        expect(hidden).not_to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    for opened in (gifts.nth(1), page.locator("#gifts td").first, more):
        expect(opened).to_be_visible()
    sizes = page.locator("img").evaluate_all(
        "all => all.map((i) => [i.offsetWidth, i.offsetHeight])"
    )
    assert max(w for w, _ in sizes) <= 680
    assert max(h for _, h in sizes) <= 21.5 / 2.54 * 96 + 1


def pages_of(page: Page) -> int:
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    return len(re.findall(rb"/Type\s*/Page\b", printed))


@pytest.mark.browser
def test_two_types_take_four_pages_of_paper(page_of, whole):
    assert pages_of(page_of(whole, 1280)) <= 4


@pytest.mark.long  # draws sixty pictures
@pytest.mark.browser
def test_a_whole_course_prints_on_fewer_than_fifteen_pages(page_of, course):
    assert pages_of(page_of(report(classroom(content=course), course), 1280)) < 15


@pytest.mark.browser
def test_a_keyboard_reaches_every_part_and_every_table(page_of, whole):
    page = page_of(whole, 390)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="What the class says")).to_be_focused()
    expect(page.get_by_role("navigation")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    first = page.locator("figure summary").first
    first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("group", name="Table: ").first).to_be_focused()


def test_in_a_notebook_the_story_stands_as_html_and_as_lines(homework, course):
    story = Story(homework, course)
    findings = Findings(homework, course)
    html = story._repr_html_()
    for sentence in (findings.who, *findings.story(), *findings.topics()[0].questions):
        assert sentence in repr(story)
        assert str(escape(sentence)) in html
    assert all(course.types[type].title in html for type in TYPES)


def test_text_of_a_teacher_is_no_html_in_the_story():
    case = replace(vignette("plain"), title="<b>x</b>", act="She <i>paid</i>.")
    shown = released(group(9, 3) + group(9, 5), case)
    html = Story(shown, content(case))._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "&lt;i&gt;paid" in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_the_overview_of_one_type_keeps_the_order_of_its_cases(homework, course):
    findings = Findings(only(homework, {"gifts"}, course), course)
    titles = [answers.item.title for answers in findings.shown]
    assert len(titles) > 4
    assert findings.overview()["case"].tolist() == titles


def test_the_overview_says_on_which_side_the_class_is_and_nothing_of_silent_codes():
    shown = released(group(9, 3) + group(9, 5), vignette("plain"))
    overview = Findings(shown, content(vignette("plain"))).overview()
    assert overview.to_dict("records") == [
        {"case": "Plain", "cases": 1, "aca-2014": "0.5 milder", "classmates apart": "1.1"}
    ]
