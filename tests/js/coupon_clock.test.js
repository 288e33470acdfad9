// The server's clock on a page: as good as the way was short, and countdowns that end at the opening.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { better, clockText, measured, partsOf, stateAt } from "../../web/static/js/coupon_clock.js";

const OPENS = Date.parse("2026-12-01T12:00:00.000Z");
const CLOSES = OPENS + 3_600_000;
const campaign = (state) => ({
  state,
  opensAt: new Date(OPENS).toISOString(),
  closesAt: new Date(CLOSES).toISOString(),
});

test("the offset is right within half the way, whatever the device's clock says", () => {
  const way = fc.integer({ min: 0, max: 5_000 });
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), way, way, (behind, there, back) => {
      const asked = 1_790_000_000_000;
      const now = new Date(asked + behind + there).toISOString();
      const { offset } = measured(now, asked, asked + there + back);
      assert.ok(Math.abs(offset - behind) <= (there + back) / 2);
    }),
  );
});

test("of two offsets the one of the shorter way stays", () => {
  const slow = { offset: 1, way: 900 };
  const quick = { offset: 2, way: 30 };
  assert.equal(better(null, slow), slow);
  assert.equal(better(slow, quick), quick);
  assert.equal(better(quick, slow), quick);
});

test("what is left adds up, and shows zero only when nothing is left", () => {
  fc.assert(
    fc.property(fc.integer({ min: -5_000, max: 40 * 86_400_000 }), (left) => {
      const { days, hours, minutes, seconds } = partsOf(left);
      const total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
      assert.equal(total, Math.max(0, Math.ceil(left / 1_000)));
      assert.equal(total === 0, left <= 0);
    }),
  );
});

test("a clock shows hours only where there are any", () => {
  assert.equal(clockText(partsOf(63_000)), "01:03");
  assert.equal(clockText(partsOf(3_723_000)), "1:02:03");
  assert.equal(clockText(partsOf(86_400_000)), "0:00:00");
});

test("a campaign opens and closes by itself, and what is over stays over", () => {
  assert.equal(stateAt(campaign("scheduled"), OPENS - 1), "scheduled");
  assert.equal(stateAt(campaign("scheduled"), OPENS), "open");
  assert.equal(stateAt(campaign("open"), CLOSES), "closed");
  assert.equal(stateAt(campaign("soldOut"), OPENS + 1), "soldOut");
  assert.equal(stateAt(campaign("cancelled"), OPENS - 1), "cancelled");
});
