# ruff: noqa: F811 - fixtures of another test file are named as arguments
"""Handing in from a lesson, and carrying the token: by messages only, and never more claimed than is so."""

from __future__ import annotations

import json
import os
import re

import ipywidgets
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from small_content import content, vignette
from test_form import address, page_at  # noqa: F401 - fixtures

from boundaries.answers.codes import code_of, token_of
from boundaries.answers.judgments import Judgment, level_of, participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import read, write
from boundaries.errors import CodeError, StoreError
from boundaries.lessons import handin
from boundaries.lessons.handin import HandIn, carry, submission_of
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.private import backup_page

TILES, BENCH = vignette("tiles", levels=("cost", "half-price")), vignette("bench")
CHAIR = vignette("chair", type="gifts")
COURSE = content(TILES, BENCH, CHAIR)
TOKEN = "0123456789abcdef0123456789abcdef"
CODE = "014D-2PF2-DBSQ-QG28-T5CY-4TQK-FFK"
WHO_READS = (
    "Whoever can open your learning platform's files can read your answers; "
    "the charts and reports never say who thought what."
)
SKIP = "“I would rather not judge this one”"


@pytest.fixture
def own(tmp_path):
    return Student("test", tmp_path / "own" / "test.sqlite", TOKEN)


class Box:
    """A box, with what it sent to its page."""

    def __init__(self, who, path, items=(TILES, BENCH), course=COURSE):
        self.widget = HandIn(items, course, who, path)
        self.path, self.said = path, []
        self.widget.send = lambda message, buffers=None: self.said.append(message)

    def hear(self, **message):
        self.widget._hear(self.widget, message, [])
        return self.said[-1]


@pytest.fixture
def box(own, tmp_path):
    return Box(own, tmp_path / "boundaries-submission.json")


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a folder in which a program works")
def test_where_the_notebooks_folder_is_gone_the_box_opens_and_saving_says_so(
    own, tmp_path, monkeypatch
):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    own.judge(TILES, "first", 2, 3)
    box = Box(own, "boundaries-submission.json")
    said = box.hear(kind="save", consent=False)
    assert said["receipt"]["text"].startswith(
        "boundaries-submission.json could not be written (No such file or directory), so nothing was saved there."
    )
    assert said["download"]


# -- the box -------------------------------------------------------------------------------------------------------


def test_the_box_names_what_is_open_here_and_counts_what_is_open_elsewhere(own, box):
    assert box.hear(kind="hello")["progress"] == [
        "Still open in this lesson: “Tiles”, “Bench”.",
        "Still open in other lessons: Gifts (1).",
        f"{SKIP} counts as answered. You can save now and again later.",
    ]
    own.judge(TILES, "first", 2, 3)
    own.judge(BENCH, "first", None)
    own.judge(CHAIR, "first", 4, 1)
    assert box.hear(kind="hello")["progress"] == [
        "This lesson is all judged.",
        f"{SKIP} counts as answered. You can save now and again later.",
    ]


def test_saving_writes_everything_and_says_what_is_so(own, box):
    own.judge(TILES, "first", 2, 3, "He cannot say no.")
    own.judge(BENCH, "first", None)
    own.judge(CHAIR, "first", 4, 1)  # of another lesson
    own.judge(TILES, "informed", 3, 4)
    said = box.hear(kind="save", consent=False)
    assert said["receipt"] == {
        "tone": "ok",
        "text": f"Saved as {box.path}. It holds 4 judgments (1 of them {SKIP}). Research: no. {WHO_READS}",
    }
    data = box.path.read_bytes()
    assert said["download"]["text"].encode() == data
    handed = read(data, COURSE, session="test")
    assert sorted((j.item, j.phase) for j in handed.judgments) == [
        ("bench", "first"),
        ("chair", "first"),
        ("tiles", "first"),
        ("tiles", "informed"),
    ]
    assert handed.consent is False
    assert TOKEN.encode() not in data
    box.hear(kind="save", consent=False)
    assert box.path.read_bytes() == data
    assert sorted(os.listdir(box.path.parent)) == [
        "boundaries-submission.json",
        "own",
    ]  # no half-written file


