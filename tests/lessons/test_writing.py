# ruff: noqa: F811 - fixtures of another test file are named as arguments
"""Forms for a student's own words: by messages only, kept in their own file, a guess beside the chart."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from small_content import content, vignette
from test_form import address, page_at  # noqa: F401 - fixtures

from boundaries.answers.students import Student
from boundaries.content import Guess, Model, Prompts, Question, load
from boundaries.errors import ContentError, StoreError
from boundaries.lessons.handin import submission_of
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.private import judgments_page
from boundaries.lessons.writing import GuessForm, ModelForm, asked_guess

TILES, BENCH = vignette("tiles", levels=("cost", "half-price")), vignette("bench")
MODEL = Model(
    "two-questions",
    "Two questions",
    "Invented.",
    (Question("who", "Who pays?"), Question("when", "When?")),
    source="After Nobody 2026",
    known="read",
)
LEVEL = Guess("dial_curve", "level", "Which one?", case="tiles")
PROMPTS = Prompts(
    "business",
    guesses=(LEVEL, Guess("spread", "case", "Which case?"), Guess("moves", "percent", "How many?")),
)
COURSE = replace(content(TILES, BENCH), models={MODEL.id: MODEL}, prompts={PROMPTS.id: PROMPTS})
NOBODY = "nobody may read this 4417"


@pytest.fixture
def own(tmp_path):
    return Student("test", tmp_path / "own" / "test.sqlite")


def listening(form):
    """A form's `hear`, which gives what it then says to its page."""
    said = []
    form.send = lambda message, buffers=None: said.append(message)

    def hear(**message):
        form._hear(form, message, [])
        return said[-1]

    return hear


def test_what_is_written_is_kept_and_comes_back(own):
    hear = listening(ModelForm(own, MODEL, "tiles", "“The tiles”"))
    state = hear(kind="hello")
    assert state["legend"] == "Two questions: “The tiles”"
    assert state["about"] == ["Invented.", "After Nobody 2026 (read)."]
    assert [field["label"] for field in state["fields"]] == ["Who pays?", "When?"]
    state = hear(kind="keep", answers={"who": "He does. ", "when": "", "other": "x"})
    assert state["receipt"] == {"tone": "ok", "text": f"Stored in your own file, {own.path}."}
    assert state["answers"] == {"who": "He does.", "when": ""}
    again = listening(ModelForm(own, MODEL, "tiles", "“The tiles”"))
    assert again(kind="hello")["answers"] == {"who": "He does.", "when": ""}
    assert listening(ModelForm(own, MODEL, "bench"))(kind="hello")["answers"]["who"] == ""


@pytest.mark.parametrize("answers", [None, "text", {"who": 7}, {"who": ["x"]}])
def test_what_is_no_answer_is_said_and_not_kept(own, answers):
    state = listening(ModelForm(own, MODEL, "tiles"))(kind="keep", answers=answers)
    assert state["receipt"] == {
        "tone": "error",
        "text": "Nothing was stored, for no answer came. Run this cell again.",
    }
    assert own.writings() == []


def test_a_file_that_cannot_be_read_is_said_and_nothing_leaves_the_handler(own, monkeypatch):
    hear = listening(ModelForm(own, MODEL, "tiles"))

    def gone(self):
        raise StoreError("The file is gone.")

    monkeypatch.setattr("boundaries.answers.students.Student.writings", gone)
    assert hear(kind="hello")["receipt"] == {"tone": "error", "text": "The file is gone."}
    assert hear(kind="keep", answers={"who": "x"})["receipt"]["text"] == "The file is gone."


def test_what_is_written_is_handed_in_and_a_guess_is_not(own):
    own.judge(BENCH, "first", 2, 3)
    listening(ModelForm(own, MODEL, "business"))(kind="keep", answers={"who": "=1+1 <b>"})
    guess = GuessForm(own, asked_guess(COURSE, "business", [], "dial_curve", "tiles"))
    listening(guess)(kind="keep", answers={"guess": "cost"})
    handed_in = submission_of(own, COURSE)
    assert [(writing.item, writing.text) for writing in handed_in.writings] == [
        ("business", "=1+1 <b>")
    ]


def test_a_guess_is_kept_once(own):
    asked = asked_guess(COURSE, "business", [], "dial_curve", "tiles")
    options = asked.options
    hear = listening(GuessForm(own, asked))
    assert hear(kind="keep", answers={"guess": "never"})["receipt"]["text"] == (
        "Nothing was stored. Please choose one."
    )
    state = hear(kind="keep", answers={"guess": "half-price"})
    assert (state["fields"], state["submit"]) == ([], "")
    assert state["about"] == [f"Which one? You guessed: {options['half-price']}."]
    assert hear(kind="keep", answers={"guess": "cost"})["receipt"]["text"] == (
        "Your guess is kept already and stays as it is."
    )
    assert asked.kept(own) == options["half-price"]


