// One reader's claim in a campaign, as a page carries it through a rush: what is known of it, and what
// is to be done next. It has one id from the first press on, so that whatever is lost on the way is
// asked again and nothing counts twice.

/** Nothing is claimed; the button may be pressed. */
export const IDLE = { phase: "idle" };

// Refusals that are final for this claim; the others are of the moment.
const FINAL = ["SOLD_OUT", "ALREADY_ISSUED", "NOT_ELIGIBLE", "CLOSED"];
const PASSING = [0, 502, 503, 504];

/** The reader has pressed: the claim with this id is on its way. */
export const pressed = (state, claimId) =>
  state.phase === "idle" || state.phase === "early" ? { phase: "asking", claimId } : state;

/** The server answered the claim with 200, 201 or 202. */
export function answered(state, { claimId, couponId, place, coupon }) {
  if (isOver(state)) return state;
  if (couponId) return { phase: "issued", claimId, couponId, place, coupon };
  const waiting = { phase: "waiting", claimId, place: place ?? state.place ?? null, ahead: state.ahead };
  return ownOf(state, claimId, waiting);
}

/**
 * The call failed: with the status and code of a refusal, or with status 0 when no answer came. A
 * claim whose answer was lost may be in the log: it is still being asked for.
 */
export function failed(state, { status, code = "", message = "", details = {} }) {
  if (isOver(state)) return state;
  if (FINAL.includes(code)) {
    return { phase: "refused", claimId: state.claimId, code, message, couponId: details.couponId };
  }
  if (code === "NOT_OPEN_YET") return { phase: "early", opensAt: details.opensAt };
  if (PASSING.includes(status)) return { ...state, phase: "lost" };
  // The id is another claim's, or the claim as a whole is not taken: the next press makes a new one.
  return { phase: "idle", code, message };
}

/** What the server knows of the claim (GET /coupon/claims/{claimId}). */
export function known(state, { claimId, state: said, place, ahead, couponId, code, message = "" }) {
  if (isOver(state)) return state;
  if (said === "issued") return { phase: "issued", claimId, couponId, place };
  if (said === "refused") return refused(state, { claimId, code, message, couponId, place });
  return ownOf(state, claimId, { phase: "waiting", claimId, place: place ?? null, ahead });
}

// `own` is the reader's own claim while it goes on as the one that it joined.
function ownOf(state, claimId, next) {
  const own = state.own ?? state.claimId;
  return own && own !== claimId ? { ...next, own } : next;
}

// A refusal of the claim that was joined is not the last word on one's own, which the log may have
// taken before although nobody could say so: it is sent again.
const refused = (state, refusal) =>
  state.own ? { phase: "lost", claimId: state.own } : { phase: "refused", ...refusal };

/** An event of `/sub/user/{userId}`; those of other campaigns and claims change nothing. */
export function told(state, event, campaignId) {
  if (event.campaignId !== campaignId || isOver(state)) return state;
  if (state.claimId && event.claimId !== state.claimId) return state;
  const { claimId, place } = event;
  if (event.type === "couponIssued") return { phase: "issued", claimId, couponId: event.couponId, place };
  if (event.type === "couponRefused") return refused(state, { claimId, code: event.code, place });
  if (event.type === "couponPlace") {
    return ownOf(state, claimId, { phase: "waiting", claimId, place, ahead: event.ahead });
  }
  return state;
}

/** Whether the claim has its last word. */
export const isOver = ({ phase }) => phase === "issued" || phase === "refused";

/**
 * What the page does next about the claim: `send` it (again, with its id), `ask` what has become of
 * it, or nothing.
 */
export function nextStep({ phase }) {
  if (phase === "asking" || phase === "lost") return "send";
  return phase === "waiting" ? "ask" : "none";
}
