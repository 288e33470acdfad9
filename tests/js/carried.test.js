// What a drop or a paste brings: text first, files where there is no text, never a file's address.

import assert from "node:assert/strict";
import test from "node:test";

import { carried, mayLeadAway } from "../../web/static/js/carried.js";

const transfer = (data, hasFiles = false) => ({
  types: [...Object.keys(data), ...(hasFiles ? ["Files"] : [])],
  getData: (type) => data[type] ?? "",
});
const LIST = "# an address\r\nhttps://a.example/1\r\nhttps://a.example/2\r\n";

const BROUGHT = [
  ["a text", transfer({ "text/plain": "안녕\nhello" }), { text: "안녕\nhello", hasFiles: false }],
  ["a file", transfer({}, true), { text: "", hasFiles: true }],
  ["cells with their picture", transfer({ "text/plain": "1\t2", "text/html": "<table>" }, true), { text: "1\t2", hasFiles: true }],
  ["a picture of a page", transfer({ "text/uri-list": "https://a.example/p.png" }, true), { text: "https://a.example/p.png", hasFiles: true }],
  ["links", transfer({ "text/uri-list": LIST }), { text: "https://a.example/1\nhttps://a.example/2", hasFiles: false }],
  ["a file by its address", transfer({ "text/uri-list": "file:///home/a.png" }), { text: "", hasFiles: true }],
  ["a file with its address", transfer({ "text/plain": "FILE:///C:/a.png" }, true), { text: "", hasFiles: true }],
  ["nothing we know", transfer({ "application/x-own": "1" }), { text: "", hasFiles: false }],
];

for (const [name, given, expected] of BROUGHT) {
  test(`${name} is taken as it is`, () => assert.deepEqual(carried(given), expected));
}

test("a browser would go to a file or an address, not to a text", () => {
  assert.ok(mayLeadAway(["Files"]));
  assert.ok(mayLeadAway(["text/plain", "text/uri-list"]));
  assert.ok(!mayLeadAway(["text/plain", "text/html"]));
});
