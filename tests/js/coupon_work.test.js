// Work for a claim: what the page finds is what the server takes.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import fc from "fast-check";

import { solve, zeroBits } from "../../web/static/js/coupon_work.js";

const digest = (text) => createHash("sha256").update(text).digest();

test("zero bits are those that the bytes begin with", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      const binary = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const first = binary.indexOf("1");
      assert.equal(zeroBits(bytes), first < 0 ? binary.length : first);
    }),
  );
});

test("the proof is the challenge with the smallest number that pays", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), fc.string(), (bits, challenge) => {
      const proof = solve({ challenge, bits }, digest);
      assert.ok(proof.startsWith(`${challenge}.`));
      const number = Number(proof.slice(challenge.length + 1));
      assert.ok(zeroBits(digest(proof)) >= bits);
      for (let smaller = 0; smaller < number; smaller++) {
        assert.ok(zeroBits(digest(`${challenge}.${smaller}`)) < bits);
      }
    }),
  );
});
