"""The course in JupyterLab, started in Python alone, so that Windows needs no shell of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from boundaries.errors import BoundariesError
from boundaries.web import WEB

START = "00-start-here.ipynb"


def open_lab(course: Path, arguments: Sequence[str] = ()) -> None:
    """Opens a folder of notebooks in JupyterLab, and returns when JupyterLab ends.

    Raises BoundariesError, with a sentence, where JupyterLab is not installed.
    """
    try:
        from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]
    except ImportError:
        raise BoundariesError(
            "The course opens in JupyterLab, which is not installed. "
            'Run `pip install "boundaries[lab]"`, then try again.'
        ) from None
    LabApp.launch_instance(argv=lab_arguments(course, arguments))


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
        f"--ServerApp.root_dir={folder}",
    ]
    # JupyterLab refuses to run as root, which is the only user in many a container.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        told.append("--allow-root")
    return [*told, *arguments, str(folder / START)]
