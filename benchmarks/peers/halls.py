"""Live collecting: our class server, oTree's, and bare Starlette over SQLite, under the same phones in the same run.

oTree runs its production server on its default SQLite, in production mode. OPEN there is its session link with two
redirects and the form; SUBMIT is the post and the page after it, as its browser does. Ours opens with every file of a
first visit, joining and the events, and holds 300 streams of events while it collects.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from laboratory import free_port
from lecture_load import CASES, Burst, Hall, Size, at_once, share, spread
from phones import CUT, Connection, Phone, Server
from results import HERE, Part, Row, environment, versions

from boundaries.answers.judgments import participant_of

OTREE = "oTree 6.0.15"
KILLED = 60  # how many vote while the server is killed
PATIENCE = 900  # no run is begun later, in seconds: on a crowded machine one takes minutes
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class PeerServer(Server):
    """A peer's server, measured as ours, in a process group of its own, on a port of its own."""

    def __init__(self, command: Sequence[str], folder: Path, port: int, **env: str) -> None:
        self.port = port
        path = f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"
        with (folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | env | {"PATH": path},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def answering(self) -> None:
        """Waits until the port answers."""
        for _ in range(300):
            try:
                await Connection(self.port).ask("GET", "/")
                return
            except CUT:
                await asyncio.sleep(0.1)
        raise RuntimeError("The peer's server did not start.")

    def kill(self) -> None:
        """`kill -9` of the whole group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


class Voter:
    """One participant of oTree, on connections of its own."""

    def __init__(self, port: int, link: str) -> None:
        self.talk, self.link, self.page = Connection(port, 120), link, ""

    async def open(self) -> None:
        """Follows the session's link to the form."""
        self.page = await self._follow(await self.talk.ask("GET", self.link), self.link)

    async def vote(self, rating: int) -> None:
        """Sends the form; returns when the next page is there."""
        await self.talk.gone()
        body = f"rating={rating}&reason=because".encode()
        answer = await self.talk.ask("POST", self.page, body, FORM)
        assert answer.status in (302, 303, 307), answer
        after = await self._follow(answer, self.page)
        assert "/Thanks/" in after, after

    async def _follow(self, answer, path: str) -> str:
        while answer.status in (302, 303, 307):
            path = re.search(r"\r\nlocation: *(\S+)", answer.head, re.IGNORECASE)[1]
            answer = await self.talk.ask("GET", path)
        assert answer.status == 200, answer
        return path


class OtreeHall(Hall):
    """An oTree session whose voters are timed as our phones are."""

    async def opened(self, voter: Voter) -> float:
        return await self._timed("open", voter.open())

    async def submitted(self, voter: Voter, *_: str) -> float:
        took = await self._timed("submit", voter.vote(random.randint(1, 5)))
        if took:
            self.confirmed.add((voter.page.split("/")[2], ""))
        return took

    async def _timed(self, name: str, doing) -> float:
        start = time.perf_counter()
        try:
            await doing
        except (*CUT, AssertionError) as error:
            self.errors.append(f"{name}: {error!r}")
            return 0
        return time.perf_counter() - start


class BareHall(Hall):
    """Phones that send one judgment to bare Starlette."""

    async def submitted(self, connection: Connection, *_: str) -> float:
        body = {"token": random.randbytes(16).hex(), "rating": random.randint(1, 5)}
        start = time.perf_counter()
        answer = await connection.ask("POST", "/judgments", body)
        assert answer.status == 201, answer
        return time.perf_counter() - start


async def otree(folder: Path, python: Path, port: int, voters: int) -> tuple[OtreeHall, str]:
    """A fresh database, a running server and a session's link."""
    shutil.copytree(HERE / "otree_project", folder)
    for name in ("_static", "_templates"):
        (folder / name).mkdir()
    command = str(python.parent / "otree")
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [command, "resetdb", "--noinput"],
        cwd=folder,
        env=os.environ | {"PATH": path},
        check=True,
        capture_output=True,
    )
    server = PeerServer(
        [command, "prodserver1of2", f"127.0.0.1:{port}"], folder, port, OTREE_PRODUCTION="1"
    )
    await server.answering()
    hall = OtreeHall(server, "", None)
    wanted = {"session_config_name": "vote", "num_participants": voters}
    made = await Connection(port, 60).ask("POST", "/api/sessions", wanted)
    assert made.status == 200, made
    link = "/join/" + made.json()["session_wide_url"].rpartition("/")[2]
    first = Voter(port, link)  # what is loaded at the first request is not measured
    await first.open()
    await first.vote(3)
    return hall, link


async def otree_at_once(hall: OtreeHall, link: str, size: Size) -> tuple[Burst, Burst]:
    voters = [Voter(hall.server.port, link) for _ in range(size.phones)]
    opening = await hall.timed(hall.opened(voter) for voter in voters)
    return opening, await hall.timed(hall.submitted(voter) for voter in voters)


