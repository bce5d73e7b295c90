// The judgment form: one item, one phase. A notebook card uses the default export (anywidget), a page renderForm.
// Every rule of judging lives in Python. This file keeps a draft, notices when Python does not answer, and never
// claims what Python has not said. All text reaches the page as text nodes, never as markup.

import { codesTable, provisions } from "./codes.js";
import { drafts, guard, make, randomHex, statusLine } from "./dom.js";
import { questions, widget } from "./patience.js";

const PATIENCE = 5000; // ms until we say that no answer came
const DOUBLE = 600, NEAR = 20; // ms and px between the two halves of a double click

const WAITED = "If a cell is running it may still come; otherwise run this cell again.";
const NO_RECEIPT =
  `No answer from Python yet, so nothing is confirmed as stored. What you typed is kept here. ${WAITED}`;

/** The name of a landmark, with the case that it belongs to. */
const named = (name, title) => (title ? `${title}: ${name}` : name);

/** Five (or three, or four) native radios under one legend. */
function choice(id, name, legend, options) {
  const missing = make("p", { id: `${id}-${name}-missing`, class: "bd-missing", hidden: "" });
  const rows = options.map(({ value, label }) =>
    make("label", { class: "bd-row" },
      make("input", { type: "radio", name: `${id}-${name}`, value }), make("span", null, label)));
  const node = make("fieldset", { class: `bd-${name}`, "aria-describedby": missing.id },
    make("legend", null, legend), missing, make("div", { class: "bd-rows" }, rows));
  const inputs = [...node.querySelectorAll("input")];
  return {
    node,
    get value() {
      const on = inputs.find((input) => input.checked);
      return on ? Number(on.value) : null;
    },
    set value(value) {
      for (const input of inputs) input.checked = value !== null && Number(input.value) === value;
    },
    has: (value) => inputs.some((input) => Number(input.value) === value),
    ask(sentence) {
      missing.textContent = sentence;
      missing.hidden = !sentence;
    },
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0]).focus(),
  };
}

/** The fields of one state: read and fill an answer, and say what is missing. */
function fields(id, state, onChange) {
  const rating = choice(id, "rating", state.question, state.options);
  const confidence = choice(id, "confidence", state.confidence.legend, state.confidence.options);
  const skip = make("input", { type: "checkbox" });
  const { max } = state.reason;
  const hint = make("span", { id: `${id}-hint` }, state.reason.hint);
  const count = make("span", { class: "bd-count", "aria-hidden": "true" });
  const spoken = make("span", { class: "bd-unseen", "aria-live": "polite" });
  const text = make("textarea", { id: `${id}-reason`, rows: 3, "aria-describedby": hint.id });
  const button = make("button", { type: "submit", class: "bd-submit" }, state.submit);
  const node = make("form", { novalidate: "", autocomplete: "off", "aria-label": named(state.legend, state.title) },
    make("p", { class: "bd-title" }, state.legend),
    rating.node,
    state.skip && make("label", { class: "bd-row bd-skip" }, skip, make("span", null, state.skip)),
    confidence.node,
    make("div", { class: "bd-reason" },
      make("label", { for: text.id }, state.reason.label), text,
      make("p", { class: "bd-hint" }, hint, count, spoken)),
    state.notice && make("p", { class: "bd-notice" }, state.notice),
    button);

  let aside = null; // what was chosen before a skip, so that changing one's mind costs nothing
  let pause;
  const length = () => [...text.value].length; // code points, as Python counts
  const measure = () => {
    count.textContent = length() ? `${length()} of ${max}` : "";
    count.classList.toggle("bd-over", length() > max);
  };
  const setSkip = (on) => {
    if (on) {
      aside = { rating: rating.value, confidence: confidence.value };
      rating.value = confidence.value = null;
    } else if (aside) {
      rating.value ??= aside.rating;
      confidence.value ??= aside.confidence;
      aside = null;
    }
    skip.checked = on;
  };
  node.addEventListener("input", ({ target }) => {
    if (target === text) {
      measure();
      clearTimeout(pause);
      pause = setTimeout(() => { spoken.textContent = count.textContent; }, 1000);
    } else setSkip(target === skip && skip.checked);
    rating.ask("");
    confidence.ask("");
    onChange();
  });
  return {
    node, rating, button,
    read: () => ({ rating: rating.value, confidence: confidence.value, reason: text.value, skip: skip.checked }),
    fill(answer) {
      rating.value = answer.rating ?? null;
      confidence.value = answer.confidence ?? null;
      text.value = answer.reason ?? "";
      if (answer.skip) setSkip(true);
      measure();
    },
    /** The sentence for what is missing, with the focus moved there; "" if nothing is. */
    missing() {
      if (!skip.checked && rating.value === null) {
        rating.ask("Please choose one.");
        rating.focus();
        return `Nothing was sent. Please choose an answer${state.skip ? `, or “${state.skip}”` : ""}.`;
      }
      if (!skip.checked && confidence.value === null) {
        confidence.ask("Please choose one.");
        confidence.focus();
        return `Nothing was sent. Please also answer: ${state.confidence.legend}`;
      }
      if (length() > max) {
        text.focus();
        return `Nothing was sent. Your reason has ${length()} characters, and ${max} is the most. Please shorten it.`;
      }
      return "";
    },
    /** A digit chooses: how sure one is where the focus is there, else the rating; then the focus goes on. */
    press(digit) {
      const sure = confidence.node.contains(node.getRootNode().activeElement);
      const asked = sure ? confidence : rating;
      if (!asked.has(digit)) return;
      asked.value = digit;
      asked.node.dispatchEvent(new Event("input", { bubbles: true }));
      if (sure) button.focus();
      else confidence.focus();
    },
    stop: () => clearTimeout(pause),
  };
}

