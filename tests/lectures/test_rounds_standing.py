"""Where a hall stands: how many may join, and what of its frozen counts may leave."""

import pytest

from boundaries.lectures.rounds.standing import Frozen, Hall, in_order


def hall(people):
    return Hall("ABCDEF", "Friday", "Friday", "lecture", ("tiles",), "", "lobby", 1, None, people)


@pytest.mark.parametrize(
    ("people", "places"),
    [
        (None, 5_000),
        (1, 11),
        (40, 50),
        (44, 55),
        (47, 58),
        (48, 60),
        (3_999, 4_998),
        (4_000, 5_000),
    ],
)
def test_latecomers_find_a_place(people, places):
    assert hall(people).places == places


@pytest.mark.parametrize(("people", "asks"), [(None, False), (4_000, False), (3_999, True)])
def test_who_finds_no_place_is_sent_to_the_lecturer_where_more_can_be_made(people, asks):
    sentence = f"This lecture has {hall(people).places:,} participants, and takes no more."
    more = " Tell your lecturer, who can make more room." if asks else ""
    assert hall(people).full == sentence + more


def test_of_what_is_frozen_only_rounds_of_these_phases_leave():
    rating = ("tiles", "a1", "low", "first", 3, 2, 7)
    later = ("tiles", "a1", "low", "informed", 3, 2, 7)
    move = ("tiles", "a1", "low", "first", 2, "discussed", 3, 7)
    backward = ("tiles", "a1", "low", "informed", 2, "first", 3, 7)
    frozen = Frozen((rating, later), (move, backward))

    assert frozen.of({"first"}) == Frozen((rating,), ())
    assert frozen.of({"first", "discussed"}) == Frozen((rating,), (move,))
    assert frozen.of({"informed"}) == Frozen((later,), ())
    assert frozen.of(set()) == Frozen()


def test_phases_come_in_the_order_in_which_they_are_judged():
    assert in_order({"informed", "first", "discussed"}) == ["first", "discussed", "informed"]
