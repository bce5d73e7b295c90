"""One lecture's state as this process holds it: in JSON for whoever asks, as events for those who
listen.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from boundaries.lectures.server.replies import to_json

RATE_OVER = 60.0
"""Over how many seconds the rate is taken at which participants join."""

_STEADY = 1.5  # seconds by which two readings of a running countdown may differ


class Listener:
    """A phone that follows a lecture: when it last got something, and what wakes it."""

    def __init__(self, now: float) -> None:
        self.heard_at = now
        self.awake = asyncio.Event()


class Channel:
    """One lecture's state as last read, and those who listen."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.state: dict[str, Any] = {}
        self.read_at = self.pushed_at = float("-inf")
        # Whether a count changed since the state was last pushed.
        self.counts_changed = False
        # The last state that was pushed, one object for all listeners.
        self.event = b""
        self.listeners: set[Listener] = set()
        self.reading: asyncio.Task[None] | None = None
        # When the countdown ends, on this process's clock.
        self._ends: float | None = None
        # The state in JSON, made when it is first needed.
        self._body = b""
        # How many had joined, at the times when that was read.
        self._joined: deque[tuple[float, int]] = deque()

    def replace(self, state: dict[str, Any], begun: float, now: float) -> bool:
        """Takes a whole state, whose reading began at `begun`; True if the host has moved the
        lecture since.
        """
        moved: bool = state["version"] != self.state.get("version")
        self._count(state["joined"], now)
        self.state = state | {"rate": self._rate()}
        self._body, self.read_at = b"", begun
        self._ends = None
        if state["remaining"] is not None:
            self._ends = now + state["remaining"]
        return moved

    def update(
        self, joined: int, judged: int, remaining: float | None, begun: float, now: float
    ) -> bool:
        """Takes what changes often; True if the countdown was changed elsewhere."""
        self.read_at = max(self.read_at, begun)
        self._count(joined, now)
        if (joined, judged) != (self.state["joined"], self.state["judged"]):
            counts = {"joined": joined, "judged": judged, "rate": self._rate()}
            self.state, self._body, self.counts_changed = self.state | counts, b"", True
        ends = None
        if remaining is not None:
            ends = now + remaining
        if self._is_steady(ends):
            return False
        # The countdown was set anew by another process, or the database's clock jumped.
        self._ends, self._body = ends, b""
        self.state = self.state | {"remaining": remaining}
        return True

    def json(self, now: float) -> bytes:
        """The state in JSON, with what is left of the countdown now."""
        if self._ends is not None:
            return to_json(self.state | {"remaining": round(self._ends - now, 1)})
        if not self._body:
            self._body = to_json(self.state)
        return self._body

    def push(self, now: float) -> None:
        """Sends the state to everybody who listens."""
        self.pushed_at, self.counts_changed = now, False
        if self.listeners:
            self.event = state_event(self.json(now))
        for listener in self.listeners:
            listener.awake.set()

    def wake_all(self) -> None:
        """Wakes everybody who listens, whether there is something new or not."""
        for listener in self.listeners:
            listener.awake.set()

    def _is_steady(self, ends: float | None) -> bool:
        if ends is None or self._ends is None:
            return ends is self._ends
        return abs(ends - self._ends) < _STEADY

    def _count(self, joined: int, now: float) -> None:
        self._joined.append((now, joined))
        # One reading that is older than the span stays, as what the others are compared with.
        while len(self._joined) > 1 and self._joined[1][0] <= now - RATE_OVER:
            self._joined.popleft()

    def _rate(self) -> float:
        """How many have joined in the last minute, for each second of it."""
        (_, before), (_, after) = self._joined[0], self._joined[-1]
        return round((after - before) / RATE_OVER, 1)


def state_event(body: bytes) -> bytes:
    """A state as a server-sent event; its JSON is one line, for `to_json` escapes every line
    feed.
    """
    return b"event: state\ndata: " + body + b"\n\n"
