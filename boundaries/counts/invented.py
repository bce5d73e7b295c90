"""An invented class, seeded: for rehearsal, tests, and notebooks that run alone. Never evidence.

How it is drawn. An item's answers centre on the middle of the bands of the course's readings,
level by level, and spread as far as those bands leave room: where the codes part, or support
several ratings, so does the class; where every code supports the same one rating, all but one in
fifty give it. Within that room every student has a leaning (some are stricter throughout), every
item a pull of its own (people often disagree with codes), every answer some noise, and the whole
class is a little more permissive than the codes. After the codes about a third of those outside
the bands move a step towards them, a few move away. After a discussion people move a little
towards each other. Answers at the ends of the scale are surer. One answer in forty is a skip, one
in fifteen students stops after the first phase.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from statistics import fmean, pstdev
from typing import NamedTuple

from boundaries.answers.judgments import Judgment, level_of, participant_of
from boundaries.content import Content, Item, Vignette

# Standard deviations, in rating steps where the codes leave a whole step of room.
_LEANING = 0.55
_PULL = 0.6
_NOISE = 0.75

# Where answers centre: on a claim's own scale, and where every code is silent.
_CLAIM = 2.1
_SILENT = 3.2
_PERMISSIVE = 0.35

# The shares that move towards the centre and away from it.
_MOVES = {"discussed": (0.18, 0.08), "informed": (0.32, 0.05)}
_SLIPS = 1 / 50
_SKIPS = 1 / 40
_STOPS = 1 / 15


class _Place(NamedTuple):
    """Where answers centre at one level (a rating), and what room codes leave (0 to 1 steps)."""

    centre: float
    room: float


def invent(
    content: Content, *, students: int, seed: int, session: str, mode: str = "homework"
) -> Iterator[Judgment]:
    """The judgments of an invented class; the same seed gives the same class.

    `mode` homework gives the phases first and informed, lecture first, discussed and informed.
    """
    items: list[Item] = [*content.vignettes.values(), *content.claims.values()]
    places = {(item.id, level): _place(item, level) for item in items for level in item.levels}
    pulls = {item.id: _random(seed, item.id).gauss(0, _PULL) for item in items}
    phases = ["first", "informed"]
    if mode == "lecture":
        phases.insert(1, "discussed")
    for number in range(students):
        # A generator for each student, so that a larger class begins with the same people.
        rng = _random(seed, session, number)
        participant = participant_of(session, f"{rng.getrandbits(128):032x}")
        leaning = rng.gauss(0, _LEANING)
        stops = rng.random() < _STOPS
        answered = phases[:1] if stops else phases
        revision = 0
        for item in items:
            level = level_of(participant, item)
            place = places[item.id, level]
            rating = _first(place, pulls[item.id] + leaning, item, rng)
            for phase in answered:
                if phase != "first":
                    rating = _moved(rating, place.centre, phase, rng, item)
                revision += 1
                yield Judgment(
                    session=session,
                    participant=participant,
                    item=item.id,
                    wording=item.wording,
                    phase=phase,
                    level=level,
                    rating=rating,
                    confidence=_confidence(rating, item, rng),
                    reason="",
                    revision=revision,
                )


def is_invented(session: str) -> bool:
    """Whether a session's id says that its answers are made up: a file says it nowhere else.

    >>> is_invented("invented-7"), is_invented("ethics-2026")
    (True, False)
    """
    return session.partition("-")[0] == "invented"


def _random(*seeds: object) -> random.Random:
    return random.Random("|".join(map(str, seeds)))  # noqa: S311 - nothing secret is drawn


def _place(item: Item, level: str) -> _Place:
    if not isinstance(item, Vignette):
        return _Place(_CLAIM, room=1.0)
    middles: list[float] = []
    half_widths: list[float] = []
    for code in sorted({reading.code for reading in item.readings}):
        reading = item.reading(code, level)
        if reading and reading.band:
            low, high = reading.band
            middles.append((low + high) / 2)
            half_widths.append((high - low) / 2)
    if not middles:
        return _Place(_SILENT + _PERMISSIVE, room=1.0)
    room = min(1.0, fmean(half_widths) + pstdev(middles))
    return _Place(fmean(middles) + _PERMISSIVE * room, room)


def _first(place: _Place, leaning: float, item: Item, rng: random.Random) -> int | None:
    """A rating given alone; None for a skip."""
    noise = rng.gauss(0, _NOISE)
    if rng.random() < _SKIPS:
        return None
    slips = rng.random() < _SLIPS
    if place.room > 0:
        return _on_scale(place.centre + place.room * (leaning + noise), item)
    rating = round(place.centre)
    if not slips:
        return rating
    return rating + 1 if rating == item.scale[0].value else rating - 1


def _moved(
    rating: int | None, centre: float, phase: str, rng: random.Random, item: Item
) -> int | None:
    """The rating in a later phase: a step towards the centre, a step away, or as it was."""
    if rating is None:
        return None
    towards, away = _MOVES[phase]
    chance = rng.random()
    direction = 0
    if rating < centre - 0.5:
        direction = 1
    elif rating > centre + 0.5:
        direction = -1
    if chance < towards:
        return _on_scale(rating + direction, item)
    if chance > 1 - away:
        return _on_scale(rating - direction, item)
    return rating


def _confidence(rating: int | None, item: Item, rng: random.Random) -> int | None:
    """Surer at the ends of the scale; None for a skip."""
    if rating is None:
        return None
    ends = (item.scale[0].value, item.scale[-1].value)
    usual = 3.3 if rating in ends else 2.5
    return min(4, max(1, round(rng.gauss(usual, 0.8))))


def _on_scale(number: float, item: Item) -> int:
    return min(item.scale[-1].value, max(item.scale[0].value, round(number)))
