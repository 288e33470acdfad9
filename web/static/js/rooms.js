// The list of the reader's chats, kept live, and the directory of open rooms.

import { get, reasonOf } from "./api.js";
import { arrange, avatar, byId, el } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { me } from "./page_data.js";
import { isMine, unreadBadge } from "./reading.js";
import { afterNews, saysWhat } from "./room_news.js";
import { listTime } from "./time.js";

const FACES = 4;
const TYPING_PAUSE = 250;

/** The name to show: the room's own, else the names of the others in it. */
export function roomName(room) {
  if (room.name) return room.name;
  const others = room.members.filter((member) => member.userId !== me.userId);
  const names = others.map((member) => member.name ?? t("room.someone"));
  return names.join(", ") || t(`rooms.kind.${room.kind}`);
}

/** The avatars of a room: one for an open or small room, up to four people for a group. */
function faces(room) {
  const others = room.members.filter((member) => member.userId !== me.userId);
  if (room.kind === "open" || others.length === 0) {
    return el("span", { class: "room-faces" }, avatar(roomName(room), room.roomId));
  }
  const shown = others.slice(0, FACES);
  const many = { 1: "", 2: " many two", 3: " many three", 4: " many" }[shown.length];
  const people = shown.map((member) => avatar(member.name, member.userId));
  return el("span", { class: `room-faces${many}` }, ...people);
}

function preview(room) {
  const last = room.lastMessage;
  if (last?.deletedAt) return t("message.isDeleted");
  if (last) return last.message.replace(/\s+/g, " ").slice(0, 200);
  return room.lastSeq ? "" : t("rooms.noMessage");
}

const activeAt = (room) => room.lastMessage?.createdAt ?? room.createdAt;

function roomItem(room, isCurrent) {
  const people = el("span", { class: "room-people" }, tCount("rooms.members", room.memberCount));
  const name = el("span", { class: "room-name", dir: "auto" }, roomName(room));
  const when = el("time", { class: "room-when", datetime: activeAt(room) }, listTime(activeAt(room)));
  const link = el(
    "a",
    {
      class: "room-link",
      href: `/rooms/${encodeURIComponent(room.roomId)}`,
      "aria-current": isCurrent ? "page" : null,
    },
    faces(room),
    el("span", { class: "room-line" }, name, people),
    when,
    el("span", { class: "room-last" }, preview(room)),
    isCurrent ? null : unreadBadge(room.unread ?? 0),
  );
  return el("li", {}, link);
}

/** A list of rooms that is read page by page. */
class Pages {
  constructor(path, ids) {
    this.path = path;
    this.list = byId(ids);
    this.note = byId(`${ids}-note`);
    this.more = byId(`${ids}-more`);
    this.cursor = null;
  }

  async read(query, isNextPage) {
    const parameters = new URLSearchParams(query);
    if (isNextPage && this.cursor) parameters.set("cursor", this.cursor);
    const answer = await get(`${this.path}?${parameters}`);
    this.cursor = answer.cursor ?? null;
    this.more.hidden = !this.cursor;
    return answer.rooms;
  }

  fail(error, again) {
    const button = el("button", { type: "button", class: "button small" }, t("rooms.again"));
    button.addEventListener("click", again);
    this.note.replaceChildren(`${t("rooms.failed")} ${reasonOf(error)} `, button);
  }
}

/** The reader's own chats; `currentId` is the room beside the list, if any. */
export class MyRooms {
  constructor(currentId = null) {
    this.currentId = currentId;
    this.pages = new Pages("/chat", "my-rooms");
    this.rooms = new Map();
    this.items = new Map();
    this.loading = null;
    this.pages.more.addEventListener("click", () => this.#load(true));
  }

  /** Read the list anew; several calls while one is under way become one more. */
  async reload() {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = this.#load(false);
    await this.loading;
    this.loading = null;
    if (this.again) {
      this.again = false;
      await this.reload();
    }
  }

  async #load(isNextPage) {
    try {
      const rooms = await this.pages.read({}, isNextPage);
      if (!isNextPage) this.rooms.clear();
      rooms.forEach((room) => this.rooms.set(room.roomId, room));
      this.#show();
    } catch (error) {
      this.pages.fail(error, () => this.reload());
    }
  }

  /** Follow an event about the reader's account. */
  onEvent(event) {
    const room = this.rooms.get(event.roomId);
    if (event.type === "roomChanged" && room && saysWhat(event)) {
      const { room: changed, isSure } = afterNews(room, event, isMine);
      this.rooms.set(event.roomId, changed);
      this.#show();
      // A room without a name is called by its members.
      if (!isSure || (event.memberCount && !room.name)) this.reload();
    } else if (event.type === "removed") {
      this.rooms.delete(event.roomId);
      this.#show();
    } else if (event.type === "nameChanged") {
      this.#rename(event);
    } else if (event.type === "roomChanged" || event.type === "invited") {
      this.reload();
    }
  }

  #rename({ userId, userName }) {
    for (const [roomId, room] of this.rooms) {
      const members = room.members.map((member) =>
        member.userId === userId ? { ...member, name: userName } : member,
      );
      const isOther = userId !== me.userId && members.some((member) => member.userId === userId);
      const name = room.kind === "direct" && isOther ? userName : room.name;
      this.rooms.set(roomId, { ...room, name, members });
    }
    this.#show();
  }

  #show() {
    const rooms = [...this.rooms.values()].sort((a, b) => (activeAt(a) < activeAt(b) ? 1 : -1));
    arrange(
      this.pages.list,
      rooms.map((room) => this.#item(room)),
    );
    this.pages.note.textContent = rooms.length ? "" : t("rooms.none");
  }

  // An unchanged room keeps its element, so that the focus stays where it is.
  #item(room) {
    const known = this.items.get(room.roomId);
    const shown = JSON.stringify([room, listTime(activeAt(room))]);
    if (known?.shown === shown) return known.item;
    const fresh = roomItem(room, room.roomId === this.currentId);
    if (!known) {
      this.items.set(room.roomId, { shown, item: fresh });
      return fresh;
    }
    known.item.firstElementChild.replaceChildren(...fresh.firstElementChild.childNodes);
    known.shown = shown;
    return known.item;
  }
}

/** The directory of open rooms with its search field. */
export class OpenRooms {
  constructor(currentId = null) {
    this.currentId = currentId;
    this.pages = new Pages("/chat/open", "open-rooms");
    this.field = byId("find-open-text");
    this.asked = 0;
    this.field.addEventListener("input", () => this.#soon());
    byId("find-open").addEventListener("submit", (event) => {
      event.preventDefault();
      this.load();
    });
    this.pages.more.addEventListener("click", () => this.load(true));
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), TYPING_PAUSE);
  }

  /** Read the directory; an answer to an older question is dropped. */
  async load(isNextPage = false) {
    const question = ++this.asked;
    const query = this.field.value.trim();
    try {
      const rooms = await this.pages.read(query ? { q: query } : {}, isNextPage);
      if (question !== this.asked) return;
      const items = rooms.map((room) => roomItem(room, room.roomId === this.currentId));
      if (isNextPage) this.pages.list.append(...items);
      else this.pages.list.replaceChildren(...items);
      this.pages.note.textContent = this.pages.list.children.length ? "" : t("rooms.none.open");
    } catch (error) {
      if (question === this.asked) this.pages.fail(error, () => this.load());
    }
  }
}
