// What a host can sensibly do next: from the lecture's public state and its plan, as buttons. The rules themselves hold
// in the server (rounds/stages.py); here is only what to offer.

const FINAL = "The first two rounds are then final.";
const FINAL_TOO = "This third round is then final.";
const OVER = "Phones then say that the lecture is over. What was judged stays.";
const CLOCKS = [30, 60].map((seconds) => ({ id: `clock-${seconds}`, label: `+${seconds} s`, change: "clock", body: { seconds } }));

/** What each stage means, in a sentence for the host. */
export const NOW = {
  lobby: "Nobody sees the case yet.",
  first: "First round: everyone judges alone.",
  discuss: "Talking: no round is open.",
  discussed: "Second round: everyone judges again, after talking.",
  reveal: "The class is shown on the projector, and below.",
  informed: "Third round: everyone judges again, after the codes.",
  over: "This lecture is over.",
};

/** What a step to each stage will do. */
const DOES = {
  lobby: "Phones wait, and the case is hidden.",
  first: "Phones and projector show the case, and phones ask for a judgment.",
  discuss: "Phones ask nothing while the room talks.",
  discussed: "Phones ask for the judgment again.",
  reveal: "The projector shows the class beside the codes; phones show how the codes read the case.",
  informed: "Phones ask a third time.",
  over: "Phones say thank you.",
};

/** What a step will do, in a sentence. */
export function effectOf({ change, body }) {
  return change === "stage" ? DOES[body.stage] : "The same cases begin under a new code.";
}

/**
 * The sensible steps at this stage of the present case: one in front (`primary`), the others behind it (`quiet`). Each
 * has an id, a label, what it changes in the server with which body, and what to confirm first. `level`: whether the
 * dial may still be set. `hands`: the phases that a show of hands can be typed in for.
 */
export function offer(state, plan) {
  const { stage } = state, at = presentPlace(state), steps = stepsOf(plan, at);
  const [primary, ...others] = STAGES[stage](steps);
  if (stage !== "over") others.push(steps.end());
  const body = JSON.stringify(primary.body);
  const quiet = others.filter((step) => step.change !== primary.change || JSON.stringify(step.body) !== body);
  const { dial, opened, revealed } = plan[at];
  let hands = ["first", "discussed"];
  if (revealed.length) hands.push("informed");
  if (stage === "lobby" || stage === "over") hands = [];
  return { primary, quiet, hands, level: Boolean(dial) && stage === "lobby" && !opened.length };
}

/** The place of the present case in the plan, from 0; before the first case, that one's. */
export function presentPlace({ place }) {
  return Math.max(0, place - 1);
}

/** The steps that lead from one case of the plan. Those that may not exist come as a list of one or none. */
function stepsOf(plan, at) {
  const here = plan[at], before = plan[at - 1], after = plan[at + 1];
  const leftAt = (known) => (known.revealed.length ? "reveal" : "lobby"); // where a case was left
  const step = (id, label, vignette, stage, confirm = "") =>
    ({ id, label, change: "stage", body: { vignette, stage }, confirm });
  return {
    revealed: here.revealed,
    opened: here.opened,
    leftAt: leftAt(here),
    to: (id, label, stage, confirm) => step(id, label, here.id, stage, confirm),
    on: () => (after ? [step("next", "Next case", after.id, "lobby")] : []),
    skip: () => (after ? [step("skip", "Skip this case", after.id, "lobby")] : []),
    back: () => (before ? [step("back", "Back to the case before", before.id, leftAt(before))] : []),
    end: () => step("end", "End the lecture", here.id, "over", OVER),
  };
}

const STAGES = { // by stage: the primary step, then the quiet ones
  lobby(the) {
    if (the.revealed.length) return [the.to("show", "Show the class again", "reveal"), ...the.on(), ...the.back()];
    return [the.to("open", "Open the first round", "first"), ...the.skip(), ...the.back()];
  },
  first(the) {
    const hide = the.to("back", "Back: close it and hide the case", "lobby");
    return [the.to("close", "Close it: talk", "discuss"), ...CLOCKS, hide, ...the.skip()];
  },
  discuss(the) {
    const hide = the.to("back", "Back: hide the case", "lobby");
    if (the.revealed.length) return [the.to("show", "Show the class again", "reveal"), ...CLOCKS, ...the.on(), hide];
    if (!the.opened.includes("first")) {
      return [the.to("open", "Open the first round", "first"), ...CLOCKS, hide, ...the.skip()];
    }
    const reopen = the.to("reopen", "Reopen the first round", "first");
    const reveal = the.to("reveal", "Reveal without judging again", "reveal", FINAL);
    return [the.to("again", "Judge again", "discussed"), ...CLOCKS, reopen, reveal, ...the.skip()];
  },
  discussed(the) {
    const back = the.to("back", "Back: close it, talk on", "discuss");
    const reopen = the.to("reopen", "Reopen the first round", "first");
    return [the.to("reveal", "Reveal", "reveal", FINAL), ...CLOCKS, back, reopen, ...the.skip()];
  },
  reveal(the) {
    const steps = the.on();
    if (!steps.length) steps.push(the.end());
    if (!the.revealed.includes("informed")) steps.push(the.to("informed", "Judge after the codes", "informed"));
    return [...steps, the.to("back", "Back: hide the class, talk on", "discuss")];
  },
  informed: (the) => [the.to("reveal", "Close it: show the class", "reveal", FINAL_TOO), ...CLOCKS],
  over: (the) => [{ id: "another", label: "Begin another lecture", change: "another" },
    the.to("on", "Go on after all", the.leftAt)],
};
