"""The tables of halls beside those of the store, and the questions that must be quick.

Nothing here stands beside a participant but the code of a hall: no name, address or time.

Most of it is SQLAlchemy Core. What a whole lecture hall asks in one transaction is plain SQL: its
lists go as one parameter each, which every dialect spells in its own way and Core in none: with
`IN` and hundreds of bound values, writing the statement costs more than answering it.
"""

# ruff: noqa: S608 - the SQL is put together from names that are written here, never from values

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from boundaries.answers.judgments import Judgment, Key
from boundaries.answers.queries import ratings_query
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
)
HOST_KEYS = sa.Table("host_keys", TABLES, sa.Column("hash", sa.Text, primary_key=True))

_TESTS = {
    "sqlite": ("= ?", "IN (SELECT value FROM json_each(?))"),
    "postgresql": ("= %s", "= ANY(%s::text[])"),
}
_ROWS = {"sqlite": "?, value FROM json_each(?)", "postgresql": "%s, unnest(%s::text[])"}

Person = tuple[str, str]
"""(code of the hall, participant)."""


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


def create_tables(connection: sa.Connection) -> None:
    """Makes the tables that are missing, as `tables.create_tables` does and under the same lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LAYOUT)))
    TABLES.create_all(connection)


def lock(connection: sa.Connection, number: int, *, shared: bool) -> None:
    """Lets writers of a hall in together, and a change of its stage only alone, until the
    transaction ends.

    The lock of a row would do the same, but lets a stream of writers pass one who waits to close
    the round; this one is a queue. On SQLite the transaction itself is the lock.
    """
    if connection.dialect.name != "postgresql":
        return
    # Below 0: nobody else in the store locks such a number.
    key = sa.literal(-1 - number, sa.BigInteger)
    if shared:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(key)))
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


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


def count_ratings(connection: sa.Connection, session: str, item: str) -> list[tuple[Any, ...]]:
    """One item's rows in the shape `tally.RATINGS`, 0 for a skip and for no confidence."""
    query = ratings_query(session).where(JUDGMENTS.c.item == item)
    rows = []
    for *case, confidence, rating, n in connection.execute(query):
        rows.append((*case, confidence or 0, rating or 0, n))
    return rows


def count_moves(connection: sa.Connection, session: str, item: str) -> list[tuple[Any, ...]]:
    """One item's rows in the shape `tally.MOVES`, 0 for a skip: those who answered in both phases."""
    before, after = JUDGMENTS.alias(), JUDGMENTS.alias()
    same = ("session", "participant", "item", "wording", "level")
    pairs = sa.or_(
        sa.and_(before.c.phase == "first", after.c.phase != "first"),
        sa.and_(before.c.phase == "discussed", after.c.phase == "informed"),
    )
    case = [before.c.item, before.c.wording, before.c.level]
    answers = [
        before.c.phase,
        sa.func.coalesce(before.c.rating, 0).label("from_rating"),
        after.c.phase,
        sa.func.coalesce(after.c.rating, 0).label("to_rating"),
    ]
    query = (
        sa.select(*case, *answers, sa.func.count())
        .join_from(before, after, sa.and_(*(before.c[name] == after.c[name] for name in same)))
        .where(before.c.session == session, before.c.item == item, pairs)
        .group_by(*case, before.c.phase, before.c.rating, after.c.phase, after.c.rating)
    )
    return [tuple(row) for row in connection.execute(query)]


def anybody_judged(connection: sa.Connection, session: str, item: str) -> bool:
    """Whether there is a judgment of the item."""
    query = sa.select(sa.literal(1)).where(JUDGMENTS.c.session == session, JUDGMENTS.c.item == item)
    return connection.execute(query.limit(1)).first() is not None


# -- what a whole hall asks in one transaction ----------------------------------------------------


def rows_of(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, Judgment]:
    """The judgments that are there of these keys (and perhaps some of the same people's others)."""
    by_session: dict[str, list[Key]] = {}
    for key in keys:
        by_session.setdefault(key[0], []).append(key)
    judgments: dict[Key, Judgment] = {}
    for session, theirs in by_session.items():
        lists = (
            {participant for _, participant, _, _, _ in theirs},
            {item for _, _, item, _, _ in theirs},
            {phase for _, _, _, _, phase in theirs},
        )
        (a, b, c, d), values = _among(connection, session, *lists)
        query = (
            f"SELECT {', '.join(ROW)} FROM judgments "
            f"WHERE session {a} AND participant {b} AND item {c} AND phase {d}"
        )
        for row in connection.exec_driver_sql(query, values):
            judgment = Judgment(*row)
            judgments[judgment.key] = judgment
    return judgments


def revisions(connection: sa.Connection, people: Iterable[tuple[str, str]]) -> dict[Person, int]:
    """The highest revision of each of these participants (session, participant) who has judged."""
    highest: dict[tuple[str, str], int] = {}
    for session, participants in _by_first(people).items():
        (a, b), values = _among(connection, session, participants)
        query = (
            "SELECT participant, max(revision) FROM judgments "
            f"WHERE session {a} AND participant {b} GROUP BY 1"
        )
        for participant, revision in connection.exec_driver_sql(query, values):
            highest[session, participant] = revision
    return highest


def members(connection: sa.Connection, people: Iterable[Person]) -> set[Person]:
    """Those of these (code, participant) who have joined."""
    joined: set[Person] = set()
    for code, participants in _by_first(people).items():
        (a, b), values = _among(connection, code, participants)
        query = f"SELECT code, participant FROM joined WHERE code {a} AND participant {b}"
        joined.update((row[0], row[1]) for row in connection.exec_driver_sql(query, values))
    return joined


def add_members(connection: sa.Connection, people: Iterable[Person]) -> None:
    """Counts these (code, participant), each once."""
    rows = _ROWS[connection.dialect.name]
    query = (
        f"INSERT INTO joined (code, participant) SELECT {rows} WHERE true ON CONFLICT DO NOTHING"
    )
    # Sorted, or two processes may each wait for the other.
    for code, participants in sorted(_by_first(people).items()):
        _, values = _among(connection, code, participants)
        connection.exec_driver_sql(query, values)


def _among(
    connection: sa.Connection, *values: str | Collection[str]
) -> tuple[list[str], tuple[Any, ...]]:
    """For each value the SQL of "is it", or of "is one of them", and the parameters.

    Whole lists go as one parameter. (A join with the keys themselves lets PostgreSQL choose a plan
    that looks up every key among all of its case.)
    """
    dialect = connection.dialect.name
    is_it, is_one_of = _TESTS[dialect]
    tests: list[str] = []
    parameters: list[Any] = []
    for value in values:
        if isinstance(value, str):
            tests.append(is_it)
            parameters.append(value)
            continue
        tests.append(is_one_of)
        parameters.append(sorted(value) if dialect == "postgresql" else json.dumps(sorted(value)))
    return tests, tuple(parameters)


def _by_first(pairs: Iterable[Sequence[str]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for first, second in pairs:
        groups.setdefault(first, set()).add(second)
    return groups
