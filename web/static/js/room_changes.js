// What happens to the open room itself: who comes and goes, its name, its owner.

import { t } from "./i18n.js";
import { showName } from "./names.js";
import { me } from "./page_data.js";

/** Follows such events; `onName()` when the room is called anew, `onRemoved()` when the reader is out. */
export class RoomChanges {
  constructor({ room, timeline, members, numbers, onName, onRemoved }) {
    Object.assign(this, { room, timeline, members, numbers, onName, onRemoved });
    this.kinds = {
      joined: (event) => this.#joined(event),
      left: (event) => this.#left(event),
      renamed: (event) => this.#renamed(event),
      ownerChanged: (event) => this.members.ownedBy(event),
    };
  }

  /** Whether it is such an event. */
  knows({ type }) {
    return Object.hasOwn(this.kinds, type);
  }

  /** Follow it, and show its line. */
  async take(event) {
    // The last frame of a subscription has no place; the end of an earlier membership has one.
    if (event.type === "left" && event.userId === me.userId && event.rev === null) {
      this.onRemoved();
      return;
    }
    await this.kinds[event.type](event);
    this.timeline.happened(event);
  }

  // Whoever has been erased since is not among the members any more.
  #joined(event) {
    if (!event.userId) return;
    this.numbers.joined(event.userId, event.after ?? this.timeline.history.head);
    this.members.joined(event);
  }

  async #left(event) {
    this.members.left(event);
    if (event.userId) this.numbers.left(event.userId);
    else await this.#erased();
  }

  // An erased member is not named: it is who is not among the members any more.
  async #erased() {
    const before = this.room.members;
    const members = await this.members.read();
    this.numbers.only(members);
    const still = new Set(members.map((member) => member.userId));
    for (const { userId } of before)
      if (userId && !still.has(userId)) showName({ userId, userName: t("room.someone") });
  }

  #renamed({ name }) {
    this.room.name = name;
    this.members.refresh();
    this.onName();
  }
}
