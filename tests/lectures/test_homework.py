"""Homework at one's own pace, asked in this process: who may read what when, how it ends, what a completion code tells."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from class_server import HOST, Room, in_room, judgment
from small_content import content, reading, vignette

from boundaries.answers.completion import codes_in, late_by_code
from boundaries.answers.judgments import in_own_order, is_in_first_half, level_of, participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import write
from boundaries.cli import main
from boundaries.content import Content, Model, Prompts, Question, load
from boundaries.counts.classes import STILL_OPEN, classroom
from boundaries.errors import CodeError
from boundaries.instructor.collect import collect
from boundaries.lectures.rounds.halls import Halls, Wish
from boundaries.lessons.handin import submission_of

ITEMS = ("tiles", "barter", "drink", "card")
COMPARE = Model("two-cases", "Side by side", "Invented.", (Question("same", "The same?"),))


def token(number: int) -> str:
    return f"{number:032x}"


def planted() -> Content:
    """Three cases of one lesson and one of another; all that may be read only later carries the word canary."""
    hidden = {"why": "canary reading", "changes": "canary change", "band_why": "canary band"}

    def case(id: str, **fields):
        readings = (reading(**hidden),)
        return vignette(
            id, readings=readings, why="canary purpose", questions=("canary?",), **fields
        )

    course = content(
        case("tiles"),
        case("barter"),
        case("drink", levels=("coffee", "wine")),
        case("card", type="gifts"),
    )
    return replace(course, course=replace(course.course, session="test--codes-last"))


class Homework:
    """A homework in a room, and students who do it."""

    def __init__(self, room: Room, code: str) -> None:
        self.room, self.code, self.seen = room, code, []

    async def ask(self, what: str, who: int, **more: object):
        body = {"token": token(who)} | more
        return await self.room.post(
            f"/api/sessions/{self.code}/{what}", body, address=f"10.0.0.{who % 250}"
        )

    async def judge(self, who: int, item: str, phase: str = "first", rating: int | None = 2, **m):
        body = judgment(token(who), item, phase, rating, **m)
        answer = await self.room.judge(self.code, body, address=f"10.0.0.{who % 250}")
        return answer.json()["receipts"][0]

    async def judge_all(self, who: int, rating: int | None = 2, phase: str = "first") -> None:
        for item in ITEMS:
            assert (await self.judge(who, item, phase, rating))["status"] == "stored"

    async def end(self):
        return await self.room.post(f"/api/sessions/{self.code}/end", {}, headers=HOST)


async def homework(room: Room, session: str = "test--codes-last", **more: object) -> Homework:
    body = {"title": "Business", "mode": "homework", "vignettes": list(ITEMS), "session": session}
    made = await room.post("/api/sessions", body | more, headers=HOST)
    assert made.status_code == 201, made.text
    return Homework(room, made.json()["code"])


def scenario(test):
    """A test from a scenario that takes a room of the planted course."""

    def run(fresh_store: Store):
        in_room(fresh_store, test, course=planted())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


# -- who may read what ---------------------------------------------------------------------------------------------


@scenario
async def test_no_reading_leaves_the_server_before_the_last_case_of_the_lesson_is_judged(room):
    here = await homework(room)
    answers = [await room.get(f"/{here.code[:4]}-{here.code[4:]}"), await here.ask("mine", 1)]
    for item in ("tiles", "barter"):
        answers.append(await room.judge(here.code, judgment(token(1), item)))
        answers += [await here.ask("readings", 1, vignette=each) for each in ITEMS]
        answers.append(await here.ask("mine", 1))
    answers += [await here.ask("class", 1, vignette="tiles"), await here.ask("completion", 1)]
    answers.append(await room.get(f"/api/sessions/{here.code}"))
    answers.append(await room.get(f"/api/sessions/{here.code}/codes"))
    assert [a.url.path for a in answers if "canary" in a.text] == []
    early = await here.ask("readings", 1, vignette="tiles")
    assert (early.status_code, early.json()["error"]) == (
        409,
        "What the codes say of this case opens when you have judged all 3 cases of its lesson alone. "
        "Judge first, then read on.",
    )
    await here.judge(1, "drink", rating=None)  # a skip is a judgment too
    read = await here.ask("readings", 1, vignette="tiles")
    assert (read.status_code, read.json()["readings"][0]["why"]) == (200, "canary reading")
    assert read.json()["readings"][0]["verdicts"]["1"].endswith("one step stricter than this band.")
    assert (await here.ask("mine", 1)).json()["readable"] == ["barter", "drink", "tiles"]
    for who, item in ((1, "card"), (2, "tiles")):  # another lesson, another student
        assert (await here.ask("readings", who, vignette=item)).status_code == 409


@scenario
async def test_codes_open_after_each_case_where_the_session_says_so(room):
    here = await homework(room, session="test")
    await here.judge(1, "tiles")
    assert (await here.ask("readings", 1, vignette="tiles")).status_code == 200
    late = await here.ask("readings", 1, vignette="barter")
    assert late.json()["error"] == (
        "What the codes say of this case opens when you have judged it alone. Judge first, then read on."
    )


@scenario
async def test_two_cases_that_are_compared_come_first_and_open_together(room):
    """Where the codes open after each case: a reading of the one would be a hint for the other."""
    course = room.server.content
    pair = {"business": Prompts("business", pair=("tiles", "drink"))}
    room.server.own_pages._content = replace(course, prompts=pair, models={"two-cases": COMPARE})
    here = await homework(room, session="test")
    lesson, other = (await here.ask("mine", 1)).json()["lessons"]
    assert [case["item"] for case in lesson["cases"]] == ["tiles", "drink", "barter"]
    assert (lesson["pair"], lesson["asks"]) == (["tiles", "drink"], ["The same?"])
    assert (other["pair"], other["asks"]) == ([], [])
    await here.judge(1, "tiles")
    await here.judge(1, "barter")
    early = await here.ask("readings", 1, vignette="tiles")
    assert (early.status_code, early.json()["error"]) == (
        409,
        "What the codes say of this case opens when you have judged the case beside it alone. "
        "Judge first, then read on.",
    )
    assert (await here.ask("mine", 1)).json()["readable"] == ["barter"]
    await here.judge(1, "drink")
    assert (await here.ask("readings", 1, vignette="tiles")).status_code == 200
    assert (await here.ask("mine", 1)).json()["readable"] == ["barter", "drink", "tiles"]


@scenario
async def test_of_a_split_class_one_half_has_no_pair_and_the_cases_in_their_own_order(room):
    course = room.server.content
    room.server.own_pages._content = split = replace(
        course,
        course=replace(course.course, split_pairs=True),
        prompts={"business": Prompts("business", pair=("tiles", "drink"))},
    )
    here = await homework(room, session="test")
    seen = set()
    for number in range(1, 9):
        participant = participant_of("test", token(number))
        (lesson, _) = (await here.ask("mine", number)).json()["lessons"]
        order = [case["item"] for case in lesson["cases"]]
        first_half = is_in_first_half(participant, "business")
        seen.add(first_half)
        if first_half:
            assert (lesson["pair"], order) == (["tiles", "drink"], ["tiles", "drink", "barter"])
        else:
            business = [split.item(id) for id in ("tiles", "barter", "drink")]
            own = [item.id for item in in_own_order(participant, business)]
            assert (lesson["pair"], order) == ([], own)
        await here.judge(number, "tiles")
        opened = (await here.ask("readings", number, vignette="tiles")).status_code
        assert opened == (409 if first_half else 200)
    assert seen == {True, False}


@scenario
async def test_a_page_has_the_cases_in_this_students_order_and_at_their_level(room):
    here = await homework(room, closes="2026-12-10T23:59:00+01:00")
    await here.judge(7, "barter", rating=4, reason="Because.")
    page = (await here.ask("mine", 7)).json()
    participant, course = participant_of("test--codes-last", token(7)), room.server.content
    business = [course.item(id) for id in ("tiles", "barter", "drink")]
    cases = page["lessons"][0]["cases"]
    assert [case["item"] for case in cases] == [i.id for i in in_own_order(participant, business)]
    (drink,) = [case for case in cases if case["item"] == "drink"]
    assert drink["case"].endswith(f"It costs {level_of(participant, course.item('drink'))}.")
    assert [lesson["type"] for lesson in page["lessons"]] == ["business", "gifts"]
    assert page["judgments"] == [
        {
            "vignette": "barter",
            "phase": "first",
            "rating": 4,
            "confidence": 3,
            "reason": "Because.",
            "revision": 1,
        }
    ]
    assert (page["closes"], page["over"], page["consent"]) == (
        "2026-12-10T22:59:00+00:00",
        False,
        False,
    )
    carried = await room.post(f"/api/sessions/{here.code}/join", {"backup": page["backup"]})
    assert carried.json()["token"] == token(7)
    assert (await here.ask("mine", 8)).json()["judgments"] == []


@scenario
async def test_a_second_judgment_needs_a_first_and_a_first_stays(room):
    here = await homework(room)
    refused = await here.judge(1, "tiles", "informed")
    assert (refused["status"], refused["text"]) == (
        "invalid",
        "'tiles' has no first judgment of yours yet, so this second one was not stored. Judge it alone first.",
    )
    both = [judgment(token(1), "tiles"), judgment(token(1), "tiles", "informed", 5)]
    receipts = (await room.judge(here.code, both)).json()["receipts"]
    assert [receipt["status"] for receipt in receipts] == ["stored", "stored"]
    assert (await here.judge(1, "tiles", rating=1))["status"] == "superseded"


@scenario
async def test_consent_is_no_until_somebody_says_yes(room):
    here = await homework(room)
    participant = participant_of("test--codes-last", token(1))
    await here.judge(1, "tiles")
    assert room.store.consent("test--codes-last", participant) is False
    for consent in (True, False):
        assert (await here.ask("consent", 1, consent=consent)).json() == {"consent": consent}
        assert room.store.consent("test--codes-last", participant) is consent


@scenario
async def test_a_no_outlives_a_file_that_was_saved_before_it_and_is_collected_after_it(room):
    here = await homework(room)
    person = ("test--codes-last", participant_of("test--codes-last", token(1)))
    await here.judge(1, "tiles", revision=7)  # in a notebook, say, which saves its file now
    await here.ask("consent", 1, consent=False)  # then they think better of it, on their phone
    rows = room.store.judgments(*person)
    room.store.merge(rows, {person: (True, 7)})
    assert room.store.consent(*person) is False
    room.store.merge([replace(rows[0], phase="informed", revision=8)], {person: (True, 8)})
    assert room.store.consent(*person) is True  # a file of later
    await here.ask("consent", 1, consent=False)
    room.store.merge(rows, {person: (True, 8)})
    assert room.store.consent(*person) is False
    person = ("test--codes-last", participant_of("test--codes-last", token(2)))
    await here.ask("consent", 2, consent=False)  # before anything is judged
    room.store.merge([replace(rows[0], participant=person[1], revision=1)], {person: (True, 1)})
    assert room.store.consent(*person) is True


def test_a_homework_opens_in_four_answers_of_at_most_60_kB(fresh_store):
    """The page, its style and its one script, then the cases; on a slow network each answer more is a wait."""

    async def run(room):
        ids = [item.id for item in room.server.content.of_type("business")]
        here = await homework(room, vignettes=ids)
        page = await room.get(f"/{here.code[:4]}-{here.code[4:]}")
        files = re.findall(r'(?:src|href)="(static/[^"]+)"', page.text)
        assert [file.rpartition("/")[2] for file in files] == ["homework.css", "homework_page.js"]
        answers = [page, await here.ask("mine", 1)]
        answers += [await room.get(f"/{file}") for file in files]
        assert sum(answer.num_bytes_downloaded for answer in answers) < 60_000

    in_room(fresh_store, run, course=load())


@scenario
async def test_a_lecture_has_no_page_of_ones_own(room):
    code = await room.lecture("tiles")
    for what, more in (("mine", {}), ("readings", {"vignette": "tiles"}), ("completion", {})):
        answer = await room.post(f"/api/sessions/{code}/{what}", {"token": token(1)} | more)
        assert (answer.status_code, answer.json()["error"]) == (
            409,
            "This is a lecture, which its host leads. Open its page and follow it.",
        )
    ended = await room.post(f"/api/sessions/{code}/end", {}, headers=HOST)
    assert ended.status_code == 409


# -- its end -------------------------------------------------------------------------------------------------------


@scenario
async def test_the_end_freezes_the_counts_and_shows_the_class_to_who_judged_all(room):
    here = await homework(room)
    for who in range(1, 8):
        await here.judge_all(who, rating=1 + who % 3)
    await here.judge(8, "tiles")
    before = await here.ask("class", 1, vignette="tiles")
    assert (before.status_code, before.json()["error"]) == (
        409,
        "Your class is shown when your lecturer ends this homework, to those who judged every case.",
    )
    assert (await here.ask("end", 1)).status_code == 401  # a student cannot
    assert (await here.end()).json()["stage"] == "over"
    shown = (await here.ask("class", 1, vignette="tiles")).json()
    (first,) = shown["groups"][0]["phases"]
    assert (first["n"], first["counts"]) == (8, [2, 4, 2, 0, 0])
    assert (await here.ask("class", 8, vignette="tiles")).status_code == 409
    late = await here.judge(8, "barter")
    assert (late["status"], late["text"]) == (
        "closed",
        "This session has ended and takes no more judgments. Yours was not stored.",
    )
    assert (await here.judge(1, "tiles", rating=2))["status"] == "stored"  # a receipt that was lost
    assert (await here.end()).status_code == 200
    assert (await here.ask("class", 1, vignette="tiles")).json() == shown
    # What the lecturer reports is what the class was shown: nothing to subtract.
    released = classroom(room.store, "test--codes-last", content=room.server.content)
    own = released.ratings[(released.ratings["item"] == "tiles")].groupby("rating")["n"].sum()
    assert dict(own) == {1: 2, 2: 4, 3: 2}


@scenario
async def test_the_host_sees_how_many_have_begun_and_how_many_have_judged_all(room):
    here = await homework(room)
    await homework(room, session="another--codes-last")
    for who in range(1, 4):
        await here.judge_all(who)
    await here.judge_all(3, phase="informed")
    await here.judge(4, "tiles", rating=None)
    row = room.store.judgments("test--codes-last")[0]
    strangers = [replace(row, participant=f"{n:064x}", wording="old") for n in range(2)]
    room.store.merge([*strangers, replace(row, session="another--codes-last")])
    asked = await room.get(f"/api/sessions/{here.code}/standing", headers=HOST)
    assert (asked.json()["began"], asked.json()["finished"]) == (4, 3)


@scenario
async def test_a_second_end_counts_nothing_that_came_or_went_since(room):
    here = await homework(room)
    for who in range(1, 8):
        await here.judge_all(who)
    await here.end()
    halls = room.server.halls
    shown = {item: halls.turn(here.code, item) for item in ITEMS}
    levels = {item: turn.level for item, turn in shown.items()}
    assert levels == {"tiles": "", "barter": "", "drink": "split", "card": ""}
    row = room.store.judgments("test--codes-last")[0]
    room.store.merge(
        [replace(row, participant="f" * 64, rating=5)]
    )  # handed in late, and collected
    room.store.forget("test--codes-last", row.participant)
    await here.end()
    assert {item: halls.turn(here.code, item) for item in ITEMS} == shown


def test_a_homework_is_reported_when_it_has_ended_and_that_of_notebooks_with_a_warning(
    tmp_path, capsys
):
    store = Store(tmp_path / "class.sqlite")
    course = load()
    id = next(iter(course.vignettes))
    halls = Halls(store, course)

    def judged(session):
        code = halls.create("Business", [id], session=session, mode="homework")[0].code
        halls.record([Wish(code, token(1), id, "first", 2, 3, "")])
        return code

    def tally(session, *more):
        csv = tmp_path / "tally.csv"
        status = main(["tally", str(store.path), "--session", session, "--csv", str(csv), *more])
        return status, capsys.readouterr().err

    code = judged("spring")
    with pytest.raises(CodeError):
        halls.complete(code, "no token")
    assert tally("spring") == (1, STILL_OPEN.format("spring") + "\n")
    assert tally("spring", "--raw") == (0, "")
    halls.end(code)
    assert tally("spring") == (0, "")
    # Notebooks send to the session of course.toml all term, and nobody ends it.
    judged(course.course.session)
    assert tally(course.course.session) == (
        0,
        f"The homework '{course.course.session}' is still open. What is published now and once more after another "
        "answer could be subtracted: publish it once.\n",
    )
    halls.close()


def test_the_same_answers_by_page_and_notebook_are_one_row_each(tmp_path, fresh_store):
    """The file of the one-file page has the very bytes of the notebook's (tests/instructor/test_page.py)."""
    course, who = planted(), token(5)
    answers = {"tiles": 1, "barter": 4, "drink": None, "card": 2}

    async def by_page(room):
        here = await homework(room)
        for item, rating in answers.items():
            await here.judge(5, item, rating=rating, reason="Because.", revision=1)
        await here.judge(5, "card", "informed", 3, revision=2)

    in_room(fresh_store, by_page, course=course)
    student = Student("test--codes-last", tmp_path / "own.sqlite", who)
    for item, rating in answers.items():
        sure = 3 if rating else None
        student.judge(course.item(item), "first", rating, sure, "Because.")
    student.judge(course.item("card"), "informed", 3, 3)
    rows = fresh_store.judgments("test--codes-last")

    def answered(judgments):
        return [
            (r.item, r.phase, r.level, r.wording, r.rating, r.confidence, r.reason)
            for r in judgments
        ]

    assert answered(rows) == answered(student.judgments())
    path = tmp_path / "boundaries-submission.json"
    path.write_bytes(write(submission_of(student, course)))
    for _ in range(2):
        collect([path], fresh_store, course, session="test--codes-last")
    assert answered(fresh_store.judgments("test--codes-last")) == answered(rows)
    assert sum(row[-1] for row in fresh_store.ratings("test--codes-last")) == len(rows) == 5


