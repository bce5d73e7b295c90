"""What is printed of a class beside the codes, and of the codes themselves."""

from dataclasses import replace

import pytest
from small_content import content, reading, vignette
from test_comparison import LOAN, TILES, class_of, released

from boundaries.content import Claim
from boundaries.counts.comparison import answers_to
from boundaries.counts.phrases import (
    act_of,
    band_at,
    beside_names,
    caption,
    codes_for,
    count_words,
    inside_words,
    is_read,
    items_of,
    left_out,
    names_of,
    one_of,
    people,
    stance_words,
    titled,
    vignettes_of,
)
from boundaries.errors import ContentError

CLAIM = Claim("c", "Invented.", LOAN.scale, "w", 1, "", (), (), "A", "2026-01-01")


def test_what_a_code_says_along_a_dial_is_said_once_a_change():
    assert stance_words(TILES, "aca-2014") == "prohibited 1 / conditional 2 to 4 / silent"
    assert stance_words(TILES, "bacp-2018") == "not read"


def test_codes_that_say_the_same_stand_together_the_strictest_first():
    (answers,) = answers_to(released(class_of(LOAN, (9, 2))), [LOAN], "first")
    shorts = {"bacp-2018": "BACP", "aca-2014": "ACA", "nasw-2021": "NASW"}
    banded, silent = beside_names(answers, shorts)
    assert list(banded.items()) == [(((2, 2),), ["ACA"]), (((4, 5),), ["BACP"])]
    assert silent == {"not read": ["NASW"]}
    assert inside_words(answers, ((2, 2),)) == ("2", "100% inside")


def test_skips_are_said_beside_those_who_rated():
    (answers,) = answers_to(released(class_of(LOAN, (9, 2), (2, None))), [LOAN], "first")
    assert count_words(answers) == "n = 9; 2 preferred not to judge"
    (answers,) = answers_to(released(class_of(LOAN, (9, 2))), [LOAN], "first")
    assert count_words(answers) == "n = 9"
    (few,) = answers_to(released(class_of(LOAN, (4, 2))), [LOAN], "first")
    assert count_words(few) == "fewer than 5 have judged"


def test_who_judged_is_said_in_numbers_and_what_is_not_shown_by_three_titles_at_most():
    cases = [vignette(id) for id in "abcde"]
    few = answers_to(released([]), cases, "first")
    assert left_out(few) == (" Not shown, for fewer than 5 have judged: “A”, “B”, “C” and 2 more.")
    assert left_out(few[:4]).endswith("“A”, “B”, “C” and 1 more.")
    assert left_out(few[:3]) == " Not shown, for fewer than 5 have judged: “A”, “B”, “C”."
    assert caption(few, "") == (
        "Fewer than 5 people have judged each of these 5 cases, so nothing is shown yet."
    )
    assert caption(few[:1], "") == ("Fewer than 5 people have judged “A”, so nothing is shown yet.")
    shown = released(class_of(LOAN, (9, 2)), class_of(TILES, (6, 1), level="low"))
    loan, tiles = answers_to(shown, [LOAN, TILES], "first")
    assert people([loan, loan]) == "2 cases, each judged by 9 people"
    assert people([loan, tiles]) == "2 cases, each judged by 6 to 9 people"
    assert left_out([loan, tiles]) == ""
    assert caption([loan, *few[:1]], "all agree.") == (
        "One case, judged by 9 people: all agree. Not shown, for fewer than 5 have judged: “A”."
    )


def test_the_share_inside_is_of_those_whose_level_has_a_band():
    rows = [class_of(TILES, (6, 1), level="low"), class_of(TILES, (6, 1), level="high", start=9)]
    (answers,) = answers_to(released(*rows), [TILES], "first")
    bands = answers.bands("aca-2014")
    assert inside_words(answers, bands) == ("1 / silent", "100% of 6 inside")
    assert inside_words(answers, (None, None)) == ("silent", "")


def test_a_code_goes_without_its_year_where_one_edition_is_named():
    codes = ("ACA 2005", "ACA 2014", "BACP 2018")
    course = content(LOAN, codes=codes)
    assert codes_for(course, [LOAN], codes) == {
        "ACA 2005": "ACA 2005",
        "ACA 2014": "ACA 2014",
        "BACP 2018": "BACP",
    }
    assert codes_for(course, [LOAN], ["ACA 2014"]) == {"ACA 2014": "ACA"}


