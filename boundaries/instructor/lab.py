"""The course in JupyterLab, started in Python alone, so that Windows needs no shell of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from boundaries.errors import BoundariesError
from boundaries.web import WEB

START = "00-start-here.ipynb"
# The folder, in that of the notebooks, where JupyterLab keeps what is open and where.
LAYOUTS = ".layouts"

# Set for the command that a runner starts, so that it never sends for JupyterLab again.
_SECOND_TRY = "BOUNDARIES_LAB_WAS_SENT_FOR"


def open_lab(course: Path, arguments: Sequence[str] = ()) -> int:
    """Opens a folder of notebooks in JupyterLab, and returns an exit code when JupyterLab ends.

    Where JupyterLab is not installed, uv or pipx runs this same command with it, in an environment
    that they keep and that changes no other. Raises BoundariesError, with a sentence, without them.
    """
    try:
        from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]
    except ImportError:
        return _open_with_a_runner(course, arguments)
    _close_the_side_panel(course)
    # In this very process, so that Control-C and the exit code are JupyterLab's own.
    LabApp.launch_instance(argv=lab_arguments(course, arguments))
    return 0


def _close_the_side_panel(course: Path) -> None:
    """JupyterLab opens the list of files at its first start, which leaves a phone a strip of notebook.

    A layout that is there already is the student's own, and stays.
    """
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    layouts = WorkspacesManager(str(course.resolve() / LAYOUTS))
    if not layouts.list_workspaces():
        closed = {"layout-restorer:data": {"left": {"collapsed": True}}}
        layouts.save("default", json.dumps({"data": closed, "metadata": {"id": "default"}}))


def _open_with_a_runner(course: Path, arguments: Sequence[str]) -> int:
    runner = _runner()
    if os.environ.get(_SECOND_TRY) or not runner:
        raise BoundariesError(
            "The course opens in JupyterLab, which is not installed. "
            'Run `pip install "boundaries[lab]"`, then try again.'
        )
    command = [*runner, _with_jupyterlab(), "boundaries", "lab", "--into", str(course.resolve())]
    print("JupyterLab comes first: the first time that takes a minute or two.", flush=True)
    finished = subprocess.run(  # noqa: S603 (our own command; the user's words stay words)
        [*command, "--", *arguments], env={**os.environ, _SECOND_TRY: "yes"}
    )
    return finished.returncode


def _runner() -> list[str]:
    """The start of a command that runs a package in an environment of its own; else nothing."""
    # uv names itself to what it runs, so that it is there even where it is not on the path.
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        return [uv, "tool", "run", "--from"]
    pipx = shutil.which("pipx")
    if pipx:
        return [pipx, "run", "--spec"]
    return []


def _with_jupyterlab() -> str:
    """This very package, from where it was installed, and JupyterLab."""
    installed = distribution("boundaries")
    # Written by every installer for what came from a folder, file or repository (PEP 610).
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if not origin:
        return f"boundaries[lab]=={installed.version}"
    address = origin["url"]
    if "vcs_info" in origin:
        repository = origin["vcs_info"]
        address = f"{repository['vcs']}+{address}@{repository['commit_id']}"
    return f"boundaries[lab] @ {address}"


def lab_arguments(course: Path, arguments: Sequence[str] = ()) -> list[str]:
    """What JupyterLab is told: our settings for this run alone, the folder, then the user's own words.

    >>> lab_arguments(Path("course"), ["--no-browser"])[0]
    '--LabApp.extension_manager=readonly'
    """
    folder = course.resolve()
    told = [
        "--LabApp.extension_manager=readonly",
        # Read from inside this package: nothing is written where other runs would see it.
        f"--LabApp.app_settings_dir={WEB / 'lab'}",
        f"--LabApp.workspaces_dir={folder / LAYOUTS}",
        f"--ServerApp.root_dir={folder}",
    ]
    # JupyterLab refuses to run as root, which is the only user in many a container.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        told.append("--allow-root")
    return [*told, *arguments, str(folder / START)]
