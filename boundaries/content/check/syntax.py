"""Files that are not TOML in UTF-8: the line, the likely cause, and what to type."""

from __future__ import annotations

import re
import tomllib

from boundaries.content.check.raw import SENTENCES, Fault, fault_text

_NOTE = re.compile(r'^((?:[^"#]|"[^"]*"?)*).*')
_QUOTE = re.compile(r'(?<!\\)"')


def fault_of(raw: bytes, error: Exception) -> Fault:
    """The line of a file that could not be read (as `line 18`), and what is likely amiss in it."""
    if b"\0" in raw[:200]:
        return "", fault_text("toml.utf_16")
    if isinstance(error, UnicodeDecodeError):
        number = raw[: error.start].count(b"\n") + 1
        return f"line {number}", fault_text("toml.letter")
    if not isinstance(error, tomllib.TOMLDecodeError):
        return "", fault_text("toml.unreadable", error=error)
    if b"\r" in raw and b"\n" not in raw:
        return "", fault_text("toml.line_ends")
    lines = raw.decode("utf-8-sig").splitlines()
    number = _line_of(lines, str(error))
    return f"line {number}", _cause(lines, number, str(error))


def _line_of(lines: list[str], message: str) -> int:
    """The line where reading stopped, or where began what never ends."""
    where = re.search(r"at line (\d+)", message)
    if where:
        return int(where[1])
    mark = "'" if 'Expected "\'"' in message else '"""'
    begins = [number for number, line in enumerate(lines, 1) if line.count(mark) % 2]
    return begins[-1] if begins else len(lines)


def _cause(lines: list[str], number: int, message: str) -> str:
    line = lines[number - 1] if lines else ""
    if "Unterminated" in message or ("at end of document" in message and '"""' in line):
        return fault_text("toml.endless")
    if "Cannot overwrite" in message or "twice" in message:
        return fault_text("toml.twice", name=line.split("=")[0].strip())
    if "Unclosed array" in message:
        return fault_text("toml.comma")
    bare = _NOTE.sub(r"\1", line)
    odd = bool(len(_QUOTE.findall(bare)) % 2) and '"""' not in line
    if odd or 'Expected "\'"' in message:
        return fault_text("toml.quote")
    if len(_QUOTE.findall(bare)) > 2 and "after a statement" in message:
        return fault_text("toml.quotes")
    # The likely causes, by how the line looks; the first that fits is told.
    for likely in SENTENCES["causes"]:
        cause = re.search(likely["looks"], bare)
        if cause:
            told: str = likely["sentence"]
            return told.format(*cause.groups())
    return fault_text("toml.other", reason=message.split(" (at ")[0])
