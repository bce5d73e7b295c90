"""Talking to a class server as its host: over HTTP, with every refusal as the server's own sentence."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from boundaries.errors import BoundariesError, NotFound, Refused, StoreError, TooMany, Unreachable

Reply = dict[str, Any]
_ERRORS: dict[int, type[BoundariesError]] = {
    404: NotFound,
    409: Refused,
    429: TooMany,
    503: StoreError,
}


class WrongKey(BoundariesError):
    """The server does not know this host key."""


class Host:
    """A class server, and the key of one of its hosts. Safe to use from several threads.

    Every method raises Unreachable where nobody answers, Refused, NotFound or TooMany where the server says no,
    StoreError where its store does not answer, WrongKey where it does not know the key, else BoundariesError.
    """

    def __init__(self, url: str, key: str, *, patience: float = 4) -> None:
        self.url, self._key, self._patience = url.rstrip("/"), key, patience
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None

    def __repr__(self) -> str:
        """The address alone."""
        return f"Host({self.url})"

    def close(self) -> None:
        """Ends its connections; the next question makes new ones."""
        with self._lock:
            if self._http:
                self._http.close()
            self._http = None

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._http is None:
                near = urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")
                self._http = httpx.Client(
                    base_url=self.url,
                    headers={"Authorization": f"Bearer {self._key}"},
                    timeout=httpx.Timeout(self._patience, connect=2),
                    trust_env=not near,  # a campus proxy cannot reach this computer's own loopback
                )
            return self._http

    def alive(self) -> bool:
        """Whether a class server answers there."""
        try:
            return bool(self._ask("GET", "/healthz").get("ok"))
        except StoreError:  # it is there, and says so itself
            return True
        except BoundariesError:
            return False

    def create(self, session: str, title: str, vignettes: list[str]) -> Reply:
        """The lecture of that session id, made if it is not there yet: code, join_url, screen_url, session, state."""
        return self._ask(
            "POST", "/api/sessions", {"session": session, "title": title, "vignettes": vignettes}
        )

    def state(self, code: str) -> Reply:
        """The lecture's public state."""
        return self._ask("GET", _path(code))

    def of(self, code: str, what: str) -> Reply:
        """What only a host may read: `what` is plan, tally or export."""
        return self._ask("GET", _path(code, what))

    def post(self, code: str, what: str, **body: object) -> Reply:
        """Changes the lecture (`what`: stage, clock, level or hands); the public state after it."""
        return self._ask("POST", _path(code, what), body)

    def _ask(self, method: str, path: str, body: object = None) -> Reply:
        try:
            answer = self._connected().request(method, path, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(
                f"{self.url}: no class server answers. Check the address and the network, then run this again."
            ) from error
        try:
            reply = answer.json()
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise BoundariesError(
                f"{self.url} answered with something that is no answer of a class server "
                f"(status {answer.status_code}). Check the address."
            )
        if answer.is_success:
            return reply
        said = str(
            reply.get("error") or f"The class server refused, with status {answer.status_code}."
        )
        kind = (
            WrongKey
            if answer.status_code in (401, 403)
            else _ERRORS.get(answer.status_code, BoundariesError)
        )
        raise kind(said)


def _path(code: str, *more: str) -> str:
    return "/".join(["/api/sessions", *(quote(part, safe="") for part in (code, *more))])
