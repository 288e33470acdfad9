// What the reader has sent and the server has not yet told the room: kept with its messageId, so that
// sending it again can never make it two messages.

const PREFIX = "chatstream.outbox.";
const ANSWER_WITHIN = 12_000;
const GIVE_UP_AFTER = 30_000;
const TRANSIENT = new Set(["BUSY", "STORE_UNAVAILABLE", "RATE_LIMITED"]);

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http on another host than ours
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Forget what waits in all rooms: for a log-out. */
export function forgetDrafts() {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(PREFIX))
      .forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // a closed storage holds nothing
  }
}

/**
 * The unsent messages of one room, oldest first.
 * An entry is {messageId, text, more, at, state, reason}; its state is "waiting" (for the connection),
 * "sending", "stored" (the server has it, the room has not been told yet) or "failed".
 * `transmit(entry, onReceipt)` sends one; `onChange(entry)` shows it, `onGone(entry)` removes it.
 */
export class Outbox {
  constructor({ roomId, owner, transmit, onChange, onGone }) {
    this.key = `${PREFIX}${owner}.${roomId}`;
    this.transmit = transmit;
    this.onChange = onChange;
    this.onGone = onGone;
    this.ready = false;
    this.timers = new Map();
    this.entries = new Map(this.#kept().map((entry) => [entry.messageId, entry]));
  }

  #kept() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key)) ?? [];
      return kept.map((entry) => ({ ...entry, state: entry.state === "failed" ? "failed" : "waiting" }));
    } catch {
      return [];
    }
  }

  #keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify([...this.entries.values()]));
    } catch {
      // a full or closed storage: a reload forgets what waits, nothing else suffers
    }
  }

  /** Take a new message and send it as soon as there is a connection; `more` is sent with it. */
  add(text, more = {}) {
    const at = new Date().toISOString();
    const entry = { messageId: uuid(), text, more, at, state: "waiting" };
    this.entries.set(entry.messageId, entry);
    this.#attempt(entry);
    return entry;
  }

  /** The connection is there and what was missed has been told: send what still waits, in order. */
  connected() {
    this.ready = true;
    for (const entry of this.entries.values()) {
      if (entry.state !== "failed") this.#attempt(entry);
    }
  }

  /** The connection is gone: nobody knows about what was under way. */
  disconnected() {
    this.ready = false;
    for (const entry of this.entries.values()) {
      this.#stopTimer(entry);
      if (entry.state === "sending") this.#set(entry, "waiting");
    }
  }

  /** The room was told: true when it is one of ours that waited. */
  arrived(messageId) {
    const entry = this.entries.get(messageId);
    if (entry) this.#drop(entry);
    return Boolean(entry);
  }

  /** The server refused; what may pass in a moment is tried again for a while. */
  refused(messageId, code, reason) {
    const entry = this.entries.get(messageId);
    if (!entry || entry.state === "stored") return;
    const since = entry.triedSince ?? Date.now();
    if (TRANSIENT.has(code) && Date.now() - since < GIVE_UP_AFTER) {
      this.#startTimer(entry, 1_000 + 1_000 * Math.random(), () => this.#attempt(entry));
    } else {
      this.#fail(entry, reason);
    }
  }

  /** Try a failed one again, with the same id. */
  retry(messageId) {
    const entry = this.entries.get(messageId);
    if (!entry) return;
    entry.triedSince = null;
    this.#attempt(entry);
  }

  /** Forget one. */
  discard(messageId) {
    const entry = this.entries.get(messageId);
    if (entry) this.#drop(entry);
  }

  #attempt(entry) {
    if (!this.ready) {
      this.#set(entry, "waiting");
      return;
    }
    entry.triedSince ??= Date.now();
    this.#set(entry, "sending");
    this.#startTimer(entry, ANSWER_WITHIN, () => this.#fail(entry, null));
    this.transmit(entry, () => this.#stored(entry));
  }

  #stored(entry) {
    if (!this.entries.has(entry.messageId)) return;
    this.#stopTimer(entry);
    this.#set(entry, "stored");
  }

  #fail(entry, reason) {
    this.#stopTimer(entry);
    entry.reason = reason;
    this.#set(entry, "failed");
  }

  #set(entry, state) {
    entry.state = state;
    this.#keep();
    this.onChange(entry);
  }

  #drop(entry) {
    this.#stopTimer(entry);
    this.entries.delete(entry.messageId);
    this.#keep();
    this.onGone(entry);
  }

  #startTimer(entry, wait, work) {
    this.#stopTimer(entry);
    this.timers.set(entry.messageId, setTimeout(work, wait));
  }

  #stopTimer(entry) {
    clearTimeout(this.timers.get(entry.messageId));
    this.timers.delete(entry.messageId);
  }
}
