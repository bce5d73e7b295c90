"""What the codes of ethics say, as pictures and tables: their stances, waiting times and editions, where they part.

Everything here is drawn from `data/` alone; no class is in it. A student sees it through `boundaries.codebook()`,
which opens when their cases are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pandas import DataFrame

from boundaries.charts.canvas import (
    FAINT,
    GREY,
    INK,
    LEFT,
    MARGIN,
    PALE,
    RATINGS,
    RIGHT,
    WIDTH,
    X0,
    X1,
    Canvas,
    begin,
    finish,
    on,
    wrap,
)
from boundaries.charts.figure import Chart
from boundaries.content import Code, Content, Provision, read_toml
from boundaries.counts.comparison import codes_for
from boundaries.counts.release import Released

NO_CLASS = Released(DataFrame(), DataFrame(), (), 5, "", False, "")
"""What stands in a class's place on a picture of the codes alone."""

KINDS = ("code", "regulator", "guidance", "law")
WAITS = {
    "former_client_sexual": "A sexual or romantic relationship with a former client",
    "former_client_friendship": "A friendship with a former client",
}


def stance_map(content: Content, codes: Sequence[str] | None = None) -> Chart:
    """The strictest stance of each code (default: the shown ones) on each topic of topics.toml, in words and shade.

    "–" where no passage of the code on the topic was read; "silent" where none was found or is known. The table
    gives every section with how it was checked. Raises ContentError for an unknown code.
    """
    shorts = codes_for(content, tuple(content.vignettes.values()), codes)
    topics = {t["id"]: t["label"] for t in read_toml(content.folder / "topics.toml")["topics"]}
    shades = dict(zip([s.id for s in content.stances.values() if s.band], RATINGS, strict=True))
    found = {(topic, code): _on(content.codes[code], topic) for topic in topics for code in shorts}
    title = "What the codes say, topic by topic"
    canvas = begin(
        NO_CLASS,
        title,
        "The strictest stance of each code. “+”: another passage on the topic takes another stance. "
        "“?”: known from a description, or not yet checked. “–”: no passage was read.",
    )
    left = LEFT + 24
    each = (WIDTH - 2 * MARGIN - left) / len(shorts)
    heads = [wrap(short, each - 6, 14, bold=True) for short in shorts.values()]
    middles = [MARGIN + left + each * (i + 0.5) for i in range(len(shorts))]
    canvas.y = 6 + max(
        canvas.lines(x, canvas.y, head, 14, bold=True, align=0.5)
        for x, head in zip(middles, heads, strict=True)
    )
    for topic, label in topics.items():
        y, words = canvas.y, wrap(label, left - 10, 13)
        height = max(26, 17 * len(words) + 4)
        canvas.lines(MARGIN, y + (height - 16.25 * len(words)) / 2, words, 13)
        for x, code in zip(middles, shorts, strict=True):
            stance, more = _strictest(content, found[topic, code])
            if stance == "–":
                canvas.text(x, y + height / 2 + 5, stance, 13, GREY, align=0.5)
                continue
            shade = shades.get(stance, "white")
            edge = "none" if stance in shades else PALE
            canvas.bar(x - each / 2 + 1, y + 1, x + each / 2 - 1, y + height - 1, shade, edge)
            canvas.text(x, y + height / 2 + 4.5, stance + more, 12, on(shade), align=0.5)
        canvas.y += height
    said = {cell: _strictest(content, provisions)[0] for cell, provisions in found.items()}
    agreed = sum(len({said[t, c] for c in shorts} - {"–", "silent"}) == 1 for t in topics)
    counts = [list(said.values()).count(word) for word in ("silent", "–")]
    return finish(
        canvas,
        NO_CLASS,
        ("stance-map", *(codes or ())),
        title,
        f"{len(topics)} topics beside {len(shorts)} codes: on {agreed} all codes that say something take the same "
        f"strictest stance; {counts[0]} of {len(said)} cells are silent, and for {counts[1]} no passage was read.",
        f"a table of words, {len(topics)} topics by {len(shorts)} codes, darker where stricter.",
        [
            {"topic": label}
            | {short: _cited(content, found[topic, code]) for code, short in shorts.items()}
            for topic, label in topics.items()
        ],
    )


def _on(code: Code, topic: str) -> list[Provision]:
    return [p for p in code.provisions.values() if p.topic == topic]


