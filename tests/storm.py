"""What goes wrong on a bad day: disks, clocks, the network, and a class server that is killed and started again."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa
from class_server import KEY

from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.lectures.server.app import make_app
from boundaries.lectures.server.limits import RateLimits


@dataclass
class Weather:
    """What is wrong just now; `clock` is by how many seconds the database's clock is."""

    disk_full: bool = False
    commit_fails: bool = False
    clock: float = 0.0
    steady: float = 0.0  # the clock of the server's limits, which only goes forwards

    def over(self, store: Store) -> Store:
        """The store, with SQLite's own errors at the places where they come in this weather."""

        def connected(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # no power cut here, and far quicker
            connection.create_function("julianday", 1, self._julianday)
            if self.disk_full:
                (pages,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count = {pages}")

        def committing(_: object) -> None:
            if self.commit_fails:
                self.commit_fails = False
                raise sqlite3.OperationalError("disk I/O error")

        sa.event.listen(store._engine, "connect", connected)
        sa.event.listen(store._engine, "commit", committing)
        return store

    def _julianday(self, _: str) -> float:
        return 2_440_587.5 + (time.time() + self.clock) / 86_400


class House:
    """The class server, in an event loop on a thread of its own; it can be killed and started again."""

    def __init__(self, folder: Path, course: Content, weather: Weather) -> None:
        self.folder, self.course, self.weather = folder, course, weather
        self.lives = 0
        self.start(None)

    def start(self, files: Path | None) -> None:
        """Starts on a new store, or on what lies in `files` as a killed process left it."""
        self.lives += 1
        self.path = self.folder / f"life-{self.lives}" / "class.sqlite"
        if files is not None:
            shutil.copytree(files, self.path.parent)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.store = self.weather.over(Store(self.path))
        self.app = make_app(self.store, self.course, host_keys=[KEY])
        self.app.state.server.limits = RateLimits(lambda: self.weather.steady)
        self._way = httpx.ASGITransport(self.app, raise_app_exceptions=False)

    def ask(self, request: httpx.Request) -> httpx.Response:
        """The server's answer."""

        async def answered() -> tuple[httpx.Response, bytes]:
            response = await self._way.handle_async_request(request)
            return response, await response.aread()

        response, body = asyncio.run_coroutine_threadsafe(answered(), self.loop).result(60)
        assert response.status_code != 500, body
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(body)
        )

    def kill(self, course: Content) -> None:
        """What lies on the disk in this moment is all that the next process gets."""
        left = self.folder / f"left-{self.lives}"
        left.mkdir()
        for name in (
            "class.sqlite",
            "class.sqlite-wal",
        ):  # shared memory does not outlive a machine
            if self.path.with_name(name).exists():
                shutil.copy(self.path.with_name(name), left / name)
        self.end()
        shutil.rmtree(self.path.parent)
        self.course = course
        self.start(left)

    def end(self) -> None:
        asyncio.run_coroutine_threadsafe(self.app.state.server.close(), self.loop).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self.store.close()


class Network(httpx.BaseTransport):
    """The way to the house: requests and answers are lost, and come twice or long after."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.house, self.chance = house, chance
        self.calm = False
        self.delayed: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        luck = 1.0 if self.calm else self.chance.random()
        if luck < 0.06:
            raise httpx.ConnectError("no network")
        if luck < 0.10:
            self.delayed.append(request)
            raise httpx.ConnectTimeout("late")
        response = self.house.ask(request)
        if luck < 0.18:
            raise httpx.ReadTimeout("the answer was lost")
        if luck < 0.26:
            return self.house.ask(request)
        return response

    def flush(self, withdrawn: Iterable[str] = ()) -> None:
        """What was late arrives now, in any order; of those who have withdrawn nothing does."""
        self.chance.shuffle(self.delayed)
        for request in self.delayed:
            if not any(token.encode() in request.content for token in withdrawn):
                self.house.ask(request)
        self.delayed.clear()
