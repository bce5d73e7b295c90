"""What is asked of the tables: the tallies read an index alone."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.dialects import sqlite

from boundaries.answers.counting import moves_of_case_query, ratings_query
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
