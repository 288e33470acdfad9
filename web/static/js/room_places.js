// The place in a room that is read: kept in the history entry, returned to, left by a jump.

import { HistoryEntries, areApart } from "./history_entries.js";
import { landOn } from "./landing.js";
import { messagePath, withoutSeq } from "./message_address.js";

/** The first item whose lower edge is below `top`; null when there is none. */
function firstBelow(items, top) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  return items[low] ?? null;
}

/** What is looked at, see history_entries.js; with `quote`, the message whose quote has the focus. */
function placeIn({ follows, scroller, lines }) {
  const quote = Number(document.activeElement?.closest(".quote")?.closest("[data-seq]")?.dataset.seq);
  const more = quote ? { quote } : {};
  const { top } = scroller.getBoundingClientRect();
  const item = follows ? null : firstBelow(lines.querySelectorAll(".said[data-seq]"), top);
  if (!item) return { end: true, ...more };
  return { seq: Number(item.dataset.seq), offset: item.getBoundingClientRect().top - top, ...more };
}

/** Keeps and finds the places of the room `roomId` in its timeline, by its pages. */
export class RoomPlaces {
  constructor(roomId, timeline, pages) {
    this.roomId = roomId;
    this.timeline = timeline;
    this.pages = pages;
    this.entries = new HistoryEntries({
      history,
      place: () => placeIn(timeline),
      restore: (place, isWanted) => this.#restore(place, isWanted),
    });
  }

  get kept() {
    return this.entries.kept;
  }

  /** Keep what is looked at from now on, and follow Back and Forward. */
  watch() {
    const keep = () => this.entries.keep();
    this.timeline.scroller.addEventListener("scroll", () => this.entries.keepSoon());
    document.addEventListener("click", (event) => event.target.closest("a[href]") && keep(), true);
    document.addEventListener("visibilitychange", keep);
    addEventListener("pagehide", keep);
    addEventListener("popstate", ({ state }) => this.entries.returned(state));
    keep();
  }

  /** Show a shown message where it was; false when it is not shown. */
  put({ seq, offset, quote }) {
    const { shown } = this.timeline;
    const item = shown.get(seq)?.item;
    if (!item) return false;
    this.timeline.scrollTo(item, offset);
    shown.get(quote)?.item.querySelector(".quote")?.focus({ preventScroll: true });
    return true;
  }

  #read(place) {
    return this.pages.show(place.seq, { settle: () => this.put(place) });
  }

  async #restore(place, isWanted) {
    this.pages.stay();
    if (place.end) await this.pages.newest();
    else if (!this.put(place)) await this.pages.told(() => this.#read(place));
    if (isWanted() && document.activeElement === document.body)
      this.timeline.scroller.focus({ preventScroll: true });
  }

  /** Lead the reader to a message; Back returns to where this was asked. */
  jumpTo(seq) {
    return this.entries.jump(messagePath(this.roomId, seq), (isWanted) => this.#lead(seq, isWanted));
  }

  /**
   * Lead the reader to one of several messages; whether it went there. Back returns to where the
   * first of them was asked for: each further one takes the place of that before.
   */
  visit(seq, isFirst) {
    const isEntry = isFirst ? areApart : () => false;
    return this.entries.jump(undefined, (isWanted) => this.#lead(seq, isWanted), isEntry);
  }

  /** What is looked at, for `comeBack`. */
  mark() {
    return this.entries.mark();
  }

  /** Return to what was looked at. */
  comeBack(mark) {
    return this.entries.comeBack(mark);
  }

  async #lead(seq, isWanted) {
    if (this.timeline.shown.has(seq)) this.pages.stay();
    else await this.pages.reach(seq);
    return isWanted() && landOn(this.timeline, seq);
  }

  /** To the end of the room; what the address asked for is left behind. */
  newest() {
    return this.#newest();
  }

  /** To the end, since the reader has said something: Back returns only to what is out of sight. */
  said() {
    const { scroller, history: shown } = this.timeline;
    const [{ scrollTop, clientHeight }, { pieces }] = [scroller, shown];
    return this.#newest(
      () => shown.pieces !== pieces || scroller.scrollTop - scrollTop > clientHeight,
    );
  }

  #newest(isEntry) {
    const address = location.pathname + withoutSeq(location.search);
    return this.entries.jump(address, () => this.pages.newest(), isEntry);
  }
}
