"""Charts: ours beside plot-likert on pandas 2, twenty questions of five points, from a class to a million people.

Both end in a PNG, and both use one processor: its seconds are counted, so that other programs disturb less. plot-likert
counts the answers of a table that is in memory already; our charts are drawn from counts, which the store makes by
GROUP BY and a lecture keeps, so counting stored rows is a measure of its own.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from results import Part, Row, environment, versions

from boundaries import charts
from boundaries.answers.store import Store
from boundaries.content import load
from boundaries.counts import tally
from boundaries.counts.invented import invent
from boundaries.counts.release import release

PEER = "plot-likert 0.5.0"
DRAWING = """
import io, json, sys, time
import matplotlib; matplotlib.use("agg")
import numpy as np, pandas as pd, plot_likert
scale = ["never", "rarely", "sometimes", "mostly", "always"]
def timed(people):
    numbers = np.random.default_rng(7).integers(0, 5, (people, 20))
    table = pd.DataFrame(np.array(scale, dtype=object)[numbers]).rename(columns=lambda n: f"case {n}")
    start = time.process_time()
    axes = plot_likert.plot_likert(table, scale)
    axes.figure.savefig(io.BytesIO(), format="png")
    matplotlib.pyplot.close("all")
    return time.process_time() - start
timed(300)
print(json.dumps([timed(int(people)) for people in sys.argv[1:]]))
"""


def drawn_by_peer(python: Path, sizes: list[int]) -> list[float]:
    """Seconds of each size, after a first chart that is not counted."""
    run = [str(python), "-c", DRAWING, *map(str, sizes)]
    done = subprocess.run(run, check=True, capture_output=True, timeout=600)
    return json.loads(done.stdout)


class Ours:
    """Our chart of twenty cases from counts of any size."""

    def __init__(self) -> None:
        course = load()
        some = dict(list(course.vignettes.items())[:20])
        one_type = {id: replace(item, type="business") for id, item in some.items()}
        self.course = replace(course, all_vignettes=one_type, claims={})
        rows = list(invent(self.course, students=30, seed=1, session="bench"))
        self.ratings, self.moves = tally.count_ratings(rows), tally.count_moves(rows)

    def seconds(self, people: int) -> float:
        """From raw counts of so many people over `release` to the chart's PNG."""
        factor = max(1, people // 30)
        ratings = self.ratings.assign(n=self.ratings.n * factor)
        moves = self.moves.assign(n=self.moves.n * factor)
        start = time.process_time()
        released = release(ratings, moves, self.course, session="bench", invented=True)
        assert charts.CHARTS["intuition_vs_code"](released, self.course, "business").png
        return time.process_time() - start

    def stored(self, folder: Path, people: int) -> Store:
        """A store of one judgment a person and case, written straight into its table."""
        import sqlite3

        store = Store(folder / "class.sqlite")
        numbers = np.random.default_rng(7).integers(1, 6, (people, 20)).tolist()
        with sqlite3.connect(folder / "class.sqlite") as database:
            for number, ratings in enumerate(numbers):
                database.executemany(
                    f"INSERT INTO judgments VALUES ({','.join('?' * 12)})",
                    [
                        ("big", f"{number:032x}", id, item.wording, "first", "", rating, 3, "", 1, 1, "0")
                        for rating, (id, item) in zip(
                            ratings, self.course.all_vignettes.items(), strict=True
                        )
                    ],
                )  # fmt: skip
        database.close()
        return store


def limit(people: int) -> float:
    """NumPy's bincount over small integers, and bars without anything else."""
    answers = np.random.default_rng(7).integers(0, 5, (20, people), dtype=np.int8)
    start = time.process_time()
    counts = np.array([np.bincount(column, minlength=5) for column in answers])
    figure, axes = plt.subplots()
    left = np.zeros(20)
    for rating in range(5):
        axes.barh(range(20), counts[:, rating], left=left)
        left += counts[:, rating]
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)
    return time.process_time() - start


TEXT = """\
Twenty questions of five points, to a PNG, in seconds of one processor. Ours goes from counts over `release` (which
withholds small groups) to a chart with bands of the codes, a table and a sentence; plot-likert counts a table in memory
and draws bars."""


def measure(runs: int, quick: bool) -> Part:
    """Ours, plot-likert and the limit in turn, so many times."""
    sizes = [300, 50_000] if quick else [300, 50_000, 1_000_000]
    python = environment("plot-likert", "plot-likert==0.5.0", "pandas==2.3.3")
    ours, theirs, limits, counting = [], [], [], []
    drawing = Ours()
    drawing.seconds(300)
    with tempfile.TemporaryDirectory() as folder:
        store = drawing.stored(Path(folder), sizes[1])
        for _ in range(runs):
            ours.append([drawing.seconds(people) for people in sizes])
            theirs.append(drawn_by_peer(python, sizes))
            limits.append(limit(sizes[-1]))
            start = time.process_time()
            tally.stored_ratings(store, "big")
            counting.append(time.process_time() - start + ours[-1][1])
        store.close()
    rows = []
    for number, people in enumerate(sizes):
        bar = 50 if people == 1_000_000 else None
        ids = f"charts-{people}"
        measured = [run[number] for run in ours], [run[number] for run in theirs]
        rows.append(
            Row(
                ids,
                f"chart of {people:,} people",
                PEER,
                "s",
                *measured,
                bar=bar,
                note=MISSED if bar else "",
            )
        )
    whole = [run[1] for run in theirs]
    name = f"{sizes[1]:,} people, counting their stored rows included"
    rows.append(Row("charts-stored", name, PEER, "s", counting, whole, note=COUNTING))
    name = f"chart of {sizes[-1]:,} people, beside the limit"
    last = [run[-1] for run in ours]
    rows.append(Row("charts-limit", name, "NumPy bincount and plain bars", "s", last, limits))
    part = Part("Charts", TEXT, rows, runs, quick=quick)
    part.versions = versions(python, "plot-likert", "pandas")
    part.versions |= versions(Path(sys.executable), "boundaries", "matplotlib", "numpy")
    return part


MISSED = (
    "counts make the size of a class free, so ours takes as long for 300 people as for a million; what is left is the "
    "picture, with bands of each code, labels, a table and a sentence. Plain bars over NumPy's counts, the limit below, "
    "take about a third of that: they alone would reach the bar. It takes a lighter renderer, or a larger class."
)
COUNTING = "ours counts rows in a SQLite file; plot-likert's are in memory, and reading them from anywhere is not timed."
