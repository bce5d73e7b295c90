"""`python -m boundaries …`: what a lecturer or teacher does outside a notebook."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundaries.errors import BoundariesError

if TYPE_CHECKING:
    from boundaries.answers.store import Store
    from boundaries.content import Content
    from boundaries.counts.release import Released


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
        print(
            f"{error.filename}: {error.strerror}. Choose another place, then try again.",
            file=sys.stderr,
        )
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m boundaries", description="The course Boundaries."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    check = commands.add_parser(
        "check", help="report every fault of every content file, a sentence each"
    )
    check.add_argument(
        "--data", type=Path, help="the folder with the content (default: the course's own)"
    )
    check.add_argument("--lock", action="store_true", help="first add new cases to wordings.lock")
    check.set_defaults(run=_check)

    simulate = commands.add_parser("simulate", help="make an invented class, to rehearse with")
    simulate.add_argument("--students", type=_count, default=60, help="how many (default: 60)")
    simulate.add_argument(
        "--seed", type=int, default=7, help="another number gives another class (default: 7)"
    )
    simulate.add_argument(
        "--into", required=True, metavar="STORE", help="a SQLite file or a PostgreSQL URL"
    )
    simulate.add_argument(
        "--layout",
        choices=("canvas", "moodle", "blackboard", "brightspace"),
        help="write files as this platform hands them over; --into is then a folder",
    )
    simulate.add_argument("--session", help="its id in the store (default: invented-SEED)")
    simulate.add_argument("--mode", choices=("homework", "lecture"), default="homework")
    simulate.set_defaults(run=_simulate)

    collect = commands.add_parser(
        "collect", help="gather what students handed in through a learning platform"
    )
    collect.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="files, folders, zip archives"
    )
    collect.add_argument(
        "--into", required=True, metavar="STORE", help="a SQLite file or a PostgreSQL URL"
    )
    collect.add_argument("--session", help="the session to take (default: that of course.toml)")
    collect.add_argument(
        "--roster", type=Path, metavar="CSV", help="the platform's class list or gradebook"
    )
    collect.add_argument(
        "--gradebook",
        type=Path,
        metavar="CSV",
        help="what to write (default: ROSTER-handed-in.csv)",
    )
    collect.add_argument(
        "--due",
        type=_moment,
        metavar="'2026-10-01 12:00'",
        help="tells what is late where only a time is named",
    )
    collect.set_defaults(run=_collect)

    forget = commands.add_parser("forget", help="remove a withdrawn student from a store")
    forget.add_argument("store", metavar="STORE", help="a SQLite file or a PostgreSQL URL")
    forget.add_argument(
        "--participant", required=True, metavar="KEY", help="as it stands in the submission file"
    )
    forget.add_argument("--session", help="only from this session (default: from all)")
    forget.set_defaults(run=_forget)

    for what in ("tally", "moves", "gap"):
        table = _of_store(commands, what, f"write the class's {what} as CSV, small groups withheld")
        table.add_argument("--csv", type=Path, required=True, metavar="FILE")
        if what != "gap":
            table.add_argument(
                "--raw", action="store_true", help="withhold nothing: for checking, not for showing"
            )
        table.set_defaults(run=_export, what=what, raw=False)

    reasons = _of_store(
        commands, "reasons", "write the reasons as shuffled lists, nothing beside them"
    )
    reasons.add_argument("--into", type=Path, required=True, metavar="FILE")
    reasons.set_defaults(run=_reasons)

    archive = _of_store(
        commands, "archive", "write what may be given to research, with its codebook"
    )
    archive.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    archive.set_defaults(run=_archive)

    report = _of_store(commands, "report", "write the class report as one HTML file", "append")
    report.add_argument("-o", "--output", type=Path, default=Path("report.html"), metavar="FILE")
    report.set_defaults(run=_report)

    sample = commands.add_parser(
        "sample", help="make the invented class of data/sample-class again"
    )
    sample.set_defaults(run=_sample)

    serve = commands.add_parser(
        "serve", help="run the class server: a lecture on phones, homework over the wire"
    )
    serve.add_argument(
        "--store",
        metavar="STORE",
        help="a SQLite file or a PostgreSQL URL (default: a file of yours)",
    )
    serve.add_argument(
        "--host", default="127.0.0.1", help="who can reach it (default: this computer alone)"
    )
    serve.add_argument(
        "--port", type=_port, default=8000, help="0 takes a free one (default: 8000)"
    )
    serve.add_argument(
        "--public-url", default="", metavar="URL", help="the address phones open, behind a proxy"
    )
    serve.add_argument(
        "--host-key",
        default="",
        metavar="KEY",
        help="default: $BOUNDARIES_HOST_KEY, else a new one",
    )
    serve.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    serve.add_argument(
        "--idle-hours",
        type=float,
        default=0.0,
        metavar="N",
        help="end when nobody asked for N hours",
    )
    serve.add_argument(
        "--homework", action="store_true", help="also take the homework of course.toml's session"
    )
    serve.set_defaults(run=_serve)

    course = commands.add_parser("course", help="lay out the students' copy of the notebooks")
    course.add_argument("--notebooks", type=Path, default=Path("notebooks"))
    course.add_argument("--into", type=Path, default=Path("course"))
    course.set_defaults(run=_course)

    student = commands.add_parser("student", help="pack the zip that a lecturer hands out")
    student.add_argument("--root", type=Path, default=Path("."))
    student.add_argument("--into", type=Path, default=Path("dist/boundaries-course.zip"))
    student.set_defaults(run=_student)
    return parser


def _of_store(
    commands: Any,  # noqa: ANN401 - argparse does not name its type
    name: str,
    help: str,
    action: str = "store",
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help)
    parser.add_argument("store", metavar="STORE", help="a SQLite file or a PostgreSQL URL")
    twice = "; give two to set them side by side" if action == "append" else ""
    parser.add_argument(
        "--session", action=action, help=f"its id in the store (not needed if there is one){twice}"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of students. Give 1 to 1000000."
        )
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port. Give 0 to 65535.")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date and time of the platform, as in '2026-10-01 12:00'."
        )
    return moment


def _check(arguments: argparse.Namespace) -> int:
    from boundaries.content import check, default_folder

    folder = arguments.data or default_folder()
    if arguments.lock:
        for line in check.lock(folder):
            print(f"locked: {line}")
    print(check.report(folder))
    return 1 if check.faults(folder) else 0


def _simulate(arguments: argparse.Namespace) -> int:
    from boundaries.answers.store import Session, Store
    from boundaries.content import load
    from boundaries.counts.invented import invent

    session = arguments.session or f"invented-{arguments.seed}"
    if arguments.layout:
        return _simulate_files(arguments, session)
    store = Store(arguments.into)
    store.describe(Session(session, f"Invented class of {arguments.students}", invented=True))
    rows = invent(
        load(),
        students=arguments.students,
        seed=arguments.seed,
        session=session,
        mode=arguments.mode,
    )
    merged = store.merge(rows)
    store.close()
    print(
        f"An invented class of {arguments.students} students is in {store.where}, session '{session}': "
        f"{merged.stored:,} judgments new, {merged.unchanged:,} there already."
    )
    return 0


def _simulate_files(arguments: argparse.Namespace, session: str) -> int:
    from boundaries.content import load
    from boundaries.instructor.rehearsal import DUE, write_class

    made = write_class(
        load(),
        Path(arguments.into),
        arguments.layout,
        students=arguments.students,
        seed=arguments.seed,
        session=session,
    )
    print(
        f"An invented class of {made.students:,} students is in {made.archive}, its roster in {made.roster}.\n"
        f"Once collected, a store must hold of session '{session}': {made.students:,} students, "
        f"{made.judgments:,} judgments, {made.skips:,} of them skips; late: {made.late:,}.\n"
        f"Collect it: python -m boundaries collect {made.archive} --into STORE --session {session} "
        f"--roster {made.roster}"
        + (f" --due '{DUE}'" if arguments.layout in ("blackboard", "brightspace") else "")
    )
    return 0


def _collect(arguments: argparse.Namespace, today: date | None = None) -> int:
    from boundaries.answers.store import Store
    from boundaries.content import load
    from boundaries.instructor.collect import collect

    content = load()
    summary = collect(
        arguments.paths,
        Store(arguments.into),
        content,
        session=arguments.session or content.course.session,
        due=arguments.due,
        roster=arguments.roster,
        gradebook=arguments.gradebook,
        progress=_bar,
    )
    print(summary)
    if late := content.course.overdue(today or date.today()):
        print(late, file=sys.stderr)
    return 0 if summary.students else 1


def _bar(things: Iterable[Any], what: str) -> Iterable[Any]:
    from tqdm import tqdm

    return tqdm(
        things, desc=what, leave=False, disable=None
    )  # on standard error, if that is a screen


def _forget(arguments: argparse.Namespace) -> int:
    from boundaries.answers.store import Store

    store = Store(arguments.store, create=False)
    sessions = (
        [arguments.session] if arguments.session else [session.id for session in store.sessions()]
    )
    gone = sum(store.forget(session, arguments.participant.strip().lower()) for session in sessions)
    if not gone:
        print(
            f"{store.where}: no judgment of this participant is here. Check the key.",
            file=sys.stderr,
        )
        return 1
    print(
        f"{gone:,} judgments were removed. Delete the student's file too, or collecting it brings them back."
    )
    return 0


def _class(arguments: argparse.Namespace, session: str | None) -> tuple[Store, Content, Released]:
    """The store that a command names, the content, and what may be shown of a session."""
    from boundaries.answers.store import Store
    from boundaries.content import load
    from boundaries.counts.classes import classroom

    store, content = Store(arguments.store, create=False), load()
    return store, content, classroom(store, session, content=content)


def _export(arguments: argparse.Namespace) -> int:
    from boundaries.instructor import exports

    store, content, shown = _class(arguments, arguments.session)
    if arguments.raw:
        table = exports.raw_table(store, shown.session, arguments.what)
    elif arguments.what == "gap":
        table = exports.gap_table(shown, content)
    else:
        table = (
            exports.tally_table(shown) if arguments.what == "tally" else exports.moves_table(shown)
        )
    path = exports.write_csv(table, arguments.csv, invented=shown.invented)
    print(f"{len(table):,} rows{_invented(shown)} are in {path}.")
    if arguments.raw:
        print(exports.FOR_CHECKING)
    elif shown.withheld:
        print(
            f"{len(shown.withheld):,} groups are withheld: they are small, or could give one away."
        )
    return 0


def _reasons(arguments: argparse.Namespace) -> int:
    from boundaries.instructor import exports

    store, content, shown = _class(arguments, arguments.session)
    found = exports.reasons(store.judgments(shown.session), content, minimum=shown.minimum)
    page = exports.reasons_page(found, shown.title, shown.minimum, invented=shown.invented)
    path = exports.write_text(arguments.into, page)
    print(
        f"{len(found):,} lists of reasons{_invented(shown)} are in {path}. Read them before you show them."
    )
    return 0


def _archive(arguments: argparse.Namespace) -> int:
    from boundaries.answers.store import Session
    from boundaries.instructor.archive import write_archive

    store, content, shown = _class(arguments, arguments.session)
    session = Session(shown.session, shown.title, shown.invented)
    for path in write_archive(store, session, content, arguments.into):
        print(path)
    print(
        "Make one archive of a session, when it is closed: two made at different times can be subtracted."
    )
    return 0


def _report(arguments: argparse.Namespace, today: date | None = None) -> int:
    from boundaries.instructor.exports import write_text
    from boundaries.instructor.report import POST_ONE, report

    sessions = list(dict.fromkeys(arguments.session or [None]))
    if len(sessions) > 2:
        raise BoundariesError(
            f"{len(sessions)} sessions were named. A report shows one, or two side by side."
        )
    found = [_class(arguments, session) for session in sessions]
    content, both = found[0][1], [shown for _, _, shown in found]
    path = write_text(arguments.output, report(both[0], content, *both[1:]))
    print(f"The report{_invented(*both)} is in {path}. {POST_ONE}")
    if late := content.course.overdue(today or date.today()):
        print(late, file=sys.stderr)
    return 0


def _invented(*shown: Released) -> str:
    return " of invented answers" if any(r.invented for r in shown) else ""


def _sample(arguments: argparse.Namespace) -> int:
    from boundaries.content import load
    from boundaries.counts.sample import write_sample

    for path in write_sample(load()):
        print(path)
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from boundaries.answers.student import home
    from boundaries.lectures.server.run import serve

    key = arguments.host_key or os.environ.get("BOUNDARIES_HOST_KEY", "")
    given = {
        name: value
        for name, value in vars(arguments).items()
        if name not in ("run", "store", "host_key")
    }
    serve(arguments.store or home() / "class-server.sqlite", host_key=key, **given)
    return 0


def _course(arguments: argparse.Namespace) -> int:
    from boundaries.instructor.handout import lay_out

    for sentence in lay_out(arguments.notebooks, arguments.into):
        print(sentence)
    return 0


def _student(arguments: argparse.Namespace) -> int:
    from boundaries.instructor.handout import pack

    print(f"The students' course is in {pack(arguments.root, arguments.into)}.")
    return 0
