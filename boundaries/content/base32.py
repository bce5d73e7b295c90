"""Codes that a person reads in one place and types in another: Crockford's base 32.

The signs of Douglas Crockford (2002) have no I, L, O or U to be misread. Join codes and backup
codes both use them.
"""

from __future__ import annotations

import re
import secrets

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# How many signs a join code has: 40 bits, so that nobody finds one by trying.
JOIN_LENGTH = 8

_READ_ALIKE = str.maketrans("ILO", "110")


def normalised(typed: str) -> str:
    """The signs that somebody typed, as they are stored; others stay, for a message to name them.

    Small letters, white space, hyphens of any kind, O for 0 and I or L for 1 do no harm.

    >>> normalised("o14d 2pf2-dbsq")
    '014D2PF2DBSQ'
    """
    return re.sub(r"[\s‐-―-]", "", typed).upper().translate(_READ_ALIKE)


def number_of(signs: str) -> int:
    """The number that normalised signs write, five bits each. Raises ValueError for others."""
    number = 0
    for sign in signs:
        number = 32 * number + SIGNS.index(sign)
    return number


def signs_of(number: int, length: int) -> str:
    """The last `length` signs of a number, as `number_of` reads them.

    >>> signs_of(number_of("K7QF"), 6)
    '00K7QF'
    """
    signs = ""
    for _ in range(length):
        number, rest = divmod(number, 32)
        signs = SIGNS[rest] + signs
    return signs


def grouped(signs: str) -> str:
    """Signs as they are shown to be typed: four at a time.

    >>> grouped("K7QF2MWD")
    'K7QF-2MWD'
    """
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def new_join_code() -> str:
    """A join code by chance."""
    # Not `random`: whoever guesses the code of a lecture can vote in it.
    return "".join(secrets.choice(SIGNS) for _ in range(JOIN_LENGTH))


def join_code(typed: str) -> str:
    """The code of a lecture or self-paced session as it is stored; "" for what cannot be one.

    >>> join_code("k7qf-2mwd"), join_code("K7QF 2MWO"), join_code("K7QF")
    ('K7QF2MWD', 'K7QF2MW0', '')
    """
    signs = normalised(typed)
    if len(signs) == JOIN_LENGTH and set(signs) <= set(SIGNS):
        return signs
    return ""
