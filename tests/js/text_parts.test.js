// What a text is made of: nothing of it is lost, and none costs more than its length.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { markedParts, markedSpans, textParts } from "../../web/static/js/text_parts.js";
import { assertLinear } from "./growth.js";

const MENTIONS = [
  { userId: "bob", name: "Bob" },
  { userId: "min.su", name: "민수" },
];
const safe = () => true;
const parts = (text) => [...textParts(text, MENTIONS, safe)];

const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom("http://", "https://a.b", "@bob", "@min.su", "@bob_", ")", "(", ".", "。", " ", "\ue000", "\ue001"),
      fc.string({ unit: "grapheme", maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((found) => found.join(""));

test("the parts of a text are the text", () => {
  fc.assert(
    fc.property(pieces, (text) => {
      assert.equal(parts(text).map((part) => part.text).join(""), text);
    }),
  );
});

test("the parts of a highlighted text are the text without its signs", () => {
  const highlights = pieces.map((text) => text.replaceAll(/[\ue000\ue001]/g, "")).chain((text) =>
    fc.nat({ max: text.length }).chain((start) =>
      fc.integer({ min: start, max: text.length }).map((end) => ({
        text,
        highlight: `${text.slice(0, start)}\ue000${text.slice(start, end)}\ue001${text.slice(end)}`,
        marked: text.slice(start, end),
      })),
    ),
  );
  fc.assert(
    fc.property(highlights, ({ text, highlight, marked }) => {
      const found = markedParts(highlight);
      assert.equal(found.map((part) => part.text).join(""), text);
      assert.equal(found.find((part) => part.marked).text, marked);
    }),
  );
});

test("links and mentions are told apart from the text around them", () => {
  assert.deepEqual(parts("see http://a.b/@bob, @bob_ or @jun"), [
    { text: "see " },
    { text: "http://a.b/@bob", link: true },
    { text: ", " },
    { text: "@bob", mention: MENTIONS[0] },
    { text: "_ or @jun" },
  ]);
});

const FAMILIES = {
  letters: (n) => "a".repeat(n),
  starts: (n) => "http://".repeat(n / 7),
  links: (n) => "http://a ".repeat(n / 9),
  "a link of signs": (n) => `http://a${".".repeat(n)}a`,
  "a link of brackets": (n) => `http://a${")".repeat(n)}a`,
  "a link of signs and letters": (n) => `http://a${"。a".repeat(n / 2)}`,
  "brackets at an end": (n) => `http://a(${")".repeat(n)}`,
  mentions: (n) => "@bob ".repeat(n / 5),
  "mentions with signs": (n) => `@bob${"_".repeat(36)} `.repeat(n / 41),
  ats: (n) => "@".repeat(n),
  "ats in words": (n) => " @a".repeat(n / 3),
  spaces: (n) => " ".repeat(n),
  "starts of marks": (n) => "\ue000".repeat(n),
  "ends of marks": (n) => "\ue001".repeat(n),
};

for (const [name, textOf] of Object.entries(FAMILIES)) {
  test(`${name} cost no more than their length`, () => {
    assertLinear((text) => parts(text).length, textOf, "parts");
    assertLinear((text) => markedParts(text).length, textOf, "marks");
  });
}

test("an address that is not safe is text, and names nobody", () => {
  assert.deepEqual([...textParts("http://a.b/ @bob", MENTIONS, () => false)], [
    { text: "http://a.b/" },
    { text: " " },
    { text: "@bob", mention: MENTIONS[0] },
  ]);
});

test("marked spans are those of the text without its marks", () => {
  const part = fc.record({ text: fc.string({ minLength: 1 }), marked: fc.boolean() });
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const highlight = parts.map(({ text, marked }) => (marked ? `\ue000${text}\ue001` : text)).join("");
      const plain = parts.map(({ text }) => text).join("");
      const marked = parts.filter((each) => each.marked).map(({ text }) => text);
      assert.deepEqual(markedSpans(highlight).map(([begin, end]) => plain.slice(begin, end)), marked);
    }),
  );
});
