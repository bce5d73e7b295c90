"""A bad day of a course, played from a seed: everybody works, everything breaks, and a naive oracle counts along.

Students work in notebooks (lessons without a screen), on pages of the class server, on phones in a lecture, and in
files that they hand in. Around them (`storm`) requests are lost, answered twice or late, the server is killed, disks are
full, clocks jump, handed-in files are cut, lecturers collect at once and are killed, the course replaces a case, and
two withdraw. The same seed is the same day. `test_bad_day` then compares what is stored with what was sent and confirmed.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import httpx
from class_server import BASE, HOST
from small_content import content, vignette
from storm import House, Network, Weather

from boundaries.answers.judgments import participant_of
from boundaries.answers.store import Store
from boundaries.answers.students import Student
from boundaries.answers.submissions import FILE_NAME
from boundaries.content import Content
from boundaries.instructor import collect as collecting
from boundaries.lessons import delivery
from boundaries.lessons.cards import Card
from boundaries.lessons.handin import HandIn, carry
from boundaries.lessons.lesson import Lesson

HOMEWORK, LECTURE = "spring", "lecture-hall"
CASES = ("tiles", "barter", "drink")


class Killed(Exception):
    """A process ended here."""


class Answer(NamedTuple):
    """What somebody meant to be stored."""

    session: str
    participant: str
    item: str
    phase: str
    rating: int | None
    confidence: int | None
    reason: str


class Confirmed(NamedTuple):
    """An answer of which a receipt said "stored", and under which revision."""

    answer: Answer
    revision: int


ROWS = (
    "SELECT session, participant, item, phase, rating, confidence, reason, "
    "wording, level, revision FROM judgments"
)


def stored(path: Path) -> list[tuple[Answer, str, str, int]]:
    """(answer, wording, level, revision) of each row of a file, read without our own code."""
    with closing(sqlite3.connect(path)) as connection:
        return [(Answer(*row[:7]), *row[7:]) for row in connection.execute(ROWS)]


@dataclass
class Person:
    """Somebody with a token. `revision` counts what a phone or a page has sent; `judged` are the
    cases that were judged alone there; `consent` is the last one that was acknowledged,
    `completed` the completion code and whether it came late, as they were first told."""

    name: str
    token: str
    revision: int = 0
    gone: bool = False
    consent: bool | None = None
    completed: tuple[str, bool] | None = None
    judged: set[str] = field(default_factory=set)


class Notebook:
    """A student's own computer: a file, and the lesson that is open. `sends` where the course there
    names the class server; `kept` is what the form said is stored in the file."""

    def __init__(self, person: Person, path: Path, weather: Weather, *, sends: bool) -> None:
        self.person, self.path, self.weather, self.sends = person, path, weather, sends
        self.judged: set[str] = set()
        self.kept: list[Confirmed] = []

    def open(self, course: Content) -> None:
        """The lesson in a fresh kernel."""
        if not self.sends:
            course = replace(course, course=replace(course.course, server=""))
        self.student = Student(HOMEWORK, self.path)
        self.weather.over(self.student._store)
        self.lesson = Lesson("business", course, self.student)
        self.arrived()

    def arrived(self) -> None:
        """Waits for what is on its way, so that one seed is one day."""
        if self.lesson._delivery:
            assert self.lesson._delivery.wait(60)


class Day:
    """The course, everybody in it, what they sent (`sent`) and what was confirmed (`confirmed`)."""

    def __init__(self, folder: Path, seed: int, people: int = 6) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.sent: set[Answer] = set()
        self.confirmed: list[Confirmed] = []
        self.firsts: dict[tuple[Any, ...], Answer] = {}
        self.withdrawn: list[Person] = []
        self.forgotten: list[Any] = []  # the rows that were theirs
        self.course = content(
            vignette("tiles"), vignette("barter"), vignette("drink", levels=("coffee", "wine"))
        )
        self.weather = Weather()
        self.house = House(folder / "server", self.course, self.weather)
        self.network = Network(self.house, self.chance)
        self.http = httpx.Client(transport=self.network, base_url=BASE)
        self.handed, self.backup = folder / "handed in", folder / "backup.sqlite"
        self.handed.mkdir()
        self.homework = self._hall(HOMEWORK, "homework")
        self.hall = self._hall(LECTURE, "lecture")
        self.rounds = self._rounds()
        self.round: tuple[str, str] = ("", "lobby")
        self.course = self._with_server(self.course)
        self.phones = [self._person(f"phone {n}") for n in range(people)]
        self.pages = [self._person(f"page {n}") for n in range(people)]
        self.notebooks = []
        for n in range(people):
            path = folder / "own" / f"{n}.sqlite"
            person = self._person(f"Student{n} Berg")
            Student(HOMEWORK, path, person.token)
            self.notebooks.append(Notebook(person, path, self.weather, sends=n % 2 == 0))

    # -- the day ----------------------------------------------------------------------------------

    def play(self, steps: int) -> None:
        """So many things happen; afterwards the sun shines, and all who still wait send again."""
        kinds = [
            (self.notebook_judges, 30),
            (self.page_judges, 22),
            (self.phone_judges, 30),
            (self.host_goes_on, 5),
            (self.page_consents, 3),
            (self.page_completes, 4),
            (self.second_computer, 4),
            (self.kernel_restarts, 6),
            (self.hands_in, 10),
            (self.lecturers_collect, 3),
            (self.server_is_killed, 2),
            (self.late_requests_arrive, 5),
            (self.disk_fills_or_is_freed, 4),
            (self.commit_fails, 4),
            (self.clock_jumps, 3),
        ]
        happenings = [happening for happening, _ in kinds]
        weights = [weight for _, weight in kinds]
        with ExitStack() as patched:
            patched.enter_context(mock.patch.object(delivery, "client", self._client))
            patched.enter_context(mock.patch.object(collecting, "_BATCH", 3))
            for notebook in self.notebooks:
                notebook.open(self.course)
            for step in range(steps):
                self.weather.steady += 3
                if step == steps // 2:
                    self.course_is_updated()
                if step == steps * 3 // 4:
                    self.back_up()
                    self.withdraw(self.notebooks[0].person, HOMEWORK)
                    self.withdraw(self.pages[0], HOMEWORK)
                (happening,) = self.chance.choices(happenings, weights)
                happening()
                self.look_at_firsts()
            self.evening()
            self.look_at_firsts()

    def look_at_firsts(self) -> None:
        """A first judgment of homework that was in the class's store once stays as it was."""
        gone = {participant_of(HOMEWORK, person.token) for person in self.withdrawn}
        now = {row[0][:4]: row[0] for row in stored(self.house.path)}
        for key, answer in self.firsts.items():
            if answer.participant not in gone:
                assert now.get(key) == answer, "a first judgment changed"
        for key, answer in now.items():
            if answer.session == HOMEWORK and answer.phase == "first":
                self.firsts[key] = answer

    def evening(self) -> None:
        """Everything works again: what waits is sent, the last files are handed in and collected."""
        self.weather.disk_full = self.weather.commit_fails = False
        self.network.calm = True
        self.late_requests_arrive()
        for _ in range(len(CASES) * 7 * len(self.phones)):
            self.phone_judges()
            if self.chance.random() < 1 / len(self.phones):
                self.host_goes_on()
        while self.host_goes_on():
            pass
        for notebook in self.notebooks:
            if not notebook.person.gone:
                self.kernel_restarts(notebook)
                self.hands_in(notebook, cut=False)
        for _ in self.pages:
            self.page_completes()
        self._collect([self.handed], killed=False)
        self.again = self._collect([self.handed], killed=False)
        self.withdraw(self.phones[0], LECTURE)
        assert self._insist(f"/api/sessions/{self.homework}/end", {}, HOST).status_code == 200

    # -- what people do ---------------------------------------------------------------------------

    def notebook_judges(self) -> None:
        notebook = self.chance.choice(self.notebooks)
        if notebook.person.gone:
            return
        item = self.chance.choice(notebook.lesson.items)
        participant = notebook.student.participant
        phase = "informed" if item.id in notebook.judged else "first"
        answer = self._answer(HOMEWORK, participant, item.id, phase)
        card = Card(item, self.course, notebook.student, lambda _: None, notebook.lesson._delivery)
        if phase == "informed":
            card.state()
            card._show(again=True)
        stored = card.judge(phase, answer.rating, answer.confidence, answer.reason)
        notebook.arrived()
        if stored:  # else it was refused with a sentence, and may stand nowhere
            self.sent.add(answer)
            notebook.judged.add(item.id)
            notebook.kept.append(Confirmed(answer, stored.revision))

    def page_judges(self) -> None:
        person = self.chance.choice(self.pages)
        item = self.chance.choice(CASES)
        phase = "informed" if item in person.judged else "first"
        self._send(person, HOMEWORK, self.homework, item, phase)

    def phone_judges(self) -> None:
        item, stage = self.round
        phase = stage if stage in ("first", "discussed", "informed") else "first"
        person = self.chance.choice(self.phones)
        self._send(person, LECTURE, self.hall, item or CASES[0], phase)

    def _send(self, person: Person, session: str, code: str, item: str, phase: str) -> None:
        """Sends as a page does: again, until there is a receipt, or until it is closed."""
        if person.gone:
            return
        answer = self._answer(session, participant_of(session, person.token), item, phase)
        person.revision += 1
        body = {
            "token": person.token,
            "vignette": item,
            "phase": phase,
            "rating": answer.rating,
            "confidence": answer.confidence,
            "reason": answer.reason,
            "revision": person.revision,
        }
        self.sent.add(answer)
        for _ in range(self.chance.randint(1, 6)):
            response = self._post(f"/api/sessions/{code}/judgments", body)
            if response is None or response.status_code in (429, 503):
                continue
            (receipt,) = response.json()["receipts"]
            if receipt["status"] == "stored":
                person.judged.add(item)
                self.confirmed.append(Confirmed(answer, receipt["revision"]))
            return

    def page_consents(self) -> None:
        person = self.chance.choice(self.pages)
        body = {"token": person.token, "consent": self.chance.random() < 0.5}
        if not person.gone:
            self._insist(f"/api/sessions/{self.homework}/consent", body)
            person.consent = body["consent"]

    def page_completes(self) -> None:
        """The code is always the same, and once told in time or late it stays so, whatever the clock says."""
        person = self.chance.choice(self.pages)
        if person.gone:
            return
        response = self._post(f"/api/sessions/{self.homework}/completion", {"token": person.token})
        if response is not None and response.status_code == 200:
            told = (response.json()["completion"], response.json()["late"])
            person.completed = person.completed or told
            assert told == person.completed
        elif response is not None and response.status_code == 409:
            assert not person.completed

    def second_computer(self) -> None:
        """Somebody goes on elsewhere under the same token, and forgets to bring the answers along."""
        notebook = self.chance.choice(self.notebooks)
        path = notebook.path.with_name(f"{notebook.path.stem}-second.sqlite")
        if notebook.person.gone or notebook.path.stem.endswith("-second") or path.exists():
            return
        self.weather.commit_fails = False
        student = Student(HOMEWORK, path)
        carry(notebook.student.backup_code(), content=self.course, who=student)
        second = Notebook(notebook.person, path, self.weather, sends=notebook.sends)
        second.open(self.course)
        self.notebooks.append(second)

    def kernel_restarts(self, notebook: Notebook | None = None) -> None:
        notebook = notebook or self.chance.choice(self.notebooks)
        if not notebook.person.gone:
            notebook.open(self.course)

    def hands_in(self, notebook: Notebook | None = None, cut: bool | None = None) -> None:
        """Saves a submission and uploads it, perhaps cut off; earlier uploads stay there."""
        notebook = notebook or self.chance.choice(self.notebooks)
        if notebook.person.gone:
            return
        own = notebook.path.with_name(f"{notebook.path.stem}-{FILE_NAME}")
        box = HandIn(notebook.lesson.items, self.course, notebook.student, own)
        if box.save(consent=self.chance.random() < 0.5) is None:
            return
        data = own.read_bytes()
        if cut or (cut is None and self.chance.random() < 0.3):
            data = data[: self.chance.randrange(1, len(data) - 3)]
        attempt = len(list(self.handed.iterdir()))
        folder = self.handed / f"attempt {attempt}"
        folder = folder / f"{notebook.person.name}_{notebook.path.stem}_assignsubmission_file"
        folder.mkdir(parents=True)
        (folder / FILE_NAME).write_bytes(data)

    # -- what the lecturers do --------------------------------------------------------------------

    def lecturers_collect(self) -> None:
        """Two at once, each with some of the files, of whom one is killed in the middle at times."""
        killed = self.chance.random() < 0.5
        files = sorted(self.handed.iterdir())
        with ThreadPoolExecutor(2) as both:
            runs = []
            for number in range(2):
                some = self.chance.sample(files, self.chance.randint(0, len(files)))
                runs.append(both.submit(self._collect, some, killed=killed and number == 0))
            for run in runs:
                run.result()

    def _collect(self, files: list[Path], *, killed: bool) -> collecting.Summary | None:
        def progress(work: Iterable[Any], title: str) -> Iterator[Any]:
            for number, piece in enumerate(work):
                if killed and title == "storing" and number == 1:
                    raise Killed
                yield piece

        with closing(Store(self.house.path)) as store:
            try:
                return collecting.collect(
                    files, store, self.course, session=HOMEWORK, progress=progress
                )
            except Killed:
                return None

    def host_goes_on(self) -> bool:
        """To the next stage; whether there was one."""
        following = next(self.rounds, None)
        if following is None:
            return False
        item, stage = following
        body = {"vignette": item, "stage": stage, "seconds": self.chance.choice([None, 60])}
        response = self._insist(f"/api/sessions/{self.hall}/stage", body, HOST)
        assert response.status_code == 200, response.text
        if stage == "reveal":
            self._show_reasons(item)
        self.round = following
        return True

    def _show_reasons(self, item: str) -> None:
        path, calm = f"/api/sessions/{self.hall}/reasons", self.network.calm
        self.network.calm = True
        for each in self.http.get(path, headers=HOST).json()["rounds"]:
            ids = [reason["id"] for reason in each["reasons"]]
            body = {"vignette": item, "phase": each["phase"], "ids": ids}
            response = self._insist(path, body, HOST)
            assert response.status_code == 200, response.text
        self.network.calm = calm

    def _rounds(self) -> Iterator[tuple[str, str]]:
        for item in CASES:
            # The host goes back once: a round that is opened again is frozen again.
            for stage in ("first", "discuss", "first", "discussed", "reveal", "informed", "reveal"):
                yield item, stage
        yield "", "over"

    def back_up(self) -> None:
        with (
            closing(sqlite3.connect(self.house.path)) as class_store,
            closing(sqlite3.connect(self.backup)) as copy,
        ):
            class_store.backup(copy)

    def withdraw(self, person: Person, session: str) -> None:
        """Somebody asks for all of theirs to be removed, and works no more."""
        self.weather.disk_full = self.weather.commit_fails = False
        person.gone = True
        self.withdrawn.append(person)
        self.network.flush(withdrawn=[gone.token for gone in self.withdrawn])
        participant = participant_of(session, person.token)
        self.forgotten += [
            row for row in stored(self.house.path) if row[0].participant == participant
        ]
        for path in (self.house.path, self.backup):
            with closing(Store(path)) as store:
                store.forget(session, participant)
        for file in self.handed.rglob(FILE_NAME):
            if file.parent.name.startswith(f"{person.name}_"):
                file.unlink()

    def course_is_updated(self) -> None:
        """One case is replaced by another; the class server starts with the new course."""
        tiles = self.course.all_vignettes["tiles"]
        again = replace(tiles, id="tiles-again", title="Tiles again", replaces="tiles")
        vignettes = {**self.course.all_vignettes, "tiles-again": again}
        self.course = replace(self.course, all_vignettes=vignettes, _replaced=frozenset({"tiles"}))
        self.server_is_killed()

    # -- what goes wrong --------------------------------------------------------------------------

    def server_is_killed(self) -> None:
        self.weather.disk_full = self.weather.commit_fails = False
        self.house.kill(self.course)

    def late_requests_arrive(self) -> None:
        self.network.flush(withdrawn=[gone.token for gone in self.withdrawn])

    def disk_fills_or_is_freed(self) -> None:
        self.weather.disk_full = not self.weather.disk_full

    def commit_fails(self) -> None:
        self.weather.commit_fails = True

    def clock_jumps(self) -> None:
        self.weather.clock = self.chance.choice([0, -90_000, 90_000, 400 * 86_400])

    # -- small things -----------------------------------------------------------------------------

    def _person(self, name: str) -> Person:
        return Person(name, f"{self.chance.getrandbits(128):032x}")

    def _answer(self, session: str, participant: str, item: str, phase: str) -> Answer:
        reason = f"reason {self.chance.getrandbits(64):016x}"
        rating = self.chance.choice([None, 1, 2, 3, 4, 5])
        confidence = None if rating is None else self.chance.randint(1, 4)
        return Answer(session, participant, item, phase, rating, confidence, reason)

    def _post(
        self, path: str, body: object, head: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """The answer; None where none came."""
        try:
            return self.http.post(path, json=body, headers=head)
        except httpx.TransportError:
            return None

    def _insist(
        self, path: str, body: object, head: dict[str, str] | None = None
    ) -> httpx.Response:
        """Asks until there is an answer; whoever gets none for want of space frees the disk."""
        while True:
            response = self._post(path, body, head)
            if response is not None and response.status_code not in (429, 503):
                return response
            self.weather.disk_full = False
            self.weather.steady += 3

    def _hall(self, session: str, mode: str) -> str:
        body: dict[str, Any] = {"title": session, "mode": mode, "session": session}
        body |= {"vignettes": list(CASES), "reasons": mode == "lecture"}
        if mode == "homework":
            body["closes"] = datetime.fromtimestamp(time.time() + 86_400, UTC).isoformat()
        made = self._insist("/api/sessions", body, HOST)
        assert made.status_code in (200, 201), made.text
        return str(made.json()["code"])

    def _with_server(self, course: Content) -> Content:
        server = f"{BASE}/{self.homework}"
        return replace(course, course=replace(course.course, session=HOMEWORK, server=server))

    def _client(self, address: str) -> httpx.Client:
        return httpx.Client(transport=self.network, headers={"Content-Type": "application/json"})

    def end(self) -> None:
        self.http.close()
        self.house.end()
