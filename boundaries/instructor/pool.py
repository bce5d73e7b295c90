"""Classes of many universities as one tally.

**What is added.** Each class is counted, and its counts go through `release` by themselves. The
pool is the sum of those releases and of nothing else. So whoever holds the pool and all single
tallies, and subtracts as they like, only gets back what the single tallies show. The price is that
four people of one class stay withheld in the pool, too, even where a hundred classes have such a
four.

**What fits together.** Where classes joined the levels of a dial differently, the pool joins them
until all agree. Confidence is told where every class tells it. Lectures and homework are not added
(one talks before it reads), nor are invented and real answers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pandas import DataFrame

from boundaries.answers.databases import place_of
from boundaries.answers.judgments import is_lecture
from boundaries.answers.store import Store
from boundaries.content import Content, load
from boundaries.counts import tally
from boundaries.counts.release import Released, release
from boundaries.errors import BoundariesError
from boundaries.instructor.parquet import ArchiveFile, write_parquet
from boundaries.instructor.unpacking import is_junk

STORES = "*.sqlite"
ARCHIVES = "*judgments.parquet"


class Source(NamedTuple):
    """One class that is pooled: its session in a store, or the archive of it."""

    place: str
    session: str
    invented: bool


def pool(
    *places: str | Path,
    content: Content | None = None,
    client: Any = None,  # noqa: ANN401 - Dask's types know nothing of most of its methods
) -> Released:
    """What may be shown of many classes together, as charts and tables take it.

    A place is a store (file or PostgreSQL URL), a research archive, or a folder, searched with all
    its folders for `*.sqlite` and `*judgments.parquet`. With a Dask `client`, or the address of its
    scheduler, each class is counted by a worker, which must reach the places by the same names.
    Raises BoundariesError where nothing can be pooled, or where something would be counted twice.
    """
    content = content or load()
    classes = sources(places)
    counted = _counted(classes, client)
    _refuse_copies(classes, counted)
    released = []
    for source, (ratings, moves) in zip(classes, counted, strict=True):
        lecture = is_lecture(source.session)
        released.append(release(ratings, moves, content, invented=source.invented, lecture=lecture))
    return together(released, content)


def _counted(classes: Sequence[Source], client: Any) -> list[tuple[DataFrame, DataFrame]]:  # noqa: ANN401 - see above
    if client is None:
        return list(map(raw_counts, classes))
    if isinstance(client, str):
        from distributed import Client

        with Client(client) as connected:  # type: ignore[no-untyped-call]
            return _counted(classes, connected)
    # Not from Dask's memory: a store may have grown since it was counted last.
    tables: list[tuple[DataFrame, DataFrame]] = client.gather(
        client.map(raw_counts, classes, pure=False)
    )
    return tables


def sources(places: Iterable[str | Path]) -> list[Source]:
    """The classes at some places, in a fixed order.

    Raises BoundariesError where there are none, where they are of two kinds, and where a folder
    holds one session twice.
    """
    classes: list[Source] = []
    for place in dict.fromkeys(map(_absolute, places)):
        classes += _classes_at(place)
    classes = sorted(set(classes))
    if not classes:
        raise BoundariesError(
            f"{', '.join(map(_name, places)) or 'Nowhere'}: there is no class to pool. Name stores, "
            f"archives, or folders that hold such files ({STORES}, {ARCHIVES})."
        )
    for kind, mixed in (
        ("invented and real answers", {source.invented for source in classes}),
        ("lectures and homework", {is_lecture(source.session) for source in classes}),
    ):
        if len(mixed) > 1:
            raise BoundariesError(
                f"These places hold {kind}, which are never added together. Pool each kind alone."
            )
    seen: dict[tuple[str, str], Source] = {}
    for source in classes:
        folder = source.place if "://" in source.place else str(Path(source.place).parent)
        key = (folder, source.session)
        if key in seen:
            raise _twice(source, seen[key], "lies twice in one folder")
        seen[key] = source
    return classes


def _absolute(place: str | Path) -> str:
    """A place by the name under which a worker finds it, too."""
    where = place_of(place)
    return str(where.resolve()) if isinstance(where, Path) else str(place)


def _name(place: str | Path) -> str:
    """A place in a sentence: an address without its password."""
    where = place_of(place)
    return str(where) if isinstance(where, Path) else where.render_as_string()


def _classes_at(place: str) -> list[Source]:
    path = Path(place)
    if path.is_dir():
        classes = []
        for file in sorted([*path.rglob(STORES), *path.rglob(ARCHIVES)]):
            if not is_junk(file.name):  # "._class.sqlite" of a Mac
                classes += _classes_at(str(file))
        return classes
    with closing(_opened(place)) as counted:
        return [Source(place, session.id, session.invented) for session in counted.sessions()]


def _opened(place: str) -> Store | ArchiveFile:
    path = Path(place)
    return ArchiveFile(path) if path.suffix == ".parquet" else Store(place, create=False)


def raw_counts(source: Source) -> tuple[DataFrame, DataFrame]:
    """The raw `ratings` and `moves` of one class: all that a worker sends."""
    with closing(_opened(source.place)) as counted:
        ratings = tally.stored_ratings(counted, source.session)
        return ratings, tally.stored_moves(counted, source.session)


def together(classes: Sequence[Released], content: Content) -> Released:
    """The sum of some releases of one content, itself as a release."""
    ratings = pd.concat([released.ratings for released in classes])
    moves = pd.concat([released.moves for released in classes])
    block_of = _common_blocks([*_blocks(ratings), *_blocks(moves)], content)
    for table in (ratings, moves):
        table["levels"] = [block_of[block] for block in _blocks(table)]
    least = ratings.groupby(["item", "levels", "phase"])["confidence"].transform("min")
    ratings.loc[least == -1, "confidence"] = -1
    paired: set[tuple[str, str]] = set()
    withheld = Counter[str]()
    for released in classes:
        paired |= released.paired
        withheld.update(set(released.withheld))
    number = f"{len(classes)} class{'es' * (len(classes) > 1)}"
    return Released(
        ratings=_summed(ratings),
        moves=_summed(moves),
        withheld=tuple(f"{line} (In {withheld[line]} of {number}.)" for line in sorted(withheld)),
        minimum=max(released.minimum for released in classes),
        session="pool",
        invented=any(released.invented for released in classes),
        title=f"{number} together",
        paired=frozenset((item, block_of.get((item, levels), levels)) for item, levels in paired),
    )


def _blocks(table: DataFrame) -> Iterator[tuple[str, str]]:
    """The item and the levels of each row."""
    return zip(table["item"], table["levels"], strict=True)


def _summed(table: DataFrame) -> DataFrame:
    """The rows that differ in nothing but `n`, the last column, added up."""
    return table.groupby(list(table.columns[:-1]), as_index=False).sum()


def _common_blocks(
    blocks: Iterable[tuple[str, str]], content: Content
) -> dict[tuple[str, str], str]:
    """For each item and block of a class, the block of the pool: those that overlap are one."""
    names: dict[str, set[str]] = defaultdict(set)
    for item, levels in blocks:
        names[item].add(levels)
    common = {}
    for item, of_item in names.items():
        joined: list[set[str]] = []
        for block in sorted(of_item):
            merged = set(block.split("+"))
            for other in joined:
                if other & merged:
                    merged |= other
            joined = [other for other in joined if not other & merged] + [merged]
        for merged in joined:
            in_order = "+".join(level for level in content.item(item).levels if level in merged)
            for block in of_item:
                if merged.issuperset(block.split("+")):
                    common[item, block] = in_order
    return common


def _refuse_copies(
    classes: Sequence[Source], counted: Sequence[tuple[DataFrame, DataFrame]]
) -> None:
    """Raises BoundariesError where two places hold one session with the very same counts."""
    # Many universities keep the course's own id for a session, so the id alone tells nothing.
    seen: dict[tuple[Any, ...], Source] = {}
    for source, (ratings, _) in zip(classes, counted, strict=True):
        key = (source.session, tuple(ratings.itertuples(index=False, name=None)))
        if not ratings.empty and key in seen:
            raise _twice(source, seen[key], "has the same counts at both")
        seen[key] = source


def _twice(source: Source, other: Source, how: str) -> BoundariesError:
    return BoundariesError(
        f"{_name(source.place)} and {_name(other.place)}: the session '{source.session}' {how}, and would be "
        "counted twice. Take one of the two away."
    )


def write_pool(pooled: Released, path: Path) -> None:
    """Writes a pool as one Parquet file: rows of ratings, where `to_phase` is empty, and of moves."""
    names = {"from_phase": "phase", "from_rating": "rating"}
    ratings = pooled.ratings.assign(to_phase="", to_rating=0)
    moves = pooled.moves.rename(columns=names).assign(confidence=-1)
    about = {
        "title": pooled.title,
        "answers": "invented" if pooled.invented else "given by people",
        "smallest group": str(pooled.minimum),
    }
    columns = ["item", "wording", "levels", "phase", "confidence", "rating"]
    write_parquet(
        pd.concat([ratings, moves])[[*columns, "to_phase", "to_rating", "n"]], path, about
    )
