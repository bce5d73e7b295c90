"""Draws the README's picture: `python docs/intuition_vs_code.py`, after a change to its cases or to the chart."""

from dataclasses import replace
from pathlib import Path

import boundaries
from boundaries import charts

CASES = ("an-hour-at-the-piano", "the-only-shop")
"""One where codes part, and one that nearly all allow."""

DPI = 80
"""800 pixels wide, so that a page shows it as it is, and less than 600 high."""


def main() -> None:
    """Two cases about business with a client, as the invented class judged them alone."""
    content = boundaries.load()
    invented = boundaries.classroom(content=content)
    two = replace(content, all_vignettes={id: content.vignettes[id] for id in CASES})
    chart = charts.intuition_vs_code(invented, two, "business", phase="first")
    chart.figure.set_dpi(DPI)
    chart.save(Path(__file__).with_name("intuition-vs-code.png"))


if __name__ == "__main__":
    main()
