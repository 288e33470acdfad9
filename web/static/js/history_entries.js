// The browser's history of a page: each entry keeps the place that was looked at, and Back, Forward
// and a reload return to it. A jump is an entry of its own, scrolling is none.
//
// A place is plain data: {end: true} at the end of the room, where what is new is looked at, else
// {seq, offset}: the first message on the screen, and how far its top is below the upper edge.

const PAUSE = 200; // ms after the last scrolling; browsers allow some 3 changes of an entry a second
const CLOSE = 2; // px that are no other place

/** Whether two places are different ones. */
export const areApart = (one, other) =>
  Boolean(one.end) !== Boolean(other.end) ||
  (!one.end && (one.seq !== other.seq || Math.abs(one.offset - other.offset) > CLOSE));

const isPlace = (kept) =>
  Boolean(kept) && (kept.end === true || (Number.isInteger(kept.seq) && Number.isFinite(kept.offset)));

/**
 * `history` is the browser's; `place()` gives the place that is looked at; `restore(place, isWanted)`
 * shows one, and does nothing any more once `isWanted()` is false.
 */
export class HistoryEntries {
  constructor({ history, place, restore }) {
    this.history = history;
    this.place = place;
    this.restore = restore;
    this.turn = 0; // rises with each jump and each return: only the latest one counts
    this.moving = 0; // jumps and returns under way
    this.timer = null;
  }

  /** The place that the present entry has kept; null: none. */
  get kept() {
    const { place } = this.history.state ?? {};
    return isPlace(place) ? place : null;
  }

  /** Keep what is looked at; not while one is on the way to somewhere else. */
  keep() {
    clearTimeout(this.timer);
    if (this.moving) return;
    const place = this.place();
    if (this.kept && !areApart(this.kept, place) && this.kept.quote === place.quote) return;
    this.history.replaceState({ ...this.history.state, place }, "");
  }

  /** Keep it when scrolling has paused. */
  keepSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  /**
   * Go somewhere else by `move(isWanted)` (false: it could not be): a new entry with this `address` where
   * `isEntry(from, to)`, else the present one gets it. Whether it went there.
   */
  async jump(address, move, isEntry = areApart) {
    const from = this.place();
    const [turn, hasMoved] = await this.#go(move);
    if (turn !== this.turn || hasMoved === false) return false;
    const [to, { state }] = [this.place(), this.history];
    if (!isEntry(from, to)) {
      this.history.replaceState({ ...state, place: to }, "", address);
      return true;
    }
    this.history.replaceState({ ...state, place: from }, "");
    this.history.pushState({ ...state, place: to, depth: this.#depth + 1 }, "", address);
    return true;
  }

  get #depth() {
    return this.history.state?.depth ?? 0;
  }

  /** What is looked at, to come back to. */
  mark() {
    return { place: this.place(), depth: this.#depth };
  }

  /** Come back to what was looked at: by Back, when one jump has led away from it. */
  async comeBack({ place, depth }) {
    if (this.#depth === depth + 1) this.history.go(-1);
    else await this.jump(undefined, (isWanted) => this.restore(place, isWanted), () => false);
  }

  /** The reader has gone back or forward to an entry with this state. */
  async returned(state) {
    if (!isPlace(state?.place)) {
      this.keep(); // a fragment of the same page: nothing has moved
      return;
    }
    await this.#go((isWanted) => this.restore(state.place, isWanted));
  }

  async #go(work) {
    clearTimeout(this.timer);
    this.turn += 1;
    const { turn } = this;
    this.moving += 1;
    try {
      return [turn, await work(() => turn === this.turn)];
    } finally {
      this.moving -= 1;
    }
  }
}
