// What the codes say of one case as a table: five ratings as columns, one line for all codes that say the same.

import { make } from "./dom.js";

const said = (label, text) => text && make("p", null, make("strong", null, `${label}: `), text);

const lookUp = (page) => page?.url
  && make("p", null, make("a", { href: page.url, target: "_blank", rel: "noopener noreferrer" }, page.text));

/** Passages as a list; nothing where there are none. */
export function provisions(list) {
  return list?.length ? make("ul", { class: "bd-provisions" }, list.map((p) =>
    make("li", null,
      make("p", { class: "bd-source" }, p.code && `${p.code}, `,
        make("strong", null, p.section || "no number in the source"), p.title && ` · ${p.title}`, p.checked && make("span", { class: "bd-mark" }, ` (${p.checked})`)),
      make("p", null, p.says)))) : null;
}

/** Readings that say the same, as lists: first those that the own rating is outside of, then from strict to permissive. */
function joined(readings, own) {
  const groups = new Map();
  for (const reading of readings) {
    const key = JSON.stringify([reading.stance, reading.band]);
    groups.set(key, [...groups.get(key) ?? [], reading]);
  }
  const rank = ([{ band }]) => {
    if (!band) return 100; // a code that is silent comes last
    const outside = own !== null && (own < band[0] || own > band[1]);
    return band[0] + band[1] + (outside ? 0 : 20);
  };
  return [...groups.values()].sort((one, other) => rank(one) - rank(other));
}

function cell(value, band, own) {
  const inside = Boolean(band) && band[0] <= value && value <= band[1];
  const spoken = [inside && "in the band", value === own && "your rating"].filter(Boolean).join(", ");
  const node = make("td", { class: "bd-cell", "data-rating": value }, spoken && make("span", { class: "bd-unseen" }, spoken));
  node.classList.toggle("bd-in", inside);
  node.classList.toggle("bd-first", inside && value === band[0]);
  node.classList.toggle("bd-last", inside && value === band[1]);
  node.classList.toggle("bd-own", value === own);
  return node;
}

function passage(r) {
  return make("div", { class: "bd-reading" },
    make("p", { class: "bd-head" }, make("strong", { class: "bd-code" }, r.code), r.basis && ` ${r.basis}`),
    provisions(r.provisions), said("Why we read it so", r.why), said("What would change it", r.changes),
    said("Why this band", r.bandWhy), lookUp(r.lookUp), r.whose && make("p", { class: "bd-whose" }, r.whose));
}

function group(readings, scale, own, id) {
  const [{ stance, band, bandText, verdict }] = readings;
  const codes = readings.map((r) => r.code).join(" · ");
  const more = make("tr", { id, hidden: "" }, make("td", { colspan: scale.length + 1 }, readings.map(passage)));
  const button = make("button", { type: "button", class: "bd-unfold", "aria-expanded": "false", "aria-controls": id, "data-codes": codes },
    make("strong", { class: "bd-code" }, codes), " ", make("span", { class: "bd-stance" }, stance));
  button.addEventListener("click", () => {
    more.hidden = !more.hidden;
    button.setAttribute("aria-expanded", String(!more.hidden));
  });
  const sentence = `${band ? `Band ${bandText}` : "No band"}. ${verdict}`.trim();
  return [
    make("tr", { class: "bd-line" },
      make("th", { scope: "row" }, button, make("span", { class: "bd-unseen" }, ` ${sentence}`)),
      scale.map(({ value }) => cell(value, band, own))),
    more,
  ];
}

/** A rating's label without the word that all of them share. */
const short = (label) => label.replace(/^Ethical /, "");

/** The table of readings beside one's own rating (null where there is none). `id` begins the ids of what unfolds. */
export function codesTable(readings, scale, own, id) {
  return make("table", { class: "bd-table" },
    make("caption", null, "The ratings that each code can support"),
    make("thead", null, make("tr", null, make("th", { scope: "col" }, "Code"), scale.map(({ value, label }) =>
      make("th", { scope: "col" }, make("span", { class: "bd-number" }, String(value)), make("span", { class: "bd-label" }, ` ${short(label)}`))))),
    make("tbody", null, joined(readings, own).map((list, at) => group(list, scale, own, `${id}-code-${at}`)).flat()));
}
