"""What the codes of ethics say, topic by topic and edition by edition, drawn from `data/` alone.

No class is in it. A student sees it through `boundaries.codebook()`, which opens when their cases
are judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pandas import DataFrame

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.fonts import wrap
from boundaries.charts.frame import NO_CLASS, Frame
from boundaries.charts.palette import CLASS, GREY, INK, PALE, RATING_COLOURS, on
from boundaries.content import Code, Content, Provision, read_toml
from boundaries.content.display import look_up
from boundaries.counts.phrases import codes_for

# Stands where no passage of a code on a topic was read.
NOTHING_READ = "–"

# The passages of each (topic, code).
Cells = Mapping[tuple[str, str], list[Provision]]

# The right end of the line of time.
LAST = 2027

# The dot of an edition whose passages are used here, and of one that is known by its date only.
USED, DATED = CLASS, "white"


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
    _draw_topics(frame, content, topics, shorts, cells)
    rows = []
    for topic, label in topics.items():
        row = {"topic": label}
        for code, short in shorts.items():
            row[short] = cited(content, cells[topic, code])
        rows.append(row)
    return chart_of(
        frame,
        ("stance-map", *(codes or ())),
        _agreement(content, topics, shorts, cells),
        f"a table of words, {len(topics)} topics by {len(shorts)} codes, darker where stricter.",
        rows,
    )


def _draw_topics(
    frame: Frame,
    content: Content,
    topics: Mapping[str, str],
    shorts: Mapping[str, str],
    cells: Cells,
) -> None:
    gap = frame.points(1)
    frame.heads(shorts.values())
    banded = [stance.id for stance in content.stances.values() if stance.band]
    shades = dict(zip(banded, RATING_COLOURS, strict=True))
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


def _agreement(
    content: Content, topics: Mapping[str, str], shorts: Mapping[str, str], cells: Cells
) -> str:
    stances = {cell: strictest(content, passages)[0] for cell, passages in cells.items()}
    agreed = 0
    for topic in topics:
        # Silence takes no side, and what was not read may take any.
        taken = {stances[topic, code] for code in shorts} - {NOTHING_READ, "silent"}
        agreed += len(taken) == 1
    words = list(stances.values())
    return (
        f"{len(topics)} topics beside {len(shorts)} codes: on {agreed} all codes that say "
        f"something take the same strictest stance; {words.count('silent')} of {len(words)} "
        "cells are silent, and for "
        f"{words.count(NOTHING_READ)} no passage was read."
    )


# -- the editions in time --------------------------------------------------------------------------


def editions(content: Content) -> Chart:
    """When the editions of each code took effect, and what is known of revisions under way.

    A full dot is an edition whose passages are used here; a hollow one is known by its date only.
    """
    entries = read_toml(content.folder / "editions.toml")["editions"]
    years = []
    for entry in entries:
        years += [*entry["past"], *entry["now"]]
    frame = Frame(
        NO_CLASS,
        "The codes in time",
        "Full dots: the text in use, its amendments, and editions used here. "
        "Hollow dots: known by their date only.",
        (min(years) - 1, LAST),
        left=112,
        right=0,
    )
    rows = []
    for entry in entries:
        _draw_editions(frame, content, entry)
        rows.append(_edition_cells(content, entry))
    newest = [entry["now"][0] for entry in entries]
    return chart_of(
        frame,
        ("editions",),
        f"Of {len(entries)} codes, the oldest text in use took effect in {min(newest)}, "
        f"the newest in {max(newest)}.",
        f"{len(entries)} lines of time, a dot for each edition, "
        "and below each what is known of a revision.",
        rows,
    )


def _draw_editions(frame: Frame, content: Content, entry: Mapping[str, Any]) -> None:
    code, y = content.codes[entry["code"]], frame.y
    frame.label(y + 14, code.short)
    frame.rule([(frame.x[0], y + 24), (frame.x[1], y + 24)])
    for year in entry["past"]:
        used = f"{code.id.rsplit('-', 1)[0]}-{year}" in content.codes
        frame.dot(year, y + 24, 6, USED if used else DATED, CLASS)
        frame.text(year, y + 13, str(year), 12, GREY, align=0.5)
    for year in entry["now"]:
        frame.dot(year, y + 24, 6, USED, CLASS)
        # Below the line: two editions can be too close for their years to stand side by side.
        frame.text(year, y + 44, str(year), 12, INK, bold=True, align=0.5)
    note = f"{entry['note']} ({content.checks[entry['checked']]})"
    frame.y = frame.lines(frame.x[0], y + 52, wrap(note, frame.width, 12), 12, GREY) + 12


def _edition_cells(content: Content, entry: Mapping[str, Any]) -> dict[str, object]:
    return {
        "code": content.codes[entry["code"]].short,
        "superseded": ", ".join(map(str, entry["past"])) or None,
        "in use and amended": ", ".join(map(str, entry["now"])) or None,
        "what is known": entry["note"],
        "source": entry["source"],
        "checked": content.checks[entry["checked"]],
    }


# -- passages in words -----------------------------------------------------------------------------


def on_topic(code: Code, topic: str) -> list[Provision]:
    """The passages of a code on a topic of topics.toml."""
    return [passage for passage in code.provisions.values() if passage.topic == topic]


def strictest(content: Content, passages: Sequence[Provision]) -> tuple[str, str]:
    """The strictest stance of passages on one topic (or "–"), and the marks behind it.

    A passage of which only the title was read takes none.

    " +" where another passage takes another stance, " ?" where the strictest was not read in its
    own words.
    """
    stances = {passage.stance for passage in passages if passage.stance}
    if not stances:
        return NOTHING_READ, ""
    order = list(content.stances)
    stance = min(stances, key=order.index)
    marks = ""
    if len(stances - {"silent"}) > 1:
        marks += " +"
    read = any(p.checked == "text" for p in passages if p.stance == stance)
    if not read:
        marks += " ?"
    return stance, marks


def cited(content: Content, passages: Sequence[Provision]) -> str:
    """Stances with their sections and how each was checked; "–" for no passage."""
    parts = []
    for passage in passages:
        check = content.checks[passage.checked]
        stance = passage.stance or "title only"
        parts.append(f"{stance}: {_section(passage)}, {check}")
    return "; ".join(parts) or NOTHING_READ


def _section(passage: Provision) -> str:
    if not passage.section:
        return "no number in the source"
    if not passage.note:
        return passage.section
    return f"{passage.section} ({passage.note})"


def pages(content: Content) -> DataFrame:
    """Where each code can be looked up, a row each: whom it binds, and its body's own page."""
    rows = {}
    for code in content.codes.values():
        places = [content.countries[id].name for id in code.countries if id in content.countries]
        rows[code.short] = {
            "body": code.body,
            "binds": ", ".join(code.professions) or "therapists",
            "in": code.region or ", ".join(places) or "no country directly",
            "in force": "yes" if code.in_force else "no",
            "look it up": look_up(code)["url"],
        }
    return DataFrame.from_dict(rows, orient="index")


def how_checked(content: Content) -> DataFrame:
    """How many passages of each text were checked in which way, the text with most first."""
    rows = {}
    for code in content.codes.values():
        checks = [passage.checked for passage in code.provisions.values()]
        rows[code.short] = [checks.count(mark) for mark in content.checks]
    most_first = dict(sorted(rows.items(), key=lambda row: -sum(row[1])))
    columns = list(content.checks.values())
    return DataFrame.from_dict(most_first, orient="index", columns=columns)
