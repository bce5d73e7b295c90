"""A class beside the codes, against a plain reckoning person by person."""

import re
from dataclasses import replace
from math import isnan

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_content import content, reading, vignette

from boundaries.answers.judgments import Judgment
from boundaries.counts import tally
from boundaries.counts.comparison import Group, Shift, answers_to, gap, ordered, shifts
from boundaries.counts.release import release
from boundaries.errors import ContentError

TILES = vignette(
    "tiles",
    levels=("low", "mid", "high"),
    readings=(
        reading("aca-2014", "prohibited", levels=("low",)),
        reading("aca-2014", "conditional", levels=("mid",)),
        reading("aca-2014", "silent", levels=("high",)),
    ),
)
LOAN = vignette(
    "loan", readings=(reading("aca-2014", "discouraged"), reading("bacp-2018", "permitted"))
)
CONTENT = content(TILES, LOAN, codes=("nasw-2021",))
BANDS = {"low": (1, 1), "mid": (2, 4)}


def judge(who, item, rating, phase="first", level=""):
    return Judgment("s", str(who), item.id, item.wording, phase, level, rating, rating and 3, "", 0)


def class_of(item, *groups, phase="first", level="", start=0):
    """Judgments of one phase: groups of (how many, rating), numbered from `start`."""
    ratings = [rating for n, rating in groups for _ in range(n)]
    return [judge(who, item, rating, phase, level) for who, rating in enumerate(ratings, start)]


def released(*rows, of=CONTENT):
    rows = [row for group in rows for row in group]
    return release(tally.count_ratings(rows), tally.count_moves(rows), of)


def groups_of(shown, item):
    (answers,) = answers_to(shown, [item], "first")
    return answers.groups


def test_a_class_that_is_shown_at_every_level_hides_nothing():
    shown = released(*(class_of(TILES, (6, 2), level=level) for level in TILES.levels))
    (answers,) = answers_to(shown, [TILES], "first")
    assert (answers.n, answers.hidden) == (18, False)


def test_a_class_that_nobody_is_in_has_no_groups_and_no_numbers():
    nothing = released([])
    (answers,) = answers_to(nothing, [TILES], "first")
    assert (answers.groups, answers.n, answers.hidden) == ((), 0, True)
    assert gap(nothing, CONTENT, ["aca-2014"], [LOAN])["n"].tolist() == [0]
    assert [each.n for each in shifts(nothing, CONTENT, "aca-2014", [LOAN])] == [0]


def test_answers_are_counts_by_block_in_the_dials_order_with_skips_apart():
    low = class_of(TILES, (3, 1), (3, 2), (1, None), level="low")
    high = class_of(TILES, (6, 5), level="high", start=10)
    assert groups_of(released(high, low), TILES) == (
        Group(("low",), (3, 3, 0, 0, 0), skips=1),
        Group(("high",), (0, 0, 0, 0, 6), skips=0),
    )


def test_a_spread_is_of_two_who_read_the_same_words_and_a_mean_of_each_level():
    low = class_of(TILES, (3, 1), (3, 2), level="low")
    high = class_of(TILES, (2, 1), (10, 5), level="high", start=10)
    (answers,) = answers_to(released(low, high), [TILES], "first")
    assert answers.means() == pytest.approx({"at low": 1.5, "at high": 52 / 12})
    # Of 15 and 66 pairs of classmates, 9 lie one step apart and 20 four.
    assert answers.spread() == pytest.approx((9 * 1 + 20 * 4) / (15 + 66))


def test_cases_stand_as_they_were_given_or_the_strictest_first_and_last_what_is_not_shown():
    shown = released(class_of(TILES, (9, 5), level="low"), class_of(LOAN, (9, 2)))
    few = vignette("few")
    rows = answers_to(shown, [few, TILES, LOAN], "first")
    for order, ids in (("assigned", ["few", "tiles", "loan"]), ("mean", ["loan", "tiles", "few"])):
        assert [row.item.id for row in ordered(rows, order)] == ids
    with pytest.raises(ContentError) as caught:
        ordered(rows, "mode")
    assert str(caught.value) == "'mode' is no order of cases. Choose 'mean' or 'assigned'."


def test_levels_read_alike_are_joined_when_few():
    dial = vignette("dial", levels=("a", "b"))
    rows = class_of(dial, (4, 1), level="a") + class_of(dial, (4, 3), level="b", start=9)
    shown = released(rows, of=content(dial))
    assert groups_of(shown, dial) == (Group(("a", "b"), (4, 0, 4, 0, 0), skips=0),)


def test_only_the_current_wording_is_counted():
    old = vignette("loan", case="Another case.", wording="old", readings=LOAN.readings)
    shown = released(class_of(LOAN, (6, 2)), class_of(old, (8, 5), start=20))
    assert groups_of(shown, LOAN) == (Group(("",), (0, 6, 0, 0, 0), skips=0),)
    assert groups_of(shown, replace(LOAN, wording="newer")) == ()


