"""A page on paper: printed to PDF by the browser that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from boundaries.errors import BoundariesError

_COMMANDS = (
    *("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge", "brave-browser"),
)
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
    r"Chromium\Application\chrome.exe",
)
_MACOS = ("Google Chrome", "Microsoft Edge", "Chromium", "Brave Browser")
_SECONDS = 120


def print_pdf(page: str, path: Path) -> None:
    """Prints an HTML page to a PDF file, through Chrome, Chromium or Edge without a window.

    Raises BoundariesError where none of them is there, or where it does not print.
    """
    by_hand = (
        f"Write {path.stem}.html with `-o {path.with_suffix('.html').name}`, open it in a browser, "
        "and print it to a file."
    )
    browser = next(_browsers(), None)
    if browser is None:
        raise BoundariesError(
            f"{path}: a PDF is printed by Chrome, Chromium or Edge, and none of them was found here. {by_hand}"
        )
    try:
        # Beside the file itself, for a browser in a sandbox of its own (snap) sees no other folder.
        with tempfile.TemporaryDirectory(dir=path.parent, ignore_cleanup_errors=True) as folder:
            printed = _print(browser, page, Path(folder).resolve())
            if printed.exists():
                printed.replace(path)
                return
    except subprocess.TimeoutExpired:
        pass
    raise BoundariesError(f"{path}: {browser} did not print it. {by_hand}")


def _print(browser: Path, page: str, folder: Path) -> Path:
    source, printed = folder / "page.html", folder / "page.pdf"
    source.write_text(page, encoding="utf-8")
    command = [
        str(browser),
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--no-pdf-header-footer",
        # A profile of its own: else a browser that is open takes the command over and prints nothing.
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={printed}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append(
            "--no-sandbox"
        )  # which Chromium refuses to root, the only user of many containers
    subprocess.run(  # noqa: S603 (a browser that is installed, on a page of ours without scripts)
        [*command, source.as_uri()], capture_output=True, timeout=_SECONDS, check=False
    )
    return printed


def _browsers() -> Iterator[Path]:
    """Browsers that print, on the path or where Windows and macOS keep them."""
    for command in _COMMANDS:
        program = shutil.which(command)
        if program:
            yield Path(program)
    places = [Path("/Applications") / f"{name}.app/Contents/MacOS/{name}" for name in _MACOS]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if variable in os.environ:
            places += [Path(os.environ[variable]) / place for place in _WINDOWS]
    yield from filter(Path.is_file, places)
