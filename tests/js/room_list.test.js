// A list of rooms has each room once, latest first, whatever order pages and live changes come in;
// and it ends as the server has it, also after news were lost.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { anchorOf } from "../../web/static/js/list_place.js";
import { RoomList, activeAt } from "../../web/static/js/room_list.js";
import { RoomReading } from "../../web/static/js/room_reading.js";

const PAGE = 4;
const time = (tick) => new Date(Date.UTC(2026, 10, 21) + tick * 1_000).toISOString();
const saysWhat = ({ lastMessage, name }) => Boolean(lastMessage ?? name);

function after(room, { lastMessage, lastSeq, name, isSure = true }) {
  const isNewer = lastMessage && lastSeq >= room.lastSeq;
  const next = { ...room, name: name ?? room.name };
  if (isNewer) Object.assign(next, { lastMessage, lastSeq });
  return { room: next, isSure };
}

/** A server with rooms, the reader's list, and what is under way between them. */
class World {
  constructor(count, options = {}) {
    this.clock = 0;
    this.rooms = new Map();
    this.told = []; // events that have not arrived, in order
    this.answers = []; // pages that have not arrived
    this.list = new RoomList({ after, saysWhat, ...options });
    this.reading = new RoomReading(this.list, (cursor) => this.ask(cursor));
    this.fits = options.fits ?? (() => true);
    for (let n = 0; n < count; n += 1) this.join(`r${n}`);
    this.told = [];
  }

  join(roomId) {
    if (this.rooms.has(roomId)) return;
    this.clock += 1;
    this.rooms.set(roomId, { roomId, createdAt: time(this.clock), name: "a", lastSeq: 0, lastMessage: null });
    this.told.push({ type: "invited", roomId });
  }

  at(place) {
    return [...this.rooms.values()][place % (this.rooms.size || 1)];
  }

  change(place, event, changes) {
    const room = this.at(place);
    if (!room) return;
    this.rooms.set(room.roomId, { ...room, ...changes(room) });
    this.told.push({ type: "roomChanged", roomId: room.roomId, ...event(this.rooms.get(room.roomId)) });
  }

  say(place, isSure) {
    this.clock += 1;
    const lastMessage = { createdAt: time(this.clock) };
    const event = ({ lastSeq }) => ({ lastMessage, lastSeq, isSure });
    this.change(place, event, ({ lastSeq }) => ({ lastMessage, lastSeq: lastSeq + 1 }));
  }

  rename(place, name) {
    this.change(place, () => ({ name }), () => ({ name }));
  }

  leave(place) {
    const room = this.at(place);
    if (!room) return;
    this.rooms.delete(room.roomId);
    this.told.push({ type: "removed", roomId: room.roomId });
  }

  get stored() {
    const found = [...this.rooms.values()].filter((room) => this.fits(room));
    return found.sort((a, b) => (activeAt(a) < activeAt(b) ? 1 : -1));
  }

  // The server answers from what it has when it is asked; the answer arrives later.
  ask(cursor) {
    const rooms = this.stored.filter((room) => !cursor || activeAt(room) < cursor).slice(0, PAGE + 1);
    const page = { rooms: structuredClone(rooms.slice(0, PAGE)), cursor: null };
    if (rooms.length > PAGE) page.cursor = activeAt(page.rooms.at(-1));
    return new Promise((resolve) => this.answers.push(() => resolve(page)));
  }

  refresh(isAnew = false) {
    return this.reading.refresh(isAnew);
  }

  more() {
    return this.reading.more();
  }

  hear() {
    const event = this.told.shift();
    if (event && this.reading.hear(event)) this.refresh();
  }

  async arrive(place) {
    const [answer] = this.answers.splice(place % (this.answers.length || 1), 1);
    answer?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async settle() {
    while (this.told.length) this.hear();
    while (this.answers.length) await this.arrive(0);
  }

  check() {
    const shown = this.list.inOrder;
    assert.equal(new Set(shown.map(({ roomId }) => roomId)).size, shown.length);
    for (let n = 1; n < shown.length; n += 1) assert.ok(activeAt(shown[n - 1]) >= activeAt(shown[n]));
  }
}

const steps = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("say"), fc.nat(40), fc.boolean()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("rename"), fc.nat(40), fc.constantFrom("a", "b")) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("leave"), fc.nat(40)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("join"), fc.nat(40)) },
  { weight: 4, arbitrary: fc.constant(["hear"]) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("arrive"), fc.nat(9)) },
  { weight: 3, arbitrary: fc.constant(["more"]) },
  { weight: 1, arbitrary: fc.constant(["lose"]) },
);

