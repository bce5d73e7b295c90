// The host's page in a notebook: two links, and the page in a frame. Its address holds the host key, so it comes as a
// message and is never part of what a notebook saves.
import { make } from "./dom.js";
import { connect } from "./patience.js";

const AWAY = "The host’s page is shown only while the notebook runs. Run this cell again (Shift+Enter); the lecture itself goes on.";
const EMPTY = "If the frame stays empty, open the host’s page by its link.";
const LOOK = "display: block; box-sizing: border-box; width: 100%; height: 44rem; border: 1px solid #8a929c; border-radius: 8px; margin-top: 0.5rem";

function draw(home, { host, screen, framed }) {
  const link = (href, text) =>
    make("a", { href, target: "_blank", rel: "noopener noreferrer", style: "text-decoration: underline" }, text);
  const frame = framed && make("iframe", { src: host, title: "The host’s page", style: LOOK, allow: "fullscreen" });
  home.replaceChildren(
    make("p", null, link(host, "Open the host’s page"), " (yours alone) · ", link(screen, "Open the projector’s page")),
    frame || "", framed ? make("p", null, EMPTY) : "");
  return frame;
}

export default {
  render({ model, el }) {
    const home = make("div", { class: "bd-frame" });
    let frame = null, drawn = "";
    el.append(home);
    function receive(message) {
      if (message.host === drawn) return;
      drawn = message.host;
      frame = draw(home, message);
    }
    // The page says to which lecture it has gone: begun anew, or another.
    function moved({ source, origin, data }) {
      if (!frame || source !== frame.contentWindow || origin !== new URL(drawn).origin) return;
      if (data?.boundaries === "lecture") model.send({ kind: "moved", code: String(data.code) });
    }
    addEventListener("message", moved);
    const disconnect = connect(model, ["place"], receive, () => drawn || home.replaceChildren(make("p", null, AWAY)));
    return () => {
      disconnect();
      removeEventListener("message", moved);
      home.remove();
    };
  },
};
