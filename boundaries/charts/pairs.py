"""Two cases that were compared: a class's ratings of one above its ratings of the other, and how far
each person's own two ratings lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CLASS, FAINT, GREY, PALE, on, shade
from boundaries.charts.strips import HIGH, LOW, mark_tiles, rating_frame, tiles, title_line
from boundaries.content import Content
from boundaries.counts import headlines, phrases, statistics
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.differences import Difference
from boundaries.counts.release import Released
from boundaries.errors import ContentError

_NOT_COUNTED = (
    "These are two means of a class: how far one person’s own two ratings lie apart is not counted."
)
_WITHHELD = (
    "These are two means of a class: how far one person’s own two ratings lie apart is not shown, "
    "for it could tell what fewer than {} people answered."
)
_HOW_APART = (
    "Tiles: how many rated the lower case lower, the same or higher than the upper one. Line: the mean "
    "of these differences in steps, and what a similar class might say (95%)."
)
_WHO = {
    "": "each person’s own two ratings",
    "pair first": "the half that compared first",
    "one by one": "the half that did not",
}


def compared(released: Released, content: Content, what: str, *, ax: Axes | None = None) -> Chart:
    """The two cases that lessons.toml sets side by side for a type: strips, means, the difference.

    First judgments, over all levels of a dial that may be shown. Below them how far the two ratings
    of each person lie apart, where `release` tells it; of a split class, of each half. Raises
    ContentError where a type has no pair.
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
    told = _told(released, prompts.pair)
    if len(means) == len(rows):
        _draw_means(frame, list(means.values()))
        for difference in told:
            _draw_difference(frame, difference)
    if told:
        frame.footer(_HOW_APART)
    if any(row.groups and row.hidden for row in rows):
        frame.footer(f"Levels that {released.few} are left out.")
    return chart_of(
        frame,
        ("pair", what),
        _sentence(released, rows, means, told),
        "for each case a strip of shares, and a line between the two means.",
        [_table_row(row, means) for row in rows] + [_difference_row(each) for each in told],
    )


def _told(released: Released, pair: Sequence[str]) -> list[Difference]:
    """What is told of these two cases: of the halves of a split class, else of the whole."""
    whole: list[Difference] = []
    halves: list[Difference] = []
    for each in released.differences or ():
        if (each.item, each.other) == tuple(pair):
            (halves if each.half else whole).append(each)
    return halves or whole


def _draw_case(frame: Frame, row: Answers) -> None:
    title_line(frame, row.item.title, phrases.count_words(row), act=phrases.act_of(row.item))
    if row.groups:
        tiles(frame, row.counts)
        for group in row.groups:
            mark_tiles(frame, row.item, group.levels)
        frame.y += HIGH
    frame.y += 14


def _draw_means(frame: Frame, means: Sequence[float]) -> None:
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


def _draw_difference(frame: Frame, told: Difference) -> None:
    """Three tiles: how many rated the lower case lower, the same, higher; then the mean difference
    with its interval on a line of steps, which has no difference in the middle."""
    bottom = frame.beside(frame.y + 2, _WHO[told.half])
    low, high = frame.x
    third = (high - low) / 3
    inset = frame.points(1.5)
    words = (f"{told.lower} lower", f"{told.same} the same", f"{told.higher} higher")
    for number, count in enumerate((told.lower, told.same, told.higher)):
        left = low + number * third
        colour = shade(count / told.n)
        frame.tile(left + inset, left + third - inset, frame.y, frame.y + LOW, colour)
        middle = left + third / 2
        frame.text(middle, frame.y + LOW / 2 + 4, words[number], 12, on(colour), align=0.5)
    frame.note(frame.y + 2, f"n = {told.n}")
    frame.y += LOW + 5
    widest = round(high - low) - 1
    step = (high - low) / (2 * widest)
    centre, line = (low + high) / 2, frame.y + 6
    frame.rule([(centre - widest * step, line), (centre + widest * step, line)], PALE)
    for number in range(-widest, widest + 1):
        at = centre + number * step
        frame.rule([(at, line - 3), (at, line + 3)], FAINT)
        if number % 2 == 0:
            frame.text(at, line + 17, _signed(number).removesuffix(".0"), 11, GREY, align=0.5)
    frame.rule([(centre + told.low * step, line), (centre + told.high * step, line)], CLASS, 3)
    frame.dot(centre + told.mean * step, line, 4.5, CLASS, CLASS)
    frame.note(frame.y - 1, f"{_signed(told.mean)} steps")
    frame.y = max(bottom, line + 22) + 8


def _sentence(
    released: Released,
    rows: Sequence[Answers],
    means: Mapping[str, float],
    told: Sequence[Difference],
) -> str:
    if len(means) < len(rows):
        return phrases.nothing([row for row in rows if not row.groups])
    parts = []
    for row in rows:
        mean = f"{means[row.item.title]:.1f}"
        parts.append(f"“{row.item.title}” {mean} on average (n = {row.n})")
    one, other = means.values()
    apart = f"{abs(one - other):.1f} steps apart"
    sentence = f"Judged alone: {' and '.join(parts)}, {apart}."
    if told:
        titles = [row.item.title for row in rows]
        return " ".join([sentence, *(_difference_words(each, titles) for each in told)])
    if released.differences is None:
        return f"{sentence} {_NOT_COUNTED}"
    return f"{sentence} {_WITHHELD.format(released.minimum)}"


def _difference_words(told: Difference, titles: Sequence[str]) -> str:
    who = {
        "": f"Of the {told.n} who rated both,",
        "pair first": f"Of the {told.n} who compared the two before all else,",
        "one by one": f"Of the {told.n} who judged them one by one,",
    }
    one, other = titles
    return (
        f"{who[told.half]} {told.higher} rated “{other}” higher than “{one}”, {told.lower} lower and "
        f"{told.same} the same: {_signed(told.mean)} steps on average (a similar class might say "
        f"{_signed(told.low)} to {_signed(told.high)})."
    )


def _table_row(row: Answers, means: Mapping[str, float]) -> dict[str, object]:
    cells = phrases.titled(row.item)
    cells |= {"n": row.n or None, "mean": None}
    if row.groups:
        cells["mean"] = f"{means[row.item.title]:.2f}"
        cells |= phrases.shares(row.item.scale, row.counts)
    return cells


def _difference_row(told: Difference) -> dict[str, object]:
    words = f"{told.lower} lower, {told.same} the same, {told.higher} higher"
    return {"case": _WHO[told.half], "act": words, "n": told.n, "mean": _signed(told.mean)}


def _signed(steps: float) -> str:
    """Steps up or down, as they are printed.

    >>> _signed(-0.26), _signed(0.04)
    ('−0.3', '0.0')
    """
    rounded = f"{steps:+.1f}".replace("-", "−")
    return rounded[1:] if rounded[1:] == "0.0" else rounded
