"""The invented class in data/sample-class is the one that the present content gives."""

import pytest

from boundaries.counts.classes import SAMPLES, classroom, write_sample


def test_the_files_in_the_course_are_those_that_are_made_now(course, tmp_path):
    made = write_sample(course, tmp_path)
    there = sorted((course.folder / "sample-class").glob("*.csv"))
    assert [p.name for p in there] == sorted(p.name for p in made)
    different = [p.name for p in there if p.read_bytes() != (tmp_path / p.name).read_bytes()]
    assert different == [], "the content changed: run `make sample`"


def test_every_session_says_that_it_is_invented():
    assert all("invented" in session for session in SAMPLES)
    assert all("Invented" in sample.title for sample in SAMPLES.values())


@pytest.mark.parametrize("session", SAMPLES)
def test_the_sample_names_only_what_the_course_has_and_no_person(course, session):
    for kind in ("ratings", "moves"):
        text = (course.folder / "sample-class" / f"{session}-{kind}.csv").read_text(
            encoding="utf-8"
        )
        head = text.partition("\n")[0].split(",")
        assert "participant" not in head
        assert "reason" not in head
    released = classroom(session=session, content=course)
    assert (released.session, released.title, released.invented) == (
        session,
        SAMPLES[session].title,
        True,
    )
    assert set(released.ratings["item"]) == course.vignettes.keys() | course.claims.keys()
