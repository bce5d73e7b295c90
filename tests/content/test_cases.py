"""What a machine can see of the cases: length, ease, words that lean, balance, spread, likeness, unused provisions."""

import csv
import re
import tomllib
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from boundaries.content import load
from boundaries.counts.statistics import alpha

ROOT = Path(__file__).parent.parent.parent
WHO = ("our", "blind")
COURSE = load(ROOT / "data")
CASES = list(COURSE.vignettes.values())
FIVE = ("aca-2014", "apa-2017", "nasw-2021", "aamft-2015", "bacp-2018")
LEANING = re.compile(
    r"\b(un)?ethic\w*|\b(in)?appropriate\w*|\bboundar\w+|\bviolat\w+|\bexploit\w*|\bimproper\w*|\bunprofessional\w*"
    r"|\bdual\b|\bmisconduct\b|\bcrosses the line\b",
    re.IGNORECASE,
)
EASE = (55, 95)
"""Flesch reading ease (Flesch 1948): 60 to 70 is plain English, 90 is very easy. Syllables are estimated."""


def texts(vignette):
    return [
        f"{vignette.at(level, vignette.case)} {vignette.at(level, vignette.act)}"
        for level in vignette.levels
    ]


def syllables(word):
    count = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, count - (word.lower().endswith("e") and not word.lower().endswith("le")))


def reading_ease(text):
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text)
    sentences = max(1, len(re.findall(r"[.!?][\"”’]?(?:\s|$)", text)))
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * sum(map(syllables, words)) / len(words)


def shingles(text):
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


@pytest.mark.parametrize("vignette", CASES, ids=lambda v: v.id)
def test_a_case_is_short_plain_and_does_not_lean(vignette):
    for text in texts(vignette):
        assert 60 <= len(text.split()) <= 140
        assert EASE[0] <= reading_ease(text) <= EASE[1]
        assert not LEANING.search(text)
    assert not LEANING.search(vignette.title + vignette.id)
    assert vignette.reviewed.startswith("20")


def test_there_are_enough_cases_of_every_type():
    assert len(CASES) >= 56
    assert all(len(COURSE.of_type(type)) >= 6 for type in COURSE.types)


def test_dials_stand_in_many_types():
    with_dials = [v for v in CASES if v.dial]
    assert len(with_dials) >= 10
    assert len({v.type for v in with_dials}) >= 5


def test_no_first_name_is_used_in_two_cases():
    names = Counter(name.split()[0] for v in CASES for name in v.people)
    assert [name for name, n in names.items() if n > 1] == []


def test_professions_and_who_starts_it_vary():
    professions, starts = Counter(v.profession for v in CASES), Counter(v.starts for v in CASES)
    assert len(professions) >= 7
    assert max(professions.values()) <= len(CASES) / 3
    assert set(starts) >= {"client", "therapist", "chance", "both", "third party"}
    assert max(starts.values()) <= len(CASES) / 2


def unopposed(found):
    """No code stands in the way: every band reaches 4, and most codes permit or ask for the act, or are silent."""
    content = sum(r.stance in ("permitted", "required", "silent") for r in found)
    return all(r.band is None or r.band[1] >= 4 for r in found) and content >= 3


@pytest.mark.parametrize("type", COURSE.types)
def test_each_type_has_a_case_ruled_out_one_unopposed_and_codes_that_part(type):
    readings = {
        (v.id, level): [r for code in FIVE if (r := v.reading(code, level))]
        for v in COURSE.of_type(type)
        for level in v.levels
    }
    stances = {place: [r.stance for r in found] for place, found in readings.items()}
    assert any(s.count("prohibited") + s.count("discouraged") >= 4 for s in stances.values())
    assert any(unopposed(found) for found in readings.values())
    assert any(len(set(s) - {"silent"}) >= 2 for s in stances.values())
    assert len({stance for s in stances.values() for stance in s}) >= 4


def test_no_two_cases_are_alike():
    told = {v.id: shingles(texts(v)[0]) for v in CASES}
    alike = [
        (a, b)
        for a, b in combinations(told, 2)
        if len(told[a] & told[b]) > 0.12 * min(len(told[a]), len(told[b]))
    ]
    assert alike == []


def test_every_provision_of_the_five_codes_is_cited_or_has_a_reason_not_to_be():
    # A listed one may be cited by a case that came later; the list says why one is not, yet.
    listed = tomllib.loads((Path(__file__).parent / "unused.toml").read_text(encoding="utf-8"))[
        "unused"
    ]
    explained = {p for group in listed for p in group["provisions"] if group["why"]}
    cited = {f"{r.code}:{p}" for v in CASES for r in v.readings for p in r.provisions}
    cited |= {f"{code}:{p}" for claim in COURSE.claims.values() for code, p in claim.provisions}
    known = {f"{code}:{p}" for code in FIVE for p in COURSE.codes[code].provisions}
    assert known - cited <= explained <= known


@pytest.mark.parametrize("number", ["1", "2"])
def test_the_agreement_of_a_blind_reading_is_as_contributing_says(number):
    with (COURSE.folder / "blind-reading.csv").open(encoding="utf-8", newline="") as lines:
        pairs = [pair for pair in csv.DictReader(lines) if pair["round"] == number]
    order = {
        "prohibited": 1,
        "discouraged": 2,
        "conditional": 3,
        "permitted": 4,
        "required": 5,
        "silent": None,
    }
    stances = [(order[p["our_stance"]], order[p["blind_stance"]]) for p in pairs]
    nominal = alpha([(ours or 6, blind or 6) for ours, blind in stances], "nominal")
    # alpha takes whole ratings; the sum of a band's ends orders bands as their centres do
    ends = [[(p[f"{who}_low"], p[f"{who}_high"]) for who in WHO] for p in pairs]
    centres = [[int(low) + int(high) if low else None for low, high in pair] for pair in ends]
    same = sum(p["our_stance"] == p["blind_stance"] for p in pairs)
    settled = Counter(p["settled"] for p in pairs)
    page = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    part = page.split(f"**Round {number}**")[1].split("**Round")[0]
    assert len({(p["vignette"], p["code"]) for p in pairs}) == 100
    assert settled["same"] == same
    assert f"**{alpha(stances):.2f}** (the same stance in {same} of 100 pairs)" in part
    assert f"centres of the bands **{alpha(centres):.2f}**" in part
    assert (
        f"{settled['ours changed']} of our readings were changed, {settled['ours kept']} kept"
        in part
    )
    if number == "2":
        bands = [(ours, blind) for ours, blind in ends if ours[0] and blind[0]]
        shared = sum(max(o[0], b[0]) <= min(o[1], b[1]) for o, b in bands)
        assert f"as a sixth stance, **{nominal:.2f}**" in part
        assert f"the bands overlap in {shared} of {len(bands)} pairs" in part
        assert f"in {settled['both can be held']} pairs both can be held" in part
        assert all(bool(p["why"]) == (p["settled"] != "same") for p in pairs)


def test_what_was_wrong_though_agreed_names_cases_and_codes_that_exist():
    with (COURSE.folder / "wrong-though-agreed.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        codes = {reading.code for reading in COURSE.all_vignettes[row["case"]].readings}
        assert row["code"] in codes
        assert row["is"].split()[0] in COURSE.stances
        assert row["was"] != row["is"]
        assert row["why"].endswith(".")
