"""The pages that a browser opens: the phone's, the projector's, the one where a code is typed; and their files.

The pages hold no script or style of their own and ask no other host for anything. All that changes comes as JSON.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from boundaries.content.base32 import join_code
from boundaries.errors import NotFound, StoreError
from boundaries.lectures.server.limits import Later
from boundaries.lectures.server.state import shown_code
from boundaries.web import WEB

FILES = {
    "dom.js": ("dom.js",),
    "patience.js": ("patience.js",),
    "form.js": ("form.js",),
    "reveal.js": ("reveal.js",),
    "phone.js": ("phone.js",),
    "screen.js": ("screen.js",),
    "home.js": ("home.js",),
    "page.css": ("form.css", "reveal.css", "page.css"),
    "screen.css": ("reveal.css", "screen.css"),
}
"""What /static serves, and the files of web/ that each is made of."""

_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_LASTING, _ASK_EACH_TIME = "public, max-age=31536000, immutable", "no-cache"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{static}/{style}">
{preloads}<script type="module" src="{static}/{script}"></script>
</head>
<body class="bd-page"{data}>
{body}
<noscript><p class="bd-net">This page needs JavaScript. Please allow it for this address.</p></noscript>
{state}</body>
</html>
"""
_HOME = """<main class="bd-column">
<h1>Join a lecture</h1>
{said}<form id="join" novalidate autocomplete="off">
<label for="code">The code on the screen</label>
<input id="code" name="code" maxlength="40" autocapitalize="characters" spellcheck="false" placeholder="K7QF-2MWD"
 aria-describedby="said" required>
<button type="submit">Join</button>
<p id="said" role="status"></p>
</form>
</main>"""
_PHONE = """<header class="bd-column"><p id="lecture"></p><p id="place"></p></header>
<main class="bd-column">
<h1 id="title" tabindex="-1">Opening the lecture…</h1>
<p id="stage" role="status"></p>
<p id="clock" role="timer" hidden></p>
<div id="case"></div>
<section id="class" aria-label="The class" hidden></section>
<div id="form"></div>
<div id="thanks" hidden></div>
</main>
<footer class="bd-column">
<p id="net" class="bd-net" role="status"></p>
<p id="count"></p>
<details id="notebook"><summary>You also use the notebooks?</summary>
<p id="who"></p>
<form id="carry" novalidate autocomplete="off">
<label for="backup">The backup code of your notebook</label>
<input id="backup" maxlength="120" autocapitalize="characters" spellcheck="false" aria-describedby="carried">
<button type="submit">Use this code here</button>
<p id="carried" role="status"></p>
</form>
</details>
<p id="kept"></p>
</footer>"""
_SCREEN = """<header><p id="lecture"></p><p id="place"></p>
<p id="corner" hidden>Join: <span id="address"></span> · <strong id="corner-code"></strong></p></header>
<main>
<h1 id="title" tabindex="-1">Opening the lecture…</h1>
<p id="stage" role="status"></p>
<section id="lobby" aria-label="How to join" hidden>
<div><p>On your phone, open</p><p id="join-address"></p><p>or scan. The code is</p><p id="join-code"></p></div>
<img id="qr" alt="QR code of the address to open" width="300" height="300">
</section>
<div id="case"></div>
<section id="class" aria-label="The class" hidden></section>
</main>
<footer><p id="count"></p><p id="clock" role="timer" hidden></p><p id="net" role="status"></p></footer>"""


class _File(NamedTuple):
    body: bytes
    zipped: bytes
    tag: str


def routes(public_url: str = "") -> list[Route]:
    """The routes of all pages and their files; they come after those of the API.

    `public_url` is the address that phones open, where that is not the one that is asked.
    """

    def base(request: Request) -> str:
        return public_url.rstrip("/") or f"{request.url.scheme}://{request.headers.get('host', '')}"

    async def screen(request: Request) -> Response:
        url = join_url(base(request), join_code(request.path_params["code"]))
        return await _lecture_page(request, _SCREEN, "screen", f' data-join="{html.escape(url)}"')

    async def qr(request: Request) -> Response:
        code = join_code(request.path_params["code"])
        if not code:
            return _home(
                "This is not a code of a lecture. It has eight signs, such as K7QF-2MWD.", 404
            )
        return Response(_qr(join_url(base(request), code)), media_type="image/svg+xml")

    return [
        Route("/", _start),
        Route("/favicon.ico", _nothing),
        Route("/robots.txt", _nothing),
        Route("/static/{hash}/{name}", _static),
        Route("/{code}", _phone),
        Route("/{code}/screen", screen),
        Route("/{code}/qr.svg", qr),
    ]


