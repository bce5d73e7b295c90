"""Whether those who were surer of a claim agreed more often with this course's verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from boundaries.charts.figure import BLIND, Chart, chart_of
from boundaries.charts.frame import Frame
from boundaries.charts.palette import CLASS, FAINT, GREY
from boundaries.content import Claim, Content
from boundaries.counts.phrases import items_of, percent
from boundaries.counts.release import Released
from boundaries.errors import ContentError

WHOSE = "The verdict is this course’s own."
DRAWN = (
    "The program that invented this class made the surer ones know more; a real class may differ."
)


class Sure(NamedTuple):
    """Of those this sure: the share of each claim that agrees with the verdict."""

    label: str
    shares: Sequence[float]

    @property
    def mean(self) -> float:
        """The plain mean over claims; only where there are any."""
        return sum(self.shares) / len(self.shares)


def calibration(
    released: Released, content: Content, what: str = "claims", *, ax: Axes | None = None
) -> Chart:
    """By confidence, the share that agrees with the course's verdict: mean, and each claim.

    Only claims whose ratings `release` has split by confidence count; a chart without any says so
    in words. Only the first judgments count. Raises ContentError where `what` is no claim.
    """
    items = items_of(content, what)[1]
    claims = {item.id: item for item in items if isinstance(item, Claim)}
    if not claims:
        raise ContentError(
            f"'{what}' has no verdict to be sure of. "
            "Draw the calibration of 'claims' or of one claim."
        )
    agreement = _agreement(released, claims)
    split = {id for id, _ in agreement}
    rows = []
    for point in content.confidence:
        shares = []
        for (_, sure), agree in sorted(agreement.items()):
            if sure == point.value:
                shares.append(agree[True] / agree.total())
        rows.append(Sure(point.label, shares))
    # One of three verdicts at random: the line that surer people should be above.
    blind = 1 / len(content.claim_ratings)
    frame = Frame(
        released,
        "Are the surer ones more often with the verdict?",
        f"Mean share that agrees with the verdict, by confidence. {WHOSE}",
        (0, 1),
        left=150,
        right=140,
        ax=ax,
    )
    _draw(frame, rows, blind)
    if split:
        frame.footer(
            "Full dots: the mean; small ones: a claim each. "
            "The upright line: what answering at random would give."
        )
    sentence = _sentence(rows, len(split), len(claims), released.minimum)
    if split and released.invented:
        sentence = f"{sentence} {DRAWN}"
    return chart_of(
        frame,
        ("calibration", what),
        sentence,
        "a row for each confidence with a dot for the mean share that agrees with the verdict.",
        [_table_row(row, blind) for row in rows],
    )


def _agreement(
    released: Released, claims: Mapping[str, Claim]
) -> dict[tuple[str, int], Counter[bool]]:
    """By claim and confidence, how many agreed with the verdict and how many did not."""
    agreement: dict[tuple[str, int], Counter[bool]] = defaultdict(Counter)
    columns = released.ratings[["item", "wording", "phase", "confidence", "rating", "n"]]
    for id, wording, phase, sure, rating, n in columns.itertuples(index=False, name=None):
        claim = claims.get(id)
        # Confidence 0 is none given, -1 not split; rating 0 is a skip.
        if claim and wording == claim.wording and phase == "first" and sure > 0 and rating:
            agreement[id, sure][rating == claim.verdict] += n
    return agreement


def _draw(frame: Frame, rows: Sequence[Sure], blind: float) -> None:
    top = frame.y
    for row in rows:
        y = frame.y
        bottom = frame.label(y + 6, row.label)
        if row.shares:
            middle = y + 15
            frame.rule([(0, middle), (1, middle)], FAINT)
            for share in row.shares:
                frame.dot(share, middle, 3.5, "white", GREY)
            frame.dot(row.mean, middle, 7, CLASS, CLASS)
            frame.note(y + 7, f"{percent(row.mean)} of {_claims(len(row.shares))}")
        else:
            frame.text(0, y + 20, "not shown", 13, GREY)
        frame.y = max(bottom, y + 30) + 8
    if any(row.shares for row in rows):
        frame.rule([(blind, top), (blind, frame.y)], GREY)


def _sentence(rows: Sequence[Sure], split: int, asked: int, minimum: int) -> str:
    if not split:
        return (
            f"None of these {_claims(asked)} can be split by confidence: it would show groups of "
            f"fewer than {minimum}, or give them away. A larger class may allow it. {WHOSE}"
        )
    shown = [f"{row.label} {percent(row.mean)}" for row in rows if row.shares]
    agree = f"{', '.join(shown).lower()} agree"
    return f"{_claims(split)} of {asked} could be split by confidence: {agree}. {WHOSE} {BLIND}"


def _table_row(row: Sure, blind: float) -> dict[str, object]:
    mean = percent(row.mean) if row.shares else None
    cells: dict[str, object] = {"how sure": row.label, "claims": len(row.shares)}
    return cells | {"agrees with the verdict": mean, "blind": percent(blind)}


def _claims(n: int) -> str:
    return "1 claim" if n == 1 else f"{n} claims"
