"""What is asked of a store's tables, in SQLAlchemy Core: the same for SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from boundaries.answers.judgments import Judgment, Key, Person, reason_id
from boundaries.answers.tables import (
    CONSENTS,
    JUDGMENTS,
    LAYOUT,
    MOVES_INDEX,
    ROW,
    SESSIONS,
    TABLES,
    TOKENS,
    VERSION,
    WRITINGS,
)
from boundaries.answers.writings import Writing

# The row that an upsert brings, in a condition; `JUDGMENTS` is then the row that is there.
ARRIVING = JUDGMENTS.alias("excluded")

# The merge rule of `judgments`: whether a row that arrives replaces the one that is there.
MERGED: sa.ColumnElement[bool] = sa.tuple_(ARRIVING.c.precedence, ARRIVING.c.digest) < sa.tuple_(
    JUDGMENTS.c.precedence, JUDGMENTS.c.digest
)

# How many people one SELECT names: an old SQLite takes at most 999 values in a statement.
_PEOPLE_AT_ONCE = 200

_values_of = attrgetter(*JUDGMENTS.c.keys())


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:  # noqa: ANN401 - no shared type
    """An INSERT that knows ON CONFLICT, of the dialect that `connection` speaks."""
    if connection.dialect.name == "postgresql":
        # Here, for it takes as long to load as a student's own store, and students have no use for it.
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)


def put_rows(
    connection: sa.Connection,
    table: sa.Table,
    rows: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    renewed: Sequence[str] = (),
    where: sa.ColumnElement[bool] | None = None,
) -> None:
    """Writes rows. One whose key is there already stays as it is, but for the columns `renewed`,
    and these only `where` that holds; in it `table.alias("excluded")` is the row that arrives."""
    if not rows:
        return
    insert = insert_into(connection, table)
    if renewed:
        keys = list(table.primary_key)
        values = {name: insert.excluded[name] for name in renewed}
        insert = insert.on_conflict_do_update(index_elements=keys, set_=values, where=where)
    else:
        insert = insert.on_conflict_do_nothing()
    connection.execute(insert, rows)


def of_person(table: sa.Table, person: Person) -> tuple[sa.ColumnElement[bool], ...]:
    """What is true of the rows of a table that are of this participant."""
    session, participant = person
    return (table.c.session == session, table.c.participant == participant)


# -- judgments ------------------------------------------------------------------------------------


def upsert(
    connection: sa.Connection, rows: Iterable[Judgment], wins: sa.ColumnElement[bool] = MERGED
) -> None:
    """Writes judgments, no two with one key; one whose key is there replaces that row if `wins`.

    The comparison is made by the statement itself, so that it holds whoever else writes at the same
    time.
    """
    # One order for everybody, or two writers on PostgreSQL may wait for each other for ever.
    values = sorted(map(_values_of, rows))
    if not values:
        return
    # The compiled statement goes to the driver as text: SQLAlchemy's own handling of each row costs
    # more than writing it (32,592 judgments into SQLite: 0.7 s, so 0.3 s).
    if connection.dialect.name == "postgresql":
        columns = [list(column) for column in zip(*values, strict=True)]
        arrays = dict(zip(JUDGMENTS.c.keys(), columns, strict=True))
        connection.exec_driver_sql(_upsert_statement(connection.dialect, wins), arrays)
    else:
        connection.exec_driver_sql(_upsert_statement(connection.dialect, wins), values)


@lru_cache(maxsize=32)
def _upsert_statement(dialect: sa.Dialect, wins: sa.ColumnElement[bool]) -> str:
    """The upsert's text: SQLite takes row after row, PostgreSQL all at once, an array a column."""
    insert: Any
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        arrays = []
        for column in JUDGMENTS.c:
            arrays.append(sa.cast(sa.bindparam(column.name), sa.ARRAY(column.type)))
        rows = sa.func.unnest(*arrays).table_valued(*JUDGMENTS.c.keys()).render_derived()
        insert = postgresql.insert(JUDGMENTS).from_select(JUDGMENTS.c.keys(), sa.select(rows))
    else:
        insert = sqlite.insert(JUDGMENTS)
    replaced = {
        column.name: insert.excluded[column.name]
        for column in JUDGMENTS.c
        if not column.primary_key
    }
    keys = list(JUDGMENTS.primary_key)
    statement = insert.on_conflict_do_update(index_elements=keys, set_=replaced, where=wins)
    text = str(statement.compile(dialect=dialect))
    if dialect.name == "sqlite":
        # Rows would lie in the order in which they came. Beside the times that a learning platform
        # keeps, that order would tell whose they are: so each gets a place by chance.
        text = text.replace("judgments (", "judgments (rowid, ", 1)
        text = text.replace("VALUES (", "VALUES (random(), ", 1)
    return text


