"""Which lectures and host keys there are, asked of the database by many at once in one question."""

from __future__ import annotations

import asyncio
import time

import sqlalchemy as sa

from boundaries.answers.store import Store
from boundaries.lectures.server.readers import Readers

# Seconds between two questions: guesses cost ten small queries a second, however many they are.
_PAUSE = 0.1


class Known:
    """All values of a column of the store, kept in memory; what is in it once is taken to stay.

    So a code that exists is found whoever guesses beside it, and a wrong one costs the database
    next to nothing.
    """

    def __init__(self, column: sa.Column[str], store: Store, readers: Readers) -> None:
        self._column, self._store, self._readers = column, store, readers
        self._values: set[str] = set()
        self._question: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")

    async def has(self, value: str) -> bool:
        """Whether the database has this value. Raises StoreError where it does not answer."""
        if value in self._values:
            return True
        if self._question and not self._question.done():
            # It may have been asked before the value was there.
            await asyncio.wait({self._question})
            if value in self._values:
                return True
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._ask())
        question = self._question
        await asyncio.wait({question})
        error = question.exception()
        if error:
            raise error
        return value in self._values

    async def _ask(self) -> None:
        await asyncio.sleep(self._asked_at + _PAUSE - time.monotonic())
        self._asked_at = time.monotonic()
        self._values = await self._readers.run(self._read)

    def _read(self) -> set[str]:
        with self._store.reading() as connection:
            return set(connection.execute(sa.select(self._column)).scalars())
