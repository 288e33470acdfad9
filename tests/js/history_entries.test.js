// Back and Forward return to what was looked at, whatever was scrolled, jumped to and reloaded.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { HistoryEntries, areApart } from "../../web/static/js/history_entries.js";

/** The browser's history of one document. */
class FakeHistory {
  constructor() {
    this.entries = [{ state: null, address: "/rooms/r" }];
    this.at = 0;
  }

  get state() {
    return structuredClone(this.entries[this.at].state);
  }

  replaceState(state, _, address) {
    const { address: former } = this.entries[this.at];
    this.entries[this.at] = { state: structuredClone(state), address: address ?? former };
  }

  pushState(state, _, address) {
    this.entries.splice(this.at + 1, Infinity, { state: structuredClone(state), address });
    this.at += 1;
  }

  /** Whether it could go there. */
  go(steps) {
    const there = this.at + steps;
    if (!steps || there < 0 || there >= this.entries.length) return false;
    this.at = there;
    return true;
  }
}

/** A page whose reader looks at a message; answers of the server come when they are let go. */
class Page {
  constructor() {
    this.history = new FakeHistory();
    this.looksAt = { end: true };
    this.away = []; // pages that have not arrived
    this.open();
  }

  open() {
    this.entries = new HistoryEntries({
      history: this.history,
      place: () => structuredClone(this.looksAt),
      restore: (place, isWanted) => this.read(() => isWanted() && this.look(place)),
    });
  }

  look(place) {
    this.looksAt = structuredClone(place);
    return true;
  }

  read(work) {
    return new Promise((resolve) => this.away.push(() => resolve(work())));
  }

  jump(seq) {
    return this.entries.jump(`/rooms/r?seq=${seq}`, (isWanted) =>
      this.read(() => isWanted() && this.look({ seq, offset: 120 })),
    );
  }

  async settle() {
    while (this.away.length) {
      this.away.shift()();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const steps = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant("scroll"), fc.integer({ min: 1, max: 40 })) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("jump"), fc.integer({ min: 1, max: 40 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("go"), fc.constantFrom(-2, -1, 1)) },
  { weight: 1, arbitrary: fc.constant(["reload"]) },
);

test("each entry returns to the place that was looked at when it was left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 30 }), async (plan) => {
      const page = new Page();
      const model = [{ end: true }];
      let at = 0;
      page.entries.keep();
      for (const [what, value] of plan) {
        if (what === "scroll") {
          page.look({ seq: value, offset: -value });
          page.entries.keep(); // scrolling has paused
          model[at] = page.looksAt;
        } else if (what === "jump") {
          const jump = page.jump(value);
          await page.settle();
          await jump;
          const to = { seq: value, offset: 120 };
          if (areApart(model[at], to)) model.splice((at += 1), Infinity, to);
          assert.equal(page.history.entries[at].address, `/rooms/r?seq=${value}`);
        } else if (what === "go" && page.history.go(value)) {
          const back = page.entries.returned(page.history.state);
          await page.settle();
          await back;
          at += value;
        } else if (what === "reload") {
          page.open();
          page.look({ end: true });
          page.look(page.entries.kept);
        }
        assert.equal(page.history.at, at);
        assert.equal(page.history.entries.length, model.length);
        assert.deepEqual(page.looksAt, model[at]);
        assert.deepEqual(page.entries.kept, model[at]);
      }
    }),
    { numRuns: 200 },
  );
});

test("who goes back before a page has come is where the last wish leads, and no entry is lost", async () => {
  const page = new Page();
  page.look({ seq: 30, offset: 0 });
  page.entries.keep();
  const first = page.jump(10);
  await page.settle();
  await first;
  const second = page.jump(20); // its page is on the way
  page.history.go(-1);
  const back = page.entries.returned(page.history.state);
  await page.settle();
  await Promise.all([second, back]);
  assert.deepEqual(page.looksAt, { seq: 30, offset: 0 });
  assert.deepEqual(
    page.history.entries.map(({ state }) => state.place.seq),
    [30, 10],
  );
});

test("what is passed on the way is not kept, neither is where a jump could not lead", async () => {
  const page = new Page();
  page.look({ seq: 30, offset: 0 });
  page.entries.keep();
  const jump = page.entries.jump("/rooms/r?seq=9", async () => {
    page.look({ seq: 1, offset: 0 });
    page.entries.keep(); // the view moved while the page was built
    return false;
  });
  assert.deepEqual(page.entries.kept, { seq: 30, offset: 0 });
  await jump;
  assert.equal(page.history.entries.length, 1);
  assert.equal(page.history.entries[0].address, "/rooms/r");
});

test("an entry without a place, as a link to a part of the page makes it, moves nothing", async () => {
  const page = new Page();
  page.look({ seq: 7, offset: 3 });
  page.history.pushState(null, "", "/rooms/r#main");
  await page.entries.returned(page.history.state);
  assert.deepEqual(page.entries.kept, { seq: 7, offset: 3 });
  assert.deepEqual(page.looksAt, { seq: 7, offset: 3 });
});

test("other things of an entry's state stay, and what is no place is none", () => {
  const page = new Page();
  page.history.replaceState({ list: 1, place: { seq: "x" } }, "");
  assert.equal(page.entries.kept, null);
  page.look({ seq: 7, offset: 3 });
  page.entries.keep();
  assert.deepEqual(page.history.state, { list: 1, place: { seq: 7, offset: 3 } });
});

test("who was led away comes back by Back after one jump, else to the place itself", async () => {
  const page = new Page();
  const walkTo = (seq, isEntry) =>
    page.entries.jump(undefined, async () => page.look({ seq, offset: 0 }), isEntry);
  page.look({ seq: 30, offset: 5 });
  page.entries.keep();
  const mark = page.entries.mark();
  assert.equal(await walkTo(20), true);
  assert.equal(await walkTo(10, () => false), true);
  assert.equal(page.history.entries.length, 2);
  await page.entries.comeBack(mark);
  assert.equal(page.history.at, 0);
  assert.deepEqual(page.history.state.place, { seq: 30, offset: 5 });

  await walkTo(20);
  await walkTo(10);
  const back = page.entries.comeBack(mark);
  await page.settle();
  await back;
  assert.equal(page.history.at, 2);
  assert.deepEqual(page.looksAt, { seq: 30, offset: 5 });
});
