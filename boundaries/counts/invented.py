"""An invented class, seeded: for rehearsal, tests, and notebooks that run alone. Never evidence.

How it is drawn. A case's answers centre on the middle of the bands of the course's readings, level
by level, and spread as far as those bands leave room: where the codes part, or support several
ratings, so does the class; where every code supports one and the same rating, everybody gives it.
Within that room every student has a leaning (some are stricter throughout), every item a pull of
its own (people often disagree with codes, but towards milder not where most codes say never),
every answer some noise, and the whole class is a little more permissive than the codes. Answers at
the ends of the scale are surer.

Of a claim, being sure goes with being right, and with nothing else: who guesses answers as chance
has it, of the certain two in three know the verdict.

After the codes about a third of those outside the bands, or not with the verdict, move a step
towards them, a few move away. After a discussion people move a little towards each other. One case
in forty is skipped, one in fifteen students stops after the first phase. Each answer has its own
seed, so that a case that is added changes no answer to another.
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

# Where answers centre: those to a claim of who does not know, and where every code is silent.
_CLAIM = 2.1
_SILENT = 3.2
_PERMISSIVE = 0.35

# The shares that move towards the centre and away from it.
_MOVES = {"discussed": (0.18, 0.08), "informed": (0.32, 0.05)}
_SKIPS = 1 / 40
_STOPS = 1 / 15

# Of a claim: how many of a hundred are this sure, and the share of them who know the verdict. So many
# guess that a class of 60 can nearly always be split by confidence.
_SURE = {1: 17, 2: 31, 3: 32, 4: 20}
_KNOW = {1: 0.0, 2: 0.18, 3: 0.4, 4: 0.65}


class _Place(NamedTuple):
    """Where answers centre at one level (a rating), what room codes leave (0 to 1 steps), and how
    far the class is pulled within it."""

    centre: float
    room: float
    pull: float


def invent(
    content: Content, *, students: int, seed: int, session: str, mode: str = "homework"
) -> Iterator[Judgment]:
    """The judgments of an invented class; the same seed gives the same class.

    `mode` homework gives the phases first and informed, lecture first, discussed and informed.
    """
    items = list(content.items.values())
    places: dict[tuple[str, str], _Place] = {}
    for item in items:
        pull = _random(seed, item.id).gauss(0, _PULL)
        for level in item.levels:
            places[item.id, level] = _place(item, level, pull)
    phases = ["first", "informed"]
    if mode == "lecture":
        phases.insert(1, "discussed")
    for number in range(students):
        # A generator for each student, so that a larger class begins with the same people, and one
        # for each answer, so that a new case leaves their other answers as they are.
        rng = _random(seed, session, number)
        participant = participant_of(session, f"{rng.getrandbits(128):032x}")
        leaning = rng.gauss(0, _LEANING)
        stops = rng.random() < _STOPS
        answered = phases[:1] if stops else phases
        revision = 0
        for item in items:
            rng = _random(seed, session, number, item.id)
            level = level_of(participant, item)
            place = places[item.id, level]
            rating, confidence = _answer_alone(place, leaning, item, rng)
            for phase in answered:
                if rating and phase != "first":
                    rating = _moved(rating, place.centre, phase, rng, item)
                    confidence = _confidence(rating, item, rng)
                revision += 1
                answer = (phase, level, rating, confidence)
                yield Judgment.of(item, (session, participant), *answer, revision=revision)


def is_invented(session: str) -> bool:
    """Whether a session's id says that its answers are made up: a file says it nowhere else.

    >>> is_invented("invented-7"), is_invented("ethics-2026")
    (True, False)
    """
    return session.partition("-")[0] == "invented"


def _random(*seeds: object) -> random.Random:
    return random.Random("|".join(map(str, seeds)))  # noqa: S311 - nothing secret is drawn


def _place(item: Item, level: str, pull: float) -> _Place:
    if not isinstance(item, Vignette):
        return _Place(item.verdict, 1.0, pull)
    middles: list[float] = []
    half_widths: list[float] = []
    never = 0
    for code in sorted({reading.code for reading in item.readings}):
        reading = item.reading(code, level)
        if reading and reading.band:
            low, high = reading.band
            middles.append((low + high) / 2)
            half_widths.append((high - low) / 2)
            never += high == 1
    if not middles:
        return _Place(_SILENT + _PERMISSIVE, 1.0, pull)
    if 2 * never > len(middles):
        pull = min(pull, 0)
    room = min(1.0, fmean(half_widths) + pstdev(middles))
    return _Place(fmean(middles) + _PERMISSIVE * room, room, pull)


def _answer_alone(
    place: _Place, leaning: float, item: Item, rng: random.Random
) -> tuple[int | None, int | None]:
    """A rating given alone and how sure its giver is; None for both of a skip."""
    swing = leaning + place.pull + rng.gauss(0, _NOISE)
    if rng.random() < _SKIPS:
        return None, None
    if isinstance(item, Vignette):
        rating = _on_scale(place.centre + place.room * swing, item)
        return rating, _confidence(rating, item, rng)
    confidence = _confidence(item.verdict, item, rng)
    if rng.random() < _KNOW[confidence]:
        return item.verdict, confidence
    return _on_scale(_CLAIM + swing, item), confidence


def _moved(rating: int, centre: float, phase: str, rng: random.Random, item: Item) -> int:
    """The rating in a later phase: a step towards the centre, a step away, or as it was."""
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


def _confidence(rating: int, item: Item, rng: random.Random) -> int:
    """How sure somebody is: of a case surer at the ends of the scale, of a claim as it comes."""
    if not isinstance(item, Vignette):
        (confidence,) = rng.choices(list(_SURE), list(_SURE.values()))
        return confidence
    ends = (item.scale[0].value, item.scale[-1].value)
    usual = 3.3 if rating in ends else 2.5
    return min(4, max(1, round(rng.gauss(usual, 0.8))))


def _on_scale(number: float, item: Item) -> int:
    return min(item.scale[-1].value, max(item.scale[0].value, round(number)))
