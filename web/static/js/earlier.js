// Scrolling back in a room: what was said before is read a page at a time.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";

const PAGE = 50;
const BACK_PAGES = 40; // at most, to reach a quoted message

/** What lies before the first message of the timeline; `path` is the room's. */
export class Earlier {
  constructor(path, timeline) {
    this.path = path;
    this.timeline = timeline;
    this.reading = false;
  }

  /** Whether there is more before what is shown. */
  offer(hasMore) {
    byId("earlier").hidden = !hasMore;
    byId("beginning").hidden = hasMore;
  }

  /** Read on when the reader comes near the top, or asks. */
  watch() {
    const button = byId("earlier");
    button.addEventListener("click", () => this.#read(true));
    const watcher = new IntersectionObserver(
      (entries) => entries.some((each) => each.isIntersecting) && this.#read(false),
      { root: byId("scroller"), rootMargin: "200px 0px 0px" },
    );
    watcher.observe(button);
  }

  /** Read until this message is on the page, or it lies too far back. */
  async reach(seq) {
    for (let page = 0; page < BACK_PAGES && this.timeline.first > seq; page += 1) {
      const first = this.timeline.first;
      await this.#read(false);
      if (this.timeline.first === first) return;
    }
  }

  async #read(wasAsked) {
    if (this.reading || byId("earlier").hidden) return;
    this.reading = true;
    try {
      const query = `before=${this.timeline.first}&limit=${PAGE}`;
      const { messages, hasMore } = await get(`${this.path}/messages?${query}`);
      this.timeline.prepend(messages);
      this.offer(hasMore);
      if (wasAsked && !hasMore) byId("scroller").focus();
    } catch (error) {
      byId("announcer").textContent = reasonOf(error);
    } finally {
      this.reading = false;
    }
  }
}
