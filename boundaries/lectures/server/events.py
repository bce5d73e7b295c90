"""The state of each lecture in this process: read from the database once, served and pushed to every phone.

However many phones there are, the database is asked three times a second for all lectures together. A phone that
does not read gets the newest state when it reads again, never a queue of old ones; so nothing piles up here, and
`run.Protocol` drops the connection of one that has not read for a while.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from boundaries.errors import BoundariesError, StoreError
from boundaries.lectures.server.limits import Clock
from boundaries.lectures.server.readers import Readers
from boundaries.lectures.server.replies import place_of, to_json

log = logging.getLogger("boundaries.lectures.server")

FRESH = 0.5
"""How old a state may be, in seconds, when a phone asks for it."""
EVERY = 0.3
"""How often the database is asked, in seconds, while anybody listens."""
BEAT = 15.0
"""How often an event stream says that it is still there, in seconds."""

_KEPT = 500  # lectures in memory
_STILL_HERE = b": still here\n\n"
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store, no-transform"),
            (b"x-accel-buffering", b"no")]  # fmt: skip

Build = Callable[[str], Mapping[str, Any]]
Pulse = Callable[[list[str]], Mapping[str, tuple[int, int, int, float | None]]]


class Channel:
    """One lecture's state as last read, and those who listen."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.state: dict[str, Any] = {}
        self.ends: float | None = None  # when the countdown ends, on this process's clock
        self.read_at = self.pushed_at = float("-inf")
        self.changed = False  # since it was pushed
        self.body = b""  # the state in JSON, made when it is first needed
        self.event = b""  # the last that was pushed, one object for all listeners
        self.listeners: set[asyncio.Event] = set()
        self.reading: asyncio.Task[None] | None = None

    def json(self, now: float) -> bytes:
        """The state in JSON, with what is left of the countdown now."""
        if self.ends is not None:
            return to_json(self.state | {"remaining": round(self.ends - now, 1)})
        if not self.body:
            self.body = to_json(self.state)
        return self.body


