"""One participant's judgment of one item in one phase: when it is valid, how two are merged.

All rules about a judgment live here, so that a form, a cell, a file and a server obey the same
ones.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from boundaries.content import Content, Item
from boundaries.errors import JudgmentError

# alone, before anything is shown · after talking, before the codes · after the codes
PHASES = ("first", "discussed", "informed")

# 1 a guess … 4 certain
CONFIDENCES = range(1, 5)

# The longest reason, in characters.
MAX_REASON = 500

# What a database's integer holds.
MAX_REVISION = 2**31 - 1

# What no text may hold: PostgreSQL stores no NUL, and UTF-8 no half of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# A session and a participant of it.
Person = tuple[str, str]

# What makes two judgments the same judgment: session, participant, item, wording, phase.
Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Judgment:
    """One row: who judged what, how, and with which words before them.

    `rating` and `confidence` are None for "I would rather not judge this one". `level` is empty for
    an item without a dial. `revision` counts a participant's judgments upwards; it is no clock.
    """

    session: str
    participant: str
    item: str
    wording: str
    phase: str
    level: str
    rating: int | None
    confidence: int | None
    reason: str
    revision: int

    @classmethod
    def of(
        cls,
        item: Item,
        person: Person,
        phase: str,
        level: str,
        rating: int | None,
        confidence: int | None,
        reason: str = "",
        revision: int = 0,
    ) -> Judgment:
        """A judgment of an item as it is worded now."""
        asked = (item.id, item.wording, phase, level)
        return cls(*person, *asked, rating, confidence, reason, revision)

    @property
    def person(self) -> Person:
        """Whose judgment it is."""
        return (self.session, self.participant)

    @property
    def key(self) -> Key:
        """What it is a judgment of; two with one key are merged."""
        return (self.session, self.participant, self.item, self.wording, self.phase)

    @property
    def skipped(self) -> bool:
        """True for "I would rather not judge this one"."""
        return self.rating is None

    @cached_property
    def digest(self) -> str:
        """A hash of what was answered, by which ties between equal revisions fall."""
        answered = (self.level, self.rating, self.confidence, self.reason)
        return hashlib.sha256(repr(answered).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def precedence(self) -> int:
        """Of two judgments with one key the lower precedence stays; see `merge`."""
        return self.revision if self.phase == "first" else -self.revision


def merge(a: Judgment, b: Judgment) -> Judgment:
    """The one of two judgments with the same key that stays.

    `first` is write-once: the lower revision stays. In other phases the higher revision does. Ties
    fall to `digest`. This is the smaller of two in one total order, hence commutative, associative
    and idempotent: rows may arrive in any order, any number of times.

    >>> old = Judgment("s", "p", "tiles", "w", "first", "", 2, 3, "", revision=1)
    >>> new = Judgment("s", "p", "tiles", "w", "first", "", 5, 3, "", revision=2)
    >>> merge(new, old).rating
    2
    """
    if a.key != b.key:
        raise ValueError(f"Two different judgments cannot be merged: {a.key} and {b.key}.")
    return min(a, b, key=lambda j: (j.precedence, j.digest))


def merge_all(rows: Iterable[Judgment]) -> dict[Key, Judgment]:
    """One judgment a key, whatever the order of `rows`."""
    merged: dict[Key, Judgment] = {}
    for row in rows:
        key = row.key
        if key in merged:
            merged[key] = merge(merged[key], row)
        else:
            merged[key] = row
    return merged


def new_token() -> str:
    """A random 128-bit token, in hex. It stays with the student."""
    return secrets.token_hex(16)


def participant_of(session: str, token: str) -> str:
    """The participant that a token stands for in one session; the token cannot be found from it.

    >>> participant_of("own-study", "00" * 16)[:8]
    '77a60d83'
    """
    return hashlib.sha256(f"{session}|{token}".encode()).hexdigest()


def reason_id(reason: str) -> str:
    """What stands for a reason where a host has chosen it for the screen: a hash of its words.

    So the order of ids tells nothing of who wrote when.
    """
    words = " ".join(reason.split())
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def is_lecture(session: str) -> bool:
    """Whether a session is a lecture: there the host may fix a dial's level, and people come late.

    >>> is_lecture("lecture-k7qf2mwd"), is_lecture("own-study")
    (True, False)
    """
    return session.partition("-")[0] == "lecture"


def level_of(participant: str, item: Item) -> str:
    """The level of the item's dial that this participant gets.

    It is the same every time, and the levels fall evenly over a class: SHA-256 of participant and
    item, first four bytes, modulo the number of levels. (A weaker hash links the levels of two
    items, so that one tells the other.)
    """
    digest = hashlib.sha256(f"{participant}|{item.id}".encode()).digest()
    number = int.from_bytes(digest[:4], "big")
    return item.levels[number % len(item.levels)]


def in_own_order(participant: str, items: Iterable[Item]) -> list[Item]:
    """Items in the order in which this participant judges them: by a hash, so that it never changes
    and no case comes first for everybody."""

    def place(item: Item) -> bytes:
        # A hash of its own: with that of `level_of`, the order would tell something of the levels.
        return hashlib.sha256(f"{participant}|order|{item.id}".encode()).digest()

    return sorted(items, key=place)


def is_in_first_half(participant: str, type: str) -> bool:
    """Whether somebody sees a type's pair of cases first, in a class that is split; by a hash, as
    their levels, and for each type anew."""
    return hashlib.sha256(f"{participant}|pair|{type}".encode()).digest()[0] % 2 == 0


def own_pair(participant: str, type: str, items: Iterable[Item], content: Content) -> list[Item]:
    """The two cases of a lesson that this participant compares before the others; none where the
    lesson has no pair, or where course.toml splits the class and they judge them one by one."""
    if content.course.split_pairs and not is_in_first_half(participant, type):
        return []
    return content.pair_of(type, items)


def checked(item: Item, judgment: Judgment) -> Judgment:
    """The judgment itself, if it is one of this item. Raises JudgmentError otherwise."""
    _check_place(item, judgment)
    if judgment.skipped:
        _check_skip(item, judgment)
    else:
        _check_answer(item, judgment)
    _check_reason(item, judgment.reason)
    return judgment


def _check_place(item: Item, judgment: Judgment) -> None:
    if judgment.item != item.id:
        raise JudgmentError(
            f"This judgment is of {judgment.item!r}, not of '{item.id}'. "
            "Judge the item that is shown."
        )
    if judgment.phase not in PHASES:
        raise JudgmentError(
            f"{judgment.phase!r} is not a phase. Choose one of: {', '.join(PHASES)}."
        )
    if judgment.wording != item.wording:
        raise JudgmentError(
            f"This judgment of '{item.id}' answered the wording {judgment.wording!r}; "
            f"the course now asks '{item.wording}'. Two wordings are never mixed. "
            "Reload the case and judge it as it stands."
        )
    if judgment.level not in item.levels:
        allowed = "none, for it has no dial"
        if item.dial:
            allowed = ", ".join(item.levels)
        raise JudgmentError(
            f"{judgment.level!r} is not a level of '{item.id}'. Allowed: {allowed}."
        )
    if not _is_whole(judgment.revision) or not 0 <= judgment.revision <= MAX_REVISION:
        raise JudgmentError(
            f"The revision of a judgment of '{item.id}' is {judgment.revision!r}. "
            f"It is a whole number from 0 to {MAX_REVISION:,}."
        )


def _check_skip(item: Item, judgment: Judgment) -> None:
    if judgment.confidence is not None:
        raise JudgmentError(
            f"A skip of '{item.id}' came with a confidence of {judgment.confidence!r}. "
            "A skip has none. Leave the confidence out."
        )


def _check_answer(item: Item, judgment: Judgment) -> None:
    low, high = item.scale[0], item.scale[-1]
    ratings = [point.value for point in item.scale]
    if not _is_whole(judgment.rating) or judgment.rating not in ratings:
        raise JudgmentError(
            f"{judgment.rating!r} is not a rating of '{item.id}'. "
            f"Choose {low.value} to {high.value} ("
            f"{low.value} = {low.label.lower()} … {high.value} = {high.label.lower()})."
        )
    if not _is_whole(judgment.confidence) or judgment.confidence not in CONFIDENCES:
        raise JudgmentError(
            f"{judgment.confidence!r} is not a confidence. "
            "Choose 1 to 4 (1 = a guess … 4 = certain)."
        )


def _check_reason(item: Item, reason: object) -> None:
    if not isinstance(reason, str):
        raise JudgmentError(
            f"The reason for '{item.id}' is not text. Write it as words, or leave it empty."
        )
    if len(reason) > MAX_REASON:
        raise JudgmentError(
            f"The reason for '{item.id}' has {len(reason):,} characters. "
            f"At most {MAX_REASON} are kept. Shorten it."
        )
    if UNSTORABLE.search(reason):
        raise JudgmentError(
            f"The reason for '{item.id}' holds a character that cannot be stored. "
            "Type it again without pasting."
        )


def _is_whole(number: object) -> bool:
    # In Python True is an int, and 1.
    return isinstance(number, int) and not isinstance(number, bool)


def contradicting_people(
    arrived: Iterable[Judgment], stored: Mapping[Key, Judgment]
) -> set[Person]:
    """Who has another first judgment locked than the one that arrives from them."""
    people = set()
    for row in arrived:
        if row.phase == "first" and row.digest != stored.get(row.key, row).digest:
            people.add(row.person)
    return people


def changes_by(
    accepted: Mapping[Key, Judgment], stored: Mapping[Key, Judgment]
) -> dict[Key, Judgment]:
    """Of the rows that are accepted those by which the store changes."""
    changed = {}
    for key, row in accepted.items():
        if key not in stored or (row != stored[key] and merge(row, stored[key]) == row):
            changed[key] = row
    return changed


def refused_of(
    arrived: Sequence[Judgment], stored: Mapping[Key, Judgment], changed: Mapping[Key, Judgment]
) -> tuple[Judgment, ...]:
    """The first judgments, arrived or stored before, that are not the one that stays."""
    after = {**stored, **changed}
    refused = []
    for row in (*arrived, *stored.values()):
        if row.phase == "first" and row.digest != after.get(row.key, row).digest:
            refused.append(row)
    return tuple(refused)
