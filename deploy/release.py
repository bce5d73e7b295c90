"""`python deploy/release.py`: all that a release hands out, made from this checkout into `dist/`.

- the wheel;
- the zip that a lecturer gives to students;
- each lesson as one HTML file, for students without an install;
- the website on which every notebook runs in the browser, as a folder and as a zip;
- the branch `students`: the same files, for nbgitpuller, which merges what changed into what a
  student has. So each release is a commit on top of the one before, and the branch is never rewritten.

Nothing leaves this computer: the last line says what to push.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import boundaries
from boundaries.instructor.handout import pack
from boundaries.instructor.page import write_page

ROOT = Path(__file__).parent.parent
BRANCH = "students"


def main() -> None:
    """Makes everything and says where it is."""
    dist = ROOT / "dist"
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", str(dist)]
    subprocess.run([*build, str(ROOT)], check=True)  # noqa: S603 - our own words
    course = pack(ROOT, dist / "boundaries-course.zip")
    write_pages(dist / "pages")
    subprocess.run(["make", "lite"], cwd=ROOT, check=True)  # noqa: S607 - as a person calls it
    shutil.make_archive(str(dist / "boundaries-lite"), "zip", dist / "lite")
    commit = commit_students(course, ROOT)
    print(
        f"The wheel, {course.name}, pages and the website are in {dist}. "
        f"The branch {BRANCH} is at {commit[:12]}."
    )
    print(f"To publish: git push origin {BRANCH}")


def write_pages(folder: Path) -> None:
    """Every lesson as one HTML file, named after its type."""
    folder.mkdir(parents=True, exist_ok=True)
    content = boundaries.load()
    for type in [*content.types, "claims"]:
        write_page(type, content, folder / f"{type}.html")


def commit_students(course: Path, repository: Path) -> str:
    """Puts what a course's zip holds on the branch, beside whatever is checked out; gives the commit.

    The working tree and its index stay as they are. Where nothing changed, no commit is made.
    """
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(course) as archive:
            archive.extractall(folder)
        (tree_root,) = Path(folder).iterdir()
        environment = os.environ | {
            "GIT_DIR": _git(repository, "rev-parse", "--absolute-git-dir"),
            "GIT_WORK_TREE": str(tree_root),
            "GIT_INDEX_FILE": str(Path(folder) / "index"),
        }
        # Forced: a .gitignore of the course must leave out nothing that its zip holds.
        _git(tree_root, "add", "--all", "--force", environment=environment)
        tree = _git(tree_root, "write-tree", environment=environment)
    before = _git(repository, "rev-parse", "--verify", "--quiet", BRANCH, may_fail=True)
    if before and _git(repository, "rev-parse", f"{before}^{{tree}}") == tree:
        return before
    parents = ["-p", before] if before else []
    message = f"The students' course, {boundaries.__version__}"
    commit = _git(repository, "commit-tree", tree, *parents, "-m", message)
    _git(repository, "update-ref", f"refs/heads/{BRANCH}", commit)
    return commit


def _git(
    folder: Path, *words: str, environment: dict[str, str] | None = None, may_fail: bool = False
) -> str:
    done = subprocess.run(  # noqa: S603 - our own words
        ["git", *words],  # noqa: S607 - whichever git this person uses
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=not may_fail,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main()
