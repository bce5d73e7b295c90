"""Pages for one student's eyes: what they judged, and the code for a second computer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from boundaries.answers.students import Student
from boundaries.content import Vignette
from boundaries.content.display import State
from boundaries.errors import BoundariesError
from boundaries.lessons.delivery import Delivery
from boundaries.lessons.outputs import LiveWidget
from boundaries.lessons.states import card_state
from boundaries.web import fill, module, style

if TYPE_CHECKING:  # which shows these pages
    from boundaries.lessons.lesson import Lesson


class PrivatePage(LiveWidget):
    """A page for the student's eyes, made anew each time that it is shown or something was judged.

    `page` gives its HTML and may raise BoundariesError, whose sentence then stands there.
    """

    _esm = module("picture.js")
    _css = style("form.css")

    def __init__(self, page: Callable[[], str]) -> None:
        super().__init__()
        self._page = page

    def __repr__(self) -> str:
        """The same sentence whoever judged what."""
        return "PrivatePage(shown only while the notebook runs)"

    def refresh(self) -> None:
        """Sends the page as it is now."""
        try:
            self.send({"kind": "html", "html": self._page()})
        except BoundariesError as error:
            self.send({"kind": "text", "text": str(error)})


def judgments_page(lesson: Lesson, saved: str = "") -> str:
    """What a student judged, with own reasons and the readings, and what they wrote in forms; items
    not judged are only named.

    `saved` is a sentence above it. Raises StoreError where the student's file cannot be read.
    """
    return fill("judgments.html", cases=_cases(lesson), texts=_texts(lesson), saved=saved)


def save_judgments(lesson: Lesson, title: str, path: Path) -> str:
    """Writes what a student judged as an HTML file; a sentence that says where, or why not.

    Raises StoreError where the student's file cannot be read.
    """
    page = fill("judgments_page.html", cases=_cases(lesson), texts=_texts(lesson), title=title)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        return f"Not saved: {path} cannot be written ({error.strerror}). Choose another place."
    return f"Saved as {path.resolve()}. It holds your answers: keep it to yourself."


def backup_page(student: Student, delivery: Delivery | None = None) -> str:
    """The student's backup code with what it is for.

    Raises CodeError for the demo participant, who has none, and StoreError.
    """
    code = student.backup_code()
    return fill("backup_code.html", code=code, phone=delivery is not None)


def _cases(lesson: Lesson) -> list[State]:
    """Of each item: its title, its text at the student's level, and what a card shows as result."""
    cases = []
    # One look into the file, not one a case: the homes of a hub lie on a network drive.
    with lesson.student.one_look():
        for item in lesson.items:
            text = ""
            if isinstance(item, Vignette):
                level = lesson.student.level(item)
                text = f"{item.at(level, item.case)} {item.at(level, item.act)}"
            before = lesson.before(item)
            state = card_state(item, lesson.content, lesson.student, before=before)
            cases.append({"title": item.title, "text": text, "result": state["result"]})
    return cases


def _texts(lesson: Lesson) -> list[State]:
    """What the student wrote in forms about this lesson and its items, each below its question."""
    titles = {item.id: item.title for item in lesson.items}
    kept = {}
    for writing in lesson.student.writings():
        if writing.text and (writing.item in titles or writing.item == lesson.type):
            kept[writing.item, writing.question] = writing.text
    texts = []
    for model in lesson.content.models.values():
        for question in model.questions:
            for item in (lesson.type, *titles):
                text = kept.get((item, f"{model.id}/{question.id}"))
                if text:
                    about = f" ({titles[item]})" if item in titles else ""
                    asked = f"{model.title}{about}: {question.text}"
                    texts.append({"asked": asked, "text": text})
    return texts
