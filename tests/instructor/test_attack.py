"""Somebody who holds the roster and everything that was exported at one moment, and looks for a person.

Everything: the CSV of the tally, the moves and the gap, the reasons, the research archive and the report. The
roster says who is in the class, who handed in, and whose homework is complete; it is given to the attacker as the
number of people and, worse than true, as the number of those who agreed to research.
"""

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
import pytest
from attacker import TO_THIRTY, Attacker, class_sizes, tallies
from small_content import content, reading, vignette
from test_release import ALIKE, HOMEWORK, LECTURE, PLAIN, STEPPED, invent_class, person, released

from boundaries.answers.judgments import PHASES, Judgment
from boundaries.counts.phrases import WHEN
from boundaries.counts.tally import MOVES, RATINGS, table
from boundaries.errors import BoundariesError
from boundaries.instructor import archive as archive_module
from boundaries.instructor import exports
from boundaries.instructor.archive import archive
from boundaries.instructor.report import report

KINDS = [(ALIKE, HOMEWORK), (STEPPED, HOMEWORK), (PLAIN, HOMEWORK), (PLAIN, LECTURE)]


def agreeing(rng, people):
    """Each person with a yes or no; how many refuse goes from nobody to most."""
    share = rng.choice([0, 0, 0.1, 0.3, 0.6])
    return [(level, answers, bool(rng.random() >= share)) for level, answers in people]


def judgments(people, item, reasons=None, session="s"):
    for i, (level, answers, *_) in enumerate(people):
        for phase, answer in zip(PHASES, answers, strict=True):
            if answer is not None:
                given = answer[0] or None, answer[1] or None, (reasons or {}).get((i, phase), "")
                yield Judgment(session, f"{i:064x}", item.id, item.wording, phase, level, *given, 1)


def archived(people, item, seed=0, session="s"):
    """The archive's rows; None where there is none."""
    yes = {f"{i:064x}" for i, (*_, agreed) in enumerate(people) if agreed}
    rows = judgments(people, item, session=session)
    try:
        return archive(rows, yes, content(item), rng=random.Random(seed)).rows
    except BoundariesError:
        return None


def read_back(shown, item, folder):
    """A release as the CSV files tell it."""
    numbers = {"all": -1, "none": 0, "skip": 0}
    found = []
    for frame, shape in (
        (exports.released_table(shown, content(item), "tally"), RATINGS),
        (exports.released_table(shown, content(item), "moves"), MOVES),
    ):
        path = exports.write_csv(frame, folder / "table.csv")
        rows = pd.read_csv(path, keep_default_na=False, encoding="utf-8-sig", dtype=str)
        assert tuple(rows.columns) == (shape[0], "act", *shape[1:])
        del rows["act"]
        rows = [
            [numbers.get(x, int(x) if x.isdecimal() else x) for x in row]
            for row in rows.itertuples(index=False)
        ]
        found.append(table(rows, shape).rename(columns={"level": "levels"}))
    return replace(shown, ratings=found[0], moves=found[1])


def attack(people, item, phases, folder=None, **knows):
    shown = released(people, item)
    shown = read_back(shown, item, folder) if folder else shown
    return Attacker(shown, item, phases, 3, 2, archive=archived(people, item), **knows)


# -- tallies, moves and an archive of one moment -------------------------------------------------------------------


@pytest.mark.parametrize("size", TO_THIRTY)
def test_whoever_subtracts_the_exports_from_each_other_finds_nobody(size, tmp_path):
    rng = np.random.default_rng(size)
    for item, phases in KINDS:
        for _ in range(3 if phases == HOMEWORK else 1):
            people = agreeing(rng, invent_class(rng, size, item, phases))
            assert not attack(people, item, phases, tmp_path).by_rank(people), people


@pytest.mark.parametrize("size", class_sizes((10, 20, 30), 10, 20))
def test_nor_because_counts_are_never_negative(size):
    rng = np.random.default_rng(200 + size)
    tried = 0
    for (item, phases), _ in product(KINDS, range(6)):
        people = agreeing(rng, invent_class(rng, size, item, phases))
        if archived(people, item) is not None and tried < 4:
            tried += 1
            assert not attack(people, item, phases).by_bounds(people), people
    assert tried