@scenario
async def test_a_small_class_is_never_shown(room):
    here = await homework(room)
    for who in range(1, 5):
        await here.judge_all(who)
    await here.end()
    shown = (await here.ask("class", 1, vignette="tiles")).json()
    assert shown["groups"][0]["phases"] == []
    assert shown["withheld"] == [
        "Fewer than 5 gave a rating; the class appears from 5.",
        "After the codes: fewer than 5 gave a rating; the class appears from 5.",
    ]


# -- the completion code -------------------------------------------------------------------------------------------


@scenario
async def test_a_completion_code_comes_with_the_last_case_and_stays_the_same(room):
    here = await homework(room)
    for item in ITEMS[:3]:
        await here.judge(1, item)
    early = await here.ask("completion", 1)
    assert (early.status_code, early.json()["error"]) == (
        409,
        "1 of the 4 cases are not judged yet. The completion code comes when all are judged or skipped.",
    )
    await here.judge(1, "card", rating=None)
    code = (await here.ask("completion", 1)).json()["completion"]
    assert codes_in(f"<p>mine is {code.lower()}</p>") == [code]
    assert (await here.ask("completion", 1)).json()["completion"] == code
    assert late_by_code(room.store, "test--codes-last", [code, "0000-0000-0000-0000"]) == {
        code: False
    }
    with room.store.writing() as connection:  # a session from before there were such codes
        connection.exec_driver_sql("DELETE FROM hall_settings WHERE name = 'completion key'")
    asked = [(await here.ask("completion", 1)).json()["completion"] for _ in range(2)]
    assert asked[0] == asked[1] != code


