import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { apart, between, farther, fieldTime, moved, nearer, timeOfField } from "../../web/static/js/log_range.js";

const RANGE = { from: Date.UTC(2026, 10, 21, 12), to: Date.UTC(2026, 10, 21, 13) };
const times = fc.integer({ min: 0, max: 4_000_000_000 }).map((each) => each * 1000);

test("a range is from the earlier to the later, in whole seconds", () => {
  assert.deepEqual(between(9_400, 2_600), { from: 3_000, to: 9_000 });
  assert.deepEqual(between(5_000, 5_000), { from: 5_000, to: 7_000 });
});

test("nearer and farther keep the middle", () => {
  assert.deepEqual(nearer(RANGE), { from: RANGE.from + 900_000, to: RANGE.to - 900_000 });
  assert.deepEqual(farther(nearer(RANGE)), RANGE);
});

test("earlier and later go by half of it", () => {
  assert.deepEqual(moved(RANGE, 1), { from: RANGE.from + 1_800_000, to: RANGE.to + 1_800_000 });
  assert.deepEqual(moved(moved(RANGE, 1), -1), RANGE);
});

test("whatever is done, the range has a length, and is one that the server takes", () => {
  const acts = fc.constantFrom(nearer, farther, (range) => moved(range, 1), (range) => moved(range, -1));
  fc.assert(
    fc.property(times, times, fc.array(acts, { maxLength: 12 }), (one, other, done) => {
      const { from, to } = done.reduce((range, act) => act(range), between(one, other));
      assert.ok(from >= 0 && to - from >= 2000 && from % 1000 === 0 && to % 1000 === 0);
    }),
  );
});

test("a field of a form gives the time back that it was given", () => {
  fc.assert(
    fc.property(times, (at) => {
      // An hour that a clock passes twice has two times and one name.
      const back = new Date(timeOfField(fieldTime(at))).getTime();
      assert.equal(fieldTime(back), fieldTime(at));
    }),
  );
  assert.equal(fieldTime(null), "");
  assert.equal(timeOfField(""), null);
  assert.equal(timeOfField("gestern"), null);
});

test("milliseconds between two times", () => {
  assert.equal(apart("2026-11-21T12:00:00.100Z", "2026-11-21T12:00:01.000Z"), 900);
});
