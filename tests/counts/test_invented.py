"""The invented class: the same from the same seed, lifelike enough, and never mixed with real answers."""

from collections import Counter, defaultdict
from dataclasses import replace
from statistics import fmean, pstdev

import pytest
from small_content import content, reading, vignette

from boundaries.answers.judgments import Judgment, checked, level_of, merge_all
from boundaries.answers.store import Session, Store
from boundaries.charts import calibration
from boundaries.counts.classes import SAMPLES, classroom
from boundaries.counts.invented import invent
from boundaries.errors import StoreError


def a_class(course, **named):
    return list(invent(course, **({"students": 60, "seed": 7, "session": "invented"} | named)))


def codes_all_say_never(item, level):
    readings = [item.reading(r.code, level) for r in getattr(item, "readings", ())]
    bands = {reading.band for reading in readings if reading and reading.band}
    return bands == {(1, 1)}


def share_of_never(rows):
    """The share (0 to 1) of first ratings that are "never ethical", by item and level."""
    ratings = defaultdict(list)
    for j in rows:
        if j.phase == "first" and j.rating:
            ratings[j.item, j.level].append(j.rating)
    return {asked: given.count(1) / len(given) for asked, given in ratings.items()}


def test_the_same_seed_gives_the_same_class_and_another_seed_another(course):
    first = a_class(course)
    assert first == a_class(course)
    other = a_class(course, seed=8)
    assert {j.participant for j in first}.isdisjoint(j.participant for j in other)
    assert Counter(j.rating for j in first) != Counter(j.rating for j in other)


def test_a_larger_class_begins_with_the_same_people(course):
    assert a_class(course, students=70)[: len(a_class(course))] == a_class(course)


def test_a_case_that_is_added_changes_no_answer_to_another(course):
    cases = dict(course.all_vignettes)
    del cases["six-sessions-on-flying"]
    fewer = replace(course, all_vignettes=cases)
    answers = [
        {(j.participant, j.item, j.phase): (j.rating, j.confidence) for j in a_class(content)}
        for content in (course, fewer)
    ]
    assert answers[1].items() < answers[0].items()


@pytest.mark.parametrize("mode", ["homework", "lecture"])
def test_every_judgment_is_one_that_a_student_could_have_given(course, mode):
    rows = a_class(course, mode=mode)
    for row in rows:
        item = course.item(row.item)
        assert checked(item, row).level == level_of(row.participant, item)
    assert len(merge_all(rows)) == len(rows)
    phases = {"homework": {"first", "informed"}, "lecture": {"first", "discussed", "informed"}}
    assert {j.phase for j in rows} == phases[mode]
    own = defaultdict(list)
    for row in rows:
        own[row.participant].append(row.revision)
    assert all(revisions == list(range(1, len(revisions) + 1)) for revisions in own.values())


def test_the_class_is_spread_as_a_class_is(course):
    rows = a_class(course)
    items = len(course.vignettes) + len(course.claims)
    first = [j for j in rows if j.phase == "first"]
    assert len(first) == 60 * items
    rated = [j for j in first if j.rating and j.item in course.vignettes]
    shares = Counter(j.rating for j in rated)
    assert set(shares) == {1, 2, 3, 4, 5}
    assert all(0.04 < n / len(rated) < 0.5 for n in shares.values())
    assert 0.015 < sum(j.rating is None for j in first) / len(first) < 0.04
    assert {j.confidence for j in rated} == {1, 2, 3, 4}
    used = defaultdict(set)
    for j in rated:
        if not codes_all_say_never(course.item(j.item), j.level):
            used[j.item].add(j.rating)
    assert min(len(ratings) for ratings in used.values()) >= 2
    stopped = {j.participant for j in first} - {
        j.participant for j in rows if j.phase == "informed"
    }
    assert 1 <= len(stopped) <= 10


def test_after_the_codes_more_move_toward_the_bands_than_away(course):
    by_key = {(j.participant, j.item, j.phase): j.rating for j in a_class(course, students=200)}
    pairs = [
        (rating, then)
        for (who, item, phase), rating in by_key.items()
        if phase == "first" and (then := by_key.get((who, item, "informed"))) and rating
    ]
    moved = sum(a != b for a, b in pairs) / len(pairs)
    assert 0.05 < moved < 0.4
    assert all(abs(a - b) <= 1 for a, b in pairs)


