"""What is read of a lecture on a reader's thread: the codes for who came late; and what only a host
may read, the plan, reasons, and what was revealed as counts and as submissions."""

from __future__ import annotations

import json
from itertools import groupby
from operator import attrgetter
from typing import Any

from boundaries.answers import submissions
from boundaries.answers.judgments import PHASES
from boundaries.content import Content, Item, Vignette
from boundaries.content.display import points
from boundaries.content.sessions import codes_open, session_of
from boundaries.errors import Refused
from boundaries.lectures.rounds.halls import Halls
from boundaries.lectures.rounds.reasons import ticked_name
from boundaries.lectures.server import shapes
from boundaries.lectures.server.reveal import LABELS, codes_shown, released_of


def codes_of(halls: Halls, code: str, content: Content) -> shapes.CodesShown:
    """What the codes say of the present case. Raises Refused before the class has seen it."""
    hall = halls.hall(code)
    if hall.stage not in ("reveal", "informed"):
        raise Refused("The codes of this case are not shown at the moment. Wait for the reveal.")
    return codes_shown(halls.turn(code, hall.vignette), content)


def course_of(content: Content) -> shapes.CourseCases:
    """All cases, by type, with the texts that phones will show, and the scale of their ratings."""
    types, scale = [], []
    for id, kind in content.types.items():
        cases = []
        for item in content.of_type(id):
            scale = points(item.scale)
            cases.append(
                {
                    "id": item.id,
                    "title": item.title,
                    "behaviour": item.behaviour,
                    "note": item.content_note,
                    "minutes": item.minutes,
                    "levels": {level: _texts(item, level) for level in item.levels},
                }
            )
        types.append({"id": id, "title": kind.title, "cases": cases})
    ends = session_of("", codes_open(content.course.session))
    return {
        "title": content.course.title,
        "types": types,
        "scale": scale,
        "homework_ends": ends,
    }


def _texts(item: Vignette, level: str) -> dict[str, str]:
    case, act = item.at(level, item.case), item.at(level, item.act)
    return {"label": item.label(level), "case": case, "act": act}


def plan_of(halls: Halls, code: str, content: Content) -> shapes.LecturePlan:
    """All cases of a lecture, with their dials. Raises NotFound."""
    hall = halls.hall(code)
    cases: list[shapes.PlannedCase] = []
    for id in hall.vignettes:
        turn, item = halls.turn(code, id), content.item(id)
        cases.append(
            {
                "id": id,
                "title": item.title,
                "type": item.type,
                "act": item.behaviour if isinstance(item, Vignette) else item.title,
                "dial": _levels_of(item),
                "level": turn.level,
                "opened": sorted(turn.opened),
                "revealed": sorted(turn.revealed),
            }
        )
    return {"vignettes": cases, "reasons": hall.reasons}


def reasons_of_case(halls: Halls, code: str, content: Content) -> shapes.ReasonsOfCase:
    """The reasons of the present case's revealed rounds. Raises Refused where none may be shown."""
    hall = halls.hall(code)
    rounds: list[dict[str, Any]] = []
    if not hall.vignette:
        return {"rounds": rounds}
    settings = halls.settings(code)
    revealed = halls.turn(code, hall.vignette).revealed
    for phase in [phase for phase in PHASES if phase in revealed]:
        ids = settings.get(ticked_name(hall.vignette, phase), [])
        reasons = []
        for id, text in halls.reasons(code, hall.vignette, phase).items():
            reasons.append({"id": id, "text": text, "ticked": id in ids})
        withheld = ""
        if not reasons:
            least = content.course.minimum_group
            withheld = (
                f"Fewer than {least} gave a reason of their own in this round; none is shown."
            )
        label = LABELS[phase]
        rounds.append({"phase": phase, "label": label, "reasons": reasons, "withheld": withheld})
    return {"rounds": rounds}


def tally_of(halls: Halls, code: str, content: Content) -> shapes.Tally:
    """The counts of what was revealed, small groups withheld. Raises NotFound."""
    hall, frozen = halls.hall(code), halls.everything_frozen(code)
    _, released = released_of(hall, frozen, content)
    return {
        "session": released.session,
        "title": released.title,
        "minimum": released.minimum,
        "ratings": _records(released.ratings),
        "moves": _records(released.moves),
        "withheld": list(released.withheld),
    }


def export_of(halls: Halls, code: str, content: Content) -> shapes.Export:
    """The judgments of what was revealed, a submission for each participant. Raises NotFound."""
    hall = halls.hall(code)
    rows = sorted(halls.rows(code), key=attrgetter("participant"))
    version = submissions.content_version(content)
    written = []
    # By hash of the token, so the order says nothing of who came when.
    for participant, judgments in groupby(rows, key=attrgetter("participant")):
        consent = halls.store.consent(hall.session, participant)
        submission = submissions.Submission(
            hall.session, participant, version, consent, tuple(judgments)
        )
        written.append(json.loads(submissions.write(submission)))
    return {
        "format": "boundaries-export",
        "version": 1,
        "session": hall.session,
        "title": hall.title,
        "submissions": written,
    }


def _levels_of(item: Item) -> dict[str, Any] | None:
    if not item.dial:
        return None
    levels = [{"id": level.id, "label": level.label} for level in item.dial.levels]
    return {"fact": item.dial.fact, "levels": levels}


def _records(table: Any) -> list[Any]:  # noqa: ANN401 - a DataFrame, which is loaded when needed
    records: list[Any] = table.to_dict("records")
    return records
