// A homework at one's own pace: start, case after case judged alone, what the codes say, judging again, the end.
// Where the answers go is the affair of `server`, an object with the functions of remote.js; what is kept on this
// device until it is confirmed, that of outbox.js. Which readings may be shown, the server decides.
import { FOREIGN } from "./asking.js";
import { button, make, writeOrHide } from "./dom.js";
import { renderForm } from "./form.js";
import { caseText, endPage, pairText, startPage } from "./homework_pages.js";
import { keeper, outbox } from "./outbox.js";
import { renderReveal } from "./reveal.js";

const NEVER = 2 ** 31 - 1; // ms: form.js must not give up on us, we answer it ourselves
const FIRST_PAUSE = 1500, LONGEST_PAUSE = 15000; // ms between two questions that nobody answers
const SILENT = "The server does not answer at the moment. This page tries again by itself; what you judged is kept here.";
const PHASES = { first: "First", informed: "After the codes" };
const FORMS = {
  first: {
    legend: "Your first judgment",
    submit: "Lock in my judgment",
    notice: "This is final; you may judge again after the codes.",
  },
  informed: {
    legend: "Judge again",
    submit: "Store my second judgment",
    notice: "You may change this second judgment as often as you like; the last one counts.",
  },
};
const STAGES = {
  alone: "Judge alone, before you read or ask anybody. What the codes say opens after the last case.",
  each: "Judge alone, before you read or ask anybody. What the codes say of this case opens then.",
  pair: "Read both, then judge each one alone. What the codes say of them opens when both are judged.",
  waits: "Judged. What the codes say opens when all cases of this lesson are judged and stored.",
  waitsBeside: "Judged. What the codes say opens when the other case is judged, too.",
  codes: "What the codes say, beside your judgment. You may judge once more.",
  over: "This homework has ended. It takes no more judgments.",
};

const $ = (id) => document.getElementById(id);
const say = (id, text) => writeOrHide($(id), text);
const isOne = (value) => value !== null && value !== undefined;

