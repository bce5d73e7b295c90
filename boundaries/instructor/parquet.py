"""Tables as Parquet, written and counted by DuckDB, which the extra `research` brings."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pandas import DataFrame

from boundaries.answers import counting
from boundaries.answers.store import Session
from boundaries.errors import BoundariesError

# What DuckDB may hold in memory at once; what does not fit lies in a temporary folder meanwhile.
MEMORY = "1500MB"

# An archive's columns as a store's table. Its key stands for one person and one item. Where levels
# are joined, all stand at the last of them, which makes `release` join them again.
_AS_JUDGMENTS = """
CREATE VIEW judgments AS SELECT
  '' AS session, key AS participant, item, wording, phase,
  split_part(level, '+', -1) AS level,
  nullif(rating, 0) AS rating, nullif(confidence, 0) AS confidence
FROM read_parquet({})
"""


def write_parquet(table: DataFrame, path: Path, metadata: Mapping[str, str]) -> None:
    """Writes a table and words about it. Text stays text, and a whole number keeps its size."""
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    about = ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in metadata.items())
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{about}}}"
    with duckdb.connect() as connection:
        connection.register("written", table)
        connection.execute(f"COPY written TO {_quoted(str(path))} ({options})")


class ArchiveFile:
    """A research archive as a file that is counted as a store is: one session, grouped by its `key`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def close(self) -> None:
        """Nothing: each count opens the file for itself."""

    def sessions(self) -> list[Session]:
        """The one session that the file says it holds. Raises BoundariesError for another file."""
        query = "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)"
        with self._reading() as connection:
            about = dict(tuple(row) for row in connection.exec_driver_sql(query, (self._pattern,)))
        if not {"session", "answers"} <= about.keys():
            raise BoundariesError(f"{self.path}: {_NO_ARCHIVE}")
        return [Session(str(about["session"]), "", about["answers"] == "invented")]

    def ratings(self, session: str) -> list[tuple[Any, ...]]:
        """Counts, as a store gives them."""
        with self._judgments() as connection:
            return counting.counted_ratings(connection, "")

    def moves(self, session: str) -> list[tuple[Any, ...]]:
        """Paired counts, as a store gives them."""
        with self._judgments() as connection:
            return counting.counted_moves(connection, "")

    @property
    def _pattern(self) -> str:
        # DuckDB takes a star or a bracket in a file's name for a pattern.
        return glob.escape(str(self.path))

    @contextmanager
    def _judgments(self) -> Iterator[sa.Connection]:
        with self._reading() as connection:
            connection.exec_driver_sql(_AS_JUDGMENTS.format(_quoted(self._pattern)))
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        import duckdb  # named here, so that the command can say which package is missing

        with tempfile.TemporaryDirectory() as folder:
            settings = {"memory_limit": MEMORY, "temp_directory": folder}
            engine = sa.create_engine("duckdb:///:memory:", connect_args={"config": settings})
            try:
                with engine.connect() as connection:
                    yield connection
            except (duckdb.Error, sa.exc.DBAPIError) as error:
                raise BoundariesError(f"{self.path}: {_NO_ARCHIVE}") from error
            finally:
                engine.dispose()


_NO_ARCHIVE = (
    "this is no research archive that can be read. "
    "Take the judgments.parquet that `python -m boundaries archive` wrote."
)


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
