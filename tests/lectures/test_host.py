"""The host's panel without a browser: what it offers, what it says, what it never sends, and where its server is."""

import io
import json
import os
import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from boundaries.errors import (
    BoundariesError,
    ContentError,
    NotFound,
    Refused,
    StoreError,
    TooMany,
    Unreachable,
)
from boundaries.lectures.host import launch
from boundaries.lectures.host import lecture as hosting
from boundaries.lectures.host.begin import lecture
from boundaries.lectures.host.client import Host, WrongKey
from boundaries.lectures.host.launch import Wanted, find_or_start, stop
from boundaries.lectures.host.lecture import GONE, GONE_FAR, OPEN, SHUT, STRANGE, Lecture
from boundaries.lectures.host.memory import FRESH, Memory
from boundaries.lectures.host.steps import FINAL, offer
from boundaries.lectures.network import free_port, lan_address

CANARY = "canary 7731"
IDS = ["firewood-until-spring", "first-order-form", "garden-steps"]


class FakeHost:
    """A class server of one lecture, in memory; `down` is the error that it raises instead of answering."""

    def __init__(self, vignettes):
        self.vignettes, self.url, self.down, self.asked = vignettes, "http://far.example", None, []
        self.made, self.ended, self.answer = 0, [], ...
        self._begin()

    def _begin(self):
        self.stage, self.at, self.version, self.joined, self.judged, self.left = (
            "lobby",
            0,
            1,
            0,
            0,
            None,
        )
        self.rate = 0.0
        self.opened = {v.id: [] for v in self.vignettes}
        self.revealed = {v.id: [] for v in self.vignettes}
        self.levels = {v.id: v.levels[0] for v in self.vignettes}

    @property
    def code(self):
        return f"K7QF2MW{self.made}"

    def _up(self):
        if self.down:
            raise self.down

    def close(self):
        pass

    def create(self, session, title, vignettes):
        self._up()
        if session not in self.asked:
            self.asked.append(session)
            self.made += 1
            self._begin()
        url = f"{self.url}/{self.code}"
        return {
            "code": self.code,
            "join_url": url,
            "screen_url": f"{url}/screen",
            "state": self.state(self.code),
        }

    def state(self, code):
        self._up()
        if self.answer is not ...:
            return self.answer
        return {
            "rate": self.rate, "room": 5000,
            "code": self.code, "shown_code": "K7QF-2MWD", "title": "T", "version": self.version, "stage": self.stage,
            "place": self.at + 1, "of": len(self.vignettes), "vignettes": [],
            "joined": self.joined, "judged": self.judged, "minimum": 5, "remaining": self.left,
            "case": {"title": CANARY, "levels": {"": {"form": CANARY}}},
            "counts": CANARY, "readings": [CANARY], "reveal": {"sentences": [CANARY]},
        }  # fmt: skip

    def plan(self, code):
        self._up()
        dials = {v.id: v.dial and {"fact": v.dial.fact, "levels": [{"id": x, "label": x} for x in v.levels]}
                 for v in self.vignettes}  # fmt: skip
        return [
            {"id": v.id, "title": v.title, "dial": dials[v.id], "level": self.levels[v.id],
             "opened": self.opened[v.id], "revealed": self.revealed[v.id], "tally": CANARY}
            for v in self.vignettes
        ]  # fmt: skip

    def post(self, code, what, **body):
        self._up()
        if code != self.code:
            assert (what, body["stage"]) == ("stage", "over")
            self.ended.append(code)
            return {"code": code}
        self.version += 1
        if what == "stage":
            self.at = [v.id for v in self.vignettes].index(body["vignette"])
            self.stage = body["stage"]
            here = self.vignettes[self.at].id
            if self.stage in ("first", "discussed", "informed"):
                self.opened[here] = sorted({*self.opened[here], self.stage})
            if self.stage == "reveal":
                self.revealed[here] = self.opened[here]
        elif what == "clock":
            self.left = (self.left or 0) + body["seconds"]
        elif what == "level":
            self.levels[body["vignette"]] = body["level"]
        elif what == "hands":
            if len(body["counts"]) not in (0, 5):
                raise Refused("Give five numbers, one for each rating.")
            self.hands = body
        return self.state(code)


