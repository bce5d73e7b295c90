"""A research archive: judgments of those who agreed to research, as Parquet with a codebook.

**What is in it.** A *record* is what one person answered to one item: a row for each phase, under a key made of
nothing but chance, fresh in each export. A person has another key for every item: a few dozen answers in a row, or
the levels of a few dozen dials, are as good as a fingerprint, by which two archives could be linked, a classmate who
knows three of my answers could find the others, and one who is missing in the gradebook could be found by what is
missing here. The price: nobody can be followed from item to item. No reasons, no times, no participants; rows are
shuffled.

**Who could be found by it.** Tallies count everybody, and the archive those who agreed. Tally minus archive is
therefore the answers of those who did *not* agree, who are fewer and never said yes. So the archive obeys the
tally's rules for both parts. It is made block by block (levels that the tally joins stay joined). In each block:

- Phases whose moves the tally shows are *linked* in one record, of consenting people who answered in all of them.
  Every other phase that the tally shows stands alone: a record is then one row.
- The rest is everybody in the tally whose answers are not in those records. The records are kept only where in each
  phase at least `minimum` of their people gave a rating, in every two linked phases too, and where the rest that
  answered, the rest that gave a rating (in each phase, and in two linked ones) and the rest that answered exactly
  some of the linked phases are each nobody or at least `minimum`. Otherwise these phases are left out: of the whole
  item, not only of this block, for who knows how many refused could subtract the other blocks.
- Confidence is kept in a phase where the records of each confidence are none or at least `minimum`; otherwise it is
  -1. Where the tally splits a phase by confidence, that must hold for the records and for the rest, or the phase is
  left out: a rating that went with one confidence only would tell the confidence of those who gave it.

Fewer than `minimum` consenting people make no archive. How many did not agree is said where they are nobody or at
least `minimum`. As with releases: two archives of one session made at different times can be subtracted, so make
one, when the session is closed.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from pathlib import Path
from typing import Any, NamedTuple

from pandas import DataFrame

from boundaries.answers.judgments import PHASES, Judgment
from boundaries.answers.store import Session, Store
from boundaries.content import Content, Item, Vignette
from boundaries.counts import tally
from boundaries.counts.comparison import WHEN
from boundaries.counts.release import Released, release
from boundaries.errors import BoundariesError
from boundaries.instructor.exports import write_csv, write_text

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
Given = dict[str, tuple[int, int]]  # by phase: rating and confidence, 0 for none
Unit = tuple[str, ...]  # phases that stand in one record


@dataclass(frozen=True)
class Archive:
    """What may be given to research: `rows` with the columns `COLUMNS`, what is left out, and how many agreed."""

    rows: DataFrame
    left_out: tuple[str, ...]
    agreed: str


def archive(
    rows: Iterable[Judgment],
    consenting: Collection[str],
    content: Content,
    *,
    minimum: int | None = None,
    rng: random.Random | None = None,
) -> Archive:
    """The archive of one session's merged judgments, of which the participants in `consenting` agreed to research.

    `minimum` is course.toml's unless given, `rng` the system's own randomness. Raises BoundariesError where fewer
    than `minimum` agreed, or where nothing of what they judged may be given away.
    """
    rng = rng or secrets.SystemRandom()
    rows = [row for row in rows if _asked_today(row, content)]
    released = release(tally.count_ratings(rows), tally.count_moves(rows), content, minimum=minimum)
    minimum, everyone = released.minimum, {row.participant for row in rows}
    agreed = len(everyone & set(consenting))
    if agreed < minimum:
        raise BoundariesError(
            f"Fewer than {minimum} people of this session agreed to research, so there is no archive. "
            "Their answers still count in the tallies."
        )
    people: dict[tuple[str, str], dict[str, Given]] = defaultdict(dict)
    for row in rows:
        given = people[row.item, row.level].setdefault(row.participant, {})
        given[row.phase] = (row.rating or 0, row.confidence or 0)
    out: list[tuple[Any, ...]] = []
    left_out: list[str] = []
    for id, blocks in groupby(_blocks(released), key=lambda block: block.item):
        item = content.item(id)
        parts = [
            (block, unit, *_parted(people, consenting, block, unit))
            for block in blocks
            for unit in block.units
        ]
        failed = {p for part in parts if not _may_leave(*part, minimum) for p in part[1]}
        for _ in PHASES:  # a unit that loses one phase loses the phases linked to it
            failed |= {p for _, unit, _, _ in parts if failed & set(unit) for p in unit}
        left_out += [f"`{id}`, {WHEN[p]}" for p in PHASES if p in failed]
        for block, unit, inside, _ in parts:
            if failed & set(unit):
                continue
            sure = {p: _confidence_fits(inside, p, minimum) for p in unit}
            for given in inside:
                key = f"{rng.getrandbits(64):016x}"
                for p in unit:
                    answer = (given[p][1] if sure[p] else -1, given[p][0])
                    out.append((key, id, item.wording, item.type, block.levels, p, *answer))
    if not out:
        raise BoundariesError(
            f"Nothing can leave this session for research: fewer than {minimum} people could be found by it, among "
            "those who agreed or those who did not."
        )
    rng.shuffle(out)
    return Archive(
        DataFrame(out, columns=list(COLUMNS)),
        tuple(left_out),
        _agreed(agreed, len(everyone), minimum),
    )


def write_archive(
    store: Store,
    session: Session,
    content: Content,
    into: str | Path,
    *,
    rng: random.Random | None = None,
) -> tuple[Path, ...]:
    """Writes a session's archive into a folder: judgments.parquet, codebook.md and codebook.csv; gives their paths.

    With invented answers the first is called invented-judgments.parquet. Raises BoundariesError where there may be
    no archive, where one is there already, or where it cannot be written.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise BoundariesError(
            "A research archive needs one package more. Run `pip install 'boundaries[research]'`."
        ) from None
    rows = store.judgments(session.id)
    consenting = {p for p in {row.participant for row in rows} if store.consent(session.id, p)}
    made, folder = archive(rows, consenting, content, rng=rng), Path(into)
    names = (
        f"{'invented-' if session.invented else ''}judgments.parquet",
        "codebook.md",
        "codebook.csv",
    )
    if there := [name for name in names if (folder / name).exists()]:
        raise BoundariesError(
            f"{folder / there[0]}: there is an archive already. Choose an empty folder."
        )
    table = pyarrow.Table.from_pydict(
        {name: made.rows[name].tolist() for name in COLUMNS},
        schema=pyarrow.schema(
            [(name, "int8" if name in ("confidence", "rating") else "string") for name in COLUMNS],
            metadata={
                "session": session.id,
                "answers": "invented" if session.invented else "given by people",
            },
        ),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, folder / names[0], compression="zstd")
    except OSError as error:
        raise BoundariesError(
            f"{folder}: the archive cannot be written ({error.strerror or error}). Choose another folder."
        ) from None
    write_text(folder / names[1], codebook(made, content, session, names[0]))
    write_csv(values(made, content), folder / names[2], invented=session.invented)
    return tuple(folder / name for name in names)


