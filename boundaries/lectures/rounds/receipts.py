"""What a phone wishes to have stored, and the receipt it gets: decided for many at once, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment, Key, checked, level_of, merge, participant_of
from boundaries.answers.tables import MERGED, upsert
from boundaries.content import Content, Item
from boundaries.content.base32 import join_code, number_of
from boundaries.errors import ContentError, JudgmentError
from boundaries.lectures.rounds import records
from boundaries.lectures.rounds.stages import phase_of

MOST = 5_000
"""How many participants a lecture takes."""

CLOSED = "This round is closed. Your judgment did not arrive in time and was not stored."
FULL = f"This lecture has {MOST:,} participants, and takes no more. Your judgment was not stored."
UNKNOWN = "There is no lecture of this code. Compare it with the code on the screen."
_HOMEWORK = ("first", "informed")
_WINS = {
    "lecture": "excluded.revision > judgments.revision",
    # A phone with a carried token counts its revisions anew: of two first judgments the one that came stays.
    "homework": f"judgments.phase <> 'first' AND {MERGED}",
}


@dataclass(frozen=True)
class Wish:
    """A judgment as it arrives; without `revision` it is the participant's next. A wrong `wording` or `level` is
    refused, for then the phone showed another text.
    """

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

    Rating, confidence and revision are those that the database holds now of this participant in this round
    (revision None: nothing).
    """

    vignette: str
    phase: str
    status: str
    text: str
    rating: int | None = None
    confidence: int | None = None
    revision: int | None = None


@dataclass(frozen=True)
class _Place:
    """A lecture as a wish meets it."""

    code: str
    session: str
    mode: str
    vignette: str
    stage: str
    levels: Mapping[str, str]

    def open(self, row: Judgment) -> bool:
        """Whether the round of this judgment is open."""
        return self.mode == "homework" or (
            self.vignette == row.item and phase_of(self.stage) == row.phase
        )


def token_fits(token: object) -> bool:
    """Whether this is a token: 32 hex digits."""
    return isinstance(token, str) and re.fullmatch("[0-9a-f]{32}", token) is not None


def record(connection: sa.Connection, wishes: Sequence[Wish], content: Content) -> list[Receipt]:
    """Stores what may be stored of `wishes`, one after another, and gives a receipt for each, in order."""
    codes = {join_code(w.code) for w in wishes if isinstance(w.code, str)} - {""}
    places = _places(connection, codes)
    asked = [_asked(wish, places, content) for wish in wishes]
    rows = [found for found in asked if isinstance(found, _Asked)]
    now = records.rows_of(connection, {a.row.key for a in rows}) if rows else {}
    news = _Newcomers(connection, rows)
    last = (
        records.revisions(connection, {a.row.key[:2] for a in rows if a.next})
        if any(a.next for a in rows)
        else {}
    )
    changed: dict[str, dict[Key, Judgment]] = {"lecture": {}, "homework": {}}
    said = [
        a if isinstance(a, Receipt) else _decide(a, now, news, last, changed[a.place.mode])
        for a in asked
    ]
    for mode, wins in _WINS.items():
        upsert(connection, changed[mode].values(), wins)
    records.add_members(connection, news.came)
    if written := {*changed["lecture"], *changed["homework"]}:
        now |= records.rows_of(connection, written)  # another process may have been there first
    return [s if isinstance(s, Receipt) else _receipt(s, now[s.row.key]) for s in said]


@dataclass
class _Asked:
    """A wish that is a judgment of its item; `next` where its revision is still to be found."""

    place: _Place
    item: Item
    row: Judgment
    next: bool


def _places(connection: sa.Connection, codes: Iterable[str]) -> dict[str, _Place]:
    for code in sorted(codes):
        records.lock(connection, number_of(code), shared=True)
    lectures, cases, codes = records.LECTURES, records.CASES, list(codes)
    fixed: dict[str, dict[str, str]] = {code: {} for code in codes}
    levels = sa.select(cases.c.code, cases.c.item, cases.c.level).where(cases.c.code.in_(codes))
    for code, item, level in connection.execute(levels):
        fixed[code][item] = level
    names = ("code", "session", "mode", "vignette", "stage")
    query = sa.select(*(lectures.c[name] for name in names)).where(lectures.c.code.in_(codes))
    return {
        code: _Place(code, session, mode, vignette, stage, fixed[code])
        for code, session, mode, vignette, stage in connection.execute(query)
    }


def _asked(wish: Wish, places: Mapping[str, _Place], content: Content) -> _Asked | Receipt:
    try:
        place = places.get(join_code(wish.code)) if isinstance(wish.code, str) else None
        if place is None:
            raise JudgmentError(UNKNOWN)
        return _fitting(wish, place, content)
    except (JudgmentError, ContentError) as error:
        return Receipt(wish.vignette, wish.phase, "invalid", str(error))


