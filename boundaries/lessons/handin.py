"""Handing in: the box at the end of a lesson that saves one submission file; going on elsewhere."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from boundaries.answers import files
from boundaries.answers.students import Student, student
from boundaries.answers.submissions import (
    FILE_NAME,
    MAX_BYTES,
    Submission,
    content_version,
    read,
    write,
)
from boundaries.answers.writings import checked_writing
from boundaries.content import Content, Item, load
from boundaries.content.display import SKIP, State
from boundaries.errors import BoundariesError, WritingError
from boundaries.lessons.delivery import Delivery
from boundaries.lessons.outputs import LESSON_WORDS, LiveWidget, Text
from boundaries.lessons.states import waiting
from boundaries.web import module, style

_WORDS = LESSON_WORDS["handin"]


class HandIn(LiveWidget):
    """What is still open, the question on research, and the button that saves one file."""

    _esm = module("handin.js")
    _css = style("form.css")

    def __init__(
        self,
        items: Sequence[Item],
        content: Content,
        who: Student,
        path: Path | str = FILE_NAME,
        delivery: Delivery | None = None,
    ) -> None:
        super().__init__()
        self._items, self._content, self._student = items, content, who
        self._path = Path(path)
        with suppress(OSError):  # where the notebook's folder is gone, saving says so
            self._path = self._path.resolve()
        self._delivery = delivery
        if delivery:
            delivery.watch(self)

    def __repr__(self) -> str:
        """The same sentence whoever judged what."""
        return "HandIn(your submission, shown only while the notebook runs)"

    def refresh(self) -> None:
        """Shows what is open and saved now."""
        self._show()

    def delivered(self) -> None:
        """Says how much is on the class server, after something was sent or could not be."""
        if not self.closed:
            self._show()

    def save(self, consent: bool) -> Path | None:
        """What the button does: keeps the answer on research and saves the file.

        Gives the file's path; None where a sentence in the box says why there is none.
        """
        try:
            # Kept before the file is made, which has it too; without a file it is still their
            # answer.
            self._student.set_consent(consent)
            submission = submission_of(self._student, self._content)
            data = write(submission)
        except BoundariesError as error:
            self._show({"tone": "error", "text": str(error)})
            return None
        if not submission.judgments:
            self._show({"tone": "error", "text": _WORDS["nothing"]})
            return None
        holds = _holds(submission)
        problem = self._put(data)
        if problem:
            text = _WORDS["unsaved"].format(problem=problem, holds=holds)
            self._show({"tone": "error", "text": text}, data)
            return None
        text = _WORDS["saved"].format(path=self._path, holds=holds, **_WORDS)
        self._show({"tone": "ok", "text": text}, data)
        return self._path

    def _put(self, data: bytes) -> str:
        """Writes the file, whole or not at all; a sentence if it could not."""
        if self._path.exists() and not self._saved_before():
            return str(_WORDS["foreign"].format(path=self._path))
        try:
            files.replace(self._path, data)
        except OSError as error:
            return str(_WORDS["unwritten"].format(path=self._path, reason=error.strerror))
        return ""

    def _saved_before(self) -> bytes:
        """The submission of this student that lies at the path; empty if there is none."""
        try:
            # Whatever lies there under that name is not read into memory to see whose it is.
            if self._path.stat().st_size > MAX_BYTES:
                return b""
            data = self._path.read_bytes()
        except OSError:
            return b""
        return data if self._student.participant.encode() in data else b""

    # -- talking with the browser -----------------------------------------------------------------

    def _hear(self, widget: object, message: State, buffers: object) -> None:
        if message.get("kind") == "hello":
            self._show()
            if self._delivery:
                self._delivery.send()
        elif message.get("kind") == "save":
            self.save(message.get("consent") is True)

    def _show(self, receipt: State | None = None, data: bytes = b"") -> None:
        try:
            self.send(self._state(receipt, data))
        except BoundariesError as error:
            # The store cannot even be read: what is on screen stays, with the sentence.
            receipt = receipt or {"tone": "error", "text": str(error)}
            self.send({"kind": "receipt", "receipt": receipt})

    def _state(self, receipt: State | None, data: bytes) -> State:
        if receipt is None:
            receipt, data = self._earlier(data)
        download = None
        if data:
            label = f"Download {FILE_NAME}"
            download = {"name": FILE_NAME, "text": data.decode(), "label": label}
        return {
            "kind": "state",
            "legend": "Hand in",
            "progress": self._progress(),
            "research": {**_WORDS["research"], "checked": self._student.consent()},
            "notices": self._notices(),
            "submit": "Save my submission",
            "receipt": receipt,
            "download": download,
        }

    def _earlier(self, data: bytes) -> tuple[State | None, bytes]:
        """What is said of the file that was saved before, and its bytes if it is still true."""
        before = self._saved_before()
        if not before:
            return None, data
        saved = "changed"
        if before == write(submission_of(self._student, self._content)):
            saved, data = "unchanged", before
        return {"tone": "info", "text": _WORDS[saved].format(path=self._path)}, data

    def _notices(self) -> list[str]:
        notices = [_WORDS["all"].format(title=self._content.course.title, **_WORDS)]
        if self._student.caution:
            notices.append(self._student.caution)
        if self._delivery:
            notices.append(_WORDS["wire"].format(address=self._delivery.address))
        notices.append(_WORDS["token"].format(place=self._student.place))
        return notices

    def _progress(self) -> list[str]:
        """Sentences: what is open in this lesson and in others, what was sent, when it is due."""
        content, course = self._content, self._content.course
        judged = self._student.judged(content.items.values())
        titles = [f"“{item.title}”" for item in waiting(self._items, judged)]
        sentences = ["This lesson is all judged."]
        if titles:
            sentences = [f"Still open in this lesson: {', '.join(titles)}."]
        elsewhere = []
        for type in course.types or content.types:
            number = len(waiting(content.of_type(type), judged))
            if number and type != self._items[0].type:
                elsewhere.append(f"{content.types[type].title} ({number})")
        if elsewhere:
            sentences.append(f"Still open in other lessons: {', '.join(elsewhere)}.")
        if self._delivery:
            sentences.append(self._delivery.summary())
        due = f" Due: {course.due}." if course.due else ""
        sentences.append(f"“{SKIP}” counts as answered. You can save now and again later.{due}")
        return sentences


def submission_of(who: Student, content: Content) -> Submission:
    """All of a student's judgments of the session, in the wordings that the course has now."""
    rows = tuple(who.judged(content.all_items.values()).values())
    writings = []
    for writing in who.writings():
        # Guesses stay at home, and so does what answers a question that the course asks no more.
        with suppress(WritingError):
            writings.append(checked_writing(writing, content))
    return Submission(
        who.session,
        who.participant,
        content_version(content),
        who.consent(),
        rows,
        tuple(writings),
    )


