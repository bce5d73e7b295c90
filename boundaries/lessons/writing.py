"""Forms for a student's own words: an author's questions, and a guess before a chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boundaries.answers.students import Student
from boundaries.answers.writings import GUESS, MAX_TEXT
from boundaries.content import Content, Guess, Item, Model
from boundaries.content.display import State
from boundaries.errors import BoundariesError, ContentError, WritingError
from boundaries.lessons.outputs import LESSON_WORDS, LiveWidget
from boundaries.web import module, style

if TYPE_CHECKING:  # charts load pandas and matplotlib: only when a chart is drawn
    from boundaries.charts import Chart
    from boundaries.lessons.drawings import Drawing

_WORDS = LESSON_WORDS["writing"]
_PERCENT = {str(number): f"{number} %" for number in range(101)}


class PromptForm(LiveWidget):
    """A form whose answers are kept in the student's own file.

    `on_change` is called after each time that something was stored.
    """

    _esm = module("writing.js")
    _css = style("form.css")

    def __init__(self, student: Student, on_change: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.student, self._on_change = student, on_change

    def state(self) -> State:
        """What the form shows now: its fields, and what is kept already. Raises StoreError."""
        raise NotImplementedError

    def keep(self, answers: Mapping[str, str]) -> None:
        """Stores answers by their fields. Raises WritingError or StoreError."""
        raise NotImplementedError

    def _hear(self, widget: object, message: State, buffers: object) -> None:
        """Runs on any thread; an exception here would reach no one, so none leaves."""
        with self._lock:
            if message.get("kind") == "hello":
                self._show()
            elif message.get("kind") == "keep":
                self._store(message.get("answers"))

    def _store(self, answers: object) -> None:
        try:
            # A message is whatever a page sends, not what our form would have sent.
            if not isinstance(answers, dict) or not all(
                isinstance(v, str) for v in answers.values()
            ):
                raise WritingError("Nothing was stored, for no answer came. Run this cell again.")
            self.keep(answers)
        except BoundariesError as error:
            self._show({"tone": "error", "text": str(error)})
            return
        self._show({"tone": "ok", "text": f"Stored in {self.student.place}."})
        self._on_change()

    def _show(self, receipt: State | None = None) -> None:
        try:
            self.send({"kind": "state", **self.state(), "receipt": receipt})
        except BoundariesError as error:
            empty = dict.fromkeys(("legend", "hint", "submit", "draft"), "")
            receipt = receipt or {"tone": "error", "text": str(error)}
            form = {**empty, "about": [], "fields": [], "answers": {}, "receipt": receipt}
            self.send({"kind": "state", **form})


class ModelForm(PromptForm):
    """One author's questions, of one item; `item` is a type where the student chooses the case.

    `title` names the cases that it is about.
    """

    def __init__(self, student: Student, model: Model, item: str, title: str = "") -> None:
        super().__init__(student)
        self.model, self.item, self._title = model, item, title

    def __repr__(self) -> str:
        """The model's id and nothing of what was written."""
        return f"ModelForm({self.model.id})"

    def state(self) -> State:
        """A field for each question."""
        model = self.model
        kept = {}
        for writing in self.student.writings():
            if writing.item == self.item:
                kept[writing.question.removeprefix(f"{model.id}/")] = writing.text
        about = [model.about if self._title else f"{model.about} {_WORDS['own_choice']}"]
        if model.source:
            about.append(f"{model.source} ({model.known}).")
        fields = []
        for question in model.questions:
            fields.append(
                {"id": question.id, "kind": "text", "label": question.text, "max": MAX_TEXT}
            )
        return {
            "legend": f"{model.title}: {self._title}" if self._title else model.title,
            "about": about,
            "fields": fields,
            "answers": {question.id: kept.get(question.id, "") for question in model.questions},
            "hint": _WORDS["handed_in"].format(keeps=self.student.keeps),
            "submit": "Keep what I wrote",
            "draft": f"boundaries/{self.student.session}/{self.item}/{model.id}",
        }

    def keep(self, answers: Mapping[str, str]) -> None:
        """Stores what was written to each question; an empty answer takes one back."""
        texts = {}
        for question in self.model.questions:
            if question.id in answers:
                texts[f"{self.model.id}/{question.id}"] = answers[question.id]
        self.student.keep(self.item, texts)


