"""What must hold of every fact in data/codes and data/surveys.csv, wherever it was collected from.

The facts stand once, in these files. Whether they are true no test can tell; that each says how it was checked, and
says no number that its source does not, these tests can.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from boundaries.content import load

DATA = Path(__file__).parent.parent.parent / "data"
CODES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((DATA / "codes").glob("*.toml"))
}
# How many passages were collected of the five codes that a course shows at first, and of all editions: 511 of the lists,
# and 19 that were looked up for cases in whose place nothing was held.
COLLECTED = {"aca-2014": 86, "apa-2017": 57, "nasw-2021": 86, "aamft-2015": 49, "bacp-2018": 79}
ALL = (61, 530)
# Of how many passages the lists say which stance, and the only one that is held otherwise here: what it was and is. A
# passage of which only the title was read takes none.
STANCES = {
    "prohibited": 141,
    "discouraged": 27,
    "conditional": 136,
    "permitted": 1,
    "required": 194,
    "silent": 19,
}
READ_OTHERWISE = {("aca-2014", "B.2.a/confidentiality_exceptions"): ("required", "conditional")}
NUMBERS = {"two": 2, "three": 3, "five": 5}


@pytest.fixture(params=CODES, ids=str)
def code(request):
    return CODES[request.param]


def test_the_lists_are_whole_and_readings_and_claims_cite_nothing_else():
    held = {id: [p["id"] for p in code["provisions"]] for id, code in CODES.items()}
    assert {id: len(held[id]) for id in COLLECTED} == COLLECTED
    assert (len(held), sum(len(ids) for ids in held.values())) == ALL
    for id, ids in held.items():
        assert len(ids) == len(set(ids)), id
    stances = Counter()
    for id, code in CODES.items():
        for passage in code["provisions"]:
            stance = passage.get("stance")
            listed, held_as = READ_OTHERWISE.get((id, passage["id"]), (stance, stance))
            assert held_as == stance, passage["id"]
            stances[listed] += 1
    assert stances == {**STANCES, None: ALL[1] - sum(STANCES.values())}
    content = load()
    for vignette in content.all_vignettes.values():
        for reading in vignette.readings:
            assert set(reading.provisions) <= set(held[reading.code]), (vignette.id, reading.code)
    for claim in content.claims.values():
        for id, provision in claim.provisions:
            assert provision in held[id], (claim.id, id)


def test_each_passage_that_is_held_otherwise_than_its_list_says_when_it_was_read_again_and_why():
    noted = set()
    for path in sorted((DATA / "codes").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        for id in re.findall(
            r'# A list of facts has it as .*?2026-.*?\[\[provisions\]\]\nid = "(.*?)"',
            text,
            re.DOTALL,
        ):
            noted.add((path.stem, id))
    assert noted == set(READ_OTHERWISE)


def test_no_page_that_sells_essays_is_printed_as_a_source():
    """Some words were read in such copies, and that stands in the data for whoever checks them; nothing shown names one."""
    sellers = {
        "essay-paper.com",
        "essaywritingsolutions.com",
        "mycustomessay.com",
        "123helpme.com",
        "ivypanda.com",
    }
    for path in [*DATA.parent.glob("notebooks/*.ipynb"), *DATA.parent.glob("*.md")]:
        text = path.read_text(encoding="utf-8").lower()
        assert not [seller for seller in sellers if seller in text], path.name


def test_every_edition_has_the_page_of_the_body_that_issued_it(code):
    assert code["official_url"].startswith(("https://", "http://"))


def test_a_passage_of_which_only_the_title_was_read_takes_no_stance(code):
    for passage in code["provisions"]:
        title_only = re.search(r"\b(?:titles?|headings) read\b", passage.get("note", ""))
        assert not (title_only and "stance" in passage), passage["id"]
        assert title_only or "stance" in passage or "rule not yet" in passage["note"]


def test_every_passage_that_was_read_names_the_page_it_was_read_in(code):
    for passage in code["provisions"]:
        if passage["checked"] != "unchecked":
            assert passage["source"], passage["id"]
            assert passage["url"].startswith(("https://", "http://")), passage["id"]


def test_no_two_passages_of_a_code_say_the_same(code):
    sayings = [(p["section"], p["topic"], p["says"]) for p in code["provisions"]]
    assert len(sayings) == len(set(sayings))


def test_what_was_collected_from_memory_says_that_it_is_not_yet_checked(code):
    for passage in code["provisions"]:
        words = " ".join(str(value) for value in passage.values())
        assert "from memory" not in words
        if "not yet checked" in words:
            assert "not yet checked" in passage.get("note", "") + passage["title"], passage["id"]


def test_waiting_conditions_name_no_number_that_the_passage_does_not(code):
    for passage in code["provisions"]:
        condition = passage.get("waiting_condition", "")
        for number in re.findall(r"\b(?:two|three|five|\d+)(?= years)", condition):
            assert NUMBERS.get(number, number) == passage["waiting_years"]


def test_a_code_that_names_years_says_them_in_its_passage(code):
    for passage in code["provisions"]:
        years = passage.get("waiting_years")
        if years is not None and passage["stance"] != "silent":
            said = f"{passage['says']} {passage.get('waiting_condition', '')} {passage['title']}"
            words = {word for word, number in NUMBERS.items() if number == years} | {str(years)}
            assert any(re.search(rf"\b{word}\b", said, re.IGNORECASE) for word in words), passage[
                "id"
            ]


def test_surveys_are_percentages_with_a_source_and_a_mark():
    with (DATA / "surveys.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) > 100
    for row in rows:
        assert row["source_url"].startswith(("https://", "http://"))
        assert row["confidence"]
        assert row["percent"] == "" or 0 <= float(row["percent"]) <= 100
        assert row["n"] == "" or int(row["n"]) > 0
