"""Boundaries: an open course on dual relationships. Judge a case alone, then see what the codes of
ethics say.

In a notebook:

    import boundaries
    lesson = boundaries.lesson("business")
    lesson.cards()

Importing this package is light; what a name needs is loaded when the name is first used.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boundaries import charts as charts
    from boundaries.answers.store import Store as Store
    from boundaries.content import load as load
    from boundaries.counts.classes import classroom as classroom
    from boundaries.instructor.pool import pool as pool
    from boundaries.instructor.report import Story as Story
    from boundaries.instructor.report import report as report
    from boundaries.lectures.host.begin import homework as homework
    from boundaries.lectures.host.begin import lecture as lecture
    from boundaries.lessons.gates import codebook as codebook
    from boundaries.lessons.gates import practitioners as practitioners
    from boundaries.lessons.handin import carry as carry
    from boundaries.lessons.lesson import lesson as lesson
    from boundaries.lessons.withheld import withheld as withheld

__version__ = "0.7.1"

_HOMES = {
    "Store": "boundaries.answers.store",
    "Story": "boundaries.instructor.report",
    "carry": "boundaries.lessons.handin",
    "charts": "boundaries.charts",
    "classroom": "boundaries.counts.classes",
    "codebook": "boundaries.lessons.gates",
    "homework": "boundaries.lectures.host.begin",
    "lecture": "boundaries.lectures.host.begin",
    "lesson": "boundaries.lessons.lesson",
    "load": "boundaries.content",
    "pool": "boundaries.instructor.pool",
    "practitioners": "boundaries.lessons.gates",
    "report": "boundaries.instructor.report",
    "withheld": "boundaries.lessons.withheld",
}

_IN_BROWSER = sys.platform == "emscripten"

__all__ = sorted(["__version__", *_HOMES])


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    if name not in _HOMES:
        raise AttributeError(f"module 'boundaries' has no attribute {name!r}")
    try:
        module = importlib.import_module(_HOMES[name])
    except ModuleNotFoundError as missing:
        if not _IN_BROWSER:
            raise
        # In a browser a notebook goes on to its end, with a sentence in each cell that needs it.
        from boundaries.lessons.outputs import StandIn

        return StandIn(
            f"boundaries.{name} needs {missing.name}, which is not in the browser. "
            "Run the course with JupyterLab to see this."
        )
    found = globals()[name] = module if name == "charts" else getattr(module, name)
    return found


def __dir__() -> list[str]:
    return __all__
