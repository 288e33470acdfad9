// Who is in the room: the drawer with members, inviting and leaving.

import { ApiError, post, reasonOf, remove } from "./api.js";
import { wireDialog, wireForm } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { number, t, tCount } from "./i18n.js";
import { faceOf, nameOf } from "./names.js";
import { me } from "./page_data.js";

/** The members as far as they are known, kept up to date by the room's events. */
export class RoomMembers {
  constructor(room) {
    this.room = room;
    this.path = `/chat/${encodeURIComponent(room.roomId)}/participants`;
    byId("open-info").disabled = false;
    wireDialog(byId("info"), byId("open-info"), () => this.#show());
    wireDialog(byId("leaving"), byId("leave"));
    this.#wireInvite();
    byId("leave-now").addEventListener("click", (event) => this.#leave(event.currentTarget));
    this.#showCount();
  }

  joined({ userId, userName, memberCount }) {
    const others = this.room.members.filter((member) => member.userId !== userId);
    this.room.members = [...others, { userId, name: userName }];
    this.#counted(memberCount);
  }

  left({ userId, memberCount }) {
    this.room.members = this.room.members.filter((member) => member.userId !== userId);
    this.#counted(memberCount);
  }

  /** Somebody has a new name; the shown rows follow by themselves. */
  renamed({ userId, userName }) {
    for (const member of this.room.members) if (member.userId === userId) member.name = userName;
  }

  #counted(memberCount) {
    if (memberCount !== null) this.room.memberCount = memberCount;
    this.#showCount();
    if (byId("info").open) this.#show();
  }

  #showCount() {
    const kind = t(`rooms.kind.${this.room.kind}`);
    byId("room-count").textContent = `${kind} · ${tCount("rooms.members", this.room.memberCount)}`;
  }

  #show() {
    byId("members").replaceChildren(...this.room.members.map((member) => this.#item(member)));
    const more = this.room.memberCount - this.room.members.length;
    byId("members-more").hidden = more <= 0;
    byId("members-more").textContent = t("room.members.more", { count: number(more) });
  }

  #item({ userId, name }) {
    const who = el("span", { class: "name" }, nameOf(userId, name ?? t("room.someone")));
    if (userId === me.userId) who.append(el("span", { class: "badge" }, t("room.you")));
    if (userId && userId === this.room.ownerId) {
      who.append(el("span", { class: "badge" }, t("room.owner")));
    }
    if (userId) who.append(el("br"), el("span", { class: "quiet" }, `@${userId}`));
    return el("li", {}, faceOf(userId, name ?? ""), who);
  }

  #wireInvite() {
    const form = byId("invite");
    form.hidden = this.room.kind === "direct";
    wireForm(
      form,
      byId("invite-note"),
      async (data) => {
        const userId = data.get("userId").trim().replace(/^@/, "");
        await post(this.path, { userId });
        form.reset();
        byId("invite-note").textContent = t("room.invite.done", { userId });
      },
      reasonOf,
    );
  }

  async #leave(button) {
    button.disabled = true;
    try {
      await remove(`${this.path}/${encodeURIComponent(me.userId)}`);
      location.assign("/rooms");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      byId("leave-problem").textContent = reasonOf(error);
      button.disabled = false;
    }
  }
}
