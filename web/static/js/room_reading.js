// Reading a list of rooms: one page at a time, again where news came meanwhile.

/** Reads `list` (see room_list.js) by `ask(cursor)`. Both ways of reading throw what `ask` throws. */
export class RoomReading {
  constructor(list, ask) {
    this.list = list;
    this.ask = ask;
    this.isDue = false; // whether all is to be read anew
  }

  /** Follow an event; whether something is to be looked for by `refresh`. */
  hear(event) {
    this.list.hear(event);
    return this.list.wanted.size > 0;
  }

  /** Look for what is wanted, or read all anew that was read; whoever asks meanwhile waits for it. */
  refresh(isAnew = false) {
    this.isDue ||= isAnew;
    this.refreshing ??= this.#refresh().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  async #refresh() {
    while (this.isDue || this.list.wanted.size) {
      const isAnew = this.isDue;
      this.isDue = false;
      try {
        await this.list.refresh(this.ask, isAnew);
      } catch (error) {
        this.isDue ||= isAnew;
        throw error;
      }
    }
  }

  /** The next older page; false when there is none. */
  async more() {
    if (this.list.isWhole) return false;
    this.paging ??= this.list.more(this.ask).finally(() => {
      this.paging = null;
    });
    await this.paging;
    if (this.list.wanted.size) await this.refresh();
    return true;
  }
}