@pytest.mark.parametrize("size", class_sizes(range(5, 31, 3), 5, 8, 11, 20, 29))
def test_the_roster_does_not_tell_what_few_people_answered(size):
    rng = np.random.default_rng(300 + size)
    for item, phases in KINDS:
        people = agreeing(rng, invent_class(rng, size, item, phases))
        assert not attack(people, item, phases, roster=people).answers_found(people), people


def test_the_invented_classes_put_the_archives_rules_to_work():
    seen = Counter()
    for size in range(10, 31):
        rng = np.random.default_rng(size)
        for (item, phases), _ in product(KINDS, range(3)):
            people = agreeing(rng, invent_class(rng, size, item, phases))
            rows = archived(people, item)
            seen["none"] += rows is None
            if rows is not None:
                linked = rows.groupby("key")["phase"].nunique()
                seen["linked"] += bool((linked == 2).any())
                seen["three linked"] += bool((linked == 3).any())
                seen["alone"] += bool((linked == 1).any())
                seen["some refused"] += not all(agreed for *_, agreed in people)
                seen["no confidence"] += bool((rows["confidence"] == -1).any())
                seen["confidence"] += bool((rows["confidence"] > 0).any())
                seen["a phase left out"] += rows["phase"].nunique() < len(phases)
    assert len(seen) == 8 and min(seen.values()) >= 3, seen  # noqa: PT018


def group(n, *answers, agreed=True):
    level, given = person("", *answers)
    return [(level, given, agreed)] * n


FEW_REFUSED = group(9, 1, None, 2) + group(2, 3, None, 3, agreed=False)
STOPPED = (
    group(8, 1, None, 2)
    + group(8, 2, None, 1, agreed=False)
    + group(5, 3)
    + group(1, 3, agreed=False)
)
TELLTALE = [  # whoever answered 1 was sure, and the tally is split by confidence
    *[("", ((1, 2), None, None), True)] * 3,
    *[("", ((2, 1), None, None), True)] * 6,
    *[("", ((1, 2), None, None), False)] * 5,
    *[("", ((2, 1), None, None), False)] * 6,
]
UNSURE = [("", ((1, 1), None, None), True)] * 2 + [("", ((2, 2), None, None), True)] * 9


@pytest.mark.parametrize(
    ("rule", "without", "people"),
    [
        ("_Part.may_leave", lambda *_: True, FEW_REFUSED),
        ("_confidence_fits", lambda *_: True, TELLTALE),
        ("_confidence_fits", lambda *_: True, UNSURE),
    ],
)
def test_without_a_rule_the_attacker_finds_somebody(rule, without, people, monkeypatch):
    assert not attack(people, PLAIN, HOMEWORK).by_bounds(people)
    monkeypatch.setattr(f"{archive_module.__name__}.{rule}", without)
    assert attack(people, PLAIN, HOMEWORK).by_rank(people)


def test_who_stopped_and_agreed_is_among_all_who_stopped():
    rows = archived(STOPPED, PLAIN)
    assert (
        sorted(rows["rating"]) == [1] * 8 + [2] * 8
    )  # no record of the five who stopped and agreed
    assert not attack(STOPPED, PLAIN, HOMEWORK).by_bounds(STOPPED)
    everybody = [(level, answers, True) for level, answers, _ in STOPPED]
    assert not attack(everybody, PLAIN, HOMEWORK).by_bounds(everybody)


@pytest.mark.parametrize("refused", [1, 2, 4])
@pytest.mark.parametrize("size", [10, 20, 30])
@pytest.mark.parametrize("rating", [3, 0])  # who only skipped could be found as well
def test_a_few_who_refused_close_the_archive_and_five_do_not(size, refused, rating):
    def people(n):
        return group(size, 1, None, 2) + group(n, rating, None, rating, agreed=False)

    assert archived(people(refused), PLAIN) is None
    assert len(archived(people(5), PLAIN)) == len(archived(people(0), PLAIN)) == 2 * size


