// A trace that a page begins is one as W3C Trace Context has it, and no other's.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { traceparent } from "../../web/static/js/traces.js";

const SHAPE = /^00-([0-9a-f]{32})-([0-9a-f]{16})-00$/;

test("each is well formed and another one", () => {
  const made = Array.from({ length: 2_000 }, traceparent);
  assert.ok(made.every((each) => SHAPE.test(each)));
  assert.equal(new Set(made.map((each) => SHAPE.exec(each)[1])).size, made.length);
});

test("the ids are the bytes of chance, leading zeros too, and never all zero", (context) => {
  let bytes = [];
  context.mock.method(crypto, "getRandomValues", (array) => {
    array.set(bytes.splice(0, array.length));
    return array;
  });
  const byte = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { minLength: 24, maxLength: 24 }), (chance) => {
      bytes = [...chance];
      const [, trace, parent] = SHAPE.exec(traceparent());
      assert.notEqual(BigInt(`0x${trace}`), 0n);
      assert.notEqual(BigInt(`0x${parent}`), 0n);
      if (chance.slice(0, 16).some((each) => each > 0)) {
        assert.equal(trace, Buffer.from(chance.slice(0, 16)).toString("hex"));
      }
    }),
  );
});
