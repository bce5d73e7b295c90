"""The pages that a browser opens: the phone's, the projector's, the one where a code is typed.

Their HTML is in web/, as templates that escape what is put into them. They hold no script or style
of their own and ask no other host for anything. All that changes comes as JSON.
"""

from __future__ import annotations

import io
import json
from functools import partial

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from boundaries.content.base32 import grouped, join_code
from boundaries.errors import NotFound, StoreError
from boundaries.lectures.server.guard import FRAMED_CSP
from boundaries.lectures.server.limits import Later
from boundaries.lectures.server.static import static_file, version
from boundaries.lectures.server.welcome import host_link
from boundaries.web import fill

_ENDS = {"phone": "", "screen": "/screen"}
_EXAMPLE = "It has eight signs, such as K7QF-2MWD."


def routes() -> list[Route]:
    """The routes of all pages and their files; they come after those of the API."""
    return [
        Route("/", partial(_home_page, then="")),
        Route("/host", _host),
        Route("/screen", partial(_home_page, then="/screen")),  # a projector's code is typed there
        Route("/favicon.ico", _nothing),
        Route("/robots.txt", _nothing),
        Route("/static/{hash}/{name}", static_file),
        Route("/{code}", partial(_lecture, name="phone")),
        Route("/s/{code}", _self_paced),
        Route("/{code}/screen", partial(_lecture, name="screen")),
        Route("/{code}/qr.svg", _qr),
        Route("/{code}/host.svg", _host_qr),
    ]


def join_url(base: str, code: str) -> str:
    """The address that a phone opens.

    >>> join_url("http://192.168.1.20:8000", "K7QF2MWD")
    'http://192.168.1.20:8000/K7QF-2MWD'
    """
    return f"{base.rstrip('/')}/{grouped(code)}"


def base_of(request: Request) -> str:
    """The address of this server as phones open it."""
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return request.app.state.server.public_url or own


async def _home_page(request: Request, then: str) -> Response:
    return _home(then=then)


async def _host(request: Request) -> Response:
    """The host's page. Its key stands in the fragment, which no browser sends."""
    page = _page("host", join=base_of(request))
    page.headers["content-security-policy"] = FRAMED_CSP
    return page


async def _self_paced(request: Request) -> Response:
    """Another address of the same: a homework has one page, and one link for phone and notebook."""
    return RedirectResponse(f"../{request.path_params['code']}", 307)


async def _lecture(request: Request, name: str) -> Response:
    """The page of that name; where there is no lecture of that code, the one to type a code."""
    typed = request.path_params["code"]
    code = join_code(typed)
    # Relative, for the server may stand under a path of somebody else's.
    root = "../" if _ENDS[name] else ""
    try:
        if not code:
            raise NotFound(f"“{typed[:40]}” is not a code of a lecture. {_EXAMPLE}")
        state = (await request.app.state.server.state(request)).decode()
    except NotFound as error:
        return _home(str(error), 404, root=root)
    except Later as error:
        page = _home(str(error), 429, root=root)
        page.headers["retry-after"] = str(error.seconds)
        return page
    except StoreError:
        state = "null"  # the page asks again by itself
    if typed != grouped(code):
        return RedirectResponse(f"{root or './'}{grouped(code)}{_ENDS[name]}", 307)
    if name == "phone" and (json.loads(state) or {}).get("mode") == "homework":
        return _page("homework", code=code)
    join = join_url(base_of(request), code)
    # The template prints it as it is: no text of a lecture can end the element in which it stands.
    return _page(name, root=root, code=code, join=join, state=state.replace("<", "\\u003c"))


async def _qr(request: Request) -> Response:
    """A QR code of the phones' address: dark on white in either theme, for scanners want it so."""
    code = join_code(request.path_params["code"])
    if not code:
        return _home(f"This is not a code of a lecture. {_EXAMPLE}", 404)
    return Response(qr_of(join_url(base_of(request), code)), media_type="image/svg+xml")


async def _host_qr(request: Request) -> Response:
    """The link of the host's page as a QR code, for a host who has the key and wants to lead from a
    phone. The key comes as a header, as ever."""
    await request.app.state.server.check_host(request)
    code = join_code(request.path_params["code"])
    key = request.headers["authorization"].partition(" ")[2]
    link = f"{host_link(base_of(request), key)}/{code}"
    return Response(qr_of(link), media_type="image/svg+xml")


def qr_of(url: str) -> bytes:
    """A QR code of an address, as SVG."""
    drawing = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        drawing, kind="svg", border=4, dark="#000", light="#fff", omitsize=True
    )
    return drawing.getvalue()


async def _nothing(request: Request) -> Response:
    """What browsers ask for by themselves, so that it is not taken for a wrong code."""
    return Response(status_code=204)


def _home(message: str = "", status: int = 200, then: str = "", root: str = "") -> Response:
    return _page("home", status, root=root, message=message, then=then)


def _page(name: str, status: int = 200, *, root: str = "", **values: str) -> Response:
    """A page; `root` leads from its address to the server's own, as "../" does."""
    files = {"root": root, "static": f"{root}static/{version()}"}
    without = {"code": "", "join": "", "state": ""}
    html = fill(f"{name}.html", **files, **(without | values))
    return Response(html, status, media_type="text/html")