def test_research_is_off_until_the_student_says_yes_and_the_last_answer_counts(own, box):
    own.judge(BENCH, "first", 2, 3)
    state = box.hear(kind="hello")
    assert state["research"]["checked"] is False
    assert "no reasons, no names and no times" in state["research"]["text"]
    assert "fresh random keys" in state["research"]["text"]
    box.hear(kind="save", consent="yes")  # nothing but true is a yes
    assert own.consent() is False
    said = box.hear(kind="save", consent=True)
    assert "It holds 1 judgment. Research: yes." in said["receipt"]["text"]
    assert json.loads(box.path.read_bytes())["consent"] is True
    assert box.hear(kind="hello")["research"]["checked"] is True
    box.hear(kind="save", consent=False)
    assert own.consent() is False
    assert json.loads(box.path.read_bytes())["consent"] is False


def test_before_saving_it_says_who_can_read_and_what_a_lost_file_costs(own, box):
    assert box.hear(kind="hello")["notices"] == [
        "One file holds everything that you have judged in “Test”, in all lessons, reasons and what "
        "you wrote in forms too, but no guess; the course adds no "
        "name, login or time. " + WHO_READS,
        f"Your answers belong to a random token in your own file, {own.path}. If that is lost, nobody can bring "
        "the token back: you would begin again as a new participant, and your earlier judgments would stay under the "
        "old one. lesson.backup_code() shows a short code: write it down before that.",
    ]


def test_nothing_judged_is_not_saved(box):
    assert box.hear(kind="save", consent=True)["receipt"] == {
        "tone": "error",
        "text": "Nothing was saved: you have not judged a case yet. Judge one first.",
    }
    assert not box.path.exists()


def test_a_file_saved_earlier_is_offered_until_the_answers_change(own, box):
    own.judge(BENCH, "first", 2, 3)
    box.hear(kind="save", consent=False)
    again = Box(own, box.path).hear(kind="hello")
    assert again["receipt"] == {
        "tone": "info",
        "text": f"Saved earlier as {box.path}, and nothing has changed since.",
    }
    assert again["download"]["text"].encode() == box.path.read_bytes()
    own.judge(TILES, "first", 2, 3)
    stale = box.hear(kind="hello")
    assert stale["receipt"] == {
        "tone": "info",
        "text": f"{box.path} was saved earlier, and you have answered since. Save again before you hand it in.",
    }
    assert stale["download"] is None


@pytest.mark.parametrize("there", [b"my thesis", b"x" * 3_000_000])
def test_somebody_elses_file_is_left_as_it_is(own, box, there):
    own.judge(BENCH, "first", 2, 3)
    box.path.write_bytes(there)
    said = box.hear(kind="save", consent=False)
    assert said["receipt"] == {
        "tone": "error",
        "text": f"{box.path} is not a submission of yours, so it was left as it is. Move it, then save again. The "
        "link below still downloads your submission. It holds 1 judgment. Research: no.",
    }
    assert box.path.read_bytes() == there
    assert said["download"]["text"].encode() == write(submission_of(own, COURSE))


def test_a_folder_that_cannot_be_written_is_said_and_the_download_still_there(nobody):
    who = Student("test", nobody / "own.sqlite", TOKEN)
    who.judge(BENCH, "first", 2, 3)
    folder = nobody / "notebooks"
    folder.mkdir()
    folder.chmod(0o500)
    box = Box(who, folder / "s.json")
    said = box.hear(kind="save", consent=False)
    assert said["receipt"] == {
        "tone": "error",
        "text": f"{folder / 's.json'} could not be written (Permission denied), so nothing was saved there. The link "
        "below still downloads your submission. It holds 1 judgment. Research: no.",
    }
    assert said["download"]["text"].encode() == write(submission_of(who, COURSE))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_a_saved_file_is_as_open_as_its_folders_others_and_stays_as_somebody_made_it(own, box):
    before = os.umask(0o022)
    try:
        own.judge(BENCH, "first", 2, 3)
        box.hear(kind="save", consent=False)
        assert oct(box.path.stat().st_mode & 0o777) == "0o644"
        box.path.chmod(0o664)
        own.judge(TILES, "first", 2, 3)
        box.hear(kind="save", consent=False)
        assert oct(box.path.stat().st_mode & 0o777) == "0o664"
    finally:
        os.umask(before)


