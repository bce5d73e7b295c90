// The class at the reveal: five columns, one a rating, with bars for each round; under them on the same axis a bar for
// each band of the codes; and all of it as a table. Drawn by the projector, the phone and the host's panel.
import { make } from "./dom.js";

const LINE = { wide: 12, narrow: 6 }; // letters of a band's name that fit over one column, in one line
const AFTER = { discussed: "After talking", informed: "After the codes" };

const percent = (n, of) => (of ? Math.round((100 * n) / of) : 0);
const rated = ({ label, n }) => `${label}, ${n} rated`;

/**
 * Shows one reveal in `root`, in the place of what was there. `own` is {level, rating}: what is known of the reader's
 * own judgment. `compact` leaves out what a phone says elsewhere on its page; `wall` is for the projector: the key stands
 * beside the picture, and of several groups each has its last round alone.
 */
export function renderReveal(root, reveal, { own = null, compact = false, wall = false } = {}) {
  const named = reveal.groups.length > 1, beside = wall && !named, crowded = wall && named;
  const figures = reveal.groups.map((group) =>
    make("figure", { class: "bd-group" },
      named && make("figcaption", null, group.label, crowded && group.phases.length > 0 &&
        make("span", { class: "bd-soft" }, ` ${rated(group.phases.at(-1)).toLowerCase()}`)),
      plot(crowded ? lastRound(group) : group, reveal.scale, { mine: ownRating(group, own), compact, keyed: !wall, crowded }),
      table(group, reveal)));
  const found = finding(reveal);
  root.replaceChildren(
    make("div", { class: compact ? "bd-reveal bd-compact" : "bd-reveal", "data-groups": named ? "many" : "one" },
      !compact && make("p", { class: "bd-question" }, reveal.question),
      found && make("p", { class: "bd-finding" }, found),
      make("div", { class: "bd-groups" }, figures),
      make("div", { class: "bd-aside" }, beside && reveal.groups.map(({ phases }) => key(phases)), asides(reveal, named)),
      !compact && make("p", { class: "bd-about" }, wall ? opening(reveal.about) : reveal.about)));
}
const lastRound = (group) => ({ ...group, phases: group.phases.slice(-1) });
/** Its first two sentences: what comes after them speaks of passages, and the wall shows none. */
const opening = (text) => text.match(/^[^.]+\.[^.]+\./)?.[0] ?? text;

/** One finding in plain words: who moved, if that may be shown. The counts are the server's, none is reckoned here. */
export function finding({ groups }) {
  const move = groups.length === 1 && groups[0].moves.at(-1);
  if (!move || !AFTER[move.to]) return "";
  const { n, stricter, permissive } = move, parts = [];
  if (permissive) parts.push("more permissive");
  if (stricter) parts.push("stricter");
  if (!parts.length) return `${AFTER[move.to]}, all ${n} stayed with their rating.`;
  const counts = { "more permissive": permissive, stricter };
  parts.sort((a, b) => counts[b] - counts[a]);
  const [first, second] = parts;
  const rest = second ? `, ${counts[second]} ${second}` : ", nobody " + (first === "stricter" ? "more permissive" : "stricter");
  return `${AFTER[move.to]}, ${counts[first]} of ${n} became ${first}${rest}.`;
}

function asides({ groups, withheld, sentences, hands, scale }, named) {
  const moves = [];
  for (const group of groups) {
    const label = named ? `${group.label[0].toUpperCase()}${group.label.slice(1)}: ` : "";
    for (const move of group.moves) moves.push(make("p", { class: "bd-moved" }, label + move.text));
  }
  return [
    withheld.map((text) => make("p", { class: "bd-withheld" }, text)),
    sentences.map((text) => make("p", { class: "bd-sentence" }, text)),
    moves,
    hands.map((hand) => showOfHands(hand, scale)),
  ].flat();
}

function ownRating(group, own) {
  const levels = (group.levels || "").split("+");
  return own && levels.includes(own.level ?? "") ? own.rating : null;
}

// -- the picture, for the eye alone -----------------------------------------------------------------------------------

