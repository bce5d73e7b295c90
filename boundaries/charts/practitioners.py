"""What practitioners answered in published surveys, beside a class that judged such a case.

Which figure stands beside which case, and whether it may be drawn, is in `data/beside.toml`. Only
beliefs that were read, in the study itself or in a page that reports it, are used; every figure
names who was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from matplotlib.axes import Axes
from pandas import DataFrame

from boundaries.charts.figure import Chart, chart_of
from boundaries.charts.fonts import wrap
from boundaries.charts.frame import NO_CLASS, Frame
from boundaries.charts.palette import CLASS, CODE, GREY
from boundaries.content import Content, Survey, read_toml
from boundaries.content.beliefs import MARKS, Published, published
from boundaries.content.display import band_text
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.phrases import WHEN, act_of
from boundaries.counts.release import Released
from boundaries.errors import ContentError


def surveyed(
    released: Released, content: Content, what: str = "practitioners", *, ax: Axes | None = None
) -> Chart:
    """Published answers beside the class's share that says the same; what may not: see `quoted`.

    `what` is the id of one case, or "practitioners" for every case that a survey asked about. Only
    the first judgments count, at all levels of a dial together. Raises ContentError for a case
    without a figure to draw.
    """
    drawn = _drawn(content, what)
    frame = Frame(
        released,
        "Practitioners beside the class",
        f"Blue bars: the class, {WHEN['first']}. Brown bars: published answers.",
        (0, 100),
        left=330,
        right=40,
        ax=ax,
    )
    rows: list[dict[str, object]] = []
    pairs: list[str] = []
    headed = ""
    for (vignette, ratings), group in groupby(drawn, key=lambda one: (one.vignette, one.ratings)):
        if vignette.id != headed:
            headed = vignette.id
            question = f"Is it ethical {act_of(vignette)}?"
            _draw_heading(frame, vignette.title, question)
        figures = list(group)
        (answers,) = answers_to(released, [vignette], "first")
        row, place = _draw_class(frame, answers, ratings)
        rows.append(row)
        for rating in ratings:
            frame.mark(vignette.id, vignette.levels, rating, "first", place)
        for figure in figures:
            survey = figure.survey
            # A class is blue as everywhere; what stands beside it is brown.
            _draw_survey(frame, survey, f"“{survey.category}”", CODE)
            row = {"case": vignette.title, "who": survey.respondents, "answer": survey.category}
            rows.append(row | _survey_cells(survey) | {"differs": figure.differs})
            pairs.append(_pair(figure, answers, released.minimum))
        frame.y += 10
    frame.footer(
        "Other people, other years, other scales: "
        "a difference between two bars has many possible reasons."
    )
    name = "" if what == "practitioners" else what
    return chart_of(
        frame,
        ("practitioners", name),
        f"Published answers beside a class’s: {'; '.join(pairs)}.",
        f"pairs of bars for {len(drawn)} published figures.",
        rows,
    )


def _drawn(content: Content, what: str) -> list[Published]:
    """The figures to draw. Raises ContentError where there is none."""
    drawable = [figure for figure in published(content) if figure.ratings]
    wanted = [figure for figure in drawable if what in ("practitioners", figure.vignette.id)]
    if not wanted:
        cases = sorted({figure.vignette.id for figure in drawable})
        raise ContentError(
            f"No survey can be drawn beside '{what}'. "
            f"Choose 'practitioners' or: {', '.join(cases)}."
        )
    return wanted


def _draw_heading(frame: Frame, title: str, question: str = "") -> None:
    """What the bars below are about, and what was asked, over the whole width."""
    left, room = frame.margin_left, (frame.margin_right - frame.margin_left) / frame.points(1)
    lines = wrap(title, room, 15, bold=True)
    frame.y = frame.lines(left, frame.y + 4, lines, 15, bold=True)
    frame.y = frame.lines(left, frame.y, wrap(question, room, 12), 12, GREY) + 6


def _draw_class(
    frame: Frame, answers: Answers, ratings: Sequence[int]
) -> tuple[dict[str, object], tuple[float, float]]:
    """The class's bar; gives its row of the table, and where the mark of an own rating belongs."""
    few = frame.released.few
    label = answers.item.scale[ratings[0] - 1].label.lower()
    if len(ratings) > 1:
        label = f"at least {label}"
    answer = f"Class: {band_text((ratings[0], ratings[-1]))}, {label}"
    share = _share(answers, ratings)
    words = few if share is None else f"{share:.0f}%"
    size = f"n = {answers.n}" if answers.n else few
    place = _bar(frame, [answer, size], share, words, CLASS)
    row: dict[str, object] = {"case": answers.item.title, "who": "the class", "answer": answer}
    return row | {"share": words, "N": answers.n or few}, place


