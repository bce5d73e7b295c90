"""What a class server says to a person when it begins, and the host's page that it opens."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from boundaries.answers import files

_OPENS_IT = """<!doctype html><meta charset="utf-8"><title>The host's page</title>
<script>location.replace({link})</script>
"""


def host_link(url: str, key: str) -> str:
    """The address of the host's page. Its key stands in the fragment, which no browser sends.

    >>> host_link("http://127.0.0.1:8000", "a/key")
    'http://127.0.0.1:8000/host#a%2Fkey'
    """
    return f"{url}/host#{quote(key, safe='')}"


def for_a_person(url: str, key: str) -> list[str]:
    """Two lines with the links of the host's page and the projector's."""
    return [
        f"Lead a lecture here (yours alone: who has this link is the host): {host_link(url, key)}",
        f"On the projector: {url}/screen",
    ]


def has_a_screen() -> bool:
    """Whether somebody sits at this terminal, with a browser beside it."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_host_page(link: str, folder: Path) -> None:
    """Opens the host's page in this person's browser, where there is one.

    By way of a file that only its owner can read: a link in a command could be read by everybody
    on this machine, in the list of processes.
    """
    page = folder / "host-page.html"
    with suppress(OSError, webbrowser.Error):
        files.make_folder(folder)
        text = _OPENS_IT.format(link=json.dumps(link).replace("<", "\\u003c"))
        page.unlink(missing_ok=True)
        private = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as file:
            file.write(text)
        webbrowser.open(page.as_uri())
