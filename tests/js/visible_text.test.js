// What a page takes out of a text before it is sent, and what it does not send.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { isVisible, tidied } from "../../web/static/js/visible_text.js";
import { assertLinear } from "./growth.js";

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom("\u200b", "\u202e", "\u2066", "\u00ad", "\ufeff", "\u3164", "\u200d", "\u200c", "\ufe0f", "\ud800", "\x1b"),
      fc.constantFrom("👩", "م", "가", "ᄀ", "ᅡ", "a", " ", "\n", "1", "\u0301", "\u2800"),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

test("what joins, and everything seen, stays as it is", () => {
  for (const text of [
    "👩‍👩‍👧 ❤️‍🔥 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽",
    "می‌خواهم क्‍ष ශ්‍රී",
    "葛\u{e0100} ᠪᠠᠢ᠌ᠭ᠎ᠠ",
    "한글 이름".normalize("NFD"),
    "\u1100\u1160 \u115f\u1161",
    "שלום محمد",
    "둘째 줄\n\t셋째\r\n넷째\u2028다섯째\x85여섯째",
    "a\u3000b \ue000",
  ]) {
    assert.equal(tidied(text), text);
    assert.ok(isVisible(text), text);
  }
});

test("what is pasted unseen is taken out", () => {
  const table = {
    "a\u200bb": "ab",
    "pass\u00adword": "password",
    "\ufeffabc": "abc",
    "\u202d+82 10\u202c": "+82 10",
    "\u2068Ann\u2069\u200e": "Ann",
    "abc\u202egnp.exe": "abcgnp.exe",
    "\x1b[31mred\x07": "[31mred",
    "\u3164\uffa0a": "a",
    "a\ud800b": "ab",
    "a\ufdd0": "a",
    "می\u200c\u200cخواهم": "می\u200cخواهم",
  };
  for (const [text, rest] of Object.entries(table)) assert.equal(tidied(text), rest);
});

test("what cannot be seen is not sent", () => {
  for (const text of ["", " \n ", "\u3000", "\u200b", "\u3164", "\u115f", "\u1160", "\uffa0", "\u2800", "\u0301", "\ue000"]) {
    assert.ok(!isVisible(tidied(text)), JSON.stringify(text));
  }
  for (const text of ["a", "?", "가", "🙂", "\u{1fae8}", "\u{1fac8}", "٣", "ㅋ"]) assert.ok(isVisible(text), text);
});

test("a tidied text stays so, and only what is useless is missing", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const rest = tidied(text);
      assert.equal(tidied(rest), rest);
      assert.doesNotMatch(rest, /[\u202a-\u202e\u2066-\u2069\u200b\u00ad\ufeff\u3164]/u);
      const seen = (each) => each.replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, "");
      assert.equal(seen(rest), seen(text));
    }),
  );
});

test("it costs what the text is long", () => {
  for (const part of ["\u200b", "\u200d", "a\u200d", "👩\u200d", "\u0301", "\u2800"]) {
    assertLinear((text) => isVisible(tidied(text)), (length) => part.repeat(length / part.length));
  }
});
