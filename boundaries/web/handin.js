// The box that saves a submission. As in form.js, every rule lives in Python and nothing is claimed that Python has
// not said; the file's text comes by message and becomes a download made in this page, never a stored trait.

import { guard, make, randomHex, statusLine } from "./dom.js";
import { questions, widget } from "./patience.js";

const PATIENCE = 5000; // ms until we say that no answer came
const NO_RECEIPT =
  "No answer from Python yet, so nothing is confirmed as saved. If a cell is running it may still come; " +
  "otherwise run this cell again.";
const SHRINK = "grid-template-columns:minmax(0,1fr)"; // or a long path makes its row wider than a phone
const LINK = "display:inline-block;padding:.6rem 0;color:inherit;font-weight:600";

/** A box in `root` that says what it is asked through `send`. Returns { update, offline, destroy }. */
export function renderHandIn(root, send) {
  const id = `bd-handin-${randomHex(8)}`;
  const place = make("div");
  const { node: status, say } = statusLine();
  const below = make("p", { hidden: "" });
  const card = make("div", { class: "bd-card bd-handin" }, place, status, below);
  const python = questions(card, send, PATIENCE);
  let progress = null, agree, url = "";
  root.append(card);

  function save(event) {
    event.preventDefault();
    if (python.waiting) return;
    say("Saving…");
    python.ask({ kind: "save", consent: agree.checked }, () => say(NO_RECEIPT, "error"));
  }
  function build({ legend, research, notices, submit }) {
    agree = make("input", { type: "checkbox", "aria-describedby": `${id}-research` });
    agree.checked = research.checked;
    progress = make("div", { class: "bd-rows", style: SHRINK });
    const form = make("form", { novalidate: "", autocomplete: "off", "aria-labelledby": `${id}-title` },
      make("p", { id: `${id}-title`, class: "bd-title" }, legend),
      progress,
      make("fieldset", null,
        make("legend", null, research.legend),
        make("div", { class: "bd-rows", style: SHRINK },
          make("p", { id: `${id}-research` }, research.text),
          make("label", { class: "bd-row" }, agree, make("span", null, research.label)))),
      make("div", { class: "bd-rows bd-notice", style: SHRINK }, notices.map((text) => make("p", null, text))),
      make("button", { type: "submit", class: "bd-submit" }, submit));
    form.addEventListener("submit", save);
    place.replaceChildren(form);
  }
  function offer(download) {
    const held = below.contains(card.getRootNode().activeElement);
    if (url) URL.revokeObjectURL(url);
    url = download ? URL.createObjectURL(new Blob([download.text], { type: "application/json" })) : "";
    below.hidden = !download;
    below.replaceChildren(
      ...(download ? [make("a", { href: url, download: download.name, style: LINK }, download.label)] : []));
    if (held) (below.querySelector("a") ?? status).focus();
  }

  return {
    update(next) {
      if (!progress) build(next);
      progress.replaceChildren(...next.progress.map((text) => make("p", null, text)));
      const { text = "", tone = "info" } = next.receipt ?? {};
      const answered = !python.waiting || tone !== "info";
      if (answered) {
        python.rest();
        say(text, tone);
        offer(next.download);
      }
      guard(card);
    },
    receipt({ text, tone }) {
      python.rest();
      say(text, tone);
    },
    offline(text) {
      python.rest();
      say(text);
    },
    destroy() {
      python.rest();
      if (url) URL.revokeObjectURL(url);
      card.remove();
    },
  };
}

export default widget(renderHandIn, "box");
