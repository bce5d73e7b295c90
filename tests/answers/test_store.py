"""The store: every promise of merging, locking and counting, on SQLite and on a real PostgreSQL alike."""

import dataclasses
import gc
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from unittest.mock import Mock

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from boundaries.answers import databases
from boundaries.answers.judgments import PHASES, Judgment, merge_all
from boundaries.answers.store import Session, Store
from boundaries.errors import AlreadyLocked, StoreError

LOCKED = "Your first judgment of 'tiles' is locked already and stays as it is. You can judge again after reading the codes."
ALL = "SELECT session, participant, item, wording, phase, level, rating, confidence, reason, revision FROM judgments"
FIRST = Judgment("s", "p", "tiles", "w", "first", "", 2, 3, "Because.", 0)
MANY = examples(25)
numbers = count()


@st.composite
def any_row(draw):
    """A judgment of few people, items and phases, so that keys often meet."""
    participant, item = (
        draw(st.sampled_from("pq")),
        draw(st.sampled_from(["tiles", "tiles", "car"])),
    )
    rating = draw(st.none() | st.integers(1, 5))
    return Judgment(
        session="?",
        participant=participant,
        item=item,
        wording=draw(st.sampled_from(["w", "w", "w", "old"])),
        phase=draw(st.sampled_from(PHASES)),
        level=draw(st.sampled_from(["low", "low", "low", "high"])),
        rating=rating,
        confidence=draw(st.integers(1, 4)) if rating else None,
        reason=draw(st.sampled_from(["", "Because.", "🙂"])),
        revision=draw(st.integers(0, 4)),
    )


rows = st.lists(any_row(), max_size=6) | st.lists(any_row(), min_size=10, max_size=16)


def fresh(judgments):
    """The same judgments in a session that no example had before, and its id."""
    session = f"s{next(numbers)}"
    return session, [dataclasses.replace(j, session=session) for j in judgments]


def naive_ratings(judgments):
    return Counter((j.item, j.wording, j.level, j.phase, j.confidence, j.rating) for j in judgments)


def naive_moves(judgments):
    by_key = {j.key: j for j in judgments}
    pairs = Counter()
    for (session, person, item, wording, phase), old in by_key.items():
        for later in PHASES[PHASES.index(phase) + 1 :]:
            new = by_key.get((session, person, item, wording, later))
            if new and new.level == old.level:  # else the words were others
                pairs[item, wording, old.level, phase, old.rating, later, new.rating] += 1
    return pairs


def counted(tally):
    counts = {tuple(what): n for *what, n in tally}
    assert len(counts) == len(tally)  # no line twice
    return counts


def stored(place, session):
    """What a plain driver reads back: a judgment a row, none twice."""
    found = [Judgment(*row) for row in place.read(f"{ALL} WHERE session = '{session}'")]
    assert len({j.key for j in found}) == len(found)
    return {j.key: j for j in found}


# -- merging and counting --------------------------------------------------------------------------------------


