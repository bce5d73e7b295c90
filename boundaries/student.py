"""One student in one session: where their answers are kept, what they judged, and judging.

The answers live in one SQLite file in the user's own data folder, never in a notebook.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from boundaries.content import Content, Item
from boundaries.errors import NotYetJudged
from boundaries.judgments import Judgment, checked, level_of, participant_of
from boundaries.store import Store

DEMO_TOKEN = "demo"  # noqa: S105 - no secret: the participant whose notebooks are committed


class Student:
    """The person at this computer in one session. Raises StoreError when the file cannot be opened.

    >>> folder = getfixture("tmp_path")
    >>> Student("own-study", folder / "own-study.sqlite").done([])
    0
    """

    def __init__(self, session: str, path: Path | str, token: str | None = None) -> None:
        self.session = session
        self.path = Path(path)
        self._store = Store(self.path)
        self.participant = participant_of(session, self._store.token(session, token))

    def level(self, item: Item) -> str:
        """The level of the item's dial that this student sees: the one already judged, else by hash."""
        first = self.judgment(item, "first")
        return first.level if first and first.level in item.levels else level_of(self.participant, item)

    def judgments(self) -> list[Judgment]:
        """Everything that this student has judged in this session."""
        return self._store.judgments(self.session, self.participant)

    def judgment(self, item: Item, phase: str) -> Judgment | None:
        """This student's judgment of the item, in its present wording, in a phase; None if there is none."""
        return self.judged([item]).get((item.id, phase))

    def judged(self, items: Iterable[Item]) -> dict[tuple[str, str], Judgment]:
        """By (item id, phase): this student's judgments of these items in their present wordings."""
        wordings = {(item.id, item.wording) for item in items}
        return {(j.item, j.phase): j for j in self.judgments() if (j.item, j.wording) in wordings}

    def done(self, items: Iterable[Item]) -> int:
        """How many of these items have a locked first judgment."""
        return sum(phase == "first" for _, phase in self.judged(items))

    def judge(
        self,
        item: Item,
        phase: str,
        rating: int | None,
        confidence: int | None = None,
        reason: str = "",
    ) -> Judgment:
        """Stores a judgment durably and returns it as stored; a rating of None is "I would rather not judge".

        Raises JudgmentError (not a judgment of this item), AlreadyLocked, NotYetJudged (a later phase before the
        first is locked) or StoreError; each is a sentence for the student, and nothing stored is changed.
        """
        if phase != "first" and self.judgment(item, "first") is None:
            raise NotYetJudged(f"'{item.id}' has no first judgment yet. Judge it alone first, then again.")
        level = self.level(item)
        given = Judgment(
            self.session, self.participant, item.id, item.wording, phase, level, rating, confidence, reason, 0
        )
        return self._store.record(checked(item, given))


def student(content: Content, environ: Mapping[str, str] = os.environ) -> Student:
    """The student of this computer in the session that course.toml names.

    Their file is `<session>.sqlite` in $BOUNDARIES_HOME, else in the system's own place for a user's data. With
    $BOUNDARIES_DEMO set it is the demo participant, whose answers (all the same, so that every chart opens) are
    in a temporary folder: the committed notebooks ran as that one.
    """
    session = content.course.session
    if environ.get("BOUNDARIES_DEMO"):
        folder = Path(tempfile.mkdtemp(prefix="boundaries-demo-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        demo = Student(session, folder / f"{session}.sqlite", DEMO_TOKEN)
        _answer_everything(demo, content)
        return demo
    return Student(session, home(environ) / f"{session}.sqlite")


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where a person's own answers are kept."""
    if chosen := environ.get("BOUNDARIES_HOME"):
        return Path(chosen)
    import platformdirs

    return platformdirs.user_data_path("boundaries", appauthor=False)


def _answer_everything(demo: Student, content: Content) -> None:
    items: list[Item] = [*content.vignettes.values(), *content.claims.values()]
    Store(demo.path).merge(
        Judgment(demo.session, demo.participant, i.id, i.wording, "first", level_of(demo.participant, i), 3, 2, "", n)
        for n, i in enumerate(items, 1)
    )
