// The members of a room: the first hundred come with the room, the others page by page.

import { get, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { faceOf, nameOf } from "./names.js";
import { me } from "./page_data.js";

/** Shows `room.members` and reads on; `actionsFor(member)` gives [{text, label, run}] for each. */
export class MembersList {
  constructor(room, path, actionsFor) {
    this.room = room;
    this.path = path;
    this.actionsFor = actionsFor;
    this.cursor = null;
    byId("members-more").addEventListener("click", () => this.#readMore());
  }

  show() {
    byId("members").replaceChildren(...this.room.members.map((member) => this.#item(member)));
    byId("members-more").hidden = this.room.members.length >= this.room.memberCount;
  }

  // From the first page on: who is among the members already is passed over.
  async #readMore() {
    const button = byId("members-more");
    button.disabled = true;
    try {
      const known = new Set(this.room.members.map((member) => member.userId));
      let news = [];
      do {
        const query = this.cursor ? `?${new URLSearchParams({ cursor: this.cursor })}` : "";
        const page = await get(`${this.path}${query}`);
        this.cursor = page.cursor;
        news = page.members.filter((member) => !known.has(member.userId));
      } while (!news.length && this.cursor);
      this.room.members = [...this.room.members, ...news];
      this.show();
      byId("members-more").hidden = !this.cursor;
      byId("members-note").textContent = "";
    } catch (error) {
      byId("members-note").textContent = reasonOf(error);
    } finally {
      button.disabled = false;
    }
  }

  #item(member) {
    const { userId, name } = member;
    const who = el("span", { class: "name" }, nameOf(userId, name ?? t("room.someone")));
    if (userId === me.userId) who.append(el("span", { class: "badge" }, t("room.you")));
    if (userId && userId === this.room.ownerId) {
      who.append(el("span", { class: "badge" }, t("room.owner")));
    }
    if (userId) who.append(el("br"), el("span", { class: "quiet" }, `@${userId}`));
    const buttons = this.actionsFor(member).map(({ text, label, run }) => {
      const button = el("button", { type: "button", class: "button small", "aria-label": label }, text);
      button.addEventListener("click", run);
      return button;
    });
    const actions = buttons.length ? el("span", { class: "actions" }, ...buttons) : null;
    return el("li", {}, faceOf(userId, name ?? ""), who, actions);
  }
}
