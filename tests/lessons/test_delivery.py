"""Homework over the wire: what a student is told is true, whatever the server, the network or a stranger does."""

import dataclasses
import json
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from faulty_server import CODE, serving
from laboratory import free_port
from small_content import content, vignette

from boundaries.answers.judgments import Judgment, level_of, participant_of
from boundaries.answers.students import Student
from boundaries.answers.tables import ROW
from boundaries.content.sessions import class_server
from boundaries.errors import ContentError
from boundaries.lessons import wire
from boundaries.lessons.cards import Card
from boundaries.lessons.delivery import delivery_of
from boundaries.lessons.handin import HandIn
from boundaries.lessons.lesson import Lesson
from boundaries.lessons.private import backup_page
from boundaries.lessons.wire import client

HERE = Path(__file__).parent
ITEMS = [vignette("tiles", levels=("low", "high")), *(vignette(f"case-{n}") for n in range(1, 131))]
TILES, CASE = ITEMS[:2]
IDS = [item.id for item in ITEMS]
COURSE = content(*ITEMS)
TOKEN = "0123456789abcdef0123456789abcdef"
SILENT = "The class server does not answer; what waits is sent with your next judgment."
BUSY = "The class server is busy; what waits is sent with your next judgment."
THERE = "Also on the class server."


@pytest.fixture
def server():
    with serving(IDS) as running:
        yield running


@pytest.fixture
def own(tmp_path):
    return Student("test", tmp_path / "own" / "test.sqlite", TOKEN)


def at(address, course=COURSE):
    """The course, with a class server."""
    return dataclasses.replace(course, course=dataclasses.replace(course.course, server=address))


def sender(own, address, course=COURSE):
    made = delivery_of(own, at(address, course), {})
    assert made is not None
    return made


def sent(delivery):
    delivery.send()
    assert delivery.wait(30)
    return delivery


def judge_many(own, number, reason="", phases=("first",)):
    """Judges so many items, all in one transaction, for judging one by one takes a while."""
    rows = [
        Judgment("test", own.participant, item.id, item.wording, phase, level_of(own.participant, item),
                 1 + n % 5, 1 + n % 4, reason, 1 + n + i * number)
        for i, phase in enumerate(phases) for n, item in enumerate(ITEMS[:number])
    ]  # fmt: skip
    own._store.merge(rows)
    return rows


def there(server):
    return {(v, phase): wish["rating"] for (_, v, phase), wish in server.rows.items()}


class Seen(Card):
    """A card that keeps the receipts that it shows."""

    def __init__(self, item, own, delivery, course=COURSE):
        self.sent = []
        super().__init__(item, course, own, delivery=delivery)

    def send(self, content, buffers=None):
        self.sent.append(json.loads(json.dumps(content)))

    def hear(self, phase="first", rating=2, reason=""):
        message = {
            "kind": "judge",
            "phase": phase,
            "rating": rating,
            "confidence": 3,
            "reason": reason,
        }
        self._hear(self, message, [])

    @property
    def receipts(self):
        return [(s["receipt"] or {}).get("text", "") for s in self.sent]


# -- nothing is sent -------------------------------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch):
    """Every attempt to reach a host."""
    made = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    monkeypatch.setattr(
        socket.socket, "connect", lambda s, to: (made.append(to), connect(s, to))[1]
    )
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: (made.append(a), look_up(*a, **k))[1]
    )
    return made


def test_without_a_server_no_socket_is_opened_and_with_one_there_is(own, server, calls):
    lesson = Lesson("business", COURSE, own)
    card = Seen(TILES, own, lesson._delivery)
    card.hear()
    box = HandIn(ITEMS[:2], COURSE, own)
    box._hear(box, {"kind": "hello"}, [])
    assert lesson._delivery is None
    assert calls == []
    Lesson("business", at(server.address), own)._delivery.wait(20)
    assert calls != []


def test_nothing_is_sent_as_long_as_nothing_was_judged(own, server, calls):
    assert (
        sent(sender(own, server.address)).summary() == "On the class server: 0 of your 0 judgments."
    )
    assert calls == []


def test_the_demo_participant_never_sends(tmp_path, own, server):
    demo = Student("test", tmp_path / "demo.sqlite", "demo")
    demo.judge(TILES, "first", 3, 3)
    own.judge(TILES, "first", 3, 3)
    assert delivery_of(demo, at(server.address), {}) is None
    assert delivery_of(own, at(server.address), {"BOUNDARIES_DEMO": "1"}) is None
    assert Lesson("business", at(server.address), demo)._delivery is None
    assert delivery_of(own, at(server.address), {}) is not None


