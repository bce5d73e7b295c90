"""Draws the README's picture: `python docs/intuition_vs_code.py`, after a change to its cases or to the chart."""

from dataclasses import replace
from pathlib import Path

import boundaries
from boundaries import charts

CASES = ("lessons-on-tuesdays", "the-only-shop", "the-second-oven")
"""One where codes part, one that nearly all allow, one that nearly none do: 600 pixels on a page."""


def main() -> None:
    """Three cases about business with a client, as the invented class judged them alone."""
    content = boundaries.load()
    invented = boundaries.classroom(content=content)
    three = replace(content, all_vignettes={id: content.vignettes[id] for id in CASES})
    chart = charts.intuition_vs_code(invented, three, "business", phase="first")
    chart.save(Path(__file__).with_name("intuition-vs-code.png"))


if __name__ == "__main__":
    main()
