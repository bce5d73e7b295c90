"""Pure functions of counts: mean, Wilson interval, sides of a band, spread, alpha.

`counts` is one non-negative whole number per rating, in the scale's order: `counts[0]` people
chose 1. Skips are not among them. A class is all there is, not a sample, so its shares are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isfinite, sqrt
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from boundaries.content import Band


class Sides(NamedTuple):
    """A class beside a band: the shares (0 to 1, adding up to 1) inside, stricter and more
    permissive, and the mean steps by which ratings lie below and above it, over all who rated."""

    inside: float
    stricter: float
    permissive: float
    steps_stricter: float
    steps_permissive: float


def mean(counts: Sequence[int]) -> float:
    """The mean rating (1 is the scale's first point). Raises ValueError where nobody rated.

    >>> mean([1, 0, 3, 0, 0])
    2.5
    """
    n = _people(counts)
    return sum(rating * count for rating, count in enumerate(counts, 1)) / n


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Low and high end (0 to 1) of the score interval of `successes / n`; 95 % at the default `z`.

    Wilson (1927), without continuity correction. Raises ValueError unless 0 <= successes <= n and
    n >= 1.

    >>> [round(end, 4) for end in wilson(81, 263)]  # Newcombe (1998), table I, method 3
    [0.2553, 0.3662]
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(
            f"{successes} of {n} is not a share. Give at least one person, and 0 to n of them."
        )
    share = successes / n
    centre = share + z * z / (2 * n)
    half_width = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = (centre - half_width) / (1 + z * z / n)
    high = (centre + half_width) / (1 + z * z / n)
    # Nobody and everybody have an exact end, which rounding would miss by a hair.
    if successes == 0:
        low = 0.0
    if successes == n:
        high = 1.0
    return low, high


def mean_interval(n: int, total: float, squares: float) -> tuple[float, float]:
    """Low and high end of the 95 % interval of a mean, of how many numbers, their sum, and the sum
    of their squares.

    Student (1908): mean ± t · s / √n, with the quantile t of n - 1 degrees of freedom by the series
    26.7.5 of Abramowitz and Stegun (1964), good to 0.01 from four degrees on. Raises ValueError for
    fewer than five numbers.

    >>> sleep = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]  # Student's own example
    >>> [round(end, 2) for end in mean_interval(10, sum(sleep), sum(x * x for x in sleep))]
    [0.7, 2.46]
    """
    if n < 5:
        raise ValueError(f"An interval of {n} numbers says little. Give five or more.")
    z, free = 1.959964, n - 1
    series = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    t = z
    for power, term in enumerate(series, 1):
        t += term / free**power
    mean_of_all = total / n
    # Rounding may leave a hair below nothing where all numbers are the same.
    variance = max(0.0, squares - n * mean_of_all**2) / free
    half_width = t * sqrt(variance / n)
    return mean_of_all - half_width, mean_of_all + half_width


def sides(counts: Sequence[int], band: Band) -> Sides:
    """Where a class lies beside a band. Raises ValueError where nobody rated.

    >>> sides([2, 1, 1, 0, 0], (2, 2))[:3], sides([2, 1, 1, 0, 0], (2, 2))[3:]
    ((0.25, 0.5, 0.25), (0.5, 0.25))
    """
    n = _people(counts)
    low, high = band
    stricter, permissive = sum(counts[: low - 1]), sum(counts[high:])
    below = above = 0
    for rating, count in enumerate(counts, 1):
        below += max(low - rating, 0) * count
        above += max(rating - high, 0) * count
    inside = n - stricter - permissive
    return Sides(inside / n, stricter / n, permissive / n, below / n, above / n)


def mean_distance(counts: Sequence[int]) -> float:
    """The mean distance, in steps, between two different classmates drawn at random.

    Gini's mean difference (1912), without replacement: 0 for a unanimous class. Raises ValueError
    for fewer than two ratings.

    >>> mean_distance([1, 0, 0, 0, 1])
    4.0
    """
    n = sum(counts)
    if n < 2:
        raise ValueError(
            f"Spread compares two classmates, and {n} rated. "
            "Give the counts of at least two people."
        )
    apart = 0
    for lower, count in enumerate(counts):
        for higher in range(lower + 1, len(counts)):
            apart += count * counts[higher] * (higher - lower)
    return 2 * apart / (n * (n - 1))


def alpha(units: Iterable[Iterable[object]], metric: str = "ordinal") -> float:
    """Krippendorff's alpha: 1 for perfect agreement, 0 for what chance gives, below 0 for less.

    A reference function for researchers who compare raters, never for a student's chart: a class
    that disagrees about a dilemma is no unreliable instrument. `units` holds, per thing rated, the
    ratings it got, numbers from 1 up; None, NaN, pandas' NA and a masked cell all mean that a rater
    gave none. `metric` is "nominal", "ordinal" or "interval".
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C and D.

    Raises ValueError for another metric, for what is no rating, where no unit has two ratings, and
    where all ratings are the same (alpha is then undefined: there is nothing to tell apart).

    >>> alpha([(1, 1), (2, 2), (3, 3), (1, None), (float("nan"), 2)])
    1.0
    """
    if metric not in ("nominal", "ordinal", "interval"):
        raise ValueError(
            f"{metric!r} is not a metric of alpha. Choose one of: nominal, ordinal, interval."
        )
    if hasattr(units, "itertuples"):  # a table, which would give its headings: a row is a unit
        units = units.itertuples(index=False)
    pairable: list[Counter[float]] = []
    for unit in units:
        ratings = Counter(_ratings(unit))
        # One rating alone agrees with nothing and disagrees with nothing.
        if ratings.total() > 1:
            pairable.append(ratings)
    # A row per unit, a column per rating, the lowest first.
    counts = DataFrame(pairable).fillna(0).sort_index(axis=1)
    if counts.shape[1] < 2:
        raise ValueError(
            "Alpha needs units with two ratings or more, and ratings that are not all the same. "
            f"Found {len(pairable)} such units and {counts.shape[1]} different ratings."
        )
    totals = counts.sum().to_numpy()
    places = counts.columns.to_numpy(float)
    if metric == "ordinal":
        # How many ratings lie between two, counting half of those at either end: midranks apart.
        places = totals.cumsum() - totals / 2
    apart = np.subtract.outer(places, places)
    distances = apart != 0 if metric == "nominal" else apart**2
    observed = _disagreement(counts.to_numpy(), distances)
    return 1 - observed / _disagreement(totals[np.newaxis], distances)


def _ratings(unit: Iterable[object]) -> list[float]:
    """The ratings that a unit got, without those that nobody gave."""
    ratings: list[float] = []
    for rating in unit:
        if rating is np.ma.masked:
            continue
        if pd.api.types.is_scalar(rating) and pd.isna(rating):  # type: ignore[call-overload]
            continue
        if (
            isinstance(rating, bool)
            or not isinstance(rating, Real)
            or not isfinite(rating)
            or rating < 1
        ):
            raise ValueError(
                f"{rating!r} is not a rating. Ratings are numbers from 1 up; "
                "where a rater gave none (a skip is 0 in this course's tables), write None."
            )
        ratings.append(float(rating))
    return ratings


def _disagreement(counts: NDArray[np.float64], distances: NDArray[Any]) -> float:
    """The summed distances of all pairs of ratings of a unit, by how many others each could meet,
    over all units."""
    met = (counts @ distances * counts).sum(axis=1)
    return float((met / (counts.sum(axis=1) - 1)).sum())


def _people(counts: Sequence[int]) -> int:
    n = sum(counts)
    if n < 1 or min(counts) < 0:
        raise ValueError(
            f"The counts {list(counts)} hold no ratings to describe. "
            "Give at least one person, and no negative number."
        )
    return n
