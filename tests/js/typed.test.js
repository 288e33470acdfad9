// What is typed lies on the device until it is sent: per account, room and tab, whatever the
// browser's storage does.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { Device, PageMemory } from "../../web/static/js/device.js";
import { Drafts, draftTexts } from "../../web/static/js/drafts.js";
import { Mute, countdown, secondsLeft } from "../../web/static/js/mutes.js";
import { forgetTyped, forgetWithOthers, keysIn, roomsWith, tabName } from "../../web/static/js/typed.js";

const refuse = () => {
  throw new DOMException("no", "QuotaExceededError");
};
/** Storages as browsers have them: one that works, a full one, one that is forbidden. */
const STORAGES = {
  open: () => new PageMemory(),
  full: () => Object.assign(new PageMemory(), { setItem: refuse }),
  forbidden: () => ({ get length() { return refuse(); }, key: refuse, getItem: refuse, setItem: refuse, removeItem: refuse }),
};
const storages = fc.array(fc.constantFrom(...Object.keys(STORAGES)), { maxLength: 2 });
const texts = fc.string({ unit: "grapheme", maxLength: 20 });

test("a device keeps what it is given last, whatever its storages do", () => {
  const writes = fc.array(fc.tuple(fc.constantFrom("a/1", "a/2", "b/1"), fc.option(texts)), { maxLength: 12 });
  fc.assert(
    fc.property(storages, writes, (kinds, path) => {
      const device = new Device(kinds.map((kind) => STORAGES[kind]()));
      const kept = new Map();
      for (const [key, text] of path) {
        if (text === null) device.remove(key), kept.delete(key);
        else device.write(key, text), kept.set(key, text);
      }
      for (const key of ["a/1", "a/2", "b/1"]) assert.equal(device.read(key), kept.get(key) ?? null);
      assert.deepEqual(device.keys("a/").sort(), [...kept.keys()].filter((key) => key.startsWith("a/")).sort());
    }),
  );
});

test("a storage that becomes full in between hides nothing newer", () => {
  const local = new PageMemory();
  const device = new Device([local, new PageMemory()]);
  device.write("key", "older");
  local.setItem = refuse;
  device.write("key", "newer");
  device.remove("other");
  assert.equal(device.read("key"), "newer");
});

test("what is no JSON of ours is nothing", () => {
  const local = new PageMemory();
  local.setItem("key", "{half");
  assert.equal(new Device([local]).read("key"), null);
});

const draftsOf = (local, tab, now = Date.now) =>
  new Drafts({ device: new Device([local]), owner: "ann", roomId: "r", tab, now });

test("of what several tabs write nothing is lost, and none overwrites another's", () => {
  const steps = fc.array(
    fc.tuple(fc.nat(2), fc.constantFrom("type", "send", "reload", "close"), texts.filter((text) => text !== "")),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (path) => {
      const local = new PageMemory();
      let [time, count] = [0, 0];
      const open = (name) => {
        const drafts = draftsOf(local, name, () => (time += 1));
        return { name, drafts, text: drafts.open()?.text ?? "", isOwn: !drafts.taken };
      };
      const fresh = () => open(`tab-${(count += 1)}`);
      const tabs = [fresh(), fresh(), fresh()];
      const left = () => new Device([local]).keys("").map((key) => JSON.parse(local.getItem(key)).text);
      for (const [index, step, text] of path) {
        const before = tabs[index];
        if (step === "type" || step === "send") {
          before.text = step === "type" ? `${index} ${text}` : "";
          before.isOwn = true;
          before.drafts.keep({ text: before.text });
          // The others hear of it when their draft was taken up.
          for (const { drafts } of tabs) {
            if (local.getItem(drafts.key) === null) drafts.otherTab({ key: drafts.key, newValue: null });
          }
        } else {
          tabs[index] = step === "reload" ? open(before.name) : fresh();
          if (step === "reload" && before.isOwn && before.text) assert.equal(tabs[index].text, before.text);
        }
        const own = [...tabs, before].filter((tab) => tab.isOwn && tab.text !== "");
        for (const tab of own) assert.ok(left().includes(tab.text), `${tab.text} is lost`);
      }
    }),
    { numRuns: 200 },
  );
});

