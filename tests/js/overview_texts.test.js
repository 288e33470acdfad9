// Which text the overview tells, with which numbers.

import assert from "node:assert/strict";
import test from "node:test";

import { cardFacts, findingText, identity } from "../../web/static/js/overview_texts.js";

test("a finding is counted, timed, or neither", () => {
  assert.deepEqual(findingText({ code: "errors", facts: { count: 2 } }), { key: "errors", count: 2, since: null });
  assert.deepEqual(findingText({ code: "silent", facts: { since: 5 } }), { key: "silent", count: null, since: 5 });
  assert.deepEqual(findingText({ code: "noAnswer", facts: {} }), { key: "noAnswer", count: null, since: null });
});

test("what was never heard has a text of its own", () => {
  for (const code of ["deaf", "noSamples", "linesStand"]) {
    assert.equal(findingText({ code, facts: {} }).key, `${code}Ever`);
    assert.equal(findingText({ code, facts: { since: 1 } }).key, code);
  }
});

test("a card tells what it knows, and nothing when it knows nothing", () => {
  assert.deepEqual(cardFacts({ area: "log", shows: {} }), []);
  assert.deepEqual(cardFacts({ area: "lag", shows: { OK: 3, WARN: 1, REWIND: 0, STALL: 0, STOP: 1 } }), [
    { key: "lag", values: { well: 3, count: 5 } },
  ]);
  assert.deepEqual(
    cardFacts({ area: "letters", shows: { count: 2, oldest: 7 } }).map(({ key }) => key),
    ["letters", "oldest"],
  );
  assert.deepEqual(
    cardFacts({ area: "rebuilds", shows: { generation: 2, building: 3, toRecover: 4, compared: 5 } }).map(({ key }) => key),
    ["generation", "building", "toRecover", "compared"],
  );
});

test("a finding stays the same one while its numbers change", () => {
  const one = { area: "log", code: "errors", of: "chat", facts: { count: 1 } };
  assert.equal(identity(one), identity({ ...one, facts: { count: 2 } }));
  assert.notEqual(identity(one), identity({ ...one, of: "stats" }));
});
