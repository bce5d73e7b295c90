// The projector: shows what everybody may see, follows the lecture, and can do nothing else. It holds no key.
import { make, writeOrHide } from "./dom.js";
import { renderReveal } from "./reveal.js";

const POLL = 5000, SILENCE = 60000;
const STAGES = {
  lobby: "Join on your phone. Nothing to install, no account, no name.",
  first: "Judge alone on your phone. Nobody sees a result yet.",
  discuss: "Talk with your neighbours. Nobody sees a result yet.",
  discussed: "Judge again on your phone. The same answer or another: both are fine.",
  reveal: "The class, and what the codes of ethics say",
  informed: "Judge once more, now that you have seen the codes.",
  over: "Thank you. The lecture is over.",
  open: "Homework: it is done in the notebooks.",
};
const $ = (id) => document.getElementById(id);
const { code, join } = document.body.dataset;
const api = `/api/sessions/${code}`;
const host = new URL(join).host;

let state = null, ends = null, drawn = "", classShown = "", events = null, heard = performance.now(), again;

const say = (id, text) => writeOrHide($(id), text);

function showCase() {
  const { note, split, levels } = state.case ?? {}, [text] = Object.values(levels ?? {});
  const parts = !state.case || state.reveal ? [] : [note && ["note", `Content note: ${note}`],
    ...(split ? [["text", "The class is split: your phone shows your version of this case. Your neighbour’s may differ."]]
      : [["text", text.case], ["act", text.act]])];
  const key = JSON.stringify(parts);
  if (drawn !== key) $("case").replaceChildren(...parts.filter(Boolean).map(([kind, words]) => make("p", { class: `bd-${kind}` }, words)));
  drawn = key;
}
function showClass() {
  const { reveal } = state, key = JSON.stringify(reveal);
  $("class").hidden = !reveal;
  if (reveal && classShown !== key) renderReveal($("class"), reveal);
  classShown = key;
}
function show() {
  const { stage, joined, judged, phase } = state, lobby = stage === "lobby";
  document.title = `${state.case?.title ?? state.title} · the screen`;
  document.body.dataset.stage = stage;
  say("lecture", lobby && !state.place ? "" : state.title);
  say("place", state.place && stage !== "over" ? `Case ${state.place} of ${state.of}` : "");
  say("title", state.case?.title ?? state.title);
  say("stage", STAGES[stage]);
  $("lobby").hidden = !lobby;
  $("corner").hidden = lobby || stage === "over" || stage === "open";
  say("count", ["reveal", "over", "open"].includes(stage) ? ""
    : lobby || !state.case ? `${joined} joined` : `${judged} of ${joined} have judged`);
  showCase();
  showClass();
  tick();
}
function tick() {
  const left = ends === null || !state?.phase ? null : Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  say("clock", left === null ? "" : left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "Time is up");
}
function receive(next) {
  heard = performance.now();
  say("net", "");
  if (state && next.version < state.version) return; // another process, a moment behind
  state = next;
  ends = next.remaining === null ? null : performance.now() + 1000 * next.remaining;
  show();
}
function listen() {
  clearTimeout(again);
  if (events && events.readyState !== 2) return;
  events = new EventSource(`${api}/events`);
  events.addEventListener("state", ({ data }) => receive(JSON.parse(data)));
  events.onopen = () => { heard = performance.now(); say("net", ""); };
  events.onerror = () => {
    if (events.readyState === 2) again = setTimeout(listen, 1000);
    setTimeout(poll, 1500);
  };
}
async function poll() {
  if (events.readyState === 1 && performance.now() - heard < SILENCE) return;
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 5000);
  try {
    const answer = await fetch(api, { signal: stop.signal, cache: "no-store" });
    if (!answer.ok) throw new Error();
    const next = await answer.json();
    if (next.version > state?.version) events.close(); // it looked open, and had said nothing
    receive(next);
    listen();
  } catch {
    say("net", "The server does not answer at the moment. What you see may be old; this screen tries again by itself.");
  } finally {
    clearTimeout(timer);
  }
}

for (const id of ["address", "join-address"]) $(id).textContent = host;
for (const id of ["corner-code", "join-code"]) $(id).textContent = join.split("/").at(-1);
$("qr").src = `/${code.slice(0, 4)}-${code.slice(4)}/qr.svg`;
const first = JSON.parse($("state").textContent);
if (first) receive(first);
listen();
setInterval(poll, POLL);
setInterval(tick, 500);
addEventListener("online", poll);
document.documentElement.dataset.ready = "yes";
