"""A lesson without a browser: order, progress, gates, own ratings over charts, and the private page."""

import dataclasses
import json
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from small_content import content, vignette

import boundaries
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.counts.classes import classroom
from boundaries.errors import ContentError, StoreError
from boundaries.lessons.lesson import Lesson, lesson
from boundaries.lessons.outputs import StandIn
from boundaries.lessons.private import PrivatePage, judgments_page

MODULE = sys.modules["boundaries.lessons.lesson"]
CASES = tuple(vignette(id) for id in ("attic", "boat", "car", "desk", "easel", "fence"))
COURSE = content(*CASES)
JUDGE = {
    "kind": "judge",
    "phase": "first",
    "rating": 2,
    "confidence": 3,
    "reason": "A secret reason.",
}


@pytest.fixture
def shown(monkeypatch):
    """What the cells display, in order."""
    seen = []
    monkeypatch.setattr(MODULE, "display", seen.append)
    return seen


def messages(widget, monkeypatch):
    """What a widget sends from now on, as JSON."""
    sent = []
    monkeypatch.setattr(
        widget, "send", lambda content, buffers=None: sent.append(json.loads(json.dumps(content)))
    )
    return sent


def judge_all(opened):
    for item in opened.items:
        opened.student.judge(item, "first", 2, 3)


# -- judging ---------------------------------------------------------------------------------------------------


def test_the_order_is_a_students_own_and_never_changes(tmp_path):
    orders = []
    for number in range(12):
        path = tmp_path / f"{number}.sqlite"
        order = [
            i.id for i in Lesson("business", COURSE, Student("own-study", path, f"{number}")).items
        ]
        assert order == [i.id for i in Lesson("business", COURSE, Student("own-study", path)).items]
        assert sorted(order) == [c.id for c in CASES]
        orders.append(tuple(order))
    assert len(set(orders)) > 8
    assert len({order[0] for order in orders}) > 2


def test_every_case_is_shown_with_its_form_and_how_far_one_is(new_student, shown):
    opened = Lesson("business", COURSE, new_student)
    opened.cards()
    assert [type(x).__name__ for x in shown] == ["HTML", *["CaseText", "Card"] * 6]
    assert [c.item.id for c in shown[1:]] == [i.id for i in opened.items for _ in range(2)]
    assert [c.place for c in shown[1::2]] == [f"{n} of 6" for n in range(1, 7)]
    assert shown[0].value.endswith("</progress> 0 of 6 judged</p>")
    shown[2]._hear(shown[2], JUDGE, [])
    assert shown[0].value.endswith("</progress> 1 of 6 judged</p>")
    assert opened.done == 1
    assert repr(opened) == "Lesson(business, 6 cases)"


def test_a_cell_that_runs_again_closes_the_form_it_showed_before(new_student, shown):
    opened = Lesson("business", COURSE, new_student)
    opened.card(1)
    opened.card(opened.items[0].id)
    assert [c.item.id for c in opened._widgets] == [opened.items[0].id]
    assert shown[1].comm is None
    assert shown[3].comm is not None


def test_a_cell_that_runs_again_closes_what_it_showed_and_no_other_cells(
    new_student, small, shown, monkeypatch
):
    module = sys.modules["boundaries.lessons.lesson"]
    for run in range(2):
        for cell in ("a", "b"):
            monkeypatch.setattr(module, "place_of_cell", lambda cell=cell: cell)
            opened = Lesson("business", small, new_student)  # its cell ran again, too
            opened.chart()
            opened.my_judgments()
            opened.submission(new_student.path.parent / "s.json")
            opened.backup_code()
            opened.card(1)
        if not run:
            first, shown[:] = list(shown), []
    live = lambda widgets: [w.comm is not None for w in widgets if hasattr(w, "comm")]  # noqa: E731
    assert live(first) == [False] * 10
    assert live(shown) == [True] * 10


