"""Completion codes: the proof that somebody judged every case of a session, and of nothing else.

A student hands one in where the class is known by name. So nothing may lead from a code to a
judgment: the code follows from the student's token, which no server keeps, and its hash lies in a
table without participants. (Whoever runs the server while a code is made could watch.)
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

import sqlalchemy as sa

from boundaries.answers.queries import put_rows
from boundaries.answers.store import Store
from boundaries.content import base32

COMPLETIONS = sa.Table(
    "completions",
    sa.MetaData(),
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("late", sa.Boolean, nullable=False),
    # Rows lie in the order of their hashes: the order in which students came would be a clock.
    sqlite_with_rowid=False,
)

# Word processors and phones make dashes of hyphens.
_WRITTEN = re.compile(r"(?<![0-9A-Z])(?:[0-9A-Z]{4}[-‐-―]){3}[0-9A-Z]{4}(?![0-9A-Z])", re.I)


def completion_code(key: str, token: str) -> str:
    """The code of a token under a session's key: always the same, and not to be guessed.

    >>> completion_code("a key", "0123456789abcdef0123456789abcdef")
    'Z05S-04AX-YAE0-VCG3'
    """
    digest = hmac.digest(key.encode(), f"completed|{token}".encode(), "sha256")
    # Eighty bits: sixteen signs of five.
    number = int.from_bytes(digest[:10], "big")
    # Backwards, as the first codes were written: a student's code never changes.
    return base32.grouped(base32.signs_of(number, 16)[::-1])


def codes_in(text: str) -> list[str]:
    """The completion codes that stand anywhere in a text, as they are stored, each once.

    >>> codes_in("My code is z05s-04ax-yae0-vcg3. Thanks!")
    ['Z05S-04AX-YAE0-VCG3']
    """
    codes = [base32.grouped(base32.normalised(written)) for written in _WRITTEN.findall(text)]
    return list(dict.fromkeys(codes))


def keep_completion(connection: sa.Connection, session: str, code: str, *, late: bool) -> bool:
    """Keeps that a code was given, and whether late. Asked for again, it stays as it was.

    Whether it was late, as it is stored."""
    values = {"session": session, "hash": _hash(code), "late": late}
    # The first time counts: who was in time is not late for asking once more.
    put_rows(connection, COMPLETIONS, values)
    query = sa.select(COMPLETIONS.c.late).where(COMPLETIONS.c.session == session)
    return bool(connection.execute(query.where(COMPLETIONS.c.hash == _hash(code))).scalar())


def late_by_code(store: Store, session: str, codes: Iterable[str]) -> dict[str, bool]:
    """Of those codes that the session gave, whether it gave them late. Raises StoreError."""
    code_of_hash = {_hash(code): code for code in codes}
    query = sa.select(COMPLETIONS.c.hash, COMPLETIONS.c.late)
    late: dict[str, bool] = {}
    with store.reading() as connection:
        if not sa.inspect(connection).has_table(COMPLETIONS.name):
            return late
        for hash, is_late in connection.execute(query.where(COMPLETIONS.c.session == session)):
            if hash in code_of_hash:
                late[code_of_hash[hash]] = bool(is_late)
    return late


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
