"""The files of a research archive: the judgments as Parquet, and their codebook to read and to join."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pandas import DataFrame

from boundaries.answers.endings import changed_since
from boundaries.answers.judgments import PHASES
from boundaries.answers.store import Session, Store
from boundaries.content import Content, Item, Vignette
from boundaries.counts.phrases import WHEN
from boundaries.errors import BoundariesError
from boundaries.instructor.archive import COLUMNS, LEFT_OUT, Archive, archive
from boundaries.instructor.exports import write_csv
from boundaries.instructor.parquet import write_parquet
from boundaries.web import fill

_CHANGED = (
    "Since the homework '{}' ended, answers to its cases were removed. Its class saw counts with them, and an archive "
    "without them could be subtracted from those, so there is no archive."
)


def write_archive(
    store: Store,
    session: Session,
    content: Content,
    into: str | Path,
    *,
    rng: random.Random | None = None,
) -> tuple[Path, ...]:
    """Writes a session's archive into a folder: judgments.parquet, codebook.md and codebook.csv;
    gives their paths.

    With invented answers the first is called invented-judgments.parquet. Raises BoundariesError
    where there may be no archive, or where one is there already.
    """
    with store.reading() as connection:
        changed = changed_since(connection, session.id)
    rows = [row for row in store.judgments(session.id) if row.item not in changed]
    if changed and not rows:
        raise BoundariesError(_CHANGED.format(session.id))
    # Who was never asked has said no.
    participants = {row.participant for row in rows}
    consenting = {p for p in participants if store.consent(session.id, p)}
    made = archive(rows, consenting, content, rng=rng)
    left_out = [f"`{id}`, for answers to it were removed after its end" for id in sorted(changed)]
    made = replace(made, left_out=(*made.left_out, *left_out))
    return _write(made, session, content, Path(into))


def _write(made: Archive, session: Session, content: Content, folder: Path) -> tuple[Path, ...]:
    prefix = "invented-" if session.invented else ""
    names = (f"{prefix}judgments.parquet", "codebook.md", "codebook.csv")
    paths = tuple(folder / name for name in names)
    for path in paths:
        if path.exists():
            raise BoundariesError(f"{path}: there is an archive already. Choose an empty folder.")
    judgments, to_read, to_join = paths
    types: dict[str, str] = dict.fromkeys(COLUMNS, "str") | {"confidence": "int8", "rating": "int8"}
    answers = "invented" if session.invented else "given by people"
    about = {"session": session.id, "answers": answers}
    write_parquet(made.rows[list(COLUMNS)].astype(types), judgments, about)
    text = fill(
        "codebook.md",
        made=made,
        session=session,
        name=judgments.name,
        columns=COLUMNS,
        counted=_counted(made),
        items=_items(made, content),
        asked=_asked,
    )
    to_read.write_text(text, encoding="utf-8", newline="\n")
    write_csv(values(made, content), to_join, invented=session.invented)
    return paths


def values(made: Archive, content: Content) -> DataFrame:
    """Every variable, value and label of an archive: variable, value, label, text (of an item: all
    that was asked)."""
    rows: list[tuple[str, str | int, str, str]] = []
    for name, meaning in COLUMNS.items():
        rows.append((name, "", "", meaning))
    for item in _items(made, content):
        rows.append(("item", item.id, item.title, f"{item.wording}: {_asked(item)}"))
        if isinstance(item, Vignette) and item.dial:
            for level in item.dial.levels:
                rows.append(("level", f"{item.id}: {level.id}", level.label, level.text))
    for type in content.types.values():
        rows.append(("type", type.id, type.title, type.question))
    for phase, words in WHEN.items():
        rows.append(("phase", phase, words, ""))
    for point in content.ratings:
        rows.append(("rating", point.value, point.label, "of a case"))
    for point in content.claim_ratings:
        rows.append(("rating", point.value, point.label, "of a claim"))
    rows += [("rating", 0, "skipped", ""), ("confidence", 0, "none", "")]
    rows.append(("confidence", LEFT_OUT, "left out", ""))
    for point in content.confidence:
        rows.append(("confidence", point.value, point.label, ""))
    return DataFrame(rows, columns=["variable", "value", "label", "text"])


def _counted(made: Archive) -> Iterator[tuple[object, ...]]:
    """What there is of each item, level and phase."""
    for (item, level), rows in made.rows.groupby(["item", "level"]):
        for phase in PHASES:
            cell = rows[rows["phase"] == phase]
            if cell.empty:
                continue
            skips = int((cell["rating"] == 0).sum())
            confidence = "left out" if (cell["confidence"] == LEFT_OUT).any() else "given"
            yield item, level, phase, len(cell), skips, confidence


def _items(made: Archive, content: Content) -> list[Item]:
    return [content.item(id) for id in sorted(set(made.rows["item"]))]


def _asked(item: Item) -> str:
    """All that was asked of an item in one line, the place of its dial in brackets."""
    if not isinstance(item, Vignette):
        return f"{item.question} “{item.title}”"
    dial = f"[{item.dial.fact}]" if item.dial else ""
    return f"{item.case} {item.act} {item.question}".replace("{dial}", dial)
