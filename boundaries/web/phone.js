// The phone page: shows the lecture's present state, and sends judgments until the server has said what became of them.
// What is not confirmed stays on this phone. No sentence says "stored" before a receipt did.
import { make, writeOrHide } from "./dom.js";
import { renderForm } from "./form.js";
import { renderReveal } from "./reveal.js";

const TIMEOUT = 6000, POLL = 10000, SILENCE = 60000, FIRST_PAUSE = 1000, LONGEST_PAUSE = 15000;
const NEVER = 2 ** 31 - 1; // ms: form.js must not give up on us, we answer it ourselves
const STORED = "Sent and stored.";
const WAITING = "Waiting for the network. Your judgment is kept on this phone and sent by itself.";
const CLOSED = "This round is closed. Your judgment did not arrive in time and was not stored.";
const STAGES = {
  lobby: ["Please wait", "You are in. The next case appears here by itself."],
  first: ["Judge alone", "Judge alone, before you talk. Nobody sees a result yet."],
  discuss: ["Talk", "Talk with your neighbours. Nobody sees a result yet."],
  discussed: ["Judge again", "Judge again, after talking. The same answer or another: both are fine."],
  reveal: ["The class", "Here is the class, and what the codes say."],
  informed: ["Judge once more", "Judge once more, now that you have seen the codes."],
  over: ["Thank you", "Thank you. The lecture is over."],
  open: ["Homework", "This is homework: it is done in the notebooks. There is nothing to do on this page."],
};
const PHASES = { first: "Alone", discussed: "After talking", informed: "After the codes" };

const $ = (id) => document.getElementById(id);
const code = document.body.dataset.code;
const api = `/api/sessions/${code}`;
const name = `boundaries/${code}`;

// -- what this phone keeps --------------------------------------------------------------------------------------------

let kept = null, lasting = true; // `kept` stands in where the browser keeps nothing (a private window)
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

/** {token, revision, outbox: {round: judgment}, mine: {round: …}, levels, carried}: read anew, for two tabs share it. */
function memory() {
  let found = null;
  try { found = JSON.parse(localStorage.getItem(name)); } catch { lasting = false; }
  found = (lasting ? found : null) ?? kept;
  if (!found?.token) found = { token: hex(crypto.getRandomValues(new Uint8Array(16))), revision: 0, outbox: {}, mine: {}, levels: null };
  return (kept = found);
}
function keep(change) {
  const all = memory();
  change(all);
  kept = all;
  try { localStorage.setItem(name, JSON.stringify(all)); } catch { lasting = false; }
}

// -- sending ----------------------------------------------------------------------------------------------------------

let sending = false, pause = FIRST_PAUSE, retry, quiet = 0;

async function ask(path, body) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), TIMEOUT);
  try {
    const given = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(api + path, { ...given, signal: stop.signal, cache: "no-store" });
    const table = await answer.json();
    if ([408, 425, 429].includes(answer.status) || answer.status >= 500) {
      quiet = Math.min(Number(answer.headers.get("retry-after")) || 0, 60) * 1000;
      return { later: true };
    }
    return { status: answer.status, table };
  } catch {
    return { later: true }; // no network, or no whole answer: it may have arrived, and sending it again does no harm
  } finally {
    clearTimeout(timer);
  }
}

/** Joins, then sends what waits; one request at a time, with longer and longer pauses while nothing comes back. */
async function send() {
  if (sending) return;
  clearTimeout(retry);
  const { token, levels, outbox } = memory();
  const waiting = Object.values(outbox);
  if (levels && !waiting.length) return;
  sending = true;
  const { later, status, table } = waiting.length
    ? await ask("/judgments", waiting.map((one) => ({ token, ...one }))) : await ask("/join", { token });
  sending = false;
  if (later) {
    if (waiting.length) for (const round of Object.keys(outbox)) tell(round, WAITING, "info");
    retry = setTimeout(send, Math.max(pause * (0.5 + Math.random()), quiet));
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    quiet = 0;
    return;
  }
  pause = FIRST_PAUSE;
  if (memory().token !== token) return void send(); // another code was typed meanwhile
  if (waiting.length) settle(waiting, table.receipts ?? [], table.error);
  else if (table.levels) keep((all) => { all.levels = table.levels; });
  else keep((all) => { all.levels = {}; all.refusal = table.error; });
  show();
  send();
}

