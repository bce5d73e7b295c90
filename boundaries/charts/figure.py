"""What a chart is: a picture, its sentence, its alt text and its table, as HTML and as plain text."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pandas import DataFrame

from boundaries.charts.canvas import MARGIN as BELOW
from boundaries.charts.canvas import WIDTH, Canvas
from boundaries.counts.release import Released
from boundaries.errors import BoundariesError

Place = tuple[str, str, int, str]
"""item, level, rating, phase"""


@dataclass(frozen=True)
class Chart:
    """A picture with its table and its sentence; a notebook shows the HTML, and strict nbval compares the text.

    `table` holds the numbers of the picture, rounded for reading. `anchors` says where each rating of each case
    is drawn, as fractions of the picture's width and height from its top left; see `place`.
    """

    id: str
    title: str
    sentence: str
    alt: str
    table: DataFrame
    png: bytes = field(repr=False)
    invented: bool
    anchors: Mapping[Place, tuple[float, float]] = field(repr=False, default_factory=dict)

    def __repr__(self) -> str:
        """Title, sentence, and the table as aligned text."""
        head = [str(column) for column in self.table.columns]
        rows = [[_cell(x) for x in row] for row in self.table.itertuples(index=False, name=None)]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        ruled = [
            "  ".join(x.ljust(w) for x, w in zip(row, widths, strict=True)).rstrip()
            for row in (head, *rows)
        ]
        return "\n".join([self.title, self.sentence, *([] if self.table.empty else ["", *ruled])])

    def _repr_html_(self) -> str:
        e = html.escape
        picture = base64.b64encode(self.png).decode()
        return (
            f'<figure data-chart="{e(self.id)}" role="group" aria-label="{e(self.title)}" '
            'style="margin:1em 0;max-width:62em">'
            f'{_box("Picture", self.title)}<img src="data:image/png;base64,{picture}" alt="{e(self.alt)}" '
            'style="display:block;max-width:100%;min-width:44em;height:auto;border-radius:4px"></div>'
            f'<figcaption style="margin:.5em 0;line-height:1.5">{e(self.sentence)}</figcaption>'
            f"{self._table()}</figure>"
        )

    def _table(self) -> str:
        if self.table.empty:
            return ""
        e, cell = html.escape, "padding:.25em .8em .25em 0;text-align:left;vertical-align:top"
        head = "".join(
            f'<th scope="col" style="{cell}">{e(str(c))}</th>' for c in self.table.columns
        )
        body = ""
        for first, *rest in self.table.itertuples(index=False, name=None):
            numbers = "".join(f'<td style="{cell}">{e(_cell(x))}</td>' for x in rest)
            body += f'<tr><th scope="row" style="{cell};font-weight:600">{e(_cell(first))}</th>{numbers}</tr>'
        return (
            f"<details><summary {_KEYS}>The numbers</summary>{_box('Table', self.title)}"
            f'<table style="border-collapse:collapse"><caption style="text-align:left">{e(self.title)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # No image/png: JupyterLab ignores its alt text, and it would double the notebook.
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def place(
        self, item: str, level: str, rating: int | None, phase: str
    ) -> tuple[float, float] | None:
        """Where this rating is drawn, as fractions of the picture from its top left; None where it is not."""
        return None if rating is None else self.anchors.get((item, level, rating, phase))

    def save(self, path: str | Path) -> Path:
        """Writes the picture (.png) or the whole figure as a page (.html), and gives the path.

        Raises BoundariesError for another ending.
        """
        path = Path(path)
        if path.suffix not in (".png", ".html"):
            raise BoundariesError(
                f"{path.name}: a chart is saved as .png (the picture) or .html (picture, sentence and numbers). "
                "Choose one of these endings."
            )
        if path.suffix == ".png":
            path.write_bytes(self.png)
        else:
            path.write_text(
                _PAGE.format(title=html.escape(self.title), figure=self._repr_html_()),
                encoding="utf-8",
            )
        return path


_KEYS = 'data-lm-suppress-shortcuts="true"'
"""Leaves an element its own keys: Jupyter's shortcuts would take the arrows and Enter away, see web/form.js."""


def _box(what: str, title: str) -> str:
    """The start tag of a box that scrolls sideways where a screen is narrow, by touch and by keyboard."""
    # The ring of the focus has room around the picture, and a colour that is seen on white and on black.
    style = "overflow-x:auto;border:4px solid transparent;outline-offset:-2px;outline-color:#3b82c4"
    name = f"{what}: {html.escape(title)}"
    return f'<div role="group" tabindex="0" aria-label="{name}" {_KEYS} style="{style}">'


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{max-width:62em;margin:1em auto;padding:0 1em;font:1.05em/1.6 sans-serif}}
@media print{{figure div{{overflow:visible!important}}img{{min-width:0!important}}}}</style>
</head><body>{figure}</body></html>
"""


def begin(released: Released, title: str, how: str) -> Canvas:
    """A sheet with its header: the title, whose answers these are, and how to read the picture."""
    whose = released.title or released.session
    whose += " · invented answers" if released.invented else ""
    canvas = Canvas()
    canvas.header(title, f"{whose}. {how}" if whose else how)
    return canvas


def finish(
    canvas: Canvas,
    released: Released,
    name: tuple[str, ...],
    title: str,
    sentence: str,
    drawn: str,
    rows: list[dict[str, object]],
    anchors: Mapping[Place, tuple[float, float]] | None = None,
) -> Chart:
    """The chart drawn on `canvas`: `name` becomes its id, `drawn` says in the alt text what the picture shows."""
    height = canvas.y + BELOW
    invented = "Invented answers. " if released.invented else ""
    return Chart(
        id="-".join(
            re.sub(r"[^\w]+|_", "-", part).strip("-").lower()
            for part in (*name, released.session)
            if part
        ),
        title=title,
        sentence=invented + sentence,
        alt=f"{invented}{title}: {drawn} The numbers are in the table below the picture.",
        table=DataFrame(rows, dtype=object),  # whole numbers stay whole beside empty cells
        png=canvas.png(),
        invented=released.invented,
        anchors={key: (x / WIDTH, y / height) for key, (x, y) in (anchors or {}).items()},
    )


def _cell(value: object) -> str:
    return "–" if value is None or value != value else str(value)
