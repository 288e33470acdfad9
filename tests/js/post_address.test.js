import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import {
  authorPath,
  callOf,
  changedIn,
  editPath,
  listIn,
  postIdIn,
  postPath,
  tagPath,
} from "../../web/static/js/post_address.js";

const ID = "0199c0de-0000-7000-8000-00000000000a";
const SITE = "https://chat.example";

test("a post of this site is known by its address", () => {
  for (const address of [`${SITE}/content/${ID}`, `/content/${ID.toUpperCase()}/`, `${SITE}/content/${ID}?a=1#b`]) {
    assert.equal(postIdIn(address, SITE), ID);
  }
});

test("what is no post of this site is none", () => {
  const others = [
    `http://chat.example/content/${ID}`,
    `https://evil.example/content/${ID}`,
    `https://chat.example.evil.example/content/${ID}`,
    `//evil.example/content/${ID}`,
    `${SITE}/content/${ID}/versions`,
    `${SITE}/rooms/${ID}`,
    `${SITE}/content/feed`,
    `${SITE}/x/content/${ID}`,
    "https://[",
    "",
  ];
  for (const address of others) assert.equal(postIdIn(address, SITE), null, address);
});

test("the page for writing changes the post that its address names", () => {
  assert.equal(changedIn(new URL(editPath(ID), SITE).search), ID);
  for (const query of ["", "?content=", "?content=x", `?content=${ID}x`]) assert.equal(changedIn(query), null);
});

test("each address of the feed asks for its list", () => {
  const calls = {
    "": "/content/feed",
    "?list=popular": "/content/popular",
    "?list=authors": "/content/subscriptions",
    "?list=great": "/content/feed",
    "?tag=%EB%B0%94%EB%8B%A4": "/content?tag=%EB%B0%94%EB%8B%A4",
    "?q=%20%20": "/content/feed",
    "?q=snow": "/search/content?q=snow&sort=newest",
    "?q=snow&tag=sea&sort=best": "/search/content?q=snow&tag=sea&sort=best",
  };
  for (const [query, call] of Object.entries(calls)) assert.equal(callOf(listIn(query)), call);
  assert.equal(callOf(listIn("?q=a&sort=odd"), "c/1"), "/search/content?q=a&sort=newest&cursor=c%2F1");
  assert.equal(callOf(listIn(""), "c"), "/content/feed?cursor=c");
});

test("whatever an id, a handle or a tag is, its address stays below the origin", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.isWellFormed()), (text) => {
      for (const path of [postPath(text), authorPath(text), tagPath(text), editPath(text)]) {
        assert.equal(new URL(path, SITE).origin, SITE);
      }
      const tag = text.trim();
      if (tag) assert.equal(listIn(new URL(tagPath(text), SITE).search).tag, tag);
    }),
  );
});
