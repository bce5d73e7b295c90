"""The published description of the interface, made from the operations and the shapes that the
server itself uses.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp

from boundaries.lectures.server import bodies, shapes

_ABOUT = (
    "A lecture on many phones: everyone judges a case alone, then talks, then judges again; "
    "the class appears at the reveal. Bodies are strict JSON (no field twice, none that is "
    "unknown). Errors are one or two sentences in `error`. Every answer of this server carries the "
    "header `X-Boundaries: 1`; one without it came from something in between. "
    "A phone may ask any process that shares the database."
)

# Of each status that refuses: when it is answered, and such a sentence.
_REFUSALS = {
    400: (
        "The address, or the request's frame, is not one of this server's.",
        "This request carries a body, which is not read here. Send it without.",
    ),
    401: (
        "No host key came with it.",
        "This is for the host. Send the host key as 'Authorization: Bearer KEY'.",
    ),
    403: (
        "Not a host key of this server; or another website sent this.",
        "This is not a host key of this server. Copy the one that it printed.",
    ),
    404: (
        "No lecture of this code.",
        "There is no lecture of this code. Compare it with the code on the screen.",
    ),
    408: (
        "The body did not arrive in time.",
        "The request did not arrive within 10 seconds. Check the network, then send it again.",
    ),
    409: (
        "A rule of the rounds says no; nothing was changed.",
        "Nobody has judged 'tiles-at-cost' yet. Open its round 'first' before the reveal.",
    ),
    413: (
        "The body is too long.",
        "The request is too long. At most 16,000 bytes are read. Send less at once.",
    ),
    414: ("The address is too long.", "This address is too long. Type it again."),
    415: ("Not application/json.", "Send this as application/json."),
    421: (
        "Another name than this server's.",
        "This server does not go by that name. Open it by the address that it shows.",
    ),
    422: (
        "What was sent cannot be used; nothing was stored.",
        "'rating' is missing. It is a whole number of at most nine digits, or null.",
    ),
    429: (
        "Too many for now; Retry-After says when it is worth trying again.",
        "This participant sent too much at once, and nothing of this was stored. "
        "Try again in 1 second.",
    ),
    503: (
        "The store does not answer, or the server is full; nothing is confirmed as stored.",
        "The class server cannot reach its store at the moment. Try again in a moment.",
    ),
}
_ALWAYS = {400, 414, 421, 503}
_WITH_BODY = {403, 408, 409, 413, 415, 422, 429, 503}
_WITH_KEY = {401, 403, 429}
_WITH_CODE = {404, 429}


@dataclass(frozen=True)
class Operation:
    """One thing that the server does: at which address, for whom, and what it takes and answers.

    `answer` is called with the request, and where the operation `takes` a body (one of these
    shapes) with that, too; with `many` it is a list of them. `host`: only with a host key.
    """

    method: str
    path: str
    answer: Callable[..., Awaitable[Response | ASGIApp]]
    gives: Any
    takes: Sequence[type[msgspec.Struct]] = ()
    many: bool = False
    host: bool = False
    statuses: Sequence[int] = (200,)

    @property
    def refusals(self) -> list[int]:
        """The statuses with which it may refuse."""
        statuses = set(_ALWAYS)
        if self.takes:
            statuses |= _WITH_BODY
        if self.host:
            statuses |= _WITH_KEY
        if "{code}" in self.path:
            statuses |= _WITH_CODE
        return sorted(statuses)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document (version 3.1.0) of these operations."""
    described = list(dict.fromkeys(_shapes_of(operations)))
    references, schemas = msgspec.json.schema_components(
        described, ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(described, references, strict=True))
    paths: dict[str, Any] = {}
    for operation in operations:
        methods = paths.setdefault(operation.path, {})
        methods[operation.method.lower()] = _operation(operation, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Boundaries, the class server",
            "version": "1",
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {str(status): _refusal(status, schema_of) for status in _REFUSALS},
            "securitySchemes": {
                "hostKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The host key that the server printed when it began.",
                }
            },
        },
    }


def _shapes_of(operations: Sequence[Operation]) -> list[Any]:
    shapes_used: list[Any] = [shapes.Problem]
    for operation in operations:
        shapes_used += [operation.gives, *operation.takes]
    return shapes_used


