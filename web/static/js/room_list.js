// Which rooms a list shows: each once, latest first, whatever order pages and live changes come in.
//
// Pages go by a cursor from the latest room to older ones while rooms move to the top. What is heard
// while a page is on its way is laid over it, and a room that is heard of and not known is looked
// for from the top on, as far as the list has been read.

/** When something last happened in a room; later is greater. */
export const activeAt = (room) => room.lastMessage?.createdAt ?? room.createdAt;

const latestFirst = (one, other) => {
  const [at, than] = [activeAt(one), activeAt(other)];
  if (at !== than) return at < than ? 1 : -1;
  return one.roomId < other.roomId ? 1 : -1;
};

/**
 * `after(room, event)` gives {room, isSure}: a room after an event about it or about one of its
 * members, the same one where nothing changes; not sure: it must be read anew. `saysWhat(event)`: whether a `roomChanged` tells enough
 * for that. Of a list that is only part of all rooms (`isPart`: found by name) the server alone
 * knows which belong to it.
 */
export class RoomList {
  constructor({ after, saysWhat, isPart = false }) {
    this.after = after;
    this.saysWhat = saysWhat;
    this.isPart = isPart;
    this.rooms = new Map();
    this.cursor = null; // behind the oldest room that was read
    this.edge = null; // when that one was active; null: nothing was read, "": everything
    this.met = new Set(); // the rooms that pages have had
    this.wanted = new Map(); // the rooms to look for, each with the tick of the news of it
    this.tick = 0; // counts events
    this.touched = new Map(); // the tick of the last event about a room
    this.log = []; // events while pages are on their way: {tick, event}
    this.underWay = 0;
    this.readings = 0; // how often all was read anew
  }

  /** Whether no page is left to read. */
  get isWhole() {
    return this.edge === "";
  }

  /** The rooms, latest first. */
  get inOrder() {
    return [...this.rooms.values()].sort(latestFirst);
  }

  /** A room that is known from elsewhere has its place before a page has it. */
  hold(room) {
    if (!this.rooms.has(room.roomId)) this.rooms.set(room.roomId, room);
  }

  // -- live changes -------------------------------------------------------------------------------

  /** Follow an event about the reader's account; afterwards `wanted` tells whether to `refresh`. */
  hear(event) {
    this.tick += 1;
    if (this.underWay) this.log.push({ tick: this.tick, event });
    if (event.type === "nameChanged") {
      for (const [roomId, room] of this.rooms) this.rooms.set(roomId, this.#now(room, event));
    } else if (["removed", "roomChanged", "invited"].includes(event.type)) {
      this.touched.set(event.roomId, this.tick);
      if (event.type === "removed") this.#drop(event.roomId);
      else this.#changed(event);
    }
  }

  #changed(event) {
    const room = this.rooms.get(event.roomId);
    const isTold = this.#isTold(event);
    if (room && isTold) this.rooms.set(room.roomId, this.#now(room, event));
    if (room ? !isTold : this.#mayBelong(event, isTold)) this.#want(event.roomId);
  }

  // An unknown room that moves comes to the top; else it is among those that are not read yet.
  #mayBelong(event, isTold) {
    return !isTold || Boolean(event.lastMessage) || Boolean(this.isPart && event.name);
  }

  #want(roomId) {
    this.wanted.set(roomId, this.tick);
  }

  #drop(roomId) {
    this.rooms.delete(roomId);
    this.met.delete(roomId);
    this.wanted.delete(roomId);
  }

  // -- pages --------------------------------------------------------------------------------------

  /** Read the next older page by `ask(cursor)`, which gives {rooms, cursor}. */
  async more(ask) {
    if (!this.isWhole) await this.#page(ask, this.cursor);
  }

  /**
   * Read from the top on: until nothing is wanted any more, or (`isAnew`) all that was read, so that
   * rooms go that are not there any more.
   */
  async refresh(ask, isAnew = false) {
    const [began, isFirst, seen] = [this.tick, this.edge === null, new Set()];
    const wanted = () => [...this.wanted].filter(([, tick]) => tick <= began);
    if (isAnew) this.readings += 1;
    let cursor = null;
    do {
      const page = await this.#page(ask, cursor);
      page.rooms.forEach(({ roomId }) => seen.add(roomId));
      this.#forget(page, seen, began);
      cursor = page.cursor ?? null;
      if (isFirst || oldestOf(page) <= this.edge) break; // older ones may have come meanwhile
    } while (cursor && (isAnew || wanted().length));
    // What was not found is below what was read, or gone.
    for (const [roomId] of wanted()) this.wanted.delete(roomId);
  }

  async #page(ask, cursor) {
    const [since, { readings }] = [this.tick, this];
    this.underWay += 1;
    try {
      const page = await ask(cursor);
      // What was asked for before all was read anew may be older than that.
      if (readings !== this.readings) return page;
      for (const room of page.rooms) this.#take(room, since);
      this.#reach(page);
      return page;
    } finally {
      this.underWay -= 1;
      if (!this.underWay) this.log = [];
    }
  }

  #take(read, since) {
    const { roomId } = read;
    let [room, isThere] = [read, true];
    if ((this.wanted.get(roomId) ?? Infinity) <= since) this.wanted.delete(roomId);
    for (const { tick, event } of this.log) {
      if (tick <= since || (event.roomId !== roomId && event.type !== "nameChanged")) continue;
      if (event.type === "removed") isThere = false;
      else if (!this.#isTold(event)) isThere = true;
      else room = this.#now(room, event);
    }
    if (!isThere) return;
    this.rooms.set(roomId, room);
    this.met.add(roomId);
  }

  #isTold(event) {
    return event.type === "nameChanged" || (event.type === "roomChanged" && this.saysWhat(event));
  }

  #now(room, event) {
    const { room: changed, isSure } = this.after(room, event);
    const isCalledAnew = changed !== room && (event.name || event.type === "nameChanged");
    if (!isSure || (this.isPart && isCalledAnew)) this.#want(room.roomId);
    return changed;
  }

  #reach(page) {
    const oldest = oldestOf(page);
    if (this.edge !== null && oldest >= this.edge) return;
    this.edge = oldest;
    this.cursor = page.cursor ?? null;
  }

  // A room that should have been on the pages that were read, and was not, is gone; one that was
  // heard of meanwhile may only have moved, and is looked for once more.
  #forget(page, seen, began) {
    const oldest = oldestOf(page);
    for (const room of [...this.rooms.values()]) {
      const { roomId } = room;
      if (activeAt(room) <= oldest || seen.has(roomId)) continue;
      if ((this.touched.get(roomId) ?? 0) <= began) this.#drop(roomId);
      else this.#want(roomId);
    }
  }
}

/** When the last room of a page was active; "" when no page follows: it reaches everything. */
const oldestOf = ({ rooms, cursor }) => (cursor && rooms.length ? activeAt(rooms.at(-1)) : "");
