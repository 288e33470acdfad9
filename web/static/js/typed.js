// What a reader has typed and nobody else has yet lies on the device: drafts, messages that wait,
// and until when one may not write. All of it under the account; a log-out empties it.

import { Device, browserStorages } from "./device.js";

/** Where this page keeps it. */
export const device = new Device(browserStorages());

// No handle holds a slash: no account's keys begin as another's.
const KINDS = ["draft", "outbox", "mute", "post"];
const prefixOf = (kind, owner) => `chatstream.${kind}/${owner}/`;
const markOf = (owner) => `chatstream.forgotten/${owner}`;

/** The beginning of the keys of one kind, in one room. */
export const keysIn = (kind, owner, roomId) => `${prefixOf(kind, owner)}${roomId}/`;

/** The rooms in which something of this kind is kept. */
export const roomsWith = (kind, owner, kept = device) => {
  const prefix = prefixOf(kind, owner);
  return new Set(kept.keys(prefix).map((key) => key.slice(prefix.length).split("/")[0]));
};

function empty(owner, kept) {
  for (const kind of KINDS) kept.keys(prefixOf(kind, owner)).forEach((key) => kept.remove(key));
  kept.close();
}

/** Forget all that the account has typed, here and in its other tabs: for a log-out. */
export function forgetTyped(owner, kept = device, now = Date.now()) {
  kept.write(markOf(owner), now); // the others hear of it first, and write nothing more
  kept.remove(markOf(owner));
  empty(owner, kept);
}

/** Forget it here as well when another tab does. */
export function forgetWithOthers(owner, kept = device, page = globalThis) {
  page.addEventListener("storage", ({ key, newValue }) => {
    if (key === markOf(owner) && newValue !== null) empty(owner, kept);
  });
}

/** A name of this tab that outlives a reload. */
export function tabName(newName, open = () => globalThis.sessionStorage) {
  const key = "chatstream.tab";
  try {
    const storage = open();
    const known = storage.getItem(key) ?? newName();
    storage.setItem(key, known);
    return known;
  } catch {
    return newName(); // a closed storage: a reload is another tab
  }
}
