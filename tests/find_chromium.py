"""Prints the path of a Chromium: the machine's own, else Debian's package (as root), else Playwright's download."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def on_this_machine() -> str | None:
    return os.environ.get("CHROMIUM") or next(
        (path for name in NAMES if (path := shutil.which(name))), None
    )


def from_debian() -> str | None:
    release = Path("/etc/os-release")
    debian = release.exists() and any(
        word in release.read_text(encoding="utf-8") for word in ("debian", "ubuntu")
    )
    if not (debian and shutil.which("apt-get") and os.geteuid() == 0):
        return None
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "chromium", "fonts-dejavu-core"],
    ):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, stdout=sys.stderr, env=quiet).returncode:
            return None
    return on_this_machine()


def from_playwright() -> str | None:
    if subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr
    ).returncode:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = on_this_machine() or from_debian() or from_playwright()
    if found is None:
        sys.exit(
            "No Chromium was found, and none could be installed. The browser tests need one: install Chromium or "
            "Chrome, then say where it is: CHROMIUM=/path/to/chromium make test"
        )
    print(found)
