"""The commands of the course itself: opening it, handing it out, checking its content, rehearsing."""

from __future__ import annotations

from pathlib import Path

import click

from boundaries.cli.parameters import PATH, STORE, between, output_file, program
from boundaries.content import course_root, default_folder, load

_into = click.option("--into", type=PATH, default="course", metavar="FOLDER", show_default=True)


@program.command("lab")
@_into
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


@program.command("course")
@_into
def course_command(into: Path) -> None:
    """Lay out the students' copy of the notebooks."""
    _lay_out(into)


def _lay_out(folder: Path) -> None:
    from boundaries.instructor.handout import lay_out

    for sentence in lay_out(course_root() / "notebooks", folder):
        print(sentence)


@program.command("student")
@click.option(
    "--into", type=PATH, default="dist/boundaries-course.zip", metavar="FILE", show_default=True
)
@click.option("--root", type=PATH, metavar="FOLDER", help="the course (default: this one)")
def student_command(into: Path, root: Path | None) -> None:
    """Pack the zip that a lecturer hands out."""
    from boundaries.instructor.handout import pack

    print(f"The students' course is in {pack(root or course_root(), into)}.")


@program.command("check")
@click.option("--data", type=PATH, metavar="FOLDER", help="the content (default: the course's own)")
@click.option("--lock", is_flag=True, help="first add new cases to wordings.lock")
def check_command(data: Path | None, lock: bool) -> int:
    """Report every fault of every content file, a sentence each."""
    from boundaries.charts.fonts import drawable
    from boundaries.content import check

    folder = data or default_folder()
    # Before the check, which would else complain of exactly what is now being mended.
    if lock:
        for line in check.lock_wordings(folder):
            print(f"locked: {line}")
    print(check.summary(folder, drawable))
    return 1 if check.faults(folder) else 0


@program.command("sample")
def sample_command() -> None:
    """Make the invented class of data/sample-class again."""
    from boundaries.counts.classes import write_sample

    for path in write_sample(load()):
        print(path)


@program.command("simulate")
@click.option("--students", type=between(1, 1_000_000), default=60, metavar="N", show_default=True)
@click.option("--seed", type=int, default=7, help="another number gives another class")
@click.option("--into", required=True, metavar="STORE", help=f"{STORE}; with --layout a folder")
@click.option(
    "--layout",
    type=click.Choice(["canvas", "moodle", "blackboard", "brightspace"]),
    help="write files as this platform hands them over",
)
@click.option("--session", help="its id in the store (default: invented-SEED)")
@click.option("--mode", type=click.Choice(["homework", "lecture"]), default="homework")
def simulate_command(
    students: int, seed: int, into: str, layout: str | None, session: str | None, mode: str
) -> None:
    """Make an invented class, to rehearse with."""
    session = session or f"invented-{seed}"
    if layout:
        _write_class(students, seed, Path(into), layout, session)
    else:
        _store_class(students, seed, into, session, mode)


def _store_class(students: int, seed: int, into: str, session: str, mode: str) -> None:
    from boundaries.answers.store import Session, Store
    from boundaries.counts.invented import invent

    store = Store(into)
    store.describe(Session(session, f"Invented class of {students}", invented=True))
    merged = store.merge(invent(load(), students=students, seed=seed, session=session, mode=mode))
    store.close()
    print(
        f"An invented class of {students} students is in {store.where}, session '{session}': "
        f"{merged.stored:,} judgments new, {merged.unchanged:,} there already."
    )


def _write_class(students: int, seed: int, folder: Path, layout: str, session: str) -> None:
    from boundaries.instructor.rehearsal import DUE, write_class

    made = write_class(load(), folder, layout, students=students, seed=seed, session=session)
    collecting = (
        f"python -m boundaries collect {made.archive} --into STORE --session {session} "
        f"--roster {made.roster}"
    )
    if layout in ("blackboard", "brightspace"):  # these name a time, and not whether it is late
        collecting += f" --due '{DUE}'"
    print(
        f"An invented class of {made.students:,} students is in {made.archive}, "
        f"its roster in {made.roster}.\n"
        f"Once collected, a store must hold of session '{session}': {made.students:,} students, "
        f"{made.judgments:,} judgments, {made.skips:,} of them skips; late: {made.late:,}.\n"
        f"Collect it: {collecting}"
    )


@program.command("survey")
@click.argument("sheet", type=PATH, metavar="SHEET")
def survey_command(sheet: Path) -> None:
    """Add a survey's printed table, typed into SHEET (a CSV file; an empty one is made), to surveys.csv."""
    from boundaries.instructor.surveys import add_table, blank_sheet

    if not sheet.exists():
        sheet.write_bytes(blank_sheet().encode("utf-8-sig"))  # the mark is for Excel
        print(f"{sheet} is an empty sheet. Type the table into it, then run this again.")
        return
    surveys = default_folder() / "surveys.csv"
    added = add_table(sheet, surveys)
    print(
        f"{added:,} figures were added to {surveys}. To see one beside a case, name it in beside.toml."
    )


@program.command("page")
@click.argument("type", metavar="TYPE")
@click.option("-o", "--output", type=output_file, metavar="FILE", help="default: TYPE.html")
def page_command(type: str, output: Path | None) -> None:
    """Make one lesson an HTML file that works anywhere, without a server or an install."""
    from boundaries.instructor.page import write_page

    path = write_page(type, load(), output or Path(f"{type}.html"))
    print(
        f"{path} has the lesson. Students open it in a browser and hand in the file that it saves."
    )
