"""How learning platforms name what was handed in: whose file it is, and whether it came late."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

Parts = tuple[str, ...]
"""The names on the way to a file, from the path that was given."""


@dataclass(frozen=True)
class Handed:
    """A file that may be a submission, and what the platform's names say of it.

    `who` is the platform's own identifier and `group` the folder or archive in which it is unique; both are empty
    where nothing is said. `late` is None where the platform does not tell.
    """

    place: str
    data: bytes
    layout: str = ""
    who: str = ""
    name: str = ""
    late: bool | None = None
    group: str = ""


_LAYOUTS = {
    "moodle": r"(?P<name>.+?)_(?P<who>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?",
    "brightspace": r"(?P<who>\d+)-\d+ - (?P<name>.+?) - (?P<when>.+)",
    "blackboard": r"(?P<who>.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:[_.].*)?",
    "canvas": r"(?P<name>.+?)_(?P<late>LATE_)?(?P<who>\d+)_\d+_.+",
}
_CANVAS_ZIP = r"(?P<name>.+?)_(?P<late>LATE_)?(?P<who>\d{3,})_\d{3,}_.+\.zip"  # not mistaken for a date in a name
_CLASSROOM = r"(?!boundaries-submission)(?P<name>.+?) - .+"
_TIMES = {"blackboard": "%Y-%m-%d-%H-%M-%S", "brightspace": "%b %d, %Y %I%M %p"}


def shown(text: str) -> str:
    r"""A name as a screen may print it: nothing in it that a terminal would obey or turn around.

    >>> shown("a\x1b[2Jb\u202e.json")
    'a�[2Jb�.json'
    """
    return "".join(c if c.isprintable() else "�" for c in text)


def named(file: Handed, above: str, parts: Parts, due: datetime | None = None) -> Handed:
    """The file with what the names on the way to it say: `parts` from the path that was given, which lies in `above`.

    The outermost name that says something counts, for the inner ones are a student's own choice.

    >>> found = named(Handed("", b""), "", ("hw.zip", "bergann_LATE_12345_67890_answers-1.json"))
    >>> found.layout, found.who, found.name, found.late
    ('canvas', '12345', 'bergann', True)
    """
    for n, part in enumerate(parts):
        group = "/".join((above, *parts[:n]))
        for layout, pattern in _LAYOUTS.items():
            if layout == "canvas" and part is not parts[-1]:
                pattern = _CANVAS_ZIP if n else "(?!)"
            if match := re.fullmatch(pattern, part[:400], re.DOTALL):
                said = match.groupdict()
                name = (said.get("name") or said["who"].rpartition("_")[2]).strip()
                name = "" if name == "Participant" else name  # Moodle, marked without names
                late = (
                    bool(said["late"])
                    if layout == "canvas"
                    else _after(due, layout, said.get("when"))
                )
                return replace(
                    file, layout=layout, who=said["who"], name=name, late=late, group=group
                )
    if match := re.fullmatch(_CLASSROOM, parts[-1][:400], re.DOTALL):
        name, folder = match["name"], parts[:-1]
    elif len(parts) > 2:
        name, folder = parts[-2].removesuffix(".zip"), parts[:-2]
    else:
        return file
    return replace(file, layout="classroom", who=name, name=name, group="/".join((above, *folder)))


def _after(due: datetime | None, layout: str, when: str | None) -> bool | None:
    if due is None or when is None:
        return None
    try:
        return (
            datetime.strptime(re.sub(r"\b(\d{3}) (?=[AP]M$)", r"0\1 ", when), _TIMES[layout]) > due
        )
    except ValueError:
        return None
