"""How learning platforms name what was handed in: whose file it is, and whether it came late.

Four platforms have names that no student can choose. Other trees of folders are looked at as a
whole, by `people`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from boundaries.instructor.encodings import spellings
from boundaries.instructor.headings import CONVENTIONS
from boundaries.instructor.moments import moment

# The names on the way to a file, from the path that was given.
Parts = tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where a file lies, and what the platform's names say of it.

    `who` is the platform's own identifier and `group` the folder or archive in which it is unique;
    both are empty where nothing is said. `late` is None where the platform does not tell. `tree`
    is the folder of the path that was given; `raw` holds, beside each of its parts, the bytes of a
    name whose encoding is not known. `level` is the part that told who.
    """

    tree: str = ""
    parts: Parts = ()
    layout: str = ""
    who: str = ""
    name: str = ""
    late: bool | None = None
    group: str = ""
    number: str = ""
    level: int = -1
    raw: tuple[bytes | None, ...] = field(default=(), repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """What the student's name may be: as it was read, then in every other encoding that fits."""
        raw = self.raw[self.level] if 0 <= self.level < len(self.raw) else None
        names = [self.name]
        for spelling in spellings(raw) if raw else ():
            parts = (*self.parts[: self.level], spelling, *self.parts[self.level + 1 :])
            names.append(origin(self.tree, parts).name or spelling)
        return tuple(name for name in dict.fromkeys(names) if name)


_LONGEST = 400  # characters of a name that are looked at

# Google Classroom: "Ann Berg - anything"; Google Forms: "boundaries-submission - Ann Berg.json".
_CLASSROOM = re.compile(r"(?!boundaries-submission)(?P<name>.+?) - .+", re.DOTALL)
_FORMS = re.compile(
    r"boundaries-submission(?: ?\(\d+\))? - (?!(?:copy|copie|copia|cópia|kopie|kopia)\b)(?P<name>[^.]+)\..+",
    re.DOTALL | re.IGNORECASE,
)


def printable(text: str) -> str:
    r"""A name as a screen may print it: nothing in it that a terminal would obey or turn around.

    >>> printable("a\x1b[2Jb\u202e.json")
    'a�[2Jb�.json'
    """
    return "".join(c if c.isprintable() else "�" for c in text)


@lru_cache(maxsize=256)  # asked for each file several times in a row
def origin(
    tree: str,
    parts: Parts,
    due: datetime | None = None,
    raw: tuple[bytes | None, ...] = (),
    given: int = 0,
) -> Origin:
    """What the names on the way to a file say: `parts` from the folder `tree` on.

    The outermost name that says something counts, for the inner ones are a student's own choice. `raw` are the bytes
    of those names whose encoding is not known, `given` is the place of the path that was given among the parts.

    >>> canvas = origin("", ("hw.zip", "bergann_LATE_12345_67890_answers-1.json"))
    >>> canvas.layout, canvas.who, canvas.name, canvas.late
    ('canvas', '12345', 'bergann', True)
    """
    for level, part in enumerate(parts):
        for layout, pattern in CONVENTIONS["layouts"].items():
            if layout == "canvas" and level < len(parts) - 1:
                if level <= given:
                    continue  # an archive that was given may have any name
                pattern = CONVENTIONS["canvas_archive"]
            match = re.fullmatch(pattern, part[:_LONGEST], re.DOTALL | re.VERBOSE)
            if match:
                group = "/".join((tree, *parts[:level]))
                unnamed = Origin(tree, parts, layout, group=group, level=level, raw=raw)
                return _named(unnamed, match, due)
    return Origin(tree, parts, raw=raw)


def file_name_of(parts: Parts) -> str:
    """The student whom Google Classroom or Google Forms names in a file's own name, if there is one."""
    match = _FORMS.fullmatch(parts[-1][:_LONGEST]) or _CLASSROOM.fullmatch(parts[-1][:_LONGEST])
    return match["name"].strip() if match else ""


def _named(unnamed: Origin, match: re.Match[str], due: datetime | None) -> Origin:
    fields = {key.rstrip("2"): text for key, text in match.groupdict().items() if text is not None}
    name = fields.get("name", "").strip()
    if name == "Participant":  # Moodle, marked without names
        name = ""
    # A date never lacks a digit, and a name may hold " - ". Flat files go on with " - " and the
    # student's own name for the file.
    pieces = fields.get("when", "").split(" - ")
    while len(pieces) > 1 and not re.search(r"\d", pieces[0]):
        name += f" - {pieces.pop(0)}"
    late: bool | None = None
    if unnamed.layout == "canvas":
        late = "late" in fields
    elif due:
        handed_in = moment(pieces[0])
        late = handed_in > due if handed_in else None
    return replace(
        unnamed, who=fields["who"], name=name, late=late, number=fields.get("number", "")
    )
