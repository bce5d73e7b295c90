"""Whether those who were surer of a claim agreed more often with this course's verdict."""

from __future__ import annotations

from collections import Counter, defaultdict

from boundaries.charts.canvas import (
    FAINT,
    GREY,
    INK,
    LEFT,
    MARGIN,
    RATINGS,
    X0,
    X1,
    begin,
    finish,
    wrap,
)
from boundaries.charts.figure import Chart
from boundaries.content import Content
from boundaries.counts.comparison import items_of, percent
from boundaries.counts.release import Released
from boundaries.errors import ContentError

WHOSE = "The verdict is this course’s own."


def calibration(released: Released, content: Content, what: str = "claims") -> Chart:
    """By confidence, the share that agrees with the course's verdict: the plain mean over claims, and each claim.

    Only claims whose ratings `release` has split by confidence count; a chart without any says so in words. Only
    the first judgments count.
    """
    claims = {
        id: content.claims[id]
        for id in (item.id for item in items_of(content, what)[1])
        if id in content.claims
    }
    if not claims:
        raise ContentError(
            f"'{what}' has no verdict to be sure of. Draw the calibration of 'claims' or of one claim."
        )
    given: dict[tuple[str, int], Counter[bool]] = defaultdict(Counter)
    columns = released.ratings[["item", "wording", "phase", "confidence", "rating", "n"]]
    for id, wording, phase, sure, rating, n in columns.itertuples(index=False, name=None):
        if (
            id in claims
            and wording == claims[id].wording
            and phase == "first"
            and sure > 0
            and rating
        ):
            given[id, sure][rating == claims[id].verdict] += n
    title = "Are the surer ones more often with the verdict?"
    canvas = begin(
        released, title, f"Mean share that agrees with the verdict, by confidence. {WHOSE}"
    )
    blind, rows, top = 1 / len(content.claim_ratings), list[dict[str, object]](), canvas.y
    for point in content.confidence:
        shares = [
            c[True] / c.total() for (_, sure), c in sorted(given.items()) if sure == point.value
        ]
        y = canvas.y
        bottom = canvas.lines(MARGIN, y + 6, wrap(point.label, LEFT, 14, bold=True), 14, bold=True)
        mean = sum(shares) / len(shares) if shares else None
        if mean is not None:
            canvas.line([(X0, y + 15), (X1, y + 15)], FAINT)
            for share in shares:
                canvas.dot(X0 + (X1 - X0) * share, y + 15, 3.5, "white", GREY)
            canvas.dot(X0 + (X1 - X0) * mean, y + 15, 7, RATINGS[0], INK)
            canvas.text(X1 + 12, y + 20, f"{percent(mean)} of {_claims(len(shares))}", 13)
        else:
            canvas.text(X0, y + 20, "not shown", 13, GREY)
        canvas.y = max(bottom, y + 30) + 8
        rows.append({"how sure": point.label, "claims": len(shares)})
        rows[-1] |= {
            "agrees with the verdict": None if mean is None else percent(mean),
            "blind": percent(blind),
        }
    kept = len({id for id, _ in given})
    if kept:
        canvas.guide(X0 + (X1 - X0) * blind, top, canvas.y)
        canvas.footer(
            "Full dots: the mean; small ones: a claim each. The upright line is blind answering."
        )
    shown = [f"{row['how sure']} {row['agrees with the verdict']}" for row in rows if row["claims"]]
    said = f"{_claims(kept)} of {len(claims)} could be split by confidence: {', '.join(shown).lower()} agree. {WHOSE}"
    if not kept:
        said = (
            f"None of these {_claims(len(claims))} can be split by confidence: it would show groups of fewer than "
            f"{released.minimum}, or give them away. A larger class may allow it. {WHOSE}"
        )
    return finish(
        canvas,
        released,
        ("calibration", what),
        title,
        said,
        "a row for each confidence with a dot for the mean share that agrees with the verdict.",
        rows,
    )


def _claims(n: int) -> str:
    return f"{n} claim{'' if n == 1 else 's'}"
