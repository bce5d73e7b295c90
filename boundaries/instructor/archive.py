"""A research archive: judgments of those who agreed to research, as Parquet with a codebook.

**What is in it.** A *record* is what one person answered to one item: a row for each phase, under
a key made of nothing but chance, fresh in each export. A person has another key for every item: a
few dozen answers in a row, or the levels of a few dozen dials, are as good as a fingerprint, by
which two archives could be linked, a classmate who knows three of my answers could find the
others, and one who is missing in the gradebook could be found by what is missing here. The price:
nobody can be followed from item to item. No reasons, no times, no participants; rows are shuffled.

**Who could be found by it.** Tallies count everybody, and the archive those who agreed. Tally
minus archive is therefore the answers of those who did *not* agree, who are fewer and never said
yes. So the archive obeys the tally's rules for both parts. It is made block by block (levels that
the tally joins stay joined). In each block:

- Phases whose moves the tally shows are *linked* in one record, of consenting people who answered in all of them.
  Every other phase that the tally shows stands alone: a record is then one row.
- The rest is everybody in the tally whose answers are not in those records. The records are kept only where in each
  phase, and in every two linked phases, at least `minimum` of their people gave a rating (as `release` demands of
  each histogram and each table of moves), and where the rest that did so, and the rest that answered exactly some of
  the linked phases, are each nobody or at least `minimum`. Otherwise these phases are left out: of the whole item,
  not only of this block, for who knows how many refused could subtract the other blocks.
- In a lecture the tally leaves out the few who judged in only one of the first two rounds. So does the archive: else
  it minus the tally would be those few.
- Confidence is kept in a phase where the records of each confidence are none or at least `minimum`; otherwise it is
  -1. Where the tally splits a phase by confidence, that must hold for the records and for the rest, or the phase is
  left out: a rating that went with one confidence only would tell the confidence of those who gave it.

Fewer than `minimum` consenting people make no archive. How many did not agree is said where they
are nobody or at least `minimum`. As with releases: two archives of one session made at different
times can be subtracted, so make one, when the session is closed.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby
from typing import Any, NamedTuple

from pandas import DataFrame

from boundaries.answers.judgments import PHASES, Judgment, is_lecture
from boundaries.content import Content
from boundaries.counts import tally
from boundaries.counts.phrases import WHEN
from boundaries.counts.release import Released, release
from boundaries.errors import BoundariesError

COLUMNS = {
    "key": "the record: one person's answers to one item; chance, fresh in each export and for every item",
    "item": "what was judged",
    "wording": "the check mark of all that was asked; wordings are never counted together",
    "type": "the kind of dual relationship, or claims",
    "level": "the value of the case's dial, several joined by + where the tally joins them; empty without a dial",
    "phase": "when it was judged",
    "confidence": "how sure: 1 to 4; 0 none, for a skip has none; -1 left out, for it could single people out",
    "rating": "the answer: a point of the item's scale; 0 a skip, 'I would rather not judge this one'",
}
# The confidence in a record that does not tell it.
LEFT_OUT = -1


class PhaseAnswer(NamedTuple):
    """What one person answered to one item in one phase: rating 0 for a skip, which has confidence 0."""

    rating: int
    confidence: int


# One person's answers to one item, by phase.
_Answers = dict[str, PhaseAnswer]


@dataclass(frozen=True)
class Archive:
    """What may be given to research: `rows` with the columns `COLUMNS`, what is left out, and how
    many agreed."""

    rows: DataFrame
    left_out: tuple[str, ...]
    agreed: str


def archive(
    rows: Iterable[Judgment],
    consenting: Collection[str],
    content: Content,
    *,
    rng: random.Random | None = None,
) -> Archive:
    """The archive of one session's merged judgments, of which the participants in `consenting`
    agreed to research.

    `rng` is the system's own randomness unless given. Raises BoundariesError where fewer than the
    course's `minimum_group` agreed, or where nothing of what they judged may be given away.
    """
    rng = rng or secrets.SystemRandom()
    asked = [row for row in rows if _asked_today(row, content)]
    # What the session's tally shows, by the same rules as whoever exports it.
    released = release(
        tally.count_ratings(asked),
        tally.count_moves(asked),
        content,
        lecture=any(is_lecture(row.session) for row in asked),
    )
    minimum = released.minimum
    everyone = {row.participant for row in asked}
    agreed = len(everyone & set(consenting))
    if agreed < minimum:
        raise BoundariesError(
            f"Fewer than {minimum} people of this session agreed to research, so there is no archive. "
            "Their answers still count in the tallies."
        )
    people = _people(asked)
    records: list[tuple[Any, ...]] = []
    left_out: list[str] = []
    for id, blocks in groupby(_blocks(released), key=lambda block: block.item):
        parts: list[_Part] = []
        for block in blocks:
            parts += _parts(block, people, consenting)
        failing = _failing(parts, minimum)
        left_out += [f"`{id}`, {WHEN[phase]}" for phase in PHASES if phase in failing]
        item = content.item(id)
        for part in parts:
            if not failing & set(part.phases):
                for key, *answer in part.records(minimum, rng):
                    records.append((key, id, item.wording, item.type, *answer))
    if not records:
        raise BoundariesError(
            f"Nothing can leave this session for research: fewer than {minimum} people could be found by it, among "
            "those who agreed or those who did not."
        )
    rng.shuffle(records)
    table = DataFrame(records, columns=list(COLUMNS))
    return Archive(table, tuple(left_out), _who_agreed(agreed, len(everyone), minimum))


def _asked_today(row: Judgment, content: Content) -> bool:
    item = content.all_items.get(row.item)
    return item is not None and row.wording == item.wording and row.level in item.levels


def _people(rows: Iterable[Judgment]) -> dict[tuple[str, str], dict[str, _Answers]]:
    """Everybody's answers, by item and level, then by participant."""
    people: dict[tuple[str, str], dict[str, _Answers]] = defaultdict(dict)
    for row in rows:
        person = people[row.item, row.level].setdefault(row.participant, {})
        person[row.phase] = PhaseAnswer(row.rating or 0, row.confidence or 0)
    return people


