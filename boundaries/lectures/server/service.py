"""What the class server does for phones and hosts: one method for each operation of the interface."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

import msgspec
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from boundaries.answers.codes import token_of
from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.errors import NotFound
from boundaries.lectures.rounds import homework
from boundaries.lectures.rounds.halls import Halls, Wish, key_hash
from boundaries.lectures.rounds.records import HOST_KEYS, LECTURES
from boundaries.lectures.rounds.standing import UNKNOWN
from boundaries.lectures.rounds.writer import Writer
from boundaries.lectures.server import pages, request_shapes, results, shapes
from boundaries.lectures.server.bodies import code_in
from boundaries.lectures.server.events import Hub
from boundaries.lectures.server.guard import Refusal
from boundaries.lectures.server.limits import RateLimits
from boundaries.lectures.server.openapi import LECTURE, document, operation, operations_of
from boundaries.lectures.server.own_page import OwnPages
from boundaries.lectures.server.readers import KnownValues, Readers
from boundaries.lectures.server.replies import json_response, receipts_response, to_json
from boundaries.lectures.server.state import public_state

# What loads pandas, which nobody needs before a reveal.
COUNTING = "boundaries.counts.release"


class ClassServer:
    """What all routes share: the lectures, their states in memory, the writer, the limits.

    Below, what an operation returns is answered as JSON (bytes are JSON already)."""

    def __init__(
        self, store: Store, content: Content, host_keys: Iterable[str], public_url: str
    ) -> None:
        self.store, self.content, self.public_url = store, content, public_url
        self.halls = Halls(store, content)
        self.readers = Readers()
        self.hub = Hub(self._build, self.halls.pulse, self.readers)
        self.writer = Writer(self.halls)
        self.limits = RateLimits()
        self.own_pages = OwnPages(self.halls, content)
        self._codes = KnownValues(LECTURES.c.code, store, self.readers)
        self._host_keys = KnownValues(HOST_KEYS.c.hash, store, self.readers)
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

    # -- for everybody ----------------------------------------------------------------------------

    @operation("GET /healthz", shapes.Health)
    async def health(self, request: Request) -> shapes.Health:
        """Whether the store answers."""
        await self.readers.run(self._ask_store)
        return {"ok": True}

    @operation("GET /api/openapi.json", dict)
    async def openapi(self, request: Request) -> dict[str, Any]:
        """This interface, described."""
        return document(operations_of(type(self)))

    @operation(f"GET {LECTURE}", shapes.State)
    async def state(self, request: Request) -> bytes:
        """The public state of a lecture, at most half a second old."""
        return await self.hub.state(await self._code(request))

    @operation(f"GET {LECTURE}/events", str)
    async def events(self, request: Request) -> ASGIApp:
        """The public state as server-sent events.

        First `retry: 2000`, then `event: state` with the state in JSON, at once and at each change;
        `event: beat` after two seconds without one. A stream that is silent for five seconds is
        dead, and one that ends has lost its server: connect again."""
        code = await self._code(request)
        await self.hub.state(code)

        async def stream(scope: Scope, receive: Receive, send: Send) -> None:
            await self.hub.follow(code, receive, send)

        return stream

    @operation(f"GET {LECTURE}/codes", shapes.CodesShown)
    async def codes(self, request: Request) -> shapes.CodesShown:
        """What the codes say of the present case, once the class has seen it: for a phone that came
        later."""
        code = await self._code(request)
        return await self.readers.run(results.codes_of, self.halls, code, self.content)

    @operation(
        f"POST {LECTURE}/join", shapes.JoinedLevels, request_shapes.Join, request_shapes.Carry
    )
    async def join(
        self, request: Request, body: request_shapes.Join | request_shapes.Carry
    ) -> shapes.JoinedLevels:
        """Count a participant, and say which level of each dial they get."""
        answer: shapes.JoinedLevels = {"levels": {}}
        if isinstance(body, request_shapes.Carry):
            token = answer["token"] = token_of(body.backup)
        else:
            token = body.token
        code = await self._take_part(request, [token])
        answer["levels"] = await self.writer.join(code, token)
        return answer

    @operation(
        f"POST {LECTURE}/judgments",
        shapes.JudgmentReceipts,
        request_shapes.SentJudgment,
        many=True,
        statuses=(201,),
    )
    async def judge(
        self, request: Request, judgments: Sequence[request_shapes.SentJudgment]
    ) -> Response:
        """Store judgments: one, or a list of 1 to 100.

        Answered after at least one row is durably committed. Receipts come in the same order.
        Sending the same again does no harm."""
        code = await self._take_part(request, [judgment.token for judgment in judgments])
        wishes = [Wish(code=code, **msgspec.structs.asdict(judgment)) for judgment in judgments]
        receipts = await asyncio.gather(*map(self.writer.put, wishes))
        return receipts_response(receipts)

    # -- for who does a homework ------------------------------------------------------------------

    @operation(f"POST {LECTURE}/mine", shapes.OwnPage, request_shapes.OwnToken)
    async def mine(self, request: Request, body: request_shapes.OwnToken) -> shapes.OwnPage:
        """A homework as this participant sees it, with what they have judged. No reading is in it."""
        code = await self._take_part(request, [body.token])
        return await self.readers.run(self.own_pages.page, code, body.token)

    @operation(f"POST {LECTURE}/readings", shapes.CaseReadings, request_shapes.OwnCase)
    async def readings(self, request: Request, body: request_shapes.OwnCase) -> bytes:
        """What the codes say of a case, once this participant has judged all cases of its lesson
        alone (or this one, where the session's codes open after each case)."""
        code = await self._take_part(request, [body.token])
        return await self.readers.run(self.own_pages.readings, code, body.token, body.vignette)

    @operation(f"POST {LECTURE}/class", shapes.Reveal, request_shapes.OwnCase)
    async def class_shown(self, request: Request, body: request_shapes.OwnCase) -> bytes:
        """The class in one case, once the host has ended the homework and this participant has
        judged every case."""
        code = await self._take_part(request, [body.token])
        return await self.readers.run(self.own_pages.class_shown, code, body.token, body.vignette)

    @operation(f"POST {LECTURE}/consent", shapes.KeptConsent, request_shapes.Consent)
    async def consent(self, request: Request, body: request_shapes.Consent) -> shapes.KeptConsent:
        """Keep whether this participant's judgments may go into a research archive."""
        code = await self._take_part(request, [body.token])
        keep = partial(homework.keep_consent, code=code, token=body.token, consent=body.consent)
        return {"consent": await self.writer.change(keep)}

    @operation(f"POST {LECTURE}/completion", shapes.Completion, request_shapes.OwnToken)
    async def completion(
        self, request: Request, body: request_shapes.OwnToken
    ) -> shapes.Completion:
        """The completion code, once every case is judged or skipped; always the same for a token."""
        code = await self._take_part(request, [body.token])
        complete = partial(homework.complete, code=code, token=body.token, content=self.content)
        completion, late = await self.writer.change(complete)
        return {"completion": completion, "late": late}

    # -- for the host -----------------------------------------------------------------------------

    @operation("GET /api/course", shapes.CourseCases, host=True)
    async def course(self, request: Request) -> shapes.CourseCases:
        """All cases of the course, by type: what a lecture can be made of."""
        return results.course_of(self.content)

    @operation(
        "POST /api/sessions", shapes.Made, request_shapes.NewLecture, host=True, statuses=(200, 201)
    )
    async def create(self, request: Request, body: request_shapes.NewLecture) -> Response:
        """A new lecture (201); or the one of that session id, if it is there (200).

        With `instead_of` it takes the place of another. Where no answer came, ask again with the
        same session id: what was left undone is then done."""
        hall, new = await self.readers.run(
            self.halls.create,
            body.title,
            body.vignettes,
            session=body.session,
            mode=body.mode,
            instead_of=body.instead_of or "",
            reasons=body.reasons,
            closes=body.closes.timestamp() if body.closes else None,
        )
        if body.instead_of:
            await self.hub.refresh(code_in(body.instead_of))  # its phones hear it at once
        join = pages.join_url(pages.base_of(request), hall.code)
        made = {"code": hall.code, "join_url": join, "screen_url": f"{join}/screen"}
        made["session"] = hall.session
        # The state is JSON already.
        state = await self.hub.refresh(hall.code)
        answer = to_json(made)[:-1] + b',"state":' + state + b"}"
        return json_response(answer, 201 if new else 200)

    @operation(f"POST {LECTURE}/stage", shapes.State, request_shapes.StageChange, host=True)
    async def stage(self, request: Request, body: request_shapes.StageChange) -> bytes:
        """Go to a stage of a vignette. Leaving an open round closes it and freezes its tally."""
        if body.stage == "reveal":
            # The store's patience is for the store: a slow computer takes longer to load pandas.
            await asyncio.to_thread(import_module, COUNTING)
        move = self.halls.move
        return await self._change(request, move, body.vignette, body.stage, seconds=body.seconds)

    @operation(f"POST {LECTURE}/end", shapes.State, request_shapes.End, host=True)
    async def end(self, request: Request, body: request_shapes.End) -> bytes:
        """End a homework: it takes no judgment more, and shows the class to those who judged every
        case. This cannot be taken back."""
        return await self._change(request, self.halls.end)

    @operation(f"GET {LECTURE}/standing", shapes.Standing, host=True)
    async def standing(self, request: Request) -> shapes.Standing:
        """How many have begun a homework and how many are done; once it was ended, the class."""
        code = code_in(request.path_params["code"])
        return await self.readers.run(self.own_pages.standing, code)

    @operation(f"POST {LECTURE}/clock", shapes.State, request_shapes.ClockChange, host=True)
    async def clock(self, request: Request, body: request_shapes.ClockChange) -> bytes:
        """Add to the countdown."""
        return await self._change(request, self.halls.clock, body.seconds)

    @operation(f"POST {LECTURE}/level", shapes.State, request_shapes.LevelChange, host=True)
    async def level(self, request: Request, body: request_shapes.LevelChange) -> bytes:
        """Fix a dial's level, or split the room."""
        return await self._change(request, self.halls.set_level, body.vignette, body.level)

    @operation(f"POST {LECTURE}/hands", shapes.State, request_shapes.HandsCount, host=True)
    async def hands(self, request: Request, body: request_shapes.HandsCount) -> bytes:
        """Keep a show of hands, for the day the network dies; shown apart, marked 'by hand'."""
        change = self.halls.set_hands
        return await self._change(request, change, body.vignette, body.phase, body.counts)

    @operation(f"POST {LECTURE}/room", shapes.State, request_shapes.RoomSize, host=True)
    async def room(self, request: Request, body: request_shapes.RoomSize) -> bytes:
        """Say how many are in the room: a quarter more may join (at least ten), and then no more."""
        return await self._change(request, self.halls.set_people, body.people)

    @operation(f"GET {LECTURE}/plan", shapes.LecturePlan, host=True)
    async def plan(self, request: Request) -> object:
        """All cases of the lecture, with their dials."""
        return await self._read(request, results.plan_of)

    @operation(f"GET {LECTURE}/reasons", shapes.ReasonsOfCase, host=True)
    async def reasons(self, request: Request) -> object:
        """The reasons of the revealed rounds of the present case, shuffled, for the host to tick."""
        return await self._read(request, results.reasons_of_case)

    @operation(f"POST {LECTURE}/reasons", shapes.State, request_shapes.TickedReasons, host=True)
    async def tick(self, request: Request, body: request_shapes.TickedReasons) -> bytes:
        """Show the class these reasons in the stage `reveal`, and no others; at least five."""
        change = self.halls.tick_reasons
        return await self._change(request, change, body.vignette, body.phase, body.ids)

    @operation(f"GET {LECTURE}/tally", shapes.Tally, host=True)
    async def tally(self, request: Request) -> object:
        """The counts of what was revealed, small groups withheld."""
        return await self._read(request, results.tally_of)

    @operation(f"GET {LECTURE}/export", shapes.Export, host=True)
    async def export(self, request: Request) -> object:
        """The judgments of what was revealed, as submissions; of all closed rounds once the lecture
        is over."""
        return await self._read(request, results.export_of)

    # -- who asks, and for what -------------------------------------------------------------------

    async def _code(self, request: Request) -> str:
        """The code in the address, which is a lecture's. Raises NotFound, Later."""
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

    async def check_host(self, request: Request) -> None:
        """Lets a host through. A key is looked up by its hash, so that no time that it takes tells
        of its signs."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise Refusal(
                401, "This is for the host. Send the host key as 'Authorization: Bearer KEY'."
            )
        if not await self._host_keys.has(key_hash(key)):
            self.limits.wrong_key(self.limits.address(request.scope))
            # A wrong key keeps none of the places that are kept for hosts: a refusal ends them.
            raise Refusal(
                403, "This is not a host key of this server. Copy the one that it printed."
            )

    async def _change(
        self, request: Request, change: Callable[..., object], *args: object, **kwargs: object
    ) -> bytes:
        """The state after a change of the lecture."""
        code = code_in(request.path_params["code"])
        await self.readers.run(change, code, *args, **kwargs)
        return await self.hub.refresh(code)

    async def _read(self, request: Request, read: Callable[..., object]) -> object:
        code = code_in(request.path_params["code"])
        return await self.readers.run(read, self.halls, code, self.content)

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
            threading.Thread(target=import_module, args=[COUNTING], daemon=True).start()
        turn = self.halls.turn(code, hall.vignette) if hall.vignette else None
        return public_state(hall, turn, self.halls.counts(code), self.content)
