"""Handing in: the box at the end of a lesson that saves one submission file, and the code for a second computer.

Like a card, the box sends all that it shows as messages, never as a synchronised trait, so that no saved notebook
holds an answer, a participant or a code.
"""

from __future__ import annotations

import getpass
import html
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anywidget

from boundaries.answers.student import Student, student
from boundaries.answers.submissions import (
    FILE_NAME,
    MAX_BYTES,
    Submission,
    content_version,
    read,
    write,
)
from boundaries.content import Content, Item, load
from boundaries.content.display import SKIP, State
from boundaries.errors import BoundariesError
from boundaries.lessons.delivery import Delivery
from boundaries.web import module, style

_RESEARCH = {
    "legend": "A separate question: research",
    "text": (
        "May your judgments go into a research archive? An archive is made for people who study how classes judge. It "
        "holds ratings, how sure people were and the version of the case, of those who agree here; the rows are "
        "shuffled and stand under fresh random keys, made anew for each archive. It holds no reasons, no names and no "
        "times. Leave the box empty if you would rather not. You can change your answer until an archive is made: "
        "save again and hand in the new file."
    ),
    "label": "Yes, my judgments may go into a research archive",
}
_WHO_READS = (
    "Whoever can open your learning platform's files can read your answers; "
    "the charts and reports never say who thought what."
)
_WIRE = (
    "What you judge here is also sent to the class server, {}. Whoever keeps it can read your rows and reasons there: "
    "no name stands beside them, but the same hash of your token as in this file."
)
_PHONE = (
    "<p>On a phone, the class server's page asks for it if you want to be the same participant there. Without it the "
    "phone counts as another one.</p>"
)


class HandIn(anywidget.AnyWidget):
    """What is still open, the question on research, and the button that saves everything as one file."""

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
        self._items, self._content, self._student, self._path = (
            items,
            content,
            who,
            Path(path).resolve(),
        )
        self._delivery = delivery
        if delivery:
            delivery.watch(self)
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        """The same sentence whoever judged what."""
        return "HandIn(your submission, shown only while the notebook runs)"

    def refresh(self) -> None:
        """Shows what is open and saved now."""
        self._show()

    delivered = refresh

    def save(self, consent: bool) -> Path | None:
        """What the button does: keeps the answer on research and saves the file; None if a sentence says why not."""
        try:
            self._student.set_consent(consent)
            handed = submission_of(self._student, self._content)
            data = write(handed)
        except BoundariesError as error:
            self._show({"tone": "error", "text": str(error)})
            return None
        if not handed.judgments:
            self._show(
                {
                    "tone": "error",
                    "text": "Nothing was saved: you have not judged a case yet. Judge one first.",
                }
            )
            return None
        why = self._put(data)
        if why:
            said = f"{why} The link below still downloads your submission. {_holds(handed)}"
            self._show({"tone": "error", "text": said}, data)
            return None
        self._show(
            {"tone": "ok", "text": f"Saved as {self._path}. {_holds(handed)} {_WHO_READS}"}, data
        )
        return self._path

    def _put(self, data: bytes) -> str:
        """Writes the file, whole or not at all; a sentence if it could not."""
        if self._path.exists() and not self._mine():
            return f"{self._path} is not a submission of yours, so it was left as it is. Move it, then save again."
        try:
            with tempfile.NamedTemporaryFile(
                dir=self._path.parent, prefix=".submission-", delete=False
            ) as new:
                try:
                    new.write(data)
                    new.close()
                    os.replace(new.name, self._path)
                except OSError:
                    new.close()
                    os.unlink(new.name)
                    raise
        except OSError as error:
            return (
                f"{self._path} could not be written ({error.strerror}), so nothing was saved there."
            )
        return ""

    def _mine(self) -> bytes:
        """The submission of this student that lies at the path; empty if there is none."""
        try:
            there = self._path.read_bytes() if self._path.stat().st_size <= MAX_BYTES else b""
        except OSError:
            return b""
        return there if self._student.participant.encode() in there else b""

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
        except BoundariesError as error:  # the store cannot even be read: what is on screen stays
            self.send(
                {"kind": "receipt", "receipt": receipt or {"tone": "error", "text": str(error)}}
            )

    def _state(self, receipt: State | None, data: bytes) -> State:
        who, course = self._student, self._content.course
        there = self._mine()
        if receipt is None and there:
            if there == write(submission_of(who, self._content)):
                data, said = there, f"Saved earlier as {self._path}, and nothing has changed since."
            else:
                said = f"{self._path} was saved earlier, and you have answered since. Save again before you hand it in."
            receipt = {"tone": "info", "text": said}
        return {
            "kind": "state",
            "legend": "Hand in",
            "progress": self._progress(),
            "research": {**_RESEARCH, "checked": who.consent()},
            "notices": [
                f"One file holds everything that you have judged in “{course.title}”, in all lessons, reasons too; "
                f"the course adds no name, login or time. {_WHO_READS}",
                *([_WIRE.format(self._delivery.address)] if self._delivery else ()),
                f"Your answers belong to a random token in your own file, {who.path}. If that file is lost, nobody "
                "can bring the token back: you would begin again as a new participant, and your earlier judgments "
                "would stay under the old one. lesson.backup_code() shows a short code: write it down before that.",
            ],
            "submit": "Save my submission",
            "receipt": receipt,
            "download": {"name": FILE_NAME, "text": data.decode(), "label": f"Download {FILE_NAME}"}
            if data
            else None,
        }

    def _progress(self) -> list[str]:
        content, here = self._content, self._items[0].type
        mine = self._student.judged([*content.vignettes.values(), *content.claims.values()])
        open_here = [f"“{item.title}”" for item in self._items if (item.id, "first") not in mine]
        said = [
            f"Still open in this lesson: {', '.join(open_here)}."
            if open_here
            else "This lesson is all judged."
        ]
        elsewhere = []
        for type in content.course.types or content.types:
            n = (
                sum((item.id, "first") not in mine for item in content.of_type(type))
                if type != here
                else 0
            )
            elsewhere += [f"{content.types[type].title} ({n})"] if n else []
        if elsewhere:
            said.append(f"Still open in other lessons: {', '.join(elsewhere)}.")
        due = f" Due: {content.course.due}." if content.course.due else ""
        if self._delivery:
            said.append(self._delivery.summary())
        said.append(f"“{SKIP}” counts as answered. You can save now and again later.{due}")
        return said


