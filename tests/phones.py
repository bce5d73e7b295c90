"""A class server run as a lecturer runs it, and phones that talk to it over plain sockets: for faults and for load.

A phone here does what the page's script does: it keeps an own token and a counter, holds the events open on one
connection, sends judgments on another, and sends again until a receipt says what became of them.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from laboratory import ROOT, free_port

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
CUT = (OSError, EOFError, TimeoutError)
"""What a phone sees when the network or the server is gone (asyncio.IncompleteReadError is an EOFError)."""


class Answer(NamedTuple):
    status: int
    head: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


_writers: weakref.WeakSet[asyncio.StreamWriter] = weakref.WeakSet()


async def hang_up() -> None:
    """Closes every connection that is still open, so that a test that failed leaves none behind."""
    for writer in list(_writers):
        writer.transport.abort()
    await asyncio.sleep(0.05)


class Connection:
    """One keep-alive connection, HTTP/1.1 written by hand: an ordinary client costs more than the server does."""

    def __init__(self, port: int, patience: float = 6) -> None:
        self.port, self.patience = port, patience
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(
        self, method: str, path: str, body: object = None, head: str = ""
    ) -> asyncio.StreamReader:
        """Sends one request and returns where its answer will be read, without reading it."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=1 << 22
            )
            _writers.add(self._writer)
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            if "content-type:" not in head.lower():
                head += "Content-Type: application/json\r\n"
            head += f"Content-Length: {len(data)}\r\n"
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{head}\r\n".encode() + data
        )
        assert self._reader is not None
        return self._reader

    async def ask(self, method: str, path: str, body: object = None, head: str = "") -> Answer:
        """One request and its answer. A connection that the server closed in the meantime is made anew, once."""
        kept = self._writer is not None
        try:
            async with asyncio.timeout(self.patience):
                return await self._answer(await self.send(method, path, body, head), method)
        except CUT as error:
            self.close()
            if not kept or isinstance(error, TimeoutError):
                raise
            return await self.ask(method, path, body, head)

    async def _answer(self, reader: asyncio.StreamReader, method: str) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, low = int(head[9:12]), head.lower()
        if found := re.search(r"\r\ncontent-length: *(\d+)", low):
            body = b"" if method == "HEAD" else await reader.readexactly(int(found[1]))
        elif "transfer-encoding: chunked" in low:
            parts = []
            while part := await _chunk(reader):
                parts.append(part)
            body = b"".join(parts)
        else:
            body = b""
        if "connection: close" in low:
            self.close()
        return Answer(status, head, body)

    def close(self, *, abruptly: bool = False) -> None:
        if self._writer is not None:
            if abruptly:
                self._writer.transport.abort()
            else:
                self._writer.close()
            self._reader = self._writer = None

    async def gone(self) -> None:
        """Closes, and waits until it is."""
        writer = self._writer
        self.close()
        if writer is not None:
            with suppress(*CUT):
                await asyncio.wait_for(writer.wait_closed(), 5)


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    size = int(await reader.readuntil(b"\r\n"), 16)
    return (await reader.readexactly(size + 2))[:-2]


