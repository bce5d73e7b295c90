"""What the host decides beside the stages: how many may come in, a new code, which reasons are seen."""

from __future__ import annotations

import asyncio
import json

import pytest
from class_server import HOST, Room, in_room, judgment

from boundaries.answers.judgments import reason_id
from boundaries.lectures.rounds import records


def room(scenario):
    """A test of a server in this process."""

    def test(fresh_store):
        in_room(fresh_store, scenario)

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


async def host(room: Room, code: str, word: str, body=None):
    path = f"/api/sessions/{code}/{word}"
    if body is None:
        return await room.get(path, headers=HOST)
    return await room.post(path, body, headers=HOST)


async def say(room: Room, code: str, texts, **more):
    """Judgments of as many people, with these reasons."""
    for n, text in enumerate(texts):
        sent = judgment(f"{n + 1:032x}", rating=1 + n % 5, reason=text, **more)
        assert (await room.judge(code, sent)).status_code == 201


REASONS = ["Money first.", "It is only tiles.", "A favour returned", "Who could say no?", "Never."]


# -- the room ---------------------------------------------------------------------------------------


@room
async def test_the_host_says_how_many_are_in_the_room_and_somewhat_more_may_come(room):
    code = await room.lecture()
    state = (await host(room, code, "room", {"people": 2})).json()
    assert (state["people"], state["room"]) == (2, 12)
    assert (await host(room, code, "room", {"people": 400})).json()["room"] == 500
    assert (await host(room, code, "room", {"people": 5000})).json()["room"] == 5000
    await host(room, code, "room", {"people": 2})
    await room.stage(code, "tiles", "first")
    found = await room.judge(code, [judgment(f"{n:032x}") for n in range(13)])
    assert [r["status"] for r in found.json()["receipts"]] == ["stored"] * 12 + ["full"]
    full = (
        "This lecture has 12 participants, and takes no more. "
        "Tell your lecturer, who can make more room."
    )
    assert found.json()["receipts"][-1]["text"] == f"{full} Your judgment was not stored."
    joined = await room.post(f"/api/sessions/{code}/join", {"token": f"{99:032x}"})
    assert (joined.status_code, joined.json()["error"]) == (409, full)
    await host(room, code, "room", {"people": 20})
    joined = await room.post(f"/api/sessions/{code}/join", {"token": f"{99:032x}"})
    assert joined.status_code == 200


@room
async def test_nobody_but_the_host_makes_the_room_larger(room):
    code = await room.lecture()
    assert (await room.post(f"/api/sessions/{code}/room", {"people": 9})).status_code == 401
    for people in (0, -1, 5001, 2.5, "3", None, True):
        assert (await host(room, code, "room", {"people": people})).status_code == 422


def test_a_store_from_before_opens_and_gets_the_table_of_settings(fresh_store):
    async def old(room: Room):
        code = await room.lecture()
        with room.store.writing() as connection:
            records.SETTINGS.drop(connection)

        async def later(again: Room):
            state = (await again.get(f"/api/sessions/{code}")).json()
            assert (state["people"], state["room"]) == (None, 5000)
            refused = await host(again, code, "reasons")
            assert refused.json() == {"rounds": []}
            assert (await host(again, code, "plan")).json()["reasons"] is False

        again = Room(room.store, room.server.content)
        await later(again)
        await again.server.close()

    in_room(fresh_store, old)


# -- a new code -------------------------------------------------------------------------------------


@room
async def test_begun_anew_the_old_code_is_over_and_the_new_one_stands_at_its_case(room):
    code = await room.lecture(session="lecture-a")
    await room.stage(code, "barter", "first")
    body = {"title": "Rehearsal", "vignettes": ["tiles", "barter"], "session": "lecture-b"}
    made = await room.post("/api/sessions", body | {"instead_of": code}, headers=HOST)
    assert made.status_code == 201
    assert (made.json()["state"]["stage"], made.json()["state"]["place"]) == ("lobby", 2)
    assert (await room.get(f"/api/sessions/{code}")).json()["stage"] == "over"


