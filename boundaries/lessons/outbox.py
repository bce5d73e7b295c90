"""What the class server has said of a student's judgments, kept in the student's own file.

Not a yes or no for each: the answer, by its digest and revision, that the server has acknowledged, so that one that
changes while it is on its way counts as not yet sent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment, Key
from boundaries.answers.store import Store
from boundaries.answers.tables import TOKENS, insert_into
from boundaries.content import Item

DELIVERIES = sa.Table(  # only in a student's own file, made when something was delivered
    "deliveries",
    sa.MetaData(),
    sa.Column("server", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, primary_key=True)
        for name in ("session", "participant", "item", "wording", "phase")
    ),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
_STATUSES = ("stored", "superseded", "closed", "invalid", "full")
_PHASES = {
    "first": "first judgment",
    "discussed": "judgment after talking",
    "informed": "second judgment",
}


class Said(NamedTuple):
    """What the server said of one answer: `status` (stored, superseded, refused) and a sentence for the student."""

    revision: int
    digest: str
    status: str
    text: str


class Receipts:
    """The receipts of one student from one server (`url`). Raises StoreError where the file cannot be used."""

    def __init__(self, store: Store, url: str) -> None:
        self._store, self._url = store, url
        self._said: dict[Key, Said] = {}
        with store.reading() as connection:
            if sa.inspect(connection).has_table(DELIVERIES.name):
                found = connection.execute(sa.select(DELIVERIES).where(DELIVERIES.c.server == url))
                self._said = {
                    (row[1], row[2], row[3], row[4], row[5]): Said(*row[6:]) for row in found
                }

    def of(self, row: Judgment) -> Said | None:
        """What the server said of just this answer; None as long as it has said nothing."""
        said = self._said.get(row.key)
        return said if said and (said.revision, said.digest) == (row.revision, row.digest) else None

    def refuse(self, row: Judgment, why: str) -> None:
        """Keeps, until the lesson is opened again, that the server did not take this answer."""
        text = f"The class server did not take your {_PHASES[row.phase]}: {' '.join(why.split())[:300]}"
        self._said[row.key] = Said(row.revision, row.digest, "refused", text)

    def keep(self, rows: list[tuple[Judgment, Item]], receipts: list[Any]) -> bool:
        """Keeps what these receipts say of these judgments; False, and nothing kept, if they are of others."""
        if len(rows) != len(receipts) or not all(
            _fits(row, r) for (row, _), r in zip(rows, receipts, strict=True)
        ):
            return False
        kept: dict[Key, Said] = {}
        refused = []
        for (row, item), receipt in zip(rows, receipts, strict=True):
            if receipt["status"] in ("stored", "superseded"):
                text = (
                    "" if receipt["status"] == "stored" else _instead(row, item, receipt["rating"])
                )
                kept[row.key] = Said(row.revision, row.digest, receipt["status"], text)
            else:
                refused.append((row, str(receipt.get("text"))))
        if kept:
            self._write(kept, max(_revision(r) for r in receipts))
        self._said |= kept
        for row, why in refused:
            self.refuse(row, why)
        return True

    def _write(self, kept: dict[Key, Said], newest: int) -> None:
        names = [c.name for c in DELIVERIES.c]
        values = [
            dict(zip(names, (self._url, *key, *said), strict=True)) for key, said in kept.items()
        ]
        with self._store.writing() as connection:
            DELIVERIES.create(connection, checkfirst=True)
            insert = insert_into(connection, DELIVERIES)
            new = {c.name: insert.excluded[c.name] for c in DELIVERIES.c if not c.primary_key}
            keys = [c.name for c in DELIVERIES.primary_key]
            connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=new), values)
            # What is judged from now on is newer than what the server holds, from a phone with this token too.
            session = TOKENS.c.session == next(iter(kept))[0]
            connection.execute(
                sa.update(TOKENS).where(session, TOKENS.c.revision < newest).values(revision=newest)
            )


def _fits(row: Judgment, receipt: object) -> bool:
    """Whether a receipt is one of this judgment; one that says "stored" must name the same answer."""
    if not isinstance(receipt, dict) or receipt.get("status") not in _STATUSES:
        return False
    if (receipt.get("vignette"), receipt.get("phase")) != (row.item, row.phase):
        return False
    there = (receipt.get("rating"), receipt.get("confidence"))
    return receipt["status"] != "stored" or repr(there) == repr(
        (row.rating, row.confidence)
    )  # True is not 1 here


def _revision(receipt: dict[str, Any]) -> int:
    found = receipt.get("revision")
    return found if type(found) is int and 0 <= found < 2**30 else 0


def _instead(row: Judgment, item: Item, rating: object) -> str:
    labels = {repr(p.value): f"“{p.label}”" for p in item.scale} | {
        "None": "that you would rather not judge"
    }
    held = labels.get(repr(rating), "not to be read here")
    return (
        f"The class server holds another {_PHASES[row.phase]} of yours, which counts there: {held}."
    )
