"""How much one address, one token and one guesser may ask for: buckets that fill again, in memory only.

An address is kept as a salted hash of this process, never stored, never logged, gone when the process ends.

**Why a code of 40 bits is enough.** An address has 60 wrong codes, then one every 2 s: 43,260 a day. Somebody with a
thousand addresses tries 43 million of the 1.1 million million codes a day; with a hundred lectures running, the
chance to meet one of them in a whole day is 0.4 %. What would be found is what the lecture's wall shows anyway, and
a place among its voters; never a reading before the reveal, nor the host's key (256 bits).

**Why a class cannot be locked out.** When an address has used up its wrong codes, codes that were opened from it
before go on working; so a classmate who guesses behind the campus's one address stops only new codes there.

**How a campus votes behind one address, and 10,000 tokens do not.** New participants of a lecture from one address
have a bucket of 2,500, filled by 10 a second: a hall of 2,500 joins at once, and judging again costs nothing there.
"""

from __future__ import annotations

import ipaddress
import math
import secrets
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from boundaries.errors import TooMany

Clock = Callable[[], float]


class Later(TooMany):
    """Too many for now; `seconds` says when it is worth trying again."""

    def __init__(self, text: str, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(
            f"{text} Try again in {self.seconds} second{'s' if self.seconds > 1 else ''}."
        )


class Buckets:
    """A bucket for each key: `burst` at once, then `rate` a second. At most `most` keys are remembered.

    >>> now = 0.0
    >>> buckets = Buckets(2, 0.5, clock=lambda: now)
    >>> [buckets.take("somebody") for _ in range(3)]
    [0.0, 0.0, 2.0]
    """

    def __init__(
        self, burst: float, rate: float, *, most: int = 100_000, clock: Clock = time.monotonic
    ) -> None:
        self._burst, self._rate, self._most, self._clock = burst, rate, most, clock
        self._left: dict[Hashable, tuple[float, float]] = {}

    def wait(self, key: Hashable) -> float:
        """Seconds until one can be taken; 0.0 if it can be now."""
        return max(0.0, (1.0 - self._now(key)[0]) / self._rate)

    def take(self, key: Hashable) -> float:
        """Takes one and returns 0.0; or takes none and returns the seconds until one can be taken."""
        left, now = self._now(key)
        if left < 1.0:
            return (1.0 - left) / self._rate
        if key not in self._left and len(self._left) >= self._most:
            self._forget(now)
        self._left[key] = (left - 1.0, now)
        return 0.0

    def _now(self, key: Hashable) -> tuple[float, float]:
        now = self._clock()
        left, at = self._left.get(key, (self._burst, now))
        return min(self._burst, left + max(0.0, now - at) * self._rate), now

    def _forget(self, now: float) -> None:
        kept = {
            k: v for k, v in self._left.items() if v[0] + (now - v[1]) * self._rate < self._burst
        }  # full: as new
        self._left = (
            dict(list(kept.items())[len(kept) // 4 :]) if len(kept) > self._most * 3 // 4 else kept
        )


class Seen:
    """The last `most` things that were seen."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: dict[Hashable, None] = {}

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._things

    def add(self, thing: Hashable) -> None:
        """Remembers a thing, and forgets the oldest where there are too many."""
        self._things[thing] = None
        if len(self._things) > self._most:
            del self._things[next(iter(self._things))]


class Limits:
    """The limits of one server process; every method raises `Later` where one is reached."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._salt = secrets.token_bytes(16)
        self._wrong = Buckets(60, 0.5, clock=clock)
        self._tokens = Buckets(20, 1, clock=clock)
        self._newcomers = Buckets(2_500, 10, clock=clock)
        self._opened = Seen(50_000)
        self._known = Seen(200_000)

    def address(self, scope: Mapping[str, Any]) -> bytes:
        """What stands for the address that a request came from, and cannot be turned back into it.

        Of IPv6 the first 64 bits count: the rest is one household's, or one attacker's, to choose.
        """
        host = (scope.get("client") or ("",))[0]
        try:
            number = ipaddress.ip_address(host)
        except ValueError:  # a socket file, or a test
            return self._hash(host.encode("utf-8", "replace"))
        if isinstance(number, ipaddress.IPv6Address):
            return self._hash(
                number.ipv4_mapped.packed if number.ipv4_mapped else number.packed[:8]
            )
        return self._hash(number.packed)

    def look_up(self, address: bytes, code: str) -> None:
        """Before a code is looked up."""
        if not self.was_found(address, code) and (wait := self._wrong.wait(address)):
            raise Later(
                "Too many wrong codes came from this network, so no new code is looked up for now.",
                wait,
            )

    def found(self, address: bytes, code: str) -> None:
        """After a lecture of that code was found: from now on it can always be opened from this address."""
        if not self.was_found(address, code):
            self._opened.add((address, code))

    def was_found(self, address: bytes, code: str) -> bool:
        """Whether a lecture of that code was opened from this address before."""
        return (address, code) in self._opened

    def missed(self, address: bytes) -> None:
        """After a wrong code, or a wrong host key."""
        self._wrong.take(address)

    def guess(self, address: bytes) -> None:
        """Before a host key that is not known yet is looked up."""
        if wait := self._wrong.wait(address):
            raise Later("Too many wrong keys or codes came from this network.", wait)

    def take_part(self, address: bytes, code: str, tokens: Iterable[str]) -> None:
        """Before these tokens join or judge in a lecture."""
        for token in dict.fromkeys(tokens):
            who = self._hash(f"{code}|{token}".encode())
            if wait := self._tokens.take(who):
                raise Later(
                    "This participant sent too much at once, and nothing of this was stored.", wait
                )
            if who not in self._known:
                if wait := self._newcomers.take((address, code)):
                    raise Later("Too many new participants came from this network at once.", wait)
                self._known.add(who)

    def _hash(self, text: bytes) -> bytes:
        return blake2b(text, digest_size=8, key=self._salt).digest()