@room
async def test_begun_anew_it_is_safe_to_ask_again_when_the_end_of_the_old_one_failed(room):
    code = await room.lecture(session="lecture-a")
    body = {"title": "Rehearsal", "vignettes": ["tiles"], "session": "lecture-b"}
    body["instead_of"] = code
    move = room.server.halls.move
    room.server.halls.move = lambda *_: (_ for _ in ()).throw(OSError("gone"))
    assert (await room.post("/api/sessions", body, headers=HOST)).status_code == 500
    room.server.halls.move = move
    await asyncio.sleep(0)
    again = await room.post("/api/sessions", body, headers=HOST)
    assert again.status_code == 200
    third = await room.post("/api/sessions", body, headers=HOST)
    assert third.json()["code"] == again.json()["code"] != code
    assert (await room.get(f"/api/sessions/{code}")).json()["stage"] == "over"
    unknown = await room.post("/api/sessions", body | {"instead_of": "00000000"}, headers=HOST)
    assert unknown.status_code == 404


@room
async def test_the_cases_of_the_course_are_there_for_the_host_to_choose_from(room):
    assert (await room.get("/api/course")).status_code == 401
    course = (await room.get("/api/course", headers=HOST)).json()
    cases = [case["id"] for kind in course["types"] for case in kind["cases"]]
    assert sorted(cases) == ["barter", "drink", "tiles"]


# -- who comes late ---------------------------------------------------------------------------------


@room
async def test_the_codes_can_be_asked_for_once_the_class_has_seen_them_and_not_before(room):
    code = await room.lecture()
    path = f"/api/sessions/{code}/codes"
    assert (await room.get(path)).status_code == 409
    for stage in ("first", "discuss", "discussed"):
        await room.stage(code, "tiles", stage)
        assert (await room.get(path)).status_code == 409
    await say(room, code, REASONS, phase="discussed")
    await room.stage(code, "tiles", "reveal")
    assert (await room.get(path)).status_code == 200
    await room.stage(code, "tiles", "informed")
    shown = (await room.get(path)).json()
    assert shown["item"] == "tiles"
    assert [set(group) for group in shown["groups"]] == [{"levels", "label", "readings"}]
    assert shown["groups"][0]["readings"]
    await room.stage(code, "barter", "first")
    assert (await room.get(path)).status_code == 409


# -- reasons ----------------------------------------------------------------------------------------


async def revealed(room: Room, texts=REASONS, **more) -> str:
    code = await room.lecture(reasons=True, **more)
    await room.stage(code, "tiles", "first")
    await say(room, code, texts)
    await room.stage(code, "tiles", "reveal")
    return code


@room
async def test_the_host_reads_reasons_after_the_reveal_and_ticks_what_the_class_sees(room):
    code = await room.lecture(reasons=True)
    await room.stage(code, "tiles", "first")
    form = (await room.get(f"/api/sessions/{code}")).json()["case"]["levels"][""]["form"]
    assert "your lecturer may show some reasons to the class" in form["reason"]["hint"]
    texts = [*REASONS, "One more.", "  Never. ", ""]
    await say(room, code, texts)
    assert (await host(room, code, "reasons")).json() == {"rounds": []}
    early = await host(room, code, "reasons", {"vignette": "tiles", "phase": "first", "ids": []})
    assert (early.status_code, early.json()["error"]) == (
        409,
        "The round 'first' of 'tiles' was not revealed yet. Show it first.",
    )
    state = (await room.stage(code, "tiles", "reveal")).json()
    assert state["reveal"]["reasons"] == []
    (alone,) = (await host(room, code, "reasons")).json()["rounds"]
    assert (alone["phase"], alone["label"], alone["withheld"]) == ("first", "Alone", "")
    assert sorted(r["text"] for r in alone["reasons"]) == sorted({*REASONS, "One more."})
    assert [r["text"] for r in alone["reasons"]] != [*REASONS, "One more."]
    assert set(alone["reasons"][0]) == {"id", "text", "ticked"}
    shuffled = [r["id"] for r in alone["reasons"]]  # by a hash: no order in which rows lie
    assert shuffled == sorted(shuffled)
    ids = [r["id"] for r in alone["reasons"] if r["text"] != "One more."]
    tick = {"vignette": "tiles", "phase": "first", "ids": ids}
    state = (await host(room, code, "reasons", tick)).json()
    (shown,) = state["reveal"]["reasons"]
    assert sorted(shown["texts"]) == sorted(REASONS)
    assert "One more." not in json.dumps(state)
    (alone,) = (await host(room, code, "reasons")).json()["rounds"]
    assert sum(r["ticked"] for r in alone["reasons"]) == 5
    few = await host(room, code, "reasons", tick | {"ids": ids[:4]})
    assert few.status_code == 409
    assert few.json()["error"] == (
        "4 reasons are ticked. The class sees 5 or more, or none: "
        "fewer could point to those who wrote them."
    )
    twice = await host(room, code, "reasons", tick | {"ids": ids[:1] * 5})
    assert twice.status_code == 409
    other = await host(room, code, "reasons", tick | {"ids": [*ids, "0" * 16]})
    assert other.status_code == 422
    state = (await host(room, code, "reasons", tick | {"ids": []})).json()
    assert state["reveal"]["reasons"] == []


