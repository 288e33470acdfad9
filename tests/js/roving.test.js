// Arrow keys in a list: every place is reached, and none is led to that is not there.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { isInView, lastAbove, nearest, stepTo, stepWithin } from "../../web/static/js/roving.js";

const KEYS = ["ArrowUp", "ArrowDown", "Home", "End"];
const rising = fc.uniqueArray(fc.integer({ min: 0, max: 999 })).map((all) => all.sort((a, b) => a - b));

test("a key leads to a place of the list, or nowhere", () => {
  const place = fc.integer({ min: 1, max: 50 }).chain((count) => fc.tuple(fc.nat(count - 1), fc.constant(count)));
  fc.assert(
    fc.property(fc.constantFrom(...KEYS, "a", "Tab", "PageDown"), place, (key, [at, count]) => {
      const to = stepTo(key, at, count);
      if (to === null) assert.ok(!KEYS.includes(key) || at === 0 || at === count - 1);
      else assert.ok(to !== at && to >= 0 && to < count);
    }),
  );
});

test("down, and up again, goes through all", () => {
  const walk = (key, from) => {
    const seen = [from];
    for (let at = stepTo(key, from, 5); at !== null; at = stepTo(key, at, 5)) seen.push(at);
    return seen;
  };
  assert.deepEqual(walk("ArrowDown", 0), [0, 1, 2, 3, 4]);
  assert.deepEqual(walk("ArrowUp", 4), [4, 3, 2, 1, 0]);
  assert.deepEqual([stepTo("Home", 3, 5), stepTo("End", 1, 5)], [0, 4]);
  assert.deepEqual([stepTo("Home", 0, 5), stepTo("End", 0, 1)], [null, null]);
});

test("left and right go round the item and its controls", () => {
  const round = (key, count) => {
    const seen = [];
    let at = -1;
    do seen.push((at = stepWithin(key, at, count)));
    while (at !== -1);
    return seen;
  };
  assert.deepEqual(round("ArrowRight", 3), [0, 1, 2, -1]);
  assert.deepEqual(round("ArrowLeft", 3), [2, 1, 0, -1]);
  assert.equal(stepWithin("ArrowRight", -1, 0), null);
  assert.deepEqual([stepWithin("Escape", 2, 3), stepWithin("Escape", -1, 3)], [-1, null]);
  assert.equal(stepWithin("ArrowDown", 1, 3), null);
});

test("the last above an edge is what a walk through all finds", () => {
  fc.assert(
    fc.property(rising, fc.integer({ min: -1, max: 1000 }), (bottoms, edge) => {
      const found = lastAbove(edge, bottoms.length, (at) => bottoms[at]);
      assert.equal(found, bottoms.filter((bottom) => bottom <= edge).length - 1);
    }),
  );
});

test("a box is in view as long as a part of it is", () => {
  const view = { top: 10, bottom: 20 };
  for (const [top, bottom] of [[12, 14], [5, 11], [19, 25], [5, 25]]) assert.ok(isInView({ top, bottom }, view));
  for (const [top, bottom] of [[5, 10], [20, 25], [0, 0]]) assert.ok(!isInView({ top, bottom }, view));
});

test("the nearest is at least as near as any", () => {
  fc.assert(
    fc.property(rising, fc.nat(999), (numbers, number) => {
      const at = nearest(numbers, number);
      if (!numbers.length) return assert.equal(at, -1);
      const far = (each) => Math.abs(each - number);
      assert.equal(far(numbers[at]), Math.min(...numbers.map(far)));
      assert.ok(!numbers.some((each, other) => other > at && far(each) === far(numbers[at])));
    }),
  );
  assert.equal(nearest([1, 3], 2), 1);
});
