"""What practitioners answered in published surveys, beside a class that judged a case of the same behaviour.

Which figure stands beside which case, and whether it may be drawn, is in `data/beside.toml`. Only beliefs that
were read, in the study itself or in a page that reports it, are used; every figure names who was asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from pandas import DataFrame

from boundaries.charts.canvas import GREY, MARGIN, RATINGS, WIDTH, Canvas, begin, finish, wrap
from boundaries.charts.figure import Chart, Place
from boundaries.charts.standards import NO_CLASS
from boundaries.content import Content, Survey, Vignette, read_toml
from boundaries.counts.comparison import WHEN, Answers, answers_to, band_words
from boundaries.counts.release import Released
from boundaries.errors import ContentError

MARKS = {
    "verified": "read in the study’s own abstract",
    "verified-secondary": "read in a page that reports it",
}
"""The figures that may be used, by how they were read."""

LEFT = 330.0


class Figure(NamedTuple):
    """A published share beside a case; `ratings` say the same in a class (none: quoted, not drawn)."""

    survey: Survey
    vignette: Vignette
    ratings: tuple[int, ...]
    differs: str
    why: str


def figures(content: Content) -> Iterator[Figure]:
    """The figures of `data/beside.toml` that are beliefs and were read, in its order."""
    for entry in read_toml(content.folder / "beside.toml")["figures"]:
        key = (entry["study"], entry["item"], entry["category"])
        for s in content.surveys:
            if (
                (s.study, s.item, s.category) == key
                and s.scale.startswith("belief:")
                and s.confidence in MARKS
            ):
                vignette = content.vignettes[entry["vignette"]]
                yield Figure(
                    s, vignette, tuple(entry.get("ratings", ())), entry["differs"], entry["why"]
                )


def practitioners(released: Released, content: Content, what: str = "practitioners") -> Chart:
    """Published answers beside the class's share that says the same; see `quoted` for what may not be drawn.

    `what` is the id of one case, or "practitioners" for every case that a survey asked about. Only the first
    judgments count, at all levels of a dial together. Raises ContentError for a case without a figure to draw.
    """
    drawn = [f for f in figures(content) if f.ratings and what in ("practitioners", f.vignette.id)]
    if not drawn:
        cases = sorted({f.vignette.id for f in figures(content) if f.ratings})
        raise ContentError(
            f"No survey can be drawn beside '{what}'. Choose 'practitioners' or: {', '.join(cases)}."
        )
    title = "Practitioners beside the class"
    canvas = begin(
        released, title, f"Dark bars: the class, {WHEN['first']}. Light bars: published answers."
    )
    rows, anchors, apart = (
        list[dict[str, object]](),
        dict[Place, tuple[float, float]](),
        list[str](),
    )
    for (vignette, ratings), group in groupby(drawn, key=lambda f: (f.vignette, f.ratings)):
        (row,) = answers_to(released, [vignette], "first")
        ours, said = _share(row, ratings), f"Class: {band_words((ratings[0], ratings[-1]))}"
        if not rows or rows[-1]["case"] != vignette.title:
            about = f"Is it ethical to {vignette.behaviour.replace('{dial}', '…')}?"
            canvas.y = canvas.lines(MARGIN, canvas.y + 4, [vignette.title], 15, bold=True)
            canvas.y = (
                canvas.lines(MARGIN, canvas.y, wrap(about, WIDTH - 2 * MARGIN, 12), 12, GREY) + 8
            )
        few = f"fewer than {released.minimum} have judged"
        label = ("at least " if len(ratings) > 1 else "") + vignette.scale[
            ratings[0] - 1
        ].label.lower()
        where = _bar(
            canvas, [f"{said}, {label}", f"n = {row.n}" if row.n else few], ours, RATINGS[1]
        )
        anchors |= {
            (vignette.id, level, rating, "first"): where
            for level in vignette.levels
            for rating in ratings
        }
        words = few if ours is None else f"{ours:.0f}%"
        beside = f"a class of whom {few}" if ours is None else f"{words} of the class"
        rows.append(
            {
                "case": vignette.title,
                "who": "the class",
                "answer": f"{said}, {label}",
                "share": words,
            }
        )
        rows[-1] |= {
            "N": row.n or few,
            "country": None,
            "year": None,
            "source": None,
            "read": None,
            "differs": None,
        }
        for f in group:
            s = f.survey
            _bar(
                canvas,
                [f"“{s.category}”", f"{_who(s)}; {MARKS[s.confidence]}"],
                float(s.percent),
                RATINGS[3],
            )
            rows.append(
                {
                    "case": vignette.title,
                    "who": s.respondents,
                    "answer": s.category,
                    "share": f"{s.percent}%",
                }
            )
            rows[-1] |= {
                "N": _number(s),
                "country": s.country,
                "year": s.year,
                "source": s.citation,
            }
            rows[-1] |= {"read": MARKS[s.confidence], "differs": f.differs}
            whom = f"{s.percent}% of {s.respondents} ({s.country} {s.year})"
            apart.append(f"“{vignette.title}”, {whom} beside {beside}")
        canvas.y += 10
    canvas.footer(
        "Other people, other years, other scales: a difference between two bars has many possible reasons."
    )
    return finish(
        canvas,
        released,
        ("practitioners", "" if what == "practitioners" else what),
        title,
        f"Published answers beside a class’s: {'; '.join(apart)}.",
        f"pairs of bars for {len(drawn)} published figures.",
        rows,
        anchors,
    )


def _share(row: Answers, ratings: tuple[int, ...]) -> float | None:
    return 100 * sum(row.counts[r - 1] for r in ratings) / row.n if row.n else None


def _number(s: Survey) -> str:
    return f"N = {int(s.n):,}" if s.n else "N not read"


def _who(s: Survey) -> str:
    return f"{s.respondents}, {s.country}, {s.year}; {_number(s)}; {s.citation.split()[0]} {s.year}"


def _bar(canvas: Canvas, words: list[str], share: float | None, colour: str) -> tuple[float, float]:
    """A bar of a share in percent, its words at the left; gives the bar's middle."""
    y, x0 = canvas.y, MARGIN + LEFT + 12
    unit = (WIDTH - MARGIN - 56 - x0) / 100
    bottom = canvas.lines(MARGIN, y, wrap(words[0], LEFT, 13), 13)
    bottom = canvas.lines(MARGIN, bottom, wrap(words[1], LEFT, 12), 12, GREY)
    middle = (y + bottom) / 2
    if share is not None:
        canvas.bar(x0, middle - 10, x0 + unit * share, middle + 10, colour)
        canvas.text(
            x0 + unit * share + 5,
            middle + 5,
            f"{share:.0f}%" if colour == RATINGS[1] else f"{share:g}%",
            13,
        )
    canvas.y = bottom + 8
    return x0 + unit * (share or 0) / 2, middle


