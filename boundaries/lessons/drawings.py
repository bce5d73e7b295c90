"""Pictures and tables of the notebooks, drawn when the course was built for a browser.

A browser's Python has neither pandas nor matplotlib unless somebody fetches them. So whatever the
notebooks draw of the codes and of the invented class is drawn at build time, by the same calls, and
kept as files in the wheel (`deploy/lite/recording.py`); own ratings are rings over them, as over
any picture.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from boundaries.content.loading import course_root

# Beside the course's `data/`, where it was built for a browser.
FOLDER = "drawn"

NOT_DRAWN = (
    "This picture is not in the browser's copy of the course, which holds what the notebooks draw "
    "as they stand. Another one needs pandas: run the course with JupyterLab."
)
_NOTHING = {"id": "", "title": "", "html": f"<p>{NOT_DRAWN}</p>", "text": NOT_DRAWN, "places": []}


class Drawing:
    """What was drawn: its HTML, its text, and the places of ratings on it, as a `Chart` has them."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.id, self.title = str(kept["id"]), str(kept["title"])
        self._html, self._text = kept["html"], kept["text"]
        self._places = {tuple(place): tuple(point) for place, point in kept["places"]}

    def __repr__(self) -> str:
        """Its text, numbers included."""
        return str(self._text)

    def _repr_html_(self) -> str:
        return str(self._html)

    def place(
        self, item: str, level: str, rating: int | None, phase: str
    ) -> tuple[float, float] | None:
        """Where the mark of an own rating belongs; see `Chart.place`."""
        return self._places.get((item, level, rating, phase))


class Drawn:
    """Makes what notebooks ask for or, where nothing can be drawn, shows what was made of it.

    `keep` gets each key with what was made, while a course is built for the browser.
    """

    keep: Callable[[str, Any], None] | None = None

    def __call__(self, key: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `make` makes
        """What `make` makes, or what was made under this key; a sentence where nothing was."""
        if not can_draw():
            return self.kept(key) or Drawing(_NOTHING)
        made = make()
        if self.keep:
            self.keep(key, made)
        return made

    def kept(self, key: str) -> Drawing | None:
        """What was drawn under this key when the course was built; None where nothing was."""
        path = course_root() / FOLDER / file_name(key)
        if not path.is_file():
            return None
        return Drawing(json.loads(path.read_text(encoding="utf-8")))


drawn = Drawn()


def file_name(key: str) -> str:
    """Where in its folder a drawing is kept."""
    # The hash keeps apart what the readable part does not.
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^a-z0-9]+', '-', key.lower()).strip('-')}-{digest}.json"


def can_draw() -> bool:
    """Whether there is something to draw with."""
    return find_spec("pandas") is not None and find_spec("matplotlib") is not None