/** Keeps the second half of a double click on a button, or a second tap, from what stands there by then. */
function hearOnce() {
  let last = null;
  return (event) => {
    const pressed = event.detail > 0 && event.target.closest("button, label"); // 0: from the keyboard
    const isSecond = pressed && last && pressed !== last.button && event.timeStamp - last.at < DOUBLE
      && Math.hypot(event.clientX - last.x, event.clientY - last.y) < NEAR;
    const isButton = pressed && pressed.matches("button");
    last = isButton ? { button: pressed, at: event.timeStamp, x: event.clientX, y: event.clientY } : null;
    if (!isSecond) return;
    event.preventDefault();
    event.stopPropagation();
  };
}

const said = (label, text) => text && make("p", null, make("strong", null, `${label}: `), text);

function renderResult({ result, again, title }, id, onAgain) {
  const { yours = [], scale = [], readings = [], questions = [], verdict } = result;
  const own = yours.filter((y) => y.rating !== null && y.rating !== undefined).at(-1)?.rating ?? null;
  const node = make("section", { class: "bd-result", tabindex: "-1", "aria-label": named("Your judgments and the sources", title) },
    yours.length > 0 && make("ul", { class: "bd-yours" }, yours.map((y) =>
      make("li", null, make("span", { class: "bd-phase" }, `${y.phase}: `), y.text,
        y.reason && make("q", { class: "bd-quote" }, y.reason)))),
    verdict && make("div", { class: "bd-reading" },
      make("p", { class: "bd-head" }, make("strong", { class: "bd-code" }, verdict.label)),
      make("p", null, verdict.why), provisions(verdict.provisions)),
    readings.length > 0 && codesTable(readings, scale, own, id),
    [result.about, result.binding].map((text) => text && make("p", { class: "bd-about" }, text)),
    result.why !== verdict?.why && said("Why this case", result.why),
    questions.length > 0 && [
      make("p", { class: "bd-ask" }, make("strong", null, "To talk about")),
      make("ul", { class: "bd-questions" }, questions.map((q) => make("li", null, q))),
    ]);
  if (again) {
    const button = make("button", { type: "button", class: "bd-again" }, again.label);
    button.addEventListener("click", onAgain);
    node.append(button);
  }
  return node;
}

/**
 * Puts an empty card into `root`; `send(message)` carries what the student does.
 * `update(state)` shows one whole state, `offline(text)` a sentence while there is none, `destroy()` clears up.
 * `onward()` gives what has the focus once a judgment is locked (else the receipt); digits pressed inside `keys` (else
 * the card) choose an answer.
 */
