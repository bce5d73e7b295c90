"""How fast the course is on this machine, beside the limits it is held to.

    python benchmarks/speed.py                 # import, tallies of a million rows, charts
    python benchmarks/speed.py --rows 10000000 # the same over ten million rows (minutes, 3 GB of disk)
    python benchmarks/speed.py --screen        # also: cards on screen, in a real browser

Each figure is the median of several runs, with the fastest and the slowest: a wide range means a busy machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RUNS = 7


def timed(run: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Seconds of each run, after one that is not counted."""
    run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return seconds


def say(what: str, seconds: list[float], limit: float | None = None) -> None:
    middle = statistics.median(seconds)
    held = (
        ""
        if limit is None
        else f"  limit {limit:.3f} s: {'held' if middle <= limit else 'NOT HELD'}"
    )
    print(
        f"{what:<58} {middle:8.3f} s  ({min(seconds):.3f} to {max(seconds):.3f}){held}", flush=True
    )


def importing() -> None:
    """`import boundaries` beyond bare Python, in processes of their own, taken in turn."""

    def process(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    pairs = [(process("import boundaries"), process("pass")) for _ in range(15)]
    say("import boundaries, beyond bare Python", [a - b for a, b in pairs], 0.060)


def content_and_lesson() -> None:
    from boundaries.answers.students import Student
    from boundaries.content import loading as content
    from boundaries.lessons.lesson import Lesson
    from boundaries.lessons.states import card_state

    def fresh() -> object:
        content._load.cache_clear()
        return content.load()

    say("load every content file", timed(fresh))
    course = content.load()
    with tempfile.TemporaryDirectory() as folder:
        student = Student("own-study", Path(folder) / "own-study.sqlite")
        say("a lesson object", timed(lambda: Lesson("business", course, student)))
        item = course.of_type("business")[0]
        say("what one form is sent", timed(lambda: card_state(item, course, student)))


def tallies(rows: int) -> None:
    """Both tallies by GROUP BY over rows that were written straight into a store."""
    import sqlite3

    from boundaries.answers.store import Store
    from boundaries.content import load
    from boundaries.counts import tally

    items = [(v.id, v.wording) for v in list(load().vignettes.values())[:20]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "class.sqlite"
        store = Store(path)
        people = rows // (2 * len(items))
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA synchronous=OFF")
            made = (
                (
                    "big",
                    f"{p:032x}",
                    i,
                    w,
                    phase,
                    "",
                    1 + (p * 7 + n * 3 + len(phase)) % 5,
                    1 + p % 4,
                    "",
                    1,
                    1,
                    "0",
                )
                for p in range(people)
                for n, (i, w) in enumerate(items)
                for phase in ("first", "informed")
            )
            database.executemany(f"INSERT INTO judgments VALUES ({','.join('?' * 12)})", made)
        database.close()
        runs = 3 if rows > 2_000_000 else RUNS
        say(
            f"tally of ratings over {people * 40:,} rows",
            timed(lambda: tally.stored_ratings(store, "big"), runs),
        )
        say(
            f"tally of moves over {people * 40:,} rows",
            timed(lambda: tally.stored_moves(store, "big"), runs),
            people * 40 * 0.5e-6,  # half a second a million
        )


def drawing() -> None:
    """A chart of twenty vignettes, for a small class and for one of a size no class has."""
    from dataclasses import replace

    from boundaries import charts
    from boundaries.content import load
    from boundaries.counts import tally
    from boundaries.counts.invented import invent
    from boundaries.counts.release import release

    course = load()
    some = dict(list(course.vignettes.items())[:20])
    twenty = replace(
        course, all_vignettes={k: replace(v, type="business") for k, v in some.items()}, claims={}
    )
    rows = list(invent(twenty, students=30, seed=1, session="bench"))
    ratings, moves = tally.count_ratings(rows), tally.count_moves(rows)
    draw = charts.CHARTS["intuition_vs_code"]
    for factor in (1, 10_000_000 // len(rows)):
        big = (ratings.assign(n=ratings.n * factor), moves.assign(n=moves.n * factor))
        released = release(*big, twenty, session="bench", invented=True)
        total = int(big[0].n.sum())
        say(
            f"chart of 20 vignettes for {total:,} judgments",
            timed(lambda r=released: draw(r, twenty, "business").png),
            0.5,
        )
        say(
            f"release of the same ({total:,})",
            timed(lambda b=big: release(*b, twenty, session="b", invented=True)),
        )


def on_screen() -> None:
    """From running the lesson's cell in a warm kernel to every form being usable, in JupyterLab."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from conftest import CHROMIUM_ARGS, chromium_path
    from laboratory import NotebookPage, make_lab
    from playwright.sync_api import sync_playwright

    run_cell = """async () => {
      const panel = window.jupyterapp.shell.currentWidget, cells = panel.content.widgets;
      const at = cells.findIndex(c => c.model.sharedModel.getSource().match(/lesson.(show|cards)\\(\\)/));
      cells[at].model.sharedModel.setSource('lesson = boundaries.lesson("encounters")\\nlesson.cards()');
      panel.content.activeCellIndex = at;
      cells[at].model.clearExecution();
      await new Promise(done => setTimeout(done, 500));
      const start = performance.now();
      window.jupyterapp.commands.execute('notebook:run-cell');
      while (cells[at].node.querySelectorAll('.bd-card form').length < 7) await new Promise(done => setTimeout(done, 10));
      return (performance.now() - start) / 1000;
    }"""
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        make_lab(Path(folder)) as url,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        notebook = NotebookPage(browser.new_page(), url, "03-business.ipynb")
        notebook.run_all()
        notebook.page.wait_for_selector(".bd-card form")
        notebook.page.wait_for_timeout(8000)
        say(
            "a lesson of 7 cards on screen",
            [notebook.page.evaluate(run_cell) for _ in range(RUNS)],
            1.5,
        )
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--screen", action="store_true")
    chosen = parser.parse_args()
    importing()
    content_and_lesson()
    tallies(chosen.rows)
    drawing()
    if chosen.screen:
        on_screen()
