"""What a visitor of the repository finds: its pages lead somewhere, and what they say of the course is so."""

import json
import re
import runpy
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

import boundaries

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    "SECURITY.md",
    "docs/accessibility.md",
    "docs/scale.md",
    "deploy/README.md",
    "data/README.md",
    "benchmarks/README.md",
]


def anchors(page: Path) -> set[str]:
    """The fragments of a page: those that GitHub gives its headings, and its own."""
    text = page.read_text(encoding="utf-8")
    own = set(re.findall(r'<a id="([^"]+)">', text))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return own | {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_a_file_of_ours_leads_there(name):
    page = ROOT / name
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        path, _, fragment = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{name}: {link}"
        if fragment:
            assert fragment in anchors(target), f"{name}: {link}"


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == boundaries.__version__
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


def test_what_a_continuous_build_calls_is_there():
    text = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    steps = [job["steps"] for job in yaml.safe_load(text)["jobs"].values()]
    commands = [step["run"] for job in steps for step in job if "run" in step]
    assert commands == [
        "make test",
        'python -m pip install -e ".[test]"',
        'python -m pytest tests/test_wheel.py -m "not browser"',
    ]
    assert text.startswith("# This file has not been run")
    container = (ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")
    settings = json.loads(re.sub(r"^//.*$", "", container, flags=re.MULTILINE))
    assert settings["postAttachCommand"].startswith("python -m boundaries lab ")


def test_each_template_of_an_issue_says_what_it_is_for():
    templates = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.md"))
    assert [path.stem for path in templates] == [
        "a-case-hurts",
        "a-reading-is-wrong",
        "it-does-not-run",
    ]
    for path in templates:
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        assert {"name", "about", "labels"} == yaml.safe_load(head).keys()
        assert body.strip()


def test_the_students_branch_grows_and_what_is_checked_out_stays(tmp_path):
    """nbgitpuller merges: a branch that was rewritten would be a conflict on every student's computer."""
    release = runpy.run_path(str(ROOT / "deploy" / "release.py"))
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    git = ["git", "-C", str(checkout)]
    for setting in ("user.name=Somebody", "user.email=somebody@invalid"):
        subprocess.run([*git, "config", *setting.split("=")], check=True)
    (checkout / "own.txt").write_text("not committed", encoding="utf-8")
    course = release["pack"](ROOT, tmp_path / "course.zip")
    first = release["commit_students"](course, checkout)
    assert release["commit_students"](course, checkout) == first

    def ask(*words):
        done = subprocess.run([*git, *words], capture_output=True, check=True)
        return done.stdout.decode()

    names = ask("ls-tree", "-r", "--name-only", "students").split()
    assert {"data/course.toml", "notebooks/03-business.ipynb", "pyproject.toml"} <= set(names)
    for name in [name for name in names if name.endswith(".ipynb")]:
        cells = json.loads(ask("show", f"students:{name}"))["cells"]
        assert not [c for c in cells if "teacher" in c["metadata"].get("tags", [])]
        assert not any(cell.get("outputs") for cell in cells)

    with zipfile.ZipFile(course, "a") as archive:
        archive.writestr("boundaries-course/new.txt", "new")
    second = release["commit_students"](course, checkout)
    assert ask("rev-parse", f"{second}^").strip() == first
    assert ask("status", "--short") == "?? own.txt\n"
