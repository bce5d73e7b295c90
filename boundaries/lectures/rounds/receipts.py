"""What a phone wishes to have stored, and the receipt it gets: decided for many at once, in one
transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment, Key, checked, level_of, merge, participant_of
from boundaries.answers.queries import ARRIVING, MERGED, upsert
from boundaries.answers.tables import JUDGMENTS
from boundaries.content import Content, Item
from boundaries.content.base32 import join_code
from boundaries.errors import ContentError, JudgmentError
from boundaries.lectures.rounds import homework, records
from boundaries.lectures.rounds.joining import Newcomers, token_fits
from boundaries.lectures.rounds.records import CASES
from boundaries.lectures.rounds.stages import phase_of
from boundaries.lectures.rounds.standing import UNKNOWN, Hall, find

CLOSED = "This round is closed. Your judgment did not arrive in time and was not stored."
ENDED = "This session has ended and takes no more judgments. Yours was not stored."
ALONE_FIRST = "'{}' has no first judgment of yours yet, so this second one was not stored. Judge it alone first."
USED_UP = "The revisions of this token are used up. Reload the page."
_LAST_REVISION = 2**31 - 1  # what the column holds on PostgreSQL
# Which row stays, as the upsert decides it; `_wins` below is its twin in Python.
_WINS = {
    "lecture": ARRIVING.c.revision > JUDGMENTS.c.revision,
    # A phone with a carried token counts its revisions anew: of two first judgments the one that came stays.
    "homework": sa.and_(JUDGMENTS.c.phase != sa.literal_column("'first'"), MERGED),
}


_LEVELS = sa.select(CASES.c.item, CASES.c.level).where(CASES.c.code == sa.bindparam("code"))


@dataclass(frozen=True)
class Wish:
    """A judgment as it arrives; without `revision` it is the participant's next. A wrong `wording`
    or `level` is refused, for then the phone showed another text."""

    code: str
    token: str
    vignette: str
    phase: str
    rating: int | None
    confidence: int | None
    reason: str
    revision: int | None = None
    wording: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a wish: `status` is stored, superseded, closed, full or invalid; `text` says it.

    Rating, confidence and revision are those that the database holds now of this participant in
    this round (revision None: nothing)."""

    vignette: str
    phase: str
    status: str
    text: str
    rating: int | None = None
    confidence: int | None = None
    revision: int | None = None


@dataclass(frozen=True)
class _Round:
    """A hall as a wish meets it, with the level of each of its cases."""

    hall: Hall
    levels: Mapping[str, str]

    def takes(self, row: Judgment) -> bool:
        """Whether this judgment belongs to the round that is open."""
        if self.hall.mode == "homework":
            return self.hall.stage != "over"
        return self.hall.vignette == row.item and phase_of(self.hall.stage) == row.phase


@dataclass
class _Entry:
    """A wish that is a judgment of its item; `next` where its revision is still to be found."""

    round: _Round
    item: Item
    row: Judgment
    next: bool

    @property
    def person(self) -> records.Person:
        """Who takes a place in the hall."""
        return self.round.hall.code, self.row.participant

    @property
    def key_alone(self) -> Key:
        """The key of the same participant's first judgment of this item."""
        return replace(self.row, phase="first").key

    @property
    def participant(self) -> records.Person:
        """Whose revisions are counted."""
        return self.row.session, self.row.participant


def record(connection: sa.Connection, wishes: Sequence[Wish], content: Content) -> list[Receipt]:
    """Stores what may be stored of `wishes`, one after another, and gives a receipt for each, in order."""
    rounds = _rounds(
        connection, {join_code(w.code) for w in wishes if isinstance(w.code, str)} - {""}
    )
    entries = [_entry(wish, rounds, content) for wish in wishes]
    # What the store holds is read once for all of them: a hall sends some hundred at a time.
    batch = _Batch(connection, [entry for entry in entries if isinstance(entry, _Entry)])
    outcomes: list[_Entry | Receipt] = []
    for entry in entries:
        outcomes.append(entry if isinstance(entry, Receipt) else batch.decide(entry))
    stored = batch.write()
    receipts = []
    for outcome in outcomes:
        if isinstance(outcome, _Entry):
            outcome = _receipt(outcome, stored[outcome.row.key])
        receipts.append(outcome)
    return receipts


def _rounds(connection: sa.Connection, codes: Collection[str]) -> dict[str, _Round]:
    # In one order for all processes, or two may each wait for the other's lock.
    for code in sorted(codes):
        records.lock_hall(connection, code, shared=True)
    rounds = {}
    for code in codes:
        hall = find(connection, code)
        if hall is not None:
            levels = {row.item: row.level for row in connection.execute(_LEVELS, {"code": code})}
            rounds[code] = _Round(hall, levels)
    return rounds


def _entry(wish: Wish, rounds: Mapping[str, _Round], content: Content) -> _Entry | Receipt:
    """The wish as a row of the store, or the receipt that says why it is none."""
    try:
        current = rounds.get(join_code(wish.code)) if isinstance(wish.code, str) else None
        if current is None:
            raise JudgmentError(UNKNOWN)
        return _fitting(wish, current, content)
    except (JudgmentError, ContentError) as error:
        return Receipt(wish.vignette, wish.phase, "invalid", str(error))