def belief_and_behaviour(content: Content) -> Chart:
    """What the same people believed and did (the contrasts of `data/beside.toml`), as pairs of bars."""
    title = "What they believed, and what they did"
    canvas, rows, said = (
        begin(NO_CLASS, title, "One survey asked the same people both."),
        [],
        list[str](),
    )
    by_item = {s.item: s for s in content.surveys if s.confidence in MARKS}
    for pair in read_toml(content.folder / "beside.toml")["contrasts"]:
        belief, did = by_item[pair["belief"]], by_item[pair["behaviour"]]
        canvas.y = canvas.lines(MARGIN, canvas.y, [pair["about"]], 15, bold=True) + 4
        believed, when = f"believed that it is {belief.category}", pair["did"]
        for s, words, colour in ((belief, believed, RATINGS[3]), (did, when, RATINGS[0])):
            _bar(canvas, [words, f"{_who(s)}; {MARKS[s.confidence]}"], float(s.percent), colour)
            rows.append(
                {
                    "about": pair["about"],
                    "what": words,
                    "share": f"{s.percent}%",
                    "who": s.respondents,
                }
            )
            rows[-1] |= {
                "N": _number(s),
                "country": s.country,
                "year": s.year,
                "source": s.citation,
            }
            rows[-1] |= {"read": MARKS[s.confidence]}
        said.append(f"{pair['about']}: {belief.percent}% {believed}, {did.percent}% {when}")
        canvas.y += 10
    return finish(
        canvas,
        NO_CLASS,
        ("belief-and-behaviour",),
        title,
        f"{'; '.join(said)}.",
        "pairs of bars, the belief above and the behaviour below.",
        rows,
    )


def quoted(content: Content) -> DataFrame:
    """The figures that stand beside a case in words only: a row each, with who was asked and why it is not drawn."""
    return DataFrame(
        [
            {
                "case": f.vignette.title,
                "percent": f.survey.percent,
                "answer": f.survey.category,
                "about": f.survey.text,
            }
            | {
                "who": _who(f.survey),
                "source": f.survey.citation,
                "read": MARKS[f.survey.confidence],
            }
            | {"differs": f.differs, "not drawn because": f.why}
            for f in figures(content)
            if not f.ratings
        ]
    )
