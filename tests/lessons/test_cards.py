"""One item on screen: what the form is shown before and after the lock, and what nobody may keep."""

import dataclasses
import json
import re
import sqlite3
from contextlib import closing

import pytest
from small_content import content, reading, vignette

from boundaries.answers.students import Student
from boundaries.content import Provision
from boundaries.content.display import SKIP
from boundaries.errors import StoreError
from boundaries.lessons.cards import Card
from boundaries.lessons.outputs import NOT_RUNNING, CaseText
from boundaries.lessons.states import card_state

PROVISION = Provision(
    "aca-2014", "A.6", "A.6.b", "Extending", "t", "s", "Says this.", "text", note="old number"
)
TILES = vignette(
    "tiles",
    levels=("low", "high"),
    readings=(
        reading("aca-2014", "prohibited", ("low",), provisions=("A.6",), why="Low."),
        reading("aca-2014", "permitted", ("high",), provisions=("A.6",), why="High.", reviewer="B"),
        reading("apa-2017", "silent", why="Silent."),
    ),
)
COURSE = content(TILES)
COURSE = dataclasses.replace(
    COURSE,
    codes=COURSE.codes
    | {"aca-2014": dataclasses.replace(COURSE.codes["aca-2014"], provisions={"A.6": PROVISION})},
)
JUDGE = {
    "kind": "judge",
    "phase": "first",
    "rating": 2,
    "confidence": 3,
    "reason": "A secret reason.",
}


class Seen(Card):
    """A card that keeps what it would send to the browser."""

    def __init__(self, *given, **named):
        self.sent = []
        super().__init__(*given, **named)

    def send(self, content, buffers=None):
        self.sent.append(json.loads(json.dumps(content)))  # as it stands now, and as JSON

    def hear(self, message):
        self._hear(self, message, [])
        return self.sent[-1]


@pytest.fixture
def card(new_student):
    return Seen(TILES, COURSE, new_student)


def rows(student):
    with closing(sqlite3.connect(student.path)) as connection:
        return connection.execute(
            "SELECT phase, rating, confidence, reason FROM judgments ORDER BY 1"
        ).fetchall()


# -- what is shown ---------------------------------------------------------------------------------------------


def test_hello_shows_the_open_form_and_no_result(card):
    state = card.hear({"kind": "hello"})
    assert (state["kind"], state["item"], state["phase"]) == ("state", "tiles", "first")
    assert state["question"] == TILES.question
    assert [o["value"] for o in state["options"]] == [1, 2, 3, 4, 5]
    assert [o["value"] for o in state["confidence"]["options"]] == [1, 2, 3, 4]
    assert (state["result"], state["receipt"], state["again"], state["chosen"]) == (
        None,
        None,
        None,
        None,
    )
    assert state["notice"] == "This is final; you may judge again after the codes."


def test_a_judgment_is_stored_then_told_then_shown_with_the_readings(card, new_student):
    state = card.hear(JUDGE)
    assert rows(new_student) == [("first", 2, 3, "A secret reason.")]
    assert state["phase"] == "locked"
    assert state["receipt"] == {
        "tone": "ok",
        "text": f"Stored in your own file, {new_student.path}.",
    }
    assert state["again"] == {"label": "Judge again"}
    assert state["result"]["yours"] == [
        {
            "phase": "First",
            "rating": 2,
            "text": "Under rare conditions (fairly sure)",
            "reason": "A secret reason.",
        }
    ]
    low = new_student.level(TILES) == "low"
    first, silent = state["result"]["readings"]
    assert first["code"] == "aca-2014"
    assert (first["why"], first["band"]) == (("Low.", [1, 1]) if low else ("High.", [4, 5]))
    assert first["verdict"] == (
        "Your rating, 2, is one step more permissive than this band."
        if low
        else "Your rating, 2, is two steps stricter than this band."
    )
    assert first["whose"] == (
        "Read by A, 2026-01-01; not yet reviewed by an ethicist."
        if low
        else "Read by A, 2026-01-01; reviewed by B."
    )
    assert first["provisions"] == [
        {
            "section": "A.6.b (old number)",
            "title": "Extending",
            "says": "Says this.",
            "checked": "read",
        }
    ]
    assert (silent["bandText"], silent["verdict"], silent["provisions"]) == ("no band", "", [])
    assert silent["basis"] == "It has no provision that decides this."