@room
async def test_fewer_than_five_reasons_are_shown_to_nobody(room):
    code = await revealed(room, [*REASONS[:4], "", "never.", REASONS[0]][:6])
    (alone,) = (await host(room, code, "reasons")).json()["rounds"]
    assert len(alone["reasons"]) == 5  # "never." is another text than "Never."
    code = await revealed(room, [*REASONS[:4], REASONS[0], ""], session="lecture-few")
    (alone,) = (await host(room, code, "reasons")).json()["rounds"]
    assert alone["reasons"] == []
    assert alone["withheld"] == (
        "Fewer than 5 gave a reason of their own in this round; none is shown."
    )


@room
async def test_after_somebodys_answers_were_removed_fewer_than_five_reasons_vanish(room):
    code = await revealed(room)
    (alone,) = (await host(room, code, "reasons")).json()["rounds"]
    ids = [r["id"] for r in alone["reasons"]]
    body = {"vignette": "tiles", "phase": "first", "ids": ids}
    state = (await host(room, code, "reasons", body)).json()
    assert len(state["reveal"]["reasons"][0]["texts"]) == 5
    session = room.server.halls.hall(code).session
    gone = room.store.judgments(session)[0]
    room.store.forget(session, gone.participant)
    ticked = room.server.halls.settings(code)["reasons tiles first"]  # only their hashes
    assert (len(ticked), reason_id(gone.reason) in ticked) == (4, False)
    assert ticked == sorted(ticked)
    state = json.loads(await room.server.hub.refresh(code))
    assert state["reveal"]["reasons"] == []


@pytest.mark.parametrize("stage", ["lobby", "discuss", "informed", "over"])
def test_ticked_reasons_are_seen_in_the_reveal_alone(fresh_store, stage):
    async def scenario(room: Room):
        code = await revealed(room)
        (alone,) = (await host(room, code, "reasons")).json()["rounds"]
        ids = [r["id"] for r in alone["reasons"]]
        await host(room, code, "reasons", {"vignette": "tiles", "phase": "first", "ids": ids})
        state = (await room.stage(code, "tiles", stage)).json()
        assert state["reveal"] is None
        assert not any(reason in json.dumps(state) for reason in REASONS)

    in_room(fresh_store, scenario)


@room
async def test_where_the_form_promised_that_no_reason_is_shown_none_is(room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    form = (await room.get(f"/api/sessions/{code}")).json()["case"]["levels"][""]["form"]
    assert "never shown on the screen" in form["reason"]["hint"]
    await say(room, code, REASONS)
    await room.stage(code, "tiles", "reveal")
    assert (await host(room, code, "plan")).json()["reasons"] is False
    refused = await host(room, code, "reasons")
    assert refused.status_code == 409
    assert refused.json()["error"] == (
        "This lecture was begun without showing reasons, and its form promises that none is shown. "
        "Begin another lecture with reasons."
    )
