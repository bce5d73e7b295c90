"""A norm set out of a store: what a workshop of practitioners answered, for classes elsewhere.

Only what `release` shows of the first judgments leaves the store: counts by case and level, of five
people or more, in the wording that the course asks today; no confidence, no moves. Practitioners
are asked before they judge whether counts may stand beside classes; the file says how they agreed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boundaries.content import Content
from boundaries.content.check.raw import choice
from boundaries.content.check.schema import differences
from boundaries.content.normsets import NORMS_FOLDER
from boundaries.counts.comparison import answers_to
from boundaries.counts.release import Released
from boundaries.errors import BoundariesError

ONCE = (
    "Make one norm set of a workshop, when it is closed: two made at different times can be "
    "subtracted."
)
_FILE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.toml")
_HEAD = "# A norm set: counts of first judgments, released from the store of a workshop.\n"


def write_norms(released: Released, content: Content, path: Path, **head: str | int) -> str:
    """Writes the norm set of a released session, and gives a report of it.

    `head` is who answered, their country and year, and a sentence of their consent. Raises
    BoundariesError where the answers are invented, where a part of the head is missing or unknown,
    where nothing may be shown, and where the file is there already.
    """
    if released.invented:
        raise BoundariesError(
            f"The answers of '{released.session}' are invented. A norm set holds what practitioners "
            "answered. Name the store of a workshop."
        )
    answers = norm_answers(released, content)
    if not answers:
        raise BoundariesError(
            f"Nothing of '{released.session}' may be shown: no case was judged by {released.minimum} "
            "people or more in the wording that the course asks today. Wait until more have judged."
        )
    faults = list(differences({**head, "answers": answers}, "norms"))
    if head["country"] not in content.countries:
        hint = choice(str(head["country"]), content.countries)
        sentence = f"'{head['country']}' is not a country in countries.toml. {hint}"
        faults.append(("country", sentence))
    if faults:
        raise BoundariesError("\n".join(f"--{field}: {sentence}." for field, sentence in faults))
    if not _FILE.fullmatch(path.name):
        raise BoundariesError(
            f"{path}: the file's name is the norm set's id. It is lower-case letters and digits "
            "with single hyphens, and ends in '.toml', such as 'training-day-2026.toml'. Rename it."
        )
    if path.exists():
        raise BoundariesError(f"{path}: there is such a file already. {ONCE} Choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [_HEAD + _lines(head), *(f"[[answers]]\n{_lines(entry)}" for entry in answers)]
    # The same bytes on every system, for the file goes into a course that many share.
    path.write_text("\n".join(parts), encoding="utf-8", newline="\n")
    cases = len({entry["item"] for entry in answers})
    lines = [f"{cases} case{'s' * (cases > 1)} of '{released.session}' in {path}."]
    if released.withheld:
        lines.append(
            f"{len(released.withheld):,} groups are withheld: they are small, could give one away, "
            "or answered another wording."
        )
    folder = content.folder / NORMS_FOLDER
    lines.append(f"A norm set is drawn beside every class when it lies in {folder}. {ONCE}")
    return "\n".join(lines)


def norm_answers(released: Released, content: Content) -> list[dict[str, Any]]:
    """What of a release can be a norm: the first judgments of each taught case, by blocks of levels."""
    answers = []
    for row in answers_to(released, content.vignettes.values(), "first"):
        for group in row.groups:
            answers.append(
                {
                    "item": row.item.id,
                    "wording": row.item.wording,
                    "levels": [level for level in group.levels if level],
                    "ratings": list(group.counts),
                    "skips": group.skips,
                }
            )
    return answers


def _lines(fields: Mapping[str, Any]) -> str:
    """Fields as TOML, which writes text, whole numbers and lists of them as JSON does."""
    lines = ""
    for name, value in fields.items():
        if isinstance(value, str):
            value = " ".join(value.split())  # a line break would end the text
        lines += f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
    return lines
