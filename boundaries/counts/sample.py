"""The invented class that comes with the course: two tallies a session in `data/sample-class`."""

from __future__ import annotations

from pathlib import Path

from boundaries.content import Content
from boundaries.counts import tally
from boundaries.counts.invented import invent

SESSIONS = {
    "invented-homework": {"students": 60, "seed": 7, "mode": "homework"},
    "invented-lecture": {"students": 40, "seed": 8, "mode": "lecture"},
}


def write_sample(content: Content, folder: Path | None = None) -> list[Path]:
    """Writes both sessions' tallies as CSV files and returns their paths; the same content gives the same files."""
    folder = folder or content.folder / "sample-class"
    written = []
    for session, how in SESSIONS.items():
        rows = list(invent(content, session=session, **how))  # type: ignore[arg-type]
        for kind, counted in (
            ("ratings", tally.count_ratings(rows)),
            ("moves", tally.count_moves(rows)),
        ):
            path = folder / f"{session}-{kind}.csv"
            by = [c for c in counted.columns if c != "n"]
            counted.sort_values(by).to_csv(path, index=False, lineterminator="\n")
            written.append(path)
    return written
