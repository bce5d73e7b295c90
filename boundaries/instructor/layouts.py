"""How learning platforms name what was handed in: whose file it is, and whether it came late.

Four platforms have names that no student can choose. Other trees of folders are looked at as a
whole, by `people`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from boundaries.instructor.texts import CONVENTIONS, plain, spellings

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
_NOTHING = r"(?!)"  # a pattern that no name fits


def matches(name: str, kind: str) -> re.Match[str] | None:
    """A name as one of the patterns in `platforms.toml` under "trees" takes it apart; None for another."""
    return re.fullmatch(CONVENTIONS["trees"][kind], name[:_LONGEST], re.DOTALL | re.VERBOSE)


def printable(text: str) -> str:
    r"""A name as a screen may print it: nothing in it that a terminal would obey or turn around.

    >>> printable("a\x1b[2Jb\u202e.json")
    'a�[2Jb�.json'
    """
    return "".join(c if c.isprintable() else "�" for c in text)


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
            if layout == "canvas":
                pattern = _canvas(parts, level, given)
            match = re.fullmatch(pattern, part[:_LONGEST], re.DOTALL | re.VERBOSE)
            if match:
                platform = layout.partition("_")[0]
                group = "/".join((tree, *parts[:level]))
                unnamed = Origin(tree, parts, platform, group=group, level=level, raw=raw)
                return _named(unnamed, match, due)
    return Origin(tree, parts, raw=raw)


def _canvas(parts: Parts, level: int, given: int) -> str:
    """The pattern of a name that Canvas may have given at this place of the way."""
    is_file = level == len(parts) - 1
    is_archive = parts[level].lower().endswith(".zip")
    if not is_file and (level <= given or not is_archive):
        return _NOTHING  # an archive that was given may have any name
    in_archives = all(part.lower().endswith(".zip") for part in parts[given + 1 : level])
    # Canvas makes no folders, and in a folder "hw_1_2.json" is what a student called it.
    pattern: str = CONVENTIONS["layouts"]["canvas"]
    return pattern if is_file and in_archives else CONVENTIONS["canvas_inside"]


def file_name_of(parts: Parts) -> str:
    """The student whom Google Classroom or Google Forms names in a file's own name, if there is one."""
    match = matches(parts[-1], "forms") or matches(parts[-1], "classroom")
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
    if "late" in match.re.groupindex:
        late = "late" in fields
    elif due:
        handed_in = moment(pieces[0])
        late = handed_in > due if handed_in else None
    return replace(
        unnamed, who=fields["who"], name=name, late=late, number=fields.get("number", "")
    )


# -- times: as platforms write them into names, without colons, in any language ---------------------


def moment(text: str) -> datetime | None:
    """The time in a piece of a name; None where it cannot be read, or read in two ways.

    >>> moment("Oct 2, 2026 1205 PM"), moment("2 oct. 2026 09 h 15")
    (datetime.datetime(2026, 10, 2, 12, 5), datetime.datetime(2026, 10, 2, 9, 15))
    """
    date = _date(text)
    time = _time(date[3]) if date else None
    if date is None or time is None:
        return None
    try:
        return datetime(*date[:3], *time)
    except ValueError:
        return None


def _date(text: str) -> tuple[int, int, int, str] | None:
    """Year, month, day, and what follows."""
    for pattern in CONVENTIONS["dates"]:
        date = re.match(pattern, text, re.DOTALL)
        if date:
            return int(date["year"]), int(date["month"]), int(date["day"]), date["rest"]
    spelled = re.match(r"(.*?)\b(20\d\d)(?!\d)(.*)", text, re.DOTALL)
    if not spelled:
        return None
    days = re.findall(r"\d+", spelled[1])
    months = {_month(word) for word in re.findall(r"[^\W\d_]{3,}", spelled[1])} - {0}
    if len(days) != 1 or len(months) != 1:
        return None
    return int(spelled[2]), months.pop(), int(days[0]), spelled[3]


def _month(word: str) -> int:
    """A month's number; 0 for another word. "juil" is July and "juin" June, so the longest
    beginning counts."""
    best, length = 0, 0
    for number, beginnings in enumerate(CONVENTIONS["months"], 1):
        for beginning in beginnings.split():
            start = plain(beginning)
            if plain(word).startswith(start) and len(start) > length:
                best, length = number, len(start)
    return best


def _time(text: str) -> tuple[int, int, int] | None:
    """Hour, minute, second of "915 AM", "0915", "09 h 15", "21.15", "09-00-00"."""
    half = re.search(r"(?<![^\W\d])([ap])\.?\s?m\b", text, re.IGNORECASE)
    digits = re.findall(r"\d+", text)
    if len(digits) == 1 and len(digits[0]) in (3, 4):
        digits = [digits[0][:-2], digits[0][-2:]]
    if len(digits) == 1 and half:
        digits.append("00")
    if len(digits) not in (2, 3) or any(len(number) > 2 for number in digits):
        return None
    hour, minute, second = (int(number) for number in [*digits, "0"][:3])
    words = set(map(plain, re.findall(r"[^\W\d_]+", text)))
    if hour <= 12 and not half and words - set(map(plain, CONVENTIONS["time_words"])):
        return None  # it may be a language's own word for the afternoon
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[1].lower() == "p" else 0)
    return hour, minute, second