@MANY
@given(rows=rows, order=st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_merges_gives_one_row_a_key_and_true_tallies(
    place, rows, order
):
    session, given_rows = fresh(rows)
    store = place.store
    arrivals = given_rows + order.choices(given_rows, k=len(given_rows) // 2) if given_rows else []
    order.shuffle(arrivals)
    while arrivals:
        size = order.randint(1, len(arrivals))
        store.merge(arrivals[:size])
        arrivals = arrivals[size:]
    kept = merge_all(given_rows)
    assert stored(place, session) == kept
    assert counted(store.ratings(session)) == naive_ratings(kept.values())
    assert counted(store.moves(session)) == naive_moves(kept.values())
    assert {j.key: j for j in store.judgments(session)} == kept
    assert store.people(session) == len({j.participant for j in kept.values()})


@MANY
@given(steps=st.lists(any_row() | rows, max_size=12))
def test_any_sequence_of_records_and_merges_does_what_the_rule_says(place, steps):
    """A judgment is recorded, a list merged; a model of a few lines must agree after every step."""
    session = f"s{next(numbers)}"
    store, model, last = place.store, {}, 0
    store.token(session)
    for step in steps:
        if isinstance(step, list):
            batch = [dataclasses.replace(j, session=session) for j in step]
            store.merge(batch)
            model = merge_all([*model.values(), *batch])
        else:
            judgment = dataclasses.replace(step, session=session, revision=0)
            old = model.get(judgment.key)
            if old and old.digest == judgment.digest:
                assert store.record(judgment) == old
            elif old and old.phase == "first":
                with pytest.raises(AlreadyLocked):
                    store.record(judgment)
            else:
                mine = [j.revision for j in model.values() if j.participant == judgment.participant]
                last = max([last, *mine]) + 1
                model[judgment.key] = dataclasses.replace(judgment, revision=last)
                assert store.record(judgment) == model[judgment.key]
        assert stored(place, session) == model
    assert counted(store.ratings(session)) == naive_ratings(model.values())
    assert counted(store.moves(session)) == naive_moves(model.values())


@MANY
@given(answers=st.lists(any_row(), max_size=10), order=st.randoms(use_true_random=False))
def test_what_was_recorded_survives_every_order_of_its_copies(place, answers, order):
    """A student's rows, every version of each, sent again and again in any order: the locked ones stay."""
    session, given_rows = fresh(answers)
    store = place.store
    versions = []
    for judgment in given_rows:
        try:
            versions.append(store.record(judgment))
        except AlreadyLocked:
            continue
    before = stored(place, session)
    sent = versions * 2
    order.shuffle(sent)
    assert store.merge(sent).refused == ()
    other = f"{session}-other"
    for row in sent:
        store.merge([dataclasses.replace(row, session=other)])
    assert stored(place, session) == before
    assert {dataclasses.replace(j, session=session) for j in stored(place, other).values()} == set(
        before.values()
    )


@MANY
@given(old=rows, new=rows)
def test_a_merge_says_what_became_of_every_row(place, old, new):
    session, both = fresh([*old, *new])
    old, new = both[: len(old)], both[len(old) :]
    store = place.store
    store.merge(old)
    before = stored(place, session)
    said = store.merge(new)
    after = stored(place, session)
    changed = {key for key, row in after.items() if before.get(key) != row}
    assert said.stored == len(changed)
    assert said.unchanged == len({j.key for j in new} - changed)
    arrived = {j.key for j in new}
    lost = {j for j in [*new, *before.values()] if j.phase == "first" and j.key in arrived}
    assert set(said.refused) == {j for j in lost if j.digest != after[j.key].digest}


def test_an_answer_that_is_stored_is_not_called_refused(place):
    place.store.merge([dataclasses.replace(FIRST, revision=1)])
    other, same = (
        dataclasses.replace(FIRST, rating=5, revision=3),
        dataclasses.replace(FIRST, revision=5),
    )
    assert place.store.merge([other, same]).refused == (other,)


def test_a_merge_of_many_people_is_one_transaction_and_leaves_nothing_out(place):
    people = [
        dataclasses.replace(FIRST, participant=f"p{n}", rating=1 + n % 5, revision=1)
        for n in range(1000)
    ]
    store = place.store
    assert store.merge(people) == dataclasses.replace(store.merge([]), stored=1000)
    assert store.merge(reversed(people)).unchanged == 1000
    assert counted(store.ratings("s")) == {
        ("tiles", "w", "", "first", 3, r): 200 for r in range(1, 6)
    }


@pytest.mark.parametrize(
    "other",
    [
        {"rating": 5},
        {"confidence": 4},
        {"reason": "Another."},
        {"rating": None, "confidence": None},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_submission_that_contradicts_a_locked_first_in_anything_is_left_out_whole(place, other):
    locked = dataclasses.replace(FIRST, revision=1)
    place.store.merge([locked])
    contradicting = dataclasses.replace(locked, revision=2, **other)
    rest = [
        dataclasses.replace(FIRST, item="car", revision=3),
        dataclasses.replace(FIRST, phase="informed", revision=4),
    ]
    somebody_else = dataclasses.replace(FIRST, participant="q", revision=1)
    consents = {("s", "p"): (True, 4), ("s", "q"): (True, 1)}
    merged = place.store.merge([contradicting, *rest, somebody_else], consents)
    assert merged.refused == (contradicting,)
    assert stored(place, "s") == {row.key: row for row in (locked, somebody_else)}
    assert [place.store.consent("s", who) for who in "pq"] == [False, True]


def test_a_submission_that_repeats_what_is_locked_is_taken(place):
    place.store.merge([dataclasses.replace(FIRST, revision=1)])
    again = [
        dataclasses.replace(FIRST, revision=7),
        dataclasses.replace(FIRST, item="car", revision=8),
    ]
    merged = place.store.merge(again, {("s", "p"): (True, 8)})
    assert (merged.stored, merged.unchanged, merged.refused) == (1, 1, ())
    assert place.store.consent("s", "p")


def test_a_batch_with_something_unstorable_changes_nothing(place):
    store = place.store
    store.record(FIRST)
    bad = dataclasses.replace(FIRST, participant="q", rating=object())
    with pytest.raises(StoreError) as caught:
        store.merge([dataclasses.replace(FIRST, participant="good"), bad])
    assert str(caught.value).startswith(f"{store.where}: the database answered '")
    assert str(caught.value).endswith("Nothing new was stored. Try again.")
    assert [key[1] for key in stored(place, "s")] == ["p"]


# -- locking ----------------------------------------------------------------------------------------------------


def test_a_locked_first_is_refused_in_a_sentence_and_the_same_answer_twice_is_one_row(place):
    store = place.open()
    first = store.record(FIRST)
    assert first == dataclasses.replace(FIRST, revision=1)
    assert store.record(FIRST) == first
    for other in (
        {"rating": 5},
        {"reason": ""},
        {"confidence": 4},
        {"rating": None, "confidence": None},
    ):
        with pytest.raises(AlreadyLocked) as caught:
            place.open().record(dataclasses.replace(FIRST, **other))
        assert str(caught.value) == LOCKED
    assert list(stored(place, "s").values()) == [first]


def test_a_later_revision_by_merge_never_changes_a_first_and_always_changes_a_second(place):
    store = place.open()
    first = store.record(FIRST)
    late = dataclasses.replace(first, rating=5, revision=9)
    said = store.merge([late])
    assert (said.stored, said.unchanged, said.refused) == (0, 1, (late,))
    second = store.record(dataclasses.replace(FIRST, phase="informed"))
    later = dataclasses.replace(second, rating=5, revision=9)
    assert store.merge([later, second]).refused == ()
    assert list(stored(place, "s").values()) in ([first, later], [later, first])
    assert store.record(dataclasses.replace(FIRST, phase="informed", rating=1)).revision == 10


def test_of_two_who_lock_at_once_one_is_stored_and_the_other_is_told(place):
    place.open().token("s")

    def lock(number):
        store = place.open()
        outcomes = []
        for item in range(20):
            try:
                store.record(
                    dataclasses.replace(
                        FIRST, item=f"i{item}", rating=1 + number, reason=str(number)
                    )
                )
                outcomes.append(number)
            except AlreadyLocked:
                outcomes.append(None)
        return outcomes

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lock, range(4)))
    winners = {j.item: int(j.reason) for j in stored(place, "s").values()}
    assert len(winners) == 20
    for item in range(20):
        assert [t[item] for t in told if t[item] is not None] == [winners[f"i{item}"]]


def test_merges_at_once_in_opposite_orders_lose_nothing(place):
    people = [dataclasses.replace(FIRST, participant=f"p{n}", revision=1) for n in range(150)]

    def merge(number):
        mine = [dataclasses.replace(j, rating=1 + number, revision=1 + number) for j in people]
        place.open().merge(mine if number % 2 else reversed(mine))

    place.open()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(merge, range(4)))
    assert {j.rating for j in stored(place, "s").values()} == {1}
    assert len(stored(place, "s")) == 150


def test_many_who_open_a_new_store_at_once_all_get_it(place):
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: place.open(), range(6)))
    for number, store in enumerate(stores):
        store.record(dataclasses.replace(FIRST, participant=f"p{number}"))
    assert len(stored(place, "s")) == 6
    assert place.read("SELECT version FROM layout") == [(1,)]


