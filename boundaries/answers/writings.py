"""What a student writes beside judgments: an answer to one question of a form, in their own words.

It is kept in the store that keeps the judgments and goes into the submission. Of two answers to
one question the one with the higher revision counts, so the same files may come in any order; an
answer that was taken back is an empty one. Guesses are kept in the same way and never leave the
student's own file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from boundaries.answers.judgments import MAX_REVISION, UNSTORABLE
from boundaries.content import Content
from boundaries.errors import WritingError

# The longest answer, in characters.
MAX_TEXT = 1_500

# How many answers one student may keep in a session; with `MAX_TEXT` it bounds a submission.
MAX_WRITINGS = 200

# Stands in the question of a guess, before a slash and the chart.
GUESS = "guess"


@dataclass(frozen=True, order=True)
class Writing:
    """An answer to one question about one item: a vignette's id, or a type's.

    `question` is a model's id, a slash and the question's. An empty `text` is an answer that was
    taken back.
    """

    item: str
    question: str
    text: str
    revision: int

    @property
    def is_guess(self) -> bool:
        """Whether it stays in the student's own file."""
        return self.question.startswith(f"{GUESS}/")


def checked_writing(writing: Writing, content: Content) -> Writing:
    """The writing, if it answers a question that this course asks. Raises WritingError."""
    model, _, question = writing.question.partition("/")
    asked = content.models[model].questions if model in content.models else ()
    if question not in [known.id for known in asked]:
        raise WritingError(f"{writing.question!r} is not a question of this course.")
    if not any(writing.item in known for known in (content.all_vignettes, content.types)):
        raise WritingError(f"{writing.item!r} is not a vignette or a type of this course.")
    return checked_text(writing)


def checked_text(writing: Writing) -> Writing:
    """The writing, if its text and revision are such as may be stored. Raises WritingError."""
    if UNSTORABLE.search(writing.text):
        raise WritingError(
            "An answer holds a character that cannot be stored. Type it again without pasting."
        )
    if len(writing.text) > MAX_TEXT:
        raise WritingError(
            f"An answer has {len(writing.text):,} characters, and {MAX_TEXT:,} is the most. "
            "Please shorten it."
        )
    if type(writing.revision) is not int or not 0 <= writing.revision <= MAX_REVISION:
        raise WritingError(
            f"The revision of an answer is {writing.revision!r}. It is a whole number from 0 to "
            f"{MAX_REVISION:,}."
        )
    return writing


def merged_writings(writings: Iterable[Writing]) -> list[Writing]:
    """Of each question the answer that counts, sorted by item and question.

    >>> merged_writings([Writing("tiles", "a/b", "old", 1), Writing("tiles", "a/b", "new", 2)])
    [Writing(item='tiles', question='a/b', text='new', revision=2)]
    """
    newest: dict[tuple[str, str], Writing] = {}
    for writing in writings:
        key = (writing.item, writing.question)
        before = newest.setdefault(key, writing)
        newest[key] = max(before, writing, key=lambda one: (one.revision, one.text))
    return sorted(newest.values())
