// The members of a room to choose a sender from: those that came with the room, then the others.

import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";

/** Fills the list of senders; who is chosen stays chosen. */
export class RoomSenders {
  constructor(room, path) {
    this.room = room;
    this.path = `${path}/participants`;
    this.list = byId("find-sender");
  }

  /** Show the members of now; throws what the calls throw, with those shown that are known. */
  async show() {
    const members = new Map();
    this.#fill(members, this.room.members);
    let cursor = null;
    while (members.size < this.room.memberCount) {
      const page = await get(cursor ? `${this.path}?${new URLSearchParams({ cursor })}` : this.path);
      this.#fill(members, page.members);
      cursor = page.cursor ?? null;
      if (!cursor) return;
    }
  }

  #fill(members, more) {
    for (const { userId, name } of more) if (userId) members.set(userId, name);
    const { value } = this.list;
    const options = [...members].map(([userId, name]) =>
      el("option", { value: userId }, `${name ?? t("room.someone")} (@${userId})`),
    );
    if (value && !members.has(value)) options.push(el("option", { value }, `@${value}`));
    this.list.replaceChildren(this.list.options[0], ...options);
    this.list.value = value;
  }
}
