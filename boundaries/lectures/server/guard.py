"""What every request passes first, and every answer last: sizes, patience, whose page is asking,
headers, errors.

Plain ASGI, for it runs on each of a few hundred requests a second. It logs the kind and place of an
error of ours, never anything of the request.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boundaries.errors import StoreError
from boundaries.lectures.network import is_loopback
from boundaries.lectures.server.replies import Reply, error_place, reply_to, send_reply

log = logging.getLogger("boundaries.lectures.server")

JUDGMENTS_BYTES, BODY_BYTES = 64_000, 16_000
"""The largest body with judgments, and the largest of any other request."""

PATH_BYTES, QUERY_BYTES = 500, 1_000

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
)
CSP = f"{_CSP}'none'"
FRAMED_CSP = f"{_CSP}http://127.0.0.1:* http://localhost:*"
"""Of the host's page alone: a notebook on this computer shows it in a frame. Whoever frames it
without the key, which stands in the address's fragment, frames a page that can do nothing.
"""
HEADERS = {
    # By this a phone or notebook tells our answers from those of a portal or filter in between.
    "x-boundaries": "1",
    "content-security-policy": CSP,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every answer. Nothing may be framed, sniffed, sent a referrer or run that is not our own
file.
"""


_FULL = "More are connected than this class server can hold. Try again in a few seconds."


class Guard:
    """Lets through what a page of ours may ask; answers everything else with a sentence.

    `public_url` is the address that people type, if it is not that of this machine; `hosts` are
    further names of it. `patience` is how long a body may take, in seconds. While it `is_full`,
    only hosts and this computer are answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        public_url: str = "",
        hosts: Iterable[str] = (),
        patience: float = 10.0,
        is_full: Callable[[], bool] = bool,
    ) -> None:
        self._app = app
        self._is_full = is_full
        self._patience = patience
        self._complained = float("-inf")
        public = urlsplit(public_url)
        self._public = public.netloc.lower()
        own_name = socket.gethostname().lower()
        self._hosts = {"localhost", own_name, f"{own_name}.local"}
        self._hosts |= {host.lower() for host in hosts}
        if public.hostname:
            self._hosts.add(public.hostname)
        headers = dict(HEADERS)
        if public.scheme == "https":
            headers["strict-transport-security"] = "max-age=31536000"
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
                headers = message.get("headers", [])
                own = {name for name, _ in headers}  # what a page decides for itself
                added = self._lasting if b"cache-control" in own else self._passing
                message["headers"] = [*headers, *(pair for pair in added if pair[0] not in own)]
            await send(message)

        try:
            await self._handle(scope, receive, send_guarded)
        except Exception as error:
            self._complain(error)
            if not started:
                await send_reply(send_guarded, reply_to(error))

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal:
            await send_reply(send, refusal)
            return
        if scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        body = await self._body(scope, receive)
        if isinstance(body, Reply):
            await send_reply(send, body)
        elif body is not None:
            await self._app(scope, _again(body, receive), send)

    def _complain(self, error: Exception) -> None:
        """Writes down what whoever runs the server should know."""
        if isinstance(error, StoreError):
            # Once a minute, with the store's own sentence: nothing of a request is in it.
            if time.monotonic() - self._complained > 60:
                self._complained = time.monotonic()
                log.error("The store refused something: %s", error)
        elif reply_to(error).status == 500:
            log.error("%s", error_place(error))

    # -- refused unread ---------------------------------------------------------------------------

    def _refusal(self, scope: Scope) -> Reply | None:
        """The answer to what is refused unread, or None."""
        refusal = _address_refusal(scope) or self._host_refusal(scope) or self._crowd_refusal(scope)
        if refusal:
            return refusal
        headers = dict(scope["headers"])
        if scope["method"] not in ("GET", "HEAD"):
            return self._sender_refusal(scope["method"], headers)
        if b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
            return _refuse(
                400, "This request carries a body, which is not read here. Send it without."
            )
        return None

    def _host_refusal(self, scope: Scope) -> Reply | None:
        """For a name that is not ours: else a page elsewhere could have its own name point to this
        machine, and read it through a browser.
        """
        names = [value for name, value in scope["headers"] if name == b"host"]
        if len(names) > 1:
            # Whoever reads the first and whoever reads the last would judge two different requests.
            return _refuse(400, "This request names two hosts. Send it with one Host header.")
        if scope["path"] == "/healthz":
            return None
        if names and self._is_ours(names[0].decode("latin-1").lower()):
            return None
        return _refuse(
            421, "This server does not go by that name. Open it by the address that it shows."
        )

    def _crowd_refusal(self, scope: Scope) -> Reply | None:
        if not self._is_full():
            return None
        sender = (scope.get("client") or ("",))[0]
        with_key = any(name == b"authorization" for name, _ in scope["headers"])
        if with_key or is_loopback(sender):
            return None
        return Reply(503, {"error": _FULL}, wait=5, close=True)

    def _is_ours(self, host: str) -> bool:
        if host and host == self._public:
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._hosts:
                return True
            # Any address of this machine will do: nobody can make an address mean another machine.
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return "@" not in host

    def _sender_refusal(self, method: str, headers: dict[bytes, bytes]) -> Reply | None:
        """For what another website's page sent, or a form could have sent."""
        origin = headers.get(b"origin")
        if origin is not None:
            sender = ""
            if origin.count(b"/") == 2:
                sender = urlsplit(origin.decode("latin-1").lower()).netloc
            host = headers.get(b"host", b"").decode("latin-1").lower()
            if not sender or sender not in (host, self._public):
                return _refuse(
                    403,
                    "Another website sent this. "
                    "Open the page of this server and send it from there.",
                )
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if method == "POST" and kind != b"application/json":
            return _refuse(415, "Send this as application/json.")
        return None

    # -- bodies -----------------------------------------------------------------------------------

    async def _body(self, scope: Scope, receive: Receive) -> bytes | Reply | None:
        """The whole body; the answer where it is too long or too slow; None if the sender left."""
        most = BODY_BYTES
        if scope["path"].endswith("/judgments"):
            most = JUDGMENTS_BYTES
        too_long = _refuse(
            413, f"The request is too long. At most {most:,} bytes are read. Send less at once."
        )
        length = dict(scope["headers"]).get(b"content-length", b"0")
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
            return _refuse(
                408,
                f"The request did not arrive within {self._patience:g} seconds. "
                "Check the network, then send it again.",
            )
        return bytes(body)


def _refuse(status: int, sentence: str) -> Reply:
    return Reply(status, {"error": sentence}, close=True)


def _address_refusal(scope: Scope) -> Reply | None:
    path = scope["path"]
    if len(scope.get("raw_path") or path) > PATH_BYTES or len(scope["query_string"]) > QUERY_BYTES:
        return _refuse(414, "This address is too long. Type it again.")
    odd = "//" in path or "\\" in path or any(part in (".", "..") for part in path.split("/"))
    if odd or any(sign < " " or sign in "\x7f\ufffd" for sign in path):
        return _refuse(
            400, "This address holds signs that no address of this server has. Type it again."
        )
    return None


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read already, once, and then what comes after it."""
    replayed = False

    async def replay() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
