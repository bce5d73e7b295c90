"""The words of the course as frozen dataclasses: what a vignette, a code, a reading, a claim is.

Everything above this module speaks in these; where they come from is the business of `content`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

Band = tuple[int, int]


@dataclass(frozen=True)
class Point:
    """One point of a scale: the number that is stored and the words a student sees."""

    value: int
    label: str


@dataclass(frozen=True)
class Stance:
    """What a code may say of a behaviour, and the band of ratings it supports by default (None: no band)."""

    id: str
    label: str
    band: Band | None
    note: str


@dataclass(frozen=True)
class Type:
    """A kind of dual relationship, with the question that its notebook asks."""

    id: str
    title: str
    question: str


@dataclass(frozen=True)
class Country:
    """A country by its two letters; `name` stands after "in", `codes` are those it chooses."""

    id: str
    name: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Provision:
    """One numbered passage of a code, in our own words, with how it was checked.

    `section` is empty where the source shows no number, `stance` where only a title was read; `note`
    says what is known of either. `waiting_years` is None where the passage names no number of years.
    """

    code: str
    id: str
    section: str
    title: str
    topic: str
    stance: str
    says: str
    checked: str
    note: str = ""
    waiting_years: int | None = None
    waiting_condition: str = ""
    effective: str = ""
    edition: str = ""
    source: str = ""
    url: str = ""


@dataclass(frozen=True)
class Code:
    """One edition of one body's code of ethics; `kind` is code, law, regulator or guidance.

    `official_url` is the body's own page: what students look up, whatever copy was read. It binds
    therapists of `professions` (empty: all) in `countries`, or only in one `region` of them.
    """

    id: str
    title: str
    short: str
    body: str
    kind: str
    in_force: bool
    effective: str
    provisions: Mapping[str, Provision]
    replaces: str = ""
    official_url: str = ""
    countries: tuple[str, ...] = ()
    region: str = ""
    professions: tuple[str, ...] = ()

    def binds(self, vignette: Vignette) -> bool:
        """Whether it would bind the therapist of a vignette, as a member where members are bound."""
        if not self.in_force or self.kind == "guidance":
            return False
        # A former counsellor is nobody's member any more.
        if vignette.country not in self.countries or vignette.profession.startswith("former "):
            return False
        if self.region not in ("", vignette.region):
            return False
        if not self.professions:
            return True
        return any(profession in vignette.profession for profession in self.professions)


@dataclass(frozen=True)
class Reading:
    """What one code says of one vignette's behaviour, as this course reads it.

    `levels` is empty where the reading holds at every level of the dial. `band` is None for a
    silent code.
    """

    code: str
    stance: str
    basis: str
    provisions: tuple[str, ...]
    band: Band | None
    why: str
    changes: str
    author: str
    date: str
    reviewer: str
    band_why: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """One value of a dial: its id (stored in rows), its label (charts) and its text (in the case)."""

    id: str
    label: str
    text: str


@dataclass(frozen=True)
class Dial:
    """The one fact of a vignette that differs between participants."""

    fact: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Vignette:
    """A short case that ends in one act to be judged. `wording` is a hash of all that a student is asked."""

    id: str
    type: str
    title: str
    case: str
    act: str
    behaviour: str
    question: str
    scale: tuple[Point, ...]
    wording: str
    grew_from: tuple[str, ...]
    why: str
    questions: tuple[str, ...]
    minutes: int
    author: str
    date: str
    readings: tuple[Reading, ...]
    content_note: str = ""
    setting: str = ""
    country: str = ""
    region: str = ""
    profession: str = ""
    starts: str = ""
    people: tuple[str, ...] = ()
    reviewed: str = ""
    replaces: str = ""
    dial: Dial | None = None
    file: str = ""

    @property
    def levels(self) -> tuple[str, ...]:
        """The ids of the dial's levels in their order; `("",)` for a vignette without a dial."""
        if self.dial is None:
            return ("",)
        return tuple(level.id for level in self.dial.levels)

    def label(self, level: str) -> str:
        """The words a chart prints for a level; empty for a vignette without a dial."""
        if self.dial is None:
            return ""
        labels = {known.id: known.label for known in self.dial.levels}
        return labels.get(level, level)

    def at(self, level: str, text: str) -> str:
        """`text` with the dial set to `level`."""
        texts = {}
        if self.dial is not None:
            texts = {known.id: known.text for known in self.dial.levels}
        return text.replace("{dial}", texts.get(level, ""))

    def reading(self, code: str, level: str = "") -> Reading | None:
        """What `code` says of this vignette at `level`, or None where the code was not read."""
        for reading in self.readings:
            # One that names no level holds at all of them.
            if reading.code == code and (not reading.levels or level in reading.levels):
                return reading
        return None


@dataclass(frozen=True)
class Claim:
    """Something the articles claim, with this course's verdict (1 false, 2 overstated, 3 true)."""

    id: str
    claim: str
    scale: tuple[Point, ...]
    wording: str
    verdict: int
    why: str
    provisions: tuple[tuple[str, str], ...]
    grew_from: tuple[str, ...]
    author: str
    date: str

    # As a vignette has them: who counts or draws need not ask which of the two an item is.
    type = "claims"
    levels = ("",)
    dial = None

    @property
    def title(self) -> str:
        """The claim itself."""
        return self.claim

    @property
    def question(self) -> str:
        """What a student is asked."""
        return "Is this claim true, overstated or false?"


Item = Vignette | Claim


@dataclass(frozen=True)
class Survey:
    """One published figure: who was asked what, and the percentage that chose `category`."""

    study: str
    citation: str
    year: str
    country: str
    respondents: str
    n: str
    item: str
    text: str
    scale: str
    category: str
    percent: str
    confidence: str
    url: str


@dataclass(frozen=True)
class Course:
    """What a lecturer sets in course.toml."""

    session: str
    title: str
    mode: str
    codes: tuple[str, ...]
    others: bool
    minimum_group: int
    types: tuple[str, ...]
    due: str
    case_folders: tuple[Path, ...]
    keep_until: str = ""
    server: str = ""
    split_pairs: bool = False

    def overdue(self, today: date) -> str:
        """A sentence if the class's answers should have been deleted by now; else nothing."""
        if not self.keep_until or today.isoformat() <= self.keep_until:
            return ""
        return (
            f"The answers of '{self.session}' were to be kept until {self.keep_until}, which has "
            "passed. Delete the store and the files that were handed in, or set another date as "
            "keep_until in course.toml."
        )