def test_what_cannot_be_drawn_is_named_with_what_can():
    course = content(LOAN, TILES)
    assert items_of(course, "loan") == ("“Loan”", (LOAN,))
    assert items_of(course, "all") == ("all types", (LOAN, TILES))
    assert one_of([LOAN], "loan") is LOAN
    for ask, sentence in (
        (
            lambda: items_of(course, "lone"),
            "'lone' cannot be drawn. Choose the id of a case or a claim, 'all', 'claims', or a "
            "type: business.",
        ),
        (
            lambda: vignettes_of(course, "claims"),
            "There is nothing of 'claims' to draw yet. Add a case under data/vignettes.",
        ),
        (
            lambda: one_of([LOAN, TILES], "business"),
            "'business' is more than one case. Choose one: loan, tiles.",
        ),
    ):
        with pytest.raises(ContentError) as caught:
            ask()
        assert str(caught.value) == sentence


def test_beside_cases_and_claims_together_stand_the_codes_beside_claims_the_verdict():
    course = content(LOAN)
    assert list(codes_for(course, [LOAN, CLAIM], None)) == ["aca-2014", "bacp-2018"]
    assert list(codes_for(course, [CLAIM], None)) == ["verdict"]
    assert is_read(CLAIM, "verdict")
    assert [is_read(LOAN, code) for code in ("bacp-2018", "nasw-2021")] == [True, False]
    assert [band_at(item, "bacp-2018", "") for item in (LOAN, CLAIM)] == [(4, 5), (1, 1)]
    assert [band_at(TILES, "aca-2014", level) for level in ("low", "high")] == [(1, 1), None]
    assert band_at(LOAN, "nasw-2021", "") is None
    assert names_of(TILES, ["low", "high"]) == "at low / at high"
    assert names_of(CLAIM, [""]) == ""
    assert titled(LOAN) == {"case": "Loan", "act": "to buy it"}
    assert titled(CLAIM) == {"claim": CLAIM.title}


def test_a_code_that_is_silent_at_one_level_stands_with_its_bands_and_one_at_all_apart():
    mute = vignette("mute", readings=(reading("aca-2014", "silent"),))
    rows = [*class_of(TILES, (9, 1), level="low"), *class_of(TILES, (9, 1), level="high", start=9)]
    rows += class_of(mute, (9, 1))
    course = content(TILES, mute)
    tiles, muted = answers_to(released(rows, of=course), [TILES, mute], "first")
    shorts = {"aca-2014": "ACA", "nasw-2021": "NASW"}
    bands = tiles.bands("aca-2014")
    assert beside_names(tiles, shorts) == ({bands: ["ACA"]}, {"not read": ["NASW"]})
    assert beside_names(muted, shorts) == ({}, {"silent": ["ACA"], "not read": ["NASW"]})


def test_of_claims_a_class_agrees_with_the_verdict():
    course = replace(content(LOAN), claims={CLAIM.id: CLAIM})
    shown = released(class_of(CLAIM, (9, 1)), of=course)
    (answers,) = answers_to(shown, [CLAIM], "first")
    assert people([answers]) == "One claim, judged by 9 people"
    assert inside_words(answers, ((1, 1),)) == ("verdict: never ethical", "100% agree")
    with pytest.raises(ContentError) as caught:
        vignettes_of(course, "claims")
    assert str(caught.value).startswith("'claims' has no codes beside it.")


def test_what_is_judged_is_said_in_general_with_the_fact_that_a_dial_turns():
    turned = vignette("turned", levels=("a", "b"), behaviour="take {dial} from a client")
    assert act_of(turned) == "to take [price] from a client"
    assert act_of(LOAN) == "to buy it"
    assert act_of(CLAIM) == ""
    assert stance_words(CLAIM, "verdict") == "Never ethical"
    strict, mild = reading("b"), reading("a", "prohibited")
    assert stance_words(vignette(readings=(strict, mild)), "a") == "prohibited 1"
