// The line above what was unread when the reader came.

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { unreadFrom } from "./room_start.js";

/** Unread were the messages after `lastRead` up to `upto`; the line is where they begin, if shown. */
export class UnreadLine {
  constructor(timeline, lastRead, upto) {
    this.timeline = timeline;
    this.lastRead = lastRead;
    this.upto = upto;
    this.line = null;
  }

  /** Put the line where it belongs by what is shown; returns it, null when it is nowhere. */
  draw() {
    const { shown, first, last } = this.timeline;
    const messages = [];
    for (let seq = first; seq && seq <= last; seq += 1) messages.push(shown.get(seq).message);
    const from = unreadFrom(messages, this.lastRead, this.upto);
    if (from === null) {
      this.line?.remove();
      return null;
    }
    this.line ??= el("li", { class: "event unread-from" }, el("span", {}, t("read.from")));
    const { item } = shown.get(from);
    if (item.previousElementSibling !== this.line) item.before(this.line);
    return this.line;
  }
}
