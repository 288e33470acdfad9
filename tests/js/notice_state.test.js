import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { Device } from "../../web/static/js/device.js";
import { NoticeState, maySet } from "../../web/static/js/notice_state.js";

const state = (device = new Device([])) => new NoticeState({ device, owner: "min", roomId: "r" });
const notice = (rev, text = "hi") => ({ text, rev });

test("what comes in any order ends with the latest", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 }), (revs) => {
      const known = state();
      for (const rev of revs) known.take({ notice: rev % 2 ? notice(rev) : null, rev });
      const last = Math.max(...revs);
      assert.equal(known.rev, last);
      assert.equal(known.notice?.rev ?? null, last % 2 ? last : null);
    }),
  );
});

test("an answer that was asked for before an event came is dropped", async () => {
  const known = state();
  let answered;
  const asking = known.ask(() => new Promise((resolve) => (answered = resolve)));
  known.take({ notice: null, rev: 7 });
  answered({ notice: notice(3) });
  assert.equal(await asking, false);
  assert.equal(known.notice, null);
  assert.equal(await known.ask(async () => ({ notice: notice(9) })), true);
  assert.equal(known.take({ notice: null, rev: 8 }), false);
  assert.equal(known.notice.rev, 9);
});

test("an answer without a notice shows that it has ended meanwhile", async () => {
  const known = state();
  known.take({ notice: notice(4), rev: 4 });
  assert.equal(await known.ask(async () => ({ notice: null })), true);
  assert.equal(known.notice, null);
});

test("the device remembers which one is folded away; an edit stays so, a new one shows", () => {
  const device = new Device([]);
  const known = state(device);
  known.take({ notice: notice(4), rev: 4 });
  assert.equal(known.isFolded, false);
  known.fold();
  assert.equal(known.isFolded, true);
  known.take({ notice: notice(4, "edited"), rev: 6 });
  assert.equal(known.isFolded, true);
  const reloaded = state(device);
  reloaded.take({ notice: notice(4), rev: 4 });
  assert.equal(reloaded.isFolded, true);
  reloaded.take({ notice: notice(8), rev: 8 });
  assert.equal(reloaded.isFolded, false);
  known.unfold();
  assert.equal(known.isFolded, false);
});

test("every member may set it, or the owner alone; nobody in a direct chat", () => {
  assert.equal(maySet({ kind: "group", noticeBy: "members", ownerId: "a" }, "b"), true);
  assert.equal(maySet({ kind: "open", noticeBy: "owner", ownerId: "a" }, "b"), false);
  assert.equal(maySet({ kind: "open", noticeBy: "owner", ownerId: "b" }, "b"), true);
  assert.equal(maySet({ kind: "direct", noticeBy: null, ownerId: null }, "b"), false);
});