# -- tokens and sessions ---------------------------------------------------------------------------------------------


def test_a_token_is_made_once_a_session_and_stays(place):
    token = place.open().token("s")
    assert len(token) == 32
    assert place.open().token("s", "another") == token
    assert place.open().token("t", "chosen") == "chosen"
    assert sorted(place.read("SELECT session, token FROM tokens")) == [
        ("s", token),
        ("t", "chosen"),
    ]


def test_a_token_that_is_carried_into_a_new_file_begins_its_count(place):
    store = place.open()
    store.carry("s", "chosen")
    assert store.token("s") == "chosen"
    assert store.record(FIRST).revision == 1


def test_revisions_count_upwards_over_items_phases_and_reopenings(place):
    place.open().token("s")
    given = [
        dataclasses.replace(FIRST, item=i, phase=p)
        for i in ("a", "b")
        for p in ("first", "informed")
    ]
    assert [place.open().record(j).revision for j in given] == [1, 2, 3, 4]


def test_a_session_is_described_and_never_added_to_another(place):
    store = place.open()
    store.describe(Session("s", "Spring", invented=False))
    store.merge([FIRST, dataclasses.replace(FIRST, session="t")])
    store.describe(Session("s", "Spring term", invented=False))
    assert store.sessions() == [Session("s", "Spring term", False), Session("t", "t", False)]
    store.describe(Session("a", "Autumn", invented=False))  # known last, and the first by its id
    assert [session.id for session in store.sessions()] == ["a", "s", "t"]
    assert [n for *_, n in store.ratings("s")] == [1]
    assert store.people("s") == 1
    assert [j.participant for j in store.judgments("s", "p")] == ["p"]
    assert store.judgments("s", "somebody else") == []


