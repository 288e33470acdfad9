// Who has read what: the number beside each message, and how far the reader has seen the room.

import { el, spoken } from "./dom.js";
import { tCount } from "./i18n.js";
import { me } from "./page_data.js";

const EVERY = 1_000;

/** How far each member has read. Positions only ever grow, so any order of events gives the same. */
class Positions {
  constructor() {
    this.positions = new Map(); // null until everybody's place is known
    this.members = null;
  }

  get known() {
    return this.members !== null;
  }

  /** Where every member stands. */
  all(positions) {
    this.members = new Set(positions.map(({ userId }) => userId).filter(Boolean));
    this.moved(positions);
  }

  /** Some have read further. */
  moved(positions) {
    for (const { userId, seq } of positions) {
      if (userId) this.positions.set(userId, Math.max(seq, this.positions.get(userId) ?? 0));
    }
  }

  joined(userId, seq) {
    this.members?.add(userId);
    this.moved([{ userId, seq }]);
  }

  left(userId) {
    this.members?.delete(userId);
  }

  only(members) {
    if (!this.known) return;
    const there = new Set(members.map(({ userId }) => userId));
    for (const userId of this.members) if (!there.has(userId)) this.members.delete(userId);
  }

  unread(seq, author) {
    let count = 0;
    for (const userId of this.members) {
      if (userId !== author && (this.positions.get(userId) ?? seq) < seq) count += 1;
    }
    return count;
  }
}

/** Put the number of those who have not read it beside a message; 0 and null show nothing. */
function showUnread(item, count) {
  const shown = count ? String(count) : "";
  let place = item.querySelector(".unread");
  if ((place?.dataset.count ?? "") === shown) return;
  if (!shown) {
    place.remove();
    return;
  }
  if (!place) {
    // Not announced again each time it changes: it is read with its message.
    place = el("span", { class: "unread", "aria-live": "off" });
    item.querySelector(".meta").prepend(place);
  }
  place.dataset.count = shown;
  const number = el("span", { "aria-hidden": "true" }, shown);
  place.replaceChildren(number, spoken(`${tCount("read.unread", count)}, `));
}

/** Keeps the numbers beside the messages of `lines` true. */
export class ReadNumbers {
  constructor(lines) {
    this.lines = lines;
    this.positions = new Positions();
  }

  /** A message is shown: its number as told, or as the positions say by now. */
  shown(item, message) {
    if (message.unread === null) return;
    if (message.userId) this.positions.moved([{ userId: message.userId, seq: message.seq }]);
    const { known } = this.positions;
    const count = known ? this.positions.unread(message.seq, message.userId) : message.unread;
    showUnread(item, message.deletedAt ? null : count);
    if (known && message.userId) this.#renumber();
  }

  /** A `read` event: the first one of a subscription tells of everybody. */
  read({ positions, moved }) {
    if (moved === 0) this.positions.all(positions);
    else this.positions.moved(positions);
    this.#renumber();
  }

  joined(userId, seq) {
    this.positions.joined(userId, seq);
    this.#renumber();
  }

  left(userId) {
    this.positions.left(userId);
    this.#renumber();
  }

  /** Nobody counts but these members. */
  only(members) {
    this.positions.only(members);
    this.#renumber();
  }

  // Many events come at once: the numbers are looked through once a frame.
  #renumber() {
    if (!this.positions.known || this.due) return;
    this.due = requestAnimationFrame(() => {
      this.due = null;
      for (const item of this.lines.querySelectorAll(".said[data-seq]:not(.gone)")) {
        const { seq, author } = item.dataset;
        showUnread(item, this.positions.unread(Number(seq), author));
      }
    });
  }
}

/**
 * Tells how far the reader has seen: `tell(seq)` at most once a second (false: it could not), and
 * `leave(seq)` when the page goes with something untold.
 */
export class SeenSoFar {
  constructor(timeline, lastRead, { tell, leave }) {
    this.timeline = timeline;
    this.lines = timeline.lines;
    this.scroller = timeline.scroller;
    this.told = lastRead;
    this.tell = tell;
    this.timer = null;
    this.last = 0;
    this.scroller.addEventListener("scroll", () => this.look());
    addEventListener("focus", () => this.look());
    document.addEventListener("visibilitychange", () =>
      document.visibilityState === "visible" ? this.look() : this.#flush(),
    );
    addEventListener("pagehide", () => (this.seen ?? 0) > this.told && leave(this.seen));
  }

  /** The server knows it: one's own message, or another device. */
  known(seq) {
    this.told = Math.max(this.told, seq);
  }

  /** The connection is back: what was told on the lost one is told again. */
  again(lastKnown) {
    this.told = lastKnown;
    this.look();
  }

  /** Look what is on the screen. */
  look() {
    if (document.visibilityState !== "visible") return;
    this.seen = Math.max(this.seen ?? 0, this.#newestSeen());
    if (this.seen <= this.told || this.timer) return;
    const wait = Math.max(0, this.last + EVERY - Date.now());
    this.timer = setTimeout(() => this.#flush(), wait);
  }

  #flush() {
    clearTimeout(this.timer);
    this.timer = null;
    if ((this.seen ?? 0) <= this.told) return;
    if (!this.tell(this.seen)) return;
    this.told = this.seen;
    this.last = Date.now();
  }

  // The last message whose middle is above the lower edge; at the end of the room it is the newest.
  // Who looks at a later place has not seen what lies between it and what was read.
  #newestSeen() {
    if (this.timeline.follows) return this.timeline.last;
    if (!this.timeline.history.joins(this.told)) return 0;
    const edge = this.scroller.getBoundingClientRect().bottom;
    const items = this.lines.querySelectorAll(".said[data-seq]");
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { top, height } = items[middle].getBoundingClientRect();
      if (top + height / 2 <= edge) low = middle + 1;
      else high = middle;
    }
    return low ? Number(items[low - 1].dataset.seq) : 0;
  }
}

/** Whether a message is the reader's own. */
export const isMine = (message) => message.userId === me.userId;

/** The number of unread messages beside a room in a list; null for none. */
export function unreadBadge(count) {
  if (!count) return null;
  const shown = el("span", { "aria-hidden": "true" }, count > 999 ? "999+" : String(count));
  return el("span", { class: "room-unread" }, shown, spoken(tCount("rooms.unread", count)));
}
