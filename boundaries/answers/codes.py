"""A student's token as a backup code, which can be written down and typed on a second computer.

The 128 bits of a token stand as 26 signs of Crockford's base 32 and a check sign: the token modulo
the prime 37, so that any one wrong sign and any two neighbours exchanged are noticed (Douglas
Crockford, 2002).
"""

from __future__ import annotations

import re

from boundaries.content import base32
from boundaries.errors import CodeError

_CHECK_SIGNS = base32.SIGNS + "*~$=U"
_LENGTH = 26


def code_of(token: str) -> str:
    """The code of a token of 32 hex digits: seven groups, hyphens between them.

    Raises CodeError for a token that is not one, which only the demo participant has.

    >>> code_of("0123456789abcdef0123456789abcdef")
    '014D-2PF2-DBSQ-QG28-T5CY-4TQK-FFK'
    """
    if not re.fullmatch("[0-9a-f]{32}", token):
        raise CodeError(
            "The demo participant, whose answers are invented, has no code: there is nothing to "
            "carry."
        )
    number = int(token, 16)
    return base32.grouped(base32.signs_of(number, _LENGTH) + _CHECK_SIGNS[number % 37])


def token_of(code: str) -> str:
    """The token of a code, typed as `base32.normalised` allows.

    Raises CodeError where it cannot be one.

    >>> token_of("o14d 2pf2 dbsq qg28 t5cy 4tqk ffk")
    '0123456789abcdef0123456789abcdef'
    """
    signs = base32.normalised(code)
    written, check = signs[:_LENGTH], signs[_LENGTH:]
    for sign in written:
        if sign not in base32.SIGNS:
            raise CodeError(
                f"{sign!r} is not in any code. Compare what you typed with the code, sign by sign."
            )
    if len(signs) != _LENGTH + 1:
        plural = "" if len(signs) == 1 else "s"
        raise CodeError(
            f"A code has {_LENGTH + 1} signs without its hyphens; {len(signs)} sign{plural} came. "
            "Type the whole code."
        )
    number = base32.number_of(written)
    # Twenty-six signs hold 130 bits, two more than a token has.
    if number >= 1 << 128 or _CHECK_SIGNS[number % 37] != check:
        raise CodeError(
            "The code has a slip in it: its last sign does not fit the others. Compare it, sign "
            "by sign."
        )
    return f"{number:032x}"
