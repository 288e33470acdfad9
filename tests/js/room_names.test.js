// A room's name is known wherever in the list of rooms it stands, and no more is read than needed.

import assert from "node:assert/strict";
import test from "node:test";

import { RoomNames } from "../../web/static/js/room_names.js";

test("names are read as far as they are needed", async () => {
  const asked = [];
  const pages = {
    null: { rooms: [{ roomId: "a", name: "A" }, { roomId: "b", name: "B" }], cursor: "2" },
    2: { rooms: [{ roomId: "c", name: "C" }], cursor: "3" },
    3: { rooms: [{ roomId: "d", name: "D" }], cursor: null },
  };
  const ask = async (cursor) => {
    asked.push(cursor);
    return pages[cursor];
  };
  const names = new RoomNames(ask, ({ name }) => name);
  await names.learn([]);
  assert.deepEqual(asked, []);
  await names.learn(["a", "c"]);
  assert.deepEqual([names.of("a"), names.of("c"), names.of("d")], ["A", "C", undefined]);
  assert.deepEqual(asked, [null, "2"]);
  await names.learn(["gone", "d"]);
  await names.learn(["gone"]);
  assert.deepEqual(asked, [null, "2", "3"]);
  assert.deepEqual([names.of("d"), names.of("gone")], ["D", undefined]);
});
