// A kind of what was erased has the key of its text.

import assert from "node:assert/strict";
import test from "node:test";

import { kindKey } from "../../web/static/js/saga_kinds.js";

test("each further word of a kind begins with a capital", () => {
  assert.equal(kindKey("notices"), "saga.erased.notices");
  assert.equal(kindKey("log lines"), "saga.erased.logLines");
  assert.equal(kindKey("names in room facts"), "saga.erased.namesInRoomFacts");
});