def _fitting(wish: Wish, place: _Place, content: Content) -> _Asked:
    if not token_fits(wish.token):
        raise JudgmentError(
            "The token is not one: it is 32 hex digits. Reload the page to get another."
        )
    if not isinstance(wish.vignette, str) or wish.vignette not in place.levels:
        raise JudgmentError(f"{wish.vignette!r} is not a case of this lecture. Reload the page.")
    item = content.item(wish.vignette)
    participant = participant_of(place.session, wish.token)
    own, fixed = level_of(participant, item), place.levels[item.id]
    level = own if fixed == "split" or place.mode == "homework" else fixed
    if wish.level is not None and wish.level != level:
        raise JudgmentError(
            f"This judgment of '{item.id}' is of the level {wish.level!r}; the case now stands at '{level}'. "
            "Read the case again and judge it as it stands."
        )
    if place.mode == "homework" and wish.phase not in _HOMEWORK:
        raise JudgmentError(
            f"{wish.phase!r} is not a phase of homework. Choose one of: {', '.join(_HOMEWORK)}."
        )
    wording = item.wording if wish.wording is None else wish.wording
    revision = 0 if wish.revision is None else wish.revision
    row = Judgment(
        place.session,
        participant,
        item.id,
        wording,
        wish.phase,
        level,
        wish.rating,
        wish.confidence,
        wish.reason,
        revision,
    )
    return _Asked(place, item, checked(item, row), wish.revision is None)


class _Newcomers:
    """Who of a batch has not joined before, and whether there is room."""

    def __init__(self, connection: sa.Connection, rows: Sequence[_Asked]) -> None:
        people = {(a.place.code, a.row.participant) for a in rows}
        self.came: set[tuple[str, str]] = set()
        self.new = people - records.members(connection, people) if people else set()
        self.room = room(connection, {code for code, _ in self.new})

    def fits(self, asked: _Asked) -> bool:
        """Whether this participant is in, or comes in now."""
        who = (asked.place.code, asked.row.participant)
        if who in self.new and who not in self.came:
            if self.room[who[0]] <= 0:
                return False
            self.room[who[0]] -= 1
            self.came.add(who)
        return True


def room(connection: sa.Connection, codes: Iterable[str]) -> dict[str, int]:
    """For how many more participants each of these lectures has room."""
    count = sa.select(sa.func.count()).select_from(records.JOINED)
    return {
        c: MOST - connection.execute(count.where(records.JOINED.c.code == c)).scalar_one()
        for c in codes
    }


def _decide(
    asked: _Asked,
    now: dict[Key, Judgment],
    news: _Newcomers,
    last: dict[tuple[str, str], int],
    changed: dict[Key, Judgment],
) -> _Asked | Receipt:
    """What becomes of one wish after those before it; `now` and `changed` are brought up to date."""
    row, lecture = asked.row, asked.place.mode == "lecture"
    old, who = now.get(row.key), (row.session, row.participant)
    same = old is not None and old.digest == row.digest
    if not asked.place.open(row):
        return asked if same else _closed(asked, old)
    if same and asked.next:
        return asked
    if not news.fits(asked):
        return Receipt(row.item, row.phase, "full", FULL)
    if asked.next:
        row = asked.row = replace(row, revision=last.get(who, 0) + 1)
        if row.revision >= 2**31:
            return Receipt(
                row.item,
                row.phase,
                "invalid",
                "The revisions of this token are used up. Reload the page.",
            )
    if who in last or asked.next:
        last[who] = max(last.get(who, 0), row.revision)
    if lecture:
        wins = old is None or row.revision > old.revision
    else:
        wins = old is None or (row.phase != "first" and merge(row, old) is row and row != old)
    if wins:
        now[row.key] = changed[row.key] = row
    return asked


def _closed(asked: _Asked, old: Judgment | None) -> Receipt:
    row = asked.row
    if old is None:
        return Receipt(row.item, row.phase, "closed", CLOSED)
    text = f"{CLOSED} The one before it stays stored: {_answer(asked.item, old)}."
    return Receipt(row.item, row.phase, "closed", text, old.rating, old.confidence, old.revision)


def _receipt(asked: _Asked, left: Judgment) -> Receipt:
    status, text = "stored", "Sent and stored."
    if left.digest != asked.row.digest:
        status = "superseded"
        text = f"Another judgment under your code was stored instead: {_answer(asked.item, left)}."
    return Receipt(left.item, left.phase, status, text, left.rating, left.confidence, left.revision)


def _answer(item: Item, row: Judgment) -> str:
    """A judgment in words."""
    if row.rating is None:
        return "you would rather not judge this one"
    label = next((point.label for point in item.scale if point.value == row.rating), "")
    return f"{row.rating} ({label})"
