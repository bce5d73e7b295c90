// Talking with somebody who may not be there: a kernel that is busy, gone, or was never started.

const CONNECT = 3000; // ms until we say that nobody is there
const RAREST = 60000; // ms between two greetings, at most

/**
 * Says hello to the Python behind a widget until it answers with one of `kinds`, then hands on what it says.
 * `receive(message)` gets each of those; `offline()` is called each time that nobody answered. Returns what ends it.
 * A widget restored from a saved notebook has nobody behind it: it keeps asking, ever more rarely.
 */
export function connect(model, kinds, receive, offline) {
  let timer, pause = CONNECT;
  const hear = (message) => {
    if (!kinds.includes(message?.kind)) return;
    clearTimeout(timer);
    receive(message);
  };
  const hello = () => {
    model.send({ kind: "hello" });
    timer = setTimeout(() => {
      offline();
      pause = Math.min(2 * pause, RAREST);
      hello();
    }, pause);
  };
  model.on("msg:custom", hear);
  hello();
  return () => {
    clearTimeout(timer);
    model.off("msg:custom", hear);
  };
}

/**
 * A widget's module: what `draw(el, send)` shows, connected to its Python for as long as it is on screen. `name` is what
 * its reader calls it; a view that has `receipt` hears receipts that come without a state, too.
 */
export function widget(draw, name) {
  return {
    render({ model, el }) {
      const view = draw(el, (message) => model.send(message));
      const kinds = view.receipt ? ["state", "receipt"] : ["state"];
      const receive = (message) => (message.kind === "state" ? view.update(message) : view.receipt(message.receipt));
      const away = `This ${name} is not connected to Python. Run the cell above it again (Shift+Enter).`;
      view.offline("Connecting…");
      const disconnect = connect(model, kinds, receive, () => view.offline(away));
      return () => {
        disconnect();
        view.destroy();
      };
    },
  };
}

/**
 * At most one question at a time, sent by `send`. While it waits, the buttons of `root` are marked as disabled; after
 * `patience` ms without `rest()` it gives up. `ask(message, late)` does nothing while another question waits.
 */
export function questions(root, send, patience) {
  let timer, waiting = false;
  const buttons = () => root.querySelectorAll("button");
  function rest() {
    clearTimeout(timer);
    waiting = false;
    for (const button of buttons()) button.removeAttribute("aria-disabled");
  }
  function mark() { // not `disabled`, which would drop the focus
    if (waiting) for (const button of buttons()) button.setAttribute("aria-disabled", "true");
  }
  return {
    get waiting() {
      return waiting;
    },
    ask(message, late) {
      if (waiting) return;
      waiting = true;
      mark();
      timer = setTimeout(() => {
        rest();
        late();
      }, patience);
      send(message);
    },
    mark, // again, for buttons that were made meanwhile
    rest,
  };
}
