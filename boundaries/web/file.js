// A lesson as one HTML file: a homework's page (homework.js) with the server inside the page (local.js), and what only
// a file needs. Everything that could hurt later is said beforehand.
import { button, make, write } from "./dom.js";
import { openHomework } from "./homework.js";
import { localServer } from "./local.js";

const NOTICES = {
  no:
    "This browser keeps nothing for this page: storage is switched off, or another page shows it. You can " +
    "judge, but all is gone when the page closes or reloads. Save your submission before that.",
  full:
    "This browser has no room left. What you judge may stay with this page alone, until it closes. Make room " +
    "on the device, or save your submission before you close the page.",
  framed:
    "This page stands inside another one that lets it take no answers. Open the file in a tab or window of " +
    "its own.",
  cleared:
    "What this browser kept of the course was removed. What you judged in this tab was still here, and has " +
    "been put back. If you removed it on purpose, close this tab first, then remove it again.",
  before:
    "Somebody has judged in this browser before, and the page goes on from there. Was it not you? Then remove " +
    "it first: the last page, “Mine”, has a button for that.",
  twice:
    "This course is open in another tab, too. Both keep what you judge in one place, and a case that is " +
    "locked in one is locked in both. It is easier with one: close the other, then reload this page.",
};
const STORED = "Kept in this browser. It is handed in only with the file that you save at the end.";
const KEPT =
  "They stay in this browser, on this device; the page sends nothing to anybody. Whoever uses this browser " +
  "after you could read them. At the end you save one small file and hand it in as your lecturer asked; " +
  "whoever can open your learning platform’s files can read it.";
const BEFORE_IT_HURTS =
  "A private window forgets everything when you close it, and so does a browser whose data is cleared. Some " +
  "browsers also lose track when this file is moved or renamed. So use one browser, leave the file where it " +
  "is, and save your submission before you stop: opened on the last page, here or on another device, it " +
  "brings everything back.";
const TRUST =
  "What the codes say is in this file too, scrambled, so that nobody stumbles on it. This rests on trust: " +
  "whoever wants to read it before judging could. Please don’t. What you think before is the point.";
const CHANGE_OF_MIND = "You may change it until an archive is made: save again, and hand in the new file.";
const ONE_FILE =
  "One file holds all that you have judged on the pages of this course in this browser, reasons too. Keep a " +
  "copy until the course is over: it brings your answers back if this browser loses them.";
const NOTHING_YET = "Nothing was saved: you have not judged a case yet. Judge one first.";
const NO_FILE = "Some apps let a page save nothing. Then copy this text into an empty file of that name:";
const NOT_HERE =
  "This browser keeps nothing, so a saved file cannot be opened here. Open this page in another browser.";
const MOST = 2_000_000; // bytes: no submission is larger
const SURE = "Really remove everything? Press once more";

const course = JSON.parse(document.getElementById("course").textContent);
const local = await localServer(course);
const keeps = await local.keeps();
const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

// -- what could hurt --------------------------------------------------------------------------------------------------

function notice(kind) {
  document.getElementById(`notice-${kind}`)?.remove();
  document.getElementById("notices").append(make("p", { id: `notice-${kind}` }, NOTICES[kind]));
}
/** Says so while another tab has this course open. Where a browser cannot tell, nothing breaks either. */
function watchTabs() {
  const asFirst = (lock) => {
    if (lock) return new Promise(() => {}); // held as long as the page is open
    notice("twice");
    return null;
  };
  navigator.locks?.request(`boundaries/${course.session}`, { ifAvailable: true }, asFirst).catch(() => {});
}
/** Whether a form is heard here: not in a frame without that right, where a press of its button would do nothing. */
function takesForms() {
  const form = make("form", { hidden: "" });
  let isHeard = false;
  form.addEventListener("submit", (event) => {
    isHeard = true;
    event.preventDefault();
  });
  document.body.append(form);
  form.requestSubmit();
  form.remove();
  return isHeard;
}
async function lookAgain() {
  if (document.hidden) return;
  const isWhole = await local.refresh();
  if (!local.isSame()) {
    location.hash = "";
    location.reload();
  } else if (!isWhole) {
    await local.restore();
    notice("cleared");
  }
}

