"""`python -m boundaries …`: what a lecturer or teacher does outside a notebook."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from boundaries.errors import BoundariesError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code (0 done, 1 a fault or error said in a sentence)."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except BoundariesError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        print(f"{error.filename}: {error.strerror}. Choose another place, then try again.", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m boundaries", description="The course Boundaries.")
    commands = parser.add_subparsers(required=True, metavar="command")

    check = commands.add_parser("check", help="report every fault of every content file, a sentence each")
    check.add_argument("--data", type=Path, help="the folder with the content (default: the course's own)")
    check.add_argument("--lock", action="store_true", help="first add new cases to wordings.lock")
    check.set_defaults(run=_check)

    simulate = commands.add_parser("simulate", help="make an invented class, to rehearse with")
    simulate.add_argument("--students", type=_count, default=60, help="how many (default: 60)")
    simulate.add_argument("--seed", type=int, default=7, help="another number gives another class (default: 7)")
    simulate.add_argument("--into", required=True, metavar="STORE", help="a SQLite file or a PostgreSQL URL")
    simulate.add_argument("--session", help="its id in the store (default: invented-SEED)")
    simulate.add_argument("--mode", choices=("homework", "lecture"), default="homework")
    simulate.set_defaults(run=_simulate)

    sample = commands.add_parser("sample", help="make the invented class of data/sample-class again")
    sample.set_defaults(run=_sample)

    course = commands.add_parser("course", help="lay out the students' copy of the notebooks")
    course.add_argument("--notebooks", type=Path, default=Path("notebooks"))
    course.add_argument("--into", type=Path, default=Path("course"))
    course.set_defaults(run=_course)

    student = commands.add_parser("student", help="pack the zip that a lecturer hands out")
    student.add_argument("--root", type=Path, default=Path("."))
    student.add_argument("--into", type=Path, default=Path("dist/boundaries-course.zip"))
    student.set_defaults(run=_student)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of students. Give 1 to 1000000.")
    return int(text)


def _check(arguments: argparse.Namespace) -> int:
    from boundaries import check
    from boundaries.content import default_folder

    folder = arguments.data or default_folder()
    if arguments.lock:
        for line in check.lock(folder):
            print(f"locked: {line}")
    print(check.report(folder))
    return 1 if check.faults(folder) else 0


def _simulate(arguments: argparse.Namespace) -> int:
    from boundaries.content import load
    from boundaries.simulate import invent
    from boundaries.store import Session, Store

    session = arguments.session or f"invented-{arguments.seed}"
    store = Store(arguments.into)
    store.describe(Session(session, f"Invented class of {arguments.students}", invented=True))
    rows = invent(load(), students=arguments.students, seed=arguments.seed, session=session, mode=arguments.mode)
    merged = store.merge(rows)
    print(
        f"An invented class of {arguments.students} students is in {store.where}, session '{session}': "
        f"{merged.stored:,} judgments new, {merged.unchanged:,} there already."
    )
    return 0


def _sample(arguments: argparse.Namespace) -> int:
    from boundaries.content import load
    from boundaries.sample import write_sample

    for path in write_sample(load()):
        print(path)
    return 0


def _course(arguments: argparse.Namespace) -> int:
    from boundaries.handout import lay_out

    for sentence in lay_out(arguments.notebooks, arguments.into):
        print(sentence)
    return 0


def _student(arguments: argparse.Namespace) -> int:
    from boundaries.handout import pack

    print(f"The students' course is in {pack(arguments.root, arguments.into)}.")
    return 0