def _strictest(content: Content, provisions: Sequence[Provision]) -> tuple[str, str]:
    """The strictest stance (or "–") and the marks behind it."""
    if not provisions:
        return "–", ""
    said = {p.stance for p in provisions}
    stance = min(said, key=list(content.stances).index)
    read = any(p.checked == "text" for p in provisions if p.stance == stance)
    return stance, (" +" if len(said - {"silent"}) > 1 else "") + ("" if read else " ?")


def _cited(content: Content, provisions: Sequence[Provision]) -> str:
    """Stances with their sections and how each was checked."""
    return (
        "; ".join(f"{p.stance}: {_section(p)}, {content.checks[p.checked]}" for p in provisions)
        or "–"
    )


def _section(p: Provision) -> str:
    return (p.section or "no number in the source") + (
        f" ({p.note})" if p.note and p.section else ""
    )


class Wait(NamedTuple):
    """How long one text asks a therapist to wait: in years (None: no number), and in words."""

    code: Code
    years: int | None
    words: str
    provisions: list[Provision]
    then: str


def waiting_periods(content: Content) -> Chart:
    """How many years must pass before a romance or a friendship with a former client, by every text that was read.

    "No end date" is a ban without a number of years; "no number" leaves the time open. Superseded editions stand
    below those in force. The conditions that follow a wait are in the table.
    """
    title = "How long is a client a client?"
    how = "Years since the last session, by text, and how the passage was checked. The table has the conditions."
    canvas, rows = begin(NO_CLASS, title, how), list[dict[str, object]]()
    found = {topic: _waits(content, topic) for topic in WAITS}
    for topic, waits in found.items():
        canvas.y = canvas.lines(MARGIN, canvas.y + 6, [WAITS[topic]], 15, bold=True) + 18
        top = canvas.y
        for years in (0, 2, 5, 10):
            canvas.text(_at_year(years), canvas.y - 2, str(years), 12, GREY, align=0.5)
        for before, wait in zip([None, *waits], waits, strict=False):
            if before and before.code.in_force and not wait.code.in_force:
                canvas.text(MARGIN, canvas.y + 17, "Superseded editions", 13, GREY)
                canvas.y += 24
            _draw_wait(canvas, content, wait)
            conditions = [p.waiting_condition or p.says for p in wait.provisions]
            rows.append(
                {
                    "text": wait.code.short,
                    "after therapy": topic.rsplit("_", 1)[1],
                    "wait": wait.words,
                }
            )
            rows[-1] |= {
                "in force": "yes" if wait.code.in_force else "no",
                "next edition": wait.then or None,
            }
            rows[-1] |= {
                "passages": _cited(content, wait.provisions),
                "conditions": " ".join(conditions),
            }
        for years in (0, 2, 5, 10):
            canvas.guide(_at_year(years), top + 2, canvas.y)
        canvas.y += 8
    words = [w.words for w in found["former_client_sexual"] if w.code.in_force]
    counts = [f"{words.count(word)} say {word}" for word in sorted(set(words))]
    return finish(
        canvas,
        NO_CLASS,
        ("waiting-periods",),
        title,
        f"Of {len(words)} texts in force that were read on sex or romance with a former client, {', '.join(counts)}.",
        "a bar of years for each text, first for romance, then for friendship; superseded editions stand apart.",
        rows,
    )


def _at_year(years: float) -> float:
    return X0 + (X1 - X0) * years / 10


def _waits(content: Content, topic: str) -> list[Wait]:
    """Texts in force first, the shown ones before others; superseded ones by their successors."""
    later = {code.replaces: code for code in content.codes.values()}
    waits = []
    for code in content.codes.values():
        if provisions := _on(code, topic):
            after = later.get(code.id)
            then = f"{after.short}: {_wait_words(_on(after, topic))}" if after else ""
            years = max((p.waiting_years for p in provisions if p.waiting_years), default=None)
            waits.append(Wait(code, years, _wait_words(provisions), provisions, then))
    shown = [*content.course.codes, *content.codes]
    return sorted(
        waits, key=lambda w: (not w.code.in_force, KINDS.index(w.code.kind), shown.index(w.code.id))
    )


def _wait_words(provisions: Sequence[Provision]) -> str:
    if not provisions:
        return "nothing read on this"
    if years := max((p.waiting_years for p in provisions if p.waiting_years), default=None):
        # A wait may be advice; then its condition says so.
        advised = any("recommendation" in p.waiting_condition for p in provisions)
        return f"{years} years" + (" recommended" if advised else "")
    if provisions[0].stance == "prohibited":
        return "no end date" + (
            " (but an exception)" if any("exception" in p.says for p in provisions) else ""
        )
    return "not named" if provisions[0].stance == "silent" else "no number"


