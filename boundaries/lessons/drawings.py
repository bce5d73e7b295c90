"""Pictures and tables of the notebooks, drawn when the course was built for a browser.

A browser's Python has neither pandas nor matplotlib unless somebody fetches them. So whatever the
notebooks draw of the codes and of the invented class is drawn at build time, by the same calls, and
kept as files in the wheel; own ratings are rings over them, as over any picture.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from boundaries.content.loading import course_root
from boundaries.errors import ContentError

# Beside the course's `data/`, where it was built for a browser.
FOLDER = "drawn"

NOT_DRAWN = (
    "This picture is not in the browser's copy of the course, which holds what the notebooks draw "
    "as they stand. Another one needs pandas: run the course with JupyterLab."
)


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

    `recorded` is where a build for the browser keeps what is drawn; usually None.
    """

    def __init__(self) -> None:
        self.recorded: Path | None = None

    def __call__(self, key: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `make` makes
        """What `make` makes, or what was made under this key; a sentence where nothing was."""
        if not can_draw():
            return self.kept(key) or Drawing(
                _kept("", NOT_DRAWN, f"<p>{html.escape(NOT_DRAWN)}</p>")
            )
        made = make()
        if self.recorded:
            self._record(key, made, self.recorded)
        return made

    def kept(self, key: str) -> Drawing | None:
        """What was drawn under this key when the course was built; None where nothing was."""
        path = course_root() / FOLDER / _file_name(key)
        if not path.is_file():
            return None
        return Drawing(json.loads(path.read_text(encoding="utf-8")))

    def _record(self, key: str, made: Any, folder: Path) -> None:  # noqa: ANN401 - as above
        kept = _kept(getattr(made, "id", ""), repr(made), made._repr_html_())
        kept["title"] = getattr(made, "title", "")
        kept["places"] = [[place, point] for place, point in getattr(made, "places", {}).items()]
        kept["fits"] = fingerprint(course_root() / "data")
        text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
        (folder / _file_name(key)).write_text(text, encoding="utf-8")


drawn = Drawn()


def _kept(id: str, text: str, html: str) -> dict[str, Any]:
    return {"id": id, "title": "", "html": html, "text": text, "places": []}


def _file_name(key: str) -> str:
    # The hash keeps apart what the readable part does not.
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^a-z0-9]+', '-', key.lower()).strip('-')}-{digest}.json"


def can_draw() -> bool:
    """Whether there is something to draw with."""
    return find_spec("pandas") is not None and find_spec("matplotlib") is not None


@cache
def fingerprint(data: Path) -> str:
    """A hash of a course's content: pictures that were drawn of other content do not fit it."""
    whole = hashlib.sha256()
    for path in sorted(data.rglob("*")):
        if path.suffix in {".csv", ".toml"}:
            whole.update(path.relative_to(data).as_posix().encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def check_drawings(course: Path) -> int:
    """How many drawings the folder of a course holds. Raises ContentError for one of other content."""
    content = fingerprint(course / "data")
    number = 0
    for path in sorted((course / FOLDER).glob("*.json")):
        number += 1
        if json.loads(path.read_text(encoding="utf-8"))["fits"] != content:
            raise ContentError(
                f"{path.name}: this picture was drawn of other content than the course holds. "
                "Draw all of them again: run `make lite`."
            )
    if not number:
        raise ContentError(f"{course / FOLDER}: no picture was drawn. Run `make lite`.")
    return number