def values(made: Archive, content: Content) -> DataFrame:
    """Every variable, value and label of an archive: variable, value, label, text (of an item: all that was asked)."""
    found: list[tuple[str, str | int, str, str]] = [
        (name, "", "", text) for name, text in COLUMNS.items()
    ]
    for item in _items(made, content):
        found.append(("item", item.id, item.title, f"{item.wording}: {_asked(item)}"))
        if isinstance(item, Vignette) and item.dial:
            found += [("level", f"{item.id}: {x.id}", x.label, x.text) for x in item.dial.levels]
    found += [("type", t.id, t.title, t.question) for t in content.types.values()]
    found += [("phase", p, words, "") for p, words in WHEN.items()]
    for scale, whose in ((content.ratings, "of a case"), (content.claim_ratings, "of a claim")):
        found += [("rating", p.value, p.label, whose) for p in scale]
    found += [
        ("rating", 0, "skipped", ""),
        ("confidence", 0, "none", ""),
        ("confidence", -1, "left out", ""),
    ]
    found += [("confidence", p.value, p.label, "") for p in content.confidence]
    return DataFrame(found, columns=["variable", "value", "label", "text"])


def codebook(made: Archive, content: Content, session: Session, name: str) -> str:
    """The codebook to read, in Markdown."""
    rows = made.rows.assign(skips=made.rows["rating"] == 0, unsure=made.rows["confidence"] == -1)
    by = rows.groupby(["item", "level", "phase"])[["skips", "unsure"]].agg(["size", "sum"])
    counted = sorted(
        by.itertuples(name=None), key=lambda row: (row[0][:2], PHASES.index(row[0][2]))
    )
    lines = [
        f"# Codebook: {session.title}" + (" (invented answers)" if session.invented else ""),
        "",
        f"`{name}` holds the judgments of session `{session.id}` by those who agreed to research. {made.agreed}",
        *(
            ["", "**A program invented these answers. They are evidence of nothing.**"]
            if session.invented
            else []
        ),
        "",
        "A record is one person's answers to one item. Nobody can be followed from item to item. The rows are in no",
        "order, without reasons, times or participants. Labels and levels are in `codebook.csv`.",
        "",
        "## Variables",
        "",
        *(f"- `{variable}`: {text}" for variable, text in COLUMNS.items()),
        "",
        "## What is missing",
        "",
        "A skip is an answer (rating 0). Who did not answer has no row, nor who answered only some of the phases that",
        "a key links. Left out, because somebody could be found by subtracting the archive from the tallies:",
        "",
        *([f"- {sentence}" for sentence in made.left_out] or ["- nothing"]),
        "",
        "## Rows",
        "",
        "| item | level | phase | rows | skips | confidence |",
        "|---|---|---|---|---|---|",
    ]
    for (item, level, phase), n, skips, _, unsure in counted:
        lines.append(
            f"| {item} | {level} | {phase} | {n} | {skips} | {'left out' if unsure == n else 'given'} |"
        )
    lines += ["", "## Wordings", ""]
    lines += [
        f"- `{item.id}` ({item.wording}), {item.title}: {_asked(item)}"
        for item in _items(made, content)
    ]
    return "\n".join([*lines, ""])


