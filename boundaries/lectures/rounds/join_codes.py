"""The code by which phones find a hall: eight signs, on the projector and in the address.

The signs are Crockford's base 32 (Douglas Crockford, 2002), which has no letter that looks like a digit. Eight of
them are 40 bits; `server/limits.py` reckons why that is enough.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
UNKNOWN = "There is no lecture of this code. Compare it with the code on the screen."
"""What is said of a code that is none, or that no hall has."""

_LOOKALIKES = str.maketrans("ILO", "110")


def new_code() -> str:
    """A code that nobody can guess."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


@lru_cache(maxsize=256)
def plain(code: str) -> str:
    """A join code as it is stored; "" for what cannot be one. Small letters, spaces, hyphens, O, I and L do no harm.

    >>> plain("k7qf-2mwd"), plain("K7QF 2MWO"), plain("K7QF")
    ('K7QF2MWD', 'K7QF2MW0', '')
    """
    signs = re.sub(r"[\s‐-―-]", "", code).upper().translate(_LOOKALIKES)
    if len(signs) != LENGTH or not set(signs) <= set(SIGNS):
        return ""
    return signs


def number_of(code: str) -> int:
    """The 40 bits of a plain code, as the number of its lock in the database.

    >>> number_of("00000010")
    32
    """
    number = 0
    for sign in code:
        number = 32 * number + SIGNS.index(sign)
    return number
