"""Pictures for a browser that cannot draw: kept as the notebooks make them, and checked to fit the course."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from boundaries.content.loading import course_root
from boundaries.errors import ContentError
from boundaries.lessons.drawings import FOLDER, file_name


def keeping_in(folder: Path) -> Callable[[str, Any], None]:
    """What keeps each picture and table that is made, as a file that `Drawing` shows."""

    def keep(key: str, made: Any) -> None:  # noqa: ANN401 - a chart, a table or a text
        kept = {
            "id": getattr(made, "id", ""),
            "title": getattr(made, "title", ""),
            "html": made._repr_html_(),
            "text": repr(made),
            "places": list(getattr(made, "places", {}).items()),
            "fits": fingerprint(course_root() / "data"),
        }
        text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
        (folder / file_name(key)).write_text(text, encoding="utf-8")

    return keep


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
