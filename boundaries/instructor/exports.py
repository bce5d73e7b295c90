"""Out of a store: tallies, moves and gaps as CSV, and reasons apart from everything else.

Every table comes from a release (module `release`), which withholds small groups; only `raw` does not, and says so.
The columns:

- tally: item, wording, level (ids joined by "+" where levels are counted together; empty without a dial), phase,
  confidence (1 to 4; "all" where it is not split, "none" for a skip), rating (1 to 5; "skip"), n.
- moves: item, wording, level, from_phase, from_rating, to_phase, to_rating, n.
- gap: phase, then the columns of `tally.gap`: shares 0 to 1 and steps, empty where nothing may be shown.

A table of invented answers has one column more, `answers`, which says so in every row.

**Reasons** leave as shuffled lists with nothing beside them. A list is made only of the reasons of at least `minimum`
people. Two phases of one item can be subtracted, for people repeat themselves: what stands in one list and not in the
other is what somebody changed, began or ceased to say. So a later phase is listed beside an earlier one only where
those who gave a reason in one of them alone, those who said the same twice and those who changed their words are each
nobody or at least `minimum`; where that fails the first judgment's list stands alone.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pandas import DataFrame

from boundaries.answers.judgments import PHASES, Judgment
from boundaries.content import Content, Item
from boundaries.counts import tally
from boundaries.counts.comparison import WHEN
from boundaries.counts.release import Released
from boundaries.errors import BoundariesError

FOR_CHECKING = "These counts are for checking, not for showing: nothing is withheld, and small groups can be found."

_SKIP = {0: "skip"}
_NAMES = {
    "confidence": {-1: "all", 0: "none"},
    "rating": _SKIP,
    "from_rating": _SKIP,
    "to_rating": _SKIP,
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def tally_table(released: Released) -> DataFrame:
    """The shown ratings with the columns of the tally, in words where a number stands for something else."""
    return _named(released.ratings)


def moves_table(released: Released) -> DataFrame:
    """The shown moves with the columns of the moves."""
    return _named(released.moves)


def gap_table(released: Released, content: Content) -> DataFrame:
    """The class beside each shown code, for every phase that may be shown and every case that was read."""
    found = []
    for phase in (p for p in PHASES if p in set(released.ratings["phase"])):
        part = tally.gap(
            released,
            content,
            [c.id for c in content.shown_codes],
            content.vignettes.values(),
            phase,
        )
        part.insert(0, "phase", phase)
        found += part[part["stance"] != "not read"].to_dict("records")
    empty = tally.gap(released, content, [], [])
    return DataFrame(found, columns=["phase", *empty.columns]).round(4)


def raw_table(store: tally.Counting, session: str, what: str = "tally") -> DataFrame:
    """The unwithheld counts ("tally" or "moves") of a session: for checking (`FOR_CHECKING`), never for showing."""
    return _named(tally.moves(store, session) if what == "moves" else tally.ratings(store, session))


def write_csv(table: DataFrame, path: str | Path, *, invented: bool = False) -> Path:
    """Writes a table that Excel and LibreOffice open as it is: UTF-8 with its mark, and no cell taken for a formula.

    A cell of text that begins as a formula does gets an apostrophe before it. Raises BoundariesError where the
    file cannot be written.
    """
    safe = table.astype(object).map(
        lambda x: f"'{x}" if isinstance(x, str) and x.startswith(_FORMULA) else x
    )
    if invented:
        safe["answers"] = "invented"
    return write_text(path, safe.to_csv(index=False, lineterminator="\r\n"), mark=True)


def write_text(path: str | Path, text: str, *, mark: bool = False) -> Path:
    """Writes a text file in UTF-8 (with its byte order mark) as it stands, and gives the path.

    Raises BoundariesError where it cannot be written.
    """
    path = Path(path)
    try:
        path.write_bytes(text.encode("utf-8-sig" if mark else "utf-8"))
    except OSError as error:
        raise BoundariesError(
            f"{path}: the file cannot be written ({error.strerror}). Choose another."
        ) from None
    return path


class Reasons(NamedTuple):
    """What people gave as reasons for one item in one phase, in no order."""

    item: Item
    phase: str
    texts: tuple[str, ...]


def reasons(
    rows: Iterable[Judgment],
    content: Content,
    *,
    minimum: int | None = None,
    rng: random.Random | None = None,
) -> list[Reasons]:
    """The lists of reasons of merged judgments that may be shown, shuffled; see the module's text for which may.

    Only reasons for the wording that is asked today. `rng` is the system's own randomness unless given.
    """
    minimum, rng = (
        content.course.minimum_group if minimum is None else minimum,
        rng or secrets.SystemRandom(),
    )
    said: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if text := _one_line(row.reason):
            said[row.item, row.wording][row.participant][row.phase] = text
    found = []
    items: list[Item] = [*content.vignettes.values(), *content.claims.values()]
    for item in items:
        people = list(said.get((item.id, item.wording), {}).values())
        for phase in _listed(people, minimum):
            texts = [given[phase] for given in people if phase in given]
            rng.shuffle(texts)
            found.append(Reasons(item, phase, tuple(texts)))
    return found


def reasons_page(
    found: Sequence[Reasons], title: str, minimum: int, *, invented: bool = False
) -> str:
    """Lists of reasons as plain text to read before it is shown."""
    whose = f"{title} (invented answers)" if invented else title
    lines = [
        f"Reasons: {whose}",
        "",
        f"Each list is shuffled and holds the reasons of {minimum} people or more; shorter lists are left out, and so",
        "are later phases that could be subtracted from earlier ones. Nothing stands beside a reason.",
        "Read them before you show them: somebody may have written what gives them or another person away.",
    ]
    for item, phase, texts in found:
        lines += ["", f"{item.title} ({item.id}), {WHEN[phase]}", *(f"• {text}" for text in texts)]
    return "\n".join([*lines, *([] if found else ["", "No list is long enough."]), ""])


def _listed(people: Sequence[dict[str, str]], minimum: int) -> list[str]:
    """The phases whose lists may stand beside each other."""
    listed: list[str] = []
    for phase in ("first", "informed", "discussed"):
        tried = [*listed, phase]
        # Who said nothing, the same as before or something new in which phase: what subtracting lists can tell.
        ways = Counter(
            tuple(_repeats(given, tried)) for given in people if any(p in given for p in tried)
        )
        if any(phase in given for given in people) and min(ways.values()) >= minimum:
            listed = tried
    return listed


def _repeats(given: dict[str, str], phases: Sequence[str]) -> list[int | None]:
    texts = [given.get(p, "").casefold() for p in phases]
    return [texts.index(text) if text else None for text in texts]


def _one_line(text: str) -> str:
    """The text on one line, without characters that steer how it is shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _named(counts: DataFrame) -> DataFrame:
    named = counts.rename(columns={"levels": "level"})
    for column in named.columns.intersection(list(_NAMES)):
        names = _NAMES[column]
        named[column] = [names.get(x, x) for x in named[column]]
    return named
