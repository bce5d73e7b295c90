"""Addresses and ports of this computer: where a class server can listen, and where phones reach
it."""

from __future__ import annotations

import errno
import os
import socket
from ipaddress import ip_address

from boundaries.errors import BoundariesError

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared, and bound only where somebody asked for it

# Windows has numbers of its own: 10048 for a port that is taken, 10013 for one that another keeps
# to itself.
_TAKEN = {errno.EADDRINUSE, 10048, 10013}


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach what listens at `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def lan_address() -> str:
    """This computer's address in its network; the loopback's if it is in none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # An address for documentation (RFC 5737): to connect by UDP only picks a route.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def http_address(host: str, port: int) -> str:
    """The address of what listens at `host`, without a slash at its end.

    >>> http_address("::1", 8000)
    'http://[::1]:8000'
    """
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one.

    Raises BoundariesError with a sentence where it cannot: a port that is taken, an address that is
    not ours."""
    # Named as TCP, or asyncio does not know that it may send at once, and each answer waits 40 ms
    # for the one before.
    listening = socket.socket(_family(host), socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        _let_reuse(listening)
        # What a phone has not read yet piles up in the system, too: there it is at most this for
        # each.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024)
        listening.bind((host, port))
        listening.listen(4096)
    except (OSError, OverflowError) as error:
        listening.close()
        raise BoundariesError(
            f"The class server cannot listen at {host}, port {port}: {_why(error)}. "
            "Choose another --port (0 takes a free one), or end the other program."
        ) from None
    listening.setblocking(False)
    return listening


def free_port(host: str, preferred: int = 0) -> int:
    """A free port there, the preferred one if it is free. Raises BoundariesError where there is
    none."""
    failure: OSError | None = None
    for port in (preferred, 0):
        with socket.socket(_family(host)) as probe:
            try:
                _let_reuse(probe)
                probe.bind((host, port))
            except OSError as error:
                failure = error
                continue
            return int(probe.getsockname()[1])
    why = failure.strerror if failure else "no port is free"
    raise BoundariesError(
        f"The class server cannot listen at '{host}' ({why}). "
        'Use host="127.0.0.1" for this computer alone, host="0.0.0.0" for its network.'
    )


def _family(host: str) -> socket.AddressFamily:
    if ":" in host:
        return socket.AF_INET6
    return socket.AF_INET


def _let_reuse(sock: socket.socket) -> None:
    """Takes a port whose last connections still linger for free. On Windows the same option
    would let two servers share a port."""
    if os.name != "nt":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _why(error: OSError | OverflowError) -> str:
    if not isinstance(error, OSError):
        return str(error)
    if error.errno in _TAKEN:
        return "another program listens there already"
    return error.strerror or str(error)
