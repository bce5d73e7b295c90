"""What students wrote, in the store that keeps their judgments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from boundaries.answers import queries
from boundaries.answers.endings import endings
from boundaries.answers.judgments import Person
from boundaries.answers.store import Store
from boundaries.answers.tables import WRITINGS
from boundaries.answers.writings import MAX_WRITINGS, Writing, checked_text, merged_writings
from boundaries.errors import WritingError


def keep_writings(
    store: Store, person: Person, kept: Iterable[Writing], item: str, texts: Mapping[str, str]
) -> None:
    """Keeps a student's answers by question durably, all or none; what is as `kept` stays.

    Raises WritingError where one may not be stored, or would be one too many, and StoreError.
    """
    kept = list(kept)
    before = {writing.question: writing.text for writing in kept if writing.item == item}
    changed = {}
    for question, text in texts.items():
        if text.strip() != before.get(question, ""):
            changed[question] = checked_text(Writing(item, question, text.strip(), 0)).text
    if not changed:
        return
    if len(kept) + len(changed.keys() - before.keys()) > MAX_WRITINGS:
        raise WritingError(
            f"You have answered {MAX_WRITINGS} questions in this session, and that is the most. "
            "Change an answer instead, or write this one elsewhere."
        )
    with store.writing() as connection:
        WRITINGS.create(connection, checkfirst=True)
        revision = queries.next_revision(connection, person)
        rows = [Writing(item, question, text, revision) for question, text in changed.items()]
        upsert_writings(connection, {person: rows})


def merge_writings(store: Store, rows: Mapping[Person, Iterable[Writing]]) -> None:
    """Keeps what came in of these people, by the rule of `merged_writings`. Guesses are left out, and
    what was written to a case whose homework has ended."""
    handed_in = {}
    for person, writings in rows.items():
        of_theirs = [writing for writing in writings if not writing.is_guess]
        if of_theirs:
            handed_in[person] = merged_writings(of_theirs)
    if not handed_in:
        return
    with store.writing() as connection:
        sessions = {session for session, _ in handed_in}
        ended = {session: endings(connection, session) for session in sessions}
        kept = {}
        for person, of_theirs in handed_in.items():
            session = person[0]
            kept[person] = [one for one in of_theirs if one.item not in ended[session]]
        WRITINGS.create(connection, checkfirst=True)
        upsert_writings(connection, kept)


def writings_in(store: Store, session: str) -> dict[Person, list[Writing]]:
    """What is kept of a session, by person. Raises StoreError."""
    with store.reading() as connection:
        written = queries.writings_of(connection, session)
    return {(session, participant): writings for participant, writings in written.items()}


def upsert_writings(connection: sa.Connection, rows: Mapping[Person, Iterable[Writing]]) -> None:
    """Writes answers; one whose question is answered already replaces that answer if it is newer."""
    values = []
    for (session, participant), writings in rows.items():
        for writing in writings:
            values.append({"session": session, "participant": participant, **vars(writing)})
    # One order for everybody, or two writers on PostgreSQL may wait for each other for ever.
    values.sort(key=lambda row: (row["session"], row["participant"], row["item"], row["question"]))
    arriving, before = WRITINGS.alias("excluded").c, WRITINGS.c
    newer = sa.tuple_(arriving.revision, arriving.text) > sa.tuple_(before.revision, before.text)
    queries.put_rows(connection, WRITINGS, values, renewed=("text", "revision"), where=newer)
