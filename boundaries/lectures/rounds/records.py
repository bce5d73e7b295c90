"""The tables of halls beside those of the store, and the questions that must be quick.

Nothing here stands beside a participant but the code of a hall: no name, address or time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from boundaries.answers.completion import COMPLETIONS
from boundaries.answers.counting import counted_moves, counted_ratings
from boundaries.answers.judgments import Judgment, Key
from boundaries.answers.queries import put_rows
from boundaries.answers.tables import JUDGMENTS, LAYOUT, ROW
from boundaries.content.base32 import number_of

TABLES = sa.MetaData()
LECTURES = sa.Table(
    "lectures",
    TABLES,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("vignettes", sa.Text, nullable=False),  # JSON
    sa.Column("vignette", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    # The phase of which it is said how many have judged.
    sa.Column("counted", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # When the countdown is at nought: seconds by the database's clock, the one that all processes share.
    sa.Column("ends", sa.Float(53)),
)
CASES = sa.Table(
    "cases",
    TABLES,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),  # a level's id, or "split"
    sa.Column("opened", sa.Text, nullable=False),  # phases, a space between them
    sa.Column("revealed", sa.Text, nullable=False),
    sa.Column("hands", sa.Text, nullable=False),  # JSON: counts by phase
    # JSON: rows of both tallies; empty before a round was closed.
    sa.Column("frozen", sa.Text, nullable=False),
)
JOINED = sa.Table(
    "joined",
    TABLES,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sqlite_with_rowid=False,  # no order in which people came
)
HOST_KEYS = sa.Table("host_keys", TABLES, sa.Column("hash", sa.Text, primary_key=True))

SETTINGS = sa.Table(  # younger than the others, so a store may have them without it
    "hall_settings",
    TABLES,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # JSON
)

# (code of the hall, or its session; participant).
Person = tuple[str, str]
Row = tuple[Any, ...]


class now(FunctionElement[float]):  # noqa: N801 - an SQL function, named like sqlalchemy's own
    """The database's own clock, which all processes share: seconds since 1970."""

    type = sa.Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite_clock(element: now, compiler: SQLCompiler, **_: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql_clock(element: now, compiler: SQLCompiler, **_: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def create_hall_tables(connection: sa.Connection) -> None:
    """Makes the tables of halls that are missing; one process after another."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT)))
    TABLES.create_all(connection)
    COMPLETIONS.create(connection, checkfirst=True)


def lock_hall(connection: sa.Connection, code: str, *, shared: bool) -> None:
    """Lets writers of a hall in together, and a change of its stage only alone, until the
    transaction ends.

    The lock of a row would do the same, but lets a stream of writers pass one who waits to close
    the round; this one is a queue. On SQLite the transaction itself is the lock."""
    if connection.dialect.name != "postgresql":
        return
    take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
    # Below 0: nobody else in the store locks such a number.
    connection.execute(sa.select(take(sa.literal(-1 - number_of(code), sa.BigInteger))))


def _pulse_query() -> sa.Select[Any]:
    """Code, version, how many joined, how many judged, seconds left: one row for each of `codes`."""
    halls = LECTURES
    joined = sa.select(sa.func.count()).where(JOINED.c.code == halls.c.code).scalar_subquery()
    judged = (
        sa.select(sa.func.count())
        .where(
            halls.c.counted != "",
            JUDGMENTS.c.session == halls.c.session,
            JUDGMENTS.c.item == halls.c.vignette,
            JUDGMENTS.c.phase == halls.c.counted,
        )
        .scalar_subquery()
    )
    left = halls.c.ends - now()
    query = sa.select(halls.c.code, halls.c.version, joined, judged, left)
    return query.where(halls.c.code.in_(sa.bindparam("codes", expanding=True)))


_PULSE = _pulse_query()  # made once: it is asked three times a second


def pulses(connection: sa.Connection, codes: Collection[str]) -> Sequence[Any]:
    """Code, version, how many joined, how many judged, seconds left: one row for each hall of
    plain `codes`."""
    return connection.execute(_PULSE, {"codes": list(codes)}).all()


def ratings_of_item(connection: sa.Connection, session: str, item: str) -> list[Row]:
    """One item's rows in the shape `tally.RATINGS`, 0 for a skip and for no confidence."""
    return _with_zeros(counted_ratings(connection, session, item))


def moves_of_item(connection: sa.Connection, session: str, item: str) -> list[Row]:
    """One item's rows in the shape `tally.MOVES`, 0 for a skip: those who answered in both phases."""
    return _with_zeros(counted_moves(connection, session, item))


def _with_zeros(rows: Iterable[Row]) -> list[Row]:
    return [tuple(0 if cell is None else cell for cell in row) for row in rows]


def anybody_judged(connection: sa.Connection, session: str, item: str) -> bool:
    """Whether there is a judgment of the item."""
    query = sa.select(sa.literal(1)).where(JUDGMENTS.c.session == session, JUDGMENTS.c.item == item)
    return connection.execute(query.limit(1)).first() is not None


_SETTINGS = sa.select(SETTINGS.c.name, SETTINGS.c.value).where(
    SETTINGS.c.code == sa.bindparam("code")
)


def settings_of(connection: sa.Connection, code: str) -> dict[str, Any]:
    """What was set for a hall, by name."""
    return {
        name: json.loads(value) for name, value in connection.execute(_SETTINGS, {"code": code})
    }


def set_setting(connection: sa.Connection, code: str, name: str, value: object) -> None:
    """Keeps a setting of a hall, in the place of the one before."""
    row = {"code": code, "name": name, "value": json.dumps(value)}
    put_rows(connection, SETTINGS, row, renewed=("value",))


# -- what a whole hall asks in one transaction ----------------------------------------------------
#
# Each query is made once for each kind of database: making it costs more than answering it.


def rows_of(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, Judgment]:
    """The judgments that are there of these keys (and perhaps some of the same people's others)."""
    query = _rows_query(connection.dialect.name)
    judgments: dict[Key, Judgment] = {}
    for session in {key[0] for key in keys}:
        values: dict[str, Any] = {"session": session}
        for place, name in ((1, "participant"), (2, "item"), (4, "phase")):
            values[name] = _listed(connection, {key[place] for key in keys if key[0] == session})
        for row in connection.execute(query, values):
            judgment = Judgment(*row)
            judgments[judgment.key] = judgment
    return judgments


@cache
def _rows_query(dialect: str) -> sa.Select[Any]:
    table = JUDGMENTS.c
    query = sa.select(*(table[name] for name in ROW))
    lists = [_is_one_of(dialect, table[name]) for name in ("participant", "item", "phase")]
    return query.where(table.session == sa.bindparam("session"), *lists)


def revisions(connection: sa.Connection, people: Collection[Person]) -> dict[Person, int]:
    """The highest revision of each of these participants (session, participant) who has judged."""
    query = _revisions_query(connection.dialect.name)
    highest: dict[Person, int] = {}
    for session, participants in _by_first(people).items():
        values = {"session": session, "participant": _listed(connection, participants)}
        for participant, revision in connection.execute(query, values):
            highest[session, participant] = revision
    return highest


@cache
def _revisions_query(dialect: str) -> sa.Select[Any]:
    table = JUDGMENTS.c
    theirs = (table.session == sa.bindparam("session"), _is_one_of(dialect, table.participant))
    query = sa.select(table.participant, sa.func.max(table.revision)).where(*theirs)
    return query.group_by(table.participant)


def members(connection: sa.Connection, people: Collection[Person]) -> set[Person]:
    """Those of these (code, participant) who have joined."""
    query = _members_query(connection.dialect.name)
    joined: set[Person] = set()
    for code, participants in _by_first(people).items():
        values = {"code": code, "participant": _listed(connection, participants)}
        joined.update((code, name) for name in connection.execute(query, values).scalars())
    return joined


@cache
def _members_query(dialect: str) -> sa.Select[Any]:
    among = _is_one_of(dialect, JOINED.c.participant)
    return sa.select(JOINED.c.participant).where(JOINED.c.code == sa.bindparam("code"), among)


def add_members(connection: sa.Connection, people: Collection[Person]) -> None:
    """Counts these (code, participant), each once."""
    # Sorted, or two processes may each wait for the other.
    rows = [{"code": code, "participant": name} for code, name in sorted(people)]
    put_rows(connection, JOINED, rows)


def _is_one_of(dialect: str, column: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Whether a column is one of many values, which go as one parameter of its name.

    With `IN` and hundreds of bound values, writing the statement costs more than answering it. (A
    join with the values lets PostgreSQL choose a plan that looks up each among all of its case.)"""
    if dialect == "postgresql":
        return column == sa.any_(sa.bindparam(column.name, type_=sa.ARRAY(sa.Text)))
    values = sa.func.json_each(sa.bindparam(column.name, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(values.c.value))


def _listed(connection: sa.Connection, values: Collection[str]) -> object:
    """Many values as one parameter."""
    listed = list(values)
    return listed if connection.dialect.name == "postgresql" else json.dumps(listed)


def _by_first(people: Collection[Person]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for first, second in people:
        groups.setdefault(first, set()).add(second)
    return groups
