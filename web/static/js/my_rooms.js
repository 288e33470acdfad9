// The list of the reader's chats: all of them page by page, kept live, or those with a name.

import { get } from "./api.js";
import { arrange, byId } from "./dom.js";
import { draftTexts } from "./drafts.js";
import { FilterField } from "./filter_field.js";
import { t } from "./i18n.js";
import { ListPlace, anchorOf } from "./list_place.js";
import { LoadOn } from "./load_on.js";
import { me } from "./page_data.js";
import { RoomList, activeAt } from "./room_list.js";
import { saysWhat } from "./room_news.js";
import { RoomReading } from "./room_reading.js";
import { afterEvent, roomItem, tellFailure } from "./rooms.js";
import { listTime } from "./time.js";
import { device } from "./typed.js";

const LARGE = 100; // rooms of a page, from the second one on

const asking = (query) => (cursor) => {
  const parameters = new URLSearchParams(cursor ? { cursor, limit: String(LARGE) } : {});
  if (query) parameters.set("q", query);
  return get(`/chat?${parameters}`);
};

const readingOf = (query) =>
  new RoomReading(new RoomList({ after: afterEvent, saysWhat, isPart: Boolean(query) }), asking(query));

/** `current` is the room beside the list as a list has it, null when it cannot be entered. */
export class MyRooms {
  constructor(currentId = null, current = null) {
    this.currentId = currentId;
    this.current = current;
    this.list = byId("my-rooms");
    this.note = byId("my-rooms-note");
    this.more = byId("my-rooms-more");
    this.panel = byId("panel-mine");
    this.items = new Map();
    this.all = readingOf("");
    this.found = null; // the reading of what is shown of a query
    this.asked = null; // that of the newest query
    this.field = new FilterField(byId("find-mine"), byId("find-mine-text"), (query) => {
      this.isMoved = true;
      this.#find(query);
    });
    this.place = new ListPlace(this.panel, this.list, {
      owner: me.userId,
      query: () => (this.found ? this.field.asked : ""),
    });
    this.loading = new LoadOn(this.panel, this.more, () => this.#more());
  }

  get #shown() {
    return (this.found ?? this.all).list;
  }

  // -- reading ------------------------------------------------------------------------------------

  /** Show the list where the reader was in it, or else where the open room is. */
  async begin() {
    const { kept, last } = this.place;
    for (const what of ["wheel", "touchstart", "pointerdown", "keydown"])
      this.panel.addEventListener(what, () => (this.isMoved = true), { once: true, passive: true });
    if (this.current) this.all.list.hold(this.current);
    if (kept?.query) {
      this.field.show(kept.query);
      await Promise.all([this.reload(), this.#find(kept.query)]);
    } else {
      await this.reload();
    }
    await this.#goTo(kept ?? last, Boolean(kept));
    if (kept?.link && document.activeElement === document.body)
      this.place.row(kept.link)?.firstElementChild.focus({ preventScroll: true });
    this.place.watch(() => this.#shown.rooms);
  }

  /** Read anew what was read: while the connection was away nothing was told. */
  reload() {
    return this.#told(() => this.#refresh(true), () => this.reload());
  }

  // Pages until the place and the open room are among them; of a list that is not on the screen none.
  async #goTo(place, isOfEntry) {
    const reading = this.found ?? this.all;
    const { list } = reading;
    const needsRoom = Boolean(this.current) && !this.found;
    const needsRows = place?.rows.length > 0 && (isOfEntry || !needsRoom);
    const isThere = () =>
      (!needsRoom || list.met.has(this.currentId)) &&
      (!needsRows || list.rooms.size >= place.count || anchorOf(place.rows, list.rooms) !== null);
    do {
      if (!this.isMoved) this.#putAt(place, isOfEntry);
    } while (this.place.isShown && !isThere() && (await this.#more(reading)));
    if (!this.isMoved) this.#putAt(place, isOfEntry);
  }

  // A list that was scrolled in this entry is as it was, a new one shows the open room.
  #putAt(place, isOfEntry) {
    const anchor = place && anchorOf(place.rows, this.#shown.rooms);
    if (anchor) this.place.put(anchor);
    if (!anchor || !isOfEntry) this.place.row(this.currentId)?.scrollIntoView({ block: "nearest" });
  }

  async #refresh(isAnew) {
    const readings = [this.all, this.found].filter(Boolean);
    await Promise.all(readings.map((each) => each.refresh(isAnew)));
    this.#show();
    this.loading.look();
  }

  // The next page; false when there is none, or it cannot be had.
  async #more(reading = this.found ?? this.all) {
    const hadFocus = document.activeElement === this.more;
    const hasCome = await this.#told(() => reading.more(), () => this.#more(reading));
    if (hasCome) this.#show();
    if (hadFocus && this.more.hidden) this.list.lastElementChild?.firstElementChild.focus();
    return hasCome;
  }

  async #told(work, again) {
    try {
      const done = await work();
      this.hasFailed = false;
      return done;
    } catch (error) {
      this.hasFailed = true;
      tellFailure(this.note, error, again);
      return false;
    }
  }

  // An answer to an older query is dropped; until one comes the list stays as it is.
  async #find(query) {
    this.hasFailed = false;
    this.before ??= this.place.rows(this.all.list.rooms);
    const reading = query ? readingOf(query) : null;
    this.asked = reading;
    if (reading) await this.#told(() => reading.refresh(true), () => this.#find(query));
    if (this.asked !== reading || reading?.list.edge === null) return;
    this.found = reading;
    this.#show();
    this.panel.scrollTop = 0;
    if (reading) return;
    const anchor = anchorOf(this.before, this.all.list.rooms);
    if (anchor) this.place.put(anchor);
    this.before = null;
  }

  // -- live ---------------------------------------------------------------------------------------

  /** Follow an event about the reader's account. */
  onEvent(event) {
    const readings = new Set([this.all, this.found, this.asked].filter(Boolean));
    const isDue = [...readings].map((each) => each.hear(event)).some(Boolean);
    this.#show();
    if (isDue) this.#told(() => this.#refresh(false), () => this.reload());
  }

  // -- showing ------------------------------------------------------------------------------------

  // Rooms move while the reader looks at others: those stay where they are, but at the very top.
  #show() {
    const { rooms, inOrder, isWhole, edge } = this.#shown;
    const rows = this.panel.scrollTop > 0 ? this.place.rows(rooms) : [];
    this.drafts = draftTexts(device, me.userId);
    arrange(
      this.list,
      inOrder.map((room) => this.#item(room)),
    );
    const anchor = anchorOf(rows, rooms);
    if (anchor) this.place.put(anchor);
    this.more.hidden = isWhole || edge === null;
    if (edge === null || this.hasFailed) return;
    this.note.textContent = inOrder.length ? "" : t(this.found ? "rooms.none.named" : "rooms.none");
  }

  // An unchanged room keeps its element, so that the focus stays where it is.
  #item(room) {
    const known = this.items.get(room.roomId);
    const isCurrent = room.roomId === this.currentId;
    const draft = isCurrent ? undefined : this.drafts.get(room.roomId);
    const when = listTime(activeAt(room));
    const isSame = known?.when === when && known.draft === draft;
    if (isSame && known.room === room) return known.item;
    const fresh = roomItem(room, isCurrent, draft);
    if (isSame && JSON.stringify(known.room) === JSON.stringify(room)) {
      known.room = room;
      return known.item;
    }
    if (known) known.item.firstElementChild.replaceChildren(...fresh.firstElementChild.childNodes);
    const item = known?.item ?? fresh;
    this.items.set(room.roomId, { room, when, draft, item });
    return item;
  }
}
