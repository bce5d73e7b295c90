"""What a chart is: a picture, its sentence, its alt text and its table, as HTML and as text."""

from __future__ import annotations

import base64
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
from boundaries.charts.frame import Frame, Place
from boundaries.errors import BoundariesError
from boundaries.web import fill

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
        lines = list(dict.fromkeys([self.title, self.subject, self.sentence]))
        rows = self.cells()
        if not rows:
            return "\n".join(lines)
        rows.insert(0, [str(column) for column in self.table.columns])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines.append("")
        for cells in rows:
            padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines)

    def cells(self) -> list[list[str]]:
        """The table's rows as they are printed."""
        rows = []
        for values in self.table.itertuples(index=False, name=None):
            rows.append([printed(value) for value in values])
        return rows

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

    @property
    def picture(self) -> str:
        """The picture as the address of an image, whole in itself."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()

    def _repr_html_(self) -> str:
        return fill("chart.html", chart=self, picture=self.picture, rows=self.cells())

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
            page = fill("chart_page.html", chart=self, figure=self._repr_html_())
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


def chart_of(
    frame: Frame,
    name: Sequence[str],
    sentence: str,
    drawn: str,
    rows: Sequence[Mapping[str, object]],
) -> Chart:
    """The chart drawn in `frame`.

    `name` becomes its id, `drawn` says in the alt text what the picture shows, `rows` become the
    table.
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
        places=frame.fractions(),
    )


def printed(value: object) -> str:
    """A cell of a table: thousands apart, a dash for none."""
    if value is None or value != value:  # pandas turns None among numbers into NaN
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)