@pytest.mark.parametrize("there", ["real", "invented"])
def test_invented_and_real_answers_never_share_a_session(place, there):
    store = place.open()
    if there == "invented":
        store.describe(Session("s", "Invented class", invented=True))
    store.merge([FIRST])
    other = "real" if there == "invented" else "invented"
    with pytest.raises(StoreError) as caught:
        store.describe(Session("s", "Another", invented=there == "real"))
    assert str(caught.value) == (
        f"{store.where}: session 's' holds {there} answers, so {other} ones cannot be added. "
        "Use another store or another session id."
    )
    assert [s.invented for s in store.sessions()] == [there == "invented"]


# -- the places themselves --------------------------------------------------------------------------------------------


def test_a_store_of_a_newer_version_is_left_alone(place):
    store = place.open()
    store.record(FIRST)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE layout SET version = 2")
    with pytest.raises(StoreError) as caught:
        place.open()
    assert str(caught.value) == (
        f"{store.where}: written by a newer version of this course (layout 2; this one knows 1). "
        "Update the course, then open it again."
    )
    assert len(stored(place, "s")) == 1


def test_a_store_that_does_not_open_leaves_no_connection_behind(place):
    with place.open().writing() as connection:
        connection.exec_driver_sql("UPDATE layout SET version = 2")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(StoreError):
            Store(place.where)
        gc.collect()
    open_still = [str(w.message) for w in warned if "deleted while still open" in str(w.message)]
    assert open_still == []


