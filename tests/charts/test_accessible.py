"""Every chart and every table of a notebook, as axe and as a screen reader's tree have it: in one page, in one browser."""

from __future__ import annotations

import inspect
import pkgutil
from collections import Counter
from dataclasses import replace
from importlib import import_module

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from boundaries import charts
from boundaries.answers.students import Student
from boundaries.charts import figure, parting, practitioners, provisions, waits
from boundaries.content.normsets import NormAnswers, NormSet
from boundaries.counts.classes import classroom
from boundaries.instructor.report import Story
from boundaries.lectures.host.lecture import Homework
from boundaries.lessons import gates
from boundaries.lessons.gates import codebook
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.outputs import CaseText, NotRunning, PairText
from boundaries.lessons.withheld import withheld

pytestmark = pytest.mark.browser

SUBJECTS = {
    "answers": "a-call-at-six",
    "dial_curve": "a-call-at-six",
    "claims": "claims",
    "norms": "encounters",
    "practitioners": "practitioners",
    "calibration": "claims",
}
OF_CONTENT = (
    provisions.stance_map,
    provisions.editions,
    waits.waiting_periods,
    parting.parting,
    practitioners.belief_and_behaviour,
)
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Charts</title>"
    "<main><h1>Charts</h1>{}</main></html>"
)


@pytest.fixture
def drawn(course, monkeypatch):
    """Every chart, its pixels left out: they are looked at elsewhere."""
    monkeypatch.setattr(figure.Chart, "picture", "data:image/gif;base64,R0lGODlhAQABAAAAACw=")
    released = classroom(content=course)
    made = [draw(course) for draw in OF_CONTENT]
    case = course.vignettes["two-coats"]
    answers = NormAnswers(case.id, case.wording, case.levels, (2, 3, 3, 1, 0))
    workshop = NormSet("day", "joiners at a training day", "us", 2026, "Invented.", (answers,))
    course = replace(course, norms=(workshop,))
    for name, draw in charts.CHARTS.items():
        made.append(draw(released, course, SUBJECTS.get(name, "business")))
    return made


def test_no_chart_is_left_out_here():
    drawing = set()
    for module in pkgutil.iter_modules(charts.__path__, "boundaries.charts."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            gives = inspect.get_annotations(function).get("return")
            if gives == "Chart" and not name.startswith("_") and name != "chart_of":
                drawing.add(function)
    assert drawing == {*charts.CHARTS.values(), *OF_CONTENT}


def assert_clean(page):
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []


def test_every_chart_is_a_named_group_with_a_picture_a_sentence_and_a_table(
    browser, drawn, tmp_path
):
    page = browser.new_page()
    page.set_content(PAGE.format("".join(chart._repr_html_() for chart in drawn)))
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert_clean(page)
    for number, chart in enumerate(drawn):
        group = page.locator("figure").nth(number)
        expect(group).to_have_role("group")
        expect(group).to_have_accessible_name(chart.subject)
        expect(group.get_by_role("img")).to_have_accessible_name(chart.alt)
        expect(group.locator("figcaption")).to_have_text(chart.sentence)
        table = group.get_by_role("table", name=chart.title)
        assert table.get_by_role("columnheader").all_inner_texts() == list(chart.table.columns)
        assert table.get_by_role("rowheader").count() == len(chart.table)
        assert table.get_by_role("cell").count() == len(chart.table) * (chart.table.shape[1] - 1)
    page.set_content(drawn[0].save(tmp_path / "alone.html").read_text("utf-8"))
    assert_clean(page)
    page.close()


def test_what_else_a_notebook_shows_has_headings_and_headers(browser, course, tmp_path):
    student = Student("own-study", tmp_path / "own-study.sqlite")
    lesson = Lesson("business", course, student)
    for item in lesson.items:
        student.judge(item, "first", 2, 3, "Because.")
    lesson.my_judgments(tmp_path / "saved.html")
    page = browser.new_page()
    page.set_content((tmp_path / "saved.html").read_text("utf-8"))
    assert_clean(page)
    book = codebook(now=True, content=course)
    tables = [lesson.bands(), book.how_checked(), book.pages()]
    page.set_content(PAGE.format("".join(table._repr_html_() for table in tables)))
    assert_clean(page)
    for table in page.get_by_role("table").all():
        assert table.get_by_role("columnheader").count() > 1
        assert table.get_by_role("rowheader").count() > 1
    page.close()


def test_lists_texts_and_links_of_a_notebook_are_clean(browser, course):
    case, other = course.of_type("business")[:2]
    texts = [CaseText(case, case.levels[0], "Case 1 of 2"), CaseText(other, other.levels[0])]
    released = classroom(content=course)
    homework = Homework.__new__(Homework)  # as it is shown; no class server is asked
    homework.title, homework.url = "Business", "https://class.example.org/K7QF-2MWD"
    shown = [
        PairText(texts),
        NotRunning(texts),
        withheld(replace(released, withheld=("One group of 'business' is not shown.",))),
        Story(released, course),
        homework,
        gates._Closed(course, Counter({"business": 2})),
        gates._Quoted(practitioners.quoted(course)),
    ]
    page = browser.new_page()
    page.set_content(PAGE.format("".join(output._repr_html_() for output in shown)))
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert_clean(page)
    page.close()
