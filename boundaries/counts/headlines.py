"""What a picture finds, as a title of a few plain words: pure functions of numbers.

They get only what may be shown, so that they claim nothing of a withheld group. "Most" is more than
half, of a class as of its codes; a tie is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from boundaries.content import Point
from boundaries.counts.comparison import Gap
from boundaries.counts.phrases import percent

TOO_FEW = "Too few have judged"
# Means closer than this many steps are about the same.
ALONG = 0.5


# From so many mean steps on, more on one side of the bands than on the other, a class leans.
LEANS = 0.2


class Position(NamedTuple):
    """Where most of a class stands beside most codes on one case, or in most cases of a type.

    `place` is "stricter", "milder" or "inside"; "" where no place has most, "no band" where no code
    has a band. `lean` is the mean steps outside the bands, below 0 on the strict side.
    """

    title: str
    place: str
    lean: float


def standing(title: str, gaps: Iterable[Gap]) -> Position:
    """Where most of a class stands, from its gap to each code with a band."""
    places, leans = [], []
    for gap in gaps:
        shares = {"stricter": gap.stricter, "milder": gap.permissive, "inside": gap.inside}
        largest = max(shares, key=shares.__getitem__)
        places.append(largest if shares[largest] > 0.5 else "")
        leans.append(gap.steps_permissive - gap.steps_stricter)
    return _most(title, places, leans)


def standing_of_type(title: str, cases: Iterable[Position]) -> Position:
    """Where a class stands in most cases of a type that have a band: each case counts once."""
    banded = [case for case in cases if case.place != "no band"]
    return _most(title, [case.place for case in banded], [case.lean for case in banded])


def _most(title: str, places: Sequence[str], leans: Sequence[float]) -> Position:
    if not places:
        return Position(title, "no band", 0)
    ((place, n),) = Counter(places).most_common(1)
    return Position(title, place if 2 * n > len(places) else "", sum(leans) / len(leans))


def codes_headline(standings: Sequence[Position], kind: str = "case") -> str:
    """Beside most codes, where the class is stricter and where milder.

    `standings` are of what may be shown, and only these are spoken of; `kind` is what they are.

    >>> codes_headline([Position("Soap", "stricter", -1.0), Position("Shop", "milder", 0.5)])
    'Stricter than most codes in “Soap”, milder in “Shop”'
    """
    if not standings:
        return TOO_FEW
    banded = sorted((each for each in standings if each.place != "no band"), key=lambda s: s.lean)
    if not banded:
        return "No code here has a band"
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for each in banded:  # the strictest first
        titles[each.place].append(each.title)
    stricter, milder, inside = titles["stricter"], titles["milder"][::-1], titles["inside"]
    if stricter and milder:
        where = f"{_titles(stricter, kind)}, milder in {_titles(milder, kind)}"
        return f"Stricter than most codes in {where}"
    if stricter:
        return f"Stricter than most codes in {_titles(stricter, kind)}"
    if milder:
        return f"Milder than most codes in {_titles(milder, kind)}"
    if not inside:
        return "Neither stricter nor milder than most codes"
    if len(banded) == 1:
        return f"Inside what most codes support in “{inside[0]}”"
    leaning = []
    if banded[0].lean <= -LEANS:
        leaning.append(f"strict in “{banded[0].title}”")
    if banded[-1].lean >= LEANS:
        leaning.append(f"mild in “{banded[-1].title}”")
    ends = f"; leaning {', '.join(leaning)}" if leaning else ""
    return f"Inside what most codes support in {_of(len(inside), len(banded), kind)}{ends}"


def _titles(titles: Sequence[str], kind: str) -> str:
    """The first title, and how many more there are."""
    more = len(titles) - 1
    if not more:
        return f"“{titles[0]}”"
    return f"“{titles[0]}” and {more} more {kind if more == 1 else kind + 's'}"


def _of(n: int, total: int, kind: str) -> str:
    if n < total:
        return f"{n} of {total} {kind}s shown"
    return f"both {kind}s shown" if n == 2 else f"all {n} {kind}s shown"


def verdict_headline(agreeing: Sequence[float]) -> str:
    """On how many claims most agree with the verdict, from the share that agrees with each.

    >>> verdict_headline([0.9, 0.5, 0.2])
    'Most agree with the course’s verdict on 1 of 3 claims shown'
    """
    if not agreeing:
        return TOO_FEW
    most = sum(share > 0.5 for share in agreeing)
    if len(agreeing) == 1:
        return ("Most agree" if most else "At most half agree") + " with the course’s verdict"
    if not most:
        return "On no claim shown do most agree with the course’s verdict"
    return f"Most agree with the course’s verdict on {_of(most, len(agreeing), 'claim')}"


def ratings_headline(scale: Sequence[Point], counts: Sequence[int]) -> str:
    """Which rating was given most often; no more than two of them.

    >>> ratings_headline([Point(1, "Never ethical"), Point(2, "Always ethical")], [3, 9])
    'Most often 2, always ethical (75%)'
    """
    if not sum(counts):
        return TOO_FEW
    most = max(counts)
    often = []
    for point, count in zip(scale, counts, strict=True):
        if count == most:
            often.append(f"{point.value}, {point.label.lower()}")
    if len(often) > 2:
        return "No rating was given most often"
    each = "each " if len(often) == 2 else ""
    return f"Most often {' and '.join(often)} ({each}{percent(most / sum(counts))})"


def dial_headline(means: Mapping[str, float]) -> str:
    """At which level a class is strictest and mildest, from the mean rating at each.

    >>> dial_headline({"$50": 3.1, "$200": 1.9})
    'Stricter at “$200” than at “$50”'
    """
    if not means:
        return TOO_FEW
    strictest, mildest = _ends(means)
    if len(means) == 1:
        return f"Only “{strictest}” can be shown"
    if means[mildest] - means[strictest] < ALONG:
        return "About the same at every level shown"
    return f"Stricter at “{strictest}” than at “{mildest}”"


def pair_headline(means: Mapping[str, float]) -> str:
    """On which of two cases a class is stricter, and by how much, from the mean rating of each.

    >>> pair_headline({"Soap": 2.0, "Shop": 3.25})
    'Stricter on “Soap” than on “Shop”, by 1.2 steps'
    """
    if len(means) < 2:
        return TOO_FEW
    strictest, mildest = _ends(means)
    steps = round(means[mildest] - means[strictest], 1)  # as it is printed
    if steps < ALONG:
        return "About as strict on one as on the other"
    return f"Stricter on “{strictest}” than on “{mildest}”, by {steps:.1f} steps"


def spread_headline(spreads: Mapping[str, float]) -> str:
    """Over what a class is divided most and least, from the steps between two classmates.

    >>> spread_headline({"Soap": 0.2, "Shop": 1.4})
    'Divided most over “Shop”, least over “Soap”'
    """
    if not spreads:
        return TOO_FEW
    closest, widest = _ends(spreads)
    if not spreads[widest]:
        return "All who read the same words agree"
    if len(spreads) == 1:
        return f"Two classmates are {spreads[widest]:.1f} steps apart"
    if f"{spreads[widest]:.2f}" == f"{spreads[closest]:.2f}":
        return "Equally divided over all that is shown"
    return f"Divided most over “{widest}”, least over “{closest}”"


def _ends(figures: Mapping[str, float]) -> tuple[str, str]:
    """The names of the least and of the greatest figure; of equals the first."""
    return min(figures, key=figures.__getitem__), max(figures, key=figures.__getitem__)


def moves_headline(short: str, away: int, stayed: int, toward: int) -> str:
    """How many of those who judged twice moved toward a code's band; no word of learning.

    >>> moves_headline("ACA", 1, 7, 2)
    '20% moved toward the band of ACA, 10% away from it'
    """
    n = away + stayed + toward
    if not n:
        return "No moves can be shown"
    if stayed == n:
        return f"Nobody moved toward the band of {short} or away from it"
    moved = f"{percent(toward / n)} moved toward the band of {short}"
    return f"{moved}, {percent(away / n)} away from it"
