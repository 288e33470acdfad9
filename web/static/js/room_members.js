// The drawer of a room: its name, who is in it, and what one may do with it.

import { get, patch, post, reasonOf, remove } from "./api.js";
import { wireDialog, wireForm } from "./dialogs.js";
import { byId } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { MembersList } from "./members_list.js";
import { me } from "./page_data.js";
import { askFirst, wireSure } from "./sure.js";

/** The members as far as they are known, kept up to date by the room's events. */
export class RoomMembers {
  constructor(room) {
    this.room = room;
    this.roomPath = `/chat/${encodeURIComponent(room.roomId)}`;
    this.path = `${this.roomPath}/participants`;
    this.list = new MembersList(room, this.path, (member) => this.#actionsFor(member));
    byId("open-info").disabled = false;
    wireDialog(byId("info"), byId("open-info"), () => this.#show());
    wireSure();
    this.#wireRename();
    this.#wireInvite();
    byId("leave").addEventListener("click", () => this.#askToLeave());
    byId("delete").addEventListener("click", () => this.#askToDelete());
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

  /** Read the first members anew; returns them. */
  async read() {
    const { members } = await get(this.path);
    this.room.members = members;
    this.refresh();
    return members;
  }

  /** Somebody has a new name; the shown rows follow by themselves. */
  renamed({ userId, userName }) {
    for (const member of this.room.members) if (member.userId === userId) member.name = userName;
  }

  ownedBy({ userId }) {
    this.room.ownerId = userId;
    this.refresh();
  }

  /** Show the room as it is now, where the drawer is open. */
  refresh() {
    if (byId("info").open) this.#show();
  }

  /** The room is over for the reader: nothing of the drawer is of use. */
  close() {
    byId("open-info").disabled = true;
    byId("sure").close();
    byId("info").close();
  }

  get #isOwner() {
    return this.room.ownerId === me.userId;
  }

  #counted(memberCount) {
    if (memberCount !== null) this.room.memberCount = memberCount;
    this.#showCount();
    this.refresh();
  }

  #showCount() {
    const kind = t(`rooms.kind.${this.room.kind}`);
    byId("room-count").textContent = `${kind} · ${tCount("rooms.members", this.room.memberCount)}`;
  }

  #show() {
    byId("invite").hidden = this.room.kind === "direct";
    byId("rename").hidden = !this.#isOwner;
    byId("delete").hidden = !this.#isOwner;
    if (document.activeElement !== byId("rename-name")) byId("rename-name").value = this.room.name;
    this.list.show();
  }

  // -- name and members ----------------------------------------------------------------------

  #wireRename() {
    const form = byId("rename");
    const rename = async (data) => {
      await patch(this.roomPath, { name: data.get("name").trim() });
      byId("rename-note").textContent = t("room.rename.done");
    };
    wireForm(form, byId("rename-note"), rename, reasonOf);
  }

  #wireInvite() {
    const form = byId("invite");
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

  #actionsFor({ userId, name }) {
    if (!this.#isOwner || !userId || userId === me.userId) return [];
    const shown = name ?? t("room.someone");
    return [
      {
        text: t("room.handOver"),
        label: t("room.handOver.of", { name: shown }),
        run: () => this.#askToHandOver(userId, shown),
      },
      {
        text: t("room.remove"),
        label: t("room.remove.of", { name: shown }),
        run: () => this.#askToRemove(userId, shown),
      },
    ];
  }

  #askToHandOver(userId, name) {
    askFirst({
      title: t("room.handOver"),
      text: t("room.handOver.ask", { name }),
      action: () => patch(this.roomPath, { ownerId: userId }),
    });
  }

  #askToRemove(userId, name) {
    askFirst({
      title: t("room.remove"),
      text: t("room.remove.ask", { name }),
      action: () => remove(`${this.path}/${encodeURIComponent(userId)}`),
    });
  }

  // -- the end -------------------------------------------------------------------------------

  #leavingText() {
    if (this.room.kind === "direct") return t("room.leave.ask.direct");
    if (this.room.memberCount === 1) return t("room.leave.ask.last");
    return this.#isOwner ? t("room.leave.ask.owner") : t("room.leave.ask");
  }

  #askToLeave() {
    askFirst({
      title: t("room.leave"),
      text: this.#leavingText(),
      action: async () => {
        await remove(`${this.path}/${encodeURIComponent(me.userId)}`);
        location.assign("/rooms");
      },
    });
  }

  #askToDelete() {
    askFirst({
      title: t("room.delete"),
      text: t("room.delete.ask"),
      action: async () => {
        await remove(this.roomPath);
        location.assign("/rooms");
      },
    });
  }
}
