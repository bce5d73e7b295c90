"""What is worth saying of a class: five sentences, the widest gaps, the most divided cases; of released tallies."""

from __future__ import annotations

from pandas import DataFrame

from boundaries.content import Content, Vignette
from boundaries.counts import statistics
from boundaries.counts.comparison import Answers, answers_to, gap, shifts
from boundaries.counts.phrases import cases, people, percent
from boundaries.counts.readings import codes_for, names_of
from boundaries.counts.release import Released

NO_GAP = "Beside the codes nothing can be shown yet: too few have judged."


class Findings:
    """What a released session shows, over all cases: `shown` and `claims` are the items that may be shown at all."""

    def __init__(self, released: Released, content: Content) -> None:
        self.released, self.content = released, content
        name = released.title or released.session or "the class"
        self.title = name + (" (invented answers)" if released.invented else "")
        vignettes = tuple(content.vignettes.values())
        self.shown: list[Answers] = [
            row for row in answers_to(released, vignettes, "first") if row.groups
        ]
        self.claims: list[Answers] = [
            a for a in answers_to(released, content.claims.values(), "first") if a.groups
        ]
        self.types = {row.item.type for row in self.shown}
        self.codes = codes_for(content, vignettes, None) if vignettes else {}
        gaps = gap(released, content, self.codes, [v for v in vignettes if v.type in self.types])
        gaps["steps"] = gaps["steps_stricter"] + gaps["steps_permissive"]
        self.gaps = gaps[gaps["n"] > 0].sort_values("steps", ascending=False, kind="stable")
        self.divided = sorted(self.shown, key=lambda row: -row.spread())

    @property
    def who(self) -> str:
        """Whose answers these are, and how many."""
        found = [people(rows) for rows in (self.shown, self.claims) if rows]
        said = "; ".join(found) or "nothing may be shown yet"
        return f"{self.title}, session “{self.released.session}”: {said}."

    def summary(self) -> list[str]:
        """Five sentences."""
        return [self._answered(), self._parting(), self._division(), self._moved(), self._along()]

    def _answered(self) -> str:
        rows = self.shown + self.claims
        if not rows:
            return f"Fewer than {self.released.minimum} people have judged any case, so nothing is shown yet."
        skips = sum(row.skips for row in rows)
        share = percent(skips / (skips + sum(row.n for row in rows)))
        found = [people(of) for of in (self.shown, self.claims) if of]
        return f"Shown are {'; and '.join(found)}; {share} of the answers were “I would rather not judge this one”."

    def _parting(self) -> str:
        if self.gaps.empty:
            return NO_GAP
        far = self.gaps.iloc[0]
        strict = far["steps_stricter"] > far["steps_permissive"]
        blind = far["blind_stricter"] + far["blind_permissive"]
        return (
            f"It parts most from a code in {self._title(far['item'])}: {far['steps']:.1f} steps outside the band of "
            f"{self.codes[far['code']]} ({far['stance']}, {far['band']}) on average, mostly "
            f"{'stricter' if strict else 'more permissive'}, where blind answering would give {blind:.1f}."
        )

    def _division(self) -> str:
        if not self.divided:
            return "Where the class itself is divided cannot be shown yet."
        wide, close = self.divided[0], self.divided[-1]
        return (
            f"The class itself is divided most over {self._title(wide.item.id)}, where two classmates drawn at random "
            f"are {wide.spread():.1f} steps apart, and least over {self._title(close.item.id)} ({close.spread():.1f})."
        )

    def _moved(self) -> str:
        cases_shown = [row.item for row in self.shown if isinstance(row.item, Vignette)]
        found = [shifts(self.released, self.content, c, cases_shown) for c in self.codes]
        best = max(found, key=lambda t: int(t["n"].sum()), default=None)
        if best is None or not best["n"].sum():
            return "How judgments moved after the codes were read cannot be shown without singling people out."
        n, toward, away = (int(best[k].sum()) for k in ("n", "toward", "away"))
        code, where = self.codes[best["code"].iloc[0]], cases(int((best["n"] > 0).sum())).lower()
        return (
            f"After the codes were read, {percent(toward / n)} of {n} pairs of judgments in {where} moved toward the "
            f"band of {code}, {percent(away / n)} away from it and {percent(1 - (toward + away) / n)} did neither; "
            "that is no measure of learning."
        )

    def _along(self) -> str:
        row = max((r for r in self.shown if self.reach(r)), key=self.reach, default=None)
        if row is None:
            return "No dial can be followed along yet."
        low, high = sorted(row.groups, key=lambda g: statistics.mean(g.counts))[
            :: len(row.groups) - 1
        ]
        ends = [
            f"{statistics.mean(g.counts):.1f} at “{names_of(row.item, g.levels)}”"
            for g in (low, high)
        ]
        return f"One fact mattered most in {self._title(row.item.id)}: the mean rating goes from {' to '.join(ends)}."

    def reach(self, row: Answers) -> float:
        """How far the mean rating goes along the dial of a case, in steps; 0 where nothing can be compared."""
        means = [statistics.mean(g.counts) for g in row.groups]
        return max(means) - min(means) if len(means) > 1 else 0

    def _title(self, id: str) -> str:
        return f"“{self.content.item(id).title}”"

    def sure(self) -> DataFrame:
        """How sure people were, of each item whose confidence may be shown, as shares of n."""
        labels = {p.value: p.label for p in self.content.confidence}
        rows = self.released.ratings
        rows = rows[(rows["phase"] == "first") & (rows["confidence"] > 0)]
        found = []
        for id, of in rows.groupby("item"):
            n = int(of["n"].sum())
            shares = of.groupby("confidence")["n"].sum() / n
            cells = {label: percent(shares.get(value, 0)) for value, label in labels.items()}
            found.append({"case or claim": self.content.item(str(id)).title, "n": n} | cells)
        return DataFrame(found, dtype=object)
