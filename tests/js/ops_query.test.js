import assert from "node:assert/strict";
import test from "node:test";

import { addressOf, letterAddress, letterRecordAddress, queryOf, recordAddress, traceAddress, withoutUsual } from "../../web/static/js/ops_query.js";

test("empty values are left out, others are quoted", () => {
  assert.equal(queryOf({ q: " 한글 & ", level: "", room: null, at: 0 }).toString(), "q=%ED%95%9C%EA%B8%80+%26&at=0");
  assert.equal(addressOf("/ops/log", {}), "/ops/log");
});

test("an address names what is not as usual", () => {
  const usual = { state: "waiting" };
  assert.equal(addressOf("/ops/dlq", withoutUsual({ state: "waiting", topic: "a" }, usual)), "/ops/dlq?topic=a");
  assert.equal(addressOf("/ops/dlq", withoutUsual({ state: "all", topic: "" }, usual)), "/ops/dlq?state=all");
  assert.deepEqual(withoutUsual({ q: "" }, {}), { q: "" });
});

test("a record is found by its place", () => {
  const place = { topic: "kakao.chat.chatMessage.RESPONSE", partition: 0, offset: 0 };
  assert.equal(recordAddress(place), "/ops/topics/kakao.chat.chatMessage.RESPONSE?partition=0&offset=0");
  assert.equal(recordAddress({ ...place, offset: null }), "/ops/topics/kakao.chat.chatMessage.RESPONSE?partition=0");
});

test("a dead letter is found by its id, and its record by the place that this is", () => {
  assert.equal(letterAddress("kakao.log.app.DLQ:3:9"), "/ops/dlq/kakao.log.app.DLQ:3:9");
  assert.equal(letterAddress("a/b?c:1:2"), "/ops/dlq/a%2Fb%3Fc:1:2");
  assert.equal(letterRecordAddress("kakao.log.app.DLQ:3:9"), "/ops/topics/kakao.log.app.DLQ?partition=3&offset=9");
});

test("a trace is found by its id", () => {
  assert.equal(traceAddress("4bf9"), "/ops/log?trace=4bf9");
});