def _operation(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    description = inspect.getdoc(operation.answer) or ""
    summary, _, more = description.partition("\n\n")
    responses: dict[str, Any] = {}
    for status in operation.statuses:
        responses[str(status)] = _answer(operation, schema_of)
    for status in operation.refusals:
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    entry: dict[str, Any] = {
        "operationId": operation.answer.__name__,
        "summary": summary,
        "description": more,
        "security": [],
        "responses": responses,
    }
    if operation.host:
        entry["security"] = [{"hostKey": []}]
    if "{code}" in operation.path:
        entry["parameters"] = [_CODE]
    if operation.takes:
        entry["requestBody"] = {"required": True, "content": _body(operation, schema_of)}
    return entry


_CODE = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "The join code; hyphens and small letters do no harm.",
    "schema": {"type": "string"},
    "example": "K7QF2MWD",
}


def _body(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    allowed = [schema_of[shape] for shape in operation.takes]
    if operation.many:
        allowed.append(
            {"type": "array", "items": allowed[0], "minItems": 1, "maxItems": bodies.MOST}
        )
    content = {"schema": {"anyOf": allowed}, "example": EXAMPLES[operation.takes[0]]}
    return {"application/json": content}


def _answer(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    kind = "application/json"
    if operation.gives is str:
        kind = "text/event-stream"
    content = {"schema": schema_of[operation.gives], "example": EXAMPLES[operation.gives]}
    return {"description": inspect.getdoc(operation.gives) or "", "content": {kind: content}}


def _refusal(status: int, schema_of: dict[Any, Any]) -> dict[str, Any]:
    when, sentence = _REFUSALS[status]
    content = {"schema": schema_of[shapes.Problem], "example": {"error": sentence}}
    refusal: dict[str, Any] = {"description": when, "content": {"application/json": content}}
    if status == 401:
        refusal["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status in (429, 503):
        seconds = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        refusal["headers"] = {"Retry-After": seconds}
    return refusal


_STATE = {
    "code": "K7QF2MWD",
    "shown_code": "K7QF-2MWD",
    "session": "lecture-monday",
    "title": "Ethics, Monday",
    "mode": "lecture",
    "version": 3,
    "stage": "lobby",
    "phase": None,
    "place": 0,
    "of": 1,
    "vignettes": [{"id": "tiles-at-cost", "title": "", "state": "to come"}],
    "joined": 41,
    "judged": 0,
    "minimum": 5,
    "room": 5_000,
    "rate": 0.4,
    "remaining": None,
    "case": None,
    "reveal": None,
}
_LECTURE = {"session": "lecture-monday", "title": "Ethics, Monday"}
_CASE = {"vignette": "tiles-at-cost", "phase": "first"}
_ANSWER = {"rating": 2, "confidence": 3, "revision": 1}

EXAMPLES: dict[Any, Any] = {
    shapes.NewLecture: {"title": "Ethics, Monday", "vignettes": ["tiles-at-cost"]},
    shapes.Join: {"token": "0123456789abcdef0123456789abcdef"},
    shapes.SentJudgment: {"token": "0123456789abcdef0123456789abcdef"} | _CASE | _ANSWER,
    shapes.StageChange: {"vignette": "tiles-at-cost", "stage": "first", "seconds": 60},
    shapes.ClockChange: {"seconds": 30},
    shapes.LevelChange: {"vignette": "tiles-at-cost", "level": "split"},
    shapes.HandsCount: _CASE | {"counts": [3, 9, 12, 4, 1]},
    shapes.Health: {"ok": True},
    dict: {"openapi": "3.1.0"},
    str: 'retry: 2000\n\nevent: state\ndata: {"code":"K7QF2MWD"}\n\n',
    shapes.State: _STATE,
    shapes.Made: {
        "code": "K7QF2MWD",
        "join_url": "http://192.168.1.20:8000/K7QF-2MWD",
        "screen_url": "http://192.168.1.20:8000/K7QF-2MWD/screen",
        "session": "lecture-monday",
        "state": _STATE,
    },
    shapes.Levels: {"levels": {}},
    shapes.Receipts: {
        "receipts": [_CASE | {"status": "stored", "text": "Sent and stored."} | _ANSWER]
    },
    shapes.Plan: {
        "vignettes": [
            {
                "id": "tiles-at-cost",
                "title": "Tiles at cost",
                "type": "business",
                "dial": None,
                "level": "",
                "opened": [],
                "revealed": [],
            }
        ]
    },
    shapes.Tally: _LECTURE | {"minimum": 5, "ratings": [], "moves": [], "withheld": []},
    shapes.Export: {"format": "boundaries-export", "version": 1} | _LECTURE | {"submissions": []},
}