test("a new tab goes on with the newest draft, and then it is its own", () => {
  const local = new PageMemory();
  draftsOf(local, "one", () => 1).keep({ text: "older" });
  draftsOf(local, "two", () => 2).keep({ text: "newer", replyTo: { messageId: "m" } });
  const third = draftsOf(local, "three", () => 3);
  assert.deepEqual(third.open(), { text: "newer", replyTo: { messageId: "m" }, at: 2 });
  third.keep({ text: "" });
  assert.equal(draftsOf(local, "four").open().text, "older");
});

test("a draft is of one room and one account", () => {
  const local = new PageMemory();
  draftsOf(local, "one").keep({ text: "mine" });
  const device = new Device([local]);
  for (const [owner, roomId] of [["bob", "r"], ["ann", "q"], ["an", "r"], ["ann.r", "r"]]) {
    assert.equal(new Drafts({ device, owner, roomId, tab: "one" }).open(), null);
  }
  assert.deepEqual([...roomsWith("draft", "ann", device)], ["r"]);
  assert.deepEqual([...roomsWith("draft", "bob", device)], []);
});

test("a list of rooms shows the newest draft of each", () => {
  const local = new PageMemory();
  draftsOf(local, "one", () => 1).keep({ text: "older" });
  draftsOf(local, "two", () => 2).keep({ text: "newer" });
  local.setItem(`${keysIn("draft", "ann", "q")}x`, "broken");
  assert.deepEqual([...draftTexts(new Device([local]), "ann")], [["r", "newer"]]);
});

test("a log-out empties the account, in all tabs, and nothing comes back", () => {
  const local = new PageMemory();
  const [here, there, bobs] = [0, 1, 2].map(() => new Device([local, new PageMemory()]));
  const page = new EventTarget();
  forgetWithOthers("ann", there, page);
  for (const kind of ["draft", "outbox", "mute"]) here.write(`${keysIn(kind, "ann", "r")}x`, "typed");
  bobs.write(`${keysIn("draft", "bob", "r")}x`, "his");
  const heard = [];
  local.setItem = (key, newValue) => heard.push({ key, newValue });
  forgetTyped("ann", here, 7);
  delete local.setItem;
  heard.forEach((told) => page.dispatchEvent(Object.assign(new Event("storage"), told)));
  for (const device of [here, there]) device.write(`${keysIn("draft", "ann", "r")}x`, "late");
  assert.deepEqual([...roomsWith("draft", "ann", bobs), ...roomsWith("outbox", "ann", bobs)], []);
  assert.deepEqual([...roomsWith("draft", "bob", bobs)], ["r"]);
});

test("a tab keeps its name as long as it may keep anything", () => {
  const session = new PageMemory();
  let count = 0;
  const newName = () => `tab-${(count += 1)}`;
  assert.equal(tabName(newName, () => session), tabName(newName, () => session));
  assert.notEqual(tabName(newName, refuse), tabName(newName, STORAGES.forbidden));
});

const NOON = Date.parse("2026-11-28T12:00:00Z");

test("a mute is known to the page, after a reload and in another tab, until it ends", () => {
  const device = new Device([new PageMemory()]);
  let now = NOON;
  const mute = () => new Mute({ device, owner: "ann", roomId: "r", now: () => now });
  const told = { reason: "muted", until: "2026-11-28T12:01:00.000Z", cause: "repeat" };
  assert.equal(mute().heard({ reason: "repeat", until: told.until }), false);
  assert.equal(mute().heard({ reason: "muted", until: null }), false);
  assert.equal(mute().current, null);
  assert.equal(mute().heard(told), true);
  assert.deepEqual(mute().current, { until: told.until, cause: "repeat" });
  now += 59_999;
  assert.equal(secondsLeft(told.until, now), 1);
  assert.notEqual(mute().current, null);
  now += 1;
  assert.equal(mute().current, null);
  assert.equal(mute().heard(told), false);
});

test("the time that is left counts down to nothing", () => {
  assert.deepEqual([0, 9, 60, 605, 3_600, 90_061].map(countdown), ["0:00", "0:09", "1:00", "10:05", "1:00:00", "25:01:01"]);
  assert.equal(secondsLeft("no time", NOON), 0);
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 100_000 }), (milliseconds) => {
      const left = secondsLeft(new Date(NOON + milliseconds).toISOString(), NOON);
      assert.equal(left, Math.max(0, Math.ceil(milliseconds / 1_000)));
    }),
  );
});
