// Going through a room's history: pages before, behind and around what is shown, and its end.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { sayNote } from "./room_note.js";

const PAGE = 50;
const MOST = 200; // a page has no more
const AROUND = 100; // fills a high screen from any message of its middle on
const CONTEXT = 25; // shown before a message that one goes back to

/** Reads what lies around the shown piece of the timeline; `path` is the room's. */
export class HistoryPages {
  constructor(path, timeline) {
    this.path = path;
    this.timeline = timeline;
    this.history = timeline.history;
    this.underWay = {}; // the reading of each side
    this.opened = 0; // how often another piece was asked for
    this.sides = {
      earlier: { button: byId("earlier"), read: () => this.#earlier(PAGE), margin: "200px 0px 0px" },
      later: { button: byId("later"), read: () => this.#later(), margin: "0px 0px 200px" },
    };
  }

  /** Whether there is more on either side of what is shown. */
  offer() {
    byId("earlier").hidden = !this.history.hasBefore;
    byId("beginning").hidden = this.history.hasBefore;
    byId("later").hidden = this.history.isLive;
  }

  /** Read on when the reader comes near an end, or asks. */
  watch() {
    for (const [name, { button, margin }] of Object.entries(this.sides)) {
      const watcher = new IntersectionObserver(
        async (entries) => {
          if (!entries.some((each) => each.isIntersecting)) return;
          // Looked at anew: after a short page the end may be as near as it was.
          if (!(await this.#go(name))) return;
          watcher.unobserve(button);
          watcher.observe(button);
        },
        { root: byId("scroller"), rootMargin: margin },
      );
      watcher.observe(button);
      button.addEventListener("click", async () => {
        await this.#go(name);
        if (button.hidden) byId("scroller").focus();
      });
    }
  }

  // Read on one side, and say why when it cannot be; true when something came.
  async #go(name) {
    if (this.sides[name].button.hidden) return false;
    return this.told(this.sides[name].read);
  }

  /** What `work()` returns; when it cannot be done the reader is told why, and it is false. */
  async told(work) {
    try {
      return await work();
    } catch (error) {
      sayNote(reasonOf(error));
      return false;
    }
  }

  /**
   * The page around a message in place of what is shown, with the message in the middle of the view
   * or as `settle()` puts it; throws what the call throws. Of several under way the last one counts.
   */
  show(seq, { head, settle = () => this.#centre(seq) } = {}) {
    return this.#open(`around=${seq}&limit=${AROUND}`, head, settle);
  }

  /** The reader has gone somewhere in what is shown: no other piece that is under way replaces it. */
  stay() {
    this.opened += 1;
  }

  #centre(seq) {
    const entry = this.timeline.shown.get(seq);
    if (entry) this.timeline.centre(entry.item);
  }

  #open(query, head, settle) {
    this.stay();
    const { opened } = this;
    return this.#page(query, (messages) => {
      if (opened === this.opened) this.timeline.open(messages, head, settle);
    });
  }

  /** Bring a message on the page: read back to it where it is near, go there where it is far. */
  async reach(seq) {
    const back = this.history.first - seq + CONTEXT;
    const isNear = seq < this.history.first && back <= MOST;
    await this.told(() => (isNear ? this.#earlier(Math.max(PAGE, back)) : this.show(seq)));
  }

  /** The end of the room, where what comes live is shown; false when it cannot be. */
  newest() {
    return this.told(() => this.#toEnd());
  }

  async #toEnd() {
    const toEnd = () => this.timeline.scrollToEnd();
    const reading = this.history.isLive ? this.stay() : this.#open(`limit=${PAGE}`, 0, toEnd);
    const { opened } = this;
    await reading;
    if (opened !== this.opened) return false;
    // What came live meanwhile is behind it.
    await this.fill(() => this.history.head);
    if (opened === this.opened) toEnd();
    return opened === this.opened;
  }

  /**
   * Read on until the message `seq()` is shown, or the reader has gone to another piece; throws when
   * that does not succeed.
   */
  async fill(seq) {
    const { pieces } = this.history;
    while (this.history.pieces === pieces && this.history.last < seq()) {
      const { last } = this.history;
      await this.#later();
      if (this.history.pieces === pieces && this.history.last === last)
        throw new Error(`the history ends before message ${seq()}`);
    }
  }

  #earlier(limit) {
    const query = `before=${this.history.first}&limit=${limit}`;
    return this.#once("earlier", () => this.#page(query, (messages) => this.timeline.prepend(messages)));
  }

  #later() {
    const query = `after=${this.history.last}&limit=${PAGE}`;
    return this.#once("later", () => this.#page(query, (messages) => this.timeline.append(messages)));
  }

  #page(query, take) {
    return this.history.reading(async () => {
      const { messages, events } = await get(`${this.path}/messages?${query}`);
      this.timeline.know(events);
      return take(messages);
    });
  }

  // One reading of a kind at a time; whoever asks meanwhile waits for that one.
  #once(kind, work) {
    this.underWay[kind] ??= work().finally(() => {
      this.underWay[kind] = null;
    });
    return this.underWay[kind];
  }
}
