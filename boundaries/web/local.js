// A lesson inside one HTML file: what the class server does for a homework's page (remote.js), done in the page; and a
// submission file with the very bytes that a notebook would write. The rules are those of answers/judgments.py: a first
// judgment is written once; of later ones the newest counts.

import { randomHex } from "./dom.js";
import { hashOf, inOwnOrder, isInFirstHalf, levelOf, participantOf } from "./hashing.js";
import { openShelf } from "./shelf.js";

const PHASES = ["first", "discussed", "informed"];
const FIELDS = ["confidence", "item", "level", "phase", "rating", "reason", "revision", "wording"];
const FORMAT = "boundaries-submission", VERSION = 1;
const EACH = "after each case";
const SHUT = "What the codes say of this case is not open yet. Judge first, then read on.";
const UNSTORABLE =
  "The reason holds a character that cannot be stored, so nothing was kept. Type it again without pasting.";
const ELSEWHERE =
  "Another tab of this browser has removed everything, or began under another token, so this was not kept. " +
  "Reload this page, then judge again.";
const HELD =
  "This browser did not keep it: its storage is full or switched off. This page holds it until you close it. " +
  "Save your submission before that.";
const NOT_OURS =
  "This file is no submission of this course, so nothing was changed. " +
  "Choose the boundaries-submission.json that you saved.";
const OTHER_SESSION = "This file is of another session of the course, so nothing was changed.";
const NOT_YOURS =
  "This browser already holds judgments under another token, and two people's are never mixed. Nothing was changed. " +
  "Save what is here, remove it with the button below, then open the file again.";

/** What was scrambled under a key (instructor/page.py), as text. Against stumbling on it, not against reading it. */
function unscrambled(text, key) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  for (let start = 0; start < bytes.length; start += 32) {
    const stream = hashOf(`${key}|${start / 32}`);
    for (let at = start; at < Math.min(start + 32, bytes.length); at += 1) bytes[at] ^= stream[at - start];
  }
  return new TextDecoder().decode(bytes);
}

