// The phone page: shows where the lecture stands, and takes what its reader judges.
// What was sent and stored is outbox.js's affair; what the server says comes through live.js.
import { ask } from "./asking.js";
import { make, writeOrHide } from "./dom.js";
import { renderForm } from "./form.js";
import { follow } from "./live.js";
import { keeper, outbox, WAITING } from "./outbox.js";
import { remote } from "./remote.js";
import { renderReveal } from "./reveal.js";

const NEVER = 2 ** 31 - 1; // ms: form.js must not give up on us, we answer it ourselves
const STAGES = {
  lobby: ["Please wait", "You are in. The next case appears here by itself."],
  first: ["Judge alone", "Judge alone, before you talk. Nobody sees a result yet."],
  discuss: ["Talk", "Talk with your neighbours. Nobody sees a result yet."],
  discussed: ["Judge again", "Judge again, after talking. The same answer or another: both are fine."],
  reveal: ["The class", "Here is the class, and what the codes say."],
  informed: ["Judge once more", "Judge once more, now that you have seen the codes."],
  over: ["Thank you", "Thank you. The lecture is over."],
};
const PHASES = { first: "Alone", discussed: "After talking", informed: "After the codes" };
const SPLIT = "The class is split over versions of this case. Yours is on its way…";
const TIME_IS_UP = "Time is up. Please send your judgment now.";
const ONE_PARTICIPANT = "This phone judges as your notebook does: both are one participant.";
const TWO_PARTICIPANTS = "Without its code, this phone is another participant than your notebook. To be one, type the " +
  "notebook’s backup code here. What this phone judged before stays with the other.";
const FORGETFUL = " This browser keeps nothing (a private window?): leave this page open until the end.";
const TYPE_FIRST = "Please type the code first. Your notebook shows it with lesson.backup_code().";
const ON_ITS_WAY = "A judgment is still on its way. Try again when it is stored.";
const SILENT = "The server does not answer at the moment. Try again.";

const $ = (id) => document.getElementById(id);
const say = (id, text) => writeOrHide($(id), text);
const { code, root } = document.body.dataset;
const server = remote(root, code);
const memory = keeper(`boundaries/${code}`);
const sender = outbox(memory, server, { tell, refuse, changed: show, words });

let state = null, ends = null;
let form = null, formOf = ""; // the view of form.js, and the case that it is of
let changing = ""; // the round whose judgment is being changed
let receipts = {}, refused = {}; // by round: what was last said of it; what the server did not take
let caseShown = "", classShown = "";
let asksForCodes = false;
let codes = null; // the last reveal, which is read while its case is judged once more

// -- what is shown ----------------------------------------------------------------------------------------------------

const isOne = (value) => value !== null && value !== undefined;
const round = () => (state.case ? `${state.case.item}/${state.phase}` : "");

/** The level of the dial that this phone is shown; undefined while it is not known. */
function level() {
  const levels = Object.keys(state.case?.levels ?? {});
  if (levels.length === 1) return levels[0];
  return levels.find((id) => id === memory.read().levels?.[state.case.item]);
}

/** What this phone judged of the present case, by phase: confirmed, or still on its way. */
function ownJudgments() {
  const { outbox: waiting, mine } = memory.read(), item = state.case?.item, own = [];
  for (const phase of Object.keys(PHASES)) {
    const at = `${item}/${phase}`, judgment = waiting[at] ?? mine[at];
    if (item && judgment) own.push({ phase, judgment, waits: at in waiting });
  }
  return own;
}
const lastRating = (own) => own.map(({ judgment }) => judgment.rating).filter(isOne).at(-1) ?? null;

function words(judgment) {
  if (!judgment) return "";
  if (judgment.rating === null) return "you preferred not to judge this one";
  const { options, sure } = memory.read().scales ?? {};
  const label = (points, value) => points?.find((point) => point.value === value)?.label ?? "";
  return `${judgment.rating}, ${label(options, judgment.rating)} (${label(sure, judgment.confidence).toLowerCase()})`;
}
function tell(at, text, tone) {
  receipts[at] = { text, tone };
  if (state?.case && at.startsWith(`${state.case.item}/`)) showForm();
}
function refuse(at, judgment) {
  refused[at] = judgment; // so that it can be mended
}

