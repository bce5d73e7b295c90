"""A class, released: from a store, or the invented one that comes with the course."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from boundaries.answers.judgments import is_lecture
from boundaries.answers.store import Session, Store
from boundaries.content import Content, load
from boundaries.counts import tally
from boundaries.counts.release import Released, release
from boundaries.errors import StoreError

SAMPLES = {
    "invented-homework": "Invented class, homework",
    "invented-lecture": "Invented class, lecture",
}
"""The two sessions of `data/sample-class`, with their titles."""


def classroom(
    store: Store | str | Path | None = None,
    session: str | None = None,
    *,
    content: Content | None = None,
) -> Released:
    """What may be shown of one session of a store (default: the invented homework class of the course).

    `store` is a `Store`, a SQLite path or a PostgreSQL URL. A store with several sessions needs `session`, for
    sessions are never added together. Raises StoreError, with a sentence, where there is none or more than one.
    """
    content = content or load()
    if store is None:
        return _sample(content, session or "invented-homework")
    opened = store if isinstance(store, Store) else Store(store, create=False)
    try:
        found = _choose(opened, session)
        counts = (tally.ratings(opened, found.id), tally.moves(opened, found.id))
    finally:
        if opened is not store:
            opened.close()
    return release(
        *counts,
        content,
        session=found.id,
        title=found.title,
        invented=found.invented,
        lecture=is_lecture(
            found.id
        ),  # part of it was on the projector: nothing may undo what was withheld there
    )


def _choose(store: Store, session: str | None) -> Session:
    sessions = {s.id: s for s in store.sessions()}
    if session is None and len(sessions) == 1:
        return next(iter(sessions.values()))
    if session in sessions:
        return sessions[session]
    if not sessions:
        raise StoreError(
            f"{store.where}: nothing has been judged in this store yet. Judge a case first, or choose another store."
        )
    asked = f"has no session '{session}'" if session else "holds several sessions"
    raise StoreError(
        f"{store.where}: the store {asked}. Name one of these as `session`: {', '.join(sessions)}."
    )


def _sample(content: Content, session: str) -> Released:
    if session not in SAMPLES:
        raise StoreError(
            f"'{session}' is not an invented session. Choose one of: {', '.join(SAMPLES)}."
        )
    ratings, moves = (
        pd.read_csv(
            content.folder / "sample-class" / f"{session}-{kind}.csv", keep_default_na=False
        )
        for kind in ("ratings", "moves")
    )
    return release(ratings, moves, content, session=session, title=SAMPLES[session], invented=True)
