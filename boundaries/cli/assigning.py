"""The commands for homework on phones: begun, ended, and told from completion codes who is done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from boundaries.cli.parameters import PATH, STORE, output_file, program
from boundaries.content import load


@program.command("homework")
@click.argument("cases", nargs=-1, required=True, metavar="TYPE | CASE...")
@click.option(
    "--closes", default="", metavar="DATE", help="such as 2026-12-10 or '2026-12-10 18:00'"
)
@click.option("--title", help="what students see above it (default: the type's own)")
@click.option("--session", help="its id in the store, as course.toml has it (default: a new one)")
@click.option("--server", metavar="URL", help="a class server (default: one on this computer)")
@click.option("--key", metavar="KEY", envvar="BOUNDARIES_HOST_KEY", show_envvar=True)
@click.option("--host", default="127.0.0.1", help="who reaches a server on this computer")
@click.option("--end", is_flag=True, help="end it: for good, and those who are done see the class")
def homework_command(cases: tuple[str, ...], end: bool, **options: Any) -> None:  # noqa: ANN401
    """Give homework that any phone does: prints the link, and a QR code where this is a screen."""
    import segno

    from boundaries.lectures.host.begin import homework

    content = load()
    asked: str | tuple[str, ...] = cases
    if len(cases) == 1 and cases[0] in content.types:
        asked = cases[0]
    given = homework(asked, content=content, **options)
    if end:
        given.end()
        print(
            f"Ended: {given.url} takes no judgment more. Whoever judged every case sees the class."
        )
        return
    print(given.url)
    if sys.stdout.isatty():
        segno.make(given.url, error="m", micro=False).terminal(compact=True)
    print(
        f"The link of '{given.title}', session '{given.session}'. The same command with --end ends it."
    )


@program.command("completed")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="CODES...")
@click.option("--store", required=True, metavar="STORE", help=STORE)
@click.option("--session", help="its id in the store (not needed if there is one)")
@click.option("--roster", type=PATH, metavar="CSV", help="the platform's class list or gradebook")
@click.option("--gradebook", type=output_file, metavar="CSV", help="default: ROSTER-completed.csv")
def completed_command(paths: tuple[Path, ...], store: str, **options: Any) -> int:  # noqa: ANN401
    """Tell from completion codes who has done the homework: files, folders or zips of a platform."""
    from boundaries.answers.store import Store
    from boundaries.instructor.completed import completed

    summary = completed(paths, Store(store, create=False), **options)
    print(summary)
    return 0 if summary.done and summary.whole else 1
