import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { PostState, isOfPost, reasonKeys } from "../../web/static/js/post_state.js";

const event = (type, version, more = {}) => ({ type, contentId: "a", version, ...more });

test("a version is inspected until its verdict comes", () => {
  const state = new PostState("a");
  state.written({ version: 1, state: "inspecting" });
  assert.equal(state.isOpen, true);
  assert.equal(state.take(event("contentPublished", 1)), true);
  assert.deepEqual([state.state, state.isOpen, state.mayAppeal], ["published", false, false]);
  assert.equal(state.take(event("contentPublished", 1)), false);
});

test("a verdict that comes before the answer is not forgotten", () => {
  const state = new PostState("a");
  assert.equal(state.take(event("contentPublished", 1)), true);
  state.written({ version: 1, state: "inspecting" });
  assert.equal(state.state, "published");
});

test("what is told of an older version or of another post changes nothing", () => {
  const state = new PostState("a");
  state.written({ version: 2, state: "inspecting" });
  assert.equal(state.take(event("contentRefused", 1, { reasons: ["links"] })), false);
  assert.equal(state.take({ ...event("contentPublished", 2), contentId: "b" }), false);
  assert.equal(state.take(event("couponIssued", 2)), false);
  assert.equal(state.read({ version: 1, state: "published" }), false);
  assert.equal(state.read(null), false);
  state.written({ version: 1, state: "published" });
  assert.deepEqual([state.version, state.state], [2, "inspecting"]);
});

test("a refused version may be appealed once", () => {
  const state = new PostState("a");
  state.take(event("contentRefused", 1, { reasons: ["links"], note: "하나만요" }));
  assert.deepEqual([state.reasons, state.note, state.mayAppeal], [["links"], "하나만요", true]);
  state.asked();
  assert.deepEqual([state.state, state.mayAppeal], ["review", false]);
  state.take(event("contentRefused", 1, { note: "그래도요" }));
  assert.deepEqual([state.state, state.mayAppeal], ["refused", false]);
  state.take(event("contentRefused", 2));
  assert.equal(state.mayAppeal, true);
});

test("an appeal that was made in another tab is known by what comes of it", () => {
  const state = new PostState("a");
  state.take(event("contentRefused", 1));
  state.take(event("contentInReview", 1));
  state.take(event("contentRefused", 1));
  assert.equal(state.mayAppeal, false);
});

test("what the post says of itself counts from then on", () => {
  const state = new PostState("a");
  const mine = { version: 3, state: "refused", reasons: ["repeat"], note: "", appealed: true };
  assert.equal(state.read(mine), true);
  assert.equal(state.read(mine), false);
  assert.deepEqual([state.version, state.mayAppeal], [3, false]);
});

test("in whatever order versions are told, the latest is shown", () => {
  const told = fc.array(
    fc.record({ version: fc.integer({ min: 1, max: 5 }), type: fc.constantFrom("contentPublished", "contentRefused") }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(told, (events) => {
      const state = new PostState("a");
      for (const { type, version } of events) state.take(event(type, version));
      assert.equal(state.version, Math.max(...events.map(({ version }) => version)));
    }),
  );
});

test("every reason has a text, each once", () => {
  assert.deepEqual(reasonKeys(["links", "banned_link", "new_rule", "other_rule"]), [
    "post.reason.links",
    "post.reason.bannedLink",
    "post.reason.unknown",
  ]);
  assert.deepEqual(reasonKeys([]), []);
  assert.equal(isOfPost({ type: "message" }), false);
});
