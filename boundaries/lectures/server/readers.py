"""Asking the database apart from the event loop, and in few questions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import sqlalchemy as sa

from boundaries.answers.store import Store
from boundaries.errors import StoreError

P = ParamSpec("P")
R = TypeVar("R")


class Readers:
    """A few threads that ask the database, so that a slow one never holds up the phones."""

    def __init__(self, patience: float = 5.0) -> None:
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="reader")
        self._patience = patience

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns; StoreError where it takes more than `patience` seconds."""
        work = asyncio.wrap_future(self._threads.submit(function, *args, **kwargs))
        done, _ = await asyncio.wait({work}, timeout=self._patience)
        if not done:
            # Its error is heard, though nobody waits for it any more.
            work.add_done_callback(lambda work: work.cancelled() or work.exception())
            raise StoreError("The store did not answer in time. Try again in a moment.")
        return work.result()

    def close(self) -> None:
        """Lets the threads go, without waiting for one that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class KnownValues:
    """All values of a column of the store, kept in memory; what is in it once is taken to stay.

    So a code that exists is found whoever guesses beside it, and a wrong one costs the database
    next to nothing."""

    def __init__(self, column: sa.Column[str], store: Store, readers: Readers) -> None:
        self._column, self._store, self._readers = column, store, readers
        # Seconds between two questions: guesses cost ten small queries a second, however many.
        self.pause = 0.1
        self._values: set[str] = set()
        self._question: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")

    async def has(self, value: str) -> bool:
        """Whether the database has this value. Raises StoreError where it does not answer."""
        # Of two questions the first may have been asked before the value was there.
        for _ in range(2):
            if value in self._values:
                return True
            under_way = self._question is not None and not self._question.done()
            if self._question is None or not under_way:
                self._question = asyncio.create_task(self._ask())
            question = self._question
            await asyncio.wait({question})
            if not under_way:
                break
        error = question.exception()
        if error:
            raise error
        return value in self._values

    async def _ask(self) -> None:
        await asyncio.sleep(self._asked_at + self.pause - time.monotonic())
        self._asked_at = time.monotonic()
        self._values = await self._readers.run(self._read)

    def _read(self) -> set[str]:
        with self._store.reading() as connection:
            return set(connection.execute(sa.select(self._column)).scalars())