def test_a_full_disk_leaves_the_file_as_it_was(own, box, monkeypatch):
    own.judge(BENCH, "first", 2, 3)
    box.hear(kind="save", consent=False)
    before = box.path.read_bytes()
    own.judge(TILES, "first", 2, 3)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    said = box.hear(kind="save", consent=False)
    assert said["receipt"]["text"].startswith(
        f"{box.path} could not be written (No space left on device), so "
    )
    assert box.path.read_bytes() == before
    assert [p.name for p in box.path.parent.iterdir() if p.name.startswith(".")] == []


def test_a_store_that_cannot_be_read_is_said_and_nothing_leaves_the_handler(own, box, monkeypatch):
    def gone(*args):
        raise StoreError("own.sqlite: gone.")

    monkeypatch.setattr(own, "judgments", gone)
    assert box.hear(kind="save", consent=True) == {
        "kind": "receipt",
        "receipt": {"tone": "error", "text": "own.sqlite: gone."},
    }


def test_judgments_in_a_wording_that_is_gone_stay_at_home(own):
    old = Judgment("test", own.participant, "tiles", "0" * 12, "first", "cost", 2, 3, "", 1)
    Store(own.path).merge([old])
    own.judge(BENCH, "first", 2, 3)
    assert [j.item for j in submission_of(own, COURSE).judgments] == ["bench"]


def test_no_saved_state_or_output_holds_an_answer_or_a_code(own, box, capsys):
    own.judge(TILES, "first", 2, 3, "He cannot say no.")
    lesson = Lesson("business", COURSE, own)
    lesson.submission(box.path)
    lesson.backup_code()
    shown = lesson._widgets[0]
    shown.save(True)
    assert repr(shown) == "HandIn(your submission, shown only while the notebook runs)"
    saved = json.dumps(ipywidgets.Widget.get_manager_state()) + capsys.readouterr().out
    for secret in ("He cannot say no.", own.participant, TOKEN, CODE, "Research: yes"):
        assert secret not in saved
    assert "renderHandIn" in saved  # the box itself is there


def test_a_judgment_on_a_card_brings_the_box_up_to_date(own, tmp_path):
    lesson = Lesson("business", COURSE, own)
    lesson.submission(tmp_path / "s.json")
    said = []
    lesson._widgets[-1].send = lambda message, buffers=None: said.append(message)
    lesson.card("bench")
    lesson._widgets[-1].judge("first", 2, 3)
    assert said[-1]["progress"][0] == "Still open in this lesson: “Tiles”."


# -- the token as a code -------------------------------------------------------------------------------------------


def test_a_code_holds_the_token():
    assert code_of(TOKEN) == CODE
    assert token_of(CODE) == TOKEN
    assert (
        token_of(f"  {CODE.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')}\n")
        == TOKEN
    )
    for token in ("0" * 32, "f" * 32, "80" * 16):
        assert token_of(code_of(token)) == token
        assert re.fullmatch(
            r"([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}[0-9A-HJKMNP-TV-Z*~$=U]",
            code_of(token),
        )