def join_url(base: str, code: str) -> str:
    """The address that a phone opens.

    >>> join_url("http://192.168.1.20:8000", "K7QF2MWD")
    'http://192.168.1.20:8000/K7QF-2MWD'
    """
    return f"{base.rstrip('/')}/{shown_code(code)}"


async def _start(request: Request) -> Response:
    return _home("")


async def _nothing(request: Request) -> Response:
    """What browsers ask for by themselves, so that it is not taken for a wrong code."""
    return Response(status_code=204)


async def _phone(request: Request) -> Response:
    return await _lecture_page(request, _PHONE, "phone")


async def _lecture_page(request: Request, body: str, name: str, data: str = "") -> Response:
    asked = request.path_params["code"]
    code = join_code(asked)
    try:
        if not code:
            raise NotFound(
                f"“{asked[:40]}” is not a code of a lecture. It has eight signs, such as K7QF-2MWD."
            )
        state = (await request.app.state.server.find(request)).decode()
    except NotFound as error:
        return _home(str(error), 404)
    except Later as error:
        answer = _home(str(error), 429)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
    except StoreError:
        state = "null"  # the page asks again by itself
    if asked != shown_code(code):
        rest = "/screen" if name == "screen" else ""
        return RedirectResponse(f"/{shown_code(code)}{rest}", 307)
    held = state.replace("<", "\\u003c")  # no text of a lecture can end the element
    return Response(
        _PAGE.format(
            title="Boundaries: the lecture",
            static=f"/static/{_hash()}",
            style="page.css" if name == "phone" else "screen.css",
            script=f"{name}.js",
            preloads=_preloads("dom.js", "patience.js", "form.js", "reveal.js")
            if name == "phone"
            else _preloads("dom.js", "reveal.js"),
            data=f' data-code="{code}"{data}',
            body=body,
            state=f'<script type="application/json" id="state">{held}</script>\n',
        ),
        media_type="text/html",
    )


def _preloads(*names: str) -> str:
    return "".join(
        f'<link rel="modulepreload" href="/static/{_hash()}/{name}">\n' for name in names
    )


def _home(said: str, status: int = 200) -> Response:
    text = f'<p class="bd-warn">{html.escape(said)}</p>\n' if said else ""
    page = {
        "title": "Boundaries: join a lecture",
        "style": "page.css",
        "script": "home.js",
        "preloads": "",
    }
    page |= {
        "static": f"/static/{_hash()}",
        "data": "",
        "body": _HOME.format(said=text),
        "state": "",
    }
    return Response(_PAGE.format(**page), status, media_type="text/html")


async def _static(request: Request) -> Response:
    """A file; kept for ever by the browser when it is asked for under the hash of what is there now."""
    found = _files().get(request.path_params["name"])
    if found is None:
        return Response("There is nothing at this address.", 404, media_type="text/plain")
    lasting = request.path_params["hash"] == _hash()
    headers = {
        "etag": found.tag,
        "cache-control": _LASTING if lasting else _ASK_EACH_TIME,
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == found.tag:
        return Response(status_code=304, headers=headers)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers |= {"content-encoding": "gzip"} if zipped else {}
    kind = _TYPES[request.path_params["name"].rpartition(".")[2]]
    return Response(found.zipped if zipped else found.body, headers=headers, media_type=kind)


@cache
def _files() -> dict[str, _File]:
    bodies = {
        name: b"\n".join(_slim(WEB / part) for part in parts) for name, parts in FILES.items()
    }
    return {
        name: _File(
            body, gzip.compress(body, mtime=0), f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
        )
        for name, body in bodies.items()
    }


def _slim(path: Path) -> bytes:
    """A file without its indentation and comment lines, which no phone need load."""
    comment = rb"/\*.*?\*/" if path.suffix == ".css" else rb"^[ ]*//.*$"
    body = re.sub(
        comment, b"", path.read_bytes(), flags=re.DOTALL if path.suffix == ".css" else re.MULTILINE
    )
    return re.sub(rb"^[ ]+", b"", body, flags=re.MULTILINE)


@cache
def _hash() -> str:
    return hashlib.sha256("".join(found.tag for found in _files().values()).encode()).hexdigest()[
        :12
    ]


def _qr(url: str) -> bytes:
    """A QR code of an address: dark on white in either theme, for scanners want it so."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        drawn, kind="svg", border=4, dark="#000", light="#fff", omitsize=True
    )
    return drawn.getvalue()
