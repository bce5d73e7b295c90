"""What the host's panel shows, as plain data; of the server's state only what is named here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import segno

from boundaries.content import Vignette
from boundaries.content.display import State
from boundaries.lectures.host.steps import NOW, Step, offer, present

CROWD = 15.0
"""Joins a second that no hall has over a minute: a full auditorium scans a code in about that time."""

_PHASES = {
    "first": "First round",
    "discussed": "Second round, after talking",
    "informed": "After the codes",
}
_SPLIT = {"id": "split", "label": "Split the room: each phone gets one"}


def panel_state(
    state: Mapping[str, Any], plan: Sequence[Mapping[str, Any]], vignettes: Sequence[Vignette]
) -> State:
    """All that the panel shows, ready to be sent as JSON."""
    offered, at = offer(state, plan), present(state)
    case, stage = plan[at], state["stage"]
    vignette = {vignette.id: vignette for vignette in vignettes}[case["id"]]
    second_round = "discussed" in case["opened"] and not case["revealed"]
    return {
        "kind": "state",
        "version": state["version"],
        "code": state["shown_code"],
        "vignette": case["id"],
        "stage": stage,
        "now": NOW[stage],
        "going": at > 0 or stage != "lobby",
        "counting": stage not in ("lobby", "over"),
        "joined": state["joined"],
        "judged": state["judged"],
        "minimum": state["minimum"],
        "remaining": state["remaining"],
        "room": _room(state),
        "place": f"Case {at + 1} of {len(plan)}",
        "case": {
            "title": vignette.title,
            "note": vignette.content_note,
            "texts": _texts(vignette, case["level"]),
        },
        "cases": [{"id": c["id"], "title": c["title"], "here": c is case} for c in plan],
        "primary": _button(offered.primary),
        "quiet": [_button(step) for step in offered.quiet],
        "dial": _dial(case) if offered.level else None,
        "phase": "discussed" if second_round else "first",
        "hands": [{"phase": phase, "label": _PHASES[phase]} for phase in offered.hands],
        "scale": [{"value": point.value, "label": point.label} for point in vignette.scale],
        "reveal": state["reveal"] if stage == "reveal" else None,
    }


def _button(step: Step) -> State:
    clock = step.what == "clock"
    return {"id": step.id, "label": step.label, "confirm": step.confirm, "clock": clock}


def _room(state: Mapping[str, Any]) -> State:
    """How full the hall is, and a sentence where nobody can come in, or more come than are in the
    building."""
    rate, places = float(state.get("rate") or 0.0), state.get("room")
    joined = state["joined"]
    text = ""
    if places is not None and joined >= places:
        text = (
            f"The lecture is full: it takes {places:,} phones. If more than your students have joined, "
            "begin anew under a new code."
        )
    elif rate > CROWD:
        text = (
            f"{rate:,.0f} phones a second are joining, more than a hall can. If these are not your students, "
            "begin anew under a new code."
        )
    return {"text": text, "places": places}


def _dial(case: Mapping[str, Any]) -> State | None:
    dial = case["dial"]
    if not dial:
        return None
    return {
        "legend": f"The dial of this case: {dial['fact']}",
        "options": [*dial["levels"], _SPLIT],
        "chosen": case["level"],
    }


def _texts(vignette: Vignette, level: str) -> list[State]:
    """The case as the phones see it, once a level."""
    levels = vignette.levels
    if level not in ("", "split"):
        levels = (level,)
    texts = []
    for shown in levels:
        texts.append(
            {
                "label": vignette.label(shown) if len(levels) > 1 else "",
                "case": vignette.at(shown, vignette.case),
                "act": vignette.at(shown, vignette.act),
            }
        )
    return texts


@lru_cache(maxsize=8)
def qr(url: str) -> State:
    """A QR code to draw: its side in modules, quiet zone included, and the dark modules as an SVG path.

    >>> qr("http://127.0.0.1:8000/K7QF2MWD")["side"]
    37
    """
    rows = list(segno.make(url, error="m", micro=False).matrix_iter(border=4))
    path = []
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                path.append(f"M{x} {y}h1v1h-1z")
    return {"side": len(rows), "path": "".join(path)}
