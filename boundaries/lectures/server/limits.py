"""How much one address, one token and one guesser may ask for: buckets that fill again, in memory
only.

An address is kept as a salted hash of this process, never stored, never logged, gone when the
process ends.

**Why a code of 40 bits is enough.** A code that exists is never refused, so nothing but its length
keeps guessers out. One process answers some hundred guesses a second (see `known`); at 500 they are
43 million of the 1.1 million million codes a day, and with a hundred lectures running, the chance
to meet one of them in a whole day is 0.4 %. What would be found is what the lecture's wall shows
anyway, and a place among its voters; never a reading before the reveal, nor the host's key (256
bits).

**Why nobody can lock a class out.** Wrong codes from an address are answered 429 after the
sixtieth, so that a program that tries them gives up; a right one is answered all the same, also to
the classmate beside the guesser.

**How a campus joins behind one address, and strangers do not fill the room.** New participants of a
lecture from one address have a bucket of 500, filled by 25 a second: a hall of 500 joins at once
and one of 2,500 within a minute and a half, for each phone tries again by itself when it is told
to. Who fills a room of 5,000 from two addresses needs a minute and a half, too; the host sees at
once how many join, and begins anew under another code. From this computer itself 2,500 come at
once: a rehearsal, or a measurement."""

from __future__ import annotations

import ipaddress
import math
import secrets
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from boundaries.errors import TooMany
from boundaries.lectures.network import is_loopback

Clock = Callable[[], float]


class Later(TooMany):
    """Too many for now; `seconds` says when it is worth trying again."""

    def __init__(self, text: str, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        unit = "second" if self.seconds == 1 else "seconds"
        super().__init__(f"{text} Try again in {self.seconds} {unit}.")


class Buckets:
    """A bucket for each key: `burst` at once, then `rate` a second. At most `most` keys are kept.

    >>> now = 0.0
    >>> buckets = Buckets(2, 0.5, clock=lambda: now)
    >>> [buckets.take("somebody") for _ in range(3)]
    [0.0, 0.0, 2.0]
    """

    def __init__(
        self, burst: float, rate: float, *, most: int = 100_000, clock: Clock = time.monotonic
    ) -> None:
        self._burst, self._rate, self._most, self._clock = burst, rate, most, clock
        # How many were left, and when that was.
        self._left: dict[Hashable, tuple[float, float]] = {}

    def wait(self, key: Hashable) -> float:
        """Seconds until one can be taken; 0.0 if it can be now."""
        return max(0.0, (1.0 - self._left_now(key)) / self._rate)

    def take(self, key: Hashable) -> float:
        """Takes one and returns 0.0; or takes none and returns the seconds until one can be taken."""
        wait = self.wait(key)
        if wait:
            return wait
        if key not in self._left and len(self._left) >= self._most:
            self._forget()
        self._left[key] = (self._left_now(key) - 1.0, self._clock())
        return 0.0

    def _left_now(self, key: Hashable) -> float:
        left, since = self._left.get(key, (self._burst, 0.0))
        return min(self._burst, left + max(0.0, self._clock() - since) * self._rate)

    def _forget(self) -> None:
        """Drops the buckets that are full, which are as new; and the oldest quarter if need be."""
        in_use = {key: self._left[key] for key in self._left if self._left_now(key) < self._burst}
        if len(in_use) > self._most * 3 // 4:
            for key in list(in_use)[: len(in_use) // 4]:
                del in_use[key]
        self._left = in_use


class Seen(dict[Hashable, None]):
    """The last `most` things that were seen."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add(self, thing: Hashable) -> None:
        """Remembers a thing, and forgets the oldest where there are too many."""
        self[thing] = None
        if len(self) > self._most:
            del self[next(iter(self))]


class RateLimits:
    """The limits of one server process; every method raises `Later` where one is reached."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._salt = secrets.token_bytes(16)
        self._wrong = Buckets(60, 0.5, clock=clock)
        self._tokens = Buckets(20, 1, clock=clock)
        self._newcomers = Buckets(500, 25, clock=clock)
        self._near_newcomers = Buckets(2_500, 25, clock=clock)
        self._known = Seen(200_000)

    def address(self, scope: Mapping[str, Any]) -> bytes:
        """What stands for the address that a request came from, and cannot be turned back into
        it."""
        return self._hash(network_of(_host_of(scope)))

    def wrong_code(self, address: bytes) -> None:
        """After a code that is none."""
        wait = self._wrong.take(address)
        if wait:
            raise Later(
                "There is no lecture of this code, and too many wrong ones came from this network. "
                "Compare it with the code on the screen.",
                wait,
            )

    def wrong_key(self, address: bytes) -> None:
        """After a host key that is none."""
        wait = self._wrong.take(address)
        if wait:
            raise Later("Too many wrong keys or codes came from this network.", wait)

    def take_part(self, scope: Mapping[str, Any], code: str, tokens: Iterable[str]) -> None:
        """Before these tokens join or judge in a lecture."""
        address, newcomers = self.address(scope), self._newcomers
        if is_loopback(_host_of(scope)):
            newcomers = self._near_newcomers
        for token in dict.fromkeys(tokens):
            participant = self._hash(f"{code}|{token}".encode())
            wait = self._tokens.take(participant)
            if wait:
                raise Later(
                    "This participant sent too much at once, and nothing of this was stored.", wait
                )
            if participant in self._known:
                continue
            wait = newcomers.take((address, code))
            if wait:
                raise Later("Too many new participants came from this network at once.", wait)
            self._known.add(participant)

    def _hash(self, data: bytes) -> bytes:
        return blake2b(data, digest_size=8, key=self._salt).digest()


def _host_of(scope: Mapping[str, Any]) -> str:
    client = scope.get("client") or ("",)
    return str(client[0])


def network_of(host: str) -> bytes:
    """The address of a sender as bytes; of IPv6 the first 64 bits, for the rest is one household's,
    or one attacker's, to choose."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:  # a socket file, or a test
        return host.encode("utf-8", "replace")
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            return number.ipv4_mapped.packed
        return number.packed[:8]
    return number.packed
