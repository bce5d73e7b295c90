"""What strangers send: wrong codes and keys, floods, broken and oversized bodies, other websites' pages, odd paths."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket

import httpx
import pytest
from class_server import BASE, HOST, Room, in_room, judgment

from boundaries.lectures.server import guard, limits
from boundaries.lectures.server.app import make_app
from boundaries.lectures.server.guard import CSP
from boundaries.lectures.server.limits import Buckets, Later, RateLimits, Seen

TOKEN = "0123456789abcdef0123456789abcdef"
ELSEWHERE = "198.51.100.9"
NAME = socket.gethostname()


def room(scenario):
    def test(fresh_store):
        in_room(fresh_store, scenario)

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


def stand_still(room: Room):
    """No bucket fills again, however slow this machine is; and a guess is looked up at once."""
    room.server._codes.pause = room.server._host_keys.pause = 0.0
    room.server.limits = RateLimits(clock=lambda: 0.0)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


# -- the host's key --------------------------------------------------------------------------------------------------

ORDERS = {
    "POST /api/sessions": {"title": "Mine", "vignettes": ["tiles"]},
    "POST /api/sessions/{}/stage": {"vignette": "tiles", "stage": "first"},
    "POST /api/sessions/{}/clock": {"seconds": 5},
    "POST /api/sessions/{}/room": {"people": 5},
    "POST /api/sessions/{}/reasons": {"vignette": "tiles", "phase": "first", "ids": []},
    "GET /api/sessions/{}/reasons": None,
    "GET /api/course": None,
    "POST /api/sessions/{}/level": {"vignette": "drink", "level": "wine"},
    "POST /api/sessions/{}/hands": {
        "vignette": "tiles",
        "phase": "first",
        "counts": [9, 9, 9, 9, 9],
    },
    "GET /api/sessions/{}/plan": None,
    "GET /api/sessions/{}/tally": None,
    "GET /api/sessions/{}/export": None,
}


@pytest.mark.slow
@room
async def test_without_the_key_nobody_is_host_and_nothing_changes(room: Room):
    code = await room.lecture()
    before = room.server.halls.hall(code)
    for order, body in ORDERS.items():
        method, path = order.format(code).split()
        none = await room.client().request(method, path, json=body)
        said = "This is for the host. Send the host key as 'Authorization: Bearer KEY'."
        assert error(none) == (401, said), order
        assert none.headers["www-authenticate"] == "Bearer"
        for wrong in (
            "Bearer wrong",
            f"Basic {HOST['Authorization'][7:]}",
            "Bearer ",
            f"{HOST['Authorization']}x",
        ):
            found = await room.client().request(
                method, path, json=body, headers={"Authorization": wrong}
            )
            assert found.status_code in (401, 403), (order, wrong)
    assert room.server.halls.hall(code) == before
    assert room.server.halls.turn(code, "tiles").hands == {}


@room
async def test_a_wrong_key_is_said_to_be_wrong(room: Room):
    found = await room.post("/api/sessions", {}, headers={"Authorization": "Bearer wrong"})
    assert error(found) == (
        403,
        "This is not a host key of this server. Copy the one that it printed.",
    )


@room
async def test_guessing_keys_runs_dry_and_the_right_key_still_works(room: Room):
    path = f"/api/sessions/{await room.lecture()}/plan"
    stand_still(room)
    statuses = [
        (await room.get(path, headers={"Authorization": f"Bearer guess-{n}"})).status_code
        for n in range(62)
    ]
    assert statuses == [403] * 60 + [429] * 2
    assert (await room.get(path, headers=HOST)).status_code == 200


@room
async def test_a_key_that_another_process_was_given_is_known_here(room: Room):
    room.server.halls.add_key("a-key-of-another-process")
    path = f"/api/sessions/{await room.lecture()}/plan"
    assert (
        await room.get(path, headers={"Authorization": "Bearer a-key-of-another-process"})
    ).status_code == 200


# -- codes -----------------------------------------------------------------------------------------------------------


@room
async def test_a_code_is_read_however_it_was_typed(room: Room):
    code = await room.lecture()
    for typed in (code, code.lower(), f"{code[:4]}-{code[4:]}", f"{code[:4]} {code[4:]}"):
        assert (await room.get(f"/api/sessions/{typed}")).status_code == 200


@room
async def test_guessed_codes_run_dry_and_one_that_exists_is_never_refused(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    stand_still(room)
    said = "There is no lecture of this code. Compare it with the code on the screen."
    guesses = [f"{n:08}" for n in range(61)]
    for guess in guesses[:60]:
        assert error(await room.get(f"/api/sessions/{guess}", address=ELSEWHERE)) == (404, said)
    dry = await room.get(f"/api/sessions/{guesses[60]}", address=ELSEWHERE)
    said = (
        "There is no lecture of this code, and too many wrong ones came from this network. "
        "Compare it with the code on the screen. Try again in 2 seconds."
    )
    assert error(dry) == (429, said)
    assert dry.headers["retry-after"] == "2"
    assert (await room.get(f"/{guesses[60]}", address=ELSEWHERE)).status_code == 429
    # A classmate behind the same address opens the lecture for the first time, joins and judges.
    assert (await room.get(f"/api/sessions/{code}", address=ELSEWHERE)).status_code == 200
    assert (await room.get(f"/{code[:4]}-{code[4:]}", address=ELSEWHERE)).status_code == 200
    path = f"/api/sessions/{code}/join"
    assert (await room.post(path, {"token": TOKEN}, address=ELSEWHERE)).status_code == 200
    assert (await room.judge(code, judgment(), address=ELSEWHERE)).status_code == 201


@room
async def test_a_classmate_who_guesses_cannot_lock_the_host_out(room: Room):
    code = await room.lecture()
    stand_still(room)
    for n in range(80):
        await room.get(f"/api/sessions/{n:08}")
    room.server.halls.add_key("a-host-key-that-nobody-has-used-here-yet")
    headers = {"Authorization": "Bearer a-host-key-that-nobody-has-used-here-yet"}
    assert (await room.get(f"/api/sessions/{code}/plan", headers=headers)).status_code == 200


@room
async def test_a_lecture_is_found_in_the_moment_in_which_it_was_made_elsewhere(room: Room):
    from boundaries.lectures.rounds.halls import Halls

    other = Halls(room.store, room.server.content)
    for n in range(5):
        assert (await room.get(f"/api/sessions/{n:08}")).status_code == 404
        hall, _ = other.create("Elsewhere", ["tiles"])
        assert (await room.get(f"/api/sessions/{hall.code}")).status_code == 200
    other.close()


@room
async def test_a_thousand_guesses_at_once_are_few_questions_to_the_database(room: Room):
    known = room.server._codes
    asked = []
    old = known._read
    known._read = lambda: asked.append(1) or old()
    found = await asyncio.gather(*(known.has(f"{n:08}") for n in range(1_000)))
    assert not any(found)
    assert len(asked) <= 2


@pytest.mark.slow
@room
async def test_what_cannot_be_a_code_is_not_looked_up_and_costs_nothing(room: Room):
    for n in range(100):
        assert (await room.get(f"/api/sessions/favicon{n}")).status_code == 404
    assert (await room.get(f"/api/sessions/{await room.lecture()}")).status_code == 200


# -- floods ----------------------------------------------------------------------------------------------------------


@room
async def test_one_token_sends_twenty_at_once_and_then_one_a_second(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    stand_still(room)
    body = judgment(TOKEN)
    statuses = [(await room.judge(code, body | {"revision": n})).status_code for n in range(22)]
    assert statuses == [201] * 20 + [429] * 2
    refused = await room.judge(code, body)
    said = "This participant sent too much at once, and nothing of this was stored. Try again in 1 second."
    assert error(refused) == (429, said)
    assert refused.headers["retry-after"] == "1"
    assert (
        await room.judge(code, judgment())
    ).status_code == 201  # another phone beside it is not held up


@room
async def test_a_campus_behind_one_address_votes_and_ten_thousand_tokens_do_not(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    stand_still(room)
    stored = refused = 0
    tokens = [secrets.token_hex(16) for _ in range(10_000)]
    for start in range(0, len(tokens), 100):
        found = await room.judge(code, [judgment(token) for token in tokens[start : start + 100]])
        stored += 100 if found.status_code == 201 else 0
        refused += found.status_code == 429
    assert (stored, refused) == (500, 95)
    known = await room.judge(code, judgment(tokens[0], rating=4))
    assert known.status_code == 201  # who was there goes on judging
    assert (await room.judge(code, judgment(), address=ELSEWHERE)).status_code == 201


def test_a_hall_of_2500_behind_one_address_is_in_within_a_minute_and_a_half():
    now = 0.0
    limits = RateLimits(clock=lambda: now)
    campus = {"client": ("192.0.2.7", 1)}
    waiting, told = [f"{n:032x}" for n in range(2_500)], set()
    while waiting:
        try:
            limits.take_part(campus, "K7QF2MWD", [waiting[-1]])
            waiting.pop()
        except Later as later:
            told.add(later.seconds)
            now += later.seconds
    assert told == {1}
    assert now <= 90


def test_two_addresses_cannot_fill_a_room_before_anybody_looks():
    from boundaries.lectures.rounds.standing import MOST

    limits = RateLimits(clock=lambda: 0.0)
    joined = 0
    for host in ("192.0.2.7", "192.0.2.8"):
        for n in range(5_000):
            try:
                limits.take_part({"client": (host, 1)}, "K7QF2MWD", [f"{host}{n}"])
                joined += 1
            except Later:
                break
    assert joined <= MOST // 5


def test_buckets_fill_again_and_forget_who_is_quiet():
    now = 0.0
    buckets = Buckets(3, 2, most=4, clock=lambda: now)
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    now = 0.4
    assert round(buckets.wait("a"), 3) == 0.1
    now = 0.5
    assert (buckets.take("a"), buckets.wait("a")) == (0.0, 0.5)
    now = 100.0
    for key in "bcdefghij":
        buckets.take(key)
    assert len(buckets._left) <= 4


def test_a_bucket_that_is_in_use_outlives_those_that_are_full_again():
    now = 0.0
    buckets = Buckets(2, 1, most=4, clock=lambda: now)
    for key in "abc":
        buckets.take(key)
    now = 10.0
    for _ in range(2):
        buckets.take("d")
    buckets.take("e")
    assert buckets.wait("d") == 1.0


def test_what_was_seen_is_forgotten_in_its_order():
    seen = Seen(2)
    for thing in "aba":
        seen.add(thing)
    seen.add("c")
    assert ["a" in seen, "b" in seen, "c" in seen] == [False, True, True]


def test_an_address_is_a_salted_hash_and_a_household_of_ipv6_is_one():
    def of(host, here=RateLimits()):  # noqa: B008 - one for all calls
        return here.address({"client": (host, 1)})

    assert of("192.0.2.7") != RateLimits().address({"client": ("192.0.2.7", 1)})
    assert len({of("192.0.2.7"), of("::ffff:192.0.2.7")}) == 1
    assert len({of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9")}) == 1
    assert (
        len({of("2001:db8:1:2::1"), of("2001:db8:1:3::1"), of("192.0.2.8"), of("a-socket-file")})
        == 4
    )
    assert b"192" not in of("192.0.2.7")


def test_a_sentence_says_when_to_come_again():
    assert str(Later("Too much.", 0.2)) == "Too much. Try again in 1 second."
    assert str(Later("Too much.", 2.1)) == "Too much. Try again in 3 seconds."
    assert "43 million" in limits.__doc__  # the numbers of the module's text
    assert 500 * 86_400 == 43_200_000
    assert round(100 * (43_200_000 * 100) / 2**40, 1) == 0.4


# -- bodies ----------------------------------------------------------------------------------------------------------

GOOD = json.dumps(judgment(TOKEN))
BROKEN = {
    "": "The request is not JSON, or was cut off (line 1). Send plain JSON in UTF-8.",
    "{": "The request is not JSON, or was cut off (line 1). Send plain JSON in UTF-8.",
    GOOD + GOOD: "The request is not JSON, or was cut off (line 1). Send plain JSON in UTF-8.",
    "null": "null came. Send one judgment, or a list of 1 to 100.",
    '"text"': "'text' came. Send one judgment, or a list of 1 to 100.",
    "[]": "0 judgments came. Send one judgment, or a list of 1 to 100.",
    "["
    + ",".join([GOOD] * 101)
    + "]": "101 judgments came. Send one judgment, or a list of 1 to 100.",
    "[[]]": "judgments[1]: a list came where an object with 'token', 'vignette', 'phase', 'rating', 'confidence' is "
    "needed.",
    "{}": "'token' is missing. It is 32 hex digits.",
    GOOD.replace(
        "}", ', "rating": 5}'
    ): "The request names 'rating' twice. Send plain JSON in UTF-8.",
    GOOD.replace(
        '"rating": 2', '"rating": NaN'
    ): "The request holds NaN, which is not a number. Send plain JSON in UTF-8.",
    GOOD.replace(
        '"rating": 2', '"rating": -Infinity'
    ): "The request holds -Infinity, which is not a number. Send plain JSON in UTF-8.",
    GOOD.replace(
        '"rating": 2', f'"rating": {"9" * 5000}'
    ): "The request holds a number of 5,000 digits. Send plain JSON in UTF-8.",
    GOOD.replace(
        '"rating": 2', '"rating": 1e999'
    ): "'rating' is inf. It must be a whole number of at most nine digits, or null.",
    GOOD.replace('"rating": 2', '"rating": 99999999999'): "'rating' is 99999999999. "
    "It must be a whole number of at most nine digits, or null.",
    GOOD.replace(
        "}", ', "revision": 2147483648}'
    ): "'revision' is 2147483648. It must be a whole number from 0 to 2,147,483,647.",
    GOOD.replace(
        '"rating": 2', '"rating": 2.0'
    ): "'rating' is 2.0. It must be a whole number of at most nine digits, or null.",
    GOOD.replace(
        '"rating": 2', '"rating": true'
    ): "'rating' is true. It must be a whole number of at most nine digits, or null.",
    GOOD.replace(
        '"rating": 2', '"rating": {}'
    ): "'rating' is an object. It must be a whole number of at most nine digits, or null.",
    GOOD.replace(
        '"rating": 2', '"rating": "\\ud800"'
    ): "'rating' is '\\ud800'. It must be a whole number of at most nine digits, or null.",
    GOOD.replace(TOKEN, TOKEN.upper()): f"'token' is '{TOKEN.upper()}'. It must be 32 hex digits.",
    GOOD.replace(TOKEN, TOKEN + "\\n"): f"'token' is '{TOKEN}\\n'. It must be 32 hex digits.",
    GOOD.replace(
        '"tiles"', '"../tiles"'
    ): "'vignette' is '../tiles'. It must be an id such as 'tiles-at-cost'.",
    GOOD.replace(
        '"tiles"', '"\\ud800"'
    ): "'vignette' is '\\ud800'. It must be an id such as 'tiles-at-cost'.",
    GOOD.replace(
        '"first"', '"last"'
    ): "'phase' is 'last'. It must be 'first', 'discussed' or 'informed'.",
    GOOD.replace(
        '"first"', '["first"]'
    ): "'phase' is a list. It must be 'first', 'discussed' or 'informed'.",
    GOOD.replace(
        "}", ', "participant": "x"}'
    ): "'participant' is not a field here. Allowed: 'token', 'vignette', "
    "'phase', 'rating', 'confidence', 'reason', 'revision', 'wording', 'level'.",
    GOOD.replace(
        "}", ', "revision": -1}'
    ): "'revision' is -1. It must be a whole number from 0 to 2,147,483,647.",
    GOOD.replace("}", ', "reason": 5}'): "'reason' is 5. It must be text.",
    GOOD.replace(
        "}", ', "reason": "\\u0000"}'
    ): "The reason for 'tiles' holds a character that cannot be stored. "
    "Type it again without pasting.",
    GOOD.replace(
        "}", ', "reason": "\\udc00"}'
    ): "The reason for 'tiles' holds a character that cannot be stored. "
    "Type it again without pasting.",
    GOOD.replace(
        "}", f', "reason": "{"a" * 501}"}}'
    ): "The reason for 'tiles' has 501 characters. At most 500 are kept. Shorten it.",
    GOOD.replace(
        '"tiles"', '"not-there"'
    ): "'not-there' is not a case of this lecture. Reload the page.",
    "[" * 20_000: "The request is nested too deeply. Send plain JSON in UTF-8.",
}


def test_no_broken_body_is_stored_and_each_gets_a_sentence(fresh_store):
    async def scenario(room):
        code = await room.lecture()
        await room.stage(code, "tiles", "first")
        for number, (body, said) in enumerate(BROKEN.items()):
            sent = (
                body.replace(TOKEN, f"{number:032x}") if "'token' is" not in said else body
            )  # no token's bucket
            found = await room.client().post(
                f"/api/sessions/{code}/judgments",
                content=sent,
                headers={"Content-Type": "application/json"},
            )
            assert error(found) == (422, said), body[:80]
        raw = await room.client().post(
            f"/api/sessions/{code}/judgments",
            content=b"\xff\xfe",
            headers={"Content-Type": "application/json"},
        )
        assert error(raw) == (422, "The request is not text in UTF-8. Send plain JSON in UTF-8.")
        assert room.store.judgments(f"lecture-{code.lower()}") == []
        assert (await room.judge(code, json.loads(GOOD))).status_code == 201

    in_room(fresh_store, scenario)


@room
async def test_all_faults_of_a_list_are_named_at_once(room: Room):
    code = await room.lecture()
    found = await room.judge(code, [judgment(), judgment(rating="5"), judgment(vignette=7)])
    assert found.status_code == 422
    assert found.json()["errors"] == [
        "judgments[2]: 'rating' is '5'. It must be a whole number of at most nine digits, or null.",
        "judgments[3]: 'vignette' is 7. It must be an id such as 'tiles-at-cost'.",
    ]


@room
async def test_a_title_is_one_plain_line(room: Room):
    for title in ("", " ", "a\nb", "a\u2028b", "\ud800", "a" * 201, 5, None, ["a"], "a\x00"):
        body = json.dumps({"title": title, "vignettes": ["tiles"]})
        found = await room.client().post(
            "/api/sessions", content=body, headers=HOST | {"Content-Type": "application/json"}
        )
        assert found.status_code == 422, title
    for title in ("<script>alert(1)</script>", "Ethik – Montag 🙂", "'; DROP TABLE judgments; --"):
        made = await room.post(
            "/api/sessions", {"title": title, "vignettes": ["tiles"]}, headers=HOST
        )
        state = await room.get(f"/api/sessions/{made.json()['code']}")
        assert state.json()["title"] == title  # data in JSON, as it came
        assert state.headers["content-type"] == "application/json"


@room
async def test_html_in_every_field_comes_back_as_data_or_not_at_all(room: Room):
    code = await room.lecture()
    html = "<img src=x onerror=alert(1)>"
    for name in ("token", "vignette", "phase", "rating", "confidence", "wording", "level", html):
        found = await room.judge(code, judgment() | {name: html})
        assert found.status_code == 422
        assert found.headers["content-type"] == "application/json"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert html in found.json()["error"]


@room
async def test_a_body_that_is_too_long_is_not_read(room: Room):
    code = await room.lecture()
    big = await room.judge(code, [judgment(reason="a" * 600) for _ in range(100)])
    assert error(big) == (
        413,
        "The request is too long. At most 64,000 bytes are read. Send less at once.",
    )
    assert big.headers["connection"] == "close"
    small = await room.post(
        "/api/sessions", {"title": "a" * 16_000, "vignettes": ["tiles"]}, headers=HOST
    )
    assert error(small) == (
        413,
        "The request is too long. At most 16,000 bytes are read. Send less at once.",
    )


def ask(app, path, messages, headers=(), method="POST", client=("192.0.2.7", 1)):
    """What an app answers to raw ASGI messages, and how many of them it took."""
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json"), *headers],
        "client": client, "scheme": "http", "server": ("127.0.0.1", 8000), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    sent, taken = [], 0

    async def receive():
        nonlocal taken
        taken += 1
        found = messages(taken)
        return await found if asyncio.iscoroutine(found) else found

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    body = b"".join(m.get("body", b"") for m in sent[1:])
    return (sent[0]["status"] if sent else None), json.loads(body or b"{}").get("error"), taken


def test_a_body_without_a_length_is_read_no_further_than_it_may_go(fresh_store):
    from class_server import small

    app = make_app(fresh_store, small())
    path = "/api/sessions/00000000/judgments"
    chunk = {"type": "http.request", "body": b"a" * 10_000, "more_body": True}
    said = "The request is too long. At most 64,000 bytes are read. Send less at once."
    assert ask(app, path, lambda n: chunk) == (413, said, 7)
    for length in (b"64001", b"9" * 30, b"-5", b"abc"):
        assert ask(app, path, lambda n: chunk, [(b"content-length", length)]) == (413, said, 0)


def test_a_body_that_does_not_arrive_is_given_up(fresh_store):
    from class_server import small

    app = make_app(fresh_store, small(), patience=0.2)

    async def never(n):
        if n == 1:
            return {"type": "http.request", "body": b"{", "more_body": True}
        return await asyncio.sleep(60)

    said = "The request did not arrive within 0.2 seconds. Check the network, then send it again."
    assert ask(app, "/api/sessions", never) == (408, said, 2)


def test_a_sender_who_leaves_is_not_answered(fresh_store):
    from class_server import small

    app = make_app(fresh_store, small())
    assert ask(app, "/api/sessions", lambda n: {"type": "http.disconnect"}) == (None, None, 1)


# -- other websites --------------------------------------------------------------------------------------------------


@room
async def test_only_json_from_our_own_page_is_taken(room: Room):
    code = await room.lecture()
    await room.stage(code, "tiles", "first")
    path = f"/api/sessions/{code}/judgments"
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "",
    ):
        found = await room.client().post(path, content=GOOD, headers={"Content-Type": kind})
        assert error(found) == (415, "Send this as application/json.")
    said = "Another website sent this. Open the page of this server and send it from there."
    for origin in (
        "https://evil.example", "null", "http://127.0.0.1:8001", "http://127.0.0.1:8000.evil.example", "", "http://",
        "http://127.0.0.1:8000/", "http://evil@127.0.0.1:8000",
    ):  # fmt: skip
        assert error(await room.judge(code, json.loads(GOOD), headers={"Origin": origin})) == (
            403,
            said,
        ), origin
    assert room.store.judgments(f"lecture-{code.lower()}") == []
    assert (await room.judge(code, json.loads(GOOD), headers={"Origin": BASE})).status_code == 201
    charset = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await room.client().post(path, content=GOOD, headers=charset)).status_code == 201


def test_the_public_address_is_ours_too(fresh_store):
    async def scenario(room):
        code = await room.lecture()
        await room.stage(code, "tiles", "first")
        for host in ("class.example.org", "CLASS.example.org", "127.0.0.1:8000"):
            headers = {"Host": host, "Origin": "https://class.example.org"}
            assert (await room.judge(code, judgment(), headers=headers)).status_code == 201
        health = await room.get("/healthz")
        assert health.headers["strict-transport-security"] == "max-age=31536000"

    in_room(fresh_store, scenario, public_url="https://class.example.org")


@room
async def test_another_name_than_ours_is_refused_so_that_no_page_can_rebind_its_own(room: Room):
    code = await room.lecture()
    said = "This server does not go by that name. Open it by the address that it shows."
    for host in (
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "",
        "evil@127.0.0.1",
        "[",
        "a" * 300,
    ):
        assert error(await room.get(f"/api/sessions/{code}", headers={"Host": host})) == (
            421,
            said,
        ), host
    for host in (
        "127.0.0.1",
        "localhost:8000",
        "192.0.2.1:8000",
        "[::1]:8000",
        "[2001:db8::1]",
        NAME,
    ):
        assert (
            await room.get(f"/api/sessions/{code}", headers={"Host": host})
        ).status_code == 200, host
    assert (
        await room.get("/healthz", headers={"Host": "class-server-1:8000"})
    ).status_code == 200  # a prober's


@room
async def test_two_hosts_in_one_request_are_refused_wherever_ours_stands(room: Room):
    code = await room.lecture()
    said = "This request names two hosts. Send it with one Host header."
    ours, other = ("Host", "127.0.0.1:8000"), ("Host", "evil.example")
    for names in ([ours, other], [other, ours], [ours, ours]):
        for path in (f"/api/sessions/{code}", f"/{code[:4]}-{code[4:]}", "/", "/healthz"):
            assert error(await room.get(path, headers=names)) == (400, said), (path, names)


@room
async def test_every_answer_has_the_strict_headers(room: Room):
    code = await room.lecture()
    wanted = {
        "x-boundaries": "1",  # by which a phone tells it from the answer of a portal in between
        "content-security-policy": CSP,
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
    }
    assert "frame-ancestors 'none'" in CSP
    answers = [
        await room.get("/healthz"),
        await room.get(f"/api/sessions/{code}"),
        await room.get("/api/sessions/00000000"),
        await room.get(f"/{code[:4]}-{code[4:]}"),
        await room.get("/no/such/page"),
        await room.client().put(f"/api/sessions/{code}"),
        await room.judge(code, {}),
        await room.get(f"/api/sessions/{code}", headers={"Host": "evil.example"}),
    ]
    assert [a.status_code for a in answers] == [200, 200, 404, 200, 404, 405, 422, 421]
    for answer in answers:
        assert wanted.items() <= dict(answer.headers).items(), answer.url
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers
        assert "strict-transport-security" not in answer.headers  # this one is plain http


@room
async def test_a_cross_site_question_before_a_request_gets_no_leave(room: Room):
    found = await room.client().options(
        "/api/sessions",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert found.status_code == 403
    assert "access-control-allow-origin" not in found.headers


# -- paths, and errors of ours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2fetc/passwd", "/static/..%2f..%2fboundaries/store.py", "/static/%2e%2e/%2e%2e/pyproject.toml",
        "//evil.example/", "/%00", "/a%00b", "/%0d%0aSet-Cookie:a=b", "/static/%5c..%5c", "/api//sessions",
        "/api/sessions/%F0%9F%99%82", "/api/sessions/%ff%fe", "/api/sessions/" + "A" * 400, "/" + "a" * 10_000,
        "/static/", "/static/form.js.map", "/static/../form.js", "/.git/config", "/api/sessions/00000000/",
        "/api/sessions/00000000/no-such", "/api/sessions/%27%20OR%201=1", "/?" + "a" * 5_000, "/static/form.js%00.css",
    ],
)  # fmt: skip
def test_no_path_leads_anywhere_but_to_our_own_files(fresh_store, path):
    async def scenario(room):
        found = await room.client().get(httpx.URL(BASE).copy_with(raw_path=path.encode()))
        assert found.status_code in (400, 404, 414), (path, found.status_code)
        assert "root:" not in found.text

    in_room(fresh_store, scenario)


@room
async def test_a_mistake_of_ours_is_500_with_a_sentence_and_logs_only_its_kind_and_place(
    room: Room,
):
    secret = "a reason that nobody may log"

    async def mistaken(wish):
        raise ZeroDivisionError(f"{wish.token} {wish.reason}")

    room.server.writer.put = mistaken
    code = await room.lecture()
    with Logged() as logged:
        found = await room.judge(code, judgment(TOKEN, reason=secret))
    said = "The server made a mistake, and nothing of this was stored. Try again."
    assert error(found) == (500, said)
    assert len(logged.lines) == 1
    assert logged.lines[0].startswith("ZeroDivisionError in ")
    assert secret not in logged.lines[0]
    assert TOKEN not in logged.lines[0]


class Logged:
    """What the server's log gets meanwhile."""

    def __enter__(self):
        import logging

        self.lines = []
        self._handler = logging.Handler()
        self._handler.emit = lambda record: self.lines.append(self._handler.format(record))
        guard.log.addHandler(self._handler)
        return self

    def __exit__(self, *error):
        guard.log.removeHandler(self._handler)


@room
async def test_a_request_without_a_body_may_not_have_one(room: Room):
    code = await room.lecture()
    found = await room.client().request(
        "GET", f"/api/sessions/{code}/events", content=b"a" * 100_000
    )
    assert error(found) == (
        400,
        "This request carries a body, which is not read here. Send it without.",
    )
