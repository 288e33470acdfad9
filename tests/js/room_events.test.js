// The lines of a history: each once and in order, for any order of pages and live events, and behind
// its message when that is shown; many in a row become one.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { HistoryWindow } from "../../web/static/js/history_window.js";
import { MOST, RoomEvents } from "../../web/static/js/room_events.js";

const PAGE = 4;

/** A room on the server, a page that shows it, and what is under way between them. */
class World {
  constructor() {
    this.messages = [];
    this.stored = []; // the lines, by rising rev
    this.rev = 0;
    this.told = [];
    this.pages = [];
    this.history = new HistoryWindow();
    this.events = new RoomEvents();
  }

  get head() {
    return this.messages.length;
  }

  say() {
    this.messages.push({ type: "message", seq: this.head + 1, rev: ++this.rev });
    this.told.push(this.messages.at(-1));
  }

  happen(type) {
    this.stored.push({ type, after: this.head, rev: ++this.rev, userId: `u${this.rev}` });
    this.told.push(this.stored.at(-1));
  }

  // As the server answers: which lines belong to a page, see chatstream/domain/room_events.py.
  answer(from, to) {
    const messages = this.messages.slice(Math.max(0, from - 1), Math.max(0, to));
    const first = messages.length ? messages[0].seq : 1;
    const last = messages.at(-1)?.seq ?? 0;
    const behind = first === 1 ? 0 : first;
    const events = this.stored.filter(({ after }) => behind <= after && after <= last);
    return { messages, events: events.map((event) => ({ ...event, earlier: 0 })) };
  }

  // The server answers from what it has at some moment; the answer arrives at a later one.
  ask(kind, place) {
    const { first, last } = this.history;
    if (kind !== "newest" && !this.head) return;
    const range = {
      before: () => [first - PAGE, first - 1],
      after: () => [last + 1, last + PAGE],
      around: () => [(place % this.head) - 1, (place % this.head) + 2],
      newest: () => [this.head - PAGE + 1, this.head],
    }[kind]();
    if (range[1] < range[0] || (kind === "after" && last === this.head)) return;
    const page = this.answer(Math.max(1, range[0]), range[1]);
    this.pages.push(() => {
      this.events.keep(page.events);
      if (kind === "before") this.history.before(page.messages);
      else if (kind === "after") this.history.after(page.messages);
      else this.history.open(page.messages, 0);
    });
  }

  arrive(place) {
    const [page] = this.pages.splice(place % (this.pages.length || 1), 1);
    page?.();
  }

  // Both kinds come in their own order; a line may overtake the message it stands behind.
  hear(place) {
    const at = this.told.findIndex(({ seq }) => (seq === undefined) === (place % 2 === 0));
    if (at < 0) return;
    const [event] = this.told.splice(at, 1);
    if (event.seq === undefined) this.events.keep([event]);
    else if (this.history.hear(event) === "gap") this.told.splice(at, 0, event);
  }

  get shown() {
    const { first, last, hasBefore } = this.history;
    const seqs = hasBefore || !first ? [] : [0];
    if (!first) seqs.push(0);
    for (let seq = first; first && seq <= last; seq += 1) seqs.push(seq);
    return seqs.flatMap((after) => this.events.behind(after));
  }

  check() {
    const revs = this.shown.map(({ rev }) => rev);
    assert.deepEqual(revs, [...new Set(revs)].sort((one, other) => one - other));
    for (const { rev, after } of this.shown)
      assert.equal(this.stored.find((event) => event.rev === rev).after, after);
  }

  settle() {
    while (this.pages.length) this.arrive(0);
    while (this.told.length) {
      const { length } = this.told;
      this.hear(0);
      this.hear(1);
      if (this.told.length === length) break; // a gap: it is read below
    }
  }
}

const steps = fc.oneof(
  fc.tuple(fc.constant("say"), fc.constant(0)),
  fc.tuple(fc.constantFrom("joined", "left", "renamed"), fc.constant(0)),
  fc.tuple(fc.constant("hear"), fc.nat(9)),
  fc.tuple(fc.constant("arrive"), fc.nat(9)),
  fc.tuple(fc.constantFrom("before", "after", "around", "newest"), fc.nat(40)),
);