def test_one_block_that_fails_takes_the_item_along():
    # Six refused, as the other items tell. Were block b alone left out, 6 - 5 would say that it holds one of them.
    people = [("a", ((1, 1), None, None), True)] * 9 + [("a", ((1, 1), None, None), False)] * 5
    people += [("b", ((2, 1), None, None), True)] * 9 + [("b", ((3, 1), None, None), False)]
    item = vignette(
        "x", levels=("a", "b"), readings=(*STEPPED.readings[:1], reading(levels=("b",)))
    )
    other = [("", answers, agreed) for _, answers, agreed in people]
    both = content(item, PLAIN)
    rows = [*judgments(people, item), *judgments(other, PLAIN)]
    yes = {f"{i:064x}" for i, (*_, agreed) in enumerate(people) if agreed}
    made = archive(rows, yes, both)
    assert set(made.rows["item"]) == {"plain"}
    assert made.left_out == ("`x`, judged alone",)


# -- any two exports of any kind of session --------------------------------------------------------------------------

# The gap is reckoned from the tally, and the report from tally and moves: who has those has these.
SESSIONS = {
    "own-study": (HOMEWORK, ("tally", "moves", "archive")),
    "lecture-two-rounds": (("first", "discussed"), ("tally", "moves", "archive")),
    "lecture-with-codes": (LECTURE, ("tally", "moves", "archive", "projector")),
}


class Holder(Attacker):
    """Holds only some of what was written of a session."""

    def __init__(self, exports, people, item, session, **knows):
        self.exports = exports
        self.all_agreed = "archive" in exports and all(agreed for *_, agreed in people)
        lecture = session.startswith("lecture")
        rows = archived(people, item, session=session) if "archive" in exports else None
        shown = released(people, item, lecture=lecture)
        super().__init__(shown, item, SESSIONS[session][0], 3, 2, archive=rows, **knows)
        if "projector" in exports:  # it showed the first two rounds before the third
            self.exports, every, self.phases = ("tally", "moves"), self.phases, [0, 1]
            self._read(released(early(people), item, lecture=lecture))
            self.phases = every
            self._drop_impossible()

    def _read(self, shown):
        if self.all_agreed:  # the codebook says so
            self._learn(~self.agreed, 0)
        self.moves_shown = Counter()
        for _, _, levels, p, before, q, after, n in shown.moves.itertuples(index=False):
            block, pair = tuple(levels.split("+")), (PHASES.index(p), PHASES.index(q))
            self.moves_shown[block, *pair] += n
            if "moves" in self.exports:
                both = self.gave(pair[0], before) & self.gave(pair[1], after)
                self._learn(self.at(block) & both, n)
        if "tally" in self.exports and "moves" in self.exports:
            super()._read(shown)
        elif "tally" in self.exports:
            super()._read(replace(shown, moves=shown.moves.iloc[:0]))

    def _of_both(self, block, phase, paired, histograms, moves):
        # A release says of itself whom it leaves out, whether or not its moves are at hand.
        n = self.moves_shown[block, 0, 1]
        return block in paired and phase < 2 and histograms[block, phase].total() == n


def early(people):
    """The same people before the third round."""
    cut = [(level, (*answers[:2], None), agreed) for level, answers, agreed in people]
    return [person for person in cut if any(person[1])]


PAIRS = [
    pytest.param(session, held, id=f"{session}: {' and '.join(held)}")
    for session, (_, written) in SESSIONS.items()
    for held in [*combinations(written, 2), written]
]


@pytest.mark.parametrize(("session", "held"), PAIRS)
@pytest.mark.parametrize("size", class_sizes((9, 16, 23, 30), 9, 23))
def test_no_two_exports_of_a_session_give_anybody_away(session, held, size):
    phases, _ = SESSIONS[session]
    rng = np.random.default_rng(size)
    for item in (PLAIN, STEPPED):
        people = agreeing(rng, invent_class(rng, size, item, phases))
        assert not Holder(held, people, item, session).by_rank(people), people
        knowing = Holder(held, people, item, session, roster=people)
        assert not knowing.answers_found(people), people


