// A room: enter it, show what was said, follow what is said, send.

import { ApiError, put, reasonOf } from "./api.js";
import { Connection } from "./connection.js";
import { wireBanner } from "./connection_banner.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { HistoryPages } from "./history_pages.js";
import { t } from "./i18n.js";
import { landOn } from "./landing.js";
import { seqIn } from "./message_address.js";
import { me, pageData } from "./page_data.js";
import { PANELS } from "./panels.js";
import { ReadNumbers, SeenSoFar, isMine } from "./reading.js";
import { RoomChanges } from "./room_changes.js";
import { coverGone, enterPatiently, patiently } from "./room_entry.js";
import { RoomMembers } from "./room_members.js";
import { sayNote } from "./room_note.js";
import { RoomPanels } from "./room_panels.js";
import { RoomPlaces } from "./room_places.js";
import { startOf } from "./room_start.js";
import { RoomTalk } from "./room_talk.js";
import { roomName } from "./rooms.js";
import { wireRoomsPane } from "./rooms_pane.js";
import { saveButton } from "./saving.js";
import { Timeline } from "./timeline.js";
import { Typing } from "./typing.js";
import { UnreadLine } from "./unread_line.js";
import { Writing } from "./writing.js";

const { roomId, askToJoin } = pageData;
const path = `/chat/${encodeURIComponent(roomId)}`;
const destination = `/sub/chat/room/${roomId}`;

/** The room that is open on this page. */
class OpenRoom {
  constructor(room, connection) {
    this.room = room;
    this.connection = connection;
    this.timeline = new Timeline(
      (item, message) => this.#dress(item, message),
      () => this.#moved(),
    );
    this.pages = new HistoryPages(path, this.timeline);
    this.places = new RoomPlaces(roomId, this.timeline, this.pages);
    this.numbers = new ReadNumbers(this.timeline.lines);
    const jumpTo = (seq) => this.places.jumpTo(seq);
    const { places, timeline } = this;
    this.panels = new RoomPanels({ room, path, jumpTo, places, timeline }, PANELS);
    this.talk = new RoomTalk({
      path,
      timeline: this.timeline,
      members: () => this.room.members,
      jumpTo,
      more: (message) => this.panels.choices(message),
    });
    this.rev = room.rev;
    this.members = new RoomMembers(room);
    this.changes = new RoomChanges({
      ...this,
      onName: () => this.#showRoomName(),
      onRemoved: () => this.#close(t("room.removed")),
    });
    this.typing = new Typing(() => connection.signal(`/pub/chat/room/${roomId}/typing`));
    this.writing = new Writing({
      roomId,
      path,
      reply: this.talk.reply,
      extras: () => this.talk.extras(),
      transmit: (entry, onReceipt) => this.#transmit(entry, onReceipt),
      onSaid: () => this.#said(),
      onMoved: () => this.timeline.keepAtEnd(),
    });
    this.filling = Promise.resolve();
    byId("to-newest").addEventListener("click", () => {
      byId("scroller").focus();
      this.places.newest();
    });
  }

  async show() {
    const { chatRecord, lastReadSeq } = this.room;
    const [first, head] = [chatRecord.messages[0]?.seq ?? 0, chatRecord.messages.at(-1)?.seq ?? 0];
    const [place, asked] = [this.places.kept, seqIn(location.search)];
    const start = startOf({ place, asked, lastRead: lastReadSeq, first, head });
    this.timeline.know(chatRecord.events);
    if (start.around === null) this.timeline.open(chatRecord.messages, head);
    else await patiently(() => this.pages.show(start.around, { head }));
    byId("opening").hidden = true;
    this.#showRoomName();
    this.writing.resume();
    this.line = new UnreadLine(this.timeline, lastReadSeq, head);
    this.writing.enable();
    this.#begin(start.lead, { place, asked });
    this.seen = this.#seenSoFar();
    this.timeline.goLive();
    this.seen.look();
    this.pages.watch();
    this.places.watch();
  }

