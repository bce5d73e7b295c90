"""`python -m boundaries …`: what a lecturer, a teacher or a student does outside a notebook.

Each command stands with its options above the few lines that it runs: those of the course itself
in module `course`, those of a class in module `desk`. The work is done in the rooms, which a
command imports when it runs.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from boundaries.cli import course, desk
from boundaries.errors import BoundariesError

program = click.Group(
    commands=[
        course.lab,
        course.course,
        course.student,
        course.check,
        course.sample,
        desk.simulate,
        desk.collect,
        desk.forget,
        desk.tally,
        desk.moves,
        desk.gap,
        desk.reasons,
        desk.archive,
        desk.report,
        desk.serve,
    ],
    help="The course Boundaries: open it, rehearse it, collect what a class answered, and report.",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0 done, 1 a fault said in a sentence, 2 not a
    command of ours."""
    _print_what_any_console_can_show()
    try:
        code = program.main(argv, prog_name="python -m boundaries", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130  # as a shell says of a command that was ended by Control-C
    except BoundariesError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        reason = f"{error.filename}: {error.strerror}."
        print(f"{reason} Choose another place, then try again.", file=sys.stderr)
        return 1
    return code or 0


def _print_what_any_console_can_show() -> None:
    """A letter that the console lacks is printed as its number.

    On Windows, output that goes into a file or a pipe is in cp1252, which has no ł. Printing a
    student's name would otherwise end in a traceback when the work that it tells of has long been
    done.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
