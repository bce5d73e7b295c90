"""Counting a million stored rows: our tally over SQLite, beside DuckDB over Parquet and NumPy over small integers."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from results import Part, Row, environment, versions

from boundaries.answers.store import Store
from boundaries.content import load
from boundaries.counts import tally

ROWS = 1_000_000
COLUMNS = ["session", "participant", "item", "wording", "phase", "level", "rating", "confidence"]
COLUMNS += ["reason", "revision", "content_version", "writings"]
COUNTING = """
import json, sys, time, duckdb
duckdb.sql("SET threads=2")
query = f'''SELECT item, wording, level, phase, confidence, rating, count(*) FROM "{sys.argv[1]}" GROUP BY ALL'''
duckdb.sql(query).fetchall()
start = time.perf_counter()
groups = duckdb.sql(query).fetchall()
print(json.dumps([time.perf_counter() - start, len(groups), sum(group[-1] for group in groups)]))
"""


def rows_of(people: int) -> list[tuple]:
    """Judgments of so many people of twenty cases in two phases."""
    items = [(item.id, item.wording) for item in list(load().vignettes.values())[:20]]
    rows = []
    for person in range(people):
        for number, (item, wording) in enumerate(items):
            for phase in ("first", "informed"):
                rating = 1 + (person * 7 + number * 3 + len(phase)) % 5
                sure = 1 + person % 4
                key = ("big", f"{person:032x}", item, wording, phase, "")
                rows.append((*key, rating, sure, "", 1, 1, "0"))
    return rows


TEXT = """\
The counts of every case, phase, confidence and rating over a million rows. DuckDB reads Parquet with both processors
and NumPy integers in memory; ours reads the rows of the class's own SQLite file, where each was written durably."""


def measure(runs: int, quick: bool) -> Part:
    """Ours, DuckDB and NumPy in turn, so many times."""
    python = environment("duckdb", "duckdb==1.4.2")
    people = (20_000 if quick else ROWS) // 40
    rows = rows_of(people)
    ours, duckdb, numpy = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "class.sqlite")
        with sqlite3.connect(Path(folder) / "class.sqlite") as database:
            marks = ",".join("?" * 12)
            database.executemany(f"INSERT INTO judgments VALUES ({marks})", rows)
        database.close()
        parquet = Path(folder) / "class.parquet"
        table = pd.DataFrame(rows, columns=COLUMNS)
        table.to_parquet(parquet)
        codes = (table.groupby(["item", "phase", "confidence", "rating"]).ngroup()).to_numpy()
        tally.stored_ratings(store, "big")
        for _ in range(runs):
            start = time.perf_counter()
            counted = tally.stored_ratings(store, "big")
            ours.append(time.perf_counter() - start)
            run = [str(python), "-c", COUNTING, str(parquet)]
            done = subprocess.run(run, check=True, capture_output=True, timeout=300)
            took, groups, total = json.loads(done.stdout)
            assert (groups, total) == (len(counted), counted.n.sum()), (groups, total)
            duckdb.append(took)
            start = time.perf_counter()
            np.bincount(codes)
            numpy.append(time.perf_counter() - start)
        store.close()
    name = f"ratings of {40 * people:,} rows"
    limits = [
        Row("counts-duckdb", name, "DuckDB 1.4.2 over Parquet", "s", ours, duckdb),
        Row("counts-numpy", name, "NumPy bincount", "s", ours, numpy),
    ]
    part = Part("Counting stored rows", TEXT, limits, runs, quick=quick)
    part.versions = versions(python, "duckdb")
    part.versions |= versions(Path(sys.executable), "boundaries", "sqlalchemy", "numpy")
    return part
