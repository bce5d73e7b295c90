"""The scripts and style sheets of the pages: slim, compressed, and kept by browsers until they
change."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from boundaries.web import WEB

SCRIPTS = ("phone.js", "screen.js", "host.js", "home.js", "homework_page.js")
"""One for each page; served with all that they import."""

SHEETS = {
    "page.css": ("form.css", "reveal.css", "page.css"),
    "homework.css": ("form.css", "reveal.css", "page.css", "homework.css"),
    "screen.css": ("reveal.css", "screen.css"),
    "host.css": ("form.css", "reveal.css", "host.css"),
}
"""Of each style sheet that is served, the files of web/ that it is made of."""

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_LASTING, _ASK_EACH_TIME = "public, max-age=31536000, immutable", "no-cache"
_IMPORT = re.compile(r'^import .* from "\./([\w-]+\.js)";$', re.MULTILINE)


class _File(NamedTuple):
    body: bytes
    zipped: bytes
    tag: str


async def static_file(request: Request) -> Response:
    """A file; kept for ever by the browser when it is asked for under the hash of what is there
    now."""
    name = request.path_params["name"]
    file = _files().get(name)
    if file is None:
        return Response("There is nothing at this address.", 404, media_type="text/plain")
    headers = {"etag": file.tag, "cache-control": _ASK_EACH_TIME, "vary": "accept-encoding"}
    if request.path_params["hash"] == version():
        headers["cache-control"] = _LASTING
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    body = file.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = file.zipped
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers, media_type=_TYPES[Path(name).suffix])


@cache
def version() -> str:
    """A hash of all files: part of their address, so that a browser that has them never asks
    again."""
    tags = "".join(file.tag for file in _files().values())
    return hashlib.sha256(tags.encode()).hexdigest()[:12]


@cache
def imported_by(script: str) -> tuple[str, ...]:
    """The modules that a script imports, and what those import: a page can ask for all of them at
    once."""
    names: dict[str, None] = {}
    for name in _IMPORT.findall((WEB / script).read_text(encoding="utf-8")):
        names[name] = None
        names |= dict.fromkeys(imported_by(name))
    return tuple(names)


@cache
def _files() -> dict[str, _File]:
    parts_of = dict(SHEETS)
    for script in SCRIPTS:
        for name in (script, *imported_by(script)):
            parts_of[name] = (name,)
    files = {}
    for name, parts in parts_of.items():
        body = b"\n".join(_slim(WEB / part) for part in parts)
        tag = hashlib.sha256(body).hexdigest()[:16]
        files[name] = _File(body, gzip.compress(body, mtime=0), f'W/"{tag}"')
    return files


def _slim(path: Path) -> bytes:
    """A file without its indentation and comment lines, which no phone need load."""
    text = path.read_bytes()
    if path.suffix == ".css":
        text = re.sub(rb"/\*.*?\*/", b"", text, flags=re.DOTALL)
    else:
        text = re.sub(rb"^[ ]*//.*$", b"", text, flags=re.MULTILINE)
    return re.sub(rb"^[ ]+", b"", text, flags=re.MULTILINE)
