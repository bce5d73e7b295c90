"""Somebody who holds everything that a homework leaves behind, and looks for a person.

Everything: the roster, with the completion codes in the order in which they came; the server's log; the database;
what the class was shown; every table, the pool and the archive, before and after somebody's late file or withdrawal.
"""

from __future__ import annotations

import logging
import random
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from attacker import Attacker
from class_server import HOST, Room, in_room, judgment
from small_content import SCALE, content, vignette
from test_homework import homework, token

from boundaries.answers.endings import changed_since, endings, is_open
from boundaries.answers.judgments import level_of, participant_of
from boundaries.answers.store import Session, Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import write
from boundaries.cli import main
from boundaries.content import load
from boundaries.counts.classes import classroom
from boundaries.errors import BoundariesError
from boundaries.instructor.archive import archive
from boundaries.instructor.collect import collect
from boundaries.instructor.parquet import ArchiveFile
from boundaries.instructor.pool import pool
from boundaries.instructor.research import write_archive
from boundaries.lectures.rounds.halls import Halls, Wish
from boundaries.lessons.handin import submission_of

SESSION = "spring"
PHASES = ("first", "informed")
DIAL = vignette("alike", levels=("a", "b", "c"), scale=SCALE)


def late_file(folder, course, items, who=99):
    """What somebody hands in who judged in a notebook, under the session of a homework."""
    student = Student(SESSION, folder / "late.sqlite", token(who))
    for item in items:
        student.judge(item, "first", 3, 2, "A late reason.")
        student.judge(item, "informed", 3, 2)
    if "two-cases" in course.models:
        student.keep(items[0].id, {"two-cases/same": "What was written late."})
    student.set_consent(True)
    path = folder / "boundaries-submission.json"
    path.write_bytes(write(submission_of(student, course)))
    return path


# -- what comes or goes after the end ------------------------------------------------------------------------------


def everything_shown(path, folder, course):
    """By every way that counts: tables, a pool, an archive and what Python gives."""
    folder.mkdir()
    shown = {}
    for kind in ("tally", "moves", "gap"):
        assert main([kind, str(path), "--csv", str(folder / f"{kind}.csv")]) == 0
        shown[kind] = (folder / f"{kind}.csv").read_bytes()
    for name, released in (("class", classroom(path)), ("pool", pool(path, content=course))):
        shown[name] = released.ratings.to_csv() + released.moves.to_csv()
    return shown


def told_differences(path):
    """Of the one pair that was judged."""
    return [each.n for each in classroom(path).differences]


def archived(store, folder, course):
    """The counts of an archive, whose keys are chance."""
    judgments, *_ = write_archive(store, Session(SESSION, SESSION, False), course, folder)
    file = ArchiveFile(judgments)
    return sorted(file.ratings("")), sorted(file.moves(""))


def listed_reasons(path, file):
    assert main(["reasons", str(path), "--into", str(file)]) == 0
    return sorted(file.read_text("utf-8").splitlines())


def test_what_comes_or_goes_after_the_end_changes_nothing_that_is_shown(tmp_path, capsys):
    """Of what one way shows and another does not, or did not before, a single student's answers would follow."""
    path, course = tmp_path / "class.sqlite", load()
    store, items = Store(path), course.pair_of("social", course.of_type("social"))
    halls = Halls(store, course)
    ids = [item.id for item in items]
    code = halls.create("Social", ids, session=SESSION, mode="homework")[0].code
    for who in range(16):
        wishes = []
        for id in ids:
            wishes.append(Wish(code, token(who), id, "first", 1 + who % 2, 3, f"Reason {who}."))
            wishes.append(Wish(code, token(who), id, "informed", 2, 3, ""))
        halls.record(wishes)
        store.set_consent(SESSION, participant_of(SESSION, token(who)), who < 10)
    halls.end(code)
    halls.close()
    then = everything_shown(path, tmp_path / "then", course)
    archive_then = archived(store, tmp_path / "then", course)
    reasons_then = listed_reasons(path, tmp_path / "then" / "reasons.txt")
    assert told_differences(path) == [16]
    assert b",first,3,2,8" in then["tally"]
    assert capsys.readouterr().err == ""

    summary = collect([late_file(tmp_path, course, items)], store, course, session=SESSION)
    assert (summary.new, summary.unchanged, summary.too_late) == (0, 0, 4)
    assert str(summary).splitlines()[-1] == (
        "judgments that came after their homework had ended: 4. They are not counted: its class has been shown, and "
        "set against that a later count would tell what a single student chose. The gradebook knows of these files."
    )
    assert everything_shown(path, tmp_path / "later", course) == then
    assert archived(store, tmp_path / "later", course) == archive_then
    assert listed_reasons(path, tmp_path / "later" / "reasons.txt") == reasons_then
    assert capsys.readouterr().err == ""
    assert told_differences(path) == [16]
    # What this homework did not ask was shown to nobody, and is taken.
    other = course.of_type("gifts")[0]
    assert collect([late_file(tmp_path, course, [other])], store, course, session=SESSION).new == 2
    store.forget(SESSION, participant_of(SESSION, token(99)))

    store.forget(SESSION, participant_of(SESSION, token(3)))
    capsys.readouterr()
    assert everything_shown(path, tmp_path / "gone", course) == then
    assert told_differences(path) == []
    assert capsys.readouterr().err.splitlines()[0] == (
        "The homework 'spring' has ended, and is written as its class was shown it. What was collected or removed "
        "after that is left out: set against what was shown, it would tell what a single student chose."
    )
    assert main(["archive", str(path), "--into", str(tmp_path / "gone")]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Since the homework 'spring' ended, answers to its cases were removed. Its class saw counts with them, and an "
        "archive without them could be subtracted from those, so there is no archive."
    )
    store.close()


