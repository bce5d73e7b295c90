"""What a browser runs: one form in several homes, the pages of phones, projector and host, and their styles.

The files are plain ES modules and style sheets, without a build step. A page served over HTTP imports them as they
are. A widget in a notebook cannot: anywidget loads its module from a blob, to which "./dom.js" is no address. So
`module` gives a widget one text with its imports written into it.
"""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parent
"""The folder of these files."""

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?function\*? (\w+)|(?:const|let|class) (\w+))", re.MULTILINE
)


def module(name: str) -> str:
    """The text of one of our ES modules with all that it imports written into it, for a widget's `_esm`.

    Each imported module stands once, before whatever needs it, in a function of its own, so that two modules may
    use one name. Only the form `import { a, b } from "./file.js";`, on one line, is understood.

    >>> "\\nimport " in module("form.js"), "function make(" in module("form.js")
    (False, True)
    """
    written: dict[str, str] = {}
    body = _linked(name, written)
    return "\n".join([*written.values(), body])


def style(*names: str) -> str:
    """The text of these style sheets, one after another, for a widget's `_css`."""
    return "\n".join((WEB / name).read_text(encoding="utf-8") for name in names)


def _linked(name: str, written: dict[str, str]) -> str:
    """A module's text, its import lines now reading from the functions that this call adds to `written`."""
    text = (WEB / name).read_text(encoding="utf-8")
    for _, source in _IMPORT.findall(text):
        if source not in written:
            written[source] = _enclosed(source, written)

    def constants(line: re.Match[str]) -> str:
        names = line[1].replace(" as ", ": ")
        return f"const {{ {names} }} = {_variable(line[2])};"

    return _IMPORT.sub(constants, text)


def _enclosed(name: str, written: dict[str, str]) -> str:
    """A module as a constant that holds what it exports."""
    text = _linked(name, written)
    exported = [function or other for function, other in _EXPORT.findall(text)]
    # A default export is for whoever takes the whole module: form.js is a widget too, and a part of the phone page.
    inside = _EXPORT.sub("", text).replace("\nexport default ", "\nconst by_default = ")
    return f"const {_variable(name)} = (() => {{\n{inside}\nreturn {{ {', '.join(exported)} }};\n}})();"


def _variable(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name.removesuffix(".js"))