/** The form while a round is open, else what this phone judged; both by form.js, which keeps the focus. */
function showForm() {
  const asked = state.case?.levels[level()]?.form ?? null, own = ownJudgments();
  if (asked) keepScales(asked);
  const judged = asked && own.find(({ phase }) => phase === asked.phase)?.judgment;
  const open = asked && (!judged || changing === round());
  // Also when nothing is left of a judgment that came too late: that is said, and not only for a moment.
  $("form").hidden = !open && !own.length && !lastSaid(own) && state.stage !== "reveal";
  if ($("form").hidden) return; // what is typed stays there, should the round be opened again
  beginForm(state.case?.item);
  form.update(open ? openForm(asked, own, judged || refused[round()]) : lockedForm(asked, own));
}
function beginForm(item) {
  if (form && formOf === item) return;
  form?.destroy();
  form = renderForm($("form"), hear, { patience: NEVER });
  formOf = item;
}
function openForm(asked, own, chosen) {
  const before = own.filter(({ phase }) => phase !== asked.phase), last = receipts[round()];
  return {
    ...asked,
    chosen: chosen ? { ...chosen, skip: chosen.rating === null } : null,
    result: before.length || codesShown() ? resultOf(before, own) : null,
    receipt: last?.tone === "error" ? last : null,
  };
}
/** What was last said of a judgment of the present case; of the present round, where one is open. */
function lastSaid(own) {
  const item = state.case?.item, phases = Object.keys(PHASES).filter((phase) => receipts[`${item}/${phase}`]);
  const phase = state.phase ?? own.at(-1)?.phase ?? phases.at(-1);
  return receipts[`${item}/${phase}`] ?? null;
}
function lockedForm(asked, own) {
  const waits = asked && round() in memory.read().outbox ? { text: WAITING, tone: "info" } : null;
  return {
    ...(asked ?? { item: state.case?.item }),
    phase: "locked",
    chosen: null,
    receipt: lastSaid(own) ?? waits,
    result: resultOf(own, own),
    again: asked && { label: "Change my judgment" },
  };
}
/** The judgments `listed`, and what the codes say, with a verdict on the last rating of `own`. */
function resultOf(listed, own) {
  const shown = codesShown(), rating = lastRating(own);
  const yours = listed.map(({ phase, judgment, waits }) => ({
    phase: PHASES[phase],
    rating: judgment.rating,
    text: words(judgment) + (waits ? " – not confirmed yet" : ""),
    reason: judgment.reason,
  }));
  if (!shown) return { yours, scale: [], about: "", why: "", questions: [], readings: [] };
  const group = shown.groups.find(({ levels }) => levels.split("+").includes(level() ?? "")) ?? shown.groups[0];
  const readings = group.readings.map((reading) => ({ ...reading, verdict: reading.verdicts[rating] ?? "" }));
  const { scale, about, why, questions } = shown;
  return { yours, scale, about, why, questions, readings };
}

function keepScales({ options, confidence }) { // to put a judgment into words when its form is gone
  if (memory.read().scales) return;
  memory.change((all) => { all.scales = { options, sure: confidence.options }; });
}
/** Asks what the codes say, where this page was not there when they were shown. */
async function askForCodes() {
  const item = state.case?.item;
  if (asksForCodes || state.stage !== "informed" || codes?.item === item) return;
  asksForCodes = true;
  const { later, table } = await ask(`${root}api/sessions/${code}/codes`);
  asksForCodes = false;
  if (later || table.item !== state.case?.item) return; // the next event asks again
  codes = table;
  show();
}
/** What the codes say, as long as the host shows it: never while the class talks, or judges without them. */
function codesShown() {
  return codes?.item === state.case?.item && ["reveal", "informed"].includes(state.stage) ? codes : null;
}

