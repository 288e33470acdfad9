// What was chosen on the statistics page is in its address, and what an address says wrongly is as usual.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { chosenIn, queryOf } from "../../web/static/js/stats_address.js";
import { RANGES } from "../../web/static/js/stats_ranges.js";

const USUAL = { range: "1h", step: 1, zoom: null, window: "all", roomId: "", watched: null };

const seconds = fc.integer({ min: Date.UTC(2020, 0, 1) / 1_000, max: Date.UTC(2035, 0, 1) / 1_000 });
const zooms = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 1, max: 10_000 }).map((last) => ({ last })),
  fc.tuple(seconds, fc.integer({ min: 1, max: 1_000_000 })).map(([from, length]) => ({ from: from * 1_000, to: (from + length) * 1_000 })),
);
const words = fc.oneof(fc.constant(null), fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { maxLength: 4 }));
const choices = fc
  .constantFrom(...Object.keys(RANGES))
  .chain((range) =>
    fc.record({
      range: fc.constant(range),
      step: fc.constantFrom(...RANGES[range].steps),
      zoom: zooms,
      window: fc.constantFrom("all", "day", "hour"),
      roomId: fc.oneof(fc.constant(""), fc.uuid()),
      watched: words,
    }),
  )
  // The words of a room are those of all times.
  .map((choice) => ({ ...choice, window: choice.roomId ? "all" : choice.window }));

test("an address says what was chosen", () => {
  fc.assert(fc.property(choices, (choice) => assert.deepEqual(chosenIn(queryOf(choice)), choice)));
});

test("as usual nothing is said", () => {
  assert.equal(queryOf(USUAL), "");
  assert.deepEqual(chosenIn(""), USUAL);
});

test("of a wrong address all that is wrong is as usual", () => {
  const bad = "range=9y&step=7&window=never&last=-3&from=soon&to=2026-03-29&watch=&room=nowhere";
  assert.deepEqual(chosenIn(bad), { ...USUAL, roomId: "nowhere", watched: [] });
  assert.deepEqual(chosenIn("from=2026-03-29T12:00Z&to=2026-03-29T11:00Z").zoom, null);
});

test("whatever is given, what comes out can be shown", () => {
  const names = fc.constantFrom("range", "step", "window", "last", "from", "to", "watch", "room", "other");
  const values = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("1h", "30d", "5", "day", "2026-03-29", "__proto__", "constructor"));
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values), { maxLength: 8 }), (pairs) => {
      const { range, step, zoom, window } = chosenIn(new URLSearchParams(pairs).toString());
      assert.ok(RANGES[range].steps.includes(step));
      assert.ok(["all", "day", "hour"].includes(window));
      assert.ok(zoom === null || zoom.last > 0 || zoom.from < zoom.to);
    }),
  );
});
