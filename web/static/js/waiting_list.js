// The messages at the end of a room that are on their way or were refused.

import { markWaiting, waitingItem } from "./bubbles.js";
import { byId } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { askFirst } from "./sure.js";

const SEVERAL = 2;

/** Shows the entries of `outbox()`; `onMoved` is called when the list has another height. */
export class WaitingList {
  constructor(outbox, onMoved) {
    this.onMoved = onMoved;
    this.outbox = outbox;
    this.items = new Map();
    this.list = byId("waiting");
    this.all = byId("failed-all");
    this.actions = {
      retry: (messageId) => outbox().retry(messageId),
      discard: (messageId) => outbox().discard(messageId),
    };
    byId("retry-all").addEventListener("click", () => outbox().retryAll());
    byId("discard-all").addEventListener("click", () => this.#askToDiscard());
  }

  #askToDiscard() {
    askFirst({
      title: t("send.discardAll"),
      text: tCount("send.discardAll.ask", this.outbox().failed.length),
      action: () => this.outbox().discardAll(),
    });
  }

  /** An entry came or changed. */
  show(entry) {
    let item = this.items.get(entry.messageId);
    if (item) {
      markWaiting(item, entry, this.actions);
    } else {
      item = waitingItem(entry, this.actions);
      this.items.set(entry.messageId, item);
      this.list.append(item);
    }
    if (entry.state === "failed") byId("announcer").textContent = t("send.failed");
    this.#moved();
  }

  /** An entry is gone. */
  hide(entry) {
    this.items.get(entry.messageId)?.remove();
    this.items.delete(entry.messageId);
    this.#moved();
  }

  #moved() {
    this.list.hidden = this.items.size === 0;
    const failed = this.outbox()?.failed.length ?? 0;
    this.all.hidden = failed < SEVERAL;
    if (!this.all.hidden) byId("failed-count").textContent = tCount("send.failed.count", failed);
    this.onMoved();
  }
}
