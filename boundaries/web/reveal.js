// The class at the reveal: bars for each round, the codes' bands under the same axis, and all of it as a table.
// Drawn by the projector, the phone and the host's panel.
import { make } from "./dom.js";

/**
 * Shows one reveal in `root`, in the place of what was there. `own` is {level, rating}: what is known of the reader's
 * own judgment. `compact` leaves out what a phone says elsewhere on its page.
 */
export function renderReveal(root, reveal, { own = null, compact = false } = {}) {
  const percent = (n, of) => (of ? Math.round((100 * n) / of) : 0);
  const rated = (phase) => `${phase.label}, ${phase.n} rated`;
  const cut = (counts, [low, high]) => counts.slice(low - 1, high).reduce((sum, n) => sum + n, 0);
  const { scale } = reveal;

  function key(phases, byHand) {
    return make("ul", { class: "bd-key" }, phases.map((phase) =>
      make("li", null, make("span", { class: "bd-mark", "data-phase": byHand ? "hand" : phase.phase }), " ",
        byHand ? `${phase.label}, ${phase.n} hands` : rated(phase),
        phase.skips ? make("span", { class: "bd-soft" }, ` (${phase.skips} would rather not)`) : "")));
  }
  function columns(phases, most, mine, byHand) {
    return make("div", { class: "bd-columns" }, scale.map(({ value, label }, i) =>
      make("div", { class: "bd-column-of" },
        make("div", { class: "bd-bars" }, phases.map((phase) => {
          const bar = make("div", { class: "bd-bar", "data-rating": value, "data-phase": byHand ? "hand" : phase.phase });
          bar.style.height = `${(100 * phase.counts[i]) / phase.n / most}%`;
          return make("div", { class: "bd-tower" }, make("span", { class: "bd-n" }, String(phase.counts[i])), bar);
        })),
        make("div", { class: "bd-tick" }, make("b", null, String(value)), make("span", { class: "bd-word" }, label)),
        value === mine && make("span", { class: "bd-you" }, "you"))));
  }
  /** Codes with one band share a line; those without a band are named below. */
  function bands(group) {
    const lines = new Map(), silent = [];
    for (const { code, band } of group.readings) {
      if (!band) silent.push(code);
      else if (lines.has(band.join())) lines.get(band.join()).codes.push(code);
      else lines.set(band.join(), { band, codes: [code] });
    }
    const sorted = [...lines.values()].sort((a, b) => a.band[0] - b.band[0] || a.band[1] - b.band[1]);
    return { lines: sorted, silent };
  }
  const inside = (group, band) => group.phases.length
    ? `inside: ${group.phases.map((p) => `${percent(cut(p.counts, band), p.n)}% ${p.label.toLowerCase()}`).join(", ")}` : "";
  const words = (band) => (band[0] === band[1] ? `${band[0]}` : `${band[0]} to ${band[1]}`);

  function drawn(group) {
    const { lines, silent } = bands(group);
    const most = Math.max(...group.phases.map((p) => Math.max(...p.counts) / p.n), 0.01);
    const mine = own && (group.levels || "").split("+").includes(own.level ?? "") ? own.rating : null;
    return make("div", { class: "bd-plot", "aria-hidden": "true" },
      group.phases.length > 0 && key(group.phases),
      group.phases.length > 0 && columns(group.phases, most, mine),
      compact && make("p", { class: "bd-ends" }, [scale[0], scale.at(-1)].map(({ value, label }) =>
        make("span", null, `${value} ${label.toLowerCase()}`))),
      lines.length > 0 && make("div", { class: "bd-bands" }, lines.map(({ band, codes }) => {
        const bar = make("div", { class: "bd-band" });
        bar.style.gridColumn = `${band[0]} / ${band[1] + 1}`;
        return make("div", { class: "bd-line" },
          make("div", { class: "bd-axis" }, bar),
          make("p", { class: "bd-codes" }, make("b", null, codes.join(" · ")),
            make("span", { class: "bd-soft" }, ` ${words(band)}${group.phases.length ? `; ${inside(group, band)}` : ""}`)));
      })),
      silent.length > 0 && make("p", { class: "bd-silent" }, make("span", { class: "bd-soft" }, "No band: "),
        silent.join(" · ")));
  }
  /** The same as a table: what a screen reader reads in the figure's place. */
  function table(group) {
    const row = (head, cells) => make("tr", null, make("th", { scope: "row" }, head), cells);
    return make("div", { class: "bd-unseen" }, make("table", null,
      make("caption", null, group.label ? `${reveal.title}, ${group.label}` : reveal.title),
      make("thead", null, make("tr", null, make("td"),
        scale.map(({ value, label }) => make("th", { scope: "col" }, `${value}, ${label}`)))),
      make("tbody", null,
        group.phases.map((p) => row(rated(p), p.counts.map((n) => make("td", null, `${n} (${percent(n, p.n)}%)`)))),
        bands(group).lines.map(({ band, codes }) => row(`Band of ${codes.join(", ")}${group.phases.length ? `; ${inside(group, band)}` : ""}`,
          scale.map(({ value }) => make("td", null, band[0] <= value && value <= band[1] ? "in the band" : "–")))),
        bands(group).silent.map((code) => row(`${code}, no band`, scale.map(() => make("td", null, "–")))))));
  }
  function hands(hand) {
    return make("figure", { class: "bd-hands" },
      make("div", { class: "bd-plot", "aria-hidden": "true" }, key([hand], true),
        columns([hand], Math.max(...hand.counts) / hand.n, null, true)),
      make("div", { class: "bd-unseen" }, make("table", null,
        make("caption", null, `${hand.label}: ${hand.n} hands, counted in the room, not mixed with what phones sent`),
        make("tbody", null, scale.map(({ value, label }, i) => make("tr", null,
          make("th", { scope: "row" }, `${value}, ${label}`), make("td", null, String(hand.counts[i]))))))));
  }

  const named = reveal.groups.length > 1;
  const moved = (group, move) => make("p", { class: "bd-moved" }, named ? `${group.label[0].toUpperCase()}${group.label.slice(1)}: ${move.text}` : move.text);
  const box = make("div", { class: compact ? "bd-reveal bd-compact" : "bd-reveal", "data-groups": named ? "many" : "one" },
    !compact && make("p", { class: "bd-question" }, reveal.question),
    make("div", { class: "bd-groups" }, reveal.groups.map((group) =>
      make("figure", { class: "bd-group" }, named && make("figcaption", null, group.label), drawn(group), table(group)))),
    make("div", { class: "bd-aside" },
      reveal.withheld.map((text) => make("p", { class: "bd-withheld" }, text)),
      reveal.sentences.map((text) => make("p", null, text)),
      reveal.groups.flatMap((group) => group.moves.map((move) => moved(group, move))),
      reveal.hands.map(hands)),
    !compact && make("p", { class: "bd-about" }, reveal.about));
  root.replaceChildren(box);
}
