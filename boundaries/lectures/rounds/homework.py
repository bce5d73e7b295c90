"""Homework, which everybody does at their own pace: when the codes open for one of them, what is
in time, and how it ends.

Its cases are judged lesson by lesson: those of one type are a lesson, as in the notebooks. The way
in which the codes open is part of the session's id; see `sessions.codes_open`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from boundaries.answers.completion import completion_code, keep_completion
from boundaries.answers.judgments import in_own_order, own_pair, participant_of
from boundaries.answers.queries import insert_into
from boundaries.answers.tables import CONSENTS, JUDGMENTS
from boundaries.content import Content, Item
from boundaries.content.sessions import AFTER_EACH, codes_open
from boundaries.errors import CodeError, NotYetJudged, Refused
from boundaries.lectures.rounds import records
from boundaries.lectures.rounds.joining import token_fits
from boundaries.lectures.rounds.standing import (
    COMPLETION_KEY,
    Hall,
    hall_of,
    set_hall,
    set_turn,
    turn_of,
)

# What is judged in homework.
PHASES = ("first", "informed")

# Seconds after the deadline in which work still counts as in time. It may have been judged before,
# on a phone without a network, and no phone's clock is believed.
GRACE = 24 * 3600.0


def lessons_of(hall: Hall, participant: str, content: Content) -> dict[str, list[Item]]:
    """The cases of a session by type, each type's in this participant's own order; two that are
    compared come first, as in the notebooks."""
    by_type: dict[str, list[Item]] = {}
    for id in hall.vignettes:
        item = content.item(id)
        by_type.setdefault(item.type, []).append(item)
    lessons = {}
    for type, items in by_type.items():
        pair = own_pair(participant, type, items, content)
        others = [item for item in items if item not in pair]
        lessons[type] = [*pair, *in_own_order(participant, others)]
    return lessons


def judged_before(
    hall: Hall, participant: str, id: str, items: Sequence[Item], content: Content
) -> set[str]:
    """The ids of those items of a lesson that a participant judges alone before the readings of one
    of them open."""
    if codes_open(hall.session) != AFTER_EACH:
        return {item.id for item in items}
    pair = {item.id for item in own_pair(participant, items[0].type, items, content)}
    if id in pair:  # a reading of the one says what to look for in the other
        return pair
    return {id}


def readable(
    hall: Hall,
    participant: str,
    lessons: Iterable[Sequence[Item]],
    locked: Collection[str],
    content: Content,
) -> set[str]:
    """The ids of the cases whose readings may be shown to a participant who has `locked` these."""
    ids = set()
    for items in lessons:
        for item in items:
            if judged_before(hall, participant, item.id, items, content) <= set(locked):
                ids.add(item.id)
    return ids


def locked_ids(connection: sa.Connection, participant: str, items: Iterable[Item]) -> set[str]:
    """Which of these items the participant has judged alone, as they are worded now."""
    wordings = {item.id: item.wording for item in items}
    query = sa.select(JUDGMENTS.c.item, JUDGMENTS.c.wording).where(
        JUDGMENTS.c.participant == participant, JUDGMENTS.c.phase == "first"
    )
    return {id for id, wording in connection.execute(query) if wordings.get(id) == wording}


def begun_and_finished(
    connection: sa.Connection, session: str, items: Iterable[Item]
) -> tuple[int, int]:
    """How many have judged or skipped one of these items alone, and how many of them all."""
    columns = JUDGMENTS.c
    asked = [sa.and_(columns.item == item.id, columns.wording == item.wording) for item in items]
    query = sa.select(sa.func.count()).where(columns.session == session, columns.phase == "first")
    numbers = connection.execute(query.where(sa.or_(*asked)).group_by(columns.participant))
    judged = list(numbers.scalars())
    return len(judged), judged.count(len(asked))


def participant_in(hall: Hall, token: str) -> str:
    """Who a token stands for in a homework. Raises Refused for a lecture, CodeError for no token."""
    if hall.mode != "homework":
        raise Refused("This is a lecture, which its host leads. Open its page and follow it.")
    if not token_fits(token):
        raise CodeError("The token is not one: it is 32 hex digits. Reload the page.")
    return participant_of(hall.session, token)


def keep_consent(connection: sa.Connection, *, code: str, token: str, consent: bool) -> bool:
    """Keeps a participant's answer on research; the last one counts, also against a file that was
    saved before it and is collected after it."""
    hall = hall_of(connection, code)
    participant = participant_in(hall, token)
    person = (hall.session, participant)
    # A file has the consent of its newest judgment: this answer came after all that is here.
    revision = records.revisions(connection, {person}).get(person, 0)
    insert = insert_into(connection, CONSENTS).values(
        session=hall.session, participant=participant, consent=consent, revision=revision
    )
    newest = sa.case((CONSENTS.c.revision > revision, CONSENTS.c.revision), else_=revision)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["session", "participant"],
            set_={"consent": consent, "revision": newest},
        )
    )
    return consent


def complete(
    connection: sa.Connection, *, code: str, token: str, content: Content
) -> tuple[str, bool]:
    """The completion code of somebody who has judged every case, always the same, and whether it came
    late. Raises NotYetJudged where a case is left."""
    hall = hall_of(connection, code)
    participant = participant_in(hall, token)
    items = [content.item(id) for id in hall.vignettes]
    left = len(items) - len(locked_ids(connection, participant, items))
    if left:
        # Of half the cases there is no code: how many somebody judged could tell who they are.
        raise NotYetJudged(
            f"{left} of the {len(items)} cases are not judged yet. "
            "The completion code comes when all are judged or skipped."
        )
    key = records.settings_of(connection, hall.code).get(COMPLETION_KEY)
    if key is None:  # a session from before there were such codes
        key = secrets.token_hex(16)
        records.set_setting(connection, hall.code, COMPLETION_KEY, key)
    completion = completion_code(key, token)
    late = keep_completion(connection, hall.session, completion, late=_is_late(connection, hall))
    return completion, late


def _is_late(connection: sa.Connection, hall: Hall) -> bool:
    if hall.closes is None:
        return False
    now: float = connection.execute(sa.select(records.now())).scalar_one()
    return now > hall.closes + GRACE


def end(connection: sa.Connection, hall: Hall) -> None:
    """Ends a homework: it takes nothing more, and its counts stay as they are for ever, in whatever
    way they are asked for; see `answers.endings`."""
    if hall.mode != "homework":
        raise Refused("This is a lecture: it ends with the stage 'over'. Go there instead.")
    if hall.stage == "over":
        return
    phases = " ".join(PHASES)
    for id in hall.vignettes:
        turn = turn_of(connection, hall, id)
        counts = {
            "ratings": records.ratings_of_item(connection, hall.session, id),
            "moves": records.moves_of_item(connection, hall.session, id),
        }
        levels = {row[2] for row in counts["ratings"]}
        level = turn.level if levels <= {turn.level} else "split"
        set_turn(
            connection,
            hall.code,
            id,
            level=level,
            opened=phases,
            revealed=phases,
            frozen=json.dumps(counts),
        )
    set_hall(connection, hall.code, stage="over")
