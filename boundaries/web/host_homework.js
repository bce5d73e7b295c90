// What the host's page shows of a homework: its link, how many have begun and finished, its end, then the class.
import { make, randomHex, write, writeOrHide } from "./dom.js";
import { renderReveal } from "./reveal.js";

const AGAIN = 10000; // ms between two looks at how many there are
const OVER = "It has ended. Whoever judged every case sees the class, as you do here.";
const SURE = "End it, for good";

const $ = (id) => document.getElementById(id);

/** When the day ends that a host chose, in the host's own zone; null where none was. */
export function endOfDay(day) {
  return day ? new Date(`${day}T23:59:00`).toISOString() : null;
}

/** The id of a new homework: it says when the codes open, as the course has it. */
export function newHomework(course) {
  return `homework-${randomHex(5)}${course.homework_ends}`;
}

/** Shows the homework of `code`. `talk` asks the server as its host, `change` does one thing at a time. */
export function followHomework(code, title, { talk, change, path, compact }) {
  let timer = 0, isSure = false;
  document.title = `${title} · the host`;
  write($("title"), title);
  write($("homework-code"), `${code.slice(0, 4)}-${code.slice(4)}`);
  $("homework-way").append($("way"));
  $("to-screen").hidden = true;
  $("homework").hidden = false;

  async function look() {
    clearTimeout(timer);
    const standing = await talk(path("/standing"));
    if (standing) show(standing);
    if (!standing?.over) timer = setTimeout(look, AGAIN);
  }
  function show({ began, finished, closes, over, classes }) {
    write($("began"), String(began));
    write($("finished"), String(finished));
    const due = closes && new Date(closes).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
    writeOrHide($("due"), over ? OVER : due ? `Due on ${due}. Work stays welcome after that, and is marked late a day later.` : "");
    $("ending").hidden = over;
    if (!over || $("classes").hasChildNodes()) return;
    for (const shown of classes) {
      const section = make("section", { "aria-label": shown.title }, make("h2", null, shown.title));
      const chart = make("div");
      section.append(chart);
      $("classes").append(section);
      renderReveal(chart, shown, { compact });
    }
  }
  $("end").addEventListener("click", () => {
    if (!isSure) { // what cannot be taken back is pressed twice
      isSure = true;
      write($("end"), SURE);
      return;
    }
    change(async () => {
      if (await talk(path("/end"), {})) await look();
    });
  });
  return look();
}
