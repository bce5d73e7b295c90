// Asking the class server: what came back, and whether it was the class server at all that spoke.

const PATIENCE = 6000; // ms until a question counts as unanswered
const HEDGE = 700; // ms until a question is asked once more beside the first
const HEDGES = 6; // as many connections as a browser opens to one host
const LONGEST_REST = 60000; // ms that we let ourselves be told to wait
const COME_AGAIN = [408, 425, 429];

/** What is said where another than the class server answers. */
export const FOREIGN = "Something else answers in the class server’s place: perhaps this network wants you to sign in first. " +
  "This page tries again by itself.";

/**
 * What the class server says: { status, table }, or { later } where this is to be asked again, by itself.
 * `rest` are the ms that it wants to be left alone. `foreign` means that another answered: a sign-in page of the
 * network, or a filter. Whatever the class server says carries a mark, so anything without it is no answer to us.
 */
export async function ask(path, { body, headers, signal, patience = PATIENCE } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  signal?.addEventListener("abort", () => stop.abort());
  const kind = { "content-type": "application/json" };
  const posted = body ? { method: "POST", headers: { ...kind, ...headers }, body: JSON.stringify(body) } : { headers };
  try {
    const answer = await fetch(path, { ...posted, signal: stop.signal, cache: "no-store" });
    if (answer.headers.get("x-boundaries") !== "1") return { later: true, foreign: true };
    if (COME_AGAIN.includes(answer.status) || answer.status >= 500) {
      const seconds = Number(answer.headers.get("retry-after")) || 0;
      return { later: true, rest: Math.min(1000 * seconds, LONGEST_REST) };
    }
    const table = await answer.json();
    // A front may put words of its own into an answer of ours, and leave it our mark.
    if (!table || (answer.status >= 400 && typeof table.error !== "string")) return { later: true, foreign: true };
    return { status: answer.status, table };
  } catch {
    return { later: true }; // no network, or no whole answer: it may have arrived, and asking again does no harm
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The first answer of several questions, each asked a moment after the one before. After a sleep the connections that
 * the browser has kept may be dead without its knowing: every question uses up one of them, and the next gets another.
 */
export function askAtOnce(path) {
  const stop = new AbortController();
  return new Promise((resolve) => {
    let asked = 0, unanswered = 0, timer = 0;
    function finish(answer) {
      clearInterval(timer);
      stop.abort();
      resolve(answer);
    }
    async function once() {
      asked += 1;
      if (asked === HEDGES) clearInterval(timer);
      const answer = await ask(path, { signal: stop.signal });
      unanswered += Boolean(answer.later);
      if (!answer.later || unanswered === HEDGES) finish(answer);
    }
    timer = setInterval(once, HEDGE);
    once();
  });
}
