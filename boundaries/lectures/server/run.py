"""`python -m boundaries serve`: one process of the class server, from its socket to its end."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from boundaries.answers.store import Store
from boundaries.answers.students import home
from boundaries.content import Content, load
from boundaries.errors import BoundariesError
from boundaries.lectures.network import EVERYWHERE, http_address, is_loopback, lan_address, listen
from boundaries.lectures.rounds.halls import Halls
from boundaries.lectures.server import welcome
from boundaries.lectures.server.app import make_app
from boundaries.lectures.server.connections import Connection, Crowd
from boundaries.lectures.server.events import Hub
from boundaries.lectures.server.pages import join_url
from boundaries.lectures.server.replies import error_place

# Open files, hence connections, that are asked for. macOS refuses to give more than 10,240 while it
# says that there is no limit, and some of its shells allow fewer.
_FILES = (20_000, 10_240, 4_096)
_FILES_OF_OUR_OWN = 200  # the store, the threads, Python itself

log = logging.getLogger("boundaries.lectures.server")


def serve(
    where: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    public_url: str = "",
    host_key: str = "",
    with_parent: bool = False,
    idle_hours: float = 0.0,
    homework: bool = False,
    as_json: bool = False,
    browser: bool = False,
) -> None:
    """Serves the lectures (and with `homework` the session of course.toml) of the store `where`,
    until told to end.

    Once phones are answered it prints a sentence, and the links of the host and the projector; to a
    program (a pipe, or `as_json`) one line of JSON, `{"url": …, "host_key": …}`, and the sentence.
    With `browser` it opens the host's page where somebody sits at the terminal.

    Port 0 takes a free one. Raises BoundariesError with a sentence where it cannot: a port that is
    taken, a store that does not open."""
    _check(public_url, host_key)
    crowd = Crowd(max(100, more_files() - _FILES_OF_OUR_OWN), behind_front=bool(public_url))
    key = host_key or secrets.token_urlsafe(32)
    listening = listen(host, port)
    url = _address(host, listening.getsockname()[1])
    shown_url = public_url.rstrip("/") or url
    try:
        content, store = load(), Store(where)
        app = make_app(
            store,
            content,
            host_keys=[key],
            public_url=public_url or _reachable(url),
            is_full=lambda: crowd.full,
        )
        sentence = _sentence(host, shown_url)
        if homework:
            sentence += " " + _homework(app.state.server.halls, content, shown_url)
    except BoundariesError:
        listening.close()
        raise
    config = _config(app, crowd, behind_front=bool(public_url))
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr)
    if as_json or not sys.stdout.isatty():
        lines = [json.dumps({"url": url, "host_key": key}), sentence]
    else:
        lines = [sentence, *welcome.for_a_person(shown_url, key)]
    if browser and not as_json and welcome.has_a_screen():
        # A moment later, for the server answers then, and then this thread may do as it likes.
        arguments = [welcome.host_link(url, key), home()]
        opening = threading.Timer(1, welcome.open_host_page, arguments)
        opening.daemon = True
        opening.start()
    server = Server(config, app.state.hub, lines, idle_hours * 3600)
    if with_parent:
        threading.Thread(target=server.end_with_parent, daemon=True).start()
    # uvicorn hands a signal on once it has ended in good order: then this ends the process, with
    # exit code 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        server.run(sockets=[listening])
    finally:
        store.close()
        _leave()


def _config(app: ASGIApp, crowd: Crowd, *, behind_front: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # It asks for a class, and only calls it.
        http=functools.partial(Connection, crowd=crowd),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        loop="asyncio",
        log_config=None,
        # Its messages quote requests; what is worth knowing is logged by the guard.
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        # Without a front anybody here could claim to come from another address.
        proxy_headers=behind_front,
        backlog=4096,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
    )


class Server(uvicorn.Server):
    """uvicorn's server: prints `lines` once it answers, and ends although event streams are open.

    uvicorn documents no hook for either. The three methods are public by their names, and call what
    they replace."""

    def __init__(self, config: uvicorn.Config, hub: Hub, lines: list[str], idle: float) -> None:
        super().__init__(config)
        self._hub = hub
        self._lines, self._idle = lines, idle
        self._requests, self._asked_at = 0, time.monotonic()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to answer, then says so."""
        asyncio.get_running_loop().set_exception_handler(_log_kind)
        await super().startup(sockets)
        print("\n".join(self._lines), flush=True)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end: when told to, or after `idle` seconds without a request (0: never)."""
        if self.server_state.total_requests != self._requests:
            self._requests, self._asked_at = self.server_state.total_requests, time.monotonic()
        idle = bool(self._idle) and time.monotonic() - self._asked_at > self._idle
        return await super().on_tick(counter) or idle

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams first, for nothing else would."""
        self._hub.end_streams()
        await super().shutdown(sockets)

    def end_with_parent(self) -> None:
        """Ends the server when standard input does: when whoever started it is gone."""
        with suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        self.should_exit = True


def more_files() -> int:
    """How many files, hence connections, this process may have open: as many as the system lets it
    ask for."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return _FILES[0]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _FILES[0]
    for wanted in _FILES:
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        if wanted <= soft:
            break
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
    return soft


def _leave() -> None:
    """Ends the process where a thread hangs in a database that does not answer: Python itself would
    wait for it."""
    ours = []
    for thread in threading.enumerate():
        if thread.name.startswith(("reader", "writer")):
            thread.join(1)
            ours.append(thread)
    if any(thread.is_alive() for thread in ours):
        os._exit(0)


def _check(public_url: str, host_key: str) -> None:
    """Raises BoundariesError for an address or a key that will not do."""
    public = urlsplit(public_url)
    whole = public.scheme in ("http", "https") and public.hostname
    if public_url and (not whole or public.query or public.fragment):
        raise BoundariesError(
            f"'{public_url}' is not an address for phones. "
            "Give it as in https://class.example.org or https://uni.example/class."
        )
    plain = host_key.isascii() and host_key.isprintable() and " " not in host_key
    if host_key and (len(host_key) < 20 or not plain):
        raise BoundariesError(
            f"The host key has {len(host_key)} signs or odd ones among them. "
            "Give 20 or more letters and digits that nobody can guess, or none: then one is made."
        )


def _address(host: str, port: int) -> str:
    """Where this process can be reached: of all its addresses, the one in the network."""
    if host in (EVERYWHERE, "::"):
        host = lan_address()
    return http_address(host, port)


def _reachable(url: str) -> str:
    """`url` as the address that phones open; nothing for this machine's own, which any name of it
    may stand for."""
    if is_loopback(urlsplit(url).hostname or ""):
        return ""
    return url


def _sentence(host: str, url: str) -> str:
    """What a person should know of what was just opened."""
    sentences = [f"The class server is at {url}. Ctrl+C ends it; what was judged stays."]
    if not is_loopback(host):
        sentences.append(
            "Everyone who reaches this machine at that port can open the join page and, with a "
            "lecture's code, look at what the class sees and judge under as many tokens as the "
            "limits let through. Nothing else of this computer is served."
        )
        if not url.startswith("https:"):
            sentences.append("Without HTTPS, people on the same network can read along.")
    return " ".join(sentences)


def _homework(halls: Halls, content: Content, url: str) -> str:
    course = content.course
    items = list(content.items)
    hall, _ = halls.create(course.title, items, session=course.session, mode="homework")
    address = join_url(url, hall.code)
    return f'For homework, write this into course.toml, under [session]: server = "{address}"'


def _log_kind(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        log.error("%s", error_place(error))
    else:
        log.error("An event was lost.")