class Heard:
    """A panel's place: keeps what is sent to it."""

    def __init__(self):
        self.messages = []

    def send(self, message):
        json.dumps(message)
        self.messages.append(message)

    def close(self):
        pass

    @property
    def last(self):
        return [m for m in self.messages if m["kind"] == "state"][-1]


@pytest.fixture
def held(course, tmp_path, monkeypatch):
    """A lecture on a fake server, followed quickly; what its panel hears; the server."""
    monkeypatch.setattr(hosting, "PULSE", 0.02)
    server = FakeHost([course.vignettes[id] for id in IDS])
    own = Wanted(str(tmp_path / "class.sqlite"))
    made = Lecture("business", server.vignettes, "Business", server, Memory(tmp_path), own)
    panel = Heard()
    made._panels.append(panel)
    made.act({"kind": "hello"})
    yield made, panel, server
    made.close()


def press(made, panel, id=None):
    told = panel.last
    made.act({"kind": "step", "id": id or told["primary"]["id"], "version": told["version"]})
    return panel.last


def until(true):
    for _ in range(200):
        if true():
            return True
        time.sleep(0.02)
    return False


# -- the steps ------------------------------------------------------------------------------------------------------


def labels(told):
    return [told["primary"]["label"], *(step["label"] for step in told["quiet"])]


def test_the_button_in_front_leads_through_a_whole_lecture(held):
    made, panel, server = held
    walked = []
    for _ in range(5 * len(IDS) + 1):
        walked.append(
            (
                server.vignettes[server.at].id,
                panel.last["primary"]["label"],
                panel.last["primary"]["confirm"],
            )
        )
        press(made, panel)
    one = [
        ("Open the first round", ""),
        ("Close it: talk", ""),
        ("Judge again", ""),
        ("Reveal", FINAL),
    ]
    over = "Phones then say that the lecture is over. What was judged stays."
    expected = [
        (id, *step)
        for id in IDS
        for step in [*one, ("Next case", "") if id != IDS[-1] else ("End the lecture", over)]
    ]
    assert walked == [*expected, (IDS[-1], "Begin another lecture", "")]
    assert server.made == 2
    assert server.stage == "lobby"


def test_every_stage_offers_these_quiet_steps(held):
    made, panel, _ = held
    seen = {panel.last["stage"]: labels(panel.last)[1:]}
    for _ in range(4):
        told = press(made, panel)
        seen[told["stage"]] = labels(told)[1:]
    told = press(made, panel, "informed")
    seen[told["stage"]] = labels(told)[1:]
    told = press(made, panel, "end")
    seen[told["stage"]] = labels(told)[1:]
    assert seen == {
        "lobby": ["Skip this case", "End the lecture"],
        "first": ["+30 s", "+60 s", "Back: close it and hide the case", "Skip this case", "End the lecture"],
        "discuss": [
            "+30 s", "+60 s", "Reopen the first round", "Reveal without judging again", "Skip this case",
            "End the lecture",
        ],
        "discussed": [
            "+30 s", "+60 s", "Back: close it, talk on", "Reopen the first round", "Skip this case", "End the lecture",
        ],
        "reveal": ["Judge after the codes", "Back: hide the class, talk on", "End the lecture"],
        "informed": ["+30 s", "+60 s", "End the lecture"],
        "over": ["Go on after all"],
    }  # fmt: skip


def case(id, opened=(), revealed=(), dial=None):
    return {"id": id, "opened": opened, "revealed": revealed, "dial": dial}


def at(stage, id="b"):
    return {"stage": stage, "place": "abc".index(id) + 1}


