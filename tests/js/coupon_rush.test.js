// A claim through a bad network: one id, and the right answer at the end.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { Rush } from "../../web/static/js/coupon_rush.js";

const CAMPAIGN = "c";
const at_once = () => ({ over: Promise.resolve(), wake() {} });
const fault = (status, code = "") => Object.assign(new Error(code), { status, code, details: {} });

/** A server that decides a claim once, behind a network that may lose what goes either way. */
class Server {
  constructor({ lost = [], undecided = 0, won = true } = {}) {
    this.lost = [...lost];
    this.undecided = undecided;
    this.won = won;
    this.taken = [];
  }

  #way() {
    if (this.lost.shift()) throw fault(0);
  }

  #outcome(claimId) {
    if (this.undecided-- > 0) return { claimId, state: "waiting", place: null, ahead: this.undecided };
    if (!this.won) throw fault(409, "SOLD_OUT");
    return { claimId, state: "issued", couponId: "k", place: 3 };
  }

  async send(claimId) {
    this.#way();
    if (!this.taken.includes(claimId)) this.taken.push(claimId);
    const outcome = this.#outcome(claimId);
    this.#way();
    return outcome;
  }

  async ask(claimId) {
    this.#way();
    if (!this.taken.includes(claimId)) throw fault(404, "CLAIM_NOT_FOUND");
    const outcome = this.#outcome(claimId);
    this.#way();
    return outcome;
  }
}

const rushOf = (server, more = {}) =>
  new Rush(CAMPAIGN, server, { changed() {}, pause: at_once, ...more });

test("however much is lost, the server gets one claim and the reader its answer", async () => {
  const worlds = fc.record({
    lost: fc.array(fc.boolean(), { maxLength: 20 }),
    undecided: fc.nat(10),
    won: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const server = new Server(world);
      const rush = rushOf(server);
      await rush.press("1");
      assert.deepEqual(server.taken, ["1"]);
      assert.equal(rush.state.phase, world.won ? "issued" : "refused");
    }),
  );
});

test("a page that was left in the middle goes on with the same id", async () => {
  const kept = [];
  const server = new Server({ lost: [false, true] });
  const first = rushOf(server, { kept: (id) => kept.push(id), pause: () => ({ over: new Promise(() => {}) }) });
  first.press("1");
  await new Promise(setImmediate);
  assert.equal(kept.at(-1), "1");
  const second = rushOf(server, { kept: (id) => kept.push(id) });
  await second.resume("1");
  assert.equal(second.state.phase, "issued");
  assert.equal(kept.at(-1), null);
});

test("news end the wait", async () => {
  let wake;
  const server = new Server({ undecided: 1_000 });
  const pause = () => {
    let resolve;
    const over = new Promise((done) => (resolve = done));
    wake = resolve;
    return { over, wake: resolve };
  };
  const rush = rushOf(server, { pause });
  const going = rush.press("1");
  await new Promise(setImmediate);
  assert.equal(rush.state.phase, "waiting");
  rush.hear({ type: "couponIssued", campaignId: CAMPAIGN, claimId: "1", couponId: "k", place: 3 });
  await going;
  assert.equal(rush.state.phase, "issued");
  assert.ok(wake);
});

test("what is no refusal of the server is a fault, and is not swallowed", async () => {
  const rush = rushOf({ send: () => Promise.reject(new TypeError("a fault of the page")) });
  await assert.rejects(() => rush.press("1"), TypeError);
});

test("a claim that the campaign's answer knows is taken over", async () => {
  const rush = rushOf(new Server());
  await rush.learn({ claimId: "1", state: "issued", couponId: "k", place: 3 });
  assert.equal(rush.state.phase, "issued");
});
