"""The Hub: states in memory, pushed to whoever listens."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from boundaries.errors import NotFound, StoreError
from boundaries.lectures.server import events
from boundaries.lectures.server.events import Hub, Readers

CODE = "K7QF2MWD"


class Database:
    """Two lectures' worth of facts, and how often they were asked for."""

    def __init__(self) -> None:
        self.version, self.joined, self.judged, self.remaining = 1, 0, 0, None
        self.built = self.pulses = 0
        self.slow = 0.0
        self.gone = False

    def build(self, code):
        self.built += 1
        time.sleep(self.slow)
        if self.gone:
            raise StoreError("gone.sqlite: the disk did not take it.")
        if code != CODE:
            raise NotFound("There is no lecture of this code.")
        counts = {"joined": self.joined, "judged": self.judged, "remaining": self.remaining}
        return {"code": code, "version": self.version} | counts

    def pulse(self, codes):
        self.pulses += 1
        if self.gone:
            raise StoreError("gone.sqlite: the disk did not take it.")
        return dict.fromkeys(codes, (self.version, self.joined, self.judged, self.remaining))


class Phone:
    """An ASGI client that reads an event stream."""

    def __init__(self, hub: Hub, *, reads: bool = True, code: str = CODE) -> None:
        self.sent: list[bytes] = []
        self._gone = asyncio.Event()
        self._reads = asyncio.Event()
        if reads:
            self._reads.set()
        self.task = asyncio.create_task(hub.follow(code, self._receive, self._send))

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if message["type"] == "http.response.body":
            self.sent.append(message["body"])
            await self._reads.wait()

    async def leave(self):
        self._gone.set()
        self._reads.set()
        await asyncio.wait_for(self.task, 2)

    def read(self):
        self._reads.set()

    @property
    def states(self):
        found = [m.partition(b"event: state\ndata: ")[2] for m in self.sent]
        return [json.loads(data) for data in found if data]


def with_hub(scenario, **more):
    """Runs a scenario with a Hub of a fresh Database, and closes both."""

    async def whole():
        database, readers = Database(), Readers(patience=more.pop("patience", 5.0))
        hub = Hub(database.build, database.pulse, readers, **more)
        try:
            await scenario(hub, database)
        finally:
            await hub.close()
            readers.close()

    asyncio.run(whole())


async def until(true, within=3.0):
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def test_many_who_ask_at_once_cost_one_reading():
    async def scenario(hub, database):
        database.slow = 0.05
        bodies = await asyncio.gather(*(hub.state(CODE) for _ in range(300)))
        assert database.built == 1
        assert set(bodies) == {
            b'{"code":"K7QF2MWD","version":1,"joined":0,"judged":0,"remaining":null,"rate":0.0}'
        }
        await hub.state(CODE)
        assert database.built == 1  # still fresh

    with_hub(scenario)


def test_a_state_is_read_again_when_it_is_half_a_second_old():
    now = 100.0

    async def scenario(hub, database):
        nonlocal now
        await hub.state(CODE)
        now += 0.49
        await hub.state(CODE)
        assert database.built == 1
        now += 0.02
        database.judged = 3
        assert json.loads(await hub.state(CODE))["judged"] == 3
        assert database.built == 2

    with_hub(scenario, clock=lambda: now)


def test_a_listener_gets_the_state_at_once_with_a_time_to_come_back_after():
    async def scenario(hub, database):
        phone = Phone(hub)
        await until(lambda: phone.sent)
        first = phone.sent[0]
        assert first.startswith(b"retry: 2000\n\nevent: state\ndata: {")
        assert first.endswith(b"}\n\n")
        assert first.count(b"\n\n") == 2
        await phone.leave()
        assert len(hub) == 0

    with_hub(scenario)


def test_a_change_reaches_all_listeners_as_one_object_in_memory():
    async def scenario(hub, database):
        phones = [Phone(hub) for _ in range(200)]
        await until(lambda: all(p.sent for p in phones))
        asked = database.built
        database.version = 2  # another process moved the lecture
        await until(lambda: all(len(p.sent) == 2 for p in phones), 1.5)
        assert {p.states[-1]["version"] for p in phones} == {2}
        assert len({id(p.sent[-1]) for p in phones}) == 1
        assert database.built == asked + 1
        for phone in phones:
            await phone.leave()

    with_hub(scenario)


def test_the_hosts_own_change_is_pushed_without_waiting_for_the_poll(monkeypatch):
    monkeypatch.setattr(events, "EVERY", 60)

    async def scenario(hub, database):
        phone = Phone(hub)
        await until(lambda: phone.sent)
        database.version = 2
        assert json.loads(await hub.refresh(CODE))["version"] == 2
        await until(lambda: len(phone.sent) == 2, 0.2)
        await phone.leave()

    with_hub(scenario)


def test_a_reading_that_began_before_the_hosts_change_is_not_taken_for_it():
    async def scenario(hub, database):
        old = database.build

        def build(code):
            state = old(code)
            time.sleep(0.1)  # the change falls between reading and answering
            return state

        hub._build = build
        early = asyncio.create_task(hub.state(CODE))
        await asyncio.sleep(0.03)
        database.version = 2
        assert json.loads(await hub.refresh(CODE))["version"] == 2
        await early

    with_hub(scenario)


def test_counts_are_pushed_at_most_twice_a_second():
    async def scenario(hub, database):
        phone = Phone(hub)
        await until(lambda: phone.sent)
        for n in range(1, 13):
            database.judged = n
            await asyncio.sleep(0.1)
        await until(lambda: phone.states[-1]["judged"] == 12)
        assert 3 <= len(phone.states) <= 5
        assert (
            json.loads(await hub.state(CODE))["judged"] == 12
        )  # and a phone that asks is told the same
        await phone.leave()

    with_hub(scenario)


