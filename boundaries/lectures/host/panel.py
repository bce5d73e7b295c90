"""What the host's panel shows, as plain data; of the server's state only what is named here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import segno

from boundaries.content import Vignette
from boundaries.content.display import State
from boundaries.lectures.host.steps import NOW, offer, present


def panel_state(
    state: Mapping[str, Any], plan: Sequence[Mapping[str, Any]], vignettes: Sequence[Vignette]
) -> State:
    """All that the panel shows, ready to be sent as JSON: of the server's state only what is named here."""
    offered, at = offer(state, plan), present(state)
    case = plan[at]
    vignette = next(v for v in vignettes if v.id == case["id"])
    buttons = [
        {"id": s.id, "label": s.label, "confirm": s.confirm, "clock": s.what == "clock"}
        for s in (offered.primary, *offered.quiet)
    ]
    dial = case["dial"] and {
        "legend": f"The dial of this case: {case['dial']['fact']}",
        "options": [
            *case["dial"]["levels"],
            {"id": "split", "label": "Split the room: each phone gets one"},
        ],
        "chosen": case["level"],
    }
    return {
        "kind": "state",
        "version": state["version"],
        "code": state["shown_code"],
        "vignette": case["id"],
        "stage": state["stage"],
        "now": NOW[state["stage"]],
        "going": at > 0 or state["stage"] != "lobby",
        "counting": state["stage"] not in ("lobby", "over"),
        **{key: state[key] for key in ("joined", "judged", "minimum", "remaining")},
        "place": f"Case {at + 1} of {len(plan)}",
        "case": {
            "title": vignette.title,
            "note": vignette.content_note,
            "texts": _texts(vignette, case["level"]),
        },
        "cases": [{"id": v["id"], "title": v["title"], "here": v is case} for v in plan],
        "primary": buttons[0],
        "quiet": buttons[1:],
        "dial": dial if offered.level else None,
        "phase": "discussed" if "discussed" in case["opened"] and not case["revealed"] else "first",
        "hands": [{"phase": p, "label": _PHASES[p]} for p in offered.hands],
        "scale": [{"value": p.value, "label": p.label} for p in vignette.scale],
        "reveal": state["reveal"] if state["stage"] == "reveal" else None,
    }


_PHASES = {
    "first": "First round",
    "discussed": "Second round, after talking",
    "informed": "After the codes",
}


def _texts(vignette: Vignette, level: str) -> list[State]:
    """The case as the phones see it, once a level."""
    levels = [x for x in vignette.levels if level in ("", "split", x)]
    return [
        {
            "label": vignette.label(x) if len(levels) > 1 else "",
            "case": vignette.at(x, vignette.case),
            "act": vignette.at(x, vignette.act),
        }
        for x in levels
    ]


@lru_cache(maxsize=8)
def qr(url: str) -> State:
    """A QR code to draw: its side in modules, quiet zone included, and the dark modules as an SVG path.

    >>> qr("http://127.0.0.1:8000/K7QF2MWD")["side"]
    37
    """
    rows = list(segno.make(url, error="m", micro=False).matrix_iter(border=4))
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return {"side": len(rows), "path": path}