def test_a_closed_card_says_nothing_more_of_what_is_delivered(new_student, shown, monkeypatch):
    opened = Lesson("business", COURSE, new_student)
    path = new_student.path.parent / "s.json"
    opened.card(1)
    opened.submission(path)
    closed = [messages(widget, monkeypatch) for widget in opened._widgets]
    widgets = list(opened._widgets)
    opened.card(1)
    opened.submission(path)
    for widget in widgets:
        widget.delivered()
    assert closed == [[], []]


def test_one_judgment_opens_the_file_at_most_twice(new_student, small, shown, monkeypatch):
    opened = Lesson("business", small, new_student)
    opened.cards()
    for kind in ("intuition_vs_code", "answers", "gap_map"):
        opened.chart(kind)
    opened.my_judgments()
    opened.submission()
    opened.show()
    opens = []
    for name in ("reading", "writing"):
        usual = getattr(Store, name)
        monkeypatch.setattr(
            Store, name, lambda self, usual=usual: (opens.append(1), usual(self))[1]
        )
    for number, item in enumerate(opened.items):
        opens.clear()
        assert shown[-1].judge("first", 2, 3).item == item.id
        assert len(opens) <= 2
        opens.clear()
        shown[-1].go(number + 1 if number + 1 < len(opened.items) else "codes")
        assert len(opens) <= 1
    assert shown[-1].state()["result"]["readings"]


def test_each_cell_may_begin_by_asking_for_the_lesson(tmp_path, monkeypatch, shown):
    monkeypatch.setenv("BOUNDARIES_HOME", str(tmp_path / "home"))
    opened = lesson("business")
    assert lesson("business") is opened
    assert lesson("social") is not opened
    assert lesson("business", opened.items[0].id) is not opened
    monkeypatch.setenv("BOUNDARIES_HOME", str(tmp_path / "another"))
    assert lesson("business") is not opened


@pytest.mark.parametrize("which", [0, 7, -1, "tiles", None, 1.0])
def test_a_case_that_is_not_in_the_lesson_is_named(new_student, which):
    with pytest.raises(ContentError) as caught:
        Lesson("business", COURSE, new_student).card(which)
    assert str(caught.value) == (
        f"{which!r} is not a case of the lesson 'business'. Choose 1 to 6, or one of: "
        "attic, boat, car, desk, easel, fence."
    )


def test_an_unknown_or_empty_type_is_named(new_student):
    with pytest.raises(ContentError) as caught:
        lesson("busines", content=COURSE, who=new_student)
    assert (
        str(caught.value)
        == "'busines' is not a type of dual relationship. Choose one of: business."
    )
    with pytest.raises(ContentError) as caught:
        lesson("claims", content=COURSE, who=new_student)
    assert (
        str(caught.value)
        == "There are no cases of the type 'claims' yet. Add one under data/vignettes."
    )


def test_a_file_that_cannot_be_opened_is_said_instead_of_a_lesson(tmp_path, monkeypatch, course):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.delenv("BOUNDARIES_DEMO", raising=False)
    monkeypatch.setenv("BOUNDARIES_HOME", str(tmp_path / "taken"))
    found = boundaries.lesson("business", content=COURSE)
    assert isinstance(found, StandIn)
    sentence = (
        "Your answers could not be kept, so the lesson does not start. "
        f"{tmp_path / 'taken' / 'test.sqlite'}: a file stands where its folder should be. "
        "Choose a folder of your own (for a lesson, name it in BOUNDARIES_HOME), then try again."
    )
    assert repr(found) == sentence
    for opened in (boundaries.codebook(content=course), boundaries.practitioners(content=course)):
        assert repr(opened).startswith("Your answers cannot be read, so nothing opens here. ")


