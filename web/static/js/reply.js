// The message one is replying to, over the composer.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

/** Keeps the quoted message until it is sent with `take()` or given up. */
export class Reply {
  constructor() {
    this.message = null;
    this.bar = byId("replying");
    byId("reply-cancel").addEventListener("click", () => this.#end(true));
    byId("draft").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.message) this.#end(true);
    });
  }

  to(message) {
    this.message = message;
    byId("reply-name").textContent = t("reply.to", { name: message.userName ?? t("room.someone") });
    byId("reply-text").textContent = message.message;
    this.bar.hidden = false;
    byId("draft").focus();
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
    if (focus) byId("draft").focus();
  }
}