class _Block(NamedTuple):
    """What the tally shows of one block: its phases, those whose moves it shows, and those split by confidence."""

    item: str
    levels: str
    phases: set[str]
    linked: set[str]
    split: set[str]

    @property
    def units(self) -> list[Unit]:
        linked = tuple(p for p in PHASES if p in self.linked)
        return [
            *([linked] if linked else []),
            *((p,) for p in PHASES if p in self.phases - self.linked),
        ]


def _blocks(released: Released) -> list[_Block]:
    found: dict[tuple[str, str], _Block] = {}
    shown = released.ratings[["item", "levels", "phase", "confidence"]]
    for item, levels, phase, confidence in shown.itertuples(index=False, name=None):
        block = found.setdefault((item, levels), _Block(item, levels, set(), set(), set()))
        block.phases.add(phase)
        block.split.update([phase] if confidence != -1 else [])
    for item, levels, *pair in released.moves[
        ["item", "levels", "from_phase", "to_phase"]
    ].itertuples(index=False):
        found[item, levels].linked.update(pair)
    return [found[key] for key in sorted(found)]


def _parted(
    people: Mapping[tuple[str, str], Mapping[str, Given]],
    consenting: Collection[str],
    block: _Block,
    unit: Unit,
) -> tuple[list[Given], list[Given]]:
    """What consenting people of a block answered who answered in all phases of `unit`; and what the rest did."""
    inside: list[Given] = []
    rest: list[Given] = []
    for level in block.levels.split("+"):
        for participant, given in people.get((block.item, level), {}).items():
            if any(p in given for p in unit):
                complete = participant in consenting and all(p in given for p in unit)
                (inside if complete else rest).append(given)
    return inside, rest


def _may_leave(
    block: _Block, unit: Unit, inside: Sequence[Given], rest: Sequence[Given], minimum: int
) -> bool:
    sizes = list(Counter(tuple(p in given for p in unit) for given in rest).values())
    for some in [*combinations(unit, 1), *combinations(unit, 2)]:
        if sum(all(given[p][0] for p in some) for given in inside) < minimum:
            return False
        there = [given for given in rest if all(p in given for p in some)]
        sizes += [len(there), sum(all(given[p][0] for p in some) for given in there)]
    split = block.split & set(unit)
    sure = all(_confidence_fits(part, p, minimum) for part in (inside, rest) for p in split)
    return sure and all(n == 0 or n >= minimum for n in sizes)


def _confidence_fits(people: Sequence[Given], phase: str, minimum: int) -> bool:
    sizes = Counter(given[phase][1] for given in people if phase in given and given[phase][0])
    return all(n >= minimum for n in sizes.values())


def _asked_today(row: Judgment, content: Content) -> bool:
    item = content.all_vignettes.get(row.item) or content.claims.get(row.item)
    return item is not None and row.wording == item.wording and row.level in item.levels


def _agreed(agreed: int, everyone: int, minimum: int) -> str:
    if agreed == everyone:
        return f"All {everyone} people who judged agreed."
    if everyone - agreed < minimum:
        return f"Fewer than {minimum} people did not agree; how many, and how many agreed, is therefore not said."
    return f"{agreed} people agreed, {everyone - agreed} did not."


def _items(made: Archive, content: Content) -> list[Item]:
    return [content.item(id) for id in sorted(set(made.rows["item"]))]


def _asked(item: Item) -> str:
    if not isinstance(item, Vignette):
        return f"{item.question} “{item.title}”"
    return f"{item.case} {item.act} {item.question}".replace(
        "{dial}", f"[{item.dial.fact}]" if item.dial else ""
    )