# Two of 22 came late to the second round: the projector left them out.
CAME_LATE = [("", ((1 + i % 3, 1), (1 + i % 2, 1), None), True) for i in range(20)] + [
    ("", ((1, 1), None, None), True),
    ("", ((3, 1), None, None), True),
]


def test_the_archive_of_a_lecture_minus_its_tally_is_not_the_few_who_were_left_out(monkeypatch):
    held, session = ("tally", "archive"), "lecture-two-rounds"
    assert not Holder(held, CAME_LATE, PLAIN, session).answers_found(CAME_LATE)
    kept = archived(CAME_LATE, PLAIN, session=session)
    assert kept.groupby("phase").size().to_dict() == {"first": 20, "discussed": 20}
    # As a homework is released, it would be.
    monkeypatch.setattr(archive_module, "is_lecture", lambda session: False)
    assert Holder(held, CAME_LATE, PLAIN, session).answers_found(CAME_LATE)


@pytest.mark.parametrize(("rated", "there"), [(0, True), (3, False), (7, True)])
def test_whom_the_tally_of_a_lecture_counts_the_archive_minds(rated, there):
    # Seven came to the second round only. They are enough to be counted, but three who rated are not.
    late = [("", (None, (2, 1), None), True)] * rated
    late += [("", (None, (0, 0), None), True)] * (7 - rated)
    kept = archived(CAME_LATE + late, PLAIN, session="lecture-two-rounds")
    assert (kept is not None) is there


SKIP = (0, 0)


@pytest.mark.parametrize(
    ("people", "kept"),
    [
        # Of those who agreed, four rated in the first phase, as many in the second, as many in both.
        (4 * [((1, 1), None, (2, 1))] + 5 * [(SKIP, None, SKIP)], 0),
        (4 * [((1, 1), None, (2, 1))] + 5 * [(SKIP, None, (2, 1))], 0),
        (4 * [((1, 1), None, (2, 1))] + 5 * [((1, 1), None, SKIP)], 0),
        # Enough in each phase, but only three in both: their moves would be those of three.
        (3 * [((1, 1), None, (2, 1))] + 3 * [((1, 1), None, SKIP)] + 3 * [(SKIP, None, (2, 1))], 0),
        (5 * [((1, 1), None, (2, 1))] + 4 * [(SKIP, None, SKIP)], 9),
    ],
)
@pytest.mark.parametrize("agreed", [True, False])
def test_no_histogram_and_no_moves_are_of_fewer_than_five(people, kept, agreed):
    # These, or (by subtracting the archive from the tally) these, where the others are enough of the other kind.
    these = [("", answers, agreed) for answers in people]
    others = group(9, 3, None, 3, agreed=not agreed)
    rows = archived(these + others, PLAIN)
    linked = 0 if rows is None else int((rows.groupby("key")["phase"].nunique() == 2).sum())
    assert linked == (kept and (kept if agreed else 9))


# -- two archives of different times -------------------------------------------------------------------------------


def test_two_archives_share_no_key_and_no_order_and_no_person_has_one_key_for_two_items():
    items = [vignette(f"v{i}", levels=("a", "b")) for i in range(12)]
    rng = np.random.default_rng(1)
    rows = []
    for item in items:
        people = [
            (str(rng.choice(["a", "b"])), ((int(rng.integers(1, 6)), 1), None, (3, 1)))
            for _ in range(40)
        ]
        rows += judgments(people, item)
    yes, course = {row.participant for row in rows}, content(*items)
    one, two = (archive(rows, yes, course).rows for _ in range(2))  # the system's own randomness
    assert not set(one["key"]) & set(two["key"])
    for made in (one, two):
        assert made.groupby("key")["item"].nunique().max() == 1
        assert (made["key"].str.fullmatch(r"[0-9a-f]{16}")).all()
        assert made["key"].nunique() == 12 * 40
    without = [made.drop(columns="key").apply(tuple, axis=1).tolist() for made in (one, two)]
    assert Counter(without[0]) == Counter(without[1])
    same = np.mean([a == b for a, b in zip(*without, strict=True)])
    assert same < 0.05  # two shuffles meet in about one row of a hundred
    items_in_order = one["item"].tolist()
    assert np.mean([a == b for a, b in pairwise(items_in_order)]) < 0.2


