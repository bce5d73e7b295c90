"""What a lecture shows at each stage: pure functions, no server."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import small_content

from boundaries.answers.judgments import PHASES
from boundaries.lectures.rounds.halls import Frozen, Hall, Turn
from boundaries.lectures.rounds.stages import STAGES
from boundaries.lectures.server.reveal import reveal_state
from boundaries.lectures.server.state import form_state, public_state

READ = {
    "changes",
    "why",
    "bandWhy",
    "whose",
    "says",
    "stance",
    "basis",
    "band",
    "bandText",
    "provisions",
    "readings",
}


def lecture(content, stage="first", item=None, **fields):
    ids = tuple(content.vignettes)
    here = Hall("K7QF2MWD", "lecture-x", "Ethics", "lecture", ids, item or ids[0], stage, 3, 47.26)
    return replace(here, **fields)


def case(
    item,
    level="",
    first=(),
    discussed=(),
    informed=(),
    moves=(),
    hands=None,
    opened=("first", "discussed"),
):
    """A case whose rounds were closed and revealed; counts by rating from 0 (a skip), of one level or by level."""
    rows = []
    for phase, given in zip(PHASES, (first, discussed, informed), strict=True):
        by_level = given if isinstance(given, dict) else {level: given}
        for at, counts in by_level.items():
            rows += [
                (item.id, item.wording, at, phase, 2 if r else 0, r, n)
                for r, n in enumerate(counts)
                if n
            ]
    moved = [(item.id, item.wording, "" if level == "split" else level, *move) for move in moves]
    shown = frozenset(opened)
    return Turn(item.id, level, shown, shown, hands or {}, Frozen(tuple(rows), tuple(moved)))


def words_of(table):
    """Every text and every key in a JSON-like table."""
    if isinstance(table, dict):
        return set(table) | {w for value in table.values() for w in words_of(value)}
    if isinstance(table, list):
        return {w for value in table for w in words_of(value)}
    return {table}


def reveal(content, given):
    return reveal_state(lecture(content, "reveal"), given, content)


# -- what everybody may know ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_a_state_is_json_and_says_where_the_lecture_is(stage):
    content = small_content.content()
    (item,) = content.vignettes.values()
    state = public_state(lecture(content, stage), case(item, first=(0, 9)), (41, 12), content)
    assert json.loads(json.dumps(state)) == state
    open_round = stage in PHASES
    assert state["phase"] == (stage if open_round else None)
    assert (state["code"], state["shown_code"], state["session"]) == (
        "K7QF2MWD",
        "K7QF-2MWD",
        "lecture-x",
    )
    assert (state["place"], state["of"], state["joined"], state["judged"]) == (1, 1, 41, 12)
    assert (state["minimum"], state["remaining"], state["version"]) == (5, 47.3, 3)
    assert (state["case"] is None) == (stage in ("lobby", "over"))
    assert (state["reveal"] is None) == (stage != "reveal")
    if state["case"]:
        (level,) = state["case"]["levels"].values()
        assert (level["form"] is not None) == open_round
        assert (level["case"], level["act"]) == ("Invented case tiles. ", "The therapist buys it.")


def test_a_case_that_was_not_shown_has_no_title():
    content = small_content.content(small_content.vignette(), small_content.vignette("coat"))
    given = case(content.vignettes["coat"])
    found = public_state(lecture(content, "first", "coat"), given, (0, 0), content)["vignettes"]
    assert [(v["id"], v["title"], v["state"]) for v in found] == [
        ("tiles", "", "done"),
        ("coat", "Coat", "now"),
    ]
    waiting = public_state(lecture(content, "lobby", "tiles"), None, (0, 0), content)["vignettes"]
    assert [(v["title"], v["state"]) for v in waiting] == [("", "now"), ("", "to come")]


def test_before_the_first_case_and_in_homework_there_is_none():
    content = small_content.content()
    lobby = public_state(lecture(content, "lobby", vignette=""), None, (3, 0), content)
    assert (lobby["place"], lobby["case"], lobby["remaining"]) == (0, None, 47.3)
    homework = public_state(
        lecture(content, "open", mode="homework", vignette="", remaining=None),
        None,
        (3, 0),
        content,
    )
    assert (homework["phase"], homework["case"], homework["remaining"]) == (None, None, None)


def test_what_to_talk_about_is_there_once_the_case_was_judged_alone(course):
    item = course.vignettes["the-kitchen-window"]
    judged = case(item, "", first=(0, 9))
    talking = public_state(lecture(course, "discuss", item.id), judged, (9, 9), course)
    assert talking["case"]["questions"] == list(item.questions) != []
    unopened = public_state(
        lecture(course, "discuss", item.id), case(item, "", opened=()), (9, 0), course
    )
    assert unopened["case"]["questions"] == []


def test_nothing_of_a_code_or_a_count_leaves_before_the_reveal(course):
    """For every case of the course and every stage: no reading, provision, purpose or count by rating."""
    for id, item in course.vignettes.items():
        words = {p.says for code in course.codes.values() for p in code.provisions.values()}
        words |= {w for r in item.readings for w in (r.why, r.changes, r.band_why)} | {item.why}
        words |= {s.label for s in course.stances.values()} | {
            c.short for c in course.codes.values()
        }
        words |= READ - {"why"} | {"counts", "moves", "groups", "verdicts"}
        level = "split" if item.dial else ""
        given = case(item, level, first=dict.fromkeys(item.levels, (1, 31, 17, 5, 9, 23)))
        for stage in set(STAGES) - {"reveal"}:
            state = public_state(lecture(course, stage, id), given, (90, 86), course)
            assert words_of(state) & (words - {""}) == set(), (id, stage)
            # What to talk about comes when the first round is closed: everyone has judged alone.
            asked = set(item.questions) if stage == "discuss" else set()
            assert words_of(state) & set(item.questions) == asked, (id, stage)
            text = json.dumps(state, ensure_ascii=False)
            assert not [w for w in words if len(w) > 25 and w in text], (id, stage)
    shown = public_state(
        lecture(course, "reveal", id), given, (90, 86), course
    )  # the last one: the words are found
    assert words_of(shown) >= {r.why for r in item.readings if r.code in course.course.codes} | {
        "counts",
        "verdicts",
    }


def test_a_form_is_what_the_page_needs_and_nothing_was_chosen():
    content = small_content.content()
    (item,) = content.vignettes.values()
    form = form_state(lecture(content, "discussed"), item, "", content)
    assert {
        k: form[k]
        for k in ("item", "phase", "legend", "submit", "draft", "chosen", "result", "again")
    } == {
        "item": "tiles",
        "phase": "discussed",
        "legend": "Judge again, after talking",
        "submit": "Send my judgment",
        "draft": f"boundaries/K7QF2MWD/tiles/{item.wording}/discussed",
        "chosen": None,
        "result": None,
        "again": None,
    }
    assert form["wording"] == item.wording
    assert form_state(lecture(content, "discuss"), item, "", content) is None


def test_a_fixed_level_is_the_only_one_and_a_split_room_has_all():
    content = small_content.content(small_content.vignette(levels=("low", "high")))
    (item,) = content.vignettes.values()
    fixed = public_state(lecture(content), case(item, "high"), (0, 0), content)["case"]
    assert (list(fixed["levels"]), fixed["split"]) == (["high"], False)
    assert fixed["levels"]["high"]["case"] == "Invented case tiles. It costs high."
    split = public_state(lecture(content), case(item, "split"), (0, 0), content)["case"]
    assert (list(split["levels"]), split["split"]) == (["low", "high"], True)


# -- the reveal -------------------------------------------------------------------------------------------------------


def test_a_reveal_has_both_rounds_who_moved_and_the_codes():
    content = small_content.content()
    (item,) = content.vignettes.values()
    moves = [
        ("first", 1, "discussed", 2, 6),
        ("first", 3, "discussed", 3, 8),
        ("first", 5, "discussed", 4, 6),
    ]
    shown = reveal(
        content, case(item, first=(0, 6, 0, 8, 0, 6), discussed=(0, 0, 6, 8, 6, 0), moves=moves)
    )
    (group,) = shown["groups"]
    assert [(p["phase"], p["label"], p["n"], p["skips"], p["counts"]) for p in group["phases"]] == [
        ("first", "Alone", 20, 0, [6, 0, 8, 0, 6]),
        ("discussed", "After talking", 20, 0, [0, 6, 8, 6, 0]),
    ]
    assert group["moves"] == [
        {"from": "first", "to": "discussed", "n": 20, "stricter": 6, "stayed": 8, "permissive": 6}
        | {"text": "20 rated it both times: 8 stayed, 6 became stricter, 6 more permissive."}
    ]
    (reading,) = group["readings"]
    assert (reading["code"], reading["band"], reading["bandText"]) == ("aca-2014", [2, 4], "2 to 4")
    assert reading["verdicts"]["1"] == "Your rating, 1, is one step stricter than this band."
    assert reading["verdicts"]["4"] == "Your rating, 4, is inside this band."
    assert shown["sentences"] == [
        "Alone: most often 3, under some conditions (8 of 20).",
        "After talking: most often 3, under some conditions (8 of 20).",
    ]
    assert (shown["withheld"], shown["hands"]) == ([], [])
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize(
    ("first", "discussed", "said"),
    [
        ((0, 4), (), ["4 have judged; the class appears from 5."]),
        ((0, 1), (), ["1 has judged; the class appears from 5."]),
        ((), (), ["Nobody has judged on a phone; the class appears from 5."]),
        ((2, 4), (), ["Fewer than 5 gave a rating; the class appears from 5."]),
        ((0, 9), (0, 3), ["After talking: 3 have judged; the class appears from 5."]),
        ((0, 9), (2, 4), ["After talking: fewer than 5 gave a rating; the class appears from 5."]),
        ((0, 9), (0, 9), ["How many moved is not shown: it could single out fewer than 5 people."]),
    ],
)
def test_a_small_group_is_withheld_and_the_codes_are_not(first, discussed, said):
    content = small_content.content()
    (item,) = content.vignettes.values()
    opened = ("first", "discussed") if discussed else ("first",)
    shown = reveal(content, case(item, first=first, discussed=discussed, opened=opened))
    assert shown["withheld"] == said
    (group,) = shown["groups"]
    assert [p["n"] for p in group["phases"]] == [
        sum(c[1:]) for c in (first, discussed) if sum(c[1:]) >= 5
    ]
    assert len(group["readings"]) == 1


def test_in_a_split_room_each_phone_finds_its_level_and_no_small_groups_size_is_said():
    readings = (
        small_content.reading(levels=("low",)),
        small_content.reading(stance="prohibited", levels=("mid", "high")),
    )
    content = small_content.content(
        small_content.vignette(levels=("low", "mid", "high"), readings=readings)
    )
    (item,) = content.vignettes.values()
    first = {"low": (0, 3), "mid": (0, 2), "high": (1, 0, 7)}
    shown = reveal(content, case(item, "split", first=first, opened=("first",)))
    low, others = shown["groups"]
    assert (low["levels"], low["label"], low["phases"]) == ("low", "at low", [])
    assert (others["levels"], others["label"]) == ("mid+high", "at mid / at high")
    assert [(p["counts"], p["skips"]) for p in others["phases"]] == [([2, 7, 0, 0, 0], 1)]
    assert [g["readings"][0]["band"] for g in shown["groups"]] == [[2, 4], [1, 1]]
    assert shown["withheld"] == [
        "At low, alone: fewer than 5 gave a rating; the class appears from 5."
    ]
    assert shown["sentences"] == [
        "At mid / at high, alone: most often 2, under rare conditions (7 of 9)."
    ]


def test_a_fixed_level_is_named_alone():
    content = small_content.content(small_content.vignette(levels=("low", "high")))
    (item,) = content.vignettes.values()
    (group,) = reveal(content, case(item, "high", first=(0, 9), opened=("first",)))["groups"]
    assert (group["levels"], group["label"], group["phases"][0]["counts"]) == (
        "high",
        "at high",
        [9, 0, 0, 0, 0],
    )


def test_readings_of_one_block_that_differ_in_words_are_both_there():
    readings = tuple(
        small_content.reading(levels=(x,), why=f"Invented for {x}.") for x in ("low", "high")
    )
    content = small_content.content(
        small_content.vignette(levels=("low", "high"), readings=readings)
    )
    (item,) = content.vignettes.values()
    (group,) = reveal(content, case(item, "split", first={"low": (0, 3), "high": (0, 4)}))["groups"]
    assert [(r["code"], r["why"]) for r in group["readings"]] == [
        ("aca-2014 (at low)", "Invented for low."),
        ("aca-2014 (at high)", "Invented for high."),
    ]


def test_a_show_of_hands_stands_apart_and_only_from_five_on():
    content = small_content.content()
    (item,) = content.vignettes.values()
    shown = reveal(
        content, case(item, hands={"first": (1, 2, 3, 0, 0), "discussed": (4, 0, 0, 0, 0)})
    )
    assert shown["hands"] == [
        {"phase": "first", "label": "By hand, alone", "n": 6, "counts": [1, 2, 3, 0, 0]}
    ]
    assert shown["withheld"][-1] == "By hand, after talking: fewer than 5 hands."
    assert shown["groups"][0]["phases"] == []


def test_another_wording_is_not_counted():
    content = small_content.content()
    (item,) = content.vignettes.values()
    given = case(item, first=(0, 9), opened=("first",))
    old = tuple((row[0], "f" * 12, *row[2:]) for row in given.frozen.ratings)
    shown = reveal(content, replace(given, frozen=Frozen(old, ())))
    assert shown["groups"][0]["phases"] == []
    assert shown["withheld"] == [
        "Nobody has judged on a phone; the class appears from 5.",
        "Judgments of an earlier wording of this case are not shown: the course now asks another.",
    ]


def test_ties_are_said_as_they_are():
    content = small_content.content()
    (item,) = content.vignettes.values()
    two = reveal(content, case(item, first=(0, 4, 4, 0, 1), opened=("first",)))["sentences"]
    assert two == ["Alone: most often 1, never ethical and 2, under rare conditions (4 each of 9)."]
    assert reveal(content, case(item, first=(0, 2, 2, 2), opened=("first",)))["sentences"] == [
        "Alone: spread over the scale."
    ]


@pytest.mark.process
def test_until_the_reveal_no_heavy_library_is_needed():
    heavy = ("pandas", "anywidget", "matplotlib")
    code = f"import sys, boundaries.lectures.server.state; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_few_who_judged_once_are_left_out_and_it_is_said():
    content = small_content.content()
    (item,) = content.vignettes.values()
    moves = [("first", 2, "discussed", 3, 9), ("first", 3, "discussed", 3, 6)]
    found = reveal(content, case(item, first=(0, 0, 10, 7), discussed=(0, 0, 0, 15), moves=moves))
    (group,) = found["groups"]
    assert [(p["phase"], p["counts"]) for p in group["phases"]] == [
        ("first", [0, 9, 6, 0, 0]), ("discussed", [0, 0, 15, 0, 0]),
    ]  # fmt: skip
    assert [move["text"] for move in group["moves"]] == [
        "15 rated it both times: 6 stayed, 0 became stricter, 9 more permissive."
    ]
    assert found["withheld"] == [
        "Shown are those who judged both times. Fewer than 5 judged only once; they are left out."
    ]
