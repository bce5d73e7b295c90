"""The class report: one file that asks for nothing, says what is withheld, and reads on paper and on a phone."""

import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from axe_playwright_python.sync_playwright import Axe
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
from boundaries.instructor.report import POST_ONE, report

PARTS = [
    "summary",
    "intuition",
    "parting",
    "divided",
    "moves",
    "dials",
    "confidence",
    "claims",
    "practitioners",
]


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
    return classroom(content=course)


@pytest.fixture(scope="module")
def whole(course: Content, homework: Released) -> str:
    return report(homework, course)


def only(shown: Released, types: set[str], course: Content) -> Released:
    of = {i.id for i in (*course.vignettes.values(), *course.claims.values()) if i.type in types}
    ratings, moves = (t[t["item"].isin(of)] for t in (shown.ratings, shown.moves))
    return replace(shown, ratings=ratings, moves=moves)


@pytest.fixture(scope="module")
def two(course: Content, homework: Released) -> list[Released]:
    """Two sessions, of whose types three are enough to stand side by side."""
    lecture = classroom(session="invented-lecture", content=course)
    return [only(shown, {"gifts", "business", "claims"}, course) for shown in (homework, lecture)]


@pytest.fixture(scope="module")
def both(course: Content, two: list[Released]) -> str:
    return report(two[0], course, two[1])


# -- what is in it -------------------------------------------------------------------------------------------------


def test_one_file_that_asks_for_nothing(whole):
    outline = Outline(whole)
    assert outline.fetched
    assert all(url.startswith(("data:image/png;base64,", "#")) for url in outline.fetched)
    assert "default-src 'none'" in whole
    assert "<script" not in whole
    assert "url(" not in whole


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


def test_the_parts_in_their_order(whole, course):
    assert Outline(whole).ids == [*PARTS, "method"]
    for type in course.types.values():
        assert f"Intuition and the codes: {type.title}" in whole


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


def test_five_sentences_from_hand_made_numbers():
    plain, other = vignette("plain"), vignette("other", levels=("a", "b"))
    course = content(plain, other)
    people = group(6, 1, None, 2) + group(4, 5, None, 5) + group(1, 0, None, 0)
    frames = [tally.table([], shape) for shape in (tally.RATINGS, tally.MOVES)]
    from attacker import tallies
    from pandas import concat

    for item, of in (
        (plain, people),
        (other, [("a", ((2, 1), None, None))] * 5 + [("b", ((4, 1), None, None))] * 5),
    ):
        frames = [concat([old, new]) for old, new in zip(frames, tallies(of, item), strict=True)]
    assert Findings(release(*frames, course, session="s"), course).summary() == [
        "Shown are 2 cases, each judged by 10 people; 5% of the answers were “I would rather not judge this one”.",
        "It parts most from a code in “Plain”: 1.0 steps outside the band of aca-2014 (conditional, 2 to 4) on average, "
        "mostly stricter, where blind answering would give 0.4.",
        "The class itself is divided most over “Plain”, where two classmates drawn at random are 2.1 steps apart, and "
        "least over “Other” (0.0).",
        "After the codes were read, 60% of 10 pairs of judgments in one case moved toward the band of aca-2014, 0% "
        "away from it and 40% did neither; that is no measure of learning.",
        "One fact mattered most in “Other”: the mean rating goes from 2.0 at “at a” to 4.0 at “at b”.",
    ]


def test_a_class_of_which_nothing_may_be_shown_has_a_report_too():
    course = content(vignette("plain"))
    shown = released(group(3, 2, None, 3), vignette("plain"), session="s")
    page = report(shown, course)
    assert Findings(shown, course).summary() == [
        "Fewer than 5 people have judged any case, so nothing is shown yet.",
        "Beside the codes nothing can be shown yet: too few have judged.",
        "Where the class itself is divided cannot be shown yet.",
        "How judgments moved after the codes were read cannot be shown without singling people out.",
        "No dial can be followed along yet.",
    ]
    assert "the class, session “s”: " not in page
    assert "s, session “s”: nothing may be shown yet." in page
    assert "phase &#x27;first&#x27;, is not shown: fewer than 5 people gave a rating." in page


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
        for sentence in Findings(shown, course).summary():
            assert sentence in both
    pairs = both.count('<div class="pair"><figure')
    assert pairs >= 8
    assert Outline(both).figures == 2 * pairs + 6  # and each class's three most divided cases


def test_a_title_is_text():
    course, evil = content(vignette("plain")), '<img src=x onerror=alert(1)> & "co"'
    page = report(released(group(9, 2, None, 3), vignette("plain"), title=evil), course)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot;" in page


def test_the_package_offers_it():
    assert boundaries.report is report


# -- from the command line -----------------------------------------------------------------------------------------


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


def test_three_hundred_students_of_all_types_take_less_than_thirty_seconds(course):
    rows = list(invent(course, students=300, seed=7, session="invented"))
    start = time.perf_counter()
    shown = release(
        tally.count_ratings(rows),
        tally.count_moves(rows),
        course,
        session="invented",
        invented=True,
    )
    assert len(report(shown, course)) < 6_000_000
    assert time.perf_counter() - start < 30


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
def test_on_paper_the_numbers_are_unfolded_and_no_picture_is_cut(page_of, whole):
    page = page_of(whole, 680)
    numbers = page.locator("figure td").first
    expect(numbers).not_to_be_visible()
    page.emulate_media(media="print")
    expect(numbers).to_be_visible()
    expect(page.locator("nav")).not_to_be_visible()
    sizes = page.locator("img").evaluate_all(
        "all => all.map((i) => [i.offsetWidth, i.offsetHeight])"
    )
    assert max(w for w, _ in sizes) <= 680
    assert max(h for _, h in sizes) <= 22 / 2.54 * 96 + 1
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.browser
def test_a_keyboard_reaches_every_part_and_every_table(page_of, whole):
    page = page_of(whole, 390)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="In five sentences")).to_be_focused()
    expect(page.get_by_role("navigation")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    first = page.locator("summary").first
    first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("group", name="Table: ").first).to_be_focused()
