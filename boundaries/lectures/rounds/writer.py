"""Judgments, joins and small changes of many phones in few transactions: what queues while one runs goes into the
next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from boundaries.errors import StoreError, TooMany
from boundaries.lectures.rounds.halls import Halls, Receipt, Wish
from boundaries.lectures.rounds.joining import Levels

# The most that goes into one transaction.
BATCH = 500

# The most that waits; more than that is told to come again.
WAITING = 10_000

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
# A small change of the store, in a transaction with others.
Change = Callable[[sa.Connection], Answer]


class Writer:
    """Writes for one event loop, on one thread.

    After `patience` seconds a caller gets StoreError: not confirmed, though it may still be
    written."""

    def __init__(self, halls: Halls, patience: float = 5.0) -> None:
        self._thread = ThreadPoolExecutor(1, "writer")
        self._wishes: _Group[Wish, Receipt] = _Group(halls.record, self._thread, patience)
        self._joins: _Group[tuple[str, str], Levels] = _Group(halls.joins, self._thread, patience)
        self._changes: _Group[Change[Any], Any] = _Group(halls.together, self._thread, patience)

    async def put(self, wish: Wish) -> Receipt:
        """The receipt of one wish, durably written where it says so. Raises StoreError, or TooMany."""
        return await self._wishes.put(wish)

    async def join(self, code: str, token: str) -> Levels:
        """As `Halls.join`, and as `put` when the database does not answer."""
        return await self._joins.put((code, token))

    async def change(self, change: Change[Answer]) -> Answer:
        """What the change gives, durably made; raises what it raises, and as `put`."""
        answer: Answer = await self._changes.put(change)
        return answer

    async def close(self) -> None:
        """Writes what waits, then ends the thread."""
        await self._wishes.close()
        await self._joins.close()
        await self._changes.close()
        await asyncio.to_thread(self._thread.shutdown)


class _Group(Generic[Asked, Answer]):
    """Group commit: one call of `write` at a time, with all that queued since the last one."""

    def __init__(
        self,
        write: Callable[[Sequence[Asked]], Sequence[Answer | Exception]],
        thread: ThreadPoolExecutor,
        patience: float,
    ) -> None:
        self._write, self._thread, self._patience = write, thread, patience
        self._queue: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def put(self, asked: Asked) -> Answer:
        if len(self._queue) >= WAITING:
            raise TooMany(
                "Too many judgments wait to be stored. Yours was not stored yet; it is sent again by itself."
            )
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((asked, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            return await asyncio.wait_for(future, self._patience)
        except TimeoutError:
            raise StoreError(
                "The database has not confirmed this yet, so it counts as not stored. It is sent again by itself."
            ) from None

    async def close(self) -> None:
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._queue:
            batch = self._next_batch()
            if not batch:
                continue
            answers = await self._written([asked for asked, _ in batch])
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _next_batch(self) -> list[tuple[Asked, asyncio.Future[Answer]]]:
        batch = []
        for _ in range(min(BATCH, len(self._queue))):
            asked, future = self._queue.popleft()
            # Who gave up was told that nothing is confirmed, so nothing is written for them.
            if not future.done():
                batch.append((asked, future))
        return batch

    async def _written(self, wanted: Sequence[Asked]) -> Sequence[Answer | Exception]:
        try:
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._thread, self._write, wanted)
        except Exception as error:  # whatever it is, nobody may be left waiting
            return [error] * len(wanted)
        if len(answers) != len(wanted):
            fault = StoreError("The database answered for some and not for others. Send it again.")
            return [fault] * len(wanted)
        return answers
