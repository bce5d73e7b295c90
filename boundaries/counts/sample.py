"""The invented classes that come with the course: two tallies of each in `data/sample-class`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame

from boundaries.content import Content
from boundaries.counts import tally
from boundaries.counts.invented import invent


class Sample(NamedTuple):
    """How an invented class is called, and how it is drawn."""

    title: str
    students: int
    seed: int
    mode: str


SAMPLES = {
    "invented-homework": Sample("Invented class, homework", 60, 7, "homework"),
    "invented-lecture": Sample("Invented class, lecture", 40, 8, "lecture"),
}
"""The invented classes by their session's id."""


def write_sample(content: Content, folder: Path | None = None) -> list[Path]:
    """Writes every class's tallies as CSV files and returns their paths.

    The same content gives the same files.
    """
    folder = folder or _folder(content)
    written = []
    for session, sample in SAMPLES.items():
        drawn = list(
            invent(
                content,
                students=sample.students,
                seed=sample.seed,
                session=session,
                mode=sample.mode,
            )
        )
        tables = {"ratings": tally.count_ratings(drawn), "moves": tally.count_moves(drawn)}
        for kind, table in tables.items():
            path = folder / f"{session}-{kind}.csv"
            table.to_csv(path, index=False, lineterminator="\n")
            written.append(path)
    return written


def read_sample(content: Content, session: str) -> tuple[DataFrame, DataFrame]:
    """The raw ratings and moves of one of `SAMPLES`, as the content's folder holds them."""
    folder = _folder(content)
    # An empty cell is the one level of a case without a dial, and no missing value.
    return (
        pd.read_csv(folder / f"{session}-ratings.csv", keep_default_na=False),
        pd.read_csv(folder / f"{session}-moves.csv", keep_default_na=False),
    )


def _folder(content: Content) -> Path:
    return content.folder / "sample-class"
