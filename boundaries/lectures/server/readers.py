"""A few threads that ask the database, apart from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from boundaries.errors import StoreError

P = ParamSpec("P")
R = TypeVar("R")


class Readers:
    """A few threads that ask the database, so that a slow one never holds up the phones."""

    def __init__(self, threads: int = 4, patience: float = 5.0) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._patience = patience

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns. Raises StoreError where it takes more than `patience`
        seconds.
        """
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
