import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { catchUp, duration, trendPoints } from "../../web/static/js/lag_texts.js";

test("a duration has the unit that a person would use", () => {
  const cases = [
    [0, "under", 1], [0.9, "under", 1], [1, "seconds", 1], [119, "seconds", 119], [120, "minutes", 2],
    [7_199, "minutes", 120], [7_200, "hours", 2], [172_799, "hours", 48], [172_800, "days", 2],
  ];
  for (const [seconds, unit, count] of cases) assert.deepEqual(duration(seconds), { unit, count });
});

test("a longer time is never told as a shorter one", () => {
  const size = { under: 0, seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };
  const told = (seconds) => {
    const { unit, count } = duration(seconds);
    return size[unit] * count;
  };
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.double({ min: 0, max: 1e7, noNaN: true }), (one, other) => {
      const [less, more] = one < other ? [one, other] : [other, one];
      assert.ok(told(less) <= told(more));
    }),
  );
});

test("a group keeps up, catches up in a while, or never does", () => {
  assert.deepEqual(catchUp({ records: 0, catchUp: null }), { kind: "keeps" });
  assert.deepEqual(catchUp({ records: 3, catchUp: 0 }), { kind: "keeps" });
  assert.deepEqual(catchUp({ records: 3, catchUp: 12 }), { kind: "in", seconds: 12 });
  assert.deepEqual(catchUp({ records: 3, catchUp: null }), { kind: "never" });
});

test("a trend is a line from left to right, more being higher", () => {
  const trend = [{ ago: 20, records: 0 }, { ago: 10, records: 10 }, { ago: 0, records: 5 }];
  assert.equal(trendPoints(trend, 100, 20), "0.0,20.0 50.0,0.0 100.0,10.0");
});

test("nothing is drawn of a group that was never behind, or was seen once", () => {
  assert.equal(trendPoints([], 100, 20), "");
  assert.equal(trendPoints([{ ago: 0, records: 9 }], 100, 20), "");
  assert.equal(trendPoints([{ ago: 10, records: 0 }, { ago: 0, records: 0 }], 100, 20), "");
});

test("a trend never leaves its box", () => {
  const point = fc.record({ ago: fc.double({ min: 0, max: 900, noNaN: true }), records: fc.nat() });
  fc.assert(
    fc.property(fc.array(point), (trend) => {
      for (const pair of trendPoints(trend, 100, 20).split(" ").filter(Boolean)) {
        const [x, y] = pair.split(",").map(Number);
        assert.ok(x >= 0 && x <= 100 && y >= 0 && y <= 20);
      }
    }),
  );
});
