"""What the codes of ethics say, topic by topic, drawn from `data/` alone: no class is in it.

A student sees it through `boundaries.codebook()`, which opens when their cases are judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from boundaries.charts.figure import Chart, complete
from boundaries.charts.fonts import wrap
from boundaries.charts.frame import Frame
from boundaries.charts.palette import GREY, PALE, RATINGS, on
from boundaries.charts.passages import NO_CLASS, NOTHING_READ, cited, on_topic, strictest
from boundaries.content import Content, Provision, read_toml
from boundaries.counts.readings import codes_for

# The passages of each (topic, code).
Cells = Mapping[tuple[str, str], list[Provision]]


def stance_map(content: Content, codes: Sequence[str] | None = None) -> Chart:
    """The strictest stance of each code (default: the shown ones) on each topic of topics.toml.

    "–" where no passage of the code on the topic was read; "silent" where none was found or is
    known. The table gives every section with how it was checked. Raises ContentError for an
    unknown code.
    """
    shorts = codes_for(content, tuple(content.vignettes.values()), codes)
    topics = {}
    for topic in read_toml(content.folder / "topics.toml")["topics"]:
        topics[topic["id"]] = topic["label"]
    cells = {}
    for topic in topics:
        for code in shorts:
            cells[topic, code] = on_topic(content.codes[code], topic)
    frame = Frame(
        NO_CLASS,
        "What the codes say, topic by topic",
        "The strictest stance of each code. “+”: another passage on the topic takes another "
        "stance. “?”: known from a description, or not yet checked. “–”: no passage was read.",
        (0, len(shorts)),
        left=200,
        right=0,
    )
    _draw(frame, content, topics, shorts, cells)
    rows = []
    for topic, label in topics.items():
        row = {"topic": label}
        for code, short in shorts.items():
            row[short] = cited(content, cells[topic, code])
        rows.append(row)
    return complete(
        frame,
        ("stance-map", *(codes or ())),
        _sentence(content, topics, shorts, cells),
        f"a table of words, {len(topics)} topics by {len(shorts)} codes, darker where stricter.",
        rows,
    )


def _draw(
    frame: Frame,
    content: Content,
    topics: Mapping[str, str],
    shorts: Mapping[str, str],
    cells: Cells,
) -> None:
    gap = frame.points(1)
    frame.heads(shorts.values())
    banded = [stance.id for stance in content.stances.values() if stance.band]
    shades = dict(zip(banded, RATINGS, strict=True))
    for topic, label in topics.items():
        y = frame.y
        lines = wrap(label, frame.left, 13)
        height = max(26, 17 * len(lines) + 4)
        frame.label(y + (height - 16.25 * len(lines)) / 2, label, 13, bold=False)
        for column, code in enumerate(shorts):
            stance, marks = strictest(content, cells[topic, code])
            middle = column + 0.5
            if stance == NOTHING_READ:
                frame.text(middle, y + height / 2 + 5, stance, 13, GREY, align=0.5)
                continue
            shade = shades.get(stance, "white")
            if shade == "white":  # silent: a frame of its own, for there is nothing to shade
                frame.tile(column + gap, column + 1 - gap, y + 1, y + height - 1, PALE)
                inside = 2 * gap
                frame.tile(column + inside, column + 1 - inside, y + 2, y + height - 2, shade)
            else:
                frame.tile(column + gap, column + 1 - gap, y + 1, y + height - 1, shade)
            words = stance + marks
            frame.text(middle, y + height / 2 + 4.5, words, 12, on(shade), align=0.5)
        frame.y += height


def _sentence(
    content: Content, topics: Mapping[str, str], shorts: Mapping[str, str], cells: Cells
) -> str:
    stances = {cell: strictest(content, passages)[0] for cell, passages in cells.items()}
    agreed = 0
    for topic in topics:
        taken = {stances[topic, code] for code in shorts} - {NOTHING_READ, "silent"}
        agreed += len(taken) == 1
    words = list(stances.values())
    return (
        f"{len(topics)} topics beside {len(shorts)} codes: on {agreed} all codes that say "
        f"something take the same strictest stance; {words.count('silent')} of {len(words)} "
        "cells are silent, and for "
        f"{words.count(NOTHING_READ)} no passage was read."
    )
