// What a phone keeps, and the sending of judgments until the server has said what became of each.
// What is not confirmed stays on this phone. No sentence says "stored" before a receipt did.
import { randomHex } from "./dom.js";

const FIRST_PAUSE = 1000, LONGEST_PAUSE = 15000; // ms between two sendings while nothing comes back
const AT_ONCE = 10; // judgments in one request: below every limit of the server on number and size
const ABOUT_WHAT_CAME = [400, 413, 422]; // any other refusal of a whole request is about the server, and may pass
const FOR_GOOD = [409, 422]; // refusals to let a phone join that do not pass
const STORED = "Sent and stored.";
const NOT_TAKEN = "The server did not take this judgment. It was not stored.";
const KEPT = "Your judgment is kept on this phone and sent by itself.";
export const WAITING = `Waiting for the network. ${KEPT}`;

const TOKEN = /^[0-9a-f]{32}$/;
/** What a text says in JSON; null where it is none. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
const roundOf = ({ vignette, phase }) => `${vignette}/${phase}`;

/**
 * The memory of this phone under `name`: {token, revision, outbox: {round: judgment}, mine: {round: judgment}, levels,
 * …}. `read()` reads it anew each time, for two tabs share it; `change(how)` changes it. `lasting` is false where the
 * browser keeps nothing (a private window); then it lasts as long as the page.
 */
export function keeper(name) {
  let held = null, lasting = true;
  function read() {
    let stored = null;
    try {
      stored = localStorage.getItem(name);
    } catch {
      lasting = false;
    }
    const memory = (lasting ? parsed(stored) : null) ?? held;
    const begun = TOKEN.test(memory?.token) ? memory : { token: randomHex(16) };
    held = { revision: 0, outbox: {}, mine: {}, levels: null, ...begun };
    return held;
  }
  function change(how) {
    const memory = read();
    how(memory);
    held = memory;
    try {
      localStorage.setItem(name, JSON.stringify(memory));
    } catch {
      lasting = false;
    }
  }
  change(() => {});
  return {
    read,
    change,
    get lasting() {
      return lasting;
    },
  };
}

/**
 * Sends what waits in `memory` to `server`, one request at a time: an object whose `judge(token, judgments)` and
 * `join(token)` answer as asking.js does. `tell(round, text, tone)` says what became of a judgment in words, `refuse(round, judgment)` gives one back to be mended, `changed()` that the memory is
 * another. `words(judgment)` puts one into words.
 */
export function outbox(memory, server, { tell, refuse, changed, words }) {
  let sending = false, pause = FIRST_PAUSE, timer = 0, most = AT_ONCE;
  const waiting = () => Object.values(memory.read().outbox);

  /** Joins, then sends what waits. */
  async function send() {
    if (sending) return;
    clearTimeout(timer);
    const { token, levels } = memory.read(), judgments = waiting().slice(0, most);
    if (levels && !judgments.length) return;
    sending = true;
    const answer = await (judgments.length ? server.judge(token, judgments) : server.join(token));
    sending = false;
    const { receipts, error, levels: given } = answer.table ?? {};
    const verdicts = judgments.length ? ABOUT_WHAT_CAME : FOR_GOOD;
    const isAnswered = receipts ?? given ?? (error && verdicts.includes(answer.status));
    if (answer.later || !isAnswered) {
      wait(answer.rest ?? 0, error ? `${error} ${KEPT}` : WAITING);
      return;
    }
    pause = FIRST_PAUSE;
    const same = memory.read().token === token; // else another code was typed meanwhile
    const isOneOfMany = !receipts && judgments.length > 1; // that cannot be read: the others must not go with it
    if (isOneOfMany) most = 1;
    else if (same && judgments.length) settle(judgments, receipts ?? [], error);
    else if (same) join(answer.table);
    if (!waiting().length) most = AT_ONCE;
    changed();
    send();
  }
  function wait(rest, text) {
    for (const round of Object.keys(memory.read().outbox)) tell(round, text, "info");
    timer = setTimeout(send, Math.max(pause * (0.5 + Math.random()), rest));
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
  function join({ levels, error }) {
    memory.change((all) => {
      all.levels = levels ?? {};
      if (!levels) all.refusal = error;
    });
  }
  function settle(judgments, receipts, error) {
    const outcomes = judgments.map((sent, at) => ({ sent, receipt: receipts[at] ?? { status: "invalid", text: error } }));
    memory.change((all) => outcomes.forEach((outcome) => take(all, outcome)));
    // Where a newer judgment is on its way, its own receipt will speak.
    for (const outcome of outcomes) if (outcome.newest) say(outcome);
  }

  /** Takes one judgment out of the outbox, and keeps as yours what its receipt says. */
  function take(all, outcome) {
    const { sent, receipt: { status, rating, confidence, revision } } = outcome;
    const round = roundOf(sent);
    const held = revision === null || revision === undefined ? null : { rating, confidence, reason: "", revision };
    outcome.newest = all.outbox[round]?.revision === sent.revision;
    all.revision = Math.max(all.revision, revision ?? 0);
    if (outcome.newest) delete all.outbox[round];
    // Yours is what the server holds, not what this phone had hoped for.
    if (["stored", "held"].includes(status)) all.mine[round] = revision === sent.revision ? sent : held ?? sent;
    else if (held) all.mine[round] = held;
    else delete all.mine[round];
    outcome.held = all.mine[round];
  }
  function say({ sent, receipt: { status, text }, held }) {
    const round = roundOf(sent);
    if (status === "stored") tell(round, server.stored ?? STORED, "ok");
    else if (status === "held") tell(round, text, "error");
    else if (status === "closed") tell(round, text, "error");
    else if (status === "superseded") {
      tell(round, `Another judgment under your code was stored instead: ${words(held)}.`, "error");
    } else {
      refuse(round, sent);
      tell(round, text || NOT_TAKEN, "error");
    }
  }

  return {
    send,
    /** Keeps a judgment of this round, and sends it. */
    add(round, judgment) {
      memory.change((all) => {
        all.revision += 1;
        all.outbox[round] = { ...judgment, revision: all.revision };
      });
      tell(round, server.stored ? "Storing…" : "Sending…", "info");
      pause = FIRST_PAUSE;
      send();
    },
    /** Sends again soon, for the server was just heard; not at once, or a whole hall would. */
    hurry() {
      if (sending || !waiting().length) return;
      clearTimeout(timer);
      timer = setTimeout(send, 300 * Math.random());
    },
    get waits() {
      return waiting().length > 0;
    },
  };
}
