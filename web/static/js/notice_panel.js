// The notice of a room: a line above the messages that opens, and the form that writes one.

import { ApiError, get, patch, put, reasonOf, remove } from "./api.js";
import { wireForm } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { nameOf } from "./names.js";
import { NoticeState, maySet } from "./notice_state.js";
import { me } from "./page_data.js";
import { refusalText } from "./refusals.js";
import { patiently } from "./room_entry.js";
import { sayNote } from "./room_note.js";
import { nodesOf } from "./text.js";
import { fullTime, listTime } from "./time.js";
import { device } from "./typed.js";
import { tidied } from "./visible_text.js";

const whyNot = (error) =>
  error instanceof ApiError && error.code === "MESSAGE_REFUSED" ? refusalText(error.details) : reasonOf(error);

/** See room_panels.js. */
export class NoticePanel {
  constructor({ room, path, jumpTo }) {
    this.room = room;
    this.roomPath = path;
    this.path = `${path}/notice`;
    this.state = new NoticeState({ device, owner: me.userId, roomId: room.roomId });
    byId("notice-head").addEventListener("click", () => this.#open(byId("notice-body").hidden));
    byId("notice-fold").addEventListener("click", () => this.#fold());
    byId("notice-show").addEventListener("click", () => this.#unfold());
    byId("notice-go").addEventListener("click", () => this.#go(jumpTo));
    byId("notice-end").addEventListener("click", () => this.#quietly(() => remove(this.path)));
    byId("open-info").addEventListener("click", () => this.#offer());
    this.#wireForm();
    this.#wireReserve();
    this.#ask();
  }

  knows({ type }) {
    return type === "notice";
  }

  take(event) {
    const before = this.state.notice?.rev;
    if (!this.state.take(event)) return;
    this.#show();
    if (event.notice && event.notice.rev !== before) {
      byId("announcer").textContent = t("notice.new", { text: event.notice.text });
    }
  }

  /** Nobody has told what happened while there was no connection. */
  connected() {
    this.#ask();
  }

  choices(message) {
    if (message.deletedAt || !maySet(this.room, me.userId)) return [];
    const { messageId } = message;
    return [[t("notice.pin"), () => this.#quietly(() => put(this.path, { messageId }))]];
  }

  closed() {
    byId("notice").hidden = true;
    byId("notice-show").hidden = true;
  }

  async #ask() {
    if (this.room.kind === "direct") return;
    try {
      if (await this.state.ask(() => patiently(() => get(this.path)))) this.#show();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // who may not read it is told by the room itself
    }
  }

  // What the owner has reserved since the page was opened shows when it is tried.
  async #tried(work) {
    try {
      await work();
    } catch (error) {
      if (error.code === "NOTICE_LOCKED") this.room.noticeBy = "owner";
      this.#show();
      throw error;
    }
  }

  async #quietly(work) {
    try {
      await this.#tried(work);
    } catch (error) {
      sayNote(whyNot(error));
    }
  }

  // -- showing it ----------------------------------------------------------------------------

  #show() {
    const { notice, isFolded } = this.state;
    const hadFocus = byId("notice").contains(document.activeElement);
    byId("notice").hidden = !notice || isFolded;
    byId("notice-show").hidden = !notice || !isFolded;
    if (!notice) {
      this.#open(false);
      if (hadFocus) byId("scroller").focus();
      return;
    }
    this.#name();
    byId("notice-text").replaceChildren(...nodesOf(notice.text));
    const at = el("time", { datetime: notice.at, title: fullTime(notice.at) }, listTime(notice.at));
    byId("notice-by").replaceChildren(nameOf(notice.userId ?? "", notice.userName ?? t("room.someone")), " · ", at);
    byId("notice-go").hidden = !notice.messageId;
    this.#offerToEnd();
  }

  #offerToEnd() {
    byId("notice-end").hidden = !maySet(this.room, me.userId);
  }

  #open(isOpen) {
    this.#offerToEnd(); // the room may have another owner since
    byId("notice-body").hidden = !isOpen;
    byId("notice-head").setAttribute("aria-expanded", String(isOpen));
    this.#name();
  }

  // What the button says is the notice itself, until that stands below it.
  #name() {
    const isOpen = !byId("notice-body").hidden;
    byId("notice-line").textContent = isOpen ? t("notice.title") : (this.state.notice?.text ?? "");
  }

  #fold() {
    this.state.fold();
    this.#open(false);
    this.#show();
    byId("notice-show").focus();
  }

  #unfold() {
    this.state.unfold();
    this.#show();
    byId("notice-head").focus();
  }

  async #go(jumpTo) {
    const { messageId } = this.state.notice;
    const shown = document.querySelector(`[data-message="${CSS.escape(messageId)}"]`);
    this.#open(false);
    if (shown?.dataset.seq) jumpTo(Number(shown.dataset.seq));
    else sayNote(t("notice.far"));
  }

  // -- writing one ---------------------------------------------------------------------------

  #offer() {
    byId("notice-note").textContent = "";
    byId("notice-form").hidden = !maySet(this.room, me.userId);
    byId("notice-reserve").hidden = this.room.kind === "direct" || this.room.ownerId !== me.userId;
    byId("notice-reserved").checked = this.room.noticeBy === "owner";
  }

  #wireForm() {
    const form = byId("notice-form");
    const write = async (data) => {
      await this.#tried(() => put(this.path, { text: tidied(data.get("text")).trim() }));
      form.reset();
      byId("notice-note").textContent = t("notice.done");
    };
    wireForm(form, byId("notice-note"), write, whyNot);
  }

  #wireReserve() {
    const box = byId("notice-reserved");
    box.addEventListener("change", async () => {
      const noticeBy = box.checked ? "owner" : "members";
      try {
        await patch(this.roomPath, { noticeBy });
        this.room.noticeBy = noticeBy;
        byId("notice-note").textContent = t("notice.reserved.done");
      } catch (error) {
        box.checked = !box.checked;
        byId("notice-note").textContent = reasonOf(error);
      }
    });
  }
}
