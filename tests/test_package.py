"""The package as a whole: what it offers, what it costs to import, who imports whom, and how large it may be."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

import boundaries

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "boundaries"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}

HEAVY = (
    "pandas",
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "sqlalchemy",
    "jsonschema",
    "numpy",
    "IPython",
)

# A room may import those named with it, and itself.
BELOW = {
    "errors": "",
    "web": "",
    "content": "errors",
    "answers": "errors content",
    "counts": "errors content answers",
    "charts": "errors content answers counts web",
    "lessons": "errors content answers counts charts web",
    "lectures": "errors content answers counts web",
    "instructor": "errors content answers counts charts web",
}
DOORS = {"cli", "__main__", "__init__"}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
    )
    return done.stdout.strip()


# -- what it offers ------------------------------------------------------------------------------------------------


def test_the_package_offers_these_names_and_no_more():
    offered = (
        "Store Story __version__ carry charts classroom codebook homework lecture lesson load "
        "pool practitioners report withheld"
    )
    assert boundaries.__all__ == offered.split()
    assert dir(boundaries) == boundaries.__all__
    assert all(getattr(boundaries, name) is not None for name in boundaries.__all__)


def test_an_unknown_name_is_named():
    with pytest.raises(AttributeError) as caught:
        boundaries.homeworks  # noqa: B018
    assert str(caught.value) == "module 'boundaries' has no attribute 'homeworks'"


@pytest.mark.process
def test_a_name_means_the_same_whatever_was_imported_before():
    code = """
import boundaries.lessons.lesson, boundaries.counts.classes, boundaries.instructor.report
print(*(type(getattr(boundaries, name)).__name__ for name in ("lesson", "classroom", "report", "load", "Store")))
"""
    assert run(code) == "function function function function type"


@pytest.mark.parametrize(
    ("home", "name", "public"),
    [
        (
            "answers.store",
            "Store",
            "carry close consent describe forget judgments look merge "
            "moves people ratings reading record sessions set_consent token writing",
        ),
        (
            "answers.students",
            "Student",
            "backup_code carry caution consent done judge judged judgment judgments keep keeps level "
            "one_look place set_consent writings",
        ),
        (
            "lessons.lesson",
            "Lesson",
            "backup_code bands before card cards chart done guess my_judgments pair released show "
            "submission write",
        ),
    ],
)
def test_what_notebooks_call_is_there(home, name, public):
    found = getattr(
        sys.modules.get(f"boundaries.{home}") or __import__(f"boundaries.{home}", fromlist="_"),
        name,
    )
    assert sorted(n for n in vars(found) if not n.startswith("_")) == public.split()


# -- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "spared"),
    [
        ("import boundaries", HEAVY),
        ("import boundaries; boundaries.load()", HEAVY),
        (
            "import boundaries.errors, boundaries.answers.submissions, boundaries.answers.codes\n"
            "import boundaries.cli, boundaries.instructor.handout",
            HEAVY,
        ),
        ("import boundaries.counts.invented", HEAVY),
        ("import boundaries.answers.store", [h for h in HEAVY if h != "sqlalchemy"]),
        ("import boundaries; boundaries.lesson", ("pandas", "matplotlib", "jsonschema")),
    ],
)
@pytest.mark.process
def test_an_import_is_light(use, spared):
    code = f"{use}\nimport sys\nprint([name for name in {list(spared)} if name in sys.modules])"
    assert run(code) == "[]"


def test_no_module_is_longer_than_one_reading():
    lines = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()
    }
    assert {name: n for name, n in lines.items() if n > 350} == {}


# -- who imports whom ----------------------------------------------------------------------------------------------


def imported(path: Path) -> set[str]:
    """The modules of this package that a module names in any import, wherever in the file it stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    names = {name.removeprefix("boundaries.") for name in found if name.startswith("boundaries.")}
    return {name if name in MODULES else name.rpartition(".")[0] for name in names} & MODULES.keys()


def room(module: str) -> str:
    return module.split(".")[0]