def test_every_wrong_sign_and_every_exchange_of_neighbours_is_noticed():
    plain = CODE.replace("-", "")
    assert token_of(plain) == TOKEN
    for at in range(len(plain)):
        for sign in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if sign != plain[at]:
                with pytest.raises(CodeError):
                    token_of(plain[:at] + sign + plain[at + 1 :])
        if at and plain[at] != plain[at - 1]:
            with pytest.raises(CodeError):
                token_of(plain[: at - 1] + plain[at] + plain[at - 1] + plain[at + 1 :])


SLIP = "The code has a slip in it: its last sign does not fit the others. Compare it, sign by sign."


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (CODE[:-1] + "H", SLIP),
        (CODE[:-1] + "!", SLIP),
        ("Z" * 26 + "0", SLIP),
        (CODE[:-5], "A code has 27 signs without its hyphens; 23 signs came. Type the whole code."),
        ("", "A code has 27 signs without its hyphens; 0 signs came. Type the whole code."),
        ("7", "A code has 27 signs without its hyphens; 1 sign came. Type the whole code."),
        ("U14D", "'U' is not in any code. Compare what you typed with the code, sign by sign."),
        (
            CODE.replace("4", "\u202e"),
            "'\\u202e' is not in any code. Compare what you typed with the code, sign by sign.",
        ),
    ],
)
def test_a_mistyped_code_gets_a_sentence(own, tmp_path, code, said):
    other = Student("test", tmp_path / "other.sqlite")
    assert repr(carry(code, content=COURSE, who=other)) == f"Nothing was carried over. {said}"
    assert other.participant != own.participant


def test_the_code_is_shown_with_what_it_is_and_the_demo_has_none(own, tmp_path):
    assert backup_page(own) == (
        f'<p>Your code: <strong style="font-family:monospace;font-size:1.2em">{CODE}</strong></p>\n'
        "<p>Write it down, and keep it like a password: whoever has it and the class's answers can tell which are "
        "yours. On a second computer run <code>boundaries.carry()</code> before you judge anything there, and type it "
        "in. No saved notebook holds it, and nobody else can give it to you again.</p>\n"
    )
    said = []
    demo = Lesson("business", COURSE, Student("test", tmp_path / "demo.sqlite", "demo"))
    demo.backup_code()
    demo._widgets[-1].send = lambda message, buffers=None: said.append(message)
    demo._widgets[-1].refresh()
    sentence = (
        "The demo participant, whose answers are invented, has no code: there is nothing to carry."
    )
    assert said == [{"kind": "text", "text": sentence}]


def test_a_token_is_carried_to_a_second_computer_unseen(own, tmp_path, monkeypatch):
    second = Student("test", tmp_path / "second.sqlite")
    assert second.participant != own.participant
    monkeypatch.setattr(handin.getpass, "getpass", lambda prompt: CODE.lower())
    assert repr(carry(content=COURSE, who=second)) == (
        "This computer now has your token. Answers stay on the computer where they were given, unless you bring your "
        "submission file along: boundaries.carry(submission='boundaries-submission.json'). "
        "Run the notebook from its top."
    )
    assert second.participant == own.participant == participant_of("test", TOKEN)
    assert (
        Student("test", tmp_path / "second.sqlite").level(TILES)
        == own.level(TILES)
        == level_of(own.participant, TILES)
    )
    assert second.judge(BENCH, "first", 2, 3).participant == own.participant
    assert "now has your token" in repr(
        carry(CODE, content=COURSE, who=second)
    )  # twice does no harm


def test_the_answers_come_along_with_the_submission_and_stay_locked(own, box, tmp_path):
    own.judge(TILES, "first", 2, 3)
    own.judge(BENCH, "first", 1, 4)
    box.hear(kind="save", consent=True)
    second = Student("test", tmp_path / "second.sqlite")
    assert repr(carry(CODE, box.path, content=COURSE, who=second)) == (
        "This computer now has your token. 2 judgments came along. Run the notebook from its top."
    )
    assert second.judgments() == own.judgments()
    assert second.consent() is True
    assert (
        second.judge(TILES, "informed", 3, 3).revision == 3
    )  # goes on counting where the first one stopped


