"""What of a class is not shown, as one sentence that unfolds."""

from __future__ import annotations

import re

from boundaries.content import Content, load
from boundaries.content.display import PHASE_WORDS
from boundaries.counts.release import Released
from boundaries.errors import ContentError
from boundaries.lessons.outputs import Text
from boundaries.web import fill

_NAMED = re.compile(r"'([a-z0-9-]+)'")


class Withheld(Text):
    """How many groups of answers are not shown, and under a fold which, by the titles of cases."""

    def __init__(self, released: Released, content: Content) -> None:
        self.lines = [_titled(line, content) for line in released.withheld]
        super().__init__(_sentence(len(self.lines), released.minimum))

    def _repr_html_(self) -> str:
        return fill("withheld.html", sentence=self.text, lines=self.lines)


def withheld(released: Released, *, content: Content | None = None) -> Withheld:
    """What is not shown of a released class, so that nobody in it can be singled out."""
    return Withheld(released, content or load())


def _sentence(number: int, minimum: int) -> str:
    if not number:
        return "Nothing is withheld."
    groups = "1 group of answers is" if number == 1 else f"{number} groups of answers are"
    return f"{groups} not shown, so that nobody among fewer than {minimum} people is singled out."


def _titled(line: str, content: Content) -> str:
    """A sentence of `release` with titles and plain words where it names cases and phases by id."""

    def words(name: re.Match[str]) -> str:
        id = name[1]
        if id in PHASE_WORDS:
            return f"the {PHASE_WORDS[id]}"
        try:
            return f"“{content.item(id).title}”"
        except ContentError:  # what the content no longer holds has no title
            return name[0]

    return _NAMED.sub(words, line)
