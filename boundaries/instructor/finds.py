"""What reading a hand-in comes upon: a file that may be a submission, one that cannot be read, another kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from boundaries.instructor.layouts import Origin


@dataclass(frozen=True)
class Handed:
    """A file that may be a submission: its bytes, and what the platform's names say of it."""

    place: str
    data: bytes
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class Trouble:
    """Something that was not taken, and why; `unread` where it may have held a submission all the same."""

    place: str
    sentence: str
    origin: Origin = field(default=Origin(), compare=False)
    unread: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Other:
    """A file of another kind, which holds no submission."""

    place: str
    origin: Origin = field(default=Origin(), compare=False)


Find = Handed | Trouble | Other
