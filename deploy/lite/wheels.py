"""What Python in the browser loads: Pyodide itself, and wheels beside it that its lock file names.

Pyodide comes by npm, the wheels by pip, both from wherever these clients are set up to look; the
site then asks nobody else. The kernel loads a wheel when a cell imports what is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

PYODIDE = "314.0.7"

# What Pyodide's lock file knows, in the versions that it names: the kernel's own, and ours.
KNOWN = """micropip ipython jedi traitlets matplotlib-inline typing-extensions platformdirs
jinja2""".split()  # noqa: SIM905 - a list to be read

# What it does not know, or knows only compiled: in the versions of this environment, from which
# the site also takes the widgets' scripts. Each with what it needs.
OURS = {
    "anywidget": ["ipywidgets", "psygnal", "typing-extensions"],
    "comm": ["traitlets"],
    "ipywidgets": ["comm", "ipython", "traitlets"],
    "psygnal": [],
    "sqlalchemy": ["typing-extensions"],
}
COURSE = ["anywidget", "ipywidgets", "jinja2", "platformdirs", "sqlalchemy"]

# Has no wheel for every machine: made from source, without its compiled part, which it can miss.
FROM_SOURCE = {"markupsafe"}

# Where a package is not imported by its own name.
IMPORTS = {"ipython": "IPython"}

Lock = dict[str, Any]


def lay_pyodide(folder: Path, fetched: Path, course: Path) -> list[Path]:
    """Puts Pyodide, the wheels and a lock file of these alone into `folder`; gives the wheels.

    `course` is the course's own wheel; `fetched` keeps what was fetched for the next time.
    """
    fetched.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    lock = _unpack(_pyodide(fetched), folder)
    packages = {}
    for name in _closure(lock["packages"]):
        known = lock["packages"][name]
        wheel = _wheel(name, known["version"], fetched)
        packages[name] = known | _file_of(wheel, folder)
    for name, needs in OURS.items():
        wheel = _wheel(name, version(name), fetched)
        packages[name] = _entry(name, version(name), needs) | _file_of(wheel, folder)
    # Its file's name changes with its bytes: a browser that kept an older one asks for this one.
    digest = hashlib.sha256(course.read_bytes()).hexdigest()[:8]
    name, number, rest = course.name.split("-", 2)
    packages[name] = _entry(name, number, COURSE)
    packages[name] |= _file_of(course, folder, f"{name}-{number}-0{digest}-{rest}")
    lock["packages"] = packages
    (folder / "pyodide-lock.json").write_text(json.dumps(lock, sort_keys=True), encoding="utf-8")
    return sorted(folder.glob("*.whl"))


def _pyodide(fetched: Path) -> Path:
    archive = fetched / f"pyodide-{PYODIDE}.tgz"
    if not archive.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit(
                "make lite: npm is not there, and Pyodide comes by it. Install npm, and again."
            )
        _run(npm, "pack", "--silent", f"pyodide@{PYODIDE}", "--pack-destination", str(fetched))
    return archive


def _unpack(archive: Path, folder: Path) -> Lock:
    """Unpacks what a browser needs of Pyodide's npm package, and gives its lock file."""
    folder.mkdir(parents=True)
    with tarfile.open(archive) as package:
        for member in package:
            name = Path(member.name).name
            wanted = name.startswith(("pyodide", "python_stdlib"))
            if wanted and not name.endswith((".map", ".d.ts")):
                data = package.extractfile(member)
                assert data is not None  # it is a file
                (folder / name).write_bytes(data.read())
    lock: Lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    return lock


def _closure(packages: Lock) -> list[str]:
    """The packages of the lock file that are needed, by its own names for them."""
    needed: list[str] = []
    waiting = list(KNOWN)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in needed:
            needed.append(name)
            waiting += packages[name]["depends"]
    return sorted(needed)


def _wheel(name: str, number: str, fetched: Path) -> Path:
    """The wheel of a package for any machine, fetched if it was not before."""
    start = re.sub(r"[-_.]+", "_", name).lower()
    ready = _matching(start, number, fetched)
    if ready:
        return ready
    words = [sys.executable, "-m", "pip"]
    if name in FROM_SOURCE:
        words += ["wheel", "--quiet", "--no-deps", "--no-binary", ":all:", "-w", str(fetched)]
        # No compiler: its set-up then leaves the compiled part out.
        _run(*words, f"{name}=={number}", CC="false")
    else:
        words += ["download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        words += ["--platform", "any", "--python-version", "3.14", "-d", str(fetched)]
        _run(*words, f"{name}=={number}")
    ready = _matching(start, number, fetched)
    if ready is None:
        sys.exit(f"make lite: there is no wheel of {name} {number} that runs on any machine.")
    return ready


def _matching(start: str, number: str, fetched: Path) -> Path | None:
    for path in sorted(fetched.glob("*-none-any.whl")):
        name, version_of_file, *_ = path.name.split("-")
        if (name.lower(), version_of_file) == (start, number):
            return path
    return None


def _file_of(wheel: Path, folder: Path, name: str = "") -> Lock:
    """Copies a wheel beside Pyodide; what the lock file says of the file."""
    data = wheel.read_bytes()
    (folder / (name or wheel.name)).write_bytes(data)
    return {"file_name": name or wheel.name, "sha256": hashlib.sha256(data).hexdigest()}


def _entry(name: str, number: str, needs: list[str]) -> Lock:
    return {
        "name": name,
        "version": number,
        "install_dir": "site",
        "package_type": "package",
        "imports": [IMPORTS.get(name, name)],
        "depends": needs,
        "unvendored_tests": False,
    }


def _run(*words: str, **environment: str) -> None:
    subprocess.run(words, check=True, env=os.environ | environment)  # noqa: S603 - our own words


def licences(wheels: list[Path]) -> list[str]:
    """A line for each wheel: its name, its version and its licence, as it says itself."""
    lines = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            (place,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
            head = HeaderParser().parsestr(archive.read(place).decode())
        licence = head["License-Expression"]
        if not licence:
            kinds = [line for line in head.get_all("Classifier", []) if line.startswith("License")]
            named = [line.rpartition(" :: ")[2] for line in kinds]
            licence = ", ".join(named) or (head["License"] or "see its files").splitlines()[0]
        lines.append(f"{head['Name']} {head['Version']}: {licence}")
    return lines
