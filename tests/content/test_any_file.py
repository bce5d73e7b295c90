"""Any damage to any line of any file of a course is a fault in a sentence, and never a traceback."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from boundaries.content import check, load
from boundaries.content.loading import _load
from boundaries.errors import ContentError

WHOLE = Path(__file__).parent / "broken" / "whole"
FILES = sorted(WHOLE.rglob("*.toml"))
ODD = [
    *("1", "-1", "0", "1.5", "inf", "nan", "true", "2026-01-01", "12:00:00", '""', "[]", "{}"),
    *("[[]]", "[{}]", '["x"]', '{ x = "y" }', '"\\u0000"', '"x"', "10000000000000000000000"),
]
"""Values that TOML may hold and a reader may stumble over."""


def damaged(text: str, chance: random.Random) -> str:
    """The text with one line's value made odd, left out, doubled, or moved to the end."""
    lines = text.splitlines()
    number = chance.choice([n for n, line in enumerate(lines) if line.strip()])
    how = chance.random()
    if how < 0.75 and "=" in lines[number]:
        lines[number] = f"{lines[number].partition('=')[0]}= {chance.choice(ODD)}"
    elif how < 0.85:
        del lines[number]
    elif how < 0.95:
        lines.insert(number, lines[number])
    else:
        lines.append(lines.pop(number))
    return "\n".join(lines)


def assert_told(folder: Path) -> None:
    """`check` says what is wrong in plain lines, and what it finds whole is loaded."""
    faults = check.faults(folder)
    check.summary(folder)
    assert all(fault.isprintable() for fault in faults)
    _load.cache_clear()
    try:
        load(folder)
    except ContentError:
        assert faults


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_any_damage_is_told_and_what_has_no_fault_loads(tmp_path, seed):
    chance = random.Random(seed)
    folder = Path(shutil.copytree(WHOLE, tmp_path / "data"))
    for _ in range(25 if seed == 1 else 1_000):
        file = chance.choice(FILES)
        text = damaged(file.read_text("utf-8"), chance)
        (folder / file.relative_to(WHOLE)).write_text(text, "utf-8")
        try:
            assert_told(folder)
        except BaseException as error:
            error.add_note(f"{file.name}:\n{text}")
            raise
        shutil.copy(file, folder / file.relative_to(WHOLE))
