import assert from "node:assert/strict";
import { test } from "node:test";

import { RoomPanels } from "../../web/static/js/room_panels.js";

class Notes {
  constructor(room) {
    this.room = room;
    this.seen = [];
  }

  knows({ type }) {
    return type === "note";
  }

  take(event) {
    this.seen.push(event);
  }

  heard({ type }) {
    this.seen.push(`heard ${type}`);
  }

  connected() {
    this.seen.push("connected");
  }

  choices({ seq }) {
    return [[`note ${seq}`, () => {}]];
  }

  closed() {
    this.seen.push("closed");
  }
}

class Silent {}

test("every panel is made with the room, and what it has not is not asked of it", () => {
  const room = { path: "/chat/r" };
  const panels = new RoomPanels(room, [Silent, Notes]);
  const notes = panels.panels[1];
  assert.equal(notes.room, room);
  assert.equal(panels.take({ type: "note", rev: 1 }), true);
  assert.equal(panels.take({ type: "other" }), false);
  panels.heard({ type: "other" });
  panels.connected();
  panels.closed();
  assert.deepEqual(notes.seen, [{ type: "note", rev: 1 }, "heard other", "connected", "closed"]);
  assert.deepEqual(panels.choices({ seq: 7 }).map(([text]) => text), ["note 7"]);
});
