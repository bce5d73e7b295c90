// The box that saves a submission. As in form.js, every rule lives in Python and nothing is claimed that Python has
// not said; the file's text comes by message and becomes a download made in this page, never a stored trait.

const PATIENCE = 5000; // ms until we say that no answer came
const CONNECT = 3000; // ms until we say that nobody is there
const NOT_CONNECTED = "This box is not connected to Python. Run the cell above it again (Shift+Enter).";
const NO_RECEIPT =
  "No answer from Python yet, so nothing is confirmed as saved. If a cell is running it may still come; " +
  "otherwise run this cell again.";
const SHRINK = "grid-template-columns:minmax(0,1fr)"; // or a long path makes its row wider than a phone
const LINK = "display:inline-block;padding:.6rem 0;color:inherit;font-weight:600";

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children.flat());
  return node;
}

/** A box in `root` that says what it is asked through `send`. Returns { update, offline, destroy }. */
export function renderHandIn(root, send) {
  const id = `bd-handin-${Math.random().toString(36).slice(2)}`;
  const place = make("div");
  const status = make("p", { class: "bd-status", role: "status", tabindex: "-1" });
  const below = make("p", { hidden: "" });
  const card = make("div", { class: "bd-card bd-handin" }, place, status, below);
  let progress, agree, button, url = "", timer, waiting = false;
  root.append(card);

  const say = (text, tone = "info") => {
    status.className = `bd-status bd-${tone}`;
    if (status.textContent !== text) status.textContent = text;
  };
  function rest() {
    clearTimeout(timer);
    waiting = false;
    button?.removeAttribute("aria-disabled");
  }
  function save(event) {
    event.preventDefault();
    if (waiting) return;
    waiting = true;
    button.setAttribute("aria-disabled", "true"); // not `disabled`, which would drop the focus
    say("Saving…");
    timer = setTimeout(() => { rest(); say(NO_RECEIPT, "error"); }, PATIENCE);
    send({ kind: "save", consent: agree.checked });
  }
  function build({ legend, research, notices, submit }) {
    agree = make("input", { type: "checkbox", "aria-describedby": `${id}-research` });
    agree.checked = research.checked;
    button = make("button", { type: "submit", class: "bd-submit" }, submit);
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
      button);
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
  function guard() { // or Jupyter takes the keys, see form.js
    for (const node of card.querySelectorAll("input,button,a,[tabindex]")) {
      node.setAttribute("data-lm-suppress-shortcuts", "true");
    }
  }

  return {
    update(next) {
      if (!button) build(next);
      progress.replaceChildren(...next.progress.map((text) => make("p", null, text)));
      const { text = "", tone = "info" } = next.receipt ?? {};
      if (waiting && tone === "info") { guard(); return; } // not the answer yet
      rest();
      say(text, tone);
      offer(next.download);
      guard();
    },
    receipt({ text, tone }) {
      rest();
      say(text, tone);
    },
    offline(text) {
      rest();
      say(text);
    },
    destroy() {
      rest();
      if (url) URL.revokeObjectURL(url);
      card.remove();
    },
  };
}

export default {
  render({ model, el }) {
    const view = renderHandIn(el, (message) => model.send(message));
    let timer, pause = CONNECT;
    const receive = (message) => {
      if (message?.kind !== "state" && message?.kind !== "receipt") return;
      clearTimeout(timer);
      if (message.kind === "state") view.update(message);
      else view.receipt(message.receipt);
    };
    const hello = () => { // a box restored from a saved notebook has nobody behind it: keep asking, ever more rarely
      model.send({ kind: "hello" });
      timer = setTimeout(() => { view.offline(NOT_CONNECTED); pause = Math.min(2 * pause, 60000); hello(); }, pause);
    };
    view.offline("Connecting…");
    model.on("msg:custom", receive);
    hello();
    return () => {
      clearTimeout(timer);
      model.off("msg:custom", receive);
      view.destroy();
    };
  },
};
