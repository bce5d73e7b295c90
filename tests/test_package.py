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

HEAVY = ("pandas", "matplotlib", "ipywidgets", "anywidget", "sqlalchemy", "jsonschema", "numpy", "IPython")

# Bottom to top: a module may import those above it in this table, and nothing below it.
LAYERS = """
    errors words content
    check.schema check.rules check.wordings check
    judgments shown tables store
    statistics tally release classroom
    charts.canvas charts.groups charts.figures charts.intuition charts.histograms charts.gaps charts.dials
    charts.standards charts.calibration charts.practitioners charts charts.parting
    homework homework.submissions homework.tokens homework.layouts homework.platforms
    student homework.receipts homework.delivery cards homework.handin lesson gates
    rounds rounds.rules rounds.tables rounds.receipts rounds.standing rounds.changes rounds.lectures rounds.writer
    server server.limits server.bodies server.guard server.events server.state server.pages server.app server.run
    host host.client host.launch host.steps host.panel host.lecture
    simulate sample handout
    homework.rosters homework.collect homework.rehearsal
    outputs outputs.exports outputs.archive outputs.findings outputs.report
    cli __main__ __init__
""".split()  # noqa: SIM905 - a table to be read


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


# -- what it offers ------------------------------------------------------------------------------------------------


def test_the_package_offers_these_names_and_no_more():
    offered = "Store __version__ carry charts classroom codebook lecture lesson load practitioners report"
    assert boundaries.__all__ == offered.split()
    assert dir(boundaries) == boundaries.__all__
    assert all(getattr(boundaries, name) is not None for name in boundaries.__all__)


def test_an_unknown_name_is_named():
    with pytest.raises(AttributeError) as caught:
        boundaries.lessons  # noqa: B018
    assert str(caught.value) == "module 'boundaries' has no attribute 'lessons'"


@pytest.mark.parametrize(
    "before",
    [
        "from boundaries.lesson import Lesson; from boundaries.classroom import classroom; boundaries.lesson",
    ],
)
def test_a_name_means_the_same_whatever_was_imported_before(before):
    # The functions `lesson` and `classroom` live in modules of their own names.
    code = f"""
import boundaries
{before}
print([type(getattr(boundaries, name)).__name__ for name in ("lesson", "classroom", "load", "Store")])
from boundaries import classroom, lesson
print(callable(classroom), callable(lesson))
"""
    assert run(code).splitlines() == [
        "['function', 'function', 'function', 'type']",
        "True True",
    ]


@pytest.mark.parametrize(
    ("home", "name", "public"),
    [
        (
            "store",
            "Store",
            "carry close consent describe forget judgments merge "
            "moves people ratings reading record sessions set_consent token writing",
        ),
        ("student", "Student", "backup_code carry consent done judge judged judgment judgments level set_consent"),
        ("lesson", "Lesson", "backup_code bands card cards chart done my_judgments next released submission"),
    ],
)
def test_what_notebooks_call_is_there(home, name, public):
    found = getattr(sys.modules.get(f"boundaries.{home}") or __import__(f"boundaries.{home}", fromlist="_"), name)
    assert sorted(n for n in vars(found) if not n.startswith("_")) == public.split()


# -- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "spared"),
    [
        ("import boundaries", HEAVY),
        ("import boundaries; boundaries.load()", HEAVY),
        (
            "import boundaries.errors, boundaries.homework.submissions, boundaries.homework.tokens\n"
            "import boundaries.cli, boundaries.handout",
            HEAVY,
        ),
        ("import boundaries.simulate", HEAVY),
        ("import boundaries.store", [h for h in HEAVY if h != "sqlalchemy"]),
        ("import boundaries; boundaries.lesson", ("pandas", "matplotlib", "jsonschema")),
    ],
)
def test_an_import_is_light(use, spared):
    code = f"{use}\nimport sys\nprint([name for name in {list(spared)} if name in sys.modules])"
    assert run(code) == "[]"


def test_modules_are_short_and_the_package_is_an_afternoons_reading():
    """The core, what a lesson stands on, stays under 4,000 lines; each folder beside it is one subject."""
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: n for name, n in lines.items() if n > 350} == {}
    folders = Counter[str]()
    for name, path in MODULES.items():
        folders[path.parent.name] += lines[name]
    assert folders.pop("boundaries") < 4000
    assert {folder: n for folder, n in folders.items() if n > 2500} == {}


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


def test_the_table_names_every_module():
    assert sorted(LAYERS) == sorted(MODULES)


@pytest.mark.parametrize("name", LAYERS)
def test_imports_point_downwards_only(name):
    below = set(LAYERS[: LAYERS.index(name)])
    assert imported(MODULES[name]) - below == set()


def test_imports_are_found_where_they_are():
    assert {"content", "judgments", "store", "errors"} <= imported(MODULES["student"])
    assert {"handout", "check", "simulate"} <= imported(MODULES["cli"])  # inside functions, too


# -- what it needs -------------------------------------------------------------------------------------------------


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_both_ways_to_install_need_the_same():
    named = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {line.replace("matplotlib-base", "matplotlib") for line in named} - {"pip"}
    pip = {f"python{project()['requires-python']}", *project()["dependencies"]}
    assert conda == pip
    assert all(re.fullmatch(r"[a-z-]+>=[\d.]+", line) for line in pip)


def test_what_the_package_imports_is_what_it_names():
    distributions = {"IPython": "ipywidgets", "traitlets": "ipywidgets", "numpy": "pandas", "PIL": "matplotlib"}
    lines = [*project()["dependencies"], *project()["optional-dependencies"]["research"]]
    named = {re.split(r"[\[>=]", line)[0] for line in lines}
    used = set()
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(node.module.split(".")[0])
    outside = used - sys.stdlib_module_names - {"boundaries"}
    assert {distributions.get(name, name) for name in outside} - named == set()


def test_the_version_is_one():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert latest is not None
    assert boundaries.__version__ == project()["version"] == latest[1]
