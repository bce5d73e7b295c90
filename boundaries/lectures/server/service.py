"""What the class server does for phones and hosts: one method for each operation of the
interface.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

import msgspec
import sqlalchemy as sa
from starlette.exceptions import HTTPException
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
from boundaries.lectures.server.known import Known
from boundaries.lectures.server.limits import Limits
from boundaries.lectures.server.openapi import Operation, document
from boundaries.lectures.server.readers import Readers
from boundaries.lectures.server.replies import json_response, to_json
from boundaries.lectures.server.results import export_of, plan_of, tally_of
from boundaries.lectures.server.state import public_state

_LECTURE = "/api/sessions/{code}"


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
        return [*self._for_everybody(), *self._for_hosts()]

    def _for_everybody(self) -> list[Operation]:
        judge = Operation(
            "POST",
            f"{_LECTURE}/judgments",
            self.judge,
            shapes.Receipts,
            (shapes.SentJudgment,),
            many=True,
            statuses=(201,),
        )
        kinds = (shapes.Join, shapes.Carry)
        return [
            Operation("GET", "/healthz", self.health, shapes.Health),
            Operation("GET", "/api/openapi.json", self.openapi, dict),
            Operation("GET", _LECTURE, self.state, shapes.State),
            Operation("GET", f"{_LECTURE}/events", self.events, str),
            Operation("POST", f"{_LECTURE}/join", self.join, shapes.Levels, kinds),
            judge,
        ]

    def _for_hosts(self) -> list[Operation]:
        create = Operation(
            "POST",
            "/api/sessions",
            self.create,
            shapes.Made,
            (shapes.NewLecture,),
            host=True,
            statuses=(200, 201),
        )
        return [
            create,
            _change(self.stage, shapes.StageChange),
            _change(self.clock, shapes.ClockChange),
            _change(self.level, shapes.LevelChange),
            _change(self.hands, shapes.HandsCount),
            _report(self.plan, shapes.Plan),
            _report(self.tally, shapes.Tally),
            _report(self.export, shapes.Export),
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
        # It gives a response, or an event stream.
        async def endpoint(request: Request) -> Any:  # noqa: ANN401
            if operation.host:
                await self._check_host(request)
            if not operation.takes:
                return await operation.answer(request)
            body = await request.body()
            if operation.many:
                return await operation.answer(request, bodies.read_many(body, operation.takes[0]))
            return await operation.answer(request, bodies.read(body, operation.takes))

        return endpoint

    # -- for everybody ----------------------------------------------------------------------------

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

        First `retry: 2000`, then `event: state` with the state in JSON, at once and at each change;
        `event: beat` after two seconds without one. A stream that is silent for five seconds is
        dead, and one that ends has lost its server: connect again.
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

        Answered after at least one row is durably committed. Receipts come in the same order.
        Sending the same again does no harm.
        """
        code = await self._take_part(request, [judgment.token for judgment in judgments])
        wishes = [Wish(code=code, **msgspec.structs.asdict(judgment)) for judgment in judgments]
        receipts = await asyncio.gather(*map(self.writer.put, wishes))
        return _receipts(receipts)

    # -- for the host -----------------------------------------------------------------------------

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
        """The judgments of what was revealed, as submissions; of all closed rounds once the lecture
        is over.
        """
        return await self._read(request, export_of, self.content, self.store)

    # -- who asks, and for what -------------------------------------------------------------------

    async def find(self, request: Request) -> bytes:
        """The public state, in JSON, of the lecture whose code stands in the address. Raises
        NotFound, Later.
        """
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
        """Lets a host through. A key is looked up by its hash, so that no time that it takes tells
        of its signs.
        """
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

    # -- on a reader's thread ---------------------------------------------------------------------

    def _ask_store(self) -> None:
        with self.store.reading() as connection:
            connection.execute(sa.select(1))

    def _build(self, code: str) -> shapes.State:
        hall = self.halls.hall(code)
        if hall.mode == "lecture" and not self._warmed_up:
            # The first reveal would else wait two seconds for pandas. In the lobby is time;
            # homework never needs it.
            self._warmed_up = True
            threading.Thread(
                target=import_module, args=["boundaries.counts.release"], daemon=True
            ).start()
        turn = None
        if hall.vignette:
            turn = self.halls.turn(code, hall.vignette)
        return public_state(hall, turn, self.halls.counts(code), self.content)


def _change(answer: Callable[..., Awaitable[Response]], shape: type[msgspec.Struct]) -> Operation:
    """A host's change of a lecture, answered with the state after it."""
    path = f"{_LECTURE}/{answer.__name__}"
    return Operation("POST", path, answer, shapes.State, (shape,), host=True)


def _report(answer: Callable[..., Awaitable[Response]], gives: object) -> Operation:
    """What a host may read of a lecture."""
    return Operation("GET", f"{_LECTURE}/{answer.__name__}", answer, gives, host=True)


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
