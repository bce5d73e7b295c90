"""Hand-made tallies, released as a class is."""

from __future__ import annotations

from boundaries.counts.release import Released, release
from boundaries.counts.tally import MOVES, RATINGS, table


def ratings_of(item, by_level, phase="first", skips=0):
    """Raw rows: a count per rating for each level; skips go to the first level."""
    rows = []
    for level, counts in by_level.items():
        for rating, n in enumerate(counts, 1):
            if n:
                rows.append((item.id, item.wording, level, phase, 3, rating, n))
    if skips:
        rows.append((item.id, item.wording, next(iter(by_level)), phase, 0, 0, skips))
    return rows


def released(course, rows, moved=(), invented=False, title="Tuesday class") -> Released:
    """The tally that `rows` and `moved` make, as it may be shown."""
    return release(
        table(rows, RATINGS),
        table(moved, MOVES),
        course,
        session="tuesday",
        title=title,
        invented=invented,
    )
