// A room: enter it, show what was said, follow what is said, send.

import { ApiError, get, put, reasonOf } from "./api.js";
import { markWaiting, waitingItem } from "./bubbles.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { wireBanner } from "./connection_banner.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { HistoryPages } from "./history_pages.js";
import { t } from "./i18n.js";
import { landOn } from "./landing.js";
import { seqIn, withoutSeq } from "./message_address.js";
import { Outbox } from "./outbox.js";
import { me, pageData } from "./page_data.js";
import { ReadNumbers, SeenSoFar, isMine, markUnread, opensAtPlace } from "./reading.js";
import { refusalText } from "./refusals.js";
import { RoomChanges } from "./room_changes.js";
import { coverGone, enterPatiently, patiently } from "./room_entry.js";
import { RoomMembers } from "./room_members.js";
import { sayNote } from "./room_note.js";
import { RoomTalk } from "./room_talk.js";
import { roomName } from "./rooms.js";
import { wireRoomsPane } from "./rooms_pane.js";
import { saveButton } from "./saving.js";
import { Timeline } from "./timeline.js";
import { Typing } from "./typing.js";

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
    this.numbers = new ReadNumbers(this.timeline.lines);
    this.talk = new RoomTalk({
      path,
      timeline: this.timeline,
      members: () => this.room.members,
      reach: (seq) => this.pages.reach(seq),
    });
    this.rev = room.rev;
    this.members = new RoomMembers(room);
    this.changes = new RoomChanges({
      ...this,
      onName: () => this.#showRoomName(),
      onRemoved: () => this.#close(t("room.removed")),
    });
    this.composer = new Composer((text) => this.#say(text));
    this.typing = new Typing(() => connection.signal(`/pub/chat/room/${roomId}/typing`));
    this.items = new Map();
    this.outbox = new Outbox({
      roomId,
      owner: me.userId,
      transmit: (entry, onReceipt) => this.#transmit(entry, onReceipt),
      onChange: (entry) => this.#showWaiting(entry),
      onGone: (entry) => this.#hideWaiting(entry),
    });
    this.actions = {
      retry: (messageId) => this.outbox.retry(messageId),
      discard: (messageId) => this.outbox.discard(messageId),
    };
    this.filling = Promise.resolve();
    byId("to-newest").addEventListener("click", () => {
      byId("scroller").focus();
      this.#toNewest();
    });
  }

  async show() {
    const asked = seqIn(location.search);
    await this.#open(asked);
    byId("opening").hidden = true;
    this.#showRoomName();
    this.outbox.entries.forEach((entry) => this.#showWaiting(entry));
    this.#begin(asked);
    this.timeline.goLive();
    this.composer.enable();
    if (asked !== null && !landOn(this.timeline, asked)) sayNote(t("room.noSuchMessage"));
    this.seen.look();
    this.pages.watch();
  }

  // Around the message that is asked for, else at the end, as far back as the reader has read.
  async #open(asked) {
    const { messages, events } = this.room.chatRecord;
    this.timeline.know(events);
    const head = messages.at(-1)?.seq ?? 0;
    if (asked !== null && asked < messages[0]?.seq) {
      await patiently(() => this.pages.show(asked, head));
    } else {
      if (asked === null) await this.#reachPlace();
      this.timeline.open(messages, head);
    }
  }

  #dress(item, message) {
    this.outbox.arrived(message.messageId);
    this.numbers.shown(item, message);
    item.querySelector(".body").append(saveButton(message));
    this.talk.dress(item, message);
  }

  #moved() {
    this.pages.offer();
    this.seen?.look();
  }

  // A room without a name of its own is called after its members.
  #showRoomName() {
    byId("room-name").textContent = roomName(this.room);
    document.title = `${roomName(this.room)} · ${t("app.name")}`;
  }

  // Read back until the place where the reader stopped is among the messages.
  async #reachPlace() {
    const { chatRecord, lastReadSeq } = this.room;
    const head = chatRecord.messages.at(-1)?.seq ?? 0;
    if (!opensAtPlace(lastReadSeq, head)) return;
    while (chatRecord.hasMore && chatRecord.messages[0].seq > lastReadSeq) {
      const query = `before=${chatRecord.messages[0].seq}&limit=200`;
      const earlier = await get(`${path}/messages?${query}`);
      chatRecord.messages.unshift(...earlier.messages);
      this.timeline.know(earlier.events);
      chatRecord.hasMore = earlier.hasMore;
    }
  }

  // At the end, or where new messages begin for this reader, if no message is asked for.
  #begin(asked) {
    const { lastReadSeq } = this.room;
    this.timeline.scrollToEnd();
    const { history: shown, last } = this.timeline;
    if (shown.joins(lastReadSeq) && opensAtPlace(lastReadSeq, last)) {
      const line = markUnread(this.timeline.lines, lastReadSeq);
      if (line && asked === null) this.timeline.scrollTo(line);
    }
    this.seen = new SeenSoFar(this.timeline, lastReadSeq, {
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
          this.outbox.connected();
          this.seen.again(this.lastRead ?? this.room.lastReadSeq);
        }),
    });
    this.connection.onState((state) => state === "lost" && this.outbox.disconnected());
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
      this.outbox.arrived(event.messageId);
      this.typing.stopped(event.userId);
      if (isMine(event)) this.seen.known(event.seq);
      this.seen.look();
    } else if (event.type === "edited" || event.type === "deleted") {
      this.talk.revise(event);
    } else if (event.type === "typing") {
      this.typing.types(event);
    } else if (event.type === "read") {
      this.numbers.read(event);
    } else if (this.changes.knows(event)) {
      await this.changes.take(event);
    } else if (event.type === "roomDeleted") {
      this.#close(t("room.deleted"));
    }
    this.rev = Math.max(this.rev, event.rev ?? 0);
  }

  #onOwnEvent(event) {
    if (event.type === "refused") {
      this.outbox.refused(event.messageId, event.code, refusalText(event));
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
    this.composer.disable();
    this.members.close();
    coverGone(lead);
  }

  // -- what goes -----------------------------------------------------------------------------

  #say(text) {
    this.outbox.add(text, this.talk.extras());
    this.typing.said();
    this.#toNewest();
  }

  // What the address asked for is left behind.
  #toNewest() {
    const { pathname, search } = location;
    if (seqIn(search) !== null) history.replaceState(history.state, "", pathname + withoutSeq(search));
    return this.pages.newest();
  }

  #transmit(entry, onReceipt) {
    const body = { messageId: entry.messageId, message: entry.text, ...entry.more };
    this.connection.send(`/pub/chat/room/${roomId}`, body, onReceipt);
  }

  #showWaiting(entry) {
    let item = this.items.get(entry.messageId);
    if (item) {
      markWaiting(item, entry, this.actions);
    } else {
      item = waitingItem(entry, this.actions);
      this.items.set(entry.messageId, item);
      byId("waiting").append(item);
    }
    byId("waiting").hidden = false;
    if (entry.state === "failed") byId("announcer").textContent = t("send.failed");
    this.timeline.keepAtEnd();
  }

  #hideWaiting(entry) {
    this.items.get(entry.messageId)?.remove();
    this.items.delete(entry.messageId);
    byId("waiting").hidden = this.items.size === 0;
    this.timeline.keepAtEnd();
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