def test_only_judgments_of_the_present_session_and_of_what_is_asked_now_are_sent(
    own, server, tmp_path
):
    old = dataclasses.replace(TILES, wording="older")
    own.judge(old, "first", 5, 3)
    own.judge(vignette("gone"), "first", 5, 3)
    Student("another", own.path, "f" * 32).judge(TILES, "first", 1, 1)
    own.judge(CASE, "first", 2, 3)
    sent(sender(own, server.address))
    assert there(server) == {("case-1", "first"): 2}
    assert delivery_of(Student("another", own.path), at(server.address), {}) is None


def test_what_the_server_does_not_collect_stays_here_and_that_is_said(own):
    with serving(["case-1"]) as few:
        delivery = sender(own, few.address)
        card = Seen(TILES, own, delivery)
        card.hear()
        assert delivery.wait(20)
        own.judge(CASE, "first", 2, 3)
        sent(delivery)
    assert there(few) == {("case-1", "first"): 2}
    assert (
        card.receipts[-1]
        == f"Stored in your own file, {own.path}. The class server does not collect this one."
    )
    assert delivery.summary() == "On the class server: 1 of your 1 judgments."


# -- what a card says ------------------------------------------------------------------------------------------


def test_a_card_says_stored_here_first_and_then_also_there(own, server):
    delivery = sender(own, server.address)
    card = Seen(TILES, own, delivery)
    card.hear(reason="Words.")
    assert delivery.wait(20)
    here = f"Stored in your own file, {own.path}."
    assert card.receipts == [here, f"{here} {THERE}"]
    assert [s["receipt"]["tone"] for s in card.sent] == ["ok", "info"]
    assert json.loads(server.posts[0]) == [
        {
            "token": TOKEN, "vignette": "tiles", "phase": "first", "rating": 2, "confidence": 3, "reason": "Words.",
            "revision": 1, "wording": TILES.wording, "level": level_of(own.participant, TILES),
        }
    ]  # fmt: skip
    card.hear("informed", 4)
    assert delivery.wait(20)
    assert card.receipts[2:] == [here, f"{here} {THERE}"]
    assert there(server) == {("tiles", "first"): 2, ("tiles", "informed"): 4}


def test_a_card_does_not_wait_for_the_network(own, server):
    server.greeting = "hang"
    delivery = sender(own, server.address)
    card, other = Seen(TILES, own, delivery), Seen(CASE, own, delivery)
    card.hear()
    other.hear()
    assert card.receipts == other.receipts == [f"Stored in your own file, {own.path}."]
    server.release.set()
    assert delivery.wait(20)


def test_down_then_up_everything_arrives_with_the_next_judgment(own):
    with serving(IDS) as first:
        address = first.address
    delivery = sender(own, address)
    card = Seen(TILES, own, delivery)
    card.hear()
    assert delivery.wait(20)
    assert card.receipts[-1] == f"Stored in your own file, {own.path}. {SILENT}"
    assert delivery.summary() == f"On the class server: 0 of your 1 judgments. {SILENT}"
    with serving(IDS) as server:
        delivery._url = f"{server.address[:-10]}/api/sessions/{CODE}"
        Seen(CASE, own, delivery).hear()
        assert delivery.wait(20)
        assert there(server) == {("tiles", "first"): 2, ("case-1", "first"): 2}
    assert card.receipts[-1] == f"Stored in your own file, {own.path}. {THERE}"
    assert delivery.summary() == "On the class server: 2 of your 2 judgments."


def test_what_waits_is_sent_when_a_lesson_is_opened_again_and_the_lesson_waits_for_nobody(
    own, server
):
    judge_many(own, 60)
    server.greeting = "hang"
    lesson = Lesson("business", at(server.address), own)
    assert lesson.done == 60
    assert not lesson._delivery.wait(0)  # the class server has answered nothing yet
    server.release.set()
    assert lesson._delivery.wait(20)
    assert server.rows == {}
    server.greeting = ""
    assert Lesson("business", at(server.address), own)._delivery.wait(20)
    assert [len(json.loads(body)) for body in server.posts] == [50, 10]
    assert len(server.rows) == 60


def test_a_reopened_card_says_where_its_judgments_are(own, server):
    own.judge(TILES, "first", 2, 3)
    delivery = sender(own, server.address)
    earlier = f"This judgment was stored earlier in your own file, {own.path}."
    card = Seen(TILES, own, delivery)
    card.refresh()
    sent(delivery)
    assert card.receipts == [earlier, f"{earlier} {THERE}"]
    own.judge(TILES, "informed", 4, 3)
    server.always = "status 503"
    card = Seen(TILES, own, sent(sender(own, server.address)))
    card.refresh()
    both = f"Both judgments were stored earlier in your own file, {own.path}."
    assert card.receipts == [f"{both} {BUSY}"]
    server.always = ""
    card = Seen(TILES, own, sent(sender(own, server.address)))
    card.refresh()
    assert card.receipts == [f"{both} {THERE}"]


