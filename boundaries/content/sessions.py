"""Which session a course is, and where its class server is: the words of both, as they are written."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from boundaries.content.base32 import join_code
from boundaries.errors import ContentError

# When the codes open in a lesson: whether only its first judgment, or each, is made alone.
AFTER_LAST, AFTER_EACH = "after the last case", "after each case"

_LAST = "--codes-last"  # no id that a lecturer writes has two hyphens side by side

# The pattern of a session as it stands in stores, files and on the wire; see `session_of`.
# The ending is not among the 64 signs: it fits behind any id that a lecturer may choose.
SESSION = rf"(?=[a-z0-9-]{{1,64}}?({_LAST})?$)[a-z0-9]+(-[a-z0-9]+)*({_LAST})?"


def session_of(id: str, codes_open: str) -> str:
    """The session that a lecturer's `id` stands for when the codes open so.

    The two ways are two sessions: whatever keeps sessions apart keeps them apart.

    >>> session_of("own-study", AFTER_LAST), session_of("own-study", AFTER_EACH)
    ('own-study--codes-last', 'own-study')
    """
    return f"{id}{_LAST}" if codes_open == AFTER_LAST else id


def id_of(session: str) -> str:
    """The lecturer's id of a session, whichever way its codes open."""
    return session.removesuffix(_LAST)


def codes_open(session: str) -> str:
    """When the codes open in a session; one from before there was a choice opened them each time.

    >>> codes_open("own-study")
    'after each case'
    """
    return AFTER_LAST if session.endswith(_LAST) else AFTER_EACH


# Strict, so that no two readers of an address see two hosts in it: no user, no query, no backslash.
_ADDRESS = re.compile(
    r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?:[1-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d))?(?:/[\w~-][\w.~-]*)*/([\dA-Za-z-]+)/?",
    re.ASCII,
)
_OWN_NETWORKS = "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 ::1 fc00::/7"
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
