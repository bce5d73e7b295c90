// The host's page. It shows what everybody may see, and asks the server for what only the host may do. Its key stands
// in the address after the "#", which no browser sends, and leaves it as a header alone.
import { ask } from "./asking.js";
import { clicked, together } from "./clicker.js";
import { make, randomHex, write, writeOrHide } from "./dom.js";
import { endOfDay, followHomework, newHomework } from "./host_homework.js";
import { follow } from "./live.js";
import { renderReveal } from "./reveal.js";
import { effectOf, NOW, offer, presentPlace } from "./steps.js";

const SETTLE = 600; // ms in which a changed button ignores the second half of a double click
const SPEAK = 10000; // ms between two spoken counts
const CROWD = 15; // joins a second that no hall has over a minute: a full auditorium takes about that time
const NARROW = 600; // px below which the class is drawn as on a phone
const SILENT = "The class server does not answer. Phones keep what is judged and send it when it is back. Nothing that " +
  "was confirmed is lost. Press once more when it is back; till then go on by a show of hands.";
const SHUT = "Only this computer can open this address: fine for trying it out. For a hall, start it with " +
  "host=\"0.0.0.0\" (in a terminal: --host 0.0.0.0), which opens it to everybody in this computer’s network, " +
  "unencrypted; or use your department’s server.";
const OPEN = "Open to everybody in this computer’s network, without encryption: who listens there can read what is sent. " +
  "Phones must be in the same network, and some campus networks keep devices apart: try one phone beforehand.";
const ANEW = "Begun anew under a new code. The lecture before is over for its phones, and what they judged stays stored.";
const ANOTHER = "A new lecture with a code of its own. The one before stays stored.";
const NO_KEY = "Type the host key, or open the link that the class server printed.";
const CALLED = { lecture: "What the lecture is called, on every screen", homework: "What the homework is called" };
const STARTS = { lecture: "Start the lecture", homework: "Give this homework" };
const HOW_MANY = {
  lecture: "One takes 10 to 15 minutes with talking; an hour holds three.",
  homework: "Tick those that you want, or none for all cases of this type.",
};
const PHASES = { first: "First round", discussed: "Second round, after talking", informed: "After the codes" };

const $ = (id) => document.getElementById(id);
const say = (id, text) => writeOrHide($(id), text);
const base = document.body.dataset.join;
let course = null, chosen = [], reasons = null, key = "", code = "", state = null, plan = null, planned = -1, withReasons = false, offered = null, ends = null;
let waiting = false, asking = null, settled = 0, spoken = 0, speaking = 0, net = "", dark = false;
const tellScreen = together((message) => message.press && press(message.press));

// -- the server ---------------------------------------------------------------------------------------------------------

/** What the server says to the host: its table, or null once its sentence was shown. */
async function talk(path, body) {
  const answer = await ask(path, { body, headers: { authorization: `Bearer ${key}` } });
  if (answer.status < 300) return answer.table;
  if (answer.status === 401 || answer.status === 403) demandKey(answer.table.error);
  status(answer.later ? SILENT : answer.table.error, "error");
  return null;
}
const { root } = document.body.dataset;
const lecture = (of, more) => `${root}api/sessions/${of}${more}`;

/** One change at a time: while it is on its way, the buttons do nothing. */
async function change(how) {
  if (waiting) return;
  waiting = true;
  status("");
  mark();
  try {
    await how();
  } finally {
    waiting = false;
    mark();
  }
}
const post = (what, body) => change(async () => {
  const next = await talk(lecture(code, `/${what}`), body);
  if (next) await receive(next);
});