def judgments_query(session: str) -> sa.Select[Any]:
    """The judgments of a session, whose rows `Judgment` takes, ordered by item and phase."""
    table = JUDGMENTS.c
    return (
        sa.select(*(table[name] for name in ROW))
        .where(table.session == session)
        .order_by(table.item, table.wording, table.phase, table.participant)
    )


def judgment_query(key: Key) -> sa.Select[Any]:
    """The judgment of a key, if it is there."""
    session, *rest = key
    query = judgments_query(session)
    for name, value in zip(("participant", "item", "wording", "phase"), rest, strict=True):
        query = query.where(JUDGMENTS.c[name] == value)
    return query


def judgments_of(connection: sa.Connection, people: Iterable[Person]) -> dict[Key, Judgment]:
    """Everything that is stored of these people, by key."""
    stored = {}
    names = sorted(set(people))
    person = sa.tuple_(JUDGMENTS.c.session, JUDGMENTS.c.participant)
    for start in range(0, len(names), _PEOPLE_AT_ONCE):
        some = names[start : start + _PEOPLE_AT_ONCE]
        query = sa.select(*(JUDGMENTS.c[name] for name in ROW)).where(person.in_(some))
        for row in connection.execute(query):
            judgment = Judgment(*row)
            stored[judgment.key] = judgment
    return stored


# -- tokens and consents --------------------------------------------------------------------------


def own_token(connection: sa.Connection, session: str) -> str | None:
    """The token of a file's student in a session; None before it was made."""
    query = sa.select(TOKENS.c.token).where(TOKENS.c.session == session)
    token: str | None = connection.execute(query).scalar()
    return token


def next_revision(connection: sa.Connection, person: Person) -> int:
    """The revision of a student's next judgment: one more than any before, stored still or not."""
    newest = sa.select(sa.func.max(JUDGMENTS.c.revision)).where(*of_person(JUDGMENTS, person))
    own = TOKENS.c.session == person[0]
    # Of two kernels that judge at once the second waits here, and counts on from the first. (On
    # SQLite the transaction itself is the lock.)
    counted = sa.select(TOKENS.c.revision).where(own).with_for_update()
    revision = 1 + max(
        connection.execute(newest).scalar() or 0, connection.execute(counted).scalar() or 0
    )
    connection.execute(sa.update(TOKENS).where(own).values(revision=revision))
    return revision


def consent_query(session: str, participant: str) -> sa.Select[Any]:
    """Whether a participant agreed to research, if they were asked."""
    person = (session, participant)
    return sa.select(CONSENTS.c.consent).where(*of_person(CONSENTS, person))


def keep_consents(connection: sa.Connection, consents: Mapping[Person, tuple[bool, int]]) -> None:
    """Keeps of each participant the consent with the higher revision; of two with the same, no."""
    rows = []
    for person, answer in sorted(consents.items()):
        rows.append(dict(zip(CONSENTS.c.keys(), (*person, *answer), strict=True)))
    arriving = CONSENTS.alias("excluded").c
    wins = sa.or_(
        arriving.revision > CONSENTS.c.revision,
        sa.and_(arriving.revision == CONSENTS.c.revision, sa.not_(arriving.consent)),
    )
    put_rows(connection, CONSENTS, rows, renewed=("consent", "revision"), where=wins)