@pytest.mark.parametrize(
    ("stage", "opened", "revealed", "primary"),
    [
        ("lobby", ["first"], ["first"], "Show the class again"),
        ("discuss", ["first"], ["first"], "Show the class again"),
        ("discuss", [], [], "Open the first round"),
        ("informed", ["first", "informed"], ["first"], "Close it: show the class"),
    ],
)
def test_a_case_that_was_left_goes_on_where_it_can(stage, opened, revealed, primary):
    plan = [case("a"), case("b", opened, revealed), case("c")]
    assert offer(at(stage), plan).primary.label == primary


def test_a_round_that_is_final_is_not_offered_again():
    final = ["first", "discussed", "informed"]
    offered = offer(at("reveal"), [case("a"), case("b", final, final), case("c")])
    assert [s.id for s in offered.quiet] == ["back", "end"]


def test_back_in_the_lobby_shows_the_case_before_as_it_was_left():
    plan = [case("a", ["first"], ["first"]), case("b"), case("c")]
    back = next(s for s in offer(at("lobby"), plan).quiet if s.id == "back")
    assert back.body == {"vignette": "a", "stage": "reveal"}


def test_a_dial_is_offered_before_anyone_has_judged_only(held):
    made, panel, server = held
    dial = panel.last["dial"]
    assert [o["id"] for o in dial["options"]] == [*server.vignettes[0].levels, "split"]
    assert dial["chosen"] == server.vignettes[0].levels[0]
    made.act({"kind": "level", "vignette": IDS[0], "level": "split"})
    assert panel.last["dial"]["chosen"] == "split"
    assert len(panel.last["case"]["texts"]) == len(server.vignettes[0].levels)
    press(made, panel)
    assert panel.last["dial"] is None
    made.act(
        {"kind": "level", "vignette": IDS[1], "level": "split"}
    )  # not the present case: an old page
    assert server.levels[IDS[1]] != "split"


# -- acting ----------------------------------------------------------------------------------------------------------


def test_a_second_click_on_a_button_that_has_changed_does_nothing(held):
    made, panel, server = held
    click = {"kind": "step", "id": panel.last["primary"]["id"], "version": panel.last["version"]}
    made.act(click)
    made.act(click)
    assert (server.stage, server.version) == ("first", 2)
    click = {
        "kind": "step",
        "id": "clock-30",
        "version": panel.last["version"],
    }  # offered after it, too
    made.act(click)
    made.act(click)
    assert (server.left, server.version) == (30, 3)
    made.act({"kind": "step", "id": "reveal", "version": panel.last["version"]})  # not offered now
    made.act({"kind": "step"})
    made.act({"kind": "go", "vignette": IDS[2], "version": 1})
    assert (server.stage, server.version) == ("first", 3)


def test_the_host_may_go_to_any_case_and_add_time(held):
    made, panel, server = held
    made.act({"kind": "go", "vignette": IDS[2], "version": panel.last["version"]})
    assert (server.at, server.stage) == (2, "lobby")
    assert panel.last["place"] == "Case 3 of 3"
    press(made, panel)
    assert press(made, panel, "clock-30")["remaining"] == 30
    assert press(made, panel, "clock-60")["remaining"] == 90


def test_the_servers_refusal_is_its_own_sentence(held):
    made, panel, _ = held
    made.act({"kind": "hands", "vignette": IDS[0], "phase": "first", "counts": [1]})
    assert panel.last["said"] == {
        "tone": "error",
        "text": "Give five numbers, one for each rating.",
    }


def test_a_show_of_hands_is_kept_and_taken_back(held):
    made, panel, server = held
    for counts, kept, said in (
        (
            [1, 2, 3, 0, 0],
            [1, 2, 3, 0, 0],
            "The show of hands is kept, and will be marked “by hand”.",
        ),
        ([0, 0, 0, 0, 0], [], "No hands are kept for this round."),
    ):
        made.act({"kind": "hands", "vignette": IDS[0], "phase": "first", "counts": counts})
        assert server.hands == {"vignette": IDS[0], "phase": "first", "counts": kept}
        assert panel.last["said"] == {"tone": "ok", "text": said}