function mark() { // not `disabled`, which would drop the focus
  for (const button of document.querySelectorAll("#desk button, #choose button, #homework button")) {
    if (waiting) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}
function status(text, tone = "info") {
  const where = $("desk").hidden ? "trouble" : "said";
  if (where === "said") $("said").className = `bd-status bd-${tone}`;
  say(where, text);
}

// -- the address: #key/code -----------------------------------------------------------------------------------------------

function readAddress() {
  const [first, second = ""] = location.hash.slice(1).split("/");
  try {
    key = decodeURIComponent(first);
  } catch {
    key = ""; // mangled on its way here
  }
  code = second.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
}
/** Goes to a lecture. The page is opened again for it: what follows a lecture follows that one until it closes. */
function goTo(next, text = "") {
  history.replaceState({ text }, "", `#${encodeURIComponent(key)}/${next}`);
  location.reload();
}
function demandKey(sentence) {
  for (const id of ["choose", "desk"]) $(id).hidden = true;
  $("ask").hidden = false;
  say("title", "Host a lecture");
  say("trouble", sentence);
  $("key").focus();
}

// -- before a lecture -------------------------------------------------------------------------------------------------------

function showChoice() {
  say("title", "Begin a lecture, or give homework");
  $("choose").hidden = false;
  showMode();
  const types = course.types.filter(({ cases }) => cases.length);
  $("type").replaceChildren(...types.map(({ id, title }) => make("option", { value: id }, title)));
  showCases();
}
function showCases() {
  const typed = $("name").value; // else it is called as its type is
  if (!typed || course.types.some(({ title }) => title === typed)) $("name").value = $("type").selectedOptions[0].textContent;
  const row = ({ id, title, levels, minutes }) => make("label", { class: "bd-row" },
    make("input", { type: "checkbox", value: id }),
    make("span", null, make("strong", null, title), ` ${Object.values(levels)[0].act} `,
      make("span", { class: "bd-place" }, `Alone: ${minutes} min.`)));
  const here = course.types.flatMap((type) =>
    type.cases.filter(({ id }) => type.id === $("type").value || chosen.includes(id)));
  $("offered").replaceChildren(...here.map(row));
  for (const box of $("offered").querySelectorAll("input")) box.checked = chosen.includes(box.value);
}
/** Cases come in the order in which they were chosen. */
function chooseCase({ target }) {
  chosen = chosen.filter((id) => id !== target.value);
  if (target.checked) chosen.push(target.value);
  const title = (wanted) => course.types.flatMap(({ cases }) => cases).find(({ id }) => id === wanted).title;
  say("order", chosen.length > 1 ? `In this order: ${chosen.map(title).join(", ")}` : "");
}

const isHomework = () => new FormData($("choose")).get("mode") === "homework";
function showMode() {
  const mode = isHomework() ? "homework" : "lecture";
  for (const part of document.querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== mode;
  write(document.querySelector("label[for=name]"), CALLED[mode]);
  write($("how-many"), HOW_MANY[mode]);
  write($("start"), STARTS[mode]);
}

function giveHomework() {
  const all = course.types.find(({ id }) => id === $("type").value).cases.map(({ id }) => id);
  const given = {
    mode: "homework",
    session: newHomework(course),
    title: $("name").value.trim(),
    vignettes: chosen.length ? chosen : all,
    closes: endOfDay($("closes").value),
  };
  return change(async () => {
    const made = await talk(`${root}api/sessions`, given);
    if (made) goTo(made.code);
  });
}
function start() {
  if (isHomework()) return giveHomework();
  if (!chosen.length) return status("Choose one case or more, then start.");
  return change(async () => {
    const lectureToBe = { session: `lecture-${randomHex(5)}`, title: $("name").value.trim(), vignettes: chosen, reasons: $("with-reasons").checked };
    const made = await talk(`${root}api/sessions`, lectureToBe);
    if (made) goTo(made.code);
  });
}
/** The same cases under a new code. Its id follows from the old one's, so that trying again after a lost answer makes no third. */
function beginAgain(text, instead) {
  return change(async () => {
    const [, stem, number] = state.session.match(/^(.*?)(?:-again-(\d+))?$/);
    const made = await talk(`${root}api/sessions`, {
      session: `${stem}-again-${Number(number ?? 1) + 1}`,
      title: state.title,
      vignettes: plan.map(({ id }) => id),
      reasons: withReasons,
      ...instead,
    });
    if (made) goTo(made.code, text);
  });
}

// -- the lecture --------------------------------------------------------------------------------------------------------

async function receive(next) {
  if (state && next.version < state.version) return;
  const moved = state && next.version > state.version;
  state = next;
  ends = next.remaining === null ? null : performance.now() + 1000 * next.remaining;
  if (planned !== next.version) {
    const answer = await talk(lecture(code, "/plan"));
    if (!answer || state.version !== next.version) return;
    plan = answer.vignettes;
    withReasons = answer.reasons;
    reasons = withReasons && next.stage === "reveal" ? await talk(lecture(code, "/reasons")) : null;
    planned = next.version;
  }
  if (moved) settled = performance.now() + SETTLE;
  show(moved);
}
function show(moved) {
  const held = document.activeElement;
  const here = plan[presentPlace(state)], known = course.types.flatMap(({ cases }) => cases).find(({ id }) => id === here.id);
  offered = offer(state, plan);
  if (moved) unask();
  document.title = `${state.title} · the host`;
  say("title", state.title);
  showCounts();
  say("place", `Case ${presentPlace(state) + 1} of ${plan.length}`);
  say("case", here.title);
  say("now", NOW[state.stage]);
  say("primary", offered.primary.label);
  say("effect", effectOf(offered.primary));
  showAsking();
  showQuiet(offered.quiet);
  showDial(offered.level && here);
  showText(known, here.level);
  showHands(here);
  $("cases-box").hidden = plan.length < 2 || state.stage === "over";
  options($("cases"), plan.map(({ id, title }, at) => [id, `${at + 1}. ${title}${id === here.id ? " (now)" : ""}`]), here.id);
  showReasons();
  showClass();
  tick();
  mark();
  if (held && (!held.isConnected || held.closest("[hidden]"))) $("primary").focus();
}
function showCounts() {
  write($("joined"), String(state.joined));
  write($("judged"), String(state.judged));
  $("judging").hidden = ["lobby", "over"].includes(state.stage);
  say("crowd", crowd());
  if (!speaking) speaking = setTimeout(speak, Math.max(0, spoken + SPEAK - performance.now()));
}
function speak() {
  speaking = 0;
  spoken = performance.now();
  const counting = !$("judging").hidden;
  say("spoken", counting ? `${state.joined} joined, ${state.judged} have judged.` : `${state.joined} joined.`);
}
/** A sentence where nobody can come in, or more come than are in the building. */
function crowd() {
  const { joined, people, room: places, rate } = state, number = (n) => n.toLocaleString("en");
  const anew = "begin anew under a new code.";
  if (places && joined >= places) {
    return `The lecture is full: it takes ${number(places)} phones. If more than your students have joined, ${anew}`;
  }
  if (rate > CROWD) {
    return `${number(Math.round(rate))} phones a second are joining, more than a hall can. If these are not your students, ${anew}`;
  }
  if (people && joined > people) {
    return `${number(joined)} phones have joined, and ${number(people)} are in the room. If these are not your students, ${anew}`;
  }
  return "";
}
function tick() {
  const left = ends === null ? null : Math.ceil((ends - performance.now()) / 1000);
  if (left === null) return say("clock", "");
  return say("clock", left > 0 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left` : "Time is up");
}
function showQuiet(steps) { // a button that stays keeps its place and the focus
  const box = $("quiet"), old = new Map([...box.children].map((node) => [node.dataset.step, node]));
  for (const [id, node] of old) if (!steps.some((step) => step.id === id)) node.remove();
  steps.forEach((step, at) => {
    const node = old.get(step.id) ?? make("button", { type: "button", class: "bd-quiet", "data-step": step.id });
    write(node, step.label);
    if (box.children[at] !== node) box.insertBefore(node, box.children[at] ?? null);
  });
}
/** Draws a part of the page anew only where what it shows has changed: nobody's focus or half-typed number is lost. */
function draw(node, wanted, parts) {
  const drawn = JSON.stringify(wanted);
  if (node.dataset.drawn === drawn) return;
  node.dataset.drawn = drawn;
  node.replaceChildren(...parts());
}
function showDial(here) {
  $("dial").hidden = !here;
  if (!here) return;
  const { dial, level, id } = here;
  const choices = [...dial.levels, { id: "split", label: "Split the room: each phone gets one" }];
  draw($("dial"), [id, choices], () => [make("legend", null, `The dial of this case: ${dial.fact}`),
    make("div", { class: "bd-rows" }, choices.map((choice) => make("label", { class: "bd-row" },
      make("input", { type: "radio", name: "dial", value: choice.id }), make("span", null, choice.label))))]);
  for (const input of $("dial").querySelectorAll("input")) input.checked = input.value === level;
}
function showText({ id, note, levels }, level) {
  say("note", note && `Content note: ${note}`);
  const shown = level in levels ? { [level]: levels[level] } : levels, texts = Object.values(shown);
  draw($("text"), [id, level], () => texts.map(({ label, case: words, act }) => make("div", null,
    texts.length > 1 && make("p", { class: "bd-place" }, label),
    make("p", null, words), make("p", { class: "bd-ask" }, act))));
}
function showHands({ id, opened, revealed }) {
  const secondRound = opened.includes("discussed") && !revealed.length;
  $("hands-box").hidden = !offered.hands.length;
  options($("phase"), offered.hands.map((phase) => [phase, PHASES[phase]]), secondRound ? "discussed" : "first");
  draw($("numbers"), id, () => course.scale.map(({ value, label }) => make("label", null, // another case begins with zeros
    make("span", null, `${value} ${label}`),
    make("input", { type: "number", min: "0", max: "5000", inputmode: "numeric", value: "0" }))));
}
function options(select, wanted, chosen) {
  draw(select, [wanted, chosen], () => wanted.map(([value, label]) =>
    make("option", value === chosen ? { value, selected: "" } : { value }, label)));
}
/** The reasons of the rounds that were revealed, where the forms have said that some may be shown. */
function showReasons() {
  $("reasons-box").hidden = !reasons?.rounds.length;
  draw($("reasons"), reasons, () => (reasons?.rounds ?? []).map(({ phase, label, reasons: texts, withheld }) =>
    make("fieldset", { "data-phase": phase }, make("legend", null, label),
      withheld && make("p", { class: "bd-hint" }, withheld),
      make("div", { class: "bd-rows" }, texts.map(({ id, text, ticked }) => make("label", { class: "bd-row" },
        make("input", ticked ? { type: "checkbox", value: id, checked: "" } : { type: "checkbox", value: id }),
        make("span", null, text)))),
      texts.length > 0 && make("button", { type: "submit", class: "bd-quiet", value: phase }, "Show the ticked ones on the projector"))));
}
function showReasonsToClass({ submitter }) {
  const boxes = submitter.closest("fieldset").querySelectorAll("input:checked");
  const ids = [...boxes].map((box) => box.value);
  return post("reasons", { vignette: plan[presentPlace(state)].id, phase: submitter.value, ids });
}
function showClass() {
  $("class").hidden = !state.reveal;
  draw($("class"), state.reveal, () => []);
  if (state.reveal && !$("class").hasChildNodes()) renderReveal($("class"), state.reveal, { compact: innerWidth < NARROW });
}
function showJoining() {
  const shown = `${code.slice(0, 4)}-${code.slice(4)}`, address = `${base}/${shown}`, { hostname, protocol } = new URL(base);
  write($("code"), shown);
  $("join").href = address;
  $("join").replaceChildren(address.replace(/^https?:\/\//, "").replace(shown, ""), make("wbr"), shown); // may break here alone
  $("screen").href = `${root}${shown}/screen`; // of our own origin, so that a clicker's press there is heard here
  $("qr").src = `${root}${shown}/qr.svg`;
  const near = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  say("notice", near ? SHUT : protocol === "http:" ? OPEN : "");
  $("joining").open = innerWidth > 700 && innerHeight > 700;
}

/** The way to this page as a picture, drawn by the server, which hears the key as ever; gone when the fold is closed. */
async function showElsewhere() {
  const image = $("host-qr");
  image.hidden = true;
  image.removeAttribute("src");
  if (!$("elsewhere").open) return;
  const answer = await fetch(`${root}${code}/host.svg`, { headers: { authorization: `Bearer ${key}` } }).catch(() => null);
  if (!answer?.ok) return say("no-link", SILENT);
  say("no-link", "");
  image.src = `data:image/svg+xml,${encodeURIComponent(await answer.text())}`;
  image.hidden = false;
}

// -- what is pressed ------------------------------------------------------------------------------------------------------

function doStep(step) {
  if (!step || waiting || performance.now() < settled) return;
  if (step.confirm && asking !== step) {
    asking = step;
    write($("asked"), step.confirm);
    write($("yes"), step.label);
    showAsking();
    settled = performance.now() + SETTLE; // a double click is not a confirmation
    $("yes").focus();
    return;
  }
  unask();
  if (step.change === "another") beginAgain(ANOTHER);
  else post(step.change, step.body);
}
function unask() {
  if (asking === null) return;
  asking = null;
  showAsking();
  $("primary").focus();
}
/** While one step waits to be confirmed, there is no other. */
function showAsking() {
  $("confirm").hidden = asking === null;
  for (const id of ["primary", "effect", "quiet"]) $(id).hidden = asking !== null;
}
/** A clicker's press, here or on the projector. */
function press(word) {
  if (!offered || $("desk").hidden || !$("clicker").checked) return;
  if (word === "next") doStep(asking ?? offered.primary);
  if (word === "back") {
    if (asking) unask();
    else doStep(offered.quiet.find(({ id }) => id === "back"));
  }
  if (word === "dark") {
    dark = !dark;
    tellScreen({ dark, code });
  }
  if (word === "screen") window.open($("screen").href, "boundaries-screen");
}
function listen() {
  const on = (id, event, act) => $(id).addEventListener(event, (happening) => {
    if (event === "submit") happening.preventDefault();
    act(happening);
  });
  on("ask", "submit", () => goTo(code));
  on("key", "input", () => { key = $("key").value.trim(); });
  on("mode", "change", showMode);
  on("type", "change", showCases);
  on("offered", "change", chooseCase);
  on("choose", "submit", start);
  on("go-on", "click", () => goTo($("running").value.replace(/[^0-9A-Za-z]/g, "").toUpperCase()));
  on("primary", "click", () => doStep(offered.primary));
  on("yes", "click", () => doStep(asking));
  on("no", "click", unask);
  on("quiet", "click", ({ target }) => {
    doStep(offered.quiet.find(({ id }) => id === target.closest("button")?.dataset.step));
  });
  on("dial", "change", ({ target }) => post("level", { vignette: plan[presentPlace(state)].id, level: target.value }));
  on("hands", "submit", keepHands);
  on("elsewhere", "toggle", showElsewhere);
  on("go", "click", () => post("stage", { vignette: $("cases").value, stage: "lobby" }));
  on("anew", "click", () => beginAgain(ANEW, { instead_of: code }));
  on("room", "submit", () => post("room", { people: Number($("people").value) }));
  on("reasons", "submit", showReasonsToClass);
  addEventListener("hashchange", () => location.reload());
  addEventListener("keydown", (event) => {
    if (event.repeat && event.target.closest?.("button")) event.preventDefault(); // a key held down is one press
    if (event.key === "Escape") unask();
    const word = $("clicker").checked && !$("desk").hidden && clicked(event);
    if (!word) return;
    event.preventDefault();
    if (!event.repeat) press(word);
  });
}
function keepHands() {
  const typed = [...$("numbers").querySelectorAll("input")].map((input) => Number(input.value || 0));
  const counts = typed.some(Boolean) ? typed : []; // five zeros take it back
  return change(async () => {
    const next = await talk(lecture(code, "/hands"), { vignette: plan[presentPlace(state)].id, phase: $("phase").value, counts });
    if (!next) return;
    await receive(next);
    status(counts.length ? "The show of hands is kept, and will be marked “by hand”." : "No hands are kept for this round.", "ok");
  });
}

async function begin() {
  readAddress();
  if (!/^[!-~]+$/.test(key)) return demandKey(NO_KEY); // no header can carry other signs
  course = await talk(`${root}api/course`);
  if (!course) return key && setTimeout(begin, 3000);
  say("trouble", "");
  if (!code) return showChoice();
  const first = await talk(lecture(code, ""));
  if (!first) return showChoice();
  if (first.mode === "homework") {
    showJoining();
    const path = (more) => lecture(code, more);
    return followHomework(code, first.title, { talk, change, path, compact: innerWidth < NARROW });
  }
  $("desk").hidden = false;
  showJoining();
  await receive(first);
  follow(code, first, receive, (text) => { if (text !== net) say("trouble", net = text); });
  setInterval(tick, 250);
  if (history.state?.text) status(history.state.text, "ok");
  history.replaceState(null, "");
  if (parent !== window) parent.postMessage({ boundaries: "lecture", code }, "*"); // the notebook that shows us in a frame
  return undefined;
}

listen();
begin().finally(() => { document.documentElement.dataset.ready = "yes"; });
