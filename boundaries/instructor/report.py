"""The class report: one HTML file to project, post or print, made of nothing but released tallies.

It asks for nothing from elsewhere: style and pictures are inside it. Two sessions stand side by side and are never
added together.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pandas import DataFrame

from boundaries import charts
from boundaries.charts.calibration import calibration
from boundaries.charts.figure import Chart
from boundaries.charts.moves import NOT_LEARNING
from boundaries.charts.practitioners import practitioners, published
from boundaries.content import Content, Item
from boundaries.content.display import band_text
from boundaries.counts.comparison import shifts
from boundaries.counts.phrases import WHEN
from boundaries.counts.release import Released
from boundaries.instructor.findings import NO_GAP, Findings

e = html.escape
Draw = Callable[[Released, Content, str], Chart]
POST_ONE = (
    "Post one report of a session, when it is closed: two made a day apart can differ by one student, and what "
    "differs is what that student answered."
)


def report(released: Released, content: Content, other: Released | None = None) -> str:
    """The report of a class as an HTML page, or of two sessions side by side.

    Parts of the course that nobody has judged are left out; groups that may not be shown are named at the end.
    """
    classes = [Findings(r, content) for r in ([released, other] if other else [released])]
    title = " beside ".join(c.title for c in classes)
    invented = any(c.released.invented for c in classes)
    parts = [(id, head, body) for id, head, body in _parts(classes, content) if body]
    links = "".join(f'<li><a href="#{id}">{e(head)}</a></li>' for id, head, _ in parts)
    sections = "".join(
        f'<section aria-labelledby="{id}"><h2 id="{id}">{e(head)}</h2>{body}</section>'
        for id, head, body in parts
    )
    mark = (
        "<p class=mark>A program invented these answers. They are evidence of nothing.</p>"
        if invented
        else ""
    )
    of = "".join(f"<p>{e(c.who)}</p>" for c in classes)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>Class report: {e(title)}</title><style>{_STYLE}</style></head><body>"
        f'<header><h1>Class report: {e(title)}</h1>{mark}{of}</header><nav aria-label="Parts"><ol>{links}</ol></nav>'
        f"<main>{sections}</main></body></html>\n"
    )


def _parts(classes: Sequence[Findings], content: Content) -> Iterator[tuple[str, str, str]]:
    """The parts of the report in order: id, heading, body (empty: left out)."""

    def beside(draw: Draw, what: str) -> str:
        drawn = [_figure(draw(c.released, content, what), c.title) for c in classes]
        return f'<div class="pair">{"".join(drawn)}</div>' if len(drawn) > 1 else drawn[0]

    types = [t for t in content.types.values() if any(t.id in c.types for c in classes)]
    yield "summary", "In five sentences", _each(classes, lambda c: _list(c.summary()))
    yield (
        "intuition",
        "Intuition and the codes",
        _titled((t.title, beside(charts.intuition_vs_code, t.id)) for t in types),
    )
    if types:
        maps = beside(charts.gap_map, types[0].id if len(types) == 1 else "all")
        yield "parting", "Where class and codes part most", maps + _each(classes, _far)
        yield "divided", "Where the class itself is divided", _each(classes, _discuss)
        moving = [t for t in types if any(_moves_shown(c, t.id) for c in classes)]
        hidden = ", ".join(t.title for t in types if t not in moving)
        few = f"<p>Not shown, for it could single people out: {e(hidden)}.</p>" if hidden else ""
        moved = _titled((t.title, beside(charts.moves, t.id)) for t in moving)
        yield "moves", "How judgments moved after the codes", f"<p>{NOT_LEARNING}</p>{moved}{few}"
    dials = [item for t in types if (item := _widest(classes, t.id))]
    drawn = _titled((item.title, beside(charts.dial_curve, item.id)) for item in dials)
    how = "<p>Of each type the case along whose dial the class moves most.</p>"
    yield "dials", "What one fact changes", drawn and how + drawn
    yield "confidence", "How sure people were", _each(classes, _sure)
    if any(c.claims for c in classes):
        drawn = beside(charts.intuition_vs_code, "claims") + beside(calibration, "claims")
        yield "claims", "What the articles claim", drawn
    surveyed = {f.vignette.id: f.vignette.title for f in _surveyed(content) if f.ratings}
    shown = {row.item.id for c in classes for row in c.shown} & set(surveyed)
    drawn = _titled(
        (title, beside(practitioners, id)) for id, title in surveyed.items() if id in shown
    )
    yield "practitioners", "Practitioners beside the class", drawn
    yield "method", "How this was made, and what is not shown", _method(classes, content)


def _surveyed(content: Content) -> list[Any]:
    return list(published(content)) if (content.folder / "beside.toml").exists() else []


def _each(classes: Sequence[Findings], write: Callable[[Findings], str]) -> str:
    if len(classes) == 1:
        return write(classes[0])
    return f'<div class="pair">{"".join(f"<div><h3>{e(c.title)}</h3>{write(c)}</div>" for c in classes)}</div>'


def _titled(parts: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<h3>{e(title)}</h3>{body}" for title, body in parts)


def _figure(chart: Chart, whose: str) -> str:
    name = e(f"{chart.title}, {whose}", quote=True)
    picture = base64.b64encode(chart.png).decode()
    return (
        f'<figure aria-label="{name}"><div class="wide" role="group" tabindex="0" aria-label="Picture: {name}">'
        f'<img src="data:image/png;base64,{picture}" alt="{e(chart.alt)}"></div>'
        f"<figcaption>{e(chart.sentence)}</figcaption>"
        f"<details><summary>The numbers</summary>{_table(chart.table, chart.title, name)}</details></figure>"
    )


def _table(table: DataFrame, caption: str, name: str = "") -> str:
    head = "".join(f'<th scope="col">{e(str(c))}</th>' for c in table.columns)
    body = ""
    for first, *rest in table.itertuples(index=False, name=None):
        cells = "".join(f"<td>{'–' if x is None or x != x else e(str(x))}</td>" for x in rest)
        body += f'<tr><th scope="row">{e(str(first))}</th>{cells}</tr>'
    return (
        f'<div class="wide" role="group" tabindex="0" aria-label="Table: {name or e(caption, quote=True)}"><table>'
        f"<caption>{e(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _list(sentences: Sequence[str], kind: str = "ol") -> str:
    return f"<{kind}>{''.join(f'<li>{e(sentence)}</li>' for sentence in sentences)}</{kind}>"


def _far(c: Findings) -> str:
    rows = []
    order = {stance: i for i, stance in enumerate(c.content.stances)}
    for stance, of in sorted(
        c.gaps.groupby("stance"), key=lambda pair: order.get(str(pair[0]), len(order))
    ):
        for row in of.head(2).to_dict("records"):
            who = {
                "the code says": stance,
                "case": c.content.item(row["item"]).title,
                "code": c.codes[row["code"]],
            }
            steps = {
                "stricter": f"{row['steps_stricter']:.1f}",
                "more permissive": f"{row['steps_permissive']:.1f}",
            }
            blind = f"{row['blind_stricter']:.1f}, {row['blind_permissive']:.1f}"
            rows.append(
                who | {"band": row["band"], "n": row["n"]} | steps | {"blind answering": blind}
            )
    caption = f"Of each stance the two cases with most steps outside the band: {c.title}"
    return _table(DataFrame(rows), caption) if rows else f"<p>{NO_GAP}</p>"


def _discuss(c: Findings) -> str:
    best = [
        f"“{row.item.title}”: {_question(row.item)} Two classmates drawn at random are {row.spread():.2f} steps apart "
        f"(n = {row.n}; {row.skips} preferred not to judge)."
        for row in c.divided[:5]
    ]
    drawn = "".join(
        _figure(charts.answers(c.released, c.content, r.item.id), c.title) for r in c.divided[:3]
    )
    return (
        f"<p>The best cases to discuss next week:</p>{_list(best)}{drawn}"
        if best
        else "<p>Nothing yet.</p>"
    )


def _question(item: Item) -> str:
    return item.question.replace("{dial}", f"[{item.dial.fact}]") if item.dial else item.question


def _moves_shown(c: Findings, type: str) -> bool:
    return any(
        shifts(c.released, c.content, k, c.content.of_type(type))["n"].sum() for k in c.codes
    )


def _widest(classes: Sequence[Findings], type: str) -> Item | None:
    found = [(c.reach(row), row.item) for c in classes for row in c.shown if row.item.type == type]
    reach, item = max(found, key=lambda pair: pair[0], default=(0, None))
    return item if reach else None


def _sure(c: Findings) -> str:
    if (table := c.sure()).empty:
        return "<p>Answers cannot be split by confidence without singling people out.</p>"
    return _table(
        table, f"How sure people were, judged alone; where answers may be split so: {c.title}"
    )


def _method(classes: Sequence[Findings], content: Content) -> str:
    least = max(c.released.minimum for c in classes)
    said = [
        "There is no right answer. A band is the ratings that this course reads a code to support; readings and bands "
        "are the course’s own, not official opinions.",
        "Bands by stance, unless a reading sets its own: "
        + "; ".join(f"{s.label.lower()} {band_text(s.band)}" for s in content.stances.values()) + ".",
        "Codes: " + "; ".join(f"{code.short}: {code.title}" for code in content.shown_codes) + ".",
        f"Scale: {'; '.join(f'{p.value} {p.label.lower()}' for p in content.ratings)}. {content.scale_source}.",
        "A class is all there is, so shares are exact. Thin lines beside bars are 95 % Wilson intervals: what a "
        "similar class might say. Steps are mean distances from a band. Bands differ in width: compare steps within "
        "one stance, and with what blind answering would give.",
        f"Phases: {'; '.join(f'{p}: {words}' for p, words in WHEN.items())}. Charts without a phase are of the first.",
        "A skip, “I would rather not judge this one”, is counted apart and never in n. Who did not answer is nowhere.",
        f"Groups under {least} people are not shown, nor what would give them away by subtracting.",
        POST_ONE,
    ]  # fmt: skip
    hidden = ""
    for c in classes:
        if c.released.withheld:
            many = f"Not shown: {len(c.released.withheld)} groups of answers ({c.title})"
            hidden += (
                f"<details><summary>{e(many)}</summary>{_list(c.released.withheld, 'ul')}</details>"
            )
    return "".join(f"<p>{e(x)}</p>" for x in said) + hidden


_STYLE = """
:root{color-scheme:light}
body{margin:0 auto;max-width:76rem;padding:1rem;font:1.05rem/1.6 system-ui,sans-serif;color:#1a1a1a;background:#fff}
h1{line-height:1.2}h2{margin-top:2.5em;border-top:2px solid #1a1a1a;padding-top:.5em}a{color:#00409a}
p,li,figcaption{max-width:46rem;overflow-wrap:anywhere}
.mark{border:2px solid #8a1f11;color:#8a1f11;padding:.4em .8em;font-weight:600}
figure{margin:1.5em 0}.wide{overflow-x:auto}
img{display:block;width:100%;min-width:40rem;max-width:62rem;height:auto}
table{border-collapse:collapse;font-size:.95em}caption{text-align:left;font-weight:600}
th,td{padding:.25em .8em .25em 0;text-align:left;vertical-align:top;border-bottom:1px solid #d0d0d0}
summary{cursor:pointer;padding:.6em 0}:focus-visible{outline:3px solid #00409a;outline-offset:2px}
body:has(.pair){max-width:110rem}
@media(min-width:70rem){.pair{display:grid;grid-template-columns:1fr 1fr;gap:2rem}.pair>*,.pair img{min-width:0}}
@media print{
body{max-width:none;padding:0;font-size:10pt}nav{display:none}h2,h3{break-after:avoid}
figure img,tr{break-inside:avoid}.wide{overflow:visible}img{min-width:0;max-height:22cm;width:auto;max-width:100%}
details::details-content{content-visibility:visible;display:block;height:auto}summary{list-style:none}
.pair{display:block}table{font-size:8pt}}
"""