def _fitting(wish: Wish, current: _Round, content: Content) -> _Entry:
    if not token_fits(wish.token):
        raise JudgmentError(
            "The token is not one: it is 32 hex digits. Reload the page to get another."
        )
    if not isinstance(wish.vignette, str) or wish.vignette not in current.levels:
        raise JudgmentError(f"{wish.vignette!r} is not a case of this lecture. Reload the page.")
    item = content.item(wish.vignette)
    hall = current.hall
    participant = participant_of(hall.session, wish.token)
    level = current.levels[item.id]
    if level == "split" or hall.mode == "homework":
        level = level_of(participant, item)
    if wish.level is not None and wish.level != level:
        raise JudgmentError(
            f"This judgment of '{item.id}' is of the level {wish.level!r}; the case now stands at '{level}'. "
            "Read the case again and judge it as it stands."
        )
    if hall.mode == "homework" and wish.phase not in homework.PHASES:
        raise JudgmentError(
            f"{wish.phase!r} is not a phase of homework. "
            f"Choose one of: {', '.join(homework.PHASES)}."
        )
    revision = 0 if wish.revision is None else wish.revision
    answer = (wish.phase, level, wish.rating, wish.confidence, wish.reason, revision)
    row = Judgment.of(item, (hall.session, participant), *answer)
    if wish.wording is not None:
        row = replace(row, wording=wish.wording)
    return _Entry(current, item, checked(item, row), next=wish.revision is None)


class _Batch:
    """The entries of one transaction, decided one after another as if each came alone, and written
    together."""

    def __init__(self, connection: sa.Connection, entries: Sequence[_Entry]) -> None:
        self._connection = connection
        places = {entry.round.hall.code: entry.round.hall.places for entry in entries}
        self._newcomers = Newcomers(connection, {entry.person for entry in entries}, places)
        # What the store holds of these keys, kept up to date with what is decided.
        keys = {entry.row.key for entry in entries}
        keys |= {entry.key_alone for entry in entries if entry.round.hall.mode == "homework"}
        self._stored = records.rows_of(connection, keys)
        counting = {entry.participant for entry in entries if entry.next}
        self._revisions = records.revisions(connection, counting)
        self._changed: dict[str, dict[Key, Judgment]] = {mode: {} for mode in _WINS}

    def decide(self, entry: _Entry) -> _Entry | Receipt:
        """What becomes of one entry after those before it."""
        row, before = entry.row, self._stored.get(entry.row.key)
        again = before is not None and before.digest == row.digest
        if not entry.round.takes(row):
            # A phone that lost the receipt sends again, perhaps after the round: it is stored all the same.
            return entry if again else _closed(entry, before)
        if again and entry.next:
            return entry
        is_homework = entry.round.hall.mode == "homework"
        if is_homework and row.phase != "first" and entry.key_alone not in self._stored:
            return Receipt(row.item, row.phase, "invalid", ALONE_FIRST.format(row.item))
        if not self._newcomers.fits(entry.person):
            sentence = f"{entry.round.hall.full} Your judgment was not stored."
            return Receipt(row.item, row.phase, "full", sentence)
        latest = self._revisions.get(entry.participant, 0)
        if entry.next:
            row = entry.row = replace(row, revision=latest + 1)
            if row.revision > _LAST_REVISION:
                return Receipt(row.item, row.phase, "invalid", USED_UP)
        self._revisions[entry.participant] = max(latest, row.revision)
        if _wins(row, before, entry.round.hall.mode):
            self._stored[row.key] = row
            self._changed[entry.round.hall.mode][row.key] = row
        return entry

    def write(self) -> dict[Key, Judgment]:
        """Writes what was decided; what the store then holds of each key."""
        for mode, wins in _WINS.items():
            upsert(self._connection, self._changed[mode].values(), wins)
        self._newcomers.write()
        written = set[Key]().union(*self._changed.values())
        # Another process may have been there first, so the receipts speak of what is really there.
        self._stored |= records.rows_of(self._connection, written)
        return self._stored


def _wins(row: Judgment, before: Judgment | None, mode: str) -> bool:
    if before is None:
        return True
    if mode == "lecture":
        return row.revision > before.revision
    return row.phase != "first" and merge(row, before) is row


def _closed(entry: _Entry, before: Judgment | None) -> Receipt:
    row = entry.row
    sentence = ENDED if entry.round.hall.mode == "homework" else CLOSED
    if before is None:
        return Receipt(row.item, row.phase, "closed", sentence)
    text = f"{sentence} The one before it stays stored: {_answer(entry.item, before)}."
    return _of(before, "closed", text)


def _receipt(entry: _Entry, stored: Judgment) -> Receipt:
    if stored.digest == entry.row.digest:
        return _of(stored, "stored", "Sent and stored.")
    answer = _answer(entry.item, stored)
    text = f"Another judgment under your code was stored instead: {answer}."
    return _of(stored, "superseded", text)


def _of(row: Judgment, status: str, text: str) -> Receipt:
    return Receipt(row.item, row.phase, status, text, row.rating, row.confidence, row.revision)


def _answer(item: Item, row: Judgment) -> str:
    """A judgment in words."""
    if row.rating is None:
        return "you would rather not judge this one"
    labels = {point.value: point.label for point in item.scale}
    return f"{row.rating} ({labels[row.rating]})"
