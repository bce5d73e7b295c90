"""The command that makes an invented class, to rehearse with before term."""

from __future__ import annotations

from pathlib import Path

import click

from boundaries.cli.desk import STORE, between


@click.command("simulate")
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
    from boundaries.content import load
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
    from boundaries.content import load
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
