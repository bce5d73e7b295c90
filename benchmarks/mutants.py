"""Mutation testing: one small mistake at a time is put into a module, and the tests must notice.

    python benchmarks/mutants.py                      a sample of every module below
    python benchmarks/mutants.py judgments --sample 0 every mutant of one module

A mutant that no test notices *survived*: `docs/mutants.md` answers those that were seen. The tests run in a fork
of a process that has loaded all libraries but none of ours, so a mutant costs what its tests cost; mutmut, which
starts the whole suite for each, would take days. A mutant is first shown to the tests that call its function, the
quickest first, and to all of them only if none of these notices it. Nothing on the disk is changed. POSIX only.
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PATIENCE = 180.0
"""Seconds after which tests that a mutant keeps going for ever are ended; that is noticed, too."""

EXAMPLES = 25
"""How many a property test tries at most."""

ROUNDS = (
    "tests/lectures/test_rounds_stages.py",
    "tests/lectures/test_homework.py",
    "tests/lectures/test_rounds_halls.py",
    "tests/lectures/test_rounds_writer.py",
    "tests/lectures/test_server_host_choices.py",
)
COUNTS = ("tests/counts",)
MODULES: dict[str, tuple[str, ...]] = {
    "boundaries.answers.judgments": (
        "tests/answers/test_judgments.py",
        "tests/answers/test_store.py",
        "tests/answers/test_submissions.py",
        "tests/answers/test_students.py",
    ),
    "boundaries.answers.store": (
        "tests/answers/test_store.py",
        "tests/answers/test_students.py",
        "tests/answers/test_writings.py",
        "tests/lessons/test_handin.py",
        "tests/instructor/test_collect.py",
    ),
    "boundaries.answers.queries": (
        "tests/answers/test_store.py",
        "tests/answers/test_queries.py",
        "tests/answers/test_writings.py",
        "tests/counts/test_tally.py",
        "tests/instructor/test_collect.py",
    ),
    "boundaries.answers.counting": (
        "tests/answers/test_store.py",
        "tests/answers/test_queries.py",
        "tests/lectures/test_rounds_halls.py",
    ),
    "boundaries.answers.submissions": (
        "tests/answers/test_submissions.py",
        "tests/answers/test_writings.py",
    ),
    "boundaries.counts.tally": COUNTS,
    "boundaries.counts.statistics": COUNTS,
    "boundaries.counts.withholding": COUNTS,
    "boundaries.counts.release": COUNTS,
    "boundaries.counts.comparison": COUNTS,
    "boundaries.counts.classes": COUNTS,
    "boundaries.counts.headlines": COUNTS,
    "boundaries.counts.invented": COUNTS,
    "boundaries.counts.phrases": (*COUNTS, "tests/charts/test_charts.py"),
    "boundaries.lectures.rounds.stages": ROUNDS,
    "boundaries.lectures.rounds.receipts": ROUNDS,
    "boundaries.lectures.rounds.homework": ROUNDS,
    "boundaries.lectures.rounds.changes": ROUNDS,
    "boundaries.lectures.rounds.joining": ROUNDS,
    "boundaries.lectures.rounds.records": ROUNDS,
    "boundaries.lectures.rounds.reasons": ROUNDS,
    "boundaries.lectures.rounds.standing": ROUNDS,
    "boundaries.lectures.rounds.creation": ROUNDS,
    "boundaries.lectures.rounds.writer": ROUNDS,
    "boundaries.lectures.rounds.halls": ROUNDS,
}
"""What is mutated, and the tests that must notice: the module's own first, then its callers'."""


# -- mistakes -------------------------------------------------------------------------------------

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}


@dataclass(frozen=True)
class Mutant:
    """One mistake in a module: where, in words, and the whole mutated source."""

    line: int
    function: int | None  # the line on which the function around it begins
    mistake: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Every mistake of the kinds above, one at a time."""
    tree = ast.parse(source)
    functions = _functions(tree)
    for place, node in enumerate(_places(tree)):
        for make in _mistakes(node):
            whole = copy.deepcopy(tree)
            changed = list(_places(whole))[place]
            before = ast.unparse(changed)
            make(changed)
            after = ast.unparse(ast.fix_missing_locations(changed))
            if before == after:  # None for None
                continue
            mistake = f"`{before.splitlines()[0]}` → `{after.splitlines()[0]}`"
            around = [first for first, last in functions if first <= node.lineno <= last]
            innermost = max(around, default=None)
            yield Mutant(node.lineno, innermost, mistake, ast.unparse(whole))


