"""The class server as a process of its own: found where it runs already, else started, and remembered.

The process is detached: a restarted kernel finds the same server with the same lecture.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundaries.answers import files
from boundaries.errors import BoundariesError
from boundaries.lectures.host.client import Host, WrongKey
from boundaries.lectures.host.memory import Memory
from boundaries.lectures.network import (
    EVERYWHERE,
    LOOPBACK,
    free_port,
    http_address,
    lan_address,
)

STARTS_WITHIN = 30.0
ENDS_WITHIN = 10.0

# A server that dies with us takes its folder along: a kernel that is killed, as nbval's is, cannot.
_THEN_NOTHING = """
import shutil, sys
from boundaries.cli import main
try:
    main(sys.argv[2:])
finally:
    shutil.rmtree(sys.argv[1], ignore_errors=True)
"""

# Those that this kernel started itself, by their process ids.
_processes: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Wanted:
    """The server to have: its store, where it listens, under which address phones know it, with
    whose content."""

    store: str
    host: str = LOOPBACK
    port: int = 0
    public_url: str = ""
    data: str = ""
    dies_with_us: bool = False

    def url(self, port: int) -> str:
        """Where this computer reaches it."""
        near = LOOPBACK if self.host in (EVERYWHERE, "localhost") else self.host
        return http_address(near, port)

    def phones_address(self) -> str:
        """The address that phones are told, as far as it may change while the server runs."""
        if self.host == EVERYWHERE and not self.public_url:
            return lan_address()
        return self.public_url


def find_or_start(wanted: Wanted, memory: Memory) -> Host:
    """The server that runs for this store as wanted, else a new one (at the port it had, for the
    phones' sake)."""
    known = memory.read(wanted.store)
    running = _answering(known)
    if running:
        if _as_wanted(wanted, known):
            return running
        running.close()
        stop(wanted.store, memory)
    port = wanted.port or free_port(wanted.host, int(known.get("port") or 0))
    key, pid = _start(wanted, port, memory.folder)
    url = wanted.url(port)
    memory.keep(
        wanted.store,
        url=url,
        key=key,
        pid=pid,
        port=port,
        host=wanted.host,
        told=wanted.phones_address(),
        data=wanted.data,
    )
    return Host(url, key)


def _as_wanted(wanted: Wanted, known: dict[str, Any]) -> bool:
    same_phones = known.get("told") == wanted.phones_address()
    same_content = known.get("data") == wanted.data
    same_place = known["host"] == wanted.host and wanted.port in (0, int(known["port"]))
    return same_phones and same_content and same_place


def stop(store: str, memory: Memory) -> bool:
    """Ends the server that runs for this store; False if none did. Its port is kept for the next."""
    known = memory.read(store)
    running = _answering(known)
    memory.keep(store, url=None, key=None, pid=None)
    if not running:
        return False
    process = _processes.pop(known["pid"], None)
    if process:
        _end(process)
    else:
        # Started by a kernel before this one. It knew our key just now, so the number is still its own. On Windows
        # this ends it at once, and fails in other ways than elsewhere where it has gone meanwhile.
        with suppress(OSError):
            os.kill(known["pid"], signal.SIGTERM)
    until = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < until and (process.poll() is None if process else running.alive()):
        time.sleep(0.05)
    running.close()
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks a child to end, in the way that its system knows: Windows has no signal that a process
    could answer."""
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()  # it runs as long as this is open, and then ends by itself
    else:
        process.terminate()


def _answering(known: dict[str, Any]) -> Host | None:
    """The server that was remembered, if one answers there and knows the key."""
    if not all(known.get(fact) for fact in ("url", "key", "pid", "port", "host")):
        return None
    host = Host(known["url"], known["key"])
    try:
        if not host.alive():
            raise WrongKey  # as good as nobody
        host.plan("00000000")
    except WrongKey:
        pass  # nobody, or somebody else's server at the port that ours had
    except BoundariesError:
        return host  # the key is known, that lecture is not
    host.close()
    return None


def _start(wanted: Wanted, port: int, folder: Path) -> tuple[str, int]:
    """Starts the process and waits for its first line; its host key and process id."""
    files.make_folder(folder)
    # A file, for a pipe would break when this kernel restarts.
    log = folder / f"class-server-{port}.log"
    log.unlink(missing_ok=True)
    with os.fdopen(os.open(log, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command
            _command(wanted, port, folder),
            # With its parent it ends when its standard input does, and that is open as long as this kernel lives.
            stdin=subprocess.PIPE if wanted.dies_with_us else subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=os.environ | ({"BOUNDARIES_DATA": wanted.data} if wanted.data else {}),
            **_detached(),
        )
    _processes[process.pid] = process
    return _first_line(process, log), process.pid


def _command(wanted: Wanted, port: int, folder: Path) -> list[str]:
    run = ["-m", "boundaries"]
    if wanted.dies_with_us:
        run = ["-c", _THEN_NOTHING, str(folder)]
    command = [sys.executable, *run, "serve", "--store", wanted.store]
    command += ["--host", wanted.host, "--port", str(port), "--idle-hours", "6"]
    if wanted.public_url:
        command += ["--public-url", wanted.public_url]
    if wanted.dies_with_us:
        command.append("--with-parent")
    return command


def _detached() -> dict[str, Any]:
    """What keeps Ctrl-C in this kernel, and its end, from ending the server."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    return {"start_new_session": True}


def _first_line(process: subprocess.Popen[bytes], log: Path) -> str:
    """The host key, from the line of JSON that a server prints when phones are answered."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        # Before reading: what a process wrote before it ended is then read for certain.
        ended = process.poll() is not None
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        for line in lines:
            if line.startswith('{"') and line.endswith("\n"):
                return str(json.loads(line)["host_key"])
        if ended:
            last = lines[-1].strip() if lines else "it said nothing"
            raise BoundariesError(f"The class server did not start: {last}")
        time.sleep(0.05)
    process.terminate()
    raise BoundariesError(
        f"The class server did not answer within {STARTS_WITHIN:.0f} s. See {log}, then run this again."
    )