@pytest.mark.parametrize("level", ["low", "high"])
def test_the_readings_are_those_of_the_students_own_level(tmp_path, level):
    for number in range(20):
        student = Student("own-study", tmp_path / f"{number}.sqlite", f"{number}")
        if student.level(TILES) == level:
            break
    card = Seen(TILES, COURSE, student)
    assert card.hear(JUDGE)["result"]["readings"][0]["why"] == f"{level.title()}."


def test_judging_again_opens_the_form_with_what_was_chosen_and_the_last_one_counts(
    card, new_student
):
    card.hear(JUDGE)
    opened = card.hear({"kind": "again"})
    assert (opened["phase"], opened["legend"], opened["chosen"]) == (
        "informed",
        "Judge again",
        None,
    )
    assert opened["result"]["readings"]
    second = card.hear(JUDGE | {"phase": "informed", "rating": 4, "reason": "Read it."})
    assert second["phase"] == "locked"
    assert second["again"] == {"label": "Change my second judgment"}
    assert [y["phase"] for y in second["result"]["yours"]] == ["First", "After the codes"]
    assert card.hear({"kind": "again"})["chosen"] == {
        "rating": 4, "confidence": 3, "reason": "Read it.", "skip": False,
    }  # fmt: skip
    card.hear(JUDGE | {"phase": "informed", "rating": 5, "reason": ""})
    assert rows(new_student) == [("first", 2, 3, "A secret reason."), ("informed", 5, 3, "")]


def test_a_form_open_for_a_second_judgment_stays_open_when_it_says_hello(card):
    card.hear(JUDGE)
    card.hear({"kind": "again"})
    assert card.hear({"kind": "hello"})["phase"] == "informed"


def test_a_reopened_card_says_that_the_judgment_is_there(card, new_student):
    card.hear(JUDGE)
    state = Seen(TILES, COURSE, Student("own-study", new_student.path)).hear({"kind": "hello"})
    assert state["phase"] == "locked"
    assert state["receipt"] == {
        "tone": "info",
        "text": f"This judgment was stored earlier in your own file, {new_student.path}.",
    }
    card.hear(JUDGE | {"phase": "informed"})
    state = Seen(TILES, COURSE, new_student).hear({"kind": "hello"})
    assert (
        state["receipt"]["text"]
        == f"Both judgments were stored earlier in your own file, {new_student.path}."
    )


def test_a_skip_is_a_judgment_too(card, new_student):
    state = card.hear(
        {
            "kind": "judge",
            "phase": "first",
            "rating": 2,
            "confidence": 3,
            "skip": True,
            "reason": "",
        }
    )
    assert rows(new_student) == [("first", None, None, "")]
    assert state["phase"] == "locked"
    assert state["result"]["yours"][0]["text"] == "You preferred not to judge this one."
    assert {r["verdict"] for r in state["result"]["readings"]} == {""}


def test_the_form_is_told_that_something_is_stored_only_when_the_row_is_in_the_file(new_student):
    class Checked(Seen):
        def send(self, content, buffers=None):
            super().send(content)
            if content["receipt"] and content["receipt"]["tone"] == "ok":
                self.when_told.append(rows(self.student))

    card = Checked(TILES, COURSE, new_student)
    card.when_told = []
    card.hear(JUDGE)
    card.hear(JUDGE | {"phase": "informed", "rating": 4, "reason": ""})
    card.hear({"kind": "judge", "phase": "informed", "skip": True})
    first = ("first", 2, 3, "A secret reason.")
    assert card.when_told == [
        [first],
        [first, ("informed", 4, 3, "")],
        [first, ("informed", None, None, "")],
    ]


def test_on_change_is_called_after_what_was_stored_and_only_then(new_student):
    changes = []
    card = Seen(TILES, COURSE, new_student, lambda card: changes.append(rows(new_student)))
    card.hear(JUDGE | {"rating": 9})
    card.hear({"kind": "hello"})
    assert changes == []
    card.hear(JUDGE)
    assert changes == [[("first", 2, 3, "A secret reason.")]]


# -- what is wrong is said ----------------------------------------------------------------------------------------

