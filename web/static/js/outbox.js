// What the reader has sent and the server has not yet told the room: kept on the device with its
// messageId, so that sending it again, also by another tab, can never make it two messages. Touches
// no document.

import { uuid } from "./ids.js";
import { keysIn } from "./typed.js";

const ANSWER_WITHIN = 12_000;
const TOLD_WITHIN = 10_000;
const GIVE_UP_AFTER = 30_000;
const LOOK_AFTER = ANSWER_WITHIN + 3_000; // what another tab has not got rid of by then, we try
const TRANSIENT = new Set(["BUSY", "STORE_UNAVAILABLE", "RATE_LIMITED"]);

/** Orders entries: oldest first. */
export const byAge = (one, other) => (one.at === other.at ? one.place - other.place : one.at < other.at ? -1 : 1);

/**
 * The unsent messages of one room, oldest first, of all tabs.
 * An entry is {messageId, text, more, at, state, refusal}; its state is "waiting" (for the
 * connection), "sending", "stored" (the server has it, the room has not been told yet) or "failed";
 * its refusal is as the server told it, null when no answer came.
 * `transmit(entry, onReceipt)` sends one; `onChange(entry)` shows it, `onGone(entry)` removes it.
 */
export class Outbox {
  constructor({ device, roomId, owner, transmit, onChange, onGone, timers = globalThis, now = Date.now }) {
    Object.assign(this, { device, transmit, onChange, onGone, timers, now });
    this.prefix = keysIn("outbox", owner, roomId);
    this.ready = false;
    this.waits = new Map();
    this.settled = new Set();
    this.place = 0;
    this.entries = new Map();
    this.#read();
  }

  // What the device has and we do not: of a former page, or of another tab.
  #read() {
    const found = this.device.keys(this.prefix).map((key) => this.device.read(key));
    const fresh = found.filter(
      (entry) => entry?.messageId && !this.entries.has(entry.messageId) && !this.settled.has(entry.messageId),
    );
    for (const entry of fresh) {
      const state = entry.state === "failed" ? "failed" : "waiting";
      this.entries.set(entry.messageId, { ...entry, state, triedSince: null });
    }
    if (fresh.length) this.entries = new Map(this.all.map((entry) => [entry.messageId, entry]));
    return fresh.map(({ messageId }) => this.entries.get(messageId));
  }

  /** All entries, oldest first. */
  get all() {
    return [...this.entries.values()].sort(byAge);
  }

  /** Those that were refused or got no answer. */
  get failed() {
    return this.all.filter(({ state }) => state === "failed");
  }

  /** Take a new message and send it as soon as there is a connection, `more` with it. */
  add(text, more = {}, messageId = uuid()) {
    const at = new Date(this.now()).toISOString();
    const entry = { messageId, text, more, at, place: (this.place += 1), state: "waiting" };
    this.entries.set(entry.messageId, entry);
    this.#attempt(entry);
    return entry;
  }

  /** The connection is there and what was missed has been told: send what still waits, in order. */
  connected() {
    this.ready = true;
    this.#read();
    for (const entry of this.all) {
      if (entry.state === "failed") this.onChange(entry);
      else this.#attempt(entry);
    }
  }

  /** The connection is gone: nobody knows about what was under way. */
  disconnected() {
    this.ready = false;
    for (const entry of this.entries.values()) {
      this.#stopTimer(entry.messageId);
      if (entry.state === "sending") this.#set(entry, "waiting");
    }
  }

  /** The room was told: true when it is one of ours that waited. */
  arrived(messageId) {
    const entry = this.entries.get(messageId);
    if (entry) this.#drop(entry);
    return Boolean(entry);
  }

  /** The server refused, with {code, …}; what may pass in a moment is tried again for a while. */
  refused(messageId, refusal) {
    const entry = this.entries.get(messageId);
    if (!entry || entry.state === "stored") return;
    const since = entry.triedSince ?? this.now();
    if (TRANSIENT.has(refusal.code) && this.now() - since < GIVE_UP_AFTER) {
      this.#startTimer(messageId, 1_000 + 1_000 * Math.random(), () => this.#attempt(entry));
    } else {
      this.#fail(entry, refusal);
    }
  }

  /** Try a failed one again, with the same id. */
  retry(messageId) {
    const entry = this.entries.get(messageId);
    if (!entry) return;
    entry.triedSince = null;
    this.#attempt(entry);
  }

  /** Try all that failed again, in order. */
  retryAll() {
    this.failed.forEach(({ messageId }) => this.retry(messageId));
  }

  /** Forget one. */
  discard(messageId) {
    const entry = this.entries.get(messageId);
    if (entry) this.#drop(entry);
  }

  /** Forget all that failed. */
  discardAll() {
    this.failed.forEach((entry) => this.#drop(entry));
  }

  /** Another tab has kept or removed something under `key`, as a storage event tells. */
  otherTab({ key, newValue }) {
    if (!key?.startsWith(this.prefix)) return;
    const messageId = key.slice(this.prefix.length);
    const entry = this.entries.get(messageId);
    if (newValue === null && (entry?.state === "waiting" || entry?.state === "failed")) this.#drop(entry);
    else if (newValue !== null && !entry) this.#startTimer(messageId, LOOK_AFTER, () => this.#look());
  }

  #look() {
    for (const entry of this.#read()) {
      if (entry.state === "failed") this.onChange(entry);
      else this.#attempt(entry);
    }
  }

  #attempt(entry) {
    if (!this.ready) {
      this.#set(entry, "waiting");
      return;
    }
    entry.triedSince ??= this.now();
    this.#set(entry, "sending");
    this.#startTimer(entry.messageId, ANSWER_WITHIN, () => this.#fail(entry, null));
    this.transmit(entry, () => this.#stored(entry));
  }

  // A repeat of what the room was told long ago is not told again.
  #stored(entry) {
    if (!this.entries.has(entry.messageId)) return;
    this.#startTimer(entry.messageId, TOLD_WITHIN, () => this.#drop(entry));
    this.#set(entry, "stored");
  }

  #fail(entry, refusal) {
    this.#stopTimer(entry.messageId);
    entry.refusal = refusal;
    this.#set(entry, "failed");
  }

  // What is stored the server keeps.
  #set(entry, state) {
    entry.state = state;
    if (state === "stored") this.device.remove(this.prefix + entry.messageId);
    else this.device.write(this.prefix + entry.messageId, entry);
    this.onChange(entry);
  }

  #drop(entry) {
    this.#stopTimer(entry.messageId);
    this.settled.add(entry.messageId);
    this.entries.delete(entry.messageId);
    this.device.remove(this.prefix + entry.messageId);
    this.onGone(entry);
  }

  #startTimer(messageId, wait, work) {
    this.#stopTimer(messageId);
    this.waits.set(messageId, this.timers.setTimeout(work, wait));
  }

  #stopTimer(messageId) {
    this.timers.clearTimeout(this.waits.get(messageId));
    this.waits.delete(messageId);
  }
}
