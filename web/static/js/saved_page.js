// The talk drawer: the messages the reader has saved, last saved first.

import { get, reasonOf, remove } from "./api.js";
import { avatar, byId, el, icon } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t } from "./i18n.js";
import { messagePath } from "./message_address.js";
import { keepPlace, returnToPlace } from "./return_place.js";
import { savedPath } from "./saving.js";
import { keepAlive } from "./session.js";
import { fullTime, listTime } from "./time.js";

const list = byId("saved");
const note = byId("saved-note");
const more = byId("saved-more");
let cursor = null;

const TEXTS = { deleted: "saved.deleted", left: "saved.left" };

function textOf(saved) {
  if (saved.state === "shown") return el("span", { class: "hit-text", dir: "auto" }, saved.message);
  return el("span", { class: "hit-text quiet" }, t(TEXTS[saved.state]));
}

function removeButton(saved, item) {
  const label = t("saved.remove");
  const button = el("button", { type: "button", class: "icon-button", "aria-label": label, title: label }, icon("close"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await remove(savedPath(saved));
      const next = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      tell(t("saved.removed"));
      (next?.querySelector("button") ?? byId("main")).focus();
    } catch (error) {
      button.disabled = false;
      note.textContent = reasonOf(error);
    }
  });
  return button;
}

function savedItem(saved) {
  const who = saved.userName ?? t("room.someone");
  const hasLeft = saved.state === "left";
  const head = el(
    "span",
    { class: "hit-head" },
    hasLeft ? null : el("bdi", { class: "who" }, who),
    el("time", { datetime: saved.savedAt, title: fullTime(saved.savedAt) }, listTime(saved.savedAt)),
  );
  const room = saved.roomName || (saved.roomKind && t(`rooms.kind.${saved.roomKind}`));
  const content = [
    avatar(hasLeft ? "" : who, saved.userId ?? ""),
    head,
    textOf(saved),
    room ? el("span", { class: "hit-room" }, t("search.inRoom", { room })) : null,
  ];
  const body = hasLeft
    ? el("div", { class: "hit" }, ...content)
    : el("a", { class: "hit", href: messagePath(saved.roomId, saved.seq) }, ...content);
  const item = el("li", { class: "saved-item", "data-message": saved.messageId }, body);
  item.append(removeButton(saved, item));
  return item;
}

function tell(text = "") {
  note.textContent = list.children.length ? text : t("saved.none");
}

async function read() {
  try {
    const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
    const answer = await get(`/chat/saved${query}`);
    cursor = answer.cursor ?? null;
    list.append(...answer.saved.map(savedItem));
    more.hidden = !cursor;
    tell();
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

wireFrame();
keepAlive(() => {});
keepPlace(list);
more.addEventListener("click", read);
read().then(() => returnToPlace(list, () => cursor && read()));
