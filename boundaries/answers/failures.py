"""What a database error means to a person, and what to do; the sentences stand in `failures.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

_CURES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

# What SQLite says of a disk whose locks do not work, and `databases` with it.
NO_LOCKS: str = _CURES["no_locks"]["signs"][0]

EMPTIED: str = _CURES["emptied"]["sentence"]

# What is said of a withdrawal that SQLite's log keeps, for somebody reads from it.
STILL_READ = (
    "the answers were removed, but another program is reading the store, so old copies of them may "
    "still lie in its files. End that program, then forget this participant once more."
)


def sentence(error: Exception, *, reading: bool = False) -> str:
    """What a database error means, and what to do; `reading` where nothing was to be stored.

    >>> sentence(OSError(28, "No space left on device"))
    'the disk is full, so nothing was stored. Free some space, then try again.'
    """
    message = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
    for cure in _CURES.values():
        if any(sign in message.lower() for sign in cure["signs"]):
            if reading and "reading" in cure:
                return str(cure["reading"])
            return str(cure["sentence"])
    first_line = message.partition("\n")[0]
    outcome = "" if reading else "Nothing new was stored. "
    return f"the database answered '{first_line}'. {outcome}Try again."