def test_an_error_on_the_form_is_not_taken_away_by_what_arrives(own, server):
    server.faults = ["wait"]
    delivery = sender(own, server.address)
    card = Seen(TILES, own, delivery)
    card.hear()
    assert server.reached.wait(20)
    card.hear("informed", 9)
    said = card.receipts[-1]
    server.release.set()
    assert delivery.wait(20)
    assert said.startswith("9 is not a rating of 'tiles'.")
    assert card.receipts[-1] == said


def test_what_arrives_never_counts_as_the_answer_to_the_next_judgment(own, server):
    # The form takes "ok" for the answer that it waits for: only what Python stored just now may say it.
    delivery = sender(own, server.address)
    card = Seen(TILES, own, delivery)
    for phase, rating in (("first", 2), ("informed", 3), ("informed", 4)):
        card.hear(phase, rating)
        assert delivery.wait(20)
    tones = [s["receipt"]["tone"] for s in card.sent]
    assert tones == ["ok", "info"] * 3


def test_two_cards_at_once_send_one_after_the_other_and_nothing_is_lost(own, server):
    delivery = sender(own, server.address)
    cards = [Seen(item, own, delivery) for item in ITEMS[:12]]
    for card in cards:
        card.hear()
    assert delivery.wait(20)
    assert server.most_busy == 1
    assert len(server.rows) == 12
    assert {card.receipts[-1] for card in cards} == {
        f"Stored in your own file, {own.path}. {THERE}"
    }


# -- refusals, in plain words ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["closed", "invalid", "full"])
def test_a_refusal_is_said_once_asked_again_only_in_a_new_lesson_and_blocks_nothing(
    own, server, status
):
    server.refusals["tiles", "first"] = (status, "This round is\nclosed.")
    delivery = sender(own, server.address)
    card = Seen(TILES, own, delivery)
    card.hear()
    assert delivery.wait(20)
    assert card.receipts[-1] == (
        f"Stored in your own file, {own.path}. The class server did not take your first judgment: "
        "This round is closed."
    )
    own.judge(CASE, "first", 4, 3)
    sent(delivery)
    assert [[w["vignette"] for w in json.loads(body)] for body in server.posts] == [
        ["tiles"],
        ["case-1"],
    ]
    assert delivery.summary() == (
        "On the class server: 1 of your 2 judgments. Where it holds another or did not take yours, the case's own "
        "form says so."
    )
    server.refusals.clear()
    sent(sender(own, server.address))
    assert there(server) == {("tiles", "first"): 2, ("case-1", "first"): 4}


def test_another_judgment_that_counts_there_is_named_and_the_next_one_wins(own, server):
    for phase, rating in (("first", 5), ("informed", None)):
        confidence = rating and 1
        server.rows[TOKEN, "tiles", phase] = {
            "token": TOKEN, "vignette": "tiles", "phase": phase, "rating": rating, "confidence": confidence,
            "reason": "", "revision": 40,
        }  # fmt: skip
    delivery = sender(own, server.address)
    card = Seen(TILES, own, delivery)
    here = f"Stored in your own file, {own.path}. The class server holds another"
    card.hear()
    assert delivery.wait(20)
    assert (
        card.receipts[-1]
        == f"{here} first judgment of yours, which counts there: “Always ethical”."
    )
    own._store.record(
        dataclasses.replace(own.judgment(TILES, "first"), item="older", wording="older")
    )
    assert own.judgments()[0].revision == 41  # what the server holds was heard of
    server.rows[TOKEN, "tiles", "informed"]["revision"] = 99
    card.hear("informed", 4)
    assert delivery.wait(20)
    assert card.receipts[-1] == (
        f"{here} second judgment of yours, which counts there: that you would rather not judge."
    )
    card.hear("informed", 3)
    assert delivery.wait(20)
    assert card.receipts[-1] == f"Stored in your own file, {own.path}. {THERE}"
    assert there(server) == {("tiles", "first"): 5, ("tiles", "informed"): 3}
    again = Seen(TILES, own, sender(own, server.address))
    again.refresh()
    assert again.receipts == [
        f"Both judgments were stored earlier in your own file, {own.path}. The class server holds another first "
        "judgment of yours, which counts there: “Always ethical”."
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"mode": "lecture"},
            "The code K7QF-2MWD is that of a lecture, so nothing is sent. Tell your lecturer.",
        ),
        (
            {"session": "autumn"},
            "On the class server the code K7QF-2MWD belongs to another session than 'test', so nothing is sent. "
            "Tell your lecturer.",
        ),
        ({"code": "ZZZZZZZZ"}, SILENT),
        ({"code": None}, SILENT),
    ],
)
def test_another_session_than_this_courses_gets_no_token(own, server, wrong, said):
    server.state |= wrong
    card = Seen(TILES, own, delivery := sender(own, server.address))
    card.hear()
    assert delivery.wait(20)
    assert card.receipts[-1] == f"Stored in your own file, {own.path}. {said}"
    assert (server.posts, len(server.asked)) == ([], 1)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            "status 404",
            "The class server knows no session K7QF-2MWD, so nothing is sent. Tell your lecturer.",
        ),
        ("status 429", BUSY),
        ("status 503", BUSY),
        ("status 403", SILENT),
        ("plain 404", SILENT),
        ("plain 502", SILENT),
    ],
)
@pytest.mark.parametrize("when", ["greeting", "always"])
def test_what_the_server_says_of_everything_is_said(own, server, fault, said, when):
    setattr(server, when, fault)
    judge_many(own, 3)
    delivery = sent(sender(own, server.address))
    assert delivery.where(own.judgments()[0]) == said
    setattr(server, when, "")
    assert sent(delivery).where(*own.judgments()) == THERE


