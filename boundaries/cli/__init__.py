"""`python -m boundaries …`: what a lecturer, a teacher or a student does outside a notebook.

Each command stands with its options above the few lines that it runs: those of the course itself
in module `course`, those of a class in `desk`. The work is done in the rooms, which a
command imports when it runs.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires

import click

from boundaries.cli import assigning, course, desk
from boundaries.cli.parameters import STORE, program
from boundaries.errors import BoundariesError

PROGRAM = "python -m boundaries"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0 done, 1 a fault said in a sentence, 2 not a
    command of ours."""
    _print_what_any_console_can_show()
    try:
        code = program.main(argv, prog_name=PROGRAM, standalone_mode=False)
        if sys.stdout:  # none in a Windows program without a console
            sys.stdout.flush()
    except click.UsageError as error:
        print(_refusal(error), file=sys.stderr)
        return error.exit_code
    except click.Abort:
        return 130  # as a shell says of a command that was ended by Control-C
    except BoundariesError as error:
        print(error, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(_missing(error), file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            return _output_is_lost(error)
        reason = f"{error.filename}: this cannot be read or written ({error.strerror})."
        print(f"{reason} Choose another place, then try again.", file=sys.stderr)
        return 1
    return code or 0


def _output_is_lost(error: OSError) -> int:
    """The exit code where nobody takes our output any more; what a command did is done."""
    # Windows says "invalid argument" of a pipe whose reader has gone, as `more` and `head` do.
    if error.errno not in (errno.EPIPE, errno.EINVAL, errno.ENOSPC):
        raise error  # no place that anybody could choose otherwise: a fault of ours
    # What is still in the buffer would complain once more when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if error.errno == errno.ENOSPC:
        print("What was to be said here could not be written: the disk is full.", file=sys.stderr)
    return 1


def _refusal(error: click.UsageError) -> str:
    """What is wrong with the words of a command, and where help is."""
    # Click's own sentences name neither what is allowed nor what to do.
    command = error.ctx.command_path if error.ctx else PROGRAM
    wrong = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption):
        wrong = f"it has no option '{error.option_name}'"
        if error.possibilities:
            wrong += f", but {' and '.join(sorted(error.possibilities))}"
    elif isinstance(error, click.MissingParameter) and error.param:
        wrong = f"{_name(error.param)} is missing"
        meaning = getattr(error.param, "help", None)
        if meaning:
            wrong += f" ({meaning})"
    elif isinstance(error, click.BadParameter) and error.param:
        wrong = f"{_name(error.param)}: {error.message.rstrip('.')}"
    elif wrong.startswith("No such command"):
        typed = wrong.split("'")[1]
        wrong = (
            f"there is no command '{typed}'. Choose one of: {', '.join(sorted(program.commands))}"
        )
    elif wrong.startswith("Got unexpected extra argument"):
        wrong = f"too many words {wrong[wrong.index('(') :]}"
    return f"{command}: {wrong}. `{command} --help` says more."


def _name(parameter: click.Parameter) -> str:
    """An option or argument as it is typed."""
    if isinstance(parameter, click.Option):
        return parameter.opts[-1]
    name = parameter.human_readable_name.removesuffix("...")
    return f"{name}, {STORE}," if name == "STORE" else name


def _missing(error: ModuleNotFoundError) -> str:
    """Which of our extras brings a package that is not installed. What none brings is a fault of ours."""
    try:
        requirements = requires("boundaries") or []
    except PackageNotFoundError:
        requirements = []
    package = (error.name or "").partition(".")[0]
    for requirement in requirements:
        extra = re.search(r"extra == .(\w+)", requirement)
        if extra and re.match(rf"{re.escape(package)}\b", requirement.replace("-", "_")):
            return (
                f"This command needs the package {package}, which is not installed. "
                f'Run `pip install "boundaries[{extra[1]}]"`, then try again.'
            )
    raise error


def _print_what_any_console_can_show() -> None:
    # On Windows, output that goes into a file or a pipe is in cp1252, which has no ł. Printing a
    # student's name would otherwise end in a traceback when the work that it tells of has long been
    # done. A letter that the console lacks is printed as its number.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
