// The search in a room: a bar with words and filters, that leads from one found message to the next.

import { insist, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { HitMark } from "./hit_mark.js";
import { HitWalk } from "./hit_walk.js";
import { number, t } from "./i18n.js";
import { RoomSenders } from "./room_senders.js";
import { isSpan, pageOf, searchIn } from "./room_search_query.js";

const OWN_KEYS = ".edit, .composer, [role=menu], dialog";

/** See room_panels.js. */
export class RoomSearchPanel {
  constructor({ room, path, places, timeline }) {
    this.roomId = room.roomId;
    this.places = places;
    this.timeline = timeline;
    this.mark = new HitMark();
    this.senders = new RoomSenders(room, path);
    this.form = byId("find");
    this.words = byId("find-words");
    this.walk = null;
    this.query = null;
    byId("open-find").disabled = false;
    byId("open-find").addEventListener("click", () => this.#open());
    byId("find-close").addEventListener("click", () => this.#close());
    byId("find-older").addEventListener("click", () => this.#go("older"));
    byId("find-newer").addEventListener("click", () => this.#go("newer"));
    byId("find-filters").addEventListener("click", () => this.#unfold());
    byId("find-filter").addEventListener("change", () => this.#begin());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go("older");
    });
    document.addEventListener("keydown", (event) => this.#onKey(event), true);
  }

  /** A hit that is deleted is none any more. */
  heard({ type, seq }) {
    if (type !== "deleted" || !this.walk) return;
    if (this.walk.drop(seq)) {
      this.mark.clear();
      this.#note(t("find.gone"));
    }
    this.#showCount();
  }

  closed() {
    byId("open-find").disabled = true;
    if (!this.form.hidden) this.#close();
  }

  // -- opening and closing -------------------------------------------------------------------

  #open() {
    if (this.form.hidden) {
      this.origin = this.places.mark();
      this.hasMoved = false; // no hit has led away from it yet
      this.former = document.activeElement;
      this.form.hidden = false;
      byId("open-find").setAttribute("aria-expanded", "true");
    }
    this.words.focus();
    this.words.select();
  }

  #close() {
    const hadFocus = this.form.contains(document.activeElement);
    this.walk = null;
    this.query = null;
    this.mark.clear();
    this.#note("");
    this.#showCount();
    this.form.hidden = true;
    byId("open-find").setAttribute("aria-expanded", "false");
    if (hadFocus) byId("open-find").focus();
  }

  // Back to where one was, with the focus where it was.
  async #leave() {
    const { origin, former, hasMoved } = this;
    this.#close();
    const isThere = former?.isConnected && former !== document.body && former.checkVisibility();
    (isThere ? former : byId("open-find")).focus({ preventScroll: true });
    if (hasMoved) await this.places.comeBack(origin);
  }

  #unfold() {
    const filter = byId("find-filter");
    filter.hidden = !filter.hidden;
    byId("find-filters").setAttribute("aria-expanded", String(!filter.hidden));
    if (!filter.hidden) this.senders.show().catch((error) => this.#note(reasonOf(error)));
  }

  // -- keys ----------------------------------------------------------------------------------

  #onKey(event) {
    const { key, code, target } = event;
    if (event.isComposing) return;
    if (code === "KeyF" && event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey) {
      if (byId("open-find").disabled) return;
      this.#open();
    } else if (this.form.hidden || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    } else if (key === "Escape" && !target.closest(OWN_KEYS)) {
      this.#leave();
    } else if (key === "Enter" && (target === this.words || target === this.mark.item)) {
      this.#go(event.shiftKey ? "newer" : "older");
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // -- from hit to hit -----------------------------------------------------------------------

  #asked() {
    const asked = Object.fromEntries(new FormData(this.form));
    if (isSpan(asked.from, asked.to)) return searchIn(this.roomId, asked);
    this.#note(t("find.wrongTime"));
    byId("find-to").focus();
    return null;
  }

  /** Search, when something else is asked than was; else go "older" or "newer". */
  async #go(way) {
    const query = this.#asked();
    if (query === null) return;
    if (query !== this.query) {
      await this.#begin();
      return;
    }
    const { walk } = this;
    await this.#tried(walk, async () => {
      const hit = await this.#visit(walk, () => walk[way](), way);
      if (hit || this.walk !== walk || !walk.hits.length) return;
      this.#note(t(way === "older" ? "find.oldest" : "find.newest"));
    });
  }

  async #begin() {
    const query = this.#asked();
    if (query === null) return;
    const walk = new HitWalk((cursor) => insist(`/search/messages?${pageOf(query, cursor)}`));
    this.walk = walk;
    this.query = query;
    this.mark.clear();
    this.#note(t("search.busy"));
    this.#showCount();
    const hasFailed = !(await this.#tried(walk, () => this.#visit(walk, () => walk.begin(), "older")));
    if (hasFailed && this.walk === walk) this.query = null; // asked anew when it is tried again
    else if (this.walk === walk && !walk.hits.length) this.#none(walk.suggestion);
  }

  // What fails is told; whether it did not.
  async #tried(walk, work) {
    try {
      await work();
      return true;
    } catch (error) {
      if (this.walk === walk) this.#note(reasonOf(error));
      return false;
    }
  }

  /** Lead the reader to the hit of `step()`; past those that are deleted in the meantime. */
  async #visit(walk, step, way) {
    let hit = await step();
    while (hit && this.walk === walk) {
      const has = await this.places.visit(hit.seq, !this.hasMoved);
      if (this.walk !== walk) return hit;
      const shown = this.timeline.shown.get(hit.seq);
      if (!has || !shown) break; // why is told; a later wish may have led elsewhere
      this.hasMoved = true;
      if (!shown.message.deletedAt) {
        this.#show(shown, hit);
        return hit;
      }
      walk.drop(hit.seq);
      hit = await walk[way]();
    }
    if (this.walk === walk) this.#showCount();
    return hit;
  }

  #show({ item, message }, hit) {
    this.mark.put(item, { message, hit });
    this.#note("");
    this.#showCount();
    const announcer = byId("announcer");
    announcer.textContent = `${byId("find-count").textContent}. ${announcer.textContent}`;
  }

  #showCount() {
    const { at, of } = this.walk?.count ?? { at: null, of: null };
    const place = at === null ? "" : number(at);
    const isWhole = at !== null && of !== null;
    byId("find-count").textContent = isWhole ? t("find.count", { at: place, of: number(of) }) : place;
  }

  #note(text) {
    byId("find-note").textContent = text;
  }

  // What may have been meant is only offered.
  #none(suggestion) {
    this.#note(t("find.none"));
    this.#showCount();
    if (!suggestion) return;
    const offer = el("button", { type: "button", dir: "auto" }, t("search.didYouMean", { text: suggestion }));
    offer.addEventListener("click", () => {
      this.words.value = suggestion;
      this.words.focus();
      this.#begin();
    });
    byId("find-note").append(" ", offer);
  }
}
