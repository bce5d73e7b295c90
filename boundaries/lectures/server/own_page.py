"""What one student's page of a homework is told: the cases, own judgments, and, when they may be
read, what the codes say and what the class chose."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from boundaries.answers.codes import code_of
from boundaries.answers.judgments import MAX_REASON, Judgment, level_of, own_pair
from boundaries.content import Content, Item
from boundaries.content import display as shown
from boundaries.content.sessions import AFTER_EACH, codes_open
from boundaries.errors import ContentError, NotYetJudged, Refused
from boundaries.lectures.rounds.halls import Hall, Halls
from boundaries.lectures.rounds.homework import (
    begun_and_finished,
    judged_before,
    lessons_of,
    locked_ids,
    participant_in,
    readable,
)
from boundaries.lectures.server import shapes
from boundaries.lectures.server.replies import to_json
from boundaries.lectures.server.reveal import reveal_state

_HINT = (
    "Kept with your judgment on the class server, whose keeper can read it. "
    "Leave out what could identify anyone."
)
_CLOSED = (
    "What the codes say of this case opens when you have judged {} alone. "
    "Judge first, then read on."
)
_NO_CLASS = (
    "Your class is shown when your lecturer ends this homework, to those who judged every case."
)


class OwnPages:
    """What the pages of all students ask, of one server process. May be used from any thread.

    What many students see alike is made once and kept: the readings of a case at a level, and the
    class when a homework has ended, for it never changes then.

    Raises NotFound, Refused for a lecture, CodeError for no token."""

    def __init__(self, halls: Halls, content: Content) -> None:
        self._halls, self._content = halls, content
        self._kept: dict[tuple[str, ...], bytes] = {}
        self._making = threading.Lock()

    def page(self, code: str, token: str) -> shapes.OwnPage:
        """The cases in a participant's own order, each at their level, with what they have judged.

        Nothing of a code is in it."""
        hall = self._halls.hall(code)
        participant = participant_in(hall, token)
        by_type = lessons_of(hall, participant, self._content)
        rows, consent, _ = self._halls.store.look(hall.session, participant)
        judgments = self._asked_now(hall, rows)
        locked = {row["vignette"] for row in judgments if row["phase"] == "first"}
        listed = []
        for type, items in by_type.items():
            listed.append(_lesson(type, items, participant, self._content))
        return {
            "backup": code_of(token),
            "title": hall.title,
            "session": hall.session,
            "codes_open": codes_open(hall.session),
            "closes": _closes(hall),
            "over": hall.stage == "over",
            "form": shown.asking(self._content, _HINT, MAX_REASON),
            "lessons": listed,
            "judgments": judgments,
            "consent": consent,
            "readable": sorted(
                readable(hall, participant, by_type.values(), locked, self._content)
            ),
            "minimum": self._content.course.minimum_group,
        }

    def readings(self, code: str, token: str, id: str) -> bytes:
        """`shapes.CaseReadings` of one case at the participant's level, in JSON.

        Raises NotYetJudged until this participant has judged what must be judged alone before it."""
        hall, participant, item = self._asked(code, token, id)
        lesson = lessons_of(hall, participant, self._content)[item.type]
        locked = self._locked(participant, lesson)
        before = judged_before(hall, participant, id, lesson, self._content)
        if not before <= locked:
            which = "it"
            if id in locked:
                which = f"all {len(before)} cases of its lesson"
                if codes_open(hall.session) == AFTER_EACH:
                    which = "the case beside it"
            raise NotYetJudged(_CLOSED.format(which))
        level = level_of(participant, item)
        return self._once(("readings", id, level), lambda: shown.opened(item, level, self._content))

    def class_shown(self, code: str, token: str, id: str) -> bytes:
        """`shapes.Reveal` of one case, small groups withheld, as it was when the homework ended.

        Raises Refused before that, NotYetJudged for somebody who has not judged every case."""
        hall, participant, item = self._asked(code, token, id)
        if hall.stage != "over":
            raise Refused(_NO_CLASS)
        items = [self._content.item(each) for each in hall.vignettes]
        if len(self._locked(participant, items)) < len(items):
            raise NotYetJudged(_NO_CLASS)

        return self._class_of(hall, item)

    def standing(self, code: str) -> shapes.Standing:
        """What the host's page is told: how many have begun and finished; the class once it is over."""
        hall = self._halls.hall(code)
        if hall.mode != "homework":
            raise Refused("This is a lecture. Its page says how many have joined and judged.")
        items = [self._content.item(id) for id in hall.vignettes]
        with self._halls.store.reading() as connection:
            began, finished = begun_and_finished(connection, hall.session, items)
        classes = []
        if hall.stage == "over":
            classes = [json.loads(self._class_of(hall, item)) for item in items]
        over, closes = hall.stage == "over", _closes(hall)
        return {
            "began": began,
            "finished": finished,
            "closes": closes,
            "over": over,
            "classes": classes,
        }

    def _class_of(self, hall: Hall, item: Item) -> bytes:
        def make() -> shapes.Reveal:
            return reveal_state(hall, self._halls.turn(hall.code, item.id), self._content)

        return self._once(("class", hall.code, item.id), make)

    def _asked(self, code: str, token: str, id: str) -> tuple[Hall, str, Item]:
        hall = self._halls.hall(code)
        participant = participant_in(hall, token)
        if id not in hall.vignettes:
            raise ContentError(f"{id!r} is not a case of this homework. Reload the page.")
        return hall, participant, self._content.item(id)

    def _locked(self, participant: str, items: Sequence[Item]) -> set[str]:
        with self._halls.store.reading() as connection:
            return locked_ids(connection, participant, items)

    def _asked_now(self, hall: Hall, rows: Sequence[Judgment]) -> list[dict[str, Any]]:
        """A participant's judgments of these cases, as they are worded now."""
        wordings = {id: self._content.item(id).wording for id in hall.vignettes}
        judgments = []
        for row in rows:
            if wordings.get(row.item) == row.wording:
                judgments.append(_own(row))
        return judgments

    def _once(self, key: tuple[str, ...], make: Callable[[], object]) -> bytes:
        # One at a time: when a homework ends, a whole class asks for the same pictures at once.
        with self._making:
            if key not in self._kept:
                self._kept[key] = to_json(make())
            return self._kept[key]


def _closes(hall: Hall) -> str:
    if hall.closes is None:
        return ""
    return datetime.fromtimestamp(hall.closes, UTC).isoformat()


def _own(row: Judgment) -> dict[str, Any]:
    return {
        "vignette": row.item,
        "phase": row.phase,
        "rating": row.rating,
        "confidence": row.confidence,
        "reason": row.reason,
        "revision": row.revision,
    }


def _lesson(type: str, items: Sequence[Item], participant: str, content: Content) -> dict[str, Any]:
    cases = [shown.asked(item, level_of(participant, item)) for item in items]
    beside = shown.side_by_side(own_pair(participant, type, items, content), content)
    return {"type": type, "title": content.title_of(type), "cases": cases, **beside}
