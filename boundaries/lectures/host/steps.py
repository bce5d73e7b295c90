"""What a host can sensibly do next: from the lecture's public state and its plan, as buttons. Pure.

The rules themselves stand in `rounds` and hold in the server; here is only what to offer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """What the panel offers now: one step in front, the others behind it.

    `level` is whether the dial may still be set; `hands` are the phases a show of hands can be
    typed in for.
    """

    primary: Step
    quiet: tuple[Step, ...]
    level: bool
    hands: tuple[str, ...]


def offer(state: Table, plan: Sequence[Table]) -> Offer:
    """The sensible steps at this stage of the present case.

    >>> case = {"id": "a", "opened": [], "revealed": [], "dial": None}
    >>> offer({"stage": "lobby", "place": 1}, [case]).primary.label
    'Open the first round'
    """
    stage, case = state["stage"], _PresentCase(plan, present(state))
    primary, *quiet = _STEPS[stage](case)
    if stage != "over":
        quiet.append(case.end())
    others = [step for step in quiet if (step.what, step.body) != (primary.what, primary.body)]
    hands = ["first", "discussed"]
    if case.revealed:
        hands.append("informed")
    if stage in ("lobby", "over"):
        hands = []
    level = case.dial and stage == "lobby" and not case.opened
    return Offer(primary, tuple(others), level, tuple(hands))


def present(state: Table) -> int:
    """The place of the present case in the plan, from 0; before the first case, that one's."""
    return max(0, int(state["place"]) - 1)


class _PresentCase:
    """The present case among the others, and the steps that lead from it."""

    def __init__(self, plan: Sequence[Table], at: int) -> None:
        case = plan[at]
        self.id, self.dial = case["id"], bool(case["dial"])
        self.opened, self.revealed = set(case["opened"]), set(case["revealed"])
        self.before = plan[at - 1] if at else None
        self.after = plan[at + 1] if at + 1 < len(plan) else None
        self.left_at = _left_at(case)

    def to(self, id: str, label: str, stage: str, confirm: str = "") -> Step:
        """A step to another stage of this case."""
        return Step(id, label, "stage", {"vignette": self.id, "stage": stage}, confirm)

    def on(self) -> list[Step]:
        """To the next case, if there is one."""
        if self.after is None:
            return []
        body = {"vignette": self.after["id"], "stage": "lobby"}
        return [Step("next", "Next case", "stage", body)]

    def skip(self) -> list[Step]:
        """The same, under the name that it has before the reveal."""
        return [replace(step, id="skip", label="Skip this case") for step in self.on()]

    def back(self) -> list[Step]:
        """To the case before, as it was left, if there is one."""
        if self.before is None:
            return []
        body = {"vignette": self.before["id"], "stage": _left_at(self.before)}
        return [Step("back", "Back to the case before", "stage", body)]

    def end(self) -> Step:
        return self.to("end", "End the lecture", "over", OVER)


# -- by stage: the primary step, then the quiet ones ----------------------------------------------


def _lobby(case: _PresentCase) -> list[Step]:
    if case.revealed:
        return [case.to("show", "Show the class again", "reveal"), *case.on(), *case.back()]
    return [case.to("open", "Open the first round", "first"), *case.skip(), *case.back()]


def _first(case: _PresentCase) -> list[Step]:
    hide = case.to("back", "Back: close it and hide the case", "lobby")
    return [case.to("close", "Close it: talk", "discuss"), *_CLOCKS, hide, *case.skip()]


def _discuss(case: _PresentCase) -> list[Step]:
    hide = case.to("back", "Back: hide the case", "lobby")
    if case.revealed:
        return [case.to("show", "Show the class again", "reveal"), *_CLOCKS, *case.on(), hide]
    if "first" not in case.opened:
        return [case.to("open", "Open the first round", "first"), *_CLOCKS, hide, *case.skip()]
    again = case.to("again", "Judge again", "discussed")
    reopen = case.to("reopen", "Reopen the first round", "first")
    reveal = case.to("reveal", "Reveal without judging again", "reveal", FINAL)
    return [again, *_CLOCKS, reopen, reveal, *case.skip()]


def _discussed(case: _PresentCase) -> list[Step]:
    back = case.to("back", "Back: close it, talk on", "discuss")
    reopen = case.to("reopen", "Reopen the first round", "first")
    return [case.to("reveal", "Reveal", "reveal", FINAL), *_CLOCKS, back, reopen, *case.skip()]


def _reveal(case: _PresentCase) -> list[Step]:
    steps = case.on() or [case.end()]
    if "informed" not in case.revealed:
        steps.append(case.to("informed", "Judge after the codes", "informed"))
    return [*steps, case.to("back", "Back: hide the class, talk on", "discuss")]


def _informed(case: _PresentCase) -> list[Step]:
    return [case.to("reveal", "Close it: show the class", "reveal", FINAL_TOO), *_CLOCKS]


def _over(case: _PresentCase) -> list[Step]:
    another = Step("another", "Begin another lecture", "another")
    return [another, case.to("on", "Go on after all", case.left_at)]


_STEPS: dict[str, Callable[[_PresentCase], list[Step]]] = {
    "lobby": _lobby,
    "first": _first,
    "discuss": _discuss,
    "discussed": _discussed,
    "reveal": _reveal,
    "informed": _informed,
    "over": _over,
}
_CLOCKS = tuple(Step(f"clock-{n}", f"+{n} s", "clock", {"seconds": n}) for n in (30, 60))


def _left_at(case: Table) -> str:
    """Where a case was left: its reveal, if the class has seen it."""
    return "reveal" if case["revealed"] else "lobby"
