"""What only a host may read of a lecture: its plan, and what was revealed, as counts and as
submissions.

Everything here is read from the database, on a reader's thread.
"""

from __future__ import annotations

import json
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from boundaries.answers import submissions
from boundaries.answers.store import Store
from boundaries.content import Content, Item
from boundaries.lectures.rounds.halls import Halls
from boundaries.lectures.server.shapes import Export, Plan, Tally

if TYPE_CHECKING:
    import pandas as pd


def plan_of(halls: Halls, code: str, content: Content) -> Plan:
    """All cases of a lecture, with their dials. Raises NotFound."""
    plan: Plan = {"vignettes": []}
    for id in halls.hall(code).vignettes:
        turn, item = halls.turn(code, id), content.item(id)
        plan["vignettes"].append(
            {
                "id": id,
                "title": item.title,
                "type": item.type,
                "dial": _dial(item),
                "level": turn.level,
                "opened": sorted(turn.opened),
                "revealed": sorted(turn.revealed),
            }
        )
    return plan


def tally_of(halls: Halls, code: str, content: Content) -> Tally:
    """The counts of what was revealed, small groups withheld. Raises NotFound."""
    from boundaries.counts.release import release
    from boundaries.counts.tally import MOVES, RATINGS, table

    hall = halls.hall(code)
    frozen = halls.everything_frozen(code, revealed_only=True)
    released = release(
        table(frozen.ratings, RATINGS),
        table(frozen.moves, MOVES),
        content,
        session=hall.session,
        title=hall.title,
        lecture=True,
    )
    return {
        "session": released.session,
        "title": released.title,
        "minimum": released.minimum,
        "ratings": _records(released.ratings),
        "moves": _records(released.moves),
        "withheld": list(released.withheld),
    }


def export_of(halls: Halls, code: str, content: Content, store: Store) -> Export:
    """The judgments of what was revealed, a submission for each participant. Raises NotFound."""
    hall = halls.hall(code)
    rows = sorted(halls.rows(code), key=attrgetter("participant"))
    version = submissions.content_version(content)
    written = []
    for participant, judgments in groupby(rows, key=attrgetter("participant")):
        consent = store.consent(hall.session, participant)
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


def _dial(item: Item) -> dict[str, Any] | None:
    if not item.dial:
        return None
    levels = [{"id": level.id, "label": level.label} for level in item.dial.levels]
    return {"fact": item.dial.fact, "levels": levels}


def _records(table: pd.DataFrame) -> list[Any]:
    return table.to_dict("records")
