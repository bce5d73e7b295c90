import re
from itertools import permutations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.counts import statistics
from boundaries.counts.statistics import alpha, mean, mean_distance, sides, wilson

COUNTS = st.lists(st.integers(0, 9), min_size=3, max_size=5).filter(lambda c: sum(c) > 1)
BANDS = st.sampled_from([(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (1, 3)])

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: 4 observers, 12 units, missing ratings.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
UNITS = list(
    zip(*([None if x == "." else int(x) for x in each] for each in OBSERVERS), strict=True)
)


def people(counts):
    return [rating for rating, n in enumerate(counts, 1) for _ in range(n)]


@pytest.mark.parametrize(
    ("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_that_of_krippendorffs_published_example(metric, value):
    assert len(UNITS) == 12
    assert round(alpha(UNITS, metric), 3) == value


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_an_independent_library_over_random_tables(metric):
    rng = np.random.default_rng(2011)
    for _ in range(80):
        raters, units = rng.integers(2, 7), rng.integers(3, 15)
        table = rng.integers(1, 6, (raters, units)).astype(float)
        table[rng.random(table.shape) < rng.choice([0, 0.3])] = np.nan
        table[:, 0], table[0, 1:3] = [1.0] * raters, [2.0, 3.0]  # never all the same
        table[1, 1:3] = 4.0
        theirs = krippendorff.alpha(table, level_of_measurement=metric)
        assert alpha(table.T, metric) == pytest.approx(theirs, abs=1e-9)


def test_alpha_is_ordinal_unless_told():
    assert alpha(UNITS) == alpha(UNITS, "ordinal") != alpha(UNITS, "interval")


MISSING = {
    "None": None,
    "NaN": float("nan"),
    "numpy's NaN": np.float64("nan"),
    "pandas' NA": pd.NA,
    "pandas' NaT": pd.NaT,
    "a masked cell": np.ma.masked,
}


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_a_rating_that_was_not_given_is_none_however_it_is_spelt(missing, metric):
    units = [[missing if rating is None else rating for rating in unit] for unit in UNITS]
    assert alpha(units, metric) == alpha(UNITS, metric)
    assert alpha([(1, 1, missing), (1, 1, 1), (2, missing, 2)], metric) == 1.0


def table_of(units, dtype):
    filled = [[0 if rating is None else rating for rating in unit] for unit in units]
    frame = pd.DataFrame(filled).astype(dtype)
    return frame.mask(frame == 0)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "Int8", "float32", "object"])
def test_alpha_is_the_same_of_a_table_however_pandas_keeps_it(dtype):
    table = table_of(UNITS, dtype)
    assert alpha(table.itertuples(index=False)) == alpha(UNITS)
    assert alpha(table.to_numpy()) == alpha(table) == alpha(UNITS)


def test_alpha_is_the_same_of_masked_numbers_and_of_what_was_written_and_read_again(tmp_path):
    masked = np.ma.array([[rating or 0 for rating in unit] for unit in UNITS])
    masked.mask = masked == 0
    assert alpha(masked) == alpha(UNITS)
    table_of(UNITS, "Int64").to_csv(tmp_path / "units.csv", index=False)
    assert alpha(pd.read_csv(tmp_path / "units.csv").to_numpy()) == alpha(UNITS)


@pytest.mark.parametrize("rating", [0, -1, "3", float("inf"), "nan", True, [], [1, 2]])
def test_what_is_no_rating_is_named_and_a_skips_zero_with_it(rating):
    message = (
        f"{rating!r} is not a rating. Ratings are numbers from 1 up; where a rater gave none "
        "(a skip is 0 in this course's tables), write None."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        alpha([(1, 1, rating), (2, 2, 3)])


def test_alpha_needs_a_known_metric():
    message = "'ratio' is not a metric of alpha. Choose one of: nominal, ordinal, interval."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        alpha(UNITS, "ratio")


def test_alpha_needs_ratings_that_differ():
    message = (
        "Alpha needs units with two ratings or more, and ratings that are not all the same. "
        "Found 1 such units and 1 different ratings."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        alpha([(2, 2), (3, None)])


@pytest.mark.parametrize(
    (
        "successes",
        "n",
        "low",
        "high",
    ),  # Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_newcombes_published_intervals(successes, n, low, high):
    assert [round(end, 4) for end in wilson(successes, n)] == [low, high]


SHARES = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.fixture(scope="module")
def of_scipy():
    """A second to load, which every worker would pay."""
    from scipy import stats

    return stats


@given(share=SHARES)
def test_wilson_is_that_of_an_independent_library(of_scipy, share):
    theirs = of_scipy.binomtest(*share).proportion_ci(method="wilson")
    z = of_scipy.norm.ppf(0.975)
    assert wilson(*share, z=z) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(SHARES)
def test_wilson_holds_the_share_and_stays_between_0_and_1(of):
    low, high = wilson(*of)
    assert 0 <= low <= of[0] / of[1] <= high <= 1
    assert wilson(of[1] - of[0], of[1]) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_share(successes, n):
    message = f"{successes} of {n} is not a share. Give at least one person, and 0 to n of them."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        wilson(successes, n)


@given(COUNTS, BANDS)
def test_figures_of_counts_are_those_of_the_people_counted(counts, band):
    ratings, (low, high) = people(counts), band
    n = len(ratings)
    assert mean(counts) == pytest.approx(sum(ratings) / n)
    assert sides(counts, band) == pytest.approx(
        (
            sum(low <= r <= high for r in ratings) / n,
            sum(r < low for r in ratings) / n,
            sum(r > high for r in ratings) / n,
            sum(low - r for r in ratings if r < low) / n,
            sum(r - high for r in ratings if r > high) / n,
        )
    )
    apart = [abs(a - b) for a, b in permutations(ratings, 2)]
    assert mean_distance(counts) == pytest.approx(sum(apart) / len(apart))


@given(st.lists(st.integers(0, 40), min_size=3, max_size=5).filter(lambda c: sum(c) > 1), BANDS)
def test_figures_of_counts_are_those_of_independent_libraries(counts, band):
    low, high = band
    ratings = np.repeat(np.arange(1, len(counts) + 1), counts)
    edges = [0.5, low - 0.5, high + 0.5, len(counts) + 0.5]
    stricter, within, permissive = np.histogram(ratings, edges)[0] / len(ratings)
    assert mean(counts) == pytest.approx(np.mean(ratings), abs=1e-9)
    below, above = np.clip(low - ratings, 0, None), np.clip(ratings - high, 0, None)
    figures = (within, stricter, permissive, below.mean(), above.mean())
    assert sides(counts, band) == pytest.approx(figures, abs=1e-9)
    from scipy.spatial.distance import pdist  # a second, which every worker would pay

    apart = pdist(ratings[:, None], "cityblock")
    assert mean_distance(counts) == pytest.approx(apart.mean(), abs=1e-9)


def test_the_mean_is_the_one_that_nist_certifies():
    # Statistical Reference Datasets, PiDigits: the first 5,000 digits of pi, mean 4.5348 exactly. A 0 is rating 1 here.
    digits = [466, 532, 496, 460, 508, 525, 512, 488, 492, 521]
    assert mean(digits) == pytest.approx(5.5348, abs=1e-9)


@pytest.mark.parametrize(
    ("counts", "value"),
    # Harrell, Hmisc, GiniMd, examples: 17 and 6 people a step apart, 2p(1-p)n/(n-1); and 12, 13 and 7 at three places.
    [
        ([17, 6], 2 * (6 / 23) * (17 / 23) * 23 / 22),
        ([12, 13, 0, 7], 2 * (12 * 13 * 1 + 12 * 7 * 3 + 13 * 7 * 2) / (32 * 31)),
    ],
)
def test_the_distance_of_two_classmates_is_that_of_a_published_worked_example(counts, value):
    assert mean_distance(counts) == pytest.approx(value, abs=1e-9)


def test_answering_at_random_is_two_steps_above_a_prohibition():
    assert sides([1] * 5, (1, 1))[3:] == (0, 2)
    assert sides([1] * 5, (2, 4))[3:] == (0.2, 0.2)
    assert sides([1] * 3, (1, 1))[3:] == (0, 1)


@pytest.mark.parametrize("counts", [[0, 0, 0, 0, 0], [2, -1, 0, 0, 0]])
@pytest.mark.parametrize(("figure", "more"), [("mean", []), ("sides", [(2, 4)])])
def test_nobody_has_no_figures(figure, more, counts):
    message = f"The counts {counts} hold no ratings to describe. Give at least one person, and no negative number."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        getattr(statistics, figure)(counts, *more)


def test_one_person_has_figures():
    assert statistics.mean([0, 1, 0, 0, 0]) == 2
    assert sides([0, 1, 0, 0, 0], (4, 5)) == (0, 1, 0, 2, 0)
    assert sides([0, 1, 0, 0, 0], (2, 2)) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("n", range(1, 60))
def test_nobody_and_everybody_have_an_exact_end(n):
    assert wilson(0, n)[0] == 0
    assert wilson(n, n)[1] == 1


def test_one_person_has_no_spread():
    message = "Spread compares two classmates, and 1 rated. Give the counts of at least two people."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        mean_distance([0, 1, 0, 0, 0])
