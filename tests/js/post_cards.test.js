import assert from "node:assert/strict";
import { test } from "node:test";

import { PostCards } from "../../web/static/js/post_cards.js";

/** Cards over posts that a test may change; `at.now` is the clock. */
function cards(posts) {
  const at = { now: 0 };
  const told = { asked: [], shown: [] };
  const made = new PostCards({
    read: async (id) => {
      told.asked.push(id);
      if (posts[id] instanceof Error) throw posts[id];
      return posts[id] ?? null;
    },
    show: (id, post) => told.shown.push([id, post]),
    now: () => at.now,
  });
  return { made, at, told };
}

test("a post is read when it is seen, and again after half a minute", async () => {
  const { made, at, told } = cards({ a: { title: "눈" } });
  assert.equal(made.post("a"), undefined);
  await made.refresh(["a", "a"]);
  await made.refresh(["a"]);
  assert.deepEqual(told.asked, ["a"]);
  at.now = 30_000;
  await made.refresh(["a"]);
  assert.deepEqual(told.asked, ["a", "a"]);
  await made.refresh(["a"], { always: true });
  assert.equal(told.asked.length, 3);
});

test("a post that was deleted is shown as gone", async () => {
  const posts = { a: { title: "눈" } };
  const { made, told } = cards(posts);
  await made.refresh(["a"]);
  delete posts.a;
  await made.refresh(["a"], { always: true });
  assert.equal(made.post("a"), null);
  assert.deepEqual(told.shown.at(-1), ["a", null]);
});

test("what cannot be read stays as it was known, and is asked for at the next look", async () => {
  const posts = { a: { title: "눈" } };
  const { made, at, told } = cards(posts);
  await made.refresh(["a"]);
  posts.a = new Error("away");
  at.now = 30_000;
  await made.refresh(["a"]);
  assert.deepEqual(made.post("a"), { title: "눈" });
  assert.deepEqual(made.due(["a"]), ["a"]);
  assert.equal(told.shown.length, 1);
});

test("nobody asks twice at once", async () => {
  const { made, told } = cards({ a: {} });
  await Promise.all([made.refresh(["a"], { always: true }), made.refresh(["a"], { always: true })]);
  assert.deepEqual(told.asked, ["a"]);
});

test("what was read long ago is forgotten first", async () => {
  const { made } = cards({});
  const ids = Array.from({ length: 201 }, (_, index) => `id-${index}`);
  for (const id of ids) await made.refresh([id]);
  assert.equal(made.post("id-0"), undefined);
  assert.equal(made.post("id-200"), null);
});
