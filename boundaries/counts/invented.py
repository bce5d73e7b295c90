"""An invented class, seeded: for rehearsal, for tests, and for notebooks that run alone. Never evidence.

How it is drawn. Every student has a leaning (some are stricter throughout), every item a pull of its own (people
often disagree with codes), and every answer some noise. The middle of the bands of the course's readings, moved
a little towards permissive, sets where an item's answers centre, level by level. After the codes about a third of
those outside the bands move a step towards them, a few move away. After a discussion people move a little towards
each other. Answers at the ends of the scale are surer. One answer in forty is a skip, one in fifteen students
stops after the first phase.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from boundaries.answers.judgments import Judgment, level_of, participant_of
from boundaries.content import Content, Item, Vignette

_LEANING, _PULL, _NOISE = 0.55, 0.6, 0.75
_PERMISSIVE, _SKIPS, _STOPS = 0.35, 1 / 40, 1 / 15


def invent(
    content: Content, *, students: int, seed: int, session: str, mode: str = "homework"
) -> Iterator[Judgment]:
    """The judgments of an invented class; the same seed gives the same class.

    `mode` homework gives the phases first and informed, lecture first, discussed and informed.
    """
    items: list[Item] = [*content.vignettes.values(), *content.claims.values()]
    pulls = {item.id: random.Random(f"{seed}|{item.id}").gauss(0, _PULL) for item in items}  # noqa: S311 - no secret
    phases = ("first", "discussed", "informed") if mode == "lecture" else ("first", "informed")
    for number in range(students):
        rng = random.Random(f"{seed}|{session}|{number}")  # noqa: S311
        participant = participant_of(session, f"{rng.getrandbits(128):032x}")
        leaning, stops = rng.gauss(0, _LEANING), rng.random() < _STOPS
        revision = 0
        for item in items:
            level = level_of(participant, item)
            centre = _centre(item, level)
            rating: int | None = _on_scale(
                centre + pulls[item.id] + leaning + rng.gauss(0, _NOISE), item
            )
            if rng.random() < _SKIPS:
                rating = None
            for phase in phases[:1] if stops else phases:
                if phase != "first":
                    rating = _moved(rating, centre, phase, rng, item)
                revision += 1
                sure = None if rating is None else _confidence(rating, item, rng)
                yield Judgment(
                    session,
                    participant,
                    item.id,
                    item.wording,
                    phase,
                    level,
                    rating,
                    sure,
                    "",
                    revision,
                )


def is_invented(session: str) -> bool:
    """Whether a session's id says that its answers are made up; in a submission file nothing else does.

    >>> is_invented("invented-7"), is_invented("ethics-2026")
    (True, False)
    """
    return session.partition("-")[0] == "invented"


def _centre(item: Item, level: str) -> float:
    if not isinstance(item, Vignette):
        return 2.1
    bands = [
        r.band
        for code in {r.code for r in item.readings}
        if (r := item.reading(code, level)) and r.band
    ]
    middle = sum((low + high) / 2 for low, high in bands) / len(bands) if bands else 3.2
    return middle + _PERMISSIVE


def _moved(
    rating: int | None, centre: float, phase: str, rng: random.Random, item: Item
) -> int | None:
    if rating is None:
        return None
    towards, away = (0.32, 0.05) if phase == "informed" else (0.18, 0.08)
    chance = rng.random()
    direction = 1 if rating < centre - 0.5 else -1 if rating > centre + 0.5 else 0
    if chance < towards:
        return _on_scale(rating + direction, item)
    return _on_scale(rating - direction, item) if chance > 1 - away else rating


def _confidence(rating: int, item: Item, rng: random.Random) -> int:
    at_the_end = rating in (item.scale[0].value, item.scale[-1].value)
    return min(4, max(1, round(rng.gauss(3.3 if at_the_end else 2.5, 0.8))))


def _on_scale(number: float, item: Item) -> int:
    return min(item.scale[-1].value, max(item.scale[0].value, round(number)))
