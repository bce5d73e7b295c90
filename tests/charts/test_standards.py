"""What the codes say, as pictures and tables: against data/codes, and against readings made by hand."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from drawn import Drawn, overlaps
from small_content import content, reading, vignette

import boundaries
from boundaries.answers.students import Student
from boundaries.charts import parting, provisions, waits
from boundaries.charts.frame import DPI, WIDTH
from boundaries.charts.palette import CLASS
from boundaries.content import Content, read_toml
from boundaries.errors import ContentError
from boundaries.lessons.gates import codebook

HERE = Path(__file__).parent
MARKS = {"text": "read", "described": "read in a description", "unchecked": "not yet checked"}
PROVISIONS = []  # every passage of data/codes as it stands in its file
for path in sorted((HERE.parent.parent / "data" / "codes").glob("*.toml")):
    code = read_toml(path)
    for passage in code["provisions"]:
        PROVISIONS.append(passage | {"code": code["short"]})
PICTURES = {
    "stance_map": provisions.stance_map,
    "waiting_periods": waits.waiting_periods,
    "editions": provisions.editions,
    "parting": parting.parting,
}


def rows_of(short, topic):
    return [row for row in PROVISIONS if row["code"] == short and row["topic"] == topic]


# -- the conventions of every chart ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_the_codes_is_a_chart_like_any_other(name, course):
    chart = PICTURES[name](course)
    html = chart._repr_html_()
    assert set(chart._repr_mimebundle_()) == {"text/html", "text/plain"}
    assert f'<figure data-chart="{chart.id}" role="group"' in html
    assert chart.alt.startswith(f"{chart.title}: ")
    assert len(chart.table) > 5
    assert repr(chart) == repr(PICTURES[name](course))
    assert "invented" not in f"{html} {Drawn(chart).words()}".lower()
    assert chart.png.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", PICTURES)
def test_no_words_overlap_or_leave_the_sheet(name, course):
    boxes = Drawn(PICTURES[name](course)).boxes()
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.x1 <= WIDTH / 72 * DPI, text
        assert box.y0 >= 0, text
    assert overlaps(boxes) == []


def test_a_title_is_text_and_never_html():
    sly = vignette(
        "sly", title="<b>bold</b>", readings=(reading("aca"), reading("apa", "prohibited"))
    )
    html = parting.parting(content(sly))._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_a_code_that_there_is_not_is_named(course):
    for draw in (provisions.stance_map, parting.parting):
        with pytest.raises(ContentError) as caught:
            draw(course, ["aca-2040"])
        allowed = ", ".join(course.codes)
        assert (
            str(caught.value)
            == f"'aca-2040' is not a code of this course. Choose one of: {allowed}."
        )


# -- stances ---------------------------------------------------------------------------------------------------


def test_each_cell_has_every_stance_section_and_mark_of_the_codes(course):
    found = provisions.stance_map(course).table.set_index("topic")
    labels = {t["id"]: t["label"] for t in read_toml(course.folder / "topics.toml")["topics"]}
    assert set(labels) == {row["topic"] for row in PROVISIONS}
    words = "|".join([*course.stances, "title only"])
    for code, short in zip(course.shown_codes, found.columns, strict=True):
        for topic, label in labels.items():
            rows, cell = rows_of(code.short, topic), found.loc[label, short]
            marks = re.findall(r", (read in a description|read|not yet checked)(?=; |$)", cell)
            taken = re.findall(rf"(?:^|; )({words}): ", cell)
            said = sorted(zip(taken, marks, strict=True))
            assert said == sorted(
                (row.get("stance", "title only"), MARKS[row["checked"]]) for row in rows
            ), (short, topic)
            assert all(
                row["section"].split(" (")[0] in cell
                for row in rows
                if any(map(str.isdigit, row["section"]))
            )


def test_the_strictest_stance_is_printed_with_what_is_not_certain(course):
    words = Drawn(provisions.stance_map(course, ["aca-2014"])).words()
    cells = dict(pairwise(words))
    assert cells["Sex with a current client"] == "prohibited"
    assert cells["Testimonials"] == "prohibited +"  # asking is prohibited, using one on conditions
    assert cells["Supervisor and supervisee"] == "prohibited +"
    assert cells["Interpreters"] == "required ?"  # known from memory only
    assert cells["Touch and hugging"] == "silent ?"  # general knowledge only
    assert cells["Exploiting clients"] == "required ?"  # a summary was read
    assert cells["Breaks and endings"] == "required"
    titles = Drawn(provisions.stance_map(course, ["pacfa-2017"])).words()
    assert dict(pairwise(titles))["Second roles in general"] == "–"  # a title says nothing


def test_how_provisions_were_checked_is_counted_as_in_the_codes(course):
    found = provisions.how_checked(course)
    assert list(found.columns) == list(MARKS.values())
    for short, row in found.iterrows():
        expected = Counter(MARKS[f["checked"]] for f in PROVISIONS if f["code"] == short)
        assert {mark: n for mark, n in row.items() if n} == expected
    assert found.to_numpy().sum() == len(PROVISIONS)


def test_each_code_can_be_looked_up_on_its_bodys_own_page(course):
    table = provisions.pages(course)
    assert set(table.index) == {code.short for code in course.codes.values()}
    assert list(table.loc["Texas counselor rules"]) == [
        course.codes["law-tx"].body,
        "counselor",
        "Texas",
        "yes",
        course.codes["law-tx"].official_url,
    ]
    html = codebook(now=True, content=course).pages()._repr_html_()
    assert f'<a href="{course.codes["bacp-2018"].official_url}" target="_blank"' in html
    assert html.count("<a ") == sum(bool(code.official_url) for code in course.codes.values())


# -- waiting times ---------------------------------------------------------------------------------------------

ROMANCE = {  # after "Waiting periods at a glance" and "Facts worth teaching" of the collected facts
    "ACA 2014": "5 years",
    "ACA 2005": "5 years",
    "ACA 1995": "2 years",
    "APA 2017": "2 years",
    "NASW 2021": "no end date (but an exception)",
    "AAMFT 2015": "no end date",
    "AAMFT 2012": "2 years",
    "BACP 2018": "no number",
    "AMHCA 2020": "no number",
    "NBCC 2023": "5 years",
    "AMA": "no number",
    "APA (psychiatry)": "no end date",
    "Texas counselor rules": "5 years",
    "Ohio rules": "5 years",
    "CPBAO 2024": "5 years",
    "New York guidance": "2 years",
    "CAMFT (before 2019)": "2 years",
    "Oklahoma rules": "no end date",
    "IBADCC": "no end date",
    "NAADAC (c. 2013)": "no end date",
    "Psychology Board AU 2025": "no end date",
    "Australian CA": "2 years",
    "UKCP 2019": "no number",
}
FRIENDSHIP = {
    "NBCC 2023": "5 years recommended",
    "Texas counselor rules": "2 years",
    "ACA 2014": "no number",
    "APA 2017": "no number",
    "NASW 2021": "no number",
    "AAMFT 2015": "not named",
    "BACP 2018": "no number",
    "CRPO 2024": "no number",
    "Australian CA": "2 years",
    "BPS 2006": "no number",
}


def test_waiting_times_are_those_of_the_codes_each_with_its_mark(course):
    rows = waits.waiting_periods(course).table
    sexual, friendship = (
        rows[rows["after therapy"] == what].set_index("text") for what in ("sexual", "friendship")
    )
    assert {short: sexual.loc[short, "wait"] for short in ROMANCE} == ROMANCE
    assert dict(friendship["wait"]) == FRIENDSHIP
    for topic, found in (
        ("former_client_sexual", sexual),
        ("former_client_friendship", friendship),
    ):
        read = [row for row in PROVISIONS if row["topic"] == topic and "stance" in row]
        assert set(found.index) == {row["code"] for row in read}
        for short, row in found.iterrows():
            told = rows_of(short, topic)
            years = {str(f["waiting_years"]) for f in told if "waiting_years" in f}
            assert {word for word in row["wait"].split() if word.isdigit()} == years
            assert all(f", {MARKS[f['checked']]}" in row["passages"] for f in told)


def test_bars_are_as_long_as_the_years_and_a_ban_runs_to_the_edge(course):
    drawn = Drawn(waits.waiting_periods(course))
    lengths = Counter(tile.x1 for tile in drawn.tiles if tile.colour in (waits.BAN, waits.WAIT))
    words = [
        *ROMANCE.values(),
        "5 years",
        "3 years",
        "no end date (but an exception)",
        *FRIENDSHIP.values(),
    ]  # CRPO, AFT, Maryland
    assert lengths == Counter({2: 0, 5: 0}) + Counter(
        int(w[0]) if w[0].isdigit() else 10
        for w in words
        if w[0].isdigit() or w.startswith("no end")
    )


def test_superseded_editions_name_what_came_after(course):
    rows = waits.waiting_periods(course).table
    old = rows[rows["in force"] == "no"].set_index("text")["next edition"]
    assert dict(old) == {
        "AAMFT 2012": "AAMFT 2015: no end date",
        "ACA 1995": "ACA 2005: 5 years",
        "ACA 2005": "ACA 2014: 5 years",
        "CAMFT (before 2019)": "CAMFT: nothing read on this",
        "NAADAC (c. 2013)": "NAADAC 2021: nothing read on this",
        "BPS 2006": None,
    }
    assert set(rows["in force"]) == {"yes", "no"}


# -- editions --------------------------------------------------------------------------------------------------


def test_every_edition_of_the_content_is_on_its_line_of_time(course):
    known = {e["code"]: e for e in read_toml(course.folder / "editions.toml")["editions"]}
    assert set(course.course.codes) <= set(known) <= set(course.codes)
    assert {e["checked"] for e in known.values()} <= set(course.checks)
    for id, entry in known.items():
        assert course.codes[id].in_force
        stem, older = id.rsplit("-", 1)[0], course.codes[id].replaces
        while older and older.rsplit("-", 1)[1].isdigit() and stem in ("aca", "aamft", "bacp"):
            assert int(older.rsplit("-", 1)[1]) in entry["past"]
            older = course.codes[older].replaces
        assert max(entry["past"], default=0) < min(entry["now"])
    rows = provisions.editions(course).table.set_index("code")
    assert rows.loc["AAMFT 2015", "checked"] == "not yet checked"
    assert rows.loc["ACA 2014", "superseded"] == "1995, 2005"


def test_a_superseded_edition_of_which_only_the_date_is_known_is_hollow(course):
    dots = Counter(dot.colour for dot in Drawn(provisions.editions(course)).dots)
    hollow = [
        1992,
        1999,
        2008,
        2018,
        2001,
        2013,
        2015,
        2000,
        2016,
        2007,
    ]  # no file in codes/ has their passages
    assert dots["#ffffff"] == len(hollow)
    assert dots[CLASS] == 21


# -- where the codes part --------------------------------------------------------------------------------------

FAR = vignette(
    "far",
    readings=(reading("aca", "prohibited"), reading("apa", "permitted"), reading("nasw", "silent")),
)
NEAR = vignette(
    "near", readings=(reading("aca"), reading("apa", "discouraged"), reading("nasw", "discouraged"))
)
LEVELS = vignette(
    "levels",
    levels=("a", "b", "c"),
    readings=(
        reading("aca", "prohibited", ("a",)),
        reading("aca", "conditional", ("b", "c")),
        reading("apa"),
    ),
)


def test_cases_are_ranked_by_steps_between_bands_and_then_by_stances():
    rows = parting.parting(content(FAR, NEAR, LEVELS)).table.to_dict("records")
    assert [(r["case"], r["level"], r["steps"], r["stances"]) for r in rows] == [
        ("Far", None, 3, 3),
        ("Levels", "at a", 1, 2),
        ("Near", None, 0, 2),
        ("Levels", "at b / at c", 0, 1),
    ]
    assert (rows[0]["aca"], rows[0]["apa"], rows[0]["nasw"]) == (
        "prohibited 1",
        "permitted 4 to 5",
        "silent",
    )
    assert rows[1].get("nasw") is None or rows[1]["nasw"] != rows[1]["nasw"]  # not read there


def test_only_the_first_cases_are_drawn_and_all_are_counted():
    chart = parting.parting(content(FAR, NEAR, LEVELS), top=1)
    assert len(chart.table) == 1
    assert chart.sentence == (
        "In 2 of 3 cases two bands share no rating at some level. They are furthest apart in “Far”: 3 steps."
    )


# -- other bands -----------------------------------------------------------------------------------------------


def test_only_readings_with_the_band_of_their_stance_change():
    own = vignette(
        "own", readings=(reading("aca"), reading("apa", band=(3, 4), band_why="Because."))
    )
    course = content(own)
    mine = parting.with_bands(course, conditional=(1, 2))
    assert [r.band for r in mine.vignettes["own"].readings] == [(1, 2), (3, 4)]
    assert mine.stances["conditional"].band == (1, 2)
    assert course.vignettes["own"].readings[0].band == (2, 4)  # the content itself stays
    assert mine.vignettes["own"].wording == course.vignettes["own"].wording


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"silent": (1, 5)}, "'silent' is not a stance with a band. Choose one of: {stances}."),
        (
            {"frowned_on": (1, 2)},
            "'frowned_on' is not a stance with a band. Choose one of: {stances}.",
        ),
        *(
            (
                {"conditional": band},
                f"conditional: {band!r} is not a band. A band is two ratings from 1 to 5, the lower one first. "
                "Write for example conditional=(2, 4).",
            )
            for band in ((4, 2), (0, 3), (2, 6), (2,), (2, 3, 4), 3, "24", (2.0, 4), (True, 3))
        ),
    ],
    ids=str,
)
def test_what_is_no_band_is_refused(course, mapping, said):
    with pytest.raises(ContentError) as caught:
        parting.with_bands(course, **mapping)
    assert str(caught.value) == said.format(
        stances="prohibited, discouraged, conditional, permitted, required"
    )


def test_levels_that_were_read_alike_are_read_alike_under_any_bands(course):
    mine = parting.with_bands(
        course, prohibited=(1, 2), discouraged=(2, 4), conditional=(3, 4), permitted=(3, 5)
    )
    for id, v in course.vignettes.items():
        for code in {r.code for r in v.readings}:
            for one, other in combinations(v.levels, 2):
                before, after = (
                    [
                        (r.stance, r.band) if (r := x.reading(code, level)) else None
                        for level in (one, other)
                    ]
                    for x in (v, mine.vignettes[id])
                )
                assert (before[0] != before[1]) or (after[0] == after[1]), (id, code)


# -- the gate --------------------------------------------------------------------------------------------------

CLOSED = (
    "The codes stay closed while {} not judged yet: {}. Judge them in their notebooks, then run this again. "
    "boundaries.codebook(now=True) opens the codes at once: for teachers, and for whoever gives up judging the rest "
    "alone."
)


def shown_by(codes):
    return [
        codes.stance_map(),
        codes.waiting_periods(),
        codes.editions(),
        codes.parting(),
        codes.how_checked(),
        codes.gap_map(),
    ]


def test_no_code_is_shown_before_the_cases_are_judged(course: Content, new_student: Student):
    codes = codebook(content=course, who=new_student)
    types = Counter(v.type for v in course.vignettes.values())
    said = CLOSED.format(
        f"{len(course.vignettes)} cases are",
        ", ".join(f"{t.title} ({types[id]})" for id, t in course.types.items()),
    )
    assert repr(codes) == said
    brief = "This opens with the codes, when the cases listed above are judged."
    assert [repr(x) for x in shown_by(codes)] == [said] + [brief] * 5


def test_the_codes_open_when_the_assigned_types_are_judged(course: Content, new_student: Student):
    assigned = replace(course, course=replace(course.course, types=("social",)))
    codes, cases = codebook(content=assigned, who=new_student), course.of_type("social")
    for case in cases[1:]:
        new_student.judge(case, "first", None)  # a skip is a judgment too
    assert repr(codes) == CLOSED.format("1 case is", "Social contact (1)")
    new_student.judge(cases[0], "first", 3, 3)
    assert repr(codes) == "The codes are open."
    assert not [x for x in shown_by(codes) if repr(x).startswith(("The codes stay", "This opens"))]


def test_a_teacher_opens_them_at_once(course):
    assert repr(codebook(now=True, content=course)) == "The codes are open."
    assert boundaries.codebook is codebook


def test_a_map_under_other_bands_says_so_and_is_another_chart(course):
    codes = codebook(now=True, content=course)
    usual, other = codes.gap_map("business"), codes.gap_map("business", conditional=(3, 4))
    assert usual.id == "gap-map-business-invented-homework"
    assert other.id == "gap-map-business-invented-homework-conditional-3-to-4"
    assert other.sentence.endswith(" Bands changed here: conditional 3 to 4.")
    assert "other bands (conditional 3 to 4)" in " ".join(Drawn(other).words())
    assert list(usual.table["row"]) == list(other.table["row"])
    assert not usual.table.equals(other.table)
