"""Workshops of practitioners beside a class: they judged the same words, so rating stands by rating.

Their norm sets lie in `data/norms`; how one is made is in `instructor.norms`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import norm_shade, shade
from boundaries.charts.strips import HIGH, mark_tiles, rating_frame, row_words, tiles, title_line
from boundaries.content import Content, Vignette
from boundaries.content.beliefs import published
from boundaries.content.normsets import NormSet
from boundaries.content.parsing import SMALLEST_GROUP
from boundaries.counts import statistics
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.phrases import WHEN, act_of, items_of, names_of, percent, titled
from boundaries.counts.release import Released
from boundaries.errors import ContentError


class Normed(NamedTuple):
    """A case, the levels of its dial at which workshops judged it, and how often each rating was
    given in each, beside who they were."""

    vignette: Vignette
    levels: tuple[str, ...]
    workshops: list[tuple[str, tuple[int, ...]]]

    @property
    def at(self) -> str:
        """The levels in words; empty where they are all there are."""
        if set(self.levels) == set(self.vignette.levels):
            return ""
        return names_of(self.vignette, self.levels)


def norms(
    released: Released, content: Content, what: str = "practitioners", *, ax: Axes | None = None
) -> Chart:
    """The class beside every norm set of these cases, a strip of ratings each.

    `what` is a type, a case, "all", or "practitioners" for the cases that a survey asked about,
    too. The class is counted at the levels that the workshop was asked at. Raises ContentError
    where no norm set holds any of these cases.
    """
    cases = list(normed(content, what))
    if not cases:
        raise ContentError(
            f"No norm set holds a case of '{what}'. Put one into {content.folder / 'norms'}, and "
            "run `python -m boundaries check`."
        )
    frame = rating_frame(
        released,
        "Practitioners who judged the same cases",
        f"Share at each rating. Blue: the class, {WHEN['first']}. Brown: practitioners, likewise.",
        content.ratings,
        ax=ax,
    )
    few = released.few
    rows: list[dict[str, object]] = []
    sentences = []
    for case in cases:
        (answers,) = answers_to(released, [case.vignette], "first")
        counts = _counts_at(answers, case.levels)
        _draw(frame, case, counts, few)
        for who, of_group in (("the class", counts), *case.workshops):
            row = titled(case.vignette) | {"level": case.at, "who": who}
            rows.append(row | _shares(content, of_group, few))
        sentences.append(_sentence(case, counts, few))
    frame.footer("Who came to a workshop is no sample of a profession.")
    return chart_of(
        frame,
        ("norms", "" if what == "practitioners" else what),
        f"Mean ratings, from 1 never to 5 always ethical: {'; '.join(sentences)}.",
        "a strip of ratings for the class, and below it one for each workshop of practitioners.",
        rows,
    )


def normed(content: Content, what: str) -> Iterator[Normed]:
    """The cases of `what` that a norm set holds in the wording that is asked today; see `norms`."""
    if what == "practitioners":
        surveyed = {figure.vignette.id: figure.vignette for figure in published(content)}
        vignettes = list(surveyed.values())
    else:
        vignettes = [item for item in items_of(content, what)[1] if isinstance(item, Vignette)]
    for vignette in vignettes:
        by_levels: dict[tuple[str, ...], list[tuple[str, tuple[int, ...]]]] = defaultdict(list)
        for norm_set in content.norms:
            levels, counts = _of_case(norm_set, vignette)
            if levels:
                by_levels[levels].append((_who(norm_set, content), counts))
        for levels, workshops in by_levels.items():
            yield Normed(vignette, levels, workshops)


def _of_case(norm_set: NormSet, vignette: Vignette) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The levels at which a norm set holds a case, and its ratings there; no levels: it does not."""
    asked: set[str] = set()
    counts = [0] * len(vignette.scale)
    for entry in norm_set.answers:
        is_asked = (entry.item, entry.wording) == (vignette.id, vignette.wording)
        # A file that was edited by hand and not checked may hold fewer.
        if is_asked and sum(entry.ratings) >= SMALLEST_GROUP:
            asked |= set(entry.levels or [""])
            for place, count in enumerate(entry.ratings):
                counts[place] += count
    return tuple(level for level in vignette.levels if level in asked), tuple(counts)


def _who(norm_set: NormSet, content: Content) -> str:
    country = content.countries[norm_set.country].name
    return f"{norm_set.who}, in {country}, {norm_set.year}"


def _counts_at(answers: Answers, levels: Sequence[str]) -> tuple[int, ...]:
    """How often a class gave each rating at these levels; empty where nothing may be shown."""
    groups = [group.counts for group in answers.groups if set(group.levels) <= set(levels)]
    return tuple(sum(counts) for counts in zip(*groups, strict=True))


def _draw(frame: Frame, case: Normed, counts: Sequence[int], few: str) -> None:
    """A case's title and its strips: the class's first, with marks of own ratings."""
    at = f"at “{case.at}”" if case.at else ""
    title_line(frame, case.vignette.title, at, act=act_of(case.vignette))
    if counts:
        mark_tiles(frame, case.vignette, case.levels)
    _draw_strip(frame, "the class", counts, few, shade)
    for who, of_workshop in case.workshops:
        _draw_strip(frame, who, of_workshop, few, norm_shade)
    frame.y += 12


def _draw_strip(
    frame: Frame, who: str, counts: Sequence[int], few: str, shade: Callable[[float], str]
) -> None:
    """A strip with whose it is at its left; only words where nothing may be shown."""
    bottom = row_words(frame, who, f"n = {sum(counts)}" if counts else few)
    if counts:
        tiles(frame, counts, HIGH, shade)
    frame.y = bottom + 3


def _sentence(case: Normed, counts: Sequence[int], few: str) -> str:
    means = [f"a class of whom {few}"]
    if counts:
        means = [f"{statistics.mean(counts):.1f} in the class"]
    for who, of_workshop in case.workshops:
        means.append(f"{statistics.mean(of_workshop):.1f} among {who}")
    at = f" at “{case.at}”" if case.at else ""
    return f"“{case.vignette.title}”{at}, {', '.join(means)}"


def _shares(content: Content, counts: Sequence[int], few: str) -> dict[str, object]:
    cells: dict[str, object] = {"n": sum(counts) if counts else few}
    for place, point in enumerate(content.ratings):
        share = percent(counts[place] / sum(counts)) if counts else None
        cells[f"{point.value} {point.label.lower()}"] = share
    return cells
