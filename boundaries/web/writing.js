// A form for words of one's own: an author's questions, two cases to compare, or one guess. As in form.js every rule
// lives in Python, nothing is claimed that Python has not said, and all text reaches the page as text nodes.

import { drafts, guard, make, randomHex, statusLine } from "./dom.js";
import { questions, widget } from "./patience.js";

const PATIENCE = 5000; // ms until we say that no answer came
const NO_RECEIPT =
  "No answer from Python yet, so nothing is confirmed as stored. What you typed is kept here. " +
  "If a cell is running it may still come; otherwise run this cell again.";

/** A field for a text of several lines, with a count of its characters. */
function text({ id, label, max }, name) {
  const count = make("span", { class: "bd-count", id: `${name}-count` });
  const area = make("textarea", { id: name, rows: 3, "aria-describedby": count.id });
  const measure = () => {
    const length = [...area.value].length; // code points, as Python counts
    count.textContent = `${length} of ${max}`;
    count.classList.toggle("bd-over", length > max);
  };
  area.addEventListener("input", measure);
  measure();
  return {
    id,
    node: make("div", { class: "bd-reason" },
      make("label", { for: name }, label), area, make("p", { class: "bd-hint" }, make("span"), count)),
    get value() { return area.value; },
    set value(value) { area.value = value; measure(); },
  };
}

/** A field for a whole number. */
function number({ id, label, min, max }, name) {
  const input = make("input", { id: name, type: "number", min, max, step: 1, inputmode: "numeric", class: "bd-figure" });
  return {
    id,
    node: make("div", { class: "bd-reason" }, make("label", { for: name }, label), input),
    get value() { return input.value; },
    set value(value) { input.value = value; },
  };
}

/** Radios under one legend. */
function choice({ id, label, options }, name) {
  const rows = options.map((option) => make("label", { class: "bd-row" },
    make("input", { type: "radio", name, value: option.value }), make("span", null, option.label)));
  const node = make("fieldset", null, make("legend", null, label), make("div", { class: "bd-rows bd-choices" }, rows));
  const inputs = [...node.querySelectorAll("input")];
  return {
    id, node,
    get value() { return inputs.find((input) => input.checked)?.value ?? ""; },
    set value(value) { for (const input of inputs) input.checked = input.value === value; },
  };
}

const KINDS = { text, number, choice };

/** A form in `root` that says what was written through `send`. Returns { update, offline, destroy }. */
export function renderWriting(root, send) {
  const own = `bd-writing-${randomHex(8)}`;
  const place = make("div");
  const { node: status, say } = statusLine();
  const card = make("div", { class: "bd-card bd-writing" }, place, status);
  const python = questions(card, send, PATIENCE);
  let fields = null, shown = "", draft = "";
  root.append(card);

  const read = () => Object.fromEntries(fields.map((field) => [field.id, field.value]));
  function submit(event) {
    event.preventDefault();
    if (python.waiting) return;
    say("Storing…");
    python.ask({ kind: "keep", answers: read() }, () => say(NO_RECEIPT, "error"));
  }
  function build(next) {
    fields = next.fields.map((field, n) => KINDS[field.kind](field, `${own}-${n}`));
    const form = make("form", { novalidate: "", autocomplete: "off", "aria-labelledby": `${own}-title` },
      make("p", { id: `${own}-title`, class: "bd-title" }, next.legend),
      next.about.map((words) => make("p", { class: "bd-notice" }, words)),
      fields.map((field) => field.node),
      next.hint && make("p", { class: "bd-notice" }, next.hint),
      next.submit && make("button", { type: "submit", class: "bd-submit" }, next.submit));
    form.addEventListener("submit", submit);
    form.addEventListener("input", () => drafts.save(draft, read()));
    place.replaceChildren(form);
    const typed = drafts.load(draft) ?? {};
    for (const field of fields) field.value = typed[field.id] ?? next.answers[field.id] ?? "";
  }

  return {
    update(next) {
      const held = card.contains(card.getRootNode().activeElement);
      draft = next.draft;
      const answered = python.waiting && ["ok", "error"].includes(next.receipt?.tone);
      if (answered && next.receipt.tone === "ok") drafts.drop(draft);
      const key = JSON.stringify([next.legend, next.about, next.fields, next.submit]);
      if (key !== shown) {
        shown = key;
        build(next);
        if (held) status.focus(); // never drop the focus to <body>: keys would go to the notebook
      }
      if (answered) python.rest();
      if (!python.waiting) say(next.receipt?.text ?? "", next.receipt?.tone);
      guard(card);
    },
    offline(words) {
      python.rest();
      say(words);
    },
    destroy() {
      python.rest();
      card.remove();
    },
  };
}

export default widget(renderWriting, "form");
