// Messages of rooms that are open on no page: sent from whatever page comes next, under the ids they
// have. Touches no document.

import { byAge } from "./outbox.js";
import { LoggedOut } from "./session.js";
import { keysIn, roomsWith } from "./typed.js";

export const AFTER = 15_000; // milliseconds; until then the page it was typed on is at it
const LATER = new Set([0, 401, 429]);

const mayPass = ({ status }) => LATER.has(status) || status >= 500;

/** Sends what `owner` has left in other rooms than `except`; `post(path, body)` throws as ApiError. */
export class Leftovers {
  constructor({ device, owner, except, post, now = Date.now }) {
    Object.assign(this, { device, owner, except, post, now });
    this.isSending = false;
  }

  /** Send them, each room's in order; what cannot be sent for now stays for the next time. */
  async send() {
    if (this.isSending) return;
    this.isSending = true;
    try {
      for (const roomId of roomsWith("outbox", this.owner, this.device)) {
        if (roomId !== this.except) await this.#sendRoom(roomId);
      }
    } finally {
      this.isSending = false;
    }
  }

  async #sendRoom(roomId) {
    const keys = this.device.keys(keysIn("outbox", this.owner, roomId));
    const kept = keys.map((key) => [key, this.device.read(key)]).filter(([, entry]) => this.#isLeft(entry));
    kept.sort(([, one], [, other]) => byAge(one, other));
    for (const [key, entry] of kept) {
      if (!(await this.#sendOne(roomId, key, entry))) return;
    }
  }

  #isLeft(entry) {
    return entry?.messageId && entry.state !== "failed" && this.now() - Date.parse(entry.at) >= AFTER;
  }

  // Whether the next one may follow.
  async #sendOne(roomId, key, entry) {
    const { messageId, text, more } = entry;
    try {
      await this.post(`/chat/${encodeURIComponent(roomId)}`, { messageId, message: text, ...more });
    } catch (error) {
      if (error instanceof LoggedOut || mayPass(error)) return false; // sent after the next login
      if (error.status === undefined) throw error;
      const refusal = { code: error.code, ...error.details };
      if (this.device.read(key)) this.device.write(key, { ...entry, state: "failed", refusal });
      return true;
    }
    this.device.remove(key);
    return true;
  }
}