def marked_invented(connection: sa.Connection, session: str) -> bool | None:
    """Whether a session's answers are invented; False where nobody said, None where none are."""
    described = sa.select(SESSIONS.c.invented).where(SESSIONS.c.session == session)
    invented = connection.execute(described).scalar()
    if invented is not None:
        return bool(invented)
    judged = sa.select(sa.literal(1)).where(JUDGMENTS.c.session == session).limit(1)
    if connection.execute(judged).first():
        return False
    return None


def forget(connection: sa.Connection, person: Person) -> int:
    """Removes all that is kept of a participant; how many judgments that was."""
    # An old store lacks the writings, and only the class server has the tables of its halls.
    tables = sa.inspect(connection).get_table_names()
    if "hall_settings" in tables:
        _untick_reasons(connection, person)
    removed = {}
    for table in (JUDGMENTS, CONSENTS, WRITINGS):
        if table.name in tables:
            theirs = sa.delete(table).where(*of_person(table, person))
            removed[table.name] = connection.execute(theirs).rowcount
    if "joined" in tables:  # a participant is of one session only
        joined = sa.table("joined", sa.column("participant"))
        connection.execute(sa.delete(joined).where(joined.c.participant == person[1]))
    return removed[JUDGMENTS.name]


def _untick_reasons(connection: sa.Connection, person: Person) -> None:
    """Takes a participant's reasons out of those that a host has chosen for the screen.

    Only hashes of them stand there, but whoever guesses a reason could see that it was written. One
    who wrote the very same words loses the tick as well.
    """
    theirs = sa.select(JUDGMENTS.c.reason).where(*of_person(JUDGMENTS, person))
    ids = {reason_id(text) for text in connection.execute(theirs).scalars()}
    settings = sa.table("hall_settings", *map(sa.column, ("code", "name", "value")))
    ticked = sa.select(settings).where(settings.c.name.startswith("reasons "))
    for code, name, value in connection.execute(ticked).all():
        chosen = json.loads(value)
        left = [id for id in chosen if id not in ids]
        if left != chosen:
            setting = sa.and_(settings.c.code == code, settings.c.name == name)
            connection.execute(sa.update(settings).where(setting).values(value=json.dumps(left)))


# -- writings -------------------------------------------------------------------------------------


def writings_of(
    connection: sa.Connection, session: str, participant: str | None = None
) -> dict[str, list[Writing]]:
    """What the participants of a session wrote (or one of them), each sorted by item and question."""
    if not sa.inspect(connection).has_table(WRITINGS.name):  # an old store has none
        return {}
    table = WRITINGS.c
    query = sa.select(
        table.participant, table.item, table.question, table.text, table.revision
    ).where(table.session == session)
    if participant is not None:
        query = query.where(table.participant == participant)
    written: dict[str, list[Writing]] = {}
    for person, *row in connection.execute(query.order_by(table.item, table.question)):
        written.setdefault(person, []).append(Writing(*row))
    return written


# -- the store as a whole -------------------------------------------------------------------------


def one_at_a_time(connection: sa.Connection) -> None:
    """Lets one collection after another write: what it reads stays true until it has written."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT, 2)))


def create_tables(connection: sa.Connection) -> None:
    """Makes the tables that are missing; of several who open a new store, one makes them."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT)))
    TABLES.create_all(connection)
    put_rows(connection, VERSION, {"version": LAYOUT})


def lacks_index(connection: sa.Connection) -> bool:
    """Whether a store was made before 0.6.0, which counts moves by another index."""
    return not sa.inspect(connection).has_index(JUDGMENTS.name, str(MOVES_INDEX.name))


def renew_index(connection: sa.Connection) -> None:
    """Gives such a store the index, in the place of the one that nothing reads any more."""
    if connection.dialect.name == "postgresql":  # of several who open a store, one does it
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT)))
    MOVES_INDEX.create(connection, checkfirst=True)
    connection.exec_driver_sql("DROP INDEX IF EXISTS for_moves")


def layout_of(connection: sa.Connection) -> int | None:
    """The version of the tables that are there; None where there are none."""
    if not sa.inspect(connection).has_table(VERSION.name):
        return None
    version: int | None = connection.execute(sa.select(sa.func.max(VERSION.c.version))).scalar()
    return version