# -- answers that are none ------------------------------------------------------------------------------------------

NOT_OURS = """
    before hang cut portal portal-201 huge packed deep list echo-200 empty garbage few none words others higher truthy
    status-302
""".split()  # noqa: SIM905 - a list to be read


def test_an_answer_that_is_not_ours_is_none(own, server):
    delivery = sent(sender(own, server.address))
    judge_many(own, 3)
    for fault in NOT_OURS:
        server.posts.clear()
        server.always = fault.replace("-302", " 302")
        sent(delivery)
        assert server.posts, fault
        places = [delivery.where(row) for row in own.judgments()]
        assert (fault, places) == (fault, [SILENT] * 3)
        assert not has_table(own), fault
        server.release.set()
    server.always = ""
    assert sent(delivery).where(*own.judgments()) == THERE
    assert len(server.rows) == server.writes == 3


@pytest.mark.parametrize(
    "fault", ["portal", "cut", "huge", "packed", "deep", "list", "empty", "garbage"]
)
def test_a_captive_portal_gets_no_token(own, server, fault):
    server.greeting = fault
    judge_many(own, 3)
    if fault == "list":
        server.state = []
        server.greeting = ""
    delivery = sent(sender(own, server.address))
    assert delivery.where(own.judgments()[0]) == SILENT
    assert server.posts == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"ok": True}),
        (401, {"error": "authentication required"}),
        (403, {"message": "Forbidden"}),
        (404, {"error": "Not Found"}),
        (422, {"error": "blocked by policy"}),
        (400, {"error": "bad gateway"}),
    ],
)
@pytest.mark.parametrize("when", ["greeting", "always"])
def test_json_of_a_portal_is_no_answer_and_all_is_sent_later(own, server, when, status, body):
    own.judge(TILES, "first", 2, 3)
    delivery = sender(own, server.address)
    if when == "always":
        sent(delivery)
        own.judge(CASE, "first", 2, 3)
    server.portal = (status, body)
    row = own.judgment(CASE if when == "always" else TILES, "first")
    assert sent(delivery).where(row) == SILENT
    server.portal = None
    assert sent(delivery).where(*own.judgments()) == THERE


def test_even_a_whole_receipt_without_our_mark_is_not_believed(own, server):
    own.judge(TILES, "first", 2, 3)
    server.marks = {}
    delivery = sent(sender(own, server.address))
    assert delivery.where(*own.judgments()) == SILENT
    assert server.posts == []
    server.marks = {"X-Boundaries": "1"}
    assert sent(delivery).where(*own.judgments()) == THERE


def test_where_no_thread_can_be_started_a_lesson_opens_and_says_so(own, server, monkeypatch):
    def none(self):
        raise RuntimeError("can't start new thread")

    course = at(server.address)
    with monkeypatch.context() as few:
        few.setattr(threading.Thread, "start", none)
        lesson = Lesson("business", course, own)
        card = Seen(TILES, own, lesson._delivery)
        card.hear()
        assert card.receipts == [f"Stored in your own file, {own.path}."]
        card.refresh()
        assert lesson._delivery.summary().endswith(
            "0 of your 1 judgments. Nothing can be sent to the class server from here, for this "
            "notebook cannot start a thread. What waits is tried again with your next judgment; "
            "your submission file holds all of it."
        )
        assert lesson._delivery.wait(0)
    assert sent(lesson._delivery).where(*own.judgments()) == THERE


