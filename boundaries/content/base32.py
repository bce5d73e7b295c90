"""Codes that a person reads in one place and types in another: Crockford's base 32, and addresses.

The signs of Douglas Crockford (2002) have no I, L, O or U to be misread. Join codes and backup
codes both use them.
"""

from __future__ import annotations

import re
import secrets
from ipaddress import ip_address, ip_network

from boundaries.errors import ContentError

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


# -- the address of a class server, which ends in a session's code ---------------------------------

# Strict, so that no two readers of an address see two hosts in it: no user, no query, no backslash.
_ADDRESS = re.compile(
    r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?:[1-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d))?(?:/[\w~-][\w.~-]*)*/([\dA-Za-z-]+)/?",
    re.ASCII,
)
_OWN_NETWORKS = (
    """127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 ::1 fc00::/7"""
)
_OWN = [ip_network(network) for network in _OWN_NETWORKS.split()]


def class_server(address: str) -> tuple[str, str]:
    """The class server's address and the session's code, of what course.toml has as `server`.

    Tokens go there, so it is https; http only with localhost or a number of a private network.
    Raises ContentError.

    >>> class_server("https://class.example.org/k7qf-2mwd")
    ('https://class.example.org', 'K7QF2MWD')
    """
    found = _ADDRESS.fullmatch(address)
    code = join_code(found[3]) if found else ""
    if not found or not code:
        raise ContentError(
            f"'{address}' is not the address of a class server. It is https://, the host, and the "
            "session's code, as in 'https://class.example.org/K7QF-2MWD'. Copy it as the class "
            'server shows it, or write "".'
        )
    if found[1] == "http" and not is_own_network(found[2]):
        raise ContentError(
            f"'{address}' would carry the students' codes where others can read them. Plain http "
            "is only for localhost and numbers of a private network, such as "
            "'http://192.168.1.20:8000/K7QF-2MWD'. Write https."
        )
    return address[: found.start(3) - 1], code


def is_own_network(host: str) -> bool:
    """Whether a host is this computer or a number of a private network; a name may lead anywhere."""
    if host == "localhost":
        return True
    try:
        number = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(number in network for network in _OWN)