def test_a_first_reading_is_six_thousand_lines_of_what_is_there():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\d\. `(\w+)/`: (.+)$", page, re.MULTILINE)
    assert [room for room, _ in rooms] == ["content", "answers", "counts", "charts", "lessons"]
    lines = 0
    for room, names in rooms:
        for name in re.findall(r"`(\w+)`", names):
            text = (PACKAGE / room / f"{name}.py").read_text(encoding="utf-8")
            lines += text.count("\n")
    assert 5_500 <= lines <= 6_500


def test_the_listing_of_the_folder_is_the_list_of_rooms():
    assert {room(name) for name in MODULES} == set(BELOW) | DOORS


def test_contributing_lists_the_rooms():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `boundaries/(\w+)", page, re.MULTILINE))
    assert listed == (set(BELOW) | DOORS) - {"__main__", "__init__"}


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in BELOW])
def test_a_room_imports_only_what_lies_below_it(name):
    assert {room(other) for other in imported(MODULES[name])} <= {
        room(name),
        *BELOW[room(name)].split(),
    }


def test_no_two_modules_carry_one_name():
    names = Counter(name.split(".")[-1] for name in MODULES)
    assert [name for name, n in names.items() if n > 1] == []


def test_imports_are_found_where_they_are():
    assert {"content", "answers.judgments", "answers.store", "errors"} <= imported(
        MODULES["answers.students"]
    )
    # In functions, too.
    assert {"instructor.handout", "content.check"} <= imported(MODULES["cli.course"])
    assert "counts.invented" in imported(MODULES["cli.course"])


# -- what it needs -------------------------------------------------------------------------------------------------


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(*audiences: str) -> set[str]:
    """The direct dependencies of the core and of these extras, with their bounds."""
    extras = project()["optional-dependencies"]
    lines = set(project()["dependencies"])
    for audience in audiences:
        lines |= set(extras[audience])
    return lines


def test_conda_and_pip_install_the_same():
    named = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    course_itself = {"pip": ["-e ."]}
    assert course_itself in named
    conda = {
        line.replace("matplotlib-base", "matplotlib") for line in named if line != course_itself
    }
    pip = {f"python{project()['requires-python']}", *requirements("lab", "lecture")}
    assert conda - {"pip"} == pip
    assert all(re.fullmatch(r"[a-z0-9_-]+>=[\d.]+", line) for line in pip)


# Who needs which room: a student's computer has no part of the lecturer's.
AUDIENCES = {
    "lectures": ["lecture"],
    "instructor": ["lab", "lecture", "research"],
    "cli": ["lab", "lecture"],
    "content": ["lab"],  # only the check of teachers' files
}


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_imports_is_what_its_audience_installs(name):
    distributions = {
        "IPython": "ipywidgets",
        "traitlets": "ipywidgets",
        "numpy": "pandas",
        "PIL": "pillow",
    }
    lines = requirements(*AUDIENCES.get(room(name), []))
    installed = {re.split(r"[\[>=]", line)[0] for line in lines}
    used = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            used |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            used.add(node.module.split(".")[0])
    outside = used - sys.stdlib_module_names - {"boundaries"}
    assert {distributions.get(package, package) for package in outside} - installed == set()


# Which of these fail on Windows, and what may be used instead.
ONLY_UNIX = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios"}
ONLY_UNIX_OS = {
    "chown",
    "fork",
    "getegid",
    "geteuid",
    "getgid",
    "getuid",
    "killpg",
    "mkfifo",
    "setsid",
    "uname",
}


def tried(tree: ast.AST) -> set[ast.AST]:
    """The nodes below a `try`, an `if` or a conditional expression: somebody thought of the other case."""
    guarded = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.If | ast.IfExp):
            guarded |= set(ast.walk(node))
    return guarded


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_used_unguarded_that_windows_lacks(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    guarded = tried(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in guarded:
            modules = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not modules & ONLY_UNIX, f"{name}, line {node.lineno}"
        if isinstance(node, ast.Attribute) and node.attr in ONLY_UNIX_OS and node not in guarded:
            assert getattr(node.value, "id", "") != "os", (
                f"{name}, line {node.lineno}: os.{node.attr}"
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not node.value.startswith(("/proc/", "/dev/", "/tmp/")), (
                f"{name}, line {node.lineno}"
            )


def test_the_version_is_one():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert latest is not None
    assert boundaries.__version__ == project()["version"] == latest[1]
