"""A norm set out of a store: what a workshop of practitioners answered, for classes elsewhere.

Only what `release` shows of the first judgments leaves the store: counts by case and level, of
five people or more, in the wording that the course asks today; no confidence, no moves. Practitioners
are asked before they judge whether counts may stand beside classes; the file says how they agreed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from boundaries.content import Content
from boundaries.content.check.names import choice
from boundaries.content.normsets import FOLDER, NormAnswers
from boundaries.counts.comparison import answers_to
from boundaries.counts.release import Released
from boundaries.errors import BoundariesError
from boundaries.instructor.exports import write_text

ONCE = (
    "Make one norm set of a workshop, when it is closed: two made at different times can be "
    "subtracted."
)
_FILE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.toml")
_HEAD = """\
# A norm set: counts of first judgments, released from the store of a workshop. It lies in norms/ beside vignettes/.
"""


def write_norms(
    released: Released,
    content: Content,
    path: Path,
    *,
    who: str,
    country: str,
    year: int,
    consent: str,
) -> list[NormAnswers]:
    """Writes the norm set of a released session, and gives what stands in it.

    Raises BoundariesError where the answers are invented, where a part is missing or unknown,
    where nothing may be shown, and where the file is there already.
    """
    if released.invented:
        raise BoundariesError(
            f"The answers of '{released.session}' are invented. A norm set holds what practitioners "
            "answered. Name the store of a workshop."
        )
    if country not in content.countries:
        raise BoundariesError(
            f"--country: '{country}' is not a country in countries.toml. "
            f"{choice(country, content.countries)}."
        )
    if not who.strip():
        raise BoundariesError(
            "--who is empty. It says in a few words who answered, such as 'counselors at a "
            "training day'. Write it."
        )
    if len(consent.split()) < 4:
        raise BoundariesError(
            f"--consent: '{consent}' does not say how they agreed. A norm set holds only what "
            "practitioners agreed to show. Write a sentence, such as 'All were told that counts "
            "would be shown to classes, and agreed.'"
        )
    if not _FILE.fullmatch(path.name):
        raise BoundariesError(
            f"{path}: the file's name is the norm set's id. It is lower-case letters and digits "
            "with single hyphens, and ends in '.toml', such as 'training-day-2026.toml'. Rename it."
        )
    if path.exists():
        raise BoundariesError(f"{path}: there is such a file already. {ONCE} Choose another name.")
    answers = norm_answers(released, content)
    if not answers:
        raise BoundariesError(
            f"Nothing of '{released.session}' may be shown: no case was judged by {released.minimum} "
            "people or more in the wording that the course asks today. Wait until more have judged."
        )
    head = {"who": who, "country": country, "year": year, "consent": consent}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, _HEAD + _lines(head) + "".join(_answers_text(entry) for entry in answers))
    return answers


def norm_answers(released: Released, content: Content) -> list[NormAnswers]:
    """What of a release can be a norm: of each taught case the first judgments, by blocks of levels."""
    norms = []
    for row in answers_to(released, content.vignettes.values(), "first"):
        for group in row.groups:
            levels = tuple(level for level in group.levels if level)
            entry = (row.item.id, row.item.wording, levels, group.counts, group.skips)
            norms.append(NormAnswers(*entry))
    return norms


def report_of(answers: list[NormAnswers], released: Released, content: Content, path: Path) -> str:
    """What was written and what not, and where it belongs, in sentences."""
    cases = len({entry.item for entry in answers})
    lines = [f"{cases} case{'s' if cases > 1 else ''} of '{released.session}' are in {path}."]
    if released.withheld:
        lines.append(
            f"{len(released.withheld):,} groups are withheld: they are small, could give one away, "
            "or answered another wording."
        )
    lines.append(
        f"It is drawn beside every class from the folder {content.folder / FOLDER}. {ONCE}"
    )
    return "\n".join(lines)


def _answers_text(entry: NormAnswers) -> str:
    fields = {
        "item": entry.item,
        "wording": entry.wording,
        "levels": entry.levels,
        "ratings": entry.ratings,
        "skips": entry.skips,
    }
    return f"\n[[answers]]\n{_lines(fields)}"


def _lines(fields: dict[str, object]) -> str:
    """Fields as TOML, in which text, whole numbers and lists of them are written as in JSON."""
    lines = ""
    for name, value in fields.items():
        if isinstance(value, str):
            value = " ".join(value.split())  # a line break ends a text in TOML
        lines += f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
    return lines
