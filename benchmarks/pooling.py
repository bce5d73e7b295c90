"""How the cost of a pool grows: 100,000 to 100 million rows, in archives of at most a million.

    python benchmarks/pooling.py                 # prints, writes pooling.json and docs/pooling.png
    python benchmarks/pooling.py --most 10000000 # smaller

Each size is counted by a process of its own, so that the most memory it held is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs" / "pooling.png"
RESULTS = HERE / "pooling.json"
ONE_ARCHIVE = 1_000_000
SIZES = [10**power for power in range(5, 9)]

# Records of two phases each, of the cases of the course, with keys as an archive has them.
INVENTED = """
COPY (
  SELECT printf('%016x', hash(record * 1000 + {number})) AS key, item, wording,
    'business' AS type, '' AS level, phase,
    (1 + (hash(record, phase) % 4))::TINYINT AS confidence,
    (1 + (hash(phase, record) % 5))::TINYINT AS rating
  FROM range({records}) AS made(record)
  JOIN items ON items.place = record % (SELECT count(*) FROM items)
  CROSS JOIN (VALUES ('first'), ('informed')) AS phases(phase)
  ORDER BY hash(record, phase, {number})
) TO '{path}' (FORMAT parquet, COMPRESSION zstd,
  KV_METADATA {{session: 'bench-{number}', answers: 'invented'}})
"""


def make(folder: Path, rows: int) -> None:
    """Archives of universities, together of so many rows."""
    import duckdb
    from pandas import DataFrame

    from boundaries.content import load

    cases = [v for v in load().vignettes.values() if not v.dial][:20]
    items = DataFrame(
        {
            "place": range(len(cases)),
            "item": [case.id for case in cases],
            "wording": [case.wording for case in cases],
        }
    )
    each = min(rows, ONE_ARCHIVE)
    with duckdb.connect() as connection:
        connection.register("items", items)
        for number in range(rows // each):
            path = folder / f"university-{number}" / "invented-judgments.parquet"
            path.parent.mkdir()
            query = INVENTED.format(records=each // 2, number=number, path=path)
            connection.execute(query)


def count(folder: Path, runs: int) -> dict[str, object]:
    """Seconds for all ratings and for all moves, of processor too, and the most memory in MB."""
    from boundaries.instructor.parquet import ArchiveFile

    archives = [ArchiveFile(path) for path in sorted(folder.rglob("*.parquet"))]
    results: dict[str, object] = {}
    for kind in ("ratings", "moves"):
        seconds, processor = [], []
        for _ in range(runs):
            start, used = time.perf_counter(), time.process_time()
            for archive in archives:
                getattr(archive, kind)("")
            seconds.append(time.perf_counter() - start)
            processor.append(time.process_time() - used)
        results |= {kind: seconds, f"{kind} processor": processor}
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**results, "megabytes": kilobytes / 1024}


def draw(results: list[dict]) -> None:
    """Seconds beside rows, both as powers of ten."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    rows = [result["rows"] for result in results]
    for kind, colour in (("ratings", "#4477aa"), ("moves", "#aa5533")):
        middle = [statistics.median(result[kind]) for result in results]
        axes.loglog(rows, middle, marker="o", color=colour)
        axes.annotate(
            f"   {kind}: {middle[-1]:.0f} s", (rows[-1], middle[-1]), color=colour, va="center"
        )
    axes.set_xlim(rows[0] / 1.5, rows[-1] * 12)
    axes.set_xticks(rows, [f"{n:,}" for n in rows])
    axes.set_xlabel("rows, in archives of at most a million")
    axes.set_ylabel("seconds")
    axes.set_title("What counting a pool costs, on one machine with two cores", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, dpi=110)


def main() -> None:
    """Makes, counts, prints and draws every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--count", type=Path, help=argparse.SUPPRESS)
    parser.add_argument(
        "--runs", type=int, default=0, help="of each size (3, and 1 of the largest)"
    )
    chosen = parser.parse_args()
    if chosen.count:
        print(json.dumps(count(chosen.count, chosen.runs)))
        return
    results = []
    for rows in [size for size in SIZES if size <= chosen.most]:
        runs = chosen.runs or (3 if rows < SIZES[-1] else 1)
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), rows)
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
            command = [sys.executable, __file__, "--count", folder, "--runs", str(runs)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        result = {"rows": rows, "runs": runs, "bytes": size, **json.loads(done.stdout)}
        results.append(result)
        middle = {kind: statistics.median(result[kind]) for kind in ("ratings", "moves")}
        told = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in middle.items())
        print(f"{rows:>11,} rows: {told}; {result['megabytes']:.0f} MB", flush=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw(results)


if __name__ == "__main__":
    main()
