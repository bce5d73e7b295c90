"""The states of all lectures in this process: read from the database once, served and pushed to
every phone.

However many phones there are, the database is asked three times a second for all lectures together.
A phone that does not read gets the newest state when it reads again, never a queue of old ones; so
nothing piles up here, and `connections` drops one that has not read for a while."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Send

from boundaries.errors import BoundariesError, StoreError
from boundaries.lectures.server.channels import Channel, Listener, state_event
from boundaries.lectures.server.limits import Clock
from boundaries.lectures.server.readers import Readers
from boundaries.lectures.server.replies import error_place

log = logging.getLogger("boundaries.lectures.server")

# How old a state may be, in seconds, when a phone asks for it.
FRESH = 0.5
# How often the database is asked, in seconds, while anybody listens.
EVERY = 0.3
# After how many seconds without a change a stream says that it is alive.
BEAT = 2.0

_KEPT = 500  # lectures in memory
_PUSHED_A_SECOND = 400  # counts to so many phones: with more of them they are pushed more seldom

# An event, not a comment: scripts do not hear comments, and could not tell a quiet stream from a
# dead one.
_BEAT = b"event: beat\ndata: 1\n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # Fronts hold answers back to compress or collect them; these two tell most of them not to.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]

Build = Callable[[str], Mapping[str, Any]]
Pulse = Callable[[list[str]], Mapping[str, tuple[int, int, int, float | None]]]


class Hub:
    """The states of all lectures that anybody asks this process for.

    `build(code)` reads a whole public state, `pulse(codes)` only what changes often; both are
    called on threads of `readers`."""

    def __init__(
        self, build: Build, pulse: Pulse, readers: Readers, clock: Clock = time.monotonic
    ) -> None:
        self._build, self._pulse, self._readers, self._clock = build, pulse, readers, clock
        self._channels: dict[str, Channel] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = False
        self._store_is_silent = False

    def __len__(self) -> int:
        """How many listen."""
        return sum(len(channel.listeners) for channel in self._channels.values())

    async def state(self, code: str) -> bytes:
        """A lecture's public state in JSON, at most half a second old. Raises NotFound or
        StoreError."""
        channel = self._channels.setdefault(code, Channel(code))
        if self._clock() - channel.read_at > FRESH:
            await self._read(channel)
        return channel.json(self._clock())

    async def refresh(self, code: str) -> bytes:
        """The state read now, for the host who has just changed it; pushed to all who listen
        here."""
        channel = self._channels.setdefault(code, Channel(code))
        if channel.reading:  # it may have begun before the change
            await asyncio.wait({channel.reading})
        await self._read(channel)
        return channel.json(self._clock())

    async def follow(self, code: str, receive: Receive, send: Send) -> None:
        """Sends a lecture's state as server-sent events until the phone, or this process, goes."""
        await self.state(code)
        channel = self._channels[code]
        listener = Listener(self._clock())
        gone = asyncio.create_task(_until_gone(receive, listener))
        channel.listeners.add(listener)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._poll()), asyncio.create_task(self._beat())]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            message = b"retry: 2000\n\n" + state_event(channel.json(self._clock()))
            sent = channel.event
            while not (gone.done() or self._ended):
                await send({"type": "http.response.body", "body": message, "more_body": True})
                listener.heard_at = self._clock()
                await listener.awake.wait()
                listener.awake.clear()
                message = _BEAT
                if channel.event is not sent:
                    message = sent = channel.event
            await send({"type": "http.response.body", "body": b""})
        finally:
            channel.listeners.discard(listener)
            gone.cancel()

    def end_streams(self) -> None:
        """Ends every event stream, and lets none begin: the phones then look for another
        process."""
        self._ended = True
        for channel in self._channels.values():
            channel.wake_all()

    async def close(self) -> None:
        """Ends the streams and the asking."""
        self.end_streams()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    # -- reading ----------------------------------------------------------------------------------

    async def _read(self, channel: Channel) -> None:
        """Reads the whole state; many who want it at once share one reading."""
        if not channel.reading:
            channel.reading = asyncio.create_task(self._read_now(channel))
        reading = channel.reading
        await asyncio.wait({reading})
        error = reading.exception()
        if error:
            raise error

    async def _read_now(self, channel: Channel) -> None:
        begun = self._clock()
        try:
            state = await self._readers.run(self._build, channel.code)
        except BaseException:
            if not channel.state:
                self._channels.pop(channel.code, None)
            raise
        finally:
            channel.reading = None
        moved = channel.replace(dict(state), begun, self._clock())
        self._keep(channel)
        if moved:
            channel.push(self._clock())

    def _keep(self, channel: Channel) -> None:
        """Puts a channel last, as the one used last; forgets the first that nobody listens to, if
        there are many."""
        self._channels[channel.code] = self._channels.pop(channel.code, channel)
        if len(self._channels) <= _KEPT:
            return
        for code, other in self._channels.items():
            if other.state and not other.listeners and other is not channel:
                del self._channels[code]
                return

    # -- while anybody listens --------------------------------------------------------------------

    async def _poll(self) -> None:
        """Asks the database again and again, whatever it answers."""
        while True:
            await asyncio.sleep(1.0 if self._store_is_silent else EVERY)
            try:
                await self._ask()
            except StoreError as error:
                # Once, and with the store's own sentence, which holds nothing of a request.
                if not self._store_is_silent:
                    log.error("The store does not answer: %s", error)
                self._store_is_silent = True
            except Exception as error:
                log.error("%s", error_place(error))
            else:
                self._store_is_silent = False

    async def _ask(self) -> None:
        """Brings all channels with listeners up to date. Raises StoreError where the database does
        not answer."""
        followed = [code for code, channel in self._channels.items() if channel.listeners]
        if not followed:
            return
        begun = self._clock()
        pulses = await self._readers.run(self._pulse, followed)
        for code, pulse in pulses.items():
            try:
                await self._take(self._channels[code], pulse, begun)
            except StoreError:
                raise
            except BoundariesError:
                pass  # a lecture that went between two questions
            except Exception as error:
                # What is wrong with one lecture holds up none of the others.
                log.error("%s", error_place(error))

    async def _take(
        self, channel: Channel, pulse: tuple[int, int, int, float | None], begun: float
    ) -> None:
        version, joined, judged, remaining = pulse
        if version != channel.state["version"]:
            await self._read(channel)
            return
        now = self._clock()
        countdown_changed = channel.update(joined, judged, remaining, begun, now)
        pause = max(FRESH, len(channel.listeners) / _PUSHED_A_SECOND)
        counts_are_due = channel.counts_changed and now - channel.pushed_at >= pause
        if countdown_changed or counts_are_due:
            channel.push(now)

    async def _beat(self) -> None:
        """Wakes every listener who has heard nothing for a while."""
        while True:
            await asyncio.sleep(BEAT / 4)
            now = self._clock()
            for channel in self._channels.values():
                for listener in channel.listeners:
                    if now - listener.heard_at >= BEAT:
                        listener.awake.set()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        listener.awake.set()
