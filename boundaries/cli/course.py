"""The commands of the course itself: opening it, handing it out, checking its content."""

from __future__ import annotations

from pathlib import Path

import click

PATH = click.Path(path_type=Path)
_into_folder = click.option(
    "--into", type=PATH, default=Path("course"), metavar="FOLDER", show_default=True
)


@click.command("lab")
@_into_folder
@click.option("--no-browser", is_flag=True, help="only print the address")
@click.argument("words", nargs=-1, metavar="[-- JUPYTER...]")
def lab_command(into: Path, no_browser: bool, words: tuple[str, ...]) -> int:
    """Open the course in JupyterLab: the students' copy, in a folder of its own.

    What you changed in that folder stays as you left it. Words after -- go to JupyterLab, as in:
    lab -- --port 8899
    """
    from boundaries.instructor.lab import open_lab

    _lay_out(into)
    more = ["--no-browser"] if no_browser else []
    return open_lab(into, [*more, *words])


@click.command("course")
@_into_folder
def course_command(into: Path) -> None:
    """Lay out the students' copy of the notebooks."""
    _lay_out(into)


def _lay_out(folder: Path) -> None:
    from boundaries.content import course_root
    from boundaries.instructor.handout import lay_out

    for sentence in lay_out(course_root() / "notebooks", folder):
        print(sentence)


@click.command("student")
@click.option(
    "--into",
    type=PATH,
    default=Path("dist/boundaries-course.zip"),
    metavar="FILE",
    show_default=True,
)
@click.option("--root", type=PATH, metavar="FOLDER", help="the course (default: this one)")
def student_command(into: Path, root: Path | None) -> None:
    """Pack the zip that a lecturer hands out."""
    from boundaries.content import course_root
    from boundaries.instructor.handout import pack

    print(f"The students' course is in {pack(root or course_root(), into)}.")


@click.command("check")
@click.option("--data", type=PATH, metavar="FOLDER", help="the content (default: the course's own)")
@click.option("--lock", is_flag=True, help="first add new cases to wordings.lock")
def check_command(data: Path | None, lock: bool) -> int:
    """Report every fault of every content file, a sentence each."""
    from boundaries.charts.fonts import drawable
    from boundaries.content import check, default_folder

    folder = data or default_folder()
    if lock:
        for line in check.lock_wordings(folder):
            print(f"locked: {line}")
    print(check.summary(folder, drawable))
    return 1 if check.faults(folder) else 0


@click.command("sample")
def sample_command() -> None:
    """Make the invented class of data/sample-class again."""
    from boundaries.content import load
    from boundaries.counts.classes import write_sample

    for path in write_sample(load()):
        print(path)


@click.command("page")
@click.argument("type", metavar="TYPE")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="default: TYPE.html")
def page_command(type: str, output: Path | None) -> None:
    """Make one lesson an HTML file that works anywhere, without a server or an install."""
    from boundaries.content import load
    from boundaries.instructor.page import write_page

    path = write_page(type, load(), output or Path(f"{type}.html"))
    print(
        f"{path} has the lesson. Students open it in a browser and hand in the file that it saves."
    )
