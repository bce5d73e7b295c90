"""The class server's HTTP: who may ask for what, and how it is answered."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import msgspec
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boundaries.answers.codes import token_of
from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.errors import NotFound
from boundaries.lectures.rounds.halls import Halls, Receipt, Wish
from boundaries.lectures.rounds.records import HOST_KEYS, LECTURES
from boundaries.lectures.rounds.standing import UNKNOWN
from boundaries.lectures.rounds.writer import Writer
from boundaries.lectures.server import bodies, pages, shapes
from boundaries.lectures.server.bodies import code_in
from boundaries.lectures.server.events import EventStream, Hub
from boundaries.lectures.server.guard import Guard
from boundaries.lectures.server.known import Known
from boundaries.lectures.server.limits import Limits
from boundaries.lectures.server.openapi import Operation, document
from boundaries.lectures.server.readers import Readers
from boundaries.lectures.server.replies import json_response, to_json
from boundaries.lectures.server.results import export_of, plan_of, tally_of
from boundaries.lectures.server.state import public_state


def make_app(
    store: Store,
    content: Content,
    *,
    host_keys: Iterable[str] = (),
    public_url: str = "",
    hosts: Iterable[str] = (),
    patience: float = 10.0,
    is_full: Callable[[], bool] = bool,
) -> Starlette:
    """The class server of a store, as an ASGI app.

    Whoever has one of `host_keys` (or one that another process of the same store was given) is a host.
    `public_url` is the address that phones open, where that is not the one that this process hears; `hosts` are
    further names by which it may be called.
    `patience` is how long a body may take, in seconds. While it `is_full`, only hosts and this computer are answered.
    `app.state.hub` and `app.state.server` are the parts that `run.serve` watches. Raises StoreError.
    """
    server = ClassServer(store, content, host_keys, public_url.rstrip("/"))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await server.close()

    app = Starlette(
        routes=[*server.routes(), *pages.routes(server.public_url)],
        middleware=[
            Middleware(
                Guard,
                public_url=public_url,
                hosts=tuple(hosts),
                patience=patience,
                is_full=is_full,
            )
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.server = server
    app.state.hub = server.hub
    return app


class ClassServer:
    """What all routes share: the lectures, their states in memory, the writer, the limits."""

    def __init__(
        self, store: Store, content: Content, host_keys: Iterable[str], public_url: str
    ) -> None:
        self.store, self.content, self.public_url = store, content, public_url
        self.halls = Halls(store, content)
        self.readers = Readers()
        self.hub = Hub(self._build, self.halls.pulse, self.readers)
        self.writer = Writer(self.halls)
        self.limits = Limits()
        self._codes = Known(LECTURES.c.code, store, self.readers)
        self._host_keys = Known(HOST_KEYS.c.hash, store, self.readers)
        self._warmed_up = False
        for key in host_keys:
            self.halls.add_key(key)

    async def close(self) -> None:
        """Ends the streams, writes what is on its way, lets go of the threads."""
        await self.hub.close()
        # Where the database hangs, what waits is not confirmed to anybody.
        with suppress(TimeoutError):
            await asyncio.wait_for(self.writer.close(), 3)
        self.readers.close()
        self.halls.close()

    def operations(self) -> list[Operation]:
        """All that can be asked for at /api and /healthz."""
        lecture = "/api/sessions/{code}"
        return [
            Operation("GET", "/healthz", self.health, shapes.Health),
            Operation("GET", "/api/openapi.json", self.openapi, dict),
            Operation("GET", lecture, self.state, shapes.State),
            Operation("GET", f"{lecture}/events", self.events, str),
            Operation(
                "POST", f"{lecture}/join", self.join, shapes.Levels, (shapes.Join, shapes.Carry)
            ),
            Operation(
                "POST",
                f"{lecture}/judgments",
                self.judge,
                shapes.Receipts,
                (shapes.SentJudgment,),
                many=True,
                statuses=(201,),
            ),
            Operation(
                "POST",
                "/api/sessions",
                self.create,
                shapes.Made,
                (shapes.NewLecture,),
                host=True,
                statuses=(200, 201),
            ),
            Operation(
                "POST",
                f"{lecture}/stage",
                self.stage,
                shapes.State,
                (shapes.StageChange,),
                host=True,
            ),
            Operation(
                "POST",
                f"{lecture}/clock",
                self.clock,
                shapes.State,
                (shapes.ClockChange,),
                host=True,
            ),
            Operation(
                "POST",
                f"{lecture}/level",
                self.level,
                shapes.State,
                (shapes.LevelChange,),
                host=True,
            ),
            Operation(
                "POST",
                f"{lecture}/hands",
                self.hands,
                shapes.State,
                (shapes.HandsCount,),
                host=True,
            ),
            Operation("GET", f"{lecture}/plan", self.plan, shapes.Plan, host=True),
            Operation("GET", f"{lecture}/tally", self.tally, shapes.Tally, host=True),
            Operation("GET", f"{lecture}/export", self.export, shapes.Export, host=True),
        ]

    def routes(self) -> list[Route]:
        """A route for each operation."""
        routes = []
        for operation in self.operations():
            routes.append(
                Route(operation.path, self._endpoint(operation), methods=[operation.method])
            )
        return routes

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Any]]:
        async def endpoint(request: Request) -> Any:  # noqa: ANN401 - a response, or an event stream
            if operation.host:
                await self._check_host(request)
            if not operation.takes:
                return await operation.answer(request)
            body = await request.body()
            if operation.many:
                return await operation.answer(request, bodies.read_many(body, operation.takes[0]))
            return await operation.answer(request, bodies.read(body, operation.takes))

        return endpoint

    # -- for everybody -----------------------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """Whether the store answers."""
        await self.readers.run(self._ask_store)
        return json_response({"ok": True})

    async def openapi(self, request: Request) -> Response:
        """This interface, described."""
        return json_response(document(self.operations()))

    async def state(self, request: Request) -> Response:
        """The public state of a lecture, at most half a second old."""
        return json_response(await self.find(request))

    async def events(self, request: Request) -> EventStream:
        """The public state as server-sent events.

        First `retry: 2000`, then `event: state` with the state in JSON, at once and at each change; `event: beat` after
        two seconds without one. A stream that is silent for five seconds is dead, and one that ends has lost its
        server: connect again.
        """
        await self.find(request)
        return EventStream(self.hub, code_in(request.path_params["code"]))

    async def join(self, request: Request, body: shapes.Join | shapes.Carry) -> Response:
        """Count a participant, and say which level of each dial they get."""
        answer: shapes.Levels = {"levels": {}}
        if isinstance(body, shapes.Carry):
            token = answer["token"] = token_of(body.backup)
        else:
            token = body.token
        code = await self._take_part(request, [token])
        answer["levels"] = await self.writer.join(code, token)
        return json_response(answer)

    async def judge(self, request: Request, judgments: Sequence[shapes.SentJudgment]) -> Response:
        """Store judgments: one, or a list of 1 to 100.

        Answered after at least one row is durably committed. Receipts come in the same order. Sending the same again
        does no harm.
        """
        code = await self._take_part(request, [judgment.token for judgment in judgments])
        wishes = [Wish(code=code, **msgspec.structs.asdict(judgment)) for judgment in judgments]
        receipts = await asyncio.gather(*map(self.writer.put, wishes))
        return _receipts(receipts)

    # -- for the host --------------------------------------------------------------------------------------------

    async def create(self, request: Request, body: shapes.NewLecture) -> Response:
        """A new lecture (201); or the one of that session id, if it is there (200)."""
        hall, new = await self.readers.run(
            self.halls.create, body.title, body.vignettes, session=body.session, mode=body.mode
        )
        base = self.public_url or f"{request.url.scheme}://{request.headers['host']}"
        join = pages.join_url(base, hall.code)
        made = {
            "code": hall.code,
            "join_url": join,
            "screen_url": f"{join}/screen",
            "session": hall.session,
        }
        # The state is JSON already.
        state = await self.hub.refresh(hall.code)
        answer = to_json(made)[:-1] + b',"state":' + state + b"}"
        if new:
            return json_response(answer, 201)
        return json_response(answer)

    async def stage(self, request: Request, body: shapes.StageChange) -> Response:
        """Go to a stage of a vignette. Leaving an open round closes it and freezes its tally."""
        return await self._change(
            request, self.halls.move, body.vignette, body.stage, seconds=body.seconds
        )

    async def clock(self, request: Request, body: shapes.ClockChange) -> Response:
        """Add to the countdown."""
        return await self._change(request, self.halls.clock, body.seconds)

    async def level(self, request: Request, body: shapes.LevelChange) -> Response:
        """Fix a dial's level, or split the room."""
        return await self._change(request, self.halls.set_level, body.vignette, body.level)

    async def hands(self, request: Request, body: shapes.HandsCount) -> Response:
        """Keep a show of hands, for the day the network dies; shown apart, marked 'by hand'."""
        counts = tuple(body.counts)
        return await self._change(request, self.halls.set_hands, body.vignette, body.phase, counts)

    async def plan(self, request: Request) -> Response:
        """All cases of the lecture, with their dials."""
        return await self._read(request, plan_of, self.content)

    async def tally(self, request: Request) -> Response:
        """The counts of what was revealed, small groups withheld."""
        return await self._read(request, tally_of, self.content)

    async def export(self, request: Request) -> Response:
        """The judgments of what was revealed, as submissions; of all closed rounds once the lecture is over."""
        return await self._read(request, export_of, self.content, self.store)

    # -- who asks, and for what ----------------------------------------------------------------------------------

    async def find(self, request: Request) -> bytes:
        """The public state, in JSON, of the lecture whose code stands in the address. Raises NotFound, Later."""
        return await self.hub.state(await self._code(request))

    async def _code(self, request: Request) -> str:
        """The code in the address, which is a lecture's."""
        code = code_in(request.path_params["code"])
        if not await self._codes.has(code):
            self.limits.wrong_code(self.limits.address(request.scope))
            raise NotFound(UNKNOWN)
        return code

    async def _take_part(self, request: Request, tokens: Sequence[str]) -> str:
        """The code of the lecture that these tokens may take part in."""
        code = await self._code(request)
        self.limits.take_part(request.scope, code, tokens)
        return code

    async def _check_host(self, request: Request) -> None:
        """Lets a host through. A key is looked up by its hash, so that no time that it takes tells of its signs."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise HTTPException(
                401, "This is for the host. Send the host key as 'Authorization: Bearer KEY'."
            )
        hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        if not await self._host_keys.has(hashed):
            self.limits.wrong_key(self.limits.address(request.scope))
            raise HTTPException(
                403, "This is not a host key of this server. Copy the one that it printed."
            )

    async def _change(
        self, request: Request, change: Callable[..., object], *args: object, **kwargs: object
    ) -> Response:
        """The state after a change of the lecture."""
        code = code_in(request.path_params["code"])
        await self.readers.run(change, code, *args, **kwargs)
        return json_response(await self.hub.refresh(code))

    async def _read(self, request: Request, read: Callable[..., object], *args: object) -> Response:
        code = code_in(request.path_params["code"])
        return json_response(await self.readers.run(read, self.halls, code, *args))

    # -- on a reader's thread --------------------------------------------------------------------------------------

    def _ask_store(self) -> None:
        with self.store.reading() as connection:
            connection.execute(sa.select(1))

    def _build(self, code: str) -> shapes.State:
        hall = self.halls.hall(code)
        if hall.mode == "lecture" and not self._warmed_up:
            # The first reveal would else wait two seconds for pandas. In the lobby is time; homework never needs it.
            self._warmed_up = True
            threading.Thread(
                target=import_module, args=["boundaries.counts.release"], daemon=True
            ).start()
        turn = None
        if hall.vignette:
            turn = self.halls.turn(code, hall.vignette)
        return public_state(hall, turn, self.halls.counts(code), self.content)


def _receipts(receipts: list[Receipt]) -> Response:
    table: dict[str, Any] = {"receipts": [vars(receipt) for receipt in receipts]}
    statuses = {receipt.status for receipt in receipts}
    if "stored" in statuses:
        return json_response(table, 201)
    table["error"] = receipts[0].text
    if statuses == {"invalid"}:
        table["errors"] = [receipt.text for receipt in receipts]
        return json_response(table, 422)
    return json_response(table, 409)


_HTTP_ERRORS = {
    404: "There is nothing at this address.",
    405: "This address does not take that.",
}


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    sentence = error.detail
    if error.status_code not in (401, 403):
        sentence = _HTTP_ERRORS.get(error.status_code, "This was refused.")
    response = json_response({"error": sentence}, error.status_code)
    response.headers.update(error.headers or {})
    if error.status_code == 401:
        response.headers["www-authenticate"] = "Bearer"
    if error.status_code in (401, 403):
        # A wrong key keeps none of the places that are kept for hosts.
        response.headers["connection"] = "close"
    return response
