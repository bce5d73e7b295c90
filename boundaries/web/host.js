// The host's panel. As in form.js, every rule lives in Python: this file draws what it is told, says which button was
// pressed, and notices when nobody answers.
import { guard, make, writeOrHide as say } from "./dom.js";
import { connect, questions } from "./patience.js";
import { renderReveal } from "./reveal.js";

const PATIENCE = 7000; // ms until we say that no answer came
const SILENCE = 12000; // ms without a word from Python until we say so: it sends one every 5 s
const SETTLE = 600; // ms in which a changed button ignores the second half of a double click
const SPEAK = 10000; // ms between two spoken counts
const NOT_CONNECTED =
  "This panel is not connected to Python, so what it shows is old. Run this cell again (Shift+Enter); the lecture " +
  "itself goes on.";
const NO_ANSWER = "No answer from Python yet. If a cell is running it may still come; otherwise run this cell again.";
const SVG = "http://www.w3.org/2000/svg";

function drawing({ side, path }, label) {
  const svg = document.createElementNS(SVG, "svg");
  const paper = document.createElementNS(SVG, "rect");
  const dark = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label })) {
    svg.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries({ width: side, height: side, fill: "#fff" })) {
    paper.setAttribute(name, value);
  }
  dark.setAttribute("d", path);
  svg.append(paper, dark);
  return svg;
}
const link = (href, text) => make("a", { href, target: "_blank", rel: "noopener" }, text);
const address = (url) => { // may break before the code, and nowhere else
  const [, place, code] = url.match(/^https?:\/\/(.*\/)(.*)$/) ?? [url, url, ""];
  const node = link(url, place);
  node.append(make("wbr"), code);
  return node;
};
const clock = (left) => (left > 0 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left` : "Time is up");

function renderHost(root, send) {
  const id = `bd-host-${Math.random().toString(36).slice(2)}`;
  const parts = {};
  const part = (name, tag, attributes, ...children) => (parts[name] = make(tag, attributes, ...children));
  const button = (label, attributes) => make("button", { type: "button", ...attributes }, label);

  part("title", "p", { id: `${id}-title`, class: "bd-title" });
  part("qr", "div", { class: "bd-qr" });
  part("code", "p", { class: "bd-join-code" });
  part("join", "p", { class: "bd-join-url" });
  part("screen", "p", null);
  part("notice", "p", { class: "bd-net" });
  part("joined", "span", { class: "bd-big" });
  part("judged", "span", { class: "bd-big" });
  part("counts", "p", { class: "bd-counts" },
    make("span", null, parts.joined, " joined"), make("span", null, parts.judged, " have judged"));
  part("spoken", "p", { class: "bd-unseen", "aria-live": "polite" });
  part("place", "p", { class: "bd-place" });
  part("case", "p", { class: "bd-case-title" });
  part("note", "p", { class: "bd-hint" });
  part("text", "div", { class: "bd-text" });
  part("now", "p", { class: "bd-now", role: "status", tabindex: "-1" });
  part("timer", "p", { class: "bd-timer", role: "timer" });
  part("primary", "button", { type: "button", class: "bd-primary" });
  part("asked", "span", { id: `${id}-asked` });
  part("yes", "button", { type: "button", class: "bd-primary", "aria-describedby": `${id}-asked` });
  part("no", "button", { type: "button", class: "bd-quiet" }, "Not yet");
  part("confirm", "div", { class: "bd-confirm", role: "group", "aria-labelledby": `${id}-asked`, hidden: "" },
    parts.asked, make("span", { class: "bd-row-of" }, parts.yes, parts.no));
  part("quiet", "div", { class: "bd-row-of", role: "group", "aria-label": "Other steps" });
  part("said", "p", { class: "bd-status", role: "status", tabindex: "-1" });
  part("trouble", "p", { class: "bd-status bd-error", role: "alert" });
  part("dial", "fieldset", { class: "bd-dial", hidden: "" });
  part("phase", "select", { id: `${id}-phase` });
  part("numbers", "div", { class: "bd-numbers" });
  part("hands", "form", { novalidate: "", autocomplete: "off" },
    make("p", { class: "bd-hint" }, "When the network dies: count hands, type the five numbers. They are shown at the " +
      "reveal, marked “by hand”, and never mixed with what phones sent. Five zeros take them back."),
    make("label", { for: `${id}-phase` }, "Which round"), parts.phase, parts.numbers,
    make("button", { type: "submit", class: "bd-quiet" }, "Keep this show of hands"));
  part("handsBox", "details", null, make("summary", null, "Show of hands"), parts.hands);
  part("cases", "select", { id: `${id}-case` });
  part("go", "button", { type: "button", class: "bd-quiet" }, "Go to this case");
  part("casesBox", "details", null, make("summary", null, "Another case"),
    make("label", { for: `${id}-case` }, "Case"), parts.cases, parts.go);
  part("class", "div", { class: "bd-class" });

  const panel = make("section", { class: "bd-card bd-host", "aria-labelledby": `${id}-title` },
    parts.title,
    make("div", { class: "bd-top" }, parts.qr,
      make("div", { class: "bd-way" }, parts.code, parts.join, parts.screen, parts.counts)),
    parts.notice, parts.spoken,
    make("div", { class: "bd-present" }, parts.place, parts.case, parts.note,
      make("details", null, make("summary", null, "Read the case"), parts.text)),
    parts.trouble,
    make("div", { class: "bd-do" }, parts.dial, parts.now, parts.timer, parts.primary, parts.confirm, parts.quiet,
      parts.said),
    make("div", { class: "bd-folds" }, parts.handsBox, parts.casesBox));
  const whole = make("div", { class: "bd-lecture" }, panel, parts.class); // the class keeps to its own style sheet
  root.append(whole);

  const python = questions(panel, send, PATIENCE);
  let shown = {}, silence, deadline = null, settled = 0;
  let spoken = 0, speaking, asking = null, tick;

  function status(text, tone = "info") {
    parts.said.className = `bd-status bd-${tone}`;
    say(parts.said, text);
  }
  const ask = (message) => python.ask(message, () => status(NO_ANSWER, "error"));
  function press(step) {
    if (python.waiting || performance.now() < settled) return;
    if (!step.confirm || asking === step.id) {
      ask({ kind: "step", id: step.id, version: shown.version });
      return;
    }
    asking = step.id;
    parts.asked.textContent = step.confirm;
    parts.yes.textContent = step.label;
    parts.primary.hidden = true;
    parts.confirm.hidden = false;
    settled = performance.now() + SETTLE; // a double click is not a confirmation
    parts.yes.focus();
  }
  function unask(focus) {
    if (asking === null) return;
    asking = null;
    parts.confirm.hidden = true;
    parts.primary.hidden = false;
    if (focus) parts.primary.focus();
  }
  const steps = () => [shown.primary, ...shown.quiet];
  const find = (id) => steps().find((step) => step.id === id);

  for (const [node, act] of [
    [parts.primary, () => press(shown.primary)],
    [parts.yes, () => find(asking) && press(find(asking))],
    [parts.no, () => unask(true)],
    [parts.go, () => ask({ kind: "go", vignette: parts.cases.value, version: shown.version })],
  ]) node.addEventListener("click", act);
  parts.quiet.addEventListener("click", ({ target }) => {
    const step = find(target.closest("button")?.dataset.step);
    if (step) press(step);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.repeat && event.target.closest("button")) event.preventDefault(); // a key held down is one press
    if (event.key === "Escape" && asking !== null) unask(true);
  });
  parts.dial.addEventListener("change", ({ target }) => {
    send({ kind: "level", vignette: shown.vignette, level: target.value });
  });
  parts.hands.addEventListener("submit", (event) => {
    event.preventDefault();
    const counts = [...parts.numbers.querySelectorAll("input")].map((input) => Number(input.value || 0));
    ask({ kind: "hands", vignette: shown.vignette, phase: parts.phase.value, counts });
  });

  function options(select, wanted, chosen) {
    const drawn = JSON.stringify(wanted);
    if (select.dataset.drawn === drawn) return;
    const before = select.value;
    select.replaceChildren(...wanted.map(([value, label]) => make("option", { value }, label)));
    select.value = chosen ?? (wanted.some(([value]) => value === before) ? before : wanted[0]?.[0]);
    select.dataset.drawn = drawn;
  }
  function quiet(wanted) {
    const old = new Map([...parts.quiet.children].map((node) => [node.dataset.step, node]));
    for (const [key, node] of old) if (!wanted.some((step) => step.id === key)) node.remove();
    wanted.forEach((step, at) => {
      const node = old.get(step.id) ?? button("", { class: "bd-quiet", "data-step": step.id });
      if (node.textContent !== step.label) node.textContent = step.label;
      if (parts.quiet.children[at] !== node) parts.quiet.insertBefore(node, parts.quiet.children[at] ?? null);
    });
  }
  function dial(wanted) {
    parts.dial.hidden = !wanted;
    const drawn = JSON.stringify(wanted && [wanted.legend, wanted.options]);
    if (parts.dial.dataset.drawn !== drawn) {
      parts.dial.dataset.drawn = drawn;
      parts.dial.replaceChildren(...(wanted ? [make("legend", null, wanted.legend),
        make("div", { class: "bd-rows" }, wanted.options.map(({ id: value, label }) =>
          make("label", { class: "bd-row" }, make("input", { type: "radio", name: `${id}-dial`, value }),
            make("span", null, label))))] : []));
    }
    for (const input of parts.dial.querySelectorAll("input")) input.checked = input.value === wanted?.chosen;
  }
  function text(wanted) {
    const drawn = JSON.stringify(wanted);
    if (parts.text.dataset.drawn === drawn) return;
    parts.text.dataset.drawn = drawn;
    parts.text.replaceChildren(...wanted.map((level) => make("div", null,
      level.label && make("p", { class: "bd-place" }, level.label),
      make("p", null, level.case), make("p", { class: "bd-ask" }, level.act))));
  }
  function numbers({ scale, vignette }) { // another case begins with zeros
    const drawn = JSON.stringify([scale, vignette]);
    if (parts.numbers.dataset.drawn === drawn) return;
    parts.numbers.dataset.drawn = drawn;
    parts.numbers.replaceChildren(...scale.map(({ value, label }) => make("label", null,
      make("span", null, `${value} ${label}`),
      make("input", { type: "number", min: "0", max: "5000", inputmode: "numeric", value: "0" }))));
  }
  function count() {
    const left = deadline === null ? null : Math.ceil((deadline - performance.now()) / 1000);
    parts.timer.hidden = left === null;
    if (left !== null) say(parts.timer, clock(left));
  }
  function speak() {
    if (speaking) return;
    const wait = Math.max(0, spoken + SPEAK - performance.now());
    speaking = setTimeout(() => {
      speaking = 0;
      spoken = performance.now();
      say(parts.spoken, shown.counting
        ? `${shown.joined} joined, ${shown.judged} have judged.` : `${shown.joined} joined.`);
    }, wait);
  }
  function hear() {
    clearTimeout(silence);
    silence = setTimeout(() => say(parts.trouble, NOT_CONNECTED), SILENCE);
    say(parts.trouble, shown.trouble ?? "");
  }

  return {
    beat: hear,
    update(next) {
      const held = panel.contains(panel.getRootNode().activeElement) && panel.getRootNode().activeElement;
      const moved = next.version !== shown.version || next.code !== shown.code;
      if (moved && shown.version !== undefined) settled = performance.now() + SETTLE;
      shown = next;
      if (moved) unask(false);
      say(parts.title, `Lecture: ${next.title}`);
      if (parts.qr.dataset.url !== next.url) {
        parts.qr.dataset.url = next.url;
        parts.qr.replaceChildren(drawing(next.qr, "QR code of the address"));
        parts.join.replaceChildren(address(next.url));
        parts.screen.replaceChildren(link(next.screen, "Open the projector’s page"));
      }
      say(parts.code, next.code);
      panel.classList.toggle("bd-going", next.going);
      say(parts.notice, next.going ? "" : next.notice);
      say(parts.joined, String(next.joined));
      say(parts.judged, String(next.judged));
      parts.judged.parentNode.hidden = !next.counting;
      speak();
      say(parts.place, next.place);
      say(parts.case, next.case.title);
      say(parts.note, next.case.note && `Content note: ${next.case.note}`);
      text(next.case.texts);
      say(parts.now, next.now);
      deadline = next.remaining === null ? null : performance.now() + next.remaining * 1000;
      count();
      say(parts.primary, next.primary.label);
      if (asking !== null) parts.primary.hidden = true;
      quiet(next.quiet);
      dial(next.dial);
      parts.handsBox.hidden = !next.hands.length;
      options(parts.phase, next.hands.map(({ phase, label }) => [phase, label]));
      if (!parts.handsBox.open && next.phase) parts.phase.value = next.phase;
      numbers(next);
      parts.casesBox.hidden = next.cases.length < 2 || next.stage === "over";
      options(parts.cases, next.cases.map(({ id: value, title, here }, at) =>
        [value, `${at + 1}. ${title}${here ? " (now)" : ""}`]), next.vignette);
      const drawn = JSON.stringify(next.reveal);
      if (parts.class.dataset.drawn !== drawn) {
        parts.class.dataset.drawn = drawn;
        parts.class.replaceChildren();
        if (next.reveal) renderReveal(parts.class, next.reveal);
      }
      if (next.said) {
        python.rest();
        status(next.said.text, next.said.tone);
      }
      python.mark();
      guard(whole);
      hear();
      if (held && (!held.isConnected || held.closest("[hidden]"))) parts.primary.focus();
    },
    offline(sentence) {
      say(parts.trouble, sentence);
    },
    start() {
      tick = setInterval(count, 250);
    },
    destroy() {
      python.rest();
      for (const timer of [silence, speaking]) clearTimeout(timer);
      clearInterval(tick);
      whole.remove();
    },
  };
}

export default {
  render({ model, el }) {
    const view = renderHost(el, (message) => model.send(message));
    const receive = (message) => (message.kind === "state" ? view.update(message) : view.beat());
    view.start();
    const disconnect = connect(model, ["state", "beat"], receive, () => view.offline(NOT_CONNECTED));
    return () => {
      disconnect();
      view.destroy();
    };
  },
};
