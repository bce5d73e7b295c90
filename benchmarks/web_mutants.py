"""Mutation testing of what a browser runs: one small mistake in a script, and the tests in a browser must notice.

    python benchmarks/web_mutants.py form.js --sample 20

As `mutants.py`, by patterns instead of a syntax tree, on a copy of the checkout; each mutant costs a browser.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 600
TESTS = {
    "form.js": ("tests/lessons/test_form.py",),
    "handin.js": ("tests/lessons/test_handin.py",),
    "phone.js": ("tests/lectures/test_server_pages.py", "tests/lectures/test_live_pages.py"),
    "outbox.js": (
        "tests/lectures/test_outbox.py",
        "tests/lectures/test_server_pages.py",
        "tests/lectures/test_live_pages.py",
    ),
    "homework.js": ("tests/lectures/test_homework_page.py", "tests/instructor/test_page.py"),
    "file.js": ("tests/instructor/test_page.py",),
}
MISTAKES = (
    (r" === ", " !== "),
    (r" !== ", " === "),
    (r" && ", " || "),
    (r" \|\| ", " && "),
    (r" < ", " <= "),
    (r" > ", " >= "),
    (r" \+ 1\b", " - 1"),
    (r"\bif \((?!false)", "if (false && "),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"(?<=[\s(])!(?=\w)", ""),
    (r"^( +)(\w[\w.]*\([^=]*\);)$", r"\1void 0; // \2"),
)


def mutants_of(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, mistake and whole source of every mistake above, one at a time; not in comments."""
    lines = source.splitlines()
    for number, line in enumerate(lines):
        if line.lstrip().startswith(("//", "*", "/*", "import", "export {")):
            continue
        for pattern, instead in MISTAKES:
            for match in re.finditer(pattern, line):
                wrong = line[: match.start()] + match.expand(instead) + line[match.end() :]
                changed = [*lines[:number], wrong, *lines[number + 1 :]]
                yield number + 1, f"`{line.strip()}` → `{wrong.strip()}`", "\n".join(changed)


def passes(copy: Path, tests: tuple[str, ...]) -> bool:
    """Whether the tests of the copy pass."""
    environment = os.environ | {"PYTHONPATH": str(copy), "HOME": str(copy)}
    unused = ["-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:schemathesis"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *unused, *tests]
    try:
        ended = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", nargs="*", choices=[[], *TESTS])
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    copy = Path(tempfile.mkdtemp(prefix="boundaries-mutants-")) / "course"
    left_out = shutil.ignore_patterns(".venv", ".git", "build", "__pycache__", "course")
    shutil.copytree(ROOT, copy, ignore=left_out)
    for name in options.scripts or TESTS:
        script = copy / "boundaries" / "web" / name
        source = script.read_text("utf-8")
        mutants = list(mutants_of(source))
        chosen = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))
        if not passes(copy, TESTS[name]):
            sys.exit(f"{name}: its tests fail as it is, so they can notice nothing.")
        survived = 0
        for line, mistake, mutated in sorted(chosen):
            script.write_text(mutated, "utf-8")
            if passes(copy, TESTS[name]):
                survived += 1
                print(f"{name}:{line} {mistake}", flush=True)
        script.write_text(source, "utf-8")
        print(f"## {name}: {survived} of {len(chosen)} survived", flush=True)


if __name__ == "__main__":
    main()
