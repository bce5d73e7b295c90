"""What a lecturer holds: a lecture on a class server, followed and acted on, and the panel that
shows it.

Everything reaches the panel as a message, never as a synchronised trait, and only what
`panel_state` names: no key, no token, and before the reveal nothing of the answers but how many
there are.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
from IPython.display import display

from boundaries.content import Vignette
from boundaries.content.display import State
from boundaries.errors import BoundariesError, Refused, Unreachable
from boundaries.lectures.host.client import Host
from boundaries.lectures.host.launch import Wanted, stop
from boundaries.lectures.host.memory import Memory
from boundaries.lectures.host.panel import panel_state, qr
from boundaries.lectures.host.steps import Step, offer, present
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
STRANGE = (
    "The class server gave an answer that this panel does not understand, so what you see may be old. Phones go on "
    "as before. If it stays so, restart the kernel and run this cell again."
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
ANOTHER = "A new lecture with a code of its own. The one before stays stored."
ANEW = "Begun anew under a new code. The lecture before is over for its phones, and what they judged stays stored."


class Lecture:
    """A lecture on a class server, for its host. `url` is what phones open, `code` what they type.

    Its methods raise BoundariesError with a sentence: Unreachable where the server does not
    answer, Refused where a rule of the rounds says no.
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
        self.notice = ""
        if own is not None:
            self.notice = SHUT if own.shut else OPEN
        self._host, self._memory, self._own = host, memory, own
        # Clicks and the follower may come at once, on threads of their own.
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._panels: list[Panel] = []
        self._plan: list[State] = []
        self._state: State = {}
        self._shown: State = {}
        self._trouble, self._last_sent, self._sent_at = "", State(), 0.0
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

    # -- for the host -----------------------------------------------------------------------------

    def panel(self) -> None:
        """Shows the panel."""
        panel = Panel(self)
        self._panels.append(panel)
        display(panel)  # type: ignore[no-untyped-call]

    def released(self) -> Released:
        """What may be shown of the cases revealed so far, for the functions of `boundaries.charts`."""
        from boundaries.counts import tally
        from boundaries.counts.release import Released

        told = self._host.tally(self.code)
        if not told["ratings"]:
            why = " ".join(told["withheld"]) or "Reveal a case, then run this again."
            raise Refused(f"There is no class to show yet. {why}")
        tables = []
        for shape, rows in ((tally.RATINGS, told["ratings"]), (tally.MOVES, told["moves"])):
            # What is released names blocks of levels, where a raw tally names one level.
            columns = ["levels" if column == "level" else column for column in shape]
            tables.append(tally.table([[row[c] for c in columns] for row in rows], columns))
        ratings, moves = tables
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

    # -- following --------------------------------------------------------------------------------

    def _open(self, *, new: bool = False) -> None:
        """Finds the lecture of today, or makes a new one."""
        where = self._own.store if self._own else self._host.url
        ids = [vignette.id for vignette in self.vignettes]
        session = self._memory.session(where, " ".join(ids), new=new)
        made = self._host.create(session, self.title, ids)
        self.code, self.url = str(made["code"]), str(made["join_url"])
        self.screen_url = str(made["screen_url"])
        self._plan, self._state = [], {}
        self._take(made["state"])

    def _follow(self) -> None:
        while not self._over.wait(PULSE):
            trouble = ""
            try:
                # Outside the lock: a click never waits for a slow network here.
                state = self._host.state(self.code)
                with self._lock:
                    self._take(state)
            except Exception as error:  # whatever it is, this thread must go on looking
                trouble = self._sentence(error)
            with self._lock:
                self._trouble = trouble
                self._tell()
        self._host.close()

    def _take(self, state: State) -> None:
        """Makes a state the present one, unless an answer has overtaken it."""
        seen = self._state.get("version", -1)
        if state["code"] != self.code or state["version"] < seen:
            return
        plan = self._plan
        if state["version"] > seen:
            plan = self._host.plan(self.code)
        # Drawn before it is kept: a state that cannot be drawn changes nothing.
        self._shown = panel_state(state, plan, self.vignettes)
        self._state, self._plan = state, plan

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, Unreachable):
            return GONE if self._own else GONE_FAR
        if isinstance(error, BoundariesError):
            return str(error)
        return STRANGE

    def _tell(self, said: State | None = None) -> None:
        """Sends what there is to see where it has changed, or was asked for; else now and then
        that we are there."""
        shown = self._shown | {
            "title": self.title,
            "url": self.url,
            "screen": self.screen_url,
            "qr": qr(self.url),
            "notice": self.notice,
            "trouble": self._trouble,
        }
        # The seconds of a countdown pass in the panel by themselves.
        lasting = shown | {"remaining": shown["remaining"] is None}
        now = time.monotonic()
        if said is not None or lasting != self._last_sent:
            message = shown | {"said": said}
        elif now - self._sent_at > BEAT:
            message = {"kind": "beat"}
        else:
            return
        self._last_sent, self._sent_at = lasting, now
        for panel in self._panels:
            panel.send(message)

    # -- acting -----------------------------------------------------------------------------------

    def act(self, message: Mapping[str, Any]) -> None:
        """Does what a button asks, unless the lecture has moved on since the button was drawn. Never raises."""
        with self._lock:
            said: State | None = None
            try:
                said = self._do(message)
            except Exception as error:  # or a click would seem to do nothing
                said = {"tone": "error", "text": self._sentence(error)}
                with suppress(Exception):
                    self._take(self._host.state(self.code))
            self._tell(said or {"tone": "info", "text": ""})

    def _do(self, message: Mapping[str, Any]) -> State | None:
        """What to say of it, None for nothing: the panel then shows that it has happened."""
        kind = message.get("kind")
        if kind in ("step", "go", "anew") and message.get("version") != self._state["version"]:
            return None
        case = self._plan[present(self._state)]["id"]
        if kind in ("level", "hands") and message.get("vignette") != case:
            return None
        if kind == "step":
            return self._step(message.get("id"))
        if kind == "anew":
            return self._begin_anew(case)
        if kind == "go":
            self._post("stage", vignette=message.get("vignette"), stage="lobby")
        elif kind == "level":
            self._post("level", vignette=case, level=message.get("level"))
        elif kind == "hands":
            return self._hands(case, message)
        return None

    def _step(self, id: object) -> State | None:
        offered = offer(self._state, self._plan)
        steps: dict[object, Step] = {step.id: step for step in (offered.primary, *offered.quiet)}
        step = steps.get(id)
        if step is None:
            return None
        if step.what == "another":
            self._open(new=True)
            return {"tone": "ok", "text": ANOTHER}
        self._post(step.what, **step.body)
        return None

    def _begin_anew(self, case: str) -> State:
        """The same cases under a new code, from this case on; whoever has the old code alone stays behind."""
        before = self.code
        self._open(new=True)
        self._host.post(before, "stage", vignette="", stage="over")
        if case != self.vignettes[0].id:
            self._post("stage", vignette=case, stage="lobby")
        return {"tone": "ok", "text": ANEW}

    def _hands(self, case: str, message: Mapping[str, Any]) -> State:
        counts = message.get("counts")
        if isinstance(counts, list) and not any(counts):
            counts = []  # five zeros take it back
        self._post("hands", vignette=case, phase=message.get("phase"), counts=counts)
        if not counts:
            return {"tone": "ok", "text": "No hands are kept for this round."}
        kept = "The show of hands is kept, and will be marked “by hand”."
        return {"tone": "ok", "text": kept}

    def _post(self, what: str, **body: object) -> None:
        self._take(self._host.post(self.code, what, **body))


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
