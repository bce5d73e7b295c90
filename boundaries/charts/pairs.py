"""Two cases that were compared: a class's ratings of one above its ratings of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CLASS, PALE
from boundaries.charts.strips import HIGH, mark_places, rating_frame, tiles, title_line
from boundaries.content import Content
from boundaries.counts import headlines, phrases, statistics
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.release import Released
from boundaries.errors import ContentError

_OF_A_CLASS = (
    "These are two means of a class: how far one person’s own two ratings lie apart is not counted."
)


def compared(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """The two cases that lessons.toml sets side by side for a type: strips, means, the difference.

    First judgments, over all levels of a dial that may be shown. Nobody's two ratings are set beside
    each other: with one person who judged only one of the cases, the others' differences would tell
    what that person answered. Raises ContentError where a type has no pair.
    """
    prompts = content.prompts.get(what)
    if prompts is None or not prompts.pair:
        raise ContentError(f"lessons.toml names no pair of cases for '{what}'.")
    rows = answers_to(released, [content.item(id) for id in prompts.pair], "first")
    means = {}
    for row in rows:
        if row.groups:
            means[row.item.title] = statistics.mean(row.counts)
    titles = " and ".join(f"“{row.item.title}”" for row in rows)
    frame = rating_frame(
        released,
        headlines.pair_headline(means),
        "Share of the class at each rating. Below: the mean of each case, and the steps between.",
        rows[0].item.scale,
        subject=f"Two cases: {titles}",
        ax=ax,
    )
    for row in rows:
        _draw_case(frame, row)
    if len(means) == len(rows):
        _draw_difference(frame, list(means.values()))
    if any(row.groups and row.hidden for row in rows):
        frame.footer(f"Levels that {phrases.fewer(released.minimum)} are left out.")
    return chart_of(
        frame,
        ("pair", what),
        _sentence(rows, means, released.minimum),
        "for each case a strip of shares, and a line between the two means.",
        [_table_row(row, means) for row in rows],
    )


def _draw_case(frame: Frame, row: Answers) -> None:
    note = phrases.count_words(row) if row.groups else phrases.fewer(frame.released.minimum)
    title_line(frame, row.item.title, note, act=phrases.act_of(row.item))
    if row.groups:
        tiles(frame, row.counts)
        for rating, at in mark_places(frame, row.counts).items():
            for group in row.groups:
                frame.mark(row.item.id, group.levels, rating, "first", at)
        frame.y += HIGH
    frame.y += 14


def _draw_difference(frame: Frame, means: Sequence[float]) -> None:
    """A dot for each mean, the first case's full, and the line between them."""
    one, other = means
    middle = frame.y + 10
    frame.beside(frame.y + 2, "the two means")
    frame.rule([(frame.x[0], middle), (frame.x[1], middle)], PALE)
    frame.rule([(one, middle), (other, middle)], CLASS, 3)
    frame.dot(other, middle, 6.5, "white", CLASS)
    frame.dot(one, middle, 4.5, CLASS, CLASS)
    frame.note(frame.y + 2, f"{abs(one - other):.1f} steps")
    frame.y += 26
    frame.footer("Full dot: the mean of the upper case; hollow dot: of the lower one.")


def _sentence(rows: Sequence[Answers], means: Mapping[str, float], minimum: int) -> str:
    if len(means) < len(rows):
        return phrases.nothing([row for row in rows if not row.groups], minimum)
    parts = []
    for row in rows:
        mean = f"{means[row.item.title]:.1f}"
        parts.append(f"“{row.item.title}” {mean} on average (n = {row.n})")
    one, other = means.values()
    apart = f"{abs(one - other):.1f} steps apart"
    return f"Judged alone: {' and '.join(parts)}, {apart}. {_OF_A_CLASS}"


def _table_row(row: Answers, means: Mapping[str, float]) -> dict[str, object]:
    cells = phrases.titled(row.item)
    cells |= {"n": row.n or None, "mean": None}
    if row.groups:
        cells["mean"] = f"{means[row.item.title]:.2f}"
        for point, count in zip(row.item.scale, row.counts, strict=True):
            cells[f"{point.value}"] = phrases.percent(count / row.n)
    return cells