def test_a_file_that_is_lost_while_a_lesson_runs_is_said_and_never_a_traceback(
    tmp_path, monkeypatch
):
    """The network home went away: every cell says so, in a sentence, and goes on to its end."""
    monkeypatch.delenv("BOUNDARIES_DEMO", raising=False)
    monkeypatch.setenv("BOUNDARIES_HOME", str(tmp_path / "home"))
    asked = [
        *("lesson.show()", "lesson.cards()", "lesson.card(1)", "lesson.pair()", "lesson.chart()"),
        *("lesson.chart('answers', 1)", "lesson.my_judgments('mine.html')", "display(codes)"),
        *("codes.stance_map()", "codes.pages()", "codes.gap_map(conditional=(3, 4))"),
        *("cases.show()", "cases.chart()", "cases.quoted()", "cases.belief_and_behaviour()"),
    ]
    shown = cells(
        "import boundaries, shutil\nlesson = boundaries.lesson('encounters')\n"
        "codes = boundaries.codebook()\ncases = boundaries.practitioners()\n"
        f"shutil.rmtree({str(tmp_path / 'home')!r})",
        *asked,
    )
    lost = f"{tmp_path / 'home' / 'own-study.sqlite'}: the store cannot be opened."
    for source, outputs in zip(asked, shown[1:], strict=True):
        said = [text for text in outputs if text.startswith(lost)]
        assert len(said) == 1, (source, outputs)
    assert not Path("mine.html").exists()


