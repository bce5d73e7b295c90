"""A class, released: from a store, or an invented one of which `data/sample-class` has the tallies."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame

from boundaries.answers.endings import is_open
from boundaries.answers.judgments import is_lecture
from boundaries.answers.store import Session, Store
from boundaries.content import Content, load
from boundaries.counts import tally
from boundaries.counts.differences import count_differences, stored_differences
from boundaries.counts.invented import invent
from boundaries.counts.release import Released, release
from boundaries.errors import StoreError

STILL_OPEN = (
    "The homework '{}' is still open. Of what is shown now and once more after another answer, that answer could be "
    "found by subtraction. End it first (python -m boundaries homework … --end): then it is shown, for good."
)


class Sample(NamedTuple):
    """How an invented class is called, and how it is drawn."""

    title: str
    students: int
    seed: int
    mode: str


# The invented classes by their session's id.
SAMPLES = {
    "invented-homework": Sample("Invented class, homework", 60, 7, "homework"),
    "invented-lecture": Sample("Invented class, lecture", 40, 8, "lecture"),
}


def classroom(
    store: Store | str | Path | None = None,
    session: str | None = None,
    *,
    content: Content | None = None,
) -> Released:
    """What may be shown of one session of a store (default: the invented homework class).

    `store` is a `Store`, a SQLite path or a PostgreSQL URL. A store with several sessions needs
    `session`, for sessions are never added together. Raises StoreError, with a sentence, where
    there is none or more than one, and for homework by a link that was not ended.
    """
    content = content or load()
    if store is None:
        return _sample(content, session or "invented-homework")
    if isinstance(store, Store):
        return _released(store, session, content)
    with closing(Store(store, create=False)) as opened:
        return _released(opened, session, content)


def _released(store: Store, session_id: str | None, content: Content) -> Released:
    session = chosen_session(store, session_id)
    with store.reading() as connection:
        is_shown = not is_open(connection, session.id)
    # The session that notebooks send to all term is never ended; whoever reports it is warned.
    if not is_shown and session.id != content.course.session:
        raise StoreError(STILL_OPEN.format(session.id))
    return release(
        tally.stored_ratings(store, session.id),
        tally.stored_moves(store, session.id),
        content,
        session=session.id,
        title=session.title,
        invented=session.invented,
        # Part of a lecture was on the projector: nothing may undo what was withheld there.
        lecture=is_lecture(session.id),
        differences=stored_differences(store, session.id, content),
    )


def chosen_session(store: Store, session_id: str | None) -> Session:
    """The session that is named, or the only one of a store. Raises StoreError where there is none
    or more than one."""
    sessions = {session.id: session for session in store.sessions()}
    if session_id is None and len(sessions) == 1:
        return next(iter(sessions.values()))
    if session_id in sessions:
        return sessions[session_id]
    if not sessions:
        raise StoreError(
            f"{store.where}: nothing has been judged in this store yet. "
            "Judge a case first, or choose another store."
        )
    wrong = f"has no session '{session_id}'" if session_id else "holds several sessions"
    raise StoreError(
        f"{store.where}: the store {wrong}. Name one of these as `session`: {', '.join(sessions)}."
    )


def _sample(content: Content, session: str) -> Released:
    if session not in SAMPLES:
        raise StoreError(
            f"'{session}' is not an invented session. Choose one of: {', '.join(SAMPLES)}."
        )
    ratings, moves, differences = read_sample(content, session)
    return release(
        ratings,
        moves,
        content,
        session=session,
        title=SAMPLES[session].title,
        invented=True,
        differences=differences,
    )


def write_sample(content: Content, folder: Path | None = None) -> list[Path]:
    """Writes every class's tallies as CSV files and returns their paths.

    The same content gives the same files.
    """
    folder = folder or _folder(content)
    written = []
    for session, sample in SAMPLES.items():
        _, students, seed, mode = sample
        drawn = list(invent(content, students=students, seed=seed, session=session, mode=mode))
        tables = {
            "ratings": tally.count_ratings(drawn),
            "moves": tally.count_moves(drawn),
            "differences": count_differences(drawn, content),
        }
        for kind, table in tables.items():
            path = folder / f"{session}-{kind}.csv"
            table.to_csv(path, index=False, lineterminator="\n")
            written.append(path)
    return written


def read_sample(content: Content, session: str) -> list[DataFrame]:
    """The raw ratings, moves and differences of one of `SAMPLES`, as the content's folder holds them."""
    tables = []
    for kind in ("ratings", "moves", "differences"):
        # An empty cell is the one level of a case without a dial, and no missing value.
        path = _folder(content) / f"{session}-{kind}.csv"
        tables.append(pd.read_csv(path, keep_default_na=False))
    return tables


def _folder(content: Content) -> Path:
    return content.folder / "sample-class"
