"""A class server in this process, asked without a network: what tests of its HTTP share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from small_content import content, vignette

from boundaries.answers.store import Store
from boundaries.content import Content
from boundaries.lectures.server.app import make_app

KEY = "the-key-of-the-host-of-these-tests"
HOST = {"Authorization": f"Bearer {KEY}"}
BASE = "http://127.0.0.1:8000"


def small() -> Content:
    """Two cases without a dial, and one with."""
    return content(
        vignette("tiles"), vignette("barter"), vignette("drink", levels=("coffee", "wine"))
    )


class Room:
    """A server, and requests to it from one address."""

    def __init__(
        self, store: Store, course: Content, address: str = "192.0.2.7", **more: Any
    ) -> None:
        self.app = make_app(store, course, host_keys=[KEY], **more)
        self.server = self.app.state.server
        self.store, self.address = store, address
        self.clients: dict[str, httpx.AsyncClient] = {}

    def client(self, address: str = "") -> httpx.AsyncClient:
        address = address or self.address
        if address not in self.clients:
            way = httpx.ASGITransport(self.app, client=(address, 1))
            self.clients[address] = httpx.AsyncClient(transport=way, base_url=BASE)
        return self.clients[address]

    async def get(self, path: str, *, address: str = "", **more: Any) -> httpx.Response:
        return await self.client(address).get(path, **more)

    async def post(
        self, path: str, json: object, *, address: str = "", **more: Any
    ) -> httpx.Response:
        return await self.client(address).post(path, json=json, **more)

    async def lecture(self, *vignettes: str, **more: Any) -> str:
        """A new lecture's code."""
        body = {
            "title": "Rehearsal",
            "vignettes": list(vignettes or ("tiles", "barter", "drink")),
        } | more
        made = await self.post("/api/sessions", body, headers=HOST)
        assert made.status_code == 201, made.text
        return made.json()["code"]

    async def stage(self, code: str, vignette: str, stage: str, **more: Any) -> httpx.Response:
        body = {"vignette": vignette, "stage": stage} | more
        return await self.post(f"/api/sessions/{code}/stage", body, headers=HOST)

    async def judge(self, code: str, body: object, **more: Any) -> httpx.Response:
        return await self.post(f"/api/sessions/{code}/judgments", body, **more)


def judgment(
    token: str = "",
    vignette: str = "tiles",
    phase: str = "first",
    rating: int | None = 2,
    **more: Any,
) -> Any:
    """What a phone sends."""
    sure = None if rating is None else 3
    body = {
        "token": token or secrets.token_hex(16),
        "vignette": vignette,
        "phase": phase,
        "rating": rating,
    }
    return body | {"confidence": sure} | more


def in_room(store: Store, scenario: Callable[[Room], Awaitable[None]], **more: Any) -> None:
    """Runs a scenario with a server of this store, and ends it."""

    async def whole() -> None:
        room = Room(store, more.pop("course", None) or small(), **more)
        try:
            await scenario(room)
        finally:
            for client in room.clients.values():
                await client.aclose()
            await room.server.close()

    asyncio.run(whole())
