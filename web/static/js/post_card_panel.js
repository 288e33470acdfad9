// Cards below messages that lead to posts: read when they are seen, followed while they are.

import { ApiError, get } from "./api.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { nameOf } from "./names.js";
import { postIdIn, postPath } from "./post_address.js";
import { PostCards } from "./post_cards.js";

const LOOK = 10_000; // a part of the age at which one is read again, so that none waits for twice that
const MOST = 3; // of one message

function fill(card, post) {
  card.classList.toggle("gone", !post);
  if (!post) return card.replaceChildren(el("span", { class: "post-card-text" }, t("card.gone")));
  const author = post.author ? nameOf(post.author.userId, post.author.name) : t("room.someone");
  return card.replaceChildren(
    el("span", { class: "post-card-head" }, t("card.post")),
    el("span", { class: "post-card-title", dir: "auto" }, post.title),
    el("span", { class: "post-card-text" }, author),
  );
}

/** See room_panels.js. */
export class PostCardPanel {
  constructor({ timeline }) {
    this.timeline = timeline;
    this.lines = timeline.lines;
    this.cards = new PostCards({ read: (id) => this.#read(id), show: (id, post) => this.#show(id, post) });
    this.seen = new Set();
    this.watcher = new IntersectionObserver((entries) => this.#looked(entries), { root: timeline.scroller });
    this.changes = new MutationObserver((records) => this.#changed(records));
    this.changes.observe(this.lines, { childList: true, subtree: true });
    for (const item of this.lines.querySelectorAll(".said")) this.#dress(item);
    this.onFocus = () => document.visibilityState === "visible" && this.#look({ always: true });
    document.addEventListener("visibilitychange", this.onFocus);
    addEventListener("focus", this.onFocus);
    this.timer = setInterval(() => document.visibilityState === "visible" && this.#look(), LOOK);
  }

  closed() {
    this.changes.disconnect();
    this.watcher.disconnect();
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.onFocus);
    removeEventListener("focus", this.onFocus);
  }

  async #read(contentId) {
    try {
      return await get(`${postPath(contentId)}?view=false`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  // -- finding them --------------------------------------------------------------------------

  #changed(records) {
    const items = new Set();
    for (const { target, addedNodes } of records) {
      for (const node of [target, ...addedNodes]) {
        const item = node.nodeType === Node.ELEMENT_NODE && node.closest(".said");
        if (item) items.add(item);
      }
    }
    for (const item of items) this.#dress(item);
  }

  // What the message says now decides; what it said before has no card any more.
  #dress(item) {
    const links = [...item.querySelectorAll(".bubble > a[href]")];
    const ids = links.map((link) => postIdIn(link.href, location.origin)).filter(Boolean);
    const wanted = [...new Set(ids)].slice(0, MOST);
    const there = [...item.querySelectorAll(".post-card")];
    if (wanted.join() === there.map(({ dataset }) => dataset.content).join()) return;
    for (const card of there) this.#drop(card);
    item.querySelector(".body").after(...wanted.map((id) => this.#card(id)));
    this.timeline.keepAtEnd();
  }

  #card(contentId) {
    const card = el("a", { class: "post-card", href: postPath(contentId), "data-content": contentId, tabindex: "-1" });
    const post = this.cards.post(contentId);
    if (post === undefined) card.textContent = t("card.post");
    else fill(card, post);
    this.watcher.observe(card);
    return card;
  }

  #drop(card) {
    this.watcher.unobserve(card);
    this.seen.delete(card);
    card.remove();
  }

  // -- following them ------------------------------------------------------------------------

  #looked(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.seen.add(target);
      else this.seen.delete(target);
    }
    this.#look();
  }

  #look(options) {
    for (const card of this.seen) if (!card.isConnected) this.#drop(card);
    this.cards.refresh([...this.seen].map(({ dataset }) => dataset.content), options);
  }

  #show(contentId, post) {
    for (const card of this.lines.querySelectorAll(`.post-card[data-content="${contentId}"]`)) fill(card, post);
    this.timeline.keepAtEnd();
  }
}