@dataclass
class _Block:
    """What the tally shows of one block.

    `sizes`: how many answered each phase that is shown. `linked`: the phases whose moves are
    shown. `split`: those shown by confidence. `moved`: how many answered in both of the first two
    phases.
    """

    item: str
    levels: str
    sizes: Counter[str] = field(default_factory=Counter)
    linked: set[str] = field(default_factory=set)
    split: set[str] = field(default_factory=set)
    moved: int = 0
    paired: bool = False

    @property
    def units(self) -> list[tuple[str, ...]]:
        """The phases that stand in one record: those that are linked, and every other one alone."""
        linked = tuple(phase for phase in PHASES if phase in self.linked)
        alone = [(phase,) for phase in PHASES if phase in self.sizes.keys() - self.linked]
        return [linked, *alone] if linked else [*alone]

    def counted(self, person: _Answers) -> _Answers:
        """The answers of a person that the tally counts: in a lecture, not those of the few who judged once."""
        if not self.paired or all(phase in person for phase in _ROUNDS):
            return person
        # Where one side of the pair is large enough, `release` leaves only the other side out.
        left_out = [phase for phase in _ROUNDS if self.sizes[phase] == self.moved]
        return {phase: answer for phase, answer in person.items() if phase not in left_out}


# The two rounds of a lecture that the projector sets beside each other.
_ROUNDS = ("first", "discussed")


def _blocks(released: Released) -> list[_Block]:
    """The blocks of a release, by item and levels."""
    blocks: dict[tuple[str, str], _Block] = {}
    ratings = released.ratings[["item", "levels", "phase", "confidence", "n"]]
    for item, levels, phase, confidence, n in ratings.itertuples(index=False, name=None):
        block = blocks.setdefault((item, levels), _Block(item, levels))
        block.sizes[phase] += n
        if confidence != -1:
            block.split.add(phase)
    moves = released.moves[["item", "levels", "from_phase", "to_phase", "n"]]
    for item, levels, before, after, n in moves.itertuples(index=False, name=None):
        block = blocks[item, levels]
        block.linked |= {before, after}
        if (before, after) == _ROUNDS:
            block.moved += n
    for key in released.paired & blocks.keys():
        blocks[key].paired = True
    return [blocks[key] for key in sorted(blocks)]


