"""The students' copy of the notebooks: without outputs and teaching notes, never over a student's
own work."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boundaries.content import load
from boundaries.errors import ContentError

# In the students' folder: the hash of each file as we wrote it, to know which ones were changed
# since.
RECORD = ".made-by-boundaries.json"

# What installs and opens the course, beside `data/`.
_SET_UP = """Makefile .jupyterlab-settings.json pyproject.toml hatch_build.py environment.yml README.md LICENSE
LICENSE-content.md""".split()  # noqa: SIM905 - a list to be read
# Named one by one: a class store, a roster or a tally that lies in data/ must never reach the students.
_CONTENT = """README.md beside.toml blind-reading.csv claims.toml countries.toml course.toml editions.toml lessons.toml
models.toml scale.toml situations.toml surveys.csv topics.toml types.toml wrong-though-agreed.csv
wordings.lock codes/*.toml sample-class/README.md sample-class/invented-*.csv schema/*.json vignettes/*.toml""".split()  # noqa: SIM905 - a list to be read
_PACKAGE = {".css", ".html", ".js", ".json", ".md", ".py", ".toml", ".txt"}


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
        copy = dict(cell)
        if cell["cell_type"] == "code":
            copy |= {"outputs": [], "execution_count": None}
        cells.append(copy)
    return notebook | {"cells": cells}


def lay_out(notebooks: Path, course: Path) -> list[str]:
    """Writes the students' copies of `notebooks` into `course`; returns a sentence for each file
    that was kept.

    A file that the student changed (or that we did not write) is never overwritten. Raises
    ContentError where there are no notebooks.
    """
    sources = _sources(notebooks)
    course.mkdir(parents=True, exist_ok=True)
    # A student's change is known by its hash, for times change with every copy of a folder.
    record_file = course / RECORD
    record = _read_record(record_file)
    kept = []
    for source in sources:
        copy = _copy_of(source)
        target = course / source.name
        untouched = (record.get(source.name), _hash(copy))
        if target.exists() and _hash(target.read_bytes()) not in untouched:
            sentence = "kept as you left it. Rename it to get this course's present version."
            kept.append(f"{target}: {sentence}")
            continue
        target.write_bytes(copy)
        record[source.name] = _hash(copy)
    record_file.write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
    return kept


def pack(root: Path, target: Path) -> Path:
    """The zip that a lecturer hands out: the students' notebooks and what they need to run; gives
    its path.

    `root` holds `data/` and `notebooks/` (`content.course_root`). Only files that are known to be
    part of the course are packed, whatever else lies beside them. Raises ContentError where there
    are no notebooks, or where a folder of own cases lies outside `root`.
    """
    sources = _sources(root / "notebooks")
    set_up = [(root / name, name) for name in _SET_UP if (root / name).is_file()]
    files = [*set_up, *_content(root), *_package()]
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for source in sources:
            _add(archive, f"notebooks/{source.name}", _copy_of(source))
        for file, name in files:
            _add(archive, name, file.read_bytes())
    return target


def _content(root: Path) -> Iterator[tuple[Path, str]]:
    """What `load` and the charts read of `data/`, and the cases of folders that course.toml names."""
    patterns = [(root / "data", pattern) for pattern in _CONTENT]
    for folder in load(root / "data").course.case_folders:
        if not folder.is_relative_to(root.resolve()):
            raise ContentError(
                f"{folder}: this folder of your own cases lies outside {root}, so students would "
                "not get it. Move it there, and name its new place in data/course.toml."
            )
        patterns.append((folder, "*.toml"))
    for folder, pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            yield path, path.resolve().relative_to(root.resolve()).as_posix()


def _package() -> Iterator[tuple[Path, str]]:
    """The files of this package; a wheel's own `course` folder is where `root` is, and goes elsewhere."""
    package = Path(__file__).parent.parent
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.suffix in _PACKAGE and inside.parts[0] != "course":
            yield path, f"boundaries/{inside.as_posix()}"


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date: the same course gives the same bytes.
    entry = zipfile.ZipInfo(f"boundaries-course/{name}", date_time=(2026, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED)


def _sources(notebooks: Path) -> list[Path]:
    sources = sorted(notebooks.glob("*.ipynb"))
    if not sources:
        raise ContentError(
            f"{notebooks}: no notebooks here. Install the course from its own folder, "
            "or get it again."
        )
    return sources


def _read_record(path: Path) -> dict[str, str]:
    try:
        record = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}  # without a record, whatever differs is taken for the student's own
    return record if isinstance(record, dict) else {}


def _copy_of(source: Path) -> bytes:
    copy = students_copy(json.loads(source.read_text(encoding="utf-8")))
    return (json.dumps(copy, ensure_ascii=False, indent=1) + "\n").encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
