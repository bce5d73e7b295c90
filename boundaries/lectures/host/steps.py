"""What a host can sensibly do next: from the lecture's public state and its plan, as buttons. Pure.

The rules themselves stand in `rounds` and hold in the server; here is only what to offer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Table = Mapping[str, Any]

FINAL = "The first two rounds are then final."
FINAL_TOO = "This third round is then final."
OVER = "Phones then say that the lecture is over. What was judged stays."
NOW = {
    "lobby": "Nobody sees the case yet.",
    "first": "First round: everyone judges alone.",
    "discuss": "Talking: no round is open.",
    "discussed": "Second round: everyone judges again, after talking.",
    "reveal": "The class is shown on the projector, and below.",
    "informed": "Third round: everyone judges again, after the codes.",
    "over": "This lecture is over.",
}
"""What each stage means, in a sentence for the host."""


@dataclass(frozen=True)
class Step:
    """A button: its label, what it asks of the server (`what` and the body), and what to confirm first."""

    id: str
    label: str
    what: str
    body: Mapping[str, Any] = field(default_factory=dict)
    confirm: str = ""


@dataclass(frozen=True)
class Offer:
    """What the panel offers now: one step in front, the others behind it."""

    primary: Step
    quiet: tuple[Step, ...]
    level: bool
    hands: tuple[str, ...]


def offer(state: Table, plan: Sequence[Table]) -> Offer:
    """The sensible steps at this stage of the present case.

    `level` is whether the dial may still be set; `hands` are the phases a show of hands can be typed in for.

    >>> case = {"id": "a", "opened": [], "revealed": [], "dial": None}
    >>> offer({"stage": "lobby", "place": 1}, [case]).primary.label
    'Open the first round'
    """
    return _Case(state, plan).offer()


def present(state: Table) -> int:
    """The place of the present case in the plan, from 0; before the first case, that one's."""
    return max(0, int(state["place"]) - 1)


class _Case:
    """The present case among the others."""

    def __init__(self, state: Table, plan: Sequence[Table]) -> None:
        self.stage, self.plan, self.at = state["stage"], plan, present(state)
        case = plan[self.at]
        self.id, self.opened, self.revealed = case["id"], set(case["opened"]), set(case["revealed"])
        self.dial = bool(case["dial"])

    def offer(self) -> Offer:
        primary, *quiet = getattr(self, f"_{self.stage}")()
        if self.stage != "over":
            quiet.append(
                Step(
                    "end", "End the lecture", "stage", {"vignette": self.id, "stage": "over"}, OVER
                )
            )
        offered = [step for step in quiet if step.body != primary.body or step.what != primary.what]
        hands = ("first", "discussed", *(["informed"] if self.revealed else []))
        level = self.dial and self.stage == "lobby" and not self.opened
        return Offer(
            primary, tuple(offered), level, () if self.stage in ("lobby", "over") else hands
        )

    # -- by stage: the primary step, then the quiet ones -------------------------------------------------------

    def _lobby(self) -> list[Step]:
        before = self.plan[self.at - 1] if self.at else None
        back = (
            []
            if before is None
            else [self._to("back", "Back to the case before", _last(before), before["id"])]
        )
        if self.revealed:
            return [self._to("show", "Show the class again", "reveal"), *self._on(), *back]
        return [self._to("open", "Open the first round", "first"), *self._skip(), *back]

    def _first(self) -> list[Step]:
        close = self._to("close", "Close it: talk", "discuss")
        return [
            close,
            *_clocks(),
            self._to("back", "Back: close it and hide the case", "lobby"),
            *self._skip(),
        ]

    def _discuss(self) -> list[Step]:
        hide = self._to("back", "Back: hide the case", "lobby")
        if self.revealed:
            return [
                self._to("show", "Show the class again", "reveal"),
                *_clocks(),
                *self._on(),
                hide,
            ]
        if "first" not in self.opened:
            return [
                self._to("open", "Open the first round", "first"),
                *_clocks(),
                hide,
                *self._skip(),
            ]
        now = self._to("reveal", "Reveal without judging again", "reveal", confirm=FINAL)
        reopen = self._to("reopen", "Reopen the first round", "first")
        return [
            self._to("again", "Judge again", "discussed"),
            *_clocks(),
            reopen,
            now,
            *self._skip(),
        ]

    def _discussed(self) -> list[Step]:
        reveal = self._to("reveal", "Reveal", "reveal", confirm=FINAL)
        back = self._to("back", "Back: close it, talk on", "discuss")
        return [
            reveal,
            *_clocks(),
            back,
            self._to("reopen", "Reopen the first round", "first"),
            *self._skip(),
        ]

    def _reveal(self) -> list[Step]:
        informed = self._to("informed", "Judge after the codes", "informed")
        back = self._to("back", "Back: hide the class, talk on", "discuss")
        end = Step("end", "End the lecture", "stage", {"vignette": self.id, "stage": "over"}, OVER)
        return [*(self._on() or [end]), *([] if "informed" in self.revealed else [informed]), back]

    def _informed(self) -> list[Step]:
        return [
            self._to("reveal", "Close it: show the class", "reveal", confirm=FINAL_TOO),
            *_clocks(),
        ]

    def _over(self) -> list[Step]:
        back = self._to("on", "Go on after all", _last(self.plan[self.at]))
        return [Step("another", "Begin another lecture", "another"), back]

    # -- parts ---------------------------------------------------------------------------------------------------

    def _to(self, id: str, label: str, stage: str, vignette: str = "", confirm: str = "") -> Step:
        return Step(id, label, "stage", {"vignette": vignette or self.id, "stage": stage}, confirm)

    def _on(self) -> list[Step]:
        return [
            self._to("next", "Next case", "lobby", case["id"])
            for case in self.plan[self.at + 1 : self.at + 2]
        ]

    def _skip(self) -> list[Step]:
        return [replace(step, id="skip", label="Skip this case") for step in self._on()]


def _clocks() -> list[Step]:
    return [Step(f"clock-{n}", f"+{n} s", "clock", {"seconds": n}) for n in (30, 60)]


def _last(case: Table) -> str:
    """Where a case was left: its reveal, if the class has seen it."""
    return "reveal" if case["revealed"] else "lobby"
