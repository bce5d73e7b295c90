"""A lecture, or homework, begun or found again from a notebook.

lecture = boundaries.lecture("business")     # starts the class server, or finds it; shows the host's page
lecture.released()                           # after a reveal: the class, for charts
boundaries.homework("business", closes="2026-12-10")    # a link and its QR code
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from boundaries.answers.students import home
from boundaries.content import Content, Vignette, load
from boundaries.content.sessions import is_own_network
from boundaries.errors import BoundariesError, ContentError
from boundaries.lectures.host.client import Host
from boundaries.lectures.host.launch import Wanted, find_or_start
from boundaries.lectures.host.lecture import Homework, Lecture, Reached
from boundaries.lectures.host.memory import Memory

_demo: list[tempfile.TemporaryDirectory[str]] = []


def lecture(
    cases: str | Sequence[str] = "business",
    *,
    title: str | None = None,
    store: str | Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str = "",
    server: str | None = None,
    key: str | None = None,
    content: Content | None = None,
    reasons: bool = False,
) -> Lecture:
    """A lecture about one type, or about cases named by their ids in this order; shows its host's page.

    Run twice, or after the kernel was restarted, it is the same lecture at the same stage (on another day a new one;
    on the same day the page offers another when one is over). It starts a class server
    of its own with `store` (a SQLite path or PostgreSQL URL; default: class-server.sqlite among your own files), for
    this computer alone, or for its whole network with host="0.0.0.0". With `server` and `key`, or $BOUNDARIES_SERVER
    and $BOUNDARIES_HOST_KEY, it is held on a department's server.
    With `reasons` you may choose some, after a reveal, for the class to see; the forms say so from the beginning on.
    Raises ContentError for an unknown type or case, and BoundariesError where no server can be had.
    """
    content = content or load()
    chosen = _chosen(cases, title, content)
    reached = _class_server(store, host, port, public_url, server, key, content)
    made = Lecture(*chosen, reached, reasons=reasons)
    made.panel()
    return made


def homework(
    cases: str | Sequence[str] = "business",
    *,
    closes: str = "",
    title: str | None = None,
    session: str | None = None,
    store: str | Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str = "",
    server: str | None = None,
    key: str | None = None,
    content: Content | None = None,
) -> Homework:
    """Homework about one type, or about cases named by their ids: one link, for any phone or laptop.

    Shown in a notebook it is the link and its QR code. Each student goes at their own pace; when the
    codes open for them is as course.toml says. `closes` is a date ("2026-12-10": until its end) or a
    date and time of this computer's zone; what comes a day after it or later is marked late.
    Run twice it is the same homework. With `session`, one that course.toml names, notebooks and
    phones are one class. The server is had as for `lecture`: one of your own runs as long as this
    computer does; for days, give `server` and `key`. Raises ContentError for an unknown type or case,
    and for a `closes` that is none; BoundariesError where no server can be had.
    """
    content = content or load()
    chosen, moment = _chosen(cases, title, content), _deadline(closes)
    reached = _class_server(store, host, port, public_url, server, key, content)
    return Homework(*chosen, reached, session=session, closes=moment, content=content)


def _chosen(
    cases: str | Sequence[str], title: str | None, content: Content
) -> tuple[str, str, tuple[Vignette, ...]]:
    """How what was asked for is called, its title, and its cases."""
    if isinstance(cases, str):
        name, vignettes = cases, tuple(content.of_type(cases))
        title = title or content.types[cases].title
    else:
        name, vignettes = ", ".join(cases), tuple(_vignette(content, id) for id in cases)
        title = title or content.course.title
    if not vignettes:
        raise ContentError("A lecture needs at least one case. Name a type, or the ids of cases.")
    return name, title, vignettes


def _class_server(
    store: str | Path | None,
    host: str,
    port: int,
    public_url: str,
    server: str | None,
    key: str | None,
    content: Content,
) -> Reached:
    """The server that is named, else one of this computer's own, started if need be."""
    demo = bool(os.environ.get("BOUNDARIES_DEMO"))
    memory = Memory(_demo_folder() if demo else home())
    if not server and not demo:
        server = os.environ.get("BOUNDARIES_SERVER", "")
    if server:
        _check_address(server)
        return Reached(Host(server, _key(server, key)), memory, None)
    where = str(store or memory.folder / "class-server.sqlite")
    own = Wanted(where, host, port, public_url, str(content.folder), dies_with_us=demo)
    return Reached(find_or_start(own, memory), memory, own)


def _deadline(closes: str) -> datetime | None:
    """The moment that was written, in this computer's zone where it names none; None for nothing."""
    if not closes:
        return None
    try:
        moment = datetime.fromisoformat(closes)
    except ValueError:
        raise ContentError(
            f"{closes!r} is not a date. Write it as in '2026-12-10' or '2026-12-10 18:00'."
        ) from None
    if len(closes) == len("2026-12-10"):
        moment = moment.replace(hour=23, minute=59)
    return moment.astimezone()


def _check_address(server: str) -> None:
    """Refuses an address to which the host key would go where others can read it."""
    address = urlsplit(server)
    if address.scheme != "https" and not is_own_network(address.hostname or ""):
        raise BoundariesError(
            f"'{server}' would carry the host key where others can read it. Plain http is only for localhost and "
            "numbers of a private network, such as 'http://192.168.1.20:8000'. Write https."
        )


def _key(server: str, key: str | None) -> str:
    key = key or os.environ.get("BOUNDARIES_HOST_KEY", "")
    if not key:
        raise BoundariesError(
            f"{server} needs a host key. Give it as `key`, or set BOUNDARIES_HOST_KEY; whoever runs it has one."
        )
    return key


def _vignette(content: Content, id: str) -> Vignette:
    if id not in content.all_vignettes:
        raise ContentError(
            f"'{id}' is not a case of this course. Take the name of a file in data/vignettes."
        )
    return content.all_vignettes[id]


def _demo_folder() -> Path:
    if not _demo:
        _demo.append(
            tempfile.TemporaryDirectory(prefix="boundaries-demo-", ignore_cleanup_errors=True)
        )
    return Path(_demo[0].name)
