"""Homework over the wire: a student's judgments to the class server that course.toml names, and the truth about it.

A judgment is in the student's own file before anything is sent. What cannot be sent waits for the next judgment, or
until a lesson is opened again. Sending has a thread of its own, so that no form, lesson or cell waits for the network:
all widgets of a notebook share one thread of their kernel, and to find a host may take longer than any timeout.
"""

from __future__ import annotations

import json
import os
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from boundaries.answers.codes import token_of
from boundaries.answers.judgments import Judgment, Key, participant_of
from boundaries.answers.store import Store
from boundaries.answers.student import Student
from boundaries.content import Content, Item
from boundaries.content.words import class_server
from boundaries.errors import BoundariesError, CodeError, Unreachable
from boundaries.lessons.outbox import Receipts

if TYPE_CHECKING:  # loaded when something is sent
    import httpx

PATIENCE = 6.0  # seconds for a whole answer: each timeout below is for one piece of it
_BATCHES = (50, 7, 1)  # judgments at once; fewer of those among which one may spoil the others
_MOST = 48_000  # bytes at once: the server takes 64 kB
_HUGE = 262_144  # bytes of an answer that is none of ours

_THERE = "Also on the class server."
_SILENT = "The class server does not answer; what waits is sent with your next judgment."
_BUSY = "The class server is busy; what waits is sent with your next judgment."
_NOT_ASKED = "The class server does not collect this one."


class Watcher(Protocol):
    """Something on screen that says where judgments are."""

    def delivered(self) -> None:
        """Called, on any thread, after something was sent or could not be."""


def delivery_of(
    who: Student, content: Content, environ: Mapping[str, str] = os.environ
) -> Delivery | None:
    """The way of a student's judgments to the class server; None where there is no server, or for the demo.

    Raises ContentError for an address to which no token may go.
    """
    if not content.course.server:
        return None
    class_server(content.course.server)
    try:
        who.backup_code()
    except CodeError:  # the demo participant, whose answers are invented
        return None
    return (
        None
        if environ.get("BOUNDARIES_DEMO") or who.session != content.course.session
        else Delivery(who, content)
    )


