"""The tables of lectures beside those of the store, and the SQL that must be quick.

Nothing here stands beside a participant but the code of a lecture: no name, address or time.
"""

# ruff: noqa: S608 - the SQL is put together from names that are written here, never from values

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment, Key
from boundaries.answers.tables import JUDGMENTS, LAYOUT, ROW

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
    sa.Column(
        "counted", sa.Text, nullable=False
    ),  # the phase of which it is said how many have judged
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column(
        "ends", sa.Float(53)
    ),  # when the countdown is at nought: seconds by the database's clock
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
    sa.Column(
        "frozen", sa.Text, nullable=False
    ),  # JSON: rows of both tallies; empty before a round was closed
)
JOINED = sa.Table(
    "joined",
    TABLES,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
)
HOST_KEYS = sa.Table("host_keys", TABLES, sa.Column("hash", sa.Text, primary_key=True))

_NOW = {
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}
_PAIRS = (
    "(a.phase = 'first' AND b.phase <> 'first' OR a.phase = 'discussed' AND b.phase = 'informed')"
)


def now(connection: sa.Connection) -> str:
    """The database's own clock as SQL: seconds since 1970."""
    return _NOW[connection.dialect.name]


def create_tables(connection: sa.Connection) -> None:
    """Makes the tables that are missing, as `tables.create_tables` does and under the same lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT)))
    TABLES.create_all(connection)


def lock(connection: sa.Connection, number: int, *, shared: bool) -> None:
    """Lets writers of a lecture in together, and a change of its stage only alone, until the transaction ends.

    The lock of a row would do the same, but lets a stream of writers pass one who waits to close the round; this
    one is a queue. On SQLite the transaction itself is the lock.
    """
    if connection.dialect.name == "postgresql":
        kind = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.exec_driver_sql(
            f"SELECT {kind}(%s::bigint)", (-1 - number,)
        )  # below 0: nobody else's


def _among(
    connection: sa.Connection, *values: str | Collection[str]
) -> tuple[list[str], tuple[Any, ...]]:
    """For each value the SQL of "is it", or of "is one of them", and the parameters.

    Whole lists go as one parameter. (A join with the keys themselves lets PostgreSQL choose a plan that looks up
    every key among all of its case.)
    """
    postgresql = connection.dialect.name == "postgresql"
    one, many = (
        ("= %s", "= ANY(%s::text[])")
        if postgresql
        else ("= ?", "IN (SELECT value FROM json_each(?))")
    )
    given = tuple(
        v if isinstance(v, str) else sorted(v) if postgresql else json.dumps(sorted(v))
        for v in values
    )
    return [one if isinstance(v, str) else many for v in values], given


def _by_first(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
    return found


def rows_of(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, Judgment]:
    """The judgments that are there of these keys (and perhaps some of the same people's others)."""
    found: dict[Key, Judgment] = {}
    for session in {key[0] for key in keys}:
        here = [key for key in keys if key[0] == session]
        people, items, phases = ({key[n] for key in here} for n in (1, 2, 4))
        (a, b, c, d), values = _among(connection, session, people, items, phases)
        query = f"SELECT {', '.join(ROW)} FROM judgments WHERE session {a} AND participant {b} AND item {c} AND phase {d}"
        for row in connection.exec_driver_sql(query, values):
            judgment = Judgment(*row)
            found[judgment.key] = judgment
    return found


def revisions(
    connection: sa.Connection, people: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The highest revision of each of these participants (session, participant) who has judged."""
    found: dict[tuple[str, str], int] = {}
    for session, some in _by_first(people).items():
        (a, b), values = _among(connection, session, some)
        query = f"SELECT participant, max(revision) FROM judgments WHERE session {a} AND participant {b} GROUP BY 1"
        found |= {(session, row[0]): row[1] for row in connection.exec_driver_sql(query, values)}
    return found


def members(connection: sa.Connection, people: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these (code, participant) who have joined."""
    found: set[tuple[str, str]] = set()
    for code, some in _by_first(people).items():
        (a, b), values = _among(connection, code, some)
        query = f"SELECT code, participant FROM joined WHERE code {a} AND participant {b}"
        found |= {(row[0], row[1]) for row in connection.exec_driver_sql(query, values)}
    return found


def add_members(connection: sa.Connection, people: Iterable[tuple[str, str]]) -> None:
    """Counts these (code, participant), each once."""
    for code, some in sorted(_by_first(people).items()):
        _, values = _among(connection, code, some)
        given = (
            "%s, unnest(%s::text[])"
            if connection.dialect.name == "postgresql"
            else "?, value FROM json_each(?)"
        )
        query = f"INSERT INTO joined (code, participant) SELECT {given} WHERE true ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(query, values)


def pulse_query(connection: sa.Connection) -> sa.TextClause:
    """Code, version, how many joined, how many judged, seconds left: one row for each of `codes`."""
    query = (
        "SELECT code, version, (SELECT count(*) FROM joined j WHERE j.code = l.code), "
        "(SELECT count(*) FROM judgments g WHERE l.counted <> '' AND g.session = l.session AND g.item = l.vignette "
        f"AND g.phase = l.counted), ends - {now(connection)} FROM lectures l WHERE code IN :codes"
    )
    return sa.text(query).bindparams(sa.bindparam("codes", expanding=True))


def count_ratings(connection: sa.Connection, session: str, item: str) -> list[tuple[Any, ...]]:
    """One item's rows in the shape `tally.RATINGS`, 0 for a skip and for no confidence."""
    query = (
        "SELECT item, wording, level, phase, coalesce(confidence, 0), coalesce(rating, 0), count(*) FROM judgments "
        "WHERE session = :session AND item = :item GROUP BY item, wording, level, phase, confidence, rating"
    )
    return [
        tuple(row) for row in connection.execute(sa.text(query), {"session": session, "item": item})
    ]


def count_moves(connection: sa.Connection, session: str, item: str) -> list[tuple[Any, ...]]:
    """One item's rows in the shape `tally.MOVES`."""
    query = (
        "SELECT a.item, a.wording, a.level, a.phase, coalesce(a.rating, 0), b.phase, coalesce(b.rating, 0), count(*) "
        "FROM judgments a JOIN judgments b ON b.session = a.session AND b.participant = a.participant "
        f"AND b.item = a.item AND b.wording = a.wording AND b.level = a.level AND {_PAIRS} "
        "WHERE a.session = :session AND a.item = :item "
        "GROUP BY a.item, a.wording, a.level, a.phase, a.rating, b.phase, b.rating"
    )
    return [
        tuple(row) for row in connection.execute(sa.text(query), {"session": session, "item": item})
    ]


def anybody_judged(connection: sa.Connection, session: str, item: str) -> bool:
    """Whether there is a judgment of the item."""
    query = sa.select(sa.literal(1)).where(JUDGMENTS.c.session == session, JUDGMENTS.c.item == item)
    return connection.execute(query.limit(1)).first() is not None
