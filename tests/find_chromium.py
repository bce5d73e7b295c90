"""Prints the path of a Chromium to drive.

The one without windows comes first where it can be had: the same engine, but a page in it costs a fifth of the
processor time, and the tests open some six hundred. Then the machine's own Chromium, Debian's package (as root),
and Playwright's download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WITHOUT_WINDOWS = ("chromium-headless-shell", "chrome-headless-shell")
WITH_WINDOWS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE = 120  # seconds for one command of apt


def on_this_machine(names: tuple[str, ...]) -> str | None:
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    return None


def from_debian(*packages: str) -> bool:
    """Whether these packages of Debian or Ubuntu could be installed."""
    release = Path("/etc/os-release")
    kind = release.read_text(encoding="utf-8") if release.exists() else ""
    if not shutil.which("apt-get") or os.geteuid() != 0 or "debian" not in kind:
        return False
    # The lists of packages may be fresh already, and without a network nobody need wait for them twice.
    install = ["install", "-y", "-qq", "--no-install-recommends", *packages]
    return apt(*install) or (apt("update", "-qq") and apt(*install))


def apt(*arguments: str) -> bool:
    command = ["apt-get", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", *arguments]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        return not subprocess.run(
            command, stdout=sys.stderr, env=quiet, timeout=PATIENCE
        ).returncode
    except subprocess.TimeoutExpired:
        return False


def from_playwright() -> str | None:
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(install, stdout=sys.stderr).returncode:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def chromium() -> str | None:
    told = os.environ.get("CHROMIUM")
    if told:
        return told
    found = on_this_machine(WITHOUT_WINDOWS)
    if not found and from_debian("chromium-headless-shell", "fonts-dejavu-core"):
        found = on_this_machine(WITHOUT_WINDOWS)
    found = found or on_this_machine(WITH_WINDOWS)
    if not found and from_debian("chromium", "fonts-dejavu-core"):
        found = on_this_machine(WITH_WINDOWS)
    return found or from_playwright()


if __name__ == "__main__":
    path = chromium()
    if path is None:
        sys.exit(
            "No Chromium was found, and none could be installed. The browser tests need one: install Chromium or "
            "Chrome, then say where it is: CHROMIUM=/path/to/chromium make test"
        )
    print(path)
