// Going from hit to hit: each once, in order, over all pages, whatever is said and deleted meanwhile.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { HitWalk } from "../../web/static/js/hit_walk.js";

/** A room whose search gives pages newest first, behind a cursor, as the server does. */
class Room {
  constructor(seqs, limit) {
    this.seqs = [...seqs].sort((one, other) => other - one);
    this.limit = limit;
    this.asked = [];
  }

  say(seq) {
    this.seqs.unshift(seq);
  }

  async ask(cursor) {
    this.asked.push(cursor);
    const older = cursor === null ? this.seqs : this.seqs.filter((seq) => seq < Number(cursor));
    const page = older.slice(0, this.limit);
    const hits = page.map((seq) => ({ seq }));
    return { hits, cursor: older.length > this.limit ? String(page.at(-1)) : null, suggestion: null };
  }

  walk() {
    return new HitWalk((cursor) => this.ask(cursor));
  }
}

const seqOf = (hit) => hit?.seq ?? null;

test("all hits are gone through once, newest first, over all pages, and back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      async (seqs, limit) => {
        const room = new Room(seqs, limit);
        const walk = room.walk();
        const seen = [];
        for (let hit = await walk.begin(); hit; hit = await walk.older()) {
          assert.equal(walk.count.at, seen.push(hit.seq));
          room.say(1000 + seen.length); // what is said meanwhile moves nothing
        }
        assert.deepEqual(seen, [...seqs].sort((one, other) => other - one));
        assert.equal(walk.count.of, seqs.length);
        const back = [];
        for (let hit = await walk.newer(); hit; hit = await walk.newer()) back.push(hit.seq);
        assert.deepEqual(back, seen.slice(0, -1).reverse());
      },
    ),
  );
});

const plans = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(["older"]) },
    { weight: 3, arbitrary: fc.constant(["newer"]) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("drop"), fc.integer({ min: 1, max: 30 })) },
  ),
  { maxLength: 40 },
);

test("steps lead to the neighbours that are there, whatever is deleted in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      plans,
      async (seqs, limit, plan) => {
        const walk = new Room(seqs, limit).walk();
        const there = new Set(seqs);
        let at = seqOf(await walk.begin()); // the model: the number last stood at, there or not
        for (const [what, seq] of plan) {
          if (what === "drop") {
            assert.equal(walk.drop(seq), there.has(at) && seq === at);
            there.delete(seq);
            continue;
          }
          const beyond = [...there].filter((each) => (what === "older" ? each < at : each > at));
          const next = beyond.length ? (what === "older" ? Math.max : Math.min)(...beyond) : null;
          assert.equal(seqOf(await walk[what]()), next);
          at = next ?? at;
          assert.equal(seqOf(walk.hit), there.has(at) ? at : null);
          const { at: place, of } = walk.count;
          if (there.has(at)) assert.equal(place, [...there].filter((each) => each >= at).length);
          if (of !== null) assert.equal(of, there.size);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("two steps at once go two steps, and a page is asked for once", async () => {
  const room = new Room([1, 2, 3, 4, 5, 6], 2);
  const walk = room.walk();
  const steps = await Promise.all([walk.begin(), walk.older(), walk.older(), walk.older()]);
  assert.deepEqual(steps.map(seqOf), [6, 5, 4, 3]);
  assert.deepEqual(room.asked, [null, "5"]);
});

test("pages without a hit are passed over", async () => {
  const pages = { null: { hits: [], cursor: "a" }, a: { hits: [], cursor: "b" }, b: { hits: [{ seq: 3 }] } };
  const walk = new HitWalk(async (cursor) => pages[cursor]);
  assert.equal(seqOf(await walk.begin()), 3);
  assert.deepEqual(walk.count, { at: 1, of: 1 });
});

test("what fails can be tried again", async () => {
  const room = new Room([1, 2, 3], 2);
  let isAway = false;
  const walk = new HitWalk((cursor) => (isAway ? Promise.reject(new Error("away")) : room.ask(cursor)));
  await walk.begin();
  await walk.older();
  isAway = true;
  await assert.rejects(walk.older(), /away/);
  assert.deepEqual([seqOf(walk.hit), walk.count], [2, { at: 2, of: null }]);
  isAway = false;
  assert.equal(seqOf(await walk.older()), 1);
});

test("nothing found is told with what may have been meant", async () => {
  const walk = new HitWalk(async () => ({ hits: [], cursor: null, suggestion: "hello" }));
  assert.equal(await walk.begin(), null);
  assert.deepEqual([walk.count, walk.suggestion], [{ at: null, of: 0 }, "hello"]);
  assert.equal(await walk.older(), null);
  assert.equal(await walk.newer(), null);
});
