// Whatever becomes of tabs, connections and answers: nothing that was sent is lost, nothing is sent
// under two ids, and nobody else's is touched.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { Device, PageMemory } from "../../web/static/js/device.js";
import { Drafts } from "../../web/static/js/drafts.js";
import { Outbox } from "../../web/static/js/outbox.js";

const ROOM = "room-1";

/** Time that passes when it is told to. */
class Clock {
  constructor() {
    this.time = Date.parse("2026-11-28T12:00:00Z");
    this.work = new Map();
    this.count = 0;
  }

  timers() {
    return {
      setTimeout: (work, wait) => (this.work.set((this.count += 1), { at: this.time + wait, work }), this.count),
      clearTimeout: (id) => this.work.delete(id),
    };
  }

  pass(milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.work].filter(([, { at }]) => at <= end).sort(([, one], [, other]) => one.at - other.at)[0];
      if (!due) break;
      const [id, { at, work }] = due;
      this.work.delete(id);
      this.time = at;
      work();
    }
    this.time = end;
  }
}

/** The server: what it stored, by id. */
class Server {
  constructor() {
    this.stored = new Map();
    this.sends = [];
  }

  take({ messageId, text }) {
    const known = this.stored.get(messageId);
    assert.ok(known === undefined || known === text, "one id, two texts");
    this.stored.set(messageId, text);
  }
}

/** A tab with the room open. */
class Tab {
  constructor(world, owner = "ann", name = `tab-${(world.names += 1)}`) {
    this.world = world;
    this.name = name;
    const device = new Device([world.local, new PageMemory()]);
    this.drafts = new Drafts({ device, owner, roomId: ROOM, tab: name, now: () => (world.clock.time += 1) });
    this.field = this.drafts.open()?.text ?? "";
    this.clock = world.clock;
    this.pending = [];
    this.shown = new Set();
    this.outbox = new Outbox({
      device,
      roomId: ROOM,
      owner,
      transmit: ({ messageId, text }, onReceipt) => {
        world.server.sends.push(messageId);
        this.pending.push({ messageId, text, onReceipt });
      },
      onChange: ({ messageId }) => this.shown.add(messageId),
      onGone: ({ messageId }) => this.shown.delete(messageId),
      timers: world.clock.timers(),
      now: () => world.clock.time,
    });
  }

  /** The field holds this now; what it held is typed over. */
  write(text) {
    if (this.field) this.world.typedOver.add(this.field);
    this.field = text;
    this.drafts.keep({ text });
    for (const { drafts } of this.world.tabs) {
      if (this.world.local.getItem(drafts.key) === null) drafts.otherTab({ key: drafts.key, newValue: null });
    }
  }

  send() {
    const text = this.field;
    if (!text) return;
    this.outbox.add(text);
    this.write("");
    this.world.typedOver.delete(text);
    this.world.typed.push(text);
  }

  connect() {
    for (const messageId of this.world.server.stored.keys()) this.outbox.arrived(messageId);
    this.outbox.connected();
  }

  disconnect() {
    this.pending = [];
    this.outbox.disconnected();
  }

  /** The server takes the oldest that is under way, and answers or not. */
  answer(isTold) {
    const sent = this.pending.shift();
    if (!sent) return;
    this.world.server.take(sent);
    if (!isTold) return;
    sent.onReceipt();
    this.outbox.arrived(sent.messageId);
  }

  refuse(code) {
    const sent = this.pending.shift();
    if (sent) this.outbox.refused(sent.messageId, { code, reason: "muted" });
  }
}

class World {
  constructor() {
    this.local = new PageMemory();
    this.server = new Server();
    this.names = 0;
    this.lines = 0;
    this.typedOver = new Set();
    this.clock = new Clock();
    this.typed = [];
    this.tabs = [new Tab(this)];
  }

  tab(index) {
    return this.tabs[index % this.tabs.length];
  }
}

const STEPS = {
  write: (world, index) => world.tab(index).write(`text ${(world.lines += 1)}`),
  send: (world, index) => world.tab(index).send(),
  type: (world, index) => {
    const text = `line ${world.typed.length}`;
    world.typed.push(text);
    world.tab(index).outbox.add(text);
  },
  connect: (world, index) => world.tab(index).connect(),
  disconnect: (world, index) => world.tab(index).disconnect(),
  answer: (world, index) => world.tab(index).answer(true),
  loseAnswer: (world, index) => world.tab(index).answer(false),
  refuse: (world, index) => world.tab(index).refuse("MESSAGE_REFUSED"),
  busy: (world, index) => world.tab(index).refuse("BUSY"),
  retryAll: (world, index) => world.tab(index).outbox.retryAll(),
  wait: (world, index) => world.clock.pass(index * 1_500),
  open: (world) => world.tabs.push(new Tab(world)),
  reload: (world, index) => {
    world.tabs[index % world.tabs.length] = new Tab(world, "ann", world.tab(index).name);
  },
  close: (world, index) => {
    if (world.tabs.length > 1) world.tabs.splice(index % world.tabs.length, 1);
  },
};

