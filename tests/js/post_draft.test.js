import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { Device, PageMemory } from "../../web/static/js/device.js";
import { PostDraft, tagsIn, tagsText } from "../../web/static/js/post_draft.js";
import { forgetTyped } from "../../web/static/js/typed.js";

const TEXT = { title: "눈", body: "와요", tags: "바다" };
let ids = 0;
const draft = (device, more = {}) =>
  new PostDraft({ device, owner: "min", newId: () => `id-${++ids}`, now: () => 7, ...more });
const newDevice = () => new Device([new PageMemory()]);

test("what is written is there when the page is opened again, under the same id", () => {
  const device = newDevice();
  const first = draft(device);
  assert.equal(first.open(), null);
  first.keep(TEXT);
  const again = draft(device);
  assert.deepEqual(again.open(), { ...TEXT, version: 0, contentId: first.contentId, at: 7 });
  assert.equal(again.contentId, first.contentId);
});

test("what is empty, and what is as it was, is not kept", () => {
  const device = newDevice();
  const one = draft(device);
  for (const [text, before] of [[{ title: " ", body: "\n", tags: "" }], [TEXT, TEXT]]) {
    one.keep({ ...TEXT, title: "other" });
    one.keep(text, before);
    assert.equal(draft(device).open(), null);
  }
});

test("what was sent is forgotten, and the next post is another", () => {
  const device = newDevice();
  const one = draft(device);
  one.keep(TEXT);
  const id = one.contentId;
  one.forget();
  assert.equal(draft(device).open(), null);
  assert.notEqual(one.contentId, id);
});

test("a draft of a post that has another version by now is kept, and known to be behind", () => {
  const device = newDevice();
  const open = (contentId) => draft(device, { contentId });
  open("a").keep(TEXT, { title: "", body: "", tags: "" }, 2);
  const newer = { title: "비", body: "와요", tags: "" };
  const again = open("a");
  assert.equal(again.open(newer).title, "눈");
  assert.deepEqual([again.isBehind(2), again.isBehind(3)], [false, true]);
  assert.deepEqual([open("b").open(newer), open("b").isBehind(3)], [null, false]);
  assert.equal(open("a").open(TEXT), null); // it was sent, and its answer lost
  assert.equal(open("a").open(newer), null);
});

test("a draft whose id is taken goes on under another", () => {
  const device = newDevice();
  const one = draft(device);
  one.keep(TEXT);
  const id = one.contentId;
  one.renew();
  assert.notEqual(one.contentId, id);
  assert.deepEqual([draft(device).contentId, draft(device).open().title], [one.contentId, "눈"]);
});

test("a log-out forgets it, and what lies there from elsewhere is passed over", () => {
  const device = newDevice();
  draft(device).keep(TEXT);
  forgetTyped("min", device);
  assert.equal(draft(device).open(), null);
  const odd = newDevice();
  odd.write("chatstream.post/min/new/draft", { title: "x" });
  assert.equal(draft(odd).open(), null);
});

test("tags are as they are typed, each once", () => {
  assert.deepEqual(tagsIn(" #바다, sea，Sea、 겨울 바다,,#\n눈"), ["바다", "sea", "겨울 바다", "눈"]);
  assert.deepEqual(tagsIn("#여행 #겨울 바다 ＃눈 C# ##a"), ["여행", "겨울 바다", "눈 C#", "a"]);
  const tags = fc.uniqueArray(fc.stringMatching(/^[a-z가-힣]{1,9}$/), { maxLength: 10 });
  fc.assert(fc.property(tags, (list) => assert.deepEqual(tagsIn(tagsText(list)), list)));
});
