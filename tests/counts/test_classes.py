"""A class from a store: which session, which kind of answers, and a sentence where there is none."""

import dataclasses

import pytest
from small_content import content, vignette

from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Session, Store
from boundaries.counts.classes import SAMPLES, classroom
from boundaries.errors import StoreError

TILES = vignette("tiles")
COURSE = content(TILES)


def rows(session="spring", people=6, rating=2, wording=TILES.wording):
    return [
        Judgment(session, f"p{n}", "tiles", wording, "first", "", rating, 3, "A reason.", 1)
        for n in range(people)
    ]


def counts(released):
    return {(r.item, r.rating): r.n for r in released.ratings.itertuples()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "class.sqlite"


def test_a_store_with_one_session_needs_no_name_and_may_be_a_path_or_a_store(path):
    store = Store(path)
    store.merge(rows())
    store.describe(Session("spring", "Spring term", invented=False))
    for where in (store, path, str(path)):
        released = classroom(where, content=COURSE)
        assert counts(released)["tiles", 2] == 6
        assert (released.session, released.title, released.invented) == (
            "spring",
            "Spring term",
            False,
        )


def test_sessions_are_never_added_together(path):
    store = Store(path)
    store.merge([*rows("spring"), *rows("autumn", people=7)])
    assert counts(classroom(store, "autumn", content=COURSE))["tiles", 2] == 7
    with pytest.raises(StoreError) as caught:
        classroom(store, content=COURSE)
    assert str(caught.value) == (
        f"{path}: the store holds several sessions. Name one of these as `session`: autumn, spring."
    )
    with pytest.raises(StoreError) as caught:
        classroom(store, "summer", content=COURSE)
    assert str(caught.value) == (
        f"{path}: the store has no session 'summer'. Name one of these as `session`: autumn, spring."
    )


def test_an_empty_store_and_a_missing_one_are_named(path):
    with pytest.raises(StoreError) as caught:
        classroom(path, content=COURSE)
    assert (
        str(caught.value)
        == f"{path}: no such store. Check the path, or make one with `simulate` or a lesson."
    )
    assert not path.exists()
    with pytest.raises(StoreError) as caught:
        classroom(Store(path), content=COURSE)
    assert str(caught.value) == (
        f"{path}: nothing has been judged in this store yet. Judge a case first, or choose another store."
    )


def test_small_groups_are_withheld_and_other_wordings_are_not_counted(path):
    store = Store(path)
    store.merge(rows(people=4))
    assert classroom(store, content=COURSE).ratings.empty
    store.merge(
        dataclasses.replace(r, participant=f"q{r.participant}")
        for r in rows(people=6, wording="older")
    )
    assert classroom(store, content=COURSE).ratings.empty


def test_invented_answers_say_so(path):
    store = Store(path)
    store.describe(Session("spring", "Invented class", invented=True))
    store.merge(rows())
    assert classroom(store, content=COURSE).invented is True


def test_an_unknown_invented_session_is_named():
    with pytest.raises(StoreError) as caught:
        classroom(session="spring", content=COURSE)
    assert (
        str(caught.value)
        == f"'spring' is not an invented session. Choose one of: {', '.join(SAMPLES)}."
    )


def test_a_class_in_postgresql_is_the_same_class(place):
    place.store.merge(rows())
    assert counts(classroom(place.where, content=COURSE))["tiles", 2] == 6


def test_a_lecture_is_released_as_its_projector_did(path):
    store = Store(path)
    store.merge([*rows("lecture-monday"), *rows("monday")])
    split = {
        id: set(classroom(store, id, content=COURSE).ratings["confidence"])
        for id in ("lecture-monday", "monday")
    }
    assert split == {"lecture-monday": {-1}, "monday": {3}}
