"""What every request passes first, and every answer last: sizes, patience, whose page is asking, headers, errors.

Plain ASGI, for it runs on each of a few hundred requests a second. It logs the kind and place of an error of ours,
never anything of the request.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
import time
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boundaries.errors import (
    AlreadyLocked,
    BoundariesError,
    NotFound,
    NotYetJudged,
    Refused,
    StoreError,
    TooMany,
)
from boundaries.lectures.server.limits import Later

log = logging.getLogger("boundaries.lectures.server")

JUDGMENTS_BYTES, BODY_BYTES = 64_000, 16_000
"""The largest body with judgments, and the largest of any other request."""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every answer. Nothing may be framed, sniffed, sent a referrer or run that is not our own file."""

_PATIENCE = (
    "The request did not arrive within {seconds:g} seconds. Check the network, then send it again."
)


class Guard:
    """Lets through what a page of ours may ask; answers everything else with a sentence.

    `public_url` is the address that people type, if it is not that of this machine; `hosts` are further names of it.
    `patience` is how long a body may take, in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        public_url: str = "",
        hosts: Iterable[str] = (),
        patience: float = 10.0,
    ) -> None:
        self._app = app
        self._patience = patience
        self._complained = float("-inf")
        public = urlsplit(public_url)
        self._public = public.netloc.lower()
        name = socket.gethostname().lower()
        self._hosts = {"localhost", name, f"{name}.local", *(h.lower() for h in hosts)} | {
            public.hostname or name
        }
        headers = HEADERS | (
            {"strict-transport-security": "max-age=31536000"} if public.scheme == "https" else {}
        )
        self._lasting = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._passing = [*self._lasting, (b"cache-control", b"no-store")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = message.get("headers", [])
                lasting = any(name == b"cache-control" for name, _ in given)
                message["headers"] = [*given, *(self._lasting if lasting else self._passing)]
            await send(message)

        try:
            refused = self._refusal(scope)
            if not refused and scope["method"] not in ("GET", "HEAD"):
                body = await self._body(scope, receive)
                if body is None:
                    return  # nobody is there any more
                if isinstance(body, bytes):
                    receive = _again(body, receive)
                else:
                    refused = body
            if refused:
                await answer(send_guarded, *refused)
            else:
                await self._app(scope, receive, send_guarded)
        except Exception as error:
            status, table, wait = answer_to(error)
            if status == 500:
                log.error("%s", place_of(error))
            elif isinstance(error, StoreError) and time.monotonic() - self._complained > 60:
                self._complained = (
                    time.monotonic()
                )  # once a minute, with the store's own sentence: no request is in it
                log.error("The store refused something: %s", error)
            if not started:
                await answer(send_guarded, status, table, wait)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """A status and a sentence for what is refused unread."""
        headers = dict(scope["headers"])
        path = scope["path"]
        if len(scope.get("raw_path") or path) > 500 or len(scope["query_string"]) > 1_000:
            return 414, "This address is too long. Type it again."
        if (
            "//" in path
            or "\\" in path
            or any(c < " " or c == "\x7f" or c == "\ufffd" for c in path)
        ):
            return (
                400,
                "This address holds signs that no address of this server has. Type it again.",
            )
        if "." in path and any(part in (".", "..") for part in path.split("/")):
            return (
                400,
                "This address holds signs that no address of this server has. Type it again.",
            )
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if path != "/healthz" and not self._ours(host):
            # Else a page elsewhere could have its own name point to this machine, and read it through a browser.
            return (
                421,
                "This server does not go by that name. Open it by the address that it shows.",
            )
        if scope["method"] in ("GET", "HEAD"):
            if b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
                return 400, "This request carries a body, which is not read here. Send it without."
            return None
        origin = headers.get(b"origin")
        if origin is not None:
            asking = (
                urlsplit(origin.decode("latin-1").lower()).netloc if origin.count(b"/") == 2 else ""
            )
            if not asking or asking not in (host, self._public):
                return (
                    403,
                    "Another website sent this. Open the page of this server and send it from there.",
                )
        if scope["method"] == "POST":
            kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
            if kind != b"application/json":
                return 415, "Send this as application/json."
        return None

    def _ours(self, host: str) -> bool:
        if host and host == self._public:
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._hosts:
                return True
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return "@" not in host

    async def _body(self, scope: Scope, receive: Receive) -> bytes | tuple[int, str] | None:
        """The whole body; a status and a sentence where it is too long or too slow; None if the sender left."""
        most = JUDGMENTS_BYTES if scope["path"].endswith("/judgments") else BODY_BYTES
        too_long = (
            413,
            f"The request is too long. At most {most:,} bytes are read. Send less at once.",
        )
        length = next(
            (value for name, value in scope["headers"] if name == b"content-length"), b"0"
        )
        if not length.isdigit() or len(length) > 12 or int(length) > most:
            return too_long
        body = bytearray()
        try:
            async with asyncio.timeout(self._patience):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > most:
                        return too_long
        except TimeoutError:
            return 408, _PATIENCE.format(seconds=self._patience)
        return bytes(body)


def answer_to(error: Exception) -> tuple[int, dict[str, Any], int]:
    """Status, body and seconds to wait (0: none) for an error."""
    text = str(error)
    if isinstance(error, NotFound):
        return 404, {"error": text}, 0
    if isinstance(error, Refused | AlreadyLocked | NotYetJudged):
        return 409, {"error": text}, 0
    if isinstance(error, TooMany):
        return 429, {"error": text}, error.seconds if isinstance(error, Later) else 1
    if isinstance(error, StoreError):
        # Its own sentence names the store's place, which is no stranger's affair.
        return (
            503,
            {
                "error": "The class server cannot reach its store at the moment. Try again in a moment."
            },
            2,
        )
    if isinstance(error, BoundariesError):
        return 422, {"error": text, "errors": list(getattr(error, "errors", (text,)))}, 0
    return (
        500,
        {"error": "The server made a mistake, and nothing of this was stored. Try again."},
        0,
    )


async def answer(send: Send, status: int, body: str | dict[str, Any], wait: int = 0) -> None:
    """Sends a short answer in JSON; a connection whose body was not read is closed."""
    table = {"error": body} if isinstance(body, str) else body
    data = to_json(table)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    if wait:
        headers.append((b"retry-after", str(wait).encode()))
    if status in (400, 403, 408, 413, 414, 415, 421):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def to_json(table: object) -> bytes:
    """JSON in UTF-8; half of a surrogate pair, which UTF-8 has no place for, as its escape."""
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def place_of(error: BaseException) -> str:
    """The kind of an error and where it arose, without its text, which may quote a request."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    ours = next((f for f in reversed(frames) if "boundaries" in f.filename), last)
    return f"{type(error).__name__}" + (
        f" in {Path(ours.filename).name}, line {ours.lineno}" if ours else ""
    )


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
