// What one does with single messages of a room: reply, jump to a quote, edit, delete, mention.

import { isChangeable, menuButton, openMenu } from "./bubble_menu.js";
import { isOwn } from "./bubbles.js";
import { copyLink } from "./copy_link.js";
import { t } from "./i18n.js";
import { MentionChooser } from "./mention.js";
import { MessageChanges } from "./message_changes.js";
import { MessageFocus } from "./message_focus.js";
import { Reply } from "./reply.js";
import { saveChoice } from "./saving.js";

/** `members()` gives the room's known members, `jumpTo(seq)` leads the reader to a message, `more(message)`
 *  gives what other contexts add to its menu. */
export class RoomTalk {
  constructor({ path, timeline, members, jumpTo, more }) {
    this.timeline = timeline;
    this.more = more;
    this.reply = new Reply();
    this.changes = new MessageChanges(path, (message) => this.revise(message));
    this.focus = new MessageFocus(timeline, openMenu);
    this.mentions = new MentionChooser(members);
    timeline.lines.addEventListener("click", (event) => {
      const quote = event.target.closest(".quote");
      if (quote) jumpTo(Number(quote.dataset.quotedSeq));
    });
  }

  /** Give a message that came on the page its menu. */
  dress(item, message) {
    item.querySelector(".body").append(menuButton(() => this.#choices(message.seq)));
    this.focus.dress(item);
  }

  #choices(seq) {
    const { message, item } = this.timeline.shown.get(seq);
    const choices = [
      [t("message.reply"), () => this.reply.to(message)],
      [t("message.copyLink"), () => copyLink(message)],
      saveChoice(item),
      ...this.more(message),
    ];
    if (isOwn(message) && isChangeable(message)) {
      choices.push([t("message.edit"), () => this.changes.edit(message, item)]);
      choices.push([t("message.delete"), () => this.changes.askToDelete(message)]);
    }
    return choices;
  }

  /** What goes with a text that is sent: the quoted message. Whom it names the server reads in it. */
  extras() {
    const replyTo = this.reply.take();
    return replyTo ? { replyTo } : {};
  }

  /** A message was edited or deleted: it and the quotes of it follow. */
  revise(message) {
    this.timeline.revise(message);
    this.reply.follow(message);
    for (const { item, message: shown } of this.timeline.shown.values()) {
      if (shown.replyTo?.messageId !== message.messageId) continue;
      shown.replyTo.message = message.deletedAt ? null : message.message.slice(0, 100);
      const text = item.querySelector(".quote-text");
      if (text) text.textContent = shown.replyTo.message ?? t("message.isDeleted");
    }
  }
}
