// A lesson, one case at a time: a bar that says where one is, the case, and its form beside it (form.js). Which case
// is shown, and when the codes open, is Python's to say: this file asks to go on and shows what it is sent.

import { guard, make, write } from "./dom.js";
import { renderForm } from "./form.js";
import { questions, widget } from "./patience.js";

const PATIENCE = 5000; // ms until we say that no answer came

const NO_ANSWER = "No answer from Python yet. If a cell is running it may still come; otherwise run this cell again.";
const KEYS = "By keyboard: the number of your rating, the number of how sure you are, then Enter, and Enter once more.";

/** The text of a case; its title takes the focus when the student has asked for another case. */
function caseText({ title, note, case: text, act }, reading) {
  const whole = [note && make("p", { class: "bd-note" }, note), text && make("p", { class: "bd-text" }, text)];
  return [
    make("h3", { tabindex: "-1" }, title || "A claim"),
    reading ? "" : whole,
    act && make("p", { class: "bd-act" }, act),
    reading && text && make("details", null, make("summary", null, "The whole case"), whole),
  ].flat();
}

function dots({ marks, at }) {
  return marks.map((mark, place) => {
    const dot = make("li", { class: "bd-dot", "data-mark": mark });
    if (place === at) dot.setAttribute("aria-current", "true");
    return dot;
  });
}

/** How many are judged, skipped and open, for who does not see the dots. */
function counted(marks) {
  const words = [];
  for (const mark of ["judged", "skipped", "open"]) {
    const number = marks.filter((other) => other === mark).length;
    if (number) words.push(`${number} ${mark}`);
  }
  return ` (${words.join(", ")})`;
}

/** Puts a lesson into `root`; `send(message)` carries what the student does. As `renderForm` otherwise. */
export function renderLesson(root, send, { patience = PATIENCE } = {}) {
  const name = make("span", { class: "bd-name" });
  const places = make("ol", { class: "bd-dots", "aria-hidden": "true" });
  const where = make("span"), count = make("span", { class: "bd-unseen" });
  const previous = make("button", { type: "button" }, "Previous");
  const next = make("button", { type: "button" });
  const bar = make("nav", { class: "bd-bar" }, name, places, make("span", { class: "bd-where" }, where, count), previous, next);
  const text = make("div", { class: "bd-case" }), side = make("div");
  const pair = make("div", { class: "bd-pair" }, text, side);
  const lesson = make("section", { class: "bd-lesson" }, bar, pair, make("p", { class: "bd-keys" }, KEYS));
  root.append(lesson);

  let state = null, asked = false, shown = "";
  const toPython = (message) => send({ ...message, item: state?.item });
  const python = questions(bar, toPython, patience);
  // A case whose codes are on screen is read on from its receipt; one that is locked alone leads to the next.
  const onward = () => (state && !state.result?.readings?.length && !state.result?.verdict && !next.hidden ? next : null);
  const form = renderForm(side, toPython, { patience, onward, keys: lesson });

  function go(to) {
    asked = true;
    python.ask({ kind: "go", to }, () => form.offline(NO_ANSWER));
  }
  previous.addEventListener("click", () => go(state.walk.previous));
  next.addEventListener("click", () => go(state.walk.next.to));

  function showBar(walk, locked) {
    lesson.setAttribute("aria-label", walk.title);
    bar.setAttribute("aria-label", `Cases of ${walk.title}`);
    write(name, walk.title);
    write(where, walk.where);
    write(count, counted(walk.marks));
    places.replaceChildren(...dots(walk));
    previous.hidden = walk.previous === null;
    next.hidden = walk.next === null;
    write(next, walk.next?.label ?? "");
    next.classList.toggle("bd-onward", locked);
  }

  return {
    update(received) {
      const { walk } = received;
      const key = JSON.stringify([walk.half, received.case]);
      const other = key !== shown;
      const locked = received.phase === "locked" && state?.phase === "first" && !other;
      shown = key;
      state = received;
      showBar(walk, received.phase === "locked");
      if (other) {
        pair.dataset.half = walk.half;
        text.replaceChildren(...caseText(received.case, walk.half === "reading").filter(Boolean));
      }
      form.update(received);
      if (asked) {
        asked = false;
        python.rest();
        text.querySelector("h3").focus({ preventScroll: true });
        lesson.scrollIntoView({ block: "start" });
      }
      // The form is gone and the page shorter: the receipt must not be left above the screen.
      if (locked) side.firstElementChild.scrollIntoView({ block: "nearest" });
      guard(lesson);
    },
    offline(sentence) {
      python.rest();
      form.offline(sentence);
    },
    destroy() {
      python.rest();
      form.destroy();
      lesson.remove();
    },
  };
}

export default widget(renderLesson, "lesson");