function play(world, [what, place]) {
  if (what === "say") world.say();
  else if (what === "hear") world.hear(place);
  else if (what === "arrive") world.arrive(place);
  else if (["joined", "left", "renamed"].includes(what)) world.happen(what);
  else world.ask(what, place);
}

test("any order of pages and live events shows each line once behind its message", () => {
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 40 }),
      fc.array(steps, { maxLength: 60 }),
      fc.nat(40),
      (before, plan, place) => {
        const world = new World();
        for (const step of before) play(world, step);
        world.told = []; // the page enters only then
        world.pages = [];
        world.history = new HistoryWindow();
        world.events = new RoomEvents();
        world.ask(place % 2 && world.head ? "around" : "newest", place);
        world.arrive(0);
        for (const step of plan) {
          play(world, step);
          world.check();
        }
        world.settle();
        world.check();
        while (world.history.hasBefore) {
          world.ask("before", 0);
          world.settle();
        }
        while (world.history.last < world.head) {
          world.ask("after", 0);
          world.settle();
        }
        assert.deepEqual(
          world.shown.map(({ rev, after }) => [rev, after]),
          world.stored.map(({ rev, after }) => [rev, after]),
        );
      },
    ),
    { numRuns: 300 },
  );
});

const joins = (from, to, after = 0) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ type: "joined", after, rev: from + n }));

test("a line that comes live and with a page, or twice, is one", () => {
  const events = new RoomEvents();
  assert.deepEqual(events.keep(joins(1, 3)), [0]);
  assert.deepEqual(events.keep(joins(2, 4)), [0]);
  assert.deepEqual(events.keep(joins(1, 4)), []);
  assert.deepEqual(events.keep([...joins(9, 9, 7), ...joins(5, 5, 2)]), [2, 7]);
  assert.deepEqual(events.behind(0).map(({ rev }) => rev), [1, 2, 3, 4]);
});

test("what is left out is counted, whichever way the newest are known", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 260 }), fc.nat(260), fc.boolean(), (all, live, first) => {
      const every = joins(1, all);
      const page = every.slice(0, Math.max(0, all - live)).slice(-MOST);
      const cut = Math.max(0, all - live - page.length);
      const answer = page.map((event, place) => ({ ...event, earlier: place ? 0 : cut }));
      const later = every.slice(Math.max(0, all - live));
      const events = new RoomEvents();
      for (const part of first ? [answer, later] : [later, answer]) events.keep(part);
      if (!first && live >= MOST && all > live) return; // they have never met
      assert.deepEqual(
        events.behind(0).map(({ rev }) => rev),
        every.slice(-MOST).map(({ rev }) => rev),
      );
      assert.equal(events.leftOut(0), Math.max(0, all - MOST));
    }),
  );
});

test("three and more of a kind in a row are one line, two are two", () => {
  const events = new RoomEvents();
  const kinds = ["joined", "joined", "left", "left", "left", "renamed", "renamed", "renamed", "joined"];
  events.keep(kinds.map((type, n) => ({ type, after: 5, rev: n + 1 })));
  assert.deepEqual(
    events.lines(5).map(({ type, others, event }) => [type, others, event.rev]),
    [
      ["joined", 0, 1],
      ["joined", 0, 2],
      ["left", 2, 3],
      ["renamed", 0, 6],
      ["renamed", 0, 7],
      ["renamed", 0, 8],
      ["joined", 0, 9],
    ],
  );
  assert.equal(new Set(events.lines(5).map(({ key }) => key)).size, 7);
  assert.deepEqual(events.lines(6), []);
});

test("how many lines are not shown is said before those that are", () => {
  const events = new RoomEvents();
  events.keep([{ type: "left", after: 5, rev: 9, earlier: 30 }]);
  assert.deepEqual(
    events.lines(5).map(({ type, count }) => [type, count]),
    [["earlier", 30], ["left", undefined]],
  );
});

test("ten thousand who come in at once cost little", () => {
  const events = new RoomEvents();
  const from = process.cpuUsage();
  for (const event of joins(1, 10_000)) events.keep([event]);
  assert.ok(process.cpuUsage(from).user < 2_000_000);
  assert.equal(events.leftOut(0), 10_000 - MOST);
  assert.equal(events.lines(0).length, 2);
});