def _draw_wait(canvas: Canvas, content: Content, wait: Wait) -> None:
    y, label = canvas.y, wrap(wait.code.short, LEFT, 13)
    marks = " / ".join(dict.fromkeys(content.checks[p.checked] for p in wait.provisions))
    notes = wrap(marks, RIGHT, 12)
    bottom = max(
        canvas.lines(MARGIN, y + 4, label, 13),
        canvas.lines(X1 + 12, y + 5, notes, 12, GREY),
        y + 24,
    )
    then = f"; {wait.then}" if wait.then else ""
    if wait.words.startswith("no end date"):
        canvas.bar(X0, y + 3, X1, y + 21, RATINGS[0])
        canvas.text(X0 + 8, y + 17, wait.words + then, 13, "white")
        canvas.text(X1 - 4, y + 17, "→", 13, "white", align=1)
    elif wait.years:
        end = _at_year(wait.years)
        canvas.bar(
            end + 2, y + 3, X1 + 8, y + 21, "white" if then else "none"
        )  # a guide would run through the words
        canvas.bar(X0, y + 3, end, y + 21, RATINGS[3])
        said = canvas.text(end + 6, y + 17, wait.words, 13)
        canvas.text(said.x1, y + 17, then, 12, GREY)
    else:
        canvas.bar(X0 + 2, y + 3, X0 + 80, y + 21, "white")
        canvas.text(X0 + 6, y + 17, wait.words, 13, GREY)
    canvas.y = bottom + 2


def editions(content: Content) -> Chart:
    """When the editions of each code took effect, and what is known of revisions under way (data/editions.toml).

    A full dot is an edition whose passages are used here; a hollow one is known by its date only.
    """
    known = read_toml(content.folder / "editions.toml")["editions"]
    first, last = min(y for e in known for y in (*e["past"], *e["now"])) - 1, 2027
    title = "The codes in time"
    how = "Full dots: the text in use, its amendments, and editions used here. Hollow dots: known by their date only."
    canvas, rows = begin(NO_CLASS, title, how), list[dict[str, object]]()
    for entry in known:
        code, y, left = content.codes[entry["code"]], canvas.y, MARGIN + 120
        canvas.lines(MARGIN, y + 14, wrap(code.short, 116, 14, bold=True), 14, bold=True)
        canvas.line([(left, y + 24), (WIDTH - MARGIN, y + 24)], FAINT)
        for year in (*entry["past"], *entry["now"]):
            x = left + (WIDTH - MARGIN - left) * (year - first) / (last - first)
            used = year in entry["now"] or f"{code.id.rsplit('-', 1)[0]}-{year}" in content.codes
            canvas.dot(x, y + 24, 6, RATINGS[0] if used else "white")
            below = (
                year in entry["now"]
            )  # two editions can be too close for their years to stand side by side
            canvas.text(
                x,
                y + (44 if below else 13),
                str(year),
                12,
                INK if below else GREY,
                bold=below,
                align=0.5,
            )
        note = f"{entry['note']} ({content.checks[entry['checked']]})"
        canvas.y = canvas.lines(left, y + 52, wrap(note, WIDTH - MARGIN - left, 12), 12, GREY) + 12
        years = {when: ", ".join(map(str, entry[when])) or None for when in ("past", "now")}
        rows.append(
            {"code": code.short, "superseded": years["past"], "in use and amended": years["now"]}
        )
        rows[-1] |= {"what is known": entry["note"], "source": entry["source"]}
        rows[-1] |= {"checked": content.checks[entry["checked"]]}
    return finish(
        canvas,
        NO_CLASS,
        ("editions",),
        title,
        f"Of {len(known)} codes, the oldest text in use took effect in {min(e['now'][0] for e in known)}, "
        f"the newest in {max(e['now'][0] for e in known)}.",
        f"{len(known)} lines of time, a dot for each edition, and below each what is known of a revision.",
        rows,
    )


def how_checked(content: Content) -> DataFrame:
    """How many provisions of each text were checked in which way: a row per text, those with most first."""
    rows = {
        code.short: [
            sum(p.checked == mark for p in code.provisions.values()) for mark in content.checks
        ]
        for code in content.codes.values()
    }
    rows = dict(sorted(rows.items(), key=lambda row: -sum(row[1])))
    return DataFrame.from_dict(rows, orient="index", columns=list(content.checks.values()))
