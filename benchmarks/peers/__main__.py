"""Every comparison with a peer, in turn: `make peers`, or one with `python benchmarks/peers --only live`.

Results go to benchmarks/RESULTS.json and RESULTS.md; what is not run stays as it was. Linux only: processor seconds
and memory are read from /proc.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "tests")]

import results  # noqa: E402 - the three folders come first

PARTS = {
    "live": "halls",
    "notebook": "quizzes",
    "charts": "pictures",
    "collecting": "handed_in",
    "statistics": "agreement",
    "counts": "tallies",
}
"""What `--only` takes, and the module that measures it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="this one (may be repeated)")
    parser.add_argument("--runs", type=int, default=5, help="of each measure (default: 5)")
    parser.add_argument("--quick", action="store_true", help="small and once; nothing is written")
    chosen = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name in chosen.only or PARTS:
        start, before = time.monotonic(), os.getloadavg()[0]
        print(name, flush=True)
        part = importlib.import_module(PARTS[name]).measure(
            1 if chosen.quick else chosen.runs, chosen.quick
        )
        part.load = [before, os.getloadavg()[0]]
        if chosen.quick:
            print(results.section(part))
        else:
            results.keep(name, part)
        print(f"  {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