def test_counts_come_by_themselves_and_nothing_is_sent_where_nothing_changed(held):
    made, panel, server = held
    press(made, panel)
    before = len(panel.messages)
    time.sleep(0.3)
    assert len(panel.messages) == before
    server.joined, server.judged = 41, 12
    assert until(lambda: (panel.last["joined"], panel.last["judged"]) == (41, 12))


def test_a_quiet_lecture_still_says_that_it_is_there(held, monkeypatch):
    _, panel, _ = held
    monkeypatch.setattr(hosting, "BEAT", 0.05)
    assert until(lambda: {"kind": "beat"} in panel.messages)


def test_a_server_that_is_gone_is_said_and_so_is_nothing_when_it_is_back(held):
    made, panel, server = held
    server.down = Unreachable("nobody")
    assert until(lambda: panel.last["trouble"] == GONE)
    press(made, panel)
    assert panel.last["said"] == {"tone": "error", "text": GONE}
    server.down = StoreError("The class server cannot reach its store at the moment.")
    assert until(
        lambda: panel.last["trouble"] == "The class server cannot reach its store at the moment."
    )
    server.down = None
    assert until(lambda: panel.last["trouble"] == "")
    made._own = None
    server.down = Unreachable("nobody")
    assert until(lambda: panel.last["trouble"] == GONE_FAR)
    assert [m["text"] for m in [panel.last["said"]] if m] in ([], [GONE])


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": True},
        {"code": "K7QF2MW1", "version": "nine"},
        None,
        {"code": "K7QF2MW1", "version": 9},
    ],
    ids=["a portal", "another kind", "nothing", "half a state"],
)
def test_an_answer_that_nobody_understands_is_said_and_the_lecture_goes_on(held, answer):
    made, panel, server = held
    server.answer = answer
    assert until(lambda: panel.last["trouble"] == STRANGE)
    press(made, panel)
    assert panel.last["said"] == {"tone": "error", "text": STRANGE}
    assert made._follower.is_alive()
    server.answer = ...
    assert until(lambda: panel.last["trouble"] == "")
    server.joined = 7
    assert until(lambda: panel.last["joined"] == 7)


def test_a_stage_of_a_newer_server_is_said_and_changes_nothing(held):
    made, panel, server = held
    server.version, server.stage = 7, "interlude"
    assert until(lambda: panel.last["trouble"] == STRANGE)
    assert (panel.last["stage"], made._follower.is_alive()) == ("lobby", True)


def test_a_room_that_strangers_fill_is_said_and_can_be_left_for_a_new_code(held):
    made, panel, server = held
    press(made, panel, "skip")
    server.joined, server.rate = 1200, 310.0
    assert until(lambda: panel.last["joined"] == 1200)
    assert panel.last["room"] == {
        "places": 5000,
        "text": "310 phones a second are joining, more than a hall can. If these are not your students, "
        "begin anew under a new code.",
    }
    server.joined, server.rate = 5000, 0.0
    assert until(lambda: panel.last["joined"] == 5000)
    assert panel.last["room"]["text"] == (
        "The lecture is full: it takes 5,000 phones. If more than your students have joined, "
        "begin anew under a new code."
    )
    made.act({"kind": "anew", "version": panel.last["version"] - 1})  # an old page
    assert server.made == 1
    before = made.code
    made.act({"kind": "anew", "version": panel.last["version"]})
    assert (server.made, server.ended) == (2, [before])
    assert made.code != before
    assert (panel.last["joined"], panel.last["room"]["text"]) == (0, "")
    assert (panel.last["place"], panel.last["stage"]) == ("Case 2 of 3", "lobby")
    assert panel.last["said"]["text"] == (
        "Begun anew under a new code. The lecture before is over for its phones, and what they judged stays stored."
    )