def test_two_people_are_never_mixed(own, box, tmp_path):
    other = Student("test", tmp_path / "other.sqlite")
    other.judge(BENCH, "first", 5, 1)
    before = other.participant
    assert repr(carry(CODE, content=COURSE, who=other)) == (
        f"Nothing was carried over. {other.path}: this file already holds judgments of 'test' under another code. "
        "Two people are never mixed, so nothing was changed. Go on with one of the two."
    )
    assert Student("test", other.path).participant == other.participant == before
    Box(other, box.path).hear(kind="save", consent=False)
    assert repr(
        carry(CODE, box.path, content=COURSE, who=Student("test", tmp_path / "third.sqlite"))
    ) == (
        "Nothing was carried over. The submission belongs to another code. Nothing was changed. Bring your own file."
    )
    assert repr(carry(CODE, tmp_path / "none.json", content=COURSE, who=other)) == (
        f"{tmp_path / 'none.json'}: the file cannot be read (No such file or directory). Nothing was changed."
    )


def test_a_lesson_that_was_open_meanwhile_does_not_store_under_the_old_token(tmp_path):
    open_lesson = Student("test", tmp_path / "own.sqlite")
    Student("test", tmp_path / "own.sqlite").carry(CODE)
    with pytest.raises(StoreError) as caught:
        open_lesson.judge(BENCH, "first", 2, 3)
    assert str(caught.value) == (
        "Your file has another code since this lesson began. Run the notebook from its top."
    )
    assert Student("test", tmp_path / "own.sqlite").judgments() == open_lesson.judgments() == []


def test_consents_are_kept_by_session_and_participant_and_the_last_one_counts(place):
    store = place.store
    assert store.consent("test", "a") is False
    for consent in (True, True, False, True):
        store.set_consent("test", "a", consent)
        assert store.consent("test", "a") is consent
    store.set_consent("test", "b", False)
    assert store.consent("other", "a") is store.consent("test", "b") is False
    assert place.open().consent("test", "a") is True


def test_a_token_is_carried_in_one_step_or_not_at_all(place):
    store = place.store
    old = store.token("test")
    store.merge(
        [
            Judgment(
                "test",
                participant_of("test", old),
                "bench",
                BENCH.wording,
                "first",
                "",
                2,
                3,
                "",
                1,
            )
        ]
    )
    with pytest.raises(CodeError):
        store.carry("test", TOKEN)
    assert store.token("test") == old
    store.carry("other", TOKEN)  # another session is another matter
    assert (store.token("other"), store.token("test")) == (TOKEN, old)


# -- in a browser --------------------------------------------------------------------------------------------------

SAVED = {
    "tone": "ok",
    "text": "Saved as /home/ann/boundaries-submission.json. It holds 2 judgments. Research: yes.",
}


@pytest.fixture
def state(own, box):
    own.judge(BENCH, "first", 2, 3, "é🙂 “quoted” <b>")
    return box.hear(kind="hello")


@pytest.fixture
def saved(own, box, state):
    return box.hear(kind="save", consent=True) | {"receipt": SAVED}


def shown(page, state, **answers):
    page.evaluate(
        """async ([state, answers]) => {
            const box = (await import("/handin.js")).default;
            Object.assign(window.answers, { hello: state }, answers);
            start(box);
        }""",
        [state, answers],
    )
    if state:
        page.wait_for_selector(".bd-handin form")
    return page


def status(page):
    return page.get_by_role("status")


@pytest.mark.browser
def test_saving_needs_nothing_but_the_keyboard_and_the_download_has_the_very_bytes(
    page_at,
    state,
    saved,
    box,
):
    page = shown(page_at(start=False, accept_downloads=True), state, save=saved)
    page.evaluate("listen(); document.activeElement.blur()")
    for key in ["Tab", "Space", "Tab", "Enter"]:
        page.keyboard.press(key)
    expect(status(page)).to_have_text(SAVED["text"])
    expect(page.get_by_role("button", name="Save my submission")).to_be_focused()
    assert page.evaluate("sent.filter((m) => m.kind === 'save')") == [
        {"kind": "save", "consent": True}
    ]
    assert page.evaluate("saidAloud") == ["Saving…", SAVED["text"]]
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Download boundaries-submission.json")).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "boundaries-submission.json"
    with open(download.value.path(), "rb") as file:
        assert file.read() == box.path.read_bytes() == saved["download"]["text"].encode()


