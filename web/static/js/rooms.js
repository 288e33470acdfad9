// How rooms look in a list and what news make of them, and the directory of open rooms.

import { get, reasonOf } from "./api.js";
import { avatar, byId, el } from "./dom.js";
import { FilterField } from "./filter_field.js";
import { t, tCount } from "./i18n.js";
import { LoadOn } from "./load_on.js";
import { me } from "./page_data.js";
import { isMine, unreadBadge } from "./reading.js";
import { activeAt } from "./room_list.js";
import { afterNews } from "./room_news.js";
import { listTime } from "./time.js";

const FACES = 4;

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

// What the reader is writing there stands in the place of what was said last.
const lastLine = (room, draft) =>
  draft === undefined ? [preview(room)] : [el("span", { class: "room-draft" }, t("rooms.draft")), draft.slice(0, 200)];

/** A room's row; `isCurrent`: it is open beside the list; `draft`: what the reader is writing there. */
export function roomItem(room, isCurrent, draft) {
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
    el("span", { class: "room-last" }, ...lastLine(room, draft)),
    isCurrent ? null : unreadBadge(room.unread ?? 0),
  );
  return el("li", { "data-room": room.roomId }, link);
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
    return get(`${this.path}?${parameters}`);
  }

  reached(cursor) {
    this.cursor = cursor ?? null;
    this.more.hidden = !this.cursor;
  }

  fail(error, again) {
    tellFailure(this.note, error, again);
  }
}

/** Say below a list that it could not be read, and why, with a button to try it `again`. */
export function tellFailure(note, error, again) {
  const button = el("button", { type: "button", class: "button small" }, t("rooms.again"));
  button.addEventListener("click", again);
  note.replaceChildren(`${t("rooms.failed")} ${reasonOf(error)} `, button);
}

/** `room` after its member has another name; the same one where it is none of its members. */
function renamed(room, { userId, userName }) {
  if (!room.members.some((member) => member.userId === userId)) return room;
  const members = room.members.map((member) =>
    member.userId === userId ? { ...member, name: userName } : member,
  );
  const name = room.kind === "direct" && userId !== me.userId ? userName : room.name;
  return { ...room, name, members };
}

/** `room` after an event about it or one of its members; not `isSure`: it must be read anew. */
export function afterEvent(room, event) {
  if (event.type === "nameChanged") return { room: renamed(room, event), isSure: true };
  const { room: next, isSure } = afterNews(room, event, isMine);
  // A room without a name is called by its members.
  return { room: next, isSure: isSure && (!event.memberCount || Boolean(room.name)) };
}

/** The directory of open rooms with its search field. */
export class OpenRooms {
  constructor(currentId = null) {
    this.currentId = currentId;
    this.pages = new Pages("/chat/open", "open-rooms");
    this.field = new FilterField(byId("find-open"), byId("find-open-text"), () => this.load());
    this.asked = 0;
    this.loading = new LoadOn(byId("panel-open"), this.pages.more, () => this.load(true));
  }

  /** Read the directory, true when it could be; an answer to an older question is dropped. */
  async load(isNextPage = false) {
    const question = ++this.asked;
    const { query } = this.field;
    try {
      const page = await this.pages.read(query ? { q: query } : {}, isNextPage);
      if (question !== this.asked) return false;
      this.pages.reached(page.cursor);
      this.#show(page.rooms, isNextPage);
      return true;
    } catch (error) {
      if (question === this.asked) this.pages.fail(error, () => this.load(isNextPage));
      return false;
    }
  }

  // A room that has moved between two pages is on both: it stays where it is.
  #show(rooms, isNextPage) {
    const { list, note } = this.pages;
    const known = new Set(isNextPage ? [...list.children].map(({ dataset }) => dataset.room) : []);
    const news = rooms.filter(({ roomId }) => !known.has(roomId));
    const items = news.map((room) => roomItem(room, room.roomId === this.currentId));
    if (isNextPage) list.append(...items);
    else list.replaceChildren(...items);
    note.textContent = list.children.length ? "" : t("rooms.none.open");
    if (!isNextPage) this.loading.look();
  }
}