def test_an_answer_that_a_click_has_overtaken_changes_nothing(held):
    made, panel, server = held
    old = server.state(server.code)
    press(made, panel)
    with made._lock:
        made._take(old)
    assert made._state["stage"] == "first"


def test_nothing_but_counts_is_sent_before_the_reveal(held):
    made, panel, _ = held
    for _ in range(4):
        assert CANARY not in json.dumps(panel.messages)
        told = press(made, panel)
    assert told["stage"] == "reveal"
    assert told["reveal"] == {"sentences": [CANARY]}  # the canary is alive: now it may be seen
    press(made, panel, "back")
    assert panel.last["reveal"] is None
    assert CANARY not in json.dumps([m for m in panel.messages if m.get("stage") != "reveal"])


def test_a_panel_has_no_trait_of_its_own(held):
    made, *_ = held
    panel = hosting.Panel(made)
    assert set(panel.get_state()) == {*hosting.anywidget.AnyWidget().get_state(), "_css"}
    assert repr(panel) == "Panel(your lecture, shown only while the notebook runs)"
    assert repr(made) == "Lecture(business, 3 cases)"


def test_the_panel_is_drawn_from_this_state(held):
    made, panel, _ = held
    told = panel.last
    assert told["url"] == "http://far.example/K7QF2MW1"
    assert told["qr"]["side"] == 37
    assert told["notice"] == SHUT
    assert told["case"]["title"] == made.vignettes[0].title
    assert told["case"]["texts"][0]["act"].strip()
    assert "{dial}" not in json.dumps(told)
    assert told["hands"] == []
    assert [h["phase"] for h in press(made, panel)["hands"]] == ["first", "discussed"]


# -- talking to a server ---------------------------------------------------------------------------------------------


@pytest.fixture
def answering():
    """A server that gives one prepared answer to everything."""
    answer = {"status": 200, "body": b"{}"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer["headers"] = dict(self.headers)
            self.send_response(answer["status"])
            self.end_headers()
            self.wfile.write(answer["body"])

        do_POST = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    host = Host(f"http://127.0.0.1:{server.server_port}/", "a-secret-key")
    yield host, answer
    host.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, WrongKey),
        (403, WrongKey),
        (404, NotFound),
        (409, Refused),
        (429, TooMany),
        (503, StoreError),
    ],
)
def test_each_refusal_is_an_error_with_the_servers_sentence(answering, status, kind):
    host, answer = answering
    answer |= {"status": status, "body": b'{"error": "A sentence."}'}
    with pytest.raises(kind) as caught:
        host.state("K7QF2MWD")
    assert str(caught.value) == "A sentence."


def test_an_answer_of_another_program_is_said(answering):
    host, answer = answering
    answer["body"] = b"<html>"
    with pytest.raises(BoundariesError) as caught:
        host.post("K7QF2MWD", "clock", seconds=30)
    assert str(caught.value) == (
        f"{host.url} answered with something that is no answer of a class server (status 200). Check the address."
    )
    assert answer["headers"]["Authorization"] == "Bearer a-secret-key"
    assert "secret" not in repr(host)
    assert not host.alive()


def test_nobody_there_is_said(answering):
    host = Host(f"http://127.0.0.1:{free_port('127.0.0.1')}", "a-secret-key")
    with pytest.raises(Unreachable) as caught:
        host.state("K7QF2MWD")
    host.close()
    assert str(caught.value) == (
        f"{host.url}: no class server answers. Check the address and the network, then run this again."
    )


# -- what is remembered ---------------------------------------------------------------------------------------


