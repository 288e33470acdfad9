// Who is named is what the text says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import fc from "fast-check";

import { typedHandle } from "../../web/static/js/named.js";
import { textParts } from "../../web/static/js/text_parts.js";
import { assertLinear } from "./growth.js";

const ROWS = JSON.parse(readFileSync(new URL("../texts/mentions.json", import.meta.url), "utf8"));
const MEMBERS = ["minsu", "minsu.", "jiyeon", "jun_", "ab-", "min.su"].map((userId) => ({ userId, name: userId }));
const parts = (text, members = MEMBERS) => [...textParts(text, members, () => true)];
const named = (text, members) => [...new Set(parts(text, members).flatMap(({ mention }) => mention?.userId ?? []))];

for (const [about, text, handles] of ROWS) {
  test(`${about}: who is marked`, () => assert.deepEqual(named(text), handles));
}

test("what is marked is the sign and the handle as they are typed", () => {
  assert.deepEqual(
    parts("안녕＠Minsu님").map(({ text, mention }) => [text, mention?.userId]),
    [["안녕", undefined], ["＠Minsu", "minsu"], ["님", undefined]],
  );
});

test("behind a letter, a digit or a path nobody is named, whatever the letter", () => {
  const within = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => /(?:[a-z0-9_/]|(?=\p{L})\p{Script=Cyrillic})$/u.test(text));
  fc.assert(fc.property(within, (before) => assert.deepEqual(named(`${before}@minsu`), [])));
});

test("a handle is typed right before the caret, at the start of a word", () => {
  const table = [
    ["@", ""],
    ["hi @mi", "mi"],
    ["hi @민수", "민수"],
    ["안녕@mi", "mi"],
    ["(@mi", "mi"],
    ["＠mi", "mi"],
    ["a@mi", undefined],
    ["a/@mi", undefined],
    ["@@mi", undefined],
    ["@bob ", undefined],
    [`${"a".repeat(60)} @${"😀".repeat(40)}`, "😀".repeat(40)],
    [`${"a".repeat(60)} @${"😀".repeat(41)}`, undefined],
    [`${"a".repeat(60)}@${"b".repeat(40)}`, undefined],
  ];
  for (const [before, typed] of table) assert.equal(typedHandle(before), typed, before);
});

const FAMILIES = {
  ats: (n) => "@".repeat(n),
  "ats in words": (n) => " @a".repeat(n / 3),
  names: (n) => "@minsu ".repeat(n / 7),
  "names with signs": (n) => `@minsu${"_".repeat(34)} `.repeat(n / 41),
  "a name with signs": (n) => `@minsu${"_".repeat(n)}`,
  "unseen signs": (n) => `a${"\u200b".repeat(n)}@minsu`,
  "unseen signs and ats": (n) => "\u200b@".repeat(n / 2),
};

for (const [name, textOf] of Object.entries(FAMILIES)) {
  test(`names in ${name} cost no more than their length`, () => {
    assertLinear((text) => named(text).length, textOf, "names");
    assertLinear((text) => typedHandle(text), textOf, "typed");
  });
}
