// What is known of a room's notice, and whether this device has folded it away. Touches no document.

/** Under this key the device keeps the `rev` of the notice that is folded away. */
export const keyOf = (owner, roomId) => `chatstream.notice/${owner}/${roomId}`;

/**
 * The notice as events and answers tell it, in whatever order they come: an event with a lower rev
 * is old, and an answer that was asked for before an event came says less than that.
 */
export class NoticeState {
  constructor({ device, owner, roomId }) {
    this.device = device;
    this.key = keyOf(owner, roomId);
    this.notice = null;
    this.rev = 0;
    this.heard = 0;
  }

  /** An event: {notice or null, rev}; whether it is news. */
  take({ notice, rev }) {
    if (rev < this.rev) return false;
    this.heard += 1;
    this.rev = rev;
    this.notice = notice;
    return true;
  }

  /** Ask for the notice by `read()`, which gives {notice or null}; whether its answer is news. */
  async ask(read) {
    const heard = this.heard;
    const { notice } = await read();
    if (heard !== this.heard) return false;
    this.heard += 1;
    this.notice = notice;
    this.rev = Math.max(this.rev, notice?.rev ?? 0);
    return true;
  }

  get isFolded() {
    return this.notice !== null && this.device.read(this.key) === this.notice.rev;
  }

  /** Fold this notice away, until another one comes. */
  fold() {
    this.device.write(this.key, this.notice.rev);
  }

  unfold() {
    this.device.remove(this.key);
  }
}

/** Whether the reader may set and end the notice, as far as the page knows. */
export const maySet = ({ kind, noticeBy, ownerId }, userId) =>
  kind !== "direct" && (noticeBy !== "owner" || ownerId === userId);
