"""What a lecturer's notebook holds of a homework: its link, and its end."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import segno

from boundaries.content import Content, Vignette
from boundaries.content.sessions import codes_open, session_of
from boundaries.lectures.host.client import Host, JsonTable
from boundaries.lectures.host.launch import Wanted
from boundaries.lectures.host.lecture import Hosted
from boundaries.lectures.host.memory import Memory
from boundaries.web import fill

# Seconds after which the same call means another term's homework.
_FRESH = 180 * 24 * 3600.0


class Homework(Hosted):
    """Homework on a class server: `url` is the link for students, `session` its id in the store."""

    _opens = "End the homework with end()"

    def __init__(
        self,
        name: str,
        vignettes: Sequence[Vignette],
        title: str,
        host: Host,
        memory: Memory,
        own: Wanted | None,
        session: str | None,
        closes: datetime | None,
        content: Content,
    ) -> None:
        super().__init__(host, memory, own)
        self.name, self.title, self.closes = name, title, closes
        ids = [vignette.id for vignette in vignettes]
        until = closes.isoformat() if closes else None
        if session is None:
            asked = f"homework {' '.join(ids)} {until}"
            kept = memory.session(self._where, asked, kind="homework", fresh=_FRESH)
            session = session_of(kept, codes_open(content.course.session))
        self.session, self._cases = session, len(ids)
        self._begin(session, title, ids, mode="homework", closes=until)

    def __repr__(self) -> str:
        """What it is about and how many cases it has, and nothing that changes from run to run."""
        return f"Homework({self.name}, {self._cases} cases)"

    def _repr_html_(self) -> str:
        drawing = io.BytesIO()
        segno.make(self.url, error="m", micro=False).save(
            drawing, kind="svg", border=4, scale=5, dark="#000", light="#fff", xmldecl=False
        )
        return fill("assigned.html", title=self.title, url=self.url, qr=drawing.getvalue().decode())

    def end(self) -> JsonTable:
        """Ends it, for good: it takes no judgment more, and whoever judged every case sees the class."""
        return self._host.post(self.code, "end")
