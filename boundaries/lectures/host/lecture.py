"""The lecture from the host's notebook: the class server's buttons and counts as one panel.

lecture = boundaries.lecture("business")     # starts the class server, or finds it; shows the panel
lecture.released()                           # after a reveal: the class, for charts

Everything reaches the panel as a message, never as a synchronised trait, and only what `panel_state` names: no key,
no token, and before the reveal nothing of the answers but how many there are.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
from IPython.display import display

from boundaries.answers.student import home
from boundaries.content import Content, Vignette, load
from boundaries.content.display import State
from boundaries.errors import BoundariesError, ContentError, Refused, Unreachable
from boundaries.lectures.host.client import Host
from boundaries.lectures.host.launch import Memory, Wanted, find_or_start, stop
from boundaries.lectures.host.panel import panel_state, qr
from boundaries.lectures.host.steps import offer, present
from boundaries.web import module, style

if TYPE_CHECKING:  # pandas takes a second, which the panel need not wait for
    from boundaries.counts.release import Released

PULSE = 1.0
"""Seconds between two looks at the counts."""
BEAT = 5.0
"""Seconds after which the panel hears from us in any case: it says so when it does not."""

GONE = (
    "The class server does not answer. Phones keep what is judged and send it when it is back. Run this cell again "
    "to start it; nothing that was confirmed is lost."
)
GONE_FAR = (
    "The class server does not answer. Phones keep what is judged and send it when it is back. Nothing that was "
    "confirmed is lost. Ask whoever runs the server, or go on by a show of hands."
)
SHUT = (
    "Only this computer can open this address: fine for trying it out. For a hall run "
    'boundaries.lecture(…, host="0.0.0.0"), which opens it to everybody in this computer\'s network, unencrypted; '
    "or use your department's server."
)
OPEN = (
    "Open to everybody in this computer's network, without encryption: who listens there can read what is sent. "
    "Phones must be in the same network, and some campus networks keep devices apart: try one phone beforehand."
)


class Lecture:
    """A lecture on a class server, for its host. `url` is what phones open, `code` what they type.

    Its methods raise BoundariesError with a sentence: Unreachable where the server does not answer, Refused where
    a rule of the rounds says no.
    """

    def __init__(
        self,
        name: str,
        vignettes: Sequence[Vignette],
        title: str,
        host: Host,
        memory: Memory,
        own: Wanted | None,
    ) -> None:
        self.name, self.vignettes, self.title = name, tuple(vignettes), title
        self.notice = "" if own is None else SHUT if own.shut else OPEN
        self._host, self._memory, self._own = host, memory, own
        self._lock = (
            threading.RLock()
        )  # clicks and the follower may come at once, on threads of their own
        self._over = threading.Event()
        self._panels: list[Panel] = []
        self._plan: list[State] = []
        self._state: State = {}
        self._trouble, self._drawn, self._beat = "", State(), 0.0
        try:
            self._open()
        except BoundariesError:
            host.close()
            raise
        self._follower = threading.Thread(target=self._follow, name=f"lecture {name}", daemon=True)
        self._follower.start()

    def __repr__(self) -> str:
        """What it is about and how many cases it has, and nothing that changes from run to run."""
        return f"Lecture({self.name}, {len(self.vignettes)} cases)"

    def _open(self, *, new: bool = False) -> None:
        where = self._own.store if self._own else self._host.url
        ids = [v.id for v in self.vignettes]
        session = self._memory.session(where, " ".join(ids), new=new)
        made = self._host.create(session, self.title, ids)
        self.code, self.url, self.screen_url = (
            str(made[key]) for key in ("code", "join_url", "screen_url")
        )
        self._plan, self._state = [], {}
        self._see(made["state"])

    # -- for the host --------------------------------------------------------------------------------------------

    def panel(self) -> None:
        """Shows the panel."""
        panel = Panel(self)
        self._panels.append(panel)
        display(panel)  # type: ignore[no-untyped-call]

    def released(self) -> Released:
        """What may be shown of the cases revealed so far, for the functions of `boundaries.charts`."""
        from boundaries.counts import tally
        from boundaries.counts.release import Released

        told = self._host.of(self.code, "tally")
        if not told["ratings"]:
            why = " ".join(told["withheld"]) or "Reveal a case, then run this again."
            raise Refused(f"There is no class to show yet. {why}")
        columns = [
            tuple("levels" if c == "level" else c for c in shape)
            for shape in (tally.RATINGS, tally.MOVES)
        ]
        ratings, moves = (
            tally.table([[row[c] for c in names] for row in told[what]], names)
            for what, names in zip(("ratings", "moves"), columns, strict=True)
        )
        return Released(
            ratings,
            moves,
            tuple(told["withheld"]),
            told["minimum"],
            told["session"],
            False,
            told["title"],
        )

    def export(self, path: Path | str) -> Path:
        """Writes the lecture's judgments as a JSON file: of revealed cases; of all closed ones once it is over.

        Its `submissions` are what students' submission files hold. Keep it as you keep those.
        """
        path, told = Path(path), self._host.of(self.code, "export")
        try:
            path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as error:
            raise BoundariesError(
                f"{path} cannot be written ({error.strerror}), so nothing was saved. Choose another place."
            ) from None
        return path

    def stop(self) -> None:
        """Ends the class server if this computer started it (a department's goes on). What was judged stays."""
        self.close()
        if self._own:
            stop(self._own.store, self._memory)

    def close(self) -> None:
        """Stops following; the lecture itself goes on."""
        self._over.set()
        for panel in self._panels:
            panel.close()
        self._panels.clear()
        self._follower.join(1)
        self._host.close()

    # -- following and acting --------------------------------------------------------------------------------------

    def _follow(self) -> None:
        while not self._over.wait(PULSE):
            state, trouble = None, ""
            try:
                state = self._host.state(
                    self.code
                )  # outside the lock: a click never waits for a slow network here
                with self._lock:
                    self._see(state)
            except BoundariesError as error:
                trouble = self._said(error)
            with self._lock:
                self._trouble = trouble
                self._tell()
        self._host.close()

    def act(self, message: Mapping[str, Any]) -> None:
        """Does what a button asks, unless the lecture has moved on since the button was drawn. Never raises."""
        with self._lock:
            said = None
            try:
                said = self._do(message)
            except BoundariesError as error:
                said = {"tone": "error", "text": self._said(error)}
                with suppress(BoundariesError):
                    self._see(self._host.state(self.code))
            self._tell(said or {"tone": "info", "text": ""})

    def _do(self, message: Mapping[str, Any]) -> State | None:
        kind, case = message.get("kind"), self._plan[present(self._state)]["id"]
        if kind == "step" and message.get("version") == self._state["version"]:
            offered = offer(self._state, self._plan)
            step = next(
                (s for s in (offered.primary, *offered.quiet) if s.id == message.get("id")), None
            )
            if step is None:
                return None
            if step.what == "another":
                self._open(new=True)
                return {
                    "tone": "ok",
                    "text": "A new lecture with a code of its own. The one before stays stored.",
                }
            self._see(self._host.post(self.code, step.what, **step.body))
        elif kind == "go" and message.get("version") == self._state["version"]:
            self._see(
                self._host.post(self.code, "stage", vignette=message.get("vignette"), stage="lobby")
            )
        elif kind == "level" and message.get("vignette") == case:
            self._see(
                self._host.post(self.code, "level", vignette=case, level=message.get("level"))
            )
        elif kind == "hands" and message.get("vignette") == case:
            given = message.get("counts")
            counts = [] if isinstance(given, list) and not any(given) else given
            self._see(
                self._host.post(
                    self.code, "hands", vignette=case, phase=message.get("phase"), counts=counts
                )
            )
            kept = "The show of hands is kept, and will be marked “by hand”."
            return {"tone": "ok", "text": kept if counts else "No hands are kept for this round."}
        return None

    def _see(self, state: State) -> None:
        seen = self._state.get("version", -1)
        if state["code"] != self.code or state["version"] < seen:
            return  # an answer that a click has overtaken
        if state["version"] > seen:
            self._plan = self._host.of(self.code, "plan")["vignettes"]
        self._state = state

    def _said(self, error: BoundariesError) -> str:
        return (GONE if self._own else GONE_FAR) if isinstance(error, Unreachable) else str(error)

    def _tell(self, said: State | None = None) -> None:
        """Sends what there is to see where it has changed, or was asked for; else now and then that we are there."""
        here: State = {"title": self.title, "url": self.url, "screen": self.screen_url}
        here |= {"qr": qr(self.url), "notice": self.notice}
        told = (
            panel_state(self._state, self._plan, self.vignettes) | here | {"trouble": self._trouble}
        )
        drawn, now = told | {"remaining": told["remaining"] is None}, time.monotonic()
        changed = said is not None or drawn != self._drawn
        if changed or now - self._beat > BEAT:
            self._drawn, self._beat = drawn, now
            for panel in self._panels:
                panel.send(told | {"said": said} if changed else {"kind": "beat"})


class Panel(anywidget.AnyWidget):
    """The host's panel on screen."""

    _esm = module("host.js")
    _css = style("form.css", "host.css", "reveal.css")

    def __init__(self, lecture: Lecture) -> None:
        super().__init__()
        self.on_msg(lambda widget, message, buffers: lecture.act(message))

    def __repr__(self) -> str:
        """The same sentence in every lecture."""
        return "Panel(your lecture, shown only while the notebook runs)"


_shown: dict[str, Lecture] = {}
_demo: list[tempfile.TemporaryDirectory[str]] = []


def lecture(
    what: str | Sequence[str] = "business",
    *,
    title: str | None = None,
    store: str | Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str = "",
    server: str | None = None,
    key: str | None = None,
    content: Content | None = None,
) -> Lecture:
    """A lecture about one type, or about cases named by their ids in this order; shows its panel.

    Run twice, or after the kernel was restarted, it is the same lecture at the same stage (on another day a new one;
    on the same day the panel offers another when one is over). It starts a class server
    of its own with `store` (a SQLite path or PostgreSQL URL; default: class-server.sqlite among your own files), for
    this computer alone, or for its whole network with host="0.0.0.0". With `server` and `key`, or $BOUNDARIES_SERVER
    and $BOUNDARIES_HOST_KEY, it is held on a department's server.
    Raises ContentError for an unknown type or case, and BoundariesError where no server can be had.
    """
    content = content or load()
    name = what if isinstance(what, str) else ", ".join(what)
    vignettes = (
        content.of_type(what)
        if isinstance(what, str)
        else tuple(_taught(content, id) for id in what)
    )
    if not vignettes:
        raise ContentError("A lecture needs at least one case. Name a type, or the ids of cases.")
    title = title or (content.types[what].title if isinstance(what, str) else content.course.title)
    demo = bool(os.environ.get("BOUNDARIES_DEMO"))
    memory = Memory(_demo_folder() if demo else home())
    server = server or ("" if demo else os.environ.get("BOUNDARIES_SERVER", ""))
    if server:
        key = key or os.environ.get("BOUNDARIES_HOST_KEY", "")
        if not key:
            raise BoundariesError(
                f"{server} needs a host key. Give it as `key`, or set BOUNDARIES_HOST_KEY; whoever runs it has one."
            )
        made = Lecture(name, vignettes, title, Host(server, key), memory, None)
    else:
        wanted = Wanted(
            str(store or memory.folder / "class-server.sqlite"),
            host,
            port,
            public_url,
            str(content.folder),
            demo,
        )
        made = Lecture(name, vignettes, title, find_or_start(wanted, memory), memory, wanted)
    if name in _shown:
        _shown[name].close()  # the cell ran again: its panel takes the place of the one before
    _shown[name] = made
    made.panel()
    return made


def _taught(content: Content, id: str) -> Vignette:
    if id not in content.vignettes:
        raise ContentError(
            f"'{id}' is not a case of this course. Take the name of a file in data/vignettes."
        )
    return content.vignettes[id]


def _demo_folder() -> Path:
    if not _demo:
        _demo.append(
            tempfile.TemporaryDirectory(prefix="boundaries-demo-", ignore_cleanup_errors=True)
        )
    return Path(_demo[0].name)
