"""How long a former client is still a client: waiting times by every text that was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import NO_CLASS, Frame
from boundaries.charts.palette import GREY, RATING_COLOURS
from boundaries.charts.provisions import cited, on_topic
from boundaries.content import Code, Content, Provision

# In which order texts of one standing are listed.
KINDS = ("code", "regulator", "guidance", "law")

TOPICS = {
    "former_client_sexual": "A sexual or romantic relationship with a former client",
    "former_client_friendship": "A friendship with a former client",
}
# The years that are marked on the scale.
YEARS = (0, 2, 5, 10)

BAN, WAIT = RATING_COLOURS[0], RATING_COLOURS[3]


class Wait(NamedTuple):
    """How long one text asks a therapist to wait: in years (None: no number), and in words.

    `then` says what the next edition asks; empty where there is none.
    """

    code: Code
    years: int | None
    words: str
    passages: list[Provision]
    then: str


def waiting_periods(content: Content) -> Chart:
    """How many years must pass before a romance or a friendship with a former client, by text.

    "No end date" is a ban without a number of years; "no number" leaves the time open. Superseded
    editions stand below those in force. The conditions that follow a wait are in the table.
    """
    frame = Frame(
        NO_CLASS,
        "How long is a client a client?",
        "Years since the last session, by text, and how the passage was checked. "
        "The table has the conditions.",
        (0, YEARS[-1]),
        left=160,
        right=130,
    )
    rows = []
    waits = {topic: _waits(content, topic) for topic in TOPICS}
    for topic, heading in TOPICS.items():
        _draw(frame, content, heading, waits[topic])
        rows += [_table_row(content, topic, wait) for wait in waits[topic]]
    return chart_of(
        frame,
        ("waiting-periods",),
        _sentence(waits["former_client_sexual"]),
        "a bar of years for each text, first for romance, then for friendship; "
        "superseded editions stand apart.",
        rows,
    )


def _waits(content: Content, topic: str) -> list[Wait]:
    """Texts in force first, the shown ones before others; superseded ones by their successors."""
    successors = {code.replaces: code for code in content.codes.values()}
    waits = []
    for code in content.codes.values():
        # A passage of which only the title was read says nothing of the time.
        passages = [passage for passage in on_topic(code, topic) if passage.stance]
        if not passages:
            continue
        then = ""
        after = successors.get(code.id)
        if after:
            then = f"{after.short}: {_words(on_topic(after, topic))}"
        waits.append(Wait(code, _years(passages), _words(passages), passages, then))
    # `index` finds a shown code at its first place, in course.toml's order.
    shown_first = [*content.course.codes, *content.codes]

    def order(wait: Wait) -> tuple[bool, int, int]:
        code = wait.code
        return not code.in_force, KINDS.index(code.kind), shown_first.index(code.id)

    return sorted(waits, key=order)


def _years(passages: Sequence[Provision]) -> int | None:
    years = [passage.waiting_years for passage in passages if passage.waiting_years]
    return max(years, default=None)


def _words(passages: Sequence[Provision]) -> str:
    if not passages:
        return "nothing read on this"
    years = _years(passages)
    if years:
        # A wait may be advice; then its condition says so.
        advised = any("recommendation" in passage.waiting_condition for passage in passages)
        return f"{years} years recommended" if advised else f"{years} years"
    stance = passages[0].stance
    if stance == "prohibited":
        exception = any("exception" in passage.says for passage in passages)
        return "no end date (but an exception)" if exception else "no end date"
    return "not named" if stance == "silent" else "no number"


def _draw(frame: Frame, content: Content, heading: str, waits: Sequence[Wait]) -> None:
    frame.y = frame.lines(frame.margin_left, frame.y + 6, [heading], 15, bold=True) + 18
    top = frame.y
    for years in YEARS:
        frame.text(years, top - 2, str(years), 12, GREY, align=0.5)
    superseded = False
    for wait in waits:
        if not wait.code.in_force and not superseded:
            superseded = True
            frame.text(frame.margin_left, frame.y + 17, "Superseded editions", 13, GREY)
            frame.y += 24
        _draw_wait(frame, content, wait)
    for years in YEARS:
        frame.rule([(years, top + 2), (years, frame.y)])
    frame.y += 8


def _draw_wait(frame: Frame, content: Content, wait: Wait) -> None:
    y, pad = frame.y, frame.points(6)
    checks = dict.fromkeys(content.checks[passage.checked] for passage in wait.passages)
    below_name = frame.label(y + 4, wait.code.short, 13, bold=False)
    below_checks = frame.note(y + 5, " / ".join(checks))
    then = f"; {wait.then}" if wait.then else ""
    end = frame.x[1]
    if wait.words.startswith("no end date"):
        frame.tile(0, end, y + 3, y + 21, BAN)
        frame.text(pad, y + 17, wait.words + then, 13, "white")
        frame.text(end - pad, y + 17, "→", 13, "white", align=1)
    elif wait.years:
        frame.tile(0, wait.years, y + 3, y + 21, WAIT)
        words_end = frame.text(wait.years + pad, y + 17, wait.words, 13)
        words_end = frame.text(words_end, y + 17, then, 12, GREY)
        # A line of the scale would run through the words.
        frame.tile(wait.years + pad / 3, words_end + pad / 2, y + 3, y + 21, "white")
    else:
        words_end = frame.text(pad, y + 17, wait.words, 13, GREY)
        frame.tile(pad / 3, words_end + pad / 2, y + 3, y + 21, "white")
    frame.y = max(below_name, below_checks, y + 24) + 2


def _sentence(waits: Sequence[Wait]) -> str:
    words = [wait.words for wait in waits if wait.code.in_force]
    counts = [f"{word} in {words.count(word)}" for word in sorted(set(words))]
    return (
        f"What {len(words)} texts in force that were read say on sex or romance with a former client: "
        f"{', '.join(counts)}."
    )


def _table_row(content: Content, topic: str, wait: Wait) -> dict[str, object]:
    conditions = [passage.waiting_condition or passage.says for passage in wait.passages]
    return {
        "text": wait.code.short,
        "after therapy": topic.rsplit("_", 1)[1],
        "wait": wait.words,
        "in force": "yes" if wait.code.in_force else "no",
        "next edition": wait.then or None,
        "passages": cited(content, wait.passages),
        "conditions": " ".join(conditions),
    }