@pytest.mark.parametrize(("hours", "late"), [(-1, False), (23.9, False), (24.005, True)])
def test_work_is_late_a_day_after_the_deadline_and_not_before(fresh_store, hours, late):
    async def run(room):
        closes = datetime.now(UTC) - timedelta(hours=hours)
        here = await homework(room, closes=closes.isoformat())
        await here.judge_all(1)
        given = (await here.ask("completion", 1)).json()
        assert given["late"] is late
        assert late_by_code(room.store, "test--codes-last", [given["completion"]]) == {
            given["completion"]: late
        }

    in_room(fresh_store, run, course=planted())


@scenario
async def test_no_completion_code_leads_to_a_participant(room):
    """The attacker: roster with codes in the order in which they came, export, and the whole database file."""
    here = await homework(room)
    handed_in = {}
    for who in range(1, 31):
        await here.judge_all(who, rating=1 + who % 5)
        handed_in[who] = (await here.ask("completion", who)).json()["completion"]
    participants = [participant_of("test--codes-last", token(who)) for who in handed_in]
    with sqlite3.connect(room.store.path) as database:
        listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [name for (name,) in listed]
        content_of = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
        query = "SELECT participant FROM judgments WHERE item = 'card' ORDER BY rowid"
        lies = [participant for (participant,) in database.execute(query)]
        # Only judgments have places of their own: all other tables with people or codes lie in the order of their keys.
        for name in ("joined", "consents", "completions", "writings"):
            with pytest.raises(sqlite3.OperationalError):
                database.execute(f"SELECT rowid FROM {name}")
    assert len(content_of["completions"]) == 30
    assert all(len(row) == 3 for row in content_of["completions"])
    with_people = {n for n, rows in content_of.items() if any(p in str(rows) for p in participants)}
    assert with_people == {"judgments", "joined"}
    # Neither codes nor tokens are anywhere, so nothing connects the two sides but the order in which rows lie.
    export = await room.get(f"/api/sessions/{here.code}/export", headers=HOST)
    everything = json.dumps(content_of) + export.text
    assert not any(code in everything for code in handed_in.values())
    assert not any(token(who) in everything for who in handed_in)
    in_place = sum(a == b for a, b in zip(lies, participants, strict=True))
    assert in_place < 12  # one is what chance gives; in order it would be thirty
