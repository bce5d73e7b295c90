"""`python -m boundaries serve` as a process: how it begins and ends, what it survives, what it writes down."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from laboratory import ROOT
from phones import Server

from boundaries.answers.store import Store
from boundaries.cli import main
from boundaries.content import load
from boundaries.lectures.network import is_loopback
from boundaries.lectures.server import run, welcome

INFINITY = 2**63 - 1
KEY = "a-key-that-only-these-tests-know"


@pytest.fixture
def served(tmp_path):
    """A server of a store of its own, ended afterwards."""
    server = Server(tmp_path / "class.sqlite", tmp_path, "--host-key", KEY).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("shared")
    server = Server(folder / "class.sqlite", folder, "--host-key", KEY).start()
    yield server
    server.stop()


def lecture(server: Server) -> str:
    return asyncio.run(server.lecture(*list(load().vignettes)[:2]))


def raw(server: Server, text: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    connection.sendall(text)
    return connection


def head(server: Server, path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{more}\r\n".encode()


def serve(*arguments: str, within: float = 20, **more) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "boundaries", "serve", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=within, **more
    )


# -- it begins -------------------------------------------------------------------------------------------------------


def test_it_says_where_it_is_in_one_line_of_json_and_then_to_a_person(shared):
    first, second = shared.out.read_text(encoding="utf-8").splitlines()
    url = f"http://127.0.0.1:{shared.port}"
    assert json.loads(first) == {"url": url, "host_key": KEY}
    assert second == f"The class server is at {url}. Ctrl+C ends it; what was judged stays."
    assert httpx.get(f"{url}/healthz").json() == {"ok": True}


def test_at_a_terminal_a_person_gets_the_links_of_host_and_projector(tmp_path, monkeypatch):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "boundaries", "serve", "--port", "0", "--no-browser"]
    command += ["--store", str(tmp_path / "a.sqlite"), "--host-key", KEY]
    process = subprocess.Popen(command, cwd=ROOT, stdout=theirs, stderr=theirs)
    try:
        said = b""
        while b"/screen" not in said:
            said += os.read(ours, 4096)
    finally:
        process.terminate()
        process.wait(20)
        os.close(ours)
        os.close(theirs)
    (url,) = set(re.findall(r"http://127\.0\.0\.1:\d+", said.decode()))
    assert said.decode().splitlines()[:3] == [
        f"The class server is at {url}. Ctrl+C ends it; what was judged stays.",
        f"Lead a lecture here (yours alone: who has this link is the host): {url}/host#{KEY}",
        f"On the projector: {url}/screen",
    ]


def test_the_browser_gets_the_key_by_a_file_that_only_its_owner_reads(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    link = welcome.host_link("http://127.0.0.1:8000", "</script>" + KEY)
    welcome.open_host_page(link, tmp_path / "new")
    page = tmp_path / "new" / "host-page.html"
    assert opened == [page.as_uri()]
    assert KEY not in opened[0]
    assert f'location.replace("{link}")' in page.read_text(encoding="utf-8")
    assert "</script>a" not in page.read_text(encoding="utf-8")
    if os.name == "posix":
        assert page.stat().st_mode & 0o077 == 0
    assert not welcome.has_a_screen()  # a test has no terminal, so nothing opens by itself


def test_a_port_that_is_taken_is_a_sentence(shared, tmp_path, capsys):
    assert main(["serve", "--store", str(tmp_path / "a.sqlite"), "--port", str(shared.port)]) == 1
    said = (
        f"The class server cannot listen at 127.0.0.1, port {shared.port}: another program listens there already. "
        "Choose another --port (0 takes a free one), or end the other program.\n"
    )
    assert capsys.readouterr() == ("", said)


def test_a_store_that_cannot_be_opened_is_a_sentence(tmp_path, capsys):
    path = tmp_path / "a.sqlite"
    path.write_text("no store at all, and long enough to be read as one" * 40, encoding="utf-8")
    assert main(["serve", "--store", str(path), "--port", "0"]) == 1
    said = f"{path}: this file is not a store. It was left as it is. Move it away or choose another path.\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--public-url", "class.example.org"], "'class.example.org' is not an address for phones. Give it as in "
         "https://class.example.org or https://uni.example/class."),
        (["--public-url", "https://class.example.org/?a=1"], "'https://class.example.org/?a=1' is not an address for "
         "phones. Give it as in https://class.example.org or https://uni.example/class."),
        (["--host-key", "secret"], "The host key has 6 signs or odd ones among them. Give 20 or more letters and "
         "digits that nobody can guess, or none: then one is made."),
        (["--host", "192.0.2.99"], "The class server cannot listen at 192.0.2.99, port 0: Cannot assign requested "
         "address. Choose another --port (0 takes a free one), or end the other program."),
    ],
)  # fmt: skip
def test_what_it_cannot_do_it_says(arguments, said, tmp_path, capsys):
    assert main(["serve", "--store", str(tmp_path / "a.sqlite"), "--port", "0", *arguments]) == 1
    assert capsys.readouterr().err == f"{said}\n"


def test_a_port_is_a_number(capsys):
    assert main(["serve", "--port", "http"]) == 2
    said = capsys.readouterr().err
    assert "'http' is not allowed. Give a whole number from 0 to 65535." in said


def test_opening_it_to_others_says_what_that_opens():
    assert run._sentence("0.0.0.0", "http://192.168.1.20:8000") == (
        "The class server is at http://192.168.1.20:8000. Ctrl+C ends it; what was judged stays. Everyone who reaches "
        "this machine at that port can open the join page and, with a lecture's code, look at what the class sees and "
        "judge under as many tokens as the limits let through. Nothing else of this computer is served. Without "
        "HTTPS, people on the same network can read along."
    )
    behind = run._sentence("0.0.0.0", "https://class.example.org")
    assert "Everyone who reaches" in behind
    assert "HTTPS" not in behind
    assert "Everyone" not in run._sentence("127.0.0.1", "http://127.0.0.1:8000")
    for host, loopback in [
        ("::1", True),
        ("localhost", True),
        ("127.0.0.9", True),
        ("::", False),
        ("my-name", False),
    ]:
        assert is_loopback(host) == loopback


@pytest.mark.parametrize(
    ("arguments", "env", "key"),
    [
        ([], KEY, KEY),
        (["--host-key", "another-key-of-20-signs"], KEY, "another-key-of-20-signs"),
        ([], "", ""),
    ],
)
def test_the_key_stands_in_the_command_or_in_the_environment(arguments, env, key, monkeypatch):
    asked = {}
    monkeypatch.setattr(run, "serve", lambda where, **more: asked.update(more, where=where))
    monkeypatch.setenv("BOUNDARIES_HOST_KEY", env)
    monkeypatch.setenv("BOUNDARIES_HOME", "somewhere")
    assert main(["serve", *arguments]) == 0
    assert asked == {
        "where": Path("somewhere/class-server.sqlite"), "host": "127.0.0.1", "port": 8000, "public_url": "",
        "host_key": key, "with_parent": False, "idle_hours": 0.0, "homework": False,
        "as_json": False, "browser": True,
    }  # fmt: skip


def test_homework_is_made_once_and_its_address_is_one_for_course_toml(fresh_store, course):
    from boundaries.content.sessions import class_server
    from boundaries.lectures.rounds.halls import Halls

    lectures = Halls(fresh_store, course)
    said = {run._homework(lectures, course, "http://127.0.0.1:8000") for _ in range(2)}
    assert len(said) == 1
    found = re.fullmatch(
        r'For homework, write this into course.toml, under \[session\]: server = "(.+)"', *said
    )
    url, code = class_server(found[1])
    lecture = lectures.hall(code)
    assert (url, lecture.mode, lecture.session) == (
        "http://127.0.0.1:8000",
        "homework",
        course.course.session,
    )
    assert {*lecture.vignettes} == {*course.vignettes, *course.claims}


@pytest.mark.parametrize(
    ("soft", "hard", "allowed", "got"),
    [
        (1_024, 1_048_576, 1_048_576, 20_000),
        (256, INFINITY, 10_240, 10_240),  # macOS: "no limit", and then refuses more
        (256, INFINITY, 9_000, 4_096),
        (256, INFINITY, 256, 256),
        (1_024, 4_096, 4_096, 4_096),
        (65_536, 65_536, 65_536, 65_536),
        (INFINITY, INFINITY, 1, 20_000),
    ],
)
def test_as_many_files_are_asked_for_as_the_system_gives(soft, hard, allowed, got, monkeypatch):
    now = [soft, hard]

    def set_limit(_, limits):
        if limits[0] > allowed:
            raise ValueError("current limit exceeds maximum limit")
        now[:] = limits

    system = SimpleNamespace(
        RLIMIT_NOFILE=7, RLIM_INFINITY=INFINITY, getrlimit=lambda _: tuple(now), setrlimit=set_limit
    )
    monkeypatch.setitem(sys.modules, "resource", system)
    assert run.more_files() == got


def test_where_there_is_no_such_limit_none_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert run.more_files() == 20_000


# -- it ends ---------------------------------------------------------------------------------------------------------


def test_a_signal_ends_it_soon_although_streams_are_open(served):
    code = lecture(served)
    streams = [raw(served, head(served, f"/api/sessions/{code}/events")) for _ in range(30)]
    for stream in streams:
        assert b"200" in stream.recv(12)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(5) == 0
    whole = b""
    while part := streams[0].recv(65536):
        whole += part
    assert whole.endswith(b"0\r\n\r\n")  # the stream was ended, not cut
    for stream in streams:
        stream.close()
    assert served.log.read_text(encoding="utf-8") == ""


def test_it_ends_with_whoever_started_it(tmp_path):
    command = [
        sys.executable,
        "-m",
        "boundaries",
        "serve",
        "--store",
        str(tmp_path / "a.sqlite"),
        "--port",
        "0",
    ]
    with subprocess.Popen(
        [*command, "--with-parent"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().startswith(b'{"url"')
        time.sleep(0.3)
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(5) == 0


def test_it_ends_when_nobody_asks_for_hours_and_made_a_new_key(tmp_path):
    begun = time.monotonic()
    command = [
        "--store",
        str(tmp_path / "a.sqlite"),
        "--port",
        "0",
        "--idle-hours",
        str(1 / 3600),
        "--homework",
    ]
    ended = serve(*command, env=os.environ | {"BOUNDARIES_HOST_KEY": ""})
    assert ended.returncode == 0
    assert time.monotonic() - begun > 1
    first, second = ended.stdout.splitlines()
    assert len(json.loads(first)["host_key"]) == 43  # 256 bits
    assert f'server = "{json.loads(first)["url"]}/' in second


def test_kill_9_and_a_new_start_keep_every_row_and_the_lecture(served):
    code = lecture(served)
    item = next(iter(load().vignettes))
    asyncio.run(served.stage(code, item, "first"))
    url = f"http://127.0.0.1:{served.port}/api/sessions/{code}"
    with httpx.Client() as client:
        for n in range(20):
            body = {
                "token": f"{n:032x}",
                "vignette": item,
                "phase": "first",
                "rating": 1 + n % 5,
                "confidence": 2,
            }
            assert client.post(f"{url}/judgments", json=body).status_code == 201
    served.kill()
    served.start()
    state = httpx.get(url).json()
    assert (state["stage"], state["joined"], state["judged"]) == ("first", 20, 20)
    assert len(Store(served.store).judgments(f"lecture-{code.lower()}")) == 20
    assert httpx.get(f"{url}/plan", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    ready(served)
    before = served.cpu()
    shown = asyncio.run(served.stage(code, item, "reveal"))
    assert (
        served.cpu() - before < 0.4
    )  # to import pandas costs three times as much; a clock would tell of this machine
    assert shown["reveal"]["groups"]


def ready(server: Server) -> None:
    """Waits until what the first reveal needs is loaded: from a lecture's first state on."""
    until, maps, before = time.monotonic() + 60, Path(f"/proc/{server.pid}/maps"), -1.0
    while "pandas" not in maps.read_text(encoding="utf-8") or server.cpu() - before > 0.1:
        assert time.monotonic() < until
        before = server.cpu()
        time.sleep(0.7)