def test_the_gap_judges_each_level_by_its_own_band_and_leaves_out_levels_without():
    low = class_of(
        TILES, (3, 1), (2, 3), (2, None), level="low"
    )  # band 1: 3 inside, 2 permissive by 2 steps
    mid = class_of(
        TILES, (4, 1), (1, 5), level="mid", start=10
    )  # band 2-4: 4 stricter, 1 permissive by 1
    high = class_of(TILES, (9, 5), level="high", start=20)  # silent: no band
    (row,) = gap(released(low, mid, high), CONTENT, ["aca-2014"], [TILES]).to_dict("records")
    assert row == {
        "item": "tiles",
        "type": "business",
        "code": "aca-2014",
        "stance": "prohibited / conditional / silent",
        "band": "1 / 2 to 4 / no band",
        "n": 10,
        "inside": 0.3,
        "stricter": 0.4,
        "permissive": 0.3,
        "steps_stricter": 0.4,
        "steps_permissive": 0.5,
        "blind_stricter": pytest.approx(0.1),
        "blind_permissive": pytest.approx(1.1),
    }


def test_a_gap_without_a_band_or_a_class_has_no_numbers():
    rows = gap(
        released(class_of(LOAN, (4, 2))), CONTENT, ["nasw-2021", "aca-2014"], [LOAN]
    ).to_dict("records")
    assert [(r["stance"], r["band"], r["n"]) for r in rows] == [
        ("not read", "no band", 0),
        ("discouraged", "2", 0),
    ]
    assert all(isnan(r[c]) for r in rows for c in ("inside", "steps_stricter", "blind_permissive"))


def test_shifts_are_toward_the_band_away_from_it_or_none():
    first = class_of(LOAN, (3, 4), (2, 2), (2, 1), (4, 5), (1, None))  # discouraged: band 2
    then = class_of(LOAN, (3, 3), (2, 1), (2, 3), (4, 5), (1, 2), phase="informed")
    (row,) = shifts(released(first, then), CONTENT, "aca-2014", [LOAN])
    assert row == Shift(LOAN, "2", away=2, stayed=6, toward=3)
    assert row.n == 11


def test_an_unknown_code_is_named_with_those_there_are():
    message = (
        "'aca-1914' is not a code of this course. Choose one of: aca-2014, bacp-2018, nasw-2021."
    )
    nothing = released([])
    with pytest.raises(ContentError, match=f"^{re.escape(message)}$"):
        gap(nothing, CONTENT, ["aca-1914"], [LOAN])
    with pytest.raises(ContentError, match=f"^{re.escape(message)}$"):
        shifts(nothing, CONTENT, "aca-1914", [LOAN])


# -- the same figures, person by person -----------------------------------------------------------

ANSWER = st.one_of(st.none(), st.integers(1, 5))
KIND = st.tuples(
    st.sampled_from(["low", "mid", "high"]), ANSWER, st.one_of(st.just("absent"), ANSWER)
)
# Several people of each kind, or too few would be shown for anything to be compared.
PEOPLE = st.lists(st.tuples(KIND, st.integers(1, 9)), min_size=1, max_size=9).map(
    lambda kinds: [kind for kind, n in kinds for _ in range(n)]
)


def judgments(people):
    for who, (level, first, informed) in enumerate(people):
        yield judge(who, TILES, first, "first", level)
        if informed != "absent":
            yield judge(who, TILES, informed, "informed", level)


def steps_outside(rating, band):
    low, high = band
    return max(low - rating, rating - high, 0)


@examples(60)
@given(PEOPLE)
def test_every_person_weighs_alike_in_a_gap_whatever_their_level(people):
    shown = released(judgments(people))
    levels = {level for g in groups_of(shown, TILES) for level in g.levels} & BANDS.keys()
    rated = [(rating, BANDS[level]) for level, rating, _ in people if rating and level in levels]
    (row,) = gap(shown, CONTENT, ["aca-2014"], [TILES]).to_dict("records")
    assert row["n"] == len(rated)
    if not rated:
        assert isnan(row["inside"])
        return
    inside = [low <= rating <= high for rating, (low, high) in rated]
    outside = [steps_outside(rating, band) for rating, band in rated]
    blind = [sum(steps_outside(x, band) for x in range(1, 6)) / 5 for _, band in rated]
    assert row["inside"] == pytest.approx(sum(inside) / len(rated))
    assert row["inside"] + row["stricter"] + row["permissive"] == pytest.approx(1)
    steps = row["steps_stricter"] + row["steps_permissive"]
    assert steps == pytest.approx(sum(outside) / len(rated))
    by_chance = row["blind_stricter"] + row["blind_permissive"]
    assert by_chance == pytest.approx(sum(blind) / len(rated))


@examples(60)
@given(PEOPLE)
def test_a_shift_is_of_those_who_rated_twice_and_never_of_a_skip(people):
    shown = released(judgments(people))
    levels = set(shown.moves["levels"]) & BANDS.keys()
    changes = []
    for level, first, informed in people:
        if level in levels and first and informed not in (None, "absent"):
            before, after = (steps_outside(r, BANDS[level]) for r in (first, informed))
            changes.append(after - before)
    (row,) = shifts(shown, CONTENT, "aca-2014", [TILES])
    assert row.n == len(changes)
    assert row.toward == sum(change < 0 for change in changes)
    assert row.away == sum(change > 0 for change in changes)
    assert row.stayed == sum(change == 0 for change in changes)


def test_a_skip_after_the_codes_is_no_shift():
    first = class_of(LOAN, (9, 4))
    then = class_of(LOAN, (6, 4), (3, None), phase="informed")
    (row,) = shifts(released(first, then), CONTENT, "aca-2014", [LOAN])
    assert row[2:] == (0, 6, 0)
