// What waits in a room that is open nowhere is sent once, in its order, by any page.

import assert from "node:assert/strict";
import test from "node:test";

import { Device, PageMemory } from "../../web/static/js/device.js";
import { AFTER, Leftovers } from "../../web/static/js/leftovers.js";
import { Outbox } from "../../web/static/js/outbox.js";
import { LoggedOut } from "../../web/static/js/session.js";

const START = Date.parse("2026-11-28T12:00:00Z");

function left(texts, roomId = "r", owner = "ann", local = new PageMemory()) {
  const device = new Device([local]);
  const nothing = () => {};
  const outbox = new Outbox({
    device, roomId, owner, transmit: nothing, onChange: nothing, onGone: nothing,
    timers: { setTimeout: nothing, clearTimeout: nothing }, now: () => START,
  });
  texts.forEach((text) => outbox.add(text));
  return { local, ids: outbox.all.map(({ messageId }) => messageId) };
}

const leftovers = (local, answer, options = {}) => {
  const sent = [];
  const post = async (path, { messageId, message }) => {
    sent.push([path, messageId, message]);
    answer(message);
  };
  const device = new Device([local]);
  const all = new Leftovers({ device, owner: "ann", except: "here", post, now: () => START + AFTER, ...options });
  return { all, sent, kept: () => device.keys("chatstream.outbox/").map((key) => device.read(key)) };
};
const fine = () => {};
const refuse = (status, code) => () => {
  throw Object.assign(new Error(code), { status, code, details: { reason: "banned_word" } });
};

test("it is sent once, in order, under its ids, and then forgotten", async () => {
  const { local, ids } = left(["one", "two", "three"]);
  const { all, sent, kept } = leftovers(local, fine);
  await Promise.all([all.send(), all.send()]);
  await all.send();
  assert.deepEqual(sent, ["one", "two", "three"].map((text, index) => ["/chat/r", ids[index], text]));
  assert.deepEqual(kept(), []);
});

test("what is young, of the open room, or of another account is left alone", async () => {
  const { local } = left(["here"], "here");
  left(["bob's"], "r", "bob", local);
  const others = leftovers(local, fine);
  await others.all.send();
  const young = leftovers(left(["now"]).local, fine, { now: () => START + AFTER - 1 });
  await young.all.send();
  assert.deepEqual([...others.sent, ...young.sent], []);
  assert.equal(others.kept().length, 2);
});

test("what is refused waits as failed, and those behind it are sent", async () => {
  const { local } = left(["bad", "good"]);
  const { all, kept } = leftovers(local, (text) => text === "bad" && refuse(422, "MESSAGE_REFUSED")());
  await all.send();
  assert.deepEqual(kept().map(({ text, state, refusal }) => [text, state, refusal]), [
    ["bad", "failed", { code: "MESSAGE_REFUSED", reason: "banned_word" }],
  ]);
});

const gone = () => {
  throw new LoggedOut();
};

for (const [name, answer] of [["the end of the login", gone], ...[0, 401, 429, 503].map((status) => [status, refuse(status, "BUSY")])]) {
  test(`after ${name} all waits in its order for the next time`, async () => {
    const { local } = left(["one", "two"]);
    const { all, sent, kept } = leftovers(local, answer);
    await all.send();
    assert.equal(sent.length, 1);
    assert.deepEqual(kept().map(({ state }) => state), ["waiting", "waiting"]);
  });
}
