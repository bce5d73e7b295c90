"""What a lecturer's notebook holds: a lecture on a class server, and the host's page that leads it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
from IPython.display import display

from boundaries.content import Vignette
from boundaries.errors import BoundariesError, Refused
from boundaries.lectures.host.client import Host, JsonTable
from boundaries.lectures.host.launch import Wanted, stop
from boundaries.lectures.host.memory import Memory
from boundaries.web import module

if TYPE_CHECKING:  # pandas takes a second, which the page need not wait for
    from boundaries.counts.release import Released


class Hosted:
    """What a lecturer has on a class server: `url` is what phones open, `code` what they type.

    Its methods raise BoundariesError with a sentence: Unreachable where the server does not answer,
    Refused where a rule says no."""

    url: str
    code: str
    _opens = "Reveal a case"  # what shows the class

    def __init__(self, host: Host, memory: Memory, own: Wanted | None) -> None:
        self._host, self._memory, self._own = host, memory, own
        self._where = own.store if own else host.url

    def _begin(self, session: str, title: str, ids: list[str], **more: str | bool | None) -> None:
        try:
            self._take(self._host.create(session, title, ids, **more))
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
    """A lecture on a class server, for its host.

    `url` is what phones open, `code` what they type, `screen_url` the projector's page; `host_url`
    leads to the host's page and holds the host key: whoever has it leads the lecture.
    Its methods raise BoundariesError with a sentence: Unreachable where the server does not answer,
    Refused where a rule of the rounds says no.
    """

    def __init__(
        self,
        name: str,
        vignettes: Sequence[Vignette],
        title: str,
        host: Host,
        memory: Memory,
        own: Wanted | None,
        *,
        reasons: bool = False,
    ) -> None:
        self.name, self.vignettes, self.title = name, tuple(vignettes), title
        super().__init__(host, memory, own)
        self._ids = [vignette.id for vignette in vignettes]
        session = memory.session(self._where, " ".join(self._ids))
        self._begin(session, title, self._ids, reasons=reasons)

    def __repr__(self) -> str:
        """What it is about and how many cases it has, and nothing that changes from run to run."""
        return f"Lecture({self.name}, {len(self.vignettes)} cases)"

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
