"""The pages that a browser opens: the phone's, the projector's, the one where a code is typed.

Their HTML is in web/, as Jinja templates that escape what is put into them. They hold no script or
style of their own and ask no other host for anything. All that changes comes as JSON.
"""

from __future__ import annotations

import io
from functools import cache

import segno
from jinja2 import Environment, FileSystemLoader, Template
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from boundaries.content.base32 import join_code
from boundaries.errors import NotFound, StoreError
from boundaries.lectures.server.guard import FRAMED_CSP
from boundaries.lectures.server.limits import Later
from boundaries.lectures.server.state import shown_code
from boundaries.lectures.server.static import imported_by, static_file, version
from boundaries.web import WEB

_PATHS = {"phone": "/{}", "screen": "/{}/screen"}
_EXAMPLE = "It has eight signs, such as K7QF-2MWD."


def routes(public_url: str = "") -> list[Route]:
    """The routes of all pages and their files; they come after those of the API.

    `public_url` is the address that phones open, where that is not the one that is asked.
    """
    pages = _Pages(public_url.rstrip("/"))
    return [
        Route("/", pages.start),
        Route("/host", pages.host),
        Route("/screen", pages.screen_of),
        Route("/favicon.ico", _nothing),
        Route("/robots.txt", _nothing),
        Route("/static/{hash}/{name}", static_file),
        Route("/{code}", pages.phone),
        Route("/{code}/screen", pages.screen),
        Route("/{code}/qr.svg", pages.qr),
    ]


def join_url(base: str, code: str) -> str:
    """The address that a phone opens.

    >>> join_url("http://192.168.1.20:8000", "K7QF2MWD")
    'http://192.168.1.20:8000/K7QF-2MWD'
    """
    return f"{base.rstrip('/')}/{shown_code(code)}"


class _Pages:
    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    async def start(self, request: Request) -> Response:
        return _home()

    async def screen_of(self, request: Request) -> Response:
        """Where a projector's code is typed."""
        return _home(then="/screen")

    async def host(self, request: Request) -> Response:
        """The host's page. Its key stands in the fragment, which no browser sends."""
        page = _page("host", join=self._public_url or _own_address(request))
        page.headers["content-security-policy"] = FRAMED_CSP
        return page

    async def phone(self, request: Request) -> Response:
        return await self._lecture(request, "phone")

    async def screen(self, request: Request) -> Response:
        return await self._lecture(request, "screen")

    async def qr(self, request: Request) -> Response:
        code = join_code(request.path_params["code"])
        if not code:
            return _home(f"This is not a code of a lecture. {_EXAMPLE}", 404)
        return Response(_qr(self._join_url(request, code)), media_type="image/svg+xml")

    async def _lecture(self, request: Request, name: str) -> Response:
        """The page of that name; where there is no lecture of that code, the one where a code is
        typed.
        """
        typed = request.path_params["code"]
        code = join_code(typed)
        try:
            if not code:
                raise NotFound(f"“{typed[:40]}” is not a code of a lecture. {_EXAMPLE}")
            state = (await request.app.state.server.state(request)).decode()
        except NotFound as error:
            return _home(str(error), 404)
        except Later as error:
            page = _home(str(error), 429)
            page.headers["retry-after"] = str(error.seconds)
            return page
        except StoreError:
            state = "null"  # the page asks again by itself
        if typed != shown_code(code):
            return RedirectResponse(_PATHS[name].format(shown_code(code)), 307)
        join = ""
        if name == "screen":
            join = self._join_url(request, code)
        # The template prints it as it is: no text of a lecture can end the element in which it
        # stands.
        return _page(name, code=code, join=join, state=state.replace("<", "\\u003c"))

    def _join_url(self, request: Request, code: str) -> str:
        return join_url(self._public_url or _own_address(request), code)


def _own_address(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


async def _nothing(request: Request) -> Response:
    """What browsers ask for by themselves, so that it is not taken for a wrong code."""
    return Response(status_code=204)


def _home(message: str = "", status: int = 200, then: str = "") -> Response:
    return _page("home", status, message=message, then=then)


def _page(name: str, status: int = 200, **values: str) -> Response:
    html = _template(name).render(
        static=f"/static/{version()}", imported=imported_by(f"{name}.js"), **values
    )
    return Response(html, status, media_type="text/html")


@cache
def _template(name: str) -> Template:
    templates = Environment(
        loader=FileSystemLoader(WEB), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return templates.get_template(f"{name}.html")


def _qr(url: str) -> bytes:
    """A QR code of an address: dark on white in either theme, for scanners want it so."""
    drawing = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        drawing, kind="svg", border=4, dark="#000", light="#fff", omitsize=True
    )
    return drawing.getvalue()
