"""One lecture's state as this process holds it: in JSON for whoever asks, as events for those who
listen."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from boundaries.lectures.server.replies import to_json

# Over how many seconds the rate is taken at which participants join.
RATE_OVER = 60.0

_STEADY = 1.5  # seconds by which two readings of a running countdown may differ


class Listener:
    """A phone that follows a lecture: when it last got something, and what wakes it."""

    def __init__(self, now: float) -> None:
        self.heard_at = now
        self.awake = asyncio.Event()


class Channel:
    """One lecture's state as last read, and those who listen. All times are this process's clock."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.state: dict[str, Any] = {}
        self.read_at = self.pushed_at = float("-inf")
        self.counts_changed = False  # since the state was last pushed
        self.event = b""  # the last state that was pushed, one object for all listeners
        self.listeners: set[Listener] = set()
        self.reading: asyncio.Task[None] | None = None
        self._ends: float | None = None  # when the countdown does
        self._body = b""  # the state in JSON, made when it is first needed
        self._joined: deque[tuple[float, int]] = deque()  # how many had, and when that was read

    def replace(self, state: dict[str, Any], begun: float, now: float) -> bool:
        """Takes a whole state, whose reading began at `begun`; True if the host has moved on since."""
        moved: bool = state["version"] != self.state.get("version")
        self.state = state | {"rate": self._rate(state["joined"], now)}
        self._body, self.read_at = b"", begun
        self._ends = _end_of(state["remaining"], now)
        return moved

    def update(
        self, joined: int, judged: int, remaining: float | None, begun: float, now: float
    ) -> bool:
        """Takes what changes often; True if the countdown was changed elsewhere."""
        self.read_at = max(self.read_at, begun)
        rate = self._rate(joined, now)
        if (joined, judged) != (self.state["joined"], self.state["judged"]):
            self.state = self.state | {"joined": joined, "judged": judged, "rate": rate}
            self._body, self.counts_changed = b"", True
        ends = _end_of(remaining, now)
        if ends is self._ends or (ends and self._ends and abs(ends - self._ends) < _STEADY):
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
        self.wake_all()

    def wake_all(self) -> None:
        """Wakes everybody who listens, whether there is something new or not."""
        for listener in self.listeners:
            listener.awake.set()

    def _rate(self, joined: int, now: float) -> float:
        """How many have joined in the last minute, for each second of it."""
        self._joined.append((now, joined))
        # One reading that is older than the span stays, as what the others are compared with.
        while len(self._joined) > 1 and self._joined[1][0] <= now - RATE_OVER:
            self._joined.popleft()
        _, before = self._joined[0]
        return round((joined - before) / RATE_OVER, 1)


def state_event(body: bytes) -> bytes:
    """A state as a server-sent event; its JSON is one line, for `to_json` escapes line feeds."""
    return b"event: state\ndata: " + body + b"\n\n"


def _end_of(remaining: float | None, now: float) -> float | None:
    return None if remaining is None else now + remaining