@pytest.mark.parametrize("stance", ["prohibited", "required", "silent"])
def test_where_a_class_stands_follows_the_readings(stance):
    course = content(vignette(readings=(reading(stance=stance),)))
    ratings = [j.rating for j in a_class(course, students=300) if j.phase == "first" and j.rating]
    mean = sum(ratings) / len(ratings)
    low, high = {"prohibited": (1, 1.1), "required": (4.9, 5), "silent": (2.6, 4.6)}[stance]
    assert low <= mean <= high


@pytest.mark.parametrize("session", SAMPLES)
def test_where_every_code_says_never_so_does_the_class_and_nowhere_more_often(course, session):
    sample = SAMPLES[session]
    shares = share_of_never(
        a_class(
            course, session=session, students=sample.students, seed=sample.seed, mode=sample.mode
        )
    )
    barred = {asked for asked in shares if codes_all_say_never(course.item(asked[0]), asked[1])}
    assert any(course.item(id).type == "sexual" for id, _ in barred)
    least = min(shares[asked] for asked in barred)
    assert least >= 0.9
    # A class that finds sex with a current client less bad than sex with a former one would teach a falsehood.
    assert least >= max(share for asked, share in shares.items() if asked not in barred)


@pytest.mark.parametrize("seed", range(10))
def test_where_most_codes_say_never_no_class_leans_to_the_milder_side(seed):
    never = (reading(stance="prohibited"), reading("apa-2017", "prohibited"))
    divided = content(vignette(readings=(*never, reading("bacp-2018", "conditional"))))
    ratings = [j.rating for j in a_class(divided, students=200, seed=seed) if j.phase == "first"]
    assert fmean(rating for rating in ratings if rating) < 2.4


# -- how sure they are -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("session", SAMPLES)
def test_the_pattern_of_certainty_that_a_notebook_shows_is_meant_and_no_noise(course, session):
    chart = calibration(classroom(session=session, content=course), course)
    rows = chart.table.to_dict("records")
    assert min(row["claims"] for row in rows) > len(course.claims) / 2
    shares = [int(row["agrees with the verdict"].removesuffix("%")) for row in rows]
    assert shares == sorted(shares)
    assert shares[0] <= 45
    assert shares[-1] >= 60
    assert chart.sentence.endswith(
        "The program that invented this class made the surer ones know more; a real class may differ."
    )


def test_who_is_surer_of_a_claim_is_more_often_right_and_of_a_case_at_an_end_of_the_scale(course):
    agree, sure = defaultdict(list), defaultdict(list)
    for row in a_class(course, students=200, seed=1):
        if row.phase != "first" or not row.rating:
            continue
        if row.item in course.claims:
            agree[row.confidence].append(row.rating == course.claims[row.item].verdict)
        else:
            sure[row.rating].append(row.confidence)
    shares = [fmean(agree[confidence]) for confidence in (1, 2, 3, 4)]
    assert shares == sorted(shares)
    means = [fmean(sure[rating]) for rating in (1, 2, 3, 4, 5)]
    assert max(means[1:4]) - min(means[1:4]) < 0.1
    assert min(means[0], means[4]) > max(means[1:4]) + 0.5


# -- where it stands ---------------------------------------------------------------------------------------------------


def test_a_class_is_divided_where_the_codes_are():
    alike = content(vignette(readings=(reading(stance="discouraged"),)))
    parted = content(
        vignette(readings=(reading(stance="prohibited"), reading("bacp-2018", "required")))
    )
    spreads = []
    for course in (alike, parted):
        ratings = [j.rating for j in a_class(course, students=300) if j.phase == "first"]
        spreads.append(pstdev([rating for rating in ratings if rating]))
    assert spreads[0] < 0.3
    assert spreads[1] > 0.7


def test_an_invented_class_is_never_mixed_with_real_answers(course, tmp_path):
    path = tmp_path / "class.sqlite"
    store = Store(path)
    store.describe(Session("invented", "Invented", invented=True))
    store.merge(a_class(course, students=5))
    before = store.ratings("invented")
    with pytest.raises(StoreError) as caught:
        store.describe(Session("invented", "Spring", invented=False))
    assert str(caught.value) == (
        f"{path}: session 'invented' holds invented answers, so real ones cannot be added. "
        "Use another store or another session id."
    )
    store.record(Judgment("own", "p", "tiles", "w", "first", "", 2, 3, "", 0))
    with pytest.raises(StoreError) as caught:
        store.describe(Session("own", "Invented", invented=True))
    assert str(caught.value) == (
        f"{path}: session 'own' holds real answers, so invented ones cannot be added. "
        "Use another store or another session id."
    )
    assert sorted(store.ratings("invented"), key=str) == sorted(before, key=str)
    assert [s.invented for s in store.sessions()] == [True, False]
