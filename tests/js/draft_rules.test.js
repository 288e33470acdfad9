// Which key sends a draft, how long it may be, and when that is told.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { MOST, isGoodText, isSendingKey, lengthLeft } from "../../web/static/js/draft_rules.js";

const KEYS = [
  ["Enter", { key: "Enter" }, true],
  ["Enter with Shift, which makes a line", { key: "Enter", shiftKey: true }, false],
  ["Enter that ends a syllable of Hangul", { key: "Enter", isComposing: true }, false],
  ["Enter that ended one, as Safari tells it", { key: "Enter", keyCode: 229 }, false],
  ["any other key", { key: "a" }, false],
];
for (const [name, event, sends] of KEYS)
  test(`${name}: ${sends ? "sends" : "sends nothing"}`, () => assert.equal(isSendingKey(event), sends));

// What is seen as one character may be several units of a text.
const LENGTHS = [
  ["a", 3_799, null, true],
  ["a", 3_800, 200, true],
  ["😀", MOST - 1, 1, true],
  ["😀", MOST, 0, true],
  ["😀", MOST + 1, -1, false],
];
for (const [letter, count, left, isGood] of LENGTHS)
  test(`${count} of ${letter}: ${left} left`, () => {
    assert.equal(lengthLeft(letter.repeat(count)), left);
    assert.equal(isGoodText(letter.repeat(count)), isGood);
  });

test("what cannot be seen is not sent, however short", () => {
  for (const text of ["", " ", "\u200b", "\u3164 \u2800"]) assert.equal(isGoodText(text), false, JSON.stringify(text));
});

test("a text may be sent as long as nothing is too many", () => {
  const units = fc.constantFrom("a", "한", "😀", "e\u0301", "\ud800");
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 300 }), (unit, more) => {
      const text = `a${unit.repeat(3_800 + more - 1)}`;
      const left = lengthLeft(text);
      assert.equal(isGoodText(text), left === null || left >= 0);
    }),
  );
});
