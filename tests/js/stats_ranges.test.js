// The charts' ranges: the last bucket is the one of now, and buckets neither overlap nor leave a gap.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { MINUTE, RANGES, beginOf, isDays } from "../../web/static/js/stats_ranges.js";

const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) });
const choices = fc
  .constantFrom(...Object.keys(RANGES))
  .chain((name) => fc.constantFrom(...RANGES[name].steps.map((step) => ({ range: RANGES[name], step }))));

test("the last bucket of a range is the one of now", () => {
  fc.assert(
    fc.property(choices, moments, ({ range, step }, now) => {
      if (isDays(step)) return;
      const length = range.length * MINUTE;
      const begin = beginOf(range, step, now);
      assert.ok(begin <= now && begin + length > now, `${begin} .. ${begin + length} without ${now}`);
    }),
  );
});