/** Takes each judgment out of the outbox with what its receipt says of it. */
function settle(waiting, receipts, error) {
  keep((all) => {
    for (const [i, sent] of waiting.entries()) {
      const round = `${sent.vignette}/${sent.phase}`;
      const receipt = receipts[i] ?? { status: "invalid", text: error };
      const { status, rating, confidence, revision } = receipt;
      all.revision = Math.max(all.revision, revision ?? 0);
      const newest = all.outbox[round]?.revision === sent.revision;
      if (newest) delete all.outbox[round];
      const there = revision === null || revision === undefined ? null : { rating, confidence, reason: "", revision };
      if (status === "stored") all.mine[round] = revision === sent.revision ? sent : there ?? sent;
      else if (there) all.mine[round] = there; // what the server holds, not what this phone had hoped for
      else delete all.mine[round];
      if (!newest) continue; // a newer judgment is on its way, and its own receipt will speak
      if (status === "stored") tell(round, STORED, "ok");
      else if (status === "closed") tell(round, there ? `${CLOSED} An earlier one of yours is there.` : CLOSED, "error");
      else if (status === "superseded") tell(round, `Another judgment under your code was stored instead: ${words(all.mine[round])}.`, "error");
      else {
        refused[round] = sent; // so that it can be mended
        tell(round, receipt.text || "The server did not take this judgment. It was not stored.", "error");
      }
    }
  });
}

// -- showing ----------------------------------------------------------------------------------------------------------

let state = JSON.parse($("state").textContent);
let view = null, viewed = "", changing = "", drawn = "", classShown = "", told = {}, refused = {}, ends = null, codes = null;

const round = () => (state.case ? `${state.case.item}/${state.phase}` : "");
const level = () => {
  const levels = Object.keys(state.case?.levels ?? {});
  return levels.length === 1 ? levels[0] : levels.find((one) => one === memory().levels?.[state.case.item]);
};
const say = (id, text) => writeOrHide($(id), text);
const label = (list, value) => list?.find((one) => one.value === value)?.label ?? "";

function words(judgment) {
  if (!judgment) return "";
  if (judgment.rating === null) return "you preferred not to judge this one";
  const { options, sure } = memory().scales ?? {};
  return `${judgment.rating}, ${label(options, judgment.rating)} (${label(sure, judgment.confidence).toLowerCase()})`;
}
function tell(where, text, tone) {
  told[where] = { text, tone };
  if (state?.case && where.startsWith(`${state.case.item}/`)) showForm();
}

