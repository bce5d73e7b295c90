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

from boundaries.web import module, style

# One for each page, with all that it imports written in: as modules of their own, a page would ask
# for up to twelve files, and a hall that opens it at once for thousands.
SCRIPTS = ("phone.js", "screen.js", "host.js", "home.js", "homework_page.js")

# Of each style sheet that is served, the files of web/ that it is made of.
SHEETS = {
    "page.css": ("form.css", "reveal.css", "page.css"),
    "homework.css": ("form.css", "reveal.css", "page.css", "homework.css"),
    "screen.css": ("reveal.css", "screen.css"),
    "host.css": ("form.css", "reveal.css", "host.css"),
}

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_LASTING, _ASK_EACH_TIME = "public, max-age=31536000, immutable", "no-cache"


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
def _files() -> dict[str, _File]:
    texts = {}
    for name, parts in SHEETS.items():
        texts[name] = re.sub(r"/\*.*?\*/", "", style(*parts), flags=re.DOTALL)
    for name in SCRIPTS:
        texts[name] = re.sub(r"^[ ]*//.*$", "", module(name), flags=re.MULTILINE)
    files = {}
    for name, text in texts.items():
        # No indentation and no empty line, which no phone need load.
        body = re.sub(r"^\s+", "", text, flags=re.MULTILINE).encode()
        tag = hashlib.sha256(body).hexdigest()[:16]
        files[name] = _File(body, gzip.compress(body, mtime=0), f'W/"{tag}"')
    return files
