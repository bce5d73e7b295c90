"""The program that the commands belong to, and what is typed behind the options of several of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import click

program = click.Group(
    help="The course Boundaries: open it, rehearse it, collect what a class answered, and report."
)
PATH = click.Path(path_type=Path)
STORE = "a SQLite file or a PostgreSQL URL"

# How a store and an archive begin: nobody has them twice.
_IRREPLACEABLE = (b"SQLite format 3\0", b"PK\x03\x04")


def between(least: int, most: int) -> Callable[[str | int], int]:
    """A whole number between two bounds; what is not is refused with both of them."""
    # Click's own IntRange writes them as in "0<=x<=65535".

    def number(text: str | int) -> int:
        if not str(text).isdecimal() or not least <= int(text) <= most:
            raise click.BadParameter(
                f"'{text}' is not allowed. Give a whole number from {least} to {most}."
            )
        return int(text)

    return number


def due_moment(text: str) -> datetime:
    """A date and time without time zone; a day alone lasts until its end, as that of `homework` does."""
    refusal = click.BadParameter(
        f"{text!r} is not a date and time of the platform, as in '2026-10-01 12:00'."
    )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refusal from None
    if moment.tzinfo:  # platforms name the time of their own place, without saying which
        raise refusal
    if moment.time() == time.min and ":" not in text:
        moment = datetime.combine(moment, time.max)
    return moment


def output_file(text: str | Path) -> Path:
    """A file to be written; a store or an archive that is there is not overwritten."""
    path = Path(text)
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(16)
    if head.startswith(_IRREPLACEABLE):
        raise click.BadParameter(
            f"{path} is a store or an archive, and would be lost. It was left as it is. "
            "Choose another path."
        )
    return path