/** The form while a round is open, else what this phone judged; both by form.js, which keeps the focus. */
function showForm() {
  const item = state.case?.item, all = memory(), at = round(), form = state.case?.levels[level()]?.form ?? null;
  if (form && !all.scales) keep((one) => { one.scales = { options: form.options, sure: form.confidence.options }; });
  const of = (phase) => all.outbox[`${item}/${phase}`] ?? all.mine[`${item}/${phase}`];
  const own = Object.keys(PHASES).filter((phase) => item && of(phase));
  const mine = form && of(form.phase), open = form && (!mine || changing === at), chosen = mine || refused[at];
  $("form").hidden = !open && !own.length && state.stage !== "reveal";
  if ($("form").hidden) return; // what is typed stays there, should the round be opened again
  if (!view || viewed !== item) {
    view?.destroy();
    view = renderForm($("form"), hear, { patience: NEVER });
    viewed = item;
  }
  const latest = own.map(of).filter((one) => one.rating !== null).at(-1)?.rating ?? null;
  const yours = own.map((phase) => {
    const one = of(phase), waits = all.outbox[`${item}/${phase}`] ? " – not confirmed yet" : "";
    return { phase: PHASES[phase], rating: one.rating, text: words(one) + waits, reason: one.reason };
  });
  const shown = codes?.item === item && ["reveal", "informed"].includes(state.stage) ? codes : null;
  const result = {
    yours: open ? yours.filter((one) => one.phase !== PHASES[form.phase]) : yours,
    scale: shown?.scale ?? [], about: shown?.about ?? "", why: shown?.why ?? "", questions: shown?.questions ?? [],
    readings: (shown?.groups.find((group) => group.levels.split("+").includes(level() ?? "")) ?? shown?.groups[0])
      ?.readings.map((one) => ({ ...one, verdict: one.verdicts[latest] ?? "" })) ?? [],
  };
  const last = told[form ? at : `${item}/${own.at(-1)}`] ?? null;
  const waits = form && all.outbox[at] && !last ? { text: WAITING, tone: "info" } : null;
  view.update(open
    ? { ...form, chosen: chosen ? { ...chosen, skip: chosen.rating === null } : null, result: result.yours.length || shown ? result : null,
        receipt: last?.tone === "error" ? last : null }
    : { ...(form ?? { item, phase: "locked" }), phase: "locked", chosen: null, receipt: last ?? waits, result,
        again: form && { label: "Change my judgment" } });
}

/** What the form says: a judgment, or the wish to change one. */
function hear({ kind, phase, rating, confidence, reason, skip, wording }) {
  const at = round();
  delete told[at];
  if (kind === "again") changing = at;
  else {
    keep((all) => {
      all.revision += 1;
      all.outbox[at] = { vignette: state.case.item, phase, wording, rating: skip ? null : rating,
        confidence: skip ? null : confidence, reason, revision: all.revision };
    });
    changing = "";
    told[at] = { text: "Sending…", tone: "info" };
    pause = FIRST_PAUSE;
    send();
  }
  showForm();
}

function showCase() {
  const text = state.case?.levels[level()], { title, note, split } = state.case ?? {};
  const parts = text ? [note && ["note", `Content note: ${note}`], ["text", text.case], ["act", text.act]]
    : [split && ["text", "The class is split over versions of this case. Yours is on its way…"]];
  const key = JSON.stringify([title, ...parts]);
  if (drawn === key) return;
  drawn = key;
  $("case").replaceChildren(...parts.filter(Boolean).map(([kind, words]) => make("p", { class: `bd-${kind}` }, words)));
}

function showClass() {
  const { reveal } = state, key = reveal ? JSON.stringify([reveal, memory().mine]) : "";
  $("class").hidden = !reveal;
  if (!reveal || classShown === key) return;
  classShown = key;
  const all = memory(), own = Object.keys(PHASES).map((phase) => all.mine[`${state.case.item}/${phase}`]);
  const rating = own.filter((one) => one && one.rating !== null).at(-1)?.rating ?? null;
  renderReveal($("class"), reveal, { own: { level: level() ?? "", rating }, compact: true });
  $("class").prepend(make("h2", null, "The class"));
}