NO_RATING = (
    "{!r} is not a rating of 'tiles'. Choose 1 to 5 (1 = never ethical … 5 = always ethical)."
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"rating": 0}, NO_RATING.format(0)),
        ({"rating": "2"}, NO_RATING.format("2")),
        ({"rating": [1]}, NO_RATING.format([1])),
        ({"rating": True}, NO_RATING.format(True)),
        ({"rating": 1.5}, NO_RATING.format(1.5)),
        (
            {"rating": None, "confidence": None},
            f"Nothing was stored, for no answer came. Choose one, or “{SKIP}”.",
        ),
        (
            {"confidence": None},
            "None is not a confidence. Choose 1 to 4 (1 = a guess … 4 = certain).",
        ),
        ({"phase": None}, "'None' is not a phase. Choose one of: first, discussed, informed."),
        (
            {"phase": "informed"},
            "'tiles' has no first judgment yet. Judge it alone first, then again.",
        ),
        (
            {"reason": {"a": 1}},
            "The reason for 'tiles' is not text. Write it as words, or leave it empty.",
        ),
        (
            {"reason": "x" * 501},
            "The reason for 'tiles' has 501 characters. At most 500 are kept. Shorten it.",
        ),
    ],
)
def test_an_answer_that_is_none_is_said_and_the_form_stays_as_it_is(
    card, new_student, message, said
):
    state = card.hear(JUDGE | message)
    assert state["receipt"] == {"tone": "error", "text": said}
    assert (state["phase"], state["result"]) == ("first", None)
    assert rows(new_student) == []


def test_an_error_while_judging_again_keeps_that_form_open(card, new_student):
    card.hear(JUDGE)
    card.hear({"kind": "again"})
    state = card.hear(JUDGE | {"phase": "informed", "rating": 7})
    assert (state["phase"], state["receipt"]["tone"]) == ("informed", "error")
    assert [r[0] for r in rows(new_student)] == ["first"]


def test_a_store_that_is_gone_is_said_and_nothing_claims_to_be_stored(
    card, new_student, monkeypatch
):
    def broken(*_):
        raise StoreError("own.sqlite: the store is damaged.")

    monkeypatch.setattr(new_student, "judge", broken)
    monkeypatch.setattr(new_student, "judged", broken)
    state = card.hear(JUDGE)
    assert (state["phase"], state["receipt"]) == (
        "first",
        {"tone": "error", "text": "own.sqlite: the store is damaged."},
    )
    assert card.hear({"kind": "hello"})["receipt"]["tone"] == "error"


def test_messages_of_other_kinds_are_not_answered(card):
    for message in ({}, {"kind": "other"}):
        card._hear(card, message, [])
    assert card.sent == []


def test_a_refresh_shows_what_another_card_stored(card, new_student):
    Seen(TILES, COURSE, new_student).hear(JUDGE)
    card.refresh()
    assert card.sent[-1]["phase"] == "locked"


# -- what nobody may see or keep ------------------------------------------------------------------------------------


def planted(course):
    """The course with a word of its own in every reading, provision, purpose, question and verdict."""

    def mark(thing, word, *fields):
        return dataclasses.replace(
            thing, **{f: f"canary:{word}:{f} {getattr(thing, f)}" for f in fields}
        )

    vignettes = {
        id: dataclasses.replace(
            mark(v, id, "why"),
            questions=tuple(f"canary:{id}:question {q}" for q in v.questions),
            readings=tuple(
                mark(r, f"{id}/{r.code}", "why", "changes", "band_why") for r in v.readings
            ),
        )
        for id, v in course.all_vignettes.items()
    }
    codes = {
        id: dataclasses.replace(
            c,
            provisions={p: mark(x, f"{id}#{p}", "says", "title") for p, x in c.provisions.items()},
        )
        for id, c in course.codes.items()
    }
    claims = {id: mark(c, id, "why") for id, c in course.claims.items()}
    return dataclasses.replace(course, all_vignettes=vignettes, codes=codes, claims=claims)


def canaries(state):
    return set(re.findall(r"canary:(\S+):\w+ ", json.dumps(state, default=str, ensure_ascii=False)))


