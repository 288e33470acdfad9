import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { dayStart, isSpan, pageOf, searchIn } from "../../web/static/js/room_search_query.js";

test("a day begins at midnight where the reader is", () => {
  const days = fc.date({ min: new Date(1971, 0, 1), max: new Date(2199, 0, 1), noInvalidDate: true });
  fc.assert(
    fc.property(days, fc.integer({ min: 0, max: 2 }), (date, later) => {
      const two = (value) => String(value).padStart(2, "0");
      const text = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
      const start = new Date(dayStart(text, later));
      const day = new Date(date.getFullYear(), date.getMonth(), date.getDate() + later);
      assert.equal(start.toDateString(), day.toDateString());
      assert.ok(start.getTime() <= day.getTime() + 3_600_000); // some days begin later by an hour
    }),
  );
});

test("what is no day is none", () => {
  for (const text of ["", "today", "2026-1-1", "2026-01-01T00:00"]) assert.equal(dayStart(text), null);
});

test("a search names its room, words and what was chosen", () => {
  const asked = { q: "  a & b=c ", sender: "minsu", from: "2026-11-01", to: "2026-11-30" };
  const query = new URLSearchParams(searchIn("r", asked));
  assert.deepEqual(Object.fromEntries(query), {
    q: "a & b=c",
    roomId: "r",
    sort: "newest",
    limit: "50",
    sender: "minsu",
    from: dayStart("2026-11-01"),
    to: dayStart("2026-12-01"),
  });
  const plain = new URLSearchParams(searchIn("r", { q: "x", sender: "", from: "", to: "" }));
  assert.deepEqual([...plain.keys()], ["q", "roomId", "sort", "limit"]);
  assert.equal(searchIn("r", { q: " \n" }), null);
});

test("days are in order, as far as they are given", () => {
  assert.ok(isSpan("", "") && isSpan("2026-01-02", "") && isSpan("", "2026-01-01"));
  assert.ok(isSpan("2026-01-01", "2026-01-01"));
  assert.ok(!isSpan("2026-01-02", "2026-01-01"));
});

test("a further page is asked for by its cursor", () => {
  assert.equal(pageOf("q=a", null), "q=a");
  assert.equal(new URLSearchParams(pageOf("q=a", "b&c=")).get("cursor"), "b&c=");
});