// -- handing in -------------------------------------------------------------------------------------------------------

/** The parts of the last page that hand in, go on elsewhere and clear up. */
function handIn() {
  const said = make("p", { class: "bd-kept", role: "status" }), after = make("div");
  const attributes = { type: "file", id: "open", accept: ".json,application/json", "aria-describedby": "opened" };
  const file = make("input", attributes);
  const opened = make("p", { id: "opened", class: "bd-kept", role: "status" });
  file.addEventListener("change", () => openFile(file.files[0], opened));
  const unsaved = make("p", null, whatIsUnsaved());
  return [
    make("h2", null, "Hand in"),
    make("p", null, ONE_FILE),
    course.due && make("p", null, `Due: ${course.due}.`),
    unsaved,
    button("Save my submission", () => save({ said, after, unsaved }), "bd-onward"),
    said, after,
    make("details", null, make("summary", null, "Go on with a file that you saved"),
      make("p", null, make("label", { for: "open" }, `Choose your ${course.file}; its judgments come back.`)),
      file, opened),
    make("details", null, make("summary", null, "On a computer that others use"),
      make("p", null, "Save your submission first. Then remove what this browser keeps."),
      button("Remove everything from this browser", forget)),
  ];
}
function whatIsUnsaved() {
  const { unsaved } = local.counts();
  return unsaved ? `In no saved file yet: ${counted(unsaved, "judgment")}.` : "";
}
async function save({ said, after, unsaved }) {
  const { all, skips } = local.counts();
  if (!all) {
    write(said, NOTHING_YET);
    return;
  }
  const text = local.submission(), file = new File([text], course.file, { type: "application/json" });
  await local.noteSaved();
  const link = make("a", { href: URL.createObjectURL(file), download: course.file }, `Download ${course.file}`);
  const skipped = skips ? ` (${skips} of them “${course.form.skip}”)` : "";
  const { consent } = local.memory.read();
  write(said, `Your browser was given ${course.file} to save; look among its downloads. ` +
    `It holds ${counted(all, "judgment")}${skipped}. Research: ${consent ? "yes" : "no"}.`);
  const copy = make("textarea", { rows: 6, readonly: "", "aria-label": `The text of ${course.file}` });
  copy.value = text;
  after.replaceChildren(make("p", null, link), ...sharing(file),
    make("details", null, make("summary", null, "No file appeared?"), make("p", null, NO_FILE), copy));
  link.click();
  write(unsaved, whatIsUnsaved());
}
/** A button that shares the file, where this browser can. */
function sharing(file) {
  const data = { files: [file], title: course.file };
  if (!navigator.canShare?.(data)) return [];
  const share = () => navigator.share(data).catch(() => {}); // to change one's mind is no failure
  return [button("Share the file…", share)];
}
async function openFile(file, said) {
  if (!file) return;
  write(said, "");
  const whole = file.size > MOST ? "" : await file.text();
  const text = keeps === "no" ? NOT_HERE : await local.open(whole);
  write(said, text);
  if (!text) location.reload();
}
async function forget(node) {
  if (node.textContent !== SURE) {
    write(node, SURE);
    return;
  }
  await local.clear();
  location.hash = "";
  location.reload();
}

addEventListener("visibilitychange", lookAgain);
addEventListener("beforeunload", (event) => {
  if (keeps !== "yes" && local.counts().unsaved) event.preventDefault();
});
if (keeps !== "yes") notice(keeps);
if (!takesForms()) notice("framed");
watchTabs();
if (local.counts().all) {
  notice("before");
  addEventListener("click", () => document.getElementById("notice-before")?.remove(), { once: true });
  local.memory.change((all) => { all.started = true; });
}
const said = { stored: STORED, kept: KEPT, more: [BEFORE_IT_HURTS, TRUST], changeOfMind: CHANGE_OF_MIND };
openHomework(`boundaries/${course.session}`, { ...local, ...said, handIn });