async function play(world, [what, value, more]) {
  if (what === "say") world.say(value, more);
  else if (what === "rename") world.rename(value, more);
  else if (what === "leave") world.leave(value);
  else if (what === "join") world.join(`r${value}`);
  else if (what === "hear") world.hear();
  else if (what === "arrive") await world.arrive(value);
  else if (what === "more") world.more();
  else {
    world.told = []; // the connection was lost, and is back
    world.refresh(true);
  }
}

async function holds(world, plan) {
  world.refresh(true);
  for (const step of plan) {
    await play(world, step);
    world.check();
  }
  await world.settle();
  world.check();
  // What has been read of the list is as the server has it, without a hole.
  const edge = world.list.edge;
  const due = world.stored.filter((room) => activeAt(room) >= edge);
  assert.deepEqual(world.list.inOrder.filter((room) => activeAt(room) >= edge), due);
  while (!world.list.isWhole) {
    world.more();
    await world.settle();
  }
  assert.deepEqual(world.list.inOrder, world.stored);
}

const plans = fc.array(steps, { maxLength: 50 });

test("each room is there once, latest first, and the list ends as the server has it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(20), plans, (count, plan) => holds(new World(count), plan)),
    { numRuns: 300 },
  );
});

test("so it is with those that are found by name", async () => {
  const found = { isPart: true, fits: ({ name }) => name === "a" };
  await fc.assert(
    fc.asyncProperty(fc.nat(20), plans, (count, plan) => holds(new World(count, found), plan)),
    { numRuns: 300 },
  );
});

test("reading anew keeps what was read, and takes away what is gone", async () => {
  const world = new World(11);
  world.refresh(true);
  await world.settle();
  world.more();
  await world.settle();
  assert.equal(world.list.rooms.size, 2 * PAGE);
  world.leave(9);
  world.told = [];
  world.refresh(true);
  await world.settle();
  assert.deepEqual(world.list.inOrder, world.stored.slice(0, 2 * PAGE));
});

test("the open room is in the list before its page is, and once afterwards", async () => {
  const world = new World(11);
  const open = world.stored.at(-1);
  world.list.hold(open);
  world.refresh(true);
  await world.settle();
  assert.deepEqual(world.list.inOrder, [...world.stored.slice(0, PAGE), open]);
  assert.equal(world.list.met.has(open.roomId), false);
  while (!world.list.met.has(open.roomId)) {
    world.more();
    await world.settle();
  }
  assert.deepEqual(world.list.inOrder, world.stored);
});

test("a page that fails takes nothing away, and what was due is read the next time", async () => {
  const world = new World(6);
  world.refresh(true);
  await world.settle();
  const [before, { reading }] = [world.list.inOrder, world];
  reading.ask = () => Promise.reject(new Error("away"));
  await assert.rejects(reading.more());
  world.leave(0); // while nothing is told
  world.told = [];
  await assert.rejects(reading.refresh(true));
  assert.deepEqual(world.list.inOrder, before);
  reading.ask = (cursor) => world.ask(cursor);
  world.refresh();
  await world.settle();
  world.more();
  await world.settle();
  assert.deepEqual(world.list.inOrder, world.stored);
  assert.equal(await world.more(), false);
});

test("a list is found again by the first row on the screen whose room has not moved", () => {
  const rooms = new Map(
    ["a", "b", "c"].map((roomId, n) => [roomId, { roomId, createdAt: time(n), lastMessage: null }]),
  );
  const rows = ["a", "b", "c"].map((roomId, n) => ({ roomId, at: time(n), offset: 10 * n }));
  assert.equal(anchorOf(rows, rooms), rows[0]);
  rooms.set("a", { ...rooms.get("a"), lastMessage: { createdAt: time(9) } });
  assert.equal(anchorOf(rows, rooms), rows[1]);
  rooms.delete("b");
  assert.equal(anchorOf(rows, rooms), rows[2]);
  rooms.clear();
  assert.equal(anchorOf(rows, rooms), null);
  assert.equal(anchorOf([], rooms), null);
});
