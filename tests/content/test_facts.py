"""data/codes and data/surveys.csv against the collection of facts: nothing is missing, nothing is added."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "data"
CHECKED = {"verified": "text", "secondary": "described", "memory": "unchecked"}
CODES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((DATA / "codes").glob("*.toml"))
}
with (HERE / "facts" / "codes.csv").open(encoding="utf-8", newline="") as lines:
    FACTS = list(csv.DictReader(lines))


def reworded(text: str) -> str:
    """What a reader of the course is told in place of "from memory"."""
    return text.replace("from memory", "not yet checked")


def whole(text: str, note: str) -> str:
    """A section or title with its note put back: the note stands alone, or in brackets after it."""
    return f"{text} ({note})" if text and note else text or note


def of_fact(row):
    return {
        "facts_id": row["code_id"],
        "places": {(reworded(row["section"]), reworded(row["title"]))},
        "topic": row["topic"],
        "stance": row["stance"],
        "waiting_years": int(row["waiting_years"]) if row["waiting_years"] else None,
        "says": row["paraphrase"],
        "checked": CHECKED[row["confidence"]],
        "effective": row["effective"],
        "edition": row["code_version"],
        "source": row["source_title"],
        "url": row["source_url"],
    }


def of_provision(code, provision):
    section, title, note = provision["section"], provision["title"], provision.get("note", "")
    # a note may belong to the section, to the title, or a part of it to each
    notes = [
        (note, ""),
        ("", note),
        *((note[: m.start()], note[m.end() :]) for m in re.finditer("; ", note)),
    ]
    return {
        "facts_id": code["facts_id"],
        "places": {
            (whole(section, of_section), whole(title, of_title)) for of_section, of_title in notes
        },
        "topic": provision["topic"],
        "stance": provision["stance"],
        "waiting_years": provision.get("waiting_years"),
        "says": provision["says"],
        "checked": provision["checked"],
        "effective": provision.get("effective", code["effective"]),
        "edition": provision.get("edition", code["title"]),
        "source": provision.get("source", ""),
        "url": provision.get("url", ""),
    }


def same(fact, provision) -> bool:
    return fact["places"] <= provision["places"] and all(
        value == provision[name] for name, value in fact.items() if name != "places"
    )


PROVISIONS = [
    of_provision(code, provision) for code in CODES.values() for provision in code["provisions"]
]


def test_there_are_as_many_provisions_as_facts():
    assert len(PROVISIONS) == len(FACTS) == 279


@pytest.mark.parametrize(
    "row", FACTS, ids=lambda row: f"{row['code_id']}-{row['section']}-{row['topic']}"
)
def test_each_fact_stands_in_one_provision(row):
    assert sum(same(of_fact(row), provision) for provision in PROVISIONS) == 1


@pytest.mark.parametrize("provision", PROVISIONS, ids=lambda p: f"{p['facts_id']}-{p['topic']}")
def test_each_provision_stands_in_one_fact(provision):
    assert sum(same(of_fact(row), provision) for row in FACTS) == 1


def test_each_edition_has_its_own_file():
    ids = [code["facts_id"] for code in CODES.values()]
    assert sorted(ids) == sorted({row["code_id"] for row in FACTS})


def test_no_provision_number_leaves_out_what_is_not_known_of_it():
    doubtful = [row for row in FACTS if "from memory" in row["section"] + row["title"]]
    noted = [
        p
        for code in CODES.values()
        for p in code["provisions"]
        if "not yet checked" in p.get("note", "")
    ]
    bare = [
        p
        for code in CODES.values()
        for p in code["provisions"]
        if p["title"].startswith("title not yet checked")
    ]
    assert len(doubtful) == len(noted) + len(bare)


def test_waiting_conditions_name_no_number_that_the_fact_does_not():
    words = {"two": 2, "three": 3, "five": 5}
    for code in CODES.values():
        for provision in code["provisions"]:
            for word in re.findall(
                r"\b(?:two|three|five|\d+)(?= years)", provision.get("waiting_condition", "")
            ):
                assert words.get(word, word) == provision["waiting_years"]


def test_surveys_are_the_facts_to_the_byte():
    assert (DATA / "surveys.csv").read_bytes() == (HERE / "facts" / "surveys.csv").read_bytes()