def test_what_nobody_foresaw_is_said_and_the_next_judgment_is_sent(own, server, monkeypatch):
    def surprise(*_):
        raise KeyError("rating")

    delivery = sender(own, server.address)
    card = Seen(TILES, own, delivery)
    with monkeypatch.context() as broken:
        broken.setattr(delivery._receipts, "keep", surprise)
        card.hear()
        assert delivery.wait(20)
    assert card.receipts[-1] == (
        f"Stored in your own file, {own.path}. Sending to the class server ended with something "
        "that nobody foresaw (KeyError); what waits is sent with your next judgment."
    )
    assert sent(delivery).where(*own.judgments()) == THERE


def test_an_answer_that_drips_is_given_up(own, server, monkeypatch):
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.3)
    judge_many(own, 1)
    server.always = "drip"
    delivery = sent(sender(own, server.address))
    assert delivery.where(*own.judgments()) == SILENT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("when", ["greeting", "always"])
def test_a_redirect_is_never_followed(own, server, status, when):
    judge_many(own, 2)
    with serving(IDS) as other:
        server.elsewhere = f"{other.address[:-10]}/api/sessions/{CODE}/judgments"
        setattr(server, when, f"redirect {status}")
        delivery = sent(sender(own, server.address))
        assert (other.asked, other.posts) == ([], [])
    assert delivery.where(own.judgments()[0]) == SILENT


def test_over_plain_http_no_proxy_gets_the_token(own, server, monkeypatch):
    with serving(IDS) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address[:-10])
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        judge_many(own, 2)
        sent(sender(own, server.address))
        assert (proxy.asked, proxy.posts) == ([], [])
    assert len(server.rows) == 2


def test_a_certificate_that_nobody_vouches_for_gets_no_token(own, server, tmp_path, monkeypatch):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    address = f"https://localhost:{server.server_port}/{CODE}"
    judge_many(own, 1)
    delivery = sent(sender(own, address))
    assert delivery.where(*own.judgments()) == SILENT
    assert (server.asked, server.posts) == ([], [])
    monkeypatch.setenv(
        "SSL_CERT_FILE", str(certificate)
    )  # as a university with certificates of its own does
    assert sent(delivery).where(*own.judgments()) == THERE


# -- nothing lost, nothing doubled, nothing untrue ----------------------------------------------------------


def has_table(own):
    with closing(sqlite3.connect(own.path)) as connection:
        return bool(
            connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'deliveries'").fetchall()
        )


@pytest.mark.parametrize("fault", ["before", "after", "cut"])
def test_a_server_that_dies_in_the_middle_loses_and_doubles_nothing(own, server, fault):
    rows = judge_many(own, 100, phases=("first", "informed"))
    server.faults = ["", fault, "", fault, fault]
    delivery = sender(own, server.address)
    for _ in range(4):
        sent(delivery)
        claimed = [row for row in rows if delivery.where(row) == THERE]
        held = there(server)
        assert all(held.get((row.item, row.phase)) == row.rating for row in claimed)
    assert len(claimed) == len(server.rows) == server.writes == 200
    posts = len(server.posts)
    sent(sender(own, server.address))
    assert len(server.posts) == posts


def test_a_judgment_changed_on_its_way_is_sent_again(own, server):
    own.judge(TILES, "first", 2, 3)
    delivery = sent(sender(own, server.address))
    card = Seen(TILES, own, delivery)
    server.faults = ["wait"]
    card.hear("informed", 3)
    assert server.reached.wait(20)
    card.hear("informed", 5)
    assert delivery.where(own.judgment(TILES, "informed")) == ""
    server.release.set()
    assert delivery.wait(20)
    assert [json.loads(b)[0]["rating"] for b in server.posts] == [2, 3, 5]
    assert there(server)["tiles", "informed"] == 5
    assert card.receipts[-1] == f"Stored in your own file, {own.path}. {THERE}"


def test_an_answer_taken_back_to_what_was_acknowledged_is_sent_again(own, server):
    own.judge(TILES, "first", 2, 3)
    own.judge(TILES, "informed", 3, 3)
    delivery = sent(sender(own, server.address))
    own.judge(TILES, "informed", 5, 3)
    server.faults = ["after"]
    sent(delivery)
    assert there(server)["tiles", "informed"] == 5
    own.judge(TILES, "informed", 3, 3)
    assert sent(delivery).where(own.judgment(TILES, "informed")) == THERE
    assert there(server)["tiles", "informed"] == 3


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_one_judgment_that_spoils_its_batch_does_not_block_the_others(own, server, status):
    judge_many(own, 60)
    server.always = f"spoilt {status} case-3"
    delivery = sent(sender(own, server.address))
    assert len(server.rows) == 59
    assert len(server.posts) < 20
    places = {row.item: delivery.where(row) for row in own.judgments()}
    refused = "The class server did not take your first judgment: 'case-3' is missing its head."
    assert places.pop("case-3") == (SILENT if status == 500 else refused)
    assert set(places.values()) == {THERE}