def _draw_survey(frame: Frame, survey: Survey, words: str, colour: str) -> None:
    """The bar of a published share; whose it is and how it was read stand below its words."""
    source = f"{_who(survey)}; {MARKS[survey.confidence]}"
    share = float(survey.percent)
    _bar(frame, [words, source], share, f"{share:g}%", colour)


def _bar(
    frame: Frame, words: Sequence[str], share: float | None, label: str, colour: str
) -> tuple[float, float]:
    """A bar of a share in percent (None: no bar), its words at the left; gives the bar's middle."""
    answer, source = words
    bottom = frame.label(frame.y, answer, 13, bold=False)
    bottom = frame.label(bottom, source, 12, GREY, bold=False)
    middle = (frame.y + bottom) / 2
    if share is not None:
        frame.tile(0, share, middle - 10, middle + 10, colour)
        frame.text(share + frame.points(5), middle + 5, label, 13)
    frame.y = bottom + 8
    return (share or 0) / 2, middle


def _share(answers: Answers, ratings: Sequence[int]) -> float | None:
    """The percentage of a class that gave one of these ratings; None where nothing may be shown."""
    if not answers.n:
        return None
    return 100 * sum(answers.counts[rating - 1] for rating in ratings) / answers.n


def _pair(figure: Published, answers: Answers, minimum: int) -> str:
    survey = figure.survey
    share = _share(answers, figure.ratings)
    ours = f"a class of whom fewer than {minimum} have judged"
    if share is not None:
        ours = f"{share:.0f}% of the class"
    theirs = f"{survey.percent}% of {survey.respondents} ({survey.country} {survey.year})"
    return f"“{figure.vignette.title}”, {theirs} beside {ours}"


def _survey_cells(survey: Survey) -> dict[str, object]:
    """Of a published share: how large the survey is, where and when it was, and how it was read."""
    return {
        "share": f"{survey.percent}%",
        "N": _number(survey),
        "country": survey.country,
        "year": survey.year,
        "source": survey.citation,
        "read": MARKS[survey.confidence],
    }


def _number(survey: Survey) -> str:
    return f"N = {int(survey.n):,}" if survey.n else "N not read"


def _who(survey: Survey) -> str:
    author = survey.citation.split()[0].strip(",")
    who = f"{survey.respondents}, {survey.country}, {survey.year}"
    return f"{who}; {_number(survey)}; {author} {survey.year}"


def belief_and_behaviour(content: Content) -> Chart:
    """What the same people believed and did (contrasts in `data/beside.toml`), as pairs of bars."""
    surveys = {survey.item: survey for survey in content.surveys if survey.confidence in MARKS}
    frame = Frame(
        NO_CLASS,
        "What they believed, and what they did",
        "One survey asked the same people both.",
        (0, 100),
        left=330,
        right=40,
    )
    rows, sentences = [], []
    for pair in read_toml(content.folder / "beside.toml")["contrasts"]:
        belief, behaviour = surveys[pair["belief"]], surveys[pair["behaviour"]]
        believed, did = f"believed that it is {belief.category}", pair["did"]
        _draw_heading(frame, pair["about"])
        for survey, words, colour in ((belief, believed, CODE), (behaviour, did, CLASS)):
            _draw_survey(frame, survey, words, colour)
            row = {"about": pair["about"], "what": words, "who": survey.respondents}
            rows.append(row | _survey_cells(survey))
        sentences.append(
            f"{pair['about']}: {belief.percent}% {believed}, {behaviour.percent}% {did}"
        )
        frame.y += 10
    return chart_of(
        frame,
        ("belief-and-behaviour",),
        f"{'; '.join(sentences)}.",
        "pairs of bars, the belief above and the behaviour below.",
        rows,
    )


def quoted(content: Content) -> DataFrame:
    """The figures that stand beside a case in words only: who was asked, and why none is drawn."""
    rows = []
    for figure in published(content):
        if figure.ratings:
            continue
        survey = figure.survey
        row = {"case": figure.vignette.title, "percent": survey.percent, "about": survey.text}
        row |= {"answer": survey.category, "who": _who(survey), "source": survey.citation}
        row |= {"read": MARKS[survey.confidence], "differs": figure.differs}
        rows.append(row | {"not drawn because": figure.why})
    return DataFrame(rows)