function plot(group, scale, { mine, compact, keyed, crowded }) {
  const { phases } = group, { lines, silent } = bandsOf(group);
  return make("div", { class: "bd-plot", "aria-hidden": "true" },
    keyed && phases.length > 0 && key(phases),
    phases.length > 0 && columns(phases, scale, mine),
    phases.length === 0 && lines.length > 0 && axis(scale, mine),
    compact && ends(scale),
    lines.length > 0 && make("div", { class: "bd-bands" }, lines.map((line) => band(line, phases.at(-1), scale, { narrow: compact || crowded, bare: crowded, all: group.readings.map(({ code }) => code) }))),
    silent.length > 0 && make("p", { class: "bd-silent" }, make("span", { class: "bd-soft" }, "No band: "), silent.join(" · ")));
}
function key(phases, byHand = false) {
  return make("ul", { class: "bd-key", "aria-hidden": "true" }, phases.map((phase) =>
    make("li", null,
      make("span", { class: "bd-mark", "data-phase": byHand ? "hand" : phase.phase }), " ",
      byHand ? `${phase.label}, ${phase.n} hands` : rated(phase),
      phase.skips > 0 && make("span", { class: "bd-soft" }, ` (${phase.skips} would rather not)`))));
}
/** Bars over their ratings. The axis is the same at each reveal: five columns, as wide as each other. */
function columns(phases, scale, mine, byHand = false) {
  const shares = phases.flatMap(({ counts, n }) => counts.map((count) => count / n));
  const most = Math.max(...shares, 0.01);
  return make("div", { class: "bd-columns" }, scale.map((point, at) =>
    make("div", { class: "bd-column-of" },
      make("div", { class: "bd-bars" }, phases.map((phase) => tower(phase, at, point.value, most, byHand))),
      tick(point, mine))));
}
function tower({ phase, counts, n }, at, rating, most, byHand) {
  const bar = make("div", { class: "bd-bar", "data-rating": rating, "data-phase": byHand ? "hand" : phase });
  const share = (100 * counts[at]) / n / most;
  bar.style.height = `${share}%`;
  const number = byHand ? String(counts[at]) : `${percent(counts[at], n)}%`;
  return make("div", { class: "bd-tower" }, make("span", { class: "bd-n" }, number), bar);
}
function tick({ value, label }, mine) {
  return make("div", { class: "bd-tick" },
    make("b", null, String(value)),
    make("span", { class: "bd-word" }, shortened(label)),
    value === mine && make("span", { class: "bd-you" }, "you"));
}
/** A rating's words without those that the question has said already: "Ethical under rare conditions". */
function shortened(label) {
  const words = label.replace(/^ethical (under )?| ethical$/i, "");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
function axis(scale, mine) {
  return make("div", { class: "bd-columns" }, scale.map((point) => make("div", { class: "bd-column-of" }, tick(point, mine))));
}
function ends(scale) {
  return make("p", { class: "bd-ends" }, [scale[0], scale.at(-1)].map(({ value, label }) =>
    make("span", null, `${value} ${label.toLowerCase()}`)));
}

/** Codes with one band share a line, the lowest band first; those without a band are named below. */
function bandsOf(group) {
  const lines = new Map(), silent = [];
  for (const { code, band: ratings } of group.readings) {
    if (!ratings) {
      silent.push(code);
      continue;
    }
    const line = lines.get(ratings.join()) ?? { low: ratings[0], high: ratings[1], codes: [] };
    line.codes.push(code);
    lines.set(ratings.join(), line);
  }
  const sorted = [...lines.values()].sort((a, b) => a.low - b.low || a.high - b.high);
  return { lines: sorted, silent };
}
/** The names of a line's codes for a narrow place: without their years, where that leaves no two the same. */
function briefly(codes, all) {
  const brief = (code) => code.replace(/ \(?(c\. |before )?\d{4}\)?$/, "");
  const taken = new Set(all.map(brief)).size === new Set(all).size;
  return joined(taken ? codes.map(brief) : codes);
}
const joined = (codes) => codes.join("\u00a0· "); // no line begins with the dot
const cut = ({ counts }, { low, high }) => counts.slice(low - 1, high).reduce((sum, n) => sum + n, 0);

/** A bar over exactly the ratings that these codes support; its name inside it, or beside it where that takes fewer lines. */
function band(line, phase, scale, { narrow, bare, all }) {
  const { low, high, codes } = line, letters = LINE[narrow ? "narrow" : "wide"];
  const inside = phase && !bare ? ` ${percent(cut(phase, line), phase.n)}% inside` : "";
  const left = low - 1, right = scale.length - high, free = Math.max(left, right);
  const linesOf = (name, columns) => (columns ? Math.ceil((name.length + inside.length) / (columns * letters)) : Infinity);
  let name = joined(codes);
  if (linesOf(name, high - low + 1) > 1 && linesOf(name, free) > 1) name = briefly(codes, all);
  const label = make("span", { class: "bd-codes" }, make("b", null, name), inside);
  const bar = make("div", { class: "bd-band" });
  const row = make("div", { class: "bd-axis bd-line" }, bar);
  bar.style.gridColumn = `${low} / ${high + 1}`;
  if (linesOf(name, high - low + 1) <= linesOf(name, free)) bar.append(label);
  else {
    label.classList.add("bd-beside");
    label.classList.toggle("bd-before", right < left);
    label.style.gridColumn = right >= left ? `${high + 1} / -1` : `1 / ${low}`;
    row.append(label);
  }
  return row;
}

// -- the same in words ------------------------------------------------------------------------------------------------

/** What a screen reader reads in the figure's place. */
function table(group, { title, scale }) {
  const row = (head, cells) => make("tr", null, make("th", { scope: "row" }, head), cells.map((cell) => make("td", null, cell)));
  const { phases } = group, { lines, silent } = bandsOf(group);
  const within = (line) => phases.map((phase) => `${percent(cut(phase, line), phase.n)}% ${phase.label.toLowerCase()}`);
  const head = (line) => `Band of ${line.codes.join(", ")}${phases.length ? `; inside: ${within(line).join(", ")}` : ""}`;
  return make("div", { class: "bd-unseen" }, make("table", null,
    make("caption", null, group.label ? `${title}, ${group.label}` : title),
    make("thead", null, make("tr", null, make("td"),
      scale.map(({ value, label }) => make("th", { scope: "col" }, `${value}, ${label}`)))),
    make("tbody", null,
      phases.map((phase) => row(rated(phase), phase.counts.map((n) => `${n} (${percent(n, phase.n)}%)`))),
      lines.map((line) => row(head(line),
        scale.map(({ value }) => (line.low <= value && value <= line.high ? "in the band" : "–")))),
      silent.map((code) => row(`${code}, no band`, scale.map(() => "–"))))));
}
function showOfHands(hand, scale) {
  const caption = `${hand.label}: ${hand.n} hands, counted in the room, not mixed with what phones sent`;
  const rows = scale.map(({ value, label }, at) =>
    make("tr", null, make("th", { scope: "row" }, `${value}, ${label}`), make("td", null, String(hand.counts[at]))));
  return make("figure", { class: "bd-hands" },
    make("div", { class: "bd-plot", "aria-hidden": "true" }, key([hand], true), columns([hand], scale, null, true)),
    make("div", { class: "bd-unseen" }, make("table", null, make("caption", null, caption), make("tbody", null, rows))));
}
