"""Classes of many universities, counted alike wherever they lie, and added without giving anybody away."""

import pickle
import random
import re
from collections import Counter
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from pandas import DataFrame
from pyarrow import parquet
from small_content import content, vignette

from boundaries.answers.judgments import PHASES, Judgment
from boundaries.answers.store import Session, Store
from boundaries.cli import main
from boundaries.counts import tally
from boundaries.counts.classes import classroom
from boundaries.counts.invented import invent
from boundaries.counts.release import release
from boundaries.errors import BoundariesError
from boundaries.instructor.parquet import ArchiveFile, write_parquet
from boundaries.instructor.pool import pool, raw_counts, sources, together
from boundaries.instructor.research import write_archive

TILES = vignette("tiles", levels=("a", "b", "c"))
LOAN = vignette("loan")
COURSE = content(TILES, LOAN)


def a_class(seed, people, session="s"):
    """Judgments of so many people, some of whom skip, stop or leave a case out."""
    rng = random.Random(seed)
    for person, item in product(range(people), (TILES, LOAN)):
        level = rng.choice(item.levels)
        for phase in PHASES:
            if rng.random() < 0.2:
                continue
            rating = rng.choice([None, 1, 2, 3, 4, 5])
            sure = rng.randint(1, 4) if rating else None
            yield Judgment(
                *(session, f"{person:x}", item.id, item.wording, phase),
                *(level, rating, sure, "", 0),
            )


