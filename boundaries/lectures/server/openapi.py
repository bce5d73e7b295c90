"""The operations of the interface, and the published description that is made from them.

`@operation` beside a method of the server is the one place that says at which address it answers,
for whom, what it takes and gives; from it come the routes and the document. What stands in the
document only, examples and refusals, is in openapi.json."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from boundaries.lectures.server import bodies, shapes

Function = TypeVar("Function", bound=Callable[..., Any])

LECTURE = "/api/sessions/{code}"

_ABOUT = (
    "A lecture on many phones: everyone judges a case alone, then talks, then judges again; "
    "the class appears at the reveal. Bodies are strict JSON (no field twice, none that is "
    "unknown). Errors are one or two sentences in `error`. Every answer of this server carries the "
    "header `X-Boundaries: 1`; one without it came from something in between. "
    "A phone may ask any process that shares the database."
)
_ALWAYS = {400, 414, 421, 503}
_WITH_BODY = {403, 408, 409, 413, 415, 422, 429, 503}
_WITH_KEY = {401, 403, 429}
_WITH_CODE = {404, 409, 429}


@dataclass(frozen=True)
class Operation:
    """One thing that the server does: at which address, for whom, and what it takes and gives.

    Its `method` is called with the request, and where it `takes` a body (one of these shapes) with
    that, too; with `many` it is a list of them. `host`: only with a host key."""

    method: str
    path: str
    name: str
    gives: Any
    takes: Sequence[type[msgspec.Struct]]
    many: bool
    host: bool
    statuses: Sequence[int]
    about: str

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


def operation(
    address: str,
    gives: Any,  # noqa: ANN401 - a TypedDict, dict or str
    *takes: type[msgspec.Struct],
    many: bool = False,
    host: bool = False,
    statuses: Sequence[int] = (200,),
) -> Callable[[Function], Function]:
    """Makes a method an operation; `address` is such as "GET /healthz"."""
    method, path = address.split()

    def mark(function: Function) -> Function:
        name, about = function.__name__, inspect.getdoc(function) or ""
        marked = Operation(method, path, name, gives, takes, many, host, statuses, about)
        function.__dict__["operation"] = marked
        return function

    return mark


def operations_of(server: type) -> list[Operation]:
    """The operations of a class, in the order in which they stand there."""
    functions = vars(server).values()
    return [function.operation for function in functions if hasattr(function, "operation")]


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document (version 3.1.0) of these operations."""
    described: list[Any] = [shapes.Problem]
    for operation in operations:
        described += [operation.gives, *operation.takes]
    described = list(dict.fromkeys(described))
    references, schemas = msgspec.json.schema_components(
        described, ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(described, references, strict=True))
    paths: dict[str, Any] = {}
    for operation in operations:
        methods = paths.setdefault(operation.path, {})
        methods[operation.method.lower()] = _described(operation, schema_of)
    responses = {}
    for status, refusal in _only_here()["refusals"].items():
        responses[status] = _refusal(status, refusal, schema_of[shapes.Problem])
    about_key = "The host key that the server printed when it began."
    key = {"type": "http", "scheme": "bearer", "description": about_key}
    info = {"title": "Boundaries, the class server", "version": "1", "description": _ABOUT}
    return {
        "openapi": "3.1.0",
        "info": info | {"license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": {"hostKey": key},
        },
    }


@cache
def _only_here() -> dict[str, Any]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _described(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    summary, _, more = operation.about.partition("\n\n")
    responses: dict[str, Any] = {}
    kind = "text/event-stream" if operation.gives is str else "application/json"
    for status in operation.statuses:
        content = {kind: _content(schema_of[operation.gives], operation.gives)}
        about = inspect.getdoc(operation.gives) or ""
        responses[str(status)] = {"description": about, "content": content}
    for status in operation.refusals:
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary,
        "description": more,
        "security": [{"hostKey": []}] if operation.host else [],
        "responses": responses,
    }
    if "{code}" in operation.path:
        about = "The join code; hyphens and small letters do no harm."
        code = {"name": "code", "in": "path", "required": True, "description": about}
        entry["parameters"] = [code | {"schema": {"type": "string"}, "example": "K7QF2MWD"}]
    if operation.takes:
        allowed = [schema_of[shape] for shape in operation.takes]
        if operation.many:
            size = {"minItems": 1, "maxItems": bodies.MOST}
            allowed.append({"type": "array", "items": allowed[0], **size})
        body = _content({"anyOf": allowed}, operation.takes[0])
        entry["requestBody"] = {"required": True, "content": {"application/json": body}}
    return entry


def _content(schema: object, shape: type) -> dict[str, Any]:
    return {"schema": schema, "example": _only_here()["examples"][shape.__name__]}


def _refusal(status: str, refusal: dict[str, str], schema: object) -> dict[str, Any]:
    content = {"schema": schema, "example": {"error": refusal["error"]}}
    table: dict[str, Any] = {
        "description": refusal["when"],
        "content": {"application/json": content},
    }
    if status == "401":
        table["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status in ("429", "503"):
        seconds = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        table["headers"] = {"Retry-After": seconds}
    return table