@pytest.mark.slow
def test_no_reading_is_sent_before_the_lock_and_only_that_items_after(course, new_student):
    course = planted(course)
    shown = {c.id for c in course.shown_codes}
    for item in [*course.vignettes.values(), *course.claims.values()]:
        card = Seen(item, course, new_student)
        before = [
            card.hear({"kind": "hello"}),
            card.hear({"kind": "again"}),
            card.hear(JUDGE | {"rating": 9}),
        ]
        assert canaries(before) == set(), item.id
        assert canaries(card.get_state()) == set(), item.id
        after = card.hear(JUDGE)
        expected = {item.id}
        if item.type == "claims":
            expected |= {f"{code}#{id}" for code, id in item.provisions}
        else:
            level = new_student.level(item)
            read = {r.code: item.reading(r.code, level) for r in item.readings}
            for code, found in read.items():
                if found and (code in shown or course.course.others):
                    expected |= {f"{item.id}/{code}"} | {f"{code}#{id}" for id in found.provisions}
        assert canaries(after) == expected, item.id
        assert canaries(card.get_state()) == set(), item.id


def test_the_synchronised_state_never_changes_and_holds_no_answer(card):
    def synced():
        return json.dumps(card.get_state(), default=str, sort_keys=True)

    before = synced()
    assert card.hear(JUDGE)["result"]["yours"][0]["reason"] == "A secret reason."
    card.hear({"kind": "again"})
    card.hear(JUDGE | {"phase": "informed"})
    assert synced() == before
    assert not any(
        word in before for word in ("A secret reason.", "Low.", "High.", "Says this.", "aca-2014")
    )


def test_a_cards_text_is_the_same_whoever_judged_what(card):
    before = repr(card)
    card.hear(JUDGE)
    assert before == repr(card) == "Card(tiles)"


def test_a_notebook_without_its_kernel_says_what_to_do_where_the_form_was(card, capsys):
    card._ipython_display_()
    assert capsys.readouterr().out.splitlines()[0] == NOT_RUNNING
    assert NOT_RUNNING == "Run > Run All Cells. Your answers are safe in your own file."


# -- cases and claims ---------------------------------------------------------------------------------------------


def test_a_case_is_text_with_its_own_level_and_every_sign_of_it_escaped():
    item = vignette(
        "tiles", levels=("low", "high"), title="<b>Tiles</b> & more", content_note="a <loss>"
    )
    case = CaseText(item, "high", "1 of 4")
    assert repr(case) == (
        "1 of 4\nContent note: a <loss>\n<b>Tiles</b> & more\n"
        "Invented case tiles. It costs high.\nThe therapist buys it."
    )
    page = case._repr_html_()
    assert "&lt;b&gt;Tiles&lt;/b&gt; &amp; more" in page
    assert "<b>" not in page
    assert "It costs low." not in page


def test_a_claim_has_its_own_scale_and_its_verdict_comes_after(course, new_student):
    claim = next(iter(course.claims.values()))
    assert repr(CaseText(claim, "", "1 of 9")) == f"1 of 9\n{claim.claim}"
    card = Seen(claim, course, new_student)
    opened = card.hear({"kind": "hello"})
    assert opened["question"] == "Is this claim true, overstated or false?"
    assert [o["label"] for o in opened["options"]] == [p.label for p in course.claim_ratings]
    wrong = card.hear(JUDGE | {"rating": 4})
    assert wrong["receipt"]["text"].startswith(
        f"4 is not a rating of '{claim.id}'. Choose 1 to 3 (1 = false … 3 = "
    )
    result = card.hear(JUDGE)["result"]
    assert result["readings"] == []
    assert result["verdict"]["why"] == claim.why
    assert result["verdict"]["label"] == claim.scale[claim.verdict - 1].label


def test_other_codes_are_shown_only_where_the_course_says_so(new_student):
    few = dataclasses.replace(COURSE.course, codes=("apa-2017",), others=False)
    new_student.judge(TILES, "first", 2, 3)
    for others, codes in ((False, ["apa-2017"]), (True, ["apa-2017", "aca-2014"])):
        shown = dataclasses.replace(COURSE, course=dataclasses.replace(few, others=others))
        state = card_state(TILES, shown, new_student)
        assert [r["code"] for r in state["result"]["readings"]] == codes
