"""The class server as an ASGI app: its operations, its pages, and the guard before both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.lectures.server import bodies, pages
from boundaries.lectures.server.guard import Guard
from boundaries.lectures.server.openapi import Operation, operations_of
from boundaries.lectures.server.replies import json_response
from boundaries.lectures.server.service import ClassServer


def make_app(
    store: Store,
    content: Content,
    *,
    host_keys: Iterable[str] = (),
    public_url: str = "",
    patience: float = 10.0,
    is_full: Callable[[], bool] = bool,
) -> Starlette:
    """The class server of a store, as an ASGI app.

    Whoever has one of `host_keys` (or one that another process of the same store was given) is a
    host. `public_url` is the address that phones open, where that is not the one that this process
    hears. `patience` is how long a body may take, in seconds. While it `is_full`, only hosts and
    this computer are answered. `app.state.hub` and `app.state.server` are the parts that `run.serve`
    watches. Raises StoreError."""
    server = ClassServer(store, content, host_keys, public_url.rstrip("/"))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await server.close()

    app = Starlette(
        routes=[*_operations(server), *pages.routes()],
        middleware=[Middleware(Guard, public_url=public_url, patience=patience, is_full=is_full)],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.server = server
    app.state.hub = server.hub
    return app


def _operations(server: ClassServer) -> list[Route]:
    """A route for each operation of the interface."""
    routes = []
    for each in operations_of(type(server)):
        routes.append(Route(each.path, _endpoint(server, each), methods=[each.method]))
    return routes


def _endpoint(server: ClassServer, each: Operation) -> Callable[[Request], Awaitable[Any]]:
    method = getattr(server, each.name)

    async def endpoint(request: Request) -> Any:  # noqa: ANN401
        if each.host:
            await server.check_host(request)
        body: list[Any] = []
        if each.many:
            body = [bodies.many_of(await request.body(), each.takes[0])]
        elif each.takes:
            body = [bodies.body_of(await request.body(), each.takes)]
        answer = await method(request, *body)
        # What can be called is an answer already: a response, or a stream of events.
        return answer if callable(answer) else json_response(answer)

    return endpoint


_HTTP_ERRORS = {
    404: "There is nothing at this address.",
    405: "This address does not take that.",
}


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    sentence = _HTTP_ERRORS.get(error.status_code, "This was refused.")
    response = json_response({"error": sentence}, error.status_code)
    response.headers.update(error.headers or {})
    return response