def test_in_a_store_without_a_class_server_no_homework_is_open_or_has_ended(tmp_path):
    store = Store(tmp_path / "class.sqlite")
    with store.reading() as connection:
        assert is_open(connection, SESSION) is False
        assert endings(connection, SESSION) == {}
        assert changed_since(connection, SESSION) == set()


def test_an_end_changes_no_count_and_after_it_a_changed_answer_is_late_but_the_same_once_more_is_not(
    tmp_path,
):
    store, course = Store(tmp_path / "class.sqlite"), content(vignette("plain"))
    halls = Halls(store, course)
    code = halls.create("Plain", ["plain"], session=SESSION, mode="homework")[0].code
    for who, ratings in ((1, (2, 2)), (2, (None, 3)), (3, (4, None))):
        for phase, rating in zip(PHASES, ratings, strict=True):
            sure = rating and 3
            halls.record([Wish(code, token(who), "plain", phase, rating, sure, "")])
    before = set(store.ratings(SESSION)), set(store.moves(SESSION))
    halls.end(code)
    halls.close()
    assert (set(store.ratings(SESSION)), set(store.moves(SESSION))) == before
    assert ("plain", "first", None, "informed", 3, 1) in {
        (item, *move) for item, _, _, *move in store.moves(SESSION)
    }
    rows = store.judgments(SESSION)
    (informed,) = (row for row in rows if row.phase == "informed" and row.rating == 2)
    again = replace(informed, revision=informed.revision + 1)
    assert store.merge([again]).too_late == ()
    assert informed not in store.judgments(SESSION)
    other = replace(again, rating=5, revision=again.revision + 1)
    assert store.merge([other]).too_late == (other,)
    assert again in store.judgments(SESSION)


# -- everything together -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [17, 26])
def test_no_small_group_follows_from_all_that_a_homework_leaves(
    fresh_store, tmp_path, caplog, size
):
    """A few stop after the first judgment, a few refuse research, and one more file comes after the end."""
    chance, course = random.Random(size), content(DIAL)
    people, codes = [], []

    async def term(room: Room):
        here = await homework(room, session=SESSION, vignettes=[DIAL.id])
        for who in range(1, size + 1):
            level = level_of(participant_of(SESSION, token(who)), DIAL)
            answers = [None, None, None]
            for place, phase in ((0, "first"), (2, "informed")):
                if phase == "informed" and who <= 3:
                    continue
                answers[place] = (chance.choice([1, 1, 2, 3]), chance.choice([1, 2]))
                rating, sure = answers[place]
                body = judgment(token(who), DIAL.id, phase, rating, confidence=sure)
                await room.judge(here.code, body, address=f"10.0.0.{who}")
            agreed = who % 4 > 0
            await here.ask("consent", who, consent=agreed)
            codes.append((await here.ask("completion", who)).json()["completion"])
            people.append((level, tuple(answers), agreed))
        assert (await here.end()).status_code == 200
        export = await room.get(f"/api/sessions/{here.code}/export", headers=HOST)
        assert not any(word in export.text for word in (*codes, *map(token, range(1, size + 1))))

    with caplog.at_level(logging.DEBUG):
        in_room(fresh_store, term, course=course)
    participants = [participant_of(SESSION, token(who)) for who in range(1, size + 1)]
    assert not any(word in caplog.text for word in (*codes, *participants))
    shown = classroom(fresh_store, SESSION, content=course)
    summary = collect([late_file(tmp_path, course, [DIAL])], fresh_store, course, session=SESSION)
    assert summary.too_late == 2
    later = classroom(fresh_store, SESSION, content=course)
    assert later.ratings.equals(shown.ratings)
    assert later.moves.equals(shown.moves)
    rows = fresh_store.judgments(SESSION)
    yes = {row.participant for row in rows if fresh_store.consent(SESSION, row.participant)}
    try:
        released = archive(rows, yes, course, rng=chance).rows
    except BoundariesError:
        released = None
    attacker = Attacker(shown, DIAL, PHASES, 3, 2, archive=released)
    assert attacker.by_rank(people) == []
    attacker = Attacker(shown, DIAL, PHASES, 3, 2, archive=released, roster=people)
    assert attacker.answers_found(people) == []
    # Nor does the order in which rows lie: the completion codes came in that of the roster.
    with closing(sqlite3.connect(fresh_store.path)) as database:
        query = "SELECT participant FROM judgments WHERE phase = 'first' ORDER BY rowid"
        lies = [participant for (participant,) in database.execute(query)]
    assert sum(a == b for a, b in zip(lies, participants, strict=True)) < size / 2