function show() {
  if (!state) return;
  const focus = document.activeElement, inside = $("form").contains(focus) || $("class").contains(focus);
  const [heading, sentence] = STAGES[state.stage], all = memory(), { stage } = state;
  if (state.reveal) {
    codes = { ...state.reveal, item: state.case.item };
    try { sessionStorage.setItem(`${name}/codes`, JSON.stringify(codes)); } catch { /* then a reload shows none */ }
  }
  document.title = `${state.case?.title ?? heading} · ${state.title}`;
  say("lecture", state.title);
  say("place", state.place && stage !== "over" ? `Case ${state.place} of ${state.of}` : "");
  say("title", state.case?.title ?? heading);
  say("stage", all.refusal ?? sentence);
  say("count", stage === "over" || stage === "open" ? ""
    : state.phase ? `${state.judged} of ${state.joined} have judged.` : `${state.joined} joined.`);
  say("who", all.carried ? "This phone judges as your notebook does: both are one participant."
    : "Without its code, this phone is another participant than your notebook. To be one, type the notebook’s backup code here. What this phone judged before stays with the other.");
  say("kept", `Kept about you: your judgments and reasons, under a random token that ${all.carried ? "your notebook" : "this phone"} made. No name, no address.`
    + (lasting ? "" : " This browser keeps nothing (a private window?): leave this page open until the end."));
  say("thanks", stage === "over" ? "Your judgments stay with the class, without a name. You may close this page." : "");
  $("notebook").hidden = stage === "over";
  showCase();
  showClass();
  showForm();
  tick();
  if (inside && (document.activeElement === document.body || !document.activeElement.offsetParent)) $("title").focus();
}

function tick() { // for the eyes alone: nothing closes by itself
  const left = ends === null || !state?.phase ? null : Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  say("clock", left === null ? "" : left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left` : "Time is up. Please send your judgment now.");
}

// -- hearing ----------------------------------------------------------------------------------------------------------

let events = null, heard = performance.now(), again;

function receive(next) {
  heard = performance.now();
  say("net", "");
  if (state && next.version < state.version) return; // another process, a moment behind
  const moved = next.version !== state?.version;
  state = next;
  ends = next.remaining === null ? null : performance.now() + 1000 * next.remaining;
  if (moved && changing !== round()) changing = "";
  show();
  if (!sending && Object.keys(memory().outbox).length) { clearTimeout(retry); retry = setTimeout(send, 300 * Math.random()); }
}
function listen() {
  clearTimeout(again);
  if (events && events.readyState !== 2) return;
  events = new EventSource(`${api}/events`);
  events.addEventListener("state", ({ data }) => receive(JSON.parse(data)));
  events.onopen = () => { heard = performance.now(); say("net", ""); };
  events.onerror = () => {
    if (events.readyState === 2) again = setTimeout(listen, 2000 * (0.5 + Math.random()));
    setTimeout(poll, 2500);
  };
}
async function poll() {
  if (events?.readyState === 1 && performance.now() - heard < SILENCE) return;
  const { later, status, table } = await ask("");
  if (later) say("net", "The server does not answer at the moment. This page tries again by itself.");
  else if (status === 200) {
    if (table.version > state?.version) events.close(); // it looked open, and had said nothing
    receive(table);
    listen();
  } else say("net", table.error);
}
function wake() {
  if (document.hidden) return;
  listen();
  poll();
  pause = FIRST_PAUSE;
  send();
}

$("carry").addEventListener("submit", async (event) => {
  event.preventDefault();
  const backup = $("backup").value.trim();
  if (!backup) return say("carried", "Please type the code first. Your notebook shows it with lesson.backup_code().");
  if (Object.keys(memory().outbox).length) return say("carried", "A judgment is still on its way. Try again when it is stored.");
  say("carried", "Asking…");
  const { later, table } = await ask("/join", { backup });
  if (later) return say("carried", "The server does not answer at the moment. Try again.");
  if (!table.token) return say("carried", table.error);
  keep((all) => Object.assign(all, { token: table.token, levels: table.levels, mine: {}, outbox: {}, carried: true, refusal: undefined }));
  $("backup").value = "";
  told = {};
  show();
  say("carried", "Done: this phone now judges as your notebook does.");
});
addEventListener("online", wake);
addEventListener("pageshow", ({ persisted }) => persisted && wake());
document.addEventListener("visibilitychange", wake);
addEventListener("storage", ({ key }) => key === name && show());

keep(() => {});
try { codes = JSON.parse(sessionStorage.getItem(`${name}/codes`)); } catch { /* none */ }
if (state) receive(state);
listen();
send();
setInterval(poll, POLL);
setInterval(tick, 500);
document.documentElement.dataset.ready = "yes";
