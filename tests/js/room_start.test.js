// Where a room opens, and before which message "unread from here" stands.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { startOf, unreadFrom } from "../../web/static/js/room_start.js";

const AT = "2026-11-21T12:00:00.000Z";

test("a room opens at the kept place, else where the address says, else at the first unread", () => {
  const place = { seq: 30, offset: -4 };
  const latest = { lastRead: 100, first: 51, head: 100, place: null, asked: null };
  const table = [
    [{}, "end", null],
    [{ lastRead: 99 }, "unread", null],
    [{ lastRead: 50 }, "unread", null],
    [{ lastRead: 49 }, "unread", 50],
    [{ lastRead: 0 }, "unread", 1],
    [{ lastRead: 5, first: 9_951, head: 10_000 }, "unread", 6], // however many they are
    [{ asked: 60, lastRead: 20 }, "asked", null],
    [{ asked: 20, lastRead: 99 }, "asked", 20],
    [{ asked: 101 }, "asked", null],
    [{ asked: NaN }, "asked", null],
    [{ place, asked: 60, lastRead: 70 }, "place", 30],
    [{ place: { seq: 51, offset: 0 } }, "place", null],
    [{ place: { end: true } }, "end", null],
    [{ place: { end: true }, asked: 3, lastRead: 80 }, "unread", null],
    [{ lastRead: 0, first: 0, head: 0 }, "end", null],
  ];
  for (const [given, lead, around] of table)
    assert.deepEqual(startOf({ ...latest, ...given }), { lead, around }, JSON.stringify(given));
});

const said = (from, to, gone = []) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    seq: from + index,
    ...(gone.includes(from + index) && { deletedAt: AT }),
  }));

test("the line stands before the first unread message that is there to be read", () => {
  const table = [
    [said(1, 9), 4, 9, 5],
    [said(1, 9, [5]), 4, 9, 6],
    [said(1, 9, [5, 6, 8]), 4, 9, 7],
    [said(1, 9, [5, 6, 7, 8, 9]), 4, 9, null], // none of them is unread
    [said(1, 7, [5, 6, 7]), 4, 9, 5], // there may be one behind what is shown
    [said(5, 9), 4, 9, 5],
    [said(6, 9), 4, 9, null], // what lies between is not shown
    [said(1, 4), 4, 9, null],
    [said(1, 12), 9, 9, null], // what came since is not unread
    [said(1, 12, [5]), 4, 5, null],
    [[], 0, 0, null],
  ];
  for (const [messages, lastRead, upto, from] of table)
    assert.equal(unreadFrom(messages, lastRead, upto), from, JSON.stringify([messages, lastRead, upto]));
});

test("no unread message that is shown stands above the line, and only deleted ones below none", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 30 }), // who is deleted, from 1 on
      fc.nat(30),
      fc.nat(30),
      fc.nat(30),
      (gone, lastRead, cut, begin) => {
        const upto = gone.length;
        const all = gone.map((is, index) => ({ seq: index + 1, ...(is && { deletedAt: AT }) }));
        const shown = all.slice(begin, Math.max(begin, cut));
        const from = unreadFrom(shown, lastRead, upto);
        const unread = shown.filter(({ seq, deletedAt }) => seq > lastRead && !deletedAt);
        const isJoined = shown.length > 0 && shown[0].seq <= lastRead + 1;
        if (!isJoined) assert.equal(from, null);
        else if (unread.length) assert.equal(from, unread[0].seq);
        else if (from !== null) assert.ok(from === lastRead + 1 && shown.at(-1).seq < upto);
      },
    ),
  );
});
