// The part of a range that the charts show: whole buckets, never too few, and it follows the newest.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { Zoom } from "../../web/static/js/stats_zoom.js";

const FEWEST = 4;
const borders = (count, begin = 1) => Array.from({ length: count + 1 }, (_, n) => (begin + n) * 60_000);

/** A zoom over `count` buckets, and how many of them it shows. */
function over(count, told = null) {
  const zoom = new Zoom(() => {});
  zoom.restore(told);
  zoom.setBorders(borders(count));
  return zoom;
}
const shown = ({ view }) => (view.to - view.from) / 60_000;

const steps = fc.array(
  fc.oneof(
    fc.constantFrom("nearer", "farther", "all").map((name) => [name]),
    fc.constantFrom(-1, 1).map((direction) => ["move", direction]),
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })).map(([one, other]) => ["to", one, other]),
  ),
  { maxLength: 12 },
);

function step(zoom, count, [name, ...given]) {
  const [begin, end] = [borders(count)[0], borders(count).at(-1)];
  const times = given.map((share) => begin + share * (end - begin)).sort((one, other) => one - other);
  zoom[name](...(name === "to" ? times : given));
}

test("whatever one does, whole buckets of the range are shown, and not too few", () => {
  fc.assert(
    fc.property(fc.integer({ min: FEWEST, max: 200 }), steps, (count, path) => {
      const zoom = over(count);
      for (const each of path) {
        step(zoom, count, each);
        const all = borders(count);
        assert.ok(all.includes(zoom.view.from) && all.includes(zoom.view.to));
        assert.ok(shown(zoom) >= FEWEST);
      }
    }),
  );
});

test("what a link tells of a zoom is what it shows", () => {
  fc.assert(
    fc.property(fc.integer({ min: FEWEST, max: 200 }), steps, (count, path) => {
      const zoom = over(count);
      path.forEach((each) => step(zoom, count, each));
      assert.deepEqual(over(count, zoom.told).view, zoom.view);
    }),
  );
});

test("a part that touches the newest goes on with it, an older one stays", () => {
  const newest = over(60);
  newest.nearer();
  newest.move(1);
  assert.deepEqual(newest.told, { last: 30 });
  newest.setBorders(borders(60, 2));
  assert.deepEqual(newest.view, { from: borders(60, 2)[30], to: borders(60, 2)[60] });
  const older = over(60);
  older.to(borders(60)[10], borders(60)[20]);
  const before = older.view;
  older.setBorders(borders(60, 2));
  assert.deepEqual(older.view, before);
});

test("nearer halves, farther doubles, by half one moves, and all shows all", () => {
  const zoom = over(64);
  zoom.nearer();
  assert.equal(shown(zoom), 32);
  zoom.move(-1);
  assert.equal(zoom.view.from, borders(64)[0]);
  zoom.nearer();
  assert.equal(shown(zoom), 16);
  zoom.farther();
  assert.equal(shown(zoom), 32);
  zoom.all();
  assert.deepEqual([shown(zoom), zoom.told], [64, null]);
});
