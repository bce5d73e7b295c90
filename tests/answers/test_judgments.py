"""What a judgment is, when it is one, and how two are merged."""

import dataclasses
import math
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_content import content, vignette

from boundaries.answers.judgments import (
    MAX_REASON,
    PHASES,
    Judgment,
    changes_by,
    checked,
    contradicting_people,
    in_own_order,
    is_in_first_half,
    level_of,
    merge,
    merge_all,
    new_token,
    own_pair,
    participant_of,
    reason_id,
    refused_of,
)
from boundaries.content import Prompts
from boundaries.errors import JudgmentError

TILES = vignette("tiles", levels=("low", "high"))
PLAIN = vignette("plain")
GIVEN = Judgment("s", "p", "tiles", TILES.wording, "first", "low", 2, 3, "Because.", 1)

any_row = st.builds(
    Judgment,
    session=st.just("s"),
    participant=st.sampled_from("pq"),
    item=st.sampled_from(["tiles", "plain"]),
    wording=st.just("w"),
    phase=st.sampled_from(PHASES),
    level=st.just(""),
    rating=st.none() | st.integers(1, 5),
    confidence=st.integers(1, 4),
    reason=st.sampled_from(["", "a", "b"]),
    revision=st.integers(0, 3),
)
same_key = st.sampled_from(PHASES).flatmap(
    lambda phase: st.lists(
        any_row.map(lambda j: dataclasses.replace(j, participant="p", item="tiles", phase=phase)),
        min_size=3,
        max_size=3,
    )
)


@given(same_key)
def test_merge_is_commutative_associative_and_idempotent(rows):
    a, b, c = rows
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a


@given(same_key)
def test_the_lowest_revision_of_a_first_stays_and_the_highest_of_any_other_phase(rows):
    a, b, _ = rows
    extreme = min if a.phase == "first" else max
    assert merge(a, b).revision == extreme(a.revision, b.revision)


@given(st.lists(any_row, max_size=4))
def test_every_order_of_rows_leaves_the_same_one_row_a_key(rows):
    results = [merge_all(order) for order in permutations(rows)]
    assert all(result == results[0] for result in results)
    assert set(results[0]) == {row.key for row in rows}
    assert set(results[0].values()) <= set(rows)


def test_a_digest_is_for_ever():
    # It is stored: another one would make every stored answer differ from the same one sent again.
    answered = Judgment("s", "p", "tiles", "w", "first", "", 2, 3, "Because.", 1)
    assert answered.digest == "e5cca3fa756330ae"


def test_two_different_judgments_cannot_be_merged():
    other = dataclasses.replace(GIVEN, phase="informed")
    with pytest.raises(ValueError) as caught:
        merge(GIVEN, other)
    assert (
        str(caught.value)
        == f"Two different judgments cannot be merged: {GIVEN.key} and {other.key}."
    )


NO_NUMBERS = [0, -1, 2.0, "maybe", "3", math.nan, math.inf, True, [1], {}, 10**40]


@pytest.mark.parametrize("wrong", [*NO_NUMBERS, 6], ids=repr)
def test_what_is_no_rating_is_refused_in_a_sentence(wrong):
    with pytest.raises(JudgmentError) as caught:
        checked(TILES, dataclasses.replace(GIVEN, rating=wrong))
    assert str(caught.value) == (
        f"{wrong!r} is not a rating of 'tiles'. Choose 1 to 5 (1 = never ethical … 5 = always ethical)."
    )


@pytest.mark.parametrize("wrong", [*NO_NUMBERS, 5, None], ids=repr)
def test_what_is_no_confidence_is_refused_in_a_sentence(wrong):
    with pytest.raises(JudgmentError) as caught:
        checked(TILES, dataclasses.replace(GIVEN, confidence=wrong))
    assert (
        str(caught.value)
        == f"{wrong!r} is not a confidence. Choose 1 to 4 (1 = a guess … 4 = certain)."
    )


@pytest.mark.parametrize(
    ("item", "fields", "said"),
    [
        (
            TILES,
            {"phase": "last"},
            "'last' is not a phase. Choose one of: first, discussed, informed.",
        ),
        (
            TILES,
            {"phase": ["first"]},
            "['first'] is not a phase. Choose one of: first, discussed, informed.",
        ),
        (TILES, {"level": "middle"}, "'middle' is not a level of 'tiles'. Allowed: low, high."),
        (
            PLAIN,
            {"level": "low", "item": "plain", "wording": PLAIN.wording},
            "'low' is not a level of 'plain'. Allowed: none, for it has no dial.",
        ),
        (
            TILES,
            {"wording": "older"},
            f"This judgment of 'tiles' answered the wording 'older'; the course now asks '{TILES.wording}'. "
            "Two wordings are never mixed. Reload the case and judge it as it stands.",
        ),
        (
            TILES,
            {"revision": -1},
            "The revision of a judgment of 'tiles' is -1. It is a whole number from 0 to 2,147,483,647.",
        ),
        (
            TILES,
            {"revision": True},
            "The revision of a judgment of 'tiles' is True. It is a whole number from 0 to 2,147,483,647.",
        ),
        (
            TILES,
            {"revision": 2**31},
            "The revision of a judgment of 'tiles' is 2147483648. It is a whole number from 0 to 2,147,483,647.",
        ),
        (
            TILES,
            {"rating": None},
            "A skip of 'tiles' came with a confidence of 3. A skip has none. Leave the confidence out.",
        ),
        (
            TILES,
            {"reason": None},
            "The reason for 'tiles' is not text. Write it as words, or leave it empty.",
        ),
        (
            TILES,
            {"reason": "x" * 2**20},
            "The reason for 'tiles' has 1,048,576 characters. At most 500 are kept. Shorten it.",
        ),
        (
            TILES,
            {"reason": "a\x00b"},
            "The reason for 'tiles' holds a character that cannot be stored. Type it again without pasting.",
        ),
        (
            TILES,
            {"reason": "half of an emoji: \ud83d"},
            "The reason for 'tiles' holds a character that cannot be stored. Type it again without pasting.",
        ),
    ],
)
def test_what_is_no_judgment_of_an_item_is_refused_in_a_sentence(item, fields, said):
    with pytest.raises(JudgmentError) as caught:
        checked(item, dataclasses.replace(GIVEN, **fields))
    assert str(caught.value) == said