def _holds(submission: Submission) -> str:
    number = len(submission.judgments)
    skips = sum(judgment.skipped for judgment in submission.judgments)
    skipped = f" ({skips} of them “{SKIP}”)" if skips else ""
    judgments = "judgment" if number == 1 else "judgments"
    answers = sum(bool(writing.text) for writing in submission.writings)
    written = (
        f" and {answers} {'answer' if answers == 1 else 'answers'} in forms" if answers else ""
    )
    consent = "yes" if submission.consent else "no"
    return f"It holds {number} {judgments}{skipped}{written}. Research: {consent}."


def carry(
    code: str | None = None,
    submission: Path | str | None = None,
    *,
    content: Content | None = None,
    who: Student | None = None,
) -> Text:
    """Lets a student go on, on this computer, under the token that their backup code holds.

    Says in a sentence what came of it. Without a code it asks for one, unseen, so that it is not
    saved with the notebook. With the file that was saved on the first computer as `submission`, the
    answers come along.
    """
    try:
        content = content or load()
        who = who or student(content)
        brought = None
        if submission:
            brought = read(Path(submission).read_bytes(), content, session=who.session)
        if code is None:
            code = getpass.getpass("Your code: ")
        who.carry(code, *((brought.judgments, brought.writings) if brought else ()))
        if brought:
            who.set_consent(brought.consent)
    except OSError as error:
        return Text(
            f"{submission}: the file cannot be read ({error.strerror}). Nothing was changed."
        )
    except BoundariesError as error:
        return Text(f"Nothing was carried over. {error}")
    if brought:
        came = f"{len(brought.judgments)} judgments came along."
    else:
        came = (
            "Answers stay on the computer where they were given, unless you bring your submission "
            f"file along: boundaries.carry(submission='{FILE_NAME}')."
        )
    return Text(f"This computer now has your token. {came} Run the notebook from its top.")
