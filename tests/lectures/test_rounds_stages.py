"""The rounds of a case: every stage after every history, as a table of who may go where and in which words."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries.answers.judgments import PHASES
from boundaries.errors import ContentError, Refused
from boundaries.lectures.rounds.stages import STAGES, Progress, check_move, moved, phase_of

FRESH = Progress()
JUDGED = Progress(frozenset({"first"}))
TALKED = Progress(frozenset({"first", "discussed"}))
SHOWN = Progress(frozenset({"first"}), frozenset({"first"}))
AFTER = Progress(frozenset({"first", "informed"}), frozenset({"first"}))
ALL = Progress(frozenset({"first", "informed"}), frozenset({"first", "informed"}))

FINAL = (
    "'tiles' was revealed: the class has seen the codes, so its round '{}' is final. "
    "You may open 'informed', or go on to the next case."
)
REFUSED = {
    (
        FRESH,
        "discussed",
    ): "'tiles' was not judged alone yet. Open its round 'first' before 'discussed'.",
    (FRESH, "reveal"): "Nobody has judged 'tiles' yet. Open its round 'first' before the reveal.",
    (SHOWN, "first"): FINAL.format("first"),
    (SHOWN, "discussed"): FINAL.format("discussed"),
    (AFTER, "first"): FINAL.format("first"),
    (AFTER, "discussed"): FINAL.format("discussed"),
    (ALL, "first"): FINAL.format("first"),
    (ALL, "discussed"): FINAL.format("discussed"),
    (
        ALL,
        "informed",
    ): "The round 'informed' of 'tiles' was revealed and is final. Go on to the next case.",
} | {
    (
        before,
        "informed",
    ): "'tiles' was not revealed yet. Show the codes first; 'informed' is judged after them."
    for before in (FRESH, JUDGED, TALKED)
}


def name(given):
    """Of a test, the same in every process: sets have no order of their own."""
    if isinstance(given, str):
        return given
    return f"{'+'.join(sorted(given.opened)) or 'fresh'}-seen-{'+'.join(sorted(given.revealed)) or 'nothing'}"


@pytest.mark.parametrize(
    ("before", "stage"),
    [*itertools.product((FRESH, JUDGED, TALKED, SHOWN, AFTER, ALL), STAGES)],
    ids=name,
)
def test_a_stage_follows_or_is_refused_in_these_words(before, stage):
    if (before, stage) not in REFUSED:
        check_move("tiles", stage, before)
        return
    with pytest.raises(Refused) as caught:
        check_move("tiles", stage, before)
    assert str(caught.value) == REFUSED[before, stage]


@pytest.mark.parametrize("stage", ["open", "", "First"])
def test_what_is_no_stage_is_said(stage):
    with pytest.raises(ContentError) as caught:
        check_move("tiles", stage, FRESH)
    assert str(caught.value) == (
        f"{stage!r} is not a stage. Choose one of: lobby, first, discuss, discussed, reveal, informed, over."
    )


def test_three_stages_are_rounds():
    assert [phase_of(stage) for stage in STAGES] == [
        None,
        "first",
        None,
        "discussed",
        None,
        "informed",
        None,
    ]


@given(st.lists(st.sampled_from(STAGES)))
def test_what_was_revealed_never_opens_again_however_the_host_goes(wanted):
    progress, opened = FRESH, []
    for stage in wanted:
        try:
            check_move("tiles", stage, progress)
        except Refused:
            continue
        assert stage not in progress.revealed
        assert not (stage in ("first", "discussed") and progress.revealed)
        after = moved(progress, stage)
        assert after.opened >= progress.opened
        assert after.revealed >= progress.revealed
        if phase_of(stage):
            opened.append(stage)
        assert after.revealed == (frozenset(opened) if stage == "reveal" else progress.revealed)
        progress = after
    assert progress.opened == set(opened) <= set(PHASES)
