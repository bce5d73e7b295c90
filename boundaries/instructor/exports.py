"""Out of a store: tallies, moves and gaps as CSV, and reasons apart from everything else.

Every table comes from a release (module `release`), which withholds small groups; only `raw_table`
does not, and says so. The columns:

- tally: item, act, wording, level (ids joined by "+" where levels are counted together; empty without a dial), phase,
  confidence (1 to 4; "all" where it is not split, "none" for a skip), rating (1 to 5; "skip"), n.
- moves: item, act, wording, level, from_phase, from_rating, to_phase, to_rating, n.
- gap: phase, then the columns of `comparison.gap` and act: shares 0 to 1 and steps, empty where nothing may be shown.

A table of invented answers has one column more, `answers`, which says so in every row.

**Reasons** leave as shuffled lists with nothing beside them. A list is made only of the reasons of
at least `minimum` people. Two phases of one item can be subtracted, for people repeat themselves:
what stands in one list and not in the other is what somebody changed, began or ceased to say. So a
later phase is listed beside an earlier one only where those who gave a reason in one of them
alone, those who said the same twice and those who changed their words are each nobody or at least
`minimum`; where that fails the first judgment's list stands alone.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pandas import DataFrame

from boundaries.answers.judgments import PHASES, Judgment, Person
from boundaries.answers.writings import Writing
from boundaries.content import Content
from boundaries.counts import tally
from boundaries.counts.comparison import gap
from boundaries.counts.phrases import WHEN, act_of
from boundaries.counts.release import Released
from boundaries.instructor.texts import harmless
from boundaries.web import fill

FOR_CHECKING = (
    "These counts are for checking, not for showing: nothing is withheld, "
    "and small groups can be found."
)

_NAMES = {
    "confidence": {-1: "all", 0: "none"},
    "rating": {0: "skip"},
    "from_rating": {0: "skip"},
    "to_rating": {0: "skip"},
}


def released_table(released: Released, content: Content, kind: str) -> DataFrame:
    """What may be shown of a session as a table: its "tally", its "moves" or its "gap" from the codes."""
    if kind == "gap":
        return _with_acts(_gaps(released, content), content)
    return _in_words(released.moves if kind == "moves" else released.ratings, content)


def raw_table(
    store: tally.Counting, session: str, content: Content, kind: str = "tally"
) -> DataFrame:
    """The unwithheld counts ("tally" or "moves") of a session: for checking, never for showing."""
    count = tally.stored_moves if kind == "moves" else tally.stored_ratings
    return _in_words(count(store, session), content)


def _gaps(released: Released, content: Content) -> DataFrame:
    """The class beside each shown code, for every phase that may be shown and every case that was read."""
    codes = [code.id for code in content.shown_codes]
    columns = ["phase", *gap(released, content, [], []).columns]
    rows = []
    for phase in sorted(set(released.ratings["phase"]), key=PHASES.index):
        gaps = gap(released, content, codes, content.vignettes.values(), phase)
        gaps.insert(0, "phase", phase)
        rows += gaps[gaps["stance"] != "not read"].to_dict("records")
    return DataFrame(rows, columns=columns).round(4)


def _in_words(counts: DataFrame, content: Content) -> DataFrame:
    """Counts with the tally's columns, and words where a number stands for something else."""
    table = counts.rename(columns={"levels": "level"})
    for column, names in _NAMES.items():
        if column in table:
            table[column] = [names.get(value, value) for value in table[column]]
    return _with_acts(table, content)


def _with_acts(table: DataFrame, content: Content) -> DataFrame:
    """A table with a column `act` beside its `item`: what was judged, for ids say little to a reader."""
    acts = {id: act_of(item) for id, item in content.all_items.items()}
    table.insert(list(table.columns).index("item") + 1, "act", table["item"].map(acts).fillna(""))
    return table


