// What is being written in a room, kept from one letter to the next. Touches no document.

import { keysIn, roomsWith } from "./typed.js";

const isEmpty = ({ text, replyTo }) => text === "" && !replyTo;

/** The drafts of a room as [{key, draft}], newest first. */
const draftsIn = (device, prefix) =>
  device
    .keys(prefix)
    .map((key) => ({ key, draft: device.read(key) }))
    .filter(({ draft }) => typeof draft?.text === "string")
    .sort((one, other) => other.draft.at - one.draft.at);

/** What is being written, by room: the newest text of each. */
export function draftTexts(device, owner) {
  const texts = new Map();
  for (const roomId of roomsWith("draft", owner, device)) {
    const [newest] = draftsIn(device, keysIn("draft", owner, roomId));
    if (newest) texts.set(roomId, newest.draft.text);
  }
  return texts;
}

/**
 * The draft of one tab in one room: {text, replyTo}. Each tab has its own, so that none overwrites
 * another's; a tab without one takes up the newest, and with its first change that is its own.
 */
export class Drafts {
  constructor({ device, owner, roomId, tab, now = Date.now }) {
    this.device = device;
    this.prefix = keysIn("draft", owner, roomId);
    this.key = this.prefix + tab;
    this.now = now;
    this.taken = null;
    this.last = null;
  }

  /** What to go on with; null when nothing was being written. */
  open() {
    this.last = this.device.read(this.key);
    if (this.last) return this.last;
    [this.taken = null] = draftsIn(this.device, this.prefix);
    return this.taken?.draft ?? null;
  }

  /** Keep what is written now; an empty one is forgotten. */
  keep(draft) {
    this.last = isEmpty(draft) ? null : { ...draft, at: this.now() };
    if (this.last) this.device.write(this.key, this.last);
    else this.device.remove(this.key);
    this.#takeOver();
  }

  /** Another tab has removed `key`, as a storage event tells: what it took up is still ours. */
  otherTab({ key, newValue }) {
    if (key === this.key && newValue === null && this.last) this.device.write(key, this.last);
  }

  // What was taken up is this tab's own by now, unless its tab has gone on writing.
  #takeOver() {
    const { taken } = this;
    this.taken = null;
    if (!taken) return;
    if (this.device.read(taken.key)?.at === taken.draft.at) this.device.remove(taken.key);
  }
}