def model_form(student: Student, content: Content, id: str, type: str, *about: Item) -> ModelForm:
    """The form of models.toml with this id, about one case, about two that are compared (kept under
    their type), or about one of the student's choice. Raises ContentError for an unknown id."""
    model = content.models.get(id)
    if model is None:
        known = ", ".join(content.models)
        raise ContentError(f"{id!r} is not a form of this course. Choose one of: {known}.")
    title = " and ".join(f"“{item.title}”" for item in about)
    return ModelForm(student, model, about[0].id if len(about) == 1 else type, title)


@dataclass(frozen=True)
class AskedGuess:
    """A guess as one lesson asks for it: of `item` (a case, or the type), with what may be guessed,
    by what is stored of it the words that stand beside it."""

    guess: Guess
    item: str
    options: Mapping[str, str]

    @property
    def question(self) -> str:
        """Under which question it is kept."""
        return f"{GUESS}/{self.guess.chart}"

    def kept(self, student: Student) -> str:
        """A student's guess in words; empty where there is none yet. Raises StoreError."""
        for writing in student.writings():
            if (writing.item, writing.question) == (self.item, self.question):
                return self.options.get(writing.text, writing.text)
        return ""


class GuessForm(PromptForm):
    """One guess before a chart. It is kept once, so that it stays a guess."""

    def __init__(
        self, student: Student, asked: AskedGuess, on_change: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(student, on_change)
        self.asked = asked

    def __repr__(self) -> str:
        """The chart and nothing of what was guessed."""
        return f"GuessForm({self.asked.guess.chart})"

    def state(self) -> State:
        """A field, or the guess that is kept."""
        guess, kept = self.asked.guess, self.asked.kept(self.student)
        field: State = {"id": GUESS, "label": guess.question}
        if guess.asks == "percent":
            field |= {"kind": "number", "min": 0, "max": 100}
        else:
            options = self.asked.options.items()
            field |= {
                "kind": "choice",
                "options": [{"value": value, "label": label} for value, label in options],
            }
        return {
            "legend": "Your guess",
            "about": [f"{guess.question} You guessed: {kept}."] if kept else [],
            "fields": [] if kept else [field],
            "answers": {},
            "hint": "" if kept else _WORDS["at_home"].format(keeps=self.student.keeps),
            "submit": "" if kept else "Keep my guess",
            "draft": f"boundaries/{self.student.session}/{self.asked.item}/{self.asked.question}",
        }

    def keep(self, answers: Mapping[str, str]) -> None:
        """Stores the guess, if there is none yet."""
        value = answers.get(GUESS, "").strip()
        if self.asked.kept(self.student):
            raise WritingError("Your guess is kept already and stays as it is.")
        if value not in self.asked.options:
            wanted = "a whole number from 0 to 100" if self.asked.guess.asks == "percent" else "one"
            raise WritingError(f"Nothing was stored. Please choose {wanted}.")
        self.student.keep(self.asked.item, {self.asked.question: value})


def asked_guess(
    content: Content, type: str, items: Sequence[Item], chart: str, case: str = ""
) -> AskedGuess | None:
    """What is guessed before a chart of a type (or of one case); None where nothing is."""
    prompts = content.prompts.get(type)
    for guess in prompts.guesses if prompts else ():
        if (guess.chart, guess.case) == (chart, case):
            return AskedGuess(guess, case or type, _options(guess, items, content))
    return None


def beside_guess(student: Student, asked: AskedGuess | None, chart: Chart | Drawing) -> str:
    """What a student guessed beside what the chart finds; empty where nothing was."""
    guessed = asked.kept(student) if asked else ""
    return f"You guessed: {guessed}. The class: {chart.title}." if guessed else ""


def _options(guess: Guess, items: Sequence[Item], content: Content) -> Mapping[str, str]:
    if guess.asks == "side":
        return dict(_WORDS["sides"])
    if guess.asks == "percent":
        return _PERCENT
    if guess.asks == "rating":
        return {str(point.value): f"{point.value} {point.label}" for point in content.ratings}
    if guess.asks == "case":
        return {item.id: item.title for item in sorted(items, key=lambda item: item.title)}
    vignette = content.all_vignettes[guess.case]
    return {level: vignette.label(level) for level in vignette.levels}
