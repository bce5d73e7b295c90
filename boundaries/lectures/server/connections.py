"""The connections of one process: how many there may be, from whom, and how long one may be held
open for nothing.

**Why silent connections shut nobody out.** Browsers open connections before they need them, so a
campus behind one address holds many that have not said anything. Nobody is refused for that: with
too many from one sender, the one that has been silent longest is cut, and its browser opens another
when it needs it.

**Why a full server still hears its host.** Some places are kept back: while only those are left,
the guard answers nobody but this computer and whoever comes with a host key."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from boundaries.lectures.network import is_loopback
from boundaries.lectures.server.limits import network_of

# Seconds in which the head of a request must arrive, and in which a phone must read what is sent
# to it.
HEADERS_WITHIN = 10.0

# The longest head of a request, whatever it is made of.
HEAD_BYTES = 64_000

# How many connections of one sender may be open that have not sent a whole head yet.
SILENT_FROM_ONE = 100

# Beside a request that is being answered there may be its body, which the guard limits, and the
# next head.
_BYTES_BETWEEN_HEADS = 512_000


class Crowd:
    """Who is connected to a process that can hold `most` connections.

    `behind_front`: all connections are a front's, so that the sender of one tells nothing."""

    def __init__(self, most: int, *, behind_front: bool = False) -> None:
        reserved = min(100, most // 4)
        self._most, self._places = most, most - reserved
        self._share = self._places // 2
        self._behind_front = behind_front
        self._open: Counter[bytes] = Counter()
        # By sender, the one that has been silent longest first.
        self._silent: dict[bytes, dict[Connection, None]] = {}

    def __len__(self) -> int:
        """How many are connected."""
        return self._open.total()

    @property
    def full(self) -> bool:
        """Whether only those places are left that are kept for the host and this computer."""
        return len(self) > self._places

    def enter(self, connection: Connection) -> bool:
        """Counts a connection that has just been opened; False if there is no place for it."""
        sender = connection.sender
        shared = not self._behind_front and not connection.is_near
        if shared and self._open[sender] >= self._share:
            return False
        if len(self) >= self._most and not self._cut_a_silent_one():
            return False
        self._open[sender] += 1
        silent = self._silent.setdefault(sender, {})
        silent[connection] = None
        if shared and len(silent) > SILENT_FROM_ONE:
            next(iter(silent)).cut()
        return True

    def has_spoken(self, connection: Connection) -> None:
        """After a whole head came in."""
        silent = self._silent.get(connection.sender, {})
        silent.pop(connection, None)
        if not silent:
            self._silent.pop(connection.sender, None)

    def leave(self, connection: Connection) -> None:
        """After a connection's end."""
        self.has_spoken(connection)
        self._open[connection.sender] -= 1
        if self._open[connection.sender] <= 0:
            del self._open[connection.sender]

    def _cut_a_silent_one(self) -> bool:
        """Makes room: of the sender with the most silent connections, the one that has been so
        longest."""
        if not self._silent:
            return False
        most_silent = max(self._silent.values(), key=len)
        next(iter(most_silent)).cut()
        return True


# Which of its two protocols it is, uvicorn decides when it is imported.
class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's HTTP, with a crowd that it belongs to, and clocks against being held open for
    nothing.

    uvicorn has no setting for any of this. What is used here of its two protocols (on httptools
    where that is installed, else on h11) are asyncio's own methods, and its attributes `cycle`, the
    request that is being answered, `client`, `loop` and `transport`."""

    # The arguments are handed on as they are.
    def __init__(self, *args: Any, crowd: Crowd, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.sender = b""
        self.is_near = False
        self._crowd = crowd
        self._inside = False
        self._bytes = 0  # that came since the last whole head
        self._head: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A connection: its first request's head must come soon."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        self.sender, self.is_near = network_of(host), is_loopback(host)
        self._inside = self._crowd.enter(self)
        if not self._inside:
            self.cut()
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Some part of a request, maybe of a later one of this connection."""
        answered = self.cycle
        self._bytes += len(data)
        super().data_received(data)
        if self.cycle is not answered:
            self._head_is_complete()
        elif answered is None or answered.response_complete:
            self._await_head()
            if self._bytes > HEAD_BYTES:
                self.cut()
        elif self._bytes > _BYTES_BETWEEN_HEADS:
            self.cut()

    def pause_writing(self) -> None:
        """The other side does not read: it has a while to begin again."""
        super().pause_writing()
        self._unread = self.loop.call_later(HEADERS_WITHIN, self.cut)

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
        if self._inside:
            self._inside = False
            self._crowd.leave(self)
        super().connection_lost(exc)

    def cut(self) -> None:
        """Ends the connection at once, and gives its place away."""
        if self._inside:
            self._inside = False
            self._crowd.leave(self)
        self.transport.abort()

    def _await_head(self) -> None:
        if not self._head:
            self._head = self.loop.call_later(HEADERS_WITHIN, self.cut)

    def _head_is_complete(self) -> None:
        """For the body the guard has a clock of its own."""
        self._bytes = 0
        if self._head:
            self._head.cancel()
            self._head = None
        self._crowd.has_spoken(self)
