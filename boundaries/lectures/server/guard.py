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
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boundaries.errors import StoreError
from boundaries.lectures.network import is_loopback
from boundaries.lectures.server.replies import Reply, error_place, reply_to, send_reply

log = logging.getLogger("boundaries.lectures.server")

# The largest body with judgments, and the largest of any other request.
JUDGMENTS_BYTES, BODY_BYTES = 64_000, 16_000

PATH_BYTES, QUERY_BYTES = 500, 1_000

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
)
CSP = f"{_CSP}'none'"
# Of the host's page alone: a notebook on this computer shows it in a frame. Whoever frames it
# without the key, which stands in the address's fragment, frames a page that can do nothing.
FRAMED_CSP = f"{_CSP}http://127.0.0.1:* http://localhost:*"
# On every answer: nothing may be framed, sniffed, sent a referrer or run that is not our file.
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

_READING = ("GET", "HEAD")

Headers = dict[bytes, bytes]


class Refusal(Exception):
    """Ends a request and its connection: before it is read, while its body is, or for a host's key
    that is none. `reply` is the answer."""

    def __init__(self, status: int, sentence: str, *, wait: int = 0) -> None:
        self.reply = Reply(status, {"error": sentence}, wait, close=True)


class Guard:
    """Lets through what a page of ours may ask; answers everything else with a sentence.

    `public_url` is the address that people type, if it is not that of this machine. Where it has a
    path, such as that of a JupyterHub service, requests may come with that path or, by a front that
    takes it off, without. `patience` is how long a body may take, in seconds. While it `is_full`,
    only hosts and this computer are answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        public_url: str = "",
        patience: float = 10.0,
        is_full: Callable[[], bool] = bool,
    ) -> None:
        self._app, self._is_full, self._patience = app, is_full, patience
        self._complained = float("-inf")
        public = urlsplit(public_url)
        self._public = public.netloc.lower()
        self._prefix = public.path.rstrip("/")
        own_name = socket.gethostname().lower()
        self._hosts = {"localhost", own_name, f"{own_name}.local"}
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
        if self._prefix and scope["path"].startswith(f"{self._prefix}/"):
            scope = {**scope, "path": scope["path"].removeprefix(self._prefix)}
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
            self._check(scope)
            if self._prefix and scope["path"] == self._prefix:
                # A page's addresses are relative to its folder, and only the slash makes it one.
                home = (b"location", f"{self._prefix}/".encode())
                start = {"type": "http.response.start", "status": 308, "headers": [home]}
                await send_guarded(start)
                await send_guarded({"type": "http.response.body"})
                return
            if scope["method"] not in _READING:
                body = await self._body(scope, receive)
                if body is None:
                    return
                receive = _again(body, receive)
            await self._app(scope, receive, send_guarded)
        except Refusal as refusal:
            await send_reply(send_guarded, refusal.reply)
        except Exception as error:
            self._complain(error)
            if not started:
                await send_reply(send_guarded, reply_to(error))

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

    def _check(self, scope: Scope) -> None:
        """Raises Refusal for what is answered unread."""
        headers = dict(scope["headers"])
        _check_address(scope)
        self._check_host(scope)
        sender = (scope.get("client") or ("",))[0]
        if self._is_full() and b"authorization" not in headers and not is_loopback(sender):
            raise Refusal(
                503,
                "More are connected than this class server can hold. Try again in a few seconds.",
                wait=5,
            )
        if scope["method"] not in _READING:
            self._check_sender(scope["method"], headers)
        elif b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
            raise Refusal(
                400, "This request carries a body, which is not read here. Send it without."
            )

    def _check_host(self, scope: Scope) -> None:
        """Refuses a name that is not ours: else a page elsewhere could have its own name point to
        this machine, and read it through a browser."""
        names = [value for name, value in scope["headers"] if name == b"host"]
        if len(names) > 1:
            # Whoever reads the first and whoever reads the last would judge two different requests.
            raise Refusal(400, "This request names two hosts. Send it with one Host header.")
        if scope["path"] == "/healthz":
            return
        if not names or not self._is_ours(names[0].decode("latin-1").lower()):
            raise Refusal(
                421, "This server does not go by that name. Open it by the address that it shows."
            )

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

    def _check_sender(self, method: str, headers: Headers) -> None:
        """Refuses what another website's page sent, or a form could have sent."""
        origin = headers.get(b"origin")
        if origin is not None:
            sender = ""
            if origin.count(b"/") == 2:
                sender = urlsplit(origin.decode("latin-1").lower()).netloc
            host = headers.get(b"host", b"").decode("latin-1").lower()
            if not sender or sender not in (host, self._public):
                raise Refusal(
                    403,
                    "Another website sent this. "
                    "Open the page of this server and send it from there.",
                )
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if method == "POST" and kind != b"application/json":
            raise Refusal(415, "Send this as application/json.")

    # -- bodies -----------------------------------------------------------------------------------

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None if the sender left. Raises Refusal where it is too long or slow."""
        most = JUDGMENTS_BYTES if scope["path"].endswith("/judgments") else BODY_BYTES
        too_long = Refusal(
            413, f"The request is too long. At most {most:,} bytes are read. Send less at once."
        )
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 12 or int(length) > most:
            raise too_long
        body, more = bytearray(), True
        try:
            async with asyncio.timeout(self._patience):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > most:
                        raise too_long
        except TimeoutError:
            raise Refusal(
                408,
                f"The request did not arrive within {self._patience:g} seconds. "
                "Check the network, then send it again.",
            ) from None
        return bytes(body)


def _check_address(scope: Scope) -> None:
    path = scope["path"]
    if len(scope.get("raw_path") or path) > PATH_BYTES or len(scope["query_string"]) > QUERY_BYTES:
        raise Refusal(414, "This address is too long. Type it again.")
    odd = "//" in path or "\\" in path or any(part in (".", "..") for part in path.split("/"))
    if odd or any(sign < " " or sign in "\x7f\ufffd" for sign in path):
        raise Refusal(
            400, "This address holds signs that no address of this server has. Type it again."
        )


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read already, once, and then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
