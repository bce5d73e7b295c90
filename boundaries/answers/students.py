"""One student in one session: where their answers are kept, what they judged, and judging.

The answers live in one SQLite file in the user's own data folder, never in a notebook.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from boundaries.answers import failures, files, queries
from boundaries.answers.codes import code_of, token_of
from boundaries.answers.judgments import PHASES, Judgment, Person, checked, level_of, participant_of
from boundaries.answers.store import Store
from boundaries.answers.writing_rows import keep_writings, merge_writings
from boundaries.answers.writings import Writing
from boundaries.content import Content, Item
from boundaries.content.sessions import AFTER_EACH, AFTER_LAST, id_of, session_of
from boundaries.errors import CodeError, NotYetJudged, StoreError

# Whether this Python runs in a browser: no threads, no sockets, and files in the browser's drive.
IN_BROWSER = sys.platform == "emscripten"

_NO_HOME = (
    "This computer names no home folder for you, so there is no place for your answers. "
    "Name a folder in the environment variable BOUNDARIES_HOME, then start Jupyter again."
)

DEMO_TOKEN = "demo"  # noqa: S105 - no secret: the participant whose notebooks are committed


class Student:
    """The person at this computer in one session. Raises StoreError when the file cannot be opened.

    >>> folder = getfixture("tmp_path")
    >>> Student("own-study", folder / "own-study.sqlite").done([])
    0
    """

    # What keeps the answers, in words.
    keeps = "your own file"

    # What a student should know of such a place before handing in.
    caution = ""

    def __init__(self, session: str, path: Path | str, token: str | None = None) -> None:
        self.session = session
        self.path = Path(path)
        self._store = self._open_store()
        # Each thread has its own: another one's look may be from before what this one stores.
        self._looking = threading.local()
        self.participant = participant_of(session, self._store.token(session, token))

    def _open_store(self) -> Store:
        return Store(self.path, own=True)

    @property
    def place(self) -> str:
        """What keeps the answers, and where."""
        return f"{self.keeps}, {self.path}"

    def level(self, item: Item) -> str:
        """The level of the item's dial that this student sees: as judged before, else by hash."""
        first = self.judgment(item, "first")
        if first and first.level in item.levels:
            return first.level
        return level_of(self.participant, item)

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """What this thread asks for inside is answered from one look into the file.

        Opening a file on a network disk is slow, and a click asks for many things.
        """
        outer = getattr(self._looking, "seen", None)
        self._looking.seen = {} if outer is None else outer
        try:
            yield
        finally:
            self._looking.seen = outer

    def _seen(self) -> tuple[list[Judgment], bool, list[Writing]]:
        person = (self.session, self.participant)
        seen: dict[Person, tuple[list[Judgment], bool, list[Writing]]] | None
        seen = getattr(self._looking, "seen", None)
        if seen is None:  # nobody looks at several things: no look is kept
            seen = {}
        if person not in seen:
            seen[person] = self._store.look(*person)
        return seen[person]

    def writings(self) -> list[Writing]:
        """All that this student wrote in forms, by item and question; what was taken back is empty."""
        return self._seen()[2]

    def keep(self, item: str, texts: Mapping[str, str]) -> None:
        """Keeps answers in a form by question, all or none; an empty one takes an answer back.

        Raises WritingError where one may not be stored, or would be one too many, and StoreError.
        """
        person = (self.session, self.participant)
        keep_writings(self._store, person, self.writings(), item, texts)
        (getattr(self._looking, "seen", None) or {}).clear()  # it was before this was written

    def judgments(self) -> list[Judgment]:
        """Everything that this student has judged in this session."""
        return self._seen()[0]

    def judgment(self, item: Item, phase: str) -> Judgment | None:
        """This student's judgment of the item as it is worded now, in a phase; None if none."""
        return self.judged([item]).get((item.id, phase))

    def judged(self, items: Iterable[Item]) -> dict[tuple[str, str], Judgment]:
        """By (item id, phase): this student's judgments of these items as they are worded now."""
        wordings = {item.id: item.wording for item in items}
        judged = {}
        for row in self.judgments():
            if wordings.get(row.item) == row.wording:
                judged[row.item, row.phase] = row
        return judged

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
        """Stores a judgment durably and returns it as stored; a rating of None is a skip.

        Raises JudgmentError (not a judgment of this item), AlreadyLocked, NotYetJudged (a later
        phase before the first is locked) or StoreError; each is a sentence for the student, and
        nothing stored is changed.
        """
        person, level = (self.session, self.participant), level_of(self.participant, item)
        judgment = Judgment.of(item, person, phase, level, rating, confidence, reason)

        def own(token: str | None, first: Judgment | None) -> Judgment:
            if phase in PHASES[1:] and first is None:
                raise NotYetJudged(
                    f"'{item.id}' has no first judgment yet. Judge it alone first, then again."
                )
            if token is None or participant_of(self.session, token) != self.participant:
                raise StoreError(
                    "Your file has another code since this lesson began. "
                    "Run the notebook from its top."
                )
            if first and first.level in item.levels:
                return checked(item, replace(judgment, level=first.level))
            return checked(item, judgment)

        stored = self._store.record(judgment, own)
        (getattr(self._looking, "seen", None) or {}).clear()  # it was before this judgment
        return stored

    # -- handing in -------------------------------------------------------------------------------

    def consent(self) -> bool:
        """Whether this student said yes to research; False as long as they did not."""
        return self._seen()[1]

    def set_consent(self, consent: bool) -> None:
        """Keeps the answer on research; the last one counts."""
        self._store.set_consent(self.session, self.participant, consent)

    def backup_code(self) -> str:
        """The code that carries this student to a second computer.

        Raises CodeError for the demo participant, StoreError where the file was emptied.
        """
        # Only read: it is wanted most where the disk is full, and a lesson that opens needs it too.
        with self._store.reading() as connection:
            token = queries.own_token(connection, self.session)
        if token is None:
            raise StoreError(f"{self.path}: {failures.EMPTIED}")
        return code_of(token)

    def carry(
        self, code: str, answers: Iterable[Judgment] = (), writings: Iterable[Writing] = ()
    ) -> None:
        """Makes this file that of the student whose code it is, with the answers they bring.

        Raises CodeError for a mistyped code, answers under another one, or a file that holds such
        answers.
        """
        token = token_of(code)
        brought = list(answers)
        participant = participant_of(self.session, token)
        # Before anything is written: a file of somebody else must not cost the token that is here.
        if any(row.participant != participant for row in brought):
            raise CodeError(
                "The submission belongs to another code. Nothing was changed. Bring your own file."
            )
        self._store.carry(self.session, token)
        self.participant = participant
        self._store.merge(brought)
        merge_writings(self._store, {(self.session, participant): writings})


