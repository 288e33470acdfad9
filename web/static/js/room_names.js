// The names of the reader's rooms, read as far as they are needed.

/** Reads by `ask(cursor)`, which gives a page {rooms, cursor}; `nameOf(room)` names one. */
export class RoomNames {
  constructor(ask, nameOf) {
    this.ask = ask;
    this.nameOf = nameOf;
    this.names = new Map();
    this.cursor = null;
    this.isWhole = false;
  }

  /** Know the names of these rooms, those that are there; throws what `ask` throws. */
  async learn(roomIds) {
    while (!this.isWhole && roomIds.some((roomId) => !this.names.has(roomId))) {
      const { rooms, cursor } = await this.ask(this.cursor);
      for (const room of rooms) this.names.set(room.roomId, this.nameOf(room));
      this.cursor = cursor ?? null;
      this.isWhole = !cursor;
    }
  }

  /** The room's name, undefined when it is not known. */
  of(roomId) {
    return this.names.get(roomId);
  }
}
