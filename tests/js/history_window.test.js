// The shown piece of a history is contiguous, in order, without a double and as the server has it,
// for any order of pages, live messages and changes; and it ends complete.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { HistoryWindow } from "../../web/static/js/history_window.js";

const PAGE = 4;

/** A room on the server, a page that shows it, and what is under way between them. */
class World {
  constructor(said) {
    this.stored = []; // as they are now, by rising seq
    this.rev = 0;
    this.told = []; // live events that have not arrived, in order
    this.pages = []; // answers that have not arrived, in any order
    this.shown = [];
    this.history = new HistoryWindow();
    for (let n = 0; n < said; n += 1) this.say();
    this.told = []; // the page enters only then
  }

  get head() {
    return this.stored.length;
  }

  say() {
    this.stored.push({ seq: this.head + 1, rev: ++this.rev });
    this.told.push({ type: "message", ...this.stored.at(-1) });
  }

  change(place) {
    if (!this.head) return;
    const at = place % this.head;
    this.stored[at] = { seq: at + 1, rev: ++this.rev };
    this.told.push({ type: "edited", ...this.stored[at] });
  }

  // The server answers from what it has at some moment; the answer arrives at a later one.
  ask(kind, place) {
    const { first, last } = this.history;
    const range = {
      before: () => [Math.max(1, first - PAGE), first - 1],
      after: () => [last + 1, last + PAGE],
      around: () => [Math.max(1, (place % this.head) - 1), (place % this.head) + 2],
      newest: () => [Math.max(1, this.head - PAGE + 1), this.head],
    }[kind]();
    const messages = this.stored.slice(range[0] - 1, Math.max(0, range[1]));
    let arrive;
    const answer = new Promise((resolve) => (arrive = resolve));
    const done = this.history.reading(() => answer.then(() => this.take(kind, messages)));
    this.pages.push(async () => {
      arrive();
      await done;
    });
  }

  take(kind, messages) {
    if (kind === "before") this.shown.unshift(...this.history.before(messages));
    else if (kind === "after") this.shown.push(...this.history.after(messages));
    else this.shown = this.history.open(messages, 0);
  }

  async hear() {
    const event = this.told.shift();
    if (!event) return;
    if (event.type === "edited") {
      this.history.changed(event);
      const at = this.shown.findIndex(({ seq }) => seq === event.seq);
      if (at >= 0 && this.shown[at].rev < event.rev) this.shown[at] = event;
      return;
    }
    const fate = this.history.hear(event);
    assert.notEqual(fate, "gap"); // the server tells without holes
    if (fate === "shown") this.shown.push(event);
  }

  check() {
    const { first, last, head } = this.history;
    const seqs = this.shown.map(({ seq }) => seq);
    assert.deepEqual(seqs, seqs.map((_, index) => first + index));
    assert.equal(seqs.at(-1) ?? 0, last);
    assert.ok(last <= head && head <= this.head);
    assert.ok(this.history.waiting >= 0 && this.history.waiting <= head - last);
  }

  async settle() {
    while (this.told.length) await this.hear();
    while (this.pages.length) await this.pages.shift()();
  }
}

const steps = fc.oneof(
  { weight: 3, arbitrary: fc.constant(["say"]) },
  { weight: 3, arbitrary: fc.constant(["hear"]) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("change"), fc.nat(40)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("arrive"), fc.nat(9)) },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom("before", "after", "around", "newest"), fc.nat(40)),
  },
);

async function play(world, [what, place]) {
  if (what === "say") world.say();
  else if (what === "hear") await world.hear();
  else if (what === "change") world.change(place);
  else if (what === "arrive") {
    const [page] = world.pages.splice(place % (world.pages.length || 1), 1);
    await page?.();
  } else if (world.head) world.ask(what, place);
}

test("any order of pages, live messages and changes shows one piece, and it ends complete", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.nat(40),
      fc.array(steps, { maxLength: 60 }),
      async (said, place, plan) => {
        const world = new World(said);
        const from = Math.max(1, (place % said) - 1);
        world.shown = world.history.open(world.stored.slice(from - 1, from + 3), said);
        world.check();
        for (const step of plan) {
          await play(world, step);
          world.check();
        }
        await world.settle();
        world.check();
        while (world.history.hasBefore) {
          world.ask("before", 0);
          await world.settle();
        }
        while (!world.history.isLive) {
          world.ask("after", 0);
          await world.settle();
        }
        world.check();
        assert.deepEqual(
          world.shown.map(({ seq, rev }) => ({ seq, rev })),
          world.stored,
        );
        assert.equal(world.history.waiting, 0);
      },
    ),
    { numRuns: 300 },
  );
});

const upTo = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ seq: from + index, rev: 1 }));

test("what comes while an old place is shown is counted, not shown, until the history meets it", () => {
  const history = new HistoryWindow();
  history.open(upTo(10, 14), 20);
  assert.deepEqual([history.isLive, history.waiting], [false, 0]);
  assert.equal(history.hear({ seq: 21 }), "held");
  assert.equal(history.hear({ seq: 22 }), "held");
  assert.equal(history.waiting, 2);
  assert.deepEqual(history.after(upTo(15, 21)).length, 7);
  assert.deepEqual([history.isLive, history.waiting], [false, 1]);
  history.after(upTo(22, 22));
  assert.deepEqual([history.isLive, history.waiting], [true, 0]);
  assert.equal(history.hear({ seq: 23 }), "shown");
});

test("a page that was asked for in another place gives nothing", () => {
  const history = new HistoryWindow();
  history.open(upTo(50, 60), 100);
  history.open(upTo(10, 14), 100);
  assert.deepEqual(history.before(upTo(40, 49)), []);
  assert.deepEqual(history.after(upTo(61, 70)), []);
  assert.deepEqual([history.first, history.last], [10, 14]);
});

test("a hole in what is told is read before it goes on", () => {
  const history = new HistoryWindow();
  history.open(upTo(1, 3), 3);
  assert.equal(history.hear({ seq: 6 }), "gap");
  assert.deepEqual([history.last, history.head], [3, 3]);
  assert.equal(history.after(upTo(4, 6)).length, 3);
  assert.equal(history.hear({ seq: 6 }), "known");
});

test("an old place is joined to what was read only where nothing unread lies between", () => {
  const history = new HistoryWindow();
  history.open(upTo(10, 14), 100);
  assert.deepEqual([8, 9, 12, 99].map((read) => history.joins(read)), [false, true, true, true]);
});

test("an empty room is live, and its first message is shown", () => {
  const history = new HistoryWindow();
  history.open([], 0);
  assert.deepEqual([history.isLive, history.hasBefore], [true, false]);
  assert.equal(history.hear({ seq: 1 }), "shown");
  assert.deepEqual([history.first, history.last], [1, 1]);
});
