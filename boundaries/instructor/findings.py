"""What is worth saying of a class: three findings, what to talk about next, the widest gaps."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from pandas import DataFrame

from boundaries.answers.judgments import is_lecture
from boundaries.content import Content, Item, Vignette
from boundaries.content.sessions import codes_open, id_of
from boundaries.counts import comparison
from boundaries.counts.comparison import Answers, answers_to
from boundaries.counts.phrases import act_of, cases, codes_for, people, percent
from boundaries.counts.release import Released

_NEARLY_INSIDE = 0.05  # steps that print as 0.0
NO_GAP = "Beside the codes nothing can be shown yet: too few have judged."


class Topic(NamedTuple):
    """A case to talk about: its title, its act, how divided the class is over it, and what one may ask."""

    title: str
    act: str
    division: str
    questions: tuple[str, ...]


class Findings:
    """What a released session shows, over all cases.

    `shown` and `claims` are the items of which anything may be shown, `gaps` the class beside each
    code (a row per case and code, most steps outside the band first), `divided` the cases by how
    far classmates are apart.
    """

    def __init__(self, released: Released, content: Content) -> None:
        self.released, self.content = released, content
        self.title = released.title or released.session or "the class"
        if released.invented:
            self.title += " (invented answers)"
        self.shown = _with_answers(answers_to(released, content.vignettes.values(), "first"))
        self.claims = _with_answers(answers_to(released, content.claims.values(), "first"))
        self.types = {answers.item.type for answers in self.shown}
        vignettes = tuple(content.vignettes.values())
        self.codes = codes_for(content, vignettes, None) if vignettes else {}
        shown = [vignette for vignette in vignettes if vignette.type in self.types]
        gaps = comparison.gap(released, content, self.codes, shown)
        # Both sides: a class that is divided around a band is outside it, too.
        gaps["steps"] = gaps["steps_stricter"] + gaps["steps_permissive"]
        self.gaps = gaps[gaps["n"] > 0].sort_values("steps", ascending=False, kind="stable")
        self.divided = sorted(self.shown, key=Answers.spread, reverse=True)

    @property
    def who(self) -> str:
        """Whose answers these are, and how many."""
        counted = [people(answers) for answers in (self.shown, self.claims) if answers]
        how_many = ", and ".join(counted) or "nothing that may be shown yet"
        session = self.released.session
        sentence = f"{self.title}, session “{id_of(session)}”, holds {how_many}."
        if is_lecture(session):  # there the host opens what the codes say
            return sentence
        return f"{sentence} What the codes say opened {codes_open(session)} of a lesson."

    def story(self) -> list[str]:
        """Three sentences: where the class is stricter than a code, where milder, and where it is split."""
        if not self.shown:
            few = f"Fewer than {self.released.minimum} people have judged any case"
            return [f"{few}, so nothing is shown yet."]
        if self.gaps.empty:
            return [NO_GAP, self._division()]
        return [self._farthest("stricter"), self._farthest("permissive"), self._division()]

    def _farthest(self, side: str) -> str:
        """The case and code with the most steps outside the band on one side."""
        words = {"stricter": "stricter", "permissive": "milder"}[side]
        far = self.gaps.sort_values(f"steps_{side}", ascending=False, kind="stable").iloc[0]
        steps, blind = far[f"steps_{side}"], far[f"blind_{side}"]
        if not steps:
            return f"Nowhere is the class {words} than a code."
        item = self.content.item(far["item"])
        return (
            f"The class is {words} than {self.codes[far['code']]} above all in {_named(item)}: "
            f"{percent(far[side])} of {far['n']:,} judge it {words} than the code can support ({far['stance']}, "
            f"{far['band']}). That is {steps:.1f} steps on average over the class; answering at random would give "
            f"{blind:.1f}."
        )

    def _division(self) -> str:
        wide, close = self.divided[0], self.divided[-1]
        return (
            f"The class is split most over {_named(wide.item)}, where two classmates drawn at random are "
            f"{wide.spread():.1f} steps apart, and least over “{close.item.title}” ({close.spread():.1f})."
        )

    def overview(self) -> DataFrame:
        """A row for each type (of one type, for each case): on which side of each code the class is, and
        by how many mean steps."""
        by_case = len(self.types) == 1
        types = list(self.content.types)
        kinds: dict[str, list[Answers]] = {}
        for answers in sorted(self.shown, key=lambda answers: types.index(answers.item.type)):
            item = answers.item
            kind = item.title if by_case else self.content.types[item.type].title
            kinds.setdefault(kind, []).append(answers)
        rows = []
        for kind, of_kind in kinds.items():
            gaps = self.gaps[self.gaps["item"].isin([answers.item.id for answers in of_kind])]
            row: dict[str, object] = {"case" if by_case else "kind of case": kind}
            row["cases"] = len(of_kind)
            for code, name in self.codes.items():
                row[name] = _side(gaps[gaps["code"] == code])
            row["classmates apart"] = f"{sum(map(Answers.spread, of_kind)) / len(of_kind):.1f}"
            rows.append(row)
        return DataFrame(rows, dtype=object)

    def topics(self, most: int = 3) -> list[Topic]:
        """The cases to talk about next week: those over which the class itself is divided most."""
        topics = []
        for answers in self.divided[:most]:
            item = answers.item
            if isinstance(item, Vignette):
                division = (
                    f"Two classmates drawn at random are {answers.spread():.1f} steps apart "
                    f"(n = {answers.n:,}; {answers.skips:,} preferred not to judge)."
                )
                act = item.act
                if item.dial:
                    act = act.replace("{dial}", f"[{item.dial.fact}]")
                topics.append(Topic(item.title, act, division, item.questions))
        return topics

    def more(self) -> list[str]:
        """Two more sentences: how judgments moved after the codes, and which fact mattered most."""
        return [self._moved(), self._along()]

    def _moved(self) -> str:
        vignettes = [row.item for row in self.shown if isinstance(row.item, Vignette)]
        # Of the shown codes the one with most pairs: a silent code would say nothing of anybody.
        n, code = 0, ""
        most: list[comparison.Shift] = []
        for id, name in self.codes.items():
            shifts = comparison.shifts(self.released, self.content, id, vignettes)
            pairs = sum(shift.n for shift in shifts)
            if pairs > n:
                n, code, most = pairs, name, shifts
        if not n:
            return "How judgments moved after the codes were read cannot be shown without singling people out."
        toward = sum(shift.toward for shift in most) / n
        away = sum(shift.away for shift in most) / n
        where = cases(sum(shift.n > 0 for shift in most)).lower()
        return (
            f"After the codes were read, {percent(toward)} of {n:,} pairs of judgments in {where} moved toward the "
            f"band of {code}, {percent(away)} away from it and {percent(1 - toward - away)} did neither; "
            "that is no measure of learning."
        )

    def _along(self) -> str:
        row = max(self.shown, key=reach, default=None)
        if row is None or not reach(row):
            return "No dial can be followed along yet."
        ends = sorted(row.means().items(), key=lambda end: end[1])
        (low, least), (high, most) = ends[0], ends[-1]
        return (
            f"One fact mattered most in “{row.item.title}”: the mean rating goes from {least:.1f} at “{low}” "
            f"to {most:.1f} at “{high}”."
        )

    def far(self) -> DataFrame:
        """Of each stance the two cases with most steps outside a code's band, in words."""
        order = {stance: place for place, stance in enumerate(self.content.stances)}
        two = self.gaps.groupby("stance").head(2).sort_values("stance", kind="stable")
        # A reading that differs between levels has a stance of its own, as in "prohibited /
        # conditional": those come last.
        places = two["stance"].map(order).fillna(len(order))
        rows = []
        for gap in two.loc[places.sort_values(kind="stable").index].to_dict("records"):
            rows.append(
                {
                    "the code says": gap["stance"],
                    "case": self.content.item(gap["item"]).title,
                    "act": act_of(self.content.item(gap["item"])),
                    "code": self.codes[gap["code"]],
                    "band": gap["band"],
                    "n": gap["n"],
                    "stricter": f"{gap['steps_stricter']:.1f}",
                    "more permissive": f"{gap['steps_permissive']:.1f}",
                    "at random": f"{gap['blind_stricter']:.1f}, {gap['blind_permissive']:.1f}",
                }
            )
        return DataFrame(rows, dtype=object)

    def sure(self) -> DataFrame:
        """How sure people were, of each item whose confidence may be shown, as shares of n."""
        ratings = self.released.ratings
        split = ratings[(ratings["phase"] == "first") & (ratings["confidence"] > 0)]
        counts = pd.pivot_table(split, "n", "item", "confidence", "sum", fill_value=0)
        rows = []
        for id, by_confidence in counts.iterrows():
            n = int(by_confidence.sum())
            item = self.content.item(str(id))
            row: dict[str, object] = {"case or claim": item.title, "act": act_of(item), "n": n}
            for point in self.content.confidence:
                row[point.label] = percent(by_confidence.get(point.value, 0) / n)
            rows.append(row)
        return DataFrame(rows, dtype=object)

    def moves_shown(self, type: str) -> bool:
        """Whether any moves of a type's cases may be set beside a code."""
        vignettes = self.content.of_type(type)
        for code in self.codes:
            shifts = comparison.shifts(self.released, self.content, code, vignettes)
            if any(shift.n for shift in shifts):
                return True
        return False


def reach(answers: Answers) -> float:
    """How far the mean rating goes along the dial of a case, in steps; 0 where nothing can be compared."""
    means = answers.means().values()
    return max(means) - min(means) if len(means) > 1 else 0


def _with_answers(rows: list[Answers]) -> list[Answers]:
    return [answers for answers in rows if answers.groups]


def _named(item: Item) -> str:
    """A case by its title and what is done in it, for nobody knows all titles by heart."""
    act = act_of(item)
    return f"“{item.title}” ({act})" if act else f"“{item.title}”"


def _side(gaps: DataFrame) -> str:
    """How far some cases are from a code on the side where they are farther out, in words."""
    stricter, milder = gaps["steps_stricter"].mean(), gaps["steps_permissive"].mean()
    if stricter != stricter:
        return "silent"
    if max(stricter, milder) < _NEARLY_INSIDE:
        return "inside"
    return f"{stricter:.1f} stricter" if stricter > milder else f"{milder:.1f} milder"
