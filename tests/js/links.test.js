// A link is the address and nothing after it, and leads to the host that one sees.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import fc from "fast-check";

import { isLinkable } from "../../web/static/js/addresses.js";
import { linksIn } from "../../web/static/js/links.js";
import { assertLinear } from "./growth.js";

const ROWS = JSON.parse(readFileSync(new URL("../texts/links.json", import.meta.url), "utf8"));
const found = (text) => [...linksIn(text)].map(({ start, end }) => text.slice(start, end));

for (const [about, text, links] of ROWS) {
  test(`${about}: a link is the address`, () => {
    assert.deepEqual(found(text), links);
    assert.deepEqual(links.filter(isLinkable), links);
  });
}

// What a host may be made of, and what may be made of it.
const pieces = fc.constantFrom(
  "https://", "http://", "naver", ".com", ".kr", "한글", ".한국", "을", "에서", ".", "-", "_", ":80", "@", "/", "?q=",
  "#", "(", ")", "[", "]", "~", "…", "。", "．", "\u200b", "\u202e", "\u00ad", "\u0430", "é", "ㅋ", "1", "0x7f", "%2e",
  " ", "😀", "\ufe0f", "\u3000", "\ufeff", "\\", "」", "xn--a", "\u1112\u1161\u11ab", "\u0301", "www.",
);
const texts = fc.array(pieces, { maxLength: 10 }).map((each) => `https://${each.join("")}`);

test("a browser goes to the host that is written, and to no other", () => {
  fc.assert(
    fc.property(fc.oneof(texts, fc.string({ unit: "binary" }).map((each) => `http://naver.com${each}`)), (text) => {
      for (const { start, end, host } of linksIn(text)) {
        const link = text.slice(start, end);
        if (!isLinkable(link)) continue; // such as wrong punycode
        const { hostname } = new URL(link);
        const isAscii = /^[\x21-\x7e]*$/.test(host);
        assert.equal(hostname, isAscii ? host.toLowerCase() : new URL(`http://${host.normalize("NFC")}`).hostname);
        assert.match(host, /^[a-z0-9._\[\]:\u1100-\u11ff\uac00-\ud7a3-]+$/i);
      }
    }),
    { numRuns: 500 },
  );
});

test("what is linked is a part of what was typed, in order, and nothing behind a Korean letter is", () => {
  fc.assert(
    fc.property(texts, (text) => {
      let rest = 0;
      for (const { start, end, host } of linksIn(text)) {
        assert.ok(start >= rest && end > start && text.slice(start, end).includes(host));
        assert.equal(/[\p{C}\p{Z}]/u.test(text.slice(start, end)), false);
        if (/^[\x21-\x7e]*$/.test(host)) assert.match(text.slice(start, end), /^[\x21-\x7e]*$/);
        rest = end;
      }
    }),
  );
});

test("a particle changes nothing", () => {
  const particles = fc.constantFrom("을", "는", "에서", "이랑", "점심", "을", "ㅋㅋ", "を見る");
  const places = fc.constantFrom("https://naver.com", "https://a.co.kr/b?c=d", "http://localhost", "https://한글.한국");
  fc.assert(
    fc.property(places, particles, fc.constantFrom("", ".", " ", ")", "!"), (place, particle, more) => {
      assert.deepEqual(found(place + particle + more), [place]);
    }),
  );
});

const FAMILIES = {
  letters: (n) => `http://${"a".repeat(n)}`,
  hyphens: (n) => `http://a${"-".repeat(n)}`,
  "hyphens and letters": (n) => `http://a.b${"-a".repeat(n / 2)}한`,
  dots: (n) => `http://a${".".repeat(n)}`,
  labels: (n) => `http://a${".a".repeat(n / 2)}`,
  "Korean labels": (n) => `http://a${".한".repeat(n / 2)}`,
  particles: (n) => `http://a.kr${"을".repeat(n)}`,
  starts: (n) => "http://".repeat(n / 7),
  "starts with a host": (n) => "http://a.kr".repeat(n / 11),
  logins: (n) => `http://a.kr:${"a:".repeat(n / 2)}`,
  "hosts that are logins": (n) => "http://a.kr@".repeat(n / 12),
  unseen: (n) => `http://a.kr${"\u200b".repeat(n)}`,
  "open brackets": (n) => `http://a.kr/${"(".repeat(n)}`,
  "closed brackets": (n) => `http://a.kr/${")".repeat(n)}`,
  pairs: (n) => `http://a.kr/${"()".repeat(n / 2)}`,
  signs: (n) => `http://a.kr/${"~".repeat(n)}`,
  "signs and letters": (n) => `http://a.kr/${".a".repeat(n / 2)}`,
};

for (const [name, textOf] of Object.entries(FAMILIES)) {
  test(`links in ${name} cost no more than their length`, () => {
    assertLinear((text) => [...linksIn(text)].length, textOf, "links");
  });
}