class Hub:
    """The states of all lectures that anybody asks this process for.

    `build(code)` reads a whole public state, `pulse(codes)` only what changes often; both are called on threads of
    `readers`.
    """

    def __init__(
        self, build: Build, pulse: Pulse, readers: Readers, clock: Clock = time.monotonic
    ) -> None:
        self._build, self._pulse, self._readers, self._clock = build, pulse, readers, clock
        self._channels: dict[str, Channel] = {}
        self._poller: asyncio.Task[None] | None = None
        self._ended = False
        self._silent = False

    def __len__(self) -> int:
        """How many listen."""
        return sum(len(channel.listeners) for channel in self._channels.values())

    async def state(self, code: str) -> bytes:
        """A lecture's public state in JSON, at most half a second old. Raises NotFound or StoreError."""
        channel = self._channels.setdefault(code, Channel(code))
        if self._clock() - channel.read_at > FRESH:
            await self._read(channel)
        return channel.json(self._clock())

    async def refresh(self, code: str) -> bytes:
        """The state read now, for the host who has just changed it; pushed to all who listen here."""
        channel = self._channels.setdefault(code, Channel(code))
        if channel.reading:  # it may have begun before the change
            await asyncio.wait({channel.reading})
        await self._read(channel)
        return channel.json(self._clock())

    async def follow(self, code: str, receive: Receive, send: Send) -> None:
        """Sends a lecture's state as server-sent events until the phone, or this process, goes."""
        await self.state(code)
        channel = self._channels[code]
        awake = asyncio.Event()
        gone = asyncio.create_task(_until_gone(receive, awake))
        channel.listeners.add(awake)
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            message = b"retry: 2000\n\n" + _event(channel.json(self._clock()))
            seen = channel.event
            while not (gone.done() or self._ended):
                await send({"type": "http.response.body", "body": message, "more_body": True})
                await awake.wait()
                awake.clear()
                message, seen = (
                    _STILL_HERE if channel.event is seen else channel.event,
                    channel.event,
                )
            await send({"type": "http.response.body", "body": b""})
        finally:
            channel.listeners.discard(awake)
            gone.cancel()

    def end_streams(self) -> None:
        """Ends every event stream, and lets none begin: the phones then look for another process."""
        self._ended = True
        for channel in self._channels.values():
            for listener in channel.listeners:
                listener.set()

    async def close(self) -> None:
        """Ends the streams and the asking."""
        self.end_streams()
        if self._poller:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None

    async def _read(self, channel: Channel) -> None:
        """Reads the whole state; many who want it at once share one reading."""
        if not channel.reading:
            channel.reading = asyncio.create_task(self._read_now(channel))
        reading = channel.reading
        await asyncio.wait({reading})
        if error := reading.exception():
            raise error

    async def _read_now(self, channel: Channel) -> None:
        try:
            begun = self._clock()
            state = dict(await self._readers.run(self._build, channel.code))
        except BaseException:
            if not channel.state:
                self._channels.pop(channel.code, None)
            raise
        finally:
            channel.reading = None
        moved = state["version"] != channel.state.get("version")
        channel.state, channel.body, channel.read_at = state, b"", begun
        channel.ends = None if state["remaining"] is None else self._clock() + state["remaining"]
        self._channels[channel.code] = self._channels.pop(
            channel.code, channel
        )  # the last one used stands last
        if len(self._channels) > _KEPT:
            idle = (
                c
                for c, old in self._channels.items()
                if old.state and not old.listeners and old is not channel
            )
            self._channels.pop(next(idle, ""), None)
        if moved:
            self._push(channel)

    def _push(self, channel: Channel) -> None:
        channel.pushed_at, channel.changed = self._clock(), False
        if channel.listeners:
            channel.event = _event(channel.json(channel.pushed_at))
            for listener in channel.listeners:
                listener.set()

    async def _poll(self) -> None:
        beat = self._clock() + BEAT
        while True:
            await asyncio.sleep(1.0 if self._silent else EVERY)
            try:
                await self._ask()
            except StoreError as error:
                if (
                    not self._silent
                ):  # once, and with the store's own sentence, which holds nothing of a request
                    log.error("The store does not answer: %s", error)
                self._silent = True
            except BoundariesError:
                pass  # a lecture that went between two questions
            except Exception as error:
                log.error("%s", place_of(error))
            else:
                self._silent = False
            if self._clock() >= beat:
                beat = self._clock() + BEAT
                for channel in self._channels.values():
                    for listener in channel.listeners:
                        listener.set()

    async def _ask(self) -> None:
        followed = [code for code, channel in self._channels.items() if channel.listeners]
        if not followed:
            return
        begun = self._clock()
        found = await self._readers.run(self._pulse, followed)
        for code, (version, joined, judged, remaining) in found.items():
            channel = self._channels.get(code)
            if channel is None:
                continue
            now = self._clock()
            ends = None if remaining is None else now + remaining
            if version != channel.state["version"]:
                await self._read(channel)
                continue
            channel.read_at = max(channel.read_at, begun)
            counts = {"joined": joined, "judged": judged}
            if any(channel.state[name] != n for name, n in counts.items()):
                channel.state, channel.body, channel.changed = channel.state | counts, b"", True
            # Not steady: the countdown was set anew elsewhere, or the database's clock jumped.
            steady = (ends is None) == (channel.ends is None) and abs(
                (ends or 0) - (channel.ends or 0)
            ) < 1.5
            if not steady:
                channel.ends, channel.body = ends, b""
                channel.state = channel.state | {"remaining": remaining}
            if not steady or (
                channel.changed
                and now - channel.pushed_at >= max(FRESH, len(channel.listeners) / 400)
            ):
                self._push(channel)


class EventStream:
    """The answer to a request for events: what Starlette calls to send it."""

    def __init__(self, hub: Hub, code: str) -> None:
        self._hub, self._code = hub, code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the phone goes."""
        await self._hub.follow(self._code, receive, send)


def _event(body: bytes) -> bytes:
    return (
        b"event: state\ndata: " + body + b"\n\n"
    )  # JSON in one line: to_json escapes every line feed


async def _until_gone(receive: Receive, awake: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    awake.set()
