"""`make lite`: the course as a website on which notebooks run in the browser, into `dist/lite/`.

Every student's notebook, its cells unchanged, on JupyterLite; nothing is installed, and no request
leaves the website. See README.md in this folder for hosting it.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from string import Template

# One folder, no package: a build script is run, not imported by the course.
sys.path.insert(0, str(Path(__file__).parent))

from recording import check_drawings, keeping_in
from wheels import PYODIDE, lay_pyodide, licences

import boundaries
from boundaries.instructor.handout import students_copy
from boundaries.lessons.drawings import FOLDER, drawn

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}

# Notebook 7 would put eight forms into one small box that scrolls.
OVERRIDES = {"@jupyter-notebook/notebook-extension:scroll-output": {"autoScrollOutputs": False}}


def main(site: Path = ROOT / "dist" / "lite", work: Path = ROOT / "build" / "lite") -> None:
    """Builds the site, and says where it is and how large."""
    build(site, work)
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    print(f"{site}: {size / 1e6:.0f} MB. To look at it: python deploy/lite/serve.py")


def build(site: Path, work: Path) -> None:
    """Builds the site in `site`; `work` keeps what was fetched for the next time."""
    notebooks = students_notebooks(ROOT / "notebooks")
    draw(notebooks, work / FOLDER)
    course = wheel(work)
    lite = work / "site"
    shutil.rmtree(lite, ignore_errors=True)
    parts = lay_pyodide(lite / "static" / "pyodide", work / "fetched", course)
    folder = course_folder(notebooks)
    for name, notebook in notebooks.items():
        _write(lite / "files" / folder / name, notebook)
    settings = {
        "contents": ["files"],
        "output_dir": str(site),
        "no_sourcemaps": True,
        "apps": ["lab", "notebooks"],
    }
    _write(lite / "jupyter_lite_config.json", {"LiteBuildConfig": settings})
    _write(lite / "overrides.json", OVERRIDES)
    app = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"appName": "Boundaries"}}
    _write(lite / "jupyter-lite.json", app)
    shutil.rmtree(site, ignore_errors=True)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(lite)]
    done = subprocess.run(command, cwd=lite, capture_output=True, text=True, encoding="utf-8")  # noqa: S603 - our own words
    if done.returncode:
        sys.exit(f"make lite: JupyterLite could not build the site.\n{done.stdout}{done.stderr}")
    _front(site, folder, notebooks)
    (site / "_headers").write_text(
        (HERE / "_headers").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (site / "LICENCES.txt").write_text(notice(licences(parts)), encoding="utf-8")


def students_notebooks(folder: Path) -> dict[str, dict[str, object]]:
    """The students' copies by their files' names, for the kernel that runs in a browser."""
    notebooks = {}
    for path in sorted(folder.glob("*.ipynb")):
        notebook = students_copy(json.loads(path.read_text(encoding="utf-8")))
        notebook["metadata"] = notebook["metadata"] | {"kernelspec": KERNEL}
        notebooks[path.name] = notebook
    return notebooks


def draw(notebooks: dict[str, dict[str, object]], folder: Path) -> None:
    """Runs the notebooks' cells as the demo participant, for whom all is open, and keeps what they draw."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["BOUNDARIES_DEMO"] = "1"
    drawn.keep = keeping_in(folder)
    try:
        for notebook in notebooks.values():
            run_cells(notebook)
    finally:
        drawn.keep = None
        del os.environ["BOUNDARIES_DEMO"]


def run_cells(notebook: dict[str, object]) -> str:
    """Runs the cells of a lesson in this Python, and gives what they print.

    A notebook of the lecturer's, which starts a server or calls the charts itself, is left alone.
    """
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]  # type: ignore[attr-defined]
    if any("import charts" in cell for cell in cells):
        return ""
    names: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in cells:
            exec(cell, names)  # noqa: S102 - the course's own notebooks
    return printed.getvalue()


def wheel(work: Path) -> Path:
    """The course's wheel for a browser: with what was drawn, and checked that it fits the content."""
    target = work / "wheel"
    shutil.rmtree(target, ignore_errors=True)
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", str(target)]
    environment = os.environ | {"BOUNDARIES_DRAWN": str(work / FOLDER)}
    subprocess.run([*build, str(ROOT)], check=True, env=environment)  # noqa: S603 - our own words
    (made,) = target.glob("*.whl")
    check_wheel(made, work / "unpacked")
    return made


def check_wheel(made: Path, folder: Path) -> None:
    """Raises ContentError where the pictures in a wheel were drawn of other content than it holds."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(made) as archive:
        archive.extractall(folder)
    check_drawings(folder / "boundaries" / "course")


def course_folder(notebooks: dict[str, dict[str, object]]) -> str:
    """A folder's name that changes with the notebooks.

    JupyterLite saves a copy of a notebook that a student ran, and shows it in the place of a newer
    one of the same name for ever. A new course is therefore a new folder; answers lie elsewhere.
    """
    text = json.dumps(notebooks, sort_keys=True)
    return f"course-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _front(site: Path, folder: str, notebooks: dict[str, dict[str, object]]) -> None:
    """The first page: a line a notebook."""
    lines = []
    for name, notebook in notebooks.items():
        first = "".join(notebook["cells"][0]["source"])  # type: ignore[index]
        title = html.escape(first.splitlines()[0].lstrip("# "))
        # Not JupyterLab, which brings back the tabs of an older course; and a phone has room for one.
        address = f"notebooks/index.html?path={folder}/{name}"
        lines.append(f'<li><a href="{address}">{title}</a></li>')
    page = Template((HERE / "front.html").read_text(encoding="utf-8"))
    filled = page.substitute(lines="\n".join(lines), version=boundaries.__version__)
    (site / "index.html").write_text(filled, encoding="utf-8")


def notice(lines: list[str]) -> str:
    """The licences of what the site ships."""
    head = (HERE / "licences.txt").read_text(encoding="utf-8")
    return Template(head).substitute(pyodide=PYODIDE, wheels="\n".join(lines))


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
