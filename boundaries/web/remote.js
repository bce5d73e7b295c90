// What a homework's page asks of the class server: all that it knows of a network. A page without a server has another
// module with the same functions (see homework.js), which answers from the page itself.
import { ask } from "./asking.js";

/**
 * The homework of `code` on the server whose address begins with `root`. Every function answers as `ask` does:
 * { status, table }, or { later } where it is worth asking again. `token` is the participant's.
 */
export function remote(root, code) {
  const post = (what, body) => ask(`${root}api/sessions/${code}/${what}`, { body });
  return {
    /** The cases in this participant's order, what is judged of them, and what their forms share. No reading. */
    load: (token) => post("mine", { token }),
    /** Counts the participant in a lecture; `table.levels` are their levels of the dials. */
    join: (token) => post("join", { token }),
    /** Stores judgments (a list of 1 to 100); `table.receipts` has one for each, in their order. */
    judge: (token, judgments) => post("judgments", judgments.map((judgment) => ({ token, ...judgment }))),
    /** What the codes say of a case; refused (409) until it may be read. */
    readings: (token, vignette) => post("readings", { token, vignette }),
    /** The class in a case; refused (409) until the homework has ended. */
    classOf: (token, vignette) => post("class", { token, vignette }),
    /** Keeps the answer on research. */
    consent: (token, consent) => post("consent", { token, consent }),
    /** `table.completion` is the code that says that all is judged; refused (409) before. */
    complete: (token) => post("completion", { token }),
    /** `table.token` is the token of another device's code. */
    carry: (backup) => post("join", { backup }),
    kept: "They lie on the class server; whoever keeps it can read them. Your class sees only counts, never those " +
      "of a small group.",
    changeOfMind: "You may change it at any time while the homework is open.",
  };
}
