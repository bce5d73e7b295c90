"""What is printed of a class beside the codes, and of the codes themselves."""

from test_comparison import LOAN, TILES, class_of, released

from boundaries.counts.comparison import answers_to
from boundaries.counts.phrases import beside_names, count_words, inside_words, stance_words


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
    (group,) = answers_to(released(class_of(LOAN, (9, 2))), [LOAN], "first")[0].groups
    assert count_words(group) == "n = 9"