class Text:
    """A sentence as an output."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        """The sentence."""
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text)}</p>"


def submission_of(who: Student, content: Content) -> Submission:
    """All of a student's judgments of the session, in the wordings that the course has now."""
    items: list[Item] = [*content.all_vignettes.values(), *content.claims.values()]
    wordings = {(item.id, item.wording) for item in items}
    rows = tuple(j for j in who.judgments() if (j.item, j.wording) in wordings)
    return Submission(who.session, who.participant, content_version(content), who.consent(), rows)


def code_page(who: Student, delivery: Delivery | None = None) -> str:
    """The student's backup code with what it is for, as HTML for this screen only."""
    try:
        code = who.backup_code()
    except BoundariesError as error:
        return f"<p>{html.escape(str(error))}</p>"
    return (
        f'<p>Your code: <strong style="font-family:monospace;font-size:1.2em">{code}</strong></p>'
        "<p>Write it down, and keep it like a password: whoever has it and the class's answers can tell which are "
        "yours. On a second computer run <code>boundaries.carry()</code> before you judge anything there, and type it "
        "in. No saved notebook holds it, and nobody else can give it to you again.</p>"
        + (_PHONE if delivery else "")
    )


def carry(
    code: str | None = None,
    submission: Path | str | None = None,
    *,
    content: Content | None = None,
    who: Student | None = None,
) -> Text:
    """Lets a student go on, on this computer, under the token that their backup code holds. Says what came of it.

    Without a code it asks for one, unseen, so that it is not saved with the notebook. With the file that was saved
    on the first computer as `submission`, the answers come along.
    """
    try:
        content = content or load()
        who = who or student(content)
        handed = (
            read(Path(submission).read_bytes(), content, session=who.session)
            if submission
            else None
        )
        who.carry(
            getpass.getpass("Your code: ") if code is None else code,
            handed.judgments if handed else (),
        )
        if handed:
            who.set_consent(handed.consent)
    except OSError as error:
        return Text(
            f"{submission}: the file cannot be read ({error.strerror}). Nothing was changed."
        )
    except BoundariesError as error:
        return Text(f"Nothing was carried over. {error}")
    came = f"{len(handed.judgments)} judgments came along." if handed else (
        "Answers stay on the computer where they were given, unless you bring your submission file along: "
        f"boundaries.carry(submission='{FILE_NAME}')."
    )  # fmt: skip
    return Text(f"This computer now has your token. {came} Run the notebook from its top.")


def _holds(handed: Submission) -> str:
    n, skips = len(handed.judgments), sum(j.skipped for j in handed.judgments)
    skipped = f" ({skips} of them “{SKIP}”)" if skips else ""
    return f"It holds {n} judgment{'' if n == 1 else 's'}{skipped}. Research: {'yes' if handed.consent else 'no'}."
