"""Pure functions of counts: shares, a Wilson interval, steps outside a band, spread, and Krippendorff's alpha.

`counts` is one non-negative whole number per rating, in the scale's order: `counts[0]` people chose 1. Skips are
not among them. A class is all there is, not a sample, so its shares are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from math import sqrt
from typing import NamedTuple

from boundaries.content import Band


class Steps(NamedTuple):
    """Mean number of rating steps outside a band: below it (`stricter`) and above it (`permissive`)."""

    stricter: float
    permissive: float


class Sides(NamedTuple):
    """Shares (0 to 1, adding up to 1) of a class inside a band, stricter than it and more permissive."""

    inside: float
    stricter: float
    permissive: float


def shares(counts: Sequence[int]) -> tuple[float, ...]:
    """The share (0 to 1) of each rating. Raises ValueError where nobody rated.

    >>> shares([1, 0, 3, 0, 0])
    (0.25, 0.0, 0.75, 0.0, 0.0)
    """
    n = _people(counts)
    return tuple(count / n for count in counts)


def mean(counts: Sequence[int]) -> float:
    """The mean rating, in rating units (1 is the scale's first point). Raises ValueError where nobody rated.

    >>> mean([1, 0, 3, 0, 0])
    2.5
    """
    return sum(rating * count for rating, count in enumerate(counts, 1)) / _people(counts)


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Low and high end (0 to 1) of the score interval of a share `successes / n`; 95 % at the default `z`.

    Wilson (1927), without continuity correction. Raises ValueError unless 0 <= successes <= n and n >= 1.

    >>> [round(end, 4) for end in wilson(81, 263)]  # Newcombe (1998), table I, method 3
    [0.2553, 0.3662]
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(
            f"{successes} of {n} is not a share. Give at least one person, and 0 to n of them."
        )
    p, square = successes / n, z * z
    centre = p + square / (2 * n)
    half = z * sqrt(p * (1 - p) / n + square / (4 * n * n))
    low, high = ((centre + side * half) / (1 + square / n) for side in (-1, 1))
    return (
        low if successes else 0.0,
        high if successes < n else 1.0,
    )  # exact ends, free of rounding


def steps_outside(counts: Sequence[int], band: Band) -> Steps:
    """The mean number of steps by which ratings lie below and above `band`, over all who rated.

    Raises ValueError where nobody rated.

    >>> steps_outside([2, 1, 1, 0, 0], (2, 2))
    Steps(stricter=0.5, permissive=0.25)
    """
    n, (low, high) = _people(counts), band
    below = sum(max(0, low - rating) * count for rating, count in enumerate(counts, 1))
    above = sum(max(0, rating - high) * count for rating, count in enumerate(counts, 1))
    return Steps(below / n, above / n)


def blind_steps(band: Band, points: int = 5) -> Steps:
    """The steps that answering at random, evenly over a scale of `points`, would give.

    >>> blind_steps((4, 5))
    Steps(stricter=1.2, permissive=0.0)
    """
    return steps_outside([1] * points, band)


def inside(counts: Sequence[int], band: Band) -> Sides:
    """The shares inside `band`, stricter than it and more permissive. Raises ValueError where nobody rated.

    >>> inside([2, 1, 1, 0, 0], (2, 2))
    Sides(inside=0.25, stricter=0.5, permissive=0.25)
    """
    n, (low, high) = _people(counts), band
    stricter, permissive = sum(counts[: low - 1]), sum(counts[high:])
    return Sides((n - stricter - permissive) / n, stricter / n, permissive / n)


def spread(counts: Sequence[int]) -> float:
    """The mean distance, in steps, between the ratings of two different classmates drawn at random.

    Gini's mean difference (1912), without replacement: 0 for a unanimous class. Raises ValueError for fewer
    than two ratings.

    >>> spread([1, 0, 0, 0, 1])
    4.0
    """
    n = sum(counts)
    if n < 2:
        raise ValueError(
            f"Spread compares two classmates, and {n} rated. Give the counts of at least two people."
        )
    apart = sum(
        a * b * (j - i)
        for i, a in enumerate(counts)
        for j, b in enumerate(counts[i + 1 :], i + 1)
        if a and b
    )
    return 2 * apart / (n * (n - 1))


def alpha(units: Iterable[Sequence[int | None]], metric: str = "ordinal") -> float:
    """Krippendorff's alpha: 1 for perfect agreement, 0 for what chance would give, below 0 for less.

    A reference function for researchers who compare raters, never for a student's chart: a class that disagrees
    about a dilemma is no unreliable instrument. `units` holds, per thing rated, the ratings it got (None where a
    rater gave none); `metric` is "nominal", "ordinal" or "interval".
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C and D.

    Raises ValueError for another metric, where no unit has two ratings, and where all ratings are the same
    (alpha is then undefined: there is nothing to tell apart).

    >>> alpha([(1, 1), (2, 2), (3, 3), (1, None)])
    1.0
    """
    if metric not in ("nominal", "ordinal", "interval"):
        raise ValueError(
            f"{metric!r} is not a metric of alpha. Choose one of: nominal, ordinal, interval."
        )
    paired = [
        kept for unit in units if (kept := Counter(r for r in unit if r is not None)).total() > 1
    ]
    totals = sum(paired, Counter[int]())
    if len(totals) < 2:
        raise ValueError(
            "Alpha needs units with two ratings or more, and ratings that are not all the same. "
            f"Found {len(paired)} such units and {len(totals)} different ratings."
        )
    distance = _distance(totals, metric)

    def disagreement(counts: Counter[int]) -> float:
        pairs = permutations(counts, 2)
        return sum(counts[a] * counts[b] * distance(a, b) for a, b in pairs) / (counts.total() - 1)

    return 1 - sum(map(disagreement, paired)) / disagreement(totals)


def _distance(totals: Counter[int], metric: str) -> Callable[[int, int], float]:
    def ordinal(a: int, b: int) -> float:
        between = sum(count for rating, count in totals.items() if min(a, b) <= rating <= max(a, b))
        return float(between - (totals[a] + totals[b]) / 2) ** 2

    if metric == "ordinal":
        return ordinal
    return (lambda a, b: float(a != b)) if metric == "nominal" else (lambda a, b: float(a - b) ** 2)


def _people(counts: Sequence[int]) -> int:
    n = sum(counts)
    if n < 1 or min(counts) < 0:
        raise ValueError(
            f"The counts {list(counts)} hold no ratings to describe. Give at least one person, and no negative number."
        )
    return n