  #dress(item, message) {
    this.writing.outbox.arrived(message.messageId);
    this.numbers.shown(item, message);
    item.querySelector(".body").append(saveButton(message));
    this.talk.dress(item, message);
  }

  #moved() {
    this.pages.offer();
    this.line?.draw();
    this.seen?.look();
  }

  // A room without a name of its own is called after its members.
  #showRoomName() {
    byId("room-name").textContent = roomName(this.room);
    document.title = `${roomName(this.room)} · ${t("app.name")}`;
  }

  // Where `lead` says, else at the end.
  #begin(lead, { place, asked }) {
    this.timeline.scrollToEnd();
    const line = this.line.draw();
    if (lead === "unread" && line) this.timeline.scrollTo(line);
    else if (lead === "place") this.places.put(place);
    else if (lead === "asked" && !landOn(this.timeline, asked)) sayNote(t("room.noSuchMessage"));
  }

  #seenSoFar() {
    return new SeenSoFar(this.timeline, this.room.lastReadSeq, {
      tell: (seq) => this.#tellSeen(seq),
      leave: (seq) => put(`${path}/read`, { seq }, { keepalive: true }).catch(() => {}),
    });
  }

  #tellSeen(seq) {
    if (!this.connection.open) return false;
    this.connection.send(`/pub/chat/room/${roomId}/read`, { seq }, () => {
      this.lastRead = Math.max(this.lastRead ?? 0, seq);
    });
    return true;
  }

  follow() {
    this.connection.listenToOwn((event) => this.#onOwnEvent(event));
    this.connection.onRefusal((code) => this.#onRefusal(code));
    this.connection.listen(destination, (event) => this.#onEvent(event), {
      headersNow: () => ({ after: String(this.timeline.history.head), rev: String(this.rev) }),
      onReady: () =>
        this.filling.then(() => {
          this.writing.outbox.connected();
          this.panels.connected();
          this.seen.again(this.lastRead ?? this.room.lastReadSeq);
        }),
    });
    this.connection.onState((state) => state === "lost" && this.writing.outbox.disconnected());
  }

  // -- what comes ----------------------------------------------------------------------------

  #onEvent(event) {
    // One after the other: a message that must wait for missed ones holds back those behind it.
    this.filling = this.filling
      .then(() => this.#take(event))
      .catch((error) => this.#recover(error));
  }

  // What could not be shown is asked for again: a new subscription begins after the last shown.
  #recover(error) {
    if (!(error instanceof ApiError)) reportError(error);
    this.connection.reconnect();
  }

  async #take(event) {
    if (event.type === "message") {
      if (this.timeline.hear(event) === "gap") await this.#fill(event);
      this.writing.outbox.arrived(event.messageId);
      this.typing.stopped(event.userId);
      if (isMine(event)) this.seen.known(event.seq);
      this.seen.look();
    } else if (event.type === "edited" || event.type === "deleted") {
      this.talk.revise(event);
      if (event.type === "deleted") this.line.draw();
    } else if (event.type === "typing") {
      this.typing.types(event);
    } else if (event.type === "read") {
      this.numbers.read(event);
    } else if (this.changes.knows(event)) {
      await this.changes.take(event);
    } else if (event.type === "roomDeleted") {
      this.#close(t("room.deleted"));
    } else {
      this.panels.take(event);
    }
    this.panels.heard(event);
    this.rev = Math.max(this.rev, event.rev ?? 0);
  }

  #onOwnEvent(event) {
    if (event.type === "refused") {
      this.writing.refused(event);
    } else if (event.type === "removed" && event.roomId === roomId && !this.closed) {
      this.#close(t("room.removed"));
    } else if (event.type === "nameChanged") {
      this.members.renamed(event);
      if (this.room.kind === "direct" && event.userId !== me.userId) this.room.name = event.userName;
      this.#showRoomName();
    }
  }

  // Subscribing is refused to who was removed, or whose room was deleted, while it was away.
  #onRefusal(code) {
    if (code === "NOT_A_MEMBER") this.#close(t("room.removed"));
    else if (code === "ROOM_NOT_FOUND") this.#close(t("room.deleted"));
  }

  // The server tells without holes; should one appear all the same, it is read before going on.
  async #fill(event) {
    await this.pages.fill(() => event.seq);
    this.timeline.hear(event);
  }

  #close(lead) {
    this.closed = true;
    this.connection.forget(destination);
    this.writing.composer.disable();
    this.members.close();
    this.panels.closed();
    coverGone(lead);
  }

  // -- what goes -----------------------------------------------------------------------------

  #said() {
    this.typing.said();
    this.places.said();
  }

  #transmit(entry, onReceipt) {
    const body = { messageId: entry.messageId, message: entry.text, ...entry.more };
    this.connection.send(`/pub/chat/room/${roomId}`, body, onReceipt);
  }
}

async function openRoom() {
  wireFrame();
  const pane = new Connection();
  try {
    const room = await enterPatiently({ path, askToJoin });
    const connection = new Connection(new URL(room.endpoint).pathname);
    const open = new OpenRoom(room, connection);
    await open.show();
    open.follow();
    wireBanner(connection);
    wireRoomsPane(connection, roomId, room);
    connection.start();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    wireRoomsPane(pane, roomId);
    pane.start();
    byId("opening").hidden = true;
    coverGone(reasonOf(error));
  }
}

openRoom();