# -- reasons -------------------------------------------------------------------------------------------------------


def listed(reasons, people=None):
    people = people or [person("", 1, None, 2)] * 20
    rows = judgments(people, PLAIN, reasons)
    phases = {f"Plain (plain), {words}": phase for phase, words in WHEN.items()}
    return {
        phases[r.heading]: sorted(r.texts)
        for r in exports.reason_lists(rows, content(PLAIN), rng=random.Random(1))
    }


def test_reasons_of_four_are_not_listed_and_of_five_are():
    assert listed({(i, "first"): f"r{i}" for i in range(4)}) == {}
    assert listed({(i, "first"): f"r{i}" for i in range(5)}) == {
        "first": ["r0", "r1", "r2", "r3", "r4"]
    }
    assert (
        listed({(0, "first"): "a", (0, "informed"): "b"} | {(i, "first"): "c" for i in range(1, 4)})
        == {}
    )


@pytest.mark.parametrize(
    "then",
    [
        {i: f"r{i}" for i in range(5)},  # one of six said nothing more
        {**{i: f"r{i}" for i in range(5)}, 5: "changed"},
        {i: f"r{i}" for i in range(7)},  # somebody new
    ],
)
def test_a_later_list_from_which_somebody_could_be_subtracted_is_not_made(then):
    first = {(i, "first"): f"r{i}" for i in range(6)}
    found = listed(first | {(i, "informed"): text for i, text in then.items()})
    assert set(found) == {"first"}


def test_capitals_do_not_make_another_reason():
    first = {(i, "first"): f"r{i}" for i in range(10)}
    then = {
        (i, "informed"): f"R{i} " if i < 4 else f"n{i}" for i in range(10)
    }  # four said the same again
    assert set(listed(first | then)) == {"first"}


def test_two_phases_are_listed_where_every_difference_is_of_five():
    first = {(i, "first"): f"r{i}" for i in range(10)}
    then = {(i, "informed"): f"r{i}" for i in range(5)} | {
        (i, "informed"): f"n{i}" for i in range(5, 10)
    }
    assert set(listed(first | then)) == {"first", "informed"}


# -- everything together -------------------------------------------------------------------------------------------


# None, one and both levels are shown.
@pytest.mark.parametrize("size", class_sizes((1, 4, 5, 6, 9, 10, 11, 14, 20, 30), 4, 5, 9, 10, 20))
def test_nothing_that_is_written_depends_on_what_is_withheld(size, tmp_path):
    # Two classes that differ in nothing but the answers of groups that may not be shown.
    course = content(STEPPED, PLAIN)
    pages = []
    for rating in (1, 3):
        few = [("a", ((rating, 1), None, (rating, 2)))] * min(size, 4)
        rest = [("b", ((2, 1), None, (2, 1)))] * (size - len(few))
        shown = released(few + rest, STEPPED)
        written = []
        for kind in ("tally", "moves", "gap"):
            table = exports.released_table(shown, course, kind)
            written.append(exports.write_csv(table, tmp_path / "t.csv").read_bytes())
        pages.append((*written, report(shown, course)))
    assert pages[0] == pages[1]
    assert size < 9 or b"b+c,first,1,2," in pages[0][0]


def test_raw_counts_are_what_the_attacker_wants():
    class Counted:
        def ratings(self, session):
            return tallies([person("", 1)] * 3, PLAIN)[0].itertuples(index=False, name=None)

    assert exports.raw_table(Counted(), "s", content(PLAIN))["n"].tolist() == [3]
    assert released([person("", 1)] * 3, PLAIN).ratings.empty