def test_only_who_wanted_to_store_something_is_told_that_nothing_was_stored(tmp_path, monkeypatch):
    store = Store(tmp_path / "class.sqlite")
    answered = f"{store.where}: the database answered 'no such column: mistaken'. "
    for way, rest in (
        (store.reading, "Try again."),
        (store.writing, "Nothing new was stored. Try again."),
    ):
        with pytest.raises(StoreError) as caught, way() as connection:
            connection.exec_driver_sql("SELECT mistaken")
        assert str(caught.value) == answered + rest
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(databases, "prepare_file", Mock(side_effect=full))
    for create, words in ((True, "so nothing was stored"), (False, "and reading needs some space")):
        with pytest.raises(StoreError) as caught:
            Store(store.path, create=create)
        assert f"the disk is full, {words}" in str(caught.value)


def test_a_store_says_nothing_of_its_path_or_password(place):
    assert repr(place.open()) == f"Store({'sqlite' if place.open().path else 'postgresql'})"


def test_a_password_is_in_no_error():
    with pytest.raises(StoreError) as caught:
        Store("postgresql+psycopg://teacher:se:cr@et@127.0.0.1:9/class")
    assert str(caught.value) == (
        "postgresql+psycopg://teacher:***@127.0.0.1:9/class: the database server does not answer. "
        "Check its address and that it runs, then try again."
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "nosuch://place",
            "nosuch://place: this kind of database is not known. Use a SQLite path or postgresql+psycopg://….",
        ),
        (
            "postgresql+pg8000://somewhere/class",
            "postgresql+pg8000://somewhere/class: this kind of database is not known. "
            "Use a SQLite path or postgresql+psycopg://….",
        ),
    ],
)
def test_an_unknown_kind_of_database_is_named(url, said):
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert str(caught.value) == said


# -- a process that dies ---------------------------------------------------------------------------------------

JUDGING = """
import os, signal, sys
from pathlib import Path
from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store

# Holds no connection between two judgments, so a fork may use it.
store = Store(Path(sys.argv[1]), own=sys.argv[2] == "True")

def judge(life):
    for n in range(10_000):
        row = Judgment("s", "p", f"i{life}-{n}", "w", "first", "", 1 + n % 5, 3, f"reason {n}", 0)
        stored = store.record(row)
        receipt = f"stored {stored.item} {stored.rating} {stored.revision}\\n"
        os.write(1, receipt.encode())

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    child = os.fork()  # so that two hundred lives need one import
    if child == 0:
        judge(int(line))
    os.write(2, f"{child}\\n".encode())
"""


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.parametrize("lives", [20, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.parametrize("own", [False, True], ids=["class", "own"])
@pytest.mark.process
def test_kills_at_random_moments_lose_no_receipt(tmp_path, own, lives):
    path = tmp_path / "answers.sqlite"
    Store(path, own=own).token("s")
    dice = random.Random(2026)
    receipts = tmp_path / "receipts"
    with receipts.open("wb") as output:
        nursery = subprocess.Popen(
            [sys.executable, "-c", JUDGING, path, str(own)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for life in range(lives):
            nursery.stdin.write(f"{life}\n")
            nursery.stdin.flush()
            child = int(nursery.stderr.readline())
            if life % 2:  # half die around their first lock, half later
                time.sleep(dice.uniform(0, 0.03))
            else:
                until = time.monotonic() + 5
                size = receipts.stat().st_size
                while receipts.stat().st_size == size and time.monotonic() < until:
                    time.sleep(0.0005)
                time.sleep(dice.uniform(0, 0.004))
            os.kill(child, signal.SIGKILL)
        nursery.communicate()
    promised = {}
    for line in receipts.read_text(encoding="utf-8").splitlines():
        if line.startswith("stored "):
            _, item, *answer = line.split()
            promised[item] = answer
    rows = Store(path, own=own).judgments("s")
    held = {row.item: [str(row.rating), str(row.revision)] for row in rows}
    assert [item for item, answer in promised.items() if held.get(item) != answer] == []
    assert len({item.split("-")[0] for item in promised}) >= lives // 2
    assert len({row.revision for row in rows}) == len(rows)
