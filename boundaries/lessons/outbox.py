"""What the class server has said of a student's judgments, kept in the student's own file.

Not a yes or no for each: the answer, by its digest and revision, that the server has acknowledged,
so that one that changes while it is on its way counts as not yet sent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment, Key
from boundaries.answers.queries import put_rows
from boundaries.answers.store import Store
from boundaries.answers.tables import TOKENS
from boundaries.content import Item
from boundaries.content.display import PHASE_WORDS

_KEY = ("session", "participant", "item", "wording", "phase")

DELIVERIES = sa.Table(  # only in a student's own file, made when something was delivered
    "deliveries",
    sa.MetaData(),
    sa.Column("server", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text, primary_key=True) for name in _KEY),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
_STATUSES = ("stored", "superseded", "closed", "invalid", "full")


class Acknowledged(NamedTuple):
    """What the server said of one answer: `status` (stored, superseded, refused) and a sentence."""

    revision: int
    digest: str
    status: str
    text: str


class Acknowledgements:
    """The receipts of one student from one server (`url`).

    Raises StoreError where the file cannot be used.
    """

    def __init__(self, store: Store, url: str) -> None:
        self._store, self._url = store, url
        self._acknowledged: dict[Key, Acknowledged] = {}
        with store.reading() as connection:
            if not sa.inspect(connection).has_table(DELIVERIES.name):
                return
            mine = sa.select(DELIVERIES).where(DELIVERIES.c.server == url)
            for row in connection.execute(mine):
                key = (row.session, row.participant, row.item, row.wording, row.phase)
                answer = Acknowledged(row.revision, row.digest, row.status, row.text)
                self._acknowledged[key] = answer

    def of(self, row: Judgment) -> Acknowledged | None:
        """What the server said of just this answer; None as long as it has said nothing."""
        answer = self._acknowledged.get(row.key)
        if answer is None or (answer.revision, answer.digest) != (row.revision, row.digest):
            return None
        return answer

    def refuse(self, row: Judgment, why: str) -> None:
        """Keeps, until the lesson is opened again, that the server did not take this answer."""
        reason = " ".join(why.split())[:300]
        text = f"The class server did not take your {PHASE_WORDS[row.phase]}: {reason}"
        self._acknowledged[row.key] = Acknowledged(row.revision, row.digest, "refused", text)

    def keep(self, rows: list[tuple[Judgment, Item]], receipts: list[Any]) -> bool:
        """Keeps what these receipts say of these judgments, one each, in their order.

        False, and nothing kept, if they are of other judgments.
        """
        if len(rows) != len(receipts):
            return False
        for (row, _), receipt in zip(rows, receipts, strict=True):
            if not _fits(row, receipt):
                return False
        taken: dict[Key, Acknowledged] = {}
        refused = []
        for (row, item), receipt in zip(rows, receipts, strict=True):
            status = receipt["status"]
            if status == "stored":
                taken[row.key] = Acknowledged(row.revision, row.digest, status, "")
            elif status == "superseded":
                text = _instead(row, item, receipt.get("rating"))
                taken[row.key] = Acknowledged(row.revision, row.digest, status, text)
            else:
                refused.append((row, str(receipt.get("text"))))
        if taken:
            self._write(taken, max(_revision(receipt) for receipt in receipts))
        self._acknowledged |= taken
        for row, why in refused:
            self.refuse(row, why)
        return True

    def _write(self, taken: dict[Key, Acknowledged], newest: int) -> None:
        names = DELIVERIES.c.keys()
        values = []
        for key, answer in taken.items():
            values.append(dict(zip(names, (self._url, *key, *answer), strict=True)))
        session = next(iter(taken))[0]
        with self._store.writing() as connection:
            DELIVERIES.create(connection, checkfirst=True)
            put_rows(connection, DELIVERIES, values, renewed=Acknowledged._fields)
            # What is judged from now on is newer than what the server holds, also of what came
            # there from a phone with this token.
            older = (TOKENS.c.session == session) & (TOKENS.c.revision < newest)
            connection.execute(sa.update(TOKENS).where(older).values(revision=newest))


def _fits(row: Judgment, receipt: object) -> bool:
    """Whether a receipt is of this judgment; if it says "stored", of this very answer."""
    if not isinstance(receipt, dict) or receipt.get("status") not in _STATUSES:
        return False
    if (receipt.get("vignette"), receipt.get("phase")) != (row.item, row.phase):
        return False
    if receipt["status"] != "stored":
        return True
    answer = (receipt.get("rating"), receipt.get("confidence"))
    return repr(answer) == repr((row.rating, row.confidence))  # repr: True is not 1 here


def _revision(receipt: dict[str, Any]) -> int:
    # A server gone wrong must not push our own counter to its end.
    revision = receipt.get("revision")
    return revision if type(revision) is int and 0 <= revision < 2**30 else 0


def _instead(row: Judgment, item: Item, rating: object) -> str:
    """The sentence that names the judgment which counts on the server in this one's place."""
    labels = {"None": "that you would rather not judge"}
    for point in item.scale:
        labels[repr(point.value)] = f"“{point.label}”"
    held = labels.get(repr(rating), "not to be read here")
    return f"The class server holds another {PHASE_WORDS[row.phase]} of yours, which counts there: {held}."
