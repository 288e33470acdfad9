// The message one is replying to, over the composer.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

const QUOTED = 200;

/** Keeps the quoted message until it is sent with `take()` or given up; `onChange()` hears of both. */
export class Reply {
  constructor() {
    this.message = null;
    this.onChange = () => {};
    this.bar = byId("replying");
    byId("reply-cancel").addEventListener("click", () => this.#end(true));
    byId("draft").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.message) this.#end(true);
    });
  }

  /** What a draft keeps of the quoted message; null when there is none. */
  get quoted() {
    if (!this.message) return null;
    const { messageId, userName, message } = this.message;
    return { messageId, userName, message: message.slice(0, QUOTED) };
  }

  to(message) {
    this.resume(message);
    this.onChange();
    byId("draft").focus();
  }

  /** Go on replying. */
  resume(message) {
    this.message = message;
    byId("reply-name").textContent = t("reply.to", { name: message.userName ?? t("room.someone") });
    byId("reply-text").textContent = message.message;
    this.bar.hidden = false;
  }

  /** The id of the quoted message, once; null when there is none. */
  take() {
    const messageId = this.message?.messageId ?? null;
    this.#end(false);
    return messageId;
  }

  /** The quoted message changed: the bar follows, and ends when it is deleted. */
  follow(message) {
    if (this.message?.messageId !== message.messageId) return;
    if (message.deletedAt) this.#end(false);
    else byId("reply-text").textContent = message.message;
  }

  #end(focus) {
    this.message = null;
    this.bar.hidden = true;
    this.onChange();
    if (focus) byId("draft").focus();
  }
}
