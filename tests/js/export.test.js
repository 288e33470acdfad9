// A file of counts: RFC 4180, and no cell that a sheet would take for a formula.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { csv } from "../../web/static/js/export.js";

const MARK = "\uFEFF";

/** The records of a file as RFC 4180 reads them. */
function recordsOf(text) {
  const [records, field] = [[[]], /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y];
  for (let at = MARK.length; at < text.length; at = field.lastIndex) {
    field.lastIndex = at;
    const [, quoted, plain, end] = field.exec(text);
    records.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n") records.push([]);
  }
  return records.slice(0, -1);
}

const safe = fc.string({ unit: fc.constantFrom("a", "한", ",", '"', "\r", "\n", " ", "=", "1"), maxLength: 8 }).map((text) => `w${text}`);

test("what is written is read again, line by line", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(safe, fc.integer()), { maxLength: 5 }), (rows) => {
      const told = rows.map(([word, count]) => [word, String(count)]);
      assert.deepEqual(recordsOf(csv(["word", "count"], rows)), [["word", "count"], ...told]);
    }),
  );
});

test("a text that a sheet would reckon with is marked as a text, a number is not", () => {
  for (const begin of ["=", "+", "-", "@", "\t", "\r"]) {
    const [, [word]] = recordsOf(csv(["word"], [[`${begin}1+1`]]));
    assert.equal(word, `'${begin}1+1`);
  }
  assert.equal(csv(["count"], [[-3]]), `${MARK}count\r\n-3\r\n`);
});