def test_an_error_of_ours_is_shown_as_its_sentence_alone(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    try:
        shell = InteractiveShell.instance()
        shell.run_cell("import boundaries\nboundaries.lesson('busines')")
    finally:
        InteractiveShell.clear_instance()
    shown = capsys.readouterr().out
    assert shown.startswith("'busines' is not a type")
    assert "Traceback" not in shown


def cells(*sources):
    """What each of these cells shows, run one after the other in an IPython of its own."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    shown = []
    try:
        for number, source in enumerate(sources):
            # As a kernel's shell does: the request that runs, by which one run is told from another.
            request = {"header": {"msg_id": f"run-{number}"}, "metadata": {"cellId": source}}
            shell.get_parent = lambda request=request: request
            with capture_output() as captured:
                result = shell.run_cell(source)
            result.raise_error()
            shown.append([output.data["text/plain"] for output in captured.outputs])
    finally:
        InteractiveShell.clear_instance()
    return shown


def test_whatever_a_cell_asks_of_a_lesson_that_did_not_start_shows_the_sentence_once(
    tmp_path, monkeypatch
):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.delenv("BOUNDARIES_DEMO", raising=False)
    monkeypatch.setenv("BOUNDARIES_HOME", str(tmp_path / "taken"))
    shown = cells(
        "import boundaries\nlesson = boundaries.lesson('business')\nlesson.cards()",
        "lesson.chart('answers')\nlesson.chart()\nlesson.bands().frame['band']",
        "lesson.released.withheld",
        "for item in lesson.items:\n    lesson.card(item.id)",
        "codes = boundaries.codebook()\ncodes.stance_map().save('map.png')\ncodes",
        "boundaries.practitioners().chart()",
    )
    assert [len(outputs) for outputs in shown] == [1, 1, 1, 0, 1, 1]
    assert shown[0] == shown[1] == shown[2]
    assert shown[0][0].startswith("Your answers could not be kept, so the lesson does not start.")
    assert shown[4][0].startswith("Your answers cannot be read, so nothing opens here.")
    assert not Path("map.png").exists()


def test_a_closed_code_goes_on_saying_so_whatever_is_asked_of_it(new_student):
    closed = boundaries.codebook(content=COURSE, who=new_student).stance_map()
    assert repr(closed.save("map.png")) == repr(closed.figure.axes[0]) == repr(closed)
    assert repr(closed).startswith("The codes stay closed while 6 cases are not judged yet")


def test_a_judgment_that_is_stored_is_told_even_if_the_page_cannot_be_updated(
    new_student, shown, monkeypatch
):
    opened = Lesson("business", COURSE, new_student)
    opened.card(1)
    card = shown[-1]
    sent = messages(card, monkeypatch)

    def broken(_):
        raise StoreError("own.sqlite: the store is damaged.")

    monkeypatch.setattr(new_student, "done", broken)
    card._hear(card, JUDGE, [])  # on a thread of its own an exception would reach no one
    assert sent[-1]["receipt"]["tone"] == "ok"


# -- a case that vanished ------------------------------------------------------------------------------------------


def test_a_judged_case_that_vanished_spoils_nothing_and_stays_stored(tmp_path, shown):
    students = [Student("test", tmp_path / f"{n}.sqlite") for n in range(6)]
    for student in students:
        judge_all(Lesson("business", COURSE, student))
    left = content(*CASES[1:])
    opened = Lesson("business", left, students[0])
    assert opened.done == 5
    assert "attic" not in judgments_page(opened).lower()
    with pytest.raises(ContentError) as caught:
        opened.card("attic")
    assert str(caught.value) == (
        "'attic' is not a case of the lesson 'business'. Choose 1 to 5, or one of: boat, car, desk, easel, fence."
    )
    with closing(sqlite3.connect(students[0].path)) as connection:
        assert connection.execute(
            "SELECT count(*) FROM judgments WHERE item = 'attic'"
        ).fetchone() == (1,)
    store = boundaries.Store(tmp_path / "class.sqlite")
    for student in students:
        store.merge(student.judgments())
    released = classroom(store, content=left)
    assert set(released.ratings["item"]) == {c.id for c in CASES[1:]}
    assert set(classroom(store, content=COURSE).ratings["item"]) == {c.id for c in CASES}
    again = Lesson("business", COURSE, students[0])
    assert again.done == 6


# -- charts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(course):
    """The real course, with two cases of one type, so that charts are quick."""
    two = sorted(v.id for v in course.of_type("business"))[:2]
    kept = {id: v for id, v in course.all_vignettes.items() if id in two}
    return dataclasses.replace(course, all_vignettes=kept, _replaced=frozenset())


def test_a_chart_waits_for_the_judgments_then_opens_with_own_ratings_over_it(
    new_student, small, shown, monkeypatch
):
    opened = Lesson("business", small, new_student)
    opened.chart()
    (picture,) = shown
    sent = messages(picture, monkeypatch)
    picture.refresh()
    first, second = opened.items
    closed = (
        "<p>This chart opens when you have judged:</p>\n"
        f"<ul>\n<li>{first.title}</li>\n<li>{second.title}</li>\n</ul>"
    )
    assert sent == [{"kind": "html", "html": closed}]
    opened.cards()
    cards = shown[3::2]
    cards[0]._hear(cards[0], JUDGE, [])
    assert sent[-1] == {
        "kind": "text",
        "text": f"This chart opens when you have judged “{second.title}”.",
    }
    cards[1]._hear(cards[1], JUDGE | {"rating": 4}, [])
    page, rings = sent[-2:]
    assert page["kind"] == "html"
    assert f'<figure data-chart="{rings["chart"]}"' in page["html"]
    assert [p["label"] for p in rings["points"]] == [
        f"You (first): 2 on “{first.title}”",
        f"You (first): 4 on “{second.title}”",
    ]
    assert all(0 < p[axis] < 1 for p in rings["points"] for axis in "xy")
    assert "You (" not in page["html"]

    cards[0]._hear(cards[0], JUDGE | {"phase": "informed", "rating": 5}, [])
    moved = sent[-1]["points"]
    assert moved[1] == rings["points"][1]
    assert rows_of(new_student) == [("first", 2), ("first", 4), ("informed", 5)]


def rows_of(student):
    with closing(sqlite3.connect(student.path)) as connection:
        return connection.execute(
            "SELECT phase, rating FROM judgments ORDER BY revision"
        ).fetchall()


def test_an_open_chart_is_an_ordinary_output_and_own_ratings_are_in_no_output(
    new_student, small, shown, monkeypatch
):
    opened = Lesson("business", small, new_student)
    judge_all(opened)
    opened.chart()
    figure, picture = shown
    outputs = [
        figure._repr_html_(),
        repr(figure),
        repr(picture),
        json.dumps(picture.get_state(), default=str),
    ]
    other = Lesson(
        "business", small, Student("own-study", new_student.path.parent / "other.sqlite")
    )
    for item in other.items:
        other.student.judge(item, "first", 5, 1)
    shown.clear()
    other.chart()
    assert [shown[0]._repr_html_(), repr(shown[0])] == outputs[:2]
    assert not any("You (" in output for output in outputs)
    assert repr(picture) == "Picture(your own ratings, shown only while the notebook runs)"
    sent = messages(picture, monkeypatch)
    picture._handle_custom_msg({"kind": "hello"}, [])
    assert [m["kind"] for m in sent] == ["rings"]
    assert len(sent[0]["points"]) == 2


def test_a_skip_has_no_ring_and_a_store_that_fails_is_said(new_student, small, shown, monkeypatch):
    opened = Lesson("business", small, new_student)
    for item in opened.items:
        new_student.judge(item, "first", None)
    opened.chart(which=1)
    picture = shown[-1]
    sent = messages(picture, monkeypatch)
    picture.refresh()
    assert sent[-1]["points"] == []

    def broken(_):
        raise StoreError("own.sqlite: the store is damaged.")

    monkeypatch.setattr(new_student, "judged", broken)
    picture.refresh()
    assert sent[-1] == {"kind": "text", "text": "own.sqlite: the store is damaged."}


def test_what_waits_is_named_once_and_counted_in_the_other_charts(
    new_student, small, shown, monkeypatch
):
    opened = Lesson("business", small, new_student)
    opened.chart()
    opened.chart("answers")
    opened.chart("answers", 1)
    named, counted, alone = (picture.messages()[0] for picture in shown)
    first, second = opened.items
    assert named["html"].count("<li>") == 2
    brief = "This chart opens when the cases named above are judged: {} of 2 so far."
    assert counted["text"] == brief.format(0)
    assert alone["text"] == f"This chart opens when you have judged “{first.title}”."
    new_student.judge(second, "first", 2, 3)
    assert shown[1].messages()[0]["text"] == brief.format(1)


def test_the_codes_list_what_is_open_with_links_to_the_notebooks_that_are_there(
    course, new_student, tmp_path, monkeypatch
):
    (tmp_path / "04-gifts.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    closed = boundaries.codebook(content=course, who=new_student).editions()
    page = closed._repr_html_()
    count = len(course.of_type("gifts"))
    assert f'<li><a href="04-gifts.ipynb">Gifts and favours</a>: {count}</li>' in page
    others = len(course.of_type("business"))
    assert f"<li>Business and barter: {others}</li>" in page
    assert page.count("<li>") == 9


def test_an_unknown_chart_is_named_at_once(new_student):
    with pytest.raises(ContentError) as caught:
        Lesson("business", COURSE, new_student).chart("pie")
    assert (
        str(caught.value)
        == f"'pie' is not a chart. Choose one of: {', '.join(boundaries.charts.CHARTS)}."
    )


def test_the_bands_are_printed_as_a_table(new_student):
    table = Lesson("business", COURSE, new_student).bands()
    assert table.frame["band"].to_dict() == {
        "Prohibited": "1", "Discouraged": "2", "Conditional": "2 to 4",
        "Permitted": "4 to 5", "Required": "5", "Silent": "no band",
    }  # fmt: skip
    page = table._repr_html_()
    assert page.count('<th scope="row"') == 6
    assert page.count('<th scope="col"') == 3
    assert "white-space:normal" in page
    assert "..." not in repr(table)


# -- the private page ------------------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} =cmd() \u202e & 🙂"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} =cmd() \u202e &amp; 🙂"


def test_my_judgments_holds_what_i_judged_and_what_i_typed_as_text(
    new_student, shown, tmp_path, monkeypatch
):
    opened = Lesson("business", COURSE, new_student)
    first = opened.items[0]
    new_student.judge(first, "first", 2, 3, HOSTILE)
    new_student.judge(first, "informed", 4, 4)
    page = judgments_page(opened)
    assert (
        f"<li><strong>First:</strong> Under rare conditions (fairly sure)<br>“{ESCAPED}”</li>"
        in page
    )
    assert "<li><strong>After the codes:</strong> Under most conditions (certain)</li>" in page
    assert "<script" not in page
    assert page.count("Not judged yet.") == 5
    assert page.count("aca-2014") == 1

    saved = tmp_path / "mine & <yours>.html"
    opened.my_judgments(save_as=saved)
    assert isinstance(shown[-1], PrivatePage)
    sent = messages(shown[-1], monkeypatch)
    shown[-1].refresh()
    assert sent[0]["html"].startswith(
        f"<p>Saved as {tmp_path}/mine &amp; &lt;yours&gt;.html. It holds your answers: keep it to yourself.</p>"
    )
    assert sent[0]["html"].endswith(page)
    text = saved.read_text(encoding="utf-8")
    assert page in text
    assert "<title>My judgments: business</title>" in text
    assert HOSTILE not in json.dumps(shown[-1].get_state(), default=str)
    assert "secret" not in repr(shown[-1])


def test_my_judgments_that_cannot_be_saved_are_shown_with_a_sentence(
    new_student, shown, tmp_path, monkeypatch
):
    opened = Lesson("business", COURSE, new_student)
    opened.my_judgments(save_as=tmp_path / "nowhere" / "mine.html")
    sent = messages(shown[-1], monkeypatch)
    shown[-1].refresh()
    assert sent[0]["html"].startswith(
        f"<p>Not saved: {tmp_path}/nowhere/mine.html cannot be written (No such file or directory). "
        "Choose another place.</p>"
    )
    assert sent[0]["html"].count("Not judged yet.") == 6


def test_my_judgments_are_up_to_date_after_each_judgment(new_student, shown, monkeypatch):
    opened = Lesson("business", COURSE, new_student)
    opened.my_judgments()
    sent = messages(shown[-1], monkeypatch)
    opened.card(1)
    shown[-1].judge("first", 2, 3, "Because.")
    assert sent[-1]["html"].count("Not judged yet.") == 5
    assert "<br>“Because.”</li>" in sent[-1]["html"]


def test_a_lesson_of_claims_works_like_any_other(course, new_student, shown):
    opened = lesson("claims", content=course, who=new_student)
    assert len(opened.items) == len(course.claims)
    for number in range(1, len(opened.items) + 1):
        opened.card(number)
        shown[-1].judge("first", 2, 3)
    page = judgments_page(opened)
    assert page.count("<li><strong>First:</strong> ") == len(opened.items)
    assert "Not judged yet." not in page


# -- what is withheld --------------------------------------------------------------------------------


def test_what_is_withheld_is_one_sentence_that_unfolds_to_titles(course):
    released = classroom(content=course)
    shown = boundaries.withheld(released, content=course)
    number = len(released.withheld)
    assert number > 1
    assert repr(shown) == (
        f"{number} groups of answers are not shown, so that nobody among fewer than 5 people "
        "is singled out."
    )
    page = shown._repr_html_()
    assert page.count("<li>") == number
    assert page.count("<summary") == 1
    for line in shown.lines:
        assert not re.search(r"'[a-z0-9-]+'", line), line
    nothing = dataclasses.replace(released, withheld=())
    assert boundaries.withheld(nothing, content=course)._repr_html_() == (
        "<p>Nothing is withheld.</p>\n"
    )
    gone = dataclasses.replace(released, withheld=("'gone' is not shown: <b>.",))
    page = boundaries.withheld(gone, content=course)._repr_html_()
    assert "<li>&#39;gone&#39; is not shown: &lt;b&gt;.</li>" in page
