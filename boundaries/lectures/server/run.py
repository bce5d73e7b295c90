"""`python -m boundaries serve`: one process of the class server, from its socket to its end."""

from __future__ import annotations

import asyncio
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
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from boundaries.answers.store import Store
from boundaries.content import Content, load
from boundaries.errors import BoundariesError
from boundaries.lectures.network import (
    EVERYWHERE,
    http_address,
    is_loopback,
    lan_address,
    listen,
)
from boundaries.lectures.rounds.halls import Halls
from boundaries.lectures.server.app import make_app
from boundaries.lectures.server.pages import join_url
from boundaries.lectures.server.replies import place_of

HEADERS_WITHIN = 10.0
"""Seconds in which the head of a request must arrive, and in which a phone must read what is sent to it."""
_FILES = 20_000  # open connections that are asked for, where the system lets one ask

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
) -> None:
    """Serves the lectures (and with `homework` the session of course.toml) of the store `where`, until told to end.

    Prints one line of JSON, `{"url": …, "host_key": …}`, once phones are answered, then a sentence. Port 0 takes a
    free one. Raises BoundariesError with a sentence where it cannot: a port that is taken, a store that does not open.
    """
    _check(public_url, host_key)
    files = _more_files()
    key = host_key or secrets.token_urlsafe(32)
    listening = listen(host, port)
    url = _address(host, listening.getsockname()[1])
    try:
        content, store = load(), Store(where)
        app = make_app(store, content, host_keys=[key], public_url=public_url or _reachable(url))
        said = _sentence(host, public_url.rstrip("/") or url)
        if homework:
            said += " " + _homework(app.state.server.halls, content, public_url.rstrip("/") or url)
    except BoundariesError:
        listening.close()
        raise
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="on",
        loop="asyncio",
        log_config=None,
        log_level="critical",  # its messages quote requests; what is worth knowing is logged by the guard
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=bool(
            public_url
        ),  # else anybody here could claim to come from another address
        limit_concurrency=max(100, files - 200),
        backlog=4096,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
    )
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stderr)
    server = Server(config, [json.dumps({"url": url, "host_key": key}), said], idle_hours * 3600)
    if with_parent:
        threading.Thread(target=server.end_with_parent, daemon=True).start()
    # uvicorn hands a signal on once it has ended in good order: then this ends the process, with exit code 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        server.run(sockets=[listening])
    finally:
        store.close()
        _leave()


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP, with a clock against connections that are held open for nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*args, **kwargs)
        self._head: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection: its first request's head must come soon."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """The first signs of a request, maybe a later one of this connection."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there; for the body the guard has a clock of its own."""
        if self._head:
            self._head.cancel()
            self._head = None
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """The other side does not read: it has a while to begin again."""
        super().pause_writing()
        self._unread = self.loop.call_later(HEADERS_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        if self._unread:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of a connection, and of its clocks."""
        for clock in (self._head, self._unread):
            if clock:
                clock.cancel()
        self._head = self._unread = None
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if not self._head:
            self._head = self.loop.call_later(HEADERS_WITHIN, self.transport.abort)


class Server(uvicorn.Server):
    """uvicorn's server: says where it is once it answers, and ends although event streams are open."""

    def __init__(self, config: uvicorn.Config, says: list[str], idle: float) -> None:
        super().__init__(config)
        self._says, self._idle = says, idle
        self._requests, self._since = 0, time.monotonic()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to answer, then says so."""
        asyncio.get_running_loop().set_exception_handler(_log_kind)
        await super().startup(sockets)
        print("\n".join(self._says), flush=True)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end: when told to, or after hours without a request."""
        if self.server_state.total_requests != self._requests:
            self._requests, self._since = self.server_state.total_requests, time.monotonic()
        idle = bool(self._idle) and time.monotonic() - self._since > self._idle
        return await super().on_tick(counter) or idle

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams first, for nothing else would."""
        self.config.app.state.hub.end_streams()  # type: ignore[union-attr]
        await super().shutdown(sockets)

    def end_with_parent(self) -> None:
        """Ends the server when standard input does: when whoever started it is gone."""
        with suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        self.should_exit = True


def _leave() -> None:
    """Ends the process where a thread hangs in a database that does not answer: Python itself would wait for it."""
    ours = [t for t in threading.enumerate() if t.name.startswith(("reader", "writer"))]
    for thread in ours:
        thread.join(1)
    if any(thread.is_alive() for thread in ours):
        os._exit(0)


def _check(public_url: str, host_key: str) -> None:
    public = urlsplit(public_url)
    if public_url and (
        public.scheme not in ("http", "https")
        or not public.hostname
        or public.path not in ("", "/")
    ):
        raise BoundariesError(
            f"'{public_url}' is not an address for phones. Give it as in https://class.example.org, without a path."
        )
    if host_key and (
        len(host_key) < 20
        or not host_key.isascii()
        or not host_key.isprintable()
        or " " in host_key
    ):
        raise BoundariesError(
            f"The host key has {len(host_key)} signs or odd ones among them. Give 20 or more letters and digits that "
            "nobody can guess, or none: then one is made."
        )


def _address(host: str, port: int) -> str:
    """Where this process can be reached: of all its addresses, the one in the network."""
    if host in (EVERYWHERE, "::"):
        host = lan_address()
    return http_address(host, port)


def _reachable(url: str) -> str:
    """`url` as the address that phones open; nothing for this machine's own, which any name of it may stand for."""
    return "" if is_loopback(urlsplit(url).hostname or "") else url


def _sentence(host: str, url: str) -> str:
    """What a person should know of what was just opened."""
    said = f"The class server is at {url}. Ctrl+C ends it; what was judged stays."
    if not is_loopback(host):
        said += (
            " Everyone who reaches this machine at that port can open the join page and, with a lecture's code, look "
            "at what the class sees and judge under as many tokens as the limits let through. Nothing else of this "
            "computer is served."
        )
        if not url.startswith("https:"):
            said += " Without HTTPS, people on the same network can read along."
    return said


def _homework(lectures: Halls, content: Content, url: str) -> str:
    course = content.course
    items = [*content.vignettes, *content.claims]
    made, _ = lectures.create(course.title, items, session=course.session, mode="homework")
    return f'For homework, write this into course.toml, under [session]: server = "{join_url(url, made.code)}"'


def _more_files() -> int:
    """How many files, hence connections, this process may have open: as many as the system lets it ask for."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return _FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _log_kind(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    error = context.get("exception")
    log.error("%s", place_of(error) if isinstance(error, BaseException) else "An event was lost.")
