"""Boundaries: an open course on dual relationships. Judge a case alone, then see what the codes of ethics say.

In a notebook:

    import boundaries
    lesson = boundaries.lesson("business")
    lesson.cards()

Importing this package is light; what a name needs is loaded when the name is first used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boundaries import charts as charts
    from boundaries.classroom import classroom as classroom
    from boundaries.content import load as load
    from boundaries.gates import codebook as codebook
    from boundaries.gates import practitioners as practitioners
    from boundaries.homework.handin import carry as carry
    from boundaries.host.lecture import lecture as lecture
    from boundaries.lesson import lesson as lesson
    from boundaries.outputs.report import report as report
    from boundaries.store import Store as Store

__version__ = "0.1.0"

_HOMES = {
    "Store": "boundaries.store",
    "carry": "boundaries.homework.handin",
    "charts": "boundaries.charts",
    "classroom": "boundaries.classroom",
    "codebook": "boundaries.gates",
    "lecture": "boundaries.host.lecture",
    "lesson": "boundaries.lesson",
    "load": "boundaries.content",
    "practitioners": "boundaries.gates",
    "report": "boundaries.outputs.report",
}

__all__ = [
    "Store",
    "__version__",
    "carry",
    "charts",
    "classroom",
    "codebook",
    "lecture",
    "lesson",
    "load",
    "practitioners",
    "report",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    if name not in _HOMES:
        raise AttributeError(f"module 'boundaries' has no attribute {name!r}")
    module = importlib.import_module(_HOMES[name])
    found = globals()[name] = module if name == "charts" else getattr(module, name)
    return found


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        # Importing the module boundaries.lesson would put it in the place of the function of that name.
        if name not in ("classroom", "lesson", "practitioners", "report") or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
