// The projector: shows what everybody may see, follows the lecture, and can do nothing else. It holds no key.
import { clicked, together } from "./clicker.js";
import { make, writeOrHide } from "./dom.js";
import { fit } from "./fitting.js";
import { follow } from "./live.js";
import { renderReveal } from "./reveal.js";

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
const SPLIT = "The class is split: your phone shows your version of this case. Your neighbour’s may differ.";

const $ = (id) => document.getElementById(id);
const say = (id, text) => writeOrHide($(id), text);
const { code, join } = document.body.dataset;
let state = null, ends = null, caseShown = "", classShown = "";

/** The text of the present case, where everybody sees the same; null before its first round, and in a split room. */
function theText() {
  const { split, levels } = state.case ?? {};
  return split ? null : Object.values(levels ?? {})[0] ?? null;
}
function showCase() {
  const { note, split } = state.case ?? {}, text = theText(), parts = [];
  if (state.case && !state.reveal) {
    if (note) parts.push(["note", `Content note: ${note}`]);
    if (split) parts.push(["text", SPLIT]);
    else parts.push(["text", text.case], ["act", text.act]);
    for (const question of state.case.questions ?? []) parts.push(["ask", question]);
  }
  const key = JSON.stringify(parts);
  if (caseShown === key) return;
  caseShown = key;
  $("case").replaceChildren(...parts.map(([kind, words]) => make("p", { class: `bd-${kind}` }, words)));
}
function showClass() {
  const { reveal } = state, key = JSON.stringify(reveal);
  $("class").hidden = !reveal;
  if (classShown === key) return;
  classShown = key;
  if (reveal?.reasons?.length) showReasons(reveal.reasons);
  else if (reveal) renderReveal($("class"), reveal, { wall: true });
  else $("class").replaceChildren(); // hidden by the host: not even in the page
}
/** The reasons that the host has ticked, in the picture's place until they are taken back. */
function showReasons(rounds) {
  $("class").replaceChildren(make("div", { class: "bd-reasons" }, rounds.map(({ label, texts }) => [
    make("p", { class: "bd-finding" }, `What some of you wrote: ${label.toLowerCase()}`),
    make("ul", null, texts.map((text) => make("li", null, text)))]).flat()));
}
function show() {
  const { stage, place } = state, lobby = stage === "lobby";
  const title = state.case?.title ?? state.title;
  document.title = `${title} · the screen`;
  document.body.dataset.stage = stage;
  // At the reveal the act stands where the title was: what was judged, not what the case is called.
  say("title", (state.reveal && theText()?.act) || title);
  say("stage", STAGES[stage]);
  say("lecture", state.case || lobby ? state.title : "");
  say("place", place && stage !== "over" ? `Case ${place} of ${state.of}` : "");
  say("count", counted());
  $("lobby").hidden = !lobby;
  $("corner").hidden = lobby || stage === "over" || stage === "open";
  showCase();
  showClass();
  tick();
  arrange();
}
/** As large as it fits; where there is no room for all, the last questions go, and the sentences beside a class. */
function arrange() {
  const spare = [...$("main").querySelectorAll(".bd-about, .bd-sentence, .bd-moved, .bd-ask")];
  for (const node of spare) node.hidden = false;
  while (!fit($("main")) && spare.length) spare.pop().hidden = true;
}
function counted() {
  const { stage, joined, judged } = state;
  if (["over", "open"].includes(stage)) return "";
  return stage === "lobby" || !state.case ? `${joined} joined` : `${judged} of ${joined} have judged`;
}
function tick() {
  if (ends === null || !state?.phase) return say("clock", "");
  const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  return say("clock", left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "Time is up");
}
function receive(next) {
  state = next;
  ends = next.remaining === null ? null : performance.now() + 1000 * next.remaining;
  show();
}
/** The screen dark, and light again: here, or by the host's page. */
function darken(dark) {
  document.body.classList.toggle("bd-dark", dark);
}
const tellHost = together((message) => message.code === code && darken(message.dark));
/** F is full screen, and back; a clicker's keys go on to the host's page. */
function press(event) {
  const { key, ctrlKey, metaKey, altKey, repeat } = event, word = clicked(event);
  const full = word === "screen" || (key.toLowerCase() === "f" && !ctrlKey && !metaKey && !altKey);
  if (word || full) event.preventDefault();
  if (repeat) return;
  if (full) {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  } else if (word) tellHost({ press: word });
}

for (const id of ["address", "join-address"]) $(id).textContent = new URL(join).host;
for (const id of ["corner-code", "join-code"]) $(id).textContent = join.split("/").at(-1);
for (const id of ["qr", "corner-qr"]) $(id).src = `${document.body.dataset.root}${code.slice(0, 4)}-${code.slice(4)}/qr.svg`;
follow(code, JSON.parse($("state").textContent), receive, (text) => say("net", text));
addEventListener("keydown", press);
new ResizeObserver(arrange).observe($("main")); // the window, or the strip below, which grows with what it says
setInterval(tick, 500);
document.documentElement.dataset.ready = "yes";
