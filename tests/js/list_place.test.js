// The place in the list of chats is kept with the history entry, and in the tab for its next page.

import assert from "node:assert/strict";
import test from "node:test";

import { Device, PageMemory } from "../../web/static/js/device.js";
import { ListPlace } from "../../web/static/js/list_place.js";

const HEIGHT = 40;
const refuse = () => {
  throw new DOMException("no", "SecurityError");
};

/** A list of rooms of `HEIGHT` each within a view of 100, scrolled down so far. */
function world({ storages = [new PageMemory()], owner = "ann", query = "", scrollTop = 100 } = {}) {
  const rooms = new Map(["a", "b", "c", "d", "e"].map((roomId) => [roomId, { roomId, createdAt: roomId }]));
  const scroller = { clientHeight: 100, scrollTop, getBoundingClientRect: () => ({ top: 0, bottom: 100 }) };
  const children = [...rooms.keys()].map((room, index) => ({
    dataset: { room },
    getBoundingClientRect: () => ({ top: index * HEIGHT - scroller.scrollTop, bottom: (index + 1) * HEIGHT - scroller.scrollTop }),
  }));
  globalThis.history = { state: null, replaceState: (state) => (history.state = state) };
  const place = new ListPlace(scroller, { children }, { owner, query: () => query, tab: new Device(storages) });
  return { rooms, scroller, place };
}

test("what is on the screen is kept in both, with the room that is gone to", () => {
  const { rooms, place } = world();
  place.keep(rooms, "d");
  const rows = ["c", "d", "e"].map((roomId, n) => ({ roomId, at: roomId, offset: n * HEIGHT - 20 }));
  assert.deepEqual(place.kept, { query: "", rows, count: 5, link: "d" });
  assert.deepEqual(place.last, place.kept);
});

test("the tab's next page finds it, another account does not", () => {
  const storages = [new PageMemory()];
  const first = world({ storages });
  first.place.keep(first.rooms);
  assert.equal(world({ storages }).place.last.count, 5);
  assert.equal(world({ storages, owner: "annie" }).place.last, null);
  storages[0].setItem(storages[0].key(0), "{half");
  assert.equal(world({ storages }).place.last, null);
});

test("among rooms that are found by name only the entry keeps it", () => {
  const { rooms, place } = world({ query: "밤" });
  place.keep(rooms);
  assert.equal(place.kept.query, "밤");
  assert.equal(place.last, null);
});

test("a browser that forbids to keep anything, or has no room, costs nobody the list", () => {
  const forbidden = { get length() { return refuse(); }, key: refuse, getItem: refuse, setItem: refuse, removeItem: refuse };
  for (const storage of [forbidden, Object.assign(new PageMemory(), { setItem: refuse })]) {
    const { rooms, place } = world({ storages: [storage] });
    place.keep(rooms);
    assert.equal(place.kept.count, 5);
    assert.deepEqual(place.last, place.kept); // as long as the page lives
  }
});

test("at the top it is the latest that one looks at, and a list that is not shown keeps nothing", () => {
  const top = world({ scrollTop: 0 });
  top.place.keep(top.rooms);
  assert.deepEqual(top.place.kept.rows, []);
  const hidden = world();
  hidden.scroller.clientHeight = 0;
  hidden.place.keep(hidden.rooms);
  assert.equal(hidden.place.kept, null);
});

test("a row is put back where it was", () => {
  const { rooms, scroller, place } = world();
  place.keep(rooms);
  const [{ roomId, offset }] = place.kept.rows;
  scroller.scrollTop = 0;
  place.put({ roomId, offset });
  assert.equal(scroller.scrollTop, 100);
});
