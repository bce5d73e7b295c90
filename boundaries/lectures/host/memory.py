"""What this computer remembers of class servers and lectures: the file `lecture.json`, for its
owner alone.

It holds host keys. A restarted kernel finds the same server with the same lecture by it.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from boundaries.answers import files
from boundaries.errors import BoundariesError

# Seconds after which a lecture is another day's: the same call then begins a new one.
FRESH = 12 * 3600


class Memory:
    """The file `lecture.json` of a folder: one table a store or department's server."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "lecture.json"

    def read(self, where: str) -> dict[str, Any]:
        """What is remembered of one place; empty if nothing is, or if the file is damaged."""
        facts = self._all().get(where)
        return facts if isinstance(facts, dict) else {}

    def keep(self, where: str, **facts: object) -> None:
        """Keeps these facts beside the others of that place; None forgets one."""
        merged = self.read(where)
        for name, fact in facts.items():
            merged.pop(name, None)
            if fact is not None:
                merged[name] = fact
        self._write(json.dumps(self._all() | {where: merged}, indent=1))

    def session(
        self, where: str, cases: str, *, kind: str = "lecture", fresh: float = FRESH
    ) -> str:
        """The session id of the lecture (or other `kind`) of these cases there: the one that is still
        `fresh`, else a new one, which is then kept.

        It is kept before the server hears of it, so that a lost answer never makes two lectures.
        """
        known = self.read(where).get("sessions", {}).get(cases, {})
        # abs: what a clock that ran ahead has written would else be fresh until that day comes.
        if abs(time.time() - known.get("since", 0)) < fresh:
            return str(known["session"])
        session = f"{kind}-{secrets.token_hex(5)}"
        self.keep_session(where, cases, session)
        return session

    def keep_session(self, where: str, cases: str, session: str) -> None:
        """Keeps this as the lecture of these cases there that began now."""
        begun = {"session": session, "since": int(time.time())}
        self.keep(where, sessions=self.read(where).get("sessions", {}) | {cases: begun})

    def _all(self) -> dict[str, Any]:
        try:
            facts = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def _write(self, text: str) -> None:
        new = self.path.with_name(f".{self.path.name}-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            files.make_folder(self.folder)
            # For its owner alone from the first byte on, not only after a chmod.
            private = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(private, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(new, self.path)
        except OSError as error:
            raise BoundariesError(
                f"{self.path} cannot be written ({error.strerror}). Make room there, then run this again."
            ) from None
