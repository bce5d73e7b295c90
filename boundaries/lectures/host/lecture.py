"""What a lecturer's notebook holds: a lecture on a class server, with the host's page that leads it;
or homework there, with its link."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget
import segno
from IPython.display import display

from boundaries.content import Content, Vignette
from boundaries.content.sessions import codes_open, session_of
from boundaries.errors import BoundariesError, Refused
from boundaries.lectures.host.client import Host, JsonTable
from boundaries.lectures.host.launch import Wanted, stop
from boundaries.lectures.host.memory import Memory
from boundaries.web import fill, module

if TYPE_CHECKING:  # pandas takes a second, which the page need not wait for
    from boundaries.counts.release import Released

# Seconds after which the same call means another term's homework.
_FRESH = 180 * 24 * 3600.0


class Reached(NamedTuple):
    """A class server as a notebook reaches it; `own` says how, where this computer started it."""

    host: Host
    memory: Memory
    own: Wanted | None


class Hosted:
    """What a lecturer has on a class server: `url` is what phones open, `code` what they type.

    `name` is what was asked for, a type or ids of cases. Its methods raise BoundariesError with a
    sentence: Unreachable where the server does not answer, Refused where a rule says no."""

    url: str
    code: str
    _opens = "Reveal a case"  # what shows the class

    def __init__(
        self, name: str, title: str, vignettes: Sequence[Vignette], server: Reached
    ) -> None:
        self.name, self.title, self.vignettes = name, title, tuple(vignettes)
        self._ids = [vignette.id for vignette in vignettes]
        self._host, self._memory, self._own = server
        self._where = server.own.store if server.own else server.host.url

    def __repr__(self) -> str:
        """What it is about and how many cases it has, and nothing that changes from run to run."""
        return f"{type(self).__name__}({self.name}, {len(self.vignettes)} cases)"

    def _begin(self, session: str, **more: str | bool | None) -> None:
        try:
            self._take(self._host.create(session, self.title, self._ids, **more))
        except BoundariesError:
            self._host.close()
            raise

    def _take(self, made: Mapping[str, Any]) -> None:
        self.code, self.url = str(made["code"]), str(made["join_url"])
        self.screen_url = str(made["screen_url"])

    def state(self) -> JsonTable:
        """What everybody may know of it now: stage, case, how many have joined and judged."""
        return self._host.state(self.code)

    def released(self) -> Released:
        """What may be shown of the cases revealed so far, for the functions of `boundaries.charts`."""
        from boundaries.counts import tally
        from boundaries.counts.release import Released

        revealed = self._host.tally(self.code)
        if not revealed["ratings"]:
            why = " ".join(revealed["withheld"]) or f"{self._opens}, then run this again."
            raise Refused(f"There is no class to show yet. {why}")
        tables = []
        for shape, rows in ((tally.RATINGS, revealed["ratings"]), (tally.MOVES, revealed["moves"])):
            # What is released names blocks of levels, where a raw tally names one level.
            columns = ["levels" if column == "level" else column for column in shape]
            tables.append(tally.table([[row[c] for c in columns] for row in rows], columns))
        ratings, moves = tables
        return Released(
            ratings,
            moves,
            tuple(revealed["withheld"]),
            revealed["minimum"],
            revealed["session"],
            False,
            revealed["title"],
        )

    def export(self, path: Path | str) -> Path:
        """Writes the lecture's judgments as a JSON file: of revealed cases; of all closed ones
        once it is over.

        Its `submissions` are what students' submission files hold. Keep it as you keep those.
        """
        path, exported = Path(path), self._host.export(self.code)
        try:
            path.write_text(json.dumps(exported, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as error:
            raise BoundariesError(
                f"{path} cannot be written ({error.strerror}), so nothing was saved. Choose another place."
            ) from None
        return path

    def stop(self) -> None:
        """Ends the class server if this computer started it (a department's goes on). What was judged stays."""
        self._host.close()
        if self._own:
            stop(self._own.store, self._memory)


class Lecture(Hosted):
    """A lecture on a class server, for its host: `screen_url` is the projector's page, `host_url`
    leads to the host's page and holds the host key: whoever has it leads the lecture."""

    def __init__(
        self,
        name: str,
        title: str,
        vignettes: Sequence[Vignette],
        server: Reached,
        *,
        reasons: bool = False,
    ) -> None:
        super().__init__(name, title, vignettes, server)
        session = self._memory.session(self._where, " ".join(self._ids))
        self._begin(session, reasons=reasons)

    @property
    def host_url(self) -> str:
        """The host's page of this lecture, with the host key after the "#"."""
        return self._host.page(self.code)

    def panel(self) -> None:
        """Shows the host's page, and the links to it and to the projector's."""
        display(Panel(self))  # type: ignore[no-untyped-call]

    def move(self, stage: str, vignette: str = "", seconds: int | None = None) -> JsonTable:
        """Goes to a stage (lobby, first, discuss, discussed, reveal, informed, over) of a case, by
        default the present one; the state after it. `seconds` starts a countdown."""
        if not vignette:
            place = max(1, int(self.state()["place"]))
            vignette = self._ids[place - 1]
        body = {"vignette": vignette, "stage": stage, "seconds": seconds}
        return self._host.post(self.code, "stage", **body)

    def follow(self, code: str) -> None:
        """Takes the lecture that the host's page has gone to: the same cases under another code."""
        session = str(self._host.state(code)["session"])
        self._memory.keep_session(self._where, " ".join(self._ids), session)
        self._take(self._host.create(session, self.title, self._ids))


class Homework(Hosted):
    """Homework on a class server: `url` is the link for students, `session` its id in the store."""

    _opens = "End the homework with end()"

    def __init__(
        self,
        name: str,
        title: str,
        vignettes: Sequence[Vignette],
        server: Reached,
        *,
        session: str | None,
        closes: datetime | None,
        content: Content,
    ) -> None:
        super().__init__(name, title, vignettes, server)
        self.closes = closes
        until = closes.isoformat() if closes else None
        if session is None:
            asked = f"homework {' '.join(self._ids)} {until}"
            kept = self._memory.session(self._where, asked, kind="homework", fresh=_FRESH)
            session = session_of(kept, codes_open(content.course.session))
        self.session = session
        self._begin(session, mode="homework", closes=until)

    def _repr_html_(self) -> str:
        drawing = io.BytesIO()
        segno.make(self.url, error="m", micro=False).save(
            drawing, kind="svg", border=4, scale=5, dark="#000", light="#fff", xmldecl=False
        )
        return fill("assigned.html", title=self.title, url=self.url, qr=drawing.getvalue().decode())

    def end(self) -> JsonTable:
        """Ends it, for good: it takes no judgment more, and whoever judged every case sees the class."""
        return self._host.post(self.code, "end")


class Panel(anywidget.AnyWidget):
    """The host's page, shown in a notebook: its address goes to the browser as a message, never as
    a trait, for traits are saved with the notebook and the address holds the host key."""

    _esm = module("frame.js")

    def __init__(self, lecture: Lecture) -> None:
        super().__init__()
        self._lecture = lecture
        self.on_msg(lambda widget, message, buffers: self.receive(message))

    def __repr__(self) -> str:
        """The same sentence in every lecture."""
        return "Panel(your lecture, shown only while the notebook runs)"

    def receive(self, message: Mapping[str, Any]) -> None:
        """Answers the browser's hello; follows its page to another lecture. Never raises."""
        lecture = self._lecture
        if message.get("kind") == "moved":
            code = str(message.get("code"))
            if code != lecture.code:
                with suppress(BoundariesError):  # the page says itself what is wrong
                    lecture.follow(code)
            return
        place = {"kind": "place", "host": lecture.host_url, "screen": lecture.screen_url}
        self.send(place | {"framed": lecture._host.is_near})