function showCase() {
  const { title, note, split } = state.case ?? {}, text = state.case?.levels[level()];
  const parts = [];
  if (text && note) parts.push(["note", `Content note: ${note}`]);
  if (text) parts.push(["text", text.case], ["act", text.act]);
  else if (split) parts.push(["text", SPLIT]);
  const key = JSON.stringify([title, parts]);
  if (caseShown === key) return;
  caseShown = key;
  $("case").replaceChildren(...parts.map(([kind, words]) => make("p", { class: `bd-${kind}` }, words)));
}
function showClass() {
  const { reveal } = state, key = reveal ? JSON.stringify([reveal, memory.read().mine]) : "";
  $("class").hidden = !reveal;
  if (classShown === key) return;
  classShown = key;
  if (!reveal) {
    $("class").replaceChildren();
    return;
  }
  const rating = lastRating(ownJudgments().filter(({ waits }) => !waits));
  renderReveal($("class"), reveal, { own: { level: level() ?? "", rating }, compact: true });
  $("class").prepend(make("h2", null, "The class"));
}

function show() {
  if (!state) return;
  const focus = document.activeElement, inside = $("form").contains(focus) || $("class").contains(focus);
  if (state.reveal) codes = state.reveal;
  showHead();
  showFoot();
  showCase();
  showClass();
  showForm();
  tick();
  const lost = document.activeElement === document.body || !document.activeElement.offsetParent;
  if (inside && lost) $("title").focus();
}
function showHead() {
  const { stage, place } = state, [heading, sentence] = STAGES[stage];
  document.title = `${state.case?.title ?? heading} · ${state.title}`;
  say("lecture", state.title);
  say("place", place && stage !== "over" ? `Case ${place} of ${state.of}` : "");
  say("title", state.case?.title ?? heading);
  say("stage", memory.read().refusal ?? sentence);
}
function showFoot() {
  const { stage, phase, joined, judged } = state, { carried } = memory.read();
  const count = phase ? `${judged} of ${joined} have judged.` : `${joined} joined.`;
  const whose = carried ? "your notebook" : "this phone";
  say("count", stage === "over" ? "" : count);
  say("who", carried ? ONE_PARTICIPANT : TWO_PARTICIPANTS);
  say("kept", `Kept about you: your judgments and reasons, under a random token that ${whose} made. No name, no address.` +
    (memory.lasting ? "" : FORGETFUL));
  say("thanks", stage === "over" ? "Your judgments stay with the class, without a name. You may close this page." : "");
  $("notebook").hidden = stage === "over";
}
function tick() { // for the eyes alone: nothing closes by itself
  if (ends === null || !state?.phase) return say("clock", "");
  const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
  return say("clock", left ? clock : TIME_IS_UP);
}

// -- what is heard ----------------------------------------------------------------------------------------------------

function receive(next) {
  if (next.mode === "homework") { // the server could not tell when it made this page
    location.reload();
    return;
  }
  const moved = next.version !== state?.version;
  state = next;
  ends = next.remaining === null ? null : performance.now() + 1000 * next.remaining;
  if (moved && changing !== round()) changing = "";
  show();
  askForCodes();
  sender.hurry();
}

/** What the form says: a judgment, or the wish to change one. */
function hear({ kind, phase, rating, confidence, reason, skip, wording }) {
  const at = round();
  delete receipts[at];
  if (kind === "again") {
    changing = at;
    showForm();
    return;
  }
  changing = "";
  const answer = skip ? { rating: null, confidence: null } : { rating, confidence };
  sender.add(at, { vignette: state.case.item, phase, wording, ...answer, reason });
}

/** Makes this phone and the notebook whose backup code was typed one participant. */
async function carry(event) {
  event.preventDefault();
  const backup = $("backup").value.trim();
  if (!backup) return say("carried", TYPE_FIRST);
  if (sender.waits) return say("carried", ON_ITS_WAY);
  say("carried", "Asking…");
  const { later, table } = await server.carry(backup);
  if (later) return say("carried", SILENT);
  if (!table.token) return say("carried", table.error);
  const { token, levels } = table;
  memory.change((all) => Object.assign(all, { token, levels, mine: {}, outbox: {}, carried: true, refusal: undefined }));
  $("backup").value = "";
  receipts = {};
  show();
  return say("carried", "Done: this phone now judges as your notebook does.");
}

$("carry").addEventListener("submit", carry);
addEventListener("storage", ({ key }) => key === `boundaries/${code}` && show());
follow(code, JSON.parse($("state").textContent), receive, (text) => say("net", text));
sender.send();
setInterval(tick, 500);
document.documentElement.dataset.ready = "yes";
