"""Norm sets: what a workshop of practitioners answered to cases of this course, a file in `norms/`.

Unlike a published survey they judged the same words on the same scale, so their answers stand
beside a class's case by case. `instructor.norms` writes such a file out of a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from boundaries.content.parsing import Table, word_of

# Where norm sets lie in a content's folder.
NORMS_FOLDER = "norms"


@dataclass(frozen=True)
class NormAnswers:
    """How often each rating of a case's scale was given at some levels of its dial, and skips.

    `levels` is empty for a case without a dial.
    """

    item: str
    wording: str
    levels: tuple[str, ...]
    ratings: tuple[int, ...]
    skips: int = 0


@dataclass(frozen=True)
class NormSet:
    """Who answered, where (two letters) and in which year, how they agreed, and what they answered."""

    id: str
    who: str
    country: str
    year: int
    consent: str
    answers: tuple[NormAnswers, ...]


def norm_set_of(path: Path, table: Table) -> NormSet:
    """A norm set from its file's table; its id is the file's name."""
    answers = tuple(word_of(NormAnswers, entry) for entry in table["answers"])
    return word_of(NormSet, table, id=path.stem, answers=answers)
