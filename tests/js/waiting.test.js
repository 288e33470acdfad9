// Waiting to connect again: as told, else by full jitter up to 20 s; never all at once.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { LONGEST, repeated, told, wait, waitFor } from "../../web/static/js/waiting.js";

const failures = fc.integer({ min: 0, max: 2_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("whoever is told a time comes at that time or within a second after it", () => {
  fc.assert(
    fc.property(failures, fc.integer({ min: 1, max: 20 }), chance, (count, seconds, random) => {
      const time = waitFor(count, told(503, String(seconds)), () => random);
      assert.ok(time >= seconds * 1_000 && time <= seconds * 1_000 + 1_000, `${time}`);
    }),
  );
});

test("without an answer the wait is full jitter: from 0, doubling, 20 s at most", () => {
  fc.assert(
    fc.property(failures, fc.constantFrom(null, 0), chance, (count, said, random) => {
      const most = Math.min(LONGEST, 1_000 * 2 ** count);
      assert.equal(waitFor(count, said, () => random), random * most);
    }),
  );
});

test("a crowd that lost its connection together spreads over the whole time", () => {
  fc.assert(
    fc.property(failures, (count) => {
      const times = Array.from({ length: 400 }, () => waitFor(count, null));
      const most = Math.min(LONGEST, 1_000 * 2 ** count);
      const early = times.filter((time) => time < most / 2).length;
      assert.ok(early > 100 && early < 300, `${early} of 400 in the first half`);
    }),
    { numRuns: 20 },
  );
});

test("an answer that says no time says nothing", () => {
  const header = fc.oneof(fc.constant(null), fc.constant("0"), fc.string(), fc.constant("1e3"));
  fc.assert(
    fc.property(header.filter((text) => !/^\d+$/.test(text ?? "") || text === "0"), (text) => {
      assert.equal(told(503, text), null);
    }),
  );
  assert.equal(told(200, null), 0);
  assert.equal(told(204, "7"), 0);
  assert.equal(told(404, "7"), null);
  assert.equal(told(502, "7"), null);
  assert.equal(told(429, "7"), 7_000);
  assert.equal(waitFor(0, told(503, "999999"), () => 0), LONGEST);
});

test("a wait ends early when it is woken", async () => {
  const { over, wake } = wait(60_000);
  wake();
  await over;
});

test("what fails passingly is asked for again, and what does not is thrown at once", async () => {
  const passing = fc.array(fc.boolean(), { maxLength: 5 }); // whether each failure passes
  await fc.assert(
    fc.asyncProperty(passing, fc.nat(3), async (failures, repeats) => {
      const left = [...failures];
      let asked = 0;
      const ask = async () => {
        asked += 1;
        if (left.length) throw left.shift();
        return "answer";
      };
      const lasting = failures.indexOf(false);
      const tries = Math.min(repeats + 1, lasting < 0 ? failures.length + 1 : lasting + 1);
      const found = await repeated(ask, (fault) => fault, Array(repeats).fill(0)).catch((fault) => fault);
      assert.equal(asked, tries);
      assert.equal(found, tries > failures.length ? "answer" : failures[tries - 1]);
    }),
  );
});
