// A student's own ratings on a chart of the class, for this screen only: the chart itself is a static figure that
// may be saved and shared, the rings over it are drawn here and never stored. Nothing personal is a synced trait.

import { guard, make, writeOrHide } from "./dom.js";

const LEGEND = "○ your own ratings, shown only here";
const RING = { // white between two dark lines: seen on a bar of any colour
  position: "absolute", width: "14px", height: "14px", boxSizing: "border-box", borderRadius: "50%",
  border: "2px solid #fff", boxShadow: "0 0 0 2px #111, inset 0 0 0 2px #111", transform: "translate(-50%, -50%)",
  forcedColorAdjust: "none",
};
// As large as the image itself (a chart's has a least width too), without the gap that a line of text leaves under it.
const OVER = { position: "relative", display: "block", width: "fit-content", maxWidth: "100%", lineHeight: "0" };

function styled(style, attributes) {
  const node = make("span", attributes);
  Object.assign(node.style, style);
  return node;
}

/** Rings at `points` (x and y as fractions of the image, from its top left). Returns what takes them off again. */
function draw(img, points) {
  const over = styled({ ...OVER, minWidth: img.style.minWidth }, { class: "bd-rings" });
  img.replaceWith(over);
  over.append(img);
  for (const { x, y, label } of points) {
    const at = { ...RING, left: `${100 * x}%`, top: `${100 * y}%` }; // per cent: right at every width
    over.append(styled(at, { class: "bd-ring", role: "img", title: label, "aria-label": label }));
  }
  const legend = styled({ display: "block", fontSize: "0.9em" }, { class: "bd-rings-legend" });
  legend.textContent = LEGEND;
  (over.closest("figure > div") ?? over).after(legend); // below the box in which a chart scrolls, not inside it
  return () => {
    over.replaceWith(img);
    legend.remove();
  };
}

/** Shows Python's figure, its sentence, or rings over a figure of the same cell. Returns { receive, destroy }. */
export function renderPicture(el) {
  const home = make("div", { class: "bd-live" });
  const remark = make("p", { class: "bd-remark", hidden: "" });
  el.append(home, remark);
  let wanted = null, drawn = null, clear = () => {};

  const scope = () => el.closest(".jp-Cell") ?? el.ownerDocument;
  function place() {
    if (!wanted || drawn?.isConnected) return;
    const name = `figure[data-chart="${CSS.escape(wanted.chart)}"] img`;
    drawn = home.querySelector(name) ?? scope().querySelector(name);
    clear = drawn ? draw(drawn, wanted.points) : () => {};
  }
  function wipe() {
    clear();
    clear = () => {};
    drawn = null;
  }
  const watch = new MutationObserver(place); // the figure may come after us, and again when its output is redrawn

  return {
    receive(message) {
      if (message?.kind === "rings") {
        wipe();
        wanted = message.points.length ? message : null;
        place();
        const root = scope();
        watch.observe(root.body ?? root, { childList: true, subtree: true });
      } else if (message?.kind === "html") {
        wipe();
        home.innerHTML = message.html; // made and escaped by Python (charts), never typed by a person
        guard(home);
        place();
      } else if (message?.kind === "text") {
        wipe();
        wanted = null;
        home.textContent = message.text;
        writeOrHide(remark, "");
      } else if (message?.kind === "remark") {
        writeOrHide(remark, message.text);
      }
    },
    destroy() {
      watch.disconnect();
      wipe();
      home.remove();
      remark.remove();
    },
  };
}

export default {
  render({ model, el }) {
    const picture = renderPicture(el);
    model.on("msg:custom", picture.receive);
    model.send({ kind: "hello" });
    return () => {
      model.off("msg:custom", picture.receive);
      picture.destroy();
    };
  },
};
