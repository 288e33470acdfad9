// A list of people, read page by page, with what can be done about each.

import { ApiError, call, get, post, reasonOf } from "./api.js";
import { arrange, byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { faceOf, nameOf } from "./names.js";

const person = (list, userId) => `/user/${list}/${encodeURIComponent(userId)}`;

export const addFriend = (userId) => call("PUT", person("friends", userId));
export const removeFriend = (userId) => call("DELETE", person("friends", userId));
export const blockUser = (userId) => call("PUT", person("blocks", userId));
export const unblockUser = (userId) => call("DELETE", person("blocks", userId));

/** Open the direct chat with somebody. */
export async function openChat(userId) {
  const room = await post("/chat", { kind: "direct", participants: [userId] });
  location.assign(`/rooms/${encodeURIComponent(room.roomId)}`);
}

/** A button of a person's row; it waits while `work` is done, a failure is told below the row. */
export function act(picture, label, work, { danger = false } = {}) {
  const button = el(
    "button",
    { type: "button", class: danger ? "icon-button danger" : "icon-button", "aria-label": label, title: label },
    icon(picture),
  );
  button.addEventListener("click", async () => {
    const row = button.closest("li");
    row.querySelector(".problem")?.remove();
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      row.append(el("p", { class: "problem", role: "alert" }, reasonOf(error)));
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

/** A person's row; `acts` are its buttons. */
export function personItem({ userId, name }, ...acts) {
  const shown = nameOf(userId, name);
  shown.classList.add("name");
  const who = el("span", { class: "who" }, shown, el("span", { class: "quiet" }, `@${userId}`));
  return el("li", { class: "person" }, faceOf(userId, name), who, el("span", { class: "acts" }, ...acts));
}

/** One of the reader's own lists: `friends` or `blocks`. */
export class PeopleList {
  constructor(what, itemOf, emptyText) {
    this.what = what;
    this.itemOf = itemOf;
    this.emptyText = emptyText;
    this.list = byId(what);
    this.note = byId(`${what}-note`);
    this.more = byId(`${what}-more`);
    this.count = byId(`${what}-count`);
    this.people = new Map();
    this.items = new Map();
    this.cursor = null;
    this.asked = 0;
    this.more.addEventListener("click", () => this.read(true));
  }

  /** Read the list anew, or its next page; an answer to an older question is dropped. */
  async read(isNextPage = false) {
    const question = ++this.asked;
    const query = isNextPage ? `?${new URLSearchParams({ cursor: this.cursor })}` : "";
    try {
      const answer = await get(`/user/${this.what}${query}`);
      if (question !== this.asked) return;
      if (!isNextPage) this.people.clear();
      answer[this.what].forEach((one) => this.people.set(one.userId, one));
      this.cursor = answer.cursor ?? null;
      this.#show();
    } catch (error) {
      if (question === this.asked) this.note.textContent = reasonOf(error);
    }
  }

  // A person whose row is unchanged keeps it, so that the focus stays where it is.
  #show() {
    const rows = [...this.people.values()].map((one) => {
      const known = this.items.get(one.userId);
      if (known?.name === one.name) return known.item;
      const item = this.itemOf(one);
      this.items.set(one.userId, { name: one.name, item });
      return item;
    });
    arrange(this.list, rows);
    this.count.textContent = rows.length ? `${rows.length}${this.cursor ? "+" : ""}` : "";
    this.note.textContent = rows.length ? "" : t(this.emptyText);
    this.more.hidden = !this.cursor;
  }
}
