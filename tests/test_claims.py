"""Every figure of speed, scale or safety in the prose points to a measured row or to a test, and the links hold."""

import json
import re
import sys

import pytest
from laboratory import ROOT

sys.path.append(str(ROOT / "benchmarks" / "peers"))
import results

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "SECURITY.md",
    ROOT / "deploy" / "README.md",
    ROOT / "deploy" / "lite" / "README.md",
    ROOT / "benchmarks" / "README.md",
]
CLAIM = re.compile(
    r"\d ?(?:ms|kB|MB|GB)\b|\d (?:judgments|votes|guesses) a second|milliseconds?\b|million (?:rows|judgments|people)"
    r"|[Tt]hree hundred phones|`kill -9`|oTree|nbgrader's|no (?:lost row|judgment is lost)"
)
PROMISE = re.compile(
    r"\bsubtract|nobody learns|\bnever shown\b|nobody's answers are sent|[Nn]ot stored and not logged"
    r"|neither stores nor logs|`forget` overwrites|is stored, what was not|ever counted twice|comes back\b"
)
PROOF = re.compile(r"RESULTS\.md#[a-z0-9-]+|benchmarks/README\.md#[a-z-]+|tests/[a-z_/]+\.py")
SCRIPTS = "|".join(path.name for path in sorted((ROOT / "benchmarks").glob("*.py")))
SCRIPT = re.compile(rf"\b(?:{SCRIPTS})\b")


def sections(text):
    """Each heading with what stands under it, code blocks left out."""
    return re.split(r"(?m)^(?=#+ )", re.sub(r"(?ms)^```.*?^```", "", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_section_that_claims_a_figure_points_to_its_proof(page):
    bare = []
    for section in sections(page.read_text(encoding="utf-8")):
        proven = PROOF.search(section)
        if page.parent.name == "benchmarks":  # here a figure may name the script that measures it
            proven = proven or SCRIPT.search(section)
        claims = CLAIM.findall(section)
        if claims and not proven:
            bare.append((section.splitlines()[0], claims))
    assert not bare, f"say which row of RESULTS.md or which test shows it: {bare}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_section_that_promises_safety_names_the_test_that_holds_it(page):
    bare = []
    for section in sections(page.read_text(encoding="utf-8")):
        promises = PROMISE.findall(section)
        if promises and not PROOF.search(section):
            bare.append((section.splitlines()[0], promises))
    assert not bare, f"name the test that shows it: {bare}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_claim_points_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    rows = {row["id"] for part in results.read().values() for row in part["rows"]}
    assert not set(re.findall(r"RESULTS\.md#([a-z0-9-]+)", text)) - rows
    tests = re.findall(r"\btests/[a-z_/]+\.py", text)
    assert not [name for name in tests if not (ROOT / name).exists()]


def test_the_page_of_results_is_what_their_data_gives():
    parts = json.loads(results.JSON.read_text(encoding="utf-8"))
    assert results.MARKDOWN.read_text(encoding="utf-8") == results.markdown(parts)
    ids = [row["id"] for part in parts.values() for row in part["rows"]]
    assert len(ids) == len(set(ids))


def test_a_missed_bar_and_a_better_peer_are_said():
    slower = results.Row("a", "seconds", "a peer", "s", [2.0, 2.0], [1.0, 1.0], bar=3)
    assert slower.verdict() == "bar 3: **missed**"
    slower.bar = None
    assert slower.verdict() == "**a peer is better**"
    fewer = results.Row("b", "kept", "a peer", "%", [99], [100], more_is_better=True, counted=True)
    assert fewer.verdict() == "**a peer is better**"