def _functions(tree: ast.AST) -> list[tuple[int, int]]:
    """First and last line of every function, its decorators included."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines.append((first, node.end_lineno))
    return lines


def _places(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes that run, in a fixed order; no annotation, docstring or import for types."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "type_params"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST):
                continue
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if isinstance(node, ast.expr | ast.stmt):
                yield node
            yield from _places(node)


def _mistakes(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield lambda n: n.ops.__setitem__(0, COMPARISONS[type(n.ops[0])]())
    elif isinstance(node, ast.BoolOp):
        yield lambda n: setattr(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda n: setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        yield lambda n: setattr(n, "op", OPERATORS[type(n.op)]())
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield lambda n: setattr(n, "value", not n.value)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield lambda n: setattr(n, "id", NAMES[n.id])
    elif isinstance(node, ast.If | ast.IfExp):
        yield lambda n: setattr(n, "test", ast.Constant(False))
    elif _gives_or_does(node):
        yield lambda n: setattr(n, "value", ast.Constant(None))


def _gives_or_does(node: ast.AST) -> bool:
    """Whether a statement returns something, or calls something for its effect."""
    if isinstance(node, ast.Return):
        return node.value is not None
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


# -- running --------------------------------------------------------------------------------------


class _InPlaceOf(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another source, for this process alone."""

    def __init__(self, module: str, path: Path, source: str) -> None:
        self.module, self.path, self.source = module, path, source

    def find_spec(self, name, path=None, target=None):
        if name == self.module:
            return importlib.util.spec_from_file_location(name, self.path, loader=self)
        return None

    def pytest_load_initial_conftests(self):
        # pytest's own hook, which rewrites asserts, has just put itself in front, and it would load
        # a module that is named for its doctests from the disk.
        sys.meta_path.remove(self)
        sys.meta_path.insert(0, self)

    def get_source(self, name):
        return self.source

    def exec_module(self, module):
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


class Watch:
    """Which tests call each function of a module (by its first line), and how long each test takes."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.callers: dict[int, list[str]] = {}
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid):
        self.test, self.start = nodeid, time.perf_counter()
        sys.settrace(self.see)
        threading.settrace(self.see)

    def pytest_runtest_logfinish(self, nodeid):
        sys.settrace(None)
        threading.settrace(None)
        self.seconds[nodeid] = time.perf_counter() - self.start

    def see(self, frame, event, argument):
        if frame.f_code.co_filename == self.path:
            callers = self.callers.setdefault(frame.f_code.co_firstlineno, [])
            if callers[-1:] != [self.test]:
                callers.append(self.test)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps([self.callers, self.seconds]), encoding="utf-8")

    def read(self, path: Path) -> None:
        callers, self.seconds = json.loads(path.read_text("utf-8"))
        self.callers = {int(line): tests for line, tests in callers.items()}


class Chosen:
    """Runs some of the tests that are collected, the quickest first."""

    def __init__(self, tests: Collection[str], watch: Watch) -> None:
        self.tests, self.seconds = tests, watch.seconds

    def pytest_collection_modifyitems(self, items):
        kept = [item for item in items if item.nodeid in self.tests]
        items[:] = sorted(kept, key=lambda item: self.seconds[item.nodeid])


def noticed(module: str, source: str, tests: tuple[str, ...], *plugins: object) -> bool:
    """Whether any of the tests fails, or does not end, with this source of the module."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os._exit(_run_tests(module, source, tests, plugins))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)  # its own session: what it started ends with it
    os.waitpid(child, 0)
    return True


