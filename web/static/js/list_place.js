// The place in the list of chats: kept with the history entry, and in the tab for its next page.

import { Device, tabStorages } from "./device.js";
import { activeAt } from "./room_list.js";

const KEY = "chatstream.rooms.place.";
const PAUSE = 200; // ms after the last scrolling

/**
 * Which of the rows that were on the screen, {roomId, at, offset}, tells where the list was: the
 * first whose room has not moved since; null when none is left.
 */
export function anchorOf(rows, rooms) {
  const stayed = ({ roomId, at }) => rooms.has(roomId) && activeAt(rooms.get(roomId)) === at;
  return rows.find(stayed) ?? null;
}

/**
 * The place of `owner` in `list` within `scroller`; `query()` is what the list is filtered by, `tab`
 * keeps what the tab's next page begins with.
 */
export class ListPlace {
  constructor(scroller, list, { owner, query, tab = new Device(tabStorages()) }) {
    this.scroller = scroller;
    this.list = list;
    this.key = KEY + owner;
    this.query = query;
    this.tab = tab;
  }

  /** Whether the list is on the page at all: beside a room it is only on wide screens. */
  get isShown() {
    return this.scroller.clientHeight > 0;
  }

  /** Where the reader was in this history entry: {query, rows, count, link}; null: not yet here. */
  get kept() {
    return history.state?.rooms ?? null;
  }

  /** Where the reader was last in this tab, unless it was among filtered rooms. */
  get last() {
    return this.tab.read(this.key);
  }

  /** The rows that are on the screen, by what is needed to find them again; `rooms` by id. */
  rows(rooms) {
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const found = [];
    for (const item of this.list.children) {
      const box = item.getBoundingClientRect();
      if (box.top > bottom) break;
      const room = rooms.get(item.dataset.room);
      if (box.bottom > top && room)
        found.push({ roomId: room.roomId, at: activeAt(room), offset: box.top - top });
    }
    return found;
  }

  /** Keep where the reader is; `link` is the room that is gone to. */
  keep(rooms, link = null) {
    clearTimeout(this.timer);
    if (!this.isShown) return;
    // At the top one looks at what is latest, whichever rooms that is.
    const rows = this.scroller.scrollTop > 0 ? this.rows(rooms) : [];
    const place = { query: this.query(), rows, count: rooms.size, link };
    history.replaceState({ ...history.state, rooms: place }, "");
    if (!place.query) this.tab.write(this.key, place);
  }

  /** Keep it when scrolling has paused; `rooms()` gives the rooms then. */
  watch(rooms) {
    this.scroller.addEventListener("scroll", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(rooms()), PAUSE);
    });
    document.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest("a[href]");
        if (link) this.keep(rooms(), link.closest("[data-room]")?.dataset.room ?? null);
      },
      true,
    );
  }

  /** Put a row where it was. */
  put({ roomId, offset }) {
    const item = this.row(roomId);
    if (!item) return;
    const { top } = this.scroller.getBoundingClientRect();
    this.scroller.scrollTop += item.getBoundingClientRect().top - top - offset;
  }

  row(roomId) {
    return [...this.list.children].find((item) => item.dataset.room === roomId) ?? null;
  }
}
