"""What a request may carry: strict JSON, known fields of the right kind, and a sentence for everything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boundaries.answers import strict_json
from boundaries.answers.strict_json import shown
from boundaries.content.base32 import join_code
from boundaries.errors import JsonError, JudgmentError, NotFound
from boundaries.lectures.rounds.stages import STAGES
from boundaries.lectures.rounds.standing import UNKNOWN

MOST = 100
"""The most judgments in one request."""

_WHOLE = 2**31


class Unfit(JudgmentError):
    """A body that cannot be used; `errors` are all the sentences about it."""

    def __init__(self, errors: Sequence[str]) -> None:
        self.errors = tuple(errors)
        super().__init__(errors[0])


@dataclass(frozen=True)
class Kind:
    """What a field may be: a test, and the words for it."""

    fits: Callable[[Any], bool]
    words: str


def _text(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda v: isinstance(v, str) and bool(compiled.fullmatch(v))


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda v: type(v) is int and low <= v <= high


_PLAIN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"  # no control character, no half of a surrogate pair
ID = Kind(_text(r"[a-z0-9]+(-[a-z0-9]+)*"), "an id such as 'tiles-at-cost'")
TOKEN = Kind(_text("[0-9a-f]{32}"), "32 hex digits")
PHASE = Kind(
    lambda v: v in ("first", "discussed", "informed"), "'first', 'discussed' or 'informed'"
)
COUNT = Kind(_whole(0, _WHOLE - 1), "a whole number from 0 up")
COUNTS = Kind(
    lambda v: (
        isinstance(v, list)
        and len(v) in (0, 5)
        and all(type(n) is int and 0 <= n <= 5_000 for n in v)
    ),
    "five whole numbers from 0 to 5,000, or none to take it back",
)
_SIGNED = Kind(lambda v: v is None or _whole(-_WHOLE, _WHOLE - 1)(v), "a whole number or null")
_LEVEL = Kind(_text(r"[a-z0-9-]{0,64}"), "a level's id")

JUDGMENT = {
    "token": TOKEN,
    "vignette": ID,
    "phase": PHASE,
    "rating": _SIGNED,
    "confidence": _SIGNED,
}
JUDGMENT_TOO = {
    # Its length is judged by `judgments.checked`, whose sentence says what to do.
    "reason": Kind(lambda v: isinstance(v, str), "text"),
    "revision": Kind(lambda v: v is None or COUNT.fits(v), "a whole number from 0 up"),
    "wording": Kind(lambda v: v is None or _text("[0-9a-f]{1,64}")(v), "the wording's hash"),
    "level": Kind(lambda v: v is None or _LEVEL.fits(v), "a level's id"),
}
JOIN = {"token": TOKEN}
CARRY = {"backup": Kind(_text(_PLAIN + "{1,60}"), "the code of a notebook")}
SESSION = {
    "title": Kind(_text(rf"(?=.*\S){_PLAIN}{{1,200}}"), "a line of 1 to 200 characters"),
    "vignettes": Kind(
        lambda v: isinstance(v, list) and 1 <= len(v) <= 1_000 and all(ID.fits(id) for id in v),
        "a list of the ids of vignettes",
    ),
}
SESSION_TOO = {
    "session": Kind(
        lambda v: v is None or (ID.fits(v) and len(v) <= 64),
        "null or a session's id of at most 64 signs",
    ),
    "mode": Kind(lambda v: v in ("lecture", "homework"), "'lecture' or 'homework'"),
}
STAGE = {
    "vignette": Kind(lambda v: v == "" or ID.fits(v), "the id of a vignette"),
    "stage": Kind(lambda v: v in STAGES, f"one of: {', '.join(STAGES)}"),
}
STAGE_TOO = {
    "seconds": Kind(lambda v: v is None or _whole(1, 7_200)(v), "null or 1 to 7,200 seconds")
}
CLOCK = {"seconds": Kind(_whole(1, 7_200), "1 to 7,200 seconds")}
LEVEL = {"vignette": ID, "level": _LEVEL}
HANDS = {"vignette": ID, "phase": PHASE, "counts": COUNTS}


def code_in(text: str) -> str:
    """The join code in an address, as it is stored: spaces, hyphens and small letters do no harm.

    Raises NotFound where it cannot be one.

    >>> code_in("k7qf-2mwo")
    'K7QF2MW0'
    """
    if code := join_code(text[:40]):
        return code
    raise NotFound(UNKNOWN)


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """What the JSON of a body says. Raises Unfit with a sentence where it is not strict JSON."""
    try:
        return strict_json.parse(body)
    except JsonError as error:
        raise Unfit([f"The request {error}. Send plain JSON in UTF-8."]) from None


def fields(
    given: object,
    needed: Mapping[str, Kind],
    others: Mapping[str, Kind] | None = None,
    place: str = "",
) -> dict[str, Any]:
    """`given`, which has all `needed` fields and none but these and the `others`, each of its kind.

    Raises Unfit with a sentence for each field that is missing, unknown or of another kind; `place` begins each.
    """
    kinds = {**needed, **(others or {})}
    if not isinstance(given, dict):
        raise Unfit(
            [f"{place}{shown(given)} came where an object with {_names(needed)} is needed."]
        )
    wrong = [
        f"{place}'{name}' is missing. It is {kind.words}."
        for name, kind in needed.items()
        if name not in given
    ]
    for name, value in given.items():
        if name not in kinds:
            wrong.append(f"{place}{shown(name)} is not a field here. Allowed: {_names(kinds)}.")
        elif not kinds[name].fits(value):
            wrong.append(f"{place}'{name}' is {shown(value)}. It must be {kinds[name].words}.")
    if wrong:
        raise Unfit(wrong[:20])
    return given


def judgments_in(given: object) -> list[dict[str, Any]]:
    """One judgment, or a list of 1 to 100, as a list of their fields. Raises Unfit for all faults at once."""
    if isinstance(given, dict):
        return [fields(given, JUDGMENT, JUDGMENT_TOO)]
    if not isinstance(given, list) or not 1 <= len(given) <= MOST:
        found = f"{len(given):,} judgments" if isinstance(given, list) else shown(given)
        raise Unfit([f"{found} came. Send one judgment, or a list of 1 to {MOST}."])
    fit: list[dict[str, Any]] = []
    wrong: list[str] = []
    for number, one in enumerate(given, 1):
        try:
            fit.append(fields(one, JUDGMENT, JUDGMENT_TOO, f"judgments[{number}]: "))
        except Unfit as error:
            wrong += error.errors
    if wrong:
        raise Unfit(wrong[:20])
    return fit


def _names(kinds: Mapping[str, Kind]) -> str:
    return ", ".join(f"'{name}'" for name in kinds)
