// A presenter's clicker sends keys to whatever window is in front, which is often the projector. The projector holds no
// key of the host and can do nothing, so it hands the press on to the host's page in the same browser.

const KEYS = { PageDown: "next", PageUp: "back", b: "dark", B: "dark", ".": "dark", F5: "screen" };
const CHANNEL = "boundaries/clicker";

/** The clicker's word for a key that was pressed, or "": keys typed into a field are none of it. */
export function clicked({ key, ctrlKey, metaKey, altKey, target }) {
  if (ctrlKey || metaKey || altKey || target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea")) return "";
  return KEYS[key] ?? "";
}

/** Tells the other pages of this browser, and `hear(message)` what they tell. Returns what tells. */
export function together(hear) {
  if (typeof BroadcastChannel === "undefined") return () => {};
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => hear(data);
  return (message) => channel.postMessage(message);
}
