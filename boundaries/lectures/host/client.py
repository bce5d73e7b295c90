"""Talking to a class server as its host: over HTTP, with every refusal as the server's own sentence."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from boundaries.errors import BoundariesError, NotFound, Refused, StoreError, TooMany, Unreachable

JsonTable = dict[str, Any]

_ERRORS: dict[int, type[BoundariesError]] = {
    404: NotFound,
    409: Refused,
    429: TooMany,
    503: StoreError,
}
# The header of every answer of a class server: a portal in between answers in JSON too.
_MARK = ("x-boundaries", "1")

_STATE = ("code", "session", "stage", "place", "joined", "judged")
_NEW = ("code", "join_url", "screen_url", "state")


class WrongKey(BoundariesError):
    """The server does not know this host key."""


_ERRORS |= {401: WrongKey, 403: WrongKey}


class Host:
    """A class server, and the key of one of its hosts. Safe to use from several threads.

    Every method raises Unreachable where nobody answers, Refused, NotFound or TooMany where the
    server says no, StoreError where its store does not answer, WrongKey where it does not know the
    key, else BoundariesError: also where somebody answers who is no class server, such as a
    hotel's portal.
    """

    def __init__(self, url: str, key: str, *, patience: float = 4) -> None:
        self.url, self._key, self._patience = url.rstrip("/"), key, patience
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None
        # A campus proxy cannot reach this computer's own loopback, and a notebook's frame can.
        self.is_near = urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")

    def __repr__(self) -> str:
        return f"Host({self.url})"

    def page(self, code: str) -> str:
        """The address of the host's page of a lecture. The key stands in the fragment, which no
        browser sends."""
        return f"{self.url}/host#{quote(self._key, safe='')}/{code}"

    def close(self) -> None:
        """Ends its connections; the next question makes new ones."""
        with self._lock:
            if self._http:
                self._http.close()
            self._http = None

    def alive(self) -> bool:
        """Whether a class server answers there."""
        try:
            return bool(self._ask("GET", "/healthz").get("ok"))
        except StoreError:  # it is there, and says so itself
            return True
        except BoundariesError:
            return False

    def create(
        self, session: str, title: str, vignettes: list[str], **more: str | bool | None
    ) -> JsonTable:
        """The lecture of that session id, made if it is not there yet: code, join_url, screen_url,
        session, state. `more` are further fields of the request, such as `reasons`."""
        body = {"session": session, "title": title, "vignettes": vignettes, **more}
        made = self._ask("POST", "/api/sessions", body, _NEW)
        self._check(made["state"], _STATE)
        return made

    def state(self, code: str) -> JsonTable:
        """The lecture's public state."""
        return self._ask("GET", _path(code), None, _STATE)

    def plan(self, code: str) -> list[JsonTable]:
        """The cases of the lecture, in order: what was opened and revealed of each, and its dial."""
        plan: list[JsonTable] = self._ask("GET", _path(code, "plan"), None, ("vignettes",))[
            "vignettes"
        ]
        return plan

    def tally(self, code: str) -> JsonTable:
        """The counts of what was revealed, small groups withheld."""
        return self._ask("GET", _path(code, "tally"), None, ("ratings", "moves", "withheld"))

    def export(self, code: str) -> JsonTable:
        """The judgments of what was revealed, in the format of submissions."""
        return self._ask("GET", _path(code, "export"), None, ("submissions",))

    def post(self, code: str, change: str, **body: object) -> JsonTable:
        """Changes the lecture (`change`: stage, clock, level, hands or end); the public state after it."""
        return self._ask("POST", _path(code, change), body, _STATE)

    def _ask(
        self, method: str, path: str, body: object = None, needed: tuple[str, ...] = ()
    ) -> JsonTable:
        """The answer, which has all fields that are `needed`."""
        try:
            answer = self._connected().request(method, path, json=body)
        # The last three: settings of a proxy or of certificates that no client can be made with.
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError, ImportError) as error:
            raise Unreachable(
                f"{self.url}: no class server answers. Check the address and the network, then run this again."
            ) from error
        try:
            reply = answer.json()
        except (ValueError, RecursionError):
            reply = None
        name, value = _MARK
        if not isinstance(reply, dict) or answer.headers.get(name) != value:
            raise self._stranger(f"status {answer.status_code}")
        if answer.is_success:
            self._check(reply, needed)
            return reply
        if "error" not in reply:
            raise self._stranger(f"status {answer.status_code}")
        raise _ERRORS.get(answer.status_code, BoundariesError)(str(reply["error"]))

    def _check(self, reply: object, needed: tuple[str, ...]) -> None:
        if not isinstance(reply, dict):
            raise self._stranger("status 200")
        missing = [name for name in needed if name not in reply]
        if missing:
            raise self._stranger(f"without {', '.join(missing)}")

    def _stranger(self, sign: str) -> BoundariesError:
        return BoundariesError(
            f"{self.url} answered with something that is no answer of a class server ({sign}). "
            "Check the address."
        )

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._http is None:
                self._http = httpx.Client(
                    base_url=self.url,
                    headers={"Authorization": f"Bearer {self._key}"},
                    timeout=httpx.Timeout(self._patience, connect=2),
                    trust_env=not self.is_near,
                )
            return self._http


def _path(code: str, *more: str) -> str:
    return "/".join(["/api/sessions", *(quote(part, safe="") for part in (code, *more))])