def test_a_server_that_fails_at_everything_is_not_asked_on_and_on(own, server):
    judge_many(own, 130)
    server.always = "plain 500"
    delivery = sender(own, server.address)
    for _ in range(5):
        before = len(server.posts)
        assert sent(delivery).where(own.judgments()[0]) == SILENT
        assert len(server.posts) - before <= 3
    server.always = ""
    for _ in range(2):
        sent(delivery)
    assert len(server.rows) == 130


def test_a_batch_is_never_larger_than_the_server_takes(own, server):
    judge_many(own, 60, "\U0001d6e4" * 500)
    sent(sender(own, server.address))
    assert len(server.rows) == 60
    assert len(server.posts) <= 4
    assert max(map(len, server.posts)) < 64_000 * 0.9
    assert json.loads(server.posts[0])[0]["reason"] == "\U0001d6e4" * 500


def test_another_server_has_acknowledged_nothing(own, server):
    judge_many(own, 2)
    sent(sender(own, server.address))
    with serving(IDS) as other:
        sent(sender(own, other.address))
        assert len(other.rows) == 2


def test_only_rows_of_the_tokens_own_participant_are_sent(own, server):
    delivery = sender(own, server.address)
    own.judge(TILES, "first", 2, 3)
    other = "f" * 32
    with closing(sqlite3.connect(own.path)) as connection, connection:
        connection.execute("UPDATE tokens SET token = ?", [other])
    sent(delivery)
    assert server.posts == []
    Student("test", own.path).judge(CASE, "first", 4, 3)
    sent(delivery)
    assert [(w["vignette"], w["token"]) for w in json.loads(server.posts[0])] == [("case-1", other)]


def test_an_acknowledgement_that_cannot_be_kept_is_not_claimed(own, server):
    judge_many(own, 2)
    delivery = sender(own, server.address)
    tell = lambda connection, record: connection.execute("PRAGMA query_only=1")  # noqa: E731
    sa.event.listen(delivery._store._engine, "connect", tell)
    assert sent(delivery).where(own.judgments()[0]) == (
        f"{own.path}: the store cannot be written (it is read-only). Free it, and the files beside it that begin "
        "with its name, for writing, then try again."
    )
    sa.event.remove(delivery._store._engine, "connect", tell)
    assert sent(delivery).where(*own.judgments()) == THERE
    assert server.writes == 2


def test_a_hash_of_what_was_sent_is_kept_and_no_token(own, server):
    judge_many(own, 1, "A secret reason.")
    sent(sender(own, server.address))
    with closing(sqlite3.connect(own.path)) as connection:
        kept = connection.execute("SELECT * FROM deliveries").fetchall()
    row = own.judgments()[0]
    url = f"{server.address[:-10]}/api/sessions/{CODE}"
    assert kept == [(url, *row.key, row.revision, row.digest, "stored", "")]


# -- the class server itself ------------------------------------------------------------------------------------

DYING = """
import os, sys
import uvicorn
from small_content import content, vignette
from boundaries.lectures.server.app import make_app
from boundaries.answers.store import Store

store, port, fault, after = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
course = content(vignette("tiles", levels=("low", "high")), *(vignette(f"case-{n}") for n in range(1, 131)))
app, posts = make_app(Store(store), course), 0
made, _ = app.state.server.halls.create("Test", list(course.vignettes), session="test", mode="homework")

async def die(message):
    os._exit(9)

async def dying(scope, receive, send):
    global posts
    posts += scope.get("method") == "POST"
    if fault == "before" and posts > after:
        os._exit(9)
    await app(scope, receive, die if fault == "after" and posts > after else send)

print(made.code, flush=True)
uvicorn.run(dying, port=port, log_level="critical")
"""


