"""What a lesson asks beside ratings: forms to write in, a pair of cases to compare, guesses."""

from __future__ import annotations

from dataclasses import dataclass

from boundaries.content.parsing import Table, word_of

# The form of models.toml that asks what is the same in two cases and what differs.
COMPARING = "two-cases"


@dataclass(frozen=True)
class Question:
    """One question of a form; its answer is the student's own text."""

    id: str
    text: str


@dataclass(frozen=True)
class Model:
    """An author's questions (or a task of ours) as a form; `known` says what we read of the work."""

    id: str
    title: str
    about: str
    questions: tuple[Question, ...]
    source: str = ""
    known: str = ""


@dataclass(frozen=True)
class Guess:
    """What a student guesses before a chart, of one case (or of the type: "").

    `asks` is what an answer is: a side, a case of the type, a level of the case's dial, a rating or
    a percentage.
    """

    chart: str
    asks: str
    question: str
    case: str = ""


@dataclass(frozen=True)
class Prompts:
    """What the lesson of one type (its id) asks: two cases to compare, and guesses."""

    id: str
    pair: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()


def model_of(table: Table) -> Model:
    """A form, in the order of its file."""
    questions = tuple(word_of(Question, question) for question in table["questions"])
    return word_of(Model, table, questions=questions)


def prompts_of(table: Table) -> Prompts:
    """What one lesson asks."""
    guesses = tuple(word_of(Guess, guess) for guess in table.get("guesses", []))
    return word_of(Prompts, table, guesses=guesses)