@pytest.mark.browser
def test_every_focusable_thing_is_guarded_from_jupyters_keys(page_at, state, saved):
    page = shown(page_at(start=False), state, save=saved)
    page.get_by_role("button").first.click()
    page.wait_for_selector(".bd-handin a")
    unguarded = page.evaluate(
        """[...document.querySelectorAll(".bd-card :is(input,select,textarea,button,summary,a,[tabindex])")]
            .filter((node) => node.dataset.lmSuppressShortcuts !== "true").map((node) => node.outerHTML)"""
    )
    assert unguarded == []
    assert page.locator(".bd-card :is(h1,h2,h3,h4,h5,h6)").count() == 0


@pytest.mark.browser
def test_silence_is_said_and_a_double_press_sends_once(page_at, state):
    page = shown(page_at(start=False, clock=True), state | {"receipt": None}, save=None)
    button = page.get_by_role("button", name="Save my submission")
    button.click()
    button.click(force=True)
    expect(status(page)).to_have_text("Saving…")
    page.clock.run_for(5100)
    expect(status(page)).to_have_text(
        "No answer from Python yet, so nothing is confirmed as saved. If a cell is running it may still come; "
        "otherwise run this cell again."
    )
    assert page.evaluate("sent.filter((m) => m.kind === 'save').length") == 1
    button.click()
    assert page.evaluate("sent.filter((m) => m.kind === 'save').length") == 2


@pytest.mark.browser
def test_a_box_from_a_saved_notebook_says_that_nobody_is_there_and_leaves_cleanly(page_at):
    page = shown(page_at(start=False, clock=True), None)
    page.clock.run_for(3100)
    expect(status(page)).to_have_text(
        "This box is not connected to Python. Run the cell above it again (Shift+Enter)."
    )
    lost = {"tone": "error", "text": "own.sqlite: gone."}
    page.evaluate(
        "tell", {"kind": "receipt", "receipt": lost}
    )  # there is somebody, who cannot read the store
    expect(status(page)).to_have_text(lost["text"])
    page.evaluate("stop()")
    assert page.evaluate("[listening(), document.querySelectorAll('.bd-card').length]") == [0, 0]


@pytest.mark.browser
def test_news_from_a_card_changes_the_progress_and_neither_the_choice_nor_the_focus(
    page_at,
    state,
    saved,
):
    page = shown(page_at(start=False), state, save=saved)
    page.get_by_role("checkbox").check()
    stale = {"tone": "info", "text": "Save again before you hand it in."}
    page.evaluate("tell", saved | {"receipt": {"tone": "info", "text": "Saved earlier."}})
    page.get_by_role("link").focus()
    page.evaluate("tell", state | {"progress": ["This lesson is all judged."], "receipt": stale})
    expect(page.get_by_text("This lesson is all judged.")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_role("link")).to_have_count(0)
    expect(status(page)).to_be_focused()  # the link had it, and is gone
    expect(status(page)).to_have_text(stale["text"])


@pytest.mark.browser
@pytest.mark.parametrize("query", ["", "?home=lab", "?home=lab&theme=dark"])
def test_axe_finds_nothing_in_the_box(page_at, state, saved, query):
    page = shown(page_at(1280, query, start=False), state, save=saved)
    page.get_by_role("button", name="Save my submission").click()
    page.wait_for_selector(".bd-handin a")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = Axe().run(page, context=".bd-card")
        assert [v["id"] for v in found.response["violations"]] == []
