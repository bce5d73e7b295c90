"""Who may be connected: senders, silent connections, the places that are kept back, with connections that are none."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from class_server import HOST, Room, in_room

from boundaries.lectures.server import connections
from boundaries.lectures.server.connections import SILENT_FROM_ONE, Crowd

FULL = "More are connected than this class server can hold. Try again in a few seconds."


class Fake:
    """A connection as a crowd sees it."""

    def __init__(self, crowd: Crowd, sender: bytes = b"campus", near: bool = False) -> None:
        self.crowd, self.sender, self.is_near = crowd, sender, near
        self.open = crowd.enter(self)
        self.was_cut = False

    def cut(self) -> None:
        self.was_cut, self.open = True, False
        self.crowd.leave(self)

    def speak(self) -> Fake:
        self.crowd.has_spoken(self)
        return self


def test_of_many_silent_ones_from_one_sender_the_oldest_is_cut():
    crowd = Crowd(20_000)
    speaking = Fake(crowd).speak()
    silent = [Fake(crowd) for _ in range(SILENT_FROM_ONE + 50)]
    assert all(connection.was_cut for connection in silent[:50])
    assert all(connection.open for connection in silent[50:])
    assert speaking.open
    assert len(crowd) == SILENT_FROM_ONE + 1


def test_a_campus_behind_one_address_may_have_any_number_that_speak():
    crowd = Crowd(20_000)
    assert all(Fake(crowd).speak().open for _ in range(3_000))
    assert not crowd.full


def test_one_sender_has_half_of_the_places_and_the_others_the_rest():
    crowd = Crowd(1_000)
    stranger = [Fake(crowd, b"stranger").speak().open for _ in range(1_000)]
    assert stranger.count(True) == 450
    assert all(Fake(crowd, b"campus").speak().open for _ in range(400))


def test_what_comes_from_a_front_is_not_counted_as_one_sender():
    crowd = Crowd(1_000, behind_front=True)
    assert all(Fake(crowd, b"front").speak().open for _ in range(900))
    assert all(Fake(crowd, b"front").open for _ in range(100))


def test_where_all_places_are_taken_a_silent_one_makes_room():
    crowd = Crowd(200)
    silent = [Fake(crowd, bytes([n])) for n in range(200)]
    assert Fake(crowd, b"campus").open
    assert [connection.was_cut for connection in silent].count(True) == 1
    assert len(crowd) == 200


def test_where_everybody_speaks_there_is_an_end():
    crowd = Crowd(200)
    everybody = [Fake(crowd, bytes([n])).speak() for n in range(200)]
    assert not Fake(crowd, b"campus").open
    everybody[0].cut()
    assert Fake(crowd, b"campus").open


@pytest.mark.parametrize("count", [150, 151])
def test_the_last_places_are_kept_for_the_host_and_this_computer(count, fresh_store):
    crowd = Crowd(200)
    for n in range(count):
        Fake(crowd, bytes([n])).speak()

    async def scenario(room: Room):
        code = await room.lecture()
        path = f"/api/sessions/{code}"
        assert (await room.get(path)).status_code == (503 if crowd.full else 200)
        if crowd.full:
            refused = await room.get(path)
            assert refused.json() == {"error": FULL}
            assert refused.headers["connection"] == "close"
            assert refused.headers["retry-after"] == "5"
        assert (await room.get(path, address="127.0.0.1")).status_code == 200
        assert (await room.get(f"{path}/plan", headers=HOST)).status_code == 200
        wrong = await room.get(f"{path}/plan", headers={"Authorization": "Bearer wrong"})
        assert (wrong.status_code, wrong.headers["connection"]) == (403, "close")

    in_room(fresh_store, scenario, is_full=lambda: crowd.full)


@pytest.mark.process
def test_it_runs_where_httptools_is_not_installed(monkeypatch):
    code = (
        "import sys; sys.modules['httptools'] = None; "
        "import boundaries.lectures.server.run as run, boundaries.lectures.server.connections as c; "
        "print(c.Connection.__mro__[1].__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "H11Protocol"
    assert importlib.import_module("httptools")
    assert connections.Connection.__mro__[1].__name__ == "HttpToolsProtocol"
