// The address of a message leads back to it, and a number that is none is told from none at all.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { messagePath, seqIn, withoutSeq } from "../../web/static/js/message_address.js";

test("the address of a message names it", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 1, max: 999_999_999_999_999 }), (roomId, seq) => {
      const { pathname, search } = new URL(messagePath(roomId, seq), "http://a.example");
      assert.deepEqual([pathname, seqIn(search)], [`/rooms/${roomId}`, seq]);
      assert.equal(withoutSeq(search), "");
    }),
  );
});

test("no number, and what is no number", () => {
  assert.equal(seqIn(""), null);
  assert.equal(seqIn("?ask=1"), null);
  for (const wrong of ["", "0", "-1", "07", "1.5", "x", "1e3", "9".repeat(16)])
    assert.ok(Number.isNaN(seqIn(`?seq=${wrong}`)), wrong);
  assert.equal(withoutSeq("?ask=1&seq=7"), "?ask=1");
});