export function renderForm(root, send, { patience = PATIENCE, onward = () => null, keys = null } = {}) {
  // One prefix a view, not an item: a notebook may show the same card twice.
  const id = `bd-${randomHex(8)}`;
  const above = make("div"), place = make("div"), below = make("div"); // the status itself never moves
  const { node: status, say } = statusLine();
  const card = make("div", { class: "bd-card" }, above, place, status, below);
  root.append(card);
  guard(card);
  card.addEventListener("click", hearOnce(), true);

  let state = null, form = null, shown = "", result = null, resultShown = "";
  let problem = "", attempts = 0;
  const python = questions(card, send, patience);

  const active = () => card.getRootNode().activeElement;
  const unfolders = () => [...card.querySelectorAll(".bd-unfold")];
  const same = (next) => ["item", "phase", "wording"].every((name) => next[name] === state?.[name]);

  // The same sentence twice is silent in a live region: from the second time on it carries a number.
  function complain(text) {
    attempts = text === problem ? attempts + 1 : 1;
    problem = text;
    say(attempts > 1 ? `${text} (attempt ${attempts})` : text, "error");
  }
  function submit(event) {
    event.preventDefault();
    if (python.waiting) return;
    const lack = form.missing();
    if (lack) { complain(lack); return; }
    const answer = form.read();
    say("Storing…");
    const wording = state.wording === undefined ? {} : { wording: state.wording };
    python.ask({ kind: "judge", phase: state.phase, ...wording, ...answer }, () => complain(NO_RECEIPT));
  }

  function press(event) {
    if (!form || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea")) return;
    form.press(Number(event.key));
  }
  (keys ?? card).addEventListener("keydown", press);

  function showForm(next) {
    const { chosen, receipt, result: _, again, ...asked } = next; // all that makes this form this form
    const key = next.phase === "locked" ? "" : JSON.stringify(asked);
    if (key === shown) return false;
    const typed = form && same(next) ? form.read() : null;
    form?.stop();
    shown = key;
    form = key ? fields(id, next, () => next.draft && drafts.save(next.draft, form.read())) : null;
    if (form) {
      const start = typed ?? (next.draft && drafts.load(next.draft)) ?? chosen;
      if (start) form.fill(start);
      form.node.addEventListener("submit", submit);
    }
    place.replaceChildren(...(form ? [form.node] : []));
    return true;
  }
  function showResult(next) {
    const key = next.result ? JSON.stringify([next.item, next.result, next.again]) : "";
    if (key !== resultShown) {
      const open = next.item === state?.item
        ? unfolders().filter((b) => b.ariaExpanded === "true").map((b) => b.dataset.codes) : [];
      const old = result;
      resultShown = key;
      result = next.result && renderResult(next, id, () =>
        python.ask({ kind: "again" }, () => complain(`No answer from Python yet. ${WAITED}`)));
      old?.remove();
      if (result) below.append(result); // so that it is in the card while its lines unfold
      for (const button of unfolders()) if (open.includes(button.dataset.codes)) button.click();
    }
    const slot = next.phase === "locked" ? below : above;
    if (result && result.parentNode !== slot) slot.append(result);
  }

  return {
    update(next) {
      const focus = active();
      // Safari leaves the focus on <body> when a button is clicked: then our answer may still move it.
      const held = card.contains(focus) || (python.waiting && (!focus || focus === document.body));
      const codes = focus?.dataset?.codes;
      const newResult = Boolean(next.result) && !state?.result;
      const draft = form && state.draft, changed = showForm(next);
      const answered = python.waiting && (changed || ["ok", "error"].includes(next.receipt?.tone));
      showResult(next);
      // Only the draft of the form that was here: a locked state may already name that of the form to come.
      if (draft && (next.phase === "locked" || (answered && next.receipt?.tone === "ok"))) drafts.drop(draft);
      state = next;
      guard(card);
      if (answered) python.rest();
      if (!python.waiting) {
        const { text = "", tone = "info" } = next.receipt ?? {};
        if (tone === "error" && answered) complain(text);
        else { if (tone === "ok") problem = ""; say(text, tone); }
      }
      if (held && !card.contains(active())) { // never drop the focus to <body>: keys would go to the notebook
        const unfolder = codes && unfolders().find((button) => button.dataset.codes === codes);
        if (unfolder) unfolder.focus();
        else if (!form) (onward() ?? status).focus();
        else if (newResult) result.focus();
        else form.rating.focus();
      }
    },
    offline(text) {
      python.rest();
      say(text);
    },
    destroy() {
      python.rest();
      form?.stop();
      (keys ?? card).removeEventListener("keydown", press);
      card.remove();
    },
  };
}

export default widget(renderForm, "form");