def test_a_phone_that_does_not_read_gets_the_newest_state_and_no_queue():
    async def scenario(hub, database):
        phone = Phone(hub, reads=False)
        await until(lambda: phone.sent)
        for version in range(2, 30):
            database.version = version
            await hub.refresh(CODE)
        assert len(phone.sent) == 1
        phone.read()
        await until(lambda: len(phone.sent) == 2)
        await asyncio.sleep(0.05)
        assert [s["version"] for s in phone.states] == [1, 29]
        await phone.leave()

    with_hub(scenario)


def test_a_countdown_runs_between_readings_and_its_change_elsewhere_is_pushed():
    async def scenario(hub, database):
        database.remaining = 60.0
        phone = Phone(hub)
        await until(lambda: phone.sent)
        await asyncio.sleep(0.3)
        assert 59 < json.loads(await hub.state(CODE))["remaining"] < 59.9
        database.remaining = (
            90.0  # the host added time at another process; the version need not tell
        )
        await until(lambda: len(phone.sent) == 2)
        assert 89 < phone.states[-1]["remaining"] <= 90
        await phone.leave()

    with_hub(scenario)


def test_a_quiet_stream_beats_so_that_scripts_hear_that_it_is_alive(monkeypatch):
    monkeypatch.setattr(events, "BEAT", 0.4)

    async def scenario(hub, database):
        quiet = Phone(hub)
        await until(lambda: quiet.sent.count(b"event: beat\ndata: 1\n\n") >= 2)
        database.gone = True  # the stream is alive whatever the store is
        beats = quiet.sent.count(b"event: beat\ndata: 1\n\n")
        await until(lambda: quiet.sent.count(b"event: beat\ndata: 1\n\n") >= beats + 2)
        await quiet.leave()

    with_hub(scenario)


def test_beats_come_before_a_phone_gives_a_stream_up():
    assert events.BEAT * 1.25 < 5


def test_who_has_just_heard_something_gets_no_beat(monkeypatch):
    monkeypatch.setattr(events, "BEAT", 0.5)

    async def scenario(hub, database):
        phone = Phone(hub)
        await until(lambda: phone.sent)
        for version in range(2, 8):
            database.version = version
            await hub.refresh(CODE)
            await asyncio.sleep(0.1)
        assert [m for m in phone.sent if m.startswith(b"event: beat")] == []
        await phone.leave()

    with_hub(scenario)


def test_a_lecture_that_cannot_be_read_holds_up_no_other():
    other = "00000001"

    async def scenario(hub, database):
        old = database.build

        def build(code):
            if code == other and database.version > 1:
                raise KeyError("a case that left the course")
            return old(CODE) | {"code": code}

        hub._build = build
        broken, well = Phone(hub, code=other), Phone(hub)
        await until(lambda: broken.sent and well.sent)
        for version in (2, 3):
            database.version = version
            await until(lambda v=version: well.states[-1]["version"] == v)
        await broken.leave()
        await well.leave()

    with_hub(scenario)


def test_a_connection_that_breaks_in_an_unexpected_way_ends_its_stream():
    async def scenario(hub, database):
        async def receive():
            raise RuntimeError("no such connection")

        async def send(message):
            pass

        await asyncio.wait_for(hub.follow(CODE, receive, send), 2)
        assert len(hub) == 0

    with_hub(scenario)


def test_the_rate_is_of_the_last_minute_and_joins_that_were_there_before_do_not_count():
    now = 0.0

    async def scenario(hub, database):
        nonlocal now

        async def rate():
            return json.loads(await hub.state(CODE))["rate"]

        database.joined = 300
        assert await rate() == 0.0
        now, database.joined = 30.0, 360
        assert await rate() == 1.0
        now = 59.0
        assert await rate() == 1.0
        now = 91.0
        assert await rate() == 0.0

    with_hub(scenario, clock=lambda: now)


def test_streams_end_when_the_server_does():
    async def scenario(hub, database):
        phones = [Phone(hub) for _ in range(50)]
        await until(lambda: all(p.sent for p in phones))
        hub.end_streams()
        await asyncio.wait_for(asyncio.gather(*(p.task for p in phones)), 1)
        assert all(p.sent[-1] == b"" for p in phones)

    with_hub(scenario)


def test_a_store_that_is_gone_ends_no_stream_and_is_told_of_once(caplog):
    async def scenario(hub, database):
        phone = Phone(hub)
        await until(lambda: phone.sent)
        database.gone = True
        await until(lambda: caplog.messages, 2)
        await asyncio.sleep(1.2)
        assert caplog.messages == [
            "The store does not answer: gone.sqlite: the disk did not take it."
        ]
        with pytest.raises(StoreError):
            await hub.refresh(CODE)
        database.gone, database.version = False, 7
        await until(lambda: phone.states[-1]["version"] == 7)
        await phone.leave()

    with_hub(scenario)


def test_a_code_that_is_not_there_is_not_kept():
    async def scenario(hub, database):
        for code in ("00000000", "00000001"):
            with pytest.raises(NotFound):
                await hub.state(code)
        assert not hub._channels

    with_hub(scenario)


def test_a_store_that_hangs_holds_nobody_up():
    async def scenario(hub, database):
        database.slow = 1.0
        with pytest.raises(StoreError) as caught:
            await hub.state(CODE)
        assert str(caught.value) == "The store did not answer in time. Try again in a moment."

    with_hub(scenario, patience=0.2)