def student(content: Content, environ: Mapping[str, str] = os.environ) -> Student:
    """The student of this computer in the session that course.toml names.

    Their file is `<id of the session>.sqlite` in $BOUNDARIES_HOME, else in the system's own place for a
    user's data. With $BOUNDARIES_DEMO set it is the demo participant, whose answers (all the same,
    so that every chart opens) are in a temporary folder: the committed notebooks ran as that one.
    """
    session = content.course.session
    name = f"{id_of(session)}.sqlite"
    if environ.get("BOUNDARIES_DEMO"):
        folder = Path(tempfile.mkdtemp(prefix="boundaries-demo-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        demo = Student(session, folder / name, DEMO_TOKEN)
        demo._store.merge(_the_same_to_everything(demo, content))
        return demo
    if IN_BROWSER:
        from boundaries.answers.browser import BrowserStudent, answers_folder

        return _going_on(BrowserStudent(session, answers_folder() / id_of(session)))
    folder = home(environ)
    own = _going_on(Student(session, folder / name))
    files.close_folder(folder)
    return own


def _going_on(own: Student) -> Student:
    """The student in the session that they began: its codes go on opening as they did until now."""
    for way in (AFTER_LAST, AFTER_EACH):
        begun = session_of(id_of(own.session), way)
        if begun != own.session and not own.judgments() and own._store.judgments(begun):
            return type(own)(begun, own.path)
    return own


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where a person's own answers are kept. Raises StoreError where this computer knows no place."""
    # As it is typed: Windows keeps the quotes of a setting, and no shell stands between Docker and a ~.
    chosen = environ.get("BOUNDARIES_HOME", "").strip('" ')
    if chosen:
        return Path(os.path.expanduser(chosen))
    import platformdirs

    # A container may run under a number that has no name; older platformdirs then give a ~.
    with suppress(RuntimeError):
        folder = platformdirs.user_data_path("boundaries", appauthor=False)
        if folder.is_absolute():
            return folder
    raise StoreError(_NO_HOME)


def _the_same_to_everything(demo: Student, content: Content) -> Iterator[Judgment]:
    person = (demo.session, demo.participant)
    for number, item in enumerate(content.items.values(), 1):
        level = level_of(demo.participant, item)
        yield Judgment.of(item, person, "first", level, rating=3, confidence=2, revision=number)