# -- what strangers do to its sockets --------------------------------------------------------------------------------


IMPATIENT = """
import itertools, sys
from boundaries.lectures.server import connections, events, run, service

connections.HEADERS_WITHIN, events.FRESH, events.EVERY = 1.0, 0.0, 0.005
build, versions = service.ClassServer._build, itertools.count()
service.ClassServer._build = lambda self, code: build(self, code) | {"title": "x" * 60_000, "version": next(versions)}
run.serve(sys.argv[1], port=0, host_key=sys.argv[2])
"""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A server whose ten seconds are one, and whose lectures change all the time; its port."""
    command = [
        sys.executable,
        "-c",
        IMPATIENT,
        str(tmp_path_factory.mktemp("impatient") / "a.sqlite"),
        KEY,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        yield int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
        process.terminate()


def test_a_head_that_never_ends_is_cut_and_others_go_on(impatient):
    mute, slow, kept = (
        socket.create_connection(("127.0.0.1", impatient), timeout=10) for _ in range(3)
    )
    ask = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{impatient}\r\n\r\n".encode()
    kept.sendall(ask)
    answer = b""
    while not answer.endswith(b"}"):
        answer += kept.recv(4096)
    slow.sendall(b"GET /healthz HTTP/1.1\r\n")
    kept.sendall(ask[:20])  # and a second request on a connection whose first was whole
    begun, cut = time.monotonic(), 0.0
    while not cut and time.monotonic() - begun < 5:
        try:
            slow.sendall(b"X-a: b\r\n")  # a header now and then, for ever
        except OSError:
            cut = time.monotonic() - begun
        time.sleep(0.05)
    assert cut > 0.5  # it was given its second
    for other in (mute, kept):
        assert read_all(other) == b""
        other.close()
    slow.close()
    assert httpx.get(f"http://127.0.0.1:{impatient}/healthz").status_code == 200


def test_300_silent_connections_shut_nobody_out(impatient):
    mute = [socket.create_connection(("127.0.0.1", impatient), timeout=10) for _ in range(300)]
    assert httpx.get(f"http://127.0.0.1:{impatient}/healthz").status_code == 200
    for connection in mute:
        connection.close()


LINE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("begin", "more"),
    [(b"GET /", b"a" * 8_000), (LINE + b"X: ", b"a" * 8_000), (LINE, b"X: b\r\n" * 1_000)],
    ids=["address", "header", "headers"],
)
def test_a_head_without_an_end_is_read_no_further_than_64_kB(shared, begin, more):
    connection = raw(shared, begin)
    sent = 0
    with suppress(OSError):
        while sent < 4_000_000:
            connection.sendall(more)
            sent += len(more)
            time.sleep(0.002)
    connection.close()
    assert sent < 4_000_000  # more than 64 kB, for the system takes some on its way
    assert httpx.get(f"http://127.0.0.1:{shared.port}/healthz").status_code == 200


def test_a_listener_that_does_not_read_is_dropped_and_little_is_kept_for_it(impatient):
    with httpx.Client(
        base_url=f"http://127.0.0.1:{impatient}", headers={"Authorization": f"Bearer {KEY}"}
    ) as client:
        body = {"title": "Rehearsal", "vignettes": [next(iter(load().vignettes))]}
        code = client.post("/api/sessions", json=body).json()["code"]
    mute, reads = socket.socket(), socket.create_connection(("127.0.0.1", impatient), timeout=5)
    mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    mute.settimeout(5)
    mute.connect(("127.0.0.1", impatient))
    begun, seen = time.monotonic(), 0
    for listener in (mute, reads):
        listener.sendall(
            f"GET /api/sessions/{code}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        )
    while time.monotonic() - begun < 3:  # 60 kB many times a second
        seen += len(reads.recv(1 << 20))
    assert seen > 2_000_000
    assert len(read_all(mute)) < 600_000  # what the system held; the connection is gone
    for listener in (mute, reads):
        listener.close()


def read_all(connection: socket.socket) -> bytes:
    """What arrives until the other side is gone."""
    found = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            found += part
            assert len(found) < 2_000_000, "it is still connected"
    return found


def test_answers_do_not_say_what_serves_them(shared):
    answer = httpx.get(f"http://127.0.0.1:{shared.port}/healthz")
    assert {"server", "date"} & {name.lower() for name in answer.headers} == set()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n", b"GET\r\n\r\n",
        b"POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_not_our_http_is_refused_and_not_written_down(shared, sent):
    connection = raw(shared, sent)
    answer = b""
    with suppress(OSError):  # to be cut off is to be refused
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            answer += part
    connection.close()
    assert answer[:10] != b"HTTP/1.1 5"
    assert httpx.get(f"http://127.0.0.1:{shared.port}/healthz").status_code == 200
    assert shared.log.read_text(encoding="utf-8") == ""


# -- what it keeps ---------------------------------------------------------------------------------------------------


def test_no_address_name_or_browser_is_written_anywhere(served, tmp_path):
    code = lecture(served)
    item = next(iter(load().vignettes))
    asyncio.run(served.stage(code, item, "first"))
    marks = (
        "a-browser-of-its-own/7.5",
        "203.0.113.77",
        "a-referring-page",
        "mark-in-a-cookie",
        "mark-in-the-query",
    )
    headers = {
        "User-Agent": marks[0], "X-Forwarded-For": marks[1], "Forwarded": f"for={marks[1]}", "Referer": marks[2],
        "Cookie": f"name={marks[3]}", "Accept-Language": "xx-mark",
    }  # fmt: skip
    url = f"http://127.0.0.1:{served.port}/api/sessions/{code}"
    token = "5eed" * 8
    body = {"token": token, "vignette": item, "phase": "first", "rating": 2, "confidence": 2}
    with httpx.Client(headers=headers, params={"q": marks[4]}) as client:
        assert client.post(f"{url}/join", json={"token": token}).status_code == 200
        assert client.post(f"{url}/judgments", json=body).status_code == 201
        assert client.post(f"{url}/judgments", json=body | {"rating": marks[0]}).status_code == 422
        assert (
            client.get(f"{url}/tally", headers={"Authorization": f"Bearer {marks[3]}"}).status_code
            == 403
        )
        assert client.get(f"{url}x").status_code == 404
    assert served.stop() == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".sqlite", ".out", ".log"}
    for path in files:
        kept = path.read_bytes()
        for mark in (*marks, "xx-mark", token, "python-httpx"):
            assert mark.encode() not in kept, (path.name, mark)
        if path.suffix != ".out":
            assert b"127.0.0.1" not in kept, path.name
            assert KEY.encode() not in kept, path.name


def test_whoever_forwards_is_believed_only_behind_a_public_address(shared, tmp_path, monkeypatch):
    """Else anybody on this machine could claim any number of addresses, and have each one's limits."""
    with httpx.Client(base_url=f"http://127.0.0.1:{shared.port}") as client:
        asked = (
            client.get(f"/api/sessions/{n:08}", headers={"X-Forwarded-For": f"198.51.100.{n}"})
            for n in range(400)
        )
        assert any(found.status_code == 429 for found in asked)

    class Never(run.Server):
        def run(self, sockets):
            believed.append(self.config.proxy_headers)
            sockets[0].close()

    believed = []
    monkeypatch.setattr(run, "Server", Never)
    monkeypatch.setattr(run.signal, "signal", lambda *_: None)
    for public in ("", "https://class.example.org"):
        run.serve(tmp_path / "a.sqlite", port=0, public_url=public)
    assert believed == [False, True]
