"""What a chart is: a picture, its sentence, its alt text and its table, as HTML and as text."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pandas import DataFrame
from PIL import Image

from boundaries.charts.fonts import DRAWING
from boundaries.charts.frame import Frame
from boundaries.errors import BoundariesError

# item, level, rating, phase
Place = tuple[str, str, int, str]

# Stands in the caption of every chart whose numbers name it.
BLIND = "“Blind” is what answering at random would give."


@dataclass(frozen=True)
class Chart:
    """A picture with its table and its sentence; a notebook shows HTML, and nbval compares text.

    `title` is what the picture finds, `subject` what it is of, whatever it finds. `figure` is a live
    matplotlib figure: change its title or its axes, and what is shown and saved changes with it.
    `table` holds the numbers of the picture, rounded for reading. `places` says where each rating
    of each case is drawn, as fractions of the picture from its top left; see `place`.
    """

    id: str
    title: str
    subject: str
    sentence: str
    alt: str
    table: DataFrame
    figure: Figure = field(repr=False)
    invented: bool
    places: Mapping[Place, tuple[float, float]] = field(repr=False, default_factory=dict)

    def __repr__(self) -> str:
        """Title, subject, sentence, and the table as aligned text."""
        lines = list(dict.fromkeys([self.title, self.subject, self.sentence]))
        if self.table.empty:
            return "\n".join(lines)
        rows = [[str(column) for column in self.table.columns]]
        for values in self.table.itertuples(index=False, name=None):
            rows.append([_cell(value) for value in values])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines.append("")
        for cells in rows:
            padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines)

    @property
    def png(self) -> bytes:
        """The picture as a PNG file, drawn from `figure` as it is now."""
        with DRAWING:
            # On a lecturer's own axes the figure keeps the canvas through which they see it.
            before = self.figure.canvas
            canvas = FigureCanvasAgg(self.figure)
            try:
                canvas.draw()  # type: ignore[no-untyped-call]
                pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
                image = Image.fromarray(pixels).convert("RGB")
            finally:
                self.figure.set_canvas(before)
        # Notebooks are committed with their pictures: 128 colours make a file a third as large.
        flat = image.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        file = io.BytesIO()
        flat.save(file, "png", compress_level=6)
        return file.getvalue()

    def _repr_html_(self) -> str:
        e = html.escape
        picture = base64.b64encode(self.png).decode()
        return (
            f'<figure data-chart="{e(self.id)}" role="group" aria-label="{e(self.subject)}" '
            f'style="margin:1em 0;max-width:62em;container-type:inline-size">{_SCROLLS}'
            f'{_box("Picture", self.subject)}<img src="data:image/png;base64,{picture}" '
            f'alt="{e(self.alt)}" '
            'style="display:block;max-width:100%;min-width:44em;height:auto;border-radius:4px">'
            "</div>"
            f'<figcaption style="margin:.5em 0;line-height:1.5">{e(self.sentence)}</figcaption>'
            f"{self._table()}</figure>"
        )

    def _table(self) -> str:
        if self.table.empty:
            return ""
        e, style = html.escape, "padding:.25em .8em .25em 0;text-align:left;vertical-align:top"
        head = body = ""
        for column in self.table.columns:
            head += f'<th scope="col" style="{style}">{e(str(column))}</th>'
        for first, *rest in self.table.itertuples(index=False, name=None):
            body += f'<tr><th scope="row" style="{style};font-weight:600">{e(_cell(first))}</th>'
            for value in rest:
                body += f'<td style="{style}">{e(_cell(value))}</td>'
            body += "</tr>"
        return (
            f"<details><summary {_KEYS}>The numbers</summary>{_box('Table', self.subject)}"
            '<table style="border-collapse:collapse">'
            f'<caption style="text-align:left">{e(self.title)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # No image/png: JupyterLab ignores its alt text, and it would double the notebook.
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def place(
        self, item: str, level: str, rating: int | None, phase: str
    ) -> tuple[float, float] | None:
        """Where the mark of an own rating belongs, as fractions of the picture; None: nowhere."""
        if rating is None:
            return None
        return self.places.get((item, level, rating, phase))

    def save(self, path: str | Path) -> Path:
        """Writes the picture (.png, .svg, .pdf) or all as a page (.html), and gives the path.

        Raises BoundariesError for another ending.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".png":
            path.write_bytes(self.png)
        elif kind == ".html":
            page = _PAGE.format(title=html.escape(self.title), figure=self._repr_html_())
            path.write_text(page, encoding="utf-8")
        elif kind in _UNDATED:
            with DRAWING:
                self.figure.savefig(path, format=kind[1:], metadata=_UNDATED[kind])
        else:
            raise BoundariesError(
                f"{path.name}: a chart is saved as .png, .svg or .pdf (the picture) or .html "
                "(picture, sentence and numbers). Choose one of these endings."
            )
        return path


# Pictures for print, without the time at which they were made.
_UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}

# Shown only where the picture is cut off; hidden too where a notebook is not trusted.
_SCROLLS = (
    "<style>@container (max-width:43.9em){.boundaries-scrolls[hidden]{display:block}}"
    "@media print{.boundaries-scrolls[hidden]{display:none}}</style>"
    '<p hidden class="boundaries-scrolls" style="margin:.25em 0">'
    "This picture is wider than its place: it scrolls sideways. "
    "The sentence below it says the main thing.</p>"
)

# Leaves an element its own keys: Jupyter's shortcuts would take arrows and Enter away.
_KEYS = 'data-lm-suppress-shortcuts="true"'


def _box(kind: str, subject: str) -> str:
    """The start tag of a box that scrolls sideways on a narrow screen, by touch and keyboard."""
    # The focus has room around the picture, and a colour that is seen on white and on black.
    style = "overflow-x:auto;border:4px solid transparent;outline-offset:-2px;outline-color:#3b82c4"
    name = f"{kind}: {html.escape(subject)}"
    return f'<div role="group" tabindex="0" aria-label="{name}" {_KEYS} style="{style}">'


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{max-width:62em;margin:1em auto;padding:0 1em;font:1.05em/1.6 sans-serif}}
@media print{{figure div{{overflow:visible!important}}img{{min-width:0!important}}}}</style>
</head><body>{figure}</body></html>
"""


def complete(
    frame: Frame,
    name: Sequence[str],
    sentence: str,
    drawn: str,
    rows: Sequence[Mapping[str, object]],
    places: Mapping[Place, tuple[float, float]] | None = None,
) -> Chart:
    """The chart drawn in `frame`.

    `name` becomes its id, `drawn` says in the alt text what the picture shows, `rows` become the
    table, `places` are points of the frame's axes.
    """
    figure, released = frame.finish(), frame.released
    parts = [re.sub(r"[^\w]+|_", "-", part) for part in (*name, released.session) if part]
    invented = "Invented answers. " if released.invented else ""
    title = frame.title
    if frame.subject != title:
        title = f"{frame.subject}. {title}"
    return Chart(
        id="-".join(part.strip("-").lower() for part in parts),
        title=frame.title,
        subject=frame.subject,
        sentence=invented + sentence,
        alt=f"{invented}{title}: {drawn} The numbers are in the table below the picture.",
        table=DataFrame(rows, dtype=object),  # whole numbers stay whole beside empty cells
        figure=figure,
        invented=released.invented,
        places=frame.fractions(places or {}),
    )


def _cell(value: object) -> str:
    nothing = value is None or value != value  # pandas turns None among numbers into NaN
    return "–" if nothing else str(value)
