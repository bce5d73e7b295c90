"""The class's intuition beside the codes: what stands where on the fixed axis, in which colour, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import Drawn
from small_content import content, reading, vignette
from tallies import ratings_of, released

from boundaries import charts
from boundaries.charts.palette import shade
from boundaries.content import Claim
from boundaries.errors import ContentError

THREE = (reading("aca"), reading("apa", "prohibited"), reading("nasw", "silent"))
DIAL = (
    reading("aca", "conditional", ("near",)),
    reading("aca", "prohibited", ("far",)),
    reading("apa", "silent", ("near",)),
    reading("apa", "prohibited", ("far",)),
)
BLIND = "“Blind” is what answering at random would give."


@pytest.fixture
def tiles():
    return vignette("tiles", readings=THREE)


@pytest.fixture
def hundred(tiles):
    """100 people, 10 to 30 a rating, and two skips."""
    return released(content(tiles), ratings_of(tiles, {"": (10, 20, 30, 25, 15)}, skips=2))


@pytest.fixture
def dialled():
    return vignette("dialled", levels=("near", "far"), readings=DIAL)


@pytest.fixture
def two_levels(dialled):
    """At "near" 20 people, 10 of them inside 2 to 4; at "far" 20, 5 of them at 1."""
    rows = ratings_of(dialled, {"near": (8, 4, 4, 2, 2), "far": (5, 5, 5, 5, 0)})
    return released(content(dialled), rows)


@pytest.mark.parametrize(
    "counts", [(10, 20, 30, 25, 15), (0, 0, 20, 0, 0), (7, 0, 0, 13, 0), (0, 1, 0, 999, 0)]
)
def test_each_rating_has_its_own_place_and_the_colour_of_its_share_however_many_are_empty(counts):
    case = vignette("tiles", readings=THREE)
    course = content(case)
    shown = released(course, ratings_of(case, {"": counts}))
    (strip,) = Drawn(charts.intuition_vs_code(shown, course, "tiles")).strips()
    for rating, (tile, count) in enumerate(zip(strip, counts, strict=True), 1):
        assert rating - 0.5 < tile.x0 < rating < tile.x1 < rating + 0.5
        assert (tile.x0 + tile.x1) / 2 == pytest.approx(rating)
        assert tile.colour == shade(count / sum(counts)), rating


def test_a_bar_lies_over_exactly_the_ratings_that_a_code_supports(tiles, hundred):
    drawn = Drawn(charts.intuition_vs_code(hundred, content(tiles), "tiles"))
    assert drawn.ratings() == [[1], [2, 3, 4]]
    assert {"10% inside", "75% inside", "silent", "apa", "aca", "nasw"} <= set(drawn.words())


def test_a_band_with_nobody_inside_is_drawn_where_it_is(tiles):
    stances = ("prohibited", "required", "discouraged")
    readings = [reading(code, s) for code, s in zip(("apa", "bacp", "aca"), stances, strict=True)]
    case = replace(tiles, readings=tuple(readings))
    course = content(case)
    shown = released(course, ratings_of(case, {"": (0, 0, 20, 20, 0)}))
    drawn = Drawn(charts.intuition_vs_code(shown, course, "tiles"))
    assert drawn.ratings() == [[1], [2], [5]]
    assert drawn.words().count("0% inside") == 3


def test_codes_with_the_same_band_share_a_bar_and_unread_ones_say_so(tiles):
    readings = (reading("aca"), reading("bacp"), reading("nasw"))
    course = content(replace(tiles, readings=readings), codes=("aamft",))
    shown = released(course, ratings_of(tiles, {"": (10, 20, 30, 25, 15)}))
    chart = charts.intuition_vs_code(shown, course, "tiles")
    drawn = Drawn(chart)
    assert drawn.ratings() == [[2, 3, 4]]
    assert {"aca · bacp · nasw", "aamft", "not read"} <= set(drawn.words())
    assert chart.sentence == (
        f"100 people judged “Tiles”: 75% inside (aca · bacp · nasw 2 to 4); aamft not read. {BLIND}"
    )


def test_each_level_has_its_own_strip_with_the_bands_that_codes_have_there(dialled, two_levels):
    chart = charts.intuition_vs_code(two_levels, content(dialled), "dialled")
    drawn = Drawn(chart)
    near, far = drawn.strips()
    assert [tile.colour for tile in near] == [shade(n / 20) for n in (8, 4, 4, 2, 2)]
    assert [tile.colour for tile in far] == [shade(n / 20) for n in (5, 5, 5, 5, 0)]
    # At "near" apa is silent; at "far" both codes say 1.
    assert drawn.ratings() == [[2, 3, 4], [1]]
    assert near[0].y1 < drawn.bands[0][2] < far[0].y0 < drawn.bands[1][2]
    assert {"at near", "at far", "50% inside", "25% inside", "aca · apa"} <= set(drawn.words())
    assert [row["level"] for row in chart.table.to_dict("records")] == ["at near", "at far"]
    assert list(chart.table["aca"]) == [
        "conditional 2 to 4: 50% (blind 60%)",
        "prohibited 1: 25% (blind 20%)",
    ]
    assert list(chart.table["apa"]) == ["silent", "prohibited 1: 25% (blind 20%)"]


def test_a_level_that_too_few_have_judged_keeps_its_line_without_a_number(dialled):
    rows = ratings_of(dialled, {"near": (8, 4, 4, 2, 2), "far": (1, 0, 0, 0, 1)})
    course = content(dialled)
    chart = charts.intuition_vs_code(released(course, rows), course, "dialled")
    drawn = Drawn(chart)
    assert len(drawn.strips()) == 1
    assert {"at far", "fewer than 5 have judged"} <= set(drawn.words())
    assert (chart.table.loc[1, "level"], chart.table.loc[1, "n"]) == ("at far", "fewer than 5")
    assert chart.table.loc[1, "aca"] == "prohibited 1"


def test_the_table_holds_every_number_of_the_picture(tiles, hundred):
    chart = charts.intuition_vs_code(hundred, content(tiles), "tiles")
    assert chart.table.to_dict("records") == [
        {
            "case": "Tiles",
            "act": "to buy it",
            "n": 100,
            "preferred not to judge": 2,
            **{"1": "10%", "2": "20%", "3": "30%", "4": "25%", "5": "15%"},
            "aca": "conditional 2 to 4: 75% (blind 60%)",
            "apa": "prohibited 1: 10% (blind 20%)",
            "nasw": "silent",
        }
    ]
    assert repr(chart) == (
        "Neither stricter nor milder than most codes\n"
        "Intuition and the codes: “Tiles”\n"
        "100 people judged “Tiles”: 10% inside (apa 1); 75% inside (aca 2 to 4); nasw silent. "
        f"{BLIND}\n"
        "\n"
        "case   act        n    preferred not to judge  1    2    3    4    5    "
        "aca                                  apa                            nasw\n"
        "Tiles  to buy it  100  2                       10%  20%  30%  25%  15%  "
        "conditional 2 to 4: 75% (blind 60%)  prohibited 1: 10% (blind 20%)  silent"
    )


def test_an_own_rating_is_marked_in_its_tile_beside_the_number(tiles, hundred):
    chart = charts.intuition_vs_code(hundred, content(tiles), "tiles")
    drawn = Drawn(chart)
    (strip,) = drawn.strips()
    for rating, tile in enumerate(strip, 1):
        x, y = chart.place("tiles", "", rating, "first")
        at = chart.figure.transFigure.transform((x, 1 - y))
        across, down = drawn.ax.transData.inverted().transform(at)
        assert tile.x0 < across < tile.x1
        assert down == pytest.approx((tile.y0 + tile.y1) / 2)
        number = next(
            box for text, box in drawn.boxes() if text == f"{(10, 20, 30, 25, 15)[rating - 1]}%"
        )
        radius = 7 / 792 * chart.figure.bbox.width  # as the ring is on a picture 62em wide
        assert at[0] + radius < number.x0 + 1
    assert chart.place("tiles", "", 3, "informed") is None
    assert chart.place("tiles", "", None, "first") is None
    assert chart.place("another", "", 3, "first") is None


def test_the_mark_on_joined_levels_is_on_their_common_strip():
    three = vignette("three", levels=("a", "b", "c"), readings=(reading("aca"),))
    course = content(three)
    rows = ratings_of(three, {"a": (3, 0, 0, 0, 0), "b": (0, 3, 0, 0, 0), "c": (0, 0, 5, 5, 0)})
    chart = charts.intuition_vs_code(released(course, rows), course, "three")
    joined, alone = Drawn(chart).strips()
    assert [tile.colour for tile in joined][:2] == [shade(0.5), shade(0.5)]
    a, b, c = (chart.place("three", level, 3, "first") for level in "abc")
    assert a == b
    assert a[0] == c[0]
    assert a[1] < c[1]
    assert alone[0].y0 > joined[0].y1


def test_a_second_strip_is_the_class_after_the_codes_and_never_counted_with_the_first(tiles):
    rows = ratings_of(tiles, {"": (10, 20, 30, 25, 15)})
    rows += ratings_of(tiles, {"": (0, 10, 0, 0, 10)}, "informed")
    shown = released(content(tiles), rows)
    both = charts.intuition_vs_code(shown, content(tiles), "tiles")
    first, after = Drawn(both).strips()
    assert [tile.colour for tile in first] == [shade(n / 100) for n in (10, 20, 30, 25, 15)]
    assert [tile.colour for tile in after] == [shade(n / 20) for n in (0, 10, 0, 0, 10)]
    assert {"judged alone", "after reading the codes", "75 → 50% inside"} <= set(
        Drawn(both).words()
    )
    assert list(both.table["when"]) == ["judged alone", "after reading the codes"]
    assert list(both.table["n"]) == [100, 20]
    assert both.place("tiles", "", 2, "first")[1] < both.place("tiles", "", 2, "informed")[1]
    alone = charts.intuition_vs_code(shown, content(tiles), "tiles", phase="informed")
    assert len(Drawn(alone).strips()) == 1
    assert alone.table.loc[0, "n"] == 20
    assert alone.place("tiles", "", 2, "first") is None
    assert alone.id != both.id


def test_a_claim_stands_beside_the_verdict():
    labels = content().claim_ratings
    claim = Claim("c", "All <b>is</b> well", labels, "w", 2, "why", (), (), "A", "2026-01-01")
    course = replace(content(), claims={"c": claim})
    shown = released(course, ratings_of(claim, {"": (5, 10, 5)}))
    chart = charts.intuition_vs_code(shown, course, "claims")
    assert chart.sentence == (
        f"20 people judged “All <b>is</b> well”: 50% agree (verdict: overstated). {BLIND}"
    )
    drawn = Drawn(chart)
    (strip,) = drawn.strips()
    assert [tile.colour for tile in strip] == [shade(0.25), shade(0.5), shade(0.25)]
    assert drawn.ratings() == [[2]]
    assert "This course’s verdict" in drawn.words()
    with pytest.raises(ContentError) as error:
        charts.gap_map(shown, course, "claims")
    assert str(error.value) == (
        "'claims' has no codes beside it. Draw claims with intuition_vs_code, answers or spread, or choose a case."
    )


def test_a_chart_can_be_drawn_on_a_lecturers_own_axes(tiles, hundred):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4))
    left, right = figure.subplots(1, 2)
    canvas = figure.canvas
    chart = charts.intuition_vs_code(hundred, content(tiles), "tiles", ax=left)
    assert chart.figure is figure
    assert "Tiles" in left.get_title("left")
    assert right.collections == [] or not list(right.collections)
    assert chart.png.startswith(b"\x89PNG")
    assert figure.canvas is canvas, "the lecturer still sees their figure through their own canvas"
    x, y = chart.place("tiles", "", 5, "first")
    box = left.get_position()
    assert box.x0 < x < box.x1
    assert box.y0 < 1 - y < box.y1


def test_a_strip_that_was_not_judged_alone_says_so_beside_its_level(dialled, two_levels):
    rows = ratings_of(dialled, {"near": (8, 4, 4, 2, 2)}, "informed")
    course = content(dialled)
    chart = charts.intuition_vs_code(released(course, rows), course, "dialled")
    assert "at near, after reading the codes" in " ".join(Drawn(chart).words())
    assert chart.table.loc[0, "when"] == "after reading the codes"


def test_three_phases_are_three_strips_in_their_order(tiles):
    rows = []
    for phase in ("informed", "first", "discussed"):
        rows += ratings_of(tiles, {"": (5, 5, 5, 5, 5)}, phase)
    course = content(tiles)
    chart = charts.intuition_vs_code(released(course, rows), course, "tiles")
    assert len(Drawn(chart).strips()) == 3
    assert list(chart.table["when"]) == [
        "judged alone",
        "after discussion",
        "after reading the codes",
    ]
    assert "60 → 60 → 60% inside" in Drawn(chart).words()


def test_the_strictest_case_comes_first_unless_the_order_is_as_assigned(tiles):
    lease, few = vignette("lease", readings=THREE), vignette("few", readings=THREE)
    course = content(few, tiles, lease)
    rows = ratings_of(tiles, {"": (0, 0, 0, 9, 9)}) + ratings_of(lease, {"": (9, 9, 0, 0, 0)})
    rows += ratings_of(few, {"": (4, 0, 0, 0, 0)})
    shown = released(course, rows)
    for draw in (charts.intuition_vs_code, charts.gap_map):
        titles = list(draw(shown, course, "business").table.iloc[:, 0])
        assert titles == ["Lease", "Tiles", "Few"], "what is not shown comes last, whatever it is"
        titles = list(draw(shown, course, "business", order="assigned").table.iloc[:, 0])
        assert titles == ["Few", "Tiles", "Lease"]
        with pytest.raises(ContentError) as error:
            draw(shown, course, "business", order="alphabet")
        assert str(error.value) == ("'alphabet' is no order of cases. Choose 'mean' or 'assigned'.")


def test_a_case_stands_with_its_act_and_a_dial_with_the_fact_that_it_turns(tiles, dialled):
    price = replace(dialled, behaviour="buy it for {dial}, as a guest")
    course = content(tiles, price)
    rows = ratings_of(tiles, {"": (9, 9, 0, 0, 0)}) + ratings_of(price, {"near": (0, 0, 0, 9, 9)})
    chart = charts.intuition_vs_code(released(course, rows), course, "business")
    assert {"to buy it", "to buy it for [price], as a guest"} <= set(Drawn(chart).words())
    assert list(chart.table["act"]) == [
        "to buy it",
        *["to buy it for [price], as a guest"] * 2,
    ]
