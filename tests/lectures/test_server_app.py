"""The class server's HTTP, asked in this process: what each route takes and answers."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import time

import pytest
from class_server import HOST, Room, in_room, judgment

from boundaries.answers.codes import code_of
from boundaries.answers.store import Store
from boundaries.content import load
from boundaries.lectures.server import service

TOKEN = "0123456789abcdef0123456789abcdef"


def room(scenario):
    """A test from a scenario that takes a Room."""

    def test(fresh_store: Store):
        in_room(fresh_store, scenario)

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


# -- health, description -------------------------------------------------------------------------------------------


@room
async def test_healthz_says_that_the_store_answers(room: Room):
    found = await room.get("/healthz")
    assert (found.status_code, found.json()) == (200, {"ok": True})


@room
async def test_healthz_says_that_the_store_does_not(room: Room):
    room.store.path.unlink()
    room.store.path.mkdir()
    found = await room.get("/healthz")
    said = "The class server cannot reach its store at the moment. Try again in a moment."
    assert (found.status_code, found.json()) == (503, {"error": said})
    assert found.headers["retry-after"] == "2"


@room
async def test_the_description_is_served(room: Room):
    found = await room.get("/api/openapi.json")
    assert (found.status_code, found.json()["openapi"]) == (200, "3.1.0")


# -- a lecture, made and led ---------------------------------------------------------------------------------------


@room
async def test_a_lecture_is_made_with_its_addresses_and_its_state(room: Room):
    made = await room.post(
        "/api/sessions", {"title": "Monday", "vignettes": ["tiles", "drink"]}, headers=HOST
    )
    assert made.status_code == 201
    body = made.json()
    code = body["code"]
    url = f"http://127.0.0.1:8000/{code[:4]}-{code[4:]}"
    assert body == {
        "code": code,
        "join_url": url,
        "screen_url": f"{url}/screen",
        "session": f"lecture-{code.lower()}",
        "state": (await room.get(f"/api/sessions/{code}")).json(),
    }
    state = body["state"]
    assert (state["code"], state["title"], state["stage"], state["of"]) == (
        code,
        "Monday",
        "lobby",
        2,
    )


@room
async def test_the_same_session_id_is_the_same_lecture(room: Room):
    body = {"title": "Monday", "vignettes": ["tiles"], "session": "lecture-monday"}
    first = await room.post("/api/sessions", body, headers=HOST)
    again = await room.post("/api/sessions", body, headers=HOST)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_the_addresses_are_those_that_phones_can_open(fresh_store):
    async def scenario(room):
        made = await room.post(
            "/api/sessions", {"title": "Monday", "vignettes": ["tiles"]}, headers=HOST
        )
        assert (
            made.json()["join_url"].replace("-", "")
            == f"https://class.example.org/{made.json()['code']}"
        )

    in_room(fresh_store, scenario, public_url="https://class.example.org/")


@room
async def test_the_host_leads_through_a_case_and_everybody_sees_where_it_is(room: Room):
    code = await room.lecture()
    for stage in ("first", "discuss", "discussed", "reveal", "informed", "reveal", "over"):
        moved = await room.stage(code, "tiles", stage)
        assert (moved.status_code, moved.json()["stage"]) == (200, stage), moved.text
        assert (await room.get(f"/api/sessions/{code}")).json()["stage"] == stage


@room
async def test_a_reveal_waits_for_pandas_however_long_it_takes_to_load(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    await room.judge(code, judgment())
    loaded = []

    def slowly(name: str) -> None:
        if room.server.halls.hall(code).stage == "first":  # nothing has moved meanwhile
            time.sleep(0.5)
            loaded.append(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "import_module", slowly)
        patch.setattr(room.server.readers, "_patience", 0.4)
        shown = await room.stage(code, "tiles", "reveal")
    assert (shown.status_code, shown.json()["stage"]) == (200, "reveal"), shown.text
    assert loaded == [service.COUNTING]


@room
async def test_a_move_that_the_rounds_refuse_is_409_with_their_sentence(room: Room):
    code = await room.lecture()
    found = await room.stage(code, "tiles", "reveal")
    said = "Nobody has judged 'tiles' yet. Open its round 'first' before the reveal."
    assert (found.status_code, found.json()) == (409, {"error": said})


@room
async def test_the_countdown_is_set_added_to_and_cleared(room: Room):
    code = await room.lecture()
    set_ = (await room.stage(code, "tiles", "first", seconds=60)).json()["remaining"]
    more = (await room.post(f"/api/sessions/{code}/clock", {"seconds": 30}, headers=HOST)).json()[
        "remaining"
    ]
    none = (await room.stage(code, "tiles", "discuss")).json()["remaining"]
    assert 58 < set_ <= 60
    assert 88 < more <= 90
    assert none is None


@room
async def test_a_dial_is_fixed_or_split_before_anybody_judged(room: Room):
    code = await room.lecture()
    path = f"/api/sessions/{code}/level"
    assert (
        await room.post(path, {"vignette": "drink", "level": "wine"}, headers=HOST)
    ).status_code == 200
    plan = (await room.get(f"/api/sessions/{code}/plan", headers=HOST)).json()["vignettes"]
    assert [v["level"] for v in plan] == ["", "", "wine"]
    assert plan[2]["dial"] == {
        "fact": "price",
        "levels": [{"id": "coffee", "label": "at coffee"}, {"id": "wine", "label": "at wine"}],
    }
    await room.stage(code, "drink", "first")
    assert (await room.judge(code, judgment(vignette="drink"))).status_code == 201
    refused = await room.post(path, {"vignette": "drink", "level": "split"}, headers=HOST)
    assert refused.status_code == 409
    assert (
        "levels can be fixed or split before the first judgment" in refused.json()["error"].lower()
    )


@room
async def test_a_show_of_hands_is_kept_and_taken_back(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    path = f"/api/sessions/{code}/hands"
    for counts in ([3, 9, 12, 4, 1], []):
        kept = await room.post(
            path, {"vignette": "tiles", "phase": "first", "counts": counts}, headers=HOST
        )
        assert kept.status_code == 200
        hands = room.server.halls.turn(code, "tiles").hands
        assert hands == ({"first": tuple(counts)} if counts else {})


# -- phones --------------------------------------------------------------------------------------------------------


@room
async def test_a_phone_joins_and_is_counted_once(room: Room):
    code = await room.lecture()
    for _ in range(2):
        joined = await room.post(f"/api/sessions/{code}/join", {"token": TOKEN})
        assert joined.status_code == 200
        assert joined.json() == {"levels": {"drink": joined.json()["levels"]["drink"]}}
    assert room.server.halls.counts(code) == (1, 0)


@room
async def test_a_backup_code_is_the_notebooks_token(room: Room):
    code = await room.lecture()
    typed = code_of(TOKEN).lower().replace("-", " ")
    joined = await room.post(f"/api/sessions/{code}/join", {"backup": typed})
    assert (joined.status_code, joined.json()["token"]) == (200, TOKEN)
    slip = await room.post(f"/api/sessions/{code}/join", {"backup": typed[:-1] + "0"})
    said = "The code has a slip in it: its last sign does not fit the others. Compare it, sign by sign."
    assert (slip.status_code, slip.json()) == (422, {"error": said, "errors": [said]})


@room
async def test_a_judgment_is_answered_when_its_row_is_there(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    found = await room.judge(
        code, judgment(TOKEN, rating=2, reason="<b>small town</b>", revision=4)
    )
    assert found.status_code == 201
    assert found.json() == {
        "receipts": [
            {"vignette": "tiles", "phase": "first", "status": "stored", "text": "Sent and stored."}
            | {"rating": 2, "confidence": 3, "revision": 4}
        ]
    }
    (row,) = Store(room.store.path).judgments(f"lecture-{code.lower()}")
    assert (row.item, row.phase, row.rating, row.confidence, row.reason) == (
        "tiles",
        "first",
        2,
        3,
        "<b>small town</b>",
    )


@room
async def test_a_list_is_answered_in_its_order_and_stored_as_far_as_it_can_be(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    sent = [
        judgment(TOKEN, phase="informed"),
        judgment(TOKEN),
        judgment(TOKEN, "barter"),
        judgment(TOKEN, rating=9),
    ]
    found = await room.judge(code, sent)
    assert found.status_code == 201
    assert [r["status"] for r in found.json()["receipts"]] == [
        "closed",
        "stored",
        "closed",
        "invalid",
    ]


@room
async def test_nothing_stored_is_409_for_a_closed_round_and_422_for_no_judgment(room: Room):
    code = await room.lecture()
    closed = await room.judge(code, judgment(TOKEN))
    said = "This round is closed. Your judgment did not arrive in time and was not stored."
    assert (closed.status_code, closed.json()["error"]) == (409, said)
    assert closed.json()["receipts"][0]["status"] == "closed"
    await room.stage(code, "tiles", "first")
    wrong = await room.judge(code, judgment(TOKEN, rating=6))
    said = "6 is not a rating of 'tiles'. Choose 1 to 5 (1 = never ethical … 5 = always ethical)."
    assert (wrong.status_code, wrong.json()["error"], wrong.json()["errors"]) == (422, said, [said])
    assert wrong.json()["receipts"][0]["status"] == "invalid"


@room
async def test_300_judgments_at_once_are_300_rows(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    found = await asyncio.gather(
        *(room.judge(code, judgment(rating=1 + n % 5)) for n in range(300))
    )
    assert {f.status_code for f in found} == {201}
    assert len(Store(room.store.path).judgments(f"lecture-{code.lower()}")) == 300
    assert room.server.halls.counts(code) == (300, 300)


@room
async def test_a_store_that_is_gone_is_503_and_never_a_receipt(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    room.server.writer._wishes._write = lambda wishes: (_ for _ in ()).throw(OSError("gone"))
    broken = await room.judge(code, judgment())
    assert broken.status_code == 500
    assert broken.json() == {
        "error": "The server made a mistake, and nothing of this was stored. Try again."
    }

    async def silent(wish):
        from boundaries.errors import StoreError

        raise StoreError(
            "postgresql://boundaries:***@db/class: the database server does not answer."
        )

    room.server.writer.put = silent
    found = await room.judge(code, judgment())
    said = "The class server cannot reach its store at the moment. Try again in a moment."
    assert (found.status_code, found.json(), found.headers["retry-after"]) == (
        503,
        {"error": said},
        "2",
    )


# -- what leaves the server ----------------------------------------------------------------------------------------


async def judged_lecture(room: Room, students: int = 12) -> str:
    code = await room.lecture()
    tokens = [secrets.token_hex(16) for _ in range(students)]
    for phase in ("first", "discussed"):
        await room.stage(code, "tiles", phase)
        for n, token in enumerate(tokens):
            sent = await room.judge(code, judgment(token, phase=phase, rating=1 + n % 5))
            assert sent.status_code == 201
    return code


@room
async def test_before_the_reveal_tally_and_export_hold_nothing(room: Room):
    code = await judged_lecture(room)
    tally = (await room.get(f"/api/sessions/{code}/tally", headers=HOST)).json()
    export = (await room.get(f"/api/sessions/{code}/export", headers=HOST)).json()
    assert (tally["ratings"], tally["moves"], export["submissions"]) == ([], [], [])


@room
async def test_after_the_reveal_the_tally_is_what_was_released(room: Room):
    code = await judged_lecture(room)
    await room.stage(code, "tiles", "reveal")
    tally = (await room.get(f"/api/sessions/{code}/tally", headers=HOST)).json()
    assert (tally["session"], tally["title"], tally["minimum"]) == (
        f"lecture-{code.lower()}",
        "Rehearsal",
        5,
    )
    first = {row["rating"]: row["n"] for row in tally["ratings"] if row["phase"] == "first"}
    assert first == {1: 3, 2: 3, 3: 2, 4: 2, 5: 2}
    assert {row["confidence"] for row in tally["ratings"]} == {-1}
    assert sum(row["n"] for row in tally["moves"]) == 12


@room
async def test_four_who_judged_are_withheld_from_the_host_too(room: Room):
    code = await judged_lecture(room, students=4)
    await room.stage(code, "tiles", "reveal")
    tally = (await room.get(f"/api/sessions/{code}/tally", headers=HOST)).json()
    assert (tally["ratings"], tally["moves"]) == ([], [])
    assert tally["withheld"]


@room
async def test_the_export_is_submissions_that_the_course_reads(room: Room):
    from class_server import small

    from boundaries.answers.submissions import read

    code = await judged_lecture(room)
    await room.stage(code, "tiles", "reveal")
    export = (await room.get(f"/api/sessions/{code}/export", headers=HOST)).json()
    head = {name: export[name] for name in ("format", "version", "session", "title")}
    assert head == {
        "format": "boundaries-export", "version": 1, "session": f"lecture-{code.lower()}", "title": "Rehearsal",
    }  # fmt: skip
    assert len(export["submissions"]) == 12
    for one in export["submissions"]:
        submission = read(json.dumps(one).encode(), small())
        assert [j.phase for j in submission.judgments] == ["first", "discussed"]
        assert submission.consent is False


# -- pandas --------------------------------------------------------------------------------------------------------


def test_the_app_is_made_without_pandas():
    code = (
        "import sys, tempfile; import boundaries.lectures.server.app as app; "
        "from boundaries.answers.store import Store; from boundaries.content import load; "
        "app.make_app(Store(tempfile.mkdtemp() + '/a.sqlite'), load()); "
        "print([m for m in ('pandas', 'matplotlib', 'ipywidgets') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_courses_own_cases_make_a_lecture(fresh_store):
    course = load()

    async def scenario(room):
        code = await room.lecture(*course.vignettes)
        plan = (await room.get(f"/api/sessions/{code}/plan", headers=HOST)).json()["vignettes"]
        assert [v["id"] for v in plan] == list(course.vignettes)

    in_room(fresh_store, scenario, course=course)


@pytest.mark.parametrize("path", ["stage", "clock", "level", "hands", "join", "judgments"])
def test_a_code_that_is_not_there_is_404_on_every_route(fresh_store, path):
    bodies = {
        "stage": {"vignette": "tiles", "stage": "first"}, "clock": {"seconds": 5},
        "level": {"vignette": "drink", "level": "wine"}, "join": {"token": TOKEN}, "judgments": judgment(),
        "hands": {"vignette": "tiles", "phase": "first", "counts": [1, 1, 1, 1, 1]},
    }  # fmt: skip

    async def scenario(room):
        found = await room.post(f"/api/sessions/00000000/{path}", bodies[path], headers=HOST)
        said = "There is no lecture of this code. Compare it with the code on the screen."
        assert (found.status_code, found.json()) == (404, {"error": said})

    in_room(fresh_store, scenario)
