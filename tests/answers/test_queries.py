"""What is asked of the tables: the tallies read an index alone."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.dialects import sqlite

from boundaries.answers.counting import (
    counted_moves,
    counted_ratings,
    moves_of_case_query,
    ratings_query,
)
from boundaries.answers.judgments import Judgment
from boundaries.answers.store import Store

CASE = ("tiles", "w", "")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ratings_query("s"), "for_ratings (session=?)"),
        (
            moves_of_case_query("s", CASE),
            "for_moves_by_case (session=? AND item=? AND wording=? AND level=?)",
        ),
    ],
    ids=["ratings", "moves"],
)
def test_both_tallies_read_an_index_alone(tmp_path, query, index):
    path = tmp_path / "class.sqlite"
    Store(path).merge(
        Judgment("s", f"p{n}", "tiles", "w", phase, "", 1 + n % 5, 3, "A reason.", n)
        for n in range(200)
        for phase in ("first", "informed")
    )
    statement = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with closing(sqlite3.connect(path)) as connection:
        plan = "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
    assert f"SEARCH judgments USING COVERING INDEX {index}" in plan
    assert "SCAN judgments" not in plan


def test_one_case_is_counted_as_it_is_among_all(tmp_path):
    store = Store(tmp_path / "class.sqlite")
    rows = []
    for n in range(12):
        for item, level in (("tiles", ""), ("loan", "ab"[n % 2])):
            for phase in ("first", "discussed", "informed")[: 1 + n % 3]:
                rating = n % 4 or None  # a skip
                rows.append(
                    Judgment("s", f"p{n}", item, "w", phase, level, rating, rating, "", len(rows))
                )
    store.merge(rows)
    sizes = {}
    with store.reading() as connection:
        for counted in (counted_ratings, counted_moves):
            everything = counted(connection, "s")
            for item in ("tiles", "loan"):
                own = counted(connection, "s", item)
                assert set(own) == {row for row in everything if row[0] == item}
                sizes[item, counted] = sum(row[-1] for row in own)
            assert counted(connection, "s", "nobody") == counted(connection, "t") == []
    # Four judged once, four twice, and four three times: three moves each.
    assert sizes["tiles", counted_ratings] == sizes["loan", counted_ratings] == 24
    assert sizes["tiles", counted_moves] == sizes["loan", counted_moves] == 16


def test_rows_lie_by_chance_whatever_order_they_came_in(tmp_path):
    path = tmp_path / "class.sqlite"
    store = Store(path)
    for n in range(30):  # the chance that thirty lie in their order is one in thirty's factorial
        store.merge([Judgment("s", f"p{n:02}", "tiles", "w", "first", "", 2, 3, "", 1)])
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT participant FROM judgments ORDER BY rowid"
        participants = [participant for (participant,) in connection.execute(query)]
    assert participants != sorted(participants)


def test_nothing_that_arrives_with_nobodys_consent_changes_nothing(tmp_path):
    merged = Store(tmp_path / "class.sqlite").merge([], {})
    assert (merged.stored, merged.unchanged, merged.refused) == (0, 0, ())
