"""A reader who knows nothing but words cannot tell our stance from how a case is told."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from boundaries.content import load

ROOT = Path(__file__).parent.parent.parent
COURSE = load(ROOT / "data")
CODE = "aca-2014"
BAR = 0.10


class Told(NamedTuple):
    """A case at one level: its words and cues, our stance, and its part of one whole case."""

    id: str
    type: str
    cues: frozenset[str]
    stance: str
    weight: float


def cues_of(vignette, level):
    """The words of a case, how long it is, how often it says no, and who starts it."""
    text = f"{vignette.at(level, vignette.case)} {vignette.at(level, vignette.act)}"
    words = re.findall(r"[a-z’]+", text.lower())
    noes = sum(word in ("no", "not", "never", "nobody", "nothing") for word in words)
    surface = [
        f"{len(words) // 20} times twenty words",
        f"{min(noes, 3)} noes",
        f"by {vignette.starts}",
    ]
    return frozenset([*words, *surface])


def cues_of_act(vignette, level):
    """What is left when the story is taken away: the type, who starts it, and the words of the act."""
    text = f"{vignette.at(level, vignette.act)} {vignette.at(level, vignette.behaviour)}"
    words = re.findall(r"[a-z’]+", text.lower())
    return frozenset([*words, f"type {vignette.type}", f"by {vignette.starts}"])


def told_cases(cues=cues_of, code=CODE):
    told = []
    for vignette in COURSE.vignettes.values():
        for level in vignette.levels:
            told.append(
                Told(
                    vignette.id,
                    vignette.type,
                    cues(vignette, level),
                    vignette.reading(code, level).stance,
                    1 / len(vignette.levels),
                )
            )
    return told


def weighed(weights, rows):
    """The weighted sum of rows. `@` would hand these small products to all cores, which waits longer than it reckons."""
    return (weights[:, None] * rows).sum(axis=0)


def guesses(told, within_types):
    """The stance guessed for each case from all the others: Gaussian naive Bayes over which cues stand
    in it. `within_types` takes from each cue how common it is in the case's own type, so that words of
    a subject (a gift, a bed, a bill) tell nothing."""
    names = sorted(set().union(*(each.cues for each in told)))
    stands = np.array([[name in each.cues for name in names] for each in told], dtype=float)
    stands = stands[:, stands.sum(axis=0) >= 3]
    weights = np.array([each.weight for each in told])
    ids, types, _, stances = (np.array(column) for column in list(zip(*told, strict=True))[:4])
    answers = []
    for here, each in enumerate(told):
        others, seen = ids != each.id, stands.copy()
        for type in set(types) if within_types else ():
            own = types == type
            seen[own] -= np.average(stands[own & others], axis=0, weights=weights[own & others])
        middles, spread = {}, 0.02
        for stance in sorted(set(stances[others])):
            learnt = others & (stances == stance)
            # One more case, without any cue, keeps a stance that stands twice from looking certain.
            middles[stance] = weighed(weights[learnt], seen[learnt]) / (weights[learnt].sum() + 1)
            apart = weighed(weights[learnt], (seen[learnt] - middles[stance]) ** 2)
            spread = spread + apart / weights[others].sum()
        sure = {}
        for stance, middle in middles.items():
            usual = np.log(weights[others & (stances == stance)].sum())
            sure[stance] = usual - ((seen[here] - middle) ** 2 / spread).sum() / 2
        answers.append(max(sure, key=sure.get))
    return np.array(answers)


def hits(told, answers):
    """How often the answers are right, how often the commonest stance is, and the mean over stances of
    how often each is recognised."""
    weights = np.array([each.weight for each in told])
    stances = np.array([each.stance for each in told])
    right = weights * (answers == stances)
    shares, recognised = [], []
    for stance in sorted(set(stances)):
        own = stances == stance
        shares.append(weights[own].sum() / weights.sum())
        recognised.append(right[own].sum() / weights[own].sum())
    return right.sum() / weights.sum(), max(shares), np.mean(recognised)


def test_words_alone_do_not_tell_the_stance():
    told = told_cases()
    page = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    measured = []
    for within_types in (False, True):
        right, chance, recognised = hits(told, guesses(told, within_types))
        assert right <= chance + BAR
        assert recognised <= 1 / len({each.stance for each in told}) + BAR
        measured.append(f"{100 * right:.0f} % ({100 * recognised:.0f} %)")
    sentence = (
        "names our stance in {} of the cases, and in {} where each type’s own words are taken off"
    )
    assert sentence.format(*measured) in page
    assert f"always naming the commonest, {100 * chance:.0f} %" in page


def commonest_of_the_type(told):
    """For each case the stance that most of the others of its type have."""
    answers = []
    for each in told:
        shares = Counter()
        for other in told:
            if other.type == each.type and other.id != each.id:
                shares[other.stance] += other.weight
        answers.append(shares.most_common(1)[0][0])
    return np.array(answers)


def test_the_story_tells_the_stance_no_better_than_type_and_act_do():
    page = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    for code in ("aca-2014", "apa-2017", "nasw-2021", "aamft-2015", "bacp-2018"):
        told = told_cases(code=code)
        right, commonest, _ = hits(told, guesses(told, within_types=False))
        by_type, _, _ = hits(told, commonest_of_the_type(told))
        acts = told_cases(cues_of_act, code)
        by_act, _, _ = hits(acts, guesses(acts, within_types=False))
        chance = max(commonest, by_type, by_act)
        assert right <= chance + BAR
        row = [COURSE.codes[code].short, commonest, by_type, by_act, right]
        assert (
            "| " + " | ".join([row[0], *(f"{100 * share:.0f}" for share in row[1:])]) + " |" in page
        )


def test_the_same_reader_finds_one_word_that_goes_with_a_stance():
    planted = []
    for each in told_cases():
        cue = {"confessed!"} if each.stance == "prohibited" else set()
        planted.append(each._replace(cues=each.cues | cue))
    for within_types in (False, True):
        right, chance, _ = hits(planted, guesses(planted, within_types))
        assert right > chance + BAR


def test_readers_who_know_the_field_gain_less_than_ten_points_from_the_story():
    """What four readers guessed on one day, told the question of thirty cases and the story of thirty others."""
    with (Path(__file__).parent / "guessed.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["vignette"] for row in rows} <= COURSE.all_vignettes.keys()
    assert Counter(row["told"] for row in rows) == {"question": 120, "story": 120}
    right = Counter(row["told"] for row in rows if row["guessed"] == row["ours"])
    assert right["story"] / 120 <= right["question"] / 120 + BAR
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"{right['story'] / 120:.0%}".replace("%", " % with the story") in page
    assert f"{right['question'] / 120:.0%}".replace("%", " % without it") in page
