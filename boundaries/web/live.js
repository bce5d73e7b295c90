// A lecture's state as it happens, with one stream of events for all tabs of a browser that show the same lecture.
//
// A browser opens six connections to a host, so a stream for each tab would soon leave none for judgments. The visible
// tabs of one lecture choose one that leads: it hears the server and tells the others. Hidden tabs hear nobody, and ask
// when they are seen again. A lecture that is over needs no stream.
//
// A connection may look open and be dead, after a sleep or behind a front that holds events back. The server says
// something every two seconds: what has been silent for longer than LIFE is given up, and the server asked instead.
import { ask, askAtOnce, FOREIGN } from "./asking.js";

const LIFE = 5000; // ms without a word after which a stream, or the tab that leads, counts as dead
const BIRTH = 3000; // ms that a new stream has for its first word, which the server says at once
const ELECTION = 300; // ms that a tab gives one that leads already to say so
const POLL = 3000; // ms between two questions while there is no stream
const OVER_POLL = 10000; // ms between two when the lecture is over: the host may go on after all
const FIRST_RETRY = 1500, LAST_RETRY = 60000; // ms until a stream is tried again, twice as long after each failure
const TICK = 1000, SLEPT = 4000; // ms; a tick that comes so late has been slept through
const SILENT = "The server does not answer at the moment. This page tries again by itself.";

/** What tells the tabs of one lecture of each other; a browser without it has every tab lead. */
function openChannel(name, hear) {
  if (typeof BroadcastChannel === "undefined") return { postMessage() {} };
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => hear(data);
  return channel;
}

/**
 * Follows the lecture of `code`: `receive(state)` gets every newer state, `trouble(text)` a sentence while nothing can
 * be heard, and "" when that is over. `first` is the state that the page came with, or null.
 */
export function follow(code, first, receive, trouble) {
  const api = `${document.body.dataset.root}api/sessions/${code}`;
  const me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let latest = null, leader = "", election = 0;
  let stream = null, spoken = false, streamAt = 0, retry = FIRST_RETRY;
  let asking = null, askedAt = 0, heardAt = Date.now(), tickedAt = Date.now();
  const channel = openChannel(`boundaries/${code}`, hear);
  const leads = () => leader === me;
  const over = () => latest?.stage === "over";
  const tell = (kind, more) => channel.postMessage({ kind, id: me, ...more });

  /** Takes a state, unless it is older than what is shown: another server process may be a moment behind. */
  function take(state) {
    heardAt = Date.now();
    trouble("");
    if (latest && state.version < latest.version) return;
    latest = state;
    receive(state);
    if (over()) closeStream();
  }

  // -- the tabs among themselves -----------------------------------------------------------------------------------

  function elect() {
    if (document.hidden) return;
    clearTimeout(election);
    leader = "";
    tell("who");
    election = setTimeout(lead, ELECTION);
  }
  function lead() {
    leader = me;
    tell("leads", { state: latest });
    openStream();
  }
  function leave() {
    clearTimeout(election);
    closeStream();
    if (leads()) tell("leaves");
    leader = "";
  }
  function hear({ kind, id, state, text }) {
    if (kind === "who") {
      if (leads()) tell("leads", { state: latest });
    } else if (kind === "leaves") {
      if (id === leader) elect();
    } else if (leads() && id > me) tell("leads", { state: latest }); // two lead: the one with the lower name stays
    else {
      clearTimeout(election);
      closeStream();
      leader = id;
      heardAt = Date.now();
      if (state) take(state);
      else trouble(text ?? "");
    }
  }

  // -- the server --------------------------------------------------------------------------------------------------

  function openStream() {
    closeStream();
    if (over()) return;
    streamAt = Date.now();
    stream = new EventSource(`${api}/events`);
    stream.addEventListener("state", ({ data }) => {
      hearStream();
      take(JSON.parse(data));
      tell("state", { state: latest });
    });
    stream.addEventListener("beat", () => {
      hearStream();
      trouble("");
      tell("beat");
    });
    stream.onerror = giveUp;
  }
  function hearStream() {
    streamAt = heardAt = Date.now();
    spoken = true;
    retry = FIRST_RETRY;
  }
  function closeStream() {
    stream?.close();
    stream = null;
    spoken = false;
  }
  function giveUp() {
    closeStream();
    // Somewhere between half as long and half as long again: three hundred phones must not come back at once.
    streamAt = Date.now() + retry * (0.5 + Math.random());
    askedAt = Date.now() - POLL + FIRST_RETRY * Math.random();
    retry = Math.min(2 * retry, LAST_RETRY);
  }
  async function question(how) {
    if (asking === how || asking === askAtOnce) return;
    asking = how;
    askedAt = Date.now();
    const { later, foreign, status, table } = await how(api);
    if (asking !== how) return; // asked before a sleep, and asked again since
    asking = null;
    if (status === 200) {
      take(table);
      if (leads()) tell("state", { state: latest });
      return;
    }
    const text = later ? (foreign ? FOREIGN : SILENT) : table.error;
    trouble(text);
    if (leads()) tell("trouble", { text });
  }

  // -- the clock ---------------------------------------------------------------------------------------------------

  function tick() {
    const now = Date.now(), slept = now - tickedAt > SLEPT;
    tickedAt = now;
    if (document.hidden) return;
    if (slept) wake();
    else if (leads()) serve(now);
    else if (leader && now - heardAt > LIFE && !over()) elect();
  }
  /** What a tab that leads does every second: a stream that speaks is enough, else it asks. */
  function serve(now) {
    if (stream && now - streamAt > (spoken ? LIFE : BIRTH)) giveUp();
    if (!stream && now >= streamAt) openStream();
    const patient = spoken || (stream && retry === FIRST_RETRY); // the first stream gets its time to begin
    if (!patient && now - askedAt >= (over() ? OVER_POLL : POLL)) question(ask);
  }
  async function wake() {
    if (document.hidden) {
      leave();
      return;
    }
    closeStream();
    await question(askAtOnce); // first, for its connection is known to be alive, and the stream will get it
    elect();
  }

  if (first) take(first);
  elect();
  setInterval(tick, TICK);
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => persisted && wake());
}