async def otree_spread(hall: OtreeHall, link: str, size: Size) -> tuple[list[float], list[float]]:
    """The same arrivals and the same thinking as our phones have."""
    opens: list[float] = []
    submits: list[float] = []
    rng = random.Random(7)

    async def one(at: float, thinks: float) -> None:
        await asyncio.sleep(at)
        voter = Voter(hall.server.port, link)
        opens.append(await hall.opened(voter))
        await asyncio.sleep(thinks)
        submits.append(await hall.submitted(voter))

    arrivals = [(rng.uniform(0, size.over), rng.uniform(*size.think)) for _ in range(size.phones)]
    await asyncio.gather(*(one(at, thinks) for at, thinks in arrivals))
    return [s for s in opens if s], [s for s in submits if s]


async def bare(folder: Path, port: int, size: Size) -> Burst:
    folder.mkdir()
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--app-dir", str(HERE)]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    server = PeerServer(command, folder, port, BARE_STORE=str(folder / "bare.sqlite"))
    try:
        await server.answering()
        hall = BareHall(server, "", None)
        return await hall.timed(hall.submitted(Connection(port, 60)) for _ in range(size.phones))
    finally:
        server.kill()


async def killed(hall: Hall, votes: list) -> None:
    """Sends all votes at once and kills the server when half of them are confirmed."""
    before = len(hall.confirmed)
    sending = [asyncio.create_task(vote) for vote in votes]
    while len(hall.confirmed) - before < len(votes) / 2:
        await asyncio.sleep(0.001)
    hall.server.kill()
    await asyncio.gather(*sending)


def stored(database: Path, query: str) -> set[str]:
    """The first column of a query, read after the server is gone."""
    connection = sqlite3.connect(database)
    values = {value for (value,) in connection.execute(query)}
    connection.close()
    return values


async def run_ours(folder: Path, size: Size) -> dict[str, object]:
    """One run of our server: at once, over half a minute, and killed."""
    folder.mkdir()
    server = Server(folder / "class.sqlite", folder).start()
    try:
        hall = Hall(server, await server.lecture(*CASES), None)
        await server.rested()
        [opening], [submitting] = await at_once(hall, size)
        opens, submits, _ = await spread(hall, size, CASES[1])
        memory = server.memory()
        await server.stage(hall.code, CASES[2], "first")
        phones = [Phone(server.port, hall.code, patience=30) for _ in range(KILLED)]
        await asyncio.gather(*(phone.join() for phone in phones))
        errors = list(hall.errors)
        await killed(hall, [hall.submitted(phone, CASES[2], "first") for phone in phones])
    finally:
        server.kill()
    rows = stored(folder / "class.sqlite", "SELECT participant || item FROM judgments")
    session = f"lecture-{hall.code.lower()}"
    confirmed = {participant_of(session, token) + case for token, case in hall.confirmed}
    return {
        "opening": opening,
        "submitting": submitting,
        "opens": opens,
        "submits": submits,
        "memory": memory,
        "kept": 100 * len(confirmed & rows) / len(confirmed),
        "errors": errors,
    }


async def run_otree(folder: Path, python: Path, port: int, size: Size) -> dict[str, object]:
    """The same of oTree."""
    hall, link = await otree(folder, python, port, 2 * size.phones + KILLED + 1)
    try:
        opening, submitting = await otree_at_once(hall, link, size)
        opens, submits = await otree_spread(hall, link, size)
        memory = hall.server.memory()
        voters = [Voter(port, link) for _ in range(KILLED)]
        await asyncio.gather(*(hall.opened(voter) for voter in voters))
        errors = list(hall.errors)
        await killed(hall, [hall.submitted(voter) for voter in voters])
    finally:
        if hall.server.process.poll() is None:
            hall.server.kill()
    query = "SELECT p.code FROM vote_player v JOIN otree_participant p ON p.id = v.participant_id"
    rows = stored(folder / "db.sqlite3", f"{query} WHERE v.rating IS NOT NULL")
    confirmed = {code for code, _ in hall.confirmed}
    return {
        "opening": opening,
        "submitting": submitting,
        "opens": opens,
        "submits": submits,
        "memory": memory,
        "kept": 100 * len(confirmed & rows) / len(confirmed),
        "errors": errors,
    }


TEXT = """\
One question of five points and a reason. OPEN: from the address to a usable form. SUBMIT: from the tap to the answer
that the vote is in. Three hundred people at once, then three hundred over half a minute who think for 2 to 10 seconds,
then sixty at once while the server is killed (`kill -9`) when half of the votes are confirmed."""
CUT_SHORT = "\nOnly {} of {} runs: the machine was so busy that they took longer than {} minutes."
ABSENT = {
    "nbforms-server": (
        "it is on no package index that this machine reaches, and its source is on GitHub, which the machine does not "
        "reach. Its client nbforms 1.0.0 installs, and its import then fails."
    )
}


