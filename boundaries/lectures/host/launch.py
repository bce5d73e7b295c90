"""The class server as a process of its own: found where it runs already, else started, and remembered.

What is remembered lies in `lecture.json` beside the host's other files, readable by its owner alone, for it holds
the host key. The process is detached: a restarted kernel finds the same server with the same lecture.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundaries.errors import BoundariesError
from boundaries.lectures.host.client import Host, WrongKey
from boundaries.lectures.network import EVERYWHERE, LOOPBACK, free_port, lan_address

STARTS_WITHIN = 30.0
FRESH = 12 * 3600
"""Seconds after which a lecture is another day's: the same call then begins a new one."""

_THEN_NOTHING = """
import shutil, sys
from boundaries.cli import main
try:
    main(sys.argv[2:])
finally:
    shutil.rmtree(sys.argv[1], ignore_errors=True)
"""
"""A server that dies with us takes its folder along: a kernel that is killed, as nbval's is, cannot."""

_processes: dict[int, subprocess.Popen[bytes]] = {}


class Memory:
    """The file `lecture.json` of a folder: one table a store or department's server."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "lecture.json"

    def read(self, where: str) -> dict[str, Any]:
        """What is remembered of one place; empty if nothing is, or if the file is damaged."""
        found = self._all().get(where)
        return found if isinstance(found, dict) else {}

    def keep(self, where: str, **facts: object) -> None:
        """Keeps these facts beside the others of that place; None forgets one."""
        merged = self.read(where) | facts
        text = json.dumps(
            self._all() | {where: {k: v for k, v in merged.items() if v is not None}}, indent=1
        )
        new = self.path.with_name(f".{self.path.name}-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(
                os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(text)
            os.replace(new, self.path)
        except OSError as error:
            raise BoundariesError(
                f"{self.path} cannot be written ({error.strerror}). Make room there, then run this again."
            ) from None

    def session(self, where: str, what: str, *, new: bool = False) -> str:
        """The session id of the lecture of `what` there: that of today's, else a new one, which is then kept.

        It is kept before the server hears of it, so that a lost answer never makes two lectures.
        """
        sessions = self.read(where).get("sessions", {})
        known = sessions.get(what, {})
        if not new and abs(time.time() - known.get("since", 0)) < FRESH:
            return str(known["session"])
        session = f"lecture-{secrets.token_hex(5)}"
        self.keep(
            where, sessions=sessions | {what: {"session": session, "since": int(time.time())}}
        )
        return session

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Wanted:
    """The server to have: its store, where it listens, under which address phones know it, with whose content."""

    store: str
    host: str = LOOPBACK
    port: int = 0
    public_url: str = ""
    data: str = ""
    dies_with_us: bool = False

    @property
    def shut(self) -> bool:
        """Whether only this computer can reach it."""
        return self.host in (LOOPBACK, "localhost", "::1") and not self.public_url

    def url(self, port: int) -> str:
        """Where this computer reaches it."""
        near = LOOPBACK if self.host in (EVERYWHERE, "localhost") else self.host
        return f"http://{f'[{near}]' if ':' in near else near}:{port}"

    def told(self) -> str:
        """The address that phones are told, as far as it may change while the server runs."""
        return self.public_url or (lan_address() if self.host == EVERYWHERE else "")


def find_or_start(wanted: Wanted, memory: Memory) -> Host:
    """The server that runs for this store as wanted, else a new one (at the port it had, for the phones' sake)."""
    known = memory.read(wanted.store)
    found = _answering(known)
    if found:
        port = int(known["port"])
        same = (known.get("told"), known.get("data")) == (wanted.told(), wanted.data)
        if same and known["host"] == wanted.host and wanted.port in (0, port):
            return found
        found.close()
        stop(wanted.store, memory)
    port = wanted.port or free_port(wanted.host, int(known.get("port") or 0))
    key, pid = _start(wanted, port, memory.folder)
    url = wanted.url(port)
    facts = {
        "url": url,
        "key": key,
        "pid": pid,
        "port": port,
        "host": wanted.host,
        "told": wanted.told(),
    }
    memory.keep(wanted.store, data=wanted.data, **facts)
    return Host(url, key)


def stop(store: str, memory: Memory) -> bool:
    """Ends the server that runs for this store; False if none did. Its port is kept for the next."""
    known = memory.read(store)
    found = _answering(known)
    memory.keep(store, url=None, key=None, pid=None)
    if not found:
        return False
    with suppress(ProcessLookupError):  # it knew our key just now, so the number is still its own
        os.kill(known["pid"], signal.SIGTERM)
    process = _processes.pop(known["pid"], None)
    until = time.monotonic() + 10
    while time.monotonic() < until and (process.poll() is None if process else found.alive()):
        time.sleep(0.05)
    found.close()
    return True


def _answering(known: dict[str, Any]) -> Host | None:
    """The server that was remembered, if one answers there and knows the key."""
    if not all(known.get(fact) for fact in ("url", "key", "pid", "port", "host")):
        return None
    host = Host(known["url"], known["key"])
    try:
        if not host.alive():
            raise WrongKey  # as good as nobody
        host.of("00000000", "plan")
    except WrongKey:
        pass  # nobody, or somebody else's server at the port that ours had
    except BoundariesError:
        return host  # the key is known, that lecture is not
    host.close()
    return None


def _start(wanted: Wanted, port: int, folder: Path) -> tuple[str, int]:
    """Starts the process and reads its first line; its host key and process id."""
    run = ["-c", _THEN_NOTHING, str(folder)] if wanted.dies_with_us else ["-m", "boundaries"]
    command = [sys.executable, *run, "serve", "--store", wanted.store]
    command += ["--host", wanted.host, "--port", str(port), "--idle-hours", "6"]
    command += ["--public-url", wanted.public_url] if wanted.public_url else []
    command += ["--with-parent"] if wanted.dies_with_us else []
    log = (
        folder / f"class-server-{port}.log"
    )  # a file, for a pipe would break when this kernel restarts
    apart: Any = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    env = os.environ | ({"BOUNDARIES_DATA": wanted.data} if wanted.data else {})
    # With its parent it ends when its standard input does, and that is open as long as this kernel lives.
    stdin = subprocess.PIPE if wanted.dies_with_us else subprocess.DEVNULL
    folder.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    with os.fdopen(os.open(log, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        process = subprocess.Popen(command, stdin=stdin, stdout=out, stderr=out, env=env, **apart)  # noqa: S603 - ours
    _processes[process.pid] = process
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        ended = process.poll() is not None
        said = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        for line in said:
            if line.startswith('{"') and line.endswith("\n"):
                return str(json.loads(line)["host_key"]), process.pid
        if ended:
            why = said[-1].strip() if said else "it said nothing"
            raise BoundariesError(f"The class server did not start: {why}")
        time.sleep(0.05)
    process.terminate()
    raise BoundariesError(
        f"The class server did not answer within {STARTS_WITHIN:.0f} s. See {log}, then run this again."
    )
