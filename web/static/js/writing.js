// The writing end of a room: what is being written, what was sent and waits, and whether one may.

import { Composer } from "./composer.js";
import { Drafts } from "./drafts.js";
import { uuid } from "./ids.js";
import { MuteNotice } from "./mute_notice.js";
import { MutedSending } from "./muted_sending.js";
import { Mute } from "./mutes.js";
import { Outbox } from "./outbox.js";
import { me } from "./page_data.js";
import { Taking } from "./taking.js";
import { device, tabName } from "./typed.js";
import { WaitingList } from "./waiting_list.js";

/**
 * `reply` is the message that is replied to, `extras()` what goes with a text; `transmit` sends
 * an entry of the outbox, `onSaid` hears of a new one, `onMoved` of a list of another height.
 */
export class Writing {
  constructor({ roomId, path, reply, extras, transmit, onSaid, onMoved }) {
    const place = { device, owner: me.userId, roomId };
    this.reply = reply;
    this.extras = extras;
    this.drafts = new Drafts({ ...place, tab: tabName(uuid) });
    this.composer = new Composer({
      onSend: (text) => {
        this.outbox.add(text, extras(), this.trial.takeId(text));
        onSaid();
      },
      onTry: (text) => this.#try(text),
      onText: () => this.#keep(),
    });
    this.reply.onChange = () => this.#keep();
    this.list = new WaitingList(() => this.outbox, onMoved);
    this.mute = new Mute(place);
    this.notice = new MuteNotice(this.mute, {
      onChange: (isMuted) => {
        this.composer.mute(isMuted);
        onMoved();
      },
      onTry: () => this.#tryNow(),
    });
    this.trial = new MutedSending({
      path,
      mute: this.mute,
      notice: this.notice,
      onTaken: (text) => this.composer.empty(text),
    });
    this.outbox = new Outbox({
      ...place,
      transmit: (entry, onReceipt) => transmit(entry, () => this.#stored(onReceipt)),
      onChange: (entry) => this.list.show(entry),
      onGone: (entry) => this.list.hide(entry),
    });
    addEventListener("storage", (event) => this.#otherTab(event));
  }

  /** Show what was being written and what waits. */
  resume() {
    const draft = this.drafts.open();
    if (draft?.text) this.composer.resume(draft.text);
    if (draft?.replyTo) this.reply.resume(draft.replyTo);
    this.outbox.all.forEach((entry) => this.list.show(entry));
    this.notice.look();
  }

  /** From here on one can write. */
  enable() {
    this.composer.enable();
    this.taking = new Taking(this.composer);
  }

  /** The server refused a message, as its event tells. */
  refused({ messageId, ...refusal }) {
    this.outbox.refused(messageId, refusal);
    if (this.mute.heard(refusal)) this.notice.look();
  }

  // What is replied to is given up only with the text.
  async #try(text) {
    const quoted = this.reply.message;
    const more = this.extras();
    const isStored = await this.trial.try(text, more);
    if (!isStored && quoted) this.reply.to(quoted);
  }

  // Without a text there is nothing to ask with: the next one will tell.
  #tryNow() {
    const { text, isSendable } = this.composer;
    if (isSendable) {
      this.#try(text);
      return;
    }
    this.mute.end();
    this.notice.look();
  }

  // Who is muted is refused: whose message was stored is not.
  #stored(onReceipt) {
    this.mute.end();
    this.notice.look();
    onReceipt();
  }

  #keep() {
    this.drafts.keep({ text: this.composer.text, replyTo: this.reply.quoted });
  }

  #otherTab(event) {
    this.outbox.otherTab(event);
    this.drafts.otherTab(event);
    if (event.key === this.mute.key) this.notice.look();
  }
}