@contextmanager
def real(store, port, fault="none", after=0):
    """The class server in a process of its own, which dies in mid-request where `fault` says so; gives its code."""
    command = [sys.executable, "-c", DYING, store, str(port), fault, str(after)]
    running = subprocess.Popen(
        command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        code = running.stdout.readline().strip()
        assert code
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with closing(socket.socket()) as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield code
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def held(store):
    query = f"SELECT {', '.join(ROW)} FROM judgments"
    with closing(sqlite3.connect(store)) as connection:
        return sorted(map(repr, (Judgment(*row) for row in connection.execute(query))))


@pytest.mark.parametrize("fault", ["before", "after"])
def test_the_class_server_killed_before_it_writes_or_before_it_answers(own, tmp_path, fault):
    rows = judge_many(own, 100, phases=("first", "informed"))
    store, port = tmp_path / "class.sqlite", free_port()
    with real(store, port, fault, 1) as code:
        delivery = sent(sender(own, f"http://127.0.0.1:{port}/{code}"))
    claimed = [row for row in rows if delivery.where(row) == THERE]
    assert len(claimed) == 50
    assert set(map(repr, claimed)) <= set(held(store))
    assert len(held(store)) == (50 if fault == "before" else 100)
    assert {delivery.where(row) for row in rows} == {THERE, SILENT}
    assert sent(delivery).where(*rows) == SILENT
    with real(store, port) as again:
        assert again == code
        card = Seen(ITEMS[120], own, delivery)
        card.hear()
        assert delivery.wait(30)
    assert card.receipts[-1] == f"Stored in your own file, {own.path}. {THERE}"
    assert delivery.where(*rows) == THERE
    assert held(store) == sorted(map(repr, own.judgments()))
    assert len(own.judgments()) == 201


def test_the_class_servers_own_refusals_are_said(own, tmp_path):
    store, port = tmp_path / "class.sqlite", free_port()
    with real(store, port) as code:
        address = f"http://127.0.0.1:{port}/{code}"
        newer = dataclasses.replace(CASE, wording="0123456789ab")
        course = content(TILES, newer)
        delivery = sender(own, address, course)
        card = Seen(newer, own, delivery, course)
        card.hear()
        own.judge(TILES, "first", 4, 3)
        sent(delivery)
        assert card.receipts[-1] == (
            f"Stored in your own file, {own.path}. The class server did not take your first judgment: This judgment "
            f"of 'case-1' answered the wording '0123456789ab'; the course now asks '{CASE.wording}'. Two wordings are "
            "never mixed. Reload the case and judge it as it stands."
        )
        assert delivery.where(own.judgment(TILES, "first")) == THERE
        wrong = sender(own, f"http://127.0.0.1:{port}/00000000")
        assert sent(wrong).where(own.judgment(TILES, "first")) == (
            "The class server knows no session 0000-0000, so nothing is sent. Tell your lecturer."
        )
        other = dataclasses.replace(
            COURSE, course=dataclasses.replace(COURSE.course, session="another")
        )
        stranger = Student("another", tmp_path / "another.sqlite")
        stranger.judge(CASE, "first", 4, 3)
        assert sent(sender(stranger, address, other)).where(*stranger.judgments()) == (
            f"On the class server the code {code[:4]}-{code[4:]} belongs to another session than 'another', so "
            "nothing is sent. Tell your lecturer."
        )
    assert len(held(store)) == 1


def test_the_address_that_serve_prints_for_homework_takes_the_whole_course(tmp_path, course):
    store = tmp_path / "class.sqlite"
    command = [
        sys.executable,
        "-m",
        "boundaries",
        "serve",
        "--store",
        store,
        "--port",
        "0",
        "--homework",
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        address = re.search(
            r'server = "(.+?)"', running.stdout.readline() + running.stdout.readline()
        )[1]
        own = Student(course.course.session, tmp_path / "own.sqlite")
        items = [*course.vignettes.values(), *course.claims.values()]
        own._store.merge(
            Judgment(
                own.session,
                own.participant,
                i.id,
                i.wording,
                "first",
                own.level(i),
                2,
                3,
                "Words.",
                n,
            )
            for n, i in enumerate(items, 1)
        )
        delivery = sent(sender(own, address, course))
        assert (
            delivery.summary()
            == f"On the class server: {len(items)} of your {len(items)} judgments."
        )
    finally:
        running.terminate()
        running.wait(20)
        running.stdout.close()
    assert held(store) == sorted(map(repr, own.judgments()))


# -- where a token may go ---------------------------------------------------------------------------------------------

SHAPE = (
    "'{}' is not the address of a class server. It is https://, the host, and the session's code, as in "
    "'https://class.example.org/K7QF-2MWD'. Copy it as the class server shows it, or write \"\"."
)
PLAIN = (
    "'{}' would carry the students' codes where others can read them. Plain http is only for localhost and numbers "
    "of a private network, such as 'http://192.168.1.20:8000/K7QF-2MWD'. Write https."
)


@pytest.mark.parametrize(
    "base",
    [
        "https://class.example.org",
        "https://hub.example.org:8443/services/boundaries",
        "http://localhost:8000",
        "http://127.0.0.1:60999",
        "http://[::1]:8000",
        "http://192.168.1.20:8000",
        "http://10.0.0.1",
        "http://172.31.255.255",
        "http://169.254.7.7",
    ],
)
def test_these_are_addresses(base):
    for end in ("/K7QF-2MWD", "/k7qf2mwd", "/K7QF-2MWD/"):
        assert class_server(base + end) == (base, CODE)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("class.example.org/K7QF-2MWD", SHAPE),
        ("https://class.example.org", SHAPE),
        ("https://class.example.org/K7QF-2MWD/screen", SHAPE),
        ("https://class.example.org/K7QF-2MW", SHAPE),
        ("https://class.example.org/K7QF-2MWU", SHAPE),
        ("ftp://class.example.org/K7QF-2MWD", SHAPE),
        ("https://me:word@class.example.org/K7QF-2MWD", SHAPE),
        ("https://class.example.org\\@other.example.org/K7QF-2MWD", SHAPE),
        ("https://class.example.org/../K7QF-2MWD", SHAPE),
        ("https://class.example.org/K7QF-2MWD?a", SHAPE),
        ("https://class.example.org/K7QF-2MWD\n", SHAPE),
        ("https://class.example.org:99999/K7QF-2MWD", SHAPE),
        (" ", SHAPE),
        ("http://class.example.org/K7QF-2MWD", PLAIN),
        ("http://8.8.8.8/K7QF-2MWD", PLAIN),
        ("http://172.32.0.1/K7QF-2MWD", PLAIN),
        ("http://192.168.1.20.example.org/K7QF-2MWD", PLAIN),
        ("http://localhost.example.org/K7QF-2MWD", PLAIN),
        ("http://2130706433/K7QF-2MWD", PLAIN),
        ("http://[::ffff:8.8.8.8]/K7QF-2MWD", PLAIN),
    ],
)
def test_any_other_is_refused(address, said):
    with pytest.raises(ContentError) as caught:
        class_server(address)
    assert str(caught.value) == said.format(address)


