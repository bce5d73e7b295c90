"""The tables of a store. What is asked of them is in `queries`."""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy as sa

from boundaries.answers.judgments import Judgment

# The version of the tables. A store with a higher one was written by a newer package.
LAYOUT = 1

TABLES = sa.MetaData()

JUDGMENTS = sa.Table(
    "judgments",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("wording", sa.Text, primary_key=True),
    sa.Column("phase", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    # Null: "I would rather not judge this one".
    sa.Column("rating", sa.SmallInteger),
    sa.Column("confidence", sa.SmallInteger),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    # Both follow from the columns before, and are stored so that the database itself can merge.
    sa.Column("precedence", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    # Both tallies read an index alone, never a row with its reason.
    sa.Index("for_ratings", "session", "item", "wording", "level", "phase", "confidence", "rating"),
)
MOVES_INDEX = sa.Index(
    "for_moves_by_case",
    *(
        JUDGMENTS.c[name]
        for name in ("session", "item", "wording", "level", "participant", "phase", "rating")
    ),
)
SESSIONS = sa.Table(
    "sessions",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("invented", sa.Boolean, nullable=False),
)
# Has rows only in a student's own file: the token stays with the student.
TOKENS = sa.Table(
    "tokens",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
)
# No row: nobody was asked, which counts as no. The revision is the newest one that was handed in
# with the consent.
CONSENTS = sa.Table(
    "consents",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("consent", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,  # no order in which people answered
)
# What students wrote in forms, guesses too. A store of before 0.4 gets the table when it is first
# written to.
WRITINGS = sa.Table(
    "writings",
    TABLES,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("question", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sqlite_with_rowid=False,  # no order in which files were collected: by name, often
)
VERSION = sa.Table("layout", TABLES, sa.Column("version", sa.Integer, primary_key=True))

# The columns that make a judgment, in the order of its fields.
ROW = tuple(field.name for field in fields(Judgment))
