"""What a browser runs: one form in several homes, the pages of phones, projector and host, styles.

The files are plain ES modules and style sheets, without a build step. A widget in a notebook cannot
import them, for anywidget loads its module from a blob, to which "./dom.js" is no address; and a page
would ask a server for each. So `module` gives both one text with its imports written in.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

# The folder of these files.
WEB = Path(__file__).parent

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?function\*? (\w+)|(?:const|let|class) (\w+))", re.MULTILINE
)


def module(name: str) -> str:
    """The text of one of our ES modules, its imports written into it, for a widget's `_esm`.

    Each imported module stands once, before whatever needs it, in a function of its own, so that
    two modules may use one name. Only the form `import { a, b } from "./file.js";`, on one line, is
    understood.

    >>> "\\nimport " in module("form.js"), "function make(" in module("form.js")
    (False, True)
    """
    written: dict[str, str] = {}
    body = _linked(name, written)
    return "\n".join([*written.values(), body])


def style(*names: str) -> str:
    """The text of these style sheets, one after another, for a widget's `_css`."""
    return "\n".join((WEB / name).read_text(encoding="utf-8") for name in names)


def fill(template: str, **values: object) -> str:
    """A page or a part of one: a template of this folder, with these values in it, each escaped.

    Raises jinja2.UndefinedError for a name that the template asks for and nobody gave.

    >>> fill("not_running.html", text="<b>").splitlines()[-1]
    '<p class="bd-not-running">&lt;b&gt;</p>'
    """
    return _templates().get_template(template).render(values)


@cache
def _templates() -> jinja2.Environment:
    import jinja2  # where it is first needed: most of the package shows no page

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _linked(name: str, written: dict[str, str]) -> str:
    """A module's text; its imports now read from the functions that this call adds to `written`."""
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
    # A default export is for whoever takes the whole module: form.js is a widget, and a part too.
    inside = _EXPORT.sub("", text).replace("\nexport default ", "\nconst by_default = ")
    returned = f"return {{ {', '.join(exported)} }};"
    return f"const {_variable(name)} = (() => {{\n{inside}\n{returned}\n}})();"


def _variable(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name.removesuffix(".js"))
