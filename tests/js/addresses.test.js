// Whatever an address says, a page goes to a page of ours by it, or not at all.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { afterLogin, isLinkable, ownAddress } from "../../web/static/js/addresses.js";

const ORIGIN = "http://chat.example:8080";
const OTHERS = [
  null,
  "",
  " /rooms",
  "rooms",
  "?x",
  "//evil.example/x",
  "///evil.example/x",
  "/\\evil.example",
  "\\\\evil.example",
  "/..//evil.example/x",
  "/.//evil.example/x",
  "/%2e%2e//evil.example/x",
  "/%2E//evil.example/x",
  "/rooms/..//evil.example/x",
  "/%2f/evil.example",
  "/%5cevil.example",
  "/..%5cevil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\n/evil.example",
  "/\u200b/evil.example",
  "/rooms\u202e",
  "/rooms%00",
  "/rooms%e2%80%ae",
  "/rooms%",
  "/rooms%ff",
  "http://evil.example/",
  "http:evil.example",
  "https://chat.example:8080/rooms",
  `${ORIGIN}/rooms`,
  `${ORIGIN}//evil.example/x`,
  "http://me:pw@chat.example:8080/rooms",
  "javascript:alert(1)",
  "data:text/html,x",
];
const OWN = [
  "/",
  "/words",
  "/words?last=5&watch=a#chatAdd",
  "/rooms/018f0000-0000-7000-8000-000000000000?ask=1",
  "/search?q=%ED%95%9C%EA%B8%80+%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9",
  "/search?q=http%3A%2F%2Fevil.example//x",
];

const part = fc.constantFrom(
  ..."/\\.?#:@ \t\n\0aé한%".split(""),
  ...["//", "..", "%2e", "%2E%2E", "%2f", "%5C", "%09", "%00", "%e2%80%8b", "\u200b", "\u202e", "\ufeff", "\ud800"],
  ...["http:", "javascript:", "evil.example", "rooms", "login", ORIGIN],
);
const crooked = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
const anything = fc.oneof(crooked, crooked.map((text) => `/${text}`), fc.string({ unit: "binary" }), fc.webUrl());

function checkOwn(address) {
  assert.match(address, /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/u);
  const resolved = new URL(address, ORIGIN);
  assert.equal(resolved.href, ORIGIN + address);
  assert.deepEqual([resolved.username, resolved.password], ["", ""]);
  assert.doesNotMatch(decodeURIComponent(resolved.pathname), /^\/\/|[\\\p{C}\p{Z}]/u);
}

for (const given of OTHERS) {
  test(`${JSON.stringify(given)} is no address of ours`, () => {
    assert.equal(ownAddress(given, ORIGIN), null);
    const query = given === null ? "" : `?${new URLSearchParams({ next: given })}`;
    assert.equal(afterLogin(query, ORIGIN), "/rooms");
  });
}

for (const given of OWN) {
  test(`${given} is kept`, () => {
    assert.equal(ownAddress(given, ORIGIN), given);
    assert.equal(afterLogin(`?${new URLSearchParams({ next: given })}`, ORIGIN), given);
  });
}

for (const next of ["/login", "/login/", "/LOGIN?next=/login", "/%6cogin", "/rooms/../login#x"]) {
  test(`the login does not lead to itself by ${next}`, () => {
    assert.equal(afterLogin(`?${new URLSearchParams({ next })}`, ORIGIN), "/rooms");
  });
}

test("whatever is given, what comes out is on this site, or nothing", () => {
  fc.assert(
    fc.property(anything, (given) => {
      const address = ownAddress(given, ORIGIN);
      if (address !== null) checkOwn(address);
      checkOwn(afterLogin(`?${new URLSearchParams({ next: given })}`, ORIGIN));
    }),
    { numRuns: 2000 },
  );
});

test("a query of any form leads to a page of ours", () => {
  fc.assert(fc.property(anything, (text) => checkOwn(afterLogin(`?next=${text}`, ORIGIN))), { numRuns: 1000 });
});

const segment = fc.stringMatching(/^[\w~-][\w.~-]{0,9}$/u);
const query = fc.dictionary(segment, fc.string({ unit: "grapheme" })).map((all) => String(new URLSearchParams(all)));

test("an address as the pages write it is kept, query and fragment too", () => {
  fc.assert(
    fc.property(fc.array(segment), query, fc.option(segment), (segments, asked, fragment) => {
      const given = `/${segments.join("/")}${asked && `?${asked}`}${fragment === null ? "" : `#${fragment}`}`;
      assert.equal(ownAddress(given, ORIGIN), given);
    }),
  );
});

for (const [address, right] of [
  ["https://example.com/a?b=(c)", true],
  ["http://[::1]:8080/", true],
  ["https://bank.example@evil.example/", false],
  ["https://:bank.example@evil.example/", false],
  ["http://", false],
  ["javascript:alert(1)", false],
  ["ftp://example.com/", false],
]) {
  test(`${address} is ${right ? "" : "not "}linked`, () => assert.equal(isLinkable(address), right));
}
