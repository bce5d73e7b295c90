"""The editions of each code on a line of time, and what is known of revisions under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundaries.charts.figure import Chart, complete
from boundaries.charts.fonts import wrap
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CLASS, GREY, INK
from boundaries.charts.passages import NO_CLASS
from boundaries.content import Content, read_toml

# The right end of the line of time.
LAST = 2027

# The dot of an edition whose passages are used here, and of one that is known by its date only.
USED, DATED = CLASS, "white"


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
        _draw(frame, content, entry)
        rows.append(_table_row(content, entry))
    newest = [entry["now"][0] for entry in entries]
    return complete(
        frame,
        ("editions",),
        f"Of {len(entries)} codes, the oldest text in use took effect in {min(newest)}, "
        f"the newest in {max(newest)}.",
        f"{len(entries)} lines of time, a dot for each edition, "
        "and below each what is known of a revision.",
        rows,
    )


def _draw(frame: Frame, content: Content, entry: Mapping[str, Any]) -> None:
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


def _table_row(content: Content, entry: Mapping[str, Any]) -> dict[str, object]:
    return {
        "code": content.codes[entry["code"]].short,
        "superseded": ", ".join(map(str, entry["past"])) or None,
        "in use and amended": ", ".join(map(str, entry["now"])) or None,
        "what is known": entry["note"],
        "source": entry["source"],
        "checked": content.checks[entry["checked"]],
    }
