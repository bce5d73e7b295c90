"""The host's side in Python: how it talks to a server, where that is, and what a notebook holds of a lecture."""

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
from anywidget import AnyWidget

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
from boundaries.lectures.host.begin import lecture
from boundaries.lectures.host.client import Host, WrongKey
from boundaries.lectures.host.launch import Wanted, find_or_start, stop
from boundaries.lectures.host.lecture import Panel
from boundaries.lectures.host.memory import FRESH, Memory
from boundaries.lectures.network import free_port, lan_address

IDS = ["firewood-until-spring", "first-order-form", "the-kitchen-window"]


def until(true):
    for _ in range(200):
        if true():
            return True
        time.sleep(0.02)
    return False


# -- talking to a server ---------------------------------------------------------------------------------------------


@pytest.fixture
def answering():
    """A server that gives one prepared answer to everything."""
    answer = {"status": 200, "body": b"{}", "marked": True}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer["headers"] = dict(self.headers)
            self.send_response(answer["status"])
            if answer["marked"]:
                self.send_header("X-Boundaries", "1")
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


@pytest.mark.parametrize(
    ("status", "body", "marked"),
    [
        (200, b'{"ok": true}', False),
        (401, b'{"error": "Please pay."}', False),
        (404, b'{"detail": "Not Found"}', False),
        (407, b"<html>", False),
        (403, b'{"message": "Forbidden"}', True),  # a front's words in an answer of ours
        (409, b"null", True),
        (500, b"[" * 100_000, True),
    ],
)
def test_what_answers_in_the_servers_place_is_neither_it_nor_heard(answering, status, body, marked):
    host, answer = answering
    answer |= {"status": status, "body": body, "marked": marked}
    with pytest.raises(BoundariesError) as caught:
        host.plan("K7QF2MWD")
    assert str(caught.value) == (
        f"{host.url} answered with something that is no answer of a class server (status {status}). Check the address."
    )
    assert not host.alive()


def test_proxies_that_no_client_can_be_made_for_are_said(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks9://127.0.0.1:9")
    host = Host("https://class.invalid", "a-secret-key")
    with pytest.raises(Unreachable):
        host.state("K7QF2MWD")


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
    memory.path.write_text("[damaged", encoding="utf-8")
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
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
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


def walk(made, *stages):
    for stage in stages:
        state = made.move(stage)
    return state["stage"]


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
    assert first.url.startswith(f"http://127.0.0.1:{known(house)['port']}/")
    assert repr(first) == "Lecture(the-kitchen-window, 1 cases)"
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in house.glob("*.[jl]*")} == {
        "lecture.json": 0o600, f"class-server-{known(house)['port']}.log": 0o600,
    }  # fmt: skip
    with pytest.raises(Refused) as caught:
        first.released()
    assert str(caught.value) == "There is no class to show yet. Reveal a case, then run this again."
    assert walk(first, "first") == "first"
    judge(first, "first", [1, 1, 2, 3, 4])
    assert walk(first, "discuss", "discussed") == "discussed"
    judge(first, "discussed", [2, 2, 2, 3, 4])

    again = lecture(IDS[2:], title="One case", content=course)
    assert (again.code, again.url, known(house)["pid"]) == (
        first.code,
        first.url,
        known(house)["pid"],
    )
    assert again.state()["judged"] == 5
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
    now = third.state()
    assert (now["stage"], now["judged"]) == ("discussed", 5)
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
    assert walk(made, "over") == "over"
    made = lecture(IDS[2:], content=course)
    assert made.code == code
    # The host's page begins another, and tells the notebook its code.
    other = made._host.create("lecture-another", "One case", IDS[2:])["code"]
    panel, sent = Panel(made), []
    panel.send = sent.append
    panel.receive({"kind": "moved", "code": "00000000"})  # no lecture: a page that says nonsense
    assert made.code == code
    panel.receive({"kind": "moved", "code": other})
    assert made.code == other
    assert made.url.replace("-", "").endswith(other)
    assert lecture(IDS[2:], content=course).code == other


def test_the_page_comes_to_a_notebook_as_a_message_and_is_no_part_of_what_is_saved(house, course):
    made = lecture(IDS[2:], content=course)
    panel, sent = Panel(made), []
    panel.send = sent.append
    panel.receive({"kind": "hello"})
    key = known(house)["key"]
    page = f"{known(house)['url']}/host#{key}/{made.code}"
    expected = {"kind": "place", "host": page, "screen": made.screen_url, "framed": True}
    assert sent == [expected]
    assert made.host_url == page
    assert set(panel.get_state()) == set(AnyWidget().get_state())
    assert key not in str(panel.get_state()) + repr(panel) + repr(made) + repr(made._host)
    assert repr(panel) == "Panel(your lecture, shown only while the notebook runs)"


def test_a_departments_server_is_used_with_its_key_and_never_ended(house, course):
    server = known(house)
    made = lecture(IDS[:1], server=server["url"] + "/", key=server["key"], content=course)
    assert made.state()["stage"] == "lobby"
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
