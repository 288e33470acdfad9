// A mute may have been lifted, and clocks differ: who tries to send before it ends asks the server,
// with the text still in the field.

import { ApiError, post, reasonOf } from "./api.js";
import { uuid } from "./ids.js";
import { refusalText } from "./refusals.js";
import { sayNote } from "./room_note.js";

const isRefusal = (error) => error instanceof ApiError && error.code === "MESSAGE_REFUSED";

/** Sends what the page does not take for sendable; `onTaken(text)` when it was stored. */
export class MutedSending {
  constructor({ path, mute, notice, onTaken }) {
    Object.assign(this, { path, mute, notice, onTaken });
    this.isTrying = false;
    this.tried = null;
  }

  /** The id under which a text was tried and may have been stored, once; else a new one. */
  takeId(text) {
    const messageId = this.tried?.text === text ? this.tried.messageId : uuid();
    this.tried = null;
    return messageId;
  }

  /** Try it, one at a time; whether it was stored. */
  async try(text, more) {
    if (this.isTrying) return false;
    this.isTrying = true;
    try {
      const messageId = this.takeId(text);
      this.tried = { text, messageId };
      await post(this.path, { messageId, message: text, ...more });
      this.tried = null;
      this.mute.end();
      this.onTaken(text);
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    } finally {
      this.isTrying = false;
      this.notice.look();
    }
  }

  #refused(error) {
    if (isRefusal(error) && this.mute.heard(error.details)) {
      this.notice.repeat();
      return;
    }
    if (isRefusal(error)) this.mute.end(); // another rule speaks: nobody is muted
    sayNote(isRefusal(error) ? refusalText(error.details) : reasonOf(error));
  }
}
