"""Statistics: alpha beside `krippendorff` and irrCAC, the Wilson interval beside statsmodels: the same value, and time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

from results import Part, Row, environment, versions

from boundaries.counts.statistics import alpha, wilson

Z = 1.959963984540054  # as statsmodels has it; our default has six decimals
RATERS, THINGS, TABLES, INTERVALS = 300, 20, 20, 10_000
REFERENCES = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import krippendorff, numpy as np, pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.proportion import proportion_confint
tables, shares = json.load(sys.stdin)
tables = [np.array(table, dtype=float) for table in tables]
def timed(run):
    run()
    start = time.perf_counter()
    values = run()
    return values, time.perf_counter() - start
def krippendorffs():
    return [krippendorff.alpha(table.T, level_of_measurement="ordinal") for table in tables]
def irrcacs():
    frames = [pd.DataFrame(table) for table in tables[:3]]
    return [CAC(frame, weights="ordinal").krippendorff()["est"]["coefficient_value"] for frame in frames]
def wilsons():
    return [proportion_confint(k, n, method="wilson") for k, n in shares]
print(json.dumps([timed(krippendorffs), timed(irrcacs), timed(wilsons)]))
"""


def timed(run) -> tuple[list, float]:
    """The values, and seconds of the second time."""
    run()
    start = time.perf_counter()
    values = run()
    return values, time.perf_counter() - start


def apart(ours: list[float], theirs: list[float]) -> float:
    """The largest difference between two lists of values."""
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))


TEXT = f"""\
Over random tables of {THINGS} things and {RATERS} raters with missing ratings, and random shares: the largest difference
of values, and the time for all of them. Ours is plain Python without NumPy, for classes, not for corpora."""


def measure(runs: int, quick: bool) -> Part:
    """Ours and the references on the same tables, so many times."""
    python = environment(
        "statistics", "krippendorff==0.9.0", "statsmodels==0.14.6", "irrCAC==0.4.4", "pandas<3"
    )
    ours: dict[str, list[float]] = {"alpha": [], "three": [], "wilson": []}
    theirs: dict[str, list[float]] = {"alpha": [], "three": [], "wilson": []}
    differences: dict[str, list[float]] = {"alpha": [], "three": [], "wilson": []}
    for seed in range(runs):
        rng = random.Random(seed)
        choices = (1, 2, 3, 4, 5, None)
        tables = [
            [rng.choices(choices, (5, 4, 3, 2, 1, 2), k=RATERS) for _ in range(THINGS)]
            for _ in range(3 if quick else TABLES)
        ]
        totals = [rng.randint(1, 400) for _ in range(INTERVALS)]
        shares = [(rng.randint(0, n), n) for n in totals]
        run = [str(python), "-c", REFERENCES]
        done = subprocess.run(
            run, input=json.dumps([tables, shares]), check=True, capture_output=True, text=True
        )
        references = json.loads(done.stdout)
        own = [
            timed(lambda t=tables: [alpha(table) for table in t]),
            timed(lambda t=tables: [alpha(table) for table in t[:3]]),
            timed(lambda s=shares: [wilson(k, n, Z) for k, n in s]),
        ]
        for name, (values, took), (others, reference_took) in zip(
            ours, own, references, strict=True
        ):
            ours[name].append(1000 * took)
            theirs[name].append(1000 * reference_took)
            if name == "wilson":
                values, others = list(chain(*values)), list(chain(*others))
            differences[name].append(apart(values, others))
    return _part(python, ours, theirs, differences, runs, quick)


def _part(python: Path, ours, theirs, differences, runs: int, quick: bool) -> Part:
    named = {
        "alpha": ("krippendorff 0.9.0", f"ordinal alpha of {3 if quick else TABLES} tables"),
        "three": ("irrCAC 0.4.4", "ordinal alpha of 3 tables"),
        "wilson": ("statsmodels 0.14.6", f"{INTERVALS:,} Wilson intervals"),
    }
    rows = []
    for name, (peer, measure) in named.items():
        most = max(differences[name])
        agree = "the same values, to 1e-9" if most < 1e-9 else f"values differ by up to {most:.3g}"
        if name == "three" and most >= 1e-9:
            agree += ": its `ordinal` weights are not Krippendorff's ordinal metric"
        rows.append(
            Row(
                f"statistics-{name}",
                measure,
                peer,
                "ms",
                ours[name],
                theirs[name],
                note=f"{agree}.",
            )
        )
    part = Part("Statistics", TEXT, rows, runs, quick=quick)
    part.versions = versions(python, "krippendorff", "statsmodels", "irrCAC")
    part.versions |= versions(Path(sys.executable), "boundaries")
    return part
