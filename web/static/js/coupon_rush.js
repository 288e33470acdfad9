// Carries one claim to its last word: sends it, again with its id when the answer was lost, and asks
// what has become of it until it is decided. Nothing here touches the document.

import { IDLE, answered, failed, isOver, known, nextStep, pressed, told } from "./coupon_claim.js";
import { wait, waitFor } from "./waiting.js";

const ASK_AGAIN = 2_000;

/**
 * The claim of one page. `calls` sends it (`send(claimId)`) and asks for it (`ask(claimId)`); both
 * throw what has `status`, `code`, `message` and `details`. `changed(state)` hears of every change,
 * `kept(claimId)` what a reload of the page needs (null: nothing any more).
 */
export class Rush {
  constructor(campaignId, calls, { changed, kept = () => {}, pause = wait }) {
    this.campaignId = campaignId;
    this.calls = calls;
    this.changed = changed;
    this.kept = kept;
    this.pause = pause;
    this.state = IDLE;
    this.failures = 0;
    this.waiting = null;
  }

  /** The reader has pressed; `claimId` is a new id. */
  press(claimId) {
    this.#become(pressed(this.state, claimId));
    return this.go();
  }

  /** A claim whose page was left before its answer came. */
  resume(claimId) {
    if (this.state.phase === "idle") this.#become({ phase: "lost", claimId });
    return this.go();
  }

  /** What the server said of the claim besides: with the campaign. */
  learn(claim) {
    this.#become(known(this.state, claim));
    return this.go();
  }

  /** An event of the reader's own account. */
  hear(event) {
    this.#become(told(this.state, event, this.campaignId));
    this.hurry();
  }

  /** The network is back, or something is new: what waits goes on now. */
  hurry() {
    this.waiting?.wake();
  }

  /** Work until nothing is to be done; a second call while it works does nothing. */
  async go() {
    if (this.works) return;
    this.works = true;
    try {
      while (nextStep(this.state) !== "none") await this.#step();
    } finally {
      this.works = false;
    }
  }

  async #step() {
    const { claimId } = this.state;
    if (nextStep(this.state) === "send") await this.#try(() => this.calls.send(claimId), answered);
    else await this.#try(() => this.calls.ask(claimId), known);
    if (nextStep(this.state) === "none") return;
    const time = this.failures ? waitFor(this.failures - 1, null) : ASK_AGAIN;
    this.waiting = this.pause(time);
    await this.waiting.over;
    this.waiting = null;
  }

  async #try(call, next) {
    try {
      const answer = await call();
      this.failures = 0;
      this.#become(next(this.state, answer));
    } catch (error) {
      if (error.status === undefined) throw error;
      // A claim that no server knows was never taken, or its server is gone: it is sent again.
      const isLost = error.code === "CLAIM_NOT_FOUND";
      this.failures = isLost ? Math.max(1, this.failures) : this.failures + 1;
      this.#become(failed(this.state, isLost ? { status: 0 } : error));
    }
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.kept(nextStep(state) === "none" ? null : (state.own ?? state.claimId));
    this.changed(state, isOver(state));
  }
}