class Phone:
    """A participant: token and counter, a connection for requests and one for the events."""

    def __init__(
        self, ports: int | Sequence[int], code: str, token: str | None = None, patience: float = 6
    ) -> None:
        self.ports = [ports] if isinstance(ports, int) else list(ports)
        self.code, self.token, self.revision = code, token or secrets.token_hex(16), 0
        self.patience = patience
        self.talk = Connection(self.ports[0], patience)
        self.stream = Connection(self.ports[0], patience)
        self.state: dict[str, Any] = {}
        self.raw = b""  # the last event as it came

    @property
    def path(self) -> str:
        return f"/api/sessions/{self.code}"

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        return await self.talk.ask(method, path, body)

    async def open(self) -> int:
        """What a first visit does, from the page's address to a usable form; returns how many bytes were fetched."""
        size = await self.load_page()
        await self.join()
        await self.first_event()
        return size

    async def load_page(self) -> int:
        """Fetches the page with all its files; returns how many bytes that were."""
        wanted, seen, size = {f"/{self.code[:4]}-{self.code[4:]}"}, set(), 0
        while wanted - seen:
            path = (wanted - seen).pop()
            seen.add(path)
            found = await self.talk.ask("GET", path, head="Accept-Encoding: gzip\r\n")
            assert found.status == 200, (path, found.status)
            size += len(found.body)
            zipped = "content-encoding: gzip" in found.head.lower()
            wanted |= _named(gzip.decompress(found.body) if zipped else found.body, path)
        return size

    async def first_event(self) -> None:
        """Opens the events and waits for the state that comes at once."""
        async with asyncio.timeout(self.patience):
            async for _ in self.events():
                break

    async def join(self) -> dict[str, str]:
        found = await self.ask("POST", f"{self.path}/join", {"token": self.token})
        assert found.status == 200, found
        return found.json()["levels"]

    async def events(self, *, parse: bool = True) -> AsyncIterator[Any]:
        """Every state that arrives, on a connection that stays open after the loop over it was left."""
        async with asyncio.timeout(self.stream.patience):
            reader = await self.stream.send(
                "GET", f"{self.path}/events", head="Accept: text/event-stream\r\n"
            )
            head = await reader.readuntil(b"\r\n\r\n")
        assert head[9:12] == b"200", head
        self._rest = b""
        async for state in self.more(parse=parse):
            yield state

    async def more(self, *, parse: bool = True) -> AsyncIterator[Any]:
        """The states that arrive on the connection that `events` opened."""
        reader = self.stream._reader
        if reader is None:
            raise EOFError("the events are not open")
        while True:
            while b"\n\n" in self._rest:
                event, _, self._rest = self._rest.partition(b"\n\n")
                _, found, data = event.partition(b"event: state\ndata: ")
                if found:
                    self.raw = data
                    if parse:
                        self.state = json.loads(data)
                    yield self.state if parse else data
            part = await _chunk(reader)
            if not part:
                raise EOFError("the server ended the events")
            self._rest += part

    def judgment(
        self, vignette: str, phase: str, rating: int | None, **more: Any
    ) -> dict[str, Any]:
        """The next judgment of this phone, as it is sent."""
        self.revision += 1
        sure = None if rating is None else 3
        body = {
            "token": self.token,
            "vignette": vignette,
            "phase": phase,
            "rating": rating,
            "confidence": sure,
        }
        return body | {"revision": self.revision} | more

    async def post(self, judgment: object) -> tuple[int, dict[str, Any]]:
        """Sends once: the status, and the receipt or the error."""
        found = await self.ask("POST", f"{self.path}/judgments", judgment)
        said = found.json()
        return found.status, said["receipts"][0] if said.get("receipts") else said

    async def insist(
        self, judgment: object, *, within: float = 30, wait: float = 0.1
    ) -> dict[str, Any]:
        """Sends until there is a receipt, at the next server when one does not answer, as the page does."""
        until = time.monotonic() + within
        while True:
            with suppress(*CUT):
                status, said = await self.post(judgment)
                if "status" in said:
                    return said
                assert status in (429, 503), (status, said)
            if time.monotonic() > until:
                raise TimeoutError(f"no receipt within {within} s")
            self.ports.append(self.ports.pop(0))
            self.talk.close()
            self.talk.port = self.ports[0]
            await asyncio.sleep(wait * (0.5 + secrets.randbelow(1000) / 1000))

    async def leave(self) -> None:
        await self.talk.gone()
        await self.stream.gone()


def _named(text: bytes, where: str) -> set[str]:
    """The addresses of what a page of ours needs at once; its files need nothing more."""
    if "/static/" in where:
        return set()
    pattern = r"""(?:<script[^>]* src|<link[^>]* href)=["'](static/[^"']+)["']"""
    return {f"/{name}" for name in re.findall(pattern, text.decode())}