class Delivery:
    """Sends what one student judged in this session, keeps what could not be sent, and says where each answer is."""

    def __init__(self, who: Student, content: Content) -> None:
        self.address, self._code = class_server(content.course.server)
        self._url = f"{self.address}/api/sessions/{self._code}"
        self._who, self._content, self._store = who, content, Store(who.path)
        self._items: dict[str, Item] = {**content.all_vignettes, **content.claims}
        self._watchers: weakref.WeakSet[Watcher] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._problem = ""
        self._asked: frozenset[str] | None = (
            None  # the items of the session there, once it was seen to be ours
        )
        self._spoilt: Counter[Key] = Counter()
        self._receipts = Receipts(self._store, self._url)

    # -- what a student sees -------------------------------------------------------------------------------

    def watch(self, watcher: Watcher) -> None:
        """Calls `watcher.delivered()` after each sending, as long as it exists."""
        with self._lock:
            self._watchers.add(watcher)

    def where(self, *judgments: Judgment) -> str:
        """Where these judgments are besides the student's own file; empty as long as nothing is known of them."""
        told = dict.fromkeys(self._place(j) for j in judgments)
        return " ".join(t for t in told if t and (t != _THERE or len(told) == 1))

    def summary(self) -> str:
        """How many of the student's judgments are on the class server, and why others are not."""
        rows = [r for r in self._rows(self._who.participant) if self._place(r) != _NOT_ASKED]
        places = [self._place(row) for row in rows]
        told = [f"On the class server: {places.count(_THERE)} of your {len(rows)} judgments."]
        if any(p not in (_THERE, self._problem) for p in places):
            told.append(
                "Where it holds another or did not take yours, the case's own form says so."
            )
        return " ".join([*told, self._problem] if self._problem in places else told).strip()

    def _place(self, row: Judgment) -> str:
        if said := self._receipts.of(row):
            return said.text or _THERE
        return _NOT_ASKED if self._asked and row.item not in self._asked else self._problem

    # -- sending -------------------------------------------------------------------------------------------

    def send(self) -> None:
        """Sends what waits, and returns at once. While something is on its way, what waits then goes after it."""
        with self._lock:
            self._wanted = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="boundaries-delivery", daemon=True
                )
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether all sending has come to an end within so many seconds, delivered or not."""
        thread = self._thread
        if thread:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                self._wanted = False
            try:
                self._problem = self._deliver()
            except BoundariesError as error:
                self._problem = str(error)
            with self._lock:
                watchers = list(self._watchers)
            for watcher in watchers:
                watcher.delivered()

    def _deliver(self) -> str:
        """Sends all that waits; a sentence if some of it could not be delivered."""
        token = token_of(self._who.backup_code())
        participant = participant_of(self._who.session, token)
        if not self._waiting(participant):
            return ""
        import httpx

        # Over plain http a proxy would read the token; over https it sees only where to.
        proxies, timeout = self.address.startswith("https:"), httpx.Timeout(3, connect=1)
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "boundaries",
        }
        with httpx.Client(
            timeout=timeout, follow_redirects=False, trust_env=proxies, headers=headers
        ) as http:
            if self._asked is None:
                self._asked = self._greet(http)
            for _ in _BATCHES:
                bad = 0
                for batch in self._batches(self._waiting(participant), token):
                    bad = 0 if self._post(http, *batch) else bad + 1
                    if bad == 3:  # it is the server, not a judgment
                        return _SILENT
        return _SILENT if self._waiting(participant) else ""

    def _rows(self, participant: str) -> list[Judgment]:
        """The judgments of this session in the wordings that the course has now."""
        rows = self._store.judgments(self._who.session, participant)
        return [
            r for r in rows if r.item in self._items and r.wording == self._items[r.item].wording
        ]

    def _waiting(self, participant: str) -> list[Judgment]:
        asked = self._asked or self._items
        return [r for r in self._rows(participant) if r.item in asked and not self._receipts.of(r)]

    def _greet(self, http: httpx.Client) -> frozenset[str]:
        """The items of the session there, if it is the one that this course means. No token goes out before."""
        status, state = self._ask(http, "GET", self._url, None)
        self._check(status, state)
        if status != 200 or state.get("code") != self._code:
            raise Unreachable(_SILENT)
        shown, here = f"{self._code[:4]}-{self._code[4:]}", self._who.session
        if state.get("mode") != "homework":
            raise Unreachable(
                f"The code {shown} is that of a lecture, so nothing is sent. Tell your lecturer."
            )
        if state.get("session", here) != here:
            raise Unreachable(
                f"On the class server the code {shown} belongs to another session than '{here}', so nothing is sent. "
                "Tell your lecturer."
            )
        listed = state.get("vignettes")
        ids = (
            [v.get("id") for v in listed if isinstance(v, dict)] if isinstance(listed, list) else []
        )
        return frozenset(id for id in ids if isinstance(id, str)) or frozenset(self._items)

    def _batches(self, rows: list[Judgment], token: str) -> Iterator[tuple[list[Judgment], bytes]]:
        """Judgments that go together, with their JSON; those that may spoil the others last, and few at a time."""
        batch: list[Judgment] = []
        bodies: list[bytes] = []
        for row in sorted(rows, key=lambda r: self._spoilt[r.key]):
            most = _BATCHES[min(self._spoilt[row.key], 2)]
            fields = {
                name: getattr(row, name)
                for name in ("phase", "rating", "confidence", "reason", "revision")
            }
            wish = {
                "token": token,
                "vignette": row.item,
                "wording": row.wording,
                "level": row.level,
                **fields,
            }
            body = json.dumps(wish, ensure_ascii=False).encode()
            if batch and (len(batch) >= most or sum(map(len, bodies)) + len(body) > _MOST):
                yield batch, b"[" + b",".join(bodies) + b"]"
                batch, bodies = [], []
            batch.append(row)
            bodies.append(body)
        if batch:
            yield batch, b"[" + b",".join(bodies) + b"]"

    def _post(self, http: httpx.Client, rows: list[Judgment], body: bytes) -> bool:
        """Sends a batch and keeps what the receipts say; False where the server took it as a whole for wrong."""
        status, answer = self._ask(http, "POST", f"{self._url}/judgments", body)
        self._check(status, answer)
        receipts = answer.get("receipts")
        if status in (201, 409, 422) and isinstance(receipts, list):
            if not self._receipts.keep([(row, self._items[row.item]) for row in rows], receipts):
                raise Unreachable(_SILENT)
            return True
        if status not in (400, 413, 422, 500):
            raise Unreachable(_SILENT)
        if len(rows) == 1 and status != 500 and isinstance(answer.get("error"), str):
            self._receipts.refuse(rows[0], answer["error"])
            return True
        self._spoilt.update(row.key for row in rows)
        return False

    def _ask(
        self, http: httpx.Client, method: str, url: str, body: bytes | None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer (an empty dict where it is none). Raises Unreachable if there is no answer."""
        import httpx

        data, until = b"", time.monotonic() + PATIENCE
        try:
            with http.stream(method, url, content=body) as response:
                for (
                    piece
                ) in response.iter_raw():  # as it came: a few bytes may unpack to any number
                    data += piece
                    if len(data) > _HUGE or time.monotonic() > until:
                        raise Unreachable(_SILENT)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            raise Unreachable(_SILENT) from error
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        return response.status_code, answer if isinstance(answer, dict) else {}

    def _check(self, status: int, answer: dict[str, Any]) -> None:
        if status in (429, 503):
            raise Unreachable(_BUSY)
        if status == 404 and isinstance(answer.get("error"), str):
            shown = f"{self._code[:4]}-{self._code[4:]}"
            raise Unreachable(
                f"The class server knows no session {shown}, so nothing is sent. Tell your lecturer."
            )