NOTES = {
    "live-votes": (
        "where other programs hold most of the machine, the server that needs more of it loses more, so a crowded run "
        "flatters ours: in earlier runs on a quiet machine the ratio was 13 to 19, that is, about the bar. A burst of "
        "ours lasts a second or less, so one pause of the machine halves its rate; the processor a vote is steadier."
    ),
    "live-limit": (
        "ours commits what arrives together in one transaction, bare Starlette each vote by itself: so it can be above "
        "the limit, which has no events, no merging and no receipts to write."
    ),
}


def measure(runs: int, quick: bool) -> Part:
    """Ours and oTree in turn, then bare Starlette, so many times."""
    size = Size(phones=300, bursts=1)
    if quick:
        size = Size(phones=40, bursts=1, over=3, think=(0.2, 1))
    python = environment("otree", "otree==6.0.15")
    ours, theirs, limits = [], [], []
    with tempfile.TemporaryDirectory() as temporary:
        start = time.monotonic()
        for run in range(runs):
            if time.monotonic() - start > PATIENCE:
                break
            folder = Path(temporary) / str(run)
            folder.mkdir()
            ours.append(asyncio.run(run_ours(folder / "ours", size)))
            theirs.append(asyncio.run(run_otree(folder / "otree", python, free_port(), size)))
            limits.append(asyncio.run(bare(folder / "bare", free_port(), size)))
            bursts = [ours[-1]["submitting"], theirs[-1]["submitting"], limits[-1]]
            print(
                f"  run {run + 1}: votes a second {[round(_rate(b)) for b in bursts]}, "
                f"others {[round(b.others, 1) for b in bursts]}",
                flush=True,
            )
    bursts = [one[key] for one in (*ours, *theirs) for key in ("opening", "submitting")]
    part = Part("Live collecting", TEXT, _rows(ours, theirs, limits, size), len(ours), quick=quick)
    part.others = [burst.others for burst in (*bursts, *limits)]
    part.versions = versions(python, "otree") | versions(Path(sys.executable), *OWN)
    part.absent = ABSENT
    for row in part.rows:
        row.note = NOTES.get(row.id, "")
    if len(ours) < runs:
        part.text += CUT_SHORT.format(len(ours), runs, PATIENCE // 60)
    return part


OWN = ("boundaries", "starlette", "uvicorn", "sqlalchemy")


def _rows(ours: list[dict], theirs: list[dict], limits: list[Burst], size: Size) -> list[Row]:
    def row(id: str, measure: str, unit: str, value, **more) -> Row:
        return Row(id, measure, OTREE, unit, [*map(value, ours)], [*map(value, theirs)], **more)

    def p95(key: str):
        return lambda run: 1000 * share(run[key], 0.95)

    def burst_p95(key: str):
        return lambda run: 1000 * share(run[key].seconds, 0.95)

    def processor(run: dict) -> float:
        return 1000 * run["submitting"].server / len(run["submitting"].seconds)

    once, slowly = f"{size.phones} at once", f"{size.phones} over {size.over:g} s"
    rates = [_rate(run["submitting"]) for run in ours]
    many = {"more_is_better": True}
    return [
        row(
            "live-votes",
            f"{once}: votes a second",
            "/s",
            lambda run: _rate(run["submitting"]),
            bar=15,
            **many,
        ),
        row("live-submit", f"{once}: SUBMIT p95", "ms", burst_p95("submitting"), bar=15),
        row("live-open", f"{once}: OPEN p95", "ms", burst_p95("opening")),
        row("live-processor", "server's processor a vote", "ms", processor),
        row("live-slow-submit", f"{slowly}: SUBMIT p95", "ms", p95("submits")),
        row("live-slow-open", f"{slowly}: OPEN p95", "ms", p95("opens")),
        row("live-memory", "most memory of the server", "MB", lambda run: run["memory"]),
        row(
            "live-errors",
            "errors before the kill",
            "",
            lambda run: len(run["errors"]),
            counted=True,
        ),
        row(
            "live-kill",
            "confirmed votes that a killed server kept",
            "%",
            lambda run: run["kept"],
            counted=True,
            **many,
        ),
        Row(
            "live-limit",
            f"{once}: votes a second, beside the limit",
            "bare Starlette + SQLite",
            "/s",
            rates,
            [_rate(burst) for burst in limits],
            bar=0.5,
            **many,
        ),
    ]


def _rate(burst: Burst) -> float:
    return len(burst.seconds) / burst.wall
