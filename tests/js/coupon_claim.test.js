// A claim in a rush: one id for as long as its answer is open, and the right answer at the end.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import {
  IDLE,
  answered,
  failed,
  isOver,
  known,
  nextStep,
  pressed,
  told,
} from "../../web/static/js/coupon_claim.js";

const CAMPAIGN = "c";
const ID = "1";
const asking = pressed(IDLE, ID);
const waiting = answered(asking, { claimId: ID, place: 7 });
const issued = { type: "couponIssued", campaignId: CAMPAIGN, claimId: ID, couponId: "k", place: 7 };

test("a press sends, and a second one does not make a second claim", () => {
  assert.deepEqual(asking, { phase: "asking", claimId: ID });
  assert.equal(nextStep(asking), "send");
  assert.equal(pressed(asking, "2"), asking);
  assert.equal(pressed(waiting, "2"), waiting);
});

test("201 is a coupon, 202 a place in the queue", () => {
  assert.equal(answered(asking, { claimId: ID, couponId: "k", place: 7 }).phase, "issued");
  assert.deepEqual([waiting.phase, waiting.place, nextStep(waiting)], ["waiting", 7, "ask"]);
});

test("a claim that joined another one of the same person goes on as that one", () => {
  assert.equal(answered(asking, { claimId: "first" }).claimId, "first");
});

test("what the joined claim is refused is not the last word: one's own is sent again", () => {
  const joined = answered(asking, { claimId: "first" });
  const later = known(joined, { claimId: "first", state: "waiting", ahead: 3 });
  const again = { phase: "lost", claimId: ID };
  const refusal = { claimId: "first", state: "refused", code: "ALREADY_ISSUED", couponId: "k" };
  assert.deepEqual(known(later, refusal), again);
  const event = { type: "couponRefused", claimId: "first", campaignId: "c", code: "SOLD_OUT" };
  assert.deepEqual(told(later, event, "c"), again);
  assert.equal(known(later, { claimId: "first", state: "issued", couponId: "k" }).phase, "issued");
  const own = answered(again, { claimId: ID });
  assert.equal(known(own, { claimId: ID, state: "refused", code: "SOLD_OUT" }).phase, "refused");
});

for (const status of [0, 502, 503, 504]) {
  test(`no answer (${status}) is sent again with the same id`, () => {
    const lost = failed(asking, { status });
    assert.equal(nextStep(lost), "send");
    assert.equal(lost.claimId, ID);
  });
}

for (const code of ["SOLD_OUT", "ALREADY_ISSUED", "NOT_ELIGIBLE", "CLOSED"]) {
  test(`${code} is the last word`, () => {
    const refused = failed(asking, { status: 409, code, details: { couponId: "k" } });
    assert.ok(isOver(refused));
    assert.equal(nextStep(refused), "none");
    assert.equal(pressed(refused, "2"), refused);
  });
}

test("too early is not kept: the next press is a new claim", () => {
  const early = failed(asking, { status: 403, code: "NOT_OPEN_YET", details: { opensAt: "t" } });
  assert.equal(nextStep(early), "none");
  assert.equal(pressed(early, "2").claimId, "2");
});

test("a refusal of the call itself lets the reader press again", () => {
  const limited = failed(asking, { status: 429, code: "RATE_LIMITED", message: "wait" });
  assert.deepEqual(limited, { phase: "idle", code: "RATE_LIMITED", message: "wait" });
  assert.equal(pressed(limited, "2").phase, "asking");
});

test("the connection tells the outcome while the call is still lost", () => {
  const lost = failed(asking, { status: 0 });
  assert.equal(told(lost, issued, CAMPAIGN).phase, "issued");
  const refused = { type: "couponRefused", campaignId: CAMPAIGN, claimId: ID, code: "SOLD_OUT" };
  assert.equal(told(lost, refused, CAMPAIGN).code, "SOLD_OUT");
});

test("events of other campaigns and claims change nothing", () => {
  assert.equal(told(waiting, { ...issued, campaignId: "d" }, CAMPAIGN), waiting);
  assert.equal(told(waiting, { ...issued, claimId: "2" }, CAMPAIGN), waiting);
});

test("the queue moves: the place stays, fewer are ahead", () => {
  const later = known(waiting, { claimId: ID, state: "waiting", place: 7, ahead: 3 });
  assert.deepEqual([later.place, later.ahead], [7, 3]);
});

test("whatever gets lost and in whatever order news come, the first last word stands", () => {
  const news = fc.constantFrom(
    (state) => failed(state, { status: 0 }),
    (state) => failed(state, { status: 503, code: "BUSY" }),
    (state) => answered(state, { claimId: ID, place: 7 }),
    (state) => answered(state, { claimId: ID, couponId: "k", place: 7 }),
    (state) => known(state, { claimId: ID, state: "waiting", place: 7, ahead: 1 }),
    (state) => known(state, { claimId: ID, state: "issued", couponId: "k", place: 7 }),
    (state) => told(state, issued, CAMPAIGN),
    (state) => pressed(state, "2"),
  );
  fc.assert(
    fc.property(fc.array(news, { maxLength: 30 }), (all) => {
      const states = all.reduce((past, step) => [...past, step(past.at(-1))], [asking]);
      const last = states.at(-1);
      assert.equal(last.claimId, ID);
      const over = states.findIndex(isOver);
      if (over >= 0) assert.equal(last, states[over]);
      else assert.notEqual(nextStep(last), "none");
    }),
  );
});
