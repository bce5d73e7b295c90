"""content: what load() gives, and what it says when a file cannot be used."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from boundaries.content import Code, Provision, check, default_folder, load, wording_of
from boundaries.content.display import binding, look_up, reading_shown
from boundaries.errors import ContentError

WHOLE = Path(__file__).parent / "broken" / "whole"
REAL = Path(__file__).parent.parent.parent / "data"
BENCH, TABLE = "vignettes/garden-bench.toml", "vignettes/garden-table.toml"


@pytest.fixture
def data(tmp_path):
    """A whole content folder, to be changed. (`load` remembers a folder, so each test loads its own but once.)"""
    return Path(shutil.copytree(WHOLE, tmp_path / "data"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(ContentError) as error:
        load(folder)
    return str(error.value)


# The real content


def test_the_real_folder_is_the_default():
    assert load() is load(REAL)
    assert default_folder({}) == REAL
    assert default_folder({"BOUNDARIES_DATA": "elsewhere"}) == Path("elsewhere")


def test_the_real_folder_has_nine_types_with_at_least_five_vignettes_each():
    content = load(REAL)
    types = [
        "encounters",
        "social",
        "business",
        "gifts",
        "sexual",
        "former-clients",
        "online",
        "roles",
        "confidences",
    ]
    assert list(content.types) == types
    assert all(len(content.of_type(type)) >= 5 for type in content.types)


def test_every_real_file_is_one_item():
    content = load(REAL)
    assert set(content.all_vignettes) == {path.stem for path in (REAL / "vignettes").glob("*.toml")}
    assert set(content.codes) == {path.stem for path in (REAL / "codes").glob("*.toml")}
    assert len(content.claims) == 12
    assert (
        len(content.surveys)
        == len((REAL / "surveys.csv").read_text(encoding="utf-8").splitlines()) - 1
    )


def test_every_real_vignette_is_read_by_every_shown_code_at_every_level():
    content = load(REAL)
    assert [code.id for code in content.shown_codes] == [
        "aca-2014",
        "apa-2017",
        "nasw-2021",
        "aamft-2015",
        "bacp-2018",
    ]
    for vignette in content.vignettes.values():
        for level in vignette.levels:
            for code in content.shown_codes:
                reading = vignette.reading(code.id, level)
                assert reading is not None
                assert (reading.band is None) == (reading.stance == "silent")


def test_the_question_is_the_stem_with_the_behaviour():
    content = load(WHOLE)
    vignette = content.item("garden-bench")
    question = "In cases like this one, is it ethical for a therapist to buy goods from a client for {dial} less?"
    assert vignette.question == question
    assert vignette.at("small", vignette.question) == question.replace("{dial}", "10 euros")
    assert content.scale_source == "Five-point scale after Borys & Pope (1989) (not yet checked)"


def test_a_reading_takes_its_band_from_the_stance_unless_it_has_its_own():
    vignette = load(WHOLE).item("garden-bench")
    assert vignette.reading("invented-2020", "small").band == (2, 4)
    assert vignette.reading("invented-2020", "large").band == (1, 2)
    assert vignette.reading("invented-2010", "large").band is None
    assert vignette.reading("no-such-code", "large") is None


# What is replaced, and what is asked for in vain


def test_a_replaced_vignette_is_not_taught_but_can_be_found():
    content = load(WHOLE)
    assert list(content.vignettes) == ["garden-table"]
    assert [v.id for v in content.of_type("business")] == ["garden-table"]
    assert content.item("garden-bench").title == "A garden bench"


def test_an_unknown_type_is_answered_with_the_known_ones():
    with pytest.raises(ContentError) as error:
        load(WHOLE).of_type("barter")
    assert (
        str(error.value)
        == "'barter' is not a type of dual relationship. Choose one of: business, gifts."
    )


def test_an_unknown_item_is_answered_with_what_may_have_happened():
    with pytest.raises(ContentError) as error:
        load(WHOLE).item("garden-chair")
    assert str(error.value) == (
        "'garden-chair' is not a vignette or claim of this course. "
        "If its file was renamed or removed, put it back: stored judgments name it."
    )


# A teacher's own cases


def test_cases_of_a_folder_named_in_the_course_are_read(data):
    own = data.parent / "my-cases"
    own.mkdir()
    shutil.copy(data / TABLE, own / "my-table.toml")
    change(own / "my-table.toml", 'replaces = "garden-bench"\n', "")
    change(data / "course.toml", "folders = []", 'folders = ["../my-cases"]')
    content = load(data)
    assert list(content.vignettes) == ["garden-table", "my-table"]
    assert content.item("my-table").file == str(own / "my-table.toml")


def test_a_minimum_group_below_five_is_five(data):
    change(data / "course.toml", "minimum_group = 5", "minimum_group = 1")
    assert load(data).course.minimum_group == 5


# Files that cannot be used


@pytest.mark.parametrize("name", ["course.toml", "types.toml", "scale.toml"])
def test_a_missing_file_is_named(data, name):
    (data / name).unlink()
    path = data.resolve() / name
    assert (
        refused(data) == f"{path}: no such file. Put it back, or run `python -m boundaries check`."
    )


def test_a_folder_may_do_without_claims_and_surveys(data):
    (data / "claims.toml").unlink()
    content = load(data)
    assert (content.claims, content.surveys) == ({}, ())


def test_a_file_that_is_not_toml_is_named(data):
    (data / BENCH).write_text("title = \n", encoding="utf-8")
    path = data.resolve() / BENCH
    assert (
        refused(data) == f"{path}: not a TOML file in UTF-8 (Invalid value (at line 1, column 9))."
    )


def test_a_file_that_is_not_utf_8_is_named(data):
    (data / BENCH).write_bytes(b'title = "\xe9"\n')
    assert refused(data) == (
        f"{data.resolve() / BENCH}: not a TOML file in UTF-8 "
        "('utf-8' codec can't decode byte 0xe9 in position 9: invalid continuation byte)."
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (BENCH, 'type = "business"\n', "", "KeyError at 'type'"),
        (BENCH, 'label = "10 euros"\n', "", "KeyError at 'label'"),
        (BENCH, 'code = "invented-2010"\n', "", "KeyError at 'code'"),
        (BENCH, 'stance = "silent"', 'stance = "mute"', "KeyError at 'mute'"),
        ("course.toml", "minimum_group = 5\n", "", "KeyError at 'minimum_group'"),
        ("codes/invented-2010.toml", 'kind = "code"\n', "", "KeyError at 'kind'"),
    ],
)
def test_a_field_that_is_missing_names_its_file(data, file, old, new, found):
    change(data / file, old, new)
    path = data.resolve() / file
    assert (
        refused(data)
        == f"{path}: {found}. Run `python -m boundaries check` to see what is missing."
    )


# Wordings


ASKED = [
    (BENCH, "a small town. Tobias", "a large town. Tobias"),
    (BENCH, "lower price and", "lower price, and"),
    (BENCH, "buy goods", "buy things"),
    (BENCH, 'id = "small"\nlabel', 'id = "tiny"\nlabel'),
    (BENCH, 'label = "10 euros"', 'label = "10 EUR"'),
    (BENCH, 'text = "10 euros"', 'text = "ten euros"'),
    ("scale.toml", "In cases like this one", "In such cases"),
    ("scale.toml", 'label = "Never ethical"', 'label = "Never"'),
    ("scale.toml", "value = 5\n", "value = 6\n"),
]
NOT_ASKED = [
    (BENCH, 'title = "A garden bench"', 'title = "A bench"'),
    (BENCH, 'setting = "a small town"', 'setting = "a city"'),
    (BENCH, 'questions = ["Who gives', 'questions = ["Really, who gives'),
    (BENCH, "minutes = 8", "minutes = 9"),
    (BENCH, 'why = "An invented case', 'why = "A case'),
    (BENCH, 'stance = "conditional"', 'stance = "permitted"'),
    (BENCH, "He makes benches\nand", "He  makes benches and"),
    ("scale.toml", 'label = "Prohibited"', 'label = "Ruled out"'),
    ("scale.toml", 'label = "Overstated"', 'label = "Too strong"'),
]


@pytest.mark.parametrize(("file", "old", "new"), ASKED)
def test_a_wording_changes_with_each_thing_that_is_asked(data, file, old, new):
    change(data / file, old, new)
    assert load(data).item("garden-bench").wording != load(WHOLE).item("garden-bench").wording


@pytest.mark.parametrize(("file", "old", "new"), NOT_ASKED)
def test_a_wording_does_not_change_with_anything_else(data, file, old, new):
    change(data / file, old, new)
    assert load(data).item("garden-bench").wording == load(WHOLE).item("garden-bench").wording


def test_a_claims_wording_changes_with_the_claim_and_its_scale_only(data):
    before = load(WHOLE).item("bargains").wording
    change(data / "claims.toml", "verdict = 2", "verdict = 3")
    assert load(data).item("bargains").wording == before
    for n, (file, old, new) in enumerate(
        [("claims.toml", "no bargain", "no gift"), ("scale.toml", "Overstated", "Too much")]
    ):
        other = Path(shutil.copytree(WHOLE, data.parent / str(n)))
        change(other / file, old, new)
        assert load(other).item("bargains").wording != before


def test_a_wording_is_twelve_hex_digits_that_never_change():
    assert wording_of("A case.", "An act.", "A question?", (), None) == "f8cbe3f1bb13"
    assert load(WHOLE).item("garden-bench").wording == "69b7f598e962"


# Immutability


@pytest.mark.parametrize(
    ("thing", "field"),
    [
        (lambda c: c, "types"),
        (lambda c: c.item("garden-bench"), "wording"),
        (lambda c: c.item("garden-bench").readings[0], "stance"),
        (lambda c: c.item("garden-bench").dial.levels[0], "text"),
        (lambda c: c.item("bargains"), "verdict"),
        (lambda c: c.codes["invented-2020"], "kind"),
        (lambda c: c.course, "minimum_group"),
    ],
)
def test_nothing_that_was_loaded_can_be_changed(thing, field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing(load(WHOLE)), field, "other")


def test_lists_become_tuples_and_provisions_know_their_code():
    content = load(WHOLE)
    vignette, code = content.item("garden-bench"), content.codes["invented-2020"]
    assert all(
        isinstance(getattr(vignette, name), tuple)
        for name in ("grew_from", "people", "questions", "readings")
    )
    assert isinstance(code, Code)
    assert isinstance(code.provisions["A.1/business_purchasing"], Provision)
    assert code.provisions["A.1/business_purchasing"].code == "invented-2020"
    assert content.item("bargains").provisions == (("invented-2020", "A.1/business_purchasing"),)


# Whom a code binds, and where it can be looked up


def test_a_card_says_which_codes_would_bind_the_therapist_and_which_are_read_as_if():
    content = load(REAL)
    cases = content.vignettes
    assert binding(cases["the-same-telescope"], content) == (
        "A counselor in the United States would be bound by Texas counselor rules and as a member by ACA 2014 and "
        "NBCC 2023. Read here as if they were binding too: APA 2017, NASW 2021, AAMFT 2015, BACP 2018 and CRPO 2024."
    )
    # Of the code that would bind this one, only definitions were read; of Portugal's, nothing.
    assert binding(cases["the-second-oven"], content) == (
        "A psychologist in South Africa is bound by none of these codes. Of HPCSA psychology too little is held here "
        "to read this case by. Each is read as if it were binding."
    )
    assert binding(cases["the-last-ferry"], content) == (
        "A psychologist in Portugal is bound by none of these codes, and none in force is held here that is known to "
        "bind one. Each is read as if it were binding."
    )
    assert binding(cases["supper-on-sundays"], content) == (
        "The case names no country, so each code is read as if it bound this therapist."
    )
    # Whoever left the profession is no member of it, and a superseded text binds nobody.
    assert "bound by none" in binding(content.all_vignettes["rowing-on-sundays"], content)
    assert not content.codes["aca-2005"].binds(cases["the-same-telescope"])
    assert not content.codes["law-md"].binds(cases["the-same-telescope"])


def test_a_country_chooses_its_codes_before_the_others(tmp_path):
    data = Path(shutil.copytree(REAL, tmp_path / "data"))
    change(data / "course.toml", "[show]\n", '[show]\ncountry = "au"\n')
    codes = load(data).course.codes
    assert codes[:4] == ("psyba-2025", "pacfa-2017", "auca", "aca-2014")
    assert len(codes) == len(set(codes)) == 8
    taught = load(data).vignettes.values()
    unread = [v for v in taught if not any(r.code == "psyba-2025" for r in v.readings)]
    thin = check.summary(data).splitlines()[1]
    assert thin.startswith(
        f"Thin: no reading of psyba-2025 in {len(unread)} of {len(taught)} cases;"
    )


def test_what_is_shown_of_a_code_links_its_bodys_page_and_never_a_page_that_was_read():
    content = load(REAL)
    for vignette in content.vignettes.values():
        for reading in vignette.readings:
            words = str(reading_shown(reading, content))
            assert content.codes[reading.code].official_url in words
            for id in reading.provisions:
                passage = content.codes[reading.code].provisions[id]
                page = passage.url not in ("", content.codes[reading.code].official_url)
                assert not (page and passage.url in words), (vignette.id, id)
    script = dataclasses.replace(content.codes["aca-2014"], official_url="javascript:alert(1)")
    assert look_up(script)["url"] == ""
