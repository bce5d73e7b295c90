"""Mutation testing: one small mistake at a time is put into a module, and the tests must notice.

    python benchmarks/mutants.py                      a sample of every module below
    python benchmarks/mutants.py judgments --sample 0 every mutant of one module

A mutant that no test notices *survived*: `docs/mutants.md` answers those that were seen. The tests of a module are
collected once, and each mutant is put into a fork of that process: the code of one function is exchanged, and the
tests that call it run, the quickest first. What runs when the module is loaded (a constant, a decorator) is put
into a fork of a process that has loaded nothing of ours yet, and all tests of the module run. So a mutant costs
what its tests cost; mutmut, which starts the whole suite for each, would take days. Nothing on the disk is
changed. POSIX only.
"""

from __future__ import annotations

import argparse
import ast
import copy
import functools
import gc
import importlib.abc
import importlib.util
import inspect
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PATIENCE = 1800.0
"""Seconds after which tests are ended, should a mutant let them wait for ever."""

LOADING = "loading"
"""Stands among a function's callers where it is called as modules and tests are loaded."""

EXAMPLES = 25
"""How many a property test tries at most."""

ROUNDS = (
    "tests/lectures/test_rounds_standing.py",
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
        "tests/answers/test_submissions.py",
    ),
    "boundaries.answers.store": (
        "tests/answers/test_store.py",
        "tests/answers/test_students.py",
        "tests/answers/test_writings.py",
        "tests/answers/test_databases.py",
        "tests/answers/test_old.py",
        "tests/lessons/test_handin.py",
        "tests/lectures/test_homework_attack.py",
        "tests/instructor/test_collect.py",
    ),
    "boundaries.answers.queries": (
        "tests/answers/test_store.py",
        "tests/answers/test_queries.py",
        "tests/answers/test_writings.py",
        "tests/answers/test_old.py",
        "tests/counts/test_tally.py",
        "tests/lectures/test_server_host_choices.py",
        "tests/lectures/test_rounds_halls.py::"
        "test_whoever_is_forgotten_is_not_kept_as_one_who_joined",
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
    "boundaries.answers.endings": (
        "tests/lectures/test_homework.py",
        "tests/lectures/test_homework_attack.py",
    ),
    "boundaries.answers.students": ("tests/answers/test_students.py", "tests/answers/test_old.py"),
    "boundaries.counts.tally": COUNTS,
    "boundaries.counts.statistics": COUNTS,
    "boundaries.counts.withholding": COUNTS,
    "boundaries.counts.release": COUNTS,
    "boundaries.counts.comparison": (
        "tests/counts/test_comparison.py",
        "tests/counts/test_headlines.py",
        "tests/counts/test_phrases.py",
    ),
    "boundaries.counts.classes": (
        "tests/counts/test_classes.py",
        "tests/counts/test_invented.py",
        "tests/counts/test_sample.py",
    ),
    "boundaries.counts.differences": (
        "tests/counts/test_differences.py",
        "tests/counts/test_classes.py",
        "tests/counts/test_sample.py",
    ),
    "boundaries.counts.headlines": ("tests/counts/test_headlines.py",),
    "boundaries.counts.invented": ("tests/counts/test_invented.py", "tests/counts/test_sample.py"),
    "boundaries.counts.phrases": (
        "tests/counts/test_phrases.py",
        "tests/counts/test_comparison.py",
        "tests/counts/test_headlines.py",
        "tests/charts/test_charts.py",
    ),
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
    """One mistake in a module: where, in words, and the whole mutated module."""

    line: int
    mistake: str
    tree: ast.Module


def mutants_of(source: str) -> Iterator[Mutant]:
    """Every mistake of the kinds above, one at a time."""
    tree = ast.parse(source)
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
            yield Mutant(node.lineno, mistake, whole)


def _places(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes that run, in a fixed order; no annotation, docstring or import for types."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "type_params"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST):
                continue
            # They are there for who changes the code: as it is, nothing can go against them.
            if isinstance(node, ast.keyword) and node.arg in ("frozen", "strict"):
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
        # None instead of false says the same to who asks, and true is tried anyway.
        is_false = isinstance(node.value, ast.Constant) and node.value.value is False
        return node.value is not None and not is_false
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


# -- what runs when a function is called ----------------------------------------------------------


class Trials:
    """A plugin of pytest: its session runs no test itself, but some of them in a fork for each mutant."""

    def __init__(self, module: str, mutants: Sequence[Mutant], until: float, results: Path) -> None:
        self.mutants, self.until, self.results = mutants, until, results
        self.module, self.path = module, str(path_of(module))
        self.tree = ast.parse(Path(self.path).read_text("utf-8"))
        self.codes = _functions(self.tree, self.path)
        self.callers: dict[str, dict[str, None]] = {}
        self.seconds: dict[str, float] = {}
        self.now = LOADING

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """pytest's own hook, after the tests were collected; true: nobody else shall run them."""
        self.session = session
        importlib.import_module("boundaries.content").load()  # once for all forks
        gc.unfreeze()
        self.living = gc.get_objects()
        gc.freeze()
        if not self._ends_well(self._watch, PATIENCE):
            self.results.write_text("null")
            return True
        self.callers, self.seconds = json.loads(self.results.read_text("utf-8"))
        fates = []
        for mutant in self.mutants:
            if time.monotonic() > self.until:
                break
            fates.append(self._fate(mutant))
        self.results.write_text(json.dumps(fates))
        return True

    def _fate(self, mutant: Mutant) -> str:
        """Whether a mutant is "noticed" or "survived"; "unknown": it may show as the module is loaded."""
        changed = {}
        for name, code in _functions(mutant.tree, self.path).items():
            if code != self.codes[name]:
                changed[name] = code
        if not changed:
            every_test = set(self.seconds)
            noticed = self._fails(every_test, lambda: self._load_anew(mutant.tree))
            return "noticed" if noticed else "unknown"
        ((name, code),) = changed.items()
        functions = self._living_functions(name)
        if not functions:
            return "unknown"

        def exchange() -> None:
            for function in functions:
                function.__code__ = code

        callers = self.callers.get(name, {})
        if self._fails(callers, exchange):
            return "noticed"
        return "unknown" if LOADING in callers else "survived"

    def _living_functions(self, name: str) -> list[FunctionType]:
        """The module's functions of this qualified name, whatever holds them."""
        first = self.codes[name].co_firstlineno
        functions = []
        for each in self.living:
            here = isinstance(each, FunctionType) and each.__code__.co_filename == self.path
            if here and each.__code__.co_firstlineno == first and each.__qualname__ == name:
                functions.append(each)
        return functions

    def _load_anew(self, tree: ast.Module) -> None:
        """Gives the module's constants and its functions' defaults the values that a mutant gives them."""
        module = sys.modules[self.module]
        anew = {"__name__": self.module, "_see": self.see}
        exec(compile(tree, self.path, "exec", dont_inherit=True), anew)
        for name, value in anew.items():
            before = getattr(module, name)
            if isinstance(value, FunctionType):
                before.__defaults__, before.__kwdefaults__ = (
                    value.__defaults__,
                    value.__kwdefaults__,
                )
            elif repr(value) != repr(before) and not isinstance(value, type):
                for other in list(sys.modules.values()):
                    if getattr(other, "__dict__", {}).get(name) is before:
                        setattr(other, name, value)

    def _fails(self, tests: Collection[str], change: Callable[[], None]) -> bool:
        """Whether one of some tests fails in a fork that was changed so, the quickest first."""
        items = [item for item in self.session.items if item.nodeid in tests]
        items.sort(key=lambda item: self.seconds[item.nodeid])

        def run() -> None:
            change()
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.session.testsfailed:
                    return

        return not self._ends_well(run, sum(self.seconds[item.nodeid] for item in items))

    def _ends_well(self, run: Callable[[], None], seconds: float) -> bool:
        """Whether what runs in a fork ends without a failed test, and not far later than usual."""
        folder = tempfile.mkdtemp()
        os.chmod(folder, 0o711)  # a test may become nobody, who must come in
        child = os.fork()
        if child == 0:
            os.setsid()
            tempfile.tempdir = folder
            # Of the processor: of a crowded machine's clock a test may need a hundred times as much.
            most = 10 + int(3 * seconds)
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))
            try:
                run()
                os._exit(min(1, self.session.testsfailed))
            finally:
                os._exit(1)
        ended = _ends_well(child)
        shutil.rmtree(folder, ignore_errors=True)
        return ended

    def _watch(self) -> None:
        """Writes which tests call each function, and how long each test keeps the processor."""
        caches = [each for each in self.living if isinstance(each, functools._lru_cache_wrapper)]
        # The content is below all that is mutated here: it may stay loaded.
        ours = [each for each in caches if re.match(r"boundaries\.(?!content)", each.__module__)]
        for item in self.session.items:
            # What one test keeps for the next ones is reckoned anew, so that it is seen in each.
            for cache in ours:
                cache.cache_clear()
            start = time.process_time()
            self.now = item.nodeid
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            self.seconds[item.nodeid] = time.process_time() - start
        self.results.write_text(json.dumps([self.callers, self.seconds]))

    def see(self, name: str) -> None:
        self.callers.setdefault(name, {})[self.now] = None


