"""The students' copy of the notebooks: without outputs, without teaching notes, never over a student's own work."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from boundaries.errors import ContentError

RECORD = ".made-by-boundaries.json"
"""In the students' folder: the hash of each file as we wrote it, to know which ones a student changed since."""

_PARTS = (
    "boundaries",
    "data",
    "Makefile",
    ".jupyterlab-settings.json",
    "pyproject.toml",
    "environment.yml",
    "README.md",
    "LICENSE",
    "LICENSE-content.md",
)
_LEFT_OUT = {"__pycache__"}


def students_copy(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook without outputs, counts and cells tagged `teacher`.

    >>> cell = {"cell_type": "code", "metadata": {"tags": ["teacher"]}, "outputs": [], "source": "1"}
    >>> students_copy({"cells": [cell]})
    {'cells': []}
    """
    cells = []
    for cell in notebook["cells"]:
        if "teacher" in cell.get("metadata", {}).get("tags", []):
            continue
        fresh: dict[str, Any] = (
            {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
        )
        cells.append(cell | fresh)
    return notebook | {"cells": cells}


def lay_out(notebooks: Path, course: Path) -> list[str]:
    """Writes the students' copies of `notebooks` into `course`; returns a sentence for each file that was kept.

    A file that the student changed (or that we did not write) is never overwritten. Raises ContentError where
    there are no notebooks.
    """
    sources = _sources(notebooks)
    course.mkdir(parents=True, exist_ok=True)
    record_file = course / RECORD
    record = _read_record(record_file)
    kept = []
    for source in sources:
        copy = _dump(students_copy(json.loads(source.read_text(encoding="utf-8"))))
        target = course / source.name
        if target.exists() and _hash(target.read_bytes()) not in (
            record.get(source.name),
            _hash(copy),
        ):
            kept.append(
                f"{target}: kept as you left it. Rename it to get this course's present version."
            )
            continue
        target.write_bytes(copy)
        record[source.name] = _hash(copy)
    record_file.write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
    return kept


def pack(root: Path, target: Path) -> Path:
    """The zip that a lecturer hands out: the students' notebooks and what they need to run (`make lab`).

    Raises ContentError where there are no notebooks.
    """
    sources = _sources(root / "notebooks")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sources:
            copy = students_copy(json.loads(source.read_text(encoding="utf-8")))
            _add(archive, f"boundaries-course/notebooks/{source.name}", _dump(copy))
        for part in _PARTS:
            path = root / part
            files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
            for file in files:
                if not _LEFT_OUT & set(file.parts):
                    _add(
                        archive,
                        f"boundaries-course/{file.relative_to(root).as_posix()}",
                        file.read_bytes(),
                    )
    return target


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(
        name, date_time=(2026, 1, 1, 0, 0, 0)
    )  # the same course gives the same bytes
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED)


def _sources(notebooks: Path) -> list[Path]:
    found = sorted(notebooks.glob("*.ipynb"))
    if not found:
        raise ContentError(
            f"{notebooks}: no notebooks here. Run this in the course's own folder, or name the right one."
        )
    return found


def _read_record(path: Path) -> dict[str, str]:
    try:
        record = json.loads(path.read_bytes())
    except (
        FileNotFoundError,
        ValueError,
    ):  # without a record, whatever differs is taken for the student's own
        return {}
    return record if isinstance(record, dict) else {}


def _dump(notebook: dict[str, Any]) -> bytes:
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
