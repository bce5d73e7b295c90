"""Answers in JSON, to requests and to errors; what an error of ours may write into the log."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from starlette.responses import Response
from starlette.types import Send

from boundaries.errors import (
    AlreadyLocked,
    BoundariesError,
    NotFound,
    NotYetJudged,
    Refused,
    StoreError,
    TooMany,
)
from boundaries.lectures.rounds.receipts import Receipt
from boundaries.lectures.server.limits import Later

# Its own sentence names the store's place, which is no stranger's affair.
_NO_STORE = "The class server cannot reach its store at the moment. Try again in a moment."
_MISTAKE = "The server made a mistake, and nothing of this was stored. Try again."


class Reply(NamedTuple):
    """A short answer: `wait` are the seconds after which it is worth asking again (0: no matter);
    `close` ends the connection, for a body may be there that was not read."""

    status: int
    table: dict[str, Any]
    wait: int = 0
    close: bool = False


def reply_to(error: Exception) -> Reply:
    """What somebody is answered whose request ended in an error."""
    text = str(error)
    if isinstance(error, NotFound):
        return Reply(404, {"error": text})
    if isinstance(error, Refused | AlreadyLocked | NotYetJudged):
        return Reply(409, {"error": text})
    if isinstance(error, Later):
        return Reply(429, {"error": text}, error.seconds)
    if isinstance(error, TooMany):
        return Reply(429, {"error": text}, 1)
    if isinstance(error, StoreError):
        return Reply(503, {"error": _NO_STORE}, 2)
    # Every other of ours is about what came, and its sentence is for whoever sent it.
    if isinstance(error, BoundariesError):
        return Reply(422, {"error": text, "errors": list(getattr(error, "errors", (text,)))})
    return Reply(500, {"error": _MISTAKE})


async def send_reply(send: Send, reply: Reply) -> None:
    """Sends a short answer."""
    body = to_json(reply.table)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if reply.wait:
        headers.append((b"retry-after", str(reply.wait).encode()))
    if reply.close:
        headers.append((b"connection", b"close"))
    if reply.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def json_response(body: bytes | object, status: int = 200) -> Response:
    """An answer in JSON; bytes are JSON already."""
    if not isinstance(body, bytes):
        body = to_json(body)
    return Response(body, status, media_type="application/json")


def receipts_response(receipts: Sequence[Receipt]) -> Response:
    """Receipts in JSON; the status says whether anything was stored."""
    table: dict[str, Any] = {"receipts": [vars(receipt) for receipt in receipts]}
    statuses = {receipt.status for receipt in receipts}
    if "stored" in statuses:
        return json_response(table, 201)
    table["error"] = receipts[0].text
    if statuses == {"invalid"}:
        table["errors"] = [receipt.text for receipt in receipts]
        return json_response(table, 422)
    return json_response(table, 409)


def to_json(table: object) -> bytes:
    """JSON in one line of UTF-8; half of a surrogate pair, which UTF-8 has no place for, as its
    escape."""
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def error_place(error: BaseException) -> str:
    """The kind of an error and where it arose, without its text, which may quote a request."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    place = frames[-1]
    for frame in frames:
        if "boundaries" in frame.filename:
            place = frame
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