const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(11)), { maxLength: 60 });

/** A tab is opened, there is a connection, and everything is answered. */
function settle(world) {
  const tab = new Tab(world);
  tab.connect();
  tab.outbox.retryAll();
  while (tab.pending.length) tab.answer(true);
  return tab;
}

test("whatever happens, all that is written is kept, and every line is stored once, under one id", () => {
  fc.assert(
    fc.property(steps, (path) => {
      const world = new World();
      for (const [step, index] of path) STEPS[step](world, index);
      const written = Array.from({ length: world.lines }, (_, line) => `text ${line + 1}`);
      const device = new Device([world.local]);
      const drafts = device.keys("chatstream.draft/").map((key) => device.read(key).text);
      const kept = new Set([...drafts, ...world.typed, ...world.typedOver]);
      assert.deepEqual(written.filter((text) => !kept.has(text)), []);
      const tab = settle(world);
      assert.deepEqual([...world.server.stored.values()].sort(), [...world.typed].sort());
      assert.equal(tab.outbox.entries.size, 0);
      assert.deepEqual(device.keys("chatstream.outbox/"), []);
    }),
    { numRuns: 300 },
  );
});

test("what was typed offline is sent in its order by the tab that comes after", () => {
  const world = new World();
  for (let line = 0; line < 5; line += 1) STEPS.type(world, 0);
  const ids = world.tab(0).outbox.all.map(({ messageId }) => messageId);
  const tab = settle(world);
  assert.deepEqual(world.server.sends, ids);
  assert.deepEqual([...world.server.stored.values()], world.typed);
  assert.equal(tab.shown.size, 0);
});

test("what a living tab does not get rid of another one sends, with the same id", () => {
  const world = new World();
  const [typing, other] = [world.tab(0), new Tab(world)];
  other.connect();
  const { messageId } = typing.outbox.add("hello");
  const key = `chatstream.outbox/ann/${ROOM}/${messageId}`;
  other.outbox.otherTab({ key, newValue: world.local.getItem(key) });
  assert.deepEqual(other.pending, []);
  world.clock.pass(20_000);
  other.answer(true);
  assert.deepEqual([...world.server.stored], [[messageId, "hello"]]);
  typing.outbox.otherTab({ key, newValue: null });
  assert.equal(typing.outbox.entries.size, 0);
});

test("what another tab discards is gone here, but not what is under way", () => {
  const world = new World();
  world.tab(0).outbox.add("one");
  const { messageId } = world.tab(0).outbox.add("two");
  const other = new Tab(world);
  other.outbox.discard(messageId);
  const key = `chatstream.outbox/ann/${ROOM}/${messageId}`;
  world.tab(0).outbox.disconnected(); // keeps its own again, in vain
  world.tab(0).outbox.retry(messageId);
  other.connect();
  assert.deepEqual(other.outbox.all.map(({ text }) => text), ["one"]);
  world.tab(0).outbox.otherTab({ key, newValue: null });
  assert.deepEqual(world.tab(0).outbox.all.map(({ text }) => text), ["one"]);
  world.tab(0).outbox.connected();
  world.tab(0).outbox.otherTab({ key: key.replace(messageId, world.tab(0).outbox.all[0].messageId), newValue: null });
  assert.equal(world.tab(0).outbox.entries.size, 1);
});

test("several that were refused are sent again, or discarded, together and in order", () => {
  const world = new World();
  const tab = world.tab(0);
  tab.connect();
  for (let line = 0; line < 4; line += 1) STEPS.type(world, 0);
  for (let line = 0; line < 3; line += 1) tab.refuse("MESSAGE_REFUSED");
  tab.answer(true);
  assert.deepEqual(tab.outbox.failed.map(({ text }) => text), ["line 0", "line 1", "line 2"]);
  assert.equal(tab.outbox.failed[0].refusal.reason, "muted");
  tab.outbox.retryAll();
  assert.deepEqual(tab.pending.map(({ text }) => text), ["line 0", "line 1", "line 2"]);
  for (let line = 0; line < 3; line += 1) tab.refuse("MESSAGE_REFUSED");
  tab.outbox.discardAll();
  assert.equal(new Tab(world).outbox.entries.size, 0);
});

test("what the room was told long ago does not stay on the screen", () => {
  const world = new World();
  const tab = world.tab(0);
  tab.outbox.connected();
  tab.outbox.add("again");
  tab.pending[0].onReceipt(); // a repeat: the room is told nothing
  assert.equal(tab.shown.size, 1);
  world.clock.pass(10_000);
  assert.equal(tab.shown.size, 0);
});

test("no other account sees it, whatever its handle", () => {
  const world = new World();
  world.tab(0).outbox.add("mine");
  for (const owner of ["an", "ann.", `ann.${ROOM}`, "annn", "bob"]) {
    assert.equal(new Tab(world, owner).outbox.entries.size, 0);
  }
  assert.equal(new Tab(world).outbox.entries.size, 1);
});
