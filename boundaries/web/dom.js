// What every page, form and panel of ours does with elements. All text becomes text nodes, never markup.

/** An element with its attributes and children. A child that is false, empty or absent is left out. */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child)); // so that `text && node` may be written
  return node;
}

/** Gives an element its text, unless it has it: in a live region the same text again would be read aloud again. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** As `write`, and hides the element while it has no text. */
export function writeOrHide(node, text) {
  write(node, text);
  node.hidden = !text;
}

/** A button with what a press of it does, which is told the button. */
export function button(label, press, kind = "") {
  const node = make("button", { type: "button", class: kind }, label);
  node.addEventListener("click", () => press(node));
  return node;
}

/** So many random bytes, in hex. */
export function randomHex(bytes) {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A line that says what became of something: { node, say(text, tone) }, the tone being info, ok or error. */
export function statusLine() {
  const node = make("p", { class: "bd-status", role: "status", tabindex: "-1" });
  const say = (text, tone = "info") => {
    node.className = `bd-status bd-${tone}`;
    write(node, text);
  };
  return { node, say };
}

const FOCUSABLE = "input,select,textarea,button,summary,a,[tabindex]";

/**
 * Leaves the keys to whatever can have the focus inside `root`. Jupyter's shortcuts would take arrows, letters and
 * Shift+Enter away. Their matcher walks up from the focused element and stops only at one that carries this mark
 * itself: marking `root` is not enough.
 */
export function guard(root) {
  for (const node of root.querySelectorAll(FOCUSABLE)) node.setAttribute("data-lm-suppress-shortcuts", "true");
}

/** What somebody has typed and not sent, by a key of its form, for as long as the page's tab lives. */
export const drafts = {
  load(key) {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  },
  save(key, answer) {
    try { sessionStorage.setItem(key, JSON.stringify(answer)); } catch { /* no storage here: no draft */ }
  },
  drop(key) {
    try { sessionStorage.removeItem(key); } catch { /* as above */ }
  },
};