def test_a_lesson_refuses_it_before_anything_is_sent(own, tmp_path, calls):
    demo = Student("test", tmp_path / "demo.sqlite", "demo")
    for who in (own, demo):  # so that the lecturer's own rehearsal shows it too
        with pytest.raises(ContentError) as caught:
            Lesson("business", at("http://8.8.8.8/K7QF-2MWD"), who)
        assert str(caught.value) == PLAIN.format("http://8.8.8.8/K7QF-2MWD")
    assert calls == []


# -- what is said about privacy -----------------------------------------------------------------------------


def test_the_forms_hint_says_who_can_read_it(own, server):
    card = Seen(TILES, own, sender(own, server.address))
    card.refresh()
    assert card.sent[-1]["reason"]["hint"] == (
        "Kept in your own file, and sent to the class server, whose keeper can read it: under a hash of your token, "
        "without a name. Leave out what could identify anyone."
    )
    card = Seen(TILES, own, None)
    card.refresh()
    assert card.sent[-1]["reason"]["hint"] == (
        "Kept in your own file. Leave out what could identify anyone."
    )


def test_the_box_for_handing_in_says_so_too_and_how_many_are_there(own, server, tmp_path):
    delivery = sender(own, server.address)
    own.judge(TILES, "first", 2, 3)
    said = []
    box = HandIn([TILES], COURSE, own, tmp_path / "submission.json", delivery)
    box.send = lambda message, buffers=None: said.append(message)
    box._hear(box, {"kind": "hello"}, [])
    assert delivery.wait(20)
    assert [s["progress"][-2] for s in said] == [
        "On the class server: 0 of your 1 judgments.",
        "On the class server: 1 of your 1 judgments.",
    ]
    assert said[-1]["notices"][1] == (
        f"What you judge here is also sent to the class server, {server.address[:-10]}. Whoever keeps it can read "
        "your rows and reasons there: no name stands beside them, but the same hash of your token as in this file."
    )


def test_the_code_says_what_it_is_for_on_a_phone(own, server):
    assert backup_page(own, sender(own, server.address)) == backup_page(own) + (
        "<p>On a phone, the class server's page asks for it if you want to be the same participant there. Without it "
        "the phone counts as another one.</p>\n"
    )


def test_httpx_is_imported_only_when_something_is_sent():
    code = "import sys, boundaries.lessons.delivery, boundaries.lessons.lesson; print('httpx' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout == "False\n"


def test_what_goes_over_the_wire_names_nobody(own, server):
    judge_many(own, 2)
    sent(sender(own, server.address))
    heads = {name.lower(): value for head in server.heads for name, value in head.items()}
    assert set(heads) <= {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length",
    }  # fmt: skip
    assert heads["user-agent"] == "boundaries"
    assert participant_of("test", TOKEN) == own.participant
    assert not re.search(own.participant, str(server.posts))  # the server reckons it from the token


def test_a_proxy_that_no_client_can_be_made_for_is_gone_round(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks9://127.0.0.1:9")
    with client("https://class.invalid") as http:
        assert not http.trust_env
    monkeypatch.delenv("ALL_PROXY")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    with client("https://class.invalid") as http:
        assert not http.trust_env
    monkeypatch.delenv("SSL_CERT_FILE")
    with client("https://class.invalid") as http:
        assert http.trust_env
