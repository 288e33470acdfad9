// The page's login: renewed while it holds, and no more once its reader has left.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

let asked;
let status;
let fresh = 0;

globalThis.localStorage = {
  kept: new Map(),
  getItem: (key) => localStorage.kept.get(key) ?? null,
  setItem: (key, value) => localStorage.kept.set(key, value),
  removeItem: (key) => localStorage.kept.delete(key),
};
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
globalThis.fetch = async (path) => {
  asked.push(path);
  const ok = status === 200;
  return { ok, status, json: async () => ({ expiresIn: 600 }) };
};

/** A page that has just been loaded. */
const page = () => import(`../../web/static/js/session.js?page=${(fresh += 1)}`);

beforeEach(() => {
  asked = [];
  status = 200;
  localStorage.kept.clear();
});

test("a login that ends is renewed, also while its reader leaves", async () => {
  const { leave, renew, timeLeft } = await page();
  await leave(renew);
  assert.deepEqual(asked, ["/user/refresh"]);
  assert.ok(timeLeft() > 590_000);
});

test("once the reader has left nobody asks for new tokens", async () => {
  const { LoggedOut, ended, leave, renew, renewRefused, tokenMark } = await page();
  await leave(async () => null);
  ended();
  await assert.rejects(renew(), LoggedOut);
  await assert.rejects(renewRefused(tokenMark()), LoggedOut);
  assert.deepEqual(asked, []);
});

test("who could not leave goes on as before", async () => {
  const { leave, renew } = await page();
  const failing = async () => {
    throw new Error("no network");
  };
  await assert.rejects(leave(failing), /no network/);
  await renew();
  assert.deepEqual(asked, ["/user/refresh"]);
});
