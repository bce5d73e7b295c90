"""The wheel takes the course along: content and notebooks go to `boundaries/course/`.

For a browser (`make lite`) it takes what was drawn beforehand in the place of the notebooks, which
a browser gets as files.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KNOWN = {".csv", ".ipynb", ".json", ".lock", ".md", ".toml"}
"""The kinds of files that a course consists of. Whatever else lies there (a store, say) stays."""


class CourseHook(BuildHookInterface):
    """Adds `data/` and `notebooks/` to a wheel. An editable install reads them where they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names the files to take; called by hatchling before it builds."""
        if version == "editable":
            return
        root = Path(self.root)
        folders = [root / "data", root / "notebooks"]
        drawn = os.environ.get("BOUNDARIES_DRAWN")
        if drawn:
            folders = [root / "data", Path(drawn)]
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.suffix in KNOWN and ".ipynb_checkpoints" not in path.parts:
                    place = path.relative_to(folder.parent).as_posix()
                    build_data["force_include"][str(path)] = f"boundaries/course/{place}"