def test_what_is_remembered_is_for_its_owner_alone(tmp_path):
    memory = Memory(tmp_path / "new")
    memory.keep("a", url="u", key="k")
    memory.keep("b", url="v")
    memory.keep("a", url=None, port=5)
    assert memory.read("a") == {"key": "k", "port": 5}
    assert memory.read("b") == {"url": "v"}
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(memory.folder.stat().st_mode) == 0o700
    assert os.listdir(memory.folder) == ["lecture.json"]
    memory.path.write_text("[damaged")
    assert memory.read("a") == {}


def test_todays_lecture_is_the_same_and_another_days_is_new(tmp_path, monkeypatch):
    memory = Memory(tmp_path)
    first = memory.session("here", "a b")
    assert first.startswith("lecture-")
    assert memory.session("here", "a b") == first
    assert len({first, memory.session("here", "a"), memory.session("there", "a b")}) == 3
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + FRESH - 60)
    assert memory.session("here", "a b") == first
    monkeypatch.setattr(time, "time", lambda: now + FRESH + 60)
    assert memory.session("here", "a b") != first


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BoundariesError) as caught:
        Memory(tmp_path / "file").keep("a", url="u")
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'file' / 'lecture.json'} cannot be written (")
    assert said.endswith("). Make room there, then run this again.")


# -- asking for a lecture ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (
            ["no-such-case"],
            "'no-such-case' is not a case of this course. Take the name of a file in data/vignettes.",
        ),
        ([], "A lecture needs at least one case. Name a type, or the ids of cases."),
    ],
)
def test_a_lecture_of_nothing_is_refused(what, said, course):
    with pytest.raises(ContentError) as caught:
        lecture(what, content=course)
    assert str(caught.value) == said


def test_a_departments_server_needs_a_key(course, monkeypatch):
    monkeypatch.delenv("BOUNDARIES_HOST_KEY", raising=False)
    with pytest.raises(BoundariesError) as caught:
        lecture("business", server="https://class.example.org", content=course)
    assert str(caught.value) == (
        "https://class.example.org needs a host key. Give it as `key`, or set BOUNDARIES_HOST_KEY; whoever runs it "
        "has one."
    )


def test_who_can_reach_it_is_said():
    assert Wanted("s").shut
    assert not Wanted("s", "0.0.0.0").shut
    assert not Wanted("s", public_url="https://class.example.org").shut
    assert "unencrypted" in SHUT
    assert "without encryption" in OPEN


def test_an_address_that_is_not_ours_is_said(tmp_path):
    with pytest.raises(BoundariesError) as caught:
        find_or_start(Wanted(str(tmp_path / "s"), "192.0.2.7"), Memory(tmp_path))
    assert str(caught.value) == (
        "The class server cannot listen at '192.0.2.7' (Cannot assign requested address). Use host=\"127.0.0.1\" for "
        'this computer alone, host="0.0.0.0" for its network.'
    )


class FakeProcess:
    """A child that ends when it is asked to, and remembers how that was."""

    def __init__(self, stdin):
        self.stdin, self.asked = stdin, []
        if stdin:
            stdin.close = lambda: self.asked.append("closed")

    def terminate(self):
        self.asked.append("terminated")

    def poll(self):
        return 0 if self.asked else None


@pytest.mark.parametrize("how", ["closed", "terminated", "another kernel's"])
def test_a_server_is_ended_without_a_signal_that_only_posix_has(
    answering, tmp_path, monkeypatch, how
):
    """On Windows os.kill ends a process at once, and raises OSError or PermissionError where it has gone."""
    host, _ = answering
    memory = Memory(tmp_path)
    monkeypatch.setattr(launch, "ENDS_WITHIN", 0.1)
    monkeypatch.setattr(launch, "_answering", lambda known: host)
    killed = []

    def kill(pid, sign):
        killed.append(pid)
        raise OSError(22, "The parameter is incorrect")

    monkeypatch.setattr(os, "kill", kill)
    memory.keep("s", url=host.url, key="k", pid=4711, port=1, host="127.0.0.1")
    if how == "another kernel's":
        assert stop("s", memory)
        assert killed == [4711]
    else:
        child = FakeProcess(io.BytesIO() if how == "closed" else None)
        monkeypatch.setitem(launch._processes, 4711, child)
        assert stop("s", memory)
        assert (child.asked, killed) == ([how], [])
    assert "pid" not in memory.read("s")


