"""The limit of live collecting: Starlette and SQLite, one durable row a request, and nothing else.

Run as `python -m uvicorn bare:app` with BARE_STORE naming the database: no merging, no limits, no events, no receipt
that means anything. Journal and durability are those of our own store.
"""

from __future__ import annotations

import json
import os
import sqlite3

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

database = sqlite3.connect(os.environ["BARE_STORE"], isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA synchronous=FULL")
database.execute("CREATE TABLE IF NOT EXISTS judgments (token TEXT PRIMARY KEY, rating INTEGER)")


async def judge(request: Request) -> JSONResponse:
    judgment = json.loads(await request.body())
    row = (judgment["token"], judgment["rating"])
    database.execute("INSERT INTO judgments VALUES (?, ?)", row)
    return JSONResponse({"status": "stored"}, 201)


app = Starlette(routes=[Route("/judgments", judge, methods=["POST"])])
