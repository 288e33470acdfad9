// A list that is read page by page.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";

/**
 * `ids` names its elements, `pathOf(cursor)` the call of a page, `itemsOf(answer)` gives the items,
 * `emptyText()` what is said of none.
 */
export class PagedList {
  constructor(ids, { pathOf, itemsOf, emptyText }) {
    Object.assign(this, { pathOf, itemsOf, emptyText, cursor: null, asked: 0 });
    this.list = byId(ids);
    this.note = byId(`${ids}-note`);
    this.more = byId(`${ids}-more`);
    this.more.addEventListener("click", () => this.read({ on: true }));
  }

  /** Read it anew, or on; an answer to an older question is dropped. */
  async read({ on = false } = {}) {
    const question = ++this.asked;
    try {
      const answer = await get(this.pathOf(on ? this.cursor : null));
      if (question !== this.asked) return;
      this.show(this.itemsOf(answer), on);
      this.cursor = answer.cursor ?? null;
      this.more.hidden = !this.cursor;
      this.note.textContent = this.list.children.length ? "" : this.emptyText();
    } catch (error) {
      if (question === this.asked) this.note.textContent = reasonOf(error);
    }
  }

  /** The items of a page, behind those that are there or in their stead. */
  show(items, on) {
    if (on) this.list.append(...items);
    else this.list.replaceChildren(...items);
  }
}