def store_at(path, rows, invented=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = list(rows)
    with closing(Store(path)) as store:
        store.describe(Session(rows[0].session, "A class", invented))
        store.merge(rows)
    return path


def cells(table):
    return Counter({tuple(row[:-1]): row[-1] for row in table.itertuples(index=False, name=None)})


@pytest.mark.parametrize("seed", range(4))
def test_every_engine_counts_as_one_counts_by_hand(seed, place, tmp_path):
    rows = list(a_class(seed, 3 + 40 * seed))
    by_hand = tally.count_ratings(rows), tally.count_moves(rows)
    place.store.merge(rows)
    counted = tally.stored_ratings(place.store, "s"), tally.stored_moves(place.store, "s")
    # As an archive keeps them, in a folder with a name that DuckDB could take for a pattern.
    records = [
        (f"{j.participant} {j.item}", j.item, j.wording, j.level, j.phase, j.confidence, j.rating)
        for j in rows
    ]
    columns = ["key", "item", "wording", "level", "phase", "confidence", "rating"]
    table = DataFrame(records, columns=columns).fillna(0)
    path = tmp_path / "O'Hara [*]" / "judgments.parquet"
    write_parquet(table, path, {"session": "it's s", "answers": "given by people"})
    (source,) = sources([path.parent])
    assert source[1:] == ("it's s", False)
    for expected, stored, archived in zip(by_hand, counted, raw_counts(source), strict=True):
        assert cells(stored) == cells(archived) == cells(expected)


def test_a_pool_is_the_sum_of_what_each_class_may_publish(tmp_path):
    sizes = [3, 12, 25, 60, 7]
    stores = [
        store_at(tmp_path / f"{n}" / "class.sqlite", a_class(n, size))
        for n, size in enumerate(sizes)
    ]
    pooled = pool(tmp_path, content=COURSE)
    singles = [classroom(path, content=COURSE) for path in stores]
    assert cells(pooled.ratings) == cells(together(singles, COURSE).ratings)
    # Whoever holds the pool and all single tallies but one gets that one, as it was published.
    for kind, at in (("ratings", (0, 1, 3, 5)), ("moves", (0, 1, 3, 4, 5, 6))):
        counted = [Counter() for _ in singles]
        whole = Counter()
        for cell, n in cells(getattr(pooled, kind)).items():
            whole[tuple(cell[place] for place in at)] += n
        for single, counts in zip(singles, counted, strict=True):
            for cell, n in cells(getattr(single, kind)).items():
                counts[tuple(cell[place] for place in at)] += n
        for own in counted:
            rest = Counter(whole)
            for other in counted:
                if other is not own:
                    rest.subtract(other)
            assert +rest == own
            assert min(rest.values()) >= 0
    assert pooled.title == "5 classes together"
    assert any(line.endswith("(In 1 of 5 classes.)") for line in pooled.withheld)
    blocks = set(pooled.ratings["levels"])
    named = [level for block in blocks for level in block.split("+") if level]
    assert len(named) == len(set(named)), "no level is in two blocks"


def test_confidence_is_told_where_every_class_tells_it():
    def told(*classes):
        """What is published of classes that all chose 2, with these confidences."""
        releases = []
        for confidences in classes:
            rows = [
                Judgment("s", f"{n}", "loan", LOAN.wording, "first", "", 2, sure, "", 0)
                for n, sure in enumerate(confidences)
            ]
            releases.append(release(tally.count_ratings(rows), tally.count_moves(rows), COURSE))
        ratings = together(releases, COURSE).ratings
        return dict(zip(ratings["confidence"], ratings["n"], strict=True))

    sure, divided = [3] * 10, [1, 2, 3, 4, 4, 4]
    assert told(sure, sure) == {3: 20}
    assert told(sure, divided) == {-1: 16}


def test_what_a_mac_leaves_beside_a_store_is_no_store(tmp_path):
    store_at(tmp_path / "a.sqlite", a_class(1, 6))
    (tmp_path / "._a.sqlite").write_bytes(b"\0\5\x16\7")
    assert [Path(source.place).name for source in sources([tmp_path])] == ["a.sqlite"]


def test_pooling_raw_counts_would_have_given_three_people_away(tmp_path):
    large, small = list(a_class(1, 40)), list(a_class(2, 3))
    store_at(tmp_path / "large" / "class.sqlite", large)
    store_at(tmp_path / "small" / "class.sqlite", small)

    def of_loan(released):
        return sum(n for cell, n in cells(released.ratings).items() if cell[0] == "loan")

    alone = release(tally.count_ratings(large), tally.count_moves(large), COURSE)
    added = [
        tally.table(
            [(*cell, n) for cell, n in (cells(one(large)) + cells(one(small))).items()], shape
        )
        for one, shape in ((tally.count_ratings, tally.RATINGS), (tally.count_moves, tally.MOVES))
    ]
    theirs = sum(j.item == "loan" for j in small)
    assert of_loan(release(*added, COURSE)) - of_loan(alone) == theirs
    assert of_loan(pool(tmp_path, content=COURSE)) == of_loan(alone)


@pytest.mark.slow
def test_two_dask_workers_count_what_one_process_counts(tmp_path):
    distributed = pytest.importorskip("distributed")
    for n in range(4):
        store_at(tmp_path / f"{n}" / "class.sqlite", a_class(n, 20))
    alone = pool(tmp_path, content=COURSE)
    # Workers in this process are quick, but are sent nothing: so what would be sent is tried apart.
    count, source = pickle.loads(pickle.dumps((raw_counts, sources([tmp_path])[0])))
    assert len(pickle.loads(pickle.dumps(count(source)))) == 2
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        shared = pool(tmp_path, content=COURSE, client=client)
    assert cells(shared.ratings) == cells(alone.ratings)
    assert cells(shared.moves) == cells(alone.moves)
    assert shared.withheld == alone.withheld


@pytest.mark.slow
def test_an_archive_is_pooled_by_its_keys_and_written_as_one_file(course, tmp_path, capsys):
    rows = list(invent(course, students=40, seed=3, session="invented-7"))
    folder = tmp_path / "archived"
    described = Session("invented-7", "Invented", invented=True)
    with closing(Store(tmp_path / "own" / "class.sqlite")) as store:
        store.merge(rows)
        for person in {row.participant for row in rows}:
            store.set_consent("invented-7", person, person < "8")
        write_archive(store, described, course, folder, rng=random.Random(1))
    archived = parquet.read_table(folder / "invented-judgments.parquet").to_pandas()
    pooled = pool(folder, content=course)
    assert pooled.invented
    ours = Counter()
    for (item, _, _, phase, _, rating), n in cells(pooled.ratings).items():
        ours[item, phase, rating] += n
    assert ours == Counter(archived[["item", "phase", "rating"]].itertuples(index=False, name=None))
    assert pooled.moves["n"].sum() > 0
    output = tmp_path / "pooled.parquet"
    assert main(["pool", str(folder), "-o", str(output)]) == 0
    assert capsys.readouterr().out == (
        f"1 class together of invented answers: what may be shown is in {output}.\n"
        "Pool a class when it is closed: two pools made at different times can be subtracted.\n"
    )
    written = parquet.read_table(output).to_pandas()
    assert written["n"].sum() == pooled.ratings["n"].sum() + pooled.moves["n"].sum()
    assert set(written[written["to_phase"] == ""]["phase"]) == set(pooled.ratings["phase"])


def refusal(*places):
    with pytest.raises(BoundariesError) as caught:
        pool(*places, content=COURSE)
    return str(caught.value)


def test_what_would_be_counted_twice_or_wrongly_is_refused(tmp_path):
    one = store_at(tmp_path / "one" / "class.sqlite", a_class(1, 9))
    two = store_at(tmp_path / "two" / "class.sqlite", a_class(1, 9))
    assert refusal(tmp_path) == (
        f"{two} and {one}: the session 's' has the same counts at both, and would be counted twice. "
        "Take one of the two away."
    )
    beside = store_at(tmp_path / "one" / "later.sqlite", a_class(2, 9))
    assert refusal(one.parent) == (
        f"{beside} and {one}: the session 's' lies twice in one folder, and would be counted twice. "
        "Take one of the two away."
    )
    made_up = store_at(tmp_path / "three" / "class.sqlite", a_class(3, 9, "t"), invented=True)
    assert refusal(one, made_up) == (
        "These places hold invented and real answers, which are never added together. "
        "Pool each kind alone."
    )
    lecture = store_at(tmp_path / "four" / "class.sqlite", a_class(3, 9, "lecture-k7qf2mwd"))
    assert "hold lectures and homework, which are never added" in refusal(one, lecture)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refusal(empty) == (
        f"{empty}: there is no class to pool. Name stores, archives, or folders that hold such "
        "files (*.sqlite, *judgments.parquet)."
    )
    no_archive = empty / "judgments.parquet"
    no_archive.write_bytes(b"PAR1")
    sentence = (
        f"{no_archive}: this is no research archive that can be read. "
        "Take the judgments.parquet that `python -m boundaries archive` wrote."
    )
    assert refusal(empty) == sentence
    write_parquet(DataFrame({"n": [1]}), no_archive, {"session": "s", "answers": "given by people"})
    assert refusal(empty) == sentence
    with pytest.raises(BoundariesError, match=re.escape(sentence)):
        ArchiveFile(no_archive).ratings("")
