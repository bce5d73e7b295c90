"""The lecturer's commands: a class collected, shown, or asked in a lecture."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boundaries.cli.parameters import PATH, STORE, between, due_moment, output_file, program
from boundaries.content import Content, load
from boundaries.errors import BoundariesError

if TYPE_CHECKING:
    from boundaries.answers.store import Session, Store
    from boundaries.counts.release import Released


_STILL_OPEN = (
    "The homework '{}' is still open. What is published now and once more after another answer could be subtracted: "
    "publish it once."
)
_CHANGED_SINCE = (
    "The homework '{}' has ended, and is written as its class was shown it. What was collected or removed after that "
    "is left out: set against what was shown, it would tell what a single student chose."
)
_store = click.argument("store", metavar="STORE")
_session = click.option("--session", help="its id in the store (not needed if there is one)")


def _class(store: str, session: str | None) -> tuple[Store, Content, Released]:
    """The store that a command names, the content, and what may be shown of a session."""
    from boundaries.answers.endings import changed_since, is_open
    from boundaries.counts.classes import classroom

    opened, content, described = _described(store, session)
    released = classroom(opened, described.id, content=content)
    with opened.reading() as connection:
        still_open = is_open(connection, released.session)
        changed = changed_since(connection, released.session)
    if still_open:
        print(_STILL_OPEN.format(released.session), file=sys.stderr)
    if changed:
        print(_CHANGED_SINCE.format(released.session), file=sys.stderr)
    return opened, content, released


def _described(store: str, session: str | None) -> tuple[Store, Content, Session]:
    """The store that a command names, the content, and one of its sessions."""
    from boundaries.answers.store import Store
    from boundaries.counts.classes import chosen_session

    opened = Store(store, create=False)
    return opened, load(), chosen_session(opened, session)


def _of_invented(*classes: Released) -> str:
    invented = any(released.invented for released in classes)
    return " of invented answers" if invented else ""


def _remind_of_keeping(content: Content) -> None:
    """Says on standard error that answers are kept longer than course.toml promised, if they are."""
    # Not on standard output, which may be read by a program.
    overdue = content.course.overdue(date.today())
    if overdue:
        print(overdue, file=sys.stderr)


# -- a class: collected, removed ------------------------------------------------------------------


@program.command("collect")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option("--into", required=True, metavar="STORE", help=STORE)
@click.option("--session", help="the session to take (default: that of course.toml)")
@click.option("--roster", type=PATH, metavar="CSV", help="the platform's class list or gradebook")
@click.option("--gradebook", type=output_file, metavar="CSV", help="default: ROSTER-handed-in.csv")
@click.option(
    "--due",
    type=due_moment,
    metavar="'2026-10-01 12:00'",
    help="tells what is late where only a time is named",
)
def collect_command(
    paths: tuple[Path, ...],
    into: str,
    session: str | None,
    **options: Any,  # noqa: ANN401 - handed on as they are
) -> int:
    """Gather what students handed in through a learning platform: files, folders, zip archives."""
    from boundaries.answers.store import Store
    from boundaries.instructor.collect import collect

    content = load()
    session = session or content.course.session
    # Closed, so that what is forgotten afterwards is in no journal that this process keeps open.
    with closing(Store(into)) as store:
        summary = collect(paths, store, content, session=session, progress=_bar, **options)
    print(summary)
    _remind_of_keeping(content)
    # A script must not go on as if everybody were in when something could not be read.
    return 0 if summary.students and summary.whole else 1


def _bar(work: Iterable[Any], title: str) -> Iterator[Any]:
    """A sequence of work, with a progress bar on standard error while that is a screen."""
    # In a log file a bar is a thousand lines.
    if not sys.stderr or not sys.stderr.isatty():
        yield from work
        return
    with click.progressbar(work, label=title, file=sys.stderr) as bar:
        yield from bar


@program.command("forget")
@_store
@click.option("--participant", required=True, metavar="KEY", help="as in the submission file")
@click.option("--session", help="only from this session (default: from all)")
def forget_command(store: str, participant: str, session: str | None) -> int:
    """Remove a withdrawn student from a store."""
    from boundaries.answers.store import Store

    removed = 0
    with closing(Store(store, create=False)) as opened:
        sessions = [session] if session else [described.id for described in opened.sessions()]
        for id in sessions:
            removed += opened.forget(id, participant.strip().lower())
    if not removed:
        sentence = "no judgment of this participant is here. Check the key."
        print(f"{opened.where}: {sentence}", file=sys.stderr)
        return 1
    print(
        f"{removed:,} judgments were removed. Delete the student's file too, "
        "or collecting it brings them back."
    )
    return 0


# -- what may be shown of a class -----------------------------------------------------------------


def _table_command(kind: str, summary: str) -> click.Command:
    """The command that writes one of the tables: its "tally", its "moves" or its "gap" from the codes."""

    @program.command(kind, help=f"{summary}, small groups withheld.")
    @_store
    @_session
    @click.option("--csv", type=output_file, required=True, metavar="FILE", help="what to write")
    def command(store: str, session: str | None, csv: Path, raw: bool = False) -> None:
        from boundaries.instructor import exports

        withheld, remark = 0, ""
        if raw:
            opened, content, described = _described(store, session)
            table = exports.raw_table(opened, described.id, content, kind)
            invented, remark = described.invented, exports.FOR_CHECKING
        else:
            _, content, released = _class(store, session)
            table = exports.released_table(released, content, kind)
            invented, withheld = released.invented, len(released.withheld)
        if withheld:
            remark = f"{withheld:,} groups are withheld: they are small, or could give one away."
        path = exports.write_csv(table, csv, invented=invented)
        print(f"{len(table):,} rows{' of invented answers' if invented else ''} are in {path}.")
        if remark:
            print(remark)

    if kind != "gap":  # which has no counts of its own to check
        help = "withhold nothing: for checking, not for showing"
        command = click.option("--raw", is_flag=True, help=help)(command)
    return command


tally_command = _table_command("tally", "Write the class's tally as CSV")
moves_command = _table_command("moves", "Write how the class's judgments moved as CSV")
gap_command = _table_command("gap", "Write the class beside the codes as CSV")


@program.command("reasons")
@_store
@_session
@click.option("--into", type=output_file, required=True, metavar="FILE", help="what to write")
def reasons_command(store: str, session: str | None, into: Path) -> None:
    """Write the reasons, and what was written in forms, as shuffled lists, nothing beside them."""
    from boundaries.answers.writing_rows import writings_in
    from boundaries.instructor import exports

    opened, content, released = _class(store, session)
    rows, written = opened.judgments(released.session), writings_in(opened, released.session)
    lists = [*exports.reason_lists(rows, content), *exports.answer_lists(written, content)]
    page = exports.reasons_page(lists, released.title, released.minimum, invented=released.invented)
    into.write_text(page, encoding="utf-8", newline="\n")
    print(
        f"{len(lists):,} lists of reasons{_of_invented(released)} are in {into}. "
        "Read them before you show them."
    )


@program.command("archive")
@_store
@_session
@click.option("--into", type=PATH, required=True, metavar="FOLDER", help="an empty folder")
def archive_command(store: str, session: str | None, into: Path) -> None:
    """Write what may be given to research, with its codebook."""
    from boundaries.answers.store import Session
    from boundaries.instructor.research import write_archive

    opened, content, released = _class(store, session)
    described = Session(released.session, released.title, released.invented)
    for path in write_archive(opened, described, content, into):
        print(path)
    print(
        "Make one archive of a session, when it is closed: "
        "two made at different times can be subtracted."
    )


@program.command("pool")
@click.argument("places", nargs=-1, required=True, metavar="FOLDER...")
@click.option(
    "-o", "--output", type=output_file, required=True, metavar="FILE", help="pooled.parquet"
)
@click.option("--dask", default="", metavar="ADDRESS", help="a Dask scheduler that counts them")
def pool_command(places: tuple[str, ...], output: Path, dask: str) -> None:
    """Add what many classes may show: stores, archives, or folders that hold such files."""
    from boundaries.instructor.pool import pool, write_pool

    pooled = pool(*places, client=dask or None)
    write_pool(pooled, output)
    print(f"{pooled.title}{_of_invented(pooled)}: what may be shown is in {output}.")
    print("Pool a class when it is closed: two pools made at different times can be subtracted.")


@program.command("norms")
@_store
@_session
@click.option("--who", required=True, help="who answered, as in 'counselors at a training day'")
@click.option("--country", required=True, metavar="XX", help="two letters of countries.toml")
@click.option("--year", required=True, type=between(1950, 2100), help="when they answered")
@click.option("--consent", required=True, help="a sentence that says how they agreed to be shown")
@click.option("-o", "--output", type=PATH, required=True, metavar="FILE", help="as norms/x.toml")
def norms_command(store: str, session: str | None, output: Path, **head: Any) -> None:  # noqa: ANN401 - handed on as they are
    """Write what a workshop of practitioners answered as a norm set, drawn beside any class."""
    from boundaries.instructor.norms import write_norms

    _, content, released = _class(store, session)
    print(write_norms(released, content, output, **head))


@program.command("report")
@_store
@click.option(
    "--session",
    "sessions",
    multiple=True,
    help="its id in the store (not needed if there is one); give two to set them side by side",
)
@click.option(
    "-o", "--output", type=output_file, default="report.html", metavar="FILE", show_default=True
)
def report_command(store: str, sessions: tuple[str, ...], output: Path) -> None:
    """Write the class report as one HTML file, or as a PDF where FILE ends in .pdf."""
    from boundaries.instructor.paper import print_pdf
    from boundaries.instructor.report import POST_ONE, report

    asked: list[str | None] = [*dict.fromkeys(sessions)] or [None]
    if len(asked) > 2:
        raise BoundariesError(
            f"{len(asked)} sessions were named. A report shows one, or two side by side."
        )
    classes = []
    for session in asked:
        _, content, released = _class(store, session)
        classes.append(released)
    page = report(classes[0], content, *classes[1:])
    # The ending alone decides: nobody has to learn another option.
    if output.suffix.lower() == ".pdf":
        print_pdf(page, output)
    else:
        output.write_text(page, encoding="utf-8", newline="\n")
    print(f"The report{_of_invented(*classes)} is in {output}. {POST_ONE}")
    _remind_of_keeping(content)


# -- a lecture ------------------------------------------------------------------------------------


@program.command("serve")
@click.option("--store", metavar="STORE", help=f"{STORE} (default: a file of yours)")
@click.option("--host", default="127.0.0.1", help="who can reach it (default: this computer alone)")
@click.option(
    "--port", type=between(0, 65_535), default=8000, help="0 takes a free one", show_default=True
)
@click.option("--public-url", default="", metavar="URL", help="what phones open, behind a proxy")
@click.option(
    "--host-key", default="", metavar="KEY", envvar="BOUNDARIES_HOST_KEY", show_envvar=True
)
@click.option("--with-parent", is_flag=True, help="end when standard input closes")
@click.option("--idle-hours", type=float, default=0.0, metavar="N", help="end when nobody asked")
@click.option("--json", "as_json", is_flag=True, help="one line for a program, not for a person")
@click.option("--browser/--no-browser", default=True, help="open the host's page")
@click.option("--homework", is_flag=True, help="also take homework of course.toml's session")
def serve_command(store: str | None, **options: Any) -> None:  # noqa: ANN401 - handed on as they are
    """Run the class server: a lecture on phones, homework over the wire."""
    from boundaries.answers.students import home
    from boundaries.lectures.server.run import serve

    serve(store or home() / "class-server.sqlite", **options)