/** A value as Python's json.dumps writes it with sorted keys. */
function written(row) {
  const fields = FIELDS.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(row[name])}`);
  return `{${fields.join(", ")}}`;
}

/** The order of judgments in a file: by item, wording and phase. */
function inFile(one, other) {
  for (const name of ["item", "wording"]) {
    if (one[name] !== other[name]) return one[name] < other[name] ? -1 : 1;
  }
  return PHASES.indexOf(one.phase) - PHASES.indexOf(other.phase);
}

/** Whether a row of a file has the shape of a judgment; `collect` looks closer. */
function isRow(row) {
  if (typeof row !== "object" || row === null || !PHASES.includes(row.phase)) return false;
  const texts = [row.item, row.wording, row.level, row.reason], numbers = [row.rating, row.confidence];
  return texts.every((text) => typeof text === "string") && Number.isInteger(row.revision)
    && numbers.every((number) => number === null || Number.isInteger(number));
}

/** What a text holds, if it is a submission file; else null. */
function parsed(text) {
  try {
    const file = JSON.parse(text);
    const isOurs = file.format === FORMAT && file.version === VERSION && /^[0-9a-f]{64}$/.test(file.participant);
    return isOurs && file.judgments.every(isRow) ? file : null;
  } catch {
    return null;
  }
}

const answer = (table) => ({ status: 200, table });

/** What homework.js notes while the page is open. All that must last is on the shelf. */
function notes() {
  const all = { token: "", revision: 0, outbox: {}, mine: {}, levels: {} };
  return { read: () => all, change: (how) => how(all), lasting: true };
}

/** Opens the lesson that stands in a page, for whoever uses this browser: the functions of remote.js, and some more. */
export async function localServer(course) {
  const kept = await openShelf(`boundaries/${course.session}`);
  const { texts } = kept, memory = notes();
  const ours = new Map(course.cases.map((each) => [each.item, each]));
  let whose = await identity();

  /** Who judges here: a token that this browser made, or the participant of a submission that was opened. */
  async function identity() {
    const token = randomHex(16);
    const made = { participant: participantOf(course.session, token), token };
    const there = await kept.put("identity", JSON.stringify(made), { once: true }); // another tab may have been first
    return JSON.parse(there.text);
  }

  /** Whether it is still they: another tab may have removed everything, and somebody else begun. */
  const isSame = () => JSON.parse(texts.get("identity") ?? null)?.participant === whose.participant;
  const nameOf = ({ item, wording, phase }) => `judgment/${whose.participant}/${item}/${wording}/${phase}`;
  const stored = (place) => JSON.parse(texts.get(nameOf(place)) ?? null);

  /** All judgments of this participant in the wordings that the course has now, whichever page took them. */
  function rows() {
    const all = [];
    for (const [name, text] of texts) {
      const [kind, participant, item, wording] = name.split("/");
      const isAsked = course.wordings[item] === wording;
      if (kind === "judgment" && participant === whose.participant && isAsked) all.push(JSON.parse(text));
    }
    return all.sort(inFile);
  }
  const lastRevision = () => Math.max(0, ...rows().map((row) => row.revision));
  const hasConsented = () => texts.get("consent") === "yes";
  const judged = ({ item, wording }) => stored({ item, wording, phase: "first" });

  /** A case at this student's level: as judged before, else by hash. */
  function atLevel(each) {
    const { item, levels } = each, first = judged(each);
    return levels.find(({ level }) => level === first?.level) ?? levels[levelOf(whose.participant, item, levels)];
  }
  /** Two cases that are compared before the others; none for the half of a split class that judges them one by one. */
  function ownPair() {
    return course.split && !isInFirstHalf(whose.participant, course.type) ? [] : course.pair;
  }
  /** The cases that are judged alone before the readings of one of them open. */
  function judgedBefore({ item }) {
    if (course.codes_open !== EACH) return course.cases;
    const together = ownPair().includes(item) ? ownPair() : [item];
    return together.map((id) => ours.get(id));
  }
  function readable() {
    const open = course.cases.filter((each) => judgedBefore(each).every(judged));
    return open.map(({ item }) => item);
  }
  /** Two that are compared come first; then the others, in the participant's own order. */
  function inOrder() {
    const pair = ownPair().map((id) => ours.get(id));
    const others = course.cases.filter((each) => !pair.includes(each));
    return [...pair, ...inOwnOrder(whose.participant, others)];
  }

  async function load() {
    if (!await kept.refresh()) await kept.restore();
    const judgments = rows().filter(({ item }) => ours.has(item)).map((row) => ({ vignette: row.item, ...row }));
    memory.change((all) => { all.revision = lastRevision(); });
    const { title, type, session, codes_open, form, minimum, asks } = course, pair = ownPair();
    const cases = inOrder().map(atLevel);
    return answer({
      title, session, codes_open, form, judgments, minimum, closes: "", over: false, backup: "",
      consent: hasConsented(), lessons: [{ type, title, cases, pair, asks }], readable: readable(),
    });
  }

  async function readings(token, item) {
    if (!readable().includes(item)) return { status: 409, table: { error: SHUT } };
    const each = ours.get(item);
    const levels = JSON.parse(unscrambled(each.scrambled, `${item}|${each.wording}`));
    return answer(levels[atLevel(each).level]);
  }

  async function judge(token, judgments) {
    if (!await kept.refresh()) await kept.restore();
    const receipts = [];
    for (const judgment of judgments) receipts.push(await record(judgment));
    return answer({ receipts });
  }
  /** Keeps a judgment. The receipt's status is "stored" only when the browser has it on the disk. */
  async function record({ vignette, phase, rating, confidence, reason, revision }) {
    const each = ours.get(vignette), place = { item: vignette, wording: each.wording, phase };
    if (!isSame()) return { status: "invalid", text: ELSEWHERE };
    if (/[\0\p{Surrogate}]/u.test(reason)) return { status: "invalid", text: UNSTORABLE };
    const answered = { level: atLevel(each).level, rating, confidence, reason };
    const row = { ...place, ...answered, revision: Math.max(revision, lastRevision() + 1) };
    const text = JSON.stringify(row);
    const there = await kept.put(nameOf(place), text, { once: phase === "first" });
    if (there.text !== text) return { ...JSON.parse(there.text), status: "superseded", text: "" };
    return { ...row, status: there.kept ? "stored" : "held", text: there.kept ? "" : HELD };
  }

  async function consent(token, agreed) {
    await kept.put("consent", agreed ? "yes" : "no");
    return answer({ consent: agreed });
  }

  /** The submission file's text, as answers/submissions.py writes it. */
  function submission() {
    const fields = {
      consent: JSON.stringify(hasConsented()),
      content: JSON.stringify(course.content),
      format: JSON.stringify(FORMAT),
      judgments: `[\n${rows().map(written).join(",\n")}\n]`,
      participant: JSON.stringify(whose.participant),
      session: JSON.stringify(course.session),
      version: JSON.stringify(VERSION),
    };
    const lines = Object.entries(fields).map(([name, text]) => `"${name}": ${text}`);
    return `{\n${lines.join(",\n")}\n}\n`;
  }

  /** Goes on with a submission that was saved before; a sentence where that cannot be. */
  async function open(text) {
    const file = parsed(text);
    if (!file) return NOT_OURS;
    if (file.session !== course.session) return OTHER_SESSION;
    if (file.participant !== whose.participant) {
      if (rows().length) return NOT_YOURS;
      whose = { participant: file.participant, token: null };
      await kept.put("identity", JSON.stringify(whose));
    }
    for (const row of file.judgments) await bring(row);
    await kept.put("consent", file.consent === true ? "yes" : "no");
    return "";
  }
  async function bring(row) {
    const before = stored(row);
    const isNewer = before && row.revision > before.revision;
    if (!before || isNewer !== (row.phase === "first")) await kept.put(nameOf(row), JSON.stringify(row));
  }

  return {
    ...kept, memory, isSame, load, judge, readings, consent, submission, open,
    /** How many judgments there are, how many of them are skips, and how many are in no saved file yet. */
    counts() {
      const all = rows(), saved = Number(texts.get(`saved/${whose.participant}`) ?? 0);
      return {
        all: all.length,
        skips: all.filter((row) => row.rating === null).length,
        unsaved: all.filter((row) => row.revision > saved).length,
      };
    },
    noteSaved: () => kept.put(`saved/${whose.participant}`, String(lastRevision())),
  };
}
