"""The reasons of a round that was revealed: the host reads them, and ticks which the class may see.

Only in a hall whose forms said so from its beginning: in every other, those who wrote them were
told that no reason is ever shown."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from boundaries.answers.judgments import reason_id
from boundaries.answers.tables import JUDGMENTS
from boundaries.content import Item
from boundaries.errors import ContentError, Refused
from boundaries.lectures.rounds.records import set_setting, settings_of
from boundaries.lectures.rounds.standing import Hall, turn_of

# Texts by their `reason_id`.
Reasons = dict[str, str]


def reasons_of(
    connection: sa.Connection, hall: Hall, item: Item, phase: str, minimum: int
) -> Reasons:
    """The reasons of a round, shuffled; none where fewer than `minimum` people gave one, or fewer
    than so many say different things. Raises Refused where they are not to be read."""
    if not hall.reasons:
        raise Refused(
            "This lecture was begun without showing reasons, and its form promises that none is "
            "shown. Begin another lecture with reasons."
        )
    if phase not in turn_of(connection, hall, item.id).progress.revealed:
        raise Refused(f"The round '{phase}' of '{item.id}' was not revealed yet. Show it first.")
    table = JUDGMENTS.c
    query = sa.select(table.reason).where(
        table.session == hall.session,
        table.item == item.id,
        table.wording == item.wording,
        table.phase == phase,
    )
    texts = [" ".join(text.split()) for text in connection.execute(query).scalars()]
    reasons = {reason_id(text): text for text in texts if text}
    if len(reasons) < minimum:
        return {}
    # By hashes of their words: as good as shuffled, and the same each time that they are asked for.
    return dict(sorted(reasons.items()))


def tick(
    connection: sa.Connection,
    hall: Hall,
    item: Item,
    phase: str,
    ids: Collection[str],
    minimum: int,
) -> None:
    """Keeps which reasons of a round the class may see; none takes them back."""
    reasons = reasons_of(connection, hall, item, phase, minimum)
    if any(id not in reasons for id in ids):
        raise ContentError(
            "Not all of these are reasons of this round. Read them again, then tick."
        )
    if 0 < len(set(ids)) < minimum:
        raise Refused(
            f"{len(set(ids))} reasons are ticked. The class sees {minimum} or more, or none: "
            "fewer could point to those who wrote them."
        )
    set_setting(connection, hall.code, ticked_name(item.id, phase), sorted(set(ids)))


def ticked(
    connection: sa.Connection, hall: Hall, item: Item, minimum: int
) -> dict[str, tuple[str, ...]]:
    """The texts that the host has ticked and that are still there, by phase."""
    shown: dict[str, tuple[str, ...]] = {}
    settings = settings_of(connection, hall.code)
    for phase in turn_of(connection, hall, item.id).progress.revealed:
        ids = settings.get(ticked_name(item.id, phase), [])
        if not ids:
            continue
        reasons = reasons_of(connection, hall, item, phase, minimum)
        texts = tuple(reasons[id] for id in ids if id in reasons)
        # Somebody may have had their answers removed since.
        if len(texts) >= minimum:
            shown[phase] = texts
    return shown


def ticked_name(item: str, phase: str) -> str:
    """The name of the setting that holds the ids of the ticked reasons."""
    return f"reasons {item} {phase}"