def _telling(tree: ast.Module) -> ast.Module:
    """The module with functions and methods that first tell `_see` their qualified name."""
    telling = copy.deepcopy(tree)
    waiting = [("", node) for node in telling.body]
    while waiting:
        within, node = waiting.pop()
        if isinstance(node, ast.ClassDef):
            waiting += [(f"{within}{node.name}.", inner) for inner in node.body]
        elif isinstance(node, ast.FunctionDef):
            call = ast.parse(f"_see({within + node.name!r})").body[0]
            node.body.insert(1 if ast.get_docstring(node) else 0, call)
    return telling


def _functions(tree: ast.Module, path: str) -> dict[str, CodeType]:
    """The code of a module's functions and methods by their qualified names."""
    codes = {}
    waiting = [compile(tree, path, "exec", dont_inherit=True)]
    while waiting:
        for constant in waiting.pop().co_consts:
            if not isinstance(constant, CodeType):
                continue
            if constant.co_flags & inspect.CO_NEWLOCALS:
                codes[constant.co_qualname] = constant
            else:  # the body of a class
                waiting.append(constant)
    return codes


# -- what runs when a module is loaded ------------------------------------------------------------


class _InPlaceOf(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another source, for this process alone."""

    def __init__(self, module: str, path: Path, tree: ast.Module, **names: object) -> None:
        self.module, self.path, self.tree, self.names = module, path, tree, names

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
        return ast.unparse(self.tree)

    def exec_module(self, module):
        module.__dict__.update(self.names)
        exec(compile(self.tree, str(self.path), "exec", dont_inherit=True), module.__dict__)


def survives_loading(module: str, mutant: Mutant, tests: Sequence[str]) -> bool:
    """Whether no test notices a mutant that is there when the module is loaded."""
    preload()
    child = os.fork()
    if child == 0:
        mutated = _InPlaceOf(module, path_of(module), mutant.tree)
        sys.meta_path.insert(0, mutated)
        status = _run_pytest(module, tests, mutated)
        assert sys.modules[module].__loader__ is mutated
        os._exit(status)
    return _ends_well(child)


# -- running --------------------------------------------------------------------------------------


def fates_of(
    module: str, mutants: Sequence[Mutant], tests: Sequence[str], until: float
) -> list[str] | None:
    """What became of as many mutants as there was time for; None where the tests fail as they are."""
    results = Path(tempfile.mkdtemp()) / "fates.json"
    child = os.fork()
    if child == 0:
        trials = Trials(module, mutants, until, results)
        telling = _InPlaceOf(module, path_of(module), _telling(trials.tree), _see=trials.see)
        sys.meta_path.insert(0, telling)
        os._exit(_run_pytest(module, tests, telling, trials))
    os.waitpid(child, 0)
    return json.loads(results.read_text("utf-8"))


def _ends_well(child: int) -> bool:
    """Whether a child, which leads a session of its own, ends in time and without a failure."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)  # what it started ends with it
    os.waitpid(child, 0)
    return False


def _run_pytest(module: str, tests: Sequence[str], *plugins: object) -> int:
    os.setsid()
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    _try_few_examples()
    unused = ["-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:schemathesis"]
    # Nobody reads why a test fails.
    quick = ["-x", "-q", "--tb=no", "--assert=plain", *unused, "--doctest-modules"]
    kinds = ["--capture=sys", "-m", "not browser and not process and not long"]
    status = pytest.main([*quick, *kinds, str(path_of(module)), *tests], plugins=plugins)
    return 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else int(status)


def _try_few_examples() -> None:
    """Lets property tests try a few examples: a mistake shows in one of the first, or rarely."""
    from hypothesis import Phase, settings

    # Nobody reads the example that fails, so none is made smaller.
    phases = (Phase.explicit, Phase.generate)
    few_examples = {"max_examples": EXAMPLES, "deadline": None, "phases": phases}
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


@functools.cache
def preload() -> None:
    """Loads what takes long and is not ours, once for all that are loaded anew."""
    for name in ("hypothesis", "httpx", "matplotlib.pyplot", "msgspec", "pandas"):
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
    os.chmod(home, 0o711)
    tempfile.tempdir = home
    # The list of fonts is kept: matplotlib makes one in every new home.
    fonts = os.environ.get("MPLCONFIGDIR", str(Path.home() / ".cache" / "matplotlib"))
    os.environ |= {"HOME": home, "BOUNDARIES_HOME": f"{home}/answers", "TZ": "Pacific/Chatham"}
    os.environ["MPLCONFIGDIR"] = fonts
    until = time.monotonic() + 60 * options.minutes
    for module, tests in MODULES.items():
        if options.modules and not any(part in module for part in options.modules):
            continue
        source = path_of(module).read_text("utf-8")
        mutants = list(mutants_of(source))
        if options.sample and len(mutants) > options.sample:
            mutants = random.Random(options.seed).sample(mutants, options.sample)
        mutants.sort(key=lambda mutant: mutant.line)
        fates = fates_of(module, mutants, tests, until)
        if fates is None:
            sys.exit(f"{module}: its tests fail as it is, so they can notice nothing.")
        tried = survived = 0
        for mutant, fate in zip(mutants, fates, strict=False):
            if fate == "unknown":
                if time.monotonic() > until:
                    break
                if survives_loading(module, mutant, tests):
                    fate = "survived"
            tried += 1
            if fate == "survived":
                survived += 1
                print(f"{module}:{mutant.line} {mutant.mistake}", flush=True)
        print(f"## {module}: {survived} of {tried} survived", flush=True)


if __name__ == "__main__":
    main()
