"""Released tallies as pictures: a class's intuition beside the codes of ethics.

Each function takes a released tally, the content, and `what` to draw: the id of a type or of one
case, "all" or "claims". It gives a `Chart`, and raises ContentError for anything else. `CHARTS`
names them all.
"""

from __future__ import annotations

from collections.abc import Callable

# First of all, for it loads matplotlib without a word on stderr.
import boundaries.charts.fonts

# isort: split

from boundaries.charts.calibration import calibration
from boundaries.charts.dials import dial_curve
from boundaries.charts.figure import Chart
from boundaries.charts.gaps import gap_map
from boundaries.charts.histograms import answers
from boundaries.charts.intuition import intuition_vs_code
from boundaries.charts.moves import moves
from boundaries.charts.pairs import compared
from boundaries.charts.practitioners import surveyed
from boundaries.charts.spread import spread
from boundaries.charts.workshops import norms
from boundaries.content import Content
from boundaries.counts.release import Released

# Every chart by its name.
CHARTS: dict[str, Callable[[Released, Content, str], Chart]] = {
    "intuition_vs_code": intuition_vs_code,
    "answers": answers,
    "gap_map": gap_map,
    "dial_curve": dial_curve,
    "moves": moves,
    "spread": spread,
    "pair": compared,
    "claims": intuition_vs_code,
    "calibration": calibration,
    "practitioners": surveyed,
    "norms": norms,
}