# -- a real class server --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A host's own folder, in which every class server that was started is ended afterwards."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOUNDARIES_HOME", str(folder))
        for name in ("BOUNDARIES_DEMO", "BOUNDARIES_SERVER", "BOUNDARIES_HOST_KEY"):
            patch.delenv(name, raising=False)
        yield folder
    stop(str(folder / "class-server.sqlite"), Memory(folder))


def known(folder):
    return Memory(folder).read(str(folder / "class-server.sqlite"))


def walk(made, *steps):
    """Presses buttons by their ids, as the panel would."""
    for id in steps:
        state = made._host.state(made.code)
        with made._lock:
            made._take(state)
        made.act({"kind": "step", "id": id, "version": made._state["version"]})
    return made._state["stage"]


def judge(made, phase, ratings):
    for n, rating in enumerate(ratings):
        one = {
            "token": f"{n:032x}",
            "vignette": IDS[2],
            "phase": phase,
            "rating": rating,
            "confidence": 2,
        }
        sent = made._host._ask("POST", f"/api/sessions/{made.code}/judgments", one)
        assert sent["receipts"][0]["status"] == "stored"


def test_a_lecture_is_found_again_stopped_and_begun_again(house, course):
    first = lecture(IDS[2:], title="One case", content=course)
    assert first.notice == SHUT
    assert first.url.startswith(f"http://127.0.0.1:{known(house)['port']}/")
    assert repr(first) == "Lecture(garden-steps, 1 cases)"
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in house.glob("*.[jl]*")} == {
        "lecture.json": 0o600, f"class-server-{known(house)['port']}.log": 0o600,
    }  # fmt: skip
    with pytest.raises(Refused) as caught:
        first.released()
    assert str(caught.value) == "There is no class to show yet. Reveal a case, then run this again."
    assert walk(first, "open") == "first"
    judge(first, "first", [1, 1, 2, 3, 4])
    assert walk(first, "close", "again") == "discussed"
    judge(first, "discussed", [2, 2, 2, 3, 4])

    again = lecture(IDS[2:], title="One case", content=course)
    assert (again.code, again.url, known(house)["pid"]) == (
        first.code,
        first.url,
        known(house)["pid"],
    )
    assert not first._follower.is_alive()
    assert again._state["judged"] == 5
    with pytest.raises(Refused):
        again.released()

    before = known(house)
    again.stop()
    assert known(house) == {k: v for k, v in before.items() if k not in ("url", "key", "pid")}
    with pytest.raises(ProcessLookupError):
        os.kill(before["pid"], 0)
    again.stop()  # twice does no harm
    third = lecture(IDS[2:], content=course)
    assert (third.code, third.url) == (first.code, first.url)
    assert (third._state["stage"], third._state["judged"]) == ("discussed", 5)
    assert walk(third, "reveal") == "reveal"


def test_after_the_reveal_the_class_is_there_for_charts_and_as_a_file(house, course, tmp_path):
    from boundaries.charts import intuition_vs_code

    made = lecture(IDS[2:], content=course)
    released = made.released()
    assert (released.minimum, released.invented) == (course.course.minimum_group, False)
    chart = intuition_vs_code(released, course, IDS[2], phase="discussed")
    assert "invented" not in repr(chart)
    counts = released.ratings[released.ratings.phase == "discussed"]
    assert dict(zip(counts.rating, counts.n, strict=True)) == {2: 3, 3: 1, 4: 1}
    assert list(released.moves.columns)[:3] == ["item", "wording", "levels"]
    saved = json.loads(made.export(tmp_path / "lecture.json").read_text(encoding="utf-8"))
    assert len(saved["submissions"]) == 5
    assert "token" not in json.dumps(saved)
    with pytest.raises(BoundariesError) as caught:
        made.export(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} cannot be written (Is a directory), so nothing was saved. Choose another place."
    )


