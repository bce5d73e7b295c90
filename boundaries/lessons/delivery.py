"""Homework over the wire: a student's judgments to the class server, and the truth about them.

A judgment is in the student's own file before anything is sent. What cannot be sent waits for the
next judgment, or until a lesson is opened again. Sending has a thread of its own, so that no form,
lesson or cell waits for the network: all widgets of a notebook share one thread of their kernel,
and to find a host may take longer than any timeout.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from boundaries.answers.codes import token_of
from boundaries.answers.judgments import Judgment, Key, participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import IN_BROWSER, Student
from boundaries.content import Content
from boundaries.content.base32 import grouped
from boundaries.content.sessions import class_server
from boundaries.errors import BoundariesError, CodeError, Unreachable
from boundaries.lessons.outbox import Acknowledgements
from boundaries.lessons.outputs import LESSON_WORDS
from boundaries.lessons.wire import BATCHES, SILENT, ServerAnswer, ask, batches, client

if TYPE_CHECKING:  # loaded when something is sent
    import httpx

_WORDS = LESSON_WORDS["delivery"]
_THERE: str = _WORDS["there"]
_NOT_ASKED: str = _WORDS["not_asked"]


class Watcher(Protocol):
    """Something on screen that says where judgments are."""

    def delivered(self) -> None:
        """Called, on any thread, after something was sent or could not be."""


def delivery_of(
    who: Student, content: Content, environ: Mapping[str, str] = os.environ
) -> Delivery | None:
    """The way of a student's judgments to the class server that course.toml names.

    None where it names none, in a browser (which starts no thread), for another session, and for
    the demo participant, whose answers are invented. Raises ContentError for an address to which no token may go.
    """
    if not content.course.server:
        return None
    class_server(content.course.server)
    try:
        who.backup_code()
    except CodeError:  # the demo participant
        return None
    if IN_BROWSER or environ.get("BOUNDARIES_DEMO") or who.session != content.course.session:
        return None
    return Delivery(who, content)


class Delivery:
    """Sends what one student judged in this session, and says where each judgment is."""

    def __init__(self, who: Student, content: Content) -> None:
        self.address, self._code = class_server(content.course.server)
        self._url = f"{self.address}/api/sessions/{self._code}"
        self._who, self._store = who, Store(who.path)
        self._items = content.all_items
        self._watchers: weakref.WeakSet[Watcher] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._problem = ""
        # The items of the session there, once it was seen to be the one that the course means.
        self._collected: frozenset[str] | None = None
        self._spoilt: Counter[Key] = Counter()
        self._receipts = Acknowledgements(self._store, self._url)

    # -- what a student sees ----------------------------------------------------------------------

    def watch(self, watcher: Watcher) -> None:
        """Calls `watcher.delivered()` after each sending, as long as it exists."""
        with self._lock:
            self._watchers.add(watcher)

    def where(self, *judgments: Judgment) -> str:
        """Where these judgments are besides the student's own file; empty if nothing is known."""
        places = dict.fromkeys(self._place(judgment) for judgment in judgments)
        if len(places) > 1:
            places.pop(_THERE, None)  # what went wrong is said, not what went well beside it
        return " ".join(place for place in places if place)

    def summary(self) -> str:
        """How many of the student's judgments are on the class server, and why others are not."""
        places = []
        for row in self._rows(self._who.participant):
            place = self._place(row)
            if place != _NOT_ASKED:
                places.append(place)
        sentences = [
            f"On the class server: {places.count(_THERE)} of your {len(places)} judgments."
        ]
        if set(places) - {_THERE, self._problem}:
            sentences.append(
                "Where it holds another or did not take yours, the case's own form says so."
            )
        if self._problem and self._problem in places:
            sentences.append(self._problem)
        return " ".join(sentences)

    def _place(self, row: Judgment) -> str:
        answer = self._receipts.of(row)
        if answer:
            return answer.text or _THERE
        if self._collected and row.item not in self._collected:
            return _NOT_ASKED
        return self._problem

    # -- sending ----------------------------------------------------------------------------------

    def send(self) -> None:
        """Sends what waits, and returns at once. What comes to wait meanwhile goes after it."""
        with self._lock:
            self._wanted = True
            if self._thread is not None and self._thread.is_alive():
                return
            self._thread = threading.Thread(
                target=self._run, name="boundaries-delivery", daemon=True
            )
            try:
                self._thread.start()
            except RuntimeError:  # a browser's Python has no threads, a full computer no more
                self._thread, self._problem = None, _WORDS["no_thread"]
                return

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
            except Exception as error:
                self._problem = _WORDS["unforeseen"].format(error=type(error).__name__)
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
        with client(self.address) as http:
            if self._collected is None:
                self._collected = self._greet(http)
            # A batch that was refused is cut smaller each time, in the end to single judgments.
            for _ in BATCHES:
                failures = 0
                for rows, body in batches(self._waiting(participant), token, self._spoilt):
                    failures = 0 if self._post(http, rows, body) else failures + 1
                    if failures == 3:  # it is the server, not a judgment
                        return SILENT
        return SILENT if self._waiting(participant) else ""

    def _rows(self, participant: str) -> list[Judgment]:
        """The judgments of this session in the wordings that the course has now."""
        rows = []
        for row in self._store.judgments(self._who.session, participant):
            item = self._items.get(row.item)
            if item is not None and item.wording == row.wording:
                rows.append(row)
        return rows

    def _waiting(self, participant: str) -> list[Judgment]:
        collected = self._collected or self._items
        waiting = []
        for row in self._rows(participant):
            if row.item in collected and not self._receipts.of(row):
                waiting.append(row)
        return waiting

    def _greet(self, http: httpx.Client) -> frozenset[str]:
        """The items of the session there, if it is the one that this course means.

        No token goes out before. Raises Unreachable, with a sentence, if it is another.
        """
        answer = self._ask(http, "GET", self._url)
        session = answer.table
        if answer.status != 200 or session.get("code") != self._code:
            raise Unreachable(SILENT)
        if session.get("mode") != "homework":
            raise Unreachable(
                f"The code {grouped(self._code)} is that of a lecture, so nothing is sent. "
                "Tell your lecturer."
            )
        if session.get("session", self._who.session) != self._who.session:
            raise Unreachable(
                f"On the class server the code {grouped(self._code)} belongs to another session than "
                f"'{self._who.session}', so nothing is sent. Tell your lecturer."
            )
        return frozenset(_ids(session.get("vignettes"))) or frozenset(self._items)

    def _post(self, http: httpx.Client, rows: list[Judgment], body: bytes) -> bool:
        """Sends a batch and keeps what the receipts say; False where it was refused as a whole."""
        status, table = self._ask(http, "POST", f"{self._url}/judgments", body)
        receipts = table.get("receipts")
        if status in (201, 409, 422) and isinstance(receipts, list):
            if not self._receipts.keep([(row, self._items[row.item]) for row in rows], receipts):
                raise Unreachable(SILENT)
            return True
        if status not in (400, 413, 422, 500):
            raise Unreachable(SILENT)
        if len(rows) == 1 and status != 500 and isinstance(table.get("error"), str):
            self._receipts.refuse(rows[0], table["error"])
            return True
        self._spoilt.update(row.key for row in rows)
        return False

    def _ask(
        self, http: httpx.Client, method: str, url: str, body: bytes | None = None
    ) -> ServerAnswer:
        answer = ask(http, method, url, body)
        if answer.status == 404 and isinstance(answer.table.get("error"), str):
            raise Unreachable(
                f"The class server knows no session {grouped(self._code)}, so nothing is sent. "
                "Tell your lecturer."
            )
        return answer


def _ids(vignettes: object) -> list[str]:
    """The ids in what a server lists; none where that is no list of ours."""
    ids: list[str] = []
    if isinstance(vignettes, list):
        for vignette in vignettes:
            id = vignette.get("id") if isinstance(vignette, dict) else None
            if isinstance(id, str):
                ids.append(id)
    return ids
