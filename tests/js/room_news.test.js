// A line of a room list after news: its unread number is the server's, or the page asks for it.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { afterNews, saysWhat } from "../../web/static/js/room_news.js";

const nobodys = () => false;
const line = (fields) => ({ lastSeq: 0, lastReadSeq: 0, unread: 0, name: "a", memberCount: 2, ...fields });

/** A room as the server has it: what a list says, and the news of each change. */
class Room {
  constructor() {
    Object.assign(this, { head: 0, place: 0, deleted: new Set() });
  }

  get unread() {
    const gone = [...this.deleted].filter((seq) => seq > this.place).length;
    return this.head - this.place - gone;
  }

  get line() {
    return line({ lastSeq: this.head, lastReadSeq: this.place, unread: this.unread });
  }

  say() {
    this.head += 1;
    return { lastSeq: this.head, lastMessage: { seq: this.head } };
  }

  read(part) {
    this.place = Math.max(this.place, Math.round(this.head * part));
    return { lastReadSeq: this.place };
  }

  delete(part) {
    const seq = Math.max(1, Math.ceil(this.head * part));
    if (seq > this.head) return null;
    this.deleted.add(seq);
    const last = seq === this.head ? { lastSeq: seq, lastMessage: { seq, deletedAt: "now" } } : {};
    return { ...last, deletedSeq: seq };
  }
}

const part = fc.double({ min: 0, max: 1, noNaN: true });
const step = fc.oneof(
  fc.record({ kind: fc.constant("say"), part }),
  fc.record({ kind: fc.constant("read"), part }),
  fc.record({ kind: fc.constant("delete"), part }),
);

test("after any news the number is the server's, or is to be asked for", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const room = new Room();
      let shown = room.line;
      for (const { kind, part: where } of steps) {
        const news = room[kind](where);
        if (!news) continue;
        const { room: after, isSure } = afterNews(shown, news, nobodys);
        if (isSure) assert.equal(after.unread, room.unread, kind);
        assert.ok(after.unread >= 0);
        shown = isSure ? after : room.line;
      }
    }),
  );
});

test("news of one moment come as one: the number is right, or is to be asked for", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const room = new Room();
      const before = room.line;
      const all = steps.map(({ kind, part: where }) => room[kind](where)).filter(Boolean);
      if (!all.length) return;
      const one = Object.assign({}, ...all);
      const gone = all.map(({ deletedSeq }) => deletedSeq ?? 0);
      if (Math.max(...gone) > 0) one.deletedSeq = Math.max(...gone);
      const { room: after, isSure } = afterNews(before, one, nobodys);
      if (isSure) assert.equal(after.unread, room.unread);
    }),
  );
});

test("news that the list holds already change nothing but ask at most once more", () => {
  const known = line({ lastSeq: 9, lastReadSeq: 4, unread: 3 });
  assert.deepEqual(afterNews(known, { lastSeq: 7, lastMessage: { seq: 7 } }, nobodys), {
    room: { ...known, lastMessage: undefined },
    isSure: true,
  });
  const gone = afterNews(known, { deletedSeq: 6 }, nobodys);
  assert.equal(gone.room.unread, 3);
  assert.equal(gone.isSure, false);
});

test("one's own message is read as far as it stands", () => {
  const mine = afterNews(line({}), { lastSeq: 3, lastMessage: { seq: 3 } }, () => true);
  assert.deepEqual([mine.room.unread, mine.room.lastReadSeq, mine.isSure], [0, 3, true]);
});

test("news without any of what a line shows have the list read anew", () => {
  assert.equal(saysWhat({ roomId: "r", lastMessage: null, deletedSeq: null }), false);
  for (const news of [{ lastReadSeq: 0 }, { deletedSeq: 4 }, { name: "b" }]) {
    assert.equal(saysWhat(news), true);
  }
});
