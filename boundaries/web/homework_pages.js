// The texts of a homework's cases, and its two pages that are no case: its start, and its end with what one judged.
import { button, make } from "./dom.js";

const TYPE_FIRST = "Please type the code first. The other device shows it on its last page.";
const FORGETFUL = "This browser keeps nothing (a private window?): leave this page open until the end.";

const count = (n, one, many) => (n === 1 ? `1 ${one}` : `${n} ${many}`);
const MINUTES = 3; // that somebody takes for a case: read it, judge it, read what the codes say

/** When the homework closes, in the reader's own time; "" where it never does. */
function deadline({ closes, over }) {
  if (!closes || over) return "";
  const moment = new Date(closes);
  const when = moment.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  return moment > new Date() ? `It is due on ${when}.` : `It was due on ${when}. You may still judge; what comes more than a day after that is marked late.`;
}

/** The parts of a case's text. */
export function caseText({ note, case: words, act }) {
  const parts = [["note", note && `Content note: ${note}`], ["text", words], ["act", act]];
  return parts.filter(([, text]) => text).map(([kind, text]) => make("p", { class: `bd-${kind}` }, text));
}

/** Two cases side by side, below what there is to ask of them. */
export function pairText(cases, asks) {
  const texts = cases.map((one) => make("article", null, make("h2", null, one.title), caseText(one)));
  return [make("p", null, `Read both before you judge either. ${asks.join(" ")}`), make("div", { class: "bd-pair" }, texts)];
}

/** The heading, then the parts of the start page. */
export function startPage({ page, cases, memory, server, isJudged, go, carry, agree }) {
  const first = cases.findIndex((one) => !isJudged(one));
  const lessons = page.lessons.length > 1 ? ` in ${page.lessons.length} lessons` : "";
  const begin = button(memory.read().started ? "Go on" : "Begin", () => {
    memory.change((all) => { all.started = true; });
    if (memory.read().consent === undefined) agree(false);
    go(first >= 0 ? first + 1 : "end");
  }, "bd-onward");
  return [page.title,
    make("p", null, `${count(cases.length, "short case", "short cases")}${lessons}, about ${MINUTES * cases.length} minutes. ` +
      "Read each one, judge it alone, then see what codes of ethics say, and judge once more if you like. " +
      "There is no right answer and no mark for what you choose. You may skip any case; some begin with a note on what they are about."),
    make("p", { class: "bd-due" }, deadline(page)),
    make("h2", null, "What is kept"),
    make("p", null, "Your judgments and reasons, under a random token that this browser made. No name, no address and no time stands " +
      `beside them. ${server.kept}`),
    (server.more ?? []).map((text) => make("p", null, text)),
    make("p", null, "Stop whenever you like: on this device you go on where you were."),
    !memory.lasting && make("p", { class: "bd-warn" }, FORGETFUL),
    consentBox({ memory, server, agree }),
    make("p", null, begin),
    server.carry && carryForm(carry)].flat().filter(Boolean);
}

function consentBox({ memory, server, agree }) {
  const box = make("input", { type: "checkbox" });
  box.checked = memory.read().consent === true;
  box.addEventListener("change", () => agree(box.checked));
  return make("fieldset", { class: "bd-consent" }, make("legend", null, "Research"),
    make("p", null, "May your judgments go into a research archive, under another random number and without your reasons? " +
      `If you leave this empty, they do not. ${server.changeOfMind}`),
    make("label", { class: "bd-row" }, box, make("span", null, "Yes, my judgments may go into a research archive")));
}

function carryForm(carry) {
  const field = make("input", { id: "backup", maxlength: 120, autocapitalize: "characters", spellcheck: "false", "aria-describedby": "carried" });
  const said = make("p", { id: "carried", role: "status" });
  const form = make("form", { id: "carry", novalidate: "", autocomplete: "off" },
    make("label", { for: "backup" }, "The code of your other device, or of your notebook"), field,
    make("button", { type: "submit" }, "Go on here"), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    said.textContent = field.value.trim() ? await carry(field.value) : TYPE_FIRST;
  });
  return make("details", null, make("summary", null, "You began on another device?"), form);
}

/** The heading, then the parts of the last page: completion code, own judgments, code for another device. */
export function endPage({ page, cases, memory, server, yours, isJudged, completion, agree }) {
  const left = cases.filter((one) => !isJudged(one)).length;
  return ["Your judgments",
    make("div", { class: "bd-here" },
      left > 0 && make("p", null, page.over
        ? "This homework has ended."
        : `${count(left, "case is", "cases are")} still open. You find them by their numbers above.`),
      left === 0 && server.complete && completed(completion),
      !page.over && consentBox({ memory, server, agree }),
      server.handIn?.()),
    make("div", { id: "mine" }, page.lessons.flatMap((lesson) => [
      page.lessons.length > 1 && make("h2", null, lesson.title),
      ...lesson.cases.map((one) => judged(one, yours(one)))])),
    make("div", { class: "bd-here" },
      make("p", null, button("Print", () => print()), " ", button("Save as a file", () => save(page.title))),
      server.carry && [make("h2", null, "On another device"),
        make("p", null, "This code makes another device go on as you, and reads what you judged. Keep it to yourself: ",
          make("strong", { class: "bd-backup" }, page.backup))])];
}

function completed(given) {
  if (!given) return make("p", { role: "status" }, "All cases are judged. Your completion code comes when all is stored.");
  const { completion: code, late } = given;
  const copy = button("Copy it", async () => {
    try {
      await navigator.clipboard.writeText(code);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Please mark and copy it";
    }
  });
  return [make("h2", null, "Your completion code"),
    make("p", null, make("strong", { class: "bd-completion" }, code), " ", copy),
    late && make("p", null, "It came after the deadline, and is marked late."),
    make("p", null, "Hand it in where your lecturer asks for it. It says that you judged every case, and nothing else: " +
      "no rating can be found from it, and none is stored beside it. Honestly said, whoever runs the server could have watched while it was made.")];
}

function judged({ title, act }, own) {
  return make("article", null, make("h3", null, title), act && make("p", null, act),
    own.length ? make("ul", { class: "bd-yours" }, own.map(({ phase, text, reason }) =>
      make("li", null, `${phase}: ${text}`, reason && make("q", { class: "bd-quote" }, reason)))) : make("p", null, "Not judged yet."));
}

/** Saves the own judgments as a page of their own. */
function save(title) {
  const mine = document.getElementById("mine").cloneNode(true);
  const made = document.implementation.createHTMLDocument(`My judgments: ${title}`);
  made.documentElement.lang = "en";
  made.head.prepend(make("meta", { charset: "utf-8" }));
  made.body.append(make("h1", null, `My judgments: ${title}`), mine);
  const text = `<!doctype html>\n${made.documentElement.outerHTML}`;
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/html" })), download: "my-judgments.html" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