/** Opens the homework that `server` has, with what this device keeps of it under `name`. */
export async function openHomework(name, server) {
  const memory = server.memory ?? keeper(name);
  const sender = outbox(memory, server, { tell, refuse, changed, words });
  const readings = new Map(), classes = new Map(); // by case, as they were answered
  let page = null, cases = [], lessonOf = new Map(); // what `load` gave
  let form = null, formOf = "", changing = "";
  let receipts = {}, refused = {}; // by round: what was last said of it; what was not taken
  let completion = null, textShown = "", asking = false;
  let finished = ""; // the case with which a lesson was just finished: the codes begin with its first one

  // -- what was judged -----------------------------------------------------------------------------------------------

  const own = (item, phase) => {
    const { outbox: waiting, mine } = memory.read();
    return waiting[`${item}/${phase}`] ?? mine[`${item}/${phase}`];
  };
  const isJudged = ({ item }) => Boolean(own(item, "first"));
  const isStored = ({ item }) => Boolean(memory.read().mine[`${item}/first`]);
  const allJudged = () => cases.every(isJudged);
  const opensEach = () => page.codes_open === "after each case";
  /** The case that is compared with this one, if any. */
  function besideOf({ item }) {
    const { pair, cases: all } = lessonOf.get(item), other = pair.find((id) => id !== item);
    return pair.includes(item) ? all.find((one) => one.item === other) : null;
  }
  function isReadable(one) {
    if (opensEach()) return [one, besideOf(one)].filter(Boolean).every(isStored);
    return lessonOf.get(one.item).cases.every(isStored);
  }
  /** The judgments of a case by phase, in words for form.js. */
  function yours({ item }) {
    const listed = [];
    for (const [phase, label] of Object.entries(PHASES)) {
      const judgment = own(item, phase), waits = `${item}/${phase}` in memory.read().outbox;
      if (!judgment) continue;
      const text = words(judgment) + (waits ? " – not confirmed yet" : "");
      listed.push({ phase: label, rating: judgment.rating, text, reason: judgment.reason });
    }
    return listed;
  }
  function words(judgment) {
    if (!judgment) return "";
    if (judgment.rating === null) return "you preferred not to judge this one";
    const { options } = cases.find(({ item }) => item === judgment.vignette) ?? cases[0];
    const label = (points, value) => points.find((point) => point.value === value)?.label ?? "";
    const sure = label(page.form.confidence.options, judgment.confidence).toLowerCase();
    return `${judgment.rating}, ${label(options, judgment.rating)} (${sure})`;
  }

  // -- where the reader is: the fragment of the address, so that Back, a reload and a bookmark work -------------------

  function place() {
    const at = location.hash.slice(1);
    if (at === "end") return at;
    const number = Number(at);
    return cases[number - 1] ? number : "start";
  }
  function go(to) {
    const before = location.hash;
    location.hash = `#${to}`;
    if (location.hash === before) show();
  }
  /** The number of the next case that is not judged, the first ones after the last; 0 where none is left. */
  function openAfter(number) {
    const beside = besideOf(cases[number - 1]);
    if (beside && !isJudged(beside)) return cases.indexOf(beside) + 1;
    const order = [...cases.keys()].map((step) => (number + step) % cases.length);
    const next = order.find((at) => at !== number - 1 && !isJudged(cases[at]));
    return next === undefined ? 0 : next + 1;
  }
  /** Where the link below a case leads: [fragment, label, class]; null where there is nowhere to go yet. */
  function onward(number) {
    const here = cases[number - 1], lesson = lessonOf.get(here.item).cases, left = openAfter(number);
    if (!isJudged(here) && !page.over) return left ? [left, "Leave it for later", "bd-later"] : null;
    if (finished) return [cases.indexOf(lesson[0]) + 1, "What the codes say", "bd-onward"];
    const beside = opensEach() && !page.over && besideOf(here);
    if (beside && isReadable(here) && !readings.has(beside.item)) return [cases.indexOf(beside) + 1, "What the codes say of the other", "bd-onward"];
    const isReading = page.over || (!opensEach() && lesson.every(isJudged));
    if (isReading && (page.over ? cases : lesson).at(-1) !== here) return [number + 1, "Next case", "bd-onward"];
    return left && !page.over ? [left, "Next case", "bd-onward"] : ["end", "To the end", "bd-onward"];
  }

  // -- what is shown -------------------------------------------------------------------------------------------------

  function show() {
    if (!page) return;
    const at = place(), focus = document.activeElement, inside = $("form").contains(focus);
    say("homework", at === "start" ? "" : page.title); // there it is the heading
    showSteps(at);
    if (typeof at === "number") showCase(at);
    else showPage(at);
    const lost = document.activeElement === document.body || !document.activeElement.offsetParent;
    if (inside && lost) $("title").focus();
  }
  function showSteps(at) {
    const links = cases.map((one, index) => {
      const state = !isJudged(one) ? "open" : own(one.item, "first").rating === null ? "skipped" : "judged";
      const current = at === index + 1 ? { "aria-current": "step" } : {};
      const name = `Case ${index + 1}, ${state}`;
      return make("li", null,
        make("a", { href: `#${index + 1}`, class: `bd-step bd-${state}`, "aria-label": name, ...current }, String(index + 1)));
    });
    const current = at === "end" ? { "aria-current": "page" } : {};
    links.push(make("li", null, make("a", { href: "#end", class: "bd-step", ...current }, "Mine")));
    const focused = [...$("steps").querySelectorAll("a")].indexOf(document.activeElement);
    $("steps").replaceChildren(...links);
    if (focused >= 0) $("steps").querySelectorAll("a")[focused].focus();
    $("steps").hidden = at === "start";
  }
  function showPage(at) {
    const key = JSON.stringify([at, completion, page, memory.read().mine, memory.read().outbox]);
    if (key === textShown) return; // what is being typed or read stays
    const parts = { page, cases, memory, server, yours, isJudged, completion, go, carry, agree };
    textShown = key;
    form?.destroy(); // or a digit that is typed on this page would choose a rating
    form = null;
    formOf = "";
    $("form").hidden = $("class").hidden = true;
    $("onward").replaceChildren();
    document.body.dataset.view = at;
    say("place", "");
    say("stage", page.over ? STAGES.over : "");
    const [title, ...nodes] = at === "end" ? endPage(parts) : startPage(parts);
    document.title = `${title} · ${page.title}`;
    say("title", title);
    $("text").replaceChildren(...nodes);
  }
  function showCase(number) {
    const one = cases[number - 1];
    document.title = `${one.title} · ${page.title}`;
    const done = cases.filter(isJudged).length;
    say("place", `Case ${number} of ${cases.length} · ${done} judged`);
    const beside = isReadable(one) || page.over ? null : besideOf(one), { asks, pair } = lessonOf.get(one.item);
    document.body.dataset.view = beside ? "pair" : "case";
    document.body.dataset.side = pair[1] === one.item ? "right" : "left"; // where its form stands on a wide screen
    say("title", beside ? `“${one.title}” beside “${beside.title}”` : one.title);
    say("stage", STAGES[stageOf(one, beside)]);
    const key = JSON.stringify([one.item, one.wording, beside?.wording]);
    if (key !== textShown) {
      textShown = key;
      const both = pair[0] === one.item ? [one, beside] : [beside, one];
      $("text").replaceChildren(...(beside ? pairText(both, asks) : caseText(one)));
    }
    showOnward(number); // before the form, which gives it the focus once a judgment is locked
    showForm(one, beside);
    showClass(one);
    if (isReadable(one) && !finished) askReadings(one);
  }
  function stageOf(one, beside) {
    if (page.over) return "over";
    if (readings.has(one.item)) return "codes";
    if (isJudged(one)) return opensEach() && beside ? "waitsBeside" : "waits";
    if (opensEach()) return beside ? "pair" : "each";
    return "alone";
  }
  function showOnward(number) {
    const next = onward(number);
    const before = $("onward").contains(document.activeElement);
    $("onward").replaceChildren(...(next ? [make("a", { href: `#${next[0]}`, class: next[2] }, next[1])] : []));
    if (before) $("onward").querySelector("a")?.focus();
  }

  /** The form of the phase that is asked, else what was judged; both by form.js, which keeps the focus. */
  function showForm(one, beside) {
    const judged = isJudged(one), phase = judged ? "informed" : "first", at = `${one.item}/${phase}`;
    const open = !page.over && (!judged || changing === one.item);
    const said = readings.get(one.item);
    $("form").hidden = page.over && !judged;
    if (formOf !== one.item) {
      form?.destroy();
      const onto = () => $("onward").querySelector("a"), keys = document.querySelector("main");
      form = renderForm($("form"), hear, { patience: NEVER, onward: onto, keys });
      formOf = one.item;
    }
    const result = judged ? resultOf(one, said) : null;
    const asked = { ...page.form, ...one, kind: "state", phase, draft: `${name}/${one.item}/${one.wording}/${phase}` };
    if (open) {
      // Where two cases stand on the page, the form says which of them it asks about.
      const legends = beside ? { legend: `${FORMS[phase].legend}: “${one.title}”`, title: "" } : {};
      const chosen = own(one.item, phase) ?? refused[at];
      const receipt = receipts[at]?.tone === "error" ? receipts[at] : null;
      form.update({
        ...asked, ...FORMS[phase], ...legends, result, receipt, again: null,
        chosen: chosen ? { ...chosen, skip: chosen.rating === null } : null,
      });
      return;
    }
    const again = said && !page.over && { label: own(one.item, "informed") ? "Change my second judgment" : "Judge again" };
    const receipt = receipts[`${one.item}/informed`] ?? (said ? null : receipts[`${one.item}/first`]) ?? null;
    form.update({ item: one.item, phase: "locked", chosen: null, receipt, result, again });
  }
  /** The own judgments of a case, and what the codes say beside the last of them. */
  function resultOf(one, said) {
    const mine = yours(one), empty = { yours: mine, scale: [], about: "", why: "", questions: [], readings: [] };
    if (!said) return empty;
    const rating = mine.map((each) => each.rating).filter(isOne).at(-1);
    const beside = said.readings.map((each) => ({ ...each, verdict: each.verdicts[rating] ?? "" }));
    return { ...said, yours: mine, readings: beside };
  }
  function showClass(one) {
    const shown = classes.get(one.item), guess = memory.read().guesses?.[one.item];
    $("class").hidden = !page.over || !allJudged();
    if ($("class").hidden) return;
    if (guess === undefined) {
      const asked = $("class").querySelector(".bd-guess")?.dataset.item;
      // Whoever is choosing keeps the focus when something else comes in.
      if (asked !== one.item) $("class").replaceChildren(make("h2", null, "The class"), guessForm(one));
      return;
    }
    if (!shown) {
      askClass(one);
      return;
    }
    const rating = own(one.item, "informed")?.rating ?? own(one.item, "first")?.rating ?? null;
    renderReveal($("class"), shown, { own: { level: one.level, rating }, compact: true });
    const label = one.options.find(({ value }) => value === guess)?.label;
    $("class").prepend(make("h2", null, "The class"), make("p", null, `Your guess: ${guess}, ${label}.`));
  }
  function guessForm(one) {
    const buttons = one.options.map(({ value, label }) => button(`${value}, ${label}`, () => {
      memory.change((all) => { all.guesses = { ...all.guesses, [one.item]: value }; });
      show();
      $("class").setAttribute("tabindex", "-1");
      $("class").focus();
    }));
    return make("div", { role: "group", class: "bd-guess", "data-item": one.item, "aria-labelledby": "guess" },
      make("p", { id: "guess" }, "Guess before you look: which rating did most of your class choose?"), buttons);
  }

  // -- what is heard -------------------------------------------------------------------------------------------------

  function hear({ kind, phase, rating, confidence, reason, skip, wording }) {
    const item = formOf, at = `${item}/${phase}`;
    if (kind === "again") {
      changing = item;
      delete receipts[`${item}/informed`];
      show();
      return;
    }
    changing = "";
    delete receipts[at];
    const answer = skip ? { rating: null, confidence: null } : { rating, confidence };
    const { level } = cases.find((one) => one.item === item);
    sender.add(at, { vignette: item, phase, wording, level, ...answer, reason });
    const lesson = lessonOf.get(item).cases;
    const isLast = phase === "first" && lesson.length > 1 && lesson.every(isJudged);
    finished = isLast && !opensEach() ? item : "";
    show();
  }
  function tell(at, text, tone) {
    receipts[at] = { text, tone };
    show();
  }
  function refuse(at, judgment) {
    refused[at] = judgment; // so that it can be mended
  }
  function changed() {
    show();
    sendConsent();
    askCompletion();
  }
  function agree(consent) {
    memory.change((all) => { all.consent = consent; });
    sendConsent();
  }
  async function sendConsent() {
    const { token, consent } = memory.read();
    if (consent === undefined || consent === page?.consent) return;
    const { status } = await server.consent(token, consent);
    if (status === 200) page.consent = consent;
  }
  /** Makes this device and the one whose code was typed one participant; a sentence where that cannot be. */
  async function carry(backup) {
    if (sender.waits) return "A judgment is still on its way. Try again when it is stored.";
    const { later, status, table } = await server.carry(backup);
    if (later) return SILENT;
    if (status !== 200) return table.error;
    const begun = { token: table.token, started: true, revision: 0, outbox: {}, mine: {}, consent: undefined };
    memory.change((all) => Object.assign(all, begun));
    receipts = {};
    refused = {};
    readings.clear();
    classes.clear();
    completion = null;
    await load(); // and goes on where the other device was
    return "";
  }

  // -- what is asked -------------------------------------------------------------------------------------------------

  /** Asks until somebody answers. */
  async function insist(question) {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const { later, foreign, rest, status, table } = await question();
      say("net", later ? (foreign ? FOREIGN : SILENT) : "");
      if (!later) return { status, table };
      const wait = Math.max(rest ?? 0, pause * (0.5 + Math.random()));
      await new Promise((resolve) => {
        setTimeout(resolve, wait);
        addEventListener("online", resolve, { once: true });
      });
    }
  }
  async function load() {
    const { status, table } = await insist(() => server.load(memory.read().token));
    if (status !== 200) {
      say("title", "This homework cannot be opened");
      say("stage", table.error);
      return;
    }
    page = table;
    cases = page.lessons.flatMap((lesson) => lesson.cases);
    lessonOf = new Map(page.lessons.flatMap((lesson) => lesson.cases.map(({ item }) => [item, lesson])));
    memory.change((all) => {
      all.levels = {}; // nobody asks for them: each case comes at its level
      all.consent ??= page.consent || undefined;
      for (const judgment of page.judgments) {
        const at = `${judgment.vignette}/${judgment.phase}`;
        if (!(at in all.outbox)) all.mine[at] = judgment;
        all.revision = Math.max(all.revision, judgment.revision);
      }
    });
    show();
    sender.send();
    sendConsent();
    askCompletion();
    if (memory.read().started && place() === "start") {
      const next = cases.findIndex((one) => !isJudged(one));
      go(next >= 0 ? next + 1 : "end");
    }
  }
  async function askReadings({ item }) {
    if (readings.has(item) || asking) return;
    asking = true;
    const { status, table } = await insist(() => server.readings(memory.read().token, item));
    asking = false;
    if (status === 200) readings.set(item, table);
    else receipts[`${item}/first`] = { text: table.error, tone: "error" };
    if (status === 200) show();
  }
  async function askClass({ item }) {
    const { status, table } = await insist(() => server.classOf(memory.read().token, item));
    if (status !== 200) {
      $("class").replaceChildren(make("p", null, table.error));
      return;
    }
    classes.set(item, table);
    show();
  }
  async function askCompletion() {
    if (completion || !server.complete || !cases.every(isStored)) return;
    const { status, table } = await insist(() => server.complete(memory.read().token));
    if (status !== 200) return;
    completion = table;
    show();
  }

  addEventListener("hashchange", () => {
    changing = finished = "";
    show();
    $("title").focus();
    scrollTo(0, 0);
  });
  addEventListener("storage", show); // another tab of this homework
  addEventListener("online", () => sender.hurry());
  await load();
  document.documentElement.dataset.ready = "yes";
}