def write_csv(table: DataFrame, path: str | Path, *, invented: bool = False) -> Path:
    """Writes a table that Excel and LibreOffice open as it is, and gives the path."""
    # Excel takes a file without the mark for the old code page of its country.
    cells = table.astype(object).map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
    if invented:
        cells["answers"] = "invented"
    text = cells.to_csv(index=False, lineterminator="\r\n")
    path = Path(path)
    path.write_bytes(text.encode("utf-8-sig"))
    return path


class TextList(NamedTuple):
    """What people wrote of one thing, in no order: as reasons for an item in a phase, or in a form."""

    heading: str
    texts: tuple[str, ...]


def reason_lists(
    rows: Iterable[Judgment], content: Content, *, rng: random.Random | None = None
) -> list[TextList]:
    """The lists of reasons of merged judgments that may be shown, shuffled; see the module's text
    for which may.

    Only reasons for the wording that is asked today. `rng` is the system's own randomness unless
    given.
    """
    rng = rng or secrets.SystemRandom()
    by_wording: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    for row in rows:
        text = _one_line(row.reason)
        if text:
            by_participant = by_wording[row.item, row.wording]
            by_participant.setdefault(row.participant, {})[row.phase] = text
    lists = []
    for item in content.items.values():
        people = list(by_wording[item.id, item.wording].values())
        for phase in _listed(people, content.course.minimum_group):
            texts = [by_phase[phase] for by_phase in people if phase in by_phase]
            rng.shuffle(texts)
            heading = f"{item.title} ({item.id}), {WHEN[phase]}"
            lists.append(TextList(heading, tuple(texts)))
    return lists


def answer_lists(
    written: Mapping[Person, Iterable[Writing]],
    content: Content,
    *,
    rng: random.Random | None = None,
) -> list[TextList]:
    """The answers to each question of each form about each case, shuffled, where enough people wrote
    one. An answer stands in one list only, so no two lists can be subtracted."""
    rng = rng or secrets.SystemRandom()
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for writings in written.values():
        for writing in writings:
            text = _one_line(writing.text)
            if text and not writing.is_guess:
                texts[writing.item, writing.question].append(text)
    titles = {id: type.title for id, type in content.types.items()}
    titles |= {id: vignette.title for id, vignette in content.all_vignettes.items()}
    lists = []
    for model in content.models.values():
        for question in model.questions:
            for item, title in titles.items():
                of_it = texts.get((item, f"{model.id}/{question.id}"), [])
                if len(of_it) >= content.course.minimum_group:
                    rng.shuffle(of_it)
                    heading = f"{title} ({item}), {model.title}: {question.text}"
                    lists.append(TextList(heading, tuple(of_it)))
    return lists


def reasons_page(
    lists: Sequence[TextList], title: str, minimum: int, *, invented: bool = False
) -> str:
    """Lists of reasons, and of answers in forms, as plain text to read before it is shown."""
    return fill("reasons.txt", lists=lists, title=title, minimum=minimum, invented=invented)


def _listed(people: Sequence[Mapping[str, str]], minimum: int) -> list[str]:
    """The phases whose lists may stand beside each other."""
    listed: list[str] = []
    for phase in ("first", "informed", "discussed"):
        # Who said nothing, the same as before or something new in which phase: what subtracting lists can tell.
        patterns = Counter(_repeats(by_phase, [*listed, phase]) for by_phase in people)
        silent = (None,) * (len(listed) + 1)
        del patterns[silent]
        anybody = any(phase in by_phase for by_phase in people)
        if anybody and min(patterns.values()) >= minimum:
            listed.append(phase)
    return listed


def _repeats(by_phase: Mapping[str, str], phases: Sequence[str]) -> tuple[int | None, ...]:
    """For each phase, the earliest one in which the same was said; None where nothing was.

    >>> _repeats({"first": "Trust", "informed": "trust"}, ["first", "informed", "discussed"])
    (0, 0, None)
    """
    texts = [by_phase.get(phase, "").casefold() for phase in phases]
    return tuple(texts.index(text) if text else None for text in texts)


def _one_line(text: str) -> str:
    """The text on one line, without characters that steer how it is shown."""
    # A list is one reason a line: a line break inside one would look like another person's.
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())
