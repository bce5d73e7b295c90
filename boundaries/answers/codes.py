"""A student's token as a short code that can be written down and typed on a second computer.

The 128 bits stand as 26 signs of Crockford's base 32 (Douglas Crockford, 2002), which has no I, L, O or U to be
misread, and a check sign: modulo the prime 37, any one wrong sign and any two neighbours exchanged are noticed.
"""

from __future__ import annotations

import re

from boundaries.errors import CodeError

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = _SIGNS + "*~$=U"
_LENGTH = 26
_ALIKE = str.maketrans("ILO", "110")


def code_of(token: str) -> str:
    """The code of a token of 32 hex digits: seven groups, hyphens between them.

    >>> code_of("0123456789abcdef0123456789abcdef")
    '014D-2PF2-DBSQ-QG28-T5CY-4TQK-FFK'

    Raises CodeError for a token that is not one, which only the demo participant has.
    """
    if not re.fullmatch("[0-9a-f]{32}", token):
        raise CodeError(
            "The demo participant, whose answers are invented, has no code: there is nothing to carry."
        )
    number = int(token, 16)
    signs = [_SIGNS[number >> 5 * place & 31] for place in reversed(range(_LENGTH))] + [
        _CHECKS[number % 37]
    ]
    return "-".join("".join(signs[start : start + 4]) for start in range(0, _LENGTH + 1, 4))


def token_of(code: str) -> str:
    """The token of a code; small letters, spaces, missing hyphens and O for 0 or I and L for 1 do no harm.

    Raises CodeError where it cannot be one.

    >>> token_of("o14d 2pf2 dbsq qg28 t5cy 4tqk ffk")
    '0123456789abcdef0123456789abcdef'
    """
    signs = re.sub(r"[\s‐-―-]", "", code).upper().translate(_ALIKE)
    for sign in signs[:_LENGTH]:
        if sign not in _SIGNS:
            raise CodeError(
                f"{sign!r} is not in any code. Compare what you typed with the code, sign by sign."
            )
    if len(signs) != _LENGTH + 1:
        found = f"{len(signs)} sign{'' if len(signs) == 1 else 's'}"
        raise CodeError(
            f"A code has {_LENGTH + 1} signs without its hyphens; {found} came. Type the whole code."
        )
    number = 0
    for sign in signs[:_LENGTH]:
        number = 32 * number + _SIGNS.index(sign)
    if number >= 1 << 128 or _CHECKS[number % 37] != signs[-1]:
        raise CodeError(
            "The code has a slip in it: its last sign does not fit the others. Compare it, sign by sign."
        )
    return f"{number:032x}"