def test_a_lecture_that_is_over_stays_until_another_is_begun(house, course):
    made = lecture(IDS[2:], content=course)
    code = made.code
    assert walk(made, "end") == "over"
    assert lecture(IDS[2:], content=course).code == code
    made = lecture(IDS[2:], content=course)
    assert walk(made, "another") == "lobby"
    assert made.code != code
    assert lecture(IDS[2:], content=course).code == made.code


def test_a_departments_server_is_used_with_its_key_and_never_ended(house, course):
    server = known(house)
    made = lecture(IDS[:1], server=server["url"] + "/", key=server["key"], content=course)
    assert (made.notice, made._state["stage"]) == ("", "lobby")
    made.stop()
    os.kill(server["pid"], 0)
    with pytest.raises(WrongKey) as caught:
        lecture(IDS[:1], server=server["url"], key="not-the-key", content=course)
    assert (
        str(caught.value) == "This is not a host key of this server. Copy the one that it printed."
    )


def test_the_network_is_opened_only_when_asked_and_the_lecture_goes_on(house, course):
    near = lecture(IDS[2:], content=course)
    before = known(house)
    made = lecture(IDS[2:], host="0.0.0.0", content=course)
    assert made.notice == OPEN
    assert made.url == f"http://{lan_address()}:{before['port']}/{near.url.rsplit('/', 1)[1]}"
    assert known(house)["pid"] != before["pid"]
    assert lecture(IDS[2:], host="0.0.0.0", content=course).url == made.url


def test_somebody_elses_server_at_our_port_is_left_alone(house, tmp_path):
    before, other = known(house), str(tmp_path / "other.sqlite")
    memory = Memory(house)
    memory.keep(other, **before | {"key": "the-key-of-another-server"})
    running = find_or_start(Wanted(other, str(before["host"])), memory)
    try:
        assert running.url != before["url"]
        os.kill(before["pid"], 0)
    finally:
        running.close()
        stop(other, memory)


def test_a_server_that_cannot_start_says_why(tmp_path):
    with pytest.raises(BoundariesError) as caught:
        find_or_start(Wanted(str(tmp_path)), Memory(tmp_path / "home"))
    said = str(caught.value)
    assert said.startswith("The class server did not start: ")
    assert str(tmp_path) in said


DEMO = """
import os, boundaries
lecture = boundaries.lecture("business")
where = lecture._own.store
print(where, lecture._memory.read(where)["pid"], flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_demo_leaves_nothing_behind(tmp_path):
    env = os.environ | {
        "BOUNDARIES_DEMO": "1",
        "TMPDIR": str(tmp_path),
        "BOUNDARIES_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        [sys.executable, "-c", DEMO], env=env, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == -9, (
        done.stderr
    )  # killed, as nbval does, so that nothing here could tidy up
    where, pid = done.stdout.splitlines()[-1].rsplit(" ", 1)
    assert where.startswith(str(tmp_path))

    def gone():
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        return False

    assert until(lambda: gone() and not os.listdir(tmp_path))


@pytest.mark.parametrize("server", ["http://class.example.org", "http://8.8.8.8:8000", "class.org"])
def test_the_host_key_never_goes_over_plain_http_to_the_world(course, server):
    with pytest.raises(BoundariesError) as caught:
        lecture("business", content=course, server=server, key="a-secret-key")
    assert str(caught.value) == (
        f"'{server}' would carry the host key where others can read it. Plain http is only for localhost and "
        "numbers of a private network, such as 'http://192.168.1.20:8000'. Write https."
    )
