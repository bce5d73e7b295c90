"""Files that are not TOML in UTF-8: the line, the likely cause, and what to type."""

from __future__ import annotations

import re
import tomllib

from boundaries.content.check.schema import Fault

# The likely causes, by how the line looks; the first that fits is told. `{0}` is what its group holds.
_CAUSES = (
    (
        r"=\s*\[?\s*[“”„«]",
        'curly quotes stand around the text. Quotes that enclose are straight ones. Type " instead',
    ),
    (
        r"^\s*([\w.-]+)\s*=\s*(?:#.*)?$",
        "'{0}' has no value. One stands after the equals sign. Write it, text in quotes",
    ),
    (
        r"^\s*([\w.-]+)\s*=\s*(?:True|False|Yes|No|yes|no)\s*(?:#.*)?$",
        "'{0}' is neither true nor false. Both are written small and without quotes. Write one of them",
    ),
    (
        r"^\s*([\w.-]+)\s*=\s*[^\s\"'\[{\d]",
        "'{0}' has text without quotes. Text stands between two of them. Put \" before and after it",
    ),
    (r"\\", "a backslash stands in the text. TOML takes it for a command. Write / or \\\\ instead"),
    (
        r"^\s*([\w.-]+)\s*(?::|\"|'|\w)[^=]*$",
        "'{0}' has no equals sign. A line is name = \"value\". Put = after the name",
    ),
    (r"^\s*\[", "the brackets do not match. A heading is [dial] or [[readings]]. Close them"),
    (
        r"=\s*(?:\"[^\"]*\"|\[.*\]|\d+)\s*,\s*(?:#.*)?$",
        "a comma stands at the end. Lines need none. Take it out",
    ),
)
_NOTE = re.compile(r'^((?:[^"#]|"[^"]*"?)*).*')
_QUOTE = re.compile(r'(?<!\\)"')


def fault_of(raw: bytes, error: Exception) -> Fault:
    """The line of a file that could not be read (as `line 18`), and what is likely amiss in it."""
    if b"\0" in raw[:200]:
        return "", (
            "it is saved as UTF-16, which Windows also calls Unicode. Content is UTF-8. Save it "
            "anew as UTF-8"
        )
    if isinstance(error, UnicodeDecodeError):
        number = raw[: error.start].count(b"\n") + 1
        return f"line {number}", (
            "a letter is not in UTF-8. Content is UTF-8. Save the file anew as UTF-8, or type "
            "the letter again"
        )
    if not isinstance(error, tomllib.TOMLDecodeError):
        return "", f"it cannot be read ({error}). Mend that first"
    lines = raw.decode("utf-8-sig").splitlines()
    number = _line_of(lines, str(error))
    return f"line {number}", f"{_cause(lines, number, str(error))}"


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
        return 'the text that begins here never ends. A long text ends in """. Put them below it'
    if "Cannot overwrite" in message or "twice" in message:
        name = line.split("=")[0].strip()
        return f"'{name}' stands twice. Each name is used once in its part. Take one out"
    if "Unclosed array" in message:
        return "a comma is missing. Entries of a list stand apart by commas. Put one between them"
    bare = _NOTE.sub(r"\1", line)
    odd = bool(len(_QUOTE.findall(bare)) % 2) and '"""' not in line
    if odd or 'Expected "\'"' in message:
        return 'a quote is missing. Text stands between two of them. Put " where it begins or ends'
    if len(_QUOTE.findall(bare)) > 2 and "after a statement" in message:
        return (
            "quotes stand inside the text. Inside it they are curly, or have a backslash before them. "
            'Write “…” or \\"'
        )
    for pattern, sentence in _CAUSES:
        cause = re.search(pattern, bare)
        if cause:
            return sentence.format(*cause.groups())
    reason = message.split(" (at ")[0]
    return f"it is not TOML ({reason}). Compare the line with the example. Mend it"
