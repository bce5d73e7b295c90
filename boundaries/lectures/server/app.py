"""The class server's HTTP: who may ask for what, and how it is answered. `openapi.json` beside it describes it all."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boundaries.answers import submissions
from boundaries.answers.codes import token_of
from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.errors import NotFound
from boundaries.lectures.rounds.halls import Halls, Receipt, Wish
from boundaries.lectures.rounds.writer import Writer
from boundaries.lectures.server import bodies, pages
from boundaries.lectures.server.bodies import code_in, fields
from boundaries.lectures.server.events import EventStream, Hub, Readers
from boundaries.lectures.server.guard import Guard, to_json
from boundaries.lectures.server.limits import Limits
from boundaries.lectures.server.state import public_state

OPENAPI = Path(__file__).with_name("openapi.json")
_SAID = {404: "There is nothing at this address.", 405: "This address does not take that."}


def make_app(
    store: Store,
    content: Content,
    *,
    host_keys: Iterable[str] = (),
    public_url: str = "",
    hosts: Iterable[str] = (),
    patience: float = 10.0,
) -> Starlette:
    """The class server of a store, as an ASGI app.

    Whoever has one of `host_keys` (or one that another process of the same store was given) is a host.
    `public_url` is the address that phones open, where that is not the one that this process hears; `hosts` are
    further names by which it may be called. `patience` is how long a body may take, in seconds.
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
            Middleware(Guard, public_url=public_url, hosts=tuple(hosts), patience=patience)
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.server, app.state.hub = server, server.hub
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
        self._keys: set[bytes] = set()
        self._ready = False
        for key in host_keys:
            self.halls.add_key(key)

    async def close(self) -> None:
        """Ends the streams, writes what is on its way, lets go of the threads."""
        await self.hub.close()
        with suppress(
            TimeoutError
        ):  # where the database hangs, what waits is not confirmed to anybody
            await asyncio.wait_for(self.writer.close(), 3)
        self.readers.close()
        self.halls.close()

    def routes(self) -> list[Route]:
        """Every route under /api, and /healthz."""
        of = "/api/sessions/{code}"
        get = {
            "/healthz": self.health, "/api/openapi.json": self.openapi, of: self.state, f"{of}/events": self.events,
            f"{of}/plan": self.plan, f"{of}/tally": self.tally, f"{of}/export": self.export,
        }  # fmt: skip
        post = {
            "/api/sessions": self.create, f"{of}/join": self.join, f"{of}/judgments": self.judge,
            f"{of}/stage": self.stage, f"{of}/clock": self.clock, f"{of}/level": self.level, f"{of}/hands": self.hands,
        }  # fmt: skip
        return [
            *(Route(path, ask, methods=["GET"]) for path, ask in get.items()),
            *(Route(path, ask, methods=["POST"]) for path, ask in post.items()),
        ]

    # -- for everybody -----------------------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """Whether the store answers."""
        await self.readers.run(self._ask_store)
        return _json({"ok": True})

    async def openapi(self, request: Request) -> Response:
        """This interface, described."""
        return Response(OPENAPI.read_bytes(), media_type="application/json")

    async def state(self, request: Request) -> Response:
        """A lecture's public state."""
        return _json(await self.find(request))

    async def events(self, request: Request) -> EventStream:
        """The same, at once and at each change."""
        await self.find(request)
        return EventStream(self.hub, code_in(request.path_params["code"]))

    async def join(self, request: Request) -> Response:
        """Counts a participant, and says which level of each dial they get."""
        given = bodies.parsed(await request.body())
        carried = isinstance(given, dict) and "backup" in given
        fields(given, bodies.CARRY if carried else bodies.JOIN)
        token = token_of(given["backup"]) if carried else given["token"]
        code = await self._code(request, [token])
        levels = await self.writer.join(code, token)
        return _json({"token": token, "levels": levels} if carried else {"levels": levels})

    async def judge(self, request: Request) -> Response:
        """Stores judgments; 201 after the rows are durably committed."""
        given = bodies.judgments_in(bodies.parsed(await request.body()))
        code = await self._code(request, [one["token"] for one in given])
        wishes = [Wish(code=code, **{"reason": "", **one}) for one in given]
        receipts = await asyncio.gather(*map(self.writer.put, wishes))
        return _receipts(receipts)

    # -- for the host --------------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        """A new lecture; or the one of that session id, if it is there."""
        await self._host(request)
        given = fields(bodies.parsed(await request.body()), bodies.SESSION, bodies.SESSION_TOO)
        named = {name: given[name] for name in bodies.SESSION_TOO if name in given}
        lecture, new = await self.readers.run(
            self.halls.create, given["title"], given["vignettes"], **named
        )
        base = self.public_url or f"{request.url.scheme}://{request.headers['host']}"
        join = pages.join_url(base, lecture.code)
        made = {
            "code": lecture.code,
            "join_url": join,
            "screen_url": f"{join}/screen",
            "session": lecture.session,
        }
        state = (await self.hub.refresh(lecture.code)).decode()
        body = to_json(made)[:-1] + f',"state":{state}}}'.encode()
        return _json(body, 201 if new else 200)

    async def stage(self, request: Request) -> Response:
        """Goes to a stage of a vignette."""
        given = await self._order(request, bodies.STAGE, bodies.STAGE_TOO)
        return await self._do(
            request,
            self.halls.move,
            given["vignette"],
            given["stage"],
            seconds=given.get("seconds"),
        )

    async def clock(self, request: Request) -> Response:
        """Adds to the countdown."""
        given = await self._order(request, bodies.CLOCK)
        return await self._do(request, self.halls.clock, given["seconds"])

    async def level(self, request: Request) -> Response:
        """Fixes a dial's level, or splits the room."""
        given = await self._order(request, bodies.LEVEL)
        return await self._do(request, self.halls.set_level, given["vignette"], given["level"])

    async def hands(self, request: Request) -> Response:
        """Keeps a show of hands."""
        given = await self._order(request, bodies.HANDS)
        return await self._do(
            request,
            self.halls.set_hands,
            given["vignette"],
            given["phase"],
            tuple(given["counts"]),
        )

    async def plan(self, request: Request) -> Response:
        """All cases of the lecture, with their dials."""
        await self._host(request)
        return _json(await self.readers.run(self._plan, code_in(request.path_params["code"])))

    async def tally(self, request: Request) -> Response:
        """The counts of what was revealed, small groups withheld."""
        await self._host(request)
        return _json(await self.readers.run(self._tally, code_in(request.path_params["code"])))

    async def export(self, request: Request) -> Response:
        """The judgments of what was revealed, in the format of submissions."""
        await self._host(request)
        return _json(await self.readers.run(self._export, code_in(request.path_params["code"])))

    # -- who asks, and for what ----------------------------------------------------------------------------------

    async def find(self, request: Request) -> bytes:
        """The public state, in JSON, of the lecture whose code stands in the address. Raises NotFound, Later."""
        code, address = code_in(request.path_params["code"]), self.limits.address(request.scope)
        self.limits.look_up(address, code)
        try:
            state = await self.hub.state(code)
        except NotFound:
            self.limits.missed(address)
            raise
        self.limits.found(address, code)
        return state

    async def _code(self, request: Request, tokens: list[str]) -> str:
        """The code of the lecture that these tokens may take part in."""
        code, address = code_in(request.path_params["code"]), self.limits.address(request.scope)
        if not self.limits.was_found(address, code):  # else the writer looks anyway
            await self.find(request)
        self.limits.take_part(address, code, tokens)
        return code

    async def _host(self, request: Request) -> None:
        """Lets a host through. A key is looked up by its hash, so that no time that it takes tells of its signs."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise HTTPException(
                401, "This is for the host. Send the host key as 'Authorization: Bearer KEY'."
            )
        hashed = hashlib.sha256(key.encode()).digest()
        if hashed in self._keys:
            return
        address = self.limits.address(request.scope)
        self.limits.guess(address)
        if not await self.readers.run(self.halls.knows_key, key):
            self.limits.missed(address)
            raise HTTPException(
                403, "This is not a host key of this server. Copy the one that it printed."
            )
        self._keys.add(hashed)

    async def _order(
        self,
        request: Request,
        needed: dict[str, bodies.Kind],
        others: dict[str, bodies.Kind] | None = None,
    ) -> dict[str, Any]:
        await self._host(request)
        return fields(bodies.parsed(await request.body()), needed, others)

    async def _do(
        self, request: Request, order: Callable[..., object], *args: object, **kwargs: object
    ) -> Response:
        code = code_in(request.path_params["code"])
        await self.readers.run(order, code, *args, **kwargs)
        return _json(await self.hub.refresh(code))

    # -- on a reader's thread --------------------------------------------------------------------------------------

    def _ask_store(self) -> None:
        with self.store.reading() as connection:
            connection.execute(sa.select(1))

    def _build(self, code: str) -> dict[str, Any]:
        lecture = self.halls.hall(code)
        if lecture.mode == "lecture" and not self._ready:
            # The first reveal would else wait two seconds for pandas. In the lobby is time; homework never needs it.
            self._ready = True
            threading.Thread(
                target=import_module, args=["boundaries.counts.release"], daemon=True
            ).start()
        case = self.halls.turn(code, lecture.vignette) if lecture.vignette else None
        return public_state(lecture, case, self.halls.counts(code), self.content)

    def _plan(self, code: str) -> dict[str, Any]:
        lecture = self.halls.hall(code)
        cases = []
        for id in lecture.vignettes:
            case, item = self.halls.turn(code, id), self.content.item(id)
            dial = item.dial and {
                "fact": item.dial.fact,
                "levels": [{"id": level.id, "label": level.label} for level in item.dial.levels],
            }
            cases.append(
                {
                    "id": id,
                    "title": item.title,
                    "type": item.type,
                    "dial": dial,
                    "level": case.level,
                }
                | {"opened": sorted(case.opened), "revealed": sorted(case.revealed)}
            )
        return {"vignettes": cases}

    def _tally(self, code: str) -> dict[str, Any]:
        from boundaries.counts.release import release
        from boundaries.counts.tally import MOVES, RATINGS, table

        lecture, frozen = (
            self.halls.hall(code),
            self.halls.everything_frozen(code, revealed_only=True),
        )
        counts = (table(frozen.ratings, RATINGS), table(frozen.moves, MOVES))
        shown = release(
            *counts, self.content, session=lecture.session, title=lecture.title, lecture=True
        )
        head = {"session": shown.session, "title": shown.title, "minimum": shown.minimum}
        rows = {
            "ratings": shown.ratings.to_dict("records"),
            "moves": shown.moves.to_dict("records"),
        }
        return head | rows | {"withheld": list(shown.withheld)}

    def _export(self, code: str) -> dict[str, Any]:
        lecture, rows = (
            self.halls.hall(code),
            sorted(self.halls.rows(code), key=lambda j: j.participant),
        )
        version, found = submissions.content_version(self.content), []
        for participant, theirs in groupby(rows, key=lambda j: j.participant):
            consent = self.store.consent(lecture.session, participant)
            one = submissions.Submission(
                lecture.session, participant, version, consent, tuple(theirs)
            )
            found.append(json.loads(submissions.write(one)))
        head = {
            "format": "boundaries-export",
            "version": 1,
            "session": lecture.session,
            "title": lecture.title,
        }
        return head | {"submissions": found}


def _receipts(receipts: list[Receipt]) -> Response:
    table: dict[str, Any] = {"receipts": [vars(receipt) for receipt in receipts]}
    statuses = {receipt.status for receipt in receipts}
    if "stored" in statuses:
        return _json(table, 201)
    table["error"] = receipts[0].text
    if statuses == {"invalid"}:
        return _json(table | {"errors": [receipt.text for receipt in receipts]}, 422)
    return _json(table, 409)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    said = (
        error.detail
        if error.status_code in (401, 403)
        else _SAID.get(error.status_code, "This was refused.")
    )
    headers = (
        {"www-authenticate": "Bearer"} if error.status_code == 401 else dict(error.headers or {})
    )
    return Response(to_json({"error": said}), error.status_code, headers, "application/json")


def _json(body: bytes | object, status: int = 200) -> Response:
    return Response(
        body if isinstance(body, bytes) else to_json(body), status, media_type="application/json"
    )
