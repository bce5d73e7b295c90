"""What goes to the class server, and what comes back: under limits, and only if it is ours."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from boundaries.answers.judgments import Judgment, Key
from boundaries.errors import Unreachable

if TYPE_CHECKING:  # loaded when something is sent
    import httpx

SILENT = "The class server does not answer; what waits is sent with your next judgment."
BUSY = "The class server is busy; what waits is sent with your next judgment."

# Seconds for a whole answer; the timeouts of the client are for one piece of it.
ANSWER_SECONDS = 6.0

# The header of every answer of a class server: a portal in between answers in JSON too.
MARK = ("X-Boundaries", "1")

# Judgments at once: fewer of those among which one may spoil the others.
BATCHES = (50, 7, 1)

_MOST_SENT = 48_000  # bytes at once: the server takes 64 kB
_MOST_READ = 262_144  # bytes of an answer: no answer of ours comes near
_NOT_NOW = (429, 503)
_FIELDS = ("phase", "rating", "confidence", "reason", "revision")


class ServerAnswer(NamedTuple):
    """Status and JSON of an answer; an empty dict where its body is no JSON object."""

    status: int
    table: dict[str, Any]


def client(address: str) -> httpx.Client:
    """A client for the class server: it follows no redirect and asks for nothing packed."""
    import httpx

    def connected(trust_env: bool) -> httpx.Client:
        return httpx.Client(
            timeout=httpx.Timeout(3, connect=1),
            follow_redirects=False,
            trust_env=trust_env,
            headers={
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "boundaries",
            },
        )

    # Over plain http a proxy would read the token; over https it sees only where to.
    if address.startswith("https:"):
        # A proxy or certificates that this computer names and no client can be made with.
        with suppress(ValueError, OSError, ImportError):
            return connected(trust_env=True)
    return connected(trust_env=False)


def ask(http: httpx.Client, method: str, url: str, body: bytes | None = None) -> ServerAnswer:
    """The class server's answer. Raises Unreachable, with a sentence, where there is none."""
    import httpx

    data, until = b"", time.monotonic() + ANSWER_SECONDS
    try:
        with http.stream(method, url, content=body) as response:
            # Raw, as it came: a few packed bytes may unpack to any number.
            for piece in response.iter_raw():
                data += piece
                if len(data) > _MOST_READ or time.monotonic() > until:
                    raise Unreachable(SILENT)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise Unreachable(SILENT) from error
    if response.status_code in _NOT_NOW:  # a front may say so for the server
        raise Unreachable(BUSY)
    name, value = MARK
    if response.headers.get(name) != value:
        raise Unreachable(SILENT)
    try:
        table = json.loads(data)
    except (ValueError, RecursionError):
        table = {}
    return ServerAnswer(response.status_code, table if isinstance(table, dict) else {})


def batches(
    rows: Sequence[Judgment], token: str, spoilt: Mapping[Key, int]
) -> Iterator[tuple[list[Judgment], bytes]]:
    """Judgments that go together, with their JSON.

    `spoilt` counts how often a batch with a judgment was refused as a whole: such judgments go
    last, and few at a time.
    """
    batch: list[Judgment] = []
    bodies: list[bytes] = []
    for row in sorted(rows, key=lambda row: spoilt[row.key]):
        most = BATCHES[min(spoilt[row.key], len(BATCHES) - 1)]
        body = _body(row, token)
        size = sum(map(len, bodies)) + len(body)
        if batch and (len(batch) >= most or size > _MOST_SENT):
            yield batch, _joined(bodies)
            batch, bodies = [], []
        batch.append(row)
        bodies.append(body)
    if batch:
        yield batch, _joined(bodies)


def _body(row: Judgment, token: str) -> bytes:
    fields = {name: getattr(row, name) for name in _FIELDS}
    fields |= {
        "token": token,
        "vignette": row.item,
        "wording": row.wording,
        "level": row.level,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _joined(bodies: list[bytes]) -> bytes:
    return b"[" + b",".join(bodies) + b"]"
