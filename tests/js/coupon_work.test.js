// Work for a claim: what the page finds is what the server takes.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

import fc from "fast-check";

const SCRIPT = readFileSync(new URL("../../web/static/js/coupon_worker.js", import.meta.url), "utf8");
const LIBRARY = "/static/vendor/sha256.min.js";
const digest = (text) => createHash("sha256").update(text).digest();

/** The worker's script with the library that it asks for; `work(task)` gives what it posts. */
function worker() {
  const loaded = [];
  const posted = [];
  let listener = null;
  const world = {
    URLSearchParams,
    location: { search: `?${new URLSearchParams({ library: LIBRARY })}` },
    importScripts: (address) => loaded.push(address),
    sha256: { array: (text) => [...digest(text)] },
    addEventListener: (_, heard) => (listener = heard),
    postMessage: (message) => posted.push(message),
  };
  vm.runInNewContext(SCRIPT, world);
  const work = (task) => {
    listener({ data: task });
    return posted.pop();
  };
  return { loaded, work, zeroBits: world.zeroBits };
}

test("the library is the one whose address the page gave", () => {
  assert.deepEqual(worker().loaded, [LIBRARY]);
});

test("zero bits are those that the bytes begin with", () => {
  const { zeroBits } = worker();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      const binary = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const first = binary.indexOf("1");
      assert.equal(zeroBits(bytes), first < 0 ? binary.length : first);
    }),
  );
});

test("the proof is the challenge with the smallest number that pays", () => {
  const { work, zeroBits } = worker();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), fc.string(), (bits, challenge) => {
      const proof = work({ challenge, bits });
      assert.ok(proof.startsWith(`${challenge}.`));
      const number = Number(proof.slice(challenge.length + 1));
      assert.ok(zeroBits(digest(proof)) >= bits);
      for (let smaller = 0; smaller < number; smaller++) {
        assert.ok(zeroBits(digest(`${challenge}.${smaller}`)) < bits);
      }
    }),
  );
});