def test_a_percentage_is_a_whole_number_of_a_hundred(own):
    hear = listening(GuessForm(own, asked_guess(COURSE, "business", [], "moves")))
    for wrong in ("", "101", "-1", "1.5", "many"):
        assert hear(kind="keep", answers={"guess": wrong})["receipt"]["text"] == (
            "Nothing was stored. Please choose a whole number from 0 to 100."
        )
    assert hear(kind="keep", answers={"guess": " 40 "})["about"] == ["How many? You guessed: 40 %."]


def test_the_guess_stands_under_the_chart_once_it_is_open(own):
    lesson = Lesson("gifts", load(), own)
    lesson.guess("dial_curve", "coffee-up-the-stairs")
    form = lesson._widgets[-1]
    lesson.chart("dial_curve", "coffee-up-the-stairs")
    picture = lesson._widgets[-1]
    said = []
    picture.send = lambda message, buffers=None: said.append(message)
    level, label = next(iter(form.asked.options.items()))
    listening(form)(kind="keep", answers={"guess": level})
    assert [message["kind"] for message in said] == ["text"]  # what waits, not a word of the class
    for item in lesson.items:
        own.judge(item, "first", 2, 3)
    picture.refresh()
    remark = f"You guessed: {label}. The class: {picture.chart().title}."
    assert said[-1] == {"kind": "remark", "text": remark}


def test_the_private_page_holds_what_was_written_as_text(own):
    lesson = Lesson("business", COURSE, own)
    own.keep("tiles", {"two-questions/who": "He <b>\ndoes", "guess/dial_curve": NOBODY})
    own.keep("business", {"two-questions/when": "Later."})
    page = judgments_page(lesson)
    assert "Two questions (Tiles): Who pays?" in page
    assert "He &lt;b&gt;\ndoes" in page
    assert "Two questions: When?" in page
    assert NOBODY not in page


def test_a_form_that_there_is_not_is_said(own):
    lesson = Lesson("business", COURSE, own)
    with pytest.raises(ContentError) as caught:
        lesson.write("kitchener")
    assert str(caught.value) == (
        "'kitchener' is not a form of this course. Choose one of: two-questions."
    )


def test_no_saved_state_or_output_holds_what_was_written(own, capsys):
    lesson = Lesson("business", COURSE, own)
    lesson.write("two-questions", "tiles")
    form = lesson._widgets[-1]
    listening(form)(kind="keep", answers={"who": NOBODY})
    state = ipywidgets.Widget.get_manager_state(widgets=[form])
    assert NOBODY not in str(state) + repr(form) + capsys.readouterr().out


def faults(page):
    """What axe finds amiss in the form."""
    return [fault["id"] for fault in Axe().run(page, context=".bd-card").response["violations"]]


@pytest.mark.browser
def test_a_form_keeps_what_was_typed_says_only_what_python_said_and_is_accessible(page_at, own):
    model = ModelForm(own, MODEL, "tiles", "“The tiles”")
    state = listening(model)(kind="hello")
    kept = listening(model)(kind="keep", answers={"who": "He <b> does.", "when": ""})
    page = page_at(start=False)
    start = """async ([state, kept]) => {
        const form = (await import("/writing.js")).default;
        Object.assign(window.answers, { hello: state, keep: kept });
        start(form);
    }"""
    page.evaluate(start, [state, None])
    page.get_by_label("Who pays?").fill("He <b> does.")
    expect(page.locator(".bd-count").first).to_have_text("12 of 1500")
    page.evaluate("stop()")  # the page's tab keeps the draft
    page.evaluate(start, [state, kept])
    expect(page.get_by_label("Who pays?")).to_have_value("He <b> does.")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Keep what I wrote").press("Enter")
    expect(page.get_by_role("status")).to_have_text(kept["receipt"]["text"])
    assert page.evaluate("sent.filter((m) => m.kind === 'keep')") == [
        {"kind": "keep", "answers": {"who": "He <b> does.", "when": ""}}
    ]
    assert faults(page) == []
    page.evaluate("stop()")

    guess = GuessForm(own, asked_guess(COURSE, "business", [], "dial_curve", "tiles"))
    hear = listening(guess)
    asked = hear(kind="hello")
    page.evaluate(start, [asked, hear(kind="keep", answers={"guess": "cost"})])
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Keep my guess").click()
    expect(page.get_by_text("You guessed:")).to_be_visible()
    assert page.get_by_role("radio").count() == 0
    assert faults(page) == []
    unguarded = page.evaluate(
        """[...document.querySelectorAll(".bd-card :is(input,textarea,button,[tabindex])")]
            .filter((node) => node.dataset.lmSuppressShortcuts !== "true").length"""
    )
    assert unguarded == 0