@dataclass(frozen=True)
class _Part:
    """The records that one block could give for one unit of phases, and the rest whom the tally counts.

    `inside`: consenting people who answered in all of `phases`. `rest`: everybody else who
    answered in any.
    """

    block: _Block
    phases: tuple[str, ...]
    inside: Sequence[_Answers]
    rest: Sequence[_Answers]

    def may_leave(self, minimum: int) -> bool:
        """Whether nobody could be found by these records, or by subtracting them from the tally."""
        patterns = Counter(_pattern(person, self.phases) for person in self.rest)
        if min(patterns.values(), default=minimum) < minimum:
            return False
        for phases in [*combinations(self.phases, 1), *combinations(self.phases, 2)]:
            if _raters(self.inside, phases) < minimum:
                return False
            if 0 < _raters(self.rest, phases) < minimum:
                return False
        for phase in self.block.split & set(self.phases):
            for people in (self.inside, self.rest):
                if not _confidence_fits(people, phase, minimum):
                    return False
        return True

    def records(self, minimum: int, rng: random.Random) -> Iterator[tuple[Any, ...]]:
        """A row for each phase of each record: key, levels, phase, confidence, rating."""
        hidden = {p for p in self.phases if not _confidence_fits(self.inside, p, minimum)}
        for person in self.inside:
            key = f"{rng.getrandbits(64):016x}"
            for phase in self.phases:
                rating, confidence = person[phase]
                if phase in hidden:
                    confidence = LEFT_OUT
                yield key, self.block.levels, phase, confidence, rating


def _parts(
    block: _Block, people: Mapping[tuple[str, str], Mapping[str, _Answers]], agreed: Collection[str]
) -> Iterator[_Part]:
    counted: list[tuple[str, _Answers]] = []
    for level in block.levels.split("+"):
        for participant, person in people.get((block.item, level), {}).items():
            counted.append((participant, block.counted(person)))
    for phases in block.units:
        inside, rest = [], []
        for participant, person in counted:
            answered = sum(_pattern(person, phases))
            if answered == len(phases) and participant in agreed:
                inside.append(person)
            elif answered:
                rest.append(person)
        yield _Part(block, phases, inside, rest)


def _failing(parts: Sequence[_Part], minimum: int) -> set[str]:
    """The phases of an item that are left out, in all its blocks, with whatever is linked to them."""
    # Of one block alone they could be found: the tally of the whole item, minus the other blocks.
    failing: set[str] = set()
    for part in parts:
        if not part.may_leave(minimum):
            failing |= set(part.phases)
    for _ in PHASES:  # what is linked to a linked phase goes, too
        for part in parts:
            if failing & set(part.phases):
                failing |= set(part.phases)
    return failing


def _pattern(person: _Answers, phases: Sequence[str]) -> tuple[bool, ...]:
    return tuple(phase in person for phase in phases)


def _raters(people: Iterable[_Answers], phases: Sequence[str]) -> int:
    """How many gave a rating, which a skip is not, in all of these phases."""
    nothing = PhaseAnswer(0, 0)
    return sum(all(person.get(phase, nothing).rating for phase in phases) for person in people)


def _confidence_fits(people: Iterable[_Answers], phase: str, minimum: int) -> bool:
    """Whether each confidence in a rating of this phase is nobody's or at least `minimum` people's."""
    confidences = Counter[int]()
    for person in people:
        # A skip has no confidence, so it hides nobody's.
        if phase in person and person[phase].rating:
            confidences[person[phase].confidence] += 1
    return min(confidences.values(), default=minimum) >= minimum


def _who_agreed(agreed: int, everyone: int, minimum: int) -> str:
    if agreed == everyone:
        return f"All {everyone} people who judged agreed."
    if everyone - agreed < minimum:
        return f"Fewer than {minimum} people did not agree; how many, and how many agreed, is therefore not said."
    return f"{agreed} people agreed, {everyone - agreed} did not."
