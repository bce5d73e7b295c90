"""What a phone keeps and sends, in a real browser before an invented server: no network, and no time that passes."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

WEB = Path(__file__).parent.parent.parent / "boundaries" / "web"
WAITING = "Waiting for the network. Your judgment is kept on this phone and sent by itself."
HARNESS = """
import { keeper, outbox } from "/outbox.js";
Math.random = () => 0.5;
let timers = [], asked = [], said = [], answer = null;
window.setTimeout = (what, ms) => timers.push({ what, ms }) - 1;
window.clearTimeout = (at) => { if (timers[at]) timers[at] = null; };
const log = (...what) => said.push(structuredClone(what));
const ask = (kind, token, judgments = null) => {
  asked.push(structuredClone({ kind, token, judgments }));
  return new Promise((resolve) => { answer = resolve; });
};
const server = { judge: (token, judgments) => ask("judge", token, judgments), join: (token) => ask("join", token) };
const view = {
  tell: (...what) => log("tell", ...what),
  refuse: (...what) => log("refuse", ...what),
  changed: () => log("changed"),
  words: (judgment) => `${judgment.rating}/${judgment.confidence}`,
};
const settled = async () => { for (let i = 0; i < 9; i += 1) await null; };
const taken = (list) => list.splice(0);
Object.assign(window, {
  memory: null, box: null, keeper,
  begin(how = {}) {
    localStorage.clear();
    timers = []; asked = []; said = []; answer = null;
    memory = keeper("phone");
    memory.change((all) => Object.assign(all, { levels: {} }, how));
    box = outbox(memory, { ...server, ...how.server }, view);
  },
  add: (round, rating, confidence = 3) => {
    const [vignette, phase] = round.split("/");
    box.add(round, { vignette, phase, rating, confidence, reason: "r" });
  },
  async reply(table) { answer(table); await settled(); },
  receipt: (...receipts) => reply({ table: { receipts } }),
  pauses: () => timers.filter(Boolean).map(({ ms }) => ms),
  async wake() { const { what } = timers.filter(Boolean)[0]; timers = []; what(); await settled(); },
  requests: () => taken(asked),
  heard: () => taken(said),
});
document.documentElement.dataset.ready = "yes";
"""


@pytest.fixture(scope="module")
def phone(browser):
    page = browser.new_page()

    def answer(route):
        name = route.request.url.rpartition("/")[2]
        if name == "harness.js":
            route.fulfill(body=HARNESS, content_type="text/javascript")
        elif name.endswith(".js"):
            route.fulfill(body=(WEB / name).read_text("utf-8"), content_type="text/javascript")
        else:
            page_of = '<!doctype html><script type="module" src="/harness.js"></script>'
            route.fulfill(body=page_of, content_type="text/html")

    page.route("http://phone.test/**", answer)
    page.goto("http://phone.test/")
    page.wait_for_selector("[data-ready]", state="attached")
    yield page
    page.close()


def sent(rating, revision, round="tiles/first", confidence=3):
    vignette, phase = round.split("/")
    answer = {"rating": rating, "confidence": confidence, "reason": "r", "revision": revision}
    return {"vignette": vignette, "phase": phase} | answer


def held(rating, revision, confidence=3):
    return {"rating": rating, "confidence": confidence, "reason": "", "revision": revision}


def test_a_phone_keeps_one_token_and_says_whether_it_lasts(phone):
    kept = phone.evaluate("""() => {
      localStorage.clear();
      const one = keeper("a"), other = keeper("a"), stranger = keeper("b");
      one.change((all) => { all.revision = 7; });
      return [one.read(), other.read(), stranger.read().token, one.lasting];
    }""")
    own, same, strangers, lasting = kept
    assert own == {"token": own["token"], "revision": 7, "outbox": {}, "mine": {}, "levels": None}
    assert (same, lasting) == (own, True)
    assert len({own["token"], strangers}) == 2
    assert all(len(token) == 32 and int(token, 16) for token in (own["token"], strangers))


@pytest.mark.parametrize("damaged", ["[1", "null", '"text"', '{"token": "x"}', '{"outbox": null}'])
def test_what_is_kept_and_cannot_be_read_begins_anew_and_lasts(phone, damaged):
    begun = phone.evaluate(
        """(damaged) => {
          localStorage.setItem("a", damaged);
          const memory = keeper("a");
          return [memory.read(), keeper("a").read(), memory.lasting];
        }""",
        damaged,
    )
    own = {"token": begun[0]["token"], "revision": 0, "outbox": {}, "mine": {}, "levels": None}
    assert begun == [own, own, True]
    assert len(own["token"]) == 32


def test_a_phone_of_an_earlier_page_goes_on(phone):
    token = "f" * 32
    kept = phone.evaluate(
        "(token) => { localStorage.setItem('a', JSON.stringify({ token })); return keeper('a').read(); }",
        token,
    )
    assert kept == {"token": token, "revision": 0, "outbox": {}, "mine": {}, "levels": None}


@pytest.mark.parametrize("refused", ["getItem", "setItem"])
def test_where_a_browser_keeps_nothing_the_page_remembers(phone, refused):
    kept = phone.evaluate(
        """(refused) => {
          localStorage.clear();
          localStorage.setItem("full", JSON.stringify({ token: "old", revision: 3 }));
          const own = Storage.prototype[refused];
          Storage.prototype[refused] = () => { throw new Error("no"); };
          const memory = keeper("full"), before = memory.read().token;
          memory.change((all) => { all.revision = 7; });
          const after = memory.read();
          Storage.prototype[refused] = own;
          return [before === after.token, after.revision, memory.lasting];
        }""",
        refused,
    )
    assert kept == [True, 7, False]


def test_a_phone_joins_once_and_keeps_its_levels_or_why_not(phone):
    joined = """async (answer) => {
      begin({ levels: null });
      box.send();
      box.send();
      await reply(answer);
      return [requests().map((r) => r.kind), heard(), memory.read().levels, memory.read().refusal, pauses()];
    }"""
    levels = phone.evaluate(joined, {"table": {"levels": {"car": "low"}}})
    assert levels == [["join"], [["changed"]], {"car": "low"}, None, []]
    refused = phone.evaluate(joined, {"status": 409, "table": {"error": "This lecture is full."}})
    assert refused == [["join"], [["changed"]], {}, "This lecture is full.", []]
    assert phone.evaluate(joined, {"later": True}) == [["join"], [], None, None, [1000]]


def test_what_is_not_confirmed_is_sent_again_ever_more_rarely(phone):
    rests, heard, requests, again = phone.evaluate("""async () => {
      begin({ revision: 4 });
      add("tiles/first", 2);
      const rests = [];
      for (const answer of [{ later: true }, { table: {} }, {}, { later: true }, { later: true, rest: 10 },
                            { later: true }, { later: true, rest: 20000 }]) {
        await reply(answer);
        rests.push(...pauses());
        await wake();
      }
      await receipt({ status: "stored", revision: 5, rating: 2, confidence: 3 });
      const all = [rests, heard(), requests()];
      add("tiles/first", 4);
      await reply({ later: true });
      return [...all, pauses()];
    }""")
    assert rests == [1000, 2000, 4000, 8000, 15000, 15000, 20000]
    assert heard == [
        ["tell", "tiles/first", "Sending…", "info"],
        *[["tell", "tiles/first", WAITING, "info"]] * 7,
        ["tell", "tiles/first", "Sent and stored.", "ok"],
        ["changed"],
    ]
    assert [request["judgments"] for request in requests] == [[sent(2, 5)]] * 8
    assert again == [1000]


def test_a_newer_judgment_waits_for_its_turn_and_its_own_receipt_speaks(phone):
    heard, requests, waits, memory = phone.evaluate("""async () => {
      begin();
      add("tiles/first", 2);
      add("tiles/first", 4);
      add("car/first", 1);
      const waits = [box.waits];
      await receipt({ status: "stored", revision: 1, rating: 2, confidence: 3 });
      await receipt({ status: "stored", revision: 2, rating: 4, confidence: 3 },
                    { status: "stored", revision: 3, rating: 1, confidence: 3 });
      waits.push(box.waits);
      return [heard(), requests().map((r) => r.judgments), waits, memory.read()];
    }""")
    assert requests == [[sent(2, 1)], [sent(4, 2), sent(1, 3, "car/first")]]
    assert heard[3:] == [
        ["changed"],
        ["tell", "tiles/first", "Sent and stored.", "ok"],
        ["tell", "car/first", "Sent and stored.", "ok"],
        ["changed"],
    ]
    assert waits == [True, False]
    assert memory["mine"] == {"tiles/first": sent(4, 2), "car/first": sent(1, 3, "car/first")}
    assert (memory["outbox"], memory["revision"]) == ({}, 3)


OTHER = {"rating": 4, "confidence": 1, "revision": 9}


@pytest.mark.parametrize(
    ("receipt", "mine", "said"),
    [
        ({"status": "stored", "rating": 2, "confidence": 3, "revision": 2}, sent(2, 2),
         ["Sent and stored.", "ok"]),
        ({"status": "stored", "rating": 2, "confidence": 3, "revision": 9}, held(2, 9),
         ["Sent and stored.", "ok"]),
        ({"status": "held", "text": "The disk is full."}, sent(2, 2), ["The disk is full.", "error"]),
        ({"status": "superseded", **OTHER}, held(4, 9, 1),
         ["Another judgment under your code was stored instead: 4/1.", "error"]),
        ({"status": "closed", "text": "Closed.", **OTHER}, held(4, 9, 1), ["Closed.", "error"]),
        ({"status": "closed", "text": "Closed.", "revision": None}, None, ["Closed.", "error"]),
        ({"status": "invalid", "text": "No."}, None, ["No.", "error"]),
        ({"status": "full", "text": "Full."}, None, ["Full.", "error"]),
        ({"status": "invalid"}, None,
         ["The server did not take this judgment. It was not stored.", "error"]),
    ],
)  # fmt: skip
def test_what_is_yours_is_what_the_receipt_says(phone, receipt, mine, said):
    memory, heard = phone.evaluate(
        """async (one) => {
          begin({ revision: 1, mine: { "tiles/first": { rating: 5 } } });
          add("tiles/first", 2);
          await receipt(one);
          return [memory.read(), heard()];
        }""",
        receipt,
    )
    assert memory["mine"].get("tiles/first") == mine
    assert (memory["outbox"], memory["revision"]) == ({}, max(2, receipt.get("revision") or 0))
    given_back = [["refuse", "tiles/first", sent(2, 2)]]
    refused = receipt["status"] in ("invalid", "full")
    told = ["tell", "tiles/first", *said]
    assert heard[1:] == [*(given_back if refused else []), told, ["changed"]]


def test_a_request_that_was_refused_whole_gives_each_judgment_back(phone):
    heard = phone.evaluate("""async () => {
      begin();
      add("tiles/first", 2);
      await reply({ status: 422, table: { error: "Too many at once." } });
      return heard();
    }""")
    assert heard[1:] == [
        ["refuse", "tiles/first", sent(2, 1)],
        ["tell", "tiles/first", "Too many at once.", "error"],
        ["changed"],
    ]


def test_an_answer_to_another_token_changes_nothing(phone):
    memory, heard, asked = phone.evaluate("""async () => {
      begin();
      add("tiles/first", 2);
      memory.change((all) => Object.assign(all, { token: "f".repeat(32), outbox: {}, mine: {} }));
      await receipt({ status: "stored", revision: 1, rating: 2, confidence: 3 });
      return [memory.read(), heard(), requests().length];
    }""")
    assert (memory["mine"], memory["revision"], asked) == ({}, 1, 1)
    assert heard[1:] == [["changed"]]


def test_a_server_that_was_just_heard_is_asked_soon_but_not_at_once(phone):
    idle, sending, waiting, over, asked = phone.evaluate("""async () => {
      begin();
      box.hurry();
      const idle = pauses();
      add("tiles/first", 2);
      box.hurry();
      const sending = pauses();
      await reply({ later: true });
      box.hurry();
      const waiting = pauses();
      await wake();
      await reply({ later: true });
      add("car/first", 4); // at once, and the pause before it is over
      return [idle, sending, waiting, pauses(), requests().length];
    }""")
    assert (idle, sending, waiting, over, asked) == ([], [], [150], [], 3)


def test_a_page_without_a_server_says_storing_and_where(phone):
    heard = phone.evaluate("""async () => {
      begin({ server: { stored: "Stored in this browser." } });
      add("tiles/first", 2);
      await receipt({ status: "stored", revision: 1, rating: 2, confidence: 3 });
      return heard();
    }""")
    assert heard[:2] == [
        ["tell", "tiles/first", "Storing…", "info"],
        ["tell", "tiles/first", "Stored in this browser.", "ok"],
    ]
