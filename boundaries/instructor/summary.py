"""What became of all that was collected, as numbers and as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_SHOWN = 40  # sentences of one kind in a summary as text


class Trouble(NamedTuple):
    """A file or a student of whom something was not taken, and why."""

    place: str
    sentence: str


@dataclass
class Summary:
    """What became of all that was given. `str` gives it as text.

    `files` were read as submissions, of `students` participants whose answers are in the store
    now: `new` judgments came in, `unchanged` were there already (or lost to a newer one). `late`
    counts students, as far as the platform tells, and `late_unknown` those of whom it does not;
    `other` counts files of another kind. `set_aside`, `rejected` and `unread` say why, file by
    file; `empty_handed` are students from whom something came, but no submission. `unmatched` are
    names that the roster does not know, `notes` what else a lecturer must know.
    """

    files: int
    students: int = 0
    new: int = 0
    unchanged: int = 0
    skips: int = 0
    late: int = 0
    late_unknown: int = 0
    other: int = 0
    set_aside: tuple[Trouble, ...] = ()
    rejected: tuple[Trouble, ...] = ()
    unread: tuple[Trouble, ...] = ()
    empty_handed: tuple[Trouble, ...] = ()
    unmatched: tuple[str, ...] = ()
    gradebook: Path | None = None
    roster_fits: bool = True
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all that was given was read, and the roster, if there is one, is this class's.

        One student whom the roster lacks is named; that it is another class's list only more can
        show.
        """
        return not self.unread and (self.roster_fits or self.students == 1)

    def __str__(self) -> str:
        """The summary as lines of text."""
        lines = [
            f"files: {self.files:,}",
            f"students: {self.students:,}",
            f"judgments: {self.new + self.unchanged:,} ({self.new:,} new, {self.unchanged:,} unchanged), "
            f"{self.skips:,} of them skips",
            f"late: {self._late()}",
            *_section("set aside", self.set_aside),
            *_section("rejected", self.rejected),
        ]
        if self.unread:
            lines += _section("not read", self.unread)
        if self.empty_handed:
            lines += _section("handed in no submission", self.empty_handed)
        lines.append(f"not a submission: {self.other:,}")
        if self.gradebook:
            lines.append(f"gradebook: {self.gradebook}")
        if self.unmatched:
            lines += [f"not found in the roster: {len(self.unmatched):,}", *_listed(self.unmatched)]
        return "\n".join([*lines, *self.notes])

    def _late(self) -> str:
        if not self.late_unknown:
            return f"{self.late:,}"
        if self.late_unknown == self.students:
            return "not known"
        return f"{self.late:,} (not known of {self.late_unknown:,})"


def _section(title: str, troubles: Iterable[Trouble]) -> list[str]:
    sentences = [f"{trouble.place}: {trouble.sentence}" for trouble in troubles]
    return [f"{title}: {len(sentences):,}", *_listed(sentences)]


def _listed(sentences: Iterable[str]) -> Iterator[str]:
    every = list(sentences)
    yield from (f"  {sentence}" for sentence in every[:_SHOWN])
    more = len(every) - _SHOWN
    if more > 0:
        yield f"  … and {more:,} more"