def test_a_judgment_named_for_another_item_is_refused():
    with pytest.raises(JudgmentError) as caught:
        checked(TILES, dataclasses.replace(GIVEN, item="car"))
    assert (
        str(caught.value)
        == "This judgment is of 'car', not of 'tiles'. Judge the item that is shown."
    )


@pytest.mark.parametrize(
    "fields",
    [
        *({}, {"rating": None, "confidence": None}, {"reason": "x" * MAX_REASON}),
        *({"level": "high"}, {"confidence": 1}, {"confidence": 4}, {"rating": 1}, {"rating": 5}),
        *({"revision": 0}, {"revision": 2**31 - 1}),
    ],
)
def test_a_judgment_of_the_item_passes_as_it_is(fields):
    judgment = dataclasses.replace(GIVEN, **fields)
    assert checked(TILES, judgment) is judgment


def test_a_participant_is_a_hash_of_session_and_token_that_differs_in_every_session():
    token = new_token()
    assert len(token) == 32
    assert new_token() != token
    ids = {participant_of(session, token) for session in ("a", "b", "c")}
    assert len(ids) == 3
    assert not any(token in id for id in ids)


def test_levels_fall_evenly_and_one_items_level_tells_nothing_of_anothers():
    items = [vignette(id, levels=tuple("abcd")) for id in ("tiles", "car")]
    people = [participant_of("s", f"{n}") for n in range(8000)]
    both = Counter((level_of(p, items[0]), level_of(p, items[1])) for p in people)
    expected = len(people) / 16
    chi_square = sum((both[a, b] - expected) ** 2 / expected for a in "abcd" for b in "abcd")
    assert len(both) == 16
    assert chi_square < 37.7  # 15 degrees of freedom, p = 0.001


def test_the_level_of_a_participant_never_changes():
    # Stored rows and running lectures hold levels reckoned so: these must hold in every later version.
    four = vignette("tiles", levels=tuple("abcd"))
    assert [level_of(participant_of("own-study", f"{n:032x}"), four) for n in range(8)] == list(
        "cbabcdda"
    )
    assert level_of("anyone", PLAIN) == ""


def test_a_participants_order_and_half_never_change():
    # A page, a notebook and a server reckon them apart: an answer goes on where it was begun.
    people = [participant_of("own-study", f"{n:032x}") for n in range(8)]
    items = [vignette(id) for id in "abcd"]
    orders = ["".join(item.id for item in in_own_order(p, items)) for p in people[:4]]
    assert orders == ["dabc", "dcba", "adcb", "dcba"]
    in_first_half = [n for n, p in enumerate(people) if is_in_first_half(p, "gifts")]
    assert in_first_half == [2, 4, 5, 6, 7]


def test_a_class_that_is_split_sees_a_pair_first_in_one_half_and_in_none_of_the_other():
    course = content(TILES, PLAIN)
    pair = Prompts("business", pair=("plain", "tiles"))
    whole = dataclasses.replace(course, prompts={"business": pair})
    split = dataclasses.replace(whole, course=dataclasses.replace(whole.course, split_pairs=True))
    for n in range(8):
        who = participant_of("own-study", f"{n:032x}")
        assert own_pair(who, "business", [TILES, PLAIN], whole) == [PLAIN, TILES]
        in_half = [PLAIN, TILES] if is_in_first_half(who, "business") else []
        assert own_pair(who, "business", [TILES, PLAIN], split) == in_half


def test_a_reason_on_the_screen_is_known_by_its_words_for_ever():
    # Hosts' ticks are stored under it.
    assert reason_id("Because  of\n this. ") == reason_id("Because of this.") == "1e74b5815b07c170"


def test_of_rows_that_arrive_it_is_known_which_change_the_store_and_which_lose():
    other = dataclasses.replace(GIVEN, rating=5, revision=2)
    same = dataclasses.replace(GIVEN, revision=2)
    stored = {GIVEN.key: GIVEN}
    assert contradicting_people([other], stored) == {GIVEN.person} == {("s", "p")}
    for rows in ([same], [dataclasses.replace(other, phase="informed")], [GIVEN]):
        assert contradicting_people(rows, stored) == set()
        assert contradicting_people(rows, {}) == set()
    # A lower revision of a first judgment stays, the same one changes nothing.
    later, earlier = same, dataclasses.replace(other, revision=0)
    assert changes_by({later.key: later}, stored) == changes_by(stored, stored) == {}
    assert changes_by({earlier.key: earlier}, stored) == {earlier.key: earlier}
    assert changes_by(stored, {}) == stored
    assert refused_of([other], stored, {}) == (other,)
    assert refused_of([earlier], stored, {earlier.key: earlier}) == (GIVEN,)
    assert refused_of([same], stored, {}) == refused_of([other], {}, {other.key: other}) == ()
    second, old = (dataclasses.replace(row, phase="informed") for row in (other, GIVEN))
    assert refused_of([old], {second.key: second}, {}) == ()
    assert (GIVEN.skipped, dataclasses.replace(GIVEN, rating=None).skipped) == (False, True)