class Server:
    """`python -m boundaries serve`, in a process of its own."""

    def __init__(
        self,
        store: object,
        folder: Path,
        *arguments: str,
        port: int | None = None,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.store, self.folder, self.arguments = store, folder, arguments
        self.port = port or free_port()
        self.env = {k: v for k, v in os.environ.items() if k != "BOUNDARIES_DEMO"} | dict(env or {})
        self.before = before
        self.out, self.log = folder / f"{self.port}.out", folder / f"{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.host_key = ""

    def start(self) -> Server:
        """Runs it until its line of JSON is there."""
        self.begin()
        return self.ready()

    def begin(self) -> None:
        """Starts it, without waiting."""
        where = self.store if isinstance(self.store, str) else _url(self.store)
        command = [
            sys.executable,
            "-m",
            "boundaries",
            "serve",
            "--store",
            where,
            "--port",
            str(self.port),
        ]
        with self.out.open("wb") as out, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.arguments],
                cwd=ROOT,
                env=self.env,
                stdout=out,
                stderr=log,
                preexec_fn=self.before,
            )

    def ready(self, within: float = 60) -> Server:
        """Waits until it answers."""
        assert self.process is not None
        until = time.monotonic() + within
        while b"\n" not in self.out.read_bytes():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"The server did not start:\n{self.log.read_text('utf-8')}")
            time.sleep(0.02)
        self.host_key = json.loads(self.out.read_bytes().splitlines()[0])["host_key"]
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """`kill -9`: no goodbye to anybody."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def stop(self) -> int:
        """Asks it to end, as Ctrl-C or a container's stop does; returns the exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    async def host(self, path: str, body: object = None, *, method: str = "") -> Any:
        """What the host asks, with the key; a refusal is an error."""
        connection = Connection(self.port, 30)
        head = f"Authorization: Bearer {self.host_key}\r\n"
        found = await connection.ask(
            method or ("GET" if body is None else "POST"), path, body, head
        )
        await connection.gone()
        assert found.status in (200, 201), found
        return found.json()

    async def lecture(self, *vignettes: str, title: str = "A rehearsal") -> str:
        """A new lecture's code."""
        made = await self.host("/api/sessions", {"title": title, "vignettes": list(vignettes)})
        return re.sub("[^0-9A-Z]", "", made["code"])

    async def stage(self, code: str, vignette: str, stage: str, **more: Any) -> Any:
        return await self.host(
            f"/api/sessions/{code}/stage", {"vignette": vignette, "stage": stage, **more}
        )

    async def rested(self) -> None:
        """Waits until it has loaded what it loads in the background after its start."""
        for _ in range(30):
            before = self.cpu()
            await asyncio.sleep(0.5)
            if self.cpu() - before < 0.02:
                return

    def cpu(self) -> float:
        """Seconds of processor that it and its children have used so far (Linux)."""
        return cpu(self.pid)

    def memory(self) -> float:
        """The most memory that it and its children have held resident, in MB (Linux)."""
        return sum(
            int(
                re.search(
                    r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
                )[1]
            )
            * 1024
            / 1e6
            for pid in tree(self.pid)
        )

    def streams(self) -> int:
        """How many sockets its process holds (Linux)."""
        folder = Path(f"/proc/{self.pid}/fd")
        with suppress(FileNotFoundError):
            return sum(os.readlink(link).startswith("socket:") for link in folder.iterdir())
        return self.streams()


def _url(where: Any) -> str:
    return (
        where.render_as_string(hide_password=False)
        if hasattr(where, "render_as_string")
        else str(where)
    )


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants (Linux)."""
    yield pid
    with suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="utf-8").split():
                yield from tree(int(child))


def busy() -> float:
    """Seconds of processor that the whole machine has used so far (Linux)."""
    user, nice, system, _, _, irq, softirq = map(
        int, Path("/proc/stat").read_text(encoding="utf-8").split()[1:8]
    )
    return (user + nice + system + irq + softirq) / TICKS


def cpu(pid: int) -> float:
    """Seconds of processor of a process, its living and its ended children (Linux)."""
    total = 0
    for one in tree(pid):
        with suppress(FileNotFoundError):
            fields = (
                Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            )
            total += sum(map(int, fields[11:13] if one != pid else fields[11:15]))
    return total / TICKS
