// What the tests of costs take for even growth.

import assert from "node:assert/strict";
import test from "node:test";

import { fits } from "./growth.js";

test("what grows by the square is no even growth", () => {
  for (const milliseconds of [[2, 4, 8], [1.1, 2.2, 6.5], [0.01, 0.04, 0.16]])
    assert.ok(fits(milliseconds.map((each) => each * 1_000)), `${milliseconds}`);
  // The second is so from some length on, the last has begun below the floor.
  for (const milliseconds of [[2, 8, 32], [2, 4, 16], [2, 6.2, 19.2], [0.4, 1.6, 10]])
    assert.ok(!fits(milliseconds.map((each) => each * 1_000)), `${milliseconds}`);
});