def watched(module: str, source: str, tests: tuple[str, ...]) -> Watch | None:
    """What the tests of a module call and cost; None where they fail as it is."""
    watch = Watch(path_of(module))
    seen = Path(tempfile.gettempdir()) / "seen.json"

    class Writing:
        def pytest_sessionfinish(self):
            watch.write(seen)

    if noticed(module, source, tests, watch, Writing()):
        return None
    watch.read(seen)
    return watch


def survives(module: str, mutant: Mutant, tests: tuple[str, ...], watch: Watch) -> bool:
    """Whether no test notices a mutant."""
    if mutant.function is not None:
        callers = watch.callers.get(mutant.function, [])
        if not callers:
            return True
        files = tuple(dict.fromkeys(test.partition("::")[0] for test in callers))
        if noticed(module, mutant.source, files, Chosen(callers, watch)):
            return False
    # What a fixture or a cache keeps is called in one test and noticed in another.
    return not noticed(module, mutant.source, tests)


def _run_tests(
    module: str, source: str, tests: tuple[str, ...], plugins: tuple[object, ...]
) -> int:
    import pytest

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    mutated = _InPlaceOf(module, path_of(module), source)
    sys.meta_path.insert(0, mutated)
    _try_few_examples()
    unused = ["-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:schemathesis"]
    quick = ["-x", "-q", *unused, "--doctest-modules"]
    kinds = ["-m", "not browser and not process and not long"]
    status = pytest.main(
        [*quick, *kinds, str(path_of(module)), *tests], plugins=[mutated, *plugins]
    )
    assert sys.modules[module].__loader__ is mutated
    return 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else int(status)


def _try_few_examples() -> None:
    """Lets property tests try a few examples: a mistake shows in one of the first, or rarely."""
    from hypothesis import settings

    few_examples = {"max_examples": EXAMPLES, "deadline": None}
    settings.register_profile("few", **few_examples, derandomize=True, database=None)
    settings.load_profile("few")
    as_asked = settings.__init__

    def few(self: Any, *args: Any, **options: Any) -> None:
        if "max_examples" in options:
            options["max_examples"] = min(EXAMPLES, options["max_examples"])
        as_asked(self, *args, **options)

    settings.__init__ = few


def path_of(module: str) -> Path:
    return ROOT / Path(*module.split(".")).with_suffix(".py")


def preload() -> None:
    """Loads what takes long and is not ours."""
    for name in ("hypothesis", "httpx", "matplotlib.pyplot", "msgspec", "pandas", "pytest"):
        importlib.import_module(name)
    for name in ("scipy.optimize", "sqlalchemy.dialects.postgresql", "starlette.applications"):
        importlib.import_module(name)
    gc.freeze()  # or every mutant would search all of it for garbage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of the modules' names; default: all")
    parser.add_argument("--sample", type=int, default=40, help="mutants a module; 0: every one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="no new mutant after these")
    options = parser.parse_args()
    os.chdir(ROOT)
    home = tempfile.mkdtemp(prefix="boundaries-mutants-")
    tempfile.tempdir = home
    os.environ |= {"HOME": home, "BOUNDARIES_HOME": f"{home}/answers", "TZ": "Pacific/Chatham"}
    until = time.monotonic() + 60 * options.minutes
    preload()
    for module, tests in MODULES.items():
        if options.modules and not any(part in module for part in options.modules):
            continue
        source = path_of(module).read_text("utf-8")
        mutants = list(mutants_of(source))
        if options.sample and len(mutants) > options.sample:
            mutants = random.Random(options.seed).sample(mutants, options.sample)
        watch = watched(module, source, tests)
        if watch is None:
            sys.exit(f"{module}: its tests fail as it is, so they can notice nothing.")
        tried = survived = 0
        for mutant in sorted(mutants, key=lambda mutant: mutant.line):
            if time.monotonic() > until:
                break
            tried += 1
            if survives(module, mutant, tests, watch):
                survived += 1
                print(f"{module}:{mutant.line} {mutant.mistake}", flush=True)
        print(f"## {module}: {survived} of {tried} survived", flush=True)


if __name__ == "__main__":
    main()
