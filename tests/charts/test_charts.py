"""Charts against hand-made tallies: what is drawn, what is said, and what is never said."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from drawn import Drawn, contrast, overlaps
from PIL import Image
from small_content import content, reading, vignette
from tallies import ratings_of, released

from boundaries import charts
from boundaries.charts import fonts, palette
from boundaries.charts.frame import DPI, WIDTH
from boundaries.content import Claim
from boundaries.counts import tally
from boundaries.counts.classes import SAMPLES
from boundaries.counts.comparison import answers_to, gap
from boundaries.counts.invented import invent
from boundaries.counts.release import release
from boundaries.errors import BoundariesError, ContentError

# A student's environment: Python's own warnings about matplotlib are for those who work on matplotlib.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("PYTHONWARN")}
LONG = "A very long title about the small town, the only garage and the client who owns it"


THREE = (reading("aca"), reading("apa", "prohibited"), reading("nasw", "silent"))


@pytest.fixture
def tiles():
    return vignette("tiles", readings=THREE)


@pytest.fixture
def hundred(tiles):
    """100 people, 10 to 30 a rating, and two skips."""
    return released(content(tiles), ratings_of(tiles, {"": (10, 20, 30, 25, 15)}, skips=2))


DIAL = (
    reading("aca", "conditional", ("near",)),
    reading("aca", "prohibited", ("far",)),
    reading("apa", "silent", ("near",)),
    reading("apa", "prohibited", ("far",)),
)


@pytest.fixture
def dialled():
    return vignette("dialled", levels=("near", "far"), readings=DIAL)


@pytest.fixture
def two_levels(dialled):
    """At "near" 20 people, 10 of them inside 2 to 4; at "far" 20, 5 of them at 1."""
    rows = ratings_of(dialled, {"near": (8, 4, 4, 2, 2), "far": (5, 5, 5, 5, 0)})
    return released(content(dialled), rows)


def test_the_numbers_agree_with_the_tally(dialled, tiles):
    course = content(dialled, tiles)
    rows = ratings_of(dialled, {"near": (8, 4, 4, 2, 2), "far": (5, 5, 5, 5, 0)})
    rows += ratings_of(tiles, {"": (10, 20, 30, 25, 15)})
    shown = released(course, rows)
    for row in gap(shown, course, ["aca", "apa", "nasw"], [dialled, tiles]).to_dict("records"):
        (answers,) = answers_to(shown, [course.item(row["item"])], "first")
        beside = answers.beside(answers.bands(row["code"]))
        if not row["n"]:
            assert beside is None
            continue
        for field in beside._fields[:-1]:
            assert getattr(beside, field) == pytest.approx(row[field]), field


def test_close_ups_mark_own_ratings_by_level(dialled, two_levels):
    for draw in (charts.answers, charts.dial_curve):
        chart = draw(two_levels, content(dialled), "dialled")
        drawn = Drawn(chart)
        places = []
        for level in ("near", "far"):
            x, y = chart.place("dialled", level, 1, "first")
            at = chart.figure.transFigure.transform((x, 1 - y))
            across, down = drawn.ax.transData.inverted().transform(at)
            under = [t for t in drawn.tiles if t.x0 < across < t.x1 and t.y0 < down < t.y1]
            assert len(under) == 1, (draw.__name__, level)
            places.append((across, down))
        near, far = places
        assert near[0] < far[0] or near[1] < far[1]


def test_the_mark_on_joined_levels_is_on_the_tile_of_the_group():
    three = vignette("three", levels=("a", "b", "c"), readings=(reading("aca"),))
    course = content(three)
    rows = ratings_of(three, {"a": (3, 0, 0, 0, 0), "b": (0, 3, 0, 0, 0), "c": (0, 0, 5, 5, 0)})
    for draw in (charts.intuition_vs_code, charts.answers, charts.dial_curve):
        chart = draw(released(course, rows), course, "three")
        a, b, c = (chart.place("three", level, 2, "first") for level in "abc")
        assert a == b != c, draw.__name__


# -- words that may never be missing, and numbers that may never be there ------------------------------------


KINDS = ("intuition_vs_code", "answers", "gap_map", "dial_curve", "moves", "spread")


def every_chart(shown, course, type="business"):
    cases = [v for v in course.vignettes.values() if v.type == type]
    one = next((v.id for v in cases if v.dial), cases[0].id)
    for kind in KINDS:
        draw = charts.CHARTS[kind]
        if kind != "dial_curve" or course.vignettes[one].dial:
            yield kind, draw(shown, course, one if kind in ("answers", "dial_curve") else type)


def test_invented_answers_are_called_so_in_four_places(dialled):
    rows = ratings_of(dialled, {"near": (8, 4, 4, 2, 2), "far": (5, 5, 5, 5, 0)})
    for invented in (True, False):
        shown = released(content(dialled), rows, invented=invented)
        for kind, chart in every_chart(shown, content(dialled)):
            places = [
                "\n".join(Drawn(chart).words()),
                chart.sentence,
                chart.alt,
                repr(chart),
                chart._repr_html_(),
            ]
            assert [("invented" in place.lower()) for place in places] == [invented] * 5, kind
            assert chart.invented is invented


def test_what_too_few_have_judged_is_said_in_words_without_a_number():
    shown_case, few = vignette("tiles", readings=THREE), vignette("few", readings=THREE)
    course = content(shown_case, few)
    rows = ratings_of(shown_case, {"": (10, 20, 30, 25, 15)}) + ratings_of(
        few, {"": (1, 0, 2, 0, 1)}
    )
    shown = released(course, rows)
    alone = charts.intuition_vs_code(shown, course, "few")
    assert alone.sentence == "Fewer than 5 people have judged “Few”, so nothing is shown yet."
    assert "fewer than 5 have judged" in Drawn(alone).words()
    assert not any("%" in word or "n =" in word for word in Drawn(alone).words())
    for kind, chart in every_chart(shown, course):
        table = chart.table[chart.table.iloc[:, 0] == "Few"]
        cells = " ".join(str(x) for x in table.to_numpy().ravel() if x is not None and x == x)
        for allowed in ("fewer than 5", "prohibited 1", "conditional 2 to 4", "2 to 4"):
            cells = cells.replace(allowed, "")
        assert not any(c.isdigit() for c in cells), (kind, cells)
        assert "%" not in cells


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "dial_curve"])
def test_a_class_without_answers_still_gives_a_figure_that_says_so(kind, tiles):
    chart = charts.CHARTS[kind](released(content(tiles), []), content(tiles), "tiles")
    assert chart.sentence in (
        "Fewer than 5 people have judged “Tiles”, so nothing is shown yet.",
        "Nothing is shown: aca has no band here, or what is left could single out fewer than 5.",
    )
    assert chart.png.startswith(b"\x89PNG")
    assert chart.place("tiles", "", 3, "first") is None


def test_a_withheld_level_keeps_its_column_and_what_the_codes_say_there(dialled):
    shown = released(
        content(dialled), ratings_of(dialled, {"near": (8, 4, 4, 2, 2), "far": (1, 0, 0, 0, 1)})
    )
    chart = charts.dial_curve(shown, content(dialled), "dialled")
    near, far = chart.table.to_dict("records")
    assert (near["n"], near["aca"]) == (20, "conditional 2 to 4")
    assert far == {"level": "at far", "n": "fewer than 5", "mean": None} | dict.fromkeys(
        "12345"
    ) | {
        "aca": "prohibited 1",
        "apa": "prohibited 1",
    }
    assert chart.place("dialled", "far", 1, "first") is None


def test_withheld_levels_that_a_code_tells_apart_are_columns_of_their_own():
    split = (reading("aca", "conditional", ("a",)), reading("aca", "discouraged", ("b",)))
    three = vignette(
        "three", levels=("a", "b", "c"), readings=(*split, reading("aca", "prohibited", ("c",)))
    )
    shown = released(
        content(three),
        ratings_of(three, {"a": (5, 5, 5, 5, 5), "b": (1, 0, 0, 0, 0), "c": (0, 1, 0, 0, 0)}),
    )
    chart = charts.dial_curve(shown, content(three), "three")
    assert list(chart.table["aca"]) == ["conditional 2 to 4", "discouraged 2", "prohibited 1"]


# -- the other pictures ---------------------------------------------------------------------------------------


def test_answers_give_counts_shares_and_a_wilson_interval(tiles, hundred):
    chart = charts.answers(hundred, content(tiles), "tiles")
    assert (
        chart.sentence
        == "“Tiles” was judged by 100 people: most often 3, under some conditions (30%)."
    )
    assert chart.table.to_dict("records")[0] == {
        "rating": "1 Never ethical",
        "people": 10,
        "share": "10%",
        "a similar class": "6% to 17%",  # Wilson (1927): 10 of 100
        "inside the band of": "apa",
    }
    drawn = Drawn(chart)
    heights = [tile.y1 - tile.y0 for tile in drawn.tiles]
    assert heights == pytest.approx([heights[2] * n / 30 for n in (10, 20, 30, 25, 15)])
    assert drawn.ratings() == [[1], [2, 3, 4]]


@pytest.mark.parametrize("empty", [(), (4,), (1, 2), (3, 5), (1, 2, 3, 4)])
def test_every_bar_has_the_colour_of_its_own_rating_however_many_are_empty(tiles, empty):
    counts = [0 if rating in empty else 5 + rating for rating in range(1, 6)]
    course = content(tiles)
    drawn = Drawn(
        charts.answers(released(course, ratings_of(tiles, {"": counts})), course, "tiles")
    )
    assert [tile.colour for tile in drawn.tiles] == list(palette.RATING_COLOURS)
    for rating, (tile, count) in enumerate(zip(drawn.tiles, counts, strict=True), 1):
        assert (tile.x0 + tile.x1) / 2 == pytest.approx(rating)
        assert bool(tile.y1 > tile.y0) is bool(count)


EMPTY = [(0, 0, 20, 0, 0), (7, 0, 0, 13, 0), (0, 1, 0, 0, 999), (1, 1, 1, 1, 1)]


@pytest.mark.parametrize("counts", EMPTY, ids=str)
@pytest.mark.parametrize("kind", ["intuition_vs_code", "answers", "dial_curve"])
def test_the_colour_under_the_mark_of_every_rating_is_its_own(kind, counts, dialled):
    """Whatever is empty: found by where an own rating is marked, and not by counting tiles."""
    course = content(dialled)
    other = counts[::-1]
    shown = released(course, ratings_of(dialled, {"near": counts, "far": other}))
    chart = charts.CHARTS[kind](shown, course, "dialled")
    drawn = Drawn(chart)
    for level, of_level in (("near", counts), ("far", other)):
        for rating, count in enumerate(of_level, 1):
            x, y = chart.place("dialled", level, rating, "first")
            at = chart.figure.transFigure.transform((x, 1 - y))
            across, down = drawn.ax.transData.inverted().transform(at)
            under = [t for t in drawn.tiles if t.x0 < across < t.x1 and t.y0 < down < t.y1]
            if kind == "answers":
                if count:  # a bar of nobody has no height; those of few lie below the mark
                    columns = [t for t in drawn.tiles if t.x0 < across < t.x1]
                    assert {tile.colour for tile in columns} == {palette.RATING_COLOURS[rating - 1]}
                continue
            (tile,) = under
            assert tile.colour == palette.shade(count / sum(of_level)), (level, rating)


@pytest.mark.parametrize("counts", [(0, 9, 3), (0, 0, 12), (6, 0, 6)], ids=str)
def test_a_claims_tiles_have_the_colours_of_their_shares(counts):
    labels = content().claim_ratings
    claim = Claim("c", "All is well", labels, "w", 2, "why", (), (), "A", "2026-01-01")
    course = replace(content(), claims={"c": claim})
    shown = released(course, ratings_of(claim, {"": counts}))
    (strip,) = Drawn(charts.intuition_vs_code(shown, course, "claims")).strips()
    assert [tile.colour for tile in strip] == [palette.shade(n / 12) for n in counts]


@pytest.mark.parametrize("sides", [(0, 0, 20), (20, 0, 0), (0, 20, 0), (5, 0, 15)], ids=str)
def test_each_part_of_a_move_has_its_own_colour_whichever_are_empty(sides):
    case = vignette("tiles", readings=(reading("aca", "discouraged"),))
    course = content(case)
    ways = [("away", (3, 4)), ("stayed", (3, 3)), ("toward", (3, 2))]
    moved, after = [], [0] * 5
    for n, (_, (before, then)) in zip(sides, ways, strict=True):
        after[then - 1] += n
        if n:
            moved.append((case.id, case.wording, "", "first", before, "informed", then, n))
    rows = ratings_of(case, {"": (0, 0, 20, 0, 0)}) + ratings_of(case, {"": after}, "informed")
    chart = charts.moves(released(course, rows, moved), course, "tiles")
    bars = [tile.colour for tile in Drawn(chart).tiles if tile.y1 - tile.y0 == 30]
    colours = (palette.AWAY, palette.PALE, palette.TOWARD)
    assert bars == [colour for colour, n in zip(colours, sides, strict=True) if n]


def test_a_scale_of_three_has_three_of_the_colours():
    labels = content().claim_ratings
    claim = Claim("c", "All is well", labels, "w", 2, "why", (), (), "A", "2026-01-01")
    course = replace(content(), claims={"c": claim})
    drawn = Drawn(charts.answers(released(course, ratings_of(claim, {"": (0, 9, 3)})), course, "c"))
    assert [tile.colour for tile in drawn.tiles] == list(palette.RATING_COLOURS[::2])


def test_along_a_dial_each_tile_has_the_colour_of_its_share(dialled):
    counts = {"near": (8, 0, 10, 2, 0), "far": (0, 5, 0, 0, 15)}
    course = content(dialled)
    chart = charts.dial_curve(released(course, ratings_of(dialled, counts)), course, "dialled")
    drawn = Drawn(chart)
    for column, shares in enumerate(counts.values()):
        tiles = [t for t in drawn.tiles if column < t.x0 < t.x1 < column + 1 and t.y1 - t.y0 == 27]
        tiles.sort(key=lambda tile: -tile.y0)
        assert [tile.colour for tile in tiles] == [palette.shade(n / 20) for n in shares]


def test_the_gap_map_prints_steps_and_what_blind_answering_gives(tiles, hundred):
    chart = charts.gap_map(hundred, content(tiles), "business")
    (row,) = chart.table.to_dict("records")
    # 1 is one step below 2 to 4 and 5 one above; from 1 the steps are 20 + 60 + 75 + 60 of 100
    assert (
        row["aca"] == "0.10 stricter, 0.15 more permissive (blind 0.20, 0.20); conditional 2 to 4"
    )
    assert row["apa"] == "0.00 stricter, 2.15 more permissive (blind 0.00, 2.00); prohibited 1"
    assert row["nasw"] == "silent"
    # Beside aca both sides are close, and less than blind answering gives; beside apa it is more.
    drawn = Drawn(chart)
    assert {"±0.1", "+2.1", "silent"} <= set(drawn.words())
    aca, apa = drawn.tiles
    assert (aca.colour, apa.colour) == (palette.heat("±", 0.15), palette.heat("+", 2.15))
    assert 0 < aca.x0 < aca.x1 < 1 < apa.x0 < apa.x1 < 2


SIDES = {
    (0, 0, 20, 0, 0): ("", 0.0),
    (20, 0, 0, 0, 0): ("−", 1.0),
    (0, 0, 0, 0, 20): ("+", 1.0),
    (10, 0, 0, 0, 10): ("±", 0.5),
    (15, 0, 0, 0, 5): ("−", 0.75),
}


@pytest.mark.parametrize("counts", SIDES, ids=str)
def test_a_cell_has_one_number_signed_by_its_side_and_none_where_the_class_is_inside(counts):
    case = vignette("tiles", readings=(reading("aca"),))
    course = content(case)
    chart = charts.gap_map(released(course, ratings_of(case, {"": counts})), course, "business")
    sign, steps = SIDES[counts]
    drawn = Drawn(chart)
    (tile,) = drawn.tiles
    assert tile.colour == palette.heat(sign, steps)
    numbers = [
        word for word in drawn.words() if word[:1] in ("−", "+", "±") and word[1:2].isdigit()
    ]
    assert numbers == ([f"{sign}{steps:.1f}"] if sign else [])


def test_types_are_unweighted_means_over_their_cases(tiles):
    other = vignette("lease", readings=THREE)
    rows = ratings_of(tiles, {"": (100, 0, 0, 0, 0)}) + ratings_of(other, {"": (0, 5, 0, 0, 0)})
    course = content(tiles, other, vignette("unjudged", readings=THREE))
    chart = charts.gap_map(released(course, rows), course, "all")
    (row,) = chart.table.to_dict("records")
    assert row["aca"] == "0.50 stricter, 0.00 more permissive (blind 0.20, 0.20); 2 cases"
    assert row["who"] == "2 cases"


def test_the_friendship_dial_shows_who_steps_and_where():
    five = tuple(reading(code, "conditional") for code in ("aca", "apa", "nasw", "aamft", "bacp"))
    nbcc = (reading("nbcc", "discouraged", ("1", "2")), reading("nbcc", "conditional", ("5",)))
    texas = (reading("texas", "prohibited", ("1",)), reading("texas", "conditional", ("2", "5")))
    friend = vignette("friend", "former-clients", ("1", "2", "5"), five + nbcc + texas)
    course = content(friend)
    course = replace(
        course, course=replace(course.course, codes=("aca", "apa", "nasw", "aamft", "bacp"))
    )
    rows = ratings_of(friend, {"1": (9, 6, 3, 2, 0), "2": (5, 5, 5, 3, 2), "5": (2, 4, 6, 6, 2)})
    chart = charts.dial_curve(released(course, rows), course, "friend")
    assert chart.sentence == (
        "Mean rating of “Friend”: 1.9 at “at 1” (n = 20), 2.6 at “at 2” (n = 20), 3.1 at “at 5” (n = 20). "
        "aca, apa, nasw, aamft, bacp say the same at every level; nbcc changes at “at 5”; texas changes at “at 2”."
    )
    cells = [tile for tile in Drawn(chart).tiles if tile.colour == palette.PALE]
    # Five codes that say the same share a ribbon; nbcc has two cells, texas two.
    assert [round(cell.x1 - cell.x0, 1) for cell in cells] == [3, 2, 1, 1, 2]
    assert cells[2].y0 < cells[1].y0, "a more permissive reading stands higher"
    assert [row["nbcc"] for row in chart.table.to_dict("records")] == [
        "discouraged 2",
        "discouraged 2",
        "conditional 2 to 4",
    ]


def test_moves_count_toward_away_and_stayed_and_are_not_called_learning(tiles):
    pairs = {(1, 2): 6, (5, 4): 3, (3, 3): 8, (2, 1): 2, (1, 1): 1}
    rows = ratings_of(tiles, {"": (7, 2, 8, 0, 3)}) + ratings_of(
        tiles, {"": (3, 6, 8, 3, 0)}, "informed"
    )
    moved = [
        (tiles.id, tiles.wording, "", "first", a, "informed", b, n) for (a, b), n in pairs.items()
    ]
    chart = charts.moves(released(content(tiles), rows, moved), content(tiles), "tiles")
    assert chart.sentence == (
        "Of 20 people who judged “Tiles” twice, 9 moved toward the band of aca, 9 stayed as near or far, "
        "2 moved away. "
        "A shift after reading the codes is not learning: people were told what the codes say."
    )
    bars = [tile for tile in Drawn(chart).tiles if tile.y1 - tile.y0 == 30]
    away, stayed, toward = (bar.x1 - bar.x0 for bar in bars)
    assert (away / stayed, toward / stayed) == pytest.approx((2 / 9, 1), rel=0.06)
    assert bars[0].x0 > -1
    assert bars[2].x1 == pytest.approx(1, abs=0.01), "the longest arm reaches the edge"
    assert (bars[1].x0 + bars[1].x1) / 2 == pytest.approx(0)
    assert chart.table.to_dict("records") == [
        {
            "case": "Tiles",
            "act": "to buy it",
            "band": "2 to 4",
            "n": 20,
            "away": 2,
            "stayed": 9,
            "toward": 9,
        }
    ]


def test_spread_is_sorted_and_compares_those_who_read_the_same_words(tiles):
    split = vignette("split", levels=("near", "far"), readings=DIAL)
    course = content(tiles, split)
    rows = ratings_of(tiles, {"": (5, 0, 0, 0, 5)}) + ratings_of(
        split, {"near": (9, 0, 0, 0, 0), "far": (0, 0, 0, 0, 9)}
    )
    chart = charts.spread(released(course, rows), course, "business")
    # 25 of 45 pairs are four steps apart; each level of the other case agrees
    rows = chart.table.to_dict("records")
    assert [list(row.values()) for row in rows] == [
        ["Tiles", "to buy it", 10, "2.22", None],
        ["Split", "to buy it", 18, "0.00", None],
    ]
    assert chart.title == "Divided most over “Tiles”, least over “Split”"


# -- the figure -----------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_html_has_alt_text_caption_and_a_table_with_headers(tiles, hundred):
    chart = charts.intuition_vs_code(hundred, content(tiles), "tiles")
    assert set(chart._repr_mimebundle_()) == {"text/html", "text/plain"}
    found = Tags(chart._repr_html_())
    tags = [tag for tag, _ in found.tags]
    assert tags[:5] == ["figure", "style", "p", "div", "img"]
    assert tags[5:9] == ["figcaption", "details", "summary", "div"]
    figure, _, scroll_note, box, img = (found.tags[n][1] for n in range(5))
    assert "hidden" in scroll_note, "shown by the style alone, where the picture is cut off"
    assert "it scrolls sideways" in found.text
    assert figure["data-chart"] == chart.id == "intuition-vs-code-tiles-tuesday"
    assert figure["role"] == "group"
    assert img["alt"] == chart.alt
    assert img["src"].startswith("data:image/png;base64,")
    assert sorted({a["scope"] for tag, a in found.tags if tag == "th"}) == ["col", "row"]
    assert chart.sentence in found.text
    assert (
        "min-width:44em" in img["style"]
    )  # below that, words in the picture are too small to read
    for scrolls, name in (
        (box, f"Picture: {chart.subject}"),
        (found.tags[8][1], f"Table: {chart.subject}"),
    ):
        assert "overflow-x:auto" in scrolls["style"]
        assert (scrolls["role"], scrolls["tabindex"], scrolls["aria-label"]) == ("group", "0", name)
        assert scrolls["data-lm-suppress-shortcuts"] == "true"  # Jupyter leaves its arrows alone


def test_titles_are_text_and_never_markup():
    evil = vignette("evil", title='<b onmouseover="x">bold</b> $x^2$ & co', readings=THREE)
    shown = released(
        content(evil), ratings_of(evil, {"": (9, 1, 2, 3, 4)}), title="<script>1</script>"
    )
    for kind, chart in every_chart(shown, content(evil)):
        found = Tags(chart._repr_html_())
        assert not {"b", "script"} & {tag for tag, _ in found.tags}, kind
        assert not any("onmouseover" in attrs for _, attrs in found.tags), kind
        assert "$x^2$ & co" in found.text


def test_the_same_tally_gives_the_same_chart_to_the_byte(dialled, two_levels):
    for (kind, one), (_, other) in zip(
        every_chart(two_levels, content(dialled)),
        every_chart(two_levels, content(dialled)),
        strict=True,
    ):
        assert one._repr_mimebundle_() == other._repr_mimebundle_(), kind
        assert "0x" not in repr(one)


def test_a_chart_is_saved_as_picture_or_page(tmp_path, tiles, hundred):
    chart = charts.spread(hundred, content(tiles), "tiles")
    assert chart.save(tmp_path / "a.png").read_bytes() == chart.png
    assert chart._repr_html_() in chart.save(str(tmp_path / "a.html")).read_text(encoding="utf-8")
    with pytest.raises(BoundariesError) as error:
        chart.save(tmp_path / "a.gif")
    assert str(error.value) == (
        "a.gif: a chart is saved as .png, .svg or .pdf (the picture) or .html (picture, sentence and numbers). "
        "Choose one of these endings."
    )
    assert chart.save(tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "<svg" in chart.save(tmp_path / "a.SVG").read_text(encoding="utf-8")


def test_what_cannot_be_drawn_is_said_with_what_can(tiles, hundred):
    course = content(tiles, vignette("lease"))

    def said(draw, what, **more):
        with pytest.raises(ContentError) as error:
            draw(hundred, course, what, **more)
        return str(error.value)

    assert said(charts.spread, "busines") == (
        "'busines' cannot be drawn. Choose the id of a case or a claim, 'all', 'claims', or a type: business."
    )
    assert (
        said(charts.answers, "business")
        == "'business' is more than one case. Choose one: tiles, lease."
    )
    assert said(charts.dial_curve, "tiles") == (
        "'tiles' has no dial, so there is nothing to follow. Draw `answers` instead."
    )
    assert said(charts.intuition_vs_code, "claims") == (
        "There is nothing of 'claims' to draw yet. Add a case under data/vignettes."
    )
    assert said(charts.intuition_vs_code, "tiles", codes=["acca"]) == (
        "'acca' is not a code of this course. Choose one of: aca, aca-2014, apa, nasw."
    )


# -- legible --------------------------------------------------------------------------------------------------


def test_colours_are_told_apart_in_greyscale_and_words_on_them_can_be_read():
    grey = [
        Image.new("RGB", (1, 1), c).convert("L").getpixel((0, 0)) for c in palette.RATING_COLOURS
    ]
    assert min(np.diff(grey)) >= 30, grey
    shades = [palette.shade(percent / 100) for percent in range(101)]
    light = [palette.luminance(shade) for shade in shades]
    assert light == sorted(light, reverse=True)
    used = (*palette.RATING_COLOURS, *shades, palette.PALE, palette.AWAY, palette.TOWARD)
    for colour in used:
        assert contrast(palette.on(colour), colour) >= 4.5, colour
    assert contrast(palette.GREY, "white") >= 4.5
    assert contrast(palette.GREY, palette.shade(0)) >= 4.5
    assert contrast(palette.CODE, "white") >= 4.5
    assert contrast(palette.AWAY, palette.TOWARD) >= 2
    for sign in "−+±":
        cells = [palette.heat(sign, steps / 10) for steps in range(1, 41)]
        assert all(contrast(palette.on(cell), cell) >= 4.5 for cell in cells)
        cell_light = [palette.luminance(cell) for cell in cells]
        assert cell_light == sorted(cell_light, reverse=True), "further is darker, in grey too"


STANCES = ("conditional", "discouraged", "prohibited")


def eight(title):
    """Eight cases, four of them with a dial, and everything that makes rows long."""
    names = ("aca", "apa", "nasw", "aamft", "bacp")
    alike = tuple(
        reading(code, stance)
        for code, stance in zip(
            names, ("conditional", "prohibited", "silent", "permitted", "required"), strict=True
        )
    )
    cases = []
    for i in range(8):
        levels = ("near", "far", "further away") if i % 2 else ()
        split = tuple(
            r
            for s, level in zip(STANCES, levels, strict=False)
            for r in (reading("aca", s, (level,)), reading("bacp", s, (level,)))
        )
        cases.append(
            vignette(
                f"case-{i}",
                levels=levels,
                readings=split + alike[1:4] if levels else alike,
                title=f"{title} {i}",
            )
        )
    course = content(*cases)
    rows, moved = [], []
    for i, v in enumerate(cases):
        counts = [(7 + i) % 9, 5, (i * 3) % 11, 6, (2 * i) % 7]
        for phase in ("first", "informed"):
            rows += ratings_of(v, dict.fromkeys(v.levels, counts), phase, skips=5 + i)
        skipped = [(v.levels[0], 0, 0, 5 + i)]
        turned = [
            (level, a, 6 - a if a % 2 else a, n)
            for level in v.levels
            for a, n in enumerate(counts, 1)
            if n
        ]
        for level, a, b, n in turned + skipped:
            moved.append((v.id, v.wording, level, "first", a, "informed", b, n))
    return course, released(course, rows, moved, invented=True)


def assert_legible(chart, kind):
    """No words touch each other, and none leave the picture."""
    boxes = Drawn(chart).boxes()
    width, height = chart.figure.bbox.size
    for text, box in boxes:
        assert 8 < box.x0 < box.x1 < width - 8, (kind, text)
        assert 8 < box.y0 < box.y1 < height - 8, (kind, text)
    assert overlaps(boxes) == [], kind


@pytest.mark.slow
@pytest.mark.parametrize("title", ["Tiles", LONG, "Donaudampfschifffahrtsgesellschaftskapitän"])
def test_no_words_touch_or_leave_the_picture(title):
    course, shown = eight(title)
    for kind, chart in every_chart(shown, course):
        assert len(Drawn(chart).boxes()) > 8, kind
        assert_legible(chart, kind)
        assert Image.open(io.BytesIO(chart.png)).width == round(WIDTH / 72 * DPI)


@pytest.mark.parametrize(
    "counts", [(5, 0, 0, 0, 0), (1, 1, 1, 1, 1), (0, 0, 1000, 0, 0), (1, 499, 0, 499, 1)]
)
def test_classes_of_five_and_of_a_thousand_are_legible(counts, dialled):
    rows, moved = [], []
    for phase in ("first", "informed"):
        rows += ratings_of(dialled, dict.fromkeys(dialled.levels, counts), phase, skips=7)
    for rating, n in enumerate(counts, 1):
        for level in dialled.levels:
            moved.append((dialled.id, dialled.wording, level, "first", rating, "informed", 1, n))
    course = content(dialled)
    for kind, chart in every_chart(released(course, rows, moved), course):
        assert_legible(chart, kind)


def test_letters_measured_are_the_letters_drawn(tiles, hundred):
    chart = charts.intuition_vs_code(hundred, content(tiles), "tiles")
    dark = np.asarray(Image.open(io.BytesIO(chart.png)).convert("L")) < 128
    for text, box in Drawn(chart).boxes():
        if text == "aca":
            ink = np.flatnonzero(dark[:, : int(box.x1) + 30].any(axis=0))
            assert abs(ink[ink > box.x0 - 3][0] - box.x0) < 3
            near = dark[int(len(dark) - box.y1) : int(len(dark) - box.y0), : int(box.x1) + 3]
            assert near[:, int(box.x0) :].any()


# -- whatever the computer and its settings ------------------------------------------------------------------


@pytest.mark.slow
def test_eight_threads_draw_at_once_and_each_gets_its_own_letters(dialled, two_levels):
    course = content(dialled)

    def draw(number):
        shown = replace(two_levels, title=f"Class {number} of the eight")
        draws = (charts.intuition_vs_code, charts.dial_curve)
        return [draw(shown, course, "dialled").png for draw in draws]

    alone = [draw(number) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(draw, range(8)))
    assert together == alone


FOREIGN = (
    "Ethics 2026 🎓",
    "伦理学 2026",
    "윤리",
    "नैतिकता",
    "จริยธรรม",
    "أخلاق",
    "👩‍⚖️ \U0010fffd\x07",
)


def test_letters_of_every_script_are_drawn_or_boxed_without_a_warning(recwarn, capfd):
    title = " ".join(FOREIGN)
    case = vignette("tiles", levels=("near", "far"), readings=DIAL, title=title)
    course = content(case)
    rows = ratings_of(case, {"near": (8, 4, 4, 2, 2), "far": (5, 5, 5, 5, 0)})
    for kind, chart in every_chart(released(course, rows, title=title), course):
        assert chart.png.startswith(b"\x89PNG"), kind
        cells = [cell for row in chart.cells() for cell in row]
        assert any(title in words for words in (chart.title, chart.sentence, *cells)), kind
    assert [str(warning.message) for warning in recwarn] == []
    assert capfd.readouterr() == ("", "")


def test_what_no_font_has_is_a_box_and_what_cannot_be_seen_is_left_out():
    assert fonts.drawable("Ethics") == "Ethics"
    assert fonts.drawable("naïve — “x” → ≥ …") == "naïve — “x” → ≥ …"
    assert fonts.drawable("a\U0010fffdb\u200dc\x07") == f"a{fonts.BOX}bc"


def test_a_students_own_matplotlib_settings_do_not_change_a_chart(dialled, two_levels):
    course = content(dialled)
    before = [chart.png for _, chart in every_chart(two_levels, course)]
    hostile = {"text.color": "red", "font.family": "serif", "font.size": 30, "axes.facecolor": "k"}
    hostile |= {
        "text.parse_math": True,
        "figure.facecolor": "k",
        "axes.prop_cycle": mpl.cycler(color="r"),
    }
    hostile |= {"lines.linewidth": 9, "figure.constrained_layout.use": True, "figure.dpi": 40}
    with mpl.rc_context(hostile):
        after = [chart.png for _, chart in every_chart(two_levels, course)]
    assert after == before


@pytest.mark.process
def test_drawing_leaves_pyplot_and_the_settings_alone(dialled, two_levels):
    before = dict(mpl.rcParams)
    for _, chart in every_chart(two_levels, content(dialled)):
        assert chart.png
    assert dict(mpl.rcParams) == before
    code = "import sys, boundaries.charts; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=PLAIN,
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.process
def test_a_new_computer_hears_nothing_of_matplotlibs_font_search(tmp_path):
    code = "import boundaries; boundaries.charts.fonts.width_of('a', 12)"
    folder = tmp_path / "a file, so that no cache can be written"
    folder.write_text("", encoding="utf-8")
    settings = PLAIN | {"MPLCONFIGDIR": str(folder), "MPLBACKEND": "of-another-computer"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=settings,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_picture_is_changed_through_its_figure(tiles, hundred):
    chart = charts.intuition_vs_code(hundred, content(tiles), "tiles")
    before = chart.png
    assert chart.png == before
    chart.figure.suptitle("Another title")
    assert chart.png != before
    chart.figure.axes[0].axvline(2.5)
    assert chart._repr_html_() != before


@pytest.fixture(scope="module")
def invented_class(course):
    sample = SAMPLES["invented-homework"]
    rows = list(
        invent(course, session="invented-homework", students=sample.students, seed=sample.seed)
    )
    counted = (tally.count_ratings(rows), tally.count_moves(rows))
    return release(
        *counted, course, session="invented-homework", title="Invented class", invented=True
    )


# The others are drawn by the notebooks, which are compared in every run of `make test`.
@pytest.mark.slow
@pytest.mark.parametrize(
    "types", [("business", "confidences"), pytest.param((), marks=pytest.mark.long, id="all")]
)
def test_the_course_itself_can_be_drawn(invented_class, course, types):
    for type in types or course.types:
        for kind, chart in every_chart(invented_class, course, type):
            assert chart.sentence.startswith("Invented answers. "), (kind, type)
            assert_legible(chart, (kind, type))
            assert not chart.table.empty


def test_and_so_can_the_claims(invented_class, course):
    chart = charts.intuition_vs_code(invented_class, course, "claims")
    assert chart.id == "intuition-vs-code-claims-invented-homework"
